#include "source/zoom/zoom_oauth.h"

#include "base/web/form.h"
#include "source/zoom/zoom_grant.h"

/* Zoom's tokens live an hour; whatever else an answer says is not believed for longer than a day.
 */
#define LIFETIME_USUAL_SECONDS 3600
#define LIFETIME_MAX_SECONDS 86400
#define ANSWER_MAX ((size_t)1024 * 1024) /* Zoom's have some 2 KiB */
#define REFRESH_TOKEN_MAX 8192           /* Zoom's have some 700 bytes */
#define SCOPES_MAX ((size_t)64 * 1024)   /* an app with all of Zoom's has some 20 KiB */
#define UNSTOPPED_MS 30000L

static bool perform(const struct source_run *run, struct text form, CURL **handle,
                    struct http_response *response, struct error *error) {
  const struct zoom_options *options = run->source->options;
  bool is_general = options->grant == ZOOM_GRANT_AUTHORIZATION_CODE;
  bool is_public = options->client_secret.size == 0;
  struct buffer body = BUFFER_NONE;
  buffer_append_text(&body, form);
  if (is_public) {
    form_append(&body, "client_id", options->client_id);
  }
  struct http_request request = {.method = "POST",
                                 .url = options->token_url.data,
                                 .body = buffer_text(&body),
                                 .user = is_public ? NULL : options->client_id.data,
                                 .password = is_public ? NULL : options->client_secret.data,
                                 .timeout_ms = (long)(options->request_timeout / US_PER_MS),
                                 .body_max = ANSWER_MAX,
                                 .ca_file =
                                     options->ca_file.size > 0 ? options->ca_file.data : NULL,
                                 .stop = is_general ? NULL : run->stop};
  if (is_general && request.timeout_ms > UNSTOPPED_MS)
    request.timeout_ms = UNSTOPPED_MS;
  http_response_reset(response);
  bool answered = http_perform(handle, &request, response, error);
  buffer_free(&body);
  return answered;
}

static int64_t lifetime_of(const struct json_node *root) {
  const struct json_node *node = json_get(root, TEXT("expires_in"));
  if (!node || node->type != JSON_TYPE_INT || node->value.integer < 0)
    return LIFETIME_USUAL_SECONDS;
  return node->value.integer < LIFETIME_MAX_SECONDS ? node->value.integer : LIFETIME_MAX_SECONDS;
}

static void take(struct buffer *out, struct text text) {
  buffer_reset(out);
  buffer_append_text(out, text);
}

/* A member that is a text of a sensible size; empty when there is none. */
static struct text member(const struct json_node *root, struct text key, size_t max) {
  const struct json_node *node = json_get(root, key);
  if (!node || node->type != JSON_TYPE_STRING || json_text(node).size > max)
    return TEXT("");
  return json_text(node);
}

static void take_tokens(struct zoom_token_record *record, const struct json_node *root,
                        time_us asked_at) {
  struct text refresh = member(root, TEXT("refresh_token"), REFRESH_TOKEN_MAX);
  take(&record->access, json_text(json_get(root, TEXT("access_token"))));
  take(&record->scope, member(root, TEXT("scope"), SCOPES_MAX));
  if (refresh.size > 0)
    take(&record->refresh, refresh);
  record->expires = asked_at + lifetime_of(root) * US_PER_SECOND;
}

static const char *check_of(const struct zoom_options *options) {
  if (options->grant == ZOOM_GRANT_ACCOUNT_CREDENTIALS)
    return "check account_id, client_id and client_secret, and that the Server-to-Server OAuth app "
           "is activated";
  if (options->client_secret.size == 0)
    return "check that client_id is the app's public client ID (Basic Information > App "
           "Credentials > Use Public Client OAuth), or give its client_secret";
  return "check client_id and client_secret of the General app: development and production have "
         "each their own";
}

struct zoom_oauth_answer zoom_oauth_ask(const struct source_run *run, struct text form,
                                        const char *way_out, CURL **handle,
                                        struct http_response *response,
                                        struct zoom_token_record *record, struct error *error) {
  struct zoom_oauth_answer answer = {.meaning = ZOOM_ANSWER_BROKEN};
  time_us asked_at = clock_now(&run->clock);
  if (!perform(run, form, handle, response, error)) {
    if (atomic_load(run->stop))
      answer.meaning = ZOOM_ANSWER_STOPPED;
    return answer;
  }
  struct json_reader *reader = json_reader_new();
  struct error parse_error = ERROR_NONE;
  const struct json_node *root = zoom_answer_parse(reader, &response->body, &parse_error);
  answer.declined = response->status != 200;
  if (!root && response->status == 200)
    error_set(error, "Zoom's answer to the request for a token cannot be read: %s",
              parse_error.text);
  bool invalid_grant = way_out && root && text_is(member(root, TEXT("error"), 64), "invalid_grant");
  answer.meaning = zoom_answer_of_grant(
      response->status, root, invalid_grant ? way_out : check_of(run->source->options), error);
  answer.invalid_grant = invalid_grant && answer.meaning == ZOOM_ANSWER_REFUSED;
  if (answer.meaning == ZOOM_ANSWER_GOOD)
    take_tokens(record, root, asked_at);
  json_reader_free(reader);
  return answer;
}
