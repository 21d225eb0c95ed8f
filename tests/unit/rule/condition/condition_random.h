/* Random field tests and random events that they are asked about. */
#ifndef TEST_CONDITION_RANDOM_H
#define TEST_CONDITION_RANDOM_H

#include "rule/condition/condition_oracle.h"

#include "event/schema/schema.h"

/* xorshift64 (Marsaglia 2003), so that a seed gives the same run everywhere. */
static inline unsigned random_below(uint64_t *seed, unsigned limit) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (unsigned)((*seed >> 20) % limit);
}

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
                                            "|fieldref|cased",
                                            "|fieldref|contains",
                                            "|fieldref|startswith|cased",
                                            "|endswith|fieldref",
                                            "|fieldref|neq",
                                            "|neq",
                                            "|contains|neq",
                                            "|re|neq",
                                            "|windash",
                                            "|windash|contains",
                                            "|windash|startswith|all",
                                            "|windash|endswith|cased",
                                            "|base64",
                                            "|base64offset|contains",
                                            "|base64offset|contains|cased",
                                            "|base64offset|contains|all",
                                            "|wide|base64",
                                            "|wide|base64offset|contains",
                                            "|hour",
                                            "|hour|gt",
                                            "|minute|lte",
                                            "|day|neq"};
/* Without a path: they ask all fields. */
static const char *const any_field_sets[] = {"|contains", "|all",  "|contains|cased", "|startswith",
                                             "|endswith", "|re|i", "|cidr",           "|windash"};
static const char *const secrets[] = {"aBab", "aB", "abaB", "B1a"};
static const char *const times[] = {"2024-03-21T07:09:03Z", "2023-12-31T23:30:00Z",
                                    "2024-02-12T12:12:12Z"};
static const char *const numbers[] = {"0", "1", "-1", "2.5", "10", "3", "1.0", "12"};
static const char *const addresses[] = {"10.0.0.1", "10.1.0.0", "11.0.0.1", "10.0.0.0"};

#define PICK(seed, list) (list)[random_below((seed), sizeof(list) / sizeof(list)[0])]

static inline void random_text(uint64_t *seed, bool wildcards, char out[TEXT_MAX]) {
  static const char *const plain[] = {"a", "b", "A", "B", "ab",          "\xC3\xA9",
                                      "1", "-", " ", "/", "\xE2\x80\x93"};
  static const char *const letters[] = {"s",      "\u017F", "S",      "k",      "\u212A",
                                        "\u00C9", "\u00E9", "\u1E9E", "\u00DF", "\u03C3",
                                        "\u03C2", "\u023A", "\u2C65", "\uAB70", "\u13A0"};
  static const char *const special[] = {"*", "?", "\\*", "\\?", "\\\\", "*", "?", "\\a"};
  static const char *const whole[] = {"true", "1", "2.5", "10.0.0.1", "", "aBaB", "-1", "12"};
  /* Secrets in base64: as they are, behind other bytes, in UTF-16. */
  static const char *const encoded[] = {"YUJhYg==", "LWFCYWI=", "ICBhQmFiYWE=", "eABhAEIAYQBiAA==",
                                        "QjFh",     "LUIxYQ==", "ICBCMWFhYQ==", "eABCADEAYQA="};
  unsigned parts = random_below(seed, 5);
  out[0] = '\0';
  if (random_below(seed, 4) == 0) {
    const char *text = random_below(seed, 3)   ? PICK(seed, whole)
                       : random_below(seed, 3) ? PICK(seed, encoded)
                                               : PICK(seed, times);
    strncat(out, text, TEXT_MAX - 1);
    return;
  }
  const bool beyond = random_below(seed, 4) == 0;
  for (unsigned i = 0; i < parts; i++) {
    const char *part = wildcards && random_below(seed, 3) == 0 ? PICK(seed, special)
                       : beyond && random_below(seed, 2)       ? PICK(seed, letters)
                                                               : PICK(seed, plain);
    strncat(out, part, TEXT_MAX - strlen(out) - 1);
  }
}

static inline void random_value(uint64_t *seed, struct field_test *test, size_t i) {
  struct condition_value *value = &test->values[i];
  static const char *const regexes[] = {"a", "^a", "b$", "^(ab)+$", "a.b", "[0-9]+", "^$", "A|1"};
  static const char *const networks[] = {"10.0.0.0/8", "10.0.0.0/16", "11.0.0.1", "0.0.0.0/0"};
  const char *text = NULL;
  if (strstr(test->modifiers, "exists")) {
    *value = (struct condition_value){.type = VALUE_BOOL, .boolean = random_below(seed, 2)};
    return;
  }
  if (asks_time(test)) {
    *value = (struct condition_value){.type = VALUE_INT, .integer = 1 + random_below(seed, 22)};
    return;
  }
  if (strstr(test->modifiers, "64")) {
    snprintf(test->texts[i], TEXT_MAX, "%s", PICK(seed, secrets));
    *value = (struct condition_value){.type = VALUE_TEXT, .text = text_from(test->texts[i])};
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

static inline void random_test(uint64_t *seed, struct field_test *test) {
  bool anywhere = random_below(seed, 10) == 0;
  snprintf(test->path, sizeof test->path, "%s", anywhere ? "" : PICK(seed, paths));
  snprintf(test->modifiers, sizeof test->modifiers, "%s",
           anywhere ? PICK(seed, any_field_sets) : PICK(seed, modifier_sets));
  bool single = strstr(test->modifiers, "exists") || strstr(test->modifiers, "|g") ||
                strstr(test->modifiers, "|l");
  /* Many literals are looked for in another way than few. */
  bool many = random_below(seed, 4) == 0;
  test->count = single ? 1 : 1 + random_below(seed, many ? VALUES_MAX : 3);
  test->negated = random_below(seed, 4) == 0;
  for (size_t v = 0; v < test->count; v++)
    random_value(seed, test, v);
}

static inline void random_scene(uint64_t *seed, struct scene *scene) {
  memset(scene, 0, sizeof *scene);
  scene->any = random_below(seed, 2);
  scene->test_count = 1 + random_below(seed, TESTS_MAX);
  for (size_t i = 0; i < scene->test_count; i++)
    random_test(seed, &scene->tests[i]);
}

static inline void write_value(uint64_t *seed, struct buffer *out, unsigned depth) {
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

static inline void write_event(uint64_t *seed, struct buffer *out) {
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

static inline struct schema_set *load_schema(void) {
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

static inline const struct event *read_event(struct event_reader *reader, struct text record) {
  struct error error = ERROR_NONE;
  const struct event *event = event_read(reader, record, TEXT(""), 0, &error);
  if (event)
    return event;
  print_error("%.*s: %s\n", TEXT_ARGS(record), error.text);
  abort();
}

#endif
