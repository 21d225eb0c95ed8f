#include "alert/destination/chat/chat_fixture.h"

#include "base/digest.h"

extern const struct destination_type destination_zoom_chat;

#define ENDPOINT "https://integrations.zoom.us/chat/webhooks/incomingwebhook/abc"

static struct chat open_zoom(const char *url) {
  struct chat chat = chat_open(&destination_zoom_chat, url);
  option_set(&destination_zoom_chat, chat.destination.options, "token", "sesame");
  return chat;
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = open_zoom(ENDPOINT "?format=full");
  chat_golden(&chat, OCCASION_OPENED, "zoom_chat.json");
  chat_golden(&chat, OCCASION_RESOLVED, "zoom_chat_resolved.json");
  chat_golden_correlation(&chat, "zoom_chat_correlation.json");
  chat_close(&chat);
}

static void whatever_format_was_copied_the_full_one_is_used(void **state) {
  (void)state;
  static const struct {
    const char *url, *used;
  } rows[] = {
      {ENDPOINT, ENDPOINT "?format=full"},
      {ENDPOINT "?", ENDPOINT "?format=full"},
      {ENDPOINT "?format=message", ENDPOINT "?format=full"},
      {ENDPOINT "?format=fields&a=b", ENDPOINT "?format=full&a=b"},
      {ENDPOINT "?a=b&format=full", ENDPOINT "?format=full&a=b"},
  };
  struct alert alert = alert_sample();
  const struct message_occasion opened = {.occasion = OCCASION_OPENED};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct chat chat = open_zoom(rows[i].url);
    struct delivery_request request = chat_request(&chat, &alert, &opened);
    assert_string_equal(request.url.data, rows[i].used);
    assert_string_equal(request_header(&request, "Authorization"), "sesame");
    delivery_request_free(&request);
    chat_close(&chat);
  }
}

static void each_message_is_signed_where_there_is_a_secret(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  const struct message_occasion opened = {.occasion = OCCASION_OPENED};
  struct chat chat = chat_open(&destination_zoom_chat, ENDPOINT "?format=message&timestamp=1&a=b");
  struct buffer message = BUFFER_NONE, signature = BUFFER_NONE;
  uint8_t digest[DIGEST_SIZE];
  option_set(&destination_zoom_chat, chat.destination.options, "secret", "sesame");
  struct delivery_request request = chat_request(&chat, &alert, &opened);
  const char *time = strstr(request.url.data, "&timestamp=");
  assert_non_null(time);
  time += sizeof "&timestamp=" - 1;
  assert_int_equal(strlen(time), 13); /* milliseconds */
  assert_string_equal(strstr(request.url.data, "?"),
                      strstr(request.url.data, "?format=full&a=b&t"));
  buffer_printf(&message, "full&%s&%.*s", time, TEXT_ARGS(buffer_text(&request.body)));
  digest_hmac_sha256(TEXT("sesame"), buffer_text(&message), digest);
  base64_encode(digest, sizeof digest, &signature);
  assert_string_equal(request_header(&request, "Authorization"), signature.data);
  delivery_request_free(&request);
  buffer_free(&message);
  buffer_free(&signature);
  chat_close(&chat);
}

static void a_token_or_a_secret_is_needed_and_not_both(void **state) {
  (void)state;
  static const struct {
    const char *token, *secret;
    bool right;
  } rows[] = {{"a", "", true}, {"", "b", true}, {"", "", false}, {"a", "b", false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct chat chat = chat_open(&destination_zoom_chat, ENDPOINT);
    struct error error = ERROR_NONE;
    option_set(&destination_zoom_chat, chat.destination.options, "token", rows[i].token);
    option_set(&destination_zoom_chat, chat.destination.options, "secret", rows[i].secret);
    bool right = destination_zoom_chat.kind.check(chat.destination.options, &error);
    assert_int_equal(right, rows[i].right);
    assert_true(right || strstr(error.text, "connect -s"));
    chat_close(&chat);
  }
}

static void check_message(const json_t *body, size_t number) {
  const json_t *content = json_object_get(body, "content"), *part;
  size_t i;
  (void)number;
  assert_null(json_object_get(body, "is_markdown_support"));
  json_array_foreach(json_object_get(content, "body"), i, part) {
    assert_null(json_object_get(part, "is_markdown_support"));
  }
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  struct chat chat = open_zoom(ENDPOINT);
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .bytes_max = 3500, .check = check_message, .check_string = chat_assert_still});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "", DELIVERY_DONE, ""),
      CHAT_ROW(200, "{\"result\":\"ok\"}", DELIVERY_DONE, ""),
      CHAT_ROW(200, "{\"code\":7010,\"message\":\"sesame\"}", DELIVERY_PARK, "code 7010"),
      CHAT_ROW(200, "{\"errorCode\":300,\"result\":\"sesame\"}", DELIVERY_PARK, "code 300"),
      CHAT_ROW(200, "{\"success\":false}", DELIVERY_PARK, "says that it failed"),
      CHAT_ROW(401, "{\"message\":\"sesame\"}", DELIVERY_PARK, "secret or the endpoint"),
      CHAT_ROW(403, "", DELIVERY_PARK, "secret or the endpoint"),
      CHAT_ROW(404, "", DELIVERY_PARK, "404"),
      CHAT_ROW(429, "", DELIVERY_RETRY, "429"),
      CHAT_ROW(500, "{\"code\":5}", DELIVERY_RETRY, "500"),
  };
  CHAT_JUDGE(&destination_zoom_chat, rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(whatever_format_was_copied_the_full_one_is_used),
      cmocka_unit_test(each_message_is_signed_where_there_is_a_secret),
      cmocka_unit_test(a_token_or_a_secret_is_needed_and_not_both),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
