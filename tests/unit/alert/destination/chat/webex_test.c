#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_webex;

#define POSTED "- Y2lzY29z"

static struct chat open_webex(void) {
  struct chat chat = chat_open(&destination_webex, NULL);
  option_set(&destination_webex, chat.destination.options, "token", "sesame");
  option_set(&destination_webex, chat.destination.options, "room", "Y2lzY29");
  option_set(&destination_webex, chat.destination.options, "api", "https://webexapis.com/v1");
  return chat;
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = open_webex();
  chat_golden(&chat, OCCASION_OPENED, "webex.json");
  chat_golden_correlation(&chat, "webex_correlation.json");
  chat.state = POSTED;
  chat_golden(&chat, OCCASION_RESOLVED, "webex_answer.json");
  chat_close(&chat);
}

static void check_markdown(const json_t *body, size_t number) {
  struct text text = text_from(json_string_value(json_object_get(body, "markdown")));
  static const char *const never[] = {"<@all", "<@person", "http://evil", "https://evil"};
  assert_true(text.size > 0 && text.size <= 7439);
  chat_assert_dead_markdown(text, number);
  chat_assert_none(text, never, 4, number); /* in code, too */
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  static const char *const states[] = {"", POSTED};
  struct chat chat = open_webex();
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .check = check_markdown, .states = states, .state_count = 2});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "{\"id\":\"Y2lzY29z\"}", DELIVERY_DONE, "", .after = POSTED),
      CHAT_ROW(200, "{\"id\":\"a b\"}", DELIVERY_DONE, "", .after = ""),
      CHAT_ROW(200, "{\"id\":\"other\"}", DELIVERY_DONE, "", .before = POSTED, .after = POSTED),
      CHAT_ROW(404, "{\"message\":\"sesame\"}", DELIVERY_MORE, "", .before = POSTED, .after = ""),
      CHAT_ROW(400, "{\"message\":\"sesame\"}", DELIVERY_MORE, "", .before = POSTED, .after = ""),
      CHAT_ROW(400, "{\"message\":\"sesame\"}", DELIVERY_PARK, "400"),
      CHAT_ROW(401, "", DELIVERY_PARK, "token is wrong"),
      CHAT_ROW(404, "", DELIVERY_PARK, "not in it"),
      CHAT_ROW(429, "", DELIVERY_RETRY, "429"),
      CHAT_ROW(502, "<html>", DELIVERY_RETRY, "502"),
  };
  CHAT_JUDGE(&destination_webex, rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
