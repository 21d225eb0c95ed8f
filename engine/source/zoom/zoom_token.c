#include "source/zoom/zoom_token.h"

/* Renewed this long before its end, so that no request is under way with one that ends. */
#define RENEW_EARLY US_PER_MINUTE
/* Zoom's tokens live an hour; whatever else an answer says is not believed for longer than a day.
 */
#define LIFETIME_USUAL_SECONDS 3600
#define LIFETIME_MAX_SECONDS 86400
#define ANSWER_MAX ((size_t)1024 * 1024) /* Zoom's have some 2 KiB */

void zoom_token_start(struct zoom_token *token, const struct zoom_options *options) {
  *token = (struct zoom_token){.text = BUFFER_NONE, .key = BUFFER_NONE, .expires = TIME_NONE};
  buffer_append_text(&token->key, options->token_url);
  buffer_append_char(&token->key, ' ');
  buffer_append_text(&token->key, options->account_id);
  buffer_append_char(&token->key, ' ');
  buffer_append_text(&token->key, options->client_id);
}

void zoom_token_free(struct zoom_token *token) {
  buffer_free(&token->text);
  buffer_free(&token->key);
}

void zoom_token_refuse(struct zoom_token *token) {
  token->refused = true;
}

void zoom_url_append(struct buffer *out, struct text text) {
  static const char unreserved[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (size_t i = 0; i < text.size; i++) {
    if (memchr(unreserved, text.data[i], sizeof(unreserved) - 1))
      buffer_append_char(out, text.data[i]);
    else
      buffer_printf(out, "%%%02X", (unsigned)(unsigned char)text.data[i]);
  }
}

static enum zoom_answer request_token(const struct source_run *run, CURL **handle,
                                      struct http_response *response, struct error *error) {
  const struct zoom_options *options = run->source->options;
  struct buffer form = BUFFER_NONE;
  buffer_append_string(&form, "grant_type=account_credentials&account_id=");
  zoom_url_append(&form, options->account_id);
  struct http_request request = {.method = "POST",
                                 .url = options->token_url.data,
                                 .body = buffer_text(&form),
                                 .user = options->client_id.data,
                                 .password = options->client_secret.data,
                                 .timeout_ms = (long)(options->request_timeout / US_PER_MS),
                                 .body_max = ANSWER_MAX,
                                 .ca_file =
                                     options->ca_file.size > 0 ? options->ca_file.data : NULL,
                                 .stop = run->stop};
  http_response_reset(response);
  bool answered = http_perform(handle, &request, response, error);
  buffer_free(&form);
  if (answered)
    return ZOOM_ANSWER_GOOD;
  return atomic_load(run->stop) ? ZOOM_ANSWER_STOPPED : ZOOM_ANSWER_BROKEN;
}

static int64_t lifetime_of(const struct json_node *root) {
  const struct json_node *node = json_get(root, TEXT("expires_in"));
  if (!node || node->type != JSON_TYPE_INT || node->value.integer < 0)
    return LIFETIME_USUAL_SECONDS;
  return node->value.integer < LIFETIME_MAX_SECONDS ? node->value.integer : LIFETIME_MAX_SECONDS;
}

static enum zoom_answer mint(struct zoom_token *token, const struct source_run *run, CURL **handle,
                             struct http_response *response, struct error *error) {
  struct json_reader *reader = json_reader_new();
  time_us asked_at = clock_now(&run->clock);
  enum zoom_answer answer = request_token(run, handle, response, error);
  if (answer != ZOOM_ANSWER_GOOD)
    goto done;
  struct error parse_error = ERROR_NONE;
  const struct json_node *root = zoom_answer_parse(reader, &response->body, &parse_error);
  if (!root && response->status == 200)
    error_set(error, "Zoom's answer to the request for a token cannot be read: %s",
              parse_error.text);
  answer = zoom_answer_of_token(response->status, root, error);
  if (answer != ZOOM_ANSWER_GOOD)
    goto done;
  buffer_reset(&token->text);
  buffer_append_text(&token->text, json_text(json_get(root, TEXT("access_token"))));
  token->expires = asked_at + lifetime_of(root) * US_PER_SECOND;
  if (!run->memory.token_set(run->memory.context, buffer_text(&token->key),
                             buffer_text(&token->text), token->expires, error))
    answer = ZOOM_ANSWER_BROKEN;
done:
  json_reader_free(reader);
  return answer;
}

static bool is_fresh(const struct zoom_token *token, time_us now) {
  return !token->refused && token->text.size > 0 && token->expires != TIME_NONE &&
         now < token->expires - RENEW_EARLY;
}

/* Takes what the store has, unless it is the very token that Zoom refused. */
static enum zoom_answer take_from_store(struct zoom_token *token, const struct source_run *run,
                                        struct error *error) {
  struct buffer kept = BUFFER_NONE;
  time_us expires;
  bool found;
  enum zoom_answer answer = ZOOM_ANSWER_TOKEN;
  if (!run->memory.token_get(run->memory.context, buffer_text(&token->key), &kept, &expires, &found,
                             error)) {
    answer = ZOOM_ANSWER_BROKEN;
  } else if (found &&
             !(token->refused && text_equal(buffer_text(&kept), buffer_text(&token->text)))) {
    struct zoom_token candidate = {.text = kept, .expires = expires};
    if (is_fresh(&candidate, clock_now(&run->clock))) {
      buffer_reset(&token->text);
      buffer_append_text(&token->text, buffer_text(&kept));
      token->expires = expires;
      answer = ZOOM_ANSWER_GOOD;
    }
  }
  buffer_free(&kept);
  return answer;
}

enum zoom_answer zoom_token_take(struct zoom_token *token, const struct source_run *run,
                                 CURL **handle, struct http_response *response,
                                 struct error *error) {
  if (is_fresh(token, clock_now(&run->clock)))
    return ZOOM_ANSWER_GOOD;
  struct text key = buffer_text(&token->key);
  source_lock(run->locks, key);
  enum zoom_answer answer = take_from_store(token, run, error);
  if (answer == ZOOM_ANSWER_TOKEN)
    answer = mint(token, run, handle, response, error);
  source_unlock(run->locks, key);
  if (answer == ZOOM_ANSWER_GOOD)
    token->refused = false;
  return answer;
}
