/*
 * Matrix, by a user of any homeserver: the message of an alert is edited when the alert changes,
 * and what happened is answered in its thread.
 *
 * Sources: spec.matrix.org, Client-Server API v1.11: "PUT …/send/{eventType}/{txnId}" (the same
 * transaction id sends once), "m.room.message" (formatted_body), "Event replacements",
 * "Threading", "User and room mentions" (with an empty m.mentions, nobody is mentioned, whatever
 * the text says), "Size limits" (an event has 65,536 bytes).
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/chat/chat_thread.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

#include <ctype.h>

/* Bytes in JSON of each form of the text: an edit has both of them twice, and stays below the limit
 * of an event. */
enum { TEXT_MAX = 14000 };

struct matrix_options {
  struct text url, token, room;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_URL,
     .offset = offsetof(struct matrix_options, url),
     .required = true,
     .help = "the homeserver (`https://matrix.example.com`)"},
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct matrix_options, token),
     .required = true,
     .help = "an access token of the user that writes"},
    {.key = "room",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct matrix_options, room),
     .required = true,
     .help = "the room's id (`!abc:example.com`), in which that user is"},
    DESTINATION_TLS_SETTINGS(offsetof(struct matrix_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct matrix_options *options = untyped;
  if (options->room.size > 0 && options->room.data[0] != '!')
    return error_set(error,
                     "'room' is the room's id, which begins with '!', and no alias: it is in "
                     "the room's settings, under Advanced");
  return destination_tls_check(&options->tls, error);
}

/* ---- the message -------------------------------------------------------------------------- */

static void append_link(struct buffer *out, const char *label, struct text url) {
  buffer_append_string(out, "<a href=\"");
  for (size_t i = 0; i < url.size; i++)
    if (url.data[i] == '&')
      buffer_append_string(out, "&amp;");
    else if (url.data[i] == '\'')
      buffer_append_string(out, "%27");
    else
      buffer_append_char(out, url.data[i]);
  buffer_printf(out, "\">%s</a>", label);
}

static const struct chat_style style = {
    .line = &markup_html_line,
    .lines = &markup_html_lines,
    .value = &markup_html_value,
    .strong_open = "<strong>",
    .strong_close = "</strong>",
    .value_open = "<code>",
    .value_close = "</code>",
    .line_break = "<br>",
    .append_link = append_link,
};

static json_t *content_of(const struct message *message, unsigned parts) {
  struct buffer plain = BUFFER_NONE, html = BUFFER_NONE;
  chat_append_fitting(&plain, message, &chat_style_plain, parts, chat_json_bytes, TEXT_MAX);
  chat_append_fitting(&html, message, &style, parts, chat_json_bytes, TEXT_MAX);
  json_t *json = json_pack("{s:s, s:o, s:s, s:o, s:{}}", "msgtype", "m.text", "body",
                           chat_json_string(&plain), "format", "org.matrix.custom.html",
                           "formatted_body", chat_json_string(&html), "m.mentions");
  buffer_free(&plain);
  buffer_free(&html);
  return json;
}

/* What stands outside of m.new_content is for clients that know no edits. */
static json_t *edit_of(const struct message *message, struct text event) {
  json_t *json = content_of(message, CHAT_WHOLE);
  json_object_set_new(json, "m.new_content", content_of(message, CHAT_WHOLE));
  json_object_set_new(
      json, "m.relates_to",
      json_pack("{s:s, s:o}", "rel_type", "m.replace", "event_id", json_from_text(event)));
  return json;
}

static json_t *answer_of(const struct message *message, struct text event) {
  json_t *json = content_of(message, message->news.size > 0 ? CHAT_NEWS : CHAT_HEADLINE);
  json_object_set_new(json, "m.relates_to",
                      json_pack("{s:s, s:o, s:b, s:{s:o}}", "rel_type", "m.thread", "event_id",
                                json_from_text(event), "is_falling_back", 1, "m.in_reply_to",
                                "event_id", json_from_text(event)));
  return json;
}

/* RFC 3986 2.1: all but unreserved characters. */
static void append_segment(struct buffer *out, struct text text) {
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c < 0x80 && (isalnum(c) || (c != '\0' && strchr("-._~", c))))
      buffer_append_char(out, (char)c);
    else
      buffer_printf(out, "%%%02X", c);
  }
}

/* The edit and the answer of one occasion are two transactions. */
static void append_url(struct buffer *out, const struct matrix_options *options,
                       const struct delivery_try *attempt, enum chat_step step) {
  static const char *const suffixes[] = {
      [CHAT_POST] = "", [CHAT_EDIT] = "-edit", [CHAT_ANSWER] = "-answer"};
  struct text base = options->url;
  while (base.size > 0 && base.data[base.size - 1] == '/')
    base.size--;
  buffer_printf(out, "%.*s/_matrix/client/v3/rooms/", TEXT_ARGS(base));
  append_segment(out, options->room);
  buffer_append_string(out, "/send/m.room.message/");
  append_segment(out, attempt->idempotency_key);
  buffer_append_string(out, suffixes[step]);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct matrix_options *options = destination->options;
  const struct chat_thread thread = chat_thread_of(attempt);
  request->tls = destination_tls_files(&options->tls);
  request->method = "PUT";
  append_url(&request->url, options, attempt, thread.step);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  json_append_and_free(&request->body, thread.step == CHAT_POST ? content_of(&message, CHAT_WHOLE)
                                       : thread.step == CHAT_EDIT
                                           ? edit_of(&message, thread.message)
                                           : answer_of(&message, thread.message));
  arena_free(&arena);
  return chat_bearer(request, options->token, error) && chat_headers(request, attempt, error);
}

/* ---- answers ------------------------------------------------------------------------------ */

/* `errcode` (Client-Server API, "Standard error response"). */
static const struct chat_answer answers[] = {
    {"M_UNKNOWN_TOKEN", DELIVERY_PARK, "the token is wrong or has expired"},
    {"M_MISSING_TOKEN", DELIVERY_PARK, "the homeserver saw no token"},
    {"M_USER_DEACTIVATED", DELIVERY_PARK, "the token's user is deactivated"},
    {"M_USER_LOCKED", DELIVERY_PARK, "the token's user is locked"},
    {"M_FORBIDDEN", DELIVERY_PARK, "the token's user is not in the room, or may not write there"},
    {"M_GUEST_ACCESS_FORBIDDEN", DELIVERY_PARK, "the room forbids guests"},
    {"M_TOO_LARGE", DELIVERY_PARK, "the message is too large for the homeserver"},
    {"M_BAD_JSON", DELIVERY_PARK, "the homeserver did not accept the message"},
    {"M_NOT_JSON", DELIVERY_PARK, "the homeserver did not accept the message"},
    {"M_UNRECOGNIZED", DELIVERY_PARK, "the URL is none of a homeserver"},
    {"M_LIMIT_EXCEEDED", DELIVERY_RETRY, "too many messages"},
    {"M_RESOURCE_LIMIT_EXCEEDED", DELIVERY_RETRY, "the homeserver has reached a limit of its own"},
};

static void judge_success(const struct delivery_try *attempt, const json_t *json,
                          struct delivery_judgement *judgement) {
  const json_t *event = json_object_get(json, "event_id");
  if (chat_thread_of(attempt).step == CHAT_POST)
    chat_thread_posted(
        TEXT("-"), (struct text){json_string_value(event), json_string_length(event)}, judgement);
  else
    chat_thread_went_on(attempt, judgement);
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  json_t *json = chat_answer_json(response);
  struct text code = chat_answer_code(json, "errcode");
  bool refers = chat_thread_of(attempt).step != CHAT_POST;
  if (response->status >= 200 && response->status <= 299) {
    judge_success(attempt, json, judgement);
  } else if (refers && (text_is(code, "M_NOT_FOUND") || text_is(code, "M_INVALID_PARAM") ||
                        (text_is(code, "M_UNKNOWN") && response->status == 400))) {
    chat_thread_lost(judgement); /* it relates to an event that the homeserver does not have */
  } else if (!chat_judge_code(answers, sizeof answers / sizeof answers[0], code, response->status,
                              judgement)) {
    delivery_judge_status(response, judgement);
  }
  if (judgement->verdict == DELIVERY_RETRY)
    judgement->delay_us = chat_answer_delay_ms(json_object_get(json, "retry_after_ms"));
  json_decref(json);
}

const struct destination_type destination_matrix = {
    .kind = {.name = "matrix",
             .help = "a room of Matrix, by a user of a homeserver",
             .settings = SETTINGS(settings, struct matrix_options),
             .check = check},
    .takes_template = true,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .max_per_second =
        1, /* homeservers choose; Synapse begins to refuse at 0.2 after a burst of 10 */
    .occasions = CHAT_OCCASIONS_THREAD,
    .render = render,
    .judge = judge,
};
