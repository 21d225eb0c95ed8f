#include "base/memory.h"
#include "base/yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct yaml *load(const char *text) {
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_text(text_from(text), "test.yml", &error);
  if (!yaml)
    fail_msg("%s", error.text);
  return yaml;
}

static void a_tree_knows_its_places(void **state) {
  (void)state;
  struct yaml *yaml = load("name: zoom\nlist:\n  - one\n  - 'two'\ninner:\n  deep: {a: 1}\n");
  const struct yaml_node *root = yaml_root(yaml);
  assert_int_equal(root->type, YAML_MAPPING);
  assert_int_equal(root->count, 3);
  assert_true(text_is(root->keys[2]->value, "inner"));
  assert_int_equal(root->keys[2]->line, 5);
  const struct yaml_node *list = yaml_get(root, "list");
  assert_int_equal(list->type, YAML_SEQUENCE);
  assert_int_equal(list->count, 2);
  assert_int_equal(list->items[1]->line, 4);
  assert_int_equal(list->items[1]->column, 5);
  assert_true(list->items[1]->quoted);
  assert_false(list->items[0]->quoted);
  const struct yaml_node *a = yaml_get(yaml_get(yaml_get(root, "inner"), "deep"), "a");
  assert_string_equal(a->value.data, "1");
  assert_int_equal(a->column, 13);
  assert_null(yaml_get(root, "missing"));
  assert_null(yaml_get(list, "one"));
  assert_string_equal(yaml_name(yaml), "test.yml");
  yaml_free(yaml);
}

static void a_file_without_content_is_an_empty_mapping(void **state) {
  (void)state;
  static const char *const files[] = {"", "# only a comment\n", "---\n", "~\n", "\n\n"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    struct yaml *yaml = load(files[i]);
    assert_int_equal(yaml_root(yaml)->type, YAML_MAPPING);
    assert_int_equal(yaml_root(yaml)->count, 0);
    yaml_free(yaml);
  }
}

static void what_is_not_supported_is_refused_at_its_place(void **state) {
  (void)state;
  static const struct {
    const char *text, *line;
  } table[] = {
      {"a: 1\nb: *x\n", "test.yml:2:4: no anchor '&x' stands before this alias (quote a value "
                        "that is meant to start with '*')"},
      {"a: &x\n  b: *x\n", "test.yml:2:6: no anchor '&x' stands before this alias (quote a value "
                           "that is meant to start with '*')"},
      {"a: &x [1]\n? *x\n: 2\n", "test.yml:2:3: a key must be plain text"},
      {"a: !x 1\n", "test.yml:1:4: tags ('!name') are not supported (quote a value that is meant "
                    "to start with '!')"},
      {"a:\n  <<: b\n", "test.yml:2:3: '<<' takes a mapping or a list of mappings, such as *name"},
      {"a:\n  <<: {}\n  <<: {}\n",
       "test.yml:3:3: the key '<<' is here twice: it takes a list of mappings"},
      {"a: 1\n---\nb: 2\n",
       "test.yml:2:1: a second document ('---') is not supported: use one file for each"},
      {"a: 1\nb: 2\na: 3\n", "test.yml:3:1: the key 'a' is here twice (first in line 1)"},
      {"x:\n  b: 1\n  b: 2\na: 1\na: 2\n",
       "test.yml:3:3: the key 'b' is here twice (first in line 2)"},
      {"? [a]\n: 1\n", "test.yml:1:3: a key must be plain text"},
      {"a: \"x\\0y\"\n", "test.yml:1:4: a NUL character is not allowed"},
      {"a: 1\nb: c: d\n", "test.yml:2:5: a ':' is not allowed here (a value that holds ': ' needs "
                          "quotes; or the indentation is off)"},
      {"a:\n\tb: 1\n", "test.yml:2:1: a value cannot start with this character (put it in quotes; "
                       "tabs cannot indent)"},
      {"a: [1, 2\nb: 3\n", NULL},
      {"a: 'open\n", "test.yml:2:1: a quote is opened here or above and never closed"},
      {"a: 1\nb: \xff\n", "test.yml:2:4: the file is not valid UTF-8 here"},
      {"a: \x01\n", "test.yml:1:4: control characters are not allowed"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct error error = ERROR_NONE;
    struct error_line line;
    assert_null(yaml_load_text(text_from(table[i].text), "test.yml", &error));
    assert_true(error.set);
    assert_int_not_equal(error.line, 0);
    if (table[i].line)
      assert_string_equal(error_line(&error, &line), table[i].line);
  }
}

static void sixty_four_levels_are_the_limit(void **state) {
  (void)state;
  char text[256] = "";
  memset(text, '[', 64);
  memset(text + 64, ']', 64);
  yaml_free(load(text));
  memset(text, '[', 65);
  memset(text + 65, ']', 65);
  struct error error = ERROR_NONE;
  assert_null(yaml_load_text(text_from(text), "test.yml", &error));
  assert_string_equal(error.text, "nested more than 64 levels deep");
  assert_int_equal(error.column, 65);
}

static void a_file_over_four_mebibytes_is_refused(void **state) {
  (void)state;
  size_t size = (4 << 20) + 1;
  char *text = memory_alloc(size);
  memset(text, '#', size);
  struct error error = ERROR_NONE;
  assert_null(yaml_load_text((struct text){text, size}, "big.yml", &error));
  assert_string_equal(error.text, "the file is larger than 4 MiB");
  free(text);
}

static void a_file_that_cannot_be_read_is_an_error(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct error_line line;
  assert_null(yaml_load_file("/nonexistent/margay.yml", FILE_REGULAR, &error));
  assert_string_equal(error_line(&error, &line),
                      "/nonexistent/margay.yml: cannot be read: No such file or directory");
  error = ERROR_NONE;
  assert_null(yaml_load_file("/", FILE_REGULAR, &error));
  assert_string_equal(error_line(&error, &line),
                      "/: cannot be read: it is a directory, not a regular file");
}

static void a_file_is_read_as_text_is(void **state) {
  (void)state;
  char path[] = "/tmp/margay-yaml-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, "a: 1\n", 5), 5);
  close(file);
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_file(path, FILE_REGULAR, &error);
  unlink(path);
  assert_non_null(yaml);
  assert_true(text_is(yaml_get(yaml_root(yaml), "a")->value, "1"));
  assert_string_equal(yaml_name(yaml), path);
  yaml_free(yaml);
}

static void several_documents_are_read_where_they_are_asked_for(void **state) {
  (void)state;
  static const char *const texts[] = {"a: 1\n---\n---\nb: 2\n...\n---\n[c]\n", "---\na: 1\n", "",
                                      "---\n~\n"};
  static const size_t counts[] = {3, 1, 1, 1};
  for (size_t i = 0; i < 4; i++) {
    struct error error = ERROR_NONE;
    struct yaml *yaml = yaml_load_documents(text_from(texts[i]), "test.yml", &error);
    assert_non_null(yaml);
    assert_int_equal(yaml_document_count(yaml), counts[i]);
    assert_ptr_equal(yaml_document(yaml, 0), yaml_root(yaml));
    if (i == 0) {
      assert_true(text_is(yaml_get(yaml_document(yaml, 1), "b")->value, "2"));
      assert_int_equal(yaml_document(yaml, 1)->line, 4);
      assert_int_equal(yaml_document(yaml, 2)->type, YAML_SEQUENCE);
    }
    yaml_free(yaml);
  }
}

static void a_mistake_in_a_later_document_has_its_place(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct error_line line;
  assert_null(yaml_load_documents(TEXT("a: 1\n---\nb: *x\n"), "test.yml", &error));
  assert_string_equal(error_line(&error, &line),
                      "test.yml:3:4: no anchor '&x' stands before this alias (quote a value that "
                      "is meant to start with '*')");
}

static void a_key_that_is_there_twice_costs_its_document_only(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct error_line line;
  struct yaml *yaml =
      yaml_load_documents(TEXT("a: 1\n---\nb: 1\nb: 2\n---\nc: 1\n"), "test.yml", &error);
  assert_non_null(yaml);
  assert_int_equal(yaml_document_count(yaml), 3);
  assert_null(yaml_document_mistake(yaml, 0));
  assert_string_equal(error_line(yaml_document_mistake(yaml, 1), &line),
                      "test.yml:4:1: the key 'b' is here twice (first in line 3)");
  assert_null(yaml_document_mistake(yaml, 2));
  yaml_free(yaml);
}

static void an_alias_is_the_value_that_its_anchor_names(void **state) {
  (void)state;
  struct yaml *yaml = load("a: &x {b: [1, 2]}\nc: *x\nd: &y text\ne: [*y, *x]\n");
  const struct yaml_node *root = yaml_root(yaml), *list = yaml_get(root, "e");
  assert_ptr_equal(yaml_get(root, "a"), yaml_get(root, "c"));
  assert_true(text_is(list->items[0]->value, "text"));
  assert_ptr_equal(list->items[1], yaml_get(root, "a"));
  yaml_free(yaml);
}

static void a_merge_adds_the_keys_that_the_mapping_lacks(void **state) {
  (void)state;
  struct yaml *yaml = load("a: &x {p: 1, q: 2}\nb: &y {q: 3, r: 4}\n"
                           "c:\n  <<: [*x, *y]\n  p: own\nd: {'<<': 5}\n");
  const struct yaml_node *merged = yaml_get(yaml_root(yaml), "c");
  assert_int_equal(merged->count, 3);
  assert_true(text_is(yaml_get(merged, "p")->value, "own"));
  assert_true(text_is(yaml_get(merged, "q")->value, "2"));
  assert_true(text_is(yaml_get(merged, "r")->value, "4"));
  assert_non_null(yaml_get(yaml_get(yaml_root(yaml), "d"), "<<"));
  yaml_free(yaml);
}

static void the_last_anchor_of_a_name_counts(void **state) {
  (void)state;
  struct yaml *yaml = load("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");
  assert_true(text_is(yaml_get(yaml_root(yaml), "b")->value, "1"));
  assert_true(text_is(yaml_get(yaml_root(yaml), "d")->value, "2"));
  yaml_free(yaml);
}

/* Ten levels, each with ten aliases of the one before: ten thousand million values. */
static void aliases_that_stand_for_too_much_are_refused(void **state) {
  (void)state;
  struct buffer text = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct error_line line;
  buffer_append_string(&text, "a0: &a0 [x]\n");
  for (int level = 1; level <= 10; level++) {
    buffer_printf(&text, "a%d: &a%d [", level, level);
    for (int i = 0; i < 10; i++)
      buffer_printf(&text, "%s*a%d", i ? ", " : "", level - 1);
    buffer_append_string(&text, "]\n");
  }
  assert_null(yaml_load_text(buffer_text(&text), "test.yml", &error));
  assert_non_null(
      strstr(error_line(&error, &line), ": the file's aliases stand for more than 100000 values"));
  buffer_free(&text);
}

static void aliases_that_nest_too_deep_are_refused(void **state) {
  (void)state;
  struct buffer text = BUFFER_NONE;
  struct error error = ERROR_NONE;
  buffer_append_string(&text, "a0: &a0 [x]\n");
  for (int level = 1; level <= 64; level++)
    buffer_printf(&text, "a%d: &a%d [*a%d]\n", level, level, level - 1);
  assert_null(yaml_load_text(buffer_text(&text), "test.yml", &error));
  assert_non_null(strstr(error.text, "nested more than 64 levels deep"));
  buffer_free(&text);
}

/* Reads `key` of the text by the reader named and returns the first problem, or "". */
struct reading {
  bool ok;
  struct text string;
  bool boolean;
  int64_t integer, duration;
  char problem[1400];
};

enum reader { READ_STRING, READ_BOOL, READ_INT, READ_DURATION, EXPECT_SEQUENCE, EXPECT_MAPPING };

static struct reading read_value(const char *value, enum reader reader) {
  char text[200];
  snprintf(text, sizeof text, "k: %s\n", value);
  struct yaml *yaml = load(text);
  struct problems problems = PROBLEMS_NONE;
  struct yaml_context context = {yaml, &problems};
  const struct yaml_node *node = yaml_get(yaml_root(yaml), "k");
  struct reading reading = {.ok = false};
  switch (reader) {
  case READ_STRING:
    reading.ok = yaml_string(&context, node, "k", &reading.string);
    break;
  case READ_BOOL:
    reading.ok = yaml_bool(&context, node, "k", &reading.boolean);
    break;
  case READ_INT:
    reading.ok = yaml_int(&context, node, "k", 1, 65535, &reading.integer);
    break;
  case READ_DURATION:
    reading.ok = yaml_duration(&context, node, "k", &reading.duration);
    break;
  case EXPECT_SEQUENCE:
    reading.ok = yaml_expect(&context, node, YAML_SEQUENCE, "k");
    break;
  case EXPECT_MAPPING:
    reading.ok = yaml_expect(&context, node, YAML_MAPPING, "k");
    break;
  }
  assert_int_equal(problems.count, reading.ok ? 0 : 1);
  if (problems.count)
    error_line(&problems.items[0], (struct error_line *)(void *)reading.problem);
  problems_clear(&problems);
  yaml_free(yaml);
  return reading;
}

static void values_that_fit_are_read(void **state) {
  (void)state;
  assert_true(read_value("text", READ_STRING).ok);
  assert_true(read_value("12", READ_STRING).ok);
  assert_true(read_value("''", READ_STRING).ok);
  assert_true(read_value("'null'", READ_STRING).ok);
  assert_true(read_value("true", READ_BOOL).boolean);
  assert_true(read_value("false", READ_BOOL).ok);
  assert_int_equal(read_value("65535", READ_INT).integer, 65535);
  assert_int_equal(read_value("+1", READ_INT).integer, 1);
  assert_int_equal(read_value("5m", READ_DURATION).duration, 5 * US_PER_MINUTE);
  assert_int_equal(read_value("'2w'", READ_DURATION).duration, 14 * US_PER_DAY);
  assert_true(read_value("[]", EXPECT_SEQUENCE).ok);
  assert_true(read_value("{}", EXPECT_MAPPING).ok);
}

static void values_that_do_not_fit_are_problems_with_a_place(void **state) {
  (void)state;
  static const struct {
    const char *value;
    enum reader reader;
    const char *problem;
  } table[] = {
      {"~", READ_STRING, "test.yml:1:4: k: expected text, found nothing"},
      {"", READ_STRING, "test.yml:1:3: k: expected text, found nothing"},
      {"[a]", READ_STRING, "test.yml:1:4: k: expected text, found a list"},
      {"yes", READ_BOOL, "test.yml:1:4: k: expected true or false, found 'yes'"},
      {"'true'", READ_BOOL, "test.yml:1:4: k: expected true or false, found 'true' in quotes"},
      {"0", READ_INT, "test.yml:1:4: k: expected a whole number from 1 to 65535, found '0'"},
      {"1e3", READ_INT, "test.yml:1:4: k: expected a whole number from 1 to 65535, found '1e3'"},
      {"99999999999999999999", READ_INT,
       "test.yml:1:4: k: expected a whole number from 1 to 65535, found '99999999999999999999'"},
      {"{a: 1}", READ_INT,
       "test.yml:1:4: k: expected a whole number from 1 to 65535, found a mapping (key: value)"},
      {"5 minutes", READ_DURATION,
       "test.yml:1:4: k: expected a duration: a whole number and one of s, m, h, d, w (such as "
       "90s, 5m, 24h), found '5 minutes'"},
      {"a", EXPECT_SEQUENCE, "test.yml:1:4: k: expected a list, found 'a'"},
      {"[a]", EXPECT_MAPPING, "test.yml:1:4: k: expected a mapping (key: value), found a list"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct reading reading = read_value(table[i].value, table[i].reader);
    assert_false(reading.ok);
    assert_string_equal(reading.problem, table[i].problem);
  }
}

static void an_unknown_key_is_reported_with_the_nearest_known_one(void **state) {
  (void)state;
  static const char *const known[] = {"id", "type", "poll"};
  struct yaml *yaml = load("id: a\npolll: 5m\nwhatever: 1\n");
  struct problems problems = PROBLEMS_NONE;
  struct yaml_context context = {yaml, &problems};
  struct error_line line;
  assert_false(yaml_known_keys(&context, yaml_root(yaml), "a source", known, 3));
  assert_int_equal(problems.count, 2);
  assert_string_equal(error_line(&problems.items[0], &line),
                      "test.yml:2:1: unknown key 'polll' in a source (did you mean 'poll'?)");
  assert_string_equal(error_line(&problems.items[1], &line),
                      "test.yml:3:1: unknown key 'whatever' in a source");
  problems_clear(&problems);
  yaml_free(yaml);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tree_knows_its_places),
      cmocka_unit_test(a_file_without_content_is_an_empty_mapping),
      cmocka_unit_test(what_is_not_supported_is_refused_at_its_place),
      cmocka_unit_test(sixty_four_levels_are_the_limit),
      cmocka_unit_test(a_file_over_four_mebibytes_is_refused),
      cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
      cmocka_unit_test(a_file_is_read_as_text_is),
      cmocka_unit_test(several_documents_are_read_where_they_are_asked_for),
      cmocka_unit_test(a_mistake_in_a_later_document_has_its_place),
      cmocka_unit_test(aliases_that_nest_too_deep_are_refused),
      cmocka_unit_test(aliases_that_stand_for_too_much_are_refused),
      cmocka_unit_test(the_last_anchor_of_a_name_counts),
      cmocka_unit_test(a_merge_adds_the_keys_that_the_mapping_lacks),
      cmocka_unit_test(an_alias_is_the_value_that_its_anchor_names),
      cmocka_unit_test(a_key_that_is_there_twice_costs_its_document_only),
      cmocka_unit_test(values_that_fit_are_read),
      cmocka_unit_test(values_that_do_not_fit_are_problems_with_a_place),
      cmocka_unit_test(an_unknown_key_is_reported_with_the_nearest_known_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
