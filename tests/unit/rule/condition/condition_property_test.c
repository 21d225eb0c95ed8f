/*
 * Random conditions on random events, compared with an oracle that is written for clarity alone: it
 * interprets the key and the values as written, anew for each event.
 */
#include "rule/condition/condition_random.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 12000, EVENTS_A_ROUND = 8 };

static const struct condition *compile_scene(const struct scene *scene, struct arena *arena,
                                             struct field_table *fields) {
  const struct condition *children[TESTS_MAX];
  for (size_t i = 0; i < scene->test_count; i++) {
    const struct field_test *test = &scene->tests[i];
    struct error error = ERROR_NONE;
    char key[64];
    snprintf(key, sizeof key, "%s%s", test->path, test->modifiers);
    children[i] = condition_field(arena, fields, text_from(key), test->values, test->count, &error);
    if (!children[i])
      fail_msg("%s", error.text);
    if (test->negated)
      children[i] = condition_not(arena, children[i]);
  }
  return scene->any ? condition_any(arena, children, scene->test_count)
                    : condition_all(arena, children, scene->test_count);
}

static void explain(const struct scene *scene) {
  for (size_t i = 0; i < scene->test_count; i++) {
    const struct field_test *test = &scene->tests[i];
    print_error("%s %s%s%s:", scene->any ? "or" : "and", test->negated ? "not " : "", test->path,
                test->modifiers);
    for (size_t v = 0; v < test->count; v++)
      print_error(" <%s> (type %d, %lld, %g)", test->texts[v], (int)test->values[v].type,
                  (long long)test->values[v].integer, test->values[v].real);
    print_error("\n");
  }
}

static void conditions_agree_with_the_oracle(void **state) {
  (void)state;
  uint64_t seed = UINT64_C(0x6d61726761790001);
  struct schema_set *schemas = load_schema();
  const struct event_typing checked = {.schemas = schemas},
                            unchecked = {.log_type = TEXT("Test"), .unchecked = true};
  struct event_reader *readers[] = {event_reader_new(&checked, TEXT("s"), TEXT("")),
                                    event_reader_new(&unchecked, TEXT("s"), TEXT(""))};
  struct buffer record = BUFFER_NONE;
  size_t matched = 0, asked = 0;
  for (int round = 0; round < ROUNDS; round++) {
    struct arena arena = ARENA_NONE;
    struct scene scene;
    struct field_table *fields = field_table_new();
    random_scene(&seed, &scene);
    const struct condition *condition = compile_scene(&scene, &arena, fields);
    struct field_view *view = field_view_new(fields);
    for (int i = 0; i < EVENTS_A_ROUND; i++) {
      write_event(&seed, &record);
      const struct event *event = read_event(readers[i % 2], buffer_text(&record));
      field_view_set(view, event);
      bool expected = oracle_scene(&scene, event->root);
      if (condition_match(condition, view) != expected) {
        explain(&scene);
        fail_msg("round %d, reader %d, on %.*s: expected %d", round, i % 2,
                 TEXT_ARGS(buffer_text(&record)), expected);
      }
      matched += expected;
      asked++;
    }
    field_view_free(view);
    condition_release(condition);
    field_table_free(fields);
    arena_free(&arena);
  }
  /* The comparison is worth something only when both answers are common. */
  assert_in_range(matched, asked / 10, asked - asked / 10);
  buffer_free(&record);
  event_reader_free(readers[0]);
  event_reader_free(readers[1]);
  schema_set_free(schemas);
}

int main(void) {
  assert_non_null(setlocale(LC_CTYPE, "C.UTF-8")); /* regcomp's characters, as ours */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(conditions_agree_with_the_oracle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
