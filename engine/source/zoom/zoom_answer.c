#include "source/zoom/zoom_answer.h"

#include "base/buffer.h"
#include "source/zoom/zoom_limit.h"

/* Codes in the bodies of errors: https://developers.zoom.us/docs/api/errors/. A missing scope has
 * either of two, with the status 400 or 401; no permission has 200 with the status 400. */
#define CODE_BAD_TOKEN 124
#define CODE_NO_PERMISSION 200
#define CODE_NO_SCOPES 4700
#define CODE_NO_SCOPE 4711
/* Zoom's tokens have about 700 bytes; servers refuse headers of more than 8 KiB. */
#define ACCESS_TOKEN_MAX 8192
/* Zoom's pages have at most 300 rows. Each costs a look into the store, so a page of millions would
 * keep a source busy for minutes. */
#define PAGE_ROWS_MAX 10000

const struct json_node *zoom_answer_parse(struct json_reader *reader, struct buffer *body,
                                          struct error *error) {
  memset(buffer_reserve(body, JSON_PADDING), 0, JSON_PADDING);
  const struct json_node *root = json_read(reader, buffer_text(body), error);
  if (root && root->type != JSON_TYPE_OBJECT) {
    error_set(error, "not a JSON object");
    return NULL;
  }
  return root;
}

/* Access tokens and client secrets are longer; no word of Zoom's messages is. */
#define TOKEN_SIZE_MIN 24

struct reply {
  int64_t code; /* 0: none */
  struct text message;
  char printable[200]; /* ": message", or "" */
};

static bool is_token_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c && strchr("._~+/=-", c));
}

/* What may be a token or a secret: a long word with digits. */
static bool is_token(struct text word) {
  bool digits = false;
  for (size_t i = 0; i < word.size; i++)
    digits = digits || (word.data[i] >= '0' && word.data[i] <= '9');
  return digits && word.size >= TOKEN_SIZE_MIN;
}

/* Copies a message without what may be a token: an answer can repeat the request. */
static void hide_tokens(struct text message, struct buffer *out) {
  for (size_t at = 0; at < message.size;) {
    struct text word = {message.data + at, 0};
    while (at + word.size < message.size && is_token_byte(word.data[word.size]))
      word.size++;
    if (is_token(word))
      buffer_append_string(out, "[hidden]");
    else
      buffer_append(out, word.data, word.size ? word.size : 1);
    at += word.size ? word.size : 1;
  }
}

static void read_reply(const struct json_node *root, struct reply *reply) {
  static const char *const keys[] = {"message", "errorMessage", "reason", "error"};
  *reply = (struct reply){.message = {"", 0}};
  if (!root)
    return;
  const struct json_node *code = json_get(root, TEXT("code"));
  if (code && code->type == JSON_TYPE_INT)
    reply->code = code->value.integer;
  for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && reply->message.size == 0; i++) {
    const struct json_node *message = json_get(root, text_from(keys[i]));
    if (message && message->type == JSON_TYPE_STRING)
      reply->message = json_text(message);
  }
  if (reply->message.size == 0)
    return;
  struct buffer message = BUFFER_NONE;
  hide_tokens(reply->message, &message);
  memcpy(reply->printable, ": ", 2);
  text_printable(buffer_text(&message), reply->printable + 2, sizeof(reply->printable) - 2);
  buffer_free(&message);
}

static enum zoom_answer busy(bool daily, const struct reply *reply, struct error *error) {
  error_set(error, "Zoom's %s limit of requests is reached%s", daily ? "daily" : "rate",
            reply->printable);
  return daily ? ZOOM_ANSWER_BUSY_TODAY : ZOOM_ANSWER_BUSY;
}

/* "add the scope A (or the classic scope B) under …, activate the app again, and " */
static void append_scopes(const struct zoom_report *report, struct buffer *out) {
  if (!report->scope)
    return;
  buffer_printf(out, "add the scope %s", report->scope);
  if (report->classic_scope)
    buffer_printf(out, " (or the classic scope %s)", report->classic_scope);
  buffer_append_string(out, " under marketplace.zoom.us > Manage > the app > Scopes, activate the "
                            "app again, and ");
}

static enum zoom_answer no_permission(const struct zoom_report *report, const struct reply *reply,
                                      struct error *error) {
  struct buffer advice = BUFFER_NONE;
  append_scopes(report, &advice);
  if (report->privilege)
    buffer_printf(&advice, "let the role of its creator view '%s'", report->privilege);
  else
    buffer_append_string(&advice, "let the role of its creator view this report");
  error_set(error, "Zoom does not allow the app to read the %s report: %s%s", report->name,
            advice.data, reply->printable);
  buffer_free(&advice);
  return ZOOM_ANSWER_REFUSED;
}

static enum zoom_answer bad_token(long status, const struct reply *reply, struct error *error) {
  error_set(error, "Zoom does not take the access token (%ld)%s", status, reply->printable);
  return ZOOM_ANSWER_TOKEN;
}

static enum zoom_answer bad_request(const struct zoom_report *report, const struct reply *reply,
                                    struct error *error) {
  if (reply->code == CODE_NO_PERMISSION)
    return no_permission(report, reply, error);
  if (reply->code == CODE_BAD_TOKEN)
    return bad_token(400, reply, error);
  bool page_token = text_contains_folded(reply->message, TEXT("page token")) ||
                    text_contains_folded(reply->message, TEXT("next_page_token"));
  error_set(error, "Zoom refuses the request for the %s report (400, code %lld)%s", report->name,
            (long long)reply->code, reply->printable);
  return page_token ? ZOOM_ANSWER_PAGE_TOKEN : ZOOM_ANSWER_INVALID;
}

static enum zoom_answer not_found(const struct zoom_report *report, const struct reply *reply,
                                  struct error *error) {
  error_set(error, "Zoom has no %s report (404): %s%s", report->name,
            report->not_found_hint ? report->not_found_hint : "is api_url right?",
            reply->printable);
  return ZOOM_ANSWER_REFUSED;
}

static bool may_pass(long status) {
  return status == 408 || status >= 500;
}

/* The report's rows, which are there once and not too many. */
static enum zoom_answer page_of_rows(const struct zoom_report *report, const struct json_node *root,
                                     const struct reply *reply, struct error *error) {
  const struct json_node *rows = NULL;
  size_t found = 0;
  if (root)
    for (JSON_EACH(member, root))
      if (text_is(json_key(member), report->array)) {
        rows = member;
        found++;
      }
  if (!rows || rows->type != JSON_TYPE_ARRAY)
    error_set(error, "Zoom's answer holds no %s%s", report->array, reply->printable);
  else if (found > 1)
    error_set(error, "Zoom's answer holds %s twice", report->array);
  else if (rows->size > PAGE_ROWS_MAX)
    error_set(error, "Zoom's answer holds more than %d %s", PAGE_ROWS_MAX, report->array);
  else
    return ZOOM_ANSWER_GOOD;
  return ZOOM_ANSWER_BROKEN;
}

static bool is_redirect(long status) {
  return status >= 300 && status < 400;
}

/* Whatever the status. */
static bool misses_scope(const struct reply *reply) {
  return reply->code == CODE_NO_SCOPE || reply->code == CODE_NO_SCOPES ||
         text_contains_folded(reply->message, TEXT("does not contain scopes"));
}

enum zoom_answer zoom_answer_of_report(const struct zoom_report *report,
                                       const struct http_response *response,
                                       const struct json_node *root, struct error *error) {
  struct reply reply;
  long status = response->status;
  read_reply(root, &reply);
  if (status >= 400 && status < 429 && misses_scope(&reply))
    return no_permission(report, &reply, error);
  switch (status) {
  case 200:
    return page_of_rows(report, root, &reply, error);
  case 400:
    return bad_request(report, &reply, error);
  case 401:
    return bad_token(401, &reply, error);
  case 403:
    return no_permission(report, &reply, error);
  case 404:
    return not_found(report, &reply, error);
  case 429:
    return busy(zoom_limit_is_daily(response, reply.message), &reply, error);
  default:
    error_set(error, "Zoom answers with status %ld%s%s", status,
              is_redirect(status) ? ", a redirect, which is not followed: is api_url right?" : "",
              reply.printable);
    return may_pass(status) ? ZOOM_ANSWER_BROKEN : ZOOM_ANSWER_REFUSED;
  }
}

/* Only what RFC 6750, 2.1 allows goes into a header of every request from then on. */
static bool is_bearer_token(struct text token) {
  static const char allowed[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
  for (size_t i = 0; i < token.size; i++)
    if (!memchr(allowed, token.data[i], sizeof(allowed) - 1))
      return false;
  return token.size > 0 && token.size <= ACCESS_TOKEN_MAX;
}

enum zoom_answer zoom_answer_of_grant(long status, const struct json_node *root,
                                      const char *way_out, struct error *error) {
  struct reply reply;
  read_reply(root, &reply);
  if (status == 200) {
    const struct json_node *token = root ? json_get(root, TEXT("access_token")) : NULL;
    if (token && token->type == JSON_TYPE_STRING && is_bearer_token(json_text(token)))
      return ZOOM_ANSWER_GOOD;
    error_set(error, "Zoom's answer holds no access token%s", reply.printable);
    return ZOOM_ANSWER_BROKEN;
  }
  if (status == 429)
    return busy(text_contains_folded(reply.message, TEXT("daily")), &reply, error);
  if (may_pass(status)) {
    error_set(error, "Zoom answers the request for a token with status %ld%s", status,
              reply.printable);
    return ZOOM_ANSWER_BROKEN;
  }
  if (is_redirect(status))
    error_set(error,
              "Zoom answers the request for a token with status %ld, a redirect, which is not "
              "followed: is token_url right?",
              status);
  error_set(error, "Zoom gives no access token (%ld): %s%s", status, way_out, reply.printable);
  return ZOOM_ANSWER_REFUSED;
}
