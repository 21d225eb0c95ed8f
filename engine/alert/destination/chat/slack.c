/*
 * Slack: by an incoming webhook, whose URL is the secret and names the channel, or by a bot of an
 * app, which can also edit its message and answer in its thread.
 *
 * Limits from docs.slack.dev, Block Kit reference: header 150 characters, section text 3000,
 * 10 fields of 2000 in a section, 50 blocks in a message (this one has at most 10, and one for each
 * of 12 steps); one message a second to a channel. Methods: chat.postMessage, chat.update.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/chat/chat_thread.h"
#include "alert/destination/chat/slack_answer.h"
#include "alert/destination/chat/slack_buttons.h"
#include "alert/destination/destination.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"

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
  struct text url, token, channel, signing_secret, api;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct slack_options, url),
     .help = "the incoming webhook's URL, with which anyone can post; or none, and `token` and "
             "`channel`"},
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct slack_options, token),
     .help = "the token of a bot (`xoxb-…`) with the scope `chat:write`: its messages are edited "
             "and answered"},
    {.key = "channel",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct slack_options, channel),
     .help = "the id of the channel that the bot posts to (`C0123456789`)"},
    {.key = "signing_secret",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct slack_options, signing_secret),
     .help = "the app's signing secret: messages of the bot get buttons, and what is pressed comes "
             "back to `/interactions/ID` of the HTTP listener"},
    {.key = "api",
     .kind = SETTING_URL,
     .offset = offsetof(struct slack_options, api),
     .fallback = "https://slack.com/api",
     .help = "where the methods of Slack's Web API are (GovSlack has its own)"},
    DESTINATION_TLS_SETTINGS(offsetof(struct slack_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct slack_options *options = untyped;
  if (options->url.size > 0 && (options->token.size > 0 || options->channel.size > 0))
    return error_set(error, "give 'url' (an incoming webhook), or 'token' and 'channel' (a bot), "
                            "and not both");
  if (options->url.size == 0 && options->token.size == 0)
    return error_set(error, "needs 'url' (an incoming webhook's), or 'token' and 'channel' of a "
                            "bot");
  if (options->token.size > 0 && options->channel.size == 0)
    return error_set(error, "a bot needs 'channel', the id of the channel that it posts to");
  if (options->signing_secret.size > 0 && options->token.size == 0)
    return error_set(error, "'signing_secret' is for the messages of a bot: give 'token' and "
                            "'channel', too");
  return destination_tls_check(&options->tls, error);
}

/* By a webhook nothing can be edited. */
static uint32_t occasions_of(const void *untyped) {
  const struct slack_options *options = untyped;
  return options->token.size > 0 ? CHAT_OCCASIONS_THREAD : CHAT_OCCASIONS_PLAIN;
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

static json_t *payload_of(struct text fallback, json_t *blocks) {
  json_t *json = json_object();
  json_object_set_new(json, "text", json_from_text(fallback));
  json_object_set_new(json, "blocks", blocks);
  json_object_set_new(json, "mrkdwn", json_false());
  json_object_set_new(json, "unfurl_links", json_false());
  json_object_set_new(json, "unfurl_media", json_false());
  return json;
}

static json_t *whole_payload(const struct message *message) {
  struct buffer fallback = BUFFER_NONE;
  chat_append_headline(&fallback, message, &markup_slack_line, FALLBACK_MAX);
  json_t *json = payload_of(buffer_text(&fallback), blocks_of(message));
  buffer_free(&fallback);
  return json;
}

/* What happened, for the thread: the message above it shows the rest. */
static json_t *answer_payload(const struct message *message) {
  struct buffer fallback = BUFFER_NONE;
  json_t *blocks = json_array();
  struct text news = message->news.size > 0 ? message->news : message->headline;
  append_words(blocks, NULL, news);
  markup_append(&fallback, &markup_slack_line, news, FALLBACK_MAX);
  json_t *json = payload_of(buffer_text(&fallback), blocks);
  buffer_free(&fallback);
  return json;
}

/* chat.postMessage, or chat.update of the message that was posted. */
static bool render_bot(const struct slack_options *options, const struct alert *alert,
                       const struct message *message, const struct delivery_try *attempt,
                       struct delivery_request *request, struct error *error) {
  struct chat_thread thread = chat_thread_of(attempt);
  bool posts = thread.step == CHAT_POST;
  json_t *json = thread.step == CHAT_ANSWER ? answer_payload(message) : whole_payload(message);
  if (options->signing_secret.size > 0 && thread.step != CHAT_ANSWER)
    json_array_append_new(json_object_get(json, "blocks"), slack_buttons_block(alert));
  json_object_set_new(json, "channel", json_from_text(posts ? options->channel : thread.place));
  json_object_set_new(json, "parse", json_string("none"));
  if (thread.step == CHAT_EDIT)
    json_object_set_new(json, "ts", json_from_text(thread.message));
  if (thread.step == CHAT_ANSWER) {
    json_object_set_new(json, "thread_ts", json_from_text(thread.message));
    /* Who has seen the message should see that it is more severe by now. */
    json_object_set_new(json, "reply_broadcast",
                        json_boolean(attempt->occasion.occasion == OCCASION_ROSE));
  }
  json_append_and_free(&request->body, json);
  buffer_printf(&request->url, "%.*s/%s", TEXT_ARGS(options->api),
                thread.step == CHAT_EDIT ? "chat.update" : "chat.postMessage");
  return chat_bearer(request, options->token, error);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct slack_options *options = destination->options;
  bool ok = true;
  request->tls = destination_tls_files(&options->tls);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  if (options->token.size > 0) {
    ok = render_bot(options, alert, &message, attempt, request, error);
  } else {
    buffer_append_text(&request->url, options->url);
    json_append_and_free(&request->body, whole_payload(&message));
  }
  arena_free(&arena);
  return ok && chat_headers(request, attempt, error);
}

static enum destination_pressed pressed(const struct destination *destination,
                                        const struct destination_callback *callback,
                                        struct arena *arena, struct destination_press *press,
                                        struct error *error) {
  const struct slack_options *options = destination->options;
  if (options->signing_secret.size > 0)
    return slack_buttons_pressed(options->signing_secret, callback, arena, press, error);
  error_set(error, "has no place: the destination has no signing_secret");
  return DESTINATION_PRESS_REFUSED;
}

static bool has_buttons(const struct destination *destination) {
  const struct slack_options *options = destination->options;
  return options->signing_secret.size > 0;
}

const struct destination_type destination_slack = {
    .kind = {.name = "slack",
             .help = "a Slack channel, by an incoming webhook or a bot",
             .settings = SETTINGS(settings, struct slack_options),
             .check = check},
    .takes_template = true,
    .max_per_second = 1,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .occasions = CHAT_OCCASIONS_PLAIN,
    .occasions_of = occasions_of,
    .render = render,
    .judge = slack_judge,
    .pressed = pressed,
    .has_buttons = has_buttons,
};
