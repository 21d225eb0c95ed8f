#include "source/zoom/zoom_token.h"

#include "base/web/form.h"
#include "source/zoom/zoom_grant.h"
#include "source/zoom/zoom_renewal.h"
#include "source/zoom/zoom_scope.h"

/* Renewed this long before its end, so that no request is under way with one that ends. */
#define RENEW_EARLY US_PER_MINUTE
/* A Server-to-Server token without a scope that is needed is not taken from the store when it is
 * older than that: the scope may have been added. */
#define SCOPE_AGE_MAX US_PER_MINUTE
#define LIFETIME US_PER_HOUR

void zoom_token_start(struct zoom_token *token, const struct zoom_options *options) {
  *token = (struct zoom_token){.expires = TIME_NONE};
  zoom_grant_append_key(&token->key, options);
}

void zoom_token_free(struct zoom_token *token) {
  buffer_free(&token->text);
  buffer_free(&token->scope);
  buffer_free(&token->key);
  buffer_free(&token->lacking);
}

void zoom_token_refuse(struct zoom_token *token) {
  token->refused = true;
}

static void copy(struct buffer *out, const struct buffer *from) {
  buffer_reset(out);
  buffer_append_text(out, buffer_text(from));
}

static bool is_fresh(const struct buffer *text, time_us expires, time_us now) {
  return text->size > 0 && expires != TIME_NONE && now < expires - RENEW_EARLY;
}

/* A Server-to-Server app: without a refresh token, and nothing is lost when it cannot be kept. */
static enum zoom_answer mint(struct zoom_token_record *record, const struct source_run *run,
                             struct text key, CURL **handle, struct http_response *response,
                             struct error *error) {
  const struct zoom_options *options = run->source->options;
  struct buffer form = BUFFER_NONE;
  buffer_append_string(&form, "grant_type=account_credentials");
  form_append(&form, "account_id", options->account_id);
  zoom_token_record_free(record);
  struct zoom_oauth_answer answer =
      zoom_oauth_ask(run, buffer_text(&form), NULL, handle, response, record, error);
  buffer_free(&form);
  if (answer.meaning == ZOOM_ANSWER_GOOD && !zoom_token_record_save(record, run, key, error))
    answer.meaning = ZOOM_ANSWER_BROKEN;
  return answer.meaning;
}

/* Whether a token of the store may be old enough to lack a scope that was added since. */
static bool may_lack_scopes(const struct zoom_token_record *record, const struct source_run *run) {
  const struct zoom_options *options = run->source->options;
  struct buffer lacking = BUFFER_NONE;
  bool lacks =
      options->grant == ZOOM_GRANT_ACCOUNT_CREDENTIALS &&
      record->expires - clock_now(&run->clock) < LIFETIME - SCOPE_AGE_MAX &&
      zoom_scope_append_missing(&lacking, buffer_text(&record->scope), &options->reports) > 0;
  buffer_free(&lacking);
  return lacks;
}

/* Whether what the store has can be used: not the very token that Zoom refused. */
static bool is_usable(const struct zoom_token_record *record, const struct zoom_token *token,
                      const struct source_run *run) {
  if (token->refused && text_equal(buffer_text(&record->access), buffer_text(&token->text)))
    return false;
  return is_fresh(&record->access, record->expires, clock_now(&run->clock)) &&
         (token->text.size > 0 || !may_lack_scopes(record, run));
}

/* What the store has, or else a new one. The token's lock is held. */
static enum zoom_answer find_or_make(struct zoom_token *token, const struct source_run *run,
                                     CURL **handle, struct http_response *response,
                                     struct error *error) {
  const struct zoom_options *options = run->source->options;
  struct zoom_token_record record = ZOOM_TOKEN_RECORD_NONE;
  struct text key = buffer_text(&token->key);
  enum zoom_answer answer = ZOOM_ANSWER_GOOD;
  bool found;
  if (!zoom_token_record_load(&record, run, key, &found, error))
    answer = ZOOM_ANSWER_BROKEN;
  else if (found && is_usable(&record, token, run))
    ;
  else if (options->grant == ZOOM_GRANT_AUTHORIZATION_CODE)
    answer = zoom_renew(&record, run, key, response, error);
  else
    answer = mint(&record, run, key, handle, response, error);
  if (answer == ZOOM_ANSWER_GOOD) {
    copy(&token->text, &record.access);
    copy(&token->scope, &record.scope);
    token->expires = record.expires;
    token->refused = false;
  }
  zoom_token_record_free(&record);
  return answer;
}

/* Before the first request that would fail for it. Who only tries once reports it by itself. */
static void warn_of_scopes(struct zoom_token *token, const struct source_run *run) {
  const struct zoom_options *options = run->source->options;
  struct buffer lacking = BUFFER_NONE;
  zoom_scope_append_missing(&lacking, buffer_text(&token->scope), &options->reports);
  bool news = !text_equal(buffer_text(&lacking), buffer_text(&token->lacking));
  if (news && lacking.size > 0 && run->output.push)
    LOG_WARN(run->log, "the app lacks scopes, so these reports cannot be read",
             LOG_TEXT("source", run->source->id), LOG_TEXT("lacking", buffer_text(&lacking)),
             LOG_STRING("app_has", zoom_scope_kind(buffer_text(&token->scope))));
  copy(&token->lacking, &lacking);
  buffer_free(&lacking);
}

enum zoom_answer zoom_token_take(struct zoom_token *token, const struct source_run *run,
                                 CURL **handle, struct http_response *response,
                                 struct error *error) {
  if (!token->refused && is_fresh(&token->text, token->expires, clock_now(&run->clock)))
    return ZOOM_ANSWER_GOOD;
  struct text key = buffer_text(&token->key);
  if (!zoom_token_hold(run, key, error))
    return error->set ? ZOOM_ANSWER_BROKEN : ZOOM_ANSWER_STOPPED;
  enum zoom_answer answer = find_or_make(token, run, handle, response, error);
  zoom_token_release(run, key);
  if (answer == ZOOM_ANSWER_GOOD)
    warn_of_scopes(token, run);
  return answer;
}
