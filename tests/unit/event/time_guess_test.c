/* When an event happened that no schema describes. */
#include "base/buffer.h"
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define READ_AT 1000000

static const struct {
  const char *record, *field, *time; /* "": none is found */
} rows[] = {
    {"{\"timestamp\":\"2024-03-21T07:09:03Z\"}", "", "2024-03-21T07:09:03Z"},
    {"{\"@timestamp\":\"2024-03-21T08:09:03+01:00\"}", "", "2024-03-21T07:09:03Z"},
    {"{\"time\":1711004943}", "", "2024-03-21T07:09:03Z"},
    {"{\"time\":1711004943000}", "", "2024-03-21T07:09:03Z"},
    {"{\"time\":1711004943000000}", "", "2024-03-21T07:09:03Z"},
    {"{\"time\":\"1711004943000000000\"}", "", "2024-03-21T07:09:03Z"},
    {"{\"ts\":1711004943.5}", "", "2024-03-21T07:09:03.5Z"},
    {"{\"UtcTime\":\"2024-03-21 07:09:03.250\"}", "", "2024-03-21T07:09:03.25Z"},
    {"{\"Event\":{\"System\":{\"TimeCreated\":{\"#attributes\":{\"SystemTime\":"
     "\"2024-03-21T07:09:03.1234567Z\"}}}}}",
     "", "2024-03-21T07:09:03.123456Z"},
    {"{\"p_event_time\":\"2024-03-21T07:09:03Z\",\"timestamp\":\"2020-01-01T00:00:00Z\"}", "",
     "2024-03-21T07:09:03Z"},
    {"{\"timestamp\":\"soon\",\"time\":\"2024-03-21T07:09:03Z\"}", "", "2024-03-21T07:09:03Z"},
    {"{\"mine\":{\"at\":\"2024-03-21T07:09:03Z\"},\"timestamp\":\"2020-01-01T00:00:00Z\"}",
     "mine.at", "2024-03-21T07:09:03Z"},
    {"{\"timestamp\":\"2024-03-21T07:09:03Z\"}", "mine.at", ""},
    {"{\"timestamp\":\"\"}", "", ""},
    {"{\"timestamp\":-5,\"time\":0,\"ts\":1e300}", "", ""},
    {"{\"timestamp\":{\"x\":1},\"time\":[1],\"ts\":true}", "", ""},
    {"{}", "", ""},
};

static void the_time_of_an_event_without_a_schema_is_looked_for(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct event_typing typing = {
        .log_type = TEXT("T"), .unchecked = true, .time_field = text_from(rows[i].field)};
    struct event_reader *reader = event_reader_new(&typing, TEXT(""), TEXT(""));
    struct buffer record = BUFFER_NONE;
    struct error error = ERROR_NONE;
    struct time_string string;
    buffer_append_string(&record, rows[i].record);
    memset(buffer_reserve(&record, JSON_PADDING), ' ', JSON_PADDING);
    const struct event *event = event_read(reader, buffer_text(&record), TEXT(""), READ_AT, &error);
    assert_non_null(event);
    assert_int_equal(event->untimed, *rows[i].time == '\0');
    time_us expected = READ_AT;
    if (*rows[i].time)
      assert_true(time_parse(text_from(rows[i].time), &expected));
    if (event->event_time != expected)
      fail_msg("%s: %s", rows[i].record, time_format(event->event_time, &string));
    buffer_free(&record);
    event_reader_free(reader);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_time_of_an_event_without_a_schema_is_looked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
