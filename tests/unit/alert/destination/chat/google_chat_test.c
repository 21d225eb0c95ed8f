#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_google_chat;

#define URL "https://chat.googleapis.com/v1/spaces/S/messages?key=k&token=sesame"

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = chat_open(&destination_google_chat, URL);
  chat_golden(&chat, OCCASION_OPENED, "google_chat.json");
  chat_golden(&chat, OCCASION_RESOLVED, "google_chat_resolved.json");
  chat_golden_correlation(&chat, "google_chat_correlation.json");
  chat_close(&chat);
}

static void check_card(const json_t *body, size_t number) {
  const json_t *card = json_object_get(json_array_get(json_object_get(body, "cardsV2"), 0), "card");
  const json_t *section = json_array_get(json_object_get(card, "sections"), 0), *widget;
  size_t i;
  assert_true(json_array_size(json_object_get(section, "widgets")) <= 100);
  json_array_foreach(json_object_get(section, "widgets"), i, widget) {
    const json_t *paragraph = json_object_get(widget, "textParagraph");
    const json_t *decorated = json_object_get(widget, "decoratedText");
    const json_t *text = json_object_get(paragraph ? paragraph : decorated, "text");
    if (text) {
      assert_true(json_string_length(text) > 0);
      chat_assert_dead_html(text_from(json_string_value(text)), number);
    }
  }
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  struct chat chat = chat_open(&destination_google_chat, URL);
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .bytes_max = 32000, .check = check_card, .check_string = chat_assert_still});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "{\"name\":\"spaces/S/messages/M\"}", DELIVERY_DONE, ""),
      CHAT_ROW(200, "{}", DELIVERY_DONE, ""),
      CHAT_ROW(200, "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\"}}", DELIVERY_PARK,
               "did not accept"),
      CHAT_ROW(400,
               "{\"error\":{\"code\":400,\"message\":\"sesame\",\"status\":\"INVALID_ARGUMENT\"}}",
               DELIVERY_PARK, "did not accept"),
      CHAT_ROW(401, "{\"error\":{\"status\":\"UNAUTHENTICATED\"}}", DELIVERY_PARK, "URL is wrong"),
      CHAT_ROW(403, "{\"error\":{\"status\":\"PERMISSION_DENIED\"}}", DELIVERY_PARK, "removed"),
      CHAT_ROW(404, "{\"error\":{\"status\":\"NOT_FOUND\"}}", DELIVERY_PARK, "space"),
      CHAT_ROW(429, "{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}", DELIVERY_RETRY, "too many"),
      CHAT_ROW(503, "{\"error\":{\"status\":\"UNAVAILABLE\"}}", DELIVERY_RETRY, "not available"),
      CHAT_ROW(400, "{\"error\":{\"status\":\"<sesame>\"}}", DELIVERY_PARK, "400"),
      CHAT_ROW(502, "<html>", DELIVERY_RETRY, "502"),
  };
  CHAT_JUDGE(&destination_google_chat, rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
