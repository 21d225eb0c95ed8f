#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_mattermost;

#define URL "https://chat.example.com/hooks/sesame"

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = chat_open(&destination_mattermost, URL);
  chat_golden(&chat, OCCASION_OPENED, "mattermost.json");
  option_set(&destination_mattermost, chat.destination.options, "channel", "soc");
  chat_golden(&chat, OCCASION_RESOLVED, "mattermost_resolved.json");
  chat_golden_correlation(&chat, "mattermost_correlation.json");
  chat_close(&chat);
}

static void check_attachment(const json_t *body, size_t number) {
  const json_t *attachment = json_array_get(json_object_get(body, "attachments"), 0);
  struct text text = text_from(json_string_value(json_object_get(attachment, "text")));
  struct text fallback = text_from(json_string_value(json_object_get(attachment, "fallback")));
  assert_null(json_object_get(body, "text"));
  assert_true(markup_length(text) > 0 && markup_length(text) <= 12000);
  chat_assert_dead_markdown(text, number);
  chat_assert_still(fallback, number);
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  struct chat chat = chat_open(&destination_mattermost, URL);
  chat_keep_promise(&(struct chat_promise){.chat = &chat, .check = check_attachment});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "ok", DELIVERY_DONE, ""),
      CHAT_ROW(200, "{\"success\":true}", DELIVERY_DONE, ""),
      CHAT_ROW(200, "{\"success\":false,\"error\":\"sesame\"}", DELIVERY_PARK,
               "says that it failed"),
      CHAT_ROW(400, "{\"id\":\"web.incoming_webhook.invalid.app_error\",\"message\":\"sesame\"}",
               DELIVERY_PARK, "removed"),
      CHAT_ROW(404, "{\"id\":\"web.incoming_webhook.channel.app_error\"}", DELIVERY_PARK,
               "does not exist"),
      CHAT_ROW(403, "{\"id\":\"web.incoming_webhook.permissions.app_error\"}", DELIVERY_PARK,
               "may not post"),
      CHAT_ROW(501, "{\"id\":\"web.incoming_webhook.disabled.app_error\"}", DELIVERY_PARK,
               "disabled"),
      CHAT_ROW(400, "{\"success\":false,\"error\":\"invalid-channel\"}", DELIVERY_PARK, "400"),
      CHAT_ROW(413, "", DELIVERY_PARK, "too large"),
      CHAT_ROW(429, "limit exceeded", DELIVERY_RETRY, "429"),
      CHAT_ROW(502, "<html>", DELIVERY_RETRY, "502"),
  };
  CHAT_JUDGE(&destination_mattermost, rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
