#include "base/settings/settings_fixture.h"

#include <stdlib.h>
#include <unistd.h>

static void what_is_left_out_has_its_default_also_an_empty_one(void **state) {
  (void)state;
  struct reading reading = {.secrets = 0};
  const struct zoo *zoo = &reading.zoo;
  assert_true(reading_of(&reading, "{}"));
  assert_int_equal(zoo->name.size, 0);
  assert_int_equal(zoo->colours.count, 2);
  assert_true(text_is(zoo->colours.items[1], "blue"));
  assert_int_equal(zoo->size, 7);
  assert_int_equal(zoo->pause, 2 * US_PER_SECOND);
  assert_int_equal(zoo->weight, 65536);
  assert_true(zoo->on);
  assert_int_equal(zoo->shape, 1);
  assert_int_equal(zoo->fence.height, 2);
  assert_null(zoo->moat);
  assert_int_equal(zoo->keepers.count, 0);
  assert_int_equal(zoo->animals.count, 0);
  reading_end(&reading);
}

static void paths_start_from_the_folder_of_the_file(void **state) {
  (void)state;
  struct reading reading = {.secrets = 0};
  assert_true(reading_of(&reading, "{}"));
  assert_string_equal(reading.zoo.paths.items[0].data, "zoo/north");
  assert_string_equal(reading.zoo.paths.items[1].data, "/south");
  assert_true(reading_of(&reading, "paths: [east, /west]"));
  assert_string_equal(reading.zoo.paths.items[0].data, "zoo/east");
  assert_string_equal(reading.zoo.paths.items[1].data, "/west");
  reading_end(&reading);
}

static void mappings_and_lists_of_them_are_read_at_any_depth(void **state) {
  (void)state;
  struct reading reading = {.secrets = 0};
  assert_true(reading_of(&reading, "fence: {height: 3, colour: red}\n"
                                   "moat: {}\n"
                                   "keepers: [{name: homer}, {name: lisa, badge: b7}]\n"
                                   "animals:\n"
                                   "  - {id: tom, type: margay, age: 4, fence: {height: 5}}\n"
                                   "  - {id: polly, type: toucan, flies: false}\n"));
  const struct zoo *zoo = &reading.zoo;
  assert_int_equal(zoo->fence.height, 3);
  assert_true(text_is(zoo->fence.colour, "red"));
  assert_non_null(zoo->moat);
  assert_int_equal(zoo->moat->height, 2);
  const struct keeper *keepers = zoo->keepers.items;
  assert_int_equal(zoo->keepers.count, 2);
  assert_true(text_is(keepers[1].name, "lisa"));
  assert_true(text_is(keepers[1].badge, "b7"));
  assert_int_equal(reading.secrets, 1);
  const struct animal *read = zoo->animals.items;
  assert_int_equal(zoo->animals.count, 2);
  assert_ptr_equal(read[0].entry.kind, &cat_kind);
  assert_int_equal(read[0].age, 4);
  const struct cat *cat = read[0].entry.options;
  assert_int_equal(cat->lives, 9);
  assert_int_equal(cat->fence.height, 5);
  assert_ptr_equal(read[1].entry.kind, &bird_kind);
  assert_false(((const struct bird *)read[1].entry.options)->flies);
  reading_end(&reading);
}

static void a_mapping_or_list_with_nothing_in_it_has_its_defaults(void **state) {
  (void)state;
  struct reading reading = {.secrets = 0};
  assert_true(reading_of(&reading, "fence:\nkeepers:\nanimals:\n"));
  assert_int_equal(reading.zoo.fence.height, 2);
  assert_int_equal(reading.zoo.keepers.count, 0);
  reading_end(&reading);
}

static void sizes_have_units(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t size; /* 0: a mistake */
  } rows[] = {
      {"1024", 1024},
      {"1KiB", 1024},
      {"3MiB", 3 << 20},
      {"1GiB", 1 << 30},
      {"1023", 0},
      {"2GiB", 0},
      {"1kb", 0},
      {"KiB", 0},
      {"''", 0},
      {"-1", 0},
      {"9223372036854775807", 0},
      {"9223372036854775807KiB", 0},
      {"1e3", 0},
      {"99999999999999999999", 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct reading reading = {.secrets = 0};
    char text[64];
    snprintf(text, sizeof text, "weight: %s", rows[i].text);
    if (reading_of(&reading, text) != (rows[i].size > 0))
      fail_msg("%s", text);
    if (rows[i].size)
      assert_int_equal(reading.zoo.weight, rows[i].size);
    reading_end(&reading);
  }
  struct size_string string;
  assert_string_equal(size_format(0, &string), "0");
  assert_string_equal(size_format(1000, &string), "1000");
  assert_string_equal(size_format(1536, &string), "1536");
  assert_string_equal(size_format(64 << 10, &string), "64KiB");
  assert_string_equal(size_format(INT64_C(3) << 30, &string), "3GiB");
}

/* One mistake each, with its place and its words. */
static const struct {
  const char *yaml;
  unsigned line, column;
  const char *words;
} mistakes[] = {
    {"size: 3\nname:\n", 2, 6, "name: expected a single value, found nothing"},
    {"siez: 3", 1, 1, "unknown key 'siez' in test.yml (did you mean 'size'?)"},
    {"weight: much", 1, 9,
     "weight: expected a size: bytes, or a whole number and one of KiB, MiB, GiB (such as 64KiB), "
     "found 'much'"},
    {"weight: 1", 1, 9, "weight must be between 1KiB and 1GiB"},
    {"fence: high", 1, 8, "fence: expected a mapping (key: value), found 'high'"},
    {"fence:\n  hieght: 2", 2, 3, "unknown key 'hieght' in fence (did you mean 'height'?)"},
    {"fence: {height: 10}", 1, 17, "height: expected a whole number from 1 to 9, found '10'"},
    {"fence: {height: 4}", 1, 17, "fence: four is unlucky"},
    {"moat:", 1, 6, "moat: expected a mapping (key: value), found nothing"},
    {"keepers: {name: homer}", 1, 10, "keepers: expected a list, found a mapping (key: value)"},
    {"keepers: [homer]", 1, 11, "a keeper: expected a mapping (key: value), found 'homer'"},
    {"keepers: [{badge: b}]", 1, 11, "a keeper needs 'name': the keeper's name"},
    {"keepers: [{name: a, bagde: b}]", 1, 21,
     "unknown key 'bagde' in keeper 'a' (did you mean 'badge'?)"},
    {"keepers: [{name: a}, {name: a}]", 1, 29,
     "a second keeper with the name 'a': give it another"},
    {"keepers: [{name: a}, {name: b}, {name: c}, {name: d}]", 1, 44, "more than 3 keepers"},
    {"animals: [{id: a}]", 1, 11, "an animal needs 'type' (known: margay, toucan)"},
    {"animals: [{id: a, type: margya}]", 1, 25,
     "unknown animal type 'margya' (did you mean 'margay'? known: margay, toucan)"},
    {"animals: [{id: a, type: dog}]", 1, 25, "unknown animal type 'dog' (known: margay, toucan)"},
    {"animals: [{id: a, type: toucan, lives: 3}]", 1, 33, "unknown key 'lives' in animal 'a'"},
    {"animals: [{id: a, type: margay, lives: 0}]", 1, 11, "animal 'a': it has no life left"},
    {"animals: [{id: a, type: margay, fence: {hight: 3}}]", 1, 41,
     "unknown key 'hight' in animal 'a', fence (did you mean 'height'?)"},
    {"animals: [{id: a, type: margay}, {id: a, type: toucan}]", 1, 39,
     "a second animal with the id 'a': give it another"},
};

static void a_mistake_has_its_place_and_a_way_out(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct reading reading = {.secrets = 0};
    assert_false(reading_of(&reading, mistakes[i].yaml));
    const struct error *found = reading.problems.items;
    assert_int_equal(reading.problems.count, 1);
    assert_string_equal(found->text, mistakes[i].words);
    assert_string_equal(found->file, "test.yml");
    if (found->line != mistakes[i].line || found->column != mistakes[i].column)
      fail_msg("%s: at %u:%u", mistakes[i].yaml, found->line, found->column);
    reading_end(&reading);
  }
}

static void an_entry_with_a_mistake_is_left_out_and_the_others_are_read(void **state) {
  (void)state;
  struct reading reading = {.secrets = 0};
  assert_false(reading_of(&reading, "keepers: [{name: a}, {nmae: b}, {name: c}]\nsize: 3"));
  assert_int_equal(reading.problems.count, 2);
  assert_int_equal(reading.zoo.keepers.count, 2);
  assert_true(text_is(((const struct keeper *)reading.zoo.keepers.items)[1].name, "c"));
  assert_int_equal(reading.zoo.size, 3);
  reading_end(&reading);
}

static void a_key_that_is_skipped_is_not_looked_into(void **state) {
  (void)state;
  static const char *const skipped[] = {"animals", NULL};
  struct reading reading = {.skipped = skipped};
  unsetenv("MARGAY_TEST_UNSET");
  assert_true(reading_of(&reading, "animals: [{id: '${MARGAY_TEST_UNSET}'}]"));
  assert_int_equal(reading.zoo.animals.count, 0);
  reading_end(&reading);
}

static void a_warning_is_no_mistake(void **state) {
  (void)state;
  struct reading reading = {.secrets = 0};
  assert_true(reading_of(&reading, "fence: {height: 7}"));
  assert_int_equal(reading.warnings.count, 1);
  assert_string_equal(reading.warnings.items[0].text,
                      "warning: fence: higher than a crane reaches");
  assert_int_equal(reading.warnings.items[0].column, 17);
  reading_end(&reading);
}

static void a_secret_of_a_file_ends_before_its_newline(void **state) {
  (void)state;
  struct reading reading = {.secrets = 0};
  char path[] = "/tmp/margay-secret-XXXXXX", text[64];
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, "hush\r\n", 6), 6);
  close(file);
  snprintf(text, sizeof text, "secret: file:%s", path);
  assert_true(reading_of(&reading, text));
  assert_int_equal(reading.zoo.secret.size, 4);
  assert_string_equal(reading.zoo.secret.data, "hush"); /* as C code hands it to libraries */
  unlink(path);
  reading_end(&reading);
}

static void a_header_may_take_its_value_from_a_file_or_the_environment(void **state) {
  (void)state;
  char path[] = "/tmp/margay-secret-XXXXXX", text[128];
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, "hush\n", 5), 5);
  close(file);
  setenv("MARGAY_TEST_TOKEN", "quiet", 1);
  const struct {
    const char *header, *value, *secrets; /* %s: the file */
  } rows[] = {
      {"X-Team: blue", "X-Team: blue", ""},
      {"X-Link: https://profile:1/", "X-Link: https://profile:1/", ""},
      {"X-Custom: file:%s", "X-Custom: hush", "hush|"},
      {"Authorization: Bearer file:%s", "Authorization: Bearer hush", "Bearer hush|hush|"},
      {"X-Custom:   ${MARGAY_TEST_TOKEN}", "X-Custom:   quiet", "quiet|"},
      {"X-Api-Key: plain", "X-Api-Key: plain", "plain|"},
      {"no colon", "no colon", ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct reading reading = {.secrets = 0};
    char header[96];
    const char *mark = strstr(rows[i].header, "%s");
    int before = mark ? (int)(mark - rows[i].header) : (int)strlen(rows[i].header);
    snprintf(header, sizeof header, "%.*s%s", before, rows[i].header, mark ? path : "");
    snprintf(text, sizeof text, "headers: ['%s']", header);
    assert_true(reading_of(&reading, text));
    assert_string_equal(reading.zoo.headers.items[0].data, rows[i].value);
    assert_string_equal(reading.last_secrets, rows[i].secrets);
    reading_end(&reading);
  }
  unsetenv("MARGAY_TEST_TOKEN");
  unlink(path);
}

static void a_header_whose_file_holds_nothing_is_a_mistake(void **state) {
  (void)state;
  char path[] = "/tmp/margay-secret-XXXXXX", empty[64];
  close(mkstemp(path));
  snprintf(empty, sizeof empty, "headers: ['A: file:%s']", path);
  const char *const texts[] = {empty, "is empty", "headers: ['A: file:/nonexistent/a']",
                               "cannot read the secret's file /nonexistent/a"};
  for (size_t i = 0; i < 4; i += 2) {
    struct reading reading = {.secrets = 0};
    assert_false(reading_of(&reading, texts[i]));
    assert_non_null(strstr(reading.problems.items[0].text, texts[i + 1]));
    reading_end(&reading);
  }
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_left_out_has_its_default_also_an_empty_one),
      cmocka_unit_test(paths_start_from_the_folder_of_the_file),
      cmocka_unit_test(mappings_and_lists_of_them_are_read_at_any_depth),
      cmocka_unit_test(a_mapping_or_list_with_nothing_in_it_has_its_defaults),
      cmocka_unit_test(sizes_have_units),
      cmocka_unit_test(a_mistake_has_its_place_and_a_way_out),
      cmocka_unit_test(an_entry_with_a_mistake_is_left_out_and_the_others_are_read),
      cmocka_unit_test(a_key_that_is_skipped_is_not_looked_into),
      cmocka_unit_test(a_warning_is_no_mistake),
      cmocka_unit_test(a_secret_of_a_file_ends_before_its_newline),
      cmocka_unit_test(a_header_may_take_its_value_from_a_file_or_the_environment),
      cmocka_unit_test(a_header_whose_file_holds_nothing_is_a_mistake),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
