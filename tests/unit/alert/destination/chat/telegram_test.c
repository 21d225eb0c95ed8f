#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_telegram;

#define POSTED "-1001 42"
#define EDITED POSTED " 0123456789abcdef0123456789abcdef"

static struct chat open_telegram(void) {
  struct chat chat = chat_open(&destination_telegram, NULL);
  option_set(&destination_telegram, chat.destination.options, "token", "123:sesame");
  option_set(&destination_telegram, chat.destination.options, "chat", "-1001");
  option_set(&destination_telegram, chat.destination.options, "api", "https://api.telegram.org");
  return chat;
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = open_telegram();
  chat_golden(&chat, OCCASION_OPENED, "telegram.json");
  chat_golden_correlation(&chat, "telegram_correlation.json");
  chat.state = POSTED;
  chat_golden(&chat, OCCASION_RESOLVED, "telegram_edit.json");
  chat.state = EDITED;
  chat_golden(&chat, OCCASION_RESOLVED, "telegram_answer.json");
  chat_close(&chat);
}

/* The text's UTF-16 units that an entity covers, as a mask of bytes: what is code is no place for
 * links. */
static void cover(struct text text, json_int_t offset, json_int_t length, bool *code) {
  json_int_t at = 0;
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if ((c & 0xc0) != 0x80)
      at += (c & 0xf8) == 0xf0 ? 2 : 1;
    code[i] = code[i] || (at > offset && at <= offset + length);
  }
}

static void check_message(const json_t *body, size_t number) {
  struct text text = text_from(json_string_value(json_object_get(body, "text")));
  const json_t *entities = json_object_get(body, "entities"), *entity;
  size_t i, end = 0, length = markup_length(text);
  bool *code = calloc(text.size + 1, sizeof *code);
  assert_true(length > 0 && length <= 4096);
  assert_true(json_array_size(entities) <= 100);
  json_array_foreach(entities, i, entity) {
    json_int_t offset = json_integer_value(json_object_get(entity, "offset"));
    json_int_t size = json_integer_value(json_object_get(entity, "length"));
    const char *url = json_string_value(json_object_get(entity, "url"));
    assert_true(size > 0 && offset >= (json_int_t)end && (size_t)(offset + size) <= length);
    end = (size_t)(offset + size);
    if (strcmp(json_string_value(json_object_get(entity, "type")), "code") == 0)
      cover(text, offset, size, code);
    if (url)
      chat_assert_still(text_from(url), number);
  }
  /* What is no code holds nothing that Telegram finds. */
  struct buffer open = BUFFER_NONE;
  for (i = 0; i < text.size; i++)
    if (!code[i])
      buffer_append_char(&open, text.data[i]);
  chat_assert_still(buffer_text(&open), number);
  static const char *const never[] = {"evil.com", "www.evil", " /start"};
  chat_assert_none(buffer_text(&open), never, 3, number);
  buffer_free(&open);
  free(code);
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  static const char *const states[] = {"", EDITED};
  struct chat chat = open_telegram();
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .check = check_message, .states = states, .state_count = 2});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "{\"ok\":true,\"result\":{\"message_id\":42,\"chat\":{\"id\":-1001}}}",
               DELIVERY_DONE, "", .after = POSTED),
      CHAT_ROW(200, "{\"ok\":true,\"result\":{}}", DELIVERY_DONE, "", .after = ""),
      CHAT_ROW(200, "{\"ok\":true,\"result\":{\"message_id\":42}}", DELIVERY_MORE, "",
               .before = POSTED, .after = EDITED, .occasion = OCCASION_ACKNOWLEDGED),
      CHAT_ROW(200, "{\"ok\":true,\"result\":{\"message_id\":43}}", DELIVERY_DONE, "",
               .before = EDITED, .after = POSTED, .occasion = OCCASION_ACKNOWLEDGED),
      CHAT_ROW(
          400, "{\"ok\":false,\"description\":\"Bad Request: message is not modified: sesame\"}",
          DELIVERY_MORE, "", .before = POSTED, .after = EDITED, .occasion = OCCASION_ACKNOWLEDGED),
      CHAT_ROW(400, "{\"ok\":false,\"description\":\"Bad Request: message to edit not found\"}",
               DELIVERY_MORE, "", .before = POSTED, .after = "", .occasion = OCCASION_RESOLVED),
      CHAT_ROW(400, "{\"ok\":false,\"description\":\"Bad Request: chat not found\"}", DELIVERY_PARK,
               "does not exist"),
      CHAT_ROW(400, "{\"ok\":false,\"description\":\"Bad Request: sesame\"}", DELIVERY_PARK, "400"),
      CHAT_ROW(401, "{\"ok\":false,\"description\":\"Unauthorized\"}", DELIVERY_PARK,
               "token is wrong"),
      CHAT_ROW(403,
               "{\"ok\":false,\"description\":\"Forbidden: bot was kicked from the group chat\"}",
               DELIVERY_PARK, "removed"),
      CHAT_ROW(404, "{\"ok\":false,\"description\":\"Not Found\"}", DELIVERY_PARK,
               "token is wrong"),
      CHAT_ROW(429, "{\"ok\":false,\"parameters\":{\"retry_after\":7}}", DELIVERY_RETRY, "429",
               .delay_us = 7 * US_PER_SECOND),
      CHAT_ROW(200, "{\"ok\":false}", DELIVERY_PARK, "not that the message was sent"),
      CHAT_ROW(200, "<html>", DELIVERY_PARK, "not that the message was sent"),
      CHAT_ROW(502, "<html>", DELIVERY_RETRY, "502"),
  };
  CHAT_JUDGE(&destination_telegram, rows);
}

static void a_token_that_is_none_is_found_by_check(void **state) {
  (void)state;
  static const char *const tokens[] = {"123:a/../b", "123:a?b", "123 a", "1\n2"};
  for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
    struct chat chat = open_telegram();
    struct error error = ERROR_NONE;
    assert_true(destination_telegram.kind.check(chat.destination.options, &error));
    option_set(&destination_telegram, chat.destination.options, "token", tokens[i]);
    assert_false(destination_telegram.kind.check(chat.destination.options, &error));
    chat_close(&chat);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(a_token_that_is_none_is_found_by_check),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
