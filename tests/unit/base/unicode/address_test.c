#include "base/unicode/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void an_address_counts_in_any_case_and_another_text_in_its_own(void **state) {
  (void)state;
  static const char *const table[][2] = {
      {"Homer@Example.com", "homer@example.com"},
      {"HOMER+x@LOCALHOST", "homer+x@localhost"},
      {"\u00C9TIENNE@\u00C9cole.example", "\u00E9tienne@\u00E9cole.example"},
      {"Homer", "Homer"},
      {"@Homer", "@Homer"},
      {"Homer@", "Homer@"},
      {"A@B@C", "A@B@C"},
      {"Homer Simpson <Homer@Example.com>", "Homer Simpson <Homer@Example.com>"},
      {"Homer@Example.com ", "Homer@Example.com "},
      {"", ""},
  };
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct text folded = address_fold(&arena, text_from(table[i][0]));
    if (!text_is(folded, table[i][1]))
      fail_msg("%s: %.*s", table[i][0], TEXT_ARGS(folded));
  }
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_address_counts_in_any_case_and_another_text_in_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
