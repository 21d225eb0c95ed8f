/* Questions of several rules that are the same have one past, and answer as each would alone. */
#include "detect/stateful/question_twins.h"
#include "detect/stateful/stateful_fixture.h"

#define RULE(id, where, questions)                                                                 \
  "metadata { id = '" id "', log_types = { 'Test.Log' }, severity = 'low',\n  where = { " where    \
  " }, " questions " }\n"                                                                          \
  "function title(event)\n"                                                                        \
  "  local new, rate = event:answer(1), event:answer(2) or {}\n"                                   \
  "  return tostring(new.value) .. ' of ' .. table.concat(new.known or {}, ',') .. ' '\n"          \
  "    .. tostring(new.count) .. ' ' .. tostring(rate.count)\n"                                    \
  "end\n"
#define NEW "new_value = { of = 'what', per = 'who', learn = '60s', keep = '1h' }"
#define LATER "new_value = { of = 'what', per = 'who', learn = '61s', keep = '1h' }"
#define RATE "rate = { per = 'who', at_least = 3, within = '10m' }"

static const char *const rules[] = {
    RULE("Test.A", "bad = true", NEW),
    RULE("Test.B", "bad = true", NEW ", " RATE),
    RULE("Test.C", "bad = true", LATER ", " RATE),
    RULE("Test.D", "bad = false", NEW),
};
enum { RULES = sizeof rules / sizeof *rules };

static const struct tracked_question *question_of(const struct question_cache *cache, size_t rule,
                                                  size_t index) {
  return &cache->questions[question_number(&cache->rules->rules[rule], index)];
}

static void those_that_differ_in_nothing_have_one_past(void **state) {
  (void)state;
  struct detection *detection = detection_of(rules, RULES);
  struct question_cache cache = {.log = NULL};
  question_cache_use(&cache, detection->rules);
  struct question_twin *twins = question_twins_find(&cache);
  const struct tracked_question *a = question_of(&cache, 0, 0), *b = question_of(&cache, 1, 0),
                                *b_rate = question_of(&cache, 1, 1), *c = question_of(&cache, 2, 0),
                                *c_rate = question_of(&cache, 2, 1), *d = question_of(&cache, 3, 0);
  assert_int_equal(a->question->kind, QUESTION_NEW_VALUE);
  assert_int_equal(b_rate->question->kind, QUESTION_RATE);
  assert_non_null(a->twin);
  assert_ptr_equal(a->twin, b->twin);
  assert_int_equal(a->id, b->id);
  assert_non_null(b_rate->twin);
  assert_ptr_equal(b_rate->twin, c_rate->twin);
  assert_int_equal(b_rate->id, c_rate->id);
  assert_ptr_not_equal(a->twin, b_rate->twin);
  assert_null(c->twin); /* it learns for longer */
  assert_null(d->twin); /* it is asked of other events */
  assert_true(c->id != a->id && d->id != a->id && c->id != d->id);
  free(twins);
  question_cache_clear(&cache);
  detection_release(detection);
}

/* A function may say no. */
static void a_rule_with_a_function_is_alone(void **state) {
  static const char *const both[] = {
      RULE("Test.A", "bad = true", NEW) "function rule(event) return event.who ~= 'a' end\n",
      RULE("Test.B", "bad = true", NEW)};
  (void)state;
  struct detection *detection = detection_of(both, 2);
  struct question_cache cache = {.log = NULL};
  question_cache_use(&cache, detection->rules);
  struct question_twin *twins = question_twins_find(&cache);
  assert_null(question_of(&cache, 0, 0)->twin);
  assert_null(question_of(&cache, 1, 0)->twin);
  free(twins);
  question_cache_clear(&cache);
  detection_release(detection);
}

/* Of few people, with late ones, and lists of values. */
static struct batch *random_events(uint32_t seed) {
  struct buffer lines = BUFFER_NONE;
  int64_t at = START;
  for (size_t i = 0; i < 600; i++) {
    at += next_random(&seed) % 60;
    int64_t late = next_random(&seed) % 10 == 0 ? next_random(&seed) % 600 : 0;
    buffer_printf(&lines, "{\"at\":%lld,\"who\":\"%c\",\"what\":[", (long long)(at - late),
                  'a' + (int)(next_random(&seed) % 5));
    for (size_t k = 0, count = 1 + next_random(&seed) % 8 / 7; k < count; k++)
      buffer_printf(&lines, "%s%u", k ? "," : "", next_random(&seed) % 40);
    buffer_printf(&lines, "],\"bad\":%s}\n", next_random(&seed) % 4 ? "true" : "false");
  }
  struct batch *batch = fixture_batch(lines.data);
  batch->received_at = (START + 10000000) * US_PER_SECOND;
  buffer_free(&lines);
  return batch;
}

/* Times and titles of the matches of the rule with this id; how many. */
static size_t matches_of(const char *const *files, size_t count, const char *id, uint32_t seed,
                         struct question_counts *counts, struct buffer *out) {
  struct error error = ERROR_NONE;
  struct arena arena = ARENA_NONE;
  struct match_notes notes = {.count = 0};
  struct match_list matches;
  struct detection *detection = detection_of(files, count);
  struct stateful *stateful = stateful_new(&(struct stateful_options){.counts = counts});
  const struct pipeline_options options = {.detection = detection, .workers = 1};
  struct pipeline *pipeline = pipeline_new(&options, &error);
  assert_true(fixture_push(pipeline, random_events(seed)));
  struct batch_result *result = pipeline_next(pipeline);
  assert_true(stateful_run(stateful, result, NULL, &arena, &notes, &matches, &error));
  size_t found = 0;
  for (size_t i = 0; i < matches.count; i++) {
    const struct match *match = &matches.items[i];
    if (!text_is(match->rule->id, id))
      continue;
    found++;
    buffer_printf(out, "%lld %.*s\n", (long long)(match->event_time / US_PER_SECOND),
                  TEXT_ARGS(match->outcome.title));
  }
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  stateful_free(stateful);
  detection_release(detection);
  problems_clear(&notes.kept);
  arena_free(&arena);
  return found;
}

static void each_says_what_it_says_alone(void **state) {
  static const char *const ids[RULES] = {"Test.A", "Test.B", "Test.C", "Test.D"};
  (void)state;
  for (uint32_t seed = 1; seed <= 3; seed++)
    for (size_t i = 0; i < RULES; i++) {
      struct buffer alone = BUFFER_NONE, together = BUFFER_NONE;
      struct question_counts counts = {0};
      size_t count = matches_of(&rules[i], 1, ids[i], seed, &counts, &alone);
      assert_true(count > 10);
      matches_of(rules, RULES, ids[i], seed, &counts, &together);
      assert_string_equal(alone.data, together.data);
      buffer_free(&alone);
      buffer_free(&together);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(those_that_differ_in_nothing_have_one_past),
      cmocka_unit_test(a_rule_with_a_function_is_alone),
      cmocka_unit_test(each_says_what_it_says_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
