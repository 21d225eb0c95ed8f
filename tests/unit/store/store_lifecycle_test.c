/* The life of alerts in the store: changes, their history, and what waits in the outbox for it. */
#include "store/store_fixture.h"

#define ID "a0000000000000000000000000000000"
#define ALL ALERT_WHEN_ALWAYS

/* ---- what the tests see ------------------------------------------------------------------ */

struct seen_row {
  enum outbox_state state;
  enum alert_occasion occasion;
  int64_t revision, attempts;
  time_us due;
  char key[40], who[24], note[24];
};

static bool see_row(void *context, const struct outbox_row *row) {
  struct seen_row *seen = context;
  *seen = (struct seen_row){.state = row->state,
                            .occasion = row->occasion,
                            .revision = row->revision,
                            .attempts = row->attempts,
                            .due = row->due};
  snprintf(seen->key, sizeof seen->key, "%.*s", TEXT_ARGS(row->idempotency_key));
  snprintf(seen->who, sizeof seen->who, "%.*s", TEXT_ARGS(row->who));
  snprintf(seen->note, sizeof seen->note, "%.*s", TEXT_ARGS(row->note));
  return true;
}

/* Of the alert's one row. */
static struct seen_row row_of(struct store_fixture *f) {
  struct seen_row seen = {.state = OUTBOX_PENDING};
  DONE(store_outbox_list(f->store, TEXT(ID), OUTBOX_PENDING, see_row, &seen, &f->error));
  return seen;
}

static void take_alert(void *context, const struct alert *alert) {
  struct alert *seen = context;
  seen->state = alert->state;
  seen->resolution = alert->resolution;
  seen->severity = alert->severity;
  seen->match_count = alert->match_count;
}

static struct alert alert_of(struct store_fixture *f) {
  struct alert seen = {.match_count = 0};
  DONE(store_alert_show(f->store, TEXT(ID), take_alert, &seen, &f->error));
  return seen;
}

static bool note_history(void *context, const struct alert_history *history) {
  struct buffer *out = context;
  buffer_printf(out, "%s%.*s %s %s", out->size ? "; " : "", TEXT_ARGS(history->who),
                alert_via_name(history->via), alert_occasion_name(history->action));
  if (history->resolution)
    buffer_printf(out, " as %s", alert_resolution_name(history->resolution));
  if (history->assignee.size)
    buffer_printf(out, " to %.*s", TEXT_ARGS(history->assignee));
  if (history->note.size)
    buffer_printf(out, ": %.*s", TEXT_ARGS(history->note));
  return true;
}

static void assert_history(struct store_fixture *f, const char *expected) {
  struct buffer out = BUFFER_NONE;
  DONE(store_alert_history(f->store, TEXT(ID), note_history, &out, &f->error));
  assert_string_equal(out.size ? out.data : "", expected);
  buffer_free(&out);
}

static struct alert_changed change_as(struct store_fixture *f, const struct alert_change *given) {
  struct alert_change change = *given;
  struct alert_changed changed;
  change.alert_id = TEXT(ID);
  if (change.who.size == 0)
    change.who = TEXT("lisa");
  change.via = ALERT_VIA_CLI;
  DONE(store_alert_change(f->store, &change, &changed, &f->error));
  return changed;
}

static void change(struct store_fixture *f, enum alert_occasion action) {
  const struct alert_change change = {
      .action = action, .assignee = TEXT("bart"), .note = TEXT("why")};
  assert_true(change_as(f, &change).done);
}

/* An alert with one delivery, to a destination that wants these occasions. */
static void open_alert(struct store_fixture *f, uint32_t occasions) {
  const struct alert alert = fixture_alert(ID);
  const struct store_destination destination = {TEXT("slack"), occasions};
  DONE(store_alert_add(f->store, &alert, &f->error));
  DONE(store_outbox_add(f->store, TEXT(ID), TEXT("slack"), NOON, &f->error));
  DONE(store_destinations_set(f->store, &destination, 1, &f->error));
}

static void count_claim(void *context, const struct outbox_row *row, const struct alert *alert) {
  (void)alert;
  *(int64_t *)context = row->id;
}

/* 0: there is nothing to claim. */
static int64_t claim(struct store_fixture *f) {
  const struct outbox_claim claim = {TEXT("me"), TEXT("slack"), f->now + 2 * HOUR, US_PER_MINUTE,
                                     10};
  int64_t id = 0;
  DONE(store_outbox_claim(f->store, &claim, count_claim, &id, &f->error));
  return id;
}

static void record(struct store_fixture *f, int64_t id, enum outbox_state state, bool goes_on) {
  const struct outbox_result result = {.id = id,
                                       .owner = TEXT("me"),
                                       .state = state,
                                       .goes_on = goes_on,
                                       .due = NOON + HOUR,
                                       .now = f->now,
                                       .last_error = TEXT("")};
  bool held;
  DONE(store_outbox_record(f->store, &result, &held, &f->error));
  assert_true(held);
}

static void deliver(struct store_fixture *f) {
  record(f, claim(f), OUTBOX_DELIVERED, false);
}

static void assert_row(struct store_fixture *f, enum outbox_state state,
                       enum alert_occasion occasion, int64_t revision) {
  struct seen_row row = row_of(f);
  assert_int_equal(row.state, state);
  assert_int_equal(row.occasion, occasion);
  assert_int_equal(row.revision, revision);
}

/* ---- changes ----------------------------------------------------------------------------- */

static void a_change_is_kept_with_who_did_it_and_sent(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  struct seen_row opening = row_of(f);
  f->now = NOON + 5;
  const struct alert_change resolve = {
      .action = OCCASION_RESOLVED, .resolution = RESOLUTION_FALSE_POSITIVE, .note = TEXT("a test")};
  struct alert_changed changed = change_as(f, &resolve);
  assert_true(changed.known && changed.done);
  assert_int_equal(changed.queued, 1);
  assert_int_equal(alert_of(f).state, ALERT_RESOLVED);
  assert_int_equal(alert_of(f).resolution, RESOLUTION_FALSE_POSITIVE);
  assert_history(f, "lisa cli resolved as false_positive: a test");
  struct seen_row row = row_of(f);
  assert_row(f, OUTBOX_PENDING, OCCASION_RESOLVED, 1);
  assert_string_equal(row.who, "lisa");
  assert_string_equal(row.note, "a test");
  assert_int_equal(row.due, NOON + 5);
  assert_int_equal(row.attempts, 0);
  assert_string_not_equal(row.key, opening.key);
}

static void a_second_acknowledgement_changes_nothing_and_says_whose_the_first_was(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  change(f, OCCASION_ACKNOWLEDGED);
  deliver(f);
  const struct alert_change again = {.action = OCCASION_ACKNOWLEDGED, .who = TEXT("bart")};
  struct alert_changed changed = change_as(f, &again);
  assert_true(changed.known);
  assert_false(changed.done);
  assert_string_equal(changed.reason.text, "is acknowledged already, by lisa");
  assert_history(f, "lisa cli acknowledged: why");
  assert_row(f, OUTBOX_DELIVERED, OCCASION_ACKNOWLEDGED, 1);
}

static void a_change_of_an_unknown_alert_is_none(void **state) {
  struct store_fixture *f = *state;
  const struct alert_change noted = {.action = OCCASION_NOTED, .note = TEXT("x")};
  struct alert_changed changed = change_as(f, &noted);
  assert_false(changed.known || changed.done);
  assert_history(f, "");
}

static void history_goes_with_its_alert(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  change(f, OCCASION_ASSIGNED);
  deliver(f);
  assert_history(f, "lisa cli assigned to bart: why");
  assert_int_equal(fixture_prune(f, STORE_ALERTS, NOON + HOUR, 10), 1);
  assert_history(f, "");
}

static void a_transaction_that_is_taken_back_changes_nothing(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  DONE(store_begin(f->store, &f->error));
  change(f, OCCASION_ACKNOWLEDGED);
  store_rollback(f->store);
  assert_int_equal(alert_of(f).state, ALERT_OPEN);
  assert_history(f, "");
  assert_row(f, OUTBOX_DELIVERED, OCCASION_OPENED, 0);
}

/* ---- what waits in the outbox ------------------------------------------------------------ */

/* Steps, a letter each: D delivered, F failed, P parked, C claimed, M a request of several is done;
 * a acknowledge, r resolve, o reopen, s assign, n note. */
static void take_step(struct store_fixture *f, char step, int64_t *claimed) {
  static const char letters[] = "arosn";
  static const enum alert_occasion actions[] = {OCCASION_ACKNOWLEDGED, OCCASION_RESOLVED,
                                                OCCASION_REOPENED, OCCASION_ASSIGNED,
                                                OCCASION_NOTED};
  const char *letter = strchr(letters, step);
  if (letter) {
    change(f, actions[letter - letters]);
    return;
  }
  if (!*claimed)
    *claimed = claim(f);
  if (step == 'C')
    return;
  record(f, *claimed,
         step == 'D'   ? OUTBOX_DELIVERED
         : step == 'P' ? OUTBOX_PARKED
                       : OUTBOX_PENDING,
         step == 'M');
  *claimed = 0;
}

static void what_happens_to_an_alert_is_one_conversation(void **state) {
  struct store_fixture *f = *state;
  static const struct {
    const char *steps;
    enum outbox_state state;
    enum alert_occasion occasion;
    int64_t revision;
  } rows[] = {
      {"", OUTBOX_PENDING, OCCASION_OPENED, 0},
      {"a", OUTBOX_PENDING, OCCASION_OPENED, 0}, /* the opening shows it */
      {"arD", OUTBOX_DELIVERED, OCCASION_OPENED, 0},
      {"Fr", OUTBOX_PENDING, OCCASION_OPENED, 0},
      {"Da", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 1},
      {"DaD", OUTBOX_DELIVERED, OCCASION_ACKNOWLEDGED, 1},
      {"Dar", OUTBOX_PENDING, OCCASION_RESOLVED, 2},
      {"Darn", OUTBOX_PENDING, OCCASION_RESOLVED, 3},
      {"Dro", OUTBOX_PENDING, OCCASION_REOPENED, 2},
      {"Dns", OUTBOX_PENDING, OCCASION_ASSIGNED, 2},
      {"DaFn", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 2},
      {"DaPn", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 2},
      {"Pa", OUTBOX_PENDING, OCCASION_OPENED, 1},
      /* under way */
      {"Ca", OUTBOX_PENDING, OCCASION_OPENED, 0},
      {"CaD", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 1},
      {"CarD", OUTBOX_PENDING, OCCASION_RESOLVED, 1},
      {"CaF", OUTBOX_PENDING, OCCASION_OPENED, 0},
      {"CaFD", OUTBOX_DELIVERED, OCCASION_OPENED, 0},
      {"CaP", OUTBOX_PENDING, OCCASION_OPENED, 1},
      {"DaCrF", OUTBOX_PENDING, OCCASION_RESOLVED, 2},
      {"DaCnF", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 2},
      {"DaCnP", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 2},
      {"DaCnDD", OUTBOX_DELIVERED, OCCASION_NOTED, 2},
      /* in several requests */
      {"Ma", OUTBOX_PENDING, OCCASION_OPENED, 0},
      {"MaD", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 1},
      {"MCaMFMD", OUTBOX_PENDING, OCCASION_ACKNOWLEDGED, 1},
      {"MaDD", OUTBOX_DELIVERED, OCCASION_ACKNOWLEDGED, 1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    DONE(store_begin(f->store, &f->error));
    open_alert(f, ALL);
    int64_t claimed = 0;
    for (const char *step = rows[i].steps; *step; step++)
      take_step(f, *step, &claimed);
    struct seen_row row = row_of(f);
    if (row.state != rows[i].state || row.occasion != rows[i].occasion ||
        row.revision != rows[i].revision)
      fail_msg("%s: %s %s %d", rows[i].steps, outbox_state_name(row.state),
               alert_occasion_name(row.occasion), (int)row.revision);
    store_rollback(f->store);
  }
}

static void a_destination_gets_the_occasions_that_it_wants(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALERT_WHEN(OCCASION_RESOLVED));
  deliver(f);
  change(f, OCCASION_ACKNOWLEDGED);
  assert_row(f, OUTBOX_DELIVERED, OCCASION_OPENED, 0);
  change(f, OCCASION_RESOLVED);
  assert_row(f, OUTBOX_PENDING, OCCASION_RESOLVED, 1);
}

static void a_destination_that_is_not_configured_gets_none(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  DONE(store_destinations_set(f->store, NULL, 0, &f->error));
  change(f, OCCASION_RESOLVED);
  assert_row(f, OUTBOX_DELIVERED, OCCASION_OPENED, 0);
}

/* ---- matches ----------------------------------------------------------------------------- */

static void an_update_is_sent_at_ten_times_the_matches(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  for (int64_t count = 2; count <= 1000; count++) {
    int64_t queued = fixture_join(f, ID, NOON, SEVERITY_INFO).queued;
    assert_int_equal(queued, count == 10 || count == 100 || count == 1000);
    if (queued) {
      assert_int_equal(row_of(f).occasion, OCCASION_GREW);
      deliver(f);
    }
  }
  assert_history(f, "");
}

static void a_more_severe_match_raises_the_alert_and_is_sent(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  assert_false(fixture_join(f, ID, NOON, SEVERITY_LOW).rose);
  assert_true(fixture_join(f, ID, NOON, SEVERITY_CRITICAL).rose);
  assert_false(fixture_join(f, ID, NOON, SEVERITY_HIGH).rose);
  assert_int_equal(alert_of(f).severity, SEVERITY_CRITICAL);
  assert_row(f, OUTBOX_PENDING, OCCASION_ROSE, 1);
  assert_history(f, "margay margay rose");
}

static void a_resolved_alert_grows_in_silence_but_a_rise_reopens_it(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  change(f, OCCASION_RESOLVED);
  deliver(f);
  for (int i = 0; i < 20; i++)
    assert_int_equal(fixture_join(f, ID, NOON, SEVERITY_LOW).queued, 0);
  assert_int_equal(alert_of(f).state, ALERT_RESOLVED);
  fixture_join(f, ID, NOON, SEVERITY_HIGH);
  assert_int_equal(alert_of(f).state, ALERT_OPEN);
  assert_int_equal(row_of(f).occasion, OCCASION_REOPENED);
  assert_history(f,
                 "lisa cli resolved: why; margay margay rose; margay margay reopened: it goes on");
}

static void what_goes_on_reopens_what_has_no_window(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  change(f, OCCASION_RESOLVED);
  const struct alert_join join = {
      .alert_id = TEXT(ID), .event_time = NOON, .severity = SEVERITY_LOW, .reopens = true};
  struct alert_joined joined;
  DONE(store_alert_join(f->store, &join, &joined, &f->error));
  assert_int_equal(alert_of(f).state, ALERT_OPEN);
}

static int64_t end_windows(struct store_fixture *f, time_us now) {
  int64_t queued;
  DONE(store_alert_windows_end(f->store, now, 10, &queued, &f->error));
  return queued;
}

static void the_end_of_a_window_is_sent_when_matches_came_since(void **state) {
  struct store_fixture *f = *state;
  time_us next;
  open_alert(f, ALL);
  deliver(f);
  DONE(store_alert_window(f->store, TEXT(ID), NOON + HOUR, &f->error));
  DONE(store_alert_window_next(f->store, &next, &f->error));
  assert_int_equal(next, TIME_NONE);
  fixture_join(f, ID, NOON, SEVERITY_LOW);
  DONE(store_alert_window_next(f->store, &next, &f->error));
  assert_int_equal(next, NOON + HOUR);
  assert_int_equal(end_windows(f, NOON + HOUR - 1), 0);
  assert_int_equal(end_windows(f, NOON + HOUR), 1);
  assert_row(f, OUTBOX_PENDING, OCCASION_GREW, 1);
  assert_int_equal(end_windows(f, NOON + 9 * HOUR), 0);
}

static void the_end_of_a_resolved_alerts_window_is_not_sent(void **state) {
  struct store_fixture *f = *state;
  open_alert(f, ALL);
  deliver(f);
  DONE(store_alert_window(f->store, TEXT(ID), NOON, &f->error));
  fixture_join(f, ID, NOON, SEVERITY_LOW);
  change(f, OCCASION_RESOLVED);
  deliver(f);
  assert_int_equal(end_windows(f, NOON), 0);
  assert_row(f, OUTBOX_DELIVERED, OCCASION_RESOLVED, 1);
}

/* ---- other processes --------------------------------------------------------------------- */

static void what_another_handle_writes_is_noticed_once(void **state) {
  struct store_fixture *f = *state;
  struct store *other = fixture_open(f);
  bool wrote;
  DONE(store_others_wrote(f->store, &wrote, &f->error));
  open_alert(f, ALL);
  DONE(store_others_wrote(f->store, &wrote, &f->error));
  assert_false(wrote);
  const struct alert_change note = {
      .alert_id = TEXT(ID), .action = OCCASION_NOTED, .note = TEXT("x"), .who = TEXT("lisa")};
  struct alert_changed changed;
  DONE(store_alert_change(other, &note, &changed, &f->error));
  DONE(store_others_wrote(f->store, &wrote, &f->error));
  assert_true(wrote);
  DONE(store_others_wrote(f->store, &wrote, &f->error));
  assert_false(wrote);
  store_close(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_change_is_kept_with_who_did_it_and_sent),
      STORE_TEST(a_second_acknowledgement_changes_nothing_and_says_whose_the_first_was),
      STORE_TEST(a_change_of_an_unknown_alert_is_none),
      STORE_TEST(history_goes_with_its_alert),
      STORE_TEST(a_transaction_that_is_taken_back_changes_nothing),
      STORE_TEST(what_happens_to_an_alert_is_one_conversation),
      STORE_TEST(a_destination_gets_the_occasions_that_it_wants),
      STORE_TEST(a_destination_that_is_not_configured_gets_none),
      STORE_TEST(an_update_is_sent_at_ten_times_the_matches),
      STORE_TEST(a_more_severe_match_raises_the_alert_and_is_sent),
      STORE_TEST(a_resolved_alert_grows_in_silence_but_a_rise_reopens_it),
      STORE_TEST(what_goes_on_reopens_what_has_no_window),
      STORE_TEST(the_end_of_a_window_is_sent_when_matches_came_since),
      STORE_TEST(the_end_of_a_resolved_alerts_window_is_not_sent),
      STORE_TEST(what_another_handle_writes_is_noticed_once),
  };
  return cmocka_run_group_tests_name("store_lifecycle", tests, NULL, NULL);
}
