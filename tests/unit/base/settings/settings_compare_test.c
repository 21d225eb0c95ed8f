#include "base/settings/settings_fixture.h"

#include <stdio.h>

static void note(void *context, const struct settings_difference *difference) {
  static const char *const marks[] = {"", "+", "-"};
  struct buffer *out = context;
  buffer_printf(out, "%s%s%s ", marks[difference->change], difference->path,
                difference->restart ? "!" : "");
}

/* What differs, each after + (new) or - (gone), before ! when it needs a restart. */
static const struct {
  const char *old, *new, *differences;
} rows[] = {
    {"{}", "{}", ""},
    {"{}", "{size: 7, shape: square, pause: 2000ms}", ""}, /* the defaults, written out */
    {"size: 3", "size: 4", "size! "},
    {"{pause: 3s, on: true}", "{pause: 3s, on: false}", "on "},
    {"shape: round", "shape: square", "shape "},
    {"weight: 2KiB", "weight: 2048", ""},
    {"weight: 2KiB", "weight: 2049", "weight "},
    {"colours: [red, blue]", "colours: [blue, red]", "colours "},
    {"paths: [a, b]", "paths: [a]", "paths "},
    {"secret: a", "secret: b", "secret "},
    {"tree: {a: [1, 2]}", "tree:\n  a: [ 1, 2 ] # the same", ""},
    {"tree: {a: [1, 2]}", "tree: {a: [1, 22]}", "tree "},
    {"tree: {a: 1}", "tree: {a: '1'}", "tree "},
    {"fence: {height: 3}", "fence: {height: 5, colour: red}", "fence.height! fence.colour "},
    {"{}", "moat: {}", "+moat! "},
    {"moat: {}", "{}", "-moat! "},
    {"moat: {height: 3}", "moat: {height: 5, colour: red}", "moat.height! moat.colour! "},
    {"keepers: [{name: a}, {name: b}]", "keepers: [{name: b}, {name: a}]", ""},
    {"keepers: [{name: a, badge: x}]", "keepers: [{name: a, badge: y}]", "keepers[a].badge "},
    {"keepers: [{name: a}, {name: b}]", "keepers: [{name: b}, {name: c}]",
     "-keepers[a] +keepers[c] "},
    {"animals: [{id: a, type: margay}]", "animals: [{id: a, type: toucan}]", "animals[a].type "},
    {"animals: [{id: a, type: margay}]",
     "animals: [{id: a, type: margay, age: 3, lives: 2, fence: {height: 3}}]",
     "animals[a].age animals[a].lives animals[a].fence.height! "},
    {"animals: [{id: a, type: margay}]", "animals: [{id: \"\\e[2J\", type: margay}]",
     "-animals[a] +animals[\\u{1B}[2J] "},
};

static void every_difference_is_reported_by_its_path(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct reading old = {.secrets = 0}, new = {.secrets = 0};
    struct buffer found = BUFFER_NONE;
    assert_true(reading_of(&old, rows[i].old));
    assert_true(reading_of(&new, rows[i].new));
    size_t count = settings_compare(&zoo_table, &old.zoo, &new.zoo, note, &found);
    if (!text_is(buffer_text(&found), rows[i].differences))
      fail_msg("%s\n%s\nfound: %s", rows[i].old, rows[i].new, buffer_text(&found).data);
    assert_int_equal(count, settings_compare(&zoo_table, &old.zoo, &new.zoo, NULL, NULL));
    assert_int_equal(count == 0, found.size == 0);
    buffer_free(&found);
    reading_end(&old);
    reading_end(&new);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_difference_is_reported_by_its_path),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
