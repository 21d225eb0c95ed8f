/*
 * Slack, by an incoming webhook: the URL is the secret and names the channel.
 *
 * Limits from docs.slack.dev, Block Kit reference: header 150 characters, section text 3000,
 * 10 fields of 2000 in a section, 50 blocks in a message (this one has at most 10, and one for each
 * of 12 steps); one message a second to a webhook.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/destination.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"

#include <ctype.h>

enum {
  HEADER_MAX = 150,
  TEXT_MAX = 3000,
  FIELD_MAX = 2000,
  FALLBACK_MAX = 500,
  FOOTER_MAX = 300,
  EVENT_LABEL_MAX = 40,
  EVENT_VALUE_MAX = 240, /* ten lines with their labels stay below TEXT_MAX */
};

struct slack_options {
  struct text url;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct slack_options, url),
     .required = true,
     .help = "the incoming webhook's URL, with which anyone can post"},
    DESTINATION_TLS_SETTINGS(offsetof(struct slack_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct slack_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

static json_t *text_object(const char *type, const struct buffer *text) {
  json_t *object = json_object();
  json_object_set_new(object, "type", json_string(type));
  json_object_set_new(object, "text", json_from_text(buffer_text(text)));
  /* Nothing in a text becomes a link or a mention by itself. */
  if (strcmp(type, "mrkdwn") == 0)
    json_object_set_new(object, "verbatim", json_true());
  return object;
}

static json_t *block(const char *type, const char *content, json_t *value) {
  json_t *object = json_object();
  json_object_set_new(object, "type", json_string(type));
  json_object_set_new(object, content, value);
  return object;
}

static void append_section(json_t *blocks, const struct buffer *text) {
  json_array_append_new(blocks, block("section", "text", text_object("mrkdwn", text)));
}

static json_t *header_block(const struct message *message) {
  struct buffer text = BUFFER_NONE;
  chat_append_headline(&text, message, &markup_slack_line, HEADER_MAX);
  json_t *header = block("header", "text", text_object("plain_text", &text));
  buffer_free(&text);
  return header;
}

static json_t *facts_block(const struct message *message) {
  json_t *fields = json_array();
  struct buffer text = BUFFER_NONE;
  for (size_t i = 0; i < message->fact_count; i++) {
    const struct alert_field *fact = &message->facts[i];
    buffer_reset(&text);
    buffer_printf(&text, "*%.*s*\n`", (int)fact->label.size, fact->label.data);
    markup_append(&text, &markup_slack_code, fact->value,
                  FIELD_MAX - 1 - markup_length(buffer_text(&text)));
    buffer_append_char(&text, '`');
    json_array_append_new(fields, text_object("mrkdwn", &text));
  }
  buffer_free(&text);
  return block("section", "fields", fields);
}

static void append_words(json_t *blocks, const char *label, struct text words) {
  if (words.size == 0)
    return;
  struct buffer text = BUFFER_NONE;
  if (label)
    buffer_printf(&text, "*%s*\n", label);
  markup_append(&text, &markup_slack_lines, words, TEXT_MAX - markup_length(buffer_text(&text)));
  append_section(blocks, &text);
  buffer_free(&text);
}

/* A link's URL is at most half of the limit: that is enough for it even where every character is an
 * escape of two. One that is longer is shown as text. */
static void append_link(json_t *blocks, const struct message_link *link) {
  if (link->url.size >= TEXT_MAX / 2) {
    append_words(blocks, link->label, link->url);
    return;
  }
  struct buffer text = BUFFER_NONE;
  buffer_append_char(&text, '<');
  for (size_t i = 0; i < link->url.size; i++)
    if (link->url.data[i] == '&')
      buffer_append_string(&text, "&amp;");
    else
      buffer_append_char(&text, link->url.data[i]);
  buffer_printf(&text, "|%s>", link->label);
  append_section(blocks, &text);
  buffer_free(&text);
}

static void append_fields(json_t *blocks, const struct message *message) {
  struct buffer text = BUFFER_NONE;
  for (size_t i = 0; i < message->field_count; i++) {
    if (i > 0)
      buffer_append_char(&text, '\n');
    markup_append(&text, &markup_slack_code, message->fields[i].label, EVENT_LABEL_MAX);
    buffer_append_string(&text, ": `");
    markup_append(&text, &markup_slack_code, message->fields[i].value, EVENT_VALUE_MAX);
    buffer_append_char(&text, '`');
  }
  if (message->field_count > 0)
    append_section(blocks, &text);
  buffer_free(&text);
}

/* TIME `ACTOR`: `TITLE` (`RULE`) */
static void append_step_event(struct buffer *text, const struct alert_step_event *event) {
  struct time_string time = {.text = ""};
  buffer_printf(text, "\n\xe2\x80\xa2 %s ", alert_time(event->time, &time));
  const struct text parts[] = {event->actor, event->title, event->rule_id};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (text_trim(parts[i]).size == 0)
      continue;
    buffer_append_string(text, " `");
    markup_append(text, &markup_slack_code, parts[i], EVENT_VALUE_MAX);
    buffer_append_char(text, '`');
  }
}

/* A section for each step. Its heading and its events, at most so many, stay below TEXT_MAX. */
static void append_step(json_t *blocks, const struct alert_step *step) {
  struct buffer text = BUFFER_NONE, heading = BUFFER_NONE;
  alert_step_append_heading(&heading, step);
  markup_append(&text, &markup_slack_lines, buffer_text(&heading), EVENT_VALUE_MAX);
  size_t shown =
      step->event_count < ALERT_STEP_EVENTS_SHOWN ? step->event_count : ALERT_STEP_EVENTS_SHOWN;
  for (size_t k = 0; k < shown; k++)
    append_step_event(&text, &step->events[k]);
  if (step->count > (int64_t)shown)
    buffer_printf(&text, "\nand %lld more", (long long)step->count - (long long)shown);
  append_section(blocks, &text);
  buffer_free(&text);
  buffer_free(&heading);
}

static json_t *footer_block(const struct message *message) {
  struct buffer text = BUFFER_NONE;
  markup_append(&text, &markup_slack_lines, message->footer, FOOTER_MAX);
  json_t *elements = json_array();
  json_array_append_new(elements, text_object("mrkdwn", &text));
  buffer_free(&text);
  return block("context", "elements", elements);
}

static json_t *blocks_of(const struct message *message) {
  json_t *blocks = json_array();
  json_array_append_new(blocks, header_block(message));
  append_words(blocks, NULL, message->news);
  json_array_append_new(blocks, facts_block(message));
  append_words(blocks, NULL, message->why);
  append_fields(blocks, message);
  for (size_t i = 0; i < message->step_count; i++)
    append_step(blocks, &message->steps[i]);
  append_words(blocks, "Runbook", message->runbook);
  for (size_t i = 0; i < message->link_count; i++)
    append_link(blocks, &message->links[i]);
  append_words(blocks, "Reference", message->reference);
  json_array_append_new(blocks, footer_block(message));
  return blocks;
}

static json_t *payload(const struct message *message) {
  struct buffer fallback = BUFFER_NONE;
  chat_append_headline(&fallback, message, &markup_slack_line, FALLBACK_MAX);
  json_t *json = json_object();
  json_object_set_new(json, "text", json_from_text(buffer_text(&fallback)));
  json_object_set_new(json, "blocks", blocks_of(message));
  json_object_set_new(json, "mrkdwn", json_false());
  json_object_set_new(json, "unfurl_links", json_false());
  json_object_set_new(json, "unfurl_media", json_false());
  buffer_free(&fallback);
  return json;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct slack_options *options = destination->options;
  buffer_append_text(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  json_append_and_free(&request->body, payload(&message));
  arena_free(&arena);
  return delivery_request_header(request, "Content-Type", TEXT("application/json; charset=utf-8"),
                                 error) &&
         delivery_request_header(request, "Idempotency-Key", attempt->idempotency_key, error);
}

/* What an incoming webhook answers, and what to say to a person (docs.slack.dev, "Sending messages
 * using incoming webhooks", Handling errors). */
static const struct {
  const char *code;
  enum delivery_verdict verdict;
  const char *words;
} answers[] = {
    {"invalid_payload", DELIVERY_PARK, "Slack could not read the message"},
    {"invalid_blocks", DELIVERY_PARK, "Slack refused the message's blocks"},
    {"invalid_blocks_format", DELIVERY_PARK, "Slack refused the message's blocks"},
    {"no_text", DELIVERY_PARK, "Slack says the message has no text"},
    {"missing_text_or_fallback_or_attachments", DELIVERY_PARK,
     "Slack says the message has no text"},
    {"too_many_attachments", DELIVERY_PARK, "Slack says the message is too large"},
    {"user_not_found", DELIVERY_PARK, "the user that the webhook posts to is gone"},
    {"channel_not_found", DELIVERY_PARK, "the webhook's channel does not exist any more"},
    {"channel_is_archived", DELIVERY_PARK, "the webhook's channel is archived"},
    {"action_prohibited", DELIVERY_PARK, "the workspace's settings forbid this webhook to post"},
    {"posting_to_general_channel_denied", DELIVERY_PARK,
     "the workspace does not let webhooks post to its general channel"},
    {"invalid_token", DELIVERY_PARK, "the webhook's URL is wrong or was revoked"},
    {"no_active_hooks", DELIVERY_PARK, "the webhook is disabled"},
    {"no_service", DELIVERY_PARK, "the webhook was removed or disabled"},
    {"no_service_id", DELIVERY_PARK, "the webhook's URL is wrong or was revoked"},
    {"no_team", DELIVERY_PARK, "the webhook's workspace does not exist"},
    {"team_disabled", DELIVERY_PARK, "the webhook's workspace is disabled"},
    {"rollup_error", DELIVERY_RETRY, "Slack failed"},
};

static bool is_code(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (!islower((unsigned char)text.data[i]) && text.data[i] != '_')
      return false;
  return text.size > 0 && text.size <= 48;
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  struct text body = text_trim(buffer_text(&response->body));
  (void)attempt;
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
    if (text_is(body, answers[i].code)) {
      error_set(&judgement->reason, "%s (%ld %s)", answers[i].words, response->status,
                answers[i].code);
      judgement->verdict = answers[i].verdict;
      return;
    }
  if (response->status != 200) {
    delivery_judge_status(response, judgement);
    return;
  }
  /* Services that speak Slack's format answer in their own ways. */
  static const char *const done[] = {"", "ok", "{\"ok\":true}", "{\"success\":true}"};
  judgement->verdict = DELIVERY_DONE;
  for (size_t i = 0; i < sizeof done / sizeof done[0]; i++)
    if (text_equal_folded(body, text_from(done[i])))
      return;
  judgement->verdict = DELIVERY_PARK;
  error_set(&judgement->reason, "answered 200, but not \"ok\"%s%.*s", is_code(body) ? ": " : "",
            is_code(body) ? (int)body.size : 0, body.data);
}

const struct destination_type destination_slack = {
    .kind = {.name = "slack",
             .help = "a Slack channel, by an incoming webhook",
             .settings = SETTINGS(settings, struct slack_options),
             .check = check},
    .max_per_second = 1,
    .occasions = ALERT_WHEN(OCCASION_ROSE),
    .render = render,
    .judge = judge,
};
