/* Stateful rules through the pipeline: in order whatever the workers and batches, with a kv that is
 * part of the one transaction. */
#include "detect/stateful/stateful_fixture.h"

/* Uses every type, lets things expire, fails in the middle now and then. */
static const char mixed_rule[] =
    "metadata { id = 'Test.Mixed', log_types = { 'Test.Log' }, severity = 'low', stateful = true,\n"
    "  where = { bad = true } }\n"
    "function rule(event)\n"
    "  local n = kv.increment_counter('n ' .. event.who, { expires = 600 })\n"
    "  local size, new = kv.add_to_string_set('seen', event.who)\n"
    "  local last = kv.get_table('last') or { who = 'none', n = 0 }\n"
    "  kv.put_table('last', { who = event.who, n = last.n + 1 })\n"
    "  if last.n % 50 == 49 then error('unlucky') end\n"
    "  if size > 5 then kv.reset_string_set('seen') end\n"
    "  return new == 1 or n % 3 == 0 or last.who == event.who\n"
    "end\n"
    "function title(event)\n"
    "  return event.who .. ' ' .. kv.get_counter('n ' .. event.who) .. ' '\n"
    "    .. kv.string_set_size('seen') .. ' ' .. kv.get_table('last').n\n"
    "end\n";

/* Its id sorts first and it is not stateful: its matches stand among the others. */
static const char plain_rule[] =
    "metadata { id = 'Test.A', log_types = { 'Test.Log' }, severity = 'low',\n"
    "  where = { who = 'b' } }\n"
    "function title(event) return 'plain' end\n";

static const char counting_rule[] =
    "metadata { id = 'Test.Count', log_types = { 'Test.Log' }, severity = 'low', stateful = true,\n"
    "  where = { bad = true } }\n"
    "function rule(event) return kv.increment_counter('k') > 0 end\n"
    "function title(event) return event.who .. ' ' .. kv.get_counter('k') end\n";

/* ---- a run over a stream of lines ---- */

static struct stream make_stream(uint32_t seed, size_t count) {
  struct stream stream = {.lines = BUFFER_NONE, .count = count};
  stream.ends = memory_alloc_array(count, sizeof *stream.ends);
  int64_t at = START;
  for (size_t i = 0; i < count; i++) {
    at += next_random(&seed) % 200;
    int64_t late = next_random(&seed) % 10 == 0 ? next_random(&seed) % 2000 : 0;
    buffer_printf(&stream.lines, "{\"at\":%lld,\"who\":\"%c\",\"bad\":%s}\n",
                  (long long)(at - late), 'a' + (int)(next_random(&seed) % 8),
                  next_random(&seed) % 3 ? "true" : "false");
    stream.ends[i] = stream.lines.size;
  }
  return stream;
}

static void print_match(struct buffer *out, const struct match *match) {
  buffer_printf(out, "%lld %.*s %.*s %.*s\n", (long long)(match->event_time / US_PER_SECOND),
                TEXT_ARGS(match->rule->id), TEXT_ARGS(match->row_id),
                TEXT_ARGS(match->outcome.title));
}

/* One batch after the other in the pipeline, matches printed in order; lines a batch at most. */
static void scan(struct detection *detection, const struct stream *stream, unsigned workers,
                 size_t most, struct buffer *out) {
  struct error error = ERROR_NONE;
  const struct pipeline_options options = {.detection = detection, .workers = workers};
  struct pipeline *pipeline = pipeline_new(&options, &error);
  struct stateful *stateful = stateful_new(&(struct stateful_options){0});
  uint32_t seed = (uint32_t)most;
  for (size_t from = 0, to; from < stream->count || pipeline;) {
    struct arena arena = ARENA_NONE;
    struct match_notes notes = {.count = 0};
    struct match_list matches;
    size_t pushed = 0;
    for (; from < stream->count && pushed < 3; from = to, pushed++) {
      to = from + 1 + next_random(&seed) % most;
      to = to < stream->count ? to : stream->count;
      assert_true(fixture_push(pipeline, batch_of(stream, from, to)));
    }
    if (pushed == 0)
      break;
    for (size_t i = 0; i < pushed; i++) {
      struct batch_result *result = pipeline_next(pipeline);
      assert_true(stateful_run(stateful, result, NULL, &arena, &notes, &matches, &error));
      for (size_t k = 0; k < matches.count; k++)
        print_match(out, &matches.items[k]);
      pipeline_done(pipeline, result, true);
    }
    arena_free(&arena);
    problems_clear(&notes.kept);
  }
  stateful_free(stateful);
  pipeline_free(pipeline);
}

/* ---- the same with a store ---- */

#define ALL_KV                                                                                     \
  "SELECT rule_id, key, type, hex(value), expires_at, expiry_given FROM kv ORDER BY rule_id, key"
#define ALL_MATCHES "SELECT event_time, rule_id, dedup, hex(row_id) FROM rule_match ORDER BY id"
#define ALL_ALERTS                                                                                 \
  "SELECT id, title, match_count FROM alert JOIN alert_count USING (number) ORDER BY number"

static void dump_all(struct world *world, struct buffer *out) {
  static const char *const queries[] = {ALL_MATCHES, ALL_ALERTS, ALL_KV,
                                        "SELECT * FROM kv_progress"};
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
    dump(world, queries[i], out);
}

/* Commits the stream in groups of random size, with failures and restarts when `rough`. */
static void run(const struct stream *stream, unsigned workers, size_t most, bool rough,
                struct buffer *out) {
  static const char *const rules[] = {mixed_rule, plain_rule};
  struct world world;
  uint32_t seed = (uint32_t)most + workers;
  start_world(&world, rules, 2, workers);
  for (size_t from = 0; from < stream->count;) {
    struct batch *batches[BATCHES_MAX];
    size_t count = next_batches(stream, &from, most, &seed, batches);
    bool has_bad = count > 2 || most > 40;
    assert_true(
        commit_batches(&world, batches, count, rough && has_bad && next_random(&seed) % 3 == 0));
    if (rough && next_random(&seed) % 4 == 0) {
      committer_free(world.committer);
      start_committer(&world);
    }
  }
  dump_all(&world, out);
  stop_world(&world);
}

static void results_do_not_depend_on_workers_batches_failures_or_restarts(void **state) {
  static const char *const rules[] = {mixed_rule, plain_rule};
  static const struct {
    unsigned workers;
    size_t most;
  } ways[] = {{1, 1}, {1, 10000}, {4, 1}, {4, 7}, {4, 100}, {2, 1000}};
  (void)state;
  for (uint32_t seed = 1; seed <= 3; seed++) {
    struct stream stream = make_stream(seed, 1200);
    struct detection *detection = detection_of(rules, 2);
    struct buffer scanned = BUFFER_NONE, kept = BUFFER_NONE;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
      struct buffer again = BUFFER_NONE, kept_again = BUFFER_NONE;
      scan(detection, &stream, ways[i].workers, ways[i].most, i ? &again : &scanned);
      run(&stream, ways[i].workers, ways[i].most, i > 0, i ? &kept_again : &kept);
      if (i) {
        assert_string_equal(again.data, scanned.data);
        assert_string_equal(kept_again.data, kept.data);
      }
      buffer_free(&again);
      buffer_free(&kept_again);
    }
    /* The stream was worth testing: it had errors, both rules and many matches. */
    assert_non_null(strstr(scanned.data, "unlucky"));
    assert_non_null(strstr(scanned.data, "Test.A "));
    assert_true(scanned.size > 20000);
    buffer_free(&scanned);
    buffer_free(&kept);
    detection_release(detection);
    stream_free(&stream);
  }
}

static void scan_and_run_give_the_same_matches_in_the_same_order(void **state) {
  static const char *const rules[] = {mixed_rule, plain_rule};
  (void)state;
  struct stream stream = make_stream(11, 600);
  struct world world;
  struct buffer scanned = BUFFER_NONE, kept = BUFFER_NONE;
  start_world(&world, rules, 2, 2);
  scan(world.detection, &stream, 2, 50, &scanned);
  for (size_t from = 0; from < stream.count; from += 60)
    commit_one(&world, batch_of(&stream, from, from + 60));
  dump(&world,
       "SELECT (event_time / 1000000) || ' ' || rule_id || ' ' || lower(hex(row_id)) || ' ' ||"
       " CASE WHEN dedup LIKE '%unlucky%' THEN 'Rule ' || rule_id || ' failed: ' || dedup"
       " ELSE dedup END FROM rule_match ORDER BY id",
       &kept);
  /* Dedup is the title, but for rule errors. */
  assert_string_equal(kept.data, scanned.data);
  buffer_free(&scanned);
  buffer_free(&kept);
  stop_world(&world);
  stream_free(&stream);
}

/* ---- the one transaction ---- */

static struct batch *row_batch(const char *rows) {
  struct batch *batch = fixture_batch(rows);
  batch->rereads = true;
  return batch;
}

static void assert_dump(struct world *world, const char *query, const char *expected) {
  struct buffer rows = BUFFER_NONE;
  dump(world, query, &rows);
  assert_string_equal(rows.data, expected);
  buffer_free(&rows);
}

static void rows_that_are_read_again_do_not_count_twice(void **state) {
  static const char *const rules[] = {counting_rule};
  (void)state;
  struct world world;
  start_world(&world, rules, 1, 1);
  commit_one(&world, row_batch("{\"at\":1,\"who\":\"a\",\"bad\":true}\n"
                               "{\"at\":2,\"who\":\"b\",\"bad\":true}\n"));
  struct batch *again = row_batch("{\"at\":1,\"who\":\"a\",\"bad\":true}\n"
                                  "{\"at\":2,\"who\":\"b\",\"bad\":true}\n"
                                  "{\"at\":3,\"who\":\"c\",\"bad\":true}\n");
  commit_one(&world, again);
  assert_dump(&world, "SELECT dedup FROM rule_match ORDER BY id", "a 1\nb 2\nc 3\n");
  stop_world(&world);
}

static void a_new_rule_set_goes_on_with_what_was_remembered(void **state) {
  static const char *const rules[] = {counting_rule};
  static const char *const later[] = {
      "metadata { id = 'Test.Count', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  stateful = true, where = { bad = true } }\n"
      "function rule(event) return kv.increment_counter('k', 10) > 0 end\n"
      "function title(event) return 'later ' .. kv.get_counter('k') end\n"};
  (void)state;
  struct world world;
  start_world(&world, rules, 1, 1);
  commit_one(&world, fixture_event(1, "a"));
  struct detection *replacement = detection_of(later, 1);
  /* In one group: batches of the old set and of the new one. */
  struct batch *first = fixture_event(2, "a"), *second = fixture_event(3, "a");
  fixture_push(world.pipeline, first);
  pipeline_replace(world.pipeline, replacement, false, false);
  detection_release(replacement);
  fixture_push(world.pipeline, second);
  struct batch_result *results[] = {pipeline_next(world.pipeline), pipeline_next(world.pipeline)};
  struct error error = ERROR_NONE;
  assert_true(committer_commit(world.committer, results, 2, &error));
  pipeline_done(world.pipeline, results[0], true);
  pipeline_done(world.pipeline, results[1], true);
  assert_dump(&world, "SELECT dedup FROM rule_match ORDER BY id", "a 1\na 2\nlater 12\n");
  stop_world(&world);
}

static void a_where_that_does_not_hold_never_enters_the_rule(void **state) {
  static const char *const rules[] = {counting_rule};
  (void)state;
  struct world world;
  start_world(&world, rules, 1, 1);
  commit_one(&world, fixture_event(1, NULL));
  assert_dump(&world, ALL_KV, "");
  stop_world(&world);
}

static void several_stateful_rules_share_an_event_and_stay_apart(void **state) {
  static const char other[] =
      "metadata { id = 'Test.Other', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  stateful = true }\n"
      "function rule(event) return kv.increment_counter('k', 100) > 0 end\n"
      "function title(event) return event.who .. ' ' .. kv.get_counter('k') end\n";
  static const char *const rules[] = {other, counting_rule, plain_rule};
  (void)state;
  struct world world;
  start_world(&world, rules, 3, 1);
  commit_one(&world, fixture_event(1, "b"));
  commit_one(&world, fixture_event(2, NULL));
  assert_dump(&world, "SELECT rule_id, dedup FROM rule_match ORDER BY id",
              "Test.A|plain\nTest.Count|b 1\nTest.Other|b 100\nTest.Other|nobody 200\n");
  stop_world(&world);
}

static void questions_functions_and_others_of_an_event_keep_the_order_of_the_rules(void **state) {
  static const char asking[] =
      "metadata { id = 'Test.Ask', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  rate = { per = 'who', at_least = 2, within = '1h' } }\n"
      "function title(event) return 'asked ' .. event.who end\n";
  static const char last[] =
      "metadata { id = 'Test.Last', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  rate = { per = 'who', at_least = 3, within = '1h' } }\n"
      "function title(event) return 'last ' .. event.who end\n";
  static const char *const rules[] = {last, counting_rule, plain_rule, asking};
  (void)state;
  struct world world;
  start_world(&world, rules, 4, 1);
  commit_one(&world, row_batch("{\"at\":1,\"who\":\"b\",\"bad\":true}\n"
                               "{\"at\":2,\"who\":\"a\",\"bad\":false}\n"));
  commit_one(&world, row_batch("{\"at\":1,\"who\":\"b\",\"bad\":true}\n"
                               "{\"at\":2,\"who\":\"a\",\"bad\":false}\n"
                               "{\"at\":3,\"who\":\"b\",\"bad\":true}\n"
                               "{\"at\":4,\"who\":\"b\",\"bad\":false}\n"));
  assert_dump(&world, "SELECT rule_id, dedup FROM rule_match ORDER BY id",
              "Test.A|plain\nTest.Count|b 1\n"
              "Test.A|plain\nTest.Ask|asked b\nTest.Count|b 2\n"
              "Test.A|plain\nTest.Ask|asked b\nTest.Last|last b\n");
  stop_world(&world);
}

static void a_rule_error_is_an_alert_and_takes_back_what_the_call_did(void **state) {
  static const char *const rules[] = {
      "metadata { id = 'Test.Broken', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  stateful = true }\n"
      "function rule(event) kv.increment_counter('k')\n"
      "  if event.bad then error('no') end return false end\n"};
  (void)state;
  struct world world;
  start_world(&world, rules, 1, 1);
  commit_one(&world, fixture_event(1, NULL));
  commit_one(&world, fixture_event(2, "a"));
  commit_one(&world, fixture_event(3, NULL));
  assert_dump(&world, "SELECT type, title FROM alert",
              "1|Rule Test.Broken failed: rules/test.lua:4: no\n");
  assert_dump(&world, "SELECT key, value FROM kv", "k|2\n");
  stop_world(&world);
}

static void what_optional_functions_did_wrong_is_reported(void **state) {
  static const char *const rules[] = {
      "metadata { id = 'Test.Broken', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  stateful = true }\n"
      "function rule(event) return true end\n"
      "function title(event) kv.increment_counter('k') error('no title') end\n"};
  (void)state;
  struct world world;
  start_world(&world, rules, 1, 1);
  commit_one(&world, fixture_event(1, "a"));
  assert_int_equal(committer_notes(world.committer)->count, 1);
  assert_string_equal(committer_notes(world.committer)->items[0].text, "title: no title");
  assert_dump(&world, ALL_KV, "");
  commit_one(&world, row_batch("{\"at\":1,\"who\":\"a\"}\n"));
  commit_one(&world, row_batch("{\"at\":1,\"who\":\"a\"}\n"));
  assert_int_equal(committer_notes(world.committer)->count, 0);
  stop_world(&world);
}

static void a_store_that_cannot_be_read_is_no_error_of_the_rule(void **state) {
  static const char *const rules[] = {counting_rule};
  (void)state;
  struct world world;
  struct error error = ERROR_NONE;
  start_world(&world, rules, 1, 1);
  commit_one(&world, fixture_event(1, "a"));
  committer_free(world.committer);
  start_committer(&world);
  sql(&world, "ALTER TABLE kv RENAME TO away");
  fixture_push(world.pipeline, fixture_event(2, "a"));
  struct batch_result *result = pipeline_next(world.pipeline);
  assert_false(committer_commit(world.committer, &result, 1, &error));
  assert_non_null(strstr(error.text, "kv"));
  sql(&world, "ALTER TABLE away RENAME TO kv");
  error = ERROR_NONE;
  assert_true(committer_commit(world.committer, &result, 1, &error));
  pipeline_done(world.pipeline, result, true);
  assert_dump(&world, "SELECT rule_id, dedup FROM rule_match ORDER BY id",
              "Test.Count|a 1\nTest.Count|a 2\n");
  stop_world(&world);
}

/* ---- upkeep ---- */

static void expired_entries_are_deleted_against_event_time(void **state) {
  static const char *const rules[] = {
      "metadata { id = 'Test.Short', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  stateful = true }\n"
      "function rule(event) kv.increment_counter(event.who, { expires = 60 }) return false end\n"};
  (void)state;
  struct world world;
  struct error error = ERROR_NONE;
  const struct store_slice slice = {100, US_PER_HOUR};
  struct store_pruned pruned;
  start_world(&world, rules, 1, 1);
  world.store->clock = clock_fixed(&world.now);
  commit_one(&world, fixture_event(0, "old"));
  struct batch *forged = fixture_batch("{\"at\":99999999999,\"who\":\"future\"}\n");
  commit_one(&world, forged);
  world.now += 400 * US_PER_DAY;
  assert_true(committer_prune_kv(world.committer, &slice, &pruned, &error));
  assert_int_equal(pruned.rows, 0); /* a time that is still to come proves nothing */
  struct batch *late = fixture_batch("{\"at\":1709000000,\"who\":\"new\"}\n");
  late->received_at = world.now;
  commit_one(&world, late); /* eight weeks on */
  assert_true(committer_prune_kv(world.committer, &slice, &pruned, &error));
  assert_int_equal(pruned.rows, 1);
  assert_dump(&world, "SELECT key FROM kv ORDER BY key", "future\nnew\n");
  stop_world(&world);
}

static void a_scan_holds_more_than_memory_should(void **state) {
  static const char *const rules[] = {
      "metadata { id = 'Test.Large', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  stateful = true }\n"
      "local filler = ('x'):rep(60000)\n"
      "function rule(event)\n"
      "  local t = kv.get_table(event.who) or { filler = filler, n = 0 }\n"
      "  t.n = t.n + 1 kv.put_table(event.who, t) return t.n == 2 end\n"};
  (void)state;
  struct stream stream = {.lines = BUFFER_NONE, .count = 800};
  struct buffer out = BUFFER_NONE;
  stream.ends = memory_alloc_array(stream.count, sizeof *stream.ends);
  for (size_t i = 0; i < stream.count; i++) {
    buffer_printf(&stream.lines, "{\"at\":%lld,\"who\":\"w%zu\"}\n", (long long)START + (int)i,
                  i % 400);
    stream.ends[i] = stream.lines.size;
  }
  struct detection *detection = detection_of(rules, 1);
  scan(detection, &stream, 2, 50, &out);
  size_t lines = 0;
  for (size_t i = 0; i < out.size; i++)
    lines += out.data[i] == '\n';
  assert_int_equal(lines, 400);
  buffer_free(&out);
  detection_release(detection);
  stream_free(&stream);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_do_not_depend_on_workers_batches_failures_or_restarts),
      cmocka_unit_test(scan_and_run_give_the_same_matches_in_the_same_order),
      cmocka_unit_test(rows_that_are_read_again_do_not_count_twice),
      cmocka_unit_test(a_new_rule_set_goes_on_with_what_was_remembered),
      cmocka_unit_test(a_where_that_does_not_hold_never_enters_the_rule),
      cmocka_unit_test(several_stateful_rules_share_an_event_and_stay_apart),
      cmocka_unit_test(questions_functions_and_others_of_an_event_keep_the_order_of_the_rules),
      cmocka_unit_test(a_rule_error_is_an_alert_and_takes_back_what_the_call_did),
      cmocka_unit_test(what_optional_functions_did_wrong_is_reported),
      cmocka_unit_test(a_store_that_cannot_be_read_is_no_error_of_the_rule),
      cmocka_unit_test(expired_entries_are_deleted_against_event_time),
      cmocka_unit_test(a_scan_holds_more_than_memory_should),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
