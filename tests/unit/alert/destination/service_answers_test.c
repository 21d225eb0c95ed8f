/* Answers that no service should give: whatever comes, a judge says what becomes of the delivery,
 * and says it in harmless words. Answer number n is always the same one. */
#include "alert/destination/hostile_alert.h"

#include "alert/destination/destination_kinds.h"

enum { ANSWERS = 1500, ANSWERS_SEED = 41, PARTS = 32 };

static const char *const services[] = {
    "pagerduty",      "jira_service_management", "jira",       "servicenow",
    "splunk_on_call", "elasticsearch",           "splunk_hec", "datadog",
    "sentinel"};

/* Names that some judge looks for, and one that none does. */
static const char *const names[] = {
    "status", "message", "errors",        "result",        "requestId",   "sys_id",
    "issues", "id",      "error",         "type",          "transitions", "name",
    "fields", "key",     "code",          "access_token",  "expires_in",  "detail",
    "title",  "other",   "errorMessages", "statusCategory"};

static const char *const states[] = {"",
                                     "0 0123456789abcdef0123456789abcdef 10001",
                                     "7 0123456789abcdef0123456789abcdef 10001 !",
                                     "8 0123456789abcdef0123456789abcdef 10001 31=Done;",
                                     "9 0123456789abcdef0123456789abcdef ",
                                     "r9",
                                     "1",
                                     "what \xff\n another margay wrote"};

static void append_value(struct buffer *out, struct random *random, int depth,
                         struct arena *arena) {
  static const char *const plain[] = {"null",        "true",      "0",  "-1", "3600",
                                      "1e300",       "\"\"",      "[]", "{}", "\"created\"",
                                      "\"success\"", "\"10001\"", "7"};
  uint32_t which = random_below(random, depth > 0 ? 6 : 3);
  if (which < 2) {
    buffer_append_string(out, plain[random_below(random, sizeof plain / sizeof *plain)]);
  } else if (which == 2) {
    buffer_append_json_string(out, hostile_text(random, arena));
  } else {
    uint32_t count = random_below(random, 4);
    bool list = which == 3;
    buffer_append_char(out, list ? '[' : '{');
    for (uint32_t i = 0; i < count; i++) {
      buffer_append_string(out, i ? "," : "");
      if (!list)
        buffer_printf(out, "\"%s\":", names[random_below(random, sizeof names / sizeof *names)]);
      append_value(out, random, depth - 1, arena);
    }
    buffer_append_char(out, list ? ']' : '}');
  }
}

static void make_answer(struct http_response *response, struct random *random,
                        struct arena *arena) {
  static const long statuses[] = {200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 429, 500};
  *response = HTTP_RESPONSE_NONE;
  response->status = statuses[random_below(random, sizeof statuses / sizeof *statuses)];
  if (random_below(random, 8) == 0)
    buffer_append_text(&response->body, hostile_text(random, arena));
  else
    append_value(&response->body, random, 4, arena);
}

static void assert_judged(const struct delivery_try *attempt,
                          const struct delivery_judgement *judgement, size_t number) {
  struct text state = buffer_text(&judgement->state);
  bool failed = judgement->verdict == DELIVERY_RETRY || judgement->verdict == DELIVERY_PARK;
  if (failed != judgement->reason.set)
    fail_msg("answer %zu: verdict %d, reason '%s'", number, judgement->verdict,
             judgement->reason.text);
  hostile_assert_visible(text_from(judgement->reason.text), number);
  assert_true(strlen(judgement->reason.text) < 400);
  assert_true(state.size <= DELIVERY_STATE_MAX);
  if (judgement->verdict == DELIVERY_MORE) /* or it is parked */
    assert_true(judgement->has_state && !text_equal(state, attempt->state));
}

static void whatever_is_answered_is_judged(void **state) {
  (void)state;
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < ANSWERS; i++) {
    struct random random = random_of(ANSWERS_SEED, i);
    struct http_response response;
    struct buffer memo = BUFFER_NONE;
    make_answer(&response, &random, &arena);
    for (size_t k = 0; k < sizeof services / sizeof *services; k++) {
      const struct kind *kind = kind_find(&destination_kinds, text_from(services[k]));
      struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
      struct delivery_try attempt = try_sample(SAMPLE_TIME);
      attempt.state = text_from(states[random_below(&random, sizeof states / sizeof *states)]);
      attempt.part = (int)random_below(&random, PARTS);
      attempt.memo = random_below(&random, 4) ? &memo : NULL;
      destination_type_of(kind)->judge(&attempt, &response, &judgement);
      assert_judged(&attempt, &judgement, i);
      delivery_judgement_free(&judgement);
    }
    assert_true(memo.size <= DELIVERY_MEMO_MAX);
    buffer_free(&memo);
    http_response_free(&response);
    arena_reset(&arena);
  }
  arena_free(&arena);
}

/* A state that an older margay, another kind or nobody wrote: a whole message is sent. */
static void whatever_was_kept_something_is_sent(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  for (size_t k = 0; k < sizeof services / sizeof *services; k++)
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
      for (int occasion = 0; occasion < ALERT_OCCASION_COUNT; occasion++) {
        const struct kind *kind = kind_find(&destination_kinds, text_from(services[k]));
        struct destination destination = destination_sample(destination_type_of(kind), "d", NULL);
        struct delivery_request request = {.headers = NULL};
        struct delivery_try attempt = try_sample(SAMPLE_TIME);
        struct error error = ERROR_NONE;
        attempt.state = text_from(states[i]);
        attempt.occasion.occasion = (enum alert_occasion)occasion;
        assert_true(destination.type->render(&destination, &alert, &attempt, &request, &error));
        delivery_request_free(&request);
        free(destination.options);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whatever_is_answered_is_judged),
      cmocka_unit_test(whatever_was_kept_something_is_sent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
