/* The pipeline: order, back pressure, draining, swapping rules. */
#include "detect/detect_fixture.h"
#include "event/batch/batch_file.h"

#include <pthread.h>
#include <stdatomic.h>

static struct pipeline *start(struct detection *detection, unsigned workers) {
  const struct pipeline_options options = {
      .detection = detection, .list_events = true, .workers = workers};
  struct error error = ERROR_NONE;
  struct pipeline *pipeline = pipeline_new(&options, &error);
  assert_string_equal(error.text, "");
  return pipeline;
}

#define PUSHED 200

static void *push_many(void *argument) {
  struct pipeline *pipeline = argument;
  for (int i = 0; i < PUSHED; i++) {
    char who[16];
    snprintf(who, sizeof who, "w%d", i);
    assert_true(fixture_push(pipeline, fixture_event(i, who)));
  }
  pipeline_close(pipeline);
  return NULL;
}

static void results_come_in_the_order_of_the_batches_with_any_number_of_workers(void **state) {
  (void)state;
  for (unsigned workers = 1; workers <= 4; workers++) {
    struct detection *detection = fixture_detection(FIXTURE_RULE);
    struct pipeline *pipeline = start(detection, workers);
    pthread_t pusher;
    assert_int_equal(pthread_create(&pusher, NULL, push_many, pipeline), 0);
    struct batch_result *result;
    int seen = 0;
    while ((result = pipeline_next(pipeline)) != NULL) {
      char title[32];
      snprintf(title, sizeof title, "bad: w%d", seen++);
      assert_int_equal(result->match_count, 1);
      assert_true(text_is(result->matches[0].outcome.title, title));
      pipeline_done(pipeline, result, true);
    }
    assert_int_equal(seen, PUSHED);
    pthread_join(pusher, NULL);
    pipeline_free(pipeline);
    detection_release(detection);
  }
}

static void a_record_that_is_no_event_becomes_a_dead_letter_and_the_batch_goes_on(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct pipeline *pipeline = start(detection, 1);
  fixture_push(pipeline, fixture_batch("{\"at\":1,\"who\":\"a\"}\n"
                                       "not json\n"
                                       "\n"
                                       "{\"who\":\"no time\"}\n"
                                       "{\"at\":2,\"who\":\"b\",\"bad\":true}\n"));
  struct batch_result *result = pipeline_next(pipeline);
  assert_int_equal(result->records, 4);
  assert_int_equal(result->events_seen, 2);
  assert_int_equal(result->match_count, 1);
  assert_int_equal(result->dead_letter_count, 2);
  assert_true(text_is(result->dead_letters[0].record, "not json"));
  assert_int_equal(result->dead_letters[0].number, 2);
  assert_int_equal(result->dead_letters[1].number, 3);
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  detection_release(detection);
}

static void
one_more_is_taken_when_it_comes_in_time_and_never_waited_for_when_none_is_inside(void **state) {
  (void)state;
  const time_us long_after = clock_monotonic() + US_PER_HOUR;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct pipeline *pipeline = start(detection, 1);
  struct batch_result *results[3];
  assert_null(pipeline_next_soon(pipeline, long_after));
  for (int i = 0; i < 3; i++)
    fixture_push(pipeline, fixture_event(i, NULL));
  for (int i = 0; i < 3; i++)
    assert_non_null(results[i] = pipeline_next_soon(pipeline, long_after));
  assert_null(pipeline_next_soon(pipeline, long_after));
  for (int i = 0; i < 3; i++)
    pipeline_done(pipeline, results[i], true);
  pipeline_free(pipeline);
  detection_release(detection);
}

static void one_more_is_waited_for_no_longer_than_reported(void **state) {
  (void)state;
  struct detection *slow =
      fixture_detection("metadata { id = 'Test.Slow', log_types = { 'Test.Log' },\n"
                        "  severity = 'low' }\n"
                        "function rule(event) while true do end end\n");
  struct pipeline *pipeline = start(slow, 1);
  fixture_push(pipeline, fixture_event(0, NULL));
  assert_null(pipeline_next_soon(pipeline, clock_monotonic()));
  struct batch_result *result = pipeline_next(pipeline);
  assert_int_equal(result->match_count, 1); /* the rule's budget ran out */
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  detection_release(slow);
}

static void *push_large(void *argument) {
  struct pipeline *pipeline = argument;
  const size_t size = (size_t)3 << 20;
  for (int i = 0; i < 30; i++) {
    char start[64];
    struct batch *batch = batch_new(size);
    int length = snprintf(start, sizeof start, "{\"at\":%d,\"bad\":true,\"who\":\"", i);
    memset(batch->bytes, 'x', size);
    memcpy(batch->bytes, start, (size_t)length);
    memcpy(batch->bytes + size - 3, "\"}\n", 3);
    batch->size = size;
    assert_true(fixture_push(pipeline, batch));
  }
  pipeline_close(pipeline);
  return NULL;
}

/* Workers wait for memory here, even while the thread that takes a group waits for them. */
static void results_that_hold_much_memory_all_come_in_order(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct pipeline *pipeline = start(detection, 4);
  pthread_t pusher;
  assert_int_equal(pthread_create(&pusher, NULL, push_large, pipeline), 0);
  struct batch_result *result;
  time_us second = 0;
  while ((result = pipeline_next(pipeline)) != NULL) {
    struct batch_result *more =
        pipeline_next_soon(pipeline, clock_monotonic() + 100 * US_PER_SECOND);
    struct batch_result *const taken[] = {result, more};
    for (int i = 0; i < 2; i++) {
      if (!taken[i])
        continue;
      assert_int_equal(taken[i]->match_count, 1);
      assert_int_equal(taken[i]->matches[0].event_time, second++ * US_PER_SECOND);
      pipeline_done(pipeline, taken[i], true);
    }
  }
  assert_int_equal(second, 30);
  pthread_join(pusher, NULL);
  pipeline_free(pipeline);
  detection_release(detection);
}

/* Blocks of a file: half of the lines long, each with a dead letter behind it. */
#define LONG_LINES 12

struct planner {
  struct pipeline *pipeline;
  struct batch_file *file;
  size_t size;
};

static void *push_planned(void *argument) {
  const struct planner *planner = argument;
  const size_t block = 100000;
  for (size_t at = 0; at < planner->size; at += block) {
    size_t left = planner->size - at;
    struct batch *batch = batch_file_plan(planner->file, at, left < block ? left : block, at > 0);
    assert_true(fixture_push(planner->pipeline, batch));
  }
  pipeline_close(planner->pipeline);
  return NULL;
}

static size_t write_long_lines(FILE *file) {
  const size_t size = 3 * BATCH_LONG_SIZE;
  char *fill = memory_alloc(size);
  memset(fill, 'x', size);
  for (int i = 0; i < LONG_LINES; i++)
    fprintf(file, "{\"at\":%d,\"bad\":true,\"who\":\"%.*s\"}\ndead %d\n", i, i % 2 ? 10 : (int)size,
            fill, i);
  free(fill);
  assert_int_equal(fflush(file), 0);
  return (size_t)ftell(file);
}

static void blocks_that_workers_read_come_in_order_with_their_dead_letters(void **state) {
  (void)state;
  FILE *content = tmpfile();
  assert_non_null(content);
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  const struct pipeline_options options = {.detection = detection, .workers = 4};
  struct error error = ERROR_NONE;
  struct planner planner = {.size = write_long_lines(content)};
  planner.pipeline = pipeline_new(&options, &error);
  planner.file = batch_file_new(fileno(content), "long lines");
  pthread_t pusher;
  assert_int_equal(pthread_create(&pusher, NULL, push_planned, &planner), 0);
  struct batch_result *result;
  time_us match = 0;
  int letter = 0;
  while ((result = pipeline_next(planner.pipeline)) != NULL) {
    assert_int_equal(result->unread.count, 0);
    for (size_t i = 0; i < result->match_count; i++)
      assert_int_equal(result->matches[i].event_time, match++ * US_PER_SECOND);
    for (size_t i = 0; i < result->dead_letter_count; i++) {
      char expected[16];
      snprintf(expected, sizeof expected, "dead %d", letter++);
      assert_true(text_is(result->dead_letters[i].record, expected));
    }
    pipeline_done(planner.pipeline, result, true);
  }
  assert_int_equal(match, LONG_LINES);
  assert_int_equal(letter, LONG_LINES);
  pthread_join(pusher, NULL);
  batch_file_release(planner.file);
  pipeline_free(planner.pipeline);
  detection_release(detection);
  fclose(content);
}

struct drainer {
  struct pipeline *pipeline;
  unsigned source;
  atomic_bool returned;
  bool drained;
};

static void *drain(void *argument) {
  struct drainer *drainer = argument;
  drainer->drained = pipeline_drain(drainer->pipeline, &fixture_sources[drainer->source]);
  atomic_store(&drainer->returned, true);
  return NULL;
}

static void draining_waits_for_the_source_s_own_batches_to_be_done(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct pipeline *pipeline = start(detection, 1);
  struct batch *other = fixture_event(0, NULL);
  other->tag = 1;
  fixture_push(pipeline, fixture_event(0, NULL));
  fixture_push(pipeline, other);
  struct drainer drainer = {.pipeline = pipeline, .source = 0};
  pthread_t thread;
  struct batch_result *result = pipeline_next(pipeline);
  pthread_create(&thread, NULL, drain, &drainer);
  assert_false(atomic_load(&drainer.returned));
  pipeline_done(pipeline, result, true);
  pthread_join(thread, NULL); /* returns although the other source's batch is still inside */
  assert_true(drainer.drained);
  pipeline_free(pipeline);
  detection_release(detection);
}

static void abandoning_lets_drainers_and_pushers_go(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct pipeline *pipeline = start(detection, 1);
  fixture_push(pipeline, fixture_event(0, NULL));
  struct drainer drainer = {.pipeline = pipeline, .source = 0};
  pthread_t thread;
  pthread_create(&thread, NULL, drain, &drainer);
  pipeline_abandon(pipeline);
  pthread_join(thread, NULL);
  assert_false(drainer.drained);
  assert_false(fixture_push(pipeline, fixture_event(1, NULL)));
  assert_null(pipeline_next(pipeline));
  pipeline_free(pipeline);
  detection_release(detection);
}

/* The committer gives a batch that it could not commit back with pipeline_done, too. */
static void what_was_abandoned_is_never_reported_to_be_committed(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct pipeline *pipeline = start(detection, 1);
  fixture_push(pipeline, fixture_event(0, NULL));
  struct batch_result *result = pipeline_next(pipeline);
  pipeline_abandon(pipeline);
  pipeline_done(pipeline, result, false);
  assert_false(pipeline_drain(pipeline, &fixture_sources[0]));
  pipeline_free(pipeline);
  detection_release(detection);
}

/* What `committed` said of a batch: nothing yet, durable, lost; once more than that is a fault. */
static void note_fate(void *context, bool durable) {
  int *fate = context;
  *fate = *fate ? 99 : durable ? 1 : 2;
}

static void each_batch_reports_its_own_fate_once(void **state) {
  (void)state;
  enum { COMMITTED, REFUSED_BY_THE_STORE, LEFT_INSIDE, COUNT };
  static const int expected[COUNT] = {1, 2, 2};
  int fates[COUNT + 1] = {0};
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct pipeline *pipeline = start(detection, 1);
  for (int i = 0; i < COUNT; i++) {
    struct batch *batch = fixture_event(i, NULL);
    batch->committed = note_fate;
    batch->committed_context = &fates[i];
    fixture_push(pipeline, batch);
  }
  pipeline_done(pipeline, pipeline_next(pipeline), true);
  assert_int_equal(fates[COMMITTED], 1);
  assert_int_equal(fates[REFUSED_BY_THE_STORE], 0);
  pipeline_done(pipeline, pipeline_next(pipeline), false);
  pipeline_abandon(pipeline);
  struct batch *late = fixture_event(COUNT, NULL);
  late->committed = note_fate;
  late->committed_context = &fates[COUNT];
  assert_false(fixture_push(pipeline, late));
  assert_int_equal(fates[COUNT], 2);
  pipeline_free(pipeline);
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(fates[i], expected[i]);
  assert_int_equal(fixture_sources[0].inside, 0);
  detection_release(detection);
}

static void batches_pushed_after_a_swap_see_the_new_rules(void **state) {
  (void)state;
  struct detection *old = fixture_detection(FIXTURE_RULE);
  struct detection *new = fixture_detection(
      "metadata { id = 'Test.New', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  where = { who = 'x' } }\n");
  struct pipeline *pipeline = start(old, 2);
  fixture_push(pipeline, fixture_event(0, "x"));
  pipeline_replace(pipeline, new, true, false);
  detection_release(old);
  detection_release(new);
  fixture_push(pipeline, fixture_event(1, "x"));
  static const char *const expected[] = {"Test.Bad", "Test.New"};
  for (int i = 0; i < 2; i++) {
    struct batch_result *result = pipeline_next(pipeline);
    assert_int_equal(result->match_count, 1);
    assert_true(text_is(result->matches[0].rule->id, expected[i]));
    pipeline_done(pipeline, result, true);
  }
  pipeline_free(pipeline);
}

/* A list of events needs all ids; without it a rule may still ask for one. */
static void a_rule_sees_the_id_of_its_row_whether_events_are_listed_or_not(void **state) {
  (void)state;
  char ids[2][ROW_ID_SIZE + 1];
  struct detection *detection = fixture_detection(
      "metadata { id = 'Test.Id', log_types = { 'Test.Log' }, severity = 'low' }\n"
      "local seen\n"
      "function rule(event) seen = event.p_row_id return seen ~= nil end\n"
      "function title(event) return seen end\n");
  for (int list = 0; list < 2; list++) {
    const struct pipeline_options options = {
        .detection = detection, .list_events = list == 1, .workers = 1};
    struct error error = ERROR_NONE;
    struct pipeline *pipeline = pipeline_new(&options, &error);
    fixture_push(pipeline, fixture_event(1, "a"));
    struct batch_result *result = pipeline_next(pipeline);
    assert_int_equal(result->match_count, 1);
    const struct match *match = &result->matches[0];
    assert_int_equal(match->outcome.title.size, ROW_ID_SIZE);
    assert_true(text_equal(match->outcome.title, match->row_id));
    snprintf(ids[list], sizeof ids[list], "%.*s", TEXT_ARGS(match->row_id));
    pipeline_done(pipeline, result, true);
    pipeline_free(pipeline);
  }
  assert_string_equal(ids[0], ids[1]);
  detection_release(detection);
}

static void a_rule_that_fails_is_a_match_of_type_rule_error(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(
      "metadata { id = 'Test.Broken', log_types = { 'Test.Log' }, severity = 'low' }\n"
      "function rule(event) return event.who.nothing.at.all end\n");
  struct pipeline *pipeline = start(detection, 1);
  fixture_push(pipeline, fixture_event(0, "x"));
  struct batch_result *result = pipeline_next(pipeline);
  assert_int_equal(result->match_count, 1);
  assert_int_equal(result->matches[0].type, ALERT_RULE_ERROR);
  assert_non_null(strstr(result->matches[0].outcome.title.data, "rules/test.lua:2:"));
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  detection_release(detection);
}

static void a_result_defers_a_bounded_number_of_calls_and_reports_the_rest(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(
      "metadata { id = 'Test.State', log_types = { 'Test.Log' }, severity = 'low',\n"
      "  stateful = true, where = { bad = true } }\n"
      "function rule(event) return kv.get('a') == nil end\n");
  const struct pipeline_options options = {
      .detection = detection, .list_events = true, .workers = 1, .deferred_max = 3};
  struct error error = ERROR_NONE;
  struct pipeline *pipeline = pipeline_new(&options, &error);
  struct buffer lines = BUFFER_NONE;
  for (int i = 0; i < 8; i++)
    buffer_printf(&lines, "{\"at\":%d,\"who\":\"a\",\"bad\":true}\n", i);
  fixture_push(pipeline, fixture_batch(lines.data));
  struct batch_result *result = pipeline_next(pipeline);
  assert_int_equal(result->deferred_count, 3);
  assert_int_equal(result->dropped_calls, 5);
  assert_int_equal(result->match_count, 1);
  assert_int_equal(result->matches[0].type, ALERT_RULE_ERROR);
  assert_non_null(strstr(result->matches[0].outcome.dedup.data, "more than 3 calls"));
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  detection_release(detection);
  buffer_free(&lines);
}

static void of_functions_that_fail_on_every_event_not_all_is_kept_but_all_counted(void **state) {
  (void)state;
  enum { EVENTS = MATCH_NOTES_MAX / 2 + 100 };
  struct detection *detection =
      fixture_detection("metadata { id = 'Test.Notes', log_types = { 'Test.Log' },\n"
                        "  severity = 'low' }\n"
                        "function rule(event) return true end\n"
                        "function title(event) error(event.who) end\n"
                        "function runbook(event) error(event.who) end\n");
  struct pipeline *pipeline = start(detection, 1);
  struct buffer lines = BUFFER_NONE;
  for (int i = 0; i < EVENTS; i++)
    buffer_printf(&lines, "{\"at\":%d,\"who\":\"w%d\"}\n", i + 1, i);
  fixture_push(pipeline, fixture_batch(lines.data));
  struct batch_result *result = pipeline_next(pipeline);
  assert_int_equal(result->match_count, EVENTS);
  assert_int_equal(result->notes.count, 2 * EVENTS);
  assert_int_equal(result->notes.kept.count, MATCH_NOTES_MAX);
  assert_true(result->memory > result->notes.kept.count * sizeof(struct error));
  assert_string_equal(result->notes.kept.items[2].text, "title: w1");
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  detection_release(detection);
  buffer_free(&lines);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_come_in_the_order_of_the_batches_with_any_number_of_workers),
      cmocka_unit_test(a_record_that_is_no_event_becomes_a_dead_letter_and_the_batch_goes_on),
      cmocka_unit_test(
          one_more_is_taken_when_it_comes_in_time_and_never_waited_for_when_none_is_inside),
      cmocka_unit_test(one_more_is_waited_for_no_longer_than_reported),
      cmocka_unit_test(results_that_hold_much_memory_all_come_in_order),
      cmocka_unit_test(blocks_that_workers_read_come_in_order_with_their_dead_letters),
      cmocka_unit_test(draining_waits_for_the_source_s_own_batches_to_be_done),
      cmocka_unit_test(abandoning_lets_drainers_and_pushers_go),
      cmocka_unit_test(what_was_abandoned_is_never_reported_to_be_committed),
      cmocka_unit_test(each_batch_reports_its_own_fate_once),
      cmocka_unit_test(batches_pushed_after_a_swap_see_the_new_rules),
      cmocka_unit_test(a_rule_sees_the_id_of_its_row_whether_events_are_listed_or_not),
      cmocka_unit_test(a_rule_that_fails_is_a_match_of_type_rule_error),
      cmocka_unit_test(a_result_defers_a_bounded_number_of_calls_and_reports_the_rest),
      cmocka_unit_test(of_functions_that_fail_on_every_event_not_all_is_kept_but_all_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
