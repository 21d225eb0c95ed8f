/*
 * Slack, by an incoming webhook: the URL is the secret and names the channel.
 *
 * Limits from docs.slack.dev, Block Kit reference: header 150 characters, section text 3000,
 * 10 fields of 2000 in a section, 50 blocks in a message (this one has at most 7, and one for each
 * of 12 steps); one message a second to a webhook.
 */
#include "alert/destination/destination.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/alert_steps.h"
#include "alert/message/markup.h"
#include "alert/message/summary.h"

#include <ctype.h>

enum {
  HEADER_MAX = 150,
  TEXT_MAX = 3000,
  FIELD_MAX = 2000,
  FALLBACK_MAX = 500,
  EVENT_FIELDS_MAX = 10,
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

static json_t *header_block(const struct alert *alert) {
  struct buffer text = BUFFER_NONE;
  buffer_printf(&text, "%s %s: %s", severity_emoji(alert->severity), severity_name(alert->severity),
                alert_type_words(alert->type));
  markup_append(&text, &markup_slack_line, alert_headline(alert),
                HEADER_MAX - markup_length(buffer_text(&text)));
  json_t *header = block("header", "text", text_object("plain_text", &text));
  buffer_free(&text);
  return header;
}

/* A field of a section; nothing when the value is empty. */
static void append_field(json_t *fields, const char *label, struct text value) {
  if (text_trim(value).size == 0)
    return;
  struct buffer text = BUFFER_NONE;
  buffer_printf(&text, "*%s*\n`", label);
  markup_append(&text, &markup_slack_code, text_trim(value),
                FIELD_MAX - 1 - markup_length(buffer_text(&text)));
  buffer_append_char(&text, '`');
  json_array_append_new(fields, text_object("mrkdwn", &text));
  buffer_free(&text);
}

static json_t *facts_block(const struct alert *alert) {
  json_t *fields = json_array();
  struct buffer severity = BUFFER_NONE;
  buffer_printf(&severity, "*Severity*\n%s %s", severity_emoji(alert->severity),
                severity_name(alert->severity));
  json_array_append_new(fields, text_object("mrkdwn", &severity));
  buffer_free(&severity);

  struct time_string time = {.text = ""};
  struct count_string count = {.text = ""};
  append_field(fields, "Rule", alert->rule_id);
  append_field(fields, "Who", alert->actor);
  append_field(fields, "Log type", alert->log_type);
  append_field(fields, "Event time", text_from(alert_time(alert->first_event_time, &time)));
  append_field(fields, "So far", text_from(alert_count(alert, &count)));
  append_field(fields, "Source",
               alert->source_label.size > 0 ? alert->source_label : alert->source_id);
  return block("section", "fields", fields);
}

static void append_words(json_t *blocks, const char *label, struct text words) {
  words = text_trim(words);
  if (words.size == 0)
    return;
  struct buffer text = BUFFER_NONE;
  if (label)
    buffer_printf(&text, "*%s*\n", label);
  markup_append(&text, &markup_slack_lines, words, TEXT_MAX - markup_length(buffer_text(&text)));
  append_section(blocks, &text);
  buffer_free(&text);
}

static void append_reference(json_t *blocks, struct text reference) {
  reference = text_trim(reference);
  struct buffer link = BUFFER_NONE, text = BUFFER_NONE;
  if (markup_is_link(reference))
    markup_append_link(&link, reference);
  if (link.size > 0 && link.size < TEXT_MAX / 2) {
    buffer_append_string(&text, "*Reference*\n<");
    /* Half of the limit is enough for it even where every character is an escape of two. */
    for (size_t i = 0; i < link.size; i++)
      if (link.data[i] == '&')
        buffer_append_string(&text, "&amp;");
      else
        buffer_append_char(&text, link.data[i]);
    buffer_append_char(&text, '>');
  }
  if (text.size > 0 && text.size <= TEXT_MAX)
    append_section(blocks, &text);
  else
    append_words(blocks, "Reference", reference);
  buffer_free(&link);
  buffer_free(&text);
}

static void append_event(json_t *blocks, const struct alert *alert) {
  struct arena arena = ARENA_NONE;
  struct alert_field fields[EVENT_FIELDS_MAX];
  size_t count = alert_fields(alert, &arena, fields, EVENT_FIELDS_MAX);
  struct buffer text = BUFFER_NONE;
  for (size_t i = 0; i < count; i++) {
    if (i > 0)
      buffer_append_char(&text, '\n');
    markup_append(&text, &markup_slack_code, fields[i].label, EVENT_LABEL_MAX);
    buffer_append_string(&text, ": `");
    markup_append(&text, &markup_slack_code, fields[i].value, EVENT_VALUE_MAX);
    buffer_append_char(&text, '`');
  }
  if (count > 0)
    append_section(blocks, &text);
  buffer_free(&text);
  arena_free(&arena);
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
static void append_steps(json_t *blocks, const struct alert *alert) {
  struct arena arena = ARENA_NONE;
  struct alert_step steps[ALERT_STEPS_MAX];
  size_t count = alert_steps(alert, &arena, steps);
  for (size_t i = 0; i < count; i++) {
    struct buffer text = BUFFER_NONE, heading = BUFFER_NONE;
    alert_step_append_heading(&heading, &steps[i]);
    markup_append(&text, &markup_slack_lines, buffer_text(&heading), EVENT_VALUE_MAX);
    size_t shown = steps[i].event_count < ALERT_STEP_EVENTS_SHOWN ? steps[i].event_count
                                                                  : ALERT_STEP_EVENTS_SHOWN;
    for (size_t k = 0; k < shown; k++)
      append_step_event(&text, &steps[i].events[k]);
    if (steps[i].count > (int64_t)shown)
      buffer_printf(&text, "\nand %lld more", (long long)steps[i].count - (long long)shown);
    append_section(blocks, &text);
    buffer_free(&text);
    buffer_free(&heading);
  }
  arena_free(&arena);
}

static json_t *footer_block(const struct alert *alert) {
  struct buffer text = BUFFER_NONE;
  struct time_string time = {.text = ""};
  buffer_append_string(&text, "margay alert `");
  markup_append(&text, &markup_slack_code, alert->id, 64);
  buffer_printf(&text, "`, opened %s", alert_time(alert->created_at, &time));
  json_t *elements = json_array();
  json_array_append_new(elements, text_object("mrkdwn", &text));
  buffer_free(&text);
  return block("context", "elements", elements);
}

static json_t *message(const struct alert *alert) {
  struct buffer fallback = BUFFER_NONE;
  buffer_printf(&fallback, "%s %s: %s", severity_emoji(alert->severity),
                severity_name(alert->severity), alert_type_words(alert->type));
  markup_append(&fallback, &markup_slack_line, alert_headline(alert),
                FALLBACK_MAX - markup_length(buffer_text(&fallback)));

  json_t *blocks = json_array();
  json_array_append_new(blocks, header_block(alert));
  json_array_append_new(blocks, facts_block(alert));
  append_words(blocks, NULL, alert->description);
  append_event(blocks, alert);
  append_steps(blocks, alert);
  append_words(blocks, "Runbook", alert->runbook);
  append_reference(blocks, alert->reference);
  json_array_append_new(blocks, footer_block(alert));

  json_t *json = json_object();
  json_object_set_new(json, "text", json_from_text(buffer_text(&fallback)));
  json_object_set_new(json, "blocks", blocks);
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
  json_append_and_free(&request->body, message(alert));
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
    .render = render,
    .judge = judge,
};
