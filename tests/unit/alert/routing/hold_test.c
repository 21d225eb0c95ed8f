/* When destinations hear of alerts: quiet hours, digests, storms. */
#include "alert/routing/hold.h"
#include "alert/routing/storm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static time_us time_of(const char *text) {
  time_us time;
  assert_true(time_parse(text_from(text), &time));
  return time;
}

enum { NIGHTS = 1, HOURLY = 2, AT_EIGHT = 4, AT_EIGHT_AND_FOUR = 8 };

static void a_destination_hears_of_an_alert_when_its_hours_allow(void **state) {
  (void)state;
  static const struct {
    int holds;
    enum severity severity;
    const char *now, *until;
    enum hold_kind kind;
  } rows[] = {
      /* Quiet: 22:00 to 07:00 below HIGH. */
      {0, SEVERITY_INFO, "2024-03-21T23:00:00Z", "2024-03-21T23:00:00Z", HOLD_NONE},
      {NIGHTS, SEVERITY_LOW, "2024-03-21T21:59:59Z", "2024-03-21T21:59:59Z", HOLD_NONE},
      {NIGHTS, SEVERITY_LOW, "2024-03-21T22:00:00Z", "2024-03-22T07:00:00Z", HOLD_QUIET},
      {NIGHTS, SEVERITY_MEDIUM, "2024-03-22T06:59:59Z", "2024-03-22T07:00:00Z", HOLD_QUIET},
      {NIGHTS, SEVERITY_HIGH, "2024-03-22T06:59:59Z", "2024-03-22T06:59:59Z", HOLD_NONE},
      {NIGHTS, SEVERITY_CRITICAL, "2024-03-22T03:00:00Z", "2024-03-22T03:00:00Z", HOLD_NONE},
      /* A digest below MEDIUM. */
      {HOURLY, SEVERITY_LOW, "2024-03-21T12:00:00Z", "2024-03-21T13:00:00Z", HOLD_DIGEST},
      {HOURLY, SEVERITY_LOW, "2024-03-21T12:59:59Z", "2024-03-21T13:00:00Z", HOLD_DIGEST},
      {HOURLY, SEVERITY_MEDIUM, "2024-03-21T12:59:59Z", "2024-03-21T12:59:59Z", HOLD_NONE},
      {AT_EIGHT, SEVERITY_INFO, "2024-03-21T07:59:59Z", "2024-03-21T08:00:00Z", HOLD_DIGEST},
      {AT_EIGHT, SEVERITY_INFO, "2024-03-21T08:00:00Z", "2024-03-22T08:00:00Z", HOLD_DIGEST},
      {AT_EIGHT_AND_FOUR, SEVERITY_INFO, "2024-03-21T08:00:00Z", "2024-03-21T16:00:00Z",
       HOLD_DIGEST},
      {AT_EIGHT_AND_FOUR, SEVERITY_INFO, "2024-03-21T16:00:00Z", "2024-03-22T08:00:00Z",
       HOLD_DIGEST},
      {AT_EIGHT_AND_FOUR, SEVERITY_CRITICAL, "2024-03-21T16:00:00Z", "2024-03-21T16:00:00Z",
       HOLD_NONE},
      /* A digest in the quiet hours waits for their end. */
      {NIGHTS | HOURLY, SEVERITY_LOW, "2024-03-21T20:30:00Z", "2024-03-21T21:00:00Z", HOLD_DIGEST},
      {NIGHTS | HOURLY, SEVERITY_LOW, "2024-03-21T21:30:00Z", "2024-03-22T07:00:00Z", HOLD_DIGEST},
      {NIGHTS | HOURLY, SEVERITY_MEDIUM, "2024-03-21T23:30:00Z", "2024-03-22T07:00:00Z",
       HOLD_QUIET},
  };
  struct error error = ERROR_NONE;
  struct time_zone *utc = time_zone_open(TEXT("UTC"), &error);
  const struct week_hours nights = {.days = 0x7f, .from = 22 * 60, .to = 7 * 60, .zone = utc};
  static const int at[] = {16 * 60, 8 * 60};
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct destination_holds holds = {.quiet = &nights,
                                      .quiet_count = rows[i].holds & NIGHTS ? 1 : 0,
                                      .quiet_below = SEVERITY_HIGH,
                                      .digest_every = rows[i].holds & HOURLY ? US_PER_HOUR : 0,
                                      .digest_at = at,
                                      .digest_zone = utc,
                                      .digest_below = SEVERITY_MEDIUM};
    if (rows[i].holds & AT_EIGHT) {
      holds.digest_at = at + 1;
      holds.digest_at_count = 1;
    }
    if (rows[i].holds & AT_EIGHT_AND_FOUR)
      holds.digest_at_count = 2;
    struct hold hold =
        hold_of(rows[i].holds ? &holds : NULL, rows[i].severity, time_of(rows[i].now));
    if (hold.kind != rows[i].kind || hold.until != time_of(rows[i].until))
      fail_msg("row %zu at %s", i, rows[i].now);
  }
  time_zone_free(utc);
}

static void hours_that_never_end_hold_nothing(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct time_zone *utc = time_zone_open(TEXT("UTC"), &error);
  const struct week_hours always = {.days = 0x7f, .from = 0, .to = 1440, .zone = utc};
  const struct destination_holds holds = {
      .quiet = &always, .quiet_count = 1, .quiet_below = SEVERITY_CRITICAL};
  assert_int_equal(hold_of(&holds, SEVERITY_LOW, US_PER_DAY).kind, HOLD_NONE);
  time_zone_free(utc);
}

/* ---- storms -------------------------------------------------------------------------------- */

static void a_storm_begins_past_its_limit_and_ends_at_half_of_it(void **state) {
  (void)state;
  static const struct {
    int64_t second, come, sent; /* at that second so many come, so many of them are sent */
    bool over;                  /* looked at before */
  } rows[] = {
      {0, 4, 4, false},   {30, 6, 6, false}, /* ten in a minute: the limit */
      {31, 1, 0, false},                     /* the storm begins */
      {59, 5, 0, false},  {90, 2, 0, false}, /* seven in the last minute */
      {118, 0, 0, false},                    /* still seven */
      {119, 0, 0, true},                     /* two */
      {120, 9, 8, false},                    /* with those two: ten; the next storm begins */
      {180, 0, 0, true},  {400, 10, 10, false}, {459, 0, 0, false}, {460, 10, 10, false},
  };
  struct storm_guard guard = {.limit = 10};
  for (size_t i = 0; i < COUNT(rows); i++) {
    int64_t now = rows[i].second * US_PER_SECOND, sent = 0;
    bool over = storm_guard_is_over(&guard, now);
    guard.on = guard.on && !over;
    for (int64_t k = 0; k < rows[i].come; k++) {
      bool passes = storm_guard_room(&guard, now) > 0;
      sent += passes;
      guard.on = guard.on || !passes;
      storm_guard_add(&guard, now, now, 1);
    }
    if (sent != rows[i].sent || over != rows[i].over)
      fail_msg("at second %d: %d sent, over %d", (int)rows[i].second, (int)sent, over);
  }
}

static void without_a_limit_there_is_no_storm(void **state) {
  (void)state;
  struct storm_guard guard = {.limit = 0};
  storm_guard_add(&guard, 0, 0, 1000000);
  assert_true(storm_guard_room(&guard, 0) == INT64_MAX);
  assert_false(storm_guard_is_over(&guard, 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_destination_hears_of_an_alert_when_its_hours_allow),
      cmocka_unit_test(hours_that_never_end_hold_nothing),
      cmocka_unit_test(a_storm_begins_past_its_limit_and_ends_at_half_of_it),
      cmocka_unit_test(without_a_limit_there_is_no_storm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
