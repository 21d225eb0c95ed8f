/* The parts of a message to people, before any markup. */
#include "alert/message/message.h"

#include "alert/alert_fixture.h"

#include "base/zone/time_zone.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
/* clang-format on */

static void assert_text(struct text text, const char *expected) {
  if (!text_is(text, expected))
    fail_msg("'%.*s' where '%s' was expected", (int)text.size, text.data, expected);
}

static void what_brought_it_about_is_said_first(void **state) {
  (void)state;
  static const struct {
    enum alert_occasion occasion;
    const char *by, *note, *news;
  } rows[] = {
      {OCCASION_OPENED, "", "", ""},
      {OCCASION_OPENED, "lisa", "", ""},
      {OCCASION_GREW, "", "", "3 matches so far"},
      {OCCASION_ROSE, "", "", "rose to HIGH"},
      {OCCASION_ACKNOWLEDGED, "lisa", "", "acknowledged by lisa"},
      {OCCASION_RESOLVED, "lisa", " a test \n", "resolved as false positive by lisa: a test"},
      {OCCASION_REOPENED, "", "", "reopened"},
      {OCCASION_ASSIGNED, "lisa", "", "assigned to bart by lisa"},
      {OCCASION_NOTED, "lisa", "asked homer", "note by lisa: asked homer"},
  };
  struct alert alert = alert_sample();
  alert.assignee = TEXT("bart");
  alert.resolution = RESOLUTION_FALSE_POSITIVE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct message message;
    const struct message_occasion occasion = {rows[i].occasion, text_from(rows[i].by),
                                              text_from(rows[i].note), NULL};
    message_write(&message, &alert, NULL, &occasion, &arena);
    assert_text(message.news, rows[i].news);
    arena_free(&arena);
  }
}

static void times_are_shown_in_utc_and_in_the_configured_zone(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct alert_display display = {.zone = time_zone_open(TEXT("Europe/Zurich"), &error),
                                  .zone_name = TEXT("Europe/Zurich")};
  struct arena arena = ARENA_NONE;
  time_us noon = 0, late = 0;
  assert_true(time_parse(TEXT("2024-07-21T12:00:00Z"), &noon));
  assert_true(time_parse(TEXT("2024-07-21T23:30:00Z"), &late));
  assert_non_null(display.zone);
  assert_text(message_time(noon, &display, &arena),
              "2024-07-21 12:00:00 UTC (14:00:00 Europe/Zurich)");
  assert_text(message_time(late, &display, &arena),
              "2024-07-21 23:30:00 UTC (2024-07-22 01:30:00 Europe/Zurich)");
  assert_text(message_time(noon, NULL, &arena), "2024-07-21 12:00:00 UTC");
  assert_text(message_time(TIME_NONE, &display, &arena), "unknown");
  arena_free(&arena);
  time_zone_free(display.zone);
}

static void a_message_links_to_the_alert_where_people_can_reach_margay(void **state) {
  (void)state;
  const struct alert_display display = {.url = TEXT("https://margay.example.com")};
  const struct message_occasion occasion = {.occasion = OCCASION_OPENED};
  struct alert alert = alert_sample();
  struct arena arena = ARENA_NONE;
  struct message message;
  alert.reference = TEXT("see the wiki");
  message_write(&message, &alert, &display, &occasion, &arena);
  assert_int_equal(message.link_count, 1);
  assert_text(message.links[0].url,
              "https://margay.example.com/alerts/00112233445566778899aabbccddeeff");
  assert_text(message.reference, "see the wiki");
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_brought_it_about_is_said_first),
      cmocka_unit_test(times_are_shown_in_utc_and_in_the_configured_zone),
      cmocka_unit_test(a_message_links_to_the_alert_where_people_can_reach_margay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
