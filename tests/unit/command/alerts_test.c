/* `margay alerts`, from its arguments to what it prints and its exit status. */
#include "command/command_run.h"

#include <jansson.h>

#define ID_A "3f9c21aa00000000000000000000beef"
#define ID_B "a1b2c3d400000000000000000000beef"
#define ID_C "a1b2ffff00000000000000000000beef"

extern const struct command command_alerts;

static struct ran alerts(struct store_fixture *f, const char *arguments) {
  return run_on_store(&command_alerts, f, arguments);
}

static int fill(void **state) {
  fixture_start(state);
  struct store_fixture *f = *state;
  struct store *store = f->store;
  struct alert a = fixture_alert(ID_A), b = fixture_alert(ID_B), c = fixture_alert(ID_C);
  a.match_count = 2;
  a.runbook = TEXT("Ask the owner.\nThen turn it on.");
  b.severity = SEVERITY_CRITICAL;
  b.rule_id = TEXT("Zoom.Other");
  b.created_at = NOON + HOUR;
  b.title = TEXT("\x1b[31mred\x07 \xe2\x80\xae"
                 "flip\nline \xff");
  c.severity = SEVERITY_HIGH;
  c.created_at = NOON + 2 * HOUR;
  DONE(store_alert_add(store, &a, &f->error));
  DONE(store_alert_add(store, &b, &f->error));
  DONE(store_alert_add(store, &c, &f->error));
  struct store_event event = fixture_event("00112233445566778899aabbccddeeff", NOON - HOUR);
  event.record = TEXT("{\"action\":\"Update \xc2\x9b\"}");
  DONE(store_event_add(store, &event, 1, &f->error));
  const struct store_match match = {.alert_id = a.id,
                                    .rule_id = a.rule_id,
                                    .dedup = a.dedup,
                                    .row_id = event.row_id,
                                    .event_time = event.event_time};
  DONE(store_match_add(store, &match, &f->error));
  DONE(store_outbox_add(store, a.id, TEXT("slack"), NOON, &f->error));
  DONE(store_outbox_add(store, a.id, TEXT("pager"), NOON, &f->error));
  DONE(store_outbox_add(store, b.id, TEXT("slack"), NOON, &f->error));
  fixture_record(f, 1, OUTBOX_DELIVERED, NOON, "");
  fixture_record(f, 2, OUTBOX_PARKED, NOON, "400 bad \x1b[2J");
  return 0;
}

/* What each line of NDJSON has under `key`, joined by spaces. */
static void assert_column(const struct ran *ran, const char *key, const char *expected) {
  struct buffer seen = BUFFER_NONE;
  for (const char *line = ran->out; *line;) {
    const char *end = strchr(line, '\n');
    assert_non_null(end);
    json_t *json = json_loadb(line, (size_t)(end - line), 0, NULL);
    assert_non_null(json);
    buffer_printf(&seen, "%s%s", seen.size ? " " : "",
                  json_string_value(json_object_get(json, key)));
    json_decref(json);
    line = end + 1;
  }
  assert_string_equal(seen.data ? seen.data : "", expected);
  buffer_free(&seen);
}

static void the_list_is_newest_first_and_takes_filters(void **state) {
  static const struct {
    const char *arguments, *ids;
  } cases[] = {
      {"", ID_C " " ID_B " " ID_A},
      {"list", ID_C " " ID_B " " ID_A},
      {"list -n 1", ID_C},
      {"--severity HIGH", ID_C " " ID_B},
      {"--severity critical", ID_B},
      {"--rule Zoom.Other", ID_B},
      {"--rule zoom.OTHER", ID_B},
      {"--rule Zoom.None", ""},
      {"--since 2023-11-14T23:13:20Z", ID_C " " ID_B},
      {"--until 2023-11-14T23:13:20Z", ID_A},
      {"--since 2023-11-15", ID_C},
      {"--since 24h", ""},
  };
  struct store_fixture *f = *state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char arguments[256];
    snprintf(arguments, sizeof arguments, "%s --state DB --format json", cases[i].arguments);
    struct ran ran = alerts(f, arguments);
    assert_int_equal(ran.status, EXIT_DONE);
    assert_column(&ran, "alert_id", cases[i].ids);
    assert_string_equal(ran.error,
                        strstr(cases[i].arguments, "-n 1")
                            ? "only the newest 1 are listed: -n lists more, --until older ones\n"
                            : "");
  }
}

static void the_table_shows_how_each_alert_was_delivered(void **state) {
  struct ran ran = alerts(*state, "--state DB");
  assert_int_equal(ran.status, EXIT_DONE);
  assert_non_null(
      strstr(ran.out, "HIGH      a1b2ffff0000  Zoom.PasscodeDisabled  1        open   -  "));
  assert_non_null(
      strstr(ran.out, "CRITICAL  a1b2c3d40000  Zoom.Other             1        open   pending"));
  assert_non_null(
      strstr(ran.out, "LOW       3f9c21aa0000  Zoom.PasscodeDisabled  2        open   parked 1/2"));
}

static void an_empty_list_says_so_beside_the_output(void **state) {
  struct ran ran = alerts(*state, "--state DB --rule Zoom.None");
  assert_int_equal(ran.status, EXIT_DONE);
  assert_string_equal(ran.out, "");
  assert_string_equal(ran.error, "no alerts\n");
}

static void what_is_printed_cannot_steer_a_terminal(void **state) {
  static const char *const cases[] = {"", "-f json", "show a1b2c", "show 3f9c",
                                      "show 3f9c -f json"};
  static const char flip[] = {'\xe2', '\x80', '\xae', '\0'}; /* U+202E */
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char arguments[128];
    snprintf(arguments, sizeof arguments, "%s --state DB", cases[i]);
    struct ran ran = alerts(*state, arguments);
    assert_int_equal(ran.status, EXIT_DONE);
    for (const char *c = ran.out; *c; c++)
      assert_true(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
    assert_null(strstr(ran.out, flip));
    assert_null(strstr(ran.out, "\xc2\x9b"));
    assert_true(text_is_utf8(text_from(ran.out)));
  }
}

static void show_prints_everything_about_an_alert(void **state) {
  static const char *const parts[] = {
      "LOW  Passcode turned off for group Springfield\n",
      "alert        3f9c21aa00000000000000000000beef\n",
      "who          homer@example.com\n",
      "    Ask the owner.\n    Then turn it on.\n",
      "      \"MITRE ATT&CK\": [\n",
      "slack  delivered 2023-11-14 22:13:20 UTC, 1 attempt, key ",
      "pager  parked 2023-11-14 22:13:20 UTC, 1 attempt, key ",
      "last error: 400 bad ",
      "2023-11-14 21:13:20 UTC  row 00112233445566778899aabbccddeeff\n",
      "      \"action\": \"Update ",
      "1 of 2 events are shown",
  };
  struct ran ran = alerts(*state, "show 3f9c --state DB");
  assert_int_equal(ran.status, EXIT_DONE);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (!strstr(ran.out, parts[i]))
      fail_msg("'%s' is not in\n%s", parts[i], ran.out);
}

static void show_as_json_has_events_and_deliveries(void **state) {
  struct ran ran = alerts(*state, "show 3f9c --state DB --format json");
  json_t *json = json_loads(ran.out, 0, NULL);
  assert_int_equal(json_array_size(json_object_get(json, "deliveries")), 2);
  json_t *event = json_array_get(json_object_get(json, "events"), 0);
  assert_string_equal(json_string_value(json_object_get(event, "row_id")),
                      "00112233445566778899aabbccddeeff");
  assert_true(json_is_object(json_object_get(event, "record")));
  json_decref(json);
}

static void mistakes_are_reported_with_their_exit_status(void **state) {
  static const struct {
    const char *arguments, *said;
    int status;
  } cases[] = {
      {"lst", "did you mean 'list'?", EXIT_USAGE},
      {"show --state DB", "needs the id", EXIT_USAGE},
      {"show 3f9c more --state DB", "'more' is too much", EXIT_USAGE},
      {"--sevrity low", "did you mean '--severity'?", EXIT_USAGE},
      {"--severity loud --state DB", "unknown value 'loud'", EXIT_USAGE},
      {"--since soon --state DB", "not 'soon'", EXIT_USAGE},
      {"--limit 0 --state DB", "between 1 and", EXIT_USAGE},
      {"--state /nowhere/margay.db", "cannot read /nowhere/margay.db", EXIT_USAGE},
      {"-c /nowhere/margay.yml", "--state PATH names the state file", EXIT_USAGE},
      {"show a1b2 --state DB", "more than one alert", EXIT_FAILURES},
      {"show ffff --state DB", "no alert 'ffff'", EXIT_FAILURES},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct ran ran = alerts(*state, cases[i].arguments);
    assert_int_equal(ran.status, cases[i].status);
    assert_string_equal(ran.out, "");
    if (!strstr(ran.error, cases[i].said))
      fail_msg("'%s' does not say '%s'", ran.error, cases[i].said);
  }
}

static void a_state_file_that_is_not_there_is_not_made(void **state) {
  struct store_fixture *f = *state;
  char path[160], arguments[200];
  snprintf(path, sizeof path, "%s/typo.db", f->directory);
  snprintf(arguments, sizeof arguments, "--state %s", path);
  assert_int_equal(alerts(f, arguments).status, EXIT_USAGE);
  assert_int_not_equal(access(path, F_OK), 0);
}

static void the_configuration_names_the_state_file(void **state) {
  struct store_fixture *f = *state;
  char path[160], arguments[200];
  snprintf(path, sizeof path, "%s/margay.yml", f->directory);
  FILE *file = fopen(path, "w");
  fputs("state: {path: margay.db}\n", file);
  fclose(file);
  snprintf(arguments, sizeof arguments, "-n 1 -f json -c %s", path);
  struct ran ran = alerts(f, arguments);
  assert_int_equal(ran.status, EXIT_DONE);
  assert_column(&ran, "alert_id", ID_C);
}

static void help_has_examples(void **state) {
  struct ran ran = alerts(*state, "--help");
  assert_int_equal(ran.status, EXIT_DONE);
  assert_non_null(strstr(ran.out, "margay alerts list --severity high --status open --since 24h"));
}

int main(void) {
#define ALERTS_TEST(name) cmocka_unit_test_setup_teardown(name, fill, fixture_end)
  const struct CMUnitTest tests[] = {
      ALERTS_TEST(the_list_is_newest_first_and_takes_filters),
      ALERTS_TEST(the_table_shows_how_each_alert_was_delivered),
      ALERTS_TEST(an_empty_list_says_so_beside_the_output),
      ALERTS_TEST(what_is_printed_cannot_steer_a_terminal),
      ALERTS_TEST(show_prints_everything_about_an_alert),
      ALERTS_TEST(show_as_json_has_events_and_deliveries),
      ALERTS_TEST(mistakes_are_reported_with_their_exit_status),
      ALERTS_TEST(a_state_file_that_is_not_there_is_not_made),
      ALERTS_TEST(the_configuration_names_the_state_file),
      ALERTS_TEST(help_has_examples),
  };
  return cmocka_run_group_tests_name("alerts", tests, NULL, NULL);
}
