/* `margay outbox`, from its arguments to what it prints and its exit status. */
#include "command/command_run.h"

#include <jansson.h>

#define ID_A "3f9c21aa00000000000000000000beef"
#define ID_B "a1b2c3d400000000000000000000beef"

extern const struct command command_outbox;

/* A (low): slack delivered, pager parked, gone parked. B (critical): slack pending, gone parked. */
static int fill(void **state) {
  fixture_start(state);
  struct store_fixture *f = *state;
  struct alert a = fixture_alert(ID_A), b = fixture_alert(ID_B);
  static const struct {
    const char *alert, *destination;
  } rows[] = {{ID_A, "slack"}, {ID_A, "pager"}, {ID_A, "gone"}, {ID_B, "slack"}, {ID_B, "gone"}};
  a.severity = SEVERITY_LOW;
  b.severity = SEVERITY_CRITICAL;
  DONE(store_alert_add(f->store, &a, &f->error));
  DONE(store_alert_add(f->store, &b, &f->error));
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    DONE(store_outbox_add(f->store, text_from(rows[i].alert), text_from(rows[i].destination), NOON,
                          &f->error));
  fixture_record(f, 1, OUTBOX_DELIVERED, NOON, "");
  fixture_record(f, 2, OUTBOX_PARKED, NOON, "400 bad \x1b[2J");
  fixture_record(f, 3, OUTBOX_PARKED, NOON, "not configured");
  fixture_record(f, 5, OUTBOX_PARKED, NOON, "not configured");
  return 0;
}

static struct ran outbox(struct store_fixture *f, const char *arguments) {
  char with_state[256];
  snprintf(with_state, sizeof with_state, "%s --state DB", arguments);
  return run_on_store(&command_outbox, f, with_state);
}

/* "gone/CRITICAL" of each line of NDJSON. */
static void assert_deliveries(const struct ran *ran, const char *expected) {
  struct buffer seen = BUFFER_NONE;
  for (const char *line = ran->out; *line; line = strchr(line, '\n') + 1) {
    json_t *json = json_loadb(line, strcspn(line, "\n"), 0, NULL);
    assert_non_null(json);
    buffer_printf(&seen, "%s%s/%s", seen.size ? " " : "",
                  json_string_value(json_object_get(json, "destination")),
                  json_string_value(json_object_get(json, "severity")));
    json_decref(json);
  }
  assert_string_equal(seen.data ? seen.data : "", expected);
  buffer_free(&seen);
}

static void the_list_takes_filters(void **state) {
  static const struct {
    const char *arguments, *deliveries;
  } cases[] = {
      {"-f json", "pager/LOW gone/LOW slack/CRITICAL gone/CRITICAL"},
      {"list --state-filter all -f json",
       "slack/LOW pager/LOW gone/LOW slack/CRITICAL gone/CRITICAL"},
      {"list --state-filter parked -n 1 -f json", "pager/LOW"},
      {"list --state-filter pending -f json", "slack/CRITICAL"},
      {"list --severity high -f json", "slack/CRITICAL gone/CRITICAL"},
      {"list a1b2 --state-filter parked -f json", "gone/CRITICAL"},
      {"list -d gone -f json", "gone/LOW gone/CRITICAL"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct ran ran = outbox(*state, cases[i].arguments);
    assert_int_equal(ran.status, EXIT_DONE);
    assert_deliveries(&ran, cases[i].deliveries);
  }
}

static void the_table_cannot_steer_a_terminal(void **state) {
  struct ran ran = outbox(*state, "");
  assert_int_equal(ran.status, EXIT_DONE);
  assert_non_null(strstr(ran.out, "parked"));
  assert_non_null(strstr(ran.out, "400 bad"));
  assert_null(strchr(ran.out, '\x1b'));
}

static void deliveries_are_retried_and_dropped_by_what_they_are(void **state) {
  static const struct {
    const char *arguments, *said;
  } steps[] = {
      {"retry a1b2 -d pager", "0 parked deliveries are pending again\n"},
      {"retry -d pager", "1 parked delivery is pending again; margay run"},
      {"drop -d gone --severity high", "1 delivery was dropped\n"},
      {"drop -d gone", "1 delivery was dropped\n"},
      {"drop --all", "0 deliveries were dropped\n"},
      {"drop 3f9c --state-filter pending", "1 delivery was dropped\n"},
      {"drop --all --state-filter all", "2 deliveries were dropped\n"},
  };
  struct store_fixture *f = *state;
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    struct ran ran = outbox(f, steps[i].arguments);
    assert_int_equal(ran.status, EXIT_DONE);
    if (!strstr(ran.out, steps[i].said))
      fail_msg("'%s': '%s' does not say '%s'", steps[i].arguments, ran.out, steps[i].said);
  }
  struct store_counts counts;
  DONE(store_count(f->store, &counts, &f->error));
  assert_int_equal(counts.outbox_parked + counts.outbox_pending + counts.outbox_delivered, 0);
}

static void ignore(void *context, const struct outbox_row *row, const struct alert *alert) {
  (void)context, (void)row, (void)alert;
}

static void what_is_being_sent_is_not_dropped(void **state) {
  struct store_fixture *f = *state;
  const struct clock clock = clock_system();
  const struct outbox_claim claim = {.owner = TEXT("daemon"),
                                     .destination_id = TEXT("slack"),
                                     .now = clock_now(&clock),
                                     .lease_us = HOUR,
                                     .limit = 1};
  DONE(store_outbox_claim(f->store, &claim, ignore, NULL, &f->error));
  struct ran ran = outbox(f, "drop -d slack --state-filter pending");
  assert_string_equal(ran.out, "0 deliveries were dropped\n");
}

static void mistakes_are_reported_with_their_exit_status(void **state) {
  static const struct {
    const char *arguments, *said;
    int status;
  } cases[] = {
      {"drpo", "did you mean 'drop'?", EXIT_USAGE},
      {"drop", "drop needs the id of an alert, --destination NAME, or --all", EXIT_USAGE},
      {"retry", "retry needs the id of an alert", EXIT_USAGE},
      {"drop 3f9c --all", "leave the alert and --destination out", EXIT_USAGE},
      {"retry --all --state-filter pending", "leave --state-filter out", EXIT_USAGE},
      {"list 3f9c a1b2", "more than one alert", EXIT_USAGE},
      {"--severity loud", "unknown value 'loud'", EXIT_USAGE},
      {"retry ffff", "no alert 'ffff'", EXIT_FAILURES},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct ran ran = outbox(*state, cases[i].arguments);
    assert_int_equal(ran.status, cases[i].status);
    assert_string_equal(ran.out, "");
    if (!strstr(ran.error, cases[i].said))
      fail_msg("'%s' does not say '%s'", ran.error, cases[i].said);
  }
}

int main(void) {
#define OUTBOX_TEST(name) cmocka_unit_test_setup_teardown(name, fill, fixture_end)
  const struct CMUnitTest tests[] = {
      OUTBOX_TEST(the_list_takes_filters),
      OUTBOX_TEST(the_table_cannot_steer_a_terminal),
      OUTBOX_TEST(deliveries_are_retried_and_dropped_by_what_they_are),
      OUTBOX_TEST(what_is_being_sent_is_not_dropped),
      OUTBOX_TEST(mistakes_are_reported_with_their_exit_status),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
