/* Correlations of one key, written as lines: matches and the instances that they make. */
#include "detect/correlation/correlation_state.h"
#include "rule/load/rule_set_load.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * `matches`: rule and minute (`A5`), the row when it is not the same (`A5x`: the row `x`), `<60`:
 * everything before minute 60 is known, `-100`: forget what was before minute 100. `reported`: the
 * instances in the order in which they are reported: the matches of each step, joined with `+`, and
 * the minute that they are reported for. A step of which there is none is left out.
 */
struct scenario {
  const char *name, *correlation, *matches, *reported;
};

#define A_THEN_B "sequence = { 'A', 'B' }, within_minutes = 60"
#define A_WITHOUT_B                                                                                \
  "sequence = { 'A', { rule = 'B', absent = true, within_minutes = 60 } }, within_minutes = 60"
#define A_NO_B_C "sequence = { 'A', { rule = 'B', absent = true }, 'C' }, within_minutes = 60"
#define NO_B_THEN_A "sequence = { { rule = 'B', absent = true }, 'A' }, within_minutes = 60"
#define A_TWO_B_C "sequence = { 'A', { rule = 'B', min = 2 }, 'C' }, within_minutes = 60"
#define A_AND_B "group = { 'A', 'B' }, within_minutes = 60"
#define A_AND_B_NO_C "group = { 'A', 'B', { rule = 'C', absent = true } }, within_minutes = 60"

static const struct scenario scenarios[] = {
    /* sequences */
    {"in order", A_THEN_B, "A0 B5", "A0+B5@5"},
    {"not in order", A_THEN_B, "B0 A5", ""},
    {"both at the same time are in order", A_THEN_B, "B5 A5", "A5+B5@5"},
    {"exactly within", A_THEN_B, "A0 B60", "A0+B60@60"},
    {"a minute too far apart", A_THEN_B, "A0 B61", ""},
    {"the first comes late", A_THEN_B, "B5 A0", "A0+B5@5"},
    {"what took part is used up", A_THEN_B, "A0 B5 B6", "A0+B5@5"},
    {"a longer history makes one instance after the other", A_THEN_B, "A0 B5 A6 B7 A70 B71",
     "A0+B5@5 A6+B7@7 A70+B71@71"},
    {"all matches of the time are taken in", A_THEN_B, "A0 A1 A2 B5 B6", "A0+A1+A2+B5@5"},
    {"those before it are not", A_THEN_B, "A0 A50 B70 A71 B72", "A50+B70@70 A71+B72@72"},
    {"a late match of a time that was reported belongs to it", A_THEN_B, "A0 B5 A3 B10", "A0+B5@5"},
    {"one that comes late behind it starts anew", A_THEN_B, "A0 B5 A7 B10", "A0+B5@5 A7+B10@10"},
    {"the same row counts once", A_THEN_B, "A0 A0 B5 A0 B6", "A0+B5@5"},
    {"one row is in one step only", A_THEN_B, "A5x B5x", ""},
    {"one row in both steps, and another", A_THEN_B, "A5x B5x B6y", "A5x+B6y@6"},
    {"three steps", "sequence = { 'A', 'B', 'C' }, within_minutes = 60", "A0 B1 C2", "A0+B1+C2@2"},
    {"three steps, the middle one last", "sequence = { 'A', 'B', 'C' }, within_minutes = 60",
     "C2 A0 B1", "A0+B1+C2@2"},
    {"the same rule twice",
     "sequence = { { id = 'x', rule = 'A' }, 'B', { id = 'y', rule = 'A' } },"
     " within_minutes = 60",
     "A0 B1 A2", "A0+B1+A2@2"},
    {"the same rule twice, but one match",
     "sequence = { { id = 'x', rule = 'A' }, 'B', "
     "{ id = 'y', rule = 'A' } }, within_minutes = 60",
     "A1 B1", ""},
    {"the same rule twice at one time",
     "sequence = { { id = 'x', rule = 'A' }, 'B', "
     "{ id = 'y', rule = 'A' } }, within_minutes = 60",
     "A0 A1 B1", "A0+B1+A1@1"},
    {"a rule out of several",
     "sequence = { { id = 'x', rule = { 'A', 'C' } }, 'B' }, "
     "within_minutes = 60",
     "C0 B1 A2 B3", "C0+B1@1 A2+B3@3"},

    /* counts */
    {"as many as asked for", "sequence = { { rule = 'A', min = 3 }, 'B' }, within_minutes = 60",
     "A0 A1 B2 A3 B4", "A0+A1+A3+B4@4"},
    {"too old ones do not count",
     "sequence = { { rule = 'A', min = 3 }, 'B' }, within_minutes = 60", "A0 A1 A50 B61 A62 B63",
     ""},
    {"more than asked for are taken in",
     "sequence = { { rule = 'A', min = 2 }, 'B' }, within_minutes = 60", "A0 A1 A2 A3 B4",
     "A0+A1+A2+A3+B4@4"},
    {"different values",
     "sequence = { { rule = 'A', min = 2, unique = 'row' }, 'B' }, "
     "within_minutes = 60",
     "A0x A1x B2 A3y B4", "A0x+A1x+A3y+B4@4"},
    {"at most so many", "sequence = { { rule = 'A', max = 2 }, 'B' }, within_minutes = 60",
     "A0 A1 B2 <3", "A0+A1+B2@2"},
    {"more than at most", "sequence = { { rule = 'A', max = 2 }, 'B' }, within_minutes = 60",
     "A0 A1 A2 B3 <4", ""},
    {"at most is known when time is over",
     "sequence = { { rule = 'A', max = 2 }, 'B' }, within_minutes = 60", "A0 B3 <3 A1 A2 <4", ""},
    {"one with a least number of zero",
     "sequence = { 'A', { rule = 'B', min = 0, max = 1 }, 'C' }, within_minutes = 60",
     "A0 B1 C2 <3 A10 B11 B12 C13 <14", "A0+B1+C2@2"},

    {"the example of correlation_find.c", A_TWO_B_C, "A0 C5 A10 B12 A20 B30 C40",
     "A0+A10+B12+B30+C40@40"},
    {"what the example leaves for the next instance", A_TWO_B_C,
     "A0 C5 A10 B12 A20 B30 C40 B50 B51 C52", "A0+A10+B12+B30+C40@40 A20+B50+B51+C52@52"},

    /* times between steps */
    {"within of a step",
     "sequence = { 'A', { rule = 'B', within_minutes = 5 } }, "
     "within_minutes = 60",
     "A0 B5", "A0+B5@5"},
    {"outside of a step's within",
     "sequence = { 'A', { rule = 'B', within_minutes = 5 } }, "
     "within_minutes = 60",
     "A0 B6", ""},
    {"a step before that is near enough",
     "sequence = { 'A', 'B', { rule = 'C', within_minutes = 5 } }, within_minutes = 60",
     "A0 B1 B10 C15", "A0+B1+B10+C15@15"},
    {"a step before that is near enough, but too late for the one before",
     "sequence = { 'A', { rule = 'B', within_minutes = 5 }, { rule = 'C', within_minutes = 5 } }, "
     "within_minutes = 60",
     "A0 B5 B9 C10", "A0+B5+B9+C10@10"},

    /* absence at the end */
    {"it stays away", A_WITHOUT_B, "A0 <60 <61", "A0@60"},
    {"it is not reported before its time is over", A_WITHOUT_B, "A0 <60", ""},
    {"it comes", A_WITHOUT_B, "A0 B5 <100", ""},
    {"it comes in the last moment", A_WITHOUT_B, "A0 B60 <100", ""},
    {"it comes a moment too late", A_WITHOUT_B, "A0 B61 <100", "A0@60"},
    {"it comes at the same time", A_WITHOUT_B, "A0 B0 <100", ""},
    {"it came before", A_WITHOUT_B, "B0 A1 <100", "A1@61"},
    {"it comes late, but before the time is over", A_WITHOUT_B, "A0 A70 <60 B5 <200", "A70@130"},
    {"it comes late, when it was reported", A_WITHOUT_B, "A0 <61 B5 <100", "A0@60"},
    {"what it is missed for comes late", A_WITHOUT_B, "<200 A0", "A0@60"},
    {"what it is missed for comes late, and it was there", A_WITHOUT_B, "B5 <200 A0", ""},
    {"the same event is not its own answer", A_WITHOUT_B, "A0x B0x <100", "A0x@60"},
    {"what comes in the time is taken in", A_WITHOUT_B, "A0 A30 A61 <61 <200", "A0+A30@60 A61@121"},
    {"one is answered, the next is not", A_WITHOUT_B, "A0 B1 A2 <200", "A2@62"},
    {"it counts from the last step before",
     "sequence = { 'A', 'B', { rule = 'C', absent = true, within_minutes = 10 } }, "
     "within_minutes = 60",
     "A0 B50 C61 <100", "A0+B50@60"},
    {"without a time of its own it counts from the first",
     "sequence = { 'A', 'B', { rule = 'C', absent = true } }, within_minutes = 60",
     "A0 B50 C60 <200 A300 B350 C361 <500", "A300+B350@360"},

    /* absence in between, and before */
    {"nothing in between", A_NO_B_C, "A0 C5 <6", "A0+C5@5"},
    {"nothing in between, as far as is known", A_NO_B_C, "A0 C5 <5", ""},
    {"something in between", A_NO_B_C, "A0 B3 C5 <6", ""},
    {"something in between comes late", A_NO_B_C, "A0 C5 B3 <6", ""},
    {"before and behind is not in between", A_NO_B_C, "B0 A1 C5 B6 <7", "A1+C5@5"},
    {"another start behind what was in between", A_NO_B_C, "A0 B3 A4 C5 <6", "A0+A4+C5@5"},
    {"two that must be absent",
     "sequence = { 'A', { rule = 'B', absent = true }, { rule = 'C', absent = true }, 'D' }, "
     "within_minutes = 60",
     "A0 C1 D2 <3 A10 B11 D12 <13 A20 D21 <22", "A0+A10+A20+D21@21"},
    {"nothing before", NO_B_THEN_A, "A70 <71", "A70@70"},
    {"something before", NO_B_THEN_A, "B10 A70 <71", ""},
    {"something long before", NO_B_THEN_A, "B9 A70 <71", "A70@70"},
    {"something behind", NO_B_THEN_A, "A70 B71 <80", "A70@70"},

    /* groups */
    {"any order", A_AND_B, "B0 A5", "A5+B0@5"},
    {"the other order", A_AND_B, "A0 B5", "A0+B5@5"},
    {"exactly together", A_AND_B, "A0 B60", "A0+B60@60"},
    {"not together", A_AND_B, "A0 B61", ""},
    {"the earlier of two is too far", A_AND_B, "A0 A50 B70", "A50+B70@70"},
    {"a late one", A_AND_B, "B100 A200 B190", "A200+B190@200"},
    {"one row is in one step of a group only", A_AND_B, "A5x B5x", ""},
    {"two rows that are in both steps", A_AND_B, "A5x B5x A6y B6y", "A6y+B5x@6"},
    {"so many of each",
     "group = { { rule = 'A', min = 2 }, { rule = 'B', min = 2 } }, "
     "within_minutes = 60",
     "A0 B1 B2 B3 A4", "A0+A4+B1+B2+B3@4"},
    {"one step that counts values",
     "group = { { rule = 'A', min = 3, unique = 'row' } }, "
     "within_minutes = 60",
     "A0x A1y A2x A3y A4z", "A0x+A1y+A2x+A3y+A4z@4"},
    {"a group without", A_AND_B_NO_C, "A0 B30 <61", "A0+B30@60"},
    {"a group without, not yet", A_AND_B_NO_C, "A0 B30 <60", ""},
    {"a group without, but it is there afterwards", A_AND_B_NO_C, "A0 B30 C60 <100", ""},
    {"a group without, and it is long before and behind", A_AND_B_NO_C, "C0 A31 B61 C92 <100",
     "A31+B61@91"},
    {"a group of values without, but it is there before",
     "group = { { rule = 'A', min = 3, unique = 'row' }, { rule = 'B', max = 0 } }, "
     "within_minutes = 30",
     "B14 A18x A28y A39z <49 <100", ""},
    {"a group without, but it is there before", A_AND_B_NO_C, "C1 A31 B61 <100", ""},

    /* forgetting */
    {"what is too old is forgotten", A_THEN_B, "A0 A50 -20 B60", "A50+B60@60"},
    {"what stood against it is forgotten, but not that something did", A_AND_B_NO_C,
     "C1 A31 B61 <200 -20 <300", ""},
    {"what is too young for that is not passed over", A_AND_B_NO_C, "C1 A80 B81 -20 <300",
     "A80+B81@140"},
    {"a reported time is forgotten, too", A_THEN_B, "A0 B5 -20 A3 B4", "A0+B5@5 A3+B4@4"},
};

static const char *const rules[] = {"A", "B", "C", "D"};

struct world {
  struct rule_set *set;
  const struct correlation *correlation;
  struct correlation_state *state;
  time_us complete;
  struct buffer reported;
};

static void start(struct world *world, const char *correlation) {
  struct problems problems = PROBLEMS_NONE;
  struct rule_file files[5];
  char texts[5][512];
  for (size_t i = 0; i < 4; i++)
    snprintf(texts[i], sizeof texts[i],
             "metadata { id = '%s', log_types = { 'T' }, severity = 'info', where = { a = 1 } }",
             rules[i]);
  snprintf(texts[4], sizeof texts[4], "correlation { id = 'X', severity = 'low', %s }",
           correlation);
  for (size_t i = 0; i < 5; i++)
    files[i] = (struct rule_file){.path = "x.lua", .source = text_from(texts[i])};
  *world = (struct world){.complete = INT64_MIN};
  world->set = rule_set_load_files(files, 5, &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  world->correlation = rule_set_find(world->set, TEXT("X"))->correlation;
  world->state = correlation_state_new(world->correlation);
}

static void stop(struct world *world) {
  correlation_state_free(world->state);
  rule_set_free(world->set);
  buffer_free(&world->reported);
}

static void report(struct world *world, const struct correlation_instance *instance) {
  const char *before = world->reported.size ? " " : "";
  time_us first = INT64_MAX;
  for (size_t i = 0; i < instance->step_count; i++)
    for (size_t k = 0; k < instance->steps[i].count; k++) {
      const struct correlation_entry *entry = &instance->steps[i].items[k];
      buffer_printf(&world->reported, "%s%.*s", before, TEXT_ARGS(entry->title));
      before = "+";
      first = entry->time < first ? entry->time : first;
    }
  buffer_printf(&world->reported, "@%d", (int)(instance->reported / US_PER_MINUTE));
  assert_true(instance->first == first);
  assert_true(instance->first_needed && instance->last_needed);
  assert_true(instance->last_needed->time == instance->last);
}

static void take_all(struct world *world, time_us from) {
  struct correlation_instance instance;
  time_us due;
  while (correlation_state_take(world->state, from, world->complete, &instance, &due)) {
    report(world, &instance);
    correlation_instance_free(&instance);
  }
  assert_true(due == TIME_NONE || due >= world->complete);
}

static void add_match(struct world *world, const char *word) {
  char *row;
  const struct correlation *correlation = world->correlation;
  long minute = strtol(word + 1, &row, 10);
  struct correlation_entry entry = {.time = minute * US_PER_MINUTE,
                                    .unique = text_hash(text_from(row)) | 1,
                                    .row_id = text_from(*row ? row : word),
                                    .title = text_from(word),
                                    .event = TEXT("{}")};
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++)
      if (correlation->steps[i].sources[k].rule_id.data[0] == word[0]) {
        entry.source = (uint32_t)k;
        correlation_state_add(world->state, i, &entry);
      }
  take_all(world, correlation_is_bounded(correlation) ? INT64_MIN : entry.time);
}

/* Writes the state down and reads it again. */
static void save(struct world *world) {
  struct buffer bytes = BUFFER_NONE, again = BUFFER_NONE;
  correlation_state_encode(world->state, &bytes);
  size_t size = world->state->bytes;
  correlation_state_free(world->state);
  world->state = correlation_state_decode(buffer_text(&bytes), world->correlation);
  assert_non_null(world->state);
  assert_int_equal(world->state->bytes, size);
  correlation_state_encode(world->state, &again);
  assert_true(text_equal(buffer_text(&bytes), buffer_text(&again)));
  buffer_free(&bytes);
  buffer_free(&again);
}

static bool run_scenario(const struct scenario *scenario, bool saved) {
  struct world world;
  char *words = memory_copy_string(scenario->matches), *rest = words;
  start(&world, scenario->correlation);
  for (char *word; (word = strsep(&rest, " ")) != NULL;) {
    if (*word == '<') {
      world.complete = strtol(word + 1, NULL, 10) * US_PER_MINUTE;
      take_all(&world, INT64_MIN);
    } else if (*word == '-') {
      correlation_state_expire(world.state, strtol(word + 1, NULL, 10) * US_PER_MINUTE);
    } else {
      add_match(&world, word);
    }
    if (saved)
      save(&world);
  }
  bool same = text_is(buffer_text(&world.reported), scenario->reported);
  if (!same)
    print_error("%s: %s: reported '%.*s', expected '%s'\n", scenario->name, scenario->matches,
                TEXT_ARGS(buffer_text(&world.reported)), scenario->reported);
  stop(&world);
  free(words);
  return same;
}

static void run_all(bool saved) {
  size_t wrong = 0;
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    wrong += !run_scenario(&scenarios[i], saved);
  assert_int_equal(wrong, 0);
}

static void matches_become_instances(void **state) {
  (void)state;
  run_all(false);
}

static void saving_between_any_two_matches_changes_nothing(void **state) {
  (void)state;
  run_all(true);
}

/* Damaged bytes give no state, or one that can be used. */
static void try_bytes(const struct world *world, struct text bytes) {
  struct correlation_instance instance;
  time_us due;
  struct correlation_state *read = correlation_state_decode(bytes, world->correlation);
  while (read && correlation_state_take(read, INT64_MIN, INT64_MAX, &instance, &due))
    correlation_instance_free(&instance);
  correlation_state_free(read);
}

static void a_damaged_saved_state_is_refused_or_can_be_used(void **state) {
  (void)state;
  struct world world;
  struct buffer bytes = BUFFER_NONE;
  uint32_t random = 1;
  start(&world, A_AND_B_NO_C);
  add_match(&world, "A0");
  add_match(&world, "A5x");
  add_match(&world, "C70y");
  correlation_state_encode(world.state, &bytes);
  for (size_t size = 0; size < bytes.size; size++)
    assert_null(correlation_state_decode((struct text){bytes.data, size}, world.correlation));
  for (int i = 0; i < 20000; i++) {
    char *damaged = memory_copy_bytes(bytes.data, bytes.size);
    for (int k = 0; k <= i % 4; k++) {
      random = random * 1664525 + 1013904223;
      damaged[(random >> 8) % bytes.size] = (char)(random >> 24);
    }
    try_bytes(&world, (struct text){damaged, bytes.size});
    free(damaged);
  }
  buffer_free(&bytes);
  stop(&world);
}

/* u32 version … of one match of the first step, as margay 0.1.0 wrote it: without an actor. */
static void a_state_of_the_first_version_is_read(void **state) {
  (void)state;
  struct world world;
  struct buffer bytes = BUFFER_NONE;
  start(&world, A_AND_B_NO_C);
  add_match(&world, "A0");
  correlation_state_encode(world.state, &bytes);
  /* The texts' sizes end 4 bytes before the texts: row id and title, "A0" and the word. */
  const struct correlation_entry *entry = &world.state->lines[0].items[0];
  size_t texts = entry->row_id.size + entry->title.size + entry->event.size;
  size_t others = 8 * (world.correlation->step_count - 1);
  size_t at = bytes.size - others - texts - 4;
  assert_int_equal(entry->actor.size, 0);
  memmove(bytes.data + at, bytes.data + at + 4, bytes.size - at - 4);
  bytes.size -= 4;
  bytes.data[0] = 1;
  struct correlation_state *read = correlation_state_decode(buffer_text(&bytes), world.correlation);
  assert_non_null(read);
  assert_int_equal(read->lines[0].count, 1);
  assert_true(text_equal(read->lines[0].items[0].title, entry->title));
  assert_int_equal(read->lines[0].items[0].actor.size, 0);
  correlation_state_free(read);
  buffer_free(&bytes);
  stop(&world);
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(matches_become_instances),
      TEST(saving_between_any_two_matches_changes_nothing),
      TEST(a_damaged_saved_state_is_refused_or_can_be_used),
      TEST(a_state_of_the_first_version_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
