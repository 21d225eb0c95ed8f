/* Rows, events, dead letters, windows, and upkeep. */
#include "store/store_fixture.h"

#define ROW_A "00112233445566778899aabbccddeeff"
#define ROW_B "ffeeddccbbaa99887766554433221100"

/* ---- rows -------------------------------------------------------------------------------- */

static bool row_is_new(struct store_fixture *f, const char *source, struct text row_id) {
  bool added;
  DONE(store_row_add(f->store, text_from(source), row_id, NOON, &added, &f->error));
  return added;
}

static bool row_is_known(struct store_fixture *f, const char *source, struct text row_id) {
  bool known;
  DONE(store_row_known(f->store, text_from(source), row_id, &known, &f->error));
  return known;
}

static void a_row_is_new_once_for_each_source(void **state) {
  struct store_fixture *f = *state;
  assert_true(row_is_new(f, "zoom", TEXT(ROW_A)));
  assert_false(row_is_new(f, "zoom", TEXT(ROW_A)));
  assert_true(row_is_new(f, "zoom", TEXT(ROW_B)));
  assert_true(row_is_new(f, "other", TEXT(ROW_A)));
}

static void row_ids_of_every_form_are_kept_apart(void **state) {
  const struct text ids[] = {
      TEXT(ROW_A),
      TEXT("00112233445566778899AABBCCDDEEFF"),
      TEXT("00112233445566778899aabbccddeef"),
      TEXT("00112233445566778899aabbccddeeffa"),
      TEXT("00112233445566778899aabbccddeefg"),
      TEXT("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"),
      TEXT("order-17"),
      TEXT("order-17\0again"),
      TEXT("\xff\xfe"),
      TEXT(""),
  };
  struct store_fixture *f = *state;
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
    assert_false(row_is_known(f, "zoom", ids[i]));
    assert_true(row_is_new(f, "zoom", ids[i]));
    assert_true(row_is_known(f, "zoom", ids[i]));
  }
}

/* Forgets them in slices of `rows`. Gives how many slices that took. */
static int forget_rows(struct store_fixture *f, const char *source, int64_t rows) {
  const struct store_slice slice = {rows, US_PER_SECOND};
  struct buffer next = BUFFER_NONE;
  struct store_pruned pruned;
  int slices = 0;
  do {
    DONE(store_row_prune(f->store, text_from(source), NOON, &slice, &next, &pruned, &f->error));
    slices++;
  } while (pruned.more);
  buffer_free(&next);
  return slices;
}

static void rows_before_the_window_of_a_source_are_forgotten(void **state) {
  struct store_fixture *f = *state;
  bool added;
  DONE(store_row_add(f->store, TEXT("zoom"), TEXT("old"), NOON - 1, &added, &f->error));
  DONE(store_row_add(f->store, TEXT("zoom"), TEXT("new"), NOON, &added, &f->error));
  DONE(store_row_add(f->store, TEXT("other"), TEXT("old"), NOON - 1, &added, &f->error));
  forget_rows(f, "zoom", 100);
  assert_false(row_is_known(f, "zoom", TEXT("old")));
  assert_true(row_is_known(f, "zoom", TEXT("new")));
  assert_true(row_is_known(f, "other", TEXT("old")));
}

/* Ids of every form, old and new ones in turn: a slice ends after so many that were deleted, or
 * that were looked at. */
static void rows_are_forgotten_slice_by_slice(void **state) {
  struct store_fixture *f = *state;
  char id[40];
  bool added;
  for (int i = 0; i < 100; i++) {
    snprintf(id, sizeof id, i % 3 == 0 ? "%032x" : "row %d", i);
    DONE(store_row_add(f->store, TEXT("zoom"), i ? text_from(id) : TEXT(""), NOON - 1 + i % 2,
                       &added, &f->error));
  }
  assert_in_range(forget_rows(f, "zoom", 2), 100 / 2 / 2, 100);
  for (int i = 0; i < 100; i++) {
    snprintf(id, sizeof id, i % 3 == 0 ? "%032x" : "row %d", i);
    assert_int_equal(row_is_known(f, "zoom", i ? text_from(id) : TEXT("")), i % 2);
  }
}

static void a_slice_that_finds_no_old_row_ends_after_so_many_young_ones(void **state) {
  struct store_fixture *f = *state;
  char id[40];
  bool added;
  for (int i = 0; i < 100; i++) {
    snprintf(id, sizeof id, "row %d", i);
    DONE(store_row_add(f->store, TEXT("zoom"), text_from(id), NOON, &added, &f->error));
  }
  assert_in_range(forget_rows(f, "zoom", 1), 100 / 16, 100 / 2);
  assert_true(row_is_known(f, "zoom", text_from(id)));
}

/* ---- events ------------------------------------------------------------------------------ */

struct seen {
  size_t count, most;
  struct buffer records, row_ids;
  time_us times[8];
};

static bool see(void *context, const struct store_event *event) {
  struct seen *seen = context;
  seen->times[seen->count++] = event->event_time;
  buffer_append_text(&seen->records, event->record);
  buffer_append_text(&seen->row_ids, event->row_id);
  assert_true(text_is(event->source_id, "zoom"));
  assert_true(text_is(event->log_type, "Zoom.Operation"));
  assert_int_equal(event->parse_time, NOON);
  return seen->count < seen->most;
}

static void seen_free(struct seen *seen) {
  buffer_free(&seen->records);
  buffer_free(&seen->row_ids);
}

/* An event and its match in the alert "alert". */
static void add_matched(struct store_fixture *f, struct text row_id, time_us event_time,
                        struct text record) {
  struct store_event event = fixture_event("", event_time);
  event.row_id = row_id;
  event.record = record;
  DONE(store_event_add(f->store, &event, 1, &f->error));
  fixture_add_match(f, TEXT("alert"), TEXT("rule"), TEXT("dedup"), row_id, event_time);
}

static void add_alert(struct store_fixture *f) {
  struct alert alert = fixture_alert("alert");
  DONE(store_alert_add(f->store, &alert, &f->error));
}

static void events_come_back_byte_for_byte_and_in_order(void **state) {
  const struct {
    struct text row_id, record;
  } cases[] = {
      {TEXT(ROW_A), TEXT("{\"a\":\"b\"}")},
      {TEXT("given"), TEXT("{\"a\":\0 \xff\xfe}")},
      {TEXT(""), TEXT("")},
      {TEXT("nul\0inside"), TEXT("\0")},
  };
  struct store_fixture *f = *state;
  add_alert(f);
  struct store_event events[sizeof cases / sizeof cases[0]];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    events[i] = fixture_event("", NOON + (time_us)i);
    events[i].row_id = cases[i].row_id;
    events[i].record = cases[i].record;
    fixture_add_match(f, TEXT("alert"), TEXT("rule"), TEXT("dedup"), cases[i].row_id,
                      events[i].event_time);
  }
  DONE(store_event_add(f->store, events, 0, &f->error));
  DONE(store_event_add(f->store, events, sizeof cases / sizeof cases[0], &f->error));
  struct buffer records = BUFFER_NONE, row_ids = BUFFER_NONE;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    buffer_append_text(&records, cases[i].record);
    buffer_append_text(&row_ids, cases[i].row_id);
  }
  struct seen seen = {.most = 8};
  DONE(store_alert_events(f->store, TEXT("alert"), 8, see, &seen, &f->error));
  assert_int_equal(seen.count, sizeof cases / sizeof cases[0]);
  assert_true(text_equal(buffer_text(&seen.records), buffer_text(&records)));
  assert_true(text_equal(buffer_text(&seen.row_ids), buffer_text(&row_ids)));
  buffer_free(&records);
  buffer_free(&row_ids);
  seen_free(&seen);
}

static void a_large_record_is_kept_whole(void **state) {
  struct store_fixture *f = *state;
  struct buffer record = BUFFER_NONE;
  for (int i = 0; i < 200000; i++)
    buffer_append_string(&record, "0123456789");
  add_alert(f);
  add_matched(f, TEXT(ROW_A), NOON, buffer_text(&record));
  struct seen seen = {.most = 8};
  DONE(store_alert_events(f->store, TEXT("alert"), 8, see, &seen, &f->error));
  assert_true(text_equal(buffer_text(&seen.records), buffer_text(&record)));
  seen_free(&seen);
  buffer_free(&record);
}

static void the_events_of_an_alert_come_oldest_first_up_to_the_limit(void **state) {
  struct store_fixture *f = *state;
  add_alert(f);
  static const int order[] = {3, 1, 2, 0};
  for (size_t i = 0; i < 4; i++) {
    char row_id[8];
    snprintf(row_id, sizeof row_id, "%d", order[i]);
    add_matched(f, text_from(row_id), NOON + order[i], TEXT("{}"));
  }
  struct seen seen = {.most = 8};
  DONE(store_alert_events(f->store, TEXT("alert"), 3, see, &seen, &f->error));
  assert_int_equal(seen.count, 3);
  for (int i = 0; i < 3; i++)
    assert_int_equal(seen.times[i], NOON + i);
  seen_free(&seen);
}

static void a_callback_that_returns_false_ends_the_list(void **state) {
  struct store_fixture *f = *state;
  add_alert(f);
  add_matched(f, TEXT("1"), NOON, TEXT("{}"));
  add_matched(f, TEXT("2"), NOON, TEXT("{}"));
  struct seen seen = {.most = 1};
  DONE(store_alert_events(f->store, TEXT("alert"), 8, see, &seen, &f->error));
  assert_int_equal(seen.count, 1);
  seen_free(&seen);
}

static void matches_counted_before_the_threshold_become_the_alerts(void **state) {
  static const struct {
    const char *rule, *dedup;
    time_us time;
  } cases[] = {
      {"rule", "dedup", NOON - 1},    /* before the window */
      {"rule", "dedup", NOON},        /* in it */
      {"rule", "dedup", NOON + HOUR}, /* its last moment */
      {"rule", "dedup", NOON + HOUR + 1},
      {"rule", "else", NOON},
      {"other", "dedup", NOON},
  };
  struct store_fixture *f = *state;
  add_alert(f);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct store_event event = fixture_event("", cases[i].time);
    char row_id[8];
    snprintf(row_id, sizeof row_id, "%zu", i);
    event.row_id = text_from(row_id);
    DONE(store_event_add(f->store, &event, 1, &f->error));
    fixture_add_match(f, TEXT(""), text_from(cases[i].rule), text_from(cases[i].dedup),
                      event.row_id, cases[i].time);
  }
  DONE(store_match_claim(f->store, TEXT("alert"), TEXT("rule"), TEXT("dedup"), NOON, NOON + HOUR,
                         &f->error));
  struct seen seen = {.most = 8};
  DONE(store_alert_events(f->store, TEXT("alert"), 8, see, &seen, &f->error));
  assert_true(text_is(buffer_text(&seen.row_ids), "12"));
  seen_free(&seen);
}

static void a_match_may_come_before_its_alert_in_one_transaction(void **state) {
  struct store_fixture *f = *state;
  DONE(store_begin(f->store, &f->error));
  fixture_add_match(f, TEXT("alert"), TEXT("rule"), TEXT("dedup"), TEXT(ROW_A), NOON);
  add_alert(f);
  DONE(store_commit(f->store, &f->error));
}

static void a_match_of_an_alert_that_is_not_there_is_refused(void **state) {
  struct store_fixture *f = *state;
  DONE(store_begin(f->store, &f->error));
  fixture_add_match(f, TEXT("nobody"), TEXT("rule"), TEXT("dedup"), TEXT(ROW_A), NOON);
  assert_refused(f, store_commit(f->store, &f->error), "FOREIGN KEY");
  DONE(store_begin(f->store, &f->error));
  DONE(store_commit(f->store, &f->error));
}

/* ---- windows ----------------------------------------------------------------------------- */

static void a_window_is_found_by_its_rule_and_dedup(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  bool found;
  DONE(store_window_set(f->store, TEXT("rule"), TEXT("a"), TEXT("one"), NOON, &f->error));
  DONE(store_window_set(f->store, TEXT("rule"), TEXT("b"), TEXT("two\0!"), NOON, &f->error));
  DONE(store_window_set(f->store, TEXT("rule"), TEXT("a"), TEXT("three"), NOON, &f->error));
  DONE(store_window_get(f->store, TEXT("rule"), TEXT("a"), &out, &found, &f->error));
  assert_true(found && text_is(buffer_text(&out), "three"));
  DONE(store_window_get(f->store, TEXT("rule"), TEXT("b"), &out, &found, &f->error));
  assert_true(found && text_equal(buffer_text(&out), TEXT("two\0!")));
  DONE(store_window_get(f->store, TEXT("rule"), TEXT("c"), &out, &found, &f->error));
  assert_false(found);
  assert_int_equal(out.size, 0);
  buffer_free(&out);
}

/* ---- numbers and upkeep ------------------------------------------------------------------ */

static void add_dead_letter(struct store_fixture *f, time_us received_at) {
  struct store_dead_letter letter = {
      .source_id = TEXT("zoom"),
      .record = TEXT("{\"cut\0off \xff"),
      .error = TEXT("not JSON"),
      .reason = TEXT("not JSON"),
      .received_at = received_at,
  };
  int64_t reason;
  DONE(store_dead_letter_add(f->store, &letter, &reason, &f->error));
}

static struct store_counts count(struct store_fixture *f) {
  struct store_counts counts;
  DONE(store_count(f->store, &counts, &f->error));
  return counts;
}

static void everything_is_counted(void **state) {
  struct store_fixture *f = *state;
  add_alert(f);
  add_matched(f, TEXT("1"), NOON, TEXT("{}"));
  add_matched(f, TEXT("2"), NOON, TEXT("{}"));
  add_dead_letter(f, NOON);
  DONE(store_outbox_add(f->store, TEXT("alert"), TEXT("slack"), NOON, &f->error));
  DONE(store_outbox_add(f->store, TEXT("alert"), TEXT("mail"), NOON, &f->error));
  DONE(store_outbox_add(f->store, TEXT("alert"), TEXT("pager"), NOON, &f->error));
  fixture_record(f, 1, OUTBOX_DELIVERED, NOON, "");
  fixture_record(f, 2, OUTBOX_PARKED, NOON, "404");
  struct store_counts counts = count(f);
  assert_int_equal(counts.events, 2);
  assert_int_equal(counts.dead_letters, 1);
  assert_int_equal(counts.alerts, 1);
  assert_int_equal(counts.matches, 2);
  assert_int_equal(counts.outbox_pending, 1);
  assert_int_equal(counts.outbox_delivered, 1);
  assert_int_equal(counts.outbox_parked, 1);
}

static void a_dead_letter_keeps_its_bytes(void **state) {
  struct store_fixture *f = *state;
  add_dead_letter(f, NOON);
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(f->store->db,
                                      "SELECT record, error, received_at FROM dead_letter", -1,
                                      &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_true(text_equal(column_text(statement, 0), TEXT("{\"cut\0off \xff")));
  assert_true(text_is(column_text(statement, 1), "not JSON"));
  assert_int_equal(sqlite3_column_int64(statement, 2), NOON);
  sqlite3_finalize(statement);
}

/* A slice of every part that goes by the retention of events. */
static int64_t prune(struct store_fixture *f, time_us before, int64_t limit) {
  return fixture_prune(f, STORE_EVENTS, before, limit) +
         fixture_prune(f, STORE_DEAD_LETTERS, before, limit) +
         fixture_prune(f, STORE_MATCHES, before, limit) +
         fixture_prune(f, STORE_WINDOWS, before, limit);
}

static void what_came_in_before_the_retention_is_deleted_and_nothing_else(void **state) {
  struct store_fixture *f = *state;
  add_alert(f);
  add_matched(f, TEXT("old"), NOON - 30 * US_PER_DAY, TEXT("{}"));
  add_dead_letter(f, NOON);
  DONE(store_window_set(f->store, TEXT("rule"), TEXT("old"), TEXT("x"), NOON, &f->error));
  assert_int_equal(prune(f, NOON, 100), 0);

  f->now = NOON + HOUR;
  struct store_event event = fixture_event("new", NOON - 30 * US_PER_DAY);
  event.parse_time = f->now;
  DONE(store_event_add(f->store, &event, 1, &f->error));
  fixture_add_match(f, TEXT("alert"), TEXT("rule"), TEXT(""), event.row_id, event.event_time);
  add_dead_letter(f, f->now);
  DONE(store_window_set(f->store, TEXT("rule"), TEXT("new"), TEXT("x"), event.event_time,
                        &f->error));

  assert_int_equal(prune(f, NOON + 1, 100), 4);
  assert_int_equal(prune(f, NOON + 1, 100), 0);
  struct store_counts counts = count(f);
  assert_int_equal(counts.events, 1);
  assert_int_equal(counts.dead_letters, 1);
  assert_int_equal(counts.matches, 1);
  assert_int_equal(counts.alerts, 1);
  bool found;
  struct buffer out = BUFFER_NONE;
  DONE(store_window_get(f->store, TEXT("rule"), TEXT("old"), &out, &found, &f->error));
  assert_false(found);
  DONE(store_window_get(f->store, TEXT("rule"), TEXT("new"), &out, &found, &f->error));
  assert_true(found);
  buffer_free(&out);
}

static void deleting_goes_in_steps_of_the_limit(void **state) {
  struct store_fixture *f = *state;
  add_alert(f);
  for (int i = 0; i < 5; i++)
    add_matched(f, TEXT("row"), NOON, TEXT("{}"));
  static const int64_t steps[] = {6, 4, 0}; /* of events and of matches */
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    assert_int_equal(prune(f, NOON + 1, 3), steps[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_row_is_new_once_for_each_source),
      STORE_TEST(row_ids_of_every_form_are_kept_apart),
      STORE_TEST(rows_before_the_window_of_a_source_are_forgotten),
      STORE_TEST(rows_are_forgotten_slice_by_slice),
      STORE_TEST(a_slice_that_finds_no_old_row_ends_after_so_many_young_ones),
      STORE_TEST(events_come_back_byte_for_byte_and_in_order),
      STORE_TEST(a_large_record_is_kept_whole),
      STORE_TEST(the_events_of_an_alert_come_oldest_first_up_to_the_limit),
      STORE_TEST(a_callback_that_returns_false_ends_the_list),
      STORE_TEST(matches_counted_before_the_threshold_become_the_alerts),
      STORE_TEST(a_match_may_come_before_its_alert_in_one_transaction),
      STORE_TEST(a_match_of_an_alert_that_is_not_there_is_refused),
      STORE_TEST(a_window_is_found_by_its_rule_and_dedup),
      STORE_TEST(everything_is_counted),
      STORE_TEST(a_dead_letter_keeps_its_bytes),
      STORE_TEST(what_came_in_before_the_retention_is_deleted_and_nothing_else),
      STORE_TEST(deleting_goes_in_steps_of_the_limit),
  };
  return cmocka_run_group_tests_name("store_event", tests, NULL, NULL);
}
