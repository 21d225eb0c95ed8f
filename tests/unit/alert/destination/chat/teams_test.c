#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_teams;

#define URL                                                                                        \
  "https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=sesame"

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct chat chat = chat_open(&destination_teams, URL);
  chat_golden(&chat, OCCASION_OPENED, "teams.json");
  chat_golden(&chat, OCCASION_RESOLVED, "teams_resolved.json");
  chat_golden_correlation(&chat, "teams_correlation.json");
  chat_close(&chat);
}

/* Only runs hold text that comes from outside, and they read no Markdown. */
static void check_card(const json_t *body, size_t number) {
  (void)number;
  const json_t *attachment = json_array_get(json_object_get(body, "attachments"), 0);
  const json_t *card = json_object_get(attachment, "content"), *block, *run, *action;
  size_t i, k;
  json_array_foreach(json_object_get(card, "body"), i, block) {
    assert_string_equal(json_string_value(json_object_get(block, "type")), "RichTextBlock");
    assert_true(json_array_size(json_object_get(block, "inlines")) > 0);
    json_array_foreach(json_object_get(block, "inlines"), k, run) {
      assert_string_equal(json_string_value(json_object_get(run, "type")), "TextRun");
      assert_null(strchr(json_string_value(json_object_get(run, "text")), '\n'));
      assert_null(strstr(json_string_value(json_object_get(run, "text")), "://"));
      assert_null(json_object_get(run, "selectAction"));
    }
  }
  json_array_foreach(json_object_get(card, "actions"), i, action) {
    const char *url = json_string_value(json_object_get(action, "url"));
    assert_true(strstr(url, "://docs.example/") || strstr(url, "//margay.example.com/alerts/"));
  }
}

static void check_string(struct text string, size_t number) {
  static const char *const never[] = {"{{"};
  chat_assert_none(string, never, 1, number);
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  struct chat chat = chat_open(&destination_teams, URL);
  chat_keep_promise(&(struct chat_promise){
      .chat = &chat, .bytes_max = 28 * 1000, .check = check_card, .check_string = check_string});
  chat_close(&chat);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct chat_row rows[] = {
      CHAT_ROW(202, "", DELIVERY_DONE, ""),
      CHAT_ROW(200, "", DELIVERY_DONE, ""),
      CHAT_ROW(200, "1", DELIVERY_DONE, ""),
      CHAT_ROW(200,
               "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP "
               "error "
               "429 with ContextId sesame",
               DELIVERY_RETRY, "refused it with 429"),
      CHAT_ROW(200, "... Microsoft Teams endpoint returned HTTP error 413 with", DELIVERY_PARK,
               "413"),
      CHAT_ROW(200, "... Microsoft Teams endpoint returned HTTP error 503", DELIVERY_RETRY, "503"),
      CHAT_ROW(200, "Summary or Text is required. sesame", DELIVERY_PARK, "failure in words"),
      CHAT_ROW(200, "HTTP error ", DELIVERY_PARK, "failure in words"),
      CHAT_ROW(400, "{\"error\":{\"code\":\"TriggerInputSchemaMismatch\",\"message\":\"sesame\"}}",
               DELIVERY_PARK, "another kind of message"),
      CHAT_ROW(400, "{\"error\":{\"code\":\"WorkflowTriggerIsNotEnabled\"}}", DELIVERY_RETRY,
               "turned off"),
      CHAT_ROW(404, "{\"error\":{\"code\":\"WorkflowNotFound\"}}", DELIVERY_PARK, "does not exist"),
      CHAT_ROW(401, "{\"error\":{\"code\":\"DirectApiAuthorizationRequired\"}}", DELIVERY_PARK,
               "copy it"),
      CHAT_ROW(401, "{\"error\":{\"code\":\"<sesame>\"}}", DELIVERY_PARK, "401"),
      CHAT_ROW(413, "", DELIVERY_PARK, "too large"),
      CHAT_ROW(429, "", DELIVERY_RETRY, "429"),
      CHAT_ROW(502, "<html>", DELIVERY_RETRY, "502"),
  };
  CHAT_JUDGE(&destination_teams, rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
