/* What Lua says of mistakes that come from other languages has a hint. */
#include "rule/sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
  const char *source, *hint; /* NULL: there is none */
} cases[] = {
    {"return a != b", "Lua writes ~= for != and not for !"},
    {"return !a", "Lua writes ~= for != and not for !"},
    {"if a = b then end", "Lua compares with =="},
    {"local t = { a = 1 b = 2 }", "is a comma missing before it?"},
    {"local x = 1 x += 1", "Lua has no += and no ++: write x = x + 1"},
    {"local x = 1 x++", "Lua has no += and no ++: write x = x + 1"},
    {"return a && b", "Lua writes and for &&"},
    {"return a || b", "Lua writes or for ||"},
    {"return a ? 1 : 2", "Lua has no ?: operator: write `condition and a or b`"},
    {"return os.time()", "rules have no os"},
    {"return io.open('x')", "rules have no files"},
    {"return load('x')", "rules cannot run text as code"},
    {"return nothing.there", NULL},
    {"local = 1", NULL},
};

static void a_mistake_from_another_language_has_a_hint(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    struct sandbox *sandbox = sandbox_new(&(struct sandbox_limits){.memory_max = 0}, NULL);
    bool ok = sandbox_load(sandbox, "r.lua", text_from(cases[i].source), &error) &&
              sandbox_call(sandbox, 0, 0, &error);
    assert_false(ok);
    const char *hint = strstr(error.text, ": ");
    if (cases[i].hint) {
      assert_non_null(hint);
      assert_non_null(strstr(hint, cases[i].hint));
    } else {
      assert_null(hint);
    }
    sandbox_free(sandbox);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mistake_from_another_language_has_a_hint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
