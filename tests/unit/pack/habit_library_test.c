/* rules/lib/habit.lua: what is new for somebody, and what is usual. */
#include "rule/rule_fixture.h"

#include <stdio.h>

/* Matches when the event's value is new for its subject; the title says how long ago it was seen.
 * */
static const char probe[] =
    "local habit = require 'habit' "
    "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low', stateful = true } "
    "function rule(event) return habit.is_new(event, event.subject, event.value, "
    "{ learn_days = event.learn, forget_days = event.forget }) end "
    "function title(event) return 'days ' .. habit.days_since(event, event.subject, 30) end";

static int start(void **state) {
  char library[8192];
  rule_fixture_start(state);
  FILE *file = fopen("rules/lib/habit.lua", "r");
  assert_non_null(file);
  size_t size = fread(library, 1, sizeof library, file);
  assert_true(size < sizeof library);
  fclose(file);
  const struct rule_file files[] = {
      {.path = "rules/lib/habit.lua", .source = {library, size}, .library = TEXT("habit")},
      {.path = "t.lua", .source = text_from(probe)},
  };
  rule_fixture_load(*state, files, 2);
  rule_fixture_start_vm(*state, NULL);
  return 0;
}

/* One call of a function of the rule, at noon of a day of 2024. */
static void set_event(struct rule_fixture *fixture, struct kv *kv, int day, const char *fields) {
  char json[1024];
  struct time_string noon;
  time_us time = (INT64_C(1704110400) + day * INT64_C(86400)) * US_PER_SECOND;
  time_format(time, &noon);
  snprintf(json, sizeof json, "{\"p_event_time\":\"%s\",%s}", noon.text, fields);
  kv_begin(kv, TEXT("T"), time);
  rule_fixture_event(fixture, json);
}

static bool is_new(struct rule_fixture *fixture, struct kv *kv, int day, const char *fields) {
  struct error error = ERROR_NONE;
  set_event(fixture, kv, day, fields);
  enum rule_verdict verdict = rule_vm_match(fixture->vm, &fixture->set->rules[0], &error);
  if (verdict == RULE_FAILED)
    fail_msg("day %d, %s: %s", day, fields, error.text);
  kv_end(kv, true);
  return verdict == RULE_MATCH;
}

#define LISA(value) "\"subject\":\"lisa\",\"value\":" value
#define SOON ",\"learn\":3,\"forget\":10"

static void what_was_not_seen_for_long_is_new_once_the_subject_is_known(void **state) {
  static const struct {
    const char *what;
    struct {
      int day;
      const char *fields;
      bool is_new;
    } calls[8]; /* until the fields are missing */
  } cases[] = {
      {"nothing is new in the first fourteen days",
       {{0, LISA("\"CH\""), false}, {13, LISA("\"NZ\""), false}, {14, LISA("\"US\""), true}}},
      {"what is new is known from then on",
       {{0, LISA("\"CH\""), false},
        {20, LISA("\"NZ\""), true},
        {20, LISA("\"NZ\""), false},
        {21, LISA("\"NZ\""), false}}},
      {"what is seen again and again is never new",
       {{0, LISA("\"CH\""), false},
        {80, LISA("\"CH\""), false},
        {160, LISA("\"CH\""), false},
        {240, LISA("\"CH\""), false}}},
      {"what was not seen for ninety days is new again",
       {{0, LISA("\"CH\""), false},
        {0, LISA("\"NZ\""), false},
        {60, LISA("\"CH\""), false},
        {91, LISA("\"NZ\""), true}}},
      {"a subject that was away as long is learned anew",
       {{0, LISA("\"CH\""), false}, {91, LISA("\"NZ\""), false}}},
      {"subjects do not know of each other",
       {{0, LISA("\"CH\""), false},
        {20, "\"subject\":\"bart\",\"value\":\"CH\"", false},
        {20, LISA("\"CH\""), false}}},
      {"an event that comes late changes nothing",
       {{0, LISA("\"CH\""), false},
        {20, LISA("\"NZ\""), true},
        {19, LISA("\"NZ\""), false},
        {20, LISA("\"NZ\""), false}}},
      {"other numbers of days",
       {{0, LISA("\"CH\"") SOON, false},
        {3, LISA("\"NZ\"") SOON, true},
        {9, LISA("\"NZ\"") SOON, false},
        {14, LISA("\"CH\"") SOON, true}}},
      {"what is no text is never new",
       {{0, LISA("\"CH\""), false},
        {20, LISA("null"), false},
        {20, LISA("\"\""), false},
        {20, LISA("7"), false},
        {20, LISA("[\"NZ\"]"), false}}},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct kv *kv = kv_new(NULL);
    rule_vm_set_kv(fixture->vm, kv);
    for (size_t k = 0; k < 8 && cases[i].calls[k].fields; k++)
      if (is_new(fixture, kv, cases[i].calls[k].day, cases[i].calls[k].fields) !=
          cases[i].calls[k].is_new)
        fail_msg("%s: call %zu", cases[i].what, k);
    rule_vm_set_kv(fixture->vm, NULL);
    kv_free(kv);
  }
}

static void names_of_any_length_are_no_errors(void **state) {
  struct rule_fixture *fixture = *state;
  struct kv *kv = kv_new(NULL);
  char fields[900];
  rule_vm_set_kv(fixture->vm, kv);
  snprintf(fields, sizeof fields, "\"subject\":\"%0400d\",\"value\":\"%0400d\"", 1, 2);
  assert_false(is_new(fixture, kv, 0, fields));
  assert_false(is_new(fixture, kv, 20, fields));
  rule_vm_set_kv(fixture->vm, NULL);
  kv_free(kv);
}

static void days_are_counted_since_the_subject_was_seen_last(void **state) {
  static const struct {
    int day;
    const char *title;
  } calls[] = {{0, "days 0"},  {0, "days 0"},   {12, "days 12"},
               {11, "days 0"}, {41, "days 29"}, {72, "days 0"}};
  struct rule_fixture *fixture = *state;
  struct kv *kv = kv_new(NULL);
  rule_vm_set_kv(fixture->vm, kv);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    set_event(fixture, kv, calls[i].day, LISA("\"CH\""));
    rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
    assert_text_equal(fixture->outcome.title, calls[i].title);
    kv_end(kv, true);
  }
  rule_vm_set_kv(fixture->vm, NULL);
  kv_free(kv);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(what_was_not_seen_for_long_is_new_once_the_subject_is_known),
      TEST(names_of_any_length_are_no_errors),
      TEST(days_are_counted_since_the_subject_was_seen_last),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
