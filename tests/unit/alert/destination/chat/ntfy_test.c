#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_ntfy;

static struct chat open_ntfy(void) {
  struct chat chat = chat_open(&destination_ntfy, "https://ntfy.sh");
  option_set(&destination_ntfy, chat.destination.options, "topic", "margay_sesame");
  return chat;
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = open_ntfy();
  chat_golden(&chat, OCCASION_OPENED, "ntfy.json");
  option_set(&destination_ntfy, chat.destination.options, "token", "tk_sesame");
  chat_golden(&chat, OCCASION_RESOLVED, "ntfy_resolved.json");
  chat_golden_correlation(&chat, "ntfy_correlation.json");
  chat_close(&chat);
}

static void check_message(const json_t *body, size_t number) {
  const char *message = json_string_value(json_object_get(body, "message"));
  json_int_t priority = json_integer_value(json_object_get(body, "priority"));
  (void)number;
  assert_true(strlen(message) > 0 && strlen(message) <= 4096);
  assert_true(priority >= 1 && priority <= 5);
  assert_true(json_array_size(json_object_get(body, "actions")) <= 3);
  assert_null(json_object_get(body, "markdown"));
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  struct chat chat = open_ntfy();
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .bytes_max = 8192, .check = check_message, .check_string = chat_assert_still});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "{\"id\":\"x\",\"event\":\"message\"}", DELIVERY_DONE, ""),
      CHAT_ROW(200, "<html>", DELIVERY_PARK, "check the URL"),
      CHAT_ROW(400, "{\"code\":40009,\"error\":\"sesame\"}", DELIVERY_PARK, "400"),
      CHAT_ROW(401, "{\"code\":40101}", DELIVERY_PARK, "may not write"),
      CHAT_ROW(403, "{\"code\":40301}", DELIVERY_PARK, "may not write"),
      CHAT_ROW(413, "", DELIVERY_PARK, "too large"),
      CHAT_ROW(429, "{\"code\":42901}", DELIVERY_RETRY, "429"),
      CHAT_ROW(507, "", DELIVERY_RETRY, "507"),
  };
  CHAT_JUDGE(&destination_ntfy, rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
