/*
 * Webex, by a bot: the message of an alert is answered when something happens to it. It is not
 * edited, as Webex lets a message be edited ten times only.
 *
 * Sources: developer.webex.com, Messages API (`markdown` of at most 7439 bytes; `parentId`),
 * "Formatting Messages" (Markdown and mentions `<@personEmail:…>`, `<@all>`), "Rate Limiting" (429
 * with Retry-After; no number is given). Clients make links of URLs in what Markdown leaves, so
 * `://` is broken and not only escaped.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/chat/chat_thread.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

enum { MARKDOWN_MAX = 7439 /* bytes */ };

struct webex_options {
  struct text token, room, api;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct webex_options, token),
     .required = true,
     .help = "the bot's access token"},
    {.key = "room",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct webex_options, room),
     .required = true,
     .help = "the id of the room or space, which the bot is in"},
    {.key = "api",
     .kind = SETTING_URL,
     .offset = offsetof(struct webex_options, api),
     .fallback = "https://webexapis.com/v1",
     .help = "where the API is (Webex for Government has its own)"},
    DESTINATION_TLS_SETTINGS(offsetof(struct webex_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct webex_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

static struct chat_style style_of(void) {
  struct chat_style style = chat_style_markdown;
  style.value = &markup_code_still; /* mentions may be looked for before code is */
  style.line_break = "  \n";        /* CommonMark 6.7 */
  return style;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct webex_options *options = destination->options;
  const struct chat_thread thread = chat_thread_of(attempt);
  const struct chat_style style = style_of();
  bool in_short = thread.step != CHAT_POST && attempt->occasion.occasion != OCCASION_ROSE;
  request->tls = destination_tls_files(&options->tls);
  buffer_printf(&request->url, "%.*s/messages", TEXT_ARGS(options->api));
  struct arena arena = ARENA_NONE;
  struct buffer markdown = BUFFER_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  chat_append_fitting(&markdown, &message, &style, in_short ? CHAT_IN_SHORT : CHAT_WHOLE,
                      chat_bytes, MARKDOWN_MAX);
  json_t *json = json_pack("{s:o, s:o}", "roomId", json_from_text(options->room), "markdown",
                           chat_json_string(&markdown));
  if (thread.step != CHAT_POST)
    json_object_set_new(json, "parentId", json_from_text(thread.message));
  json_append_and_free(&request->body, json);
  buffer_free(&markdown);
  arena_free(&arena);
  return chat_bearer(request, options->token, error) && chat_headers(request, attempt, error);
}

/* An answer has no code; its statuses say enough. An answer to a message that is gone is refused
 * with 400 or 404. */
static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  json_t *json = chat_answer_json(response);
  bool answers = chat_thread_of(attempt).step != CHAT_POST;
  if (response->status >= 200 && response->status <= 299) {
    if (answers)
      chat_thread_answered(attempt, judgement);
    else
      chat_thread_posted(TEXT("-"), chat_answer_code(json, "id"), judgement);
  } else if (answers && (response->status == 400 || response->status == 404)) {
    chat_thread_lost(judgement);
  } else {
    delivery_judge_status(response, judgement);
    if (response->status == 401 || response->status == 404) {
      judgement->reason = ERROR_NONE;
      error_set(&judgement->reason, "answered %ld: %s", response->status,
                response->status == 401 ? "the token is wrong or has expired"
                                        : "the room does not exist, or the bot is not in it");
    }
  }
  json_decref(json);
}

const struct destination_type destination_webex = {
    .kind = {.name = "webex",
             .help = "a space of Webex, by a bot",
             .settings = SETTINGS(settings, struct webex_options),
             .check = check},
    .takes_template = true,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .max_per_second = 5, /* Webex gives no number */
    .occasions = CHAT_OCCASIONS_THREAD,
    .render = render,
    .judge = judge,
};
