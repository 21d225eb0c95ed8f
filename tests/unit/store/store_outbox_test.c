/* The outbox. */
#include "store/store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

struct deliveries {
  struct store_fixture *f;
  size_t count, most;
  char ids[16][24]; /* alert>destination */
  struct outbox_row rows[16];
  char keys[16][40];
  char errors[16][40];
};

static void note(struct deliveries *seen, const struct outbox_row *row) {
  size_t i = seen->count++;
  snprintf(seen->ids[i], sizeof seen->ids[i], "%.*s>%.*s", TEXT_ARGS(row->alert_id),
           TEXT_ARGS(row->destination_id));
  snprintf(seen->keys[i], sizeof seen->keys[i], "%.*s", TEXT_ARGS(row->idempotency_key));
  snprintf(seen->errors[i], sizeof seen->errors[i], "%.*s", TEXT_ARGS(row->last_error));
  seen->rows[i] = *row;
}

static void claim_one(void *context, const struct outbox_row *row, const struct alert *alert) {
  note(context, row);
  assert_true(text_equal(alert->id, row->alert_id));
  assert_true(text_is(alert->title, "Passcode turned off for group Springfield"));
}

static bool list_one(void *context, const struct outbox_row *row) {
  struct deliveries *seen = context;
  note(seen, row);
  return seen->most == 0 || seen->count < seen->most;
}

#define LEASE US_PER_MINUTE

/* Claims rows of the destination slack. */
static struct deliveries claim(struct store_fixture *f, const char *owner, time_us now,
                               int64_t limit) {
  struct deliveries seen = {.f = f};
  const struct outbox_claim wanted = {.owner = text_from(owner),
                                      .destination_id = TEXT("slack"),
                                      .now = now,
                                      .lease_us = LEASE,
                                      .limit = limit};
  DONE(store_outbox_claim(f->store, &wanted, claim_one, &seen, &f->error));
  return seen;
}

static void release(struct store_fixture *f, const char *owner) {
  DONE(store_outbox_release(f->store, text_from(owner), &f->error));
}

static struct deliveries listed(struct store_fixture *f, const char *alert,
                                enum outbox_state state) {
  struct deliveries seen = {.f = f};
  DONE(store_outbox_list(f->store, text_from(alert), state, list_one, &seen, &f->error));
  return seen;
}

static void send_of(struct store_fixture *f, enum severity severity, const char *alert,
                    const char *destination, time_us at) {
  struct alert given = fixture_alert(alert);
  given.severity = severity;
  DONE(store_alert_add(f->store, &given, &f->error));
  DONE(store_outbox_add(f->store, text_from(alert), text_from(destination), at, &f->error));
}

static void send(struct store_fixture *f, const char *alert, const char *destination, time_us at) {
  send_of(f, SEVERITY_LOW, alert, destination, at);
}

static void assert_ids(const struct deliveries *seen, const char *const *ids) {
  size_t count = 0;
  for (; ids[count]; count++) {
    assert_true(count < seen->count);
    assert_string_equal(seen->ids[count], ids[count]);
  }
  assert_int_equal(seen->count, count);
}
#define ASSERT_IDS(seen, ...) assert_ids((seen), (const char *const[]){__VA_ARGS__, NULL})

/* ---- claims ------------------------------------------------------------------------------ */

static void what_is_due_longest_is_claimed_first(void **state) {
  struct store_fixture *f = *state;
  send(f, "late", "slack", NOON + 2);
  send(f, "first", "slack", NOON);
  send(f, "then", "slack", NOON + 1);
  send(f, "then", "mail", NOON + 1);
  struct deliveries seen = claim(f, "me", NOON - 1, 10);
  assert_int_equal(seen.count, 0);
  seen = claim(f, "me", NOON + 2, 1);
  ASSERT_IDS(&seen, "first>slack");
  seen = claim(f, "me", NOON + 1, 10);
  ASSERT_IDS(&seen, "then>slack");
}

static void the_gravest_is_claimed_first_and_then_what_is_due_longest(void **state) {
  struct store_fixture *f = *state;
  send_of(f, SEVERITY_INFO, "info", "slack", NOON);
  send_of(f, SEVERITY_LOW, "low", "slack", NOON);
  send_of(f, SEVERITY_CRITICAL, "crit2", "slack", NOON + 2);
  send_of(f, SEVERITY_CRITICAL, "crit1", "slack", NOON + 1);
  send_of(f, SEVERITY_CRITICAL, "later", "slack", NOON + 100);
  send_of(f, SEVERITY_MEDIUM, "medium", "slack", NOON + 3);
  send_of(f, SEVERITY_HIGH, "other", "mail", NOON);
  struct deliveries seen = claim(f, "me", NOON + 3, 3);
  ASSERT_IDS(&seen, "crit1>slack", "crit2>slack", "medium>slack");
  seen = claim(f, "me", NOON + 3, 10);
  ASSERT_IDS(&seen, "low>slack", "info>slack");
  seen = claim(f, "me", NOON + 100, 10);
  ASSERT_IDS(&seen, "later>slack");
}

static void note_due(void *context, struct text destination_id, time_us due) {
  (void)destination_id;
  *(time_us *)context = due;
}

static void a_destination_waits_for_its_first_whatever_the_severity(void **state) {
  struct store_fixture *f = *state;
  time_us due = 0;
  send_of(f, SEVERITY_CRITICAL, "grave", "slack", NOON + 9);
  send_of(f, SEVERITY_LOW, "slight", "slack", NOON + 4);
  send_of(f, SEVERITY_HIGH, "between", "slack", NOON + 6);
  DONE(store_outbox_waiting(f->store, TEXT("me"), note_due, &due, &f->error));
  assert_int_equal(due, NOON + 4);
}

static void a_claimed_row_is_nobody_elses_until_its_lease_ends(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON);
  struct deliveries seen = claim(f, "me", NOON, 1);
  ASSERT_IDS(&seen, "a>slack");
  seen = claim(f, "you", NOON, 10);
  ASSERT_IDS(&seen, "b>slack");
  seen = claim(f, "you", NOON + LEASE - 1, 10);
  assert_int_equal(seen.count, 0);
  seen = claim(f, "you", NOON + LEASE, 10);
  ASSERT_IDS(&seen, "a>slack");
}

static void an_owner_is_not_given_what_it_holds_however_long_that_takes(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  claim(f, "me", NOON, 1);
  struct deliveries seen = claim(f, "me", NOON + 10 * LEASE, 10);
  assert_int_equal(seen.count, 0);
}

static bool record(struct store_fixture *f, int64_t id, const char *owner, enum outbox_state state,
                   time_us due, const char *last_error) {
  const struct outbox_result result = {.id = id,
                                       .owner = text_from(owner),
                                       .state = state,
                                       .due = due,
                                       .now = NOON,
                                       .last_error = text_from(last_error)};
  bool held;
  DONE(store_outbox_record(f->store, &result, &held, &f->error));
  return held;
}

static void a_result_ends_the_lease(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  claim(f, "me", NOON, 1);
  assert_true(record(f, 1, "me", OUTBOX_PENDING, NOON + 5, "503"));
  struct deliveries seen = claim(f, "you", NOON + 5, 1);
  ASSERT_IDS(&seen, "a>slack");
  assert_int_equal(seen.rows[0].attempts, 1);
}

static void the_result_of_one_that_lost_its_lease_changes_nothing(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  claim(f, "me", NOON, 1);
  claim(f, "you", NOON + LEASE, 1);
  assert_false(record(f, 1, "me", OUTBOX_DELIVERED, NOON, ""));
  struct deliveries seen = listed(f, "a", OUTBOX_PENDING);
  assert_int_equal(seen.rows[0].state, OUTBOX_PENDING);
  assert_int_equal(seen.rows[0].attempts, 0);
  assert_true(record(f, 1, "you", OUTBOX_DELIVERED, NOON, ""));
  assert_false(record(f, 1, "you", OUTBOX_DELIVERED, NOON, ""));
  assert_false(record(f, 77, "you", OUTBOX_DELIVERED, NOON, ""));
}

static void leases_are_released_by_owner_or_all_at_once(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON);
  claim(f, "me", NOON, 1);
  claim(f, "you", NOON, 1);
  release(f, "me");
  struct deliveries seen = claim(f, "third", NOON, 10);
  ASSERT_IDS(&seen, "a>slack");
  release(f, "");
  seen = claim(f, "fourth", NOON, 10);
  ASSERT_IDS(&seen, "a>slack", "b>slack");
}

static void a_claim_is_taken_back_with_the_callers_transaction(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  DONE(store_begin(f->store, &f->error));
  claim(f, "me", NOON, 1);
  store_rollback(f->store);
  struct deliveries seen = claim(f, "you", NOON, 1);
  ASSERT_IDS(&seen, "a>slack");
}

/* Only a claim does without. */
static void what_follows_a_claim_waits_for_the_disk_again(void **state) {
  struct store_fixture *f = *state;
  sqlite3_stmt *statement;
  send(f, "a", "slack", NOON);
  claim(f, "me", NOON, 1);
  assert_int_equal(sqlite3_prepare_v2(f->store->db, "PRAGMA synchronous", -1, &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(statement, 0), 2);
  sqlite3_finalize(statement);
}

enum { CLAIMERS = 4, CLAIMED_ROWS = 200 };

struct claimer {
  struct store_fixture *f;
  atomic_int *handed_out; /* of each row, by id */
  atomic_int *left;
  char owner[24];
  pthread_t thread;
};

static void count_claimed(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct claimer *claimer = context;
  (void)alert;
  atomic_fetch_add(&claimer->handed_out[row->id], 1);
  atomic_fetch_sub(claimer->left, 1);
}

/* With a handle of its own, as another process would be. */
static void *claim_all(void *context) {
  struct claimer *claimer = context;
  struct error error = ERROR_NONE;
  struct store *store = store_open(claimer->f->path, &error);
  const struct outbox_claim wanted = {.owner = text_from(claimer->owner),
                                      .destination_id = TEXT("slack"),
                                      .now = NOON,
                                      .lease_us = LEASE,
                                      .limit = 3};
  while (store && !error.set && atomic_load(claimer->left) > 0)
    store_outbox_claim(store, &wanted, count_claimed, claimer, &error);
  store_close(store);
  return error.set ? context : NULL;
}

static void handles_that_claim_at_once_never_get_the_same_row(void **state) {
  struct store_fixture *f = *state;
  atomic_int handed_out[CLAIMED_ROWS + 1] = {0}, left = CLAIMED_ROWS;
  struct claimer claimers[CLAIMERS];
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < CLAIMED_ROWS; i++) {
    char id[16];
    snprintf(id, sizeof id, "a%d", i);
    send(f, id, "slack", NOON);
  }
  DONE(store_commit(f->store, &f->error));
  for (int i = 0; i < CLAIMERS; i++) {
    claimers[i] = (struct claimer){.f = f, .handed_out = handed_out, .left = &left};
    snprintf(claimers[i].owner, sizeof claimers[i].owner, "owner%d", i);
    assert_int_equal(pthread_create(&claimers[i].thread, NULL, claim_all, &claimers[i]), 0);
  }
  for (int i = 0; i < CLAIMERS; i++) {
    void *failed;
    pthread_join(claimers[i].thread, &failed);
    assert_null(failed);
  }
  for (int id = 1; id <= CLAIMED_ROWS; id++)
    assert_int_equal(atomic_load(&handed_out[id]), 1);
}

/* ---- waiting ----------------------------------------------------------------------------- */

static void note_waiting(void *context, struct text destination_id, time_us at) {
  buffer_printf(context, "%.*s+%d ", TEXT_ARGS(destination_id), (int)(at - NOON));
}

static void append_waiting(struct store_fixture *f, const char *owner, struct buffer *out) {
  DONE(store_outbox_waiting(f->store, text_from(owner), note_waiting, out, &f->error));
}

static void every_destination_with_pending_rows_waits_for_its_first(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON + 5);
  send(f, "b", "slack", NOON + 3);
  send(f, "a", "mail", NOON + 9);
  send(f, "a", "pager", NOON);
  send(f, "a", "webhook", NOON + 1);
  fixture_record(f, 4, OUTBOX_PARKED, NOON, "gone");
  static const struct {
    const char *owner, *waiting;
    time_us at; /* when it claims one row of slack */
  } steps[] = {
      {"me", "mail+9 slack+5 webhook+1 ", NOON + 3},
      {"me", "mail+9 webhook+1 ", NOON + 5},
  };
  struct buffer waiting = BUFFER_NONE;
  append_waiting(f, "me", &waiting);
  assert_string_equal(waiting.data, "mail+9 slack+3 webhook+1 ");
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    claim(f, steps[i].owner, steps[i].at, 1);
    buffer_reset(&waiting);
    append_waiting(f, "me", &waiting);
    assert_string_equal(waiting.data, steps[i].waiting);
  }
  buffer_reset(&waiting);
  append_waiting(f, "you", &waiting);
  assert_string_equal(waiting.data, "mail+9 slack+60000003 webhook+1 "); /* a lease ends */
  buffer_free(&waiting);
}

static void a_row_that_another_holds_does_not_hide_one_that_is_free(void **state) {
  struct store_fixture *f = *state;
  struct buffer waiting = BUFFER_NONE;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON + 7);
  claim(f, "you", NOON, 1);
  append_waiting(f, "me", &waiting);
  assert_string_equal(waiting.data, "slack+7 ");
  buffer_free(&waiting);
}

/* ---- rows -------------------------------------------------------------------------------- */

static void a_pair_that_is_there_already_stays_as_it_is(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  fixture_record(f, 1, OUTBOX_DELIVERED, NOON, "");
  send(f, "a", "slack", NOON);
  struct deliveries seen = claim(f, "me", NOON, 10);
  assert_int_equal(seen.count, 0);
  seen = listed(f, "a", OUTBOX_PENDING);
  assert_int_equal(seen.count, 1);
  assert_int_equal(seen.rows[0].state, OUTBOX_DELIVERED);
}

static void the_key_stays_the_same_at_every_attempt_and_differs_by_destination(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "a", "mail", NOON);
  struct deliveries before = listed(f, "a", OUTBOX_PENDING);
  fixture_record(f, 1, OUTBOX_PENDING, NOON, "timed out");
  struct deliveries after = listed(f, "a", OUTBOX_PENDING);
  assert_int_equal(strlen(before.keys[0]), 32);
  assert_string_equal(before.keys[0], after.keys[0]);
  assert_string_not_equal(before.keys[0], before.keys[1]);
}

static void the_key_of_an_alert_made_again_in_another_store_is_the_same(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  struct deliveries one = claim(f, "me", NOON, 1);
  store_close(f->store);
  f->store = store_open_scratch(&f->error);
  send(f, "b", "slack", NOON);
  send(f, "a", "slack", NOON + 1);
  struct deliveries two = listed(f, "a", OUTBOX_PENDING);
  assert_string_equal(one.keys[0], two.keys[0]);
}

static void an_attempt_is_counted_with_its_error_and_next_time(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  fixture_record(f, 1, OUTBOX_PENDING, NOON + HOUR, "503 Service Unavailable");
  struct deliveries seen = claim(f, "me", NOON, 10);
  assert_int_equal(seen.count, 0);
  seen = claim(f, "me", NOON + HOUR, 10);
  assert_int_equal(seen.rows[0].attempts, 1);
  assert_string_equal(seen.errors[0], "503 Service Unavailable");
  const struct outbox_result delivered = {
      .id = 1, .owner = TEXT("me"), .state = OUTBOX_DELIVERED, .due = NOON + HOUR, .now = NOON};
  bool held;
  DONE(store_outbox_record(f->store, &delivered, &held, &f->error));
  assert_true(held);
  seen = listed(f, "", OUTBOX_DELIVERED);
  assert_int_equal(seen.rows[0].attempts, 2);
  assert_string_equal(seen.errors[0], "");
}

static void parked_rows_are_listed_and_go_back_on_request(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "a", "mail", NOON);
  send(f, "b", "slack", NOON);
  fixture_record(f, 1, OUTBOX_PARKED, NOON, "404");
  fixture_record(f, 2, OUTBOX_DELIVERED, NOON, "");
  fixture_record(f, 3, OUTBOX_PARKED, NOON, "400");
  struct deliveries seen = listed(f, "", OUTBOX_PARKED);
  ASSERT_IDS(&seen, "a>slack", "b>slack");

  int64_t count;
  DONE(store_outbox_retry(f->store, &(struct outbox_filter){.alert_id = TEXT("a")}, NOON + 7,
                          &count, &f->error));
  assert_int_equal(count, 1);
  seen = claim(f, "me", NOON + 7, 10);
  ASSERT_IDS(&seen, "a>slack");
  assert_int_equal(seen.rows[0].attempts, 1);
  assert_string_equal(seen.errors[0], "404");

  DONE(store_outbox_retry(f->store, &(struct outbox_filter){.limit = 0}, NOON + 8, &count,
                          &f->error));
  assert_int_equal(count, 1);
  DONE(store_outbox_retry(f->store, &(struct outbox_filter){.limit = 0}, NOON + 9, &count,
                          &f->error));
  assert_int_equal(count, 0);
}

static void a_list_ends_when_the_callback_says_so(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON);
  struct deliveries seen = {.f = f, .most = 1};
  DONE(store_outbox_list(f->store, TEXT(""), OUTBOX_PENDING, list_one, &seen, &f->error));
  assert_int_equal(seen.count, 1);
}

static void record_within(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct deliveries *seen = context;
  struct store_fixture *f = seen->f;
  claim_one(context, row, alert);
  assert_true(record(f, row->id, "me", OUTBOX_DELIVERED, NOON, ""));
  struct store *other = fixture_open(f); /* another writer in the meantime */
  DONE(store_checkpoint_set(other, TEXT("zoom"), alert->id, &f->error));
  store_close(other);
}

static void a_claimed_row_may_be_recorded_in_the_callback_while_others_write(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON);
  send(f, "c", "slack", NOON);
  struct deliveries seen = {.f = f};
  const struct outbox_claim wanted = {.owner = TEXT("me"),
                                      .destination_id = TEXT("slack"),
                                      .now = NOON,
                                      .lease_us = LEASE,
                                      .limit = 10};
  DONE(store_outbox_claim(f->store, &wanted, record_within, &seen, &f->error));
  ASSERT_IDS(&seen, "a>slack", "b>slack", "c>slack");
  seen = listed(f, "", OUTBOX_DELIVERED);
  assert_int_equal(seen.count, 3);
}

static void what_waits_for_a_destination_is_parked_but_not_what_is_on_its_way(void **state) {
  struct store_fixture *f = *state;
  int64_t count;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON + HOUR);
  send(f, "c", "slack", NOON + 2 * HOUR);
  send(f, "a", "mail", NOON);
  claim(f, "me", NOON, 1);
  static const int64_t parked[] = {1, 1, 0};
  for (size_t i = 0; i < sizeof parked / sizeof parked[0]; i++) {
    DONE(store_outbox_park(
        f->store,
        &(struct outbox_park){
            .destination_id = TEXT("slack"), .now = NOON, .last_error = TEXT("gone"), .limit = 1},
        &count, &f->error));
    assert_int_equal(count, parked[i]);
  }
  struct deliveries seen = listed(f, "", OUTBOX_PARKED);
  ASSERT_IDS(&seen, "b>slack", "c>slack");
  assert_int_equal(seen.rows[0].attempts, 0);
  assert_string_equal(seen.errors[1], "gone");
}

static void a_row_for_an_alert_that_is_not_there_is_refused(void **state) {
  struct store_fixture *f = *state;
  assert_refused(f, store_outbox_add(f->store, TEXT("nobody"), TEXT("slack"), NOON, &f->error),
                 "FOREIGN KEY");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(what_is_due_longest_is_claimed_first),
      STORE_TEST(the_gravest_is_claimed_first_and_then_what_is_due_longest),
      STORE_TEST(a_destination_waits_for_its_first_whatever_the_severity),
      STORE_TEST(a_claimed_row_is_nobody_elses_until_its_lease_ends),
      STORE_TEST(an_owner_is_not_given_what_it_holds_however_long_that_takes),
      STORE_TEST(a_result_ends_the_lease),
      STORE_TEST(the_result_of_one_that_lost_its_lease_changes_nothing),
      STORE_TEST(leases_are_released_by_owner_or_all_at_once),
      STORE_TEST(a_claim_is_taken_back_with_the_callers_transaction),
      STORE_TEST(what_follows_a_claim_waits_for_the_disk_again),
      STORE_TEST(handles_that_claim_at_once_never_get_the_same_row),
      STORE_TEST(a_row_that_another_holds_does_not_hide_one_that_is_free),
      STORE_TEST(every_destination_with_pending_rows_waits_for_its_first),
      STORE_TEST(a_pair_that_is_there_already_stays_as_it_is),
      STORE_TEST(the_key_stays_the_same_at_every_attempt_and_differs_by_destination),
      STORE_TEST(the_key_of_an_alert_made_again_in_another_store_is_the_same),
      STORE_TEST(an_attempt_is_counted_with_its_error_and_next_time),
      STORE_TEST(parked_rows_are_listed_and_go_back_on_request),
      STORE_TEST(a_list_ends_when_the_callback_says_so),
      STORE_TEST(a_claimed_row_may_be_recorded_in_the_callback_while_others_write),
      STORE_TEST(what_waits_for_a_destination_is_parked_but_not_what_is_on_its_way),
      STORE_TEST(a_row_for_an_alert_that_is_not_there_is_refused),
  };
  return cmocka_run_group_tests_name("store_outbox", tests, NULL, NULL);
}
