/* What questions are asked about, what they leave out, and what becomes of what they remember. Each
 * kind's answers over time are compared with kv in question_kv_test. */
#include "base/hash.h"
#include "detect/stateful/question_answer.h"
#include "detect/stateful/question_cache.h"
#include "detect/stateful/question_kind.h"
#include "detect/stateful/stateful_fixture.h"

static struct question_counts counts;

static void rule_of(const char *questions, struct buffer *rule) {
  buffer_printf(rule,
                "metadata { id = 'Test.Question', log_types = { 'Test.Log' }, severity = 'low',\n"
                "  where = { bad = true }, %s }\n",
                questions);
}

/* The times, in seconds after START, of the events that match. */
static void run_batch(struct stateful *stateful, struct detection *detection, struct batch *batch,
                      struct buffer *out) {
  struct error error = ERROR_NONE;
  struct arena arena = ARENA_NONE;
  struct match_notes notes = {.count = 0};
  struct match_list matches;
  const struct pipeline_options options = {.detection = detection, .workers = 1};
  struct pipeline *pipeline = pipeline_new(&options, &error);
  assert_true(fixture_push(pipeline, batch));
  struct batch_result *result = pipeline_next(pipeline);
  assert_int_equal(result->dead_letter_count, 0);
  assert_true(stateful_run(stateful, result, NULL, &arena, &notes, &matches, &error));
  buffer_append_string(out, "");
  for (size_t i = 0; i < matches.count; i++)
    buffer_printf(out, "%lld ", (long long)(matches.items[i].event_time / US_PER_SECOND - START));
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  arena_free(&arena);
}

/* `events`: "at who what" one after the other; what is JSON. */
static struct batch *batch_of_events(const char *events) {
  struct buffer lines = BUFFER_NONE;
  char who[32], what[200];
  int at, used;
  for (; sscanf(events, "%d %31s %199[^;];%n", &at, who, what, &used) == 3; events += used)
    buffer_printf(&lines, "{\"at\":%lld,\"who\":\"%s\",\"what\":%s,\"bad\":true}\n",
                  (long long)(START + at), who, what);
  struct batch *batch = fixture_batch(lines.data);
  batch->received_at = (START + 10000000) * US_PER_SECOND;
  buffer_free(&lines);
  return batch;
}

static void matches_of(const char *questions, const char *events, struct buffer *out) {
  struct buffer rule = BUFFER_NONE;
  rule_of(questions, &rule);
  const char *const rules[] = {rule.data};
  struct detection *detection = detection_of(rules, 1);
  struct stateful *stateful = stateful_new(&(struct stateful_options){.counts = &counts});
  counts = (struct question_counts){0};
  run_batch(stateful, detection, batch_of_events(events), out);
  stateful_free(stateful);
  detection_release(detection);
  buffer_free(&rule);
}

static const struct {
  const char *what, *questions, *events, *expected;
} rows[] = {
    {"the first value of a key is only learned, in any case of its letters",
     "new_value = { of = 'what', per = 'who', learn = '0s' }",
     "0 a \"x\"; 1 A \"X\"; 2 a \"y\"; 3 b \"y\"; 4 a \"Y\";", "2 "},
    {"letters beyond ASCII fold, too", "new_value = { of = 'what', per = 'who', learn = '0s' }",
     "0 a \"\xc3\x84\"; 1 a \"\xc3\xa4\"; 2 a \"a\";", "2 "},
    {"without per it is the organisation that knows", "new_value = { of = 'what', learn = '0s' }",
     "0 a \"x\"; 1 b \"x\"; 2 c \"y\"; 3 a \"y\";", "2 "},
    {"a key that comes later is new where all learn together",
     "new_value = { of = 'what', per = 'who', learn = '10s', learn_together = true }",
     "0 a \"x\"; 5 b \"x\"; 11 c \"x\"; 12 c \"x\"; 13 a \"y\";", "11 13 "},
    {"what is never new is learned",
     "new_value = { of = 'what', per = 'who', learn = '0s', never_new = { 'SSO', '7' } }",
     "0 a \"x\"; 1 a \"sso\"; 2 a 7; 3 a \"y\"; 4 b \"sso\"; 5 b \"x\";", "3 5 "},
    {"what was not seen for keep is new again",
     "new_value = { of = 'what', per = 'who', learn = '0s', keep = '60s' }",
     "0 a \"x\"; 30 a \"y\"; 59 a \"x\"; 90 a \"y\"; 118 a \"x\"; 149 a \"y\";", "30 90 "},
    {"nothing is asked about what is not there, or empty",
     "new_value = { of = 'what', per = 'who', learn = '0s' }",
     "0 a \"x\"; 1 a null; 2 a \"\"; 3 a {\"b\":1}; 4 a []; 5 a 7;", "5 "},
    {"each element of a list is a value", "new_value = { of = 'what', per = 'who', learn = '0s' }",
     "0 a [\"x\",\"y\"]; 1 a \"y\"; 2 a [\"x\",\"z\"]; 3 a \"z\";", "2 "},
    {"several fields are one value", "new_value = { of = { 'what.a', 'what.b' }, learn = '0s' }",
     "0 a {\"a\":1,\"b\":2}; 1 a {\"a\":2,\"b\":1}; 2 a {\"a\":1,\"b\":2}; 3 a {\"a\":1};", "1 "},
    {"no text looks like two parts", "new_value = { of = { 'what.a', 'what.b' }, learn = '0s' }",
     "0 a {\"a\":\"x\\u001fy\",\"b\":\"z\"}; 1 a {\"a\":\"x\",\"b\":\"y\\u001fz\"};", "1 "},
    {"or each is a value by itself",
     "new_value = { of_any = { 'what.a', 'what.b' }, learn = '0s' }",
     "0 a {\"a\":1}; 1 a {\"a\":1,\"b\":1}; 2 a {\"b\":1};", "1 "},
    {"the first of several that is there", "new_value = { of = 'what.a or what.b', learn = '0s' }",
     "0 a {\"a\":1}; 1 a {\"b\":1}; 2 a {\"b\":2,\"c\":1};", "2 "},
    {"a domain", "new_value = { of = { field = 'what', part = 'domain' }, learn = '0s' }",
     "0 a \"x@b.c\"; 1 a \"y@B.C\"; 2 a \"x@b.d\"; 3 a \"none\"; 4 a \"x@\";", "2 "},
    {"short texts are known by all their bytes",
     "new_value = { of = 'what', per = 'who', learn = '0s' }",
     "0 a \"abcdefghijklmnop\"; 1 a \"abcdefghijklmnoq\"; 2 a \"abcdefgxijklmnop\";"
     "3 a \"abcdefghijklmnopq\"; 4 a \"abcdefg\"; 5 a \"abcdefg\\u0000\"; 6 a \"ABCDEFG\";"
     "7 a \"ABCDEFGHIJKLMNOP\"; 8 a \"bcdefgh\"; 9 a \"abcdefg\"; 10 a \"bcdefgh\";",
     "1 2 3 4 5 8 "},
    {"a domain is not the same text in whole",
     "new_value = { { of = 'what', learn = '0s' },\n"
     "  { of = { field = 'what', part = 'domain' }, learn = '0s' } }",
     "0 a \"x@b.c\"; 1 a \"b.c@b.d\"; 2 a \"b.d\"; 3 a \"y@b.c\"; 4 a \"b.e@b.f\"; 5 a \"b.f\";",
     "1 4 "},
    {"all questions have to say yes",
     "rate = { per = 'who', at_least = 2, within = '10s' },\n"
     "  new_value = { of = 'what', per = 'who', learn = '0s' }",
     "0 a \"x\"; 5 a \"x\"; 30 a \"y\"; 31 a \"z\";", "31 "},
    {"two questions of one kind",
     "new_value = { { of = 'what.a', learn = '0s' }, { of = 'what.b', learn = '0s' } }",
     "0 a {\"a\":1,\"b\":1}; 1 a {\"a\":2,\"b\":1}; 2 a {\"a\":1,\"b\":2}; 3 a {\"a\":3,\"b\":3};",
     "3 "},
    {"a late event completes a burst", "rate = { per = 'who', at_least = 3, within = '10s' }",
     "100 a 0; 108 a 0; 104 a 0; 91 a 0; 109 a 0; 110 a 0;", "104 109 110 "},
    {"events that are the whole span apart are in none together",
     "rate = { per = 'who', at_least = 2, within = '10s' }", "0 a 0; 10 a 0; 19 a 0;", "19 "},
    {"a silence ends once", "dormant = { per = 'who', at_least = '1h', keep = '3h' }",
     "0 a 0; 3599 a 0; 7300 a 0; 7301 a 0; 7000 a 0; 18200 a 0;", "7300 "},
    {"degrees are the same place however they are written",
     "travel = { of = { 'what.a', 'what.b' }, per = 'who', farther_than = 1, faster_than = 1 }",
     "0 a {\"a\":47.4,\"b\":-8.5}; 1 a {\"a\":\"47.40\",\"b\":\"-8.500000\"}; "
     "2 a {\"a\":\"47.4000000\",\"b\":\"-85e-1\"}; 3 a {\"a\":\"+47.4\",\"b\":\"-08.5\"}; "
     "4 a {\"a\":\"47.4\",\"b\":\"-8.4\"}; 5 a {\"a\":\"47.4\",\"b\":\"8.4\"};",
     "4 5 "},
    {"nobody is where no degrees are",
     "travel = { of = { 'what.a', 'what.b' }, per = 'who', farther_than = 1, faster_than = 1 }",
     "0 a {\"a\":0,\"b\":0}; 1 a {\"a\":\"90.000001\",\"b\":0}; 2 a {\"a\":\"1.2.3\",\"b\":0}; "
     "3 a {\"a\":\"-\",\"b\":0}; 4 a {\"a\":\"9x\",\"b\":0}; 5 a {\"a\":\"99999999999999999999\","
     "\"b\":0}; 6 a {\"a\":90,\"b\":180};",
     "6 "},
    {"an hour of a time zone",
     "unusual_hour = { per = 'who', learn = '1d', near = 0, time_zone = 'Asia/Kolkata' }",
     "0 a 0; 86400 a 0; 172800 a 0; 174500 a 0; 174700 a 0;", "174700 "},
};

/* More places than are known at a time, of texts of one length: who stays is nowhere else. */
static void a_place_is_taken_for_no_other(void **state) {
  (void)state;
  struct buffer events = BUFFER_NONE, expected = BUFFER_NONE, matches = BUFFER_NONE;
  uint32_t seed = 1;
  unsigned place = 0;
  for (unsigned i = 0; i < 500; i++) {
    unsigned next = next_random(&seed) % 2 ? place : next_random(&seed) % 160;
    buffer_printf(&events, "%u a {\"a\":\"%u.5\",\"b\":\"%u.5\"};", i, 10 + next / 2,
                  10 + next % 2 * 40);
    if (i > 0 && next != place)
      buffer_printf(&expected, "%u ", i);
    place = next;
  }
  matches_of("travel = { of = { 'what.a', 'what.b' }, per = 'who', farther_than = 1,"
             " faster_than = 1 }",
             events.data, &matches);
  assert_string_equal(matches.data, expected.data);
  buffer_free(&events);
  buffer_free(&expected);
  buffer_free(&matches);
}

static void questions_are_asked_about_what_an_event_has(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buffer matches = BUFFER_NONE;
    matches_of(rows[i].questions, rows[i].events, &matches);
    if (strcmp(matches.data, rows[i].expected) != 0)
      fail_msg("%s: '%s' in the place of '%s'", rows[i].what, matches.data, rows[i].expected);
    buffer_free(&matches);
  }
}

static void what_is_left_out_is_counted(void **state) {
  struct buffer matches = BUFFER_NONE, events = BUFFER_NONE;
  (void)state;
  matches_of("new_value = { of = 'what', learn = '0s' }", "0 a \"x\"; 10200000 a \"y\";", &matches);
  assert_string_equal(matches.data, "");
  assert_int_equal(counts.ahead, 1);
  buffer_reset(&matches);
  buffer_reset(&events);
  for (int i = 0; i < 15; i++)
    buffer_printf(&events, "%d a [\"%d\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"];", i, i);
  matches_of("new_value = { of = { 'what', 'what', 'what' }, learn = '0s' }", events.data,
             &matches);
  assert_int_equal(counts.cut, 15); /* eight times eight times eight */
  buffer_free(&matches);
  buffer_free(&events);
}

static void an_average_is_to_a_tenth(void **state) {
  static const struct question spike = {.kind = QUESTION_SPIKE};
  const struct question_answer answer = {
      .question = &spike, .count = 22, .usual = 10.875968992248062, .since = TIME_NONE};
  struct buffer json = BUFFER_NONE;
  (void)state;
  question_answer_write(&answer, &json);
  assert_non_null(strstr(json.data, "\"count\":22,\"usual\":10.9"));
  buffer_free(&json);
}

/* ---- the state file ---- */

static void a_question_that_asks_something_else_begins_anew(void **state) {
  static const struct {
    const char *later;
    const char *expected; /* what matches of an event that was known */
  } changes[] = {{"new_value = { of = 'what', per = 'who', learn = '1s', keep = '9d' }", ""},
                 {"new_value = { of = 'who', per = 'what', learn = '0s' }", ""},
                 {"new_value = { of = { 'what', 'who' }, per = 'who', learn = '0s' }", ""}};
  (void)state;
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    struct buffer rule = BUFFER_NONE, later = BUFFER_NONE, kept = BUFFER_NONE;
    struct world world;
    rule_of("new_value = { of = 'what', per = 'who', learn = '0s' }", &rule);
    rule_of(changes[i].later, &later);
    const char *const rules[] = {rule.data}, *const others[] = {later.data};
    start_world(&world, rules, 1, 1);
    commit_one(&world, batch_of_events("0 a \"x\"; 1 a \"y\";"));
    struct detection *replacement = detection_of(others, 1);
    pipeline_replace(world.pipeline, replacement, false, false);
    detection_release(replacement);
    commit_one(&world, batch_of_events("20 a \"x\"; 21 a \"y\"; 22 a \"z\";"));
    dump(&world, "SELECT event_time / 1000000 - 1704067200 FROM rule_match ORDER BY id", &kept);
    /* With the same meaning x and y are known; else x comes first, and is only learned. */
    assert_string_equal(kept.data, i == 0 ? "1\n22\n" : i == 1 ? "1\n" : "1\n21\n22\n");
    stop_world(&world);
    buffer_free(&rule);
    buffer_free(&later);
    buffer_free(&kept);
  }
}

/* Of a's x (a value) and of a itself. */
static void damaged_states_are_as_if_they_were_not_there(void **state) {
  static const char *const damages[] = {
      "UPDATE question_log SET changes = x'00'", "UPDATE question_log SET changes = x'ffffff'",
      "UPDATE question_log SET changes = substr(changes, 1, 3)",
      "DELETE FROM question_log; INSERT INTO question_state VALUES (1, CAST('a' AS BLOB), x'00', 0,"
      " 0), (1, x'611d78', x'0201', 0, 0)"};
  struct buffer rule = BUFFER_NONE;
  (void)state;
  rule_of("new_value = { of = 'what', per = 'who', learn = '0s' }", &rule);
  const char *const rules[] = {rule.data};
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    struct buffer matches = BUFFER_NONE;
    struct world world;
    start_world(&world, rules, 1, 1);
    commit_one(&world, batch_of_events("0 a \"x\"; 1 a \"y\";"));
    sql(&world, damages[i]);
    committer_free(world.committer);
    start_committer(&world);
    commit_one(&world, batch_of_events("2 a \"x\"; 3 a \"y\";"));
    dump(&world, "SELECT event_time / 1000000 - 1704067200 FROM rule_match ORDER BY id", &matches);
    assert_string_equal(matches.data, "1\n3\n");
    stop_world(&world);
    buffer_free(&matches);
  }
  buffer_free(&rule);
}

/* ---- memory ---- */

struct memory {
  struct store *store;
};

static bool get(void *context, int64_t question, struct text name, struct buffer *state,
                struct store_question_state *row, bool *found, struct error *error) {
  struct memory *memory = context;
  return store_question_get(memory->store, question, name, state, row, found, error);
}

static bool set(void *context, const struct store_question_state *row, struct error *error) {
  struct memory *memory = context;
  return store_question_set(memory->store, row, error);
}

static struct question_text text_of(const char *string) {
  struct text text = text_from(string);
  return (struct question_text){text, text, hash_text(text)};
}

/* Many keys through a cache that holds few: nothing is forgotten. And no key gets more values than
 * it may. */
static void memory_and_values_are_bounded(void **state) {
  struct buffer rule = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct arena arena = ARENA_NONE;
  (void)state;
  rule_of("new_value = { of = 'what', per = 'who', learn = '0s' }", &rule);
  const char *const rules[] = {rule.data};
  struct detection *detection = detection_of(rules, 1);
  struct memory memory = {store_open_scratch_begun(&error)};
  counts = (struct question_counts){0};
  struct questions *questions = questions_new(&(struct questions_options){
      .backing = {&memory, get, set}, .memory_max = 64 << 10, .counts = &counts});
  questions_use(questions, detection->rules);
  const struct rule *asker = detection->rules->rules;
  size_t matches = 0;
  for (int i = 0; i < QUESTION_KEY_VALUES_MAX + 3000; i++) {
    char name[20];
    snprintf(name, sizeof name, "%d", i < 2000 ? i % 1000 : i);
    struct question_text key = text_of(i < 2000 ? name : "one"),
                         value = text_of(i < 2000 ? "x" : name);
    const struct question_found keys = {&key, 1, false}, values = {&value, 1, false};
    const struct question_asked asked = {asker->questions.items, &keys, &values};
    const struct questions_event event = {
        .rule = asker, .asked = &asked, .time = START * US_PER_SECOND + i, .received = TIME_NONE};
    struct question_answers answers;
    bool yes;
    assert_true(questions_ask(questions, &event, &arena, &answers, &yes, &error));
    matches += yes;
    arena_reset(&arena);
  }
  assert_int_equal(matches, QUESTION_KEY_VALUES_MAX - 1); /* all of "one" but the first */
  assert_int_equal(counts.forgotten, 1000);
  questions_free(questions);
  store_close(memory.store);
  detection_release(detection);
  arena_free(&arena);
  buffer_free(&rule);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(questions_are_asked_about_what_an_event_has),
      cmocka_unit_test(a_place_is_taken_for_no_other),
      cmocka_unit_test(what_is_left_out_is_counted),
      cmocka_unit_test(an_average_is_to_a_tenth),
      cmocka_unit_test(a_question_that_asks_something_else_begins_anew),
      cmocka_unit_test(damaged_states_are_as_if_they_were_not_there),
      cmocka_unit_test(memory_and_values_are_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
