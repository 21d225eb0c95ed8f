/* Records that are refused: kept by reason, reported once, retried in one transaction. */
#include "daemon/commit_fixture.h"
#include "store/store_number.h"

#include <stdlib.h>

#define RULE                                                                                       \
  "metadata { id = 'Test.Bad', log_types = { 'Test.Log' }, severity = 'low',\n"                    \
  "  where = { bad = true } }\n"

struct noted {
  struct buffer *out;
  int64_t ids[8];
  size_t count;
};

static void note_reason(void *context, const struct store_dead_letter_reason *reason) {
  struct noted *noted = context;
  noted->ids[noted->count++] = reason->id;
  buffer_printf(noted->out, "%.*s: %.*s (%lld)\n", TEXT_ARGS(reason->source_id),
                TEXT_ARGS(reason->reason), (long long)reason->count);
}

/* The reasons, and how many letters each has; the ids in `noted`. */
static struct noted assert_reasons(struct fixture *fixture, const char *expected) {
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct noted noted = {.out = &out};
  assert_true(store_dead_letter_reasons(fixture->store, note_reason, &noted, &error));
  assert_string_equal(out.data ? out.data : "", expected);
  buffer_free(&out);
  return noted;
}

static bool note_alert(void *context, const struct alert *alert) {
  buffer_printf(context, "%s %s %.*s (%lld)\n", alert_type_name(alert->type),
                severity_name(alert->severity), TEXT_ARGS(alert->title),
                (long long)alert->match_count);
  return true;
}

static void assert_alerts(struct fixture *fixture, const char *expected) {
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  const struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE};
  assert_true(store_alert_list(fixture->store, &filter, note_alert, &out, &error));
  assert_string_equal(out.data ? out.data : "", expected);
  buffer_free(&out);
}

static void letters_of_one_reason_have_one_alert_that_counts_them(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, RULE);
  commit_ok(&fixture, fixture_batch("{\"at\":true,\"who\":\"a\"}\n{\"at\":true,\"who\":\"b\"}\n"));
  commit_ok(&fixture, fixture_batch("{\"at\":true,\"who\":\"c\"}\n"));
  assert_reasons(&fixture, "one: Test.Log: field 'at': expected timestamp, found a boolean (3)\n");
  assert_alerts(&fixture, "system HIGH Records from One are refused: Test.Log: field 'at': "
                          "expected timestamp, found a boolean (3)\n");
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  stop(&fixture);
}

static bool ends_causes(struct fixture *fixture) {
  struct error error = ERROR_NONE;
  bool wrote;
  if (!committer_end_causes(fixture->committer, fixture->detection->rules, &wrote, &error))
    fail_msg("%s", error.text);
  return wrote;
}

static void the_alert_is_over_when_no_letter_of_its_reason_is_left(void **state) {
  (void)state;
  struct fixture fixture;
  struct error error = ERROR_NONE;
  int64_t dropped;
  start(&fixture, RULE);
  commit_ok(&fixture, fixture_batch("{\"at\":true,\"who\":\"a\"}\n{\n"));
  assert_false(ends_causes(&fixture));
  struct noted noted = assert_reasons(
      &fixture, "one: Test.Log: field 'at': expected timestamp, found a boolean (1)\n"
                "one: not JSON: the structure is broken or does not end where it should (1)\n");
  assert_true(store_dead_letter_drop(fixture.store, noted.ids[0], 10, &dropped, &error));
  assert_true(ends_causes(&fixture));
  assert_false(ends_causes(&fixture));
  const struct alert_filter filter = {
      .since = TIME_NONE, .until = TIME_NONE, .states = 1u << ALERT_RESOLVED};
  struct buffer out = BUFFER_NONE;
  assert_true(store_alert_list(fixture.store, &filter, note_alert, &out, &error));
  assert_string_equal(out.data, "system HIGH Records from One are refused: Test.Log: field 'at': "
                                "expected timestamp, found a boolean (1)\n");
  buffer_free(&out);
  stop(&fixture);
}

static void each_source_and_reason_has_an_alert_of_its_own(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, RULE);
  struct batch *other = fixture_batch("{\n");
  other->tag = 1;
  commit_ok(&fixture, fixture_batch("{\nnull\n"));
  commit_ok(&fixture, other);
  struct noted noted = assert_reasons(
      &fixture, "one: not JSON: the structure is broken or does not end where it should (1)\none: "
                "not a JSON object (1)\n"
                "two: not JSON: the structure is broken or does not end where it should (1)\n");
  assert_int_equal(noted.count, 3);
  assert_int_equal(counts(&fixture).alerts, 3);
  stop(&fixture);
}

static void
a_reason_that_comes_back_after_its_letters_were_dropped_is_reported_again(void **state) {
  (void)state;
  struct fixture fixture;
  struct error error = ERROR_NONE;
  int64_t dropped;
  start(&fixture, RULE);
  commit_ok(&fixture, fixture_batch("null\nnull\n"));
  struct noted noted = assert_reasons(&fixture, "one: not a JSON object (2)\n");
  assert_true(store_dead_letter_drop(fixture.store, noted.ids[0], 100, &dropped, &error));
  assert_int_equal(dropped, 2);
  assert_reasons(&fixture, "");
  commit_ok(&fixture, fixture_batch("null\n"));
  assert_int_equal(counts(&fixture).alerts, 2);
  stop(&fixture);
}

/* ---- retried ----------------------------------------------------------------------------- */

static bool take_id(void *context, const struct store_dead_letter *letter) {
  struct batch *batch = context;
  batch->letters[batch->count] = letter->id;
  batch_add(batch, letter->record, letter->occurrence);
  return true;
}

/* The marked letters of a reason, as the engine pushes them. */
static struct batch *retried(struct fixture *fixture, int64_t reason_id) {
  struct error error = ERROR_NONE;
  struct batch *batch = batch_new_listed(64);
  int64_t marked;
  batch->letters = memory_alloc_array(16, sizeof *batch->letters);
  batch->received_at = INT64_C(1700000001) * US_PER_SECOND;
  assert_true(store_dead_letter_mark(fixture->store, reason_id, 1, 100, &marked, &error));
  assert_true(store_dead_letter_to_retry(fixture->store, reason_id, 0, 16, take_id, batch, &error));
  assert_int_equal(batch->count, marked);
  return batch;
}

/* Dead letters that today's schemas take: as if the schema had been another one at their time. */
static int64_t keep_good_records(struct fixture *fixture) {
  static const char *const records[] = {"{\"at\":1,\"who\":\"a\",\"bad\":true}", "null",
                                        "{\"at\":2,\"who\":\"b\",\"bad\":false}"};
  struct error error = ERROR_NONE;
  int64_t reason_id = 0;
  for (size_t i = 0; i < 3; i++) {
    const struct store_dead_letter letter = {.source_id = TEXT("one"),
                                             .record = text_from(records[i]),
                                             .error = TEXT("the schema was wrong"),
                                             .reason = TEXT("the schema was wrong"),
                                             .occurrence = i,
                                             .received_at = 1};
    assert_true(store_dead_letter_add(fixture->store, &letter, &reason_id, &error));
  }
  return reason_id;
}

static void retried_letters_become_events_and_matches_or_letters_again(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, RULE);
  int64_t reason_id = keep_good_records(&fixture);
  commit_ok(&fixture, retried(&fixture, reason_id));
  struct store_counts after = counts(&fixture);
  assert_int_equal(after.events, 2);
  assert_int_equal(after.matches, 1);
  assert_reasons(&fixture, "one: not a JSON object (1)\n");
  assert_int_equal(store_number(fixture.store, "SELECT count(*) FROM dead_letter WHERE retry_at"),
                   0);
  stop(&fixture);
}

static void a_retried_letter_has_the_row_id_that_its_record_would_have_had(void **state) {
  (void)state;
  static const char *const row_ids = "SELECT hex(row_id) = hex((SELECT row_id FROM event"
                                     " WHERE id = 2)) FROM event WHERE id = 1";
  struct fixture fixture;
  start(&fixture, RULE);
  struct batch *batch = batch_new_listed(64);
  batch_add(batch, TEXT("{\"at\":1,\"who\":\"a\",\"bad\":true}"), 0);
  commit_ok(&fixture, batch);
  commit_ok(&fixture, retried(&fixture, keep_good_records(&fixture)));
  assert_int_equal(store_number(fixture.store, row_ids), 1);
  stop(&fixture);
}

/* A committer whose source "one" reads its rows again. */
static void start_rereading(struct fixture *fixture) {
  static const struct source_type type = {.rereads = true};
  static const struct source rereading[] = {{.type = &type, .id = TEXT_INIT("one")}};
  start(fixture, RULE);
  committer_free(fixture->committer);
  fixture->committer = committer_new(&(struct committer_options){
      .store = fixture->store,
      .setup = {.sources = rereading, .source_count = 1, .keep_events = true},
      .clock = clock_fixed(&fixture->now)});
}

static struct batch *read_again(void) {
  struct batch *batch = batch_new_listed(64);
  batch->rereads = true;
  batch->received_at = INT64_C(1700000001) * US_PER_SECOND;
  batch_add(batch, TEXT("{\"at\":1,\"who\":\"a\",\"bad\":true}"), 0);
  return batch;
}

/* Whichever of the retry and the next poll comes first. */
static void a_retried_letter_that_its_source_reads_again_is_one_event(void **state) {
  (void)state;
  for (int retried_first = 0; retried_first < 2; retried_first++) {
    struct fixture fixture;
    start_rereading(&fixture);
    int64_t reason_id = keep_good_records(&fixture);
    if (retried_first)
      commit_ok(&fixture, retried(&fixture, reason_id));
    commit_ok(&fixture, read_again());
    if (!retried_first)
      commit_ok(&fixture, retried(&fixture, reason_id));
    assert_int_equal(counts(&fixture).events, 2);
    assert_int_equal(counts(&fixture).matches, 1);
    assert_reasons(&fixture, "one: not a JSON object (1)\n");
    stop(&fixture);
  }
}

static void a_retry_that_cannot_be_committed_leaves_the_letters_as_they_were(void **state) {
  (void)state;
  struct fixture fixture;
  struct error error = ERROR_NONE;
  start(&fixture, RULE);
  int64_t reason_id = keep_good_records(&fixture);
  struct batch *batch = retried(&fixture, reason_id);
  assert_int_equal(sqlite3_exec(fixture.store->db,
                                "CREATE TRIGGER fail BEFORE DELETE ON dead_letter"
                                " WHEN OLD.id = 3 BEGIN SELECT RAISE(ABORT, 'no'); END",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  assert_false(commit(&fixture, batch, &error));
  assert_int_equal(counts(&fixture).events, 0);
  assert_int_equal(store_number(fixture.store, "SELECT count(*) FROM dead_letter WHERE retry_at"),
                   3);
  stop(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(letters_of_one_reason_have_one_alert_that_counts_them),
      cmocka_unit_test(the_alert_is_over_when_no_letter_of_its_reason_is_left),
      cmocka_unit_test(each_source_and_reason_has_an_alert_of_its_own),
      cmocka_unit_test(a_reason_that_comes_back_after_its_letters_were_dropped_is_reported_again),
      cmocka_unit_test(retried_letters_become_events_and_matches_or_letters_again),
      cmocka_unit_test(a_retried_letter_has_the_row_id_that_its_record_would_have_had),
      cmocka_unit_test(a_retried_letter_that_its_source_reads_again_is_one_event),
      cmocka_unit_test(a_retry_that_cannot_be_committed_leaves_the_letters_as_they_were),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
