#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_servicenow;

enum { PART_SEARCH, PART_SEARCH_OPENED, PART_CREATE, PART_UPDATE }; /* as the kind numbers them */

static const struct service service = {&destination_servicenow,
                                       {{"url", "https://example.service-now.com"},
                                        {"user", "margay"},
                                        {"password", "sesame"},
                                        {"table", "incident"},
                                        {"assignment_group", "Security"},
                                        {"acknowledged_state", "2"},
                                        {"resolved_state", "6"},
                                        {"reopened_state", "2"},
                                        {"close_code", "Solution provided"}}};

#define TABLE "https://example.service-now.com/api/now/table/incident"

/* As the Table API does it: every POST is one more incident. */
static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  const char *rest = request->url.data + strlen(TABLE);
  assert_int_equal(strncmp(request->url.data, TABLE, strlen(TABLE)), 0);
  assert_string_equal(request_header(request, "Authorization"), "Basic bWFyZ2F5OnNlc2FtZQ==");
  if (request->method && strcmp(request->method, "GET") == 0) {
    const char *query = strstr(rest, "sysparm_query=correlation_id%3D");
    char key[64];
    assert_non_null(query);
    snprintf(key, sizeof key, "%.32s", query + strlen("sysparm_query=correlation_id%3D"));
    struct fake_incident *incident = fake_find(fake, key, "");
    buffer_printf(out, "{\"result\":[%s%s%s]}", incident ? "{\"sys_id\":\"" : "",
                  incident ? incident->id : "", incident ? "\"}" : "");
    return 200;
  }
  struct fake_incident *incident;
  if (!request->method) {
    string_within(body, "short_description", 160);
    string_within(body, "description", 4000);
    incident = fake_open(fake, string_within(body, "correlation_id", 100));
  } else {
    assert_string_equal(request->method, "PATCH");
    string_within(body, "work_notes", 4000);
    incident = fake_find_id(fake, rest + 1, strcspn(rest + 1, "?"));
    if (!incident || strcmp(incident->key, "deleted") == 0)
      return 404;
  }
  const char *state = json_string_value(json_object_get(body, "state"));
  if (state)
    fake_set(incident, strcmp(state, "6") == 0 ? "resolved" : "in progress");
  buffer_printf(out, "{\"result\":{\"sys_id\":\"%s\"}}", incident->id);
  return request->method ? 200 : 201;
}

static const struct fake fresh = {.answer = answer};

static void an_incident_goes_through_its_alerts_life(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "open"},
      {OCCASION_GREW, ALERT_OPEN, "open"},
      {OCCASION_ROSE, ALERT_OPEN, "open"},
      {OCCASION_ACKNOWLEDGED, ALERT_ACKNOWLEDGED, "in progress"},
      {OCCASION_NOTED, ALERT_ACKNOWLEDGED, "in progress"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "resolved"},
      {OCCASION_REOPENED, ALERT_OPEN, "in progress"},
  };
  static const struct talk_step resolved[] = {{OCCASION_OPENED, ALERT_RESOLVED, "resolved"}};
  SERVICE_TALK(&service, &fresh, steps, "servicenow.json");
  SERVICE_TALK(&service, &fresh, resolved, "servicenow_resolved_before.json");
}

static void an_update_finds_its_incident_or_opens_one(void **state) {
  (void)state;
  static const struct talk_step steps[] = {{OCCASION_GREW, ALERT_OPEN, "open"},
                                           {OCCASION_GREW, ALERT_OPEN, "open"}};
  SERVICE_TALK(&service, &fresh, steps, "servicenow_update_first.json");
  struct fake there = fresh;
  fake_open(&there, "00112233445566778899aabbccddeeff");
  SERVICE_TALK(&service, &there, steps, "servicenow_update_found.json");
}

#define KEY "0123456789abcdef0123456789abcdef"

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {201, NULL, "{\"result\":{\"sys_id\":\"abc\"}}", DELIVERY_DONE, NULL, 0, NULL,
       "0 " KEY " abc", PART_CREATE},
      {201, NULL, "{\"result\":{}}", DELIVERY_PARK, "an incident may be there", 0, NULL, NULL,
       PART_CREATE},
      {200, NULL, "<html>", DELIVERY_PARK, "without an incident's sys_id", 0, NULL, NULL,
       PART_CREATE},
      {201, NULL, "{\"result\":{\"sys_id\":\"a/../b\"}}", DELIVERY_PARK, "sys_id", 0, NULL, NULL,
       PART_CREATE},
      {200, NULL, "{\"result\":[]}", DELIVERY_MORE, NULL, 0, NULL, "1 " KEY " ", PART_SEARCH},
      {200, NULL, "{\"result\":[]}", DELIVERY_MORE, NULL, 0, "9 " KEY " ", "1 " KEY " ",
       PART_SEARCH_OPENED},
      {200, NULL, "{\"result\":[{\"sys_id\":\"abc\"}]}", DELIVERY_MORE, NULL, 0, NULL,
       "0 " KEY " abc", PART_SEARCH},
      {200, NULL, "{\"result\":[{\"sys_id\":\"abc\"}]}", DELIVERY_DONE, NULL, 0, NULL,
       "0 " KEY " abc", PART_SEARCH_OPENED},
      {200, NULL, "{\"error\":{\"message\":\"x\"}}", DELIVERY_PARK, "sys_id", 0, NULL, NULL,
       PART_SEARCH},
      {200, NULL, "{\"result\":{\"sys_id\":\"abc\"}}", DELIVERY_DONE, NULL, 0, "0 k abc", NULL,
       PART_UPDATE},
      {404, NULL, "{\"error\":{\"message\":\"No Record found\"}}", DELIVERY_MORE, NULL, 0,
       "0 k abc", "0 " KEY " ", PART_UPDATE},
      {404, NULL, "", DELIVERY_PARK, "404", 0, NULL, NULL, PART_SEARCH},
      {401, NULL, "{\"error\":{\"message\":\"User Not Authenticated\",\"detail\":\"\"}}",
       DELIVERY_PARK, "(User Not Authenticated)", 0, NULL, NULL, PART_SEARCH},
      {403, NULL,
       "{\"error\":{\"message\":\"Operation Failed\",\"detail\":\"Data Policy Exception\"}}",
       DELIVERY_PARK, "(Data Policy Exception)", 0, NULL, NULL, PART_CREATE},
      {429, "Retry-After: 60", "", DELIVERY_RETRY, "429", 0, NULL, NULL, PART_UPDATE},
      {500, NULL, "", DELIVERY_RETRY, "500", 0, NULL, NULL, PART_CREATE},
  };
  SERVICE_JUDGE(&destination_servicenow, rows);
}

static void credentials_and_table_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *user, *password, *token, *table, *error;
  } rows[] = {{"u", "p", "", "incident", NULL},
              {"", "", "t", "sn_si_incident", NULL},
              {"u", "", "", "incident", "go together"},
              {"", "", "", "incident", "it needs either"},
              {"u", "p", "t", "incident", "it needs either"},
              {"u", "p", "", "in/cident", "table: a name"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct service one = {&destination_servicenow,
                                {{"url", "https://x.example"},
                                 {"user", rows[i].user},
                                 {"password", rows[i].password},
                                 {"token", rows[i].token},
                                 {"table", rows[i].table}}};
    struct destination destination = service_destination(&one);
    struct error error = ERROR_NONE;
    assert_int_equal(destination_servicenow.kind.check(destination.options, &error),
                     !rows[i].error);
    assert_non_null(strstr(error.text, rows[i].error ? rows[i].error : ""));
    free(destination.options);
  }
}

/* Without a memo the whole incident is written, as in a preview. */
static void look_creation(const struct delivery_request *request, const json_t *body) {
  assert_int_equal(request->part, PART_CREATE);
  assert_true(*string_within(body, "short_description", 160));
  string_within(body, "description", 4000);
  if (json_object_get(body, "close_notes"))
    string_within(body, "close_notes", 4000);
}

static void look_update(const struct delivery_request *request, const json_t *body) {
  assert_int_equal(request->part, PART_UPDATE);
  assert_true(*string_within(body, "work_notes", 4000));
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look_creation, NULL, 64 * 1000, false});
  service_hostile(&(struct hostile_service){&service, look_update, "0 k abc", 64 * 1000, false});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_incident_goes_through_its_alerts_life),
      cmocka_unit_test(an_update_finds_its_incident_or_opens_one),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(credentials_and_table_are_checked),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
