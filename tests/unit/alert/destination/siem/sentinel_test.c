#include "alert/destination/service_fixture.h"

extern const struct destination_type destination_sentinel;

enum { PART_TOKEN, PART_ROW }; /* as the kind numbers them */

static const struct service service = {
    &destination_sentinel,
    {{"endpoint", "https://dce.example.ingest.monitor.azure.com"},
     {"rule_id", "dcr-0123"},
     {"stream", "Custom-MargayAlerts_CL"},
     {"tenant_id", "11111111-2222"},
     {"client_id", "33333333-4444"},
     {"client_secret", "sesame & more"},
     {"login_url", "https://login.microsoftonline.com"},
     {"audience", "https://monitor.azure.com"}}};

#define TOKEN_ANSWER "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"token.%d\"}"

/* Gives out tokens, of which the latest is valid, and keeps rows. `times` of the first incident is
 * not used; a fake with 2 tokens refuses the first one. */
static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  if (strstr(request->url.data, "/oauth2/")) {
    assert_non_null(strstr(request->body.data, "&client_secret=sesame%20%26%20more&scope="));
    buffer_printf(out, TOKEN_ANSWER, ++fake->tokens);
    return 200;
  }
  char valid[32];
  snprintf(valid, sizeof valid, "Bearer token.%d", fake->tokens);
  if (strcmp(request_header(request, "Authorization"), valid) != 0)
    return 401;
  const json_t *row = json_array_get(body, 0);
  const char *key = string_within(json_object_get(row, "Alert"), "idempotency_key", 64);
  if (!fake_find(fake, key, "")) {
    struct fake_incident *kept = fake_open(fake, key);
    fake_set(kept, string_within(row, "Occasion", 16));
  }
  if (fake->count == 2)
    fake->tokens++; /* the token is revoked */
  return 204;
}

static const struct fake fresh = {.answer = answer};

static void a_token_is_asked_for_once_and_again_when_it_is_refused(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "opened"},
      {OCCASION_ROSE, ALERT_OPEN, "opened; rose"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "opened; rose; resolved"},
  };
  SERVICE_TALK(&service, &fresh, steps, "sentinel.json");
}

static void a_token_that_is_about_to_expire_is_not_used(void **state) {
  (void)state;
  static const struct {
    int64_t seconds; /* it is valid for */
    const char *url;
  } rows[] = {{-1, "/oauth2/"}, {0, "/oauth2/"}, {299, "/oauth2/"}, {301, "/streams/"}};
  struct alert alert = alert_sample();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buffer memo = BUFFER_NONE;
    struct delivery_try attempt = try_sample(SAMPLE_TIME);
    buffer_printf(&memo, "%lld token", (long long)(SAMPLE_TIME + rows[i].seconds * US_PER_SECOND));
    attempt.memo = &memo;
    struct delivery_request request = service_render(&service, &alert, &attempt);
    assert_non_null(strstr(request.url.data, rows[i].url));
    delivery_request_free(&request);
    buffer_free(&memo);
  }
}

static void a_preview_asks_for_no_token(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  const struct delivery_try attempt = try_sample(SAMPLE_TIME);
  struct delivery_request request = service_render(&service, &alert, &attempt);
  assert_non_null(strstr(request.url.data, "/streams/"));
  assert_null(request_header(&request, "Authorization"));
  assert_null(strstr(request.body.data, "sesame"));
  delivery_request_free(&request);
}

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {200, NULL, "{\"access_token\":\"a.b\",\"expires_in\":3599}", DELIVERY_MORE, NULL, 0, NULL,
       "1", PART_TOKEN},
      {200, NULL, "{\"access_token\":\"a.b\",\"expires_in\":3599}", DELIVERY_MORE, NULL, 0, "r1",
       "r2", PART_TOKEN},
      {200, NULL, "{\"access_token\":\"a.b\",\"expires_in\":3599}", DELIVERY_MORE, NULL, 0, "9",
       "1", PART_TOKEN},
      {200, NULL, "{\"access_token\":\"a b\",\"expires_in\":3599}", DELIVERY_PARK,
       "no access token: answered 200, but with none that can be used", 0, NULL, NULL, PART_TOKEN},
      {200, NULL, "{\"access_token\":\"a.b\"}", DELIVERY_PARK, "none that can be used", 0, NULL,
       NULL, PART_TOKEN},
      {200, NULL, "<html>", DELIVERY_PARK, "none that can be used", 0, NULL, NULL, PART_TOKEN},
      {400, NULL, "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: sesame\"}",
       DELIVERY_PARK,
       "no access token: answered 400: it did not accept the message (invalid_client)", 0, NULL,
       NULL, PART_TOKEN},
      {401, NULL, "{\"error\":\"invalid_client\"}", DELIVERY_PARK, "(invalid_client)", 0, NULL,
       NULL, PART_TOKEN},
      {503, NULL, "", DELIVERY_RETRY, "no access token", 0, NULL, NULL, PART_TOKEN},
      {204, NULL, "", DELIVERY_DONE, NULL, 0, NULL, NULL, PART_ROW},
      {204, NULL, "", DELIVERY_DONE, NULL, 0, "r2", "", PART_ROW},
      {200, NULL, "<html>", DELIVERY_PARK, "not as the Logs Ingestion API", 0, "1", "", PART_ROW},
      {401, NULL, "{\"error\":{\"code\":\"InvalidToken\"}}", DELIVERY_MORE, NULL, 0, NULL, "r0",
       PART_ROW},
      {401, NULL, "{\"error\":{\"code\":\"InvalidToken\"}}", DELIVERY_PARK, "(InvalidToken)", 0,
       "r1", "", PART_ROW},
      {403, NULL, "{\"error\":{\"code\":\"OperationFailed\",\"message\":\"no access to rule\"}}",
       DELIVERY_PARK, "(no access to rule)", 0, "1", "", PART_ROW},
      {404, NULL, "", DELIVERY_PARK, "404", 0, NULL, NULL, PART_ROW},
      {413, NULL, "", DELIVERY_PARK, "too large", 0, NULL, NULL, PART_ROW},
      {429, "Retry-After: 7", "", DELIVERY_RETRY, "429", 0, NULL, NULL, PART_ROW},
      {500, NULL, "", DELIVERY_RETRY, "500", 0, "1", "", PART_ROW},
  };
  SERVICE_JUDGE(&destination_sentinel, rows);
}

/* The column is cut at 64 KB, and is no JSON then. */
static void look(const struct delivery_request *request, const json_t *body) {
  const json_t *row = json_array_get(body, 0);
  assert_non_null(strstr(request->url.data, "?api-version=2023-01-01"));
  assert_true(*string_within(row, "Title", 1000));
  string_within(row, "AlertId", 2000);
  char *alert = json_dumps(json_object_get(row, "Alert"), JSON_COMPACT);
  assert_true(alert && strlen(alert) < 64000);
  free(alert);
}

static void hostile_alerts_are_rows(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 1000 * 1000, true});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_token_is_asked_for_once_and_again_when_it_is_refused),
      cmocka_unit_test(a_token_that_is_about_to_expire_is_not_used),
      cmocka_unit_test(a_preview_asks_for_no_token),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(hostile_alerts_are_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
