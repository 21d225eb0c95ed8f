/* The one transaction, against a real store: what is in it, and which matches an alert counts. */
#include "daemon/commit_fixture.h"
#include "store/store_number.h"
#include "store/store_outbox.h"

static void a_batch_commits_events_dead_letters_alerts_outbox_and_checkpoint(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  struct batch *batch = fixture_batch("{\"at\":1,\"who\":\"a\",\"bad\":true}\n"
                                      "{\"at\":2,\"who\":\"a\",\"bad\":true}\n"
                                      "{\"at\":3,\"who\":\"b\"}\n"
                                      "garbage\n");
  batch->checkpoint = memory_copy_string("{\"day\":\"2024-01-01\"}");
  commit_ok(&fixture, batch);
  struct store_counts after = counts(&fixture);
  assert_int_equal(after.events, 3);
  assert_int_equal(after.dead_letters, 1);
  assert_int_equal(after.alerts, 2); /* one of the rule, one of the system */
  assert_int_equal(after.matches, 2);
  assert_int_equal(after.outbox_pending, 2); /* HIGH is not routed to `critical` */
  struct buffer checkpoint = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(fixture.store, TEXT("one"), &checkpoint, &found, &error));
  assert_true(found);
  assert_string_equal(checkpoint.data, "{\"day\":\"2024-01-01\"}");
  buffer_free(&checkpoint);
  stop(&fixture);
}

static void rows_of_a_re_read_source_are_taken_once(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  for (int i = 0; i < 3; i++) {
    struct batch *batch = fixture_batch("{\"at\":1,\"who\":\"a\",\"bad\":true}\nbroken\n");
    batch->rereads = true;
    commit_ok(&fixture, batch);
  }
  struct store_counts after = counts(&fixture);
  assert_int_equal(after.events, 1);
  assert_int_equal(after.matches, 1);
  assert_int_equal(after.dead_letters, 1);
  struct commit_counts committed;
  committer_count(fixture.committer, &committed);
  assert_int_equal(committed.repeated, 4);
  stop(&fixture);
}

/* A dead letter has no time of its own: it gets that of its batch, another one each time. */
static void records_that_are_sent_again_are_taken_once(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  for (int i = 0; i < 3; i++) {
    struct batch *batch = batch_new_listed(0);
    batch_add(batch, TEXT("{\"at\":1,\"who\":\"a\",\"bad\":true}"), 0);
    batch_add(batch, TEXT("broken"), 0);
    batch_add(batch, TEXT("broken"), 0);
    batch->log_type = TEXT("Test.Log");
    batch->received_at = fixture.now + i;
    batch->resends = true;
    commit_ok(&fixture, batch);
  }
  struct store_counts after = counts(&fixture);
  assert_int_equal(after.events, 1);
  assert_int_equal(after.matches, 1);
  assert_int_equal(after.dead_letters, 1);
  struct commit_counts committed;
  committer_count(fixture.committer, &committed);
  assert_int_equal(committed.repeated, 7);
  assert_int_equal(committed.receipts, 2);
  assert_int_equal(store_number(fixture.store, "SELECT count(*) FROM receipt WHERE event_time = 0"),
                   1);
  stop(&fixture);
}

static void later_matches_join_the_alert_also_after_a_restart(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  commit_ok(&fixture, fixture_event(0, "x"));
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(59, "x"));
  struct alert alert = newest_alert(&fixture);
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(alert.match_count, 2);
  assert_int_equal(alert.last_event_time - alert.first_event_time, 59 * US_PER_MINUTE);
  commit_ok(&fixture, fixture_event(60, "x"));
  assert_int_equal(counts(&fixture).alerts, 2);
  stop(&fixture);
}

static void a_threshold_counts_across_batches_and_restarts(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Three', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  threshold = 3, where = { bad = true } }\n");
  commit_ok(&fixture, fixture_event(0, "a"));
  commit_ok(&fixture, fixture_event(1, "b"));
  assert_int_equal(counts(&fixture).alerts, 0);
  assert_int_equal(counts(&fixture).matches, 2);
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(2, "c"));
  struct alert alert = newest_alert(&fixture);
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(alert.match_count, 3);
  assert_int_equal(alert.last_event_time - alert.first_event_time, 2 * US_PER_MINUTE);
  stop(&fixture);
}

/* Of half a MiB each, so that memory does not hold all of them. */
static void large_event(struct buffer *line, int minute, char dedup) {
  buffer_reset(line);
  buffer_printf(line, "{\"at\":%lld,\"bad\":true,\"who\":\"%c", 1704067200LL + minute * 60LL,
                dedup);
  for (size_t i = 0; i < 512 * 1024; i++)
    buffer_append_char(line, 'x');
  buffer_append_string(line, "\"}\n");
}

static void windows_that_leave_memory_go_on_counting(void **state) {
  (void)state;
  struct fixture fixture;
  struct buffer line = BUFFER_NONE;
  start(&fixture, "metadata { id = 'Test.Two', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  threshold = 2, where = { bad = true } }\n"
                  "function dedup(event) return event.who:sub(1, 1) end\n");
  static const char dedups[] = "abcdefghijkl";
  for (int round = 0; round < 2; round++) {
    assert_int_equal(counts(&fixture).alerts, 0);
    for (const char *dedup = dedups; *dedup; dedup++) {
      large_event(&line, round, *dedup);
      commit_ok(&fixture, fixture_batch(line.data));
    }
  }
  assert_int_equal(counts(&fixture).alerts, sizeof dedups - 1);
  assert_int_equal(newest_alert(&fixture).match_count, 2);
  buffer_free(&line);
  stop(&fixture);
}

static void a_signal_is_recorded_and_makes_no_alert(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Signal', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  create_alert = false, where = { bad = true } }\n");
  commit_ok(&fixture, fixture_event(0, "a"));
  assert_int_equal(counts(&fixture).alerts, 0);
  assert_int_equal(counts(&fixture).matches, 1);
  stop(&fixture);
}

static void a_failing_rule_makes_one_alert_of_type_rule_error_whatever_the_threshold(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Broken', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  threshold = 100 }\n"
                  "function rule(event) error('no') end\n");
  commit_ok(&fixture, fixture_event(0, "a"));
  commit_ok(&fixture, fixture_event(1, "b"));
  struct commit_counts committed;
  committer_count(fixture.committer, &committed);
  assert_int_equal(committed.rule_errors, 1);
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 2);
  stop(&fixture);
}

static void an_alert_for_unknown_destinations_goes_by_severity_and_says_so(void **state) {
  static const struct {
    const char *destinations;
    bool marked;
    unsigned pending, unrouted;
  } rows[] = {{"{ 'pager', 'p<a>ger' }", true, 1, 0}, /* to `all` */
              {"{ 'pager', 'critical' }", false, 1, 0},
              {"{}", false, 0, 0}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture fixture;
    char rule[256];
    snprintf(rule, sizeof rule,
             "metadata { id = 'Test.Lost', log_types = { 'Test.Log' }, severity = 'low',\n"
             "  description = 'Old.', destinations = %s, where = { bad = true } }\n",
             rows[i].destinations);
    start(&fixture, rule);
    commit_ok(&fixture, fixture_event(0, "a"));
    struct commit_counts committed;
    committer_count(fixture.committer, &committed);
    assert_int_equal(committed.unrouted, rows[i].unrouted);
    assert_int_equal(counts(&fixture).outbox_pending, rows[i].pending);
    assert_int_equal(store_number(fixture.store,
                                  "SELECT count(*) FROM alert WHERE description = 'Not sent "
                                  "where its rule says, as no such destination is "
                                  "configured: pager, p<a>ger.' || char(10) || 'Old.'"),
                     rows[i].marked);
    stop(&fixture);
  }
}

static void an_alert_that_no_destination_takes_is_counted(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  committer_free(fixture.committer);
  const struct committer_options options = {
      .store = fixture.store,
      .setup = {.sources = sources,
                .source_count = 2,
                .routing = {.destinations = destinations + 1, .destination_count = 1}},
      .clock = clock_fixed(&fixture.now)};
  fixture.committer = committer_new(&options);
  commit_ok(&fixture, fixture_event(0, "a"));
  struct commit_counts committed;
  committer_count(fixture.committer, &committed);
  assert_int_equal(committed.alerts, 1);
  assert_int_equal(committed.unrouted, 1);
  stop(&fixture);
}

static void an_alert_that_a_route_mutes_is_kept_and_goes_nowhere(void **state) {
  (void)state;
  static const struct route routes[] = {{.name = TEXT_INIT("quiet"),
                                         .severities = ROUTE_ANY,
                                         .alert_types = ROUTE_ANY,
                                         .mutes = true,
                                         .until = TIME_NONE,
                                         .reason = TEXT_INIT("CHG-1")}};
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  const struct committer_setup setup = {
      .sources = sources, .source_count = 2, .routing = {destinations, 2, routes, 1}};
  committer_use(fixture.committer, &setup);
  commit_ok(&fixture, fixture_event(0, "a"));
  struct commit_counts committed;
  committer_count(fixture.committer, &committed);
  assert_int_equal(committed.alerts, 1);
  assert_int_equal(committed.muted, 1);
  assert_int_equal(committed.unrouted, 0);
  assert_int_equal(committed.queued, 0);
  assert_int_equal(store_number(fixture.store, "SELECT count(*) FROM alert_mute m JOIN alert a ON"
                                               " a.id = m.alert_id WHERE route = 'quiet: CHG-1'"),
                   1);
  stop(&fixture);
}

static void an_alert_counts_the_matches_that_it_has_in_the_store(void **state) {
  (void)state;
  static const struct {
    int minute;
    const char *who;
  } events[] = {{0, "a"}, {5, "x"}, {50, "a"}, {66, "b"}, {67, "c"}, {68, "x"}};
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Unique', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  threshold = 3, where = { bad = true } }\n"
                  "function unique(event) return event.who end\n");
  for (size_t i = 0; i < sizeof events / sizeof *events; i++)
    commit_ok(&fixture, fixture_event(events[i].minute, events[i].who));
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(
      newest_alert(&fixture).match_count,
      store_number(fixture.store, "SELECT count(*) FROM rule_match WHERE alert_id NOTNULL"));
  stop(&fixture);
}

/* For any times in any order: no match belongs to two alerts, and no alert counts a match that it
 * does not have. */
static void alerts_count_what_they_have_in_whatever_order_matches_come(void **state) {
  (void)state;
  uint32_t random = 20261121;
  for (int round = 0; round < 24; round++) {
    struct fixture fixture;
    char rule[400];
    snprintf(rule, sizeof rule,
             "metadata { id = 'Test.Random', log_types = { 'Test.Log' }, severity = 'low',\n"
             "  threshold = %d, where = { bad = true } }\n%s",
             1 + round % 4, round % 2 ? "function unique(event) return event.who end\n" : "");
    start(&fixture, rule);
    for (int i = 0; i < 150; i++) {
      static const char *const names[] = {"a", "b", "c", "d", "e"};
      random = random * 1664525 + 1013904223;
      int minute = i * 4 + (int)(random >> 16) % (round < 12 ? 20 : 300);
      commit_ok(&fixture, fixture_event(minute, names[(random >> 8) % 5]));
    }
    assert_int_equal(store_number(fixture.store,
                                  "SELECT count(*) FROM alert_count c JOIN alert a"
                                  " USING (number) WHERE match_count <> (SELECT count(*)"
                                  " FROM rule_match m WHERE m.alert_id = a.id)"),
                     0);
    assert_true(counts(&fixture).alerts > 1);
    assert_int_equal(counts(&fixture).matches, 150);
    stop(&fixture);
  }
}

static void dedup_strings_are_kept_apart_behind_a_nul(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  commit_ok(&fixture, fixture_event(0, "a\\u0000b"));
  commit_ok(&fixture, fixture_event(1, "a\\u0000c"));
  commit_ok(&fixture, fixture_event(2, "a"));
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(3, "a\\u0000b"));
  assert_int_equal(counts(&fixture).alerts, 3);
  assert_int_equal(store_number(fixture.store, "SELECT count(*) FROM rule_window"), 3);
  stop(&fixture);
}

static void a_window_is_kept_for_its_period_however_short_the_retention(void **state) {
  (void)state;
  struct fixture fixture;
  struct error error = ERROR_NONE;
  const struct store_slice slice = {100, US_PER_HOUR};
  struct store_pruned pruned;
  start(&fixture, "metadata { id = 'Test.Long', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  dedup_period_minutes = 60 * 24 * 90, where = { bad = true } }\n");
  fixture.store->clock = clock_fixed(&fixture.now);
  commit_ok(&fixture, fixture_event(0, "a"));
  fixture.now += 89 * US_PER_DAY;
  assert_true(
      store_prune(fixture.store, STORE_WINDOWS, fixture.now - US_PER_DAY, &slice, &pruned, &error));
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(89 * 24 * 60, "a"));
  assert_int_equal(counts(&fixture).alerts, 1);

  fixture.now += 92 * US_PER_DAY;
  assert_true(
      store_prune(fixture.store, STORE_WINDOWS, fixture.now - US_PER_DAY, &slice, &pruned, &error));
  assert_int_equal(store_number(fixture.store, "SELECT count(*) FROM rule_window"), 0);
  stop(&fixture);
}

/* For example the first line of a log that is replaced every day: the same bytes at the same place.
 * */
static void a_row_without_a_time_that_comes_again_makes_an_alert_again(void **state) {
  (void)state;
  struct fixture fixture;
  struct problems problems = PROBLEMS_NONE;
  start(&fixture, FIXTURE_RULE);
  struct schema_set *schemas =
      schema_set_load_text(TEXT("schema: Test.Log\n"
                                "fields:\n"
                                "  - {name: who, type: string, required: true}\n"
                                "  - {name: bad, type: boolean}\n"),
                           "test.yml", &problems);
  struct rule_file file = {.path = "rules/test.lua", .source = TEXT(FIXTURE_RULE)};
  struct detection *timeless = detection_new(schemas, rule_set_load_files(&file, 1, &problems));
  pipeline_replace(fixture.pipeline, timeless, true, false);
  detection_release(timeless);
  for (int day = 0; day < 2; day++) {
    struct batch *batch = fixture_batch("{\"who\":\"a\",\"bad\":true}\n");
    batch->received_at += day * US_PER_DAY;
    commit_ok(&fixture, batch);
  }
  assert_int_equal(counts(&fixture).alerts, 2);
  assert_int_equal(counts(&fixture).outbox_pending, 2);
  stop(&fixture);
}

/* A file that is written anew is read anew; its old windows may be gone by then. */
static void a_row_that_opens_its_alert_again_counts_towards_it(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  for (int i = 0; i < 2; i++) {
    commit_ok(&fixture, fixture_event(0, "a"));
    assert_int_equal(sqlite3_exec(fixture.store->db, "DELETE FROM rule_window", NULL, NULL, NULL),
                     SQLITE_OK);
    committer_free(fixture.committer);
    start_committer(&fixture);
  }
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 2);
  assert_int_equal(
      store_number(fixture.store, "SELECT count(*) FROM rule_match WHERE alert_id NOTNULL"), 2);
  stop(&fixture);
}

/* A file is read whose events are older than the alerts that are kept. */
static void a_match_that_comes_after_its_alert_was_deleted_stands_alone(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  commit_ok(&fixture, fixture_event(0, "a"));
  assert_int_equal(sqlite3_exec(fixture.store->db, "DELETE FROM alert", NULL, NULL, NULL),
                   SQLITE_OK);
  commit_ok(&fixture, fixture_event(1, "a"));
  commit_ok(&fixture, fixture_event(60, "a"));
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 1);
  assert_int_equal(
      store_number(fixture.store, "SELECT count(*) FROM rule_match WHERE alert_id IS NULL"), 1);
  stop(&fixture);
}

struct complaint {
  const char *id, *about;
  enum severity severity; /* CRITICAL: both destinations take it; else one */
  const char *to;
};

static bool complain(struct committer *committer, const void *context, struct error *error) {
  const struct complaint *complaint = context;
  const struct alert alert = {.id = text_from(complaint->id),
                              .type = ALERT_SYSTEM,
                              .severity = complaint->severity,
                              .tags = TEXT("[]"),
                              .reports = TEXT("{}"),
                              .context = TEXT("{}"),
                              .event = TEXT("{}")};
  return committer_open_alert(committer, &alert, text_from(complaint->about), error);
}

static bool note_destination(void *context, const struct outbox_row *row) {
  buffer_printf(context, "%.*s ", TEXT_ARGS(row->destination_id));
  return true;
}

static void an_alert_about_a_destination_goes_to_the_others(void **state) {
  (void)state;
  static const struct complaint rows[] = {
      {"1", "", SEVERITY_CRITICAL, "all critical "},
      {"2", "all", SEVERITY_CRITICAL, "critical "},
      {"3", "critical", SEVERITY_CRITICAL, "all "},
      {"4", "all", SEVERITY_HIGH, "all "}, /* nobody else would get it */
  };
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct buffer seen = BUFFER_NONE;
    struct error error = ERROR_NONE;
    assert_true(committer_write(fixture.committer, complain, &rows[i], &error));
    assert_true(store_outbox_list(fixture.store, text_from(rows[i].id), OUTBOX_PENDING,
                                  note_destination, &seen, &error));
    assert_string_equal(seen.data, rows[i].to);
    buffer_free(&seen);
  }
  stop(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_commits_events_dead_letters_alerts_outbox_and_checkpoint),
      cmocka_unit_test(rows_of_a_re_read_source_are_taken_once),
      cmocka_unit_test(records_that_are_sent_again_are_taken_once),
      cmocka_unit_test(later_matches_join_the_alert_also_after_a_restart),
      cmocka_unit_test(a_threshold_counts_across_batches_and_restarts),
      cmocka_unit_test(windows_that_leave_memory_go_on_counting),
      cmocka_unit_test(a_signal_is_recorded_and_makes_no_alert),
      cmocka_unit_test(a_failing_rule_makes_one_alert_of_type_rule_error_whatever_the_threshold),
      cmocka_unit_test(an_alert_for_unknown_destinations_goes_by_severity_and_says_so),
      cmocka_unit_test(an_alert_that_no_destination_takes_is_counted),
      cmocka_unit_test(an_alert_that_a_route_mutes_is_kept_and_goes_nowhere),
      cmocka_unit_test(an_alert_about_a_destination_goes_to_the_others),
      cmocka_unit_test(an_alert_that_a_route_mutes_is_kept_and_goes_nowhere),
      cmocka_unit_test(an_alert_counts_the_matches_that_it_has_in_the_store),
      cmocka_unit_test(alerts_count_what_they_have_in_whatever_order_matches_come),
      cmocka_unit_test(dedup_strings_are_kept_apart_behind_a_nul),
      cmocka_unit_test(a_window_is_kept_for_its_period_however_short_the_retention),
      cmocka_unit_test(a_row_without_a_time_that_comes_again_makes_an_alert_again),
      cmocka_unit_test(a_row_that_opens_its_alert_again_counts_towards_it),
      cmocka_unit_test(a_match_that_comes_after_its_alert_was_deleted_stands_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
