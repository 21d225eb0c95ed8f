#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_pagerduty;

static const struct service service = {&destination_pagerduty,
                                       {{"routing_key", "0123456789abcdefsesame"},
                                        {"url", "https://events.pagerduty.com/v2/enqueue"}}};

/* As the Events API v2 does it: a resolved incident stays so, and the next trigger opens another.
 */
static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  static const char accepted[] = "{\"status\":\"success\",\"message\":\"Event processed\"}";
  const char *action = json_string_value(json_object_get(body, "event_action"));
  const char *key = string_within(body, "dedup_key", 255);
  const json_t *payload = json_object_get(body, "payload");
  struct fake_incident *incident = fake_find(fake, key, "resolved");
  assert_null(request->method);
  assert_string_equal(json_string_value(json_object_get(body, "routing_key")),
                      "0123456789abcdefsesame");
  if (strcmp(action, "trigger") == 0) {
    string_within(payload, "summary", 1024);
    if (!incident)
      fake_open(fake, key);
  } else if (incident) {
    fake_set(incident, strcmp(action, "resolve") == 0 ? "resolved" : "acknowledged");
  }
  buffer_append_string(out, accepted);
  return 202;
}

static const struct fake fresh = {.answer = answer};

static void an_incident_goes_through_its_alerts_life(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "open"},
      {OCCASION_GREW, ALERT_OPEN, "open"},
      {OCCASION_ROSE, ALERT_OPEN, "open"},
      {OCCASION_ACKNOWLEDGED, ALERT_ACKNOWLEDGED, "acknowledged"},
      {OCCASION_GREW, ALERT_ACKNOWLEDGED, "acknowledged"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "resolved"},
      {OCCASION_GREW, ALERT_RESOLVED, "resolved"},
      {OCCASION_REOPENED, ALERT_OPEN, "resolved; open"},
  };
  SERVICE_TALK(&service, &fresh, steps, "pagerduty.json");
}

static void nobody_is_called_for_what_is_over(void **state) {
  (void)state;
  static const struct talk_step resolved[] = {{OCCASION_OPENED, ALERT_RESOLVED, ""}};
  static const struct talk_step acknowledged[] = {
      {OCCASION_OPENED, ALERT_ACKNOWLEDGED, "acknowledged"}};
  SERVICE_TALK(&service, &fresh, resolved, "pagerduty_resolved_before.json");
  SERVICE_TALK(&service, &fresh, acknowledged, "pagerduty_acknowledged_before.json");
}

static void a_correlation_is_whole(void **state) {
  (void)state;
  struct alert alert = alert_of_correlation();
  const struct delivery_try attempt = try_sample(SAMPLE_TIME);
  struct delivery_request request = service_render(&service, &alert, &attempt);
  golden_request("pagerduty_correlation.json", &request);
  delivery_request_free(&request);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {202, NULL, "{\"status\":\"success\",\"message\":\"Event processed\",\"dedup_key\":\"x\"}",
       DELIVERY_DONE, NULL, 0, NULL, NULL, 0},
      {200, NULL, "{\"status\":\"success\"}", DELIVERY_DONE, NULL, 0, NULL, NULL, 0},
      {202, NULL, "{\"status\":\"success\"}", DELIVERY_MORE, NULL, 0, NULL,
       "1 0123456789abcdef0123456789abcdef ", 1},
      {202, NULL, "{\"status\":\"throttled\",\"message\":\"Later\"}", DELIVERY_PARK,
       "answered 202, but not that the event was accepted (Later)", 0, NULL, NULL, 0},
      {200, NULL, "<html>", DELIVERY_PARK, "but not that the event was accepted", 0, NULL, NULL, 0},
      {400, NULL,
       "{\"status\":\"invalid event\",\"message\":\"Event object is invalid\","
       "\"errors\":[\"Length of 'routing_key' is incorrect\"]}",
       DELIVERY_PARK,
       "answered 400: it did not accept the message (Length of 'routing_key' is "
       "incorrect)",
       0, NULL, NULL, 0},
      {400, NULL, "{\"message\":\"key sesamesesamesesamesesamesesame is bad\"}", DELIVERY_PARK,
       "(key \xe2\x80\xa6 is bad)", 0, NULL, NULL, 0},
      {403, NULL, "", DELIVERY_PARK, "403", 0, NULL, NULL, 0},
      {429, NULL, "{\"status\":\"throttle exceeded\",\"message\":\"Requests are rate limited\"}",
       DELIVERY_RETRY, "429", 2 * US_PER_MINUTE, NULL, NULL, 0},
      {500, NULL, "", DELIVERY_RETRY, "500", 0, NULL, NULL, 0},
      {503, NULL, "<html>", DELIVERY_RETRY, "503", 0, NULL, NULL, 0},
      {301, NULL, "", DELIVERY_PARK, "redirects are not followed", 0, NULL, NULL, 0},
  };
  SERVICE_JUDGE(&destination_pagerduty, rows);
}

static void look(const struct delivery_request *request, const json_t *body) {
  const json_t *payload = json_object_get(body, "payload"), *link;
  size_t i;
  (void)request;
  string_within(body, "dedup_key", 255);
  if (!payload)
    return;
  assert_true(*string_within(payload, "summary", 1024));
  assert_true(*string_within(payload, "source", 255));
  json_array_foreach(json_object_get(body, "links"), i, link) {
    string_within(link, "href", 2000);
  }
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 512 * 1024, false});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_incident_goes_through_its_alerts_life),
      cmocka_unit_test(nobody_is_called_for_what_is_over),
      cmocka_unit_test(a_correlation_is_whole),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
