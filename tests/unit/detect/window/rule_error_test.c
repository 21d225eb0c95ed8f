/* The reason of a rule's error: its text without what comes from the event. */
#include "detect/window/rule_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define EVENT                                                                                      \
  "{\"p_log_type\":\"T\",\"operator\":\"homer@example.com\",\"name\":\"homer\",\"ids\":"           \
  "[{\"id\":\"a.b.c.d\"}],\"short\":\"nil\",\"number\":93412345}"

static const struct {
  const char *error, *reason;
} cases[] = {
    {"attempt to index a nil value (field 'group')",
     "attempt to index a nil value (field 'group')"},
    {"no user homer@example.com here", "no user ... here"},
    {"HOMER@EXAMPLE.COM and homer", "... and ..."},
    {"homerun", "homerun"}, /* no whole word */
    {"id a.b.c.d!", "id ...!"},
    {"meeting 93412345 of 12", "meeting ... of 12"},
    {"item[17] and item[3]", "item[] and item[]"},
    {"used up its 10,000,000 instructions", "used up its 10,000,000 instructions"},
    {"", ""},
};

static void what_comes_from_the_event_is_left_out(void **state) {
  (void)state;
  const struct event_typing typing = {.log_type = TEXT("T"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT("s"), TEXT(""));
  char bytes[sizeof EVENT + JSON_PADDING] = EVENT;
  const struct event *event =
      event_read(reader, (struct text){bytes, sizeof EVENT - 1}, TEXT("T"), 0, NULL);
  assert_non_null(event);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    struct buffer reason = BUFFER_NONE;
    error_set_at(&error, "homer.lua", 3, 0, "%s", cases[i].error);
    rule_error_reason(&error, event, &reason);
    assert_memory_equal(reason.data, "homer.lua:3: ", 13);
    assert_string_equal(reason.data + 13, cases[i].reason);
    buffer_free(&reason);
  }
  event_reader_free(reader);
}

static void what_is_marked_as_data_is_left_out(void **state) {
  (void)state;
  const struct event_typing typing = {.log_type = TEXT("T"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT("s"), TEXT(""));
  char bytes[sizeof EVENT + JSON_PADDING] = EVENT;
  const struct event *event =
      event_read(reader, (struct text){bytes, sizeof EVENT - 1}, TEXT("T"), 0, NULL);
  struct error error = ERROR_NONE;
  struct buffer reason = BUFFER_NONE;
  error_set(&error, "paused for 64 min");
  error_mark_data(&error, 11, 2);
  rule_error_reason(&error, event, &reason);
  assert_string_equal(reason.data, "paused for ... min");
  buffer_free(&reason);
  event_reader_free(reader);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_comes_from_the_event_is_left_out),
      cmocka_unit_test(what_is_marked_as_data_is_left_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
