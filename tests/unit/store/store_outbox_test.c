/* The outbox. */
#include "store/store_fixture.h"

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

static void due_one(void *context, const struct outbox_row *row, const struct alert *alert) {
  note(context, row);
  assert_true(text_equal(alert->id, row->alert_id));
  assert_true(text_is(alert->title, "Passcode turned off for group Springfield"));
}

static bool list_one(void *context, const struct outbox_row *row) {
  struct deliveries *seen = context;
  note(seen, row);
  return seen->most == 0 || seen->count < seen->most;
}

/* Of the destination slack. */
static struct deliveries due(struct store_fixture *f, time_us now, const int64_t *busy,
                             size_t busy_count, int64_t limit) {
  struct deliveries seen = {.f = f};
  DONE(store_outbox_due(f->store, TEXT("slack"), now, busy, busy_count, limit, due_one, &seen,
                        &f->error));
  return seen;
}

static struct deliveries listed(struct store_fixture *f, const char *alert,
                                enum outbox_state state) {
  struct deliveries seen = {.f = f};
  DONE(store_outbox_list(f->store, text_from(alert), state, list_one, &seen, &f->error));
  return seen;
}

static void send(struct store_fixture *f, const char *alert, const char *destination, time_us at) {
  struct alert given = fixture_alert(alert);
  DONE(store_alert_add(f->store, &given, &f->error));
  DONE(store_outbox_add(f->store, text_from(alert), text_from(destination), at, &f->error));
}

static void end(struct store_fixture *f, int64_t id, enum outbox_state state, time_us at,
                const char *error) {
  DONE(store_outbox_update(f->store, id, state, at, NOON, text_from(error), &f->error));
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

static void what_is_due_comes_oldest_first(void **state) {
  struct store_fixture *f = *state;
  send(f, "late", "slack", NOON + 2);
  send(f, "first", "slack", NOON);
  send(f, "then", "slack", NOON + 1);
  send(f, "then", "mail", NOON + 1);
  struct deliveries seen = due(f, NOON + 1, NULL, 0, 10);
  ASSERT_IDS(&seen, "first>slack", "then>slack");
  seen = due(f, NOON + 2, NULL, 0, 1);
  ASSERT_IDS(&seen, "first>slack");
  seen = due(f, NOON - 1, NULL, 0, 10);
  assert_int_equal(seen.count, 0);
}

static void a_row_in_flight_is_left_out_and_takes_no_place(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON);
  send(f, "c", "slack", NOON);
  struct deliveries all = due(f, NOON, NULL, 0, 10);
  const int64_t busy[] = {all.rows[0].id, all.rows[1].id};
  struct deliveries seen = due(f, NOON, busy, 2, 1);
  ASSERT_IDS(&seen, "c>slack");
}

static void note_waiting(void *context, struct text destination_id, time_us at) {
  buffer_printf(context, "%.*s+%d ", TEXT_ARGS(destination_id), (int)(at - NOON));
}

static void every_destination_with_pending_rows_waits_for_its_first(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON + 5);
  send(f, "b", "slack", NOON + 3);
  send(f, "a", "mail", NOON + 9);
  send(f, "a", "pager", NOON);
  send(f, "a", "webhook", NOON + 1);
  end(f, 4, OUTBOX_PARKED, NOON, "gone");
  static const struct {
    int64_t busy[2];
    const char *waiting;
  } cases[] = {
      {{0, 0}, "mail+9 slack+3 webhook+1 "},
      {{2, 0}, "mail+9 slack+5 webhook+1 "},
      {{2, 1}, "mail+9 webhook+1 "},
      {{3, 5}, "slack+3 "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct buffer waiting = BUFFER_NONE;
    DONE(store_outbox_waiting(f->store, cases[i].busy, 2, note_waiting, &waiting, &f->error));
    assert_string_equal(waiting.data, cases[i].waiting);
    buffer_free(&waiting);
  }
}

static void a_pair_that_is_there_already_stays_as_it_is(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  end(f, 1, OUTBOX_DELIVERED, NOON, "");
  send(f, "a", "slack", NOON);
  struct deliveries seen = due(f, NOON, NULL, 0, 10);
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
  end(f, 1, OUTBOX_PENDING, NOON, "timed out");
  struct deliveries after = listed(f, "a", OUTBOX_PENDING);
  assert_int_equal(strlen(before.keys[0]), 32);
  assert_string_equal(before.keys[0], after.keys[0]);
  assert_string_not_equal(before.keys[0], before.keys[1]);
}

static void the_key_of_an_alert_made_again_in_another_store_is_the_same(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  struct deliveries one = due(f, NOON, NULL, 0, 1);
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
  end(f, 1, OUTBOX_PENDING, NOON + HOUR, "503 Service Unavailable");
  struct deliveries seen = due(f, NOON, NULL, 0, 10);
  assert_int_equal(seen.count, 0);
  seen = due(f, NOON + HOUR, NULL, 0, 10);
  assert_int_equal(seen.rows[0].attempts, 1);
  assert_string_equal(seen.errors[0], "503 Service Unavailable");
  end(f, 1, OUTBOX_DELIVERED, NOON + HOUR, "");
  seen = listed(f, "", OUTBOX_DELIVERED);
  assert_int_equal(seen.rows[0].attempts, 2);
  assert_string_equal(seen.errors[0], "");
}

static void parked_rows_are_listed_and_go_back_on_request(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "a", "mail", NOON);
  send(f, "b", "slack", NOON);
  end(f, 1, OUTBOX_PARKED, NOON, "404");
  end(f, 2, OUTBOX_DELIVERED, NOON, "");
  end(f, 3, OUTBOX_PARKED, NOON, "400");
  struct deliveries seen = listed(f, "", OUTBOX_PARKED);
  ASSERT_IDS(&seen, "a>slack", "b>slack");

  int64_t count;
  DONE(store_outbox_retry(f->store, TEXT("a"), NOON + 7, &count, &f->error));
  assert_int_equal(count, 1);
  seen = due(f, NOON + 7, NULL, 0, 10);
  ASSERT_IDS(&seen, "a>slack");
  assert_int_equal(seen.rows[0].attempts, 1);
  assert_string_equal(seen.errors[0], "404");

  DONE(store_outbox_retry(f->store, TEXT(""), NOON + 8, &count, &f->error));
  assert_int_equal(count, 1);
  DONE(store_outbox_retry(f->store, TEXT(""), NOON + 9, &count, &f->error));
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

static void update_within(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct deliveries *seen = context;
  struct store_fixture *f = seen->f;
  due_one(context, row, alert);
  end(f, row->id, OUTBOX_DELIVERED, NOON, "");
  struct store *other = fixture_open(f); /* another writer in the meantime */
  DONE(store_checkpoint_set(other, TEXT("zoom"), alert->id, &f->error));
  store_close(other);
}

static void a_due_row_may_be_updated_in_the_callback_while_others_write(void **state) {
  struct store_fixture *f = *state;
  send(f, "a", "slack", NOON);
  send(f, "b", "slack", NOON);
  send(f, "c", "slack", NOON);
  struct deliveries seen = {.f = f};
  DONE(store_outbox_due(f->store, TEXT("slack"), NOON, NULL, 0, 10, update_within, &seen,
                        &f->error));
  ASSERT_IDS(&seen, "a>slack", "b>slack", "c>slack");
  seen = listed(f, "", OUTBOX_DELIVERED);
  assert_int_equal(seen.count, 3);
}

static void a_row_for_an_alert_that_is_not_there_is_refused(void **state) {
  struct store_fixture *f = *state;
  assert_refused(f, store_outbox_add(f->store, TEXT("nobody"), TEXT("slack"), NOON, &f->error),
                 "FOREIGN KEY");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(what_is_due_comes_oldest_first),
      STORE_TEST(a_row_in_flight_is_left_out_and_takes_no_place),
      STORE_TEST(every_destination_with_pending_rows_waits_for_its_first),
      STORE_TEST(a_pair_that_is_there_already_stays_as_it_is),
      STORE_TEST(the_key_stays_the_same_at_every_attempt_and_differs_by_destination),
      STORE_TEST(the_key_of_an_alert_made_again_in_another_store_is_the_same),
      STORE_TEST(an_attempt_is_counted_with_its_error_and_next_time),
      STORE_TEST(parked_rows_are_listed_and_go_back_on_request),
      STORE_TEST(a_list_ends_when_the_callback_says_so),
      STORE_TEST(a_due_row_may_be_updated_in_the_callback_while_others_write),
      STORE_TEST(a_row_for_an_alert_that_is_not_there_is_refused),
  };
  return cmocka_run_group_tests_name("store_outbox", tests, NULL, NULL);
}
