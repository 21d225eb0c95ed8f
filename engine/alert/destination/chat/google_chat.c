/*
 * Google Chat, by a webhook of a space: the URL is the secret. The message is a card; what happens
 * to the alert later is answered in its thread, which is named by the alert's id.
 *
 * Sources: developers.google.com/workspace/chat, "Build a Google Chat app as a webhook" (one
 * message a second to a space; `messageReplyOption`, `threadKey`), "Usage limits" (a message has
 * 32,000 bytes), "Format messages" and Card (text of a TextParagraph and a DecoratedText is HTML of
 * a few tags), Status of google.rpc for errors.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

enum {
  PAYLOAD_MAX = 32000, /* bytes */
  FALLBACK_MAX = 500,
};

struct google_chat_options {
  struct text url;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct google_chat_options, url),
     .required = true,
     .help = "the webhook's URL, with its `key` and `token`, with which anyone can post"},
    DESTINATION_TLS_SETTINGS(offsetof(struct google_chat_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct google_chat_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

/* ---- the card ----------------------------------------------------------------------------- */

static const struct chat_style style = {
    .line = &markup_html_line,
    .lines = &markup_html_lines,
    .value = &markup_html_value,
    .strong_open = "<b>",
    .strong_close = "</b>",
    .value_open = "",
    .value_close = "",
    .line_break = "<br>",
};

static json_t *paragraph(const struct buffer *text) {
  return json_pack("{s:{s:o}}", "textParagraph", "text", chat_json_string(text));
}

/* A paragraph of some parts, if there is anything in them. */
static void add_parts(json_t *widgets, const struct message *message,
                      const struct chat_detail *detail, unsigned parts) {
  struct buffer text = BUFFER_NONE;
  chat_append_parts(&text, message, &style, detail, parts);
  if (text.size > 0)
    json_array_append_new(widgets, paragraph(&text));
  buffer_free(&text);
}

static void add_facts(json_t *widgets, const struct message *message,
                      const struct chat_detail *detail) {
  struct buffer text = BUFFER_NONE;
  for (size_t i = 0; i < message->fact_count; i++) {
    buffer_reset(&text);
    markup_append(&text, style.value, message->facts[i].value, detail->value);
    json_array_append_new(widgets, json_pack("{s:{s:o, s:o, s:b}}", "decoratedText", "topLabel",
                                             json_from_text(message->facts[i].label), "text",
                                             chat_json_string(&text), "wrapText", 1));
  }
  buffer_free(&text);
}

/* Links as buttons; one whose URL is too long is text. */
static void add_links(json_t *widgets, const struct message *message,
                      const struct chat_detail *detail) {
  struct message shown = *message;
  json_t *buttons = json_array();
  shown.link_count = 0;
  for (size_t i = 0; i < message->link_count; i++)
    if (message->links[i].url.size > detail->link)
      shown.links[shown.link_count++] = message->links[i];
    else
      json_array_append_new(buttons, json_pack("{s:s, s:{s:{s:o}}}", "text",
                                               message->links[i].label, "onClick", "openLink",
                                               "url", json_from_text(message->links[i].url)));
  add_parts(widgets, &shown, detail, CHAT_LINKS);
  if (json_array_size(buttons) > 0)
    json_array_append_new(widgets, json_pack("{s:{s:O}}", "buttonList", "buttons", buttons));
  json_decref(buttons);
}

/* The card's header shows one line and no markup, so only the severity is there. */
static json_t *card_of(const struct message *message, const struct chat_detail *detail,
                       bool in_short) {
  struct buffer title = BUFFER_NONE, headline = BUFFER_NONE;
  json_t *widgets = json_array();
  buffer_printf(&title, "%s %s", severity_emoji(message->severity),
                severity_name(message->severity));
  buffer_append_string(&headline, style.strong_open);
  markup_append(&headline, style.line, message->headline,
                detail->words < 300 ? detail->words : 300);
  buffer_append_string(&headline, style.strong_close);
  json_array_append_new(widgets, paragraph(&headline));
  add_parts(widgets, message, detail, CHAT_NEWS);
  add_facts(widgets, message, detail);
  if (!in_short) {
    add_parts(widgets, message, detail, CHAT_WHY);
    add_parts(widgets, message, detail, CHAT_FIELDS | CHAT_STEPS);
    add_parts(widgets, message, detail, CHAT_RUNBOOK);
  }
  add_links(widgets, message, detail);
  add_parts(widgets, message, detail, CHAT_FOOTER);
  json_t *card = json_pack("{s:{s:o}, s:[{s:o}]}", "header", "title", chat_json_string(&title),
                           "sections", "widgets", widgets);
  buffer_free(&title);
  buffer_free(&headline);
  return card;
}

struct payload {
  struct text thread;
  bool in_short;
};

static json_t *payload_of(const struct message *message, const struct chat_detail *detail,
                          void *context) {
  const struct payload *payload = context;
  struct buffer fallback = BUFFER_NONE;
  chat_append_headline(&fallback, message, &markup_stiller_line, FALLBACK_MAX);
  json_t *json =
      json_pack("{s:o, s:[{s:s, s:o}], s:{s:o}}", "fallbackText", chat_json_string(&fallback),
                "cardsV2", "cardId", "margay", "card", card_of(message, detail, payload->in_short),
                "thread", "threadKey", json_from_text(payload->thread));
  buffer_free(&fallback);
  return json;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct google_chat_options *options = destination->options;
  enum alert_occasion occasion = attempt->occasion.occasion;
  struct payload payload = {alert->id, occasion != OCCASION_OPENED && occasion != OCCASION_ROSE};
  bool has_query = options->url.size > 0 && memchr(options->url.data, '?', options->url.size);
  buffer_append_text(&request->url, options->url);
  buffer_printf(&request->url, "%cmessageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
                has_query ? '&' : '?');
  request->tls = destination_tls_files(&options->tls);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  chat_append_fitting_json(&request->body, &message, payload_of, &payload, PAYLOAD_MAX);
  arena_free(&arena);
  return chat_headers(request, attempt, error);
}

/* ---- answers ------------------------------------------------------------------------------ */

static const struct chat_answer answers[] = {
    {"INVALID_ARGUMENT", DELIVERY_PARK, "Google Chat did not accept the message"},
    {"FAILED_PRECONDITION", DELIVERY_PARK, "Google Chat did not accept the message"},
    {"UNAUTHENTICATED", DELIVERY_PARK, "the webhook's URL is wrong"},
    {"PERMISSION_DENIED", DELIVERY_PARK, "the webhook was removed, or its space forbids webhooks"},
    {"NOT_FOUND", DELIVERY_PARK, "the webhook's space does not exist any more"},
    {"RESOURCE_EXHAUSTED", DELIVERY_RETRY, "too many messages"},
    {"ABORTED", DELIVERY_RETRY, "Google Chat failed"},
    {"INTERNAL", DELIVERY_RETRY, "Google Chat failed"},
    {"UNAVAILABLE", DELIVERY_RETRY, "Google Chat is not available now"},
    {"DEADLINE_EXCEEDED", DELIVERY_RETRY, "Google Chat took too long"},
};

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  (void)attempt;
  json_t *json = chat_answer_json(response);
  struct text code = chat_answer_code(json_object_get(json, "error"), "status");
  if (code.size == 0 || !chat_judge_code(answers, sizeof answers / sizeof answers[0], code,
                                         response->status, judgement))
    delivery_judge_status(response, judgement);
  json_decref(json);
}

const struct destination_type destination_google_chat = {
    .kind = {.name = "google_chat",
             .help = "a space of Google Chat, by a webhook",
             .settings = SETTINGS(settings, struct google_chat_options),
             .check = check},
    .takes_template = true,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .max_per_second = 1,
    .occasions = CHAT_OCCASIONS_THREAD,
    .render = render,
    .judge = judge,
};
