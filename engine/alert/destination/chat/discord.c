/*
 * Discord, by a webhook of a channel: the URL is the secret. The message is an embed, which is
 * edited when the alert changes; what changes what people do is also said in a further message, as
 * an edit notifies nobody and a webhook cannot answer.
 *
 * Sources: docs.discord.com, Webhook resource (Execute Webhook with `wait`, Edit Webhook Message),
 * Message resource (Embed Limits: title 256, description 4096, footer 2048, 6000 in all; Allowed
 * Mentions), Rate Limits (`retry_after` in seconds), Opcodes and Status Codes (JSON error codes).
 * Discord does not document a webhook's rate; clients see 5 requests in 2 seconds.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/chat/chat_thread.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

#include <inttypes.h>

enum {
  TITLE_MAX = 256,
  DESCRIPTION_MAX = 4096,
  FOOTER_MAX = 300,
};

struct discord_options {
  struct text url;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct discord_options, url),
     .required = true,
     .help = "the webhook's URL, with which anyone can post; `?thread_id=ID` at its end posts to a "
             "thread"},
    DESTINATION_TLS_SETTINGS(offsetof(struct discord_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct discord_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

static bool is_answered(const struct delivery_try *attempt) {
  return ALERT_WHEN(attempt->occasion.occasion) & CHAT_OCCASIONS_PLAIN;
}

/* ---- the message -------------------------------------------------------------------------- */

static json_t *embed_of(const struct message *message, unsigned parts) {
  struct buffer title = BUFFER_NONE, description = BUFFER_NONE, footer = BUFFER_NONE;
  chat_append_headline(&title, message, &markup_markdown_line, TITLE_MAX);
  chat_append_fitting(&description, message, &chat_style_markdown, parts, markup_length,
                      DESCRIPTION_MAX);
  markup_append(&footer, &markup_still_line, message->footer, FOOTER_MAX);
  json_t *embed =
      json_pack("{s:o, s:o, s:i, s:{s:o}}", "title", chat_json_string(&title), "description",
                chat_json_string(&description), "color", (int)chat_colour(message->severity),
                "footer", "text", chat_json_string(&footer));
  buffer_free(&title);
  buffer_free(&description);
  buffer_free(&footer);
  return embed;
}

/* The webhook's URL with a path behind its own, and `parameter` in its query. */
static void append_url(struct buffer *out, struct text url, struct text message,
                       const char *parameter) {
  const char *mark = memchr(url.data, '?', url.size);
  struct text base = {url.data, mark ? (size_t)(mark - url.data) : url.size};
  struct text query = {url.data + base.size, url.size - base.size};
  while (base.size > 0 && base.data[base.size - 1] == '/')
    base.size--;
  buffer_append_text(out, base);
  if (message.size > 0) {
    buffer_append_string(out, "/messages/");
    buffer_append_text(out, message);
  }
  buffer_append_text(out, query);
  if (parameter)
    buffer_printf(out, "%c%s", query.size > 0 ? '&' : '?', parameter);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct discord_options *options = destination->options;
  const struct chat_thread thread = chat_thread_of(attempt);
  bool edits = thread.step == CHAT_EDIT;
  unsigned parts = thread.step == CHAT_ANSWER
                       ? CHAT_NEWS | CHAT_LINKS
                       : CHAT_WHOLE & ~(unsigned)(CHAT_HEADLINE | CHAT_FOOTER);
  request->tls = destination_tls_files(&options->tls);
  request->method = edits ? "PATCH" : "POST";
  append_url(&request->url, options->url, edits ? thread.message : TEXT(""),
             edits ? NULL : "wait=true");
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  json_append_and_free(&request->body,
                       json_pack("{s:[o], s:{s:[]}}", "embeds", embed_of(&message, parts),
                                 "allowed_mentions", "parse"));
  arena_free(&arena);
  return delivery_request_header(request, "Content-Type", TEXT("application/json"), error) &&
         delivery_request_header(request, "Idempotency-Key", attempt->idempotency_key, error);
}

/* ---- answers ------------------------------------------------------------------------------ */

enum { UNKNOWN_MESSAGE = 10008, NOT_ITS_MESSAGE = 50005 };

static const struct {
  int64_t code;
  enum delivery_verdict verdict;
  const char *words;
} answers[] = {
    {10003, DELIVERY_PARK, "the webhook's channel or thread does not exist any more"},
    {10015, DELIVERY_PARK, "the webhook was removed"},
    {20028, DELIVERY_RETRY, "too many messages in the channel"},
    {20029, DELIVERY_RETRY, "too many messages in the server"},
    {50006, DELIVERY_PARK, "Discord says the message is empty"},
    {50013, DELIVERY_PARK, "the webhook may not post there"},
    {50027, DELIVERY_PARK, "the webhook's URL is wrong"},
    {50035, DELIVERY_PARK, "Discord did not accept the message"},
    {50083, DELIVERY_PARK, "the thread is archived"},
    {130000, DELIVERY_RETRY, "Discord is overloaded"},
    {160005, DELIVERY_PARK, "the thread is locked"},
    {220001, DELIVERY_PARK, "the channel is a forum: add ?thread_id= to the URL"},
};

static bool is_snowflake(struct text id) {
  for (size_t i = 0; i < id.size; i++)
    if (id.data[i] < '0' || id.data[i] > '9')
      return false;
  return id.size > 0;
}

static void judge_success(const struct delivery_try *attempt, const json_t *json,
                          struct delivery_judgement *judgement) {
  struct text message = chat_answer_code(json, "id");
  switch (chat_thread_of(attempt).step) {
  case CHAT_POST:
    /* The id is put into a URL later. */
    chat_thread_posted(chat_answer_code(json, "channel_id"),
                       is_snowflake(message) ? message : TEXT(""), judgement);
    break;
  case CHAT_EDIT:
    chat_thread_edited(attempt, is_answered(attempt), judgement);
    break;
  case CHAT_ANSWER:
    chat_thread_answered(attempt, judgement);
    break;
  }
}

static bool judge_code(int64_t code, long status, struct delivery_judgement *judgement) {
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
    if (answers[i].code == code) {
      judgement->verdict = answers[i].verdict;
      error_set(&judgement->reason, "%s (%ld, code %" PRId64 ")", answers[i].words, status, code);
      return true;
    }
  return false;
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  json_t *json = chat_answer_json(response);
  int64_t code = json_integer_value(json_object_get(json, "code"));
  bool edits = chat_thread_of(attempt).step == CHAT_EDIT;
  if (response->status >= 200 && response->status <= 299) {
    judge_success(attempt, json, judgement);
  } else if (edits && response->status != 429 &&
             (code == UNKNOWN_MESSAGE || code == NOT_ITS_MESSAGE)) {
    chat_thread_lost(judgement);
  } else {
    if (!judge_code(code, response->status, judgement))
      delivery_judge_status(response, judgement);
    if (judgement->verdict == DELIVERY_RETRY)
      judgement->delay_us = chat_answer_delay(json_object_get(json, "retry_after"));
  }
  json_decref(json);
}

const struct destination_type destination_discord = {
    .kind = {.name = "discord",
             .help = "a Discord channel, by a webhook",
             .settings = SETTINGS(settings, struct discord_options),
             .check = check},
    .takes_template = true,
    .max_per_second = 2,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .occasions = CHAT_OCCASIONS_THREAD,
    .render = render,
    .judge = judge,
};
