/*
 * Time as a value that is passed in, so that tests can set it.
 *
 * All times are int64_t microseconds since 1970-01-01T00:00:00Z, named `..._us` or of the type
 * time_us; all durations are int64_t microseconds too.
 *
 * Threads: any may call what is here. A clock may be shared; what clock_fixed points to must not be
 * written while another thread asks.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

typedef int64_t time_us;

#define TIME_NONE INT64_MIN /* "no time known" */
#define TIME_BEGIN                                                                                 \
  (INT64_C(-62135596800) * US_PER_SECOND)                /* 0001-01-01: the first that is read     \
                                                          */
#define TIME_END (INT64_C(253402300800) * US_PER_SECOND) /* 10000-01-01: no time is read as it */
#define US_PER_MS INT64_C(1000)
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MINUTE (60 * US_PER_SECOND)
#define US_PER_HOUR (60 * US_PER_MINUTE)
#define US_PER_DAY (24 * US_PER_HOUR)

struct clock {
  time_us (*now)(void *context);
  void *context;
};

struct clock clock_system(void);             /* CLOCK_REALTIME */
struct clock clock_fixed(const time_us *at); /* always *at; `at` must outlive the clock */

static inline time_us clock_now(const struct clock *clock) {
  return clock->now(clock->context);
}

time_us clock_monotonic(void); /* CLOCK_MONOTONIC, for measuring durations */
/* CLOCK_BOOTTIME: the same with the time that the machine slept, so that what the wall clock went
 * beside it is a jump. */
time_us clock_since_boot(void);

/* CPU time of this thread, in nanoseconds: a system call, some hundred nanoseconds. */
int64_t clock_cpu_ns(void);
/* The same as the thread first asked for it within the current tick of the kernel's clock (mostly
 * 4 ms): a system call once a tick. For limits that are much longer. */
int64_t clock_cpu_about_ns(void);

/*
 * Reads a date and time as audit logs write them: RFC 3339 (`2024-03-21T07:09:03Z`, any fraction,
 * any offset), a space instead of the T, no zone (UTC), ISO 8601's shorter offsets (`+0530`, `+05`)
 * and its comma before the fraction, and a colon before the milliseconds
 * (`2024-03-21 07:09:03:216`). The whole text must be used. Years 1 to 9999; a leap second
 * (:60) is read as the next second, unless that lies in the year 10000. Digits past microseconds
 * are dropped. Returns false for anything else.
 */
bool time_parse(struct text text, time_us *time);

static inline bool time_is_readable(time_us time) {
  return time >= TIME_BEGIN && time < TIME_END;
}

/* Reads an offset from UTC at the start of the text: +05:30, +0530 or +05. The size of what was
 * read, 0: none. */
size_t time_read_offset(struct text text, int64_t *offset_us);

/* By a form in the words of strftime(3), in English and in UTC unless it has %z, %Z or %s; the
 * whole text must be used. %f is a fraction of a second of any length. %z and %Z read an offset, Z,
 * UTC or GMT and no other name: names of zones are not unique (IST is three). Dates are those of a
 * month and day, a day of the year, or a week and a day of it (%G-W%V-%u; %Y with %U or %W). False
 * also for a form that says no day. */
bool time_parse_strftime(struct text text, const char *form, time_us *time);

/* Whether such a form can give a right time: known conversions, a whole date, %p with an hour of
 * twelve, nothing said twice; and it reads what it writes. False with the reason. `form` ends with
 * a NUL. */
bool time_form_check(struct text form, struct error *error);

/* "2024-03-21T07:09:03.216Z"; the fraction has 3 or 6 digits, and is left out when zero. A time
 * outside the years 0 to 9999 (TIME_NONE too) gives "". */
struct time_string {
  char text[40];
};
const char *time_format(time_us time, struct time_string *string);

/* "2024-03-21", the UTC day. */
const char *time_format_date(time_us time, struct time_string *string);

/* `250ms`, `90s`, `5m`, `24h`, `30d`, `2w`: a whole number and one unit; 0 needs no unit. */
bool duration_parse(struct text text, int64_t *duration_us, struct error *error);

/* For people, in at most two units: "20 s", "45 min", "2 h 30 min", "5 d 4 h"; the rest is cut off.
 * Below a second and for less than nothing "0 s". */
const char *duration_words(int64_t duration_us, struct time_string *string);

/* "5m", "36h", "30d": the largest unit that is exact ("1d" for 24 hours; "us" at the least). */
const char *duration_format(int64_t duration_us, struct time_string *string);

#endif
