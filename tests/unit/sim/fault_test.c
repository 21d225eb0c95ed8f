#include "sim/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

/* Which of the first 12 requests a fault strikes, as "1 4 7". */
static void faults_strike_the_requests_they_name(void **state) {
  (void)state;
  static const struct {
    const char *written, *struck;
  } cases[] = {
      {"500", "1 2 3 4 5 6 7 8 9 10 11 12"},
      {"500:every=5", "5 10"},
      {"429:at=3+9", "3 9"},
      {"503:first=2", "1 2"},
      {"slow:after=10", "11 12"},
      {"cut:every=2,times=3", "2 4 6"},
      {"json:every=4,at=1", "1 4 8 12"},
      {"close:share=0", ""},
      {"close:share=1,times=2", "1 2"},
      {"500:on=oauth", ""},
      {"500:on=operation+oauth,every=6", "6 12"},
      {"page-token:page=3", "1"},
      {"page-token:page=3,every=2,times=3", "2 4 6"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    struct fault_set set;
    struct buffer struck = BUFFER_NONE;
    assert_true(fault_set_parse(&set, FAULT_SIM, &cases[i].written, 1, 1, &error));
    for (int request = 1; request <= 12; request++)
      if (fault_set_strike(&set, 1, 3))
        buffer_printf(&struck, "%s%d", struck.size ? " " : "", request);
    assert_string_equal(buffer_text(&struck).data, cases[i].struck);
    buffer_free(&struck);
    fault_set_free(&set);
  }
}

static void the_first_fault_written_wins_and_the_others_count_on(void **state) {
  (void)state;
  static const char *const written[] = {"429:every=2", "500:every=3"};
  static const unsigned expected[] = {0, 429, 500, 429, 0, 429};
  struct error error = ERROR_NONE;
  struct fault_set set;
  assert_true(fault_set_parse(&set, FAULT_SIM, written, 2, 1, &error));
  for (size_t i = 0; i < 6; i++) {
    const struct fault *fault = fault_set_strike(&set, 1, 0);
    assert_int_equal(fault ? fault->status : 0, expected[i]);
  }
  struct buffer json = BUFFER_NONE;
  fault_set_json(&set, &json);
  assert_string_equal(json.data, "{\"429:every=2\": 3, \"500:every=3\": 1}");
  assert_int_equal(fault_set_struck(&set), 4);
  buffer_free(&json);
  fault_set_free(&set);
}

static void a_page_token_fault_counts_requests_for_its_page_only(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct fault_set set;
  assert_true(fault_set_parse(&set, FAULT_SIM, &(const char *){"page-token:page=3"}, 1, 1, &error));
  assert_null(fault_set_strike(&set, 1, 1));
  assert_null(fault_set_strike(&set, 1, 2));
  assert_non_null(fault_set_strike(&set, 1, 3));
  assert_null(fault_set_strike(&set, 1, 3));
  fault_set_free(&set);
}

static void mistakes_are_reported_with_what_was_expected(void **state) {
  (void)state;
  static const struct {
    const char *written;
    enum fault_side side;
    const char *reported;
  } cases[] = {
      {"", FAULT_SIM, "unknown kind ''; expected one of 400, 401"},
      {"420", FAULT_SIM, "unknown kind '420'"},
      {"late:share=0.1,after=2", FAULT_RECEIVER, "unknown kind 'late'"},
      {"429:evry=7", FAULT_SIM, "unknown setting 'evry'; expected one of every, at"},
      {"429:on=oauth", FAULT_RECEIVER, "unknown setting 'on'"},
      {"cut:retry-after=1", FAULT_SIM, "unknown setting 'retry-after'"},
      {"429:every=0", FAULT_SIM, "every '0'; expected a whole number from 1"},
      {"429:every", FAULT_SIM, "every ''; expected a whole number from 1"},
      {"429:every=-1", FAULT_SIM, "every '-1'"},
      {"429:every=99999999999999", FAULT_SIM, "every '99999999999999'"},
      {"500:at=", FAULT_SIM, "at ''; expected up to 32 request numbers"},
      {"500:at=3+x", FAULT_SIM, "at '3+x'"},
      {"500:on=operations", FAULT_SIM, "on 'operations'; expected names of reports"},
      {"429:retry-after=soon", FAULT_SIM, "expected a whole number of seconds"},
      {"slow:ms=fast", FAULT_SIM, "ms 'fast'"},
      {"page-token:page=1", FAULT_SIM, "a whole number from 2"},
      {"late:share=2,after=3", FAULT_SIM, "share '2'; expected a number from 0 to 1"},
      {"late:share=1e-1,after=3", FAULT_SIM, "share '1e-1'"},
      {"late:after=3", FAULT_SIM, "expected share=X"},
      {"late:share=0.1", FAULT_SIM, "expected after=N pages or seconds=N or up-to=SECONDS"},
      {"identical", FAULT_SIM, "expected share=X"},
      {"retype:share=0.5", FAULT_SIM, "expected field=NAME"},
      {"retype:field=operator", FAULT_SIM, "expected share=X"},
      {"identical:every=2", FAULT_SIM, "unknown setting 'every'; expected one of share"},
      {"500:\033[31m=1", FAULT_SIM, "unknown setting '\\u{1B}[31m'"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    struct fault_set set;
    assert_false(fault_set_parse(&set, cases[i].side, &cases[i].written, 1, 1, &error));
    if (!strstr(error.text, cases[i].reported))
      fail_msg("'%s' reports: %s", cases[i].written, error.text);
    assert_int_equal(set.count, 0);
  }
}

static void settings_are_read(void **state) {
  (void)state;
  static const char *const written[] = {"429:retry-after=2", "503:retry-after-date=5",
                                        "slow:ms=200", "late:share=0.25,after=4",
                                        "identical:share=0.5"};
  struct error error = ERROR_NONE;
  struct fault_set set;
  assert_true(fault_set_parse(&set, FAULT_SIM, written, 5, 1, &error));
  assert_int_equal(set.faults[0].status, 429);
  assert_int_equal(set.faults[0].retry_after, 2);
  assert_false(set.faults[0].retry_after_date);
  assert_true(set.faults[1].retry_after_date);
  assert_int_equal(set.faults[2].delay_us, 200000);
  assert_int_equal(fault_set_find(&set, FAULT_LATE)->after, 4);
  assert_true(fault_set_find(&set, FAULT_IDENTICAL)->share == 0.5);
  assert_null(fault_set_find(&set, FAULT_CUT));
  fault_set_free(&set);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(faults_strike_the_requests_they_name),
      cmocka_unit_test(the_first_fault_written_wins_and_the_others_count_on),
      cmocka_unit_test(a_page_token_fault_counts_requests_for_its_page_only),
      cmocka_unit_test(mistakes_are_reported_with_what_was_expected),
      cmocka_unit_test(settings_are_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
