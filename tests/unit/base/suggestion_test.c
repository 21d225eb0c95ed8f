#include "base/suggestion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const words[] = {
    "poll", "reports", "so\x1bme",
    "0123456789012345678901234567890123456789012345678901234567890123"};
enum { WORD_COUNT = sizeof words / sizeof *words };

static void the_nearest_word_ends_a_message(void **state) {
  (void)state;
  static const struct {
    const char *word, *text;
  } rows[] = {
      {"polll", " (did you mean 'poll'?)"},
      {"rports", " (did you mean 'reports'?)"},
      {"nothing like it", ""},
      {"", ""},
      {"so\x1bm", " (did you mean 'so\\u{1B}me'?)"},
      {"012345678901234567890123456789012345678901234567890123456789012",
       " (did you mean '0123456789012345678901234567890123456789012345678901234567890123'?)"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct suggestion suggestion;
    const char *text = suggestion_find(text_from(rows[i].word), words, WORD_COUNT, &suggestion);
    assert_string_equal(text, rows[i].text);
    assert_ptr_equal(text, suggestion.text);
  }
}

static void a_word_that_was_found_already_is_written_either_way(void **state) {
  (void)state;
  struct suggestion suggestion;
  assert_string_equal(suggestion_write("--poll", &suggestion), " (did you mean '--poll'?)");
  assert_string_equal(suggestion_write(NULL, &suggestion), "");
  assert_string_equal(suggestion_write_within("poll", &suggestion), "did you mean 'poll'? ");
  assert_string_equal(suggestion_write_within(NULL, &suggestion), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_nearest_word_ends_a_message),
      cmocka_unit_test(a_word_that_was_found_already_is_written_either_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
