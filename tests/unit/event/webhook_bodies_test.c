/*
 * Webhook bodies without event_ts, which Zoom leaves out of some: one for each name of an event in
 * webhook_bodies.ndjson, with its log type. In all that are `timed`, the time at another place is
 * 2024-03-21T07:09:03Z.
 */
#include "event/event_fixture.h"

#include <jansson.h>
#include <stdio.h>

#define THEN INT64_C(1711004943000000)

static void check_body(struct fixture *fixture, const json_t *row) {
  char *body = json_dumps(json_object_get(row, "body"), JSON_COMPACT);
  const char *log_type = json_string_value(json_object_get(row, "log_type"));
  bool timed = json_is_true(json_object_get(row, "timed"));
  const struct event *event = read_event(fixture, body);
  if (!text_is(event->log_type, log_type))
    fail_msg("%s: %.*s", body, TEXT_ARGS(event->log_type));
  bool marked = strstr(write_event(fixture, event), "\"p_schema_errors\":[\"p_event_time\"]");
  if (event->event_time != (timed ? THEN : NOW) || marked == timed)
    fail_msg("%s: %s", body, write_event(fixture, event));
  free(body);
}

static void a_body_without_its_time_on_top_is_typed_by_its_name_and_timed(void **state) {
  struct fixture *fixture = *state;
  FILE *file = fopen("tests/unit/event/webhook_bodies.ndjson", "r");
  json_t *row;
  unsigned count = 0;
  assert_non_null(file);
  use_bundled(fixture);
  while ((row = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
    check_body(fixture, row);
    json_decref(row);
    count++;
  }
  fclose(file);
  assert_true(count >= 82);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_body_without_its_time_on_top_is_typed_by_its_name_and_timed,
                                      start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
