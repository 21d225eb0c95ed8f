/* What Zoom's refusals mean: when to ask again, and what a person has to change. */
#include "source/zoom/zoom_answer.h"
#include "source/zoom/zoom_limit.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW "2025-01-19T22:30:00Z"

static time_us at(const char *text) {
  time_us time = TIME_NONE;
  assert_true(time_parse(text_from(text), &time));
  return time;
}

static struct http_response response_of(long status, const char *const headers[3]) {
  struct http_response response = HTTP_RESPONSE_NONE;
  response.status = status;
  for (size_t i = 0; i < 3 && headers[i]; i++)
    http_response_add_header(&response, text_from(headers[i]));
  return response;
}

static void a_limit_says_when_to_ask_again(void **state) {
  (void)state;
  static const struct {
    const char *headers[3], *message;
    bool daily;
    int64_t seconds;
  } rows[] = {
      {{NULL}, "the maximum per-second rate limit", false, 0},
      {{"Retry-After: 7"}, "", false, 7},
      {{"retry-after:0"}, "", false, 0},
      {{"Retry-After: Sun, 19 Jan 2025 22:31:30 GMT"}, "", false, 90},
      {{"Retry-After: Sunday, 19-Jan-25 22:31:30 GMT"}, "", false, 90},
      {{"Retry-After: 2025-01-19T22:31:30Z"}, "", false, 90},
      {{"Retry-After: 2025-01-19T23:31:30+01:00"}, "", false, 90},
      {{"Retry-After: 2025-01-19 22:31:30"}, "", false, 90},
      {{"Retry-After: 2025-01-19T22:29:00Z"}, "", false, 0},
      {{"Retry-After: 99999999"}, "", false, 3600},
      {{"Retry-After: 99999999999999999999999"}, "", false, 0},
      {{"Retry-After: 2125-01-19T22:31:30Z"}, "", false, 3600},
      {{"Retry-After: soon"}, "", false, 0},
      {{"Retry-After: -5"}, "", false, 0},
      {{"Retry-After: "}, "", false, 0},
      {{"X-RateLimit-Reset: 30"}, "", false, 30},
      {{"X-RateLimit-Reset: 1737325860"}, "", false, 60},
      {{"X-RateLimit-Reset: 1737325860000"}, "", false, 60},
      {{"X-RateLimit-Reset: 2025-01-19T22:31:00Z"}, "", false, 60},
      {{"Retry-After: 5", "X-RateLimit-Reset: 30"}, "", false, 5},
      {{"Retry-After: soon", "X-RateLimit-Reset: 30"}, "", false, 30},
      {{"X-RateLimit-Type: QPS", "Retry-After: 1"}, "", false, 1},
      /* The day ends in an hour and a half. */
      {{NULL}, "You have reached the maximum daily rate limit for this API.", true, 5400},
      {{"X-RateLimit-Type: Daily-limit"}, "", true, 5400},
      {{"x-ratelimit-type: DAILY-LIMIT"}, "", true, 5400},
      {{"X-RateLimit-Type: Daily-limit", "Retry-After: 2025-01-20T00:00:00Z"}, "", true, 5400},
      {{"X-RateLimit-Type: Daily-limit", "Retry-After: 2025-01-20T06:00:00Z"}, "", true, 27000},
      {{"X-RateLimit-Type: Daily-limit", "Retry-After: Mon, 20 Jan 2025 00:00:00 GMT"},
       "",
       true,
       5400},
      {{"X-RateLimit-Type: Daily-limit", "Retry-After: 3600"}, "", true, 3600},
      {{"X-RateLimit-Type: Daily-limit", "X-RateLimit-Reset: 1737331200"}, "", true, 5400},
      {{"X-RateLimit-Type: Daily-limit", "Retry-After: 2025-01-19T00:00:00Z"}, "", true, 60},
      {{"X-RateLimit-Type: Daily-limit", "Retry-After: 2025-06-20T00:00:00Z"}, "", true, 90000},
      {{"X-RateLimit-Type: Daily-limit", "Retry-After: soon"}, "", true, 5400},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct http_response response = response_of(429, rows[i].headers);
    bool daily = zoom_limit_is_daily(&response, text_from(rows[i].message));
    int64_t pause = zoom_limit_pause(&response, daily, at(NOW));
    if (daily != rows[i].daily || pause != rows[i].seconds * US_PER_SECOND)
      fail_msg("row %zu (%s): %s, %lld us", i, rows[i].headers[0] ? rows[i].headers[0] : "",
               daily ? "daily" : "not daily", (long long)pause);
    http_response_free(&response);
  }
}

static void the_reset_of_a_limit_means_nothing_without_one(void **state) {
  (void)state;
  struct http_response response =
      response_of(500, (const char *const[3]){"X-RateLimit-Reset: 1737325860"});
  assert_int_equal(zoom_limit_pause(&response, false, at(NOW)), 0);
  http_response_free(&response);
}

#define SCOPE "report:read:operation_logs:admin"

static void a_refusal_says_what_to_change(void **state) {
  (void)state;
  static const struct {
    const char *report;
    long status;
    const char *body;
    enum zoom_answer answer;
    const char *words;
  } rows[] = {
      {"operation", 400, "{\"code\":4711,\"message\":\"no\"}", ZOOM_ANSWER_REFUSED, SCOPE},
      {"operation", 400, "{\"code\":4711}", ZOOM_ANSWER_REFUSED, "Admin Activity Logs"},
      {"operation", 401, "{\"code\":4700,\"message\":\"no\"}", ZOOM_ANSWER_REFUSED, SCOPE},
      {"operation", 401,
       "{\"code\":4700,\"message\":\"Invalid access token, does not contain scopes:[" SCOPE "].\"}",
       ZOOM_ANSWER_REFUSED, "does not contain scopes:[" SCOPE "]"},
      {"operation", 401, "{\"message\":\"it does not contain scopes:[x]\"}", ZOOM_ANSWER_REFUSED,
       "scopes:[x]"},
      {"operation", 404, "{\"code\":4711}", ZOOM_ANSWER_REFUSED, SCOPE},
      {"operation", 400, "{\"code\":200,\"message\":\"No permission.\"}", ZOOM_ANSWER_REFUSED,
       "No permission."},
      {"operation", 403, "{}", ZOOM_ANSWER_REFUSED, "classic scope report:read:admin"},
      {"activity", 400, "{\"code\":4711}", ZOOM_ANSWER_REFUSED, "Sign In/Sign Out"},
      {"remote_support", 400, "{\"code\":4711}", ZOOM_ANSWER_REFUSED, "Usage reports"},
      {"phone_operation", 400, "{\"code\":4711}", ZOOM_ANSWER_REFUSED, "phone:read:admin"},
      {"chat_channel_activity", 403, "{\"code\":403}", ZOOM_ANSWER_REFUSED,
       "team_chat:read:list_channel_activity_logs:admin"},
      {"contact_center_operation", 401, "{\"code\":4700}", ZOOM_ANSWER_REFUSED,
       "contact_center:read:operation_logs:admin"},
      {"video_sdk_operation", 400,
       "{\"code\":200,\"message\":\"This API is only available for Video SDK accounts.\"}",
       ZOOM_ANSWER_REFUSED, "only available for Video SDK accounts"},
      {"phone_operation", 404, "{}", ZOOM_ANSWER_REFUSED, "does the account have Zoom Phone?"},
      {"operation", 401, "{\"code\":124}", ZOOM_ANSWER_TOKEN, "access token"},
      {"operation", 400, "{\"code\":124}", ZOOM_ANSWER_TOKEN, "access token"},
      {"operation", 400, "{\"code\":300,\"message\":\"The next page token is invalid.\"}",
       ZOOM_ANSWER_PAGE_TOKEN, "page token"},
      {"operation", 400, "{\"code\":300}", ZOOM_ANSWER_INVALID, "code 300"},
      {"operation", 429, "{\"code\":429,\"message\":\"daily\"}", ZOOM_ANSWER_BUSY_TODAY, "daily"},
      {"operation", 429, "{\"code\":429}", ZOOM_ANSWER_BUSY, "rate limit"},
      {"operation", 500, "{\"code\":4711}", ZOOM_ANSWER_BROKEN, "status 500"},
  };
  struct json_reader *reader = json_reader_new();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE, parsed = ERROR_NONE;
    struct http_response response = response_of(rows[i].status, (const char *const[3]){NULL});
    buffer_append_string(&response.body, rows[i].body);
    const struct json_node *root = zoom_answer_parse(reader, &response.body, &parsed);
    enum zoom_answer answer =
        zoom_answer_of_report(zoom_report_find(text_from(rows[i].report)), &response, root, &error);
    if (answer != rows[i].answer || !strstr(error.text, rows[i].words))
      fail_msg("row %zu: %d, %s", i, answer, error.text);
    http_response_free(&response);
  }
  json_reader_free(reader);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_limit_says_when_to_ask_again),
      cmocka_unit_test(the_reset_of_a_limit_means_nothing_without_one),
      cmocka_unit_test(a_refusal_says_what_to_change),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
