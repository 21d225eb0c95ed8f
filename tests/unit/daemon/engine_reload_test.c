/* What an engine does when it gets another setup. */
#include "daemon/engine_fixture.h"

static void rules_can_be_swapped_while_batches_are_inside(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  for (int i = 1; i <= 20; i++) {
    struct engine_setup next = setup_of(f);
    next.detection = fixture_detection(FIXTURE_RULE);
    wait_for_number(&f->numbers[0].pushed, i * 5);
    reload(engine, &next);
    detection_release(next.detection);
  }
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
  assert_int_equal(f->released, 21);
}

static void a_source_that_stays_as_it_is_goes_on_while_others_come_and_go(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  struct engine_setup without = setup_of(f), with = setup_of(f);
  without.source_count = 1;
  wait_for_number(&f->numbers[1].pushed, 5);
  reload(engine, &without);
  int at = atomic_load(&f->numbers[0].pushed);
  wait_for_number(&f->numbers[0].pushed, at + 5);
  reload(engine, &with);
  at = atomic_load(&f->numbers[1].pushed);
  wait_for_number(&f->numbers[1].pushed, at + 5);
  assert_int_equal(atomic_load(&f->numbers[0].runs), 1);
  assert_int_equal(atomic_load(&f->numbers[1].runs), 2);
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
}

static void note_source(void *context, const struct metric_sample *sample) {
  bool *shown = context;
  if (sample->metric == &daemon_metrics[METRIC_RECORDS] && text_is(sample->values[0], "two"))
    *shown = true;
}

static void the_metrics_of_a_source_go_with_it(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  struct engine_setup without = setup_of(f);
  bool shown = false;
  without.source_count = 1;
  for (int i = 0; !shown; i++, nap()) {
    counters_each(f->counters, note_source, &shown);
    assert_true(i < WAIT_STEPS);
  }
  reload(engine, &without);
  for (int i = 0; shown; i++, nap()) {
    shown = false;
    counters_each(f->counters, note_source, &shown);
    assert_true(i < WAIT_STEPS);
  }
  assert_true(stop_engine(engine, NULL));
  assert_true(counters_value(f->counters, METRIC_RECORDS, METRIC_VALUES(TEXT("one"))) > 0);
}

static void a_changed_source_starts_again_when_all_it_pushed_is_committed(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  for (int i = 1; i <= 100; i++) {
    struct source changed[2] = {f->sources[0], f->sources[1]};
    changed[i % 2].label = i % 3 ? TEXT("this") : TEXT("that");
    struct engine_setup next = setup_of(f);
    struct source *copy = memory_alloc_array(2, sizeof *copy);
    memcpy(copy, changed, sizeof changed);
    next.sources = copy;
    next.release = free;
    next.owner = copy;
    reload(engine, &next);
    if (i % 10 == 0)
      wait_for_number(&f->numbers[0].pushed, i);
  }
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
  assert_int_equal(f->released, 1);
}

static void sources_are_replaced_while_commits_fail_and_nothing_is_lost(void **state) {
  struct fixture *f = *state;
  change(f, "CREATE TRIGGER fail BEFORE INSERT ON event WHEN NEW.event_time % 7 = 0"
            " BEGIN SELECT RAISE(ABORT, 'no'); END");
  struct engine *engine = start_well(f);
  wait_for_log(f, "could not be committed");
  struct source changed[2] = {f->sources[0], f->sources[1]};
  changed[0].label = TEXT("other");
  struct engine_setup next = setup_of(f);
  next.sources = changed;
  reload(engine, &next);
  change(f, "DROP TRIGGER fail");
  wait_for_number(&f->numbers[0].runs, 2);
  wait_for_number(&f->numbers[0].pushed, NUMBERS / 10);
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ENGINE_TEST(rules_can_be_swapped_while_batches_are_inside),
      ENGINE_TEST(a_source_that_stays_as_it_is_goes_on_while_others_come_and_go),
      ENGINE_TEST(the_metrics_of_a_source_go_with_it),
      ENGINE_TEST(a_changed_source_starts_again_when_all_it_pushed_is_committed),
      ENGINE_TEST(sources_are_replaced_while_commits_fail_and_nothing_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
