#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_discord;

#define URL "https://discord.com/api/webhooks/1/sesame"
#define POSTED "77 1234567890"
#define EDITED POSTED " 0123456789abcdef0123456789abcdef"

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = chat_open(&destination_discord, URL);
  chat_golden(&chat, OCCASION_OPENED, "discord.json");
  chat_golden_correlation(&chat, "discord_correlation.json");
  chat.state = POSTED;
  chat_golden(&chat, OCCASION_RESOLVED, "discord_edit.json");
  chat.state = EDITED;
  chat_golden(&chat, OCCASION_RESOLVED, "discord_answer.json");
  chat_close(&chat);
}

static void a_thread_stays_in_the_url(void **state) {
  (void)state;
  static const struct {
    const char *url, *state, *used;
  } rows[] = {
      {URL, "", URL "?wait=true"},
      {URL "/", "", URL "?wait=true"},
      {URL "?thread_id=5", "", URL "?thread_id=5&wait=true"},
      {URL, POSTED, URL "/messages/1234567890"},
      {URL "?thread_id=5", POSTED, URL "/messages/1234567890?thread_id=5"},
      {URL "?thread_id=5", EDITED, URL "?thread_id=5&wait=true"},
  };
  struct alert alert = alert_sample();
  const struct message_occasion rose = {.occasion = OCCASION_ROSE};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct chat chat = chat_open(&destination_discord, rows[i].url);
    chat.state = rows[i].state;
    struct delivery_request request = chat_request(&chat, &alert, &rose);
    assert_string_equal(request.url.data, rows[i].used);
    delivery_request_free(&request);
    chat_close(&chat);
  }
}

static size_t length_of(const json_t *object, const char *key) {
  return markup_length(text_from(json_string_value(json_object_get(object, key))));
}

static void check_embed(const json_t *body, size_t number) {
  const json_t *embed = json_array_get(json_object_get(body, "embeds"), 0);
  size_t title = length_of(embed, "title"), description = length_of(embed, "description");
  size_t footer = length_of(json_object_get(embed, "footer"), "text");
  assert_true(title > 0 && title <= 256 && description <= 4096 && footer <= 2048);
  assert_true(title + description + footer <= 6000);
  assert_int_equal(json_array_size(json_object_get(body, "embeds")), 1);
  assert_int_equal(
      json_array_size(json_object_get(json_object_get(body, "allowed_mentions"), "parse")), 0);
  assert_null(json_object_get(body, "content"));
  chat_assert_dead_markdown(text_from(json_string_value(json_object_get(embed, "title"))), number);
  chat_assert_dead_markdown(text_from(json_string_value(json_object_get(embed, "description"))),
                            number);
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  static const char *const states[] = {"", EDITED};
  struct chat chat = chat_open(&destination_discord, URL);
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .check = check_embed, .states = states, .state_count = 2});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "{\"id\":\"1234567890\",\"channel_id\":\"77\"}", DELIVERY_DONE, "",
               .after = POSTED),
      CHAT_ROW(204, "", DELIVERY_DONE, "", .after = ""),
      CHAT_ROW(200, "{\"id\":\"../1\",\"channel_id\":\"77\"}", DELIVERY_DONE, "", .after = ""),
      CHAT_ROW(200, "{\"id\":\"1234567890\"}", DELIVERY_MORE, "", .before = POSTED, .after = EDITED,
               .occasion = OCCASION_RESOLVED),
      CHAT_ROW(200, "{\"id\":\"1234567890\"}", DELIVERY_DONE, "", .before = POSTED, .after = POSTED,
               .occasion = OCCASION_NOTED),
      CHAT_ROW(200, "{\"id\":\"99\"}", DELIVERY_DONE, "", .before = EDITED, .after = POSTED,
               .occasion = OCCASION_RESOLVED),
      CHAT_ROW(404, "{\"message\":\"Unknown Message\",\"code\":10008}", DELIVERY_MORE, "",
               .before = POSTED, .after = "", .occasion = OCCASION_RESOLVED),
      CHAT_ROW(404, "{\"message\":\"sesame\",\"code\":10015}", DELIVERY_PARK, "removed"),
      CHAT_ROW(404, "{\"code\":10015}", DELIVERY_PARK, "removed", .before = POSTED),
      CHAT_ROW(401, "{\"message\":\"Invalid Webhook Token\",\"code\":50027}", DELIVERY_PARK,
               "URL is wrong"),
      CHAT_ROW(400, "{\"code\":50035,\"errors\":{}}", DELIVERY_PARK, "did not accept"),
      CHAT_ROW(400, "{\"embeds\":[\"0\"]}", DELIVERY_PARK, "400"),
      CHAT_ROW(429, "{\"message\":\"You are being rate limited.\",\"retry_after\":0.25}",
               DELIVERY_RETRY, "429", .delay_us = 250000),
      CHAT_ROW(429, "{\"retry_after\":1e300}", DELIVERY_RETRY, "429",
               .delay_us = 3600 * US_PER_SECOND),
      CHAT_ROW(429, "{\"retry_after\":-1}", DELIVERY_RETRY, "429"),
      CHAT_ROW(429, "<html>", DELIVERY_RETRY, "429"),
      CHAT_ROW(429, "{\"code\":20028,\"retry_after\":2}", DELIVERY_RETRY, "in the channel",
               .delay_us = 2 * US_PER_SECOND),
      CHAT_ROW(500, "", DELIVERY_RETRY, "500"),
  };
  CHAT_JUDGE(&destination_discord, rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(a_thread_stays_in_the_url),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
