/*
 * ntfy, on ntfy.sh or a server of one's own: a notification on a phone.
 *
 * Sources: docs.ntfy.sh/publish, "Publish as JSON", "Message priority", "Action buttons", "Limits"
 * (a message has 4096 bytes; what is longer becomes a file); server/server.go reads at most twice
 * that as JSON; docs.ntfy.sh/config, "Rate limiting" (60 requests at once, then one in 5 seconds).
 * Text is shown as it is unless it says that it is Markdown.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

enum {
  TITLE_MAX = 200,
  MESSAGE_MAX = 4096, /* bytes in JSON, which are never fewer than those of the text */
  LINK_MAX = 500,     /* bytes; longer ones are no buttons, and all stays below twice MESSAGE_MAX */
};

struct ntfy_options {
  struct text url, topic, token;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_URL,
     .offset = offsetof(struct ntfy_options, url),
     .fallback = "https://ntfy.sh",
     .help = "the server, without the topic"},
    {.key = "topic",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct ntfy_options, topic),
     .required = true,
     .help = "the topic; on a server that is open, who knows it can read and write"},
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct ntfy_options, token),
     .help = "an access token (`tk_…`), where the topic is protected"},
    DESTINATION_TLS_SETTINGS(offsetof(struct ntfy_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct ntfy_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

/* A tap opens the first link, and each has a button. */
static void add_links(json_t *json, const struct message *message) {
  json_t *actions = json_array();
  for (size_t i = 0; i < message->link_count; i++) {
    const struct message_link *link = &message->links[i];
    if (link->url.size > LINK_MAX)
      continue; /* it is in the text */
    if (json_array_size(actions) == 0)
      json_object_set_new(json, "click", json_from_text(link->url));
    json_array_append_new(actions, json_pack("{s:s, s:s, s:o}", "action", "view", "label",
                                             link->label, "url", json_from_text(link->url)));
  }
  json_object_set_new(json, "actions", actions);
}

static json_t *payload_of(const struct ntfy_options *options, const struct message *message) {
  static const char *const tags[SEVERITY_COUNT] = {"info", "low", "medium", "high", "critical"};
  struct buffer title = BUFFER_NONE, text = BUFFER_NONE;
  struct message shown = *message;
  shown.link_count = 0;
  for (size_t i = 0; i < message->link_count; i++)
    if (message->links[i].url.size > LINK_MAX)
      shown.links[shown.link_count++] = message->links[i];
  chat_append_headline(&title, message, &markup_stiller_line, TITLE_MAX);
  chat_append_fitting(&text, &shown, &chat_style_plain, CHAT_WHOLE & ~(unsigned)CHAT_HEADLINE,
                      chat_json_bytes, MESSAGE_MAX);
  json_t *json = json_pack("{s:o, s:o, s:o, s:i, s:[s]}", "topic", json_from_text(options->topic),
                           "title", chat_json_string(&title), "message", chat_json_string(&text),
                           "priority", 1 + (int)message->severity, "tags", tags[message->severity]);
  add_links(json, message);
  buffer_free(&title);
  buffer_free(&text);
  return json;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct ntfy_options *options = destination->options;
  buffer_append_text(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  json_append_and_free(&request->body, payload_of(options, &message));
  arena_free(&arena);
  return (options->token.size == 0 || chat_bearer(request, options->token, error)) &&
         chat_headers(request, attempt, error);
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  (void)attempt;
  json_t *json = chat_answer_json(response);
  delivery_judge_status(response, judgement);
  if (response->status == 401 || response->status == 403) {
    judgement->reason = ERROR_NONE;
    error_set(&judgement->reason, "answered %ld: the token may not write to the topic",
              response->status);
  } else if (judgement->verdict == DELIVERY_DONE && !json_object_get(json, "id")) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not with the message's id: check the URL",
              response->status);
  }
  json_decref(json);
}

const struct destination_type destination_ntfy = {
    .kind = {.name = "ntfy",
             .help = "a notification by ntfy, on ntfy.sh or a server of your own",
             .settings = SETTINGS(settings, struct ntfy_options),
             .check = check},
    .takes_template = true,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .max_per_second = 1,
    .occasions = CHAT_OCCASIONS_PLAIN,
    .render = render,
    .judge = judge,
};
