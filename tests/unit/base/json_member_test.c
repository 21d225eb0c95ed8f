#include "base/json_member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void members_have_a_comma_between_them_and_none_before_the_first(void **state) {
  (void)state;
  struct buffer json = BUFFER_NONE;
  buffer_append_string(&json, "{");
  json_member_text(&json, "a\"b", TEXT("c\n{"));
  json_member_time(&json, "never", TIME_NONE);
  json_member_time(&json, "time", 0);
  json_member_name(&json, TEXT("object"));
  buffer_append_char(&json, '{');
  json_member_time(&json, "never", TIME_NONE);
  json_member_text(&json, "d", TEXT(""));
  buffer_append_string(&json, "}}");
  assert_string_equal(json.data, "{\"a\\\"b\":\"c\\n{\",\"time\":\"1970-01-01T00:00:00Z\","
                                 "\"object\":{\"d\":\"\"}}");
  buffer_free(&json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(members_have_a_comma_between_them_and_none_before_the_first)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
