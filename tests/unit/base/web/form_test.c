#include "base/web/authorization.h"
#include "base/web/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_first_field_of_a_name_is_found_and_decoded(void **state) {
  (void)state;
  static const struct {
    const char *form, *value; /* of "key"; NULL: there is none */
  } cases[] = {
      {"", NULL},
      {"key", NULL},
      {"keys=1&akey=2", NULL},
      {"key=", ""},
      {"key=1&key=2", "1"},
      {"a=b&&=&key=1", "1"},
      {"key=a+b%20c%2B%2b", "a b c++"},
      {"key=a=b", "a=b"},
      {"key=%&x=1", "%"},
      {"key=%4&x=1", "%4"},
      {"key=%4g%zz", "%4g%zz"},
      {"key=%41", "A"},
  };
  struct buffer value = BUFFER_NONE;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bool found = form_find(text_from(cases[i].form), "key", &value);
    if (found != (cases[i].value != NULL) ||
        !text_is(buffer_text(&value), cases[i].value ? cases[i].value : ""))
      fail_msg("%s: %.*s", cases[i].form, TEXT_ARGS(buffer_text(&value)));
  }
  buffer_free(&value);
}

static void every_byte_of_a_value_comes_back(void **state) {
  (void)state;
  struct buffer form = BUFFER_NONE, value = BUFFER_NONE, found = BUFFER_NONE;
  for (int byte = 0; byte < 256; byte++)
    buffer_append_char(&value, (char)byte);
  buffer_append_string(&form, "a=1");
  form_append(&form, "key", buffer_text(&value));
  form_append(&form, "b", TEXT("-._~"));
  assert_true(form_find(buffer_text(&form), "key", &found));
  assert_true(text_equal(buffer_text(&found), buffer_text(&value)));
  assert_non_null(strstr(form.data, "&b=-._~"));
  buffer_free(&form);
  buffer_free(&value);
  buffer_free(&found);
}

static void a_scheme_counts_in_any_case_and_whole(void **state) {
  (void)state;
  struct text rest;
  assert_true(authorization_take_scheme("bEARER  abc ", "Bearer", &rest));
  assert_true(text_is(rest, "abc"));
  assert_false(authorization_take_scheme("Bearerabc", "Bearer", &rest));
  assert_false(authorization_take_scheme("Bear", "Bearer", &rest));
}

static void basic_authentication_needs_the_user_and_the_password(void **state) {
  (void)state;
  static const struct {
    const char *authorization;
    bool good;
  } cases[] = {
      {"Basic aG9tZXI6ZG9udXRz", true}, /* homer:donuts */
      {"basic aG9tZXI6ZG9udXRz", true},   {"Basic aG9tZXI6ZG9udXQ=", false},
      {"Basic aG9tZXI=", false},          {"Basic ?", false},
      {"Bearer aG9tZXI6ZG9udXRz", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (authorization_is_basic(cases[i].authorization, TEXT("homer"), TEXT("donuts")) !=
        cases[i].good)
      fail_msg("%s", cases[i].authorization);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_field_of_a_name_is_found_and_decoded),
      cmocka_unit_test(every_byte_of_a_value_comes_back),
      cmocka_unit_test(a_scheme_counts_in_any_case_and_whole),
      cmocka_unit_test(basic_authentication_needs_the_user_and_the_password),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
