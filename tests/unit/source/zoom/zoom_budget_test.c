/* The budget of an account: how it grows with the day, and who shares it. */
#include "source/zoom/zoom_budget.h"

#include "source/zoom/zoom_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DAY (INT64_C(19803) * US_PER_DAY) /* 2024-03-21 */

static struct zoom_options options_of(const char *account_id) {
  return (struct zoom_options){.api_url = TEXT("https://api.zoom.us/v2"),
                               .account_id = text_from(account_id),
                               .request_budget = 4000};
}

static struct source source_of(const char *id) {
  return (struct source){.id = text_from(id)};
}

static int64_t take_all(struct zoom_budget *budget, time_us now) {
  int64_t taken = 0;
  while (zoom_budget_take(budget, now) == 0)
    taken++;
  return taken;
}

static void the_budget_grows_with_the_day(void **state) {
  (void)state;
  const struct zoom_options options = options_of("springfield");
  const struct source source_one = source_of("one");
  static const struct {
    int64_t seconds, taken; /* by then, on the whole day */
  } rows[] = {{0, 1000}, {60, 1002}, {21600, 1750}, {43200, 2500}, {86399, 3999}};
  struct source_run run = {.source = &source_one};
  struct zoom_budget budget;
  int64_t taken = 0;
  zoom_budget_start(&budget, &run, &options);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    time_us now = DAY + rows[i].seconds * US_PER_SECOND;
    taken += take_all(&budget, now);
    assert_int_equal(taken, rows[i].taken);
    assert_int_equal(zoom_budget_used(&budget, now), taken);
  }
  assert_int_equal(take_all(&budget, DAY + US_PER_DAY), 1000);
  /* A clock reading of just before midnight, used just after it. */
  assert_int_equal(zoom_budget_used(&budget, DAY + US_PER_DAY - 1), 1000);
  assert_int_equal(take_all(&budget, DAY + US_PER_DAY), 0);
  assert_int_equal(budget.count, 1000);
  zoom_budget_free(&budget);
}

static void a_wait_is_as_long_as_it_must_be(void **state) {
  (void)state;
  const struct zoom_options options = options_of("springfield");
  const struct source source_one = source_of("one");
  struct source_run run = {.source = &source_one};
  struct zoom_budget budget;
  zoom_budget_start(&budget, &run, &options);
  for (time_us now = DAY, end = DAY + US_PER_HOUR; now < end;) {
    int64_t wait = zoom_budget_take(&budget, now);
    assert_in_range(wait, 0, 29 * US_PER_SECOND); /* 3000 a day are one in 28.8 seconds */
    now += wait;
  }
  assert_in_range(zoom_budget_used(&budget, DAY + US_PER_HOUR), 1124, 1126);
  /* A budget that was used up waits for the next day. */
  zoom_budget_restore(&budget, zoom_day_of(DAY), 9000, DAY + US_PER_HOUR);
  assert_int_equal(zoom_budget_take(&budget, DAY + US_PER_HOUR), 23 * US_PER_HOUR);
  zoom_budget_free(&budget);
}

static void what_can_wait_leaves_some_for_the_rest(void **state) {
  (void)state;
  const struct zoom_options options = options_of("springfield");
  const struct source source_one = source_of("one");
  struct source_run run = {.source = &source_one};
  struct zoom_budget budget;
  int64_t taken = 0;
  zoom_budget_start(&budget, &run, &options);
  for (; zoom_budget_spare(&budget, DAY) == 0; taken++)
    zoom_budget_take(&budget, DAY);
  assert_int_equal(taken, 800);
  assert_int_equal(take_all(&budget, DAY), 200);
  zoom_budget_free(&budget);
}

static void the_sources_of_an_account_share_it(void **state) {
  (void)state;
  const struct zoom_options options = options_of("springfield");
  const struct source source_one = source_of("one");
  struct source_locks *locks = source_locks_new();
  const struct zoom_options other_account = options_of("shelbyville");
  const struct source source_two = source_of("two");
  struct source_run one = {.source = &source_one, .locks = locks},
                    two = {.source = &source_two, .locks = locks};
  struct zoom_budget first, second, other;
  zoom_budget_start(&first, &one, &options);
  zoom_budget_start(&second, &two, &options);
  zoom_budget_start(&other, &two, &other_account);
  assert_int_equal(take_all(&first, DAY), 1000);
  assert_true(zoom_budget_take(&second, DAY) > 0);
  assert_int_equal(take_all(&other, DAY), 1000);
  /* Also what Zoom says of the day. */
  zoom_budget_close(&first, DAY + US_PER_DAY, DAY);
  assert_true(zoom_budget_is_closed(&second, DAY + US_PER_HOUR));
  assert_int_equal(zoom_budget_take(&second, DAY + US_PER_HOUR), 23 * US_PER_HOUR);
  assert_false(zoom_budget_is_closed(&other, DAY));
  zoom_budget_free(&first);
  zoom_budget_free(&second);
  zoom_budget_free(&other);
  source_locks_free(locks);
}

static void what_was_used_before_a_restart_counts_once(void **state) {
  (void)state;
  const struct source source_two = source_of("two");
  const struct zoom_options options = options_of("springfield");
  const struct source source_one = source_of("one");
  struct source_locks *locks = source_locks_new();
  struct source_run one = {.source = &source_one, .locks = locks},
                    two = {.source = &source_two, .locks = locks};
  struct zoom_budget budget;
  zoom_budget_start(&budget, &one, &options);
  zoom_budget_restore(&budget, zoom_day_of(DAY), 300, DAY);
  assert_int_equal(zoom_budget_used(&budget, DAY), 300);
  assert_int_equal(zoom_budget_take(&budget, DAY), 0);
  assert_int_equal(budget.count, 301);
  zoom_budget_free(&budget);
  /* A reload starts the source again: its requests are counted already. */
  zoom_budget_start(&budget, &one, &options);
  zoom_budget_restore(&budget, zoom_day_of(DAY), 301, DAY);
  assert_int_equal(zoom_budget_used(&budget, DAY), 301);
  assert_int_equal(budget.count, 301);
  zoom_budget_free(&budget);
  zoom_budget_start(&budget, &two, &options);
  zoom_budget_restore(&budget, zoom_day_of(DAY) - 1, 500, DAY); /* of yesterday */
  assert_int_equal(zoom_budget_used(&budget, DAY), 301);
  assert_int_equal(budget.count, 0);
  zoom_budget_free(&budget);
  source_locks_free(locks);
}

static void a_limit_that_was_reached_before_a_restart_holds(void **state) {
  (void)state;
  const struct source source_one = source_of("one");
  const struct zoom_options options = options_of("springfield");
  struct source_run one = {.source = &source_one};
  struct zoom_budget budget;
  zoom_budget_start(&budget, &one, &options);
  zoom_budget_restore_closed(&budget, TIME_NONE, DAY);
  assert_true(zoom_budget_closed_until(&budget, DAY) == TIME_NONE);
  zoom_budget_restore_closed(&budget, DAY + 26 * US_PER_HOUR, DAY); /* by a wrong clock */
  assert_true(zoom_budget_closed_until(&budget, DAY) == TIME_NONE);
  zoom_budget_restore_closed(&budget, DAY + US_PER_HOUR, DAY);
  assert_true(zoom_budget_closed_until(&budget, DAY) == DAY + US_PER_HOUR);
  assert_int_equal(zoom_budget_take(&budget, DAY), US_PER_HOUR);
  assert_true(zoom_budget_closed_until(&budget, DAY + US_PER_HOUR) == TIME_NONE);
  zoom_budget_free(&budget);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_budget_grows_with_the_day),
      cmocka_unit_test(a_limit_that_was_reached_before_a_restart_holds),
      cmocka_unit_test(a_wait_is_as_long_as_it_must_be),
      cmocka_unit_test(what_can_wait_leaves_some_for_the_rest),
      cmocka_unit_test(the_sources_of_an_account_share_it),
      cmocka_unit_test(what_was_used_before_a_restart_counts_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
