/* Local time: files of time zones, and what goes on behind them. */
#include "base/zone/time_zone.h"

#include "base/buffer.h"
#include "base/zone/zone_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void put(struct buffer *out, uint64_t number, int size) {
  for (int i = size; i-- > 0;)
    buffer_append_char(out, (char)(number >> 8 * i));
}

static void put_header(struct buffer *out, uint32_t times, uint32_t types, uint32_t characters) {
  const uint32_t counts[] = {0, 0, 0, times, types, characters};
  buffer_append_string(out, "TZif2");
  for (int i = 0; i < 15; i++)
    buffer_append_char(out, 0);
  for (int i = 0; i < 6; i++)
    put(out, counts[i], 4);
}

/* Zurich, with the two changes of 2024 and what goes on for ever. */
static void put_zurich(struct buffer *out, const char *footer) {
  static const int64_t changes[] = {1711846800, 1729990800};
  put_header(out, 0, 1, 4);
  put(out, 3600, 4);
  put(out, 0, 2);
  buffer_append(out, "CET", 4);
  put_header(out, 2, 2, 9);
  for (int i = 0; i < 2; i++)
    put(out, (uint64_t)changes[i], 8);
  put(out, 1, 1);
  put(out, 0, 1);
  put(out, 3600, 4);
  put(out, 0, 2);
  put(out, 7200, 4);
  put(out, 0x0104, 2);
  buffer_append(out, "CET\0CEST", 9);
  buffer_append_string(out, footer);
}

#define ZURICH_FOOTER "\nCET-1CEST,M3.5.0,M10.5.0/3\n"

static int64_t hours_at(const struct time_zone *zone, const char *text) {
  time_us time = TIME_NONE;
  assert_true(time_parse(text_from(text), &time));
  return time_zone_offset(zone, time) / US_PER_HOUR;
}

static void a_file_says_when_local_time_changes(void **state) {
  (void)state;
  struct buffer file = BUFFER_NONE;
  struct error error = ERROR_NONE;
  put_zurich(&file, ZURICH_FOOTER);
  struct time_zone *zone = time_zone_parse(buffer_text(&file), &error);
  assert_non_null(zone);
  static const struct {
    const char *time;
    int64_t hours;
  } table[] = {
      {"1900-01-01T00:00:00Z", 1}, {"2024-03-31T00:59:59.999999Z", 1}, {"2024-03-31T01:00:00Z", 2},
      {"2024-10-27T00:59:59Z", 2}, {"2024-10-27T01:00:00Z", 1},        {"2031-03-30T00:59:59Z", 1},
      {"2031-03-30T01:00:00Z", 2}, {"2031-10-26T00:59:59Z", 2},        {"2031-10-26T01:00:00Z", 1},
      {"2099-07-01T12:00:00Z", 2}, {"9999-12-31T23:59:59.999999Z", 1}, {"0001-01-01T00:00:00Z", 1},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (hours_at(zone, table[i].time) != table[i].hours)
      fail_msg("%s: %d", table[i].time, (int)hours_at(zone, table[i].time));
  time_zone_free(zone);
  buffer_free(&file);
}

static void what_goes_on_for_ever_is_read(void **state) {
  (void)state;
  static const struct {
    const char *rule;
    int64_t time, offset;
  } table[] = {
      {"UTC0", 0, 0},
      {"<+0545>-5:45", 0, 20700},
      {"EST5EDT,M3.2.0,M11.1.0", 1720000000, -14400},
      {"EST5EDT,M3.2.0,M11.1.0", 1704067200, -18000},
      /* the south: summer time goes over the end of the year */
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", 1704067200, 39600},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", 1720000000, 36000},
      /* days of the year; an hour beyond the day; a negative one */
      {"XXX3EDT4,0/0,J365/23", 1720000000, -14400},
      {"AAA0BBB,J60,J61", 1709251200, 0},           /* 2024-03-01, before two o'clock */
      {"AAA0BBB,J60,J61", 1709251200 + 7200, 3600}, /* 1 March in a leap year, too */
      {"AAA0BBB,59,J61", 1709164800 + 7200, 3600},  /* 29 February */
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1720000000, -3600},
      {"AAA0BBB-2,M1.1.1/25,M12.5.0", 1720000000, 7200},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct zone_rule rule;
    if (!zone_rule_parse(text_from(table[i].rule), &rule))
      fail_msg("refused: %s", table[i].rule);
    if (zone_rule_offset(&rule, table[i].time) != table[i].offset)
      fail_msg("%s at %lld: %lld", table[i].rule, (long long)table[i].time,
               (long long)zone_rule_offset(&rule, table[i].time));
  }
}

static void what_is_no_rule_is_refused(void **state) {
  (void)state;
  static const char *const table[] = {"",
                                      "CET",
                                      "CE-1",
                                      "CET-1CEST",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1CEST,M13.5.0,M10.5.0",
                                      "CET-1CEST,M3.6.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,M3.5.0,M10.5.0/",
                                      "CET-1CEST,M3.5.0,M10.5.0/3x",
                                      "CET-1CEST,J0,J10",
                                      "CET-168",
                                      "CET-1:60",
                                      "<+01-1",
                                      "CET-99999999999999999999"};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct zone_rule rule;
    if (zone_rule_parse(text_from(table[i]), &rule))
      fail_msg("taken: %s", table[i]);
  }
}

/* Cut anywhere, and with any byte changed, it is refused or read; nothing else happens. */
static void a_damaged_file_is_refused(void **state) {
  (void)state;
  struct buffer file = BUFFER_NONE;
  put_zurich(&file, ZURICH_FOOTER);
  for (size_t size = 0; size < file.size; size++) {
    char *bytes = malloc(size + 1);
    struct error error = ERROR_NONE;
    assert_non_null(bytes);
    memcpy(bytes, file.data, size);
    assert_null(time_zone_parse((struct text){bytes, size}, &error));
    assert_true(error.set);
    free(bytes);
  }
  for (size_t at = 0; at < file.size; at++)
    for (int bit = 0; bit < 8; bit++) {
      struct error error = ERROR_NONE;
      file.data[at] ^= (char)(1 << bit);
      struct time_zone *zone = time_zone_parse(buffer_text(&file), &error);
      if (zone)
        time_zone_offset(zone, TIME_END);
      time_zone_free(zone);
      file.data[at] ^= (char)(1 << bit);
    }
  buffer_free(&file);
}

static void a_name_is_no_path(void **state) {
  (void)state;
  static const char *const table[] = {
      "", "/etc/passwd", "../../../etc/passwd", "Europe/Zürich", "Europe/Nowhere", "Europe"};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct error error = ERROR_NONE;
    assert_null(time_zone_open(text_from(table[i]), &error));
    assert_true(error.set);
  }
}

static void utc_needs_no_file(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct time_zone *zone = time_zone_open(TEXT("UTC"), &error);
  assert_int_equal(hours_at(zone, "2024-07-01T00:00:00Z"), 0);
  time_zone_free(zone);
}

/* The C library reads the same files. */
static void zones_are_as_the_c_library_has_them(void **state) {
  (void)state;
  static const char *const names[] = {
      "Europe/Zurich",     "America/New_York", "Australia/Lord_Howe",
      "Africa/Casablanca", "Asia/Kathmandu",   "America/Sao_Paulo",
      "Europe/Dublin",     "Pacific/Apia",     "Africa/Monrovia"};
  if (access("/usr/share/zoneinfo/Pacific/Apia", R_OK) != 0 || getenv("TZDIR"))
    skip();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct error error = ERROR_NONE;
    struct time_zone *zone = time_zone_open(text_from(names[i]), &error);
    assert_non_null(zone);
    setenv("TZ", names[i], 1);
    tzset();
    for (int64_t time = -2500000000; time < 5000000000; time += 1234567) {
      struct tm local;
      time_t seconds = (time_t)time;
      localtime_r(&seconds, &local);
      if (time_zone_offset(zone, time * US_PER_SECOND) != local.tm_gmtoff * US_PER_SECOND)
        fail_msg("%s at %lld", names[i], (long long)time);
    }
    time_zone_free(zone);
  }
  unsetenv("TZ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_says_when_local_time_changes),
      cmocka_unit_test(what_goes_on_for_ever_is_read),
      cmocka_unit_test(what_is_no_rule_is_refused),
      cmocka_unit_test(a_damaged_file_is_refused),
      cmocka_unit_test(a_name_is_no_path),
      cmocka_unit_test(utc_needs_no_file),
      cmocka_unit_test(zones_are_as_the_c_library_has_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
