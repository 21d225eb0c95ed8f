/* Correlations of a rule set: keys, the events of instances, ends of spans. Matches are written as
 * words. */
#include "detect/correlation/correlate.h"
#include "rule/load/rule_set_load.h"

#include "base/memory.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * `matches`: rule and minute, and the match's event behind `=`, what alert_context gave behind `~`;
 * `<60`: every match before minute 60 was given; `?` before the rule: the match is doubtful.
 * `reported`: the title and the minute of each instance.
 */
struct scenario {
  const char *name, *correlation, *matches, *reported;
};

#define A_THEN_B "sequence = { 'A', 'B' }, within_minutes = 60"
#define BY_WHO A_THEN_B ", on = 'who'"

static const struct scenario scenarios[] = {
    {"without a key everything belongs together", A_THEN_B, "A0={} B5={}", "X@5"},
    {"the same value", BY_WHO, "A0={\"who\":\"a\"} B5={\"who\":\"a\"}", "X: a@5"},
    {"another value", BY_WHO, "A0={\"who\":\"a\"} B5={\"who\":\"b\"}", ""},
    {"two keys side by side", BY_WHO,
     "A0={\"who\":\"a\"} A1={\"who\":\"b\"} B5={\"who\":\"b\"} B6={\"who\":\"a\"}",
     "X: b@5 X: a@6"},
    {"a field that is missing", BY_WHO, "A0={} B5={}", ""},
    {"a field that is null", BY_WHO, "A0={\"who\":null} B5={\"who\":null}", ""},
    {"a field that is empty", BY_WHO, "A0={\"who\":\"\"} B5={\"who\":\"\"}", ""},
    {"a field that is a list has each of its values", BY_WHO,
     "A0={\"who\":[1,2]} B5={\"who\":[3,[2]]} B6={\"who\":[4]}", "X: 2@5"},
    {"a list that is empty", BY_WHO, "A0={\"who\":[]} B5={\"who\":[]}", ""},
    {"a path through lists", A_THEN_B ", on = 'files.id'",
     "A0={\"files\":[{\"id\":\"a\"},{\"id\":\"b\"}]} B5={\"files\":[{\"id\":\"b\"},{}]} "
     "B6={\"files\":[{\"id\":\"a\"}]}",
     "X: b@5 X: a@6"},
    {"one place in a list", A_THEN_B ", on = 'files[0].id'",
     "A0={\"files\":[{\"id\":\"a\"},{\"id\":\"b\"}]} B5={\"files\":[{\"id\":\"b\"}]} "
     "B6={\"files\":[{\"id\":\"a\"}]}",
     "X: a@6"},
    {"lists of two fields are combined", A_THEN_B ", on = { 'x', 'y' }",
     "A0={\"x\":[1,2],\"y\":[3,4]} B1={\"x\":2,\"y\":3} B2={\"x\":3,\"y\":2}", "X: 2, 3@1"},
    {"an address in any case", BY_WHO,
     "A0={\"who\":\"Homer@Example.com\"} B5={\"who\":\"homer@example.com\"}",
     "X: homer@example.com@5"},
    {"another text in its own case", BY_WHO, "A0={\"who\":\"Homer\"} B5={\"who\":\"homer\"}", ""},
    {"a number and its text", BY_WHO, "A0={\"who\":7} B5={\"who\":\"7\"}", "X: 7@5"},
    {"a truth", BY_WHO, "A0={\"who\":false} B5={\"who\":false}", "X: false@5"},
    {"an event that is none", BY_WHO, "A0={\"who\" B5={\"who\"", ""},
    {"a field within", A_THEN_B ", on = 'who.mail'",
     "A0={\"who\":{\"mail\":\"a\"}} B5={\"who.mail\":\"a\"}", "X: a@5"},
    {"other names in other steps",
     "sequence = { { rule = 'A', on = 'x' }, { rule = 'B', on = 'y' } }, within_minutes = 60",
     "A0={\"x\":\"a\",\"y\":\"b\"} B5={\"x\":\"b\",\"y\":\"a\"}", "X: a@5"},
    {"out of alert_context",
     "sequence = { { rule = 'A', on = 'p_alert_context.user' }, { rule = 'B', on = 'who' } }, "
     "within_minutes = 60",
     "A0={}~{\"user\":\"a\"} A1={\"user\":\"b\"}~{} B5={\"who\":\"a\"} B6={\"who\":\"b\"}",
     "X: a@5"},
    {"two fields, and no confusion of their values", A_THEN_B ", on = { 'x', 'y' }",
     "A0={\"x\":\"a,b\",\"y\":\"c\"} B1={\"x\":\"a\",\"y\":\"b,c\"} B2={\"x\":\"a,b\",\"y\":\"c\"}",
     "X: a,b, c@2"},
    {"different values are counted",
     "group = { { rule = 'A', min = 2, unique = 'ip' } }, within_minutes = 60, on = 'who'",
     "A0={\"who\":\"a\",\"ip\":\"1\"} A1={\"who\":\"a\",\"ip\":\"1\"} A2={\"who\":\"a\"} "
     "A3={\"who\":\"a\",\"ip\":\"2\"}",
     "X: a@3"},
    {"out of order", BY_WHO, "B5={\"who\":\"a\"} A0={\"who\":\"a\"}", "X: a@5"},
    {"more than a day late, beside others of its time", BY_WHO,
     "A9000={\"who\":\"a\"} A0={\"who\":\"a\"} B5={\"who\":\"a\"}", "X: a@5"},
    {"more than a day late, after what it needs has left", BY_WHO,
     "A0={\"who\":\"a\"} A9000={\"who\":\"a\"} B5={\"who\":\"a\"}", ""},
    {"a time that is not the event's own ages nothing", BY_WHO,
     "A0={\"who\":\"a\"} ?A9000={\"who\":\"a\"} B5={\"who\":\"a\"}", "X: a@5"},
    {"a time that is not the event's own is a time", BY_WHO,
     "A0={\"who\":\"a\"} ?A9000={\"who\":\"a\"} ?B9005={\"who\":\"a\"}", "X: a@9005"},
    {"absence of each key at its own time",
     "sequence = { 'A', { rule = 'B', absent = true } }, within_minutes = 60, on = 'who'",
     "A5={\"who\":\"b\"} A1={\"who\":\"a\"} A9={\"who\":\"c\"} B20={\"who\":\"c\"} <200",
     "X: a@61 X: b@65"},
    {"absence that is not over",
     "sequence = { 'A', { rule = 'B', absent = true } }, within_minutes = 60, on = 'who'",
     "A5={\"who\":\"b\"} <65", ""},
    {"one absence after the other of one key",
     "sequence = { 'A', { rule = 'B', absent = true } }, within_minutes = 60, on = 'who'",
     "A100={\"who\":\"a\"} A0={\"who\":\"a\"} A50={\"who\":\"b\"} <500",
     "X: a@60 X: b@110 X: a@160"},
};

/* Where states are between two matches. */
enum keeping { IN_MEMORY, IN_A_TEMPORARY_FILE, IN_A_STORE };

struct world {
  struct rule_set *set;
  enum keeping keeping;
  struct store *store;
  int64_t keys_max;
  uint64_t cut;
  bool expecting; /* matches are expected, not taken */
  struct correlator_expected noted[16];
  size_t given, taken; /* of these */
  time_us complete;
  const char *actor_of_b; /* NULL: homer, as of A */
  struct correlator *correlator;
  struct buffer reported, details;
};

static bool note(void *context, const struct match *match, struct error *error) {
  struct world *world = context;
  (void)error;
  buffer_printf(&world->reported, "%s%.*s@%d", world->reported.size ? " " : "",
                TEXT_ARGS(match->outcome.title), (int)(match->event_time / US_PER_MINUTE));
  buffer_reset(&world->details);
  buffer_printf(&world->details, "actor %.*s\ndedup %.*s\nrow %.*s\ncontext %.*s\nevent %.*s\n",
                TEXT_ARGS(match->outcome.actor), TEXT_ARGS(match->outcome.dedup),
                TEXT_ARGS(match->row_id), TEXT_ARGS(match->outcome.context),
                TEXT_ARGS(match->event));
  assert_int_equal(match->row_id.size, ROW_ID_SIZE);
  assert_true(match->type == ALERT_RULE);
  return true;
}

static void start_correlator(struct world *world) {
  world->correlator = correlator_new(
      world->set, &(struct correlator_options){.store = world->store,
                                               .keys_max = world->keys_max,
                                               .memory_max = world->keeping != IN_MEMORY,
                                               .cut = &world->cut,
                                               .each = note,
                                               .context = world});
}

static void start_keeping(struct world *world, enum keeping keeping, const char *correlation,
                          const char *functions) {
  struct problems problems = PROBLEMS_NONE;
  struct rule_file files[3];
  char texts[3][600];
  for (int i = 0; i < 2; i++)
    snprintf(texts[i], sizeof texts[i],
             "metadata { id = '%c', log_types = { 'T' }, severity = 'info', where = { a = 1 } }",
             'A' + i);
  snprintf(texts[2], sizeof texts[2], "correlation { id = 'X', severity = 'low', %s } %s",
           correlation, functions);
  for (int i = 0; i < 3; i++)
    files[i] = (struct rule_file){.path = "x.lua", .source = text_from(texts[i])};
  struct error error = ERROR_NONE;
  *world = (struct world){.set = rule_set_load_files(files, 3, &problems),
                          .keeping = keeping,
                          .store = keeping == IN_A_STORE ? store_open_scratch(&error) : NULL,
                          .complete = INT64_MIN};
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  start_correlator(world);
}

static void start(struct world *world, const char *correlation, const char *functions) {
  start_keeping(world, IN_MEMORY, correlation, functions);
}

static void stop(struct world *world) {
  correlator_free(world->correlator);
  store_close(world->store);
  rule_set_free(world->set);
  buffer_free(&world->reported);
  buffer_free(&world->details);
}

static void give(struct world *world, char *word) {
  struct error error = ERROR_NONE;
  if (*word == '<' && world->expecting)
    return;
  if (*word == '<') {
    world->complete = strtol(word + 1, NULL, 10) * US_PER_MINUTE;
    assert_true(correlator_advance(world->correlator, world->complete, &error));
    return;
  }
  bool doubtful = *word == '?';
  word += doubtful;
  char *event, *context = strchr(word, '~'), rule[2] = {word[0]};
  long minute = strtol(word + 1, &event, 10);
  if (context)
    *context = '\0';
  struct match match = {
      .rule = rule_set_find(world->set, text_from(rule)),
      .type = ALERT_RULE,
      .event_time = minute * US_PER_MINUTE,
      .doubtful = doubtful,
      .row_id = text_from(word),
      .event = text_from(event + (*event == '=')),
      .outcome = {.title = text_from(rule),
                  .actor =
                      text_from(word[0] == 'B' && world->actor_of_b ? world->actor_of_b : "homer"),
                  .context = text_from(context ? context + 1 : "{}")}};
  if (world->expecting)
    correlator_expect(world->correlator, &match, &world->noted[world->given++]);
  else if (world->given == 0 || correlator_needs(world->correlator, &world->noted[world->taken++]))
    assert_true(correlator_take(world->correlator, &match, &error));
}

static void restart(struct world *world) {
  struct error error = ERROR_NONE;
  assert_true(correlator_save(world->correlator, &error));
  correlator_free(world->correlator);
  start_correlator(world);
  if (world->complete != INT64_MIN)
    assert_true(correlator_advance(world->correlator, world->complete, &error));
}

static void give_all(struct world *world, const char *matches) {
  char *words = memory_copy_string(matches), *rest = words;
  for (char *word; (word = strsep(&rest, " ")) != NULL;) {
    give(world, word);
    if (world->keeping == IN_A_STORE)
      restart(world);
  }
  free(words);
}

static void expect_all(struct world *world, const char *matches) {
  enum keeping keeping = world->keeping;
  world->expecting = true;
  world->keeping = IN_MEMORY; /* no restart */
  give_all(world, matches);
  world->keeping = keeping;
  world->expecting = false;
}

static size_t run_scenarios(enum keeping keeping, bool expected) {
  size_t wrong = 0;
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
    const struct scenario *scenario = &scenarios[i];
    struct world world;
    start_keeping(&world, keeping, scenario->correlation, "");
    if (expected)
      expect_all(&world, scenario->matches);
    give_all(&world, scenario->matches);
    if (!text_is(buffer_text(&world.reported), scenario->reported)) {
      print_error("%s: reported '%.*s', expected '%s'\n", scenario->name,
                  TEXT_ARGS(buffer_text(&world.reported)), scenario->reported);
      wrong++;
    }
    stop(&world);
  }
  return wrong;
}

static void matches_with_the_same_key_become_instances(void **state) {
  (void)state;
  assert_int_equal(run_scenarios(IN_MEMORY, false), 0);
}

static void where_states_are_kept_makes_no_difference(void **state) {
  (void)state;
  assert_int_equal(run_scenarios(IN_A_TEMPORARY_FILE, false), 0);
  assert_int_equal(run_scenarios(IN_A_STORE, false), 0);
}

static void what_is_expected_makes_no_difference(void **state) {
  (void)state;
  assert_int_equal(run_scenarios(IN_MEMORY, true), 0);
  assert_int_equal(run_scenarios(IN_A_TEMPORARY_FILE, true), 0);
}

/* One key has room: that of `a` would leave if those that get no B were remembered, too. */
static void a_key_that_lacks_a_step_is_not_remembered(void **state) {
  static const char matches[] =
      "A1={\"who\":\"a\"} A2={\"who\":\"b\"} A3={\"who\":\"c\"} B9={\"who\":\"a\"}";
  (void)state;
  for (int expected = 0; expected < 2; expected++) {
    struct world world;
    struct error error = ERROR_NONE;
    start_keeping(&world, IN_A_TEMPORARY_FILE, BY_WHO, "");
    correlator_free(world.correlator);
    world.keys_max = 1;
    start_correlator(&world);
    if (expected)
      expect_all(&world, matches);
    give_all(&world, matches);
    assert_true(correlator_save(world.correlator, &error));
    assert_true(text_is(buffer_text(&world.reported), expected ? "X: a@9" : ""));
    stop(&world);
  }
}

static void of_too_many_keys_the_oldest_are_forgotten(void **state) {
  struct world world;
  (void)state;
  start_keeping(&world, IN_A_STORE, BY_WHO, "");
  correlator_free(world.correlator);
  world.keys_max = 3;
  start_correlator(&world);
  give_all(&world, "A3={\"who\":\"c\"} A1={\"who\":\"a\"} A5={\"who\":\"e\"} "
                   "A2={\"who\":\"b\"} A4={\"who\":\"d\"}");
  give_all(&world, "B10={\"who\":\"a\"} B11={\"who\":\"e\"} B12={\"who\":\"d\"}");
  assert_string_equal(world.reported.data, "X: e@11 X: d@12");
  stop(&world);
}

/* More keys than are taken out of the store at once, many due at one time. */
static void a_match_with_more_keys_than_are_taken_is_counted(void **state) {
  (void)state;
  struct world world = {0};
  start(&world, BY_WHO, "");
  give_all(&world, "A0={\"who\":[1,2,3]} B1={\"who\":1}");
  assert_int_equal(world.cut, 0);
  give_all(&world, "A2={\"who\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}");
  assert_int_equal(world.cut, 1);
  stop(&world);
}

static void very_many_keys_wait_and_are_reported_in_order_of_time(void **state) {
  enum { KEYS = 1500 };
  (void)state;
  for (int keeping = IN_MEMORY; keeping < IN_A_STORE; keeping++) {
    struct world world;
    start_keeping(&world, (enum keeping)keeping,
                  "sequence = { 'A', { rule = 'B', absent = true } }, within_minutes = 60, "
                  "on = 'who'",
                  "function title() return 't' end");
    for (int i = 0; i < KEYS; i++) {
      char word[80];
      snprintf(word, sizeof word, "A%d={\"who\":\"%d\"}", i * 7 % 5, i);
      give_all(&world, word);
    }
    give_all(&world, "<100");
    struct buffer expected = BUFFER_NONE;
    for (int minute = 60; minute < 65; minute++)
      for (int i = 0; i < KEYS / 5; i++)
        buffer_printf(&expected, "%st@%d", expected.size ? " " : "", minute);
    assert_string_equal(world.reported.data, expected.data);
    buffer_free(&expected);
    stop(&world);
  }
}

static void an_instance_shows_its_steps(void **state) {
  static const char context[] =
      "context {\"who\":\"a\",\"first_event_time\":\"1970-01-01T00:00:00Z\",\"last_event_time\":"
      "\"1970-01-01T00:05:00Z\",\"steps\":{\"A\":{\"count\":1,\"events\":[{\"rule_id\":\"A\","
      "\"title\":\"A\",\"actor\":\"homer\",\"p_event_time\":\"1970-01-01T00:00:00Z\",\"p_row_id\":"
      "\"A0={\\\"who\\\":"
      "\\\"a\\\"}\"}]},\"B\":{\"count\":1,";
  struct world world;
  (void)state;
  start(&world, BY_WHO, "");
  give_all(&world, "A0={\"who\":\"a\"} B5={\"who\":\"a\"}");
  const char *details = world.details.data;
  assert_non_null(strstr(details, "dedup a\n"));
  assert_non_null(strstr(details, context));
  assert_non_null(strstr(details, "\"event\":{\"who\":\"a\"}"));
  assert_non_null(strstr(details, "\"p_rule_id\":\"X\""));
  stop(&world);
}

static void who_did_all_of_it_is_the_actor(void **state) {
  static const struct {
    const char *actor_of_b, *line;
  } cases[] = {{"homer", "actor homer\n"},
               {"Homer", "actor homer\n"},
               {"", "actor homer\n"},
               {"marge", "actor \n"}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct world world;
    start(&world, BY_WHO, "");
    world.actor_of_b = cases[i].actor_of_b;
    give_all(&world, "A0={\"who\":\"a\"} A1={\"who\":\"a\"} B5={\"who\":\"a\"}");
    assert_memory_equal(world.details.data, cases[i].line, strlen(cases[i].line));
    stop(&world);
  }
}

static void functions_of_a_correlation_run_on_that_event(void **state) {
  struct world world;
  (void)state;
  start(&world, BY_WHO,
        "function title(event) return event.who .. ' ' .. event.steps.A.count .. "
        "event.steps.B.events[1].event.who end "
        "function alert_context(event) return { last = event.last_event_time } end");
  give_all(&world, "A0={\"who\":\"a\"} A1={\"who\":\"a\"} B5={\"who\":\"a\"}");
  assert_string_equal(world.reported.data, "a 2a@5");
  assert_non_null(strstr(world.details.data, "dedup a 2a\n"));
  assert_non_null(strstr(world.details.data, "context {\"last\":\"1970-01-01T00:05:00Z\"}\n"));
  stop(&world);
}

static void a_replay_gives_the_same_row_ids(void **state) {
  static const char *const orders[] = {
      "A0={\"who\":\"a\"} A1={\"who\":\"a\"} B5={\"who\":\"a\"}",
      "A1={\"who\":\"a\"} A0={\"who\":\"a\"} B5={\"who\":\"a\"}",
      "A0={\"who\":\"b\"} B5={\"who\":\"b\"} A0={\"who\":\"a\"} A1={\"who\":\"a\"} "
      "B5={\"who\":\"a\"}",
  };
  char *first = NULL;
  (void)state;
  for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
    struct world world;
    start(&world, BY_WHO, "");
    give_all(&world, orders[i]);
    if (!first)
      first = memory_copy_string(world.details.data);
    else
      assert_string_equal(world.details.data, first);
    stop(&world);
  }
  free(first);
}

static void an_event_too_deep_to_be_nested_is_left_out(void **state) {
  struct world world;
  struct buffer words = BUFFER_NONE;
  (void)state;
  buffer_append_string(&words, "A0={\"who\":\"a\",\"x\":");
  for (int i = 0; i < 126; i++)
    buffer_append_char(&words, '[');
  for (int i = 0; i < 126; i++)
    buffer_append_char(&words, ']');
  buffer_append_string(&words, "} B5={\"who\":\"a\"}");
  start(&world, BY_WHO, "");
  give_all(&world, words.data);
  assert_string_equal(world.reported.data, "X: a@5");
  assert_null(strstr(world.details.data, "\"event\":{"));
  stop(&world);
  buffer_free(&words);
}

static void rule_errors_and_other_rules_matches_are_no_part(void **state) {
  struct world world;
  struct error error = ERROR_NONE;
  (void)state;
  start(&world, A_THEN_B, "");
  struct match match = {.rule = rule_set_find(world.set, TEXT("A")),
                        .type = ALERT_RULE_ERROR,
                        .row_id = TEXT("1"),
                        .event = TEXT("{}")};
  assert_true(correlator_take(world.correlator, &match, &error));
  match.rule = rule_set_find(world.set, TEXT("X"));
  match.type = ALERT_RULE;
  assert_true(correlator_take(world.correlator, &match, &error));
  give_all(&world, "B5={}");
  assert_int_equal(world.reported.size, 0);
  stop(&world);
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(matches_with_the_same_key_become_instances),
      TEST(where_states_are_kept_makes_no_difference),
      TEST(what_is_expected_makes_no_difference),
      TEST(a_key_that_lacks_a_step_is_not_remembered),
      TEST(of_too_many_keys_the_oldest_are_forgotten),
      TEST(a_match_with_more_keys_than_are_taken_is_counted),
      TEST(very_many_keys_wait_and_are_reported_in_order_of_time),
      TEST(an_instance_shows_its_steps),
      TEST(who_did_all_of_it_is_the_actor),
      TEST(functions_of_a_correlation_run_on_that_event),
      TEST(a_replay_gives_the_same_row_ids),
      TEST(an_event_too_deep_to_be_nested_is_left_out),
      TEST(rule_errors_and_other_rules_matches_are_no_part),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
