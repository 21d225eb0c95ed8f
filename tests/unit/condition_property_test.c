/*
 * Random conditions on random events, compared with an oracle that is written for clearness only:
 * it interprets the key and the values as written, for each event anew.
 */
#include "rule/condition.h"

#include "base/ip.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 12000, EVENTS_A_ROUND = 8, TESTS_MAX = 3, VALUES_MAX = 3, TEXT_MAX = 64 };

/* xorshift64 (Marsaglia 2003), so that a seed gives the same run everywhere. */
static unsigned random_below(uint64_t *seed, unsigned limit) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (unsigned)((*seed >> 20) % limit);
}

struct field_test {
  char path[16], modifiers[32];
  struct condition_value values[VALUES_MAX];
  char texts[VALUES_MAX][TEXT_MAX];
  size_t count;
  bool negated;
};

struct scene {
  struct field_test tests[TESTS_MAX];
  size_t test_count;
  bool any; /* OR instead of AND */
};

/* ---- making conditions and events ---- */

static const char *const paths[] = {"a", "b", "c", "o.x", "o.y", "dotted.key", "l.1"};
static const char *const modifier_sets[] = {"",
                                            "",
                                            "|cased",
                                            "|all",
                                            "|contains",
                                            "|contains|cased",
                                            "|contains|all",
                                            "|startswith",
                                            "|startswith|cased",
                                            "|endswith",
                                            "|endswith|all",
                                            "|re",
                                            "|re|i",
                                            "|cidr",
                                            "|exists",
                                            "|gt",
                                            "|gte",
                                            "|lt",
                                            "|lte",
                                            "|fieldref",
                                            "|fieldref|cased"};
static const char *const numbers[] = {"0", "1", "-1", "2.5", "10", "3", "1.0", "12"};
static const char *const addresses[] = {"10.0.0.1", "10.1.0.0", "11.0.0.1", "10.0.0.0"};

#define PICK(seed, list) (list)[random_below((seed), sizeof(list) / sizeof(list)[0])]

static void random_text(uint64_t *seed, bool wildcards, char out[TEXT_MAX]) {
  static const char *const plain[] = {"a", "b", "A", "B", "ab", "\xC3\xA9", "1", "-", " "};
  static const char *const special[] = {"*", "?", "\\*", "\\?", "\\\\", "*", "?", "\\a"};
  static const char *const whole[] = {"true", "1", "2.5", "10.0.0.1", "", "aBaB", "-1", "12"};
  unsigned parts = random_below(seed, 5);
  out[0] = '\0';
  if (random_below(seed, 4) == 0) {
    strncat(out, PICK(seed, whole), TEXT_MAX - 1);
    return;
  }
  for (unsigned i = 0; i < parts; i++) {
    const char *part =
        wildcards && random_below(seed, 3) == 0 ? PICK(seed, special) : PICK(seed, plain);
    strncat(out, part, TEXT_MAX - strlen(out) - 1);
  }
}

static void random_value(uint64_t *seed, struct field_test *test, size_t i) {
  struct condition_value *value = &test->values[i];
  static const char *const regexes[] = {"a", "^a", "b$", "^(ab)+$", "a.b", "[0-9]+", "^$", "A|1"};
  static const char *const networks[] = {"10.0.0.0/8", "10.0.0.0/16", "11.0.0.1", "0.0.0.0/0"};
  const char *text = NULL;
  if (strstr(test->modifiers, "exists")) {
    *value = (struct condition_value){.type = VALUE_BOOL, .boolean = random_below(seed, 2)};
    return;
  }
  if (strstr(test->modifiers, "|g") || strstr(test->modifiers, "|l") ||
      (test->modifiers[0] == '\0' && random_below(seed, 4) == 0)) {
    double number = strtod(PICK(seed, numbers), NULL);
    value->type = random_below(seed, 2) ? VALUE_INT : VALUE_REAL;
    value->integer = (int64_t)number;
    value->real = number;
    return;
  }
  if (test->modifiers[0] == '\0' && random_below(seed, 5) == 0) {
    value->type = random_below(seed, 2) ? VALUE_NULL : VALUE_BOOL;
    value->boolean = value->type == VALUE_BOOL;
    return;
  }
  if (strstr(test->modifiers, "|re"))
    text = PICK(seed, regexes);
  else if (strstr(test->modifiers, "cidr"))
    text = PICK(seed, networks);
  else if (strstr(test->modifiers, "fieldref"))
    text = PICK(seed, paths);
  if (text)
    snprintf(test->texts[i], TEXT_MAX, "%s", text);
  else
    random_text(seed, true, test->texts[i]);
  *value = (struct condition_value){.type = VALUE_TEXT, .text = text_from(test->texts[i])};
}

static void random_scene(uint64_t *seed, struct scene *scene) {
  memset(scene, 0, sizeof *scene);
  scene->any = random_below(seed, 2);
  scene->test_count = 1 + random_below(seed, TESTS_MAX);
  for (size_t i = 0; i < scene->test_count; i++) {
    struct field_test *test = &scene->tests[i];
    snprintf(test->path, sizeof test->path, "%s", PICK(seed, paths));
    snprintf(test->modifiers, sizeof test->modifiers, "%s", PICK(seed, modifier_sets));
    bool single = strstr(test->modifiers, "exists") || strstr(test->modifiers, "|g") ||
                  strstr(test->modifiers, "|l");
    test->count = single ? 1 : 1 + random_below(seed, VALUES_MAX);
    test->negated = random_below(seed, 4) == 0;
    for (size_t v = 0; v < test->count; v++)
      random_value(seed, test, v);
  }
}

static void write_value(uint64_t *seed, struct buffer *out, unsigned depth) {
  char text[TEXT_MAX];
  switch (random_below(seed, depth < 2 ? 12 : 9)) {
  case 0:
    buffer_append_string(out, "null");
    break;
  case 1:
    buffer_append_string(out, random_below(seed, 2) ? "true" : "false");
    break;
  case 2:
  case 3:
    buffer_append_string(out, PICK(seed, numbers));
    break;
  case 4:
    buffer_append_json_string(out, text_from(PICK(seed, addresses)));
    break;
  case 9:
    buffer_append_string(out, "{\"x\":");
    write_value(seed, out, depth + 1);
    buffer_append_string(out, "}");
    break;
  case 10:
  case 11:
    buffer_append_string(out, "[");
    for (unsigned i = random_below(seed, 4); i > 0; i--) {
      write_value(seed, out, depth + 1);
      buffer_append_string(out, i > 1 ? "," : "");
    }
    buffer_append_string(out, "]");
    break;
  default:
    random_text(seed, random_below(seed, 3) == 0, text);
    buffer_append_json_string(out, text_from(text));
  }
}

static void write_event(uint64_t *seed, struct buffer *out) {
  static const char *const names[] = {"a", "b", "c", "l", "o", "dotted.key", "dotted"};
  buffer_reset(out);
  buffer_append_char(out, '{');
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (random_below(seed, 4) == 0)
      continue;
    if (out->size > 1)
      buffer_append_char(out, ',');
    buffer_printf(out, "\"%s\":", names[i]);
    if (names[i][0] == 'o' && random_below(seed, 2)) {
      buffer_append_string(out, "{\"x\":");
      write_value(seed, out, 1);
      buffer_append_string(out, ",\"y\":");
      write_value(seed, out, 1);
      buffer_append_char(out, '}');
    } else {
      write_value(seed, out, 0);
    }
  }
  buffer_append_char(out, '}');
  memset(buffer_reserve(out, JSON_PADDING), ' ', JSON_PADDING);
}

/* ---- the oracle ---- */

static const struct json_node *oracle_member(const struct json_node *node, const char *name) {
  if (node->type == JSON_TYPE_OBJECT)
    for (JSON_EACH(child, node))
      if (text_is(json_key(child), name))
        return child;
  return NULL;
}

static const struct json_node *oracle_find(const struct json_node *root, const char *path) {
  char first[16];
  const char *dot = strchr(path, '.');
  const struct json_node *node = oracle_member(root, path);
  if (node || !dot)
    return node;
  snprintf(first, sizeof first, "%.*s", (int)(dot - path), path);
  node = oracle_member(root, first);
  if (node && node->type == JSON_TYPE_ARRAY && strcmp(dot, ".1") == 0)
    return node->size > 1 ? json_next(node + 1) : NULL;
  return node ? oracle_member(node, dot + 1) : NULL;
}

static bool oracle_spell(const struct json_node *node, char out[TEXT_MAX]) {
  struct buffer buffer = BUFFER_NONE;
  if (node->type == JSON_TYPE_STRING)
    snprintf(out, TEXT_MAX, "%.*s", TEXT_ARGS(json_text(node)));
  else if (node->type == JSON_TYPE_NULL || json_is_container(node))
    return false;
  else {
    json_write(&buffer, node);
    snprintf(out, TEXT_MAX, "%s", buffer.data);
    buffer_free(&buffer);
  }
  return true;
}

static char oracle_fold(char c, bool cased) {
  return !cased && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* By trying everything. `open` at the pattern's end means that anything may follow. */
static bool oracle_fits(const char *pattern, const char *subject, bool cased, bool open) {
  if (*pattern == '\0')
    return open || *subject == '\0';
  if (*pattern == '*')
    return oracle_fits(pattern + 1, subject, cased, open) ||
           (*subject && oracle_fits(pattern, subject + 1, cased, open));
  if (*pattern == '?') {
    if (*subject == '\0')
      return false;
    for (subject++; ((unsigned char)*subject & 0xC0) == 0x80;)
      subject++;
    return oracle_fits(pattern + 1, subject, cased, open);
  }
  if (*pattern == '\\' && (pattern[1] == '*' || pattern[1] == '?' || pattern[1] == '\\'))
    pattern++;
  return *subject && oracle_fold(*pattern, cased) == oracle_fold(*subject, cased) &&
         oracle_fits(pattern + 1, subject + 1, cased, open);
}

static bool oracle_regex(const char *pattern, const char *subject, bool fold) {
  regex_t compiled;
  assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB | (fold ? REG_ICASE : 0)),
                   0);
  bool found = regexec(&compiled, subject, 0, NULL, 0) == 0;
  regfree(&compiled);
  return found;
}

/* "1.2.3.4" up to the end or a slash; the rest goes to *rest. */
static bool oracle_address(const char *text, unsigned long out[4], const char **rest) {
  for (int i = 0; i < 4; i++) {
    char *end;
    if (*text < '0' || *text > '9')
      return false;
    out[i] = strtoul(text, &end, 10);
    if (i < 3 && *end != '.')
      return false;
    text = i < 3 ? end + 1 : end;
  }
  *rest = text;
  return true;
}

static bool oracle_network(const char *network, const char *address) {
  unsigned long n[4], a[4], prefix = 32;
  const char *rest;
  if (!oracle_address(address, a, &rest) || *rest || !oracle_address(network, n, &rest))
    return false;
  if (*rest == '/')
    prefix = strtoul(rest + 1, NULL, 10);
  for (unsigned long bit = 0; bit < prefix; bit++)
    if ((n[bit / 8] >> (7 - bit % 8) & 1) != (a[bit / 8] >> (7 - bit % 8) & 1))
      return false;
  return true;
}

static bool oracle_number(const struct json_node *node, double *number) {
  if (node->type == JSON_TYPE_INT)
    *number = (double)node->value.integer;
  else if (node->type == JSON_TYPE_DOUBLE)
    *number = node->value.real;
  else
    return false;
  return true;
}

/* Two scalars of the event. */
static bool oracle_same(const struct json_node *a, const struct json_node *b, bool cased) {
  char x[TEXT_MAX], y[TEXT_MAX];
  double m, n;
  if (oracle_number(a, &m) && oracle_number(b, &n))
    return m == n;
  if (!oracle_spell(a, x) || !oracle_spell(b, y) || strlen(x) != strlen(y))
    return false;
  for (size_t i = 0; x[i]; i++)
    if (oracle_fold(x[i], cased) != oracle_fold(y[i], cased))
      return false;
  return true;
}

static bool oracle_some_same(const struct json_node *a, const struct json_node *b, bool cased) {
  if (a->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, a))
      if (element->type != JSON_TYPE_ARRAY && oracle_some_same(element, b, cased))
        return true;
    return false;
  }
  if (b->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, b))
      if (element->type != JSON_TYPE_ARRAY && oracle_same(a, element, cased))
        return true;
    return false;
  }
  return oracle_same(a, b, cased);
}

static bool oracle_order(const char *modifiers, double left, double right) {
  return strcmp(modifiers, "|gt") == 0    ? left > right
         : strcmp(modifiers, "|gte") == 0 ? left >= right
         : strcmp(modifiers, "|lt") == 0  ? left < right
                                          : left <= right;
}

static bool oracle_text_test(const char *modifiers, const char *pattern, const char *subject) {
  bool cased = strstr(modifiers, "cased");
  if (strstr(modifiers, "|re"))
    return oracle_regex(pattern, subject, strstr(modifiers, "|i"));
  if (strstr(modifiers, "cidr"))
    return oracle_network(pattern, subject);
  if (strstr(modifiers, "startswith"))
    return oracle_fits(pattern, subject, cased, true);
  if (!strstr(modifiers, "contains") && !strstr(modifiers, "endswith"))
    return oracle_fits(pattern, subject, cased, false);
  for (const char *from = subject;; from++) {
    bool inside = ((unsigned char)*from & 0xC0) == 0x80; /* of a character */
    if (!inside && oracle_fits(pattern, from, cased, strstr(modifiers, "contains") != NULL))
      return true;
    if (*from == '\0')
      return false;
  }
}

static bool oracle_value(const struct field_test *test, const struct condition_value *value,
                         const struct json_node *node, const struct json_node *root) {
  char subject[TEXT_MAX];
  double left, right;
  if (strstr(test->modifiers, "fieldref")) {
    const struct json_node *other = oracle_find(root, value->text.data);
    return node && other && oracle_some_same(node, other, strstr(test->modifiers, "cased"));
  }
  if (value->type == VALUE_NULL && (!node || node->type == JSON_TYPE_NULL))
    return true;
  if (!node)
    return false;
  if (node->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, node))
      if (oracle_value(test, value, element, root))
        return true;
    return false;
  }
  if (!oracle_spell(node, subject) || value->type == VALUE_NULL)
    return false;
  if (value->type == VALUE_TEXT)
    return oracle_text_test(test->modifiers, value->text.data, subject);
  if (value->type == VALUE_BOOL)
    return strcasecmp(subject, value->boolean ? "true" : "false") == 0;
  right = value->type == VALUE_INT ? (double)value->integer : value->real;
  if (test->modifiers[0]) {
    char *end = subject;
    left = strtod(subject, &end); /* no text here is a number to strtod that is none to JSON */
    return end != subject && *end == '\0' && subject[0] != ' ' &&
           oracle_order(test->modifiers, left, right);
  }
  if (oracle_number(node, &left))
    return left == right;
  char spelling[TEXT_MAX];
  snprintf(spelling, sizeof spelling, "%g", right);
  return strcasecmp(subject, spelling) == 0;
}

static bool oracle_test(const struct field_test *test, const struct json_node *root) {
  const struct json_node *node = oracle_find(root, test->path);
  bool every = strstr(test->modifiers, "all");
  if (strstr(test->modifiers, "exists"))
    return test->values[0].boolean == (node != NULL);
  size_t fits = 0;
  for (size_t i = 0; i < test->count; i++)
    fits += oracle_value(test, &test->values[i], node, root);
  return every ? fits == test->count : fits > 0;
}

static bool oracle_scene(const struct scene *scene, const struct json_node *root) {
  size_t fits = 0;
  for (size_t i = 0; i < scene->test_count; i++)
    fits += oracle_test(&scene->tests[i], root) != scene->tests[i].negated;
  return scene->any ? fits > 0 : fits == scene->test_count;
}

/* ---- the comparison ---- */

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

static struct schema_set *load_schema(void) {
  /* Some of the fields, so that known and unknown ones are both met. */
  static const char yaml[] = "schema: Test\nversion: 0\nfields:\n"
                             "  - {name: a, type: json}\n"
                             "  - {name: o, type: json}\n"
                             "  - {name: dotted, type: json}\n"
                             "  - {name: l, type: json}\n";
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas = schema_set_load_text(TEXT(yaml), "test.yml", &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  return schemas;
}

static const struct event *read_event(struct event_reader *reader, struct text record) {
  struct error error = ERROR_NONE;
  const struct event *event = event_read(reader, record, TEXT(""), 0, &error);
  if (event)
    return event;
  print_error("%.*s: %s\n", TEXT_ARGS(record), error.text);
  abort();
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
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(conditions_agree_with_the_oracle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
