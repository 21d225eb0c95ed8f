/* How states of questions get into the store and back: whatever is settled, fails and begins anew,
 * what is remembered is the same. */
#include "base/hash.h"
#include "detect/stateful/questions.h"
#include "stateful_fixture.h"
#include "store/store_number.h"

#define EVENTS 3000
#define KEYS 150
#define MEMORY ((size_t)48 << 10) /* settles often, and lets states leave */

static const char rule[] =
    "metadata { id = 'Test.Question', log_types = { 'Test.Log' }, severity = 'low',\n"
    "  new_value = { of = 'what', per = 'who', learn = '0s', keep = '2h' },\n"
    "  rate = { per = 'who', at_least = 2, within = '10m' },\n"
    "  distinct = { of = 'what', per = 'who', at_least = 2, within = '10m' },\n"
    "  unusual_hour = { per = 'who', keep = '2h' } }\n";

static bool get(void *context, int64_t question, struct text name, struct buffer *state,
                struct store_question_state *row, bool *found, struct error *error) {
  return store_question_get(context, question, name, state, row, found, error);
}

static bool set(void *context, const struct store_question_state *row, struct error *error) {
  return store_question_set(context, row, error);
}

struct world_of_questions {
  struct detection *detection;
  struct store *store;
  time_us now;
  struct questions *questions;
  size_t memory;
  struct error error;
};

static void start(struct world_of_questions *world) {
  const struct question_backing backing = {world->store, get, set, false, world->store};
  world->questions =
      questions_new(&(struct questions_options){.backing = backing, .memory_max = world->memory});
  questions_use(world->questions, world->detection->rules);
}

static void restart(struct world_of_questions *world) {
  questions_free(world->questions);
  start(world);
}

static void open_world(struct world_of_questions *world, size_t memory) {
  static const char *const rules[] = {rule};
  *world = (struct world_of_questions){.detection = detection_of(rules, 1), .memory = memory};
  world->store = store_open_scratch(&world->error);
  world->store->clock = clock_fixed(&world->now);
  start(world);
}

static void close_world(struct world_of_questions *world) {
  assert_string_equal(world->error.text, "");
  questions_free(world->questions);
  store_close(world->store);
  detection_release(world->detection);
}

static struct question_text text_of(const char *string) {
  struct text text = text_from(string);
  return (struct question_text){text, text, hash_text(text)};
}

/* The answers to the event with this number, as JSON: which event it is depends on that alone. */
static void ask(struct world_of_questions *world, uint32_t number, struct buffer *out) {
  uint32_t seed = number * 7919;
  char who[24], what[24];
  struct arena arena = ARENA_NONE;
  struct question_answers answers;
  struct question_asked asked[QUESTIONS_MAX];
  const struct rule *asker = world->detection->rules->rules;
  bool yes;
  /* A few keys nearly always, and all of them now and then. */
  uint32_t among = next_random(&seed) % 3 ? 5 : KEYS;
  snprintf(who, sizeof who, "person-%u", next_random(&seed) % among);
  snprintf(what, sizeof what, "what-%u", next_random(&seed) % 9);
  const struct question_text key = text_of(who), value = text_of(what);
  const struct question_found keys = {&key, 1, false}, values = {&value, 1, false};
  for (size_t i = 0; i < asker->questions.count; i++)
    asked[i] = (struct question_asked){&asker->questions.items[i], &keys,
                                       asker->questions.items[i].of.count ? &values : NULL};
  int64_t late = next_random(&seed) % 5 ? 0 : next_random(&seed) % 900;
  const struct questions_event event = {.rule = asker,
                                        .asked = asked,
                                        .time = (START + number * 7 - late) * US_PER_SECOND,
                                        .received = TIME_NONE,
                                        .explains = true};
  assert_true(questions_ask(world->questions, &event, &arena, &answers, &yes, &world->error));
  buffer_printf(out, "%.*s\n", TEXT_ARGS(answers.json));
  arena_free(&arena);
}

static void append_rows(struct world_of_questions *world, struct buffer *out) {
  sqlite3_stmt *statement = NULL;
  assert_true(store_begin(world->store, &world->error) &&
              questions_settle(world->questions, &world->error) &&
              store_commit(world->store, &world->error));
  assert_int_equal(store_number(world->store, "SELECT count(*) FROM question_log"), 0);
  assert_int_equal(sqlite3_prepare_v2(world->store->db,
                                      "SELECT question || ' ' || hex(name) || ' ' || hex(state) ||"
                                      " ' ' || expires_at FROM question_state"
                                      " ORDER BY question, name",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW)
    buffer_printf(out, "%s\n", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
}

/* One transaction after the other, each of which may fail first, with restarts between them. */
static void run(struct world_of_questions *world, uint32_t seed, struct buffer *answers) {
  struct buffer lost = BUFFER_NONE;
  for (uint32_t at = 0, to; at < EVENTS; at = to) {
    to = at + 1 + next_random(&seed) % 60;
    to = to < EVENTS ? to : EVENTS;
    if (next_random(&seed) % 6 == 0) {
      assert_true(store_begin(world->store, &world->error));
      for (uint32_t i = at; i < to; i++)
        ask(world, i, &lost);
      assert_true(questions_save(world->questions, &world->error));
      store_rollback(world->store);
      questions_forget(world->questions);
    }
    assert_true(store_begin(world->store, &world->error));
    for (uint32_t i = at; i < to; i++)
      ask(world, i, answers);
    assert_true(questions_save(world->questions, &world->error) &&
                store_commit(world->store, &world->error));
    if (next_random(&seed) % 12 == 0)
      restart(world);
  }
  buffer_free(&lost);
}

static void what_is_remembered_does_not_depend_on_how_it_was_saved(void **state) {
  (void)state;
  struct world_of_questions plain;
  struct buffer expected = BUFFER_NONE, rows = BUFFER_NONE;
  open_world(&plain, 0);
  assert_true(store_begin(plain.store, &plain.error));
  for (uint32_t i = 0; i < EVENTS; i++)
    ask(&plain, i, &expected);
  assert_true(questions_save(plain.questions, &plain.error) &&
              store_commit(plain.store, &plain.error));
  append_rows(&plain, &rows);
  close_world(&plain);
  for (uint32_t seed = 1; seed <= 3; seed++) {
    struct world_of_questions world;
    struct buffer answers = BUFFER_NONE, kept = BUFFER_NONE;
    open_world(&world, seed == 3 ? 0 : MEMORY);
    run(&world, seed, &answers);
    assert_string_equal(answers.data, expected.data);
    append_rows(&world, &kept);
    assert_string_equal(kept.data, rows.data);
    close_world(&world);
    buffer_free(&answers);
    buffer_free(&kept);
  }
  buffer_free(&expected);
  buffer_free(&rows);
}

/* With memory for some of the states, whatever is asked: the log ends, and rows take its place. */
static void the_log_stays_short(void **state) {
  (void)state;
  struct world_of_questions world;
  struct buffer answers = BUFFER_NONE;
  int64_t longest = 0;
  open_world(&world, 2 * MEMORY);
  for (uint32_t at = 0; at < EVENTS; at++) {
    assert_true(store_begin(world.store, &world.error));
    ask(&world, at, &answers);
    assert_true(questions_save(world.questions, &world.error) &&
                store_commit(world.store, &world.error));
    int64_t bytes =
        store_number(world.store, "SELECT ifnull(sum(length(changes)), 0) FROM question_log");
    longest = bytes > longest ? bytes : longest;
  }
  assert_true(longest > 10000 && longest < 200000);
  assert_true(store_number(world.store, "SELECT count(*) FROM question_state") > KEYS);
  close_world(&world);
  buffer_free(&answers);
}

static void a_row_that_the_store_deletes_leaves_memory(void **state) {
  (void)state;
  struct world_of_questions world;
  struct buffer before = BUFFER_NONE, after = BUFFER_NONE;
  open_world(&world, 0);
  ask(&world, 1, &before);
  append_rows(&world, &after);
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(world.store->db, "SELECT question, name FROM question_state",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW)
    questions_forget_row(world.questions, sqlite3_column_int64(statement, 0),
                         column_text(statement, 1));
  sqlite3_finalize(statement);
  buffer_reset(&after);
  ask(&world, 1, &after);
  assert_string_equal(before.data, after.data);
  close_world(&world);
  buffer_free(&before);
  buffer_free(&after);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_remembered_does_not_depend_on_how_it_was_saved),
      cmocka_unit_test(the_log_stays_short),
      cmocka_unit_test(a_row_that_the_store_deletes_leaves_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
