#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_matrix;

#define POSTED "- $abc:example.com"
#define EDITED POSTED " 0123456789abcdef0123456789abcdef"
#define SEND                                                                                       \
  "https://matrix.example.com/_matrix/client/v3/rooms/%21r%3Aexample.com/send/m.room.message/"

static struct chat open_matrix(void) {
  struct chat chat = chat_open(&destination_matrix, "https://matrix.example.com/");
  option_set(&destination_matrix, chat.destination.options, "token", "sesame");
  option_set(&destination_matrix, chat.destination.options, "room", "!r:example.com");
  return chat;
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = open_matrix();
  chat_golden(&chat, OCCASION_OPENED, "matrix.json");
  chat_golden_correlation(&chat, "matrix_correlation.json");
  chat.state = POSTED;
  chat_golden(&chat, OCCASION_RESOLVED, "matrix_edit.json");
  chat.state = EDITED;
  chat_golden(&chat, OCCASION_RESOLVED, "matrix_answer.json");
  chat_close(&chat);
}

static void each_request_is_a_transaction_of_its_own(void **state) {
  (void)state;
  static const struct {
    const char *state, *url;
  } rows[] = {{"", SEND "0123456789abcdef0123456789abcdef"},
              {POSTED, SEND "0123456789abcdef0123456789abcdef-edit"},
              {EDITED, SEND "0123456789abcdef0123456789abcdef-answer"}};
  struct alert alert = alert_sample();
  const struct message_occasion rose = {.occasion = OCCASION_ROSE};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct chat chat = open_matrix();
    chat.state = rows[i].state;
    struct delivery_request request = chat_request(&chat, &alert, &rose);
    assert_string_equal(request.url.data, rows[i].url);
    assert_string_equal(request.method, "PUT");
    delivery_request_free(&request);
    chat_close(&chat);
  }
}

static void check_content(const json_t *body, size_t number) {
  const json_t *edited = json_object_get(body, "m.new_content");
  const json_t *const contents[] = {body, edited ? edited : body};
  for (size_t i = 0; i < 2; i++) {
    struct text html = text_from(json_string_value(json_object_get(contents[i], "formatted_body")));
    struct text plain = text_from(json_string_value(json_object_get(contents[i], "body")));
    assert_int_equal(json_object_size(json_object_get(contents[i], "m.mentions")), 0);
    assert_non_null(json_object_get(contents[i], "m.mentions"));
    assert_true(plain.size > 0 && html.size > 0);
    chat_assert_dead_html(html, number);
    chat_assert_still(plain, number);
  }
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  static const char *const states[] = {"", POSTED, EDITED};
  struct chat chat = open_matrix();
  chat_keep_promise(&(struct chat_promise){.chat = &chat,
                                           .bytes_max = 60000,
                                           .check = check_content,
                                           .states = states,
                                           .state_count = 3});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "{\"event_id\":\"$abc:example.com\"}", DELIVERY_DONE, "", .after = POSTED),
      CHAT_ROW(200, "{}", DELIVERY_DONE, "", .after = ""),
      CHAT_ROW(200, "{\"event_id\":\"$x\"}", DELIVERY_MORE, "", .before = POSTED, .after = EDITED,
               .occasion = OCCASION_NOTED),
      CHAT_ROW(200, "{\"event_id\":\"$x\"}", DELIVERY_DONE, "", .before = EDITED, .after = POSTED,
               .occasion = OCCASION_NOTED),
      CHAT_ROW(400, "{\"errcode\":\"M_UNKNOWN\",\"error\":\"sesame\"}", DELIVERY_MORE, "",
               .before = POSTED, .after = "", .occasion = OCCASION_NOTED),
      CHAT_ROW(400, "{\"errcode\":\"M_UNKNOWN\",\"error\":\"sesame\"}", DELIVERY_PARK, "400"),
      CHAT_ROW(401, "{\"errcode\":\"M_UNKNOWN_TOKEN\"}", DELIVERY_PARK, "token is wrong"),
      CHAT_ROW(403, "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"sesame\"}", DELIVERY_PARK,
               "not in the room"),
      CHAT_ROW(413, "{\"errcode\":\"M_TOO_LARGE\"}", DELIVERY_PARK, "too large"),
      CHAT_ROW(404, "{\"errcode\":\"M_UNRECOGNIZED\"}", DELIVERY_PARK, "none of a homeserver"),
      CHAT_ROW(429, "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"retry_after_ms\":2500}", DELIVERY_RETRY,
               "too many", .delay_us = 2500000),
      CHAT_ROW(429, "{\"errcode\":\"M_LIMIT_EXCEEDED\"}", DELIVERY_RETRY, "too many"),
      CHAT_ROW(502, "<html>", DELIVERY_RETRY, "502"),
  };
  CHAT_JUDGE(&destination_matrix, rows);
}

static void an_alias_is_no_room(void **state) {
  (void)state;
  struct chat chat = open_matrix();
  struct error error = ERROR_NONE;
  assert_true(destination_matrix.kind.check(chat.destination.options, &error));
  option_set(&destination_matrix, chat.destination.options, "room", "#soc:example.com");
  assert_false(destination_matrix.kind.check(chat.destination.options, &error));
  chat_close(&chat);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(each_request_is_a_transaction_of_its_own),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(an_alias_is_no_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
