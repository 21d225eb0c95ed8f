#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_jira_service_management;

static const struct service service = {
    &destination_jira_service_management,
    {{"api_key", "sesame"}, {"url", "https://api.atlassian.com/jsm/ops/integration/v2/alerts"}}};

/* As the integration events do it: found by alias among those that are not closed. */
static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  const char *path = strstr(request->url.data, "/v2/alerts") + strlen("/v2/alerts");
  assert_string_equal(request_header(request, "Authorization"), "GenieKey sesame");
  buffer_append_string(out, "{\"result\":\"Request will be processed\",\"took\":0.1,"
                            "\"requestId\":\"43a29c5c-3dbf-4fa4-9c26-f4f71023e120\"}");
  if (!*path) {
    string_within(body, "message", 130);
    string_within(body, "description", 15000);
    if (!fake_find(fake, string_within(body, "alias", 512), "closed"))
      fake_open(fake, string_within(body, "alias", 512));
    return 202;
  }
  char key[64];
  snprintf(key, sizeof key, "%.*s", (int)strcspn(path + 1, "/"), path + 1);
  struct fake_incident *incident = fake_find(fake, key, "closed");
  assert_non_null(strstr(path, "?identifierType=alias"));
  string_within(body, "note", 25000);
  if (incident && strstr(path, "/close?"))
    fake_set(incident, "closed");
  else if (incident && strstr(path, "/acknowledge?"))
    fake_set(incident, "acknowledged");
  else
    assert_true(!incident || strstr(path, "/notes?"));
  return 202;
}

static const struct fake fresh = {.answer = answer};

static void an_alert_goes_through_its_life(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "open"},
      {OCCASION_GREW, ALERT_OPEN, "open"},
      {OCCASION_ROSE, ALERT_OPEN, "open"},
      {OCCASION_ASSIGNED, ALERT_OPEN, "open"},
      {OCCASION_ACKNOWLEDGED, ALERT_ACKNOWLEDGED, "acknowledged"},
      {OCCASION_NOTED, ALERT_ACKNOWLEDGED, "acknowledged"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "closed"},
      {OCCASION_REOPENED, ALERT_OPEN, "closed; open"},
  };
  static const struct talk_step acknowledged[] = {
      {OCCASION_OPENED, ALERT_ACKNOWLEDGED, "acknowledged"}};
  SERVICE_TALK(&service, &fresh, steps, "jira_service_management.json");
  SERVICE_TALK(&service, &fresh, acknowledged, "jira_service_management_acknowledged_before.json");
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {202, NULL, "{\"result\":\"Request will be processed\",\"requestId\":\"1-2\"}", DELIVERY_DONE,
       NULL, 0, NULL, NULL, 0},
      {202, NULL, "{\"result\":\"Request will be processed\",\"requestId\":\"1-2\"}", DELIVERY_MORE,
       NULL, 0, NULL, "1 0123456789abcdef0123456789abcdef ", 1},
      {200, NULL, "{\"message\":\"No such integration\"}", DELIVERY_PARK,
       "answered 200, but not that the request was accepted: check the URL (No such integration)",
       0, NULL, NULL, 0},
      {200, NULL, "<html>", DELIVERY_PARK, "check the URL", 0, NULL, NULL, 0},
      {401, NULL, "{\"message\":\"Could not authenticate\",\"took\":0.0}", DELIVERY_PARK,
       "(Could not authenticate)", 0, NULL, NULL, 0},
      {403, NULL, "", DELIVERY_PARK, "403", 0, NULL, NULL, 0},
      {422, NULL, "{\"message\":\"Request body is not processable\"}", DELIVERY_PARK,
       "(Request body is not processable)", 0, NULL, NULL, 0},
      {429, "Retry-After: 3", "{\"message\":\"You are making too many requests!\"}", DELIVERY_RETRY,
       "too many messages", 0, NULL, NULL, 0},
      {500, NULL, "", DELIVERY_RETRY, "500", 0, NULL, NULL, 0},
      {503, NULL, "", DELIVERY_RETRY, "503", 0, NULL, NULL, 0},
  };
  SERVICE_JUDGE(&destination_jira_service_management, rows);
}

static void look(const struct delivery_request *request, const json_t *body) {
  const json_t *details = json_object_get(body, "details"), *value, *tag;
  const char *key;
  size_t i, room = 0;
  if (!details) {
    assert_non_null(strstr(request->url.data, "identifierType=alias"));
    string_within(body, "note", 25000);
    return;
  }
  assert_true(*string_within(body, "message", 130));
  string_within(body, "alias", 512);
  string_within(body, "description", 15000);
  string_within(body, "entity", 512);
  json_object_foreach((json_t *)(uintptr_t)details, key, value) {
    room += markup_length(text_from(key)) + markup_length(text_from(json_string_value(value)));
  }
  assert_true(room <= 8000);
  assert_true(json_array_size(json_object_get(body, "tags")) <= 20);
  json_array_foreach(json_object_get(body, "tags"), i, tag) {
    assert_true(markup_length(text_from(json_string_value(tag))) <= 50);
  }
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 200 * 1000, false});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_alert_goes_through_its_life),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
