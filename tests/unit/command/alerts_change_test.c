/* `margay alerts ack`, `resolve`, `reopen`, `assign` and `note`, and what list and show say after.
 */
#include "command/command_run.h"

#define ID_A "3f9c21aa00000000000000000000beef"
#define ID_B "a1b2c3d400000000000000000000beef"
#define ID_C "a1b2ffff00000000000000000000beef"

extern const struct command command_alerts;

static struct ran alerts(struct store_fixture *f, const char *arguments) {
  return run_on_store(&command_alerts, f, arguments);
}

static void add(struct store_fixture *f, const char *id, const char *rule, const char *actor,
                const char *source) {
  struct alert alert = fixture_alert(id);
  alert.rule_id = text_from(rule);
  alert.actor = text_from(actor);
  alert.source_id = text_from(source);
  DONE(store_alert_add(f->store, &alert, &f->error));
}

static int fill(void **state) {
  fixture_start(state);
  struct store_fixture *f = *state;
  const struct store_destination slack = {TEXT("slack"), ALERT_WHEN_ALWAYS};
  add(f, ID_A, "Zoom.User.Added", "homer@example.com", "zoom");
  add(f, ID_B, "Zoom.User.Deleted", "marge@example.com", "zoom");
  add(f, ID_C, "Zoom.Role.Raised", "homer@example.com", "hooks");
  DONE(store_destinations_set(f->store, &slack, 1, &f->error));
  DONE(store_outbox_add(f->store, TEXT(ID_A), TEXT("slack"), NOON, &f->error));
  fixture_record(f, 1, OUTBOX_DELIVERED, NOON, "");
  setenv("USER", "lisa", 1);
  return 0;
}

static void assert_says(const char *text, const char *part) {
  if (!strstr(text, part))
    fail_msg("'%s' is not in: %s", part, text);
}

static void what_is_acknowledged_waits_for_its_destinations(void **state) {
  struct store_fixture *f = *state;
  struct ran ran = alerts(f, "ack 3f9c --note looking --state DB");
  assert_int_equal(ran.status, EXIT_DONE);
  assert_string_equal(ran.out, ID_A " is acknowledged\n");
  ran = alerts(f, "show 3f9c --state DB");
  assert_says(ran.out, "  state        acknowledged\n");
  assert_says(ran.out, "lisa: acknowledged: looking\n");
  assert_says(ran.out, "slack  pending (acknowledged)");
  ran = alerts(f, "show 3f9c -f json --state DB");
  assert_says(ran.out, "\"state\":\"acknowledged\",\"resolution\":null,\"assignee\":null");
  assert_says(ran.out, "\"who\":\"lisa\",\"via\":\"cli\",\"action\":\"acknowledged\"");
  assert_says(ran.out, "\"occasion\":\"acknowledged\"");
}

static void several_are_changed_and_what_is_refused_is_said(void **state) {
  struct store_fixture *f = *state;
  alerts(f, "ack 3f9c --by bart --state DB");
  struct ran ran = alerts(f, "ack 3f9c a1b2c3 a1b2ff a1b2 ffff --state DB");
  assert_int_equal(ran.status, EXIT_FAILURES);
  assert_string_equal(ran.out, ID_B " is acknowledged\n" ID_C " is acknowledged\n");
  assert_says(ran.error, ID_A " is acknowledged already, by bart\n");
  assert_says(ran.error, "'a1b2' could mean more than one alert");
  assert_says(ran.error, "there is no alert 'ffff'");
  ran = alerts(f, "ack 3f9c -f json --state DB");
  assert_string_equal(ran.out, "{\"alert_id\":\"" ID_A
                               "\",\"action\":\"acknowledged\",\"done\":false,\"reason\":\"is "
                               "acknowledged already, by bart\"}\n");
}

static void the_life_of_an_alert(void **state) {
  struct store_fixture *f = *state;
  static const struct {
    const char *arguments, *out;
  } rows[] = {
      {"assign 3f9c --to bart --state DB", ID_A " is assigned\n"},
      {"note 3f9c --note twice --state DB", ID_A " has the note\n"},
      {"resolve 3f9c --as false_positive --state DB", ID_A " is resolved\n"},
      {"resolve 3f9c --as benign --state DB", ID_A " is resolved\n"},
      {"reopen 3f9c --state DB", ID_A " is open\n"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_string_equal(alerts(f, rows[i].arguments).out, rows[i].out);
  struct ran ran = alerts(f, "show 3f9c --state DB");
  assert_says(ran.out, "  state        open\n  assigned to  bart\n");
  assert_says(ran.out, "lisa: assigned to bart\n");
  assert_says(ran.out, "lisa: noted: twice\n");
  assert_says(ran.out, "lisa: resolved as false positive\n");
  assert_says(ran.out, "lisa: resolved as benign\n");
  assert_says(ran.out, "lisa: reopened\n");
}

/* Which of the three alerts are listed: a, b, c. */
static void assert_listed(struct store_fixture *f, const char *filter, const char *expected) {
  char arguments[256], seen[4] = "";
  size_t count = 0;
  static const char *const ids[] = {ID_A, ID_B, ID_C};
  snprintf(arguments, sizeof arguments, "list -f json --state DB %s", filter);
  struct ran ran = alerts(f, arguments);
  assert_int_equal(ran.status, EXIT_DONE);
  for (size_t i = 0; i < 3; i++)
    if (strstr(ran.out, ids[i]))
      seen[count++] = "abc"[i];
  if (strcmp(seen, expected) != 0)
    fail_msg("%s: %s, not %s", filter, seen, expected);
}

static void the_list_takes_what_alerts_are_selected_by(void **state) {
  struct store_fixture *f = *state;
  alerts(f, "ack a1b2c3 --state DB");
  alerts(f, "resolve a1b2ff --as true_positive --state DB");
  static const struct {
    const char *filter, *listed;
  } rows[] = {
      {"", "abc"},
      {"--status open", "a"},
      {"--status acknowledged", "b"},
      {"--status open --status resolved", "ac"},
      {"--rule zoom.user.*", "ab"},
      {"--rule *", "abc"},
      {"--rule *.Deleted", "b"},
      {"--rule Zoom.Role.Raised", "c"},
      {"--rule Zoom.[RU]*", ""},
      {"--actor homer@example.com", "ac"},
      {"--actor HOMER*", "ac"},
      {"--actor homer", ""},
      {"--source hooks", "c"},
      {"--source zoom --status open --actor homer* --rule Zoom.*", "a"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_listed(f, rows[i].filter, rows[i].listed);
  struct ran ran = alerts(f, "list --status resolved --state DB");
  assert_says(ran.out, "true positive");
}

static bool note_id(void *context, const struct alert *alert) {
  buffer_printf(context, "%.1s", alert->id.data);
  return true;
}

static void what_is_followed_comes_once_in_the_order_of_opening(void **state) {
  struct store_fixture *f = *state;
  const struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE};
  struct buffer seen = BUFFER_NONE;
  int64_t after = 0;
  DONE(store_alert_follow(f->store, &filter, &after, note_id, &seen, &f->error));
  DONE(store_alert_follow(f->store, &filter, &after, note_id, &seen, &f->error));
  add(f, "d0000000000000000000000000000000", "Zoom.User.Added", "lenny", "zoom");
  DONE(store_alert_follow(f->store, &filter, &after, note_id, &seen, &f->error));
  assert_string_equal(seen.data, "3aad");
  buffer_free(&seen);
}

static bool note_change(void *context, const struct alert *alert,
                        const struct alert_history *history) {
  buffer_printf(context, "%.1s:%s by %.*s, %s; ", alert->id.data,
                alert_occasion_name(history->action), TEXT_ARGS(history->who),
                alert_state_name(alert->state));
  return true;
}

static void changes_are_followed_in_their_order_as_the_filter_says(void **state) {
  struct store_fixture *f = *state;
  const struct alert_filter all = {.since = TIME_NONE, .until = TIME_NONE};
  struct alert_filter homers = all;
  struct buffer seen = BUFFER_NONE;
  int64_t after = 0, before = 0;
  homers.actor = TEXT("homer*");
  alerts(f, "ack 3f9c --state DB");
  DONE(store_alert_follow_changes(f->store, &all, &after, note_change, &seen, &f->error));
  alerts(f, "ack a1b2c3 --by bart --state DB");
  alerts(f, "resolve 3f9c a1b2c3 --as benign --state DB");
  DONE(store_alert_follow_changes(f->store, &homers, &after, note_change, &seen, &f->error));
  DONE(store_alert_follow_changes(f->store, &all, &after, note_change, &seen, &f->error));
  assert_string_equal(seen.data,
                      "3:acknowledged by lisa, acknowledged; 3:resolved by lisa, resolved; ");
  buffer_reset(&seen);
  DONE(store_alert_follow_changes(f->store, &all, &before, note_change, &seen, &f->error));
  assert_string_equal(seen.data, "3:acknowledged by lisa, resolved; a:acknowledged by bart, "
                                 "resolved; 3:resolved by lisa, resolved; a:resolved by lisa, "
                                 "resolved; ");
  buffer_free(&seen);
}

static void mistakes_change_nothing(void **state) {
  struct store_fixture *f = *state;
  static const struct {
    const char *arguments, *says;
  } rows[] = {
      {"ack --state DB", "'ack' needs the ids of alerts"},
      {"resolve 3f9c --state DB", "'resolve' needs --as"},
      {"resolve 3f9c --as wrong --state DB", "--as"},
      {"ack 3f9c --as benign --state DB", "'ack' takes no --as"},
      {"assign 3f9c --state DB", "'assign' needs --to WHO"},
      {"ack 3f9c --to bart --state DB", "'ack' takes no --to"},
      {"note 3f9c --state DB", "'note' needs --note TEXT"},
      {"list --status close --state DB", "--status: unknown value 'close'"},
      {"list --state open", "--status open lists such alerts"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ran ran = alerts(f, rows[i].arguments);
    assert_int_equal(ran.status, EXIT_USAGE);
    assert_says(ran.error, rows[i].says);
  }
  unsetenv("USER");
  struct ran ran = alerts(f, "ack 3f9c --state DB");
  assert_int_equal(ran.status, EXIT_USAGE);
  assert_says(ran.error, "--by must say who does it");
  ran = alerts(f, "show 3f9c --state DB");
  assert_null(strstr(ran.out, "History"));
}

#define ALERTS_TEST(name) cmocka_unit_test_setup_teardown(name, fill, fixture_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      ALERTS_TEST(what_is_acknowledged_waits_for_its_destinations),
      ALERTS_TEST(several_are_changed_and_what_is_refused_is_said),
      ALERTS_TEST(the_life_of_an_alert),
      ALERTS_TEST(the_list_takes_what_alerts_are_selected_by),
      ALERTS_TEST(what_is_followed_comes_once_in_the_order_of_opening),
      ALERTS_TEST(changes_are_followed_in_their_order_as_the_filter_says),
      ALERTS_TEST(mistakes_change_nothing),
  };
  return cmocka_run_group_tests_name("alerts_change", tests, NULL, NULL);
}
