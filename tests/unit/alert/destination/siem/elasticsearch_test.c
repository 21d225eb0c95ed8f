#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_elasticsearch;

static const struct service service = {&destination_elasticsearch,
                                       {{"url", "https://elastic.example:9200/"},
                                        {"index", "logs-margay.alerts-default"},
                                        {"api_key", "sesame"}}};

/* Keeps documents by their id, and refuses one that is there. */
static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  const char *id = strrchr(request->url.data, '/') + 1;
  assert_string_equal(request->method, "PUT");
  assert_string_equal(request_header(request, "Authorization"), "ApiKey sesame");
  string_within(body, "message", 1000);
  if (fake_find(fake, id, "")) {
    buffer_append_string(out, "{\"error\":{\"type\":\"version_conflict_engine_exception\"}}");
    return 409;
  }
  struct fake_incident *document = fake_open(fake, id);
  fake_set(document, json_string_value(json_object_get(json_object_get(body, "event"), "action")));
  buffer_append_string(out, "{\"result\":\"created\"}");
  return 201;
}

static const struct fake fresh = {.answer = answer};

static void every_occasion_is_a_document_and_none_is_there_twice(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "opened"},
      {OCCASION_ROSE, ALERT_OPEN, "opened; rose"},
      {OCCASION_ACKNOWLEDGED, ALERT_ACKNOWLEDGED, "opened; rose; acknowledged"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "opened; rose; acknowledged; resolved"},
      {OCCASION_REOPENED, ALERT_OPEN, "opened; rose; acknowledged; resolved; reopened"},
  };
  SERVICE_TALK(&service, &fresh, steps, "elasticsearch.json");
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {201, NULL, "{\"_index\":\"x\",\"result\":\"created\"}", DELIVERY_DONE, NULL, 0, NULL, NULL,
       0},
      {409, NULL, "{\"error\":{\"type\":\"version_conflict_engine_exception\"},\"status\":409}",
       DELIVERY_DONE, NULL, 0, NULL, NULL, 0},
      {200, NULL, "<html>Sign in</html>", DELIVERY_PARK,
       "answered 200, but not that a document was created", 0, NULL, NULL, 0},
      {200, NULL, "{\"errors\":true,\"error\":{\"type\":\"mapper_exception\"}}", DELIVERY_PARK,
       "(mapper_exception)", 0, NULL, NULL, 0},
      {201, NULL, "{\"result\":\"noop\"}", DELIVERY_PARK, "created (noop)", 0, NULL, NULL, 0},
      {400, NULL, "{\"error\":{\"type\":\"mapper_exception\",\"reason\":\"sesame\"}}",
       DELIVERY_PARK, "400: it did not accept the message (mapper_exception)", 0, NULL, NULL, 0},
      {401, NULL, "{\"error\":{\"type\":\"security_exception\"}}", DELIVERY_PARK,
       "credentials (security_exception)", 0, NULL, NULL, 0},
      {403, NULL, "", DELIVERY_PARK, "403", 0, NULL, NULL, 0},
      {404, NULL, "{\"error\":{\"type\":\"index_not_found\"}}", DELIVERY_PARK, "(index_not_found)",
       0, NULL, NULL, 0},
      {413, NULL, "", DELIVERY_PARK, "413", 0, NULL, NULL, 0},
      {429, NULL, "{\"error\":{\"type\":\"es_rejected\"}}", DELIVERY_RETRY, "(es_rejected)", 0,
       NULL, NULL, 0},
      {503, NULL, "", DELIVERY_RETRY, "503", 0, NULL, NULL, 0},
  };
  SERVICE_JUDGE(&destination_elasticsearch, rows);
}

static void credentials_are_of_one_sort(void **state) {
  (void)state;
  static const struct {
    const char *api_key, *user, *password, *error;
  } rows[] = {{"k", "", "", NULL},     {"", "u", "p", NULL},      {"", "", "", NULL},
              {"k", "u", "p", "both"}, {"", "u", "", "together"}, {"", "", "p", "together"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct service one = {&destination_elasticsearch,
                                {{"url", "https://elastic.example"},
                                 {"index", "i"},
                                 {"api_key", rows[i].api_key},
                                 {"user", rows[i].user},
                                 {"password", rows[i].password}}};
    struct destination destination = service_destination(&one);
    struct error error = ERROR_NONE;
    assert_int_equal(destination_elasticsearch.kind.check(destination.options, &error),
                     !rows[i].error);
    assert_non_null(strstr(error.text, rows[i].error ? rows[i].error : ""));
    struct alert alert = alert_sample();
    const struct delivery_try attempt = try_sample(SAMPLE_TIME);
    struct delivery_request request = service_render(&one, &alert, &attempt);
    if (i == 1)
      assert_string_equal(request_header(&request, "Authorization"), "Basic dTpw");
    if (i == 2)
      assert_null(request_header(&request, "Authorization"));
    delivery_request_free(&request);
    free(destination.options);
  }
}

static void look(const struct delivery_request *request, const json_t *body) {
  assert_string_equal(strrchr(request->url.data, '/'), "/0123456789abcdef0123456789abcdef");
  assert_true(*string_within(body, "@timestamp", 30));
  string_within(body, "message", 1000);
  assert_non_null(json_object_get(body, "margay"));
}

static void hostile_alerts_are_documents(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 1000 * 1000, true});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_occasion_is_a_document_and_none_is_there_twice),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(credentials_are_of_one_sort),
      cmocka_unit_test(hostile_alerts_are_documents),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
