#include "alert/alert_fixture.h"

#include "delivery/lane.h"

#include <stdio.h>

static const struct destination slow = {.id = {"slow", 4}, .max_per_second = 4};
static const struct destination fast = {.id = {"fast", 4}};

static void a_rate_spaces_the_starts(void **state) {
  (void)state;
  struct lane lane = lane_of(&slow);
  lane_start(&lane, 1000);
  assert_int_equal(lane.opens_at, 1000 + US_PER_SECOND / 4);
  lane = lane_of(&fast);
  lane_start(&lane, 1000);
  assert_true(lane.opens_at <= 1000);
}

static void the_first_place_is_its_own_and_others_are_shared(void **state) {
  (void)state;
  static const struct {
    size_t at_once, under_way, shared_free, room, shared;
  } rows[] = {
      {1, 0, 0, 1, 0}, {4, 0, 0, 1, 0}, {4, 0, 2, 3, 0}, {4, 0, 8, 4, 0}, {4, 1, 0, 0, 0},
      {4, 1, 1, 1, 0}, {4, 3, 8, 1, 2}, {4, 4, 8, 0, 3}, {1, 4, 8, 0, 3},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct lane lane = lane_of(&fast);
    lane.at_once = rows[i].at_once;
    lane.under_way = rows[i].under_way;
    assert_int_equal(lane_room(&lane, rows[i].shared_free), rows[i].room);
    assert_int_equal(lane_shared(&lane), rows[i].shared);
  }
  struct lane lane = lane_of(&slow);
  lane.at_once = 4;
  assert_int_equal(lane_room(&lane, 8), 1);
}

struct heard {
  char *text;
  size_t size;
  FILE *file;
  struct log *log;
};

static struct heard *heard_new(void) {
  struct heard *heard = memory_alloc(sizeof *heard);
  heard->file = open_memstream(&heard->text, &heard->size);
  heard->log = log_new(heard->file, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
  return heard;
}

static size_t lines(const struct heard *heard) {
  size_t count = 0;
  fflush(heard->file);
  for (const char *at = heard->text; (at = strchr(at, '\n')); at++)
    count++;
  return count;
}

static void heard_free(struct heard *heard) {
  log_free(heard->log);
  fclose(heard->file);
  free(heard->text);
  free(heard);
}

static void it_starts_with_one_at_once_and_grows_while_it_works(void **state) {
  (void)state;
  struct heard *heard = heard_new();
  struct lane lane = lane_of(&fast);
  for (size_t i = 1; i <= 4; i++) {
    assert_int_equal(lane.at_once, i);
    lane_works(&lane, heard->log);
  }
  assert_int_equal(lane.at_once, 4);
  struct error reason = ERROR_NONE;
  error_set(&reason, "answered 500");
  lane_failed(&lane, 0, 1, 500, &reason, heard->log);
  assert_int_equal(lane.at_once, 1);
  heard_free(heard);
}

static void a_failure_closes_it_but_never_opens_it_sooner(void **state) {
  (void)state;
  struct heard *heard = heard_new();
  struct error reason = ERROR_NONE;
  struct lane lane = lane_of(&slow);
  lane_start(&lane, 0);
  lane_failed(&lane, 0, 10, 500, &reason, heard->log);
  assert_int_equal(lane.opens_at, US_PER_SECOND / 4);
  lane_failed(&lane, 0, US_PER_SECOND, 500, &reason, heard->log);
  assert_int_equal(lane.opens_at, US_PER_SECOND);
  heard_free(heard);
}

static void the_log_hears_of_changes_only(void **state) {
  (void)state;
  /* Statuses one after the other (200 works), and how many lines were written after each. */
  static const struct {
    long status;
    size_t lines;
  } rows[] = {
      {200, 0}, {500, 1}, {500, 1}, {500, 1}, {0, 2},   {0, 2},   {200, 3}, {200, 3},
      {429, 3}, {200, 3}, {429, 3}, {429, 3}, {429, 4}, {429, 4}, {200, 5}, {503, 6},
  };
  struct heard *heard = heard_new();
  struct lane lane = lane_of(&fast);
  struct error reason = ERROR_NONE;
  error_set(&reason, "a reason");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (rows[i].status == 200)
      lane_works(&lane, heard->log);
    else
      lane_failed(&lane, 0, 1, rows[i].status, &reason, heard->log);
    assert_int_equal(lines(heard), rows[i].lines);
  }
  heard_free(heard);
}

static void a_long_outage_is_said_once_an_hour_and_at_the_stop(void **state) {
  (void)state;
  struct heard *heard = heard_new();
  struct lane lane = lane_of(&fast);
  struct error reason = ERROR_NONE;
  error_set(&reason, "connection refused");
  lane_stops(&lane, 0, heard->log);
  assert_int_equal(lines(heard), 0);
  for (int64_t minute = 0; minute <= 150; minute += 10)
    lane_failed(&lane, minute * US_PER_MINUTE, 0, 0, &reason, heard->log);
  assert_int_equal(lines(heard), 3); /* at 0, 60 and 120 */
  assert_non_null(strstr(heard->text, "destination still does not take alerts"));
  assert_non_null(strstr(heard->text, "hours=2"));
  lane_stops(&lane, 180 * US_PER_MINUTE, heard->log);
  assert_int_equal(lines(heard), 4);
  assert_non_null(strstr(heard->text, "hours=3"));
  lane_works(&lane, heard->log);
  lane_stops(&lane, 180 * US_PER_MINUTE, heard->log);
  assert_int_equal(lines(heard), 5);
  heard_free(heard);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rate_spaces_the_starts),
      cmocka_unit_test(the_first_place_is_its_own_and_others_are_shared),
      cmocka_unit_test(it_starts_with_one_at_once_and_grows_while_it_works),
      cmocka_unit_test(a_failure_closes_it_but_never_opens_it_sooner),
      cmocka_unit_test(the_log_hears_of_changes_only),
      cmocka_unit_test(a_long_outage_is_said_once_an_hour_and_at_the_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
