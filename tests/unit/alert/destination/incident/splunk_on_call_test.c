#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_splunk_on_call;

static const struct service service = {
    &destination_splunk_on_call,
    {{"url", "https://alert.victorops.com/integrations/generic/20131114/alert/sesame/security"}}};

static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  const char *type = string_within(body, "message_type", 20);
  const char *key = string_within(body, "entity_id", 255);
  struct fake_incident *incident = fake_find(fake, key, "resolved");
  (void)request;
  string_within(body, "state_message", 20480);
  if (strcmp(type, "CRITICAL") == 0 || strcmp(type, "WARNING") == 0) {
    if (!incident)
      incident = fake_open(fake, key);
    incident->times++;
  } else if (incident && strcmp(type, "INFO") != 0) {
    fake_set(incident, strcmp(type, "RECOVERY") == 0 ? "resolved" : "acknowledged");
  }
  buffer_append_string(out, "{\"result\":\"success\",\"entity_id\":\"x\"}");
  return 200;
}

static const struct fake fresh = {.answer = answer};

static void an_incident_goes_through_its_alerts_life(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "open"},
      {OCCASION_GREW, ALERT_OPEN, "open"},
      {OCCASION_ROSE, ALERT_OPEN, "open"},
      {OCCASION_ACKNOWLEDGED, ALERT_ACKNOWLEDGED, "acknowledged"},
      {OCCASION_NOTED, ALERT_ACKNOWLEDGED, "acknowledged"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "resolved"},
      {OCCASION_GREW, ALERT_RESOLVED, "resolved"},
      {OCCASION_NOTED, ALERT_RESOLVED, "resolved"},
      {OCCASION_REOPENED, ALERT_OPEN, "resolved; open"},
  };
  static const struct talk_step resolved[] = {{OCCASION_OPENED, ALERT_RESOLVED, ""}};
  SERVICE_TALK(&service, &fresh, steps, "splunk_on_call.json");
  SERVICE_TALK(&service, &fresh, resolved, "splunk_on_call_resolved_before.json");
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {200, NULL, "{\"result\":\"success\",\"entity_id\":\"x\"}", DELIVERY_DONE, NULL, 0, NULL,
       NULL, 0},
      {200, NULL, "{\"result\":\"failure\",\"message\":\"Unknown key\"}", DELIVERY_PARK,
       "answered 200, but not that the alert was accepted (Unknown key)", 0, NULL, NULL, 0},
      {200, NULL, "", DELIVERY_PARK, "not that the alert was accepted", 0, NULL, NULL, 0},
      {400, NULL, "{\"result\":\"failure\",\"message\":\"No message_type\"}", DELIVERY_PARK,
       "(No message_type)", 0, NULL, NULL, 0},
      {404, NULL, "", DELIVERY_PARK, "404", 0, NULL, NULL, 0},
      {429, NULL, "", DELIVERY_RETRY, "429", 0, NULL, NULL, 0},
      {502, NULL, "", DELIVERY_RETRY, "502", 0, NULL, NULL, 0},
  };
  SERVICE_JUDGE(&destination_splunk_on_call, rows);
}

static void the_routing_key_must_be_one(void **state) {
  (void)state;
  const struct service one = {&destination_splunk_on_call,
                              {{"url", "https://alert.victorops.com/x/sesame/$routing_key"}}};
  struct destination destination = service_destination(&one);
  struct error error = ERROR_NONE;
  assert_false(destination_splunk_on_call.kind.check(destination.options, &error));
  assert_non_null(strstr(error.text, "routing key"));
  assert_null(strstr(error.text, "sesame"));
  free(destination.options);
}

static void look(const struct delivery_request *request, const json_t *body) {
  const char *key;
  const json_t *value;
  (void)request;
  assert_true(*string_within(body, "entity_display_name", 500));
  string_within(body, "entity_id", 255);
  string_within(body, "state_message", 20480);
  json_object_foreach((json_t *)(uintptr_t)body, key, value) {
    assert_true(strncmp(key, "vo_annotate", 11) != 0 || json_string_length(value) <= 1124);
  }
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 200 * 1000, false});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_incident_goes_through_its_alerts_life),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(the_routing_key_must_be_one),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
