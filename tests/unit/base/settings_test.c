#include "base/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct options {
  struct text label, name, secret;
  struct setting_list colours;
  int64_t size, pause;
  bool on;
  int shape;
};

static const char *const shapes[] = {"round", "square", NULL};

static const struct setting table[] = {
    {.key = "label",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct options, label),
     .fallback = ""},
    {.key = "name",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct options, name),
     .fallback = "homer"},
    {.key = "secret", .kind = SETTING_SECRET, .offset = offsetof(struct options, secret)},
    {.key = "colours",
     .kind = SETTING_LIST,
     .offset = offsetof(struct options, colours),
     .fallback = "red, blue"},
    {.key = "size",
     .kind = SETTING_INT,
     .offset = offsetof(struct options, size),
     .fallback = "7",
     .min = 1,
     .max = 9},
    {.key = "pause",
     .kind = SETTING_DURATION,
     .offset = offsetof(struct options, pause),
     .fallback = "2s"},
    {.key = "on", .kind = SETTING_BOOL, .offset = offsetof(struct options, on), .fallback = "true"},
    {.key = "shape",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct options, shape),
     .fallback = "square",
     .choices = shapes},
};

static bool read_from(const char *yaml_text, struct arena *arena, struct problems *problems,
                      struct options *options) {
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_text(text_from(yaml_text), "test.yml", &error);
  assert_non_null(yaml);
  const struct settings_reader reader = {.context = {yaml, problems}, .arena = arena};
  *options = (struct options){.size = 0};
  bool ok = settings_read(&reader, yaml_root(yaml), "the test", table, sizeof table / sizeof *table,
                          NULL, options);
  yaml_free(yaml);
  return ok;
}

static void what_is_left_out_has_its_default_also_an_empty_one(void **state) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct options options;
  (void)state;
  assert_true(read_from("{}", &arena, &problems, &options));
  assert_int_equal(problems.count, 0);
  assert_int_equal(options.label.size, 0);
  assert_true(text_is(options.name, "homer"));
  assert_int_equal(options.colours.count, 2);
  assert_true(text_is(options.colours.items[1], "blue"));
  assert_int_equal(options.size, 7);
  assert_int_equal(options.pause, 2 * US_PER_SECOND);
  assert_true(options.on);
  assert_int_equal(options.shape, 1);
  arena_free(&arena);
}

static void a_key_without_a_value_is_a_mistake_and_told_at_its_place(void **state) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct options options;
  (void)state;
  assert_false(read_from("size: 3\nname:\n", &arena, &problems, &options));
  assert_int_equal(problems.count, 1);
  assert_int_equal(problems.items[0].line, 2);
  assert_int_equal(options.size, 3);
  problems_clear(&problems);
  arena_free(&arena);
}

static void a_secret_of_a_file_ends_before_its_newline(void **state) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct options options;
  char path[] = "/tmp/margay-secret-XXXXXX";
  int file = mkstemp(path);
  (void)state;
  assert_true(file >= 0);
  assert_int_equal(write(file, "hush\r\n", 6), 6);
  close(file);
  assert_true(
      read_from(arena_printf(&arena, "secret: file:%s", path), &arena, &problems, &options));
  assert_int_equal(options.secret.size, 4);
  assert_string_equal(options.secret.data, "hush"); /* as C code hands it to libraries */
  unlink(path);
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_left_out_has_its_default_also_an_empty_one),
      cmocka_unit_test(a_key_without_a_value_is_a_mistake_and_told_at_its_place),
      cmocka_unit_test(a_secret_of_a_file_ends_before_its_newline),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
