/*
 * Telegram, by a bot: its token is the secret and part of the URL. The message of an alert is
 * edited when the alert changes, and what happened is a reply to it.
 *
 * Sources: core.telegram.org/bots/api: sendMessage and editMessageText (a text has 4096 UTF-16 code
 * units after its entities are parsed), MessageEntity (offsets in UTF-16 code units),
 * ReplyParameters, ResponseParameters (`retry_after` in seconds); "Bots FAQ" (one message a second
 * to a chat, 20 a minute to a group). A message shows at most 100 entities.
 *
 * Formatting is given as entities beside the text, so nothing in the text needs an escape.
 * Telegram looks for links, mentions, tags and commands in all text but code: values are code, and
 * elsewhere what would be found is broken (markup_stiller_lines).
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/chat/chat_thread.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

#include <ctype.h>
#include <inttypes.h>

enum {
  TEXT_MAX = 4096, /* UTF-16 code units */
  ENTITIES_MAX = 100,
};

struct telegram_options {
  struct text token, chat, api;
  int64_t topic;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct telegram_options, token),
     .required = true,
     .help = "the bot's token, as @BotFather gives it"},
    {.key = "chat",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct telegram_options, chat),
     .required = true,
     .help = "the chat's id (`-1001234567890`), or a public channel's `@name`"},
    {.key = "topic",
     .kind = SETTING_INT,
     .offset = offsetof(struct telegram_options, topic),
     .max = INT32_MAX,
     .help = "the id of a topic of a group with topics; `0`: none"},
    {.key = "api",
     .kind = SETTING_URL,
     .offset = offsetof(struct telegram_options, api),
     .fallback = "https://api.telegram.org",
     .help = "where the Bot API is: a server of your own, for example"},
    DESTINATION_TLS_SETTINGS(offsetof(struct telegram_options, tls)),
};

/* The token is put into the URL. */
static bool check(const void *untyped, struct error *error) {
  const struct telegram_options *options = untyped;
  for (size_t i = 0; i < options->token.size; i++)
    if (!isalnum((unsigned char)options->token.data[i]) &&
        (options->token.data[i] == '\0' || !strchr(":_-", options->token.data[i])))
      return error_set(error, "'token' is none of a bot: it has letters, digits, ':', '_' and '-'");
  return destination_tls_check(&options->tls, error);
}

/* ---- the text and its entities ------------------------------------------------------------ */

/* What the style writes around parts, and what becomes an entity; event data cannot hold them, as
 * markups show control characters as escapes. A link is its label, and then its URL. */
enum mark { STRONG = 1, STRONG_END, VALUE, VALUE_END, LINK, LINK_URL, LINK_END };

static void append_link(struct buffer *out, const char *label, struct text url) {
  buffer_printf(out, "%c%s%c%.*s%c", LINK, label, LINK_URL, TEXT_ARGS(url), LINK_END);
}

static const struct chat_style style = {
    .line = &markup_stiller_line,
    .lines = &markup_stiller_lines,
    .value = &markup_line,
    .strong_open = "\x01",
    .strong_close = "\x02",
    .value_open = "\x03",
    .value_close = "\x04",
    .append_link = append_link,
};

static json_t *entity(const char *type, size_t offset, size_t length) {
  return json_pack("{s:s, s:I, s:I}", "type", type, "offset", (json_int_t)offset, "length",
                   (json_int_t)length);
}

/* Takes the marks out of a text. `entities` may be NULL. Returns how many there are. */
static size_t take_marks(struct text marked, struct buffer *text, json_t *entities) {
  static const char *const types[] = {
      [STRONG_END] = "bold", [VALUE_END] = "code", [LINK_END] = "text_link"};
  size_t count = 0, begin = 0, length = 0, label_end = 0;
  struct text url = TEXT("");
  for (size_t i = 0; i < marked.size; i++) {
    char c = marked.data[i];
    switch (c) {
    case STRONG:
    case VALUE:
    case LINK:
      begin = length;
      break;
    case LINK_URL:
      label_end = i + 1;
      while (marked.data[i + 1] != LINK_END)
        i++;
      url = (struct text){marked.data + label_end, i + 1 - label_end};
      break;
    case STRONG_END:
    case VALUE_END:
    case LINK_END: {
      count += length > begin;
      json_t *made =
          entities && length > begin ? entity(types[(int)c], begin, length - begin) : NULL;
      if (made && c == LINK_END)
        json_object_set_new(made, "url", json_from_text(url));
      if (made)
        json_array_append_new(entities, made);
      break;
    }
    default:
      buffer_append_char(text, c);
      /* The bytes that begin a character count, and those of four bytes are two units. */
      length += ((unsigned char)c & 0xc0) != 0x80;
      length += ((unsigned char)c & 0xf8) == 0xf0;
    }
  }
  return count;
}

/* More than fits where there are too many entities: values that are no code would be alive. */
static size_t marked_length(struct text marked) {
  struct buffer text = BUFFER_NONE;
  size_t count = take_marks(marked, &text, NULL);
  size_t length = count <= ENTITIES_MAX ? markup_length(buffer_text(&text)) : SIZE_MAX;
  buffer_free(&text);
  return length;
}

static json_t *payload_of(const struct message *message, unsigned parts) {
  struct buffer marked = BUFFER_NONE, text = BUFFER_NONE;
  json_t *entities = json_array();
  chat_append_fitting(&marked, message, &style, parts, marked_length, TEXT_MAX);
  take_marks(buffer_text(&marked), &text, entities);
  json_t *json = json_pack("{s:o, s:o, s:{s:b}}", "text", chat_json_string(&text), "entities",
                           entities, "link_preview_options", "is_disabled", 1);
  buffer_free(&marked);
  buffer_free(&text);
  return json;
}

/* ---- the request -------------------------------------------------------------------------- */

static void add_place(json_t *json, const struct telegram_options *options,
                      const struct chat_thread *thread, const struct delivery_try *attempt) {
  int64_t message = strtoll(thread->message.size > 0 ? thread->message.data : "0", NULL, 10);
  bool posts = thread->step == CHAT_POST;
  json_object_set_new(json, "chat_id", json_from_text(posts ? options->chat : thread->place));
  if (thread->step == CHAT_EDIT) {
    json_object_set_new(json, "message_id", json_integer(message));
    return;
  }
  if (options->topic > 0)
    json_object_set_new(json, "message_thread_id", json_integer(options->topic));
  if (thread->step == CHAT_ANSWER) {
    json_object_set_new(json, "reply_parameters",
                        json_pack("{s:I, s:b}", "message_id", (json_int_t)message,
                                  "allow_sending_without_reply", 1));
    bool rings = ALERT_WHEN(attempt->occasion.occasion) & CHAT_OCCASIONS_PLAIN;
    json_object_set_new(json, "disable_notification", json_boolean(!rings));
  }
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct telegram_options *options = destination->options;
  const struct chat_thread thread = chat_thread_of(attempt);
  request->tls = destination_tls_files(&options->tls);
  buffer_printf(&request->url, "%.*s/bot%.*s/%s", TEXT_ARGS(options->api),
                TEXT_ARGS(options->token),
                thread.step == CHAT_EDIT ? "editMessageText" : "sendMessage");
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  unsigned answer = message.news.size > 0 ? CHAT_NEWS : CHAT_HEADLINE;
  json_t *json = payload_of(&message, thread.step == CHAT_ANSWER ? answer : CHAT_WHOLE);
  add_place(json, options, &thread, attempt);
  json_append_and_free(&request->body, json);
  arena_free(&arena);
  return chat_headers(request, attempt, error);
}

/* ---- answers ------------------------------------------------------------------------------ */

/* Errors have no codes of their own: `description` is a sentence (td, telegram-bot-api Client.cpp).
 */
static const struct {
  const char *part; /* of the description, in lower case */
  enum delivery_verdict verdict;
  const char *words;
} answers[] = {
    {"chat not found", DELIVERY_PARK, "the chat does not exist, or the bot is not in it"},
    {"group chat was upgraded", DELIVERY_PARK, "the group has become a supergroup with a new id"},
    {"bot was kicked", DELIVERY_PARK, "the bot was removed from the chat"},
    {"bot was blocked", DELIVERY_PARK, "the user has blocked the bot"},
    {"bot can't initiate", DELIVERY_PARK, "the user has not started the bot"},
    {"not enough rights", DELIVERY_PARK, "the bot may not write in the chat"},
    {"have no rights", DELIVERY_PARK, "the bot may not write in the chat"},
    {"chat_write_forbidden", DELIVERY_PARK, "the bot may not write in the chat"},
    {"message thread not found", DELIVERY_PARK, "the topic does not exist any more"},
    {"topic_closed", DELIVERY_PARK, "the topic is closed"},
    {"message is too long", DELIVERY_PARK, "Telegram says the message is too long"},
    {"unauthorized", DELIVERY_PARK, "the token is wrong or was revoked"},
    {"not found", DELIVERY_PARK, "the token is wrong, or the API's address"},
};

static void keep_posted(const json_t *result, struct delivery_judgement *judgement) {
  char place[24], message[24];
  json_int_t id = json_integer_value(json_object_get(result, "message_id"));
  json_int_t chat = json_integer_value(json_object_get(json_object_get(result, "chat"), "id"));
  snprintf(place, sizeof place, "%" PRId64, (int64_t)chat);
  snprintf(message, sizeof message, "%" PRId64, (int64_t)id);
  bool known = id > 0 && chat != 0;
  chat_thread_posted(text_from(known ? place : ""), text_from(known ? message : ""), judgement);
}

static void judge_success(const struct delivery_try *attempt, const json_t *json,
                          struct delivery_judgement *judgement) {
  if (chat_thread_of(attempt).step == CHAT_POST)
    keep_posted(json_object_get(json, "result"), judgement);
  else
    chat_thread_went_on(attempt, judgement);
}

/* What of an edit is no end of the matter. */
static bool goes_on(const struct delivery_try *attempt, struct text description,
                    struct delivery_judgement *judgement) {
  if (chat_thread_of(attempt).step != CHAT_EDIT)
    return false;
  if (text_contains_folded(description, TEXT("message to edit not found")))
    chat_thread_lost(judgement);
  else if (text_contains_folded(description, TEXT("message is not modified")) ||
           text_contains_folded(description, TEXT("message can't be edited")))
    chat_thread_edited(attempt, chat_thread_has_news(attempt), judgement);
  else
    return false;
  return true;
}

static void judge_error(const struct http_response *response, struct text description,
                        struct delivery_judgement *judgement) {
  delivery_judge_status(response, judgement);
  if (judgement->verdict == DELIVERY_DONE) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not that the message was sent",
              response->status);
  }
  if (judgement->verdict == DELIVERY_RETRY)
    return;
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
    if (text_contains_folded(description, text_from(answers[i].part))) {
      judgement->verdict = answers[i].verdict;
      judgement->reason = ERROR_NONE;
      error_set(&judgement->reason, "%s (%ld)", answers[i].words, response->status);
      return;
    }
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  json_t *json = chat_answer_json(response);
  const json_t *sentence = json_object_get(json, "description");
  struct text description = {json_string_value(sentence), json_string_length(sentence)};
  if (response->status == 200 && json_is_true(json_object_get(json, "ok"))) {
    judge_success(attempt, json, judgement);
  } else if (!goes_on(attempt, description, judgement)) {
    judge_error(response, description, judgement);
    if (judgement->verdict == DELIVERY_RETRY)
      judgement->delay_us =
          chat_answer_delay(json_object_get(json_object_get(json, "parameters"), "retry_after"));
  }
  json_decref(json);
}

const struct destination_type destination_telegram = {
    .kind = {.name = "telegram",
             .help = "a chat, group or channel of Telegram, by a bot",
             .settings = SETTINGS(settings, struct telegram_options),
             .check = check},
    .takes_template = true,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .max_per_second = 1,
    .occasions = CHAT_OCCASIONS_THREAD,
    .render = render,
    .judge = judge,
};
