#include "alert/alert_fixture.h"
#include "alert/destination/destination_kinds.h"

static void every_kind_is_found_by_its_name(void **state) {
  (void)state;
  assert_true(destination_kinds.count >= 3);
  for (size_t i = 0; i < destination_kinds.count; i++) {
    const struct kind *kind = destination_kinds.items[i];
    assert_ptr_equal(kind_find(&destination_kinds, text_from(kind->name)), kind);
    assert_non_null(destination_type_of(kind)->render);
  }
  assert_null(kind_find(&destination_kinds, TEXT("pigeon")));
  assert_null(kind_find(&destination_kinds, TEXT("")));
}

static void requests_have_the_files_of_tls_that_are_configured(void **state) {
  static const struct destination_type *const types[] = {&destination_slack, &destination_webhook};
  (void)state;
  struct alert alert = alert_sample();
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const struct destination_type *type = types[i];
    struct destination destination = destination_sample(type, "d", "https://a.example/");
    struct delivery_request request = {.headers = NULL};
    struct error error = ERROR_NONE;
    option_set(type, destination.options, "ca_file", "ca.pem");
    option_set(type, destination.options, "cert_file", "cert.pem");
    const struct delivery_try attempt = try_sample(SAMPLE_TIME);
    assert_true(type->render(&destination, &alert, &attempt, &request, &error));
    assert_string_equal(request.tls.ca_file, "ca.pem");
    assert_string_equal(request.tls.cert_file, "cert.pem");
    assert_null(request.tls.key_file);
    assert_false(type->kind.check(destination.options, &error));
    assert_non_null(strstr(error.text, "ca_file cannot be read"));
    delivery_request_free(&request);
    free(destination.options);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_found_by_its_name),
      cmocka_unit_test(requests_have_the_files_of_tls_that_are_configured),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
