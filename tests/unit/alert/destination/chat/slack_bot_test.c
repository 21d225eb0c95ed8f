/* Slack by a bot: a message that is edited and answered. */
#include "alert/destination/chat/chat_fixture.h"

#define POSTED "C1 1503435956.000247"
#define EDITED POSTED " 0123456789abcdef0123456789abcdef"

static struct chat open_bot(void) {
  struct chat chat = chat_open(&destination_slack, NULL);
  option_set(&destination_slack, chat.destination.options, "token", "xoxb-sesame");
  option_set(&destination_slack, chat.destination.options, "channel", "C1");
  option_set(&destination_slack, chat.destination.options, "api", "https://slack.com/api");
  return chat;
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = open_bot();
  chat_golden(&chat, OCCASION_OPENED, "slack_bot.json");
  chat.state = POSTED;
  chat_golden(&chat, OCCASION_RESOLVED, "slack_bot_edit.json");
  chat.state = EDITED;
  chat_golden(&chat, OCCASION_RESOLVED, "slack_bot_answer.json");
  chat_golden(&chat, OCCASION_ROSE, "slack_bot_rose.json");
  chat_close(&chat);
}

/* The request that follows from a state, by its method and what it names. */
static void the_state_says_which_request_follows(void **state) {
  (void)state;
  static const struct {
    const char *state, *url, *ts, *thread;
  } rows[] = {
      {"", "https://slack.com/api/chat.postMessage", NULL, NULL},
      {POSTED, "https://slack.com/api/chat.update", "1503435956.000247", NULL},
      {EDITED, "https://slack.com/api/chat.postMessage", NULL, "1503435956.000247"},
      /* of an update before this one */
      {POSTED " ffff", "https://slack.com/api/chat.update", "1503435956.000247", NULL},
      {"C1", "https://slack.com/api/chat.postMessage", NULL, NULL},
      {"C1 2 3 4", "https://slack.com/api/chat.postMessage", NULL, NULL},
      {"\x01 \xff", "https://slack.com/api/chat.postMessage", NULL, NULL},
  };
  struct alert alert = alert_sample();
  const struct message_occasion acked = {.occasion = OCCASION_ACKNOWLEDGED, .by = TEXT("lisa")};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct chat chat = open_bot();
    chat.state = rows[i].state;
    struct delivery_request request = chat_request(&chat, &alert, &acked);
    json_t *json = json_loadb(request.body.data, request.body.size, 0, NULL);
    const char *ts = json_string_value(json_object_get(json, "ts"));
    const char *thread = json_string_value(json_object_get(json, "thread_ts"));
    assert_string_equal(request.url.data, rows[i].url);
    assert_string_equal(ts ? ts : "-", rows[i].ts ? rows[i].ts : "-");
    assert_string_equal(thread ? thread : "-", rows[i].thread ? rows[i].thread : "-");
    assert_string_equal(json_string_value(json_object_get(json, "channel")), "C1");
    assert_string_equal(request_header(&request, "Authorization"), "Bearer xoxb-sesame");
    json_decref(json);
    delivery_request_free(&request);
    chat_close(&chat);
  }
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(200, "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1503435956.000247\"}", DELIVERY_DONE,
               "", .after = POSTED),
      CHAT_ROW(200, "{\"ok\":true,\"channel\":\"C 1\",\"ts\":\"1\"}", DELIVERY_DONE, "",
               .after = ""),
      CHAT_ROW(200, "{\"ok\":true,\"ts\":\"1503435956.000247\"}", DELIVERY_MORE, "",
               .before = POSTED, .after = EDITED, .occasion = OCCASION_RESOLVED),
      CHAT_ROW(200, "{\"ok\":true,\"ts\":\"1503435956.000247\"}", DELIVERY_DONE, "",
               .before = POSTED, .after = POSTED, .occasion = OCCASION_OPENED),
      CHAT_ROW(200, "{\"ok\":true,\"ts\":\"1503435999.000001\"}", DELIVERY_DONE, "",
               .before = EDITED, .after = POSTED, .occasion = OCCASION_RESOLVED),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"message_not_found\"}", DELIVERY_MORE, "",
               .before = POSTED, .after = "", .occasion = OCCASION_RESOLVED),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"thread_not_found\"}", DELIVERY_MORE, "",
               .before = EDITED, .after = "", .occasion = OCCASION_RESOLVED),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"edit_window_closed\"}", DELIVERY_MORE, "",
               .before = POSTED, .after = EDITED, .occasion = OCCASION_RESOLVED),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"edit_window_closed\"}", DELIVERY_PARK,
               "edit_window_closed", .before = EDITED, .occasion = OCCASION_RESOLVED),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"message_not_found\"}", DELIVERY_PARK,
               "message_not_found"),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"not_in_channel\"}", DELIVERY_PARK, "invite it"),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"invalid_auth\"}", DELIVERY_PARK, "token is wrong"),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"missing_scope\"}", DELIVERY_PARK, "chat:write"),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"ratelimited\"}", DELIVERY_RETRY, "too many"),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"internal_error\"}", DELIVERY_RETRY, "Slack failed"),
      CHAT_ROW(200, "{\"ok\":false,\"error\":\"<sesame>\"}", DELIVERY_PARK, "refused"),
      CHAT_ROW(200, "{\"ok\":false}", DELIVERY_PARK, "refused"),
      CHAT_ROW(429, "", DELIVERY_RETRY, "429"),
      CHAT_ROW(503, "", DELIVERY_RETRY, "503"),
  };
  CHAT_JUDGE(&destination_slack, rows);
}

static void check_bot(const json_t *body, size_t number) {
  (void)number;
  assert_string_equal(json_string_value(json_object_get(body, "parse")), "none");
  assert_null(json_object_get(body, "link_names"));
  size_t blocks = json_array_size(json_object_get(body, "blocks"));
  assert_true(blocks > 0 && blocks <= 50);
}

static void hostile_alerts_stay_within_the_limits(void **state) {
  (void)state;
  static const char *const states[] = {"", POSTED, EDITED};
  struct chat chat = open_bot();
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .check = check_bot, .states = states, .state_count = 3});
  chat_close(&chat);
}

static void either_a_webhook_or_a_bot_is_configured(void **state) {
  (void)state;
  static const struct {
    const char *url, *token, *channel, *error;
  } rows[] = {
      {"https://hooks.slack.com/x", "", "", NULL},
      {"", "xoxb-sesame", "C1", NULL},
      {"", "", "", "needs 'url'"},
      {"", "", "C1", "needs 'url'"},
      {"", "xoxb-sesame", "", "needs 'channel'"},
      {"https://hooks.slack.com/x", "xoxb-sesame", "C1", "not both"},
      {"https://hooks.slack.com/x", "", "C1", "not both"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct chat chat = chat_open(&destination_slack, rows[i].url);
    struct error error = ERROR_NONE;
    option_set(&destination_slack, chat.destination.options, "token", rows[i].token);
    option_set(&destination_slack, chat.destination.options, "channel", rows[i].channel);
    bool ok = destination_slack.kind.check(chat.destination.options, &error);
    assert_int_equal(ok, rows[i].error == NULL);
    if (rows[i].error)
      assert_non_null(strstr(error.text, rows[i].error));
    assert_null(strstr(error.text, "sesame"));
    chat_close(&chat);
  }
}

static void only_a_bot_gets_every_occasion(void **state) {
  (void)state;
  struct chat bot = open_bot(), webhook = chat_open(&destination_slack, "https://a.example");
  assert_true(destination_occasions(&bot.destination) & ALERT_WHEN(OCCASION_NOTED));
  assert_false(destination_occasions(&bot.destination) & ALERT_WHEN(OCCASION_OPENED));
  assert_false(destination_occasions(&webhook.destination) & ALERT_WHEN(OCCASION_NOTED));
  assert_true(destination_occasions(&webhook.destination) & ALERT_WHEN(OCCASION_RESOLVED));
  chat_close(&bot);
  chat_close(&webhook);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(the_state_says_which_request_follows),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits),
      cmocka_unit_test(either_a_webhook_or_a_bot_is_configured),
      cmocka_unit_test(only_a_bot_gets_every_occasion),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
