#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_datadog;

static const struct service service = {
    &destination_datadog,
    {{"url", "https://http-intake.logs.datadoghq.com/api/v2/logs"},
     {"api_key", "sesame"},
     {"service", "margay"},
     {"tags", "env:prod"}}};

static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  assert_int_equal(json_array_size(body), 1);
  const json_t *log = json_array_get(body, 0), *own = json_object_get(log, "margay");
  const char *key = string_within(own, "idempotency_key", 64);
  assert_string_equal(request_header(request, "DD-API-KEY"), "sesame");
  string_within(log, "message", 1000);
  if (!fake_find(fake, key, "")) {
    struct fake_incident *kept = fake_open(fake, key);
    fake_set(kept, string_within(log, "status", 16));
  }
  buffer_append_string(out, "{}");
  return 202;
}

static const struct fake fresh = {.answer = answer};

static void every_occasion_is_a_log(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "error"},
      {OCCASION_ROSE, ALERT_OPEN, "error; critical"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "error; critical; error"},
  };
  SERVICE_TALK(&service, &fresh, steps, "datadog.json");
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {202, NULL, "{}", DELIVERY_DONE, NULL, 0, NULL, NULL, 0},
      {202, NULL, "{\"errors\":[{\"status\":\"400\",\"title\":\"Bad\",\"detail\":\"no json\"}]}",
       DELIVERY_PARK, "not that the log was accepted: check the URL (no json)", 0, NULL, NULL, 0},
      {200, NULL, "<html>", DELIVERY_PARK, "answered 200, but not", 0, NULL, NULL, 0},
      {400, NULL, "{\"errors\":[{\"detail\":\"Invalid JSON\"}]}", DELIVERY_PARK, "(Invalid JSON)",
       0, NULL, NULL, 0},
      {401, NULL, "{\"errors\":[{\"title\":\"Unauthorized\"}]}", DELIVERY_PARK, "(Unauthorized)", 0,
       NULL, NULL, 0},
      {403, NULL, "", DELIVERY_PARK, "403", 0, NULL, NULL, 0},
      {408, NULL, "", DELIVERY_RETRY, "408", 0, NULL, NULL, 0},
      {413, NULL, "", DELIVERY_PARK, "too large", 0, NULL, NULL, 0},
      {429, NULL, "", DELIVERY_RETRY, "429", 0, NULL, NULL, 0},
      {503, NULL, "", DELIVERY_RETRY, "503", 0, NULL, NULL, 0},
  };
  SERVICE_JUDGE(&destination_datadog, rows);
}

/* The service cuts a log at 1 MB, and says nothing. */
static void look(const struct delivery_request *request, const json_t *body) {
  (void)request;
  const json_t *log = json_array_get(body, 0);
  assert_true(*string_within(log, "message", 1000));
  string_within(json_object_get(log, "margay"), "occasion", 16);
}

static void hostile_alerts_are_logs(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 1000 * 1000, true});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_occasion_is_a_log),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(hostile_alerts_are_logs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
