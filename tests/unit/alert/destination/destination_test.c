#include "alert/alert_fixture.h"

static void a_status_says_whether_to_try_again(void **state) {
  (void)state;
  static const struct {
    long status;
    enum delivery_verdict verdict;
  } rows[] = {
      {200, DELIVERY_DONE},  {201, DELIVERY_DONE},  {202, DELIVERY_DONE},  {204, DELIVERY_DONE},
      {301, DELIVERY_PARK},  {304, DELIVERY_PARK},  {400, DELIVERY_PARK},  {401, DELIVERY_PARK},
      {403, DELIVERY_PARK},  {404, DELIVERY_PARK},  {408, DELIVERY_RETRY}, {410, DELIVERY_PARK},
      {413, DELIVERY_PARK},  {422, DELIVERY_PARK},  {425, DELIVERY_RETRY}, {429, DELIVERY_RETRY},
      {500, DELIVERY_RETRY}, {501, DELIVERY_RETRY}, {502, DELIVERY_RETRY}, {599, DELIVERY_RETRY},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct http_response response = HTTP_RESPONSE_NONE;
    struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
    response.status = rows[i].status;
    delivery_judge_status(&response, &judgement);
    assert_int_equal(judgement.verdict, rows[i].verdict);
    assert_int_equal(judgement.reason.set, rows[i].verdict != DELIVERY_DONE);
  }
}

static void a_header_cannot_bring_another(void **state) {
  (void)state;
  struct delivery_request request = {.headers = NULL};
  struct error error = ERROR_NONE;
  assert_true(delivery_request_header(&request, "A", TEXT("b"), &error));
  assert_false(delivery_request_header(&request, "A", TEXT("b\r\nC: d"), &error));
  assert_false(delivery_request_header(&request, "A", TEXT("b\0c"), &error));
  assert_null(request.headers->next);
  delivery_request_free(&request);
  assert_null(request.headers);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_status_says_whether_to_try_again),
      cmocka_unit_test(a_header_cannot_bring_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
