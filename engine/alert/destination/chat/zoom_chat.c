/*
 * Zoom Team Chat, by the Incoming Webhook app of Zoom's marketplace: an endpoint that names the
 * channel, and a token, or a secret by which each message is signed.
 *
 * Sources: support.zoom.com KB0067640, "Using Zoom's Incoming Webhook Chatbot" (`format=full`, the
 * header Authorization holds the token itself, or of a connection made with `/inc connect -s` the
 * signature: base64 of HMAC-SHA256 over `format&timestamp&message`, with the time in milliseconds
 * as a parameter of the URL); that the message is the body's bytes, and the base64 the usual one,
 * are reports of others who tried it; developers.zoom.us, "Customizing chatbot messages" (head,
 * fields, messages with a link, the sidebar's colour). Text is read as Markdown only where
 * `is_markdown_support` says so, which no message of margay's does; clients make links of URLs all
 * the same. Zoom documents no limit of size; clients split what has more than 3,500 bytes.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"
#include "base/digest.h"

#include <inttypes.h>

enum {
  PAYLOAD_MAX = 3500, /* bytes */
  HEAD_MAX = 200,
};

struct zoom_chat_options {
  struct text url, token, secret;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct zoom_chat_options, url),
     .required = true,
     .help = "the endpoint that `/inc connect NAME` answers, in any of its formats"},
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct zoom_chat_options, token),
     .help = "the verification token that comes with it"},
    {.key = "secret",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct zoom_chat_options, secret),
     .help = "in the place of `token`: the secret that `/inc connect -s NAME` answers, which signs "
             "each message and is never sent"},
    DESTINATION_TLS_SETTINGS(offsetof(struct zoom_chat_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct zoom_chat_options *options = untyped;
  if ((options->token.size > 0) == (options->secret.size > 0))
    return error_set(error, "give it the token of the connection, or the secret of one that was "
                            "made with `/inc connect -s`, not both");
  return destination_tls_check(&options->tls, error);
}

/* ---- the message -------------------------------------------------------------------------- */

static void add_text(json_t *body, const struct message *message, const struct chat_detail *detail,
                     unsigned parts) {
  struct buffer text = BUFFER_NONE;
  chat_append_parts(&text, message, &chat_style_plain, detail, parts);
  if (text.size > 0)
    json_array_append_new(
        body, json_pack("{s:s, s:o}", "type", "message", "text", chat_json_string(&text)));
  buffer_free(&text);
}

static json_t *items_of(const struct alert_field *fields, size_t count,
                        const struct chat_detail *detail) {
  json_t *items = json_array();
  struct buffer key = BUFFER_NONE, value = BUFFER_NONE;
  for (size_t i = 0; i < count; i++) {
    buffer_reset(&key);
    buffer_reset(&value);
    markup_append(&key, &markup_stiller_line, fields[i].label, detail->label);
    markup_append(&value, &markup_still_line, fields[i].value, detail->value);
    json_array_append_new(items, json_pack("{s:o, s:o}", "key", chat_json_string(&key), "value",
                                           chat_json_string(&value)));
  }
  buffer_free(&key);
  buffer_free(&value);
  return items;
}

static void add_fields(json_t *body, const struct alert_field *fields, size_t count,
                       const struct chat_detail *detail) {
  if (count > 0)
    json_array_append_new(
        body, json_pack("{s:s, s:o}", "type", "fields", "items", items_of(fields, count, detail)));
}

/* A link is a message of its own; one whose URL is too long is text. */
static void add_links(json_t *body, const struct message *message,
                      const struct chat_detail *detail) {
  struct message shown = *message;
  shown.link_count = 0;
  for (size_t i = 0; i < message->link_count; i++)
    if (message->links[i].url.size > detail->link)
      shown.links[shown.link_count++] = message->links[i];
    else
      json_array_append_new(body, json_pack("{s:s, s:s, s:o}", "type", "message", "text",
                                            message->links[i].label, "link",
                                            json_from_text(message->links[i].url)));
  add_text(body, &shown, detail, CHAT_LINKS);
}

static json_t *payload_of(const struct message *message, const struct chat_detail *detail,
                          void *context) {
  (void)context;
  struct buffer head = BUFFER_NONE, colour = BUFFER_NONE, more = BUFFER_NONE;
  json_t *body = json_array();
  size_t shown = message->field_count < detail->fields ? message->field_count : detail->fields;
  chat_append_headline(&head, message, &markup_stiller_line,
                       detail->words < HEAD_MAX ? detail->words : HEAD_MAX);
  buffer_printf(&colour, "#%06x", (unsigned)chat_colour(message->severity));
  add_text(body, message, detail, CHAT_NEWS);
  add_fields(body, message->facts, message->fact_count, detail);
  add_text(body, message, detail, CHAT_WHY);
  add_fields(body, message->fields, shown, detail);
  chat_append_more(&more, shown, message->field_count);
  if (more.size > 0)
    json_array_append_new(
        body, json_pack("{s:s, s:o}", "type", "message", "text", chat_json_string(&more)));
  add_text(body, message, detail, CHAT_STEPS);
  add_text(body, message, detail, CHAT_RUNBOOK);
  add_links(body, message, detail);
  add_text(body, message, detail, CHAT_FOOTER);
  json_t *json = json_pack("{s:{s:{s:o, s:{s:b}}, s:{s:o}, s:o}}", "content", "head", "text",
                           chat_json_string(&head), "style", "bold", 1, "settings",
                           "default_sidebar_color", chat_json_string(&colour), "body", body);
  buffer_free(&head);
  buffer_free(&colour);
  buffer_free(&more);
  return json;
}

/* Whether a parameter of the URL is one that margay sets. */
static bool is_own(struct text parameter) {
  return text_starts_folded(parameter, TEXT("format=")) ||
         text_starts_folded(parameter, TEXT("timestamp="));
}

/* The endpoint with `format=full` in the place of the format that it has. */
static void append_url(struct buffer *out, struct text url) {
  const char *mark = url.size > 0 ? memchr(url.data, '?', url.size) : NULL;
  struct text base = {url.data, mark ? (size_t)(mark - url.data) : url.size};
  struct text query = {url.data + base.size + (mark != NULL),
                       url.size - base.size - (mark != NULL)};
  buffer_append_text(out, base);
  buffer_append_string(out, "?format=full");
  while (query.size > 0) {
    const char *end = memchr(query.data, '&', query.size);
    struct text parameter = {query.data, end ? (size_t)(end - query.data) : query.size};
    if (!is_own(parameter)) {
      buffer_append_char(out, '&');
      buffer_append_text(out, parameter);
    }
    query.data += parameter.size + (end != NULL);
    query.size -= parameter.size + (end != NULL);
  }
}

/* Adds the time to the URL, and the signature of both and the body. */
static bool sign(const struct zoom_chat_options *options, time_us now,
                 struct delivery_request *request, struct error *error) {
  struct buffer signed_text = BUFFER_NONE, signature = BUFFER_NONE;
  uint8_t digest[DIGEST_SIZE];
  int64_t milliseconds = now / US_PER_MS;
  buffer_printf(&request->url, "&timestamp=%" PRId64, milliseconds);
  buffer_printf(&signed_text, "full&%" PRId64 "&", milliseconds);
  buffer_append_text(&signed_text, buffer_text(&request->body));
  digest_hmac_sha256(options->secret, buffer_text(&signed_text), digest);
  base64_encode(digest, sizeof digest, &signature);
  bool ok = delivery_request_header(request, "Authorization", buffer_text(&signature), error);
  buffer_free(&signed_text);
  buffer_free(&signature);
  return ok;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct zoom_chat_options *options = destination->options;
  append_url(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  chat_append_fitting_json(&request->body, &message, payload_of, NULL, PAYLOAD_MAX);
  arena_free(&arena);
  bool authorized = options->secret.size > 0
                        ? sign(options, attempt->now, request, error)
                        : delivery_request_header(request, "Authorization", options->token, error);
  return authorized && chat_headers(request, attempt, error);
}

/* ---- answers ------------------------------------------------------------------------------ */

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  (void)attempt;
  json_t *json = chat_answer_json(response);
  static const char *const keys[] = {"code", "errorCode"}; /* of Zoom's errors: never 0 */
  json_int_t code = 0;
  for (size_t i = 0; i < sizeof keys / sizeof *keys && code == 0; i++)
    code = json_integer_value(json_object_get(json, keys[i]));
  delivery_judge_status(response, judgement);
  if (response->status == 401 || response->status == 403) {
    judgement->reason = ERROR_NONE;
    error_set(&judgement->reason, "answered %ld: the token, the secret or the endpoint is wrong",
              response->status);
  }
  bool failed = json_is_false(json_object_get(json, "success")) || (code != 0 && code != 200);
  if (judgement->verdict == DELIVERY_DONE && failed) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but says that it failed (code %lld)",
              response->status, (long long)code);
  }
  json_decref(json);
}

const struct destination_type destination_zoom_chat = {
    .kind = {.name = "zoom_chat",
             .help = "a channel of Zoom Team Chat, by the Incoming Webhook app",
             .settings = SETTINGS(settings, struct zoom_chat_options),
             .check = check},
    .takes_template = true,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .max_per_second = 1, /* Zoom documents none */
    .occasions = CHAT_OCCASIONS_PLAIN,
    .render = render,
    .judge = judge,
};
