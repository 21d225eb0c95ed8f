/*
 * Mattermost and Rocket.Chat, by an incoming webhook: the URL is the secret. Both take Slack's
 * older attachments. All of the message is the text of one attachment: whether a title is read as
 * Markdown depends on the version.
 *
 * Sources: developers.mattermost.com, "Incoming webhooks" and "Message attachments" (a message has
 * 16,383 characters); docs.rocket.chat, "Integrations" (answers 200 with `"success": false` for
 * some failures; a message has 5,000 characters by default, which attachments do not count for).
 * Mattermost looks for mentions in the texts of attachments, too, but not in code.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

enum {
  TEXT_MAX = 12000, /* below both limits, and what a person reads */
  FALLBACK_MAX = 300,
};

struct mattermost_options {
  struct text url, channel;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct mattermost_options, url),
     .required = true,
     .help = "the incoming webhook's URL, with which anyone can post"},
    {.key = "channel",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct mattermost_options, channel),
     .help = "a channel other than the webhook's own, if it may post there"},
    DESTINATION_TLS_SETTINGS(offsetof(struct mattermost_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct mattermost_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

static void append_link(struct buffer *out, const char *label, struct text url) {
  buffer_printf(out, "[%s](%.*s)", label, TEXT_ARGS(url));
}

static const struct chat_style style = {
    .line = &markup_mattermost_line,
    .lines = &markup_mattermost_lines,
    .value = &markup_code,
    .strong_open = "**",
    .strong_close = "**",
    .value_open = "`",
    .value_close = "`",
    .append_link = append_link,
};

static json_t *payload_of(const struct mattermost_options *options, const struct message *message) {
  struct buffer text = BUFFER_NONE, fallback = BUFFER_NONE, colour = BUFFER_NONE;
  chat_append_fitting(&text, message, &style, CHAT_WHOLE, markup_length, TEXT_MAX);
  chat_append_headline(&fallback, message, &markup_stiller_line, FALLBACK_MAX);
  buffer_printf(&colour, "#%06x", (unsigned)chat_colour(message->severity));
  json_t *json =
      json_pack("{s:[{s:o, s:o, s:o}]}", "attachments", "fallback", chat_json_string(&fallback),
                "color", chat_json_string(&colour), "text", chat_json_string(&text));
  if (options->channel.size > 0)
    json_object_set_new(json, "channel", json_from_text(options->channel));
  buffer_free(&text);
  buffer_free(&fallback);
  buffer_free(&colour);
  return json;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct mattermost_options *options = destination->options;
  buffer_append_text(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  json_append_and_free(&request->body, payload_of(options, &message));
  arena_free(&arena);
  return chat_headers(request, attempt, error);
}

/* `id` of Mattermost's errors (server/channels/web/webhook.go and its texts). */
static const struct chat_answer answers[] = {
    {"web.incoming_webhook.invalid.app_error", DELIVERY_PARK,
     "the webhook was removed, or its URL is wrong"},
    {"web.incoming_webhook.disabled.app_error", DELIVERY_PARK,
     "incoming webhooks are disabled on the server"},
    {"web.incoming_webhook.channel.app_error", DELIVERY_PARK,
     "the webhook's channel does not exist any more"},
    {"web.incoming_webhook.channel_locked.app_error", DELIVERY_PARK,
     "the webhook may not post to another channel"},
    {"web.incoming_webhook.permissions.app_error", DELIVERY_PARK,
     "the webhook's user may not post there"},
    {"web.incoming_webhook.text.app_error", DELIVERY_PARK, "Mattermost saw no text"},
    {"web.incoming_webhook.parse.app_error", DELIVERY_PARK,
     "Mattermost could not read the message"},
};

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  (void)attempt;
  json_t *json = chat_answer_json(response);
  if (response->status <= 299 && json_is_false(json_object_get(json, "success"))) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but says that it failed", response->status);
  } else if (response->status <= 399 ||
             !chat_judge_code(answers, sizeof answers / sizeof answers[0],
                              chat_answer_code(json, "id"), response->status, judgement)) {
    delivery_judge_status(response, judgement);
  }
  json_decref(json);
}

const struct destination_type destination_mattermost = {
    .kind = {.name = "mattermost",
             .help = "a channel of Mattermost or Rocket.Chat, by an incoming webhook",
             .settings = SETTINGS(settings, struct mattermost_options),
             .check = check},
    .takes_template = true,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .max_per_second = 10, /* what Mattermost's rate limit is set to, where it is enabled */
    .occasions = CHAT_OCCASIONS_PLAIN,
    .render = render,
    .judge = judge,
};
