#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_splunk_hec;

static const struct service service = {&destination_splunk_hec,
                                       {{"url", "https://splunk.example:8088"},
                                        {"token", "sesame"},
                                        {"source", "margay"},
                                        {"sourcetype", "margay:alert"},
                                        {"index", "security"}}};

/* Keeps what it is sent, twice what comes twice: the key says that it is the same. */
static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  const json_t *event = json_object_get(body, "event");
  const char *key = string_within(event, "idempotency_key", 64);
  assert_string_equal(request->url.data, "https://splunk.example:8088/services/collector/event");
  assert_string_equal(request_header(request, "Authorization"), "Splunk sesame");
  assert_true(json_is_number(json_object_get(body, "time")));
  if (!fake_find(fake, key, "")) {
    struct fake_incident *kept = fake_open(fake, key);
    fake_set(kept, string_within(event, "occasion", 16));
  }
  buffer_append_string(out, "{\"text\":\"Success\",\"code\":0}");
  return 200;
}

static const struct fake fresh = {.answer = answer};

static void every_occasion_is_an_event(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "opened"},
      {OCCASION_GREW, ALERT_OPEN, "opened; grew"},
      {OCCASION_ACKNOWLEDGED, ALERT_ACKNOWLEDGED, "opened; grew; acknowledged"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "opened; grew; acknowledged; resolved"},
  };
  SERVICE_TALK(&service, &fresh, steps, "splunk_hec.json");
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {200, NULL, "{\"text\":\"Success\",\"code\":0}", DELIVERY_DONE, NULL, 0, NULL, NULL, 0},
      {200, NULL, "{\"text\":\"Incorrect index\",\"code\":7}", DELIVERY_PARK,
       "may not write to this index (200, code 7)", 0, NULL, NULL, 0},
      {200, NULL, "<html>", DELIVERY_PARK, "not with a collector's success", 0, NULL, NULL, 0},
      {200, NULL, "{\"code\":99}", DELIVERY_PARK, "not with a collector's success", 0, NULL, NULL,
       0},
      {400, NULL, "{\"text\":\"Invalid data format\",\"code\":6}", DELIVERY_PARK,
       "could not read the event (400, code 6)", 0, NULL, NULL, 0},
      {400, NULL, "{\"text\":\"Data channel is missing\",\"code\":10}", DELIVERY_PARK,
       "switch it off for this token", 0, NULL, NULL, 0},
      {401, NULL, "{\"text\":\"Token is required\",\"code\":2}", DELIVERY_PARK, "saw no token", 0,
       NULL, NULL, 0},
      {403, NULL, "{\"text\":\"Invalid token\",\"code\":4}", DELIVERY_PARK,
       "does not know the token", 0, NULL, NULL, 0},
      {429, NULL, "{\"text\":\"Queue at capacity\",\"code\":26}", DELIVERY_RETRY, "queues are full",
       0, NULL, NULL, 0},
      {503, NULL, "{\"text\":\"Server is busy\",\"code\":9}", DELIVERY_RETRY, "busy (503, code 9)",
       0, NULL, NULL, 0},
      {500, NULL, "", DELIVERY_RETRY, "500", 0, NULL, NULL, 0},
      {404, NULL, "", DELIVERY_PARK, "check the URL", 0, NULL, NULL, 0},
  };
  SERVICE_JUDGE(&destination_splunk_hec, rows);
}

static void look(const struct delivery_request *request, const json_t *body) {
  (void)request;
  const json_t *event = json_object_get(body, "event");
  string_within(event, "occasion", 16);
  assert_non_null(json_object_get(event, "match_count"));
}

static void hostile_alerts_are_events(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 1000 * 1000, true});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_occasion_is_an_event),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(hostile_alerts_are_events),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
