/*
 * Random rule sets on random events: the index's candidates, matched, are the rules that match when
 * each is matched by itself.
 */
#include "rule/index/rule_index.h"

#include "base/memory.h"
#include "rule/condition/field_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 250, EVENTS_A_ROUND = 40, RULES_MAX = 900, VALUES_MAX = 4, DEPTH_MAX = 3 };

/* xorshift64 (Marsaglia 2003). */
static unsigned random_below(uint64_t *seed, unsigned limit) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (unsigned)((*seed >> 20) % limit);
}

#define PICK(seed, list) (list)[random_below((seed), sizeof(list) / sizeof(list)[0])]

static const char *const paths[] = {"kind",   "kind", "action", "detail",     "detail",
                                    "detail", "o.x",  "o.y",    "dotted.key", "l.1"};
static const char *const words[] = {
    "Account", "User Group", "Update", "Delete", "Passcode: ", "from On ", "to Off", "Waiting room",
    "1", "2.5", "true", "-7", "k", "\xC3\xA9", "Stra\u00DFe ",
    "\u03A3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C2", "\u023A\uAB70 \u0131\u0130", "risk task",
    "Cloud recording for guests ", "1.0", "2024-03-21T07:09:03Z", "/x", "-x",
    /* "Waiting room" as it is, shifted, and in UTF-16 */
    "V2FpdGluZyByb29t", "eFdhaXRpbmcgcm9vbQ==", "VwBhAGkAdABpAG4AZwAgAHIAbwBvAG0A"};

/* Other letters that fold to the same, of which the words are made. */
static const char *const equals[][2] = {
    {"k", "\u212A"},      {"s", "\u017F"},      {"S", "\u017F"},
    {"\u00E9", "\u00C9"}, {"\u00DF", "\u1E9E"}, {"\u03C3", "\u03C2"},
    {"\u03C2", "\u03A3"}, {"\u023A", "\u2C65"}, {"\uAB70", "\u13A0"},
};

/* Appends the character at *word, or another that folds to the same, and passes over it. */
static void append_equal(uint64_t *seed, const char **word, struct buffer *out) {
  for (size_t i = 0; i < sizeof equals / sizeof *equals; i++) {
    size_t size = strlen(equals[i][0]);
    if (strncmp(*word, equals[i][0], size) != 0)
      continue;
    buffer_append_string(out, equals[i][random_below(seed, 2)]);
    *word += size;
    return;
  }
  buffer_append_char(out, *(*word)++);
}

static void random_words(uint64_t *seed, unsigned most, struct buffer *out) {
  unsigned count = random_below(seed, most + 1);
  for (unsigned i = 0; i < count; i++) {
    const char *word = PICK(seed, words);
    unsigned shape = random_below(seed, 8);
    while (shape == 1 && *word)
      append_equal(seed, &word, out);
    for (const char *c = word; *c; c++) {
      bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
      buffer_append_char(out, letter && shape == 0 ? (char)(*c ^ 0x20) : *c);
    }
  }
}

/* ---- rules ---- */

struct world {
  uint64_t seed;
  struct arena arena;
  struct field_table *fields;
};

static struct text words_text(struct world *world, unsigned most, const char *between) {
  struct buffer buffer = BUFFER_NONE;
  random_words(&world->seed, most, &buffer);
  if (between && random_below(&world->seed, 2)) {
    buffer_append_string(&buffer, between);
    random_words(&world->seed, 1, &buffer);
  }
  struct text text = arena_copy(&world->arena, buffer_text(&buffer));
  buffer_free(&buffer);
  return text;
}

static void append_group(struct world *world, int depth, struct buffer *out) {
  static const char *const starts[] = {"(", "(?:", "(?:", "(?i:", "(?>", "(?="};
  static const char *const ends[] = {")", ")", ")?", "){1,2}", "x*)"};
  uint64_t *seed = &world->seed;
  buffer_append_string(out, depth ? PICK(seed, starts) : "");
  for (unsigned count = 1 + random_below(seed, 3); count > 0; count--) {
    if (depth < 2 && random_below(seed, 2))
      append_group(world, depth + 1, out);
    random_words(seed, 2, out);
    if (count > 1)
      buffer_append_char(out, '|');
  }
  buffer_append_string(out, depth ? PICK(seed, ends) : "");
}

/* Alternatives, and groups of them. */
static struct text regex_text(struct world *world) {
  struct buffer buffer = BUFFER_NONE;
  append_group(world, 0, &buffer);
  struct text text = arena_copy(&world->arena, buffer_text(&buffer));
  buffer_free(&buffer);
  return text;
}

static struct condition_value random_value(struct world *world, const char *modifiers) {
  static const char *const parts[] = {"*", "?", "\\*", NULL};
  static const char *const regexes[] = {".*",  "x?",          "[a-z ]*", "(?:from )?", "|", "x+",
                                        "\\b", "(?!Account)", "(?i)",    "1{0,2}",     NULL};
  static const double numbers[] = {1, 2.5, -7, 0, 3};
  uint64_t *seed = &world->seed;
  struct condition_value value = {.type = VALUE_TEXT};
  if (strstr(modifiers, "exists")) {
    value.type = VALUE_BOOL;
    value.boolean = random_below(seed, 2);
  } else if (strstr(modifiers, "hour") || strstr(modifiers, "day")) {
    value.type = VALUE_INT;
    value.integer = 1 + random_below(seed, 22);
  } else if (strstr(modifiers, "64")) {
    value.text = random_below(seed, 2) ? TEXT("Waiting room") : TEXT("ting room");
  } else if (strstr(modifiers, "gt") || (!*modifiers && random_below(seed, 6) == 0)) {
    double number = PICK(seed, numbers);
    value.type = random_below(seed, 2) ? VALUE_INT : VALUE_REAL;
    value.integer = (int64_t)number;
    value.real = number;
  } else if (!*modifiers && random_below(seed, 8) == 0) {
    value.type = random_below(seed, 2) ? VALUE_BOOL : VALUE_NULL;
    value.boolean = value.type == VALUE_BOOL;
  } else if (strstr(modifiers, "fieldref")) {
    value.text = text_from(PICK(seed, paths));
  } else if (strstr(modifiers, "|re")) {
    value.text =
        random_below(seed, 3) ? words_text(world, 2, PICK(seed, regexes)) : regex_text(world);
  } else {
    value.text = words_text(world, 2, random_below(seed, 3) ? NULL : PICK(seed, parts));
  }
  return value;
}

static const struct condition *random_field(struct world *world) {
  static const char *const modifier_sets[] = {"",
                                              "",
                                              "",
                                              "",
                                              "|cased",
                                              "|all",
                                              "|contains",
                                              "|contains",
                                              "|contains|all",
                                              "|contains|cased",
                                              "|startswith",
                                              "|endswith",
                                              "|re",
                                              "|re|i",
                                              "|exists",
                                              "|gt",
                                              "|fieldref",
                                              "|fieldref|contains",
                                              "|neq",
                                              "|contains|neq",
                                              "|windash",
                                              "|windash|contains|all",
                                              "|base64",
                                              "|base64offset|contains",
                                              "|base64offset|contains|all",
                                              "|wide|base64offset|contains",
                                              "|hour",
                                              "|day|gt"};
  uint64_t *seed = &world->seed;
  static const char *const any_field[] = {"|contains", "|all", "|re", "|startswith", "|windash"};
  bool anywhere = random_below(seed, 12) == 0;
  const char *modifiers = anywhere ? PICK(seed, any_field) : PICK(seed, modifier_sets);
  bool single = strstr(modifiers, "exists") || strstr(modifiers, "gt");
  struct condition_value values[VALUES_MAX];
  size_t count = single || random_below(seed, 2) ? 1 : 1 + random_below(seed, VALUES_MAX);
  const char *key =
      arena_printf(&world->arena, "%s%s", anywhere ? "" : PICK(seed, paths), modifiers);
  struct error error = ERROR_NONE;
  for (size_t i = 0; i < count; i++)
    values[i] = random_value(world, modifiers);
  const struct condition *condition =
      condition_field(&world->arena, world->fields, text_from(key), values, count, &error);
  if (!condition)
    fail_msg("%s", error.text);
  return condition;
}

static const struct condition *random_condition(struct world *world, int depth) {
  unsigned kind = depth < DEPTH_MAX ? random_below(&world->seed, 10) : 9;
  if (kind >= 7)
    return random_field(world);
  const struct condition *children[4];
  size_t count = random_below(&world->seed, 5);
  if (kind == 0)
    return condition_not(&world->arena, random_condition(world, depth + 1));
  for (size_t i = 0; i < count; i++)
    children[i] = random_condition(world, depth + 1);
  return kind < 3 ? condition_any(&world->arena, children, count)
                  : condition_all(&world->arena, children, count);
}

/* ---- events ---- */

static void write_value(uint64_t *seed, struct buffer *out, int depth) {
  static const char *const plain[] = {
      "null", "true", "false", "1", "2.5", "-7", "1.0", "3e0", "{}", "[]", "18446744073709551615"};
  unsigned kind = random_below(seed, 8);
  if (kind == 0) {
    buffer_append_string(out, PICK(seed, plain));
  } else if (kind == 1 && depth < 3) {
    unsigned count = random_below(seed, 4);
    buffer_append_char(out, '[');
    for (unsigned i = 0; i < count; i++) {
      if (i)
        buffer_append_char(out, ',');
      write_value(seed, out, depth + 1);
    }
    buffer_append_char(out, ']');
  } else {
    struct buffer text = BUFFER_NONE;
    random_words(seed, random_below(seed, 3) ? 1 : 6, &text);
    buffer_append_json_string(out, buffer_text(&text));
    buffer_free(&text);
  }
}

static void write_member(uint64_t *seed, const char *name, struct buffer *out) {
  if (random_below(seed, 8) == 0)
    return;
  if (out->data[out->size - 1] != '{')
    buffer_append_char(out, ',');
  buffer_append_json_string(out, text_from(name));
  buffer_append_char(out, ':');
  write_value(seed, out, 0);
}

static void write_event(uint64_t *seed, struct buffer *out) {
  bool few = random_below(seed, 2); /* only what the schema knows */
  buffer_reset(out);
  buffer_append_char(out, '{');
  write_member(seed, "kind", out);
  if (!few)
    write_member(seed, "action", out);
  write_member(seed, "detail", out);
  if (!few)
    write_member(seed, "dotted.key", out);
  write_member(seed, "l", out);
  buffer_append_string(out, out->data[out->size - 1] == '{' ? "\"o\":{" : ",\"o\":{");
  write_member(seed, "x", out);
  write_member(seed, "y", out);
  buffer_append_string(out, "}}");
  memset(buffer_reserve(out, JSON_PADDING), 0, JSON_PADDING);
}

/* ---- the comparison ---- */

struct counts {
  size_t events, rules, candidates, matches, sets;
};

/* As if what the conditions of an event may cost had been used up. */
static void starve(struct field_view *view) {
  view->work.floor = view->work.look_at = INT64_MAX;
}

/* Some events have no work left for looking for literals: then there are more candidates. */
static void compare(const struct rule_index *index, struct rule_index_scratch *scratch,
                    const struct rule *rules, size_t count, struct field_view *view,
                    struct text record, struct counts *counts) {
  const struct rule_index_type *type = rule_index_type(index, TEXT("Test"));
  struct rule_list list = {NULL, 0};
  size_t next = 0;
  if (counts->events % 5 == 0)
    starve(view);
  if (type)
    list = rule_index_candidates(type, scratch, view);
  work_start(&view->work);
  for (size_t i = 0; i < count; i++) {
    bool matches = condition_match(rules[i].where, view);
    bool gave_up = field_view_take_given_up(view);
    bool candidate = next < list.count && list.items[next] == &rules[i];
    next += candidate;
    if (matches && !gave_up && !candidate)
      fail_msg("rule %zu of %zu is no candidate for %.*s", i, count, TEXT_ARGS(record));
    counts->matches += matches;
  }
  assert_int_equal(next, list.count); /* in order, no other, none twice */
  counts->candidates += list.count;
  counts->rules += count;
  counts->events++;
}

static void one_round(uint64_t seed, size_t count, struct event_reader *reader,
                      struct counts *counts) {
  static const struct text types[] = {TEXT_INIT("Test"), TEXT_INIT("Other"), TEXT_INIT("Test")};
  static const enum literal_engine engines[] = {LITERAL_ENGINE_OWN, LITERAL_ENGINE_VECTORSCAN};
  struct world world = {seed, ARENA_NONE, field_table_new()};
  struct rule *rules = memory_alloc_array(count + 1, sizeof *rules);
  struct buffer record = BUFFER_NONE;
  struct rule_index *indexes[2];
  struct rule_index_scratch *scratches[2];
  for (size_t i = 0; i < count; i++)
    rules[i] = (struct rule){.index = (unsigned)i,
                             .enabled = true,
                             .log_types = {types, 1 + random_below(&world.seed, 3)},
                             .where = random_condition(&world, 0)};
  struct field_view *view = field_view_new(world.fields);
  for (int e = 0; e < 2; e++) {
    indexes[e] = rule_index_new(rules, count, engines[e]);
    scratches[e] = rule_index_scratch_new(indexes[e]);
    counts->sets += rule_index_size(indexes[e]).literal_sets;
  }
  for (int i = 0; i < EVENTS_A_ROUND; i++) {
    struct error error = ERROR_NONE;
    write_event(&world.seed, &record);
    const struct event *event = event_read(reader, buffer_text(&record), TEXT(""), 0, &error);
    if (!event)
      fail_msg("%.*s: %s", TEXT_ARGS(buffer_text(&record)), error.text);
    field_view_set(view, event);
    for (int e = 0; e < 2; e++)
      compare(indexes[e], scratches[e], rules, count, view, buffer_text(&record), counts);
  }
  for (int e = 0; e < 2; e++) {
    rule_index_scratch_free(scratches[e]);
    rule_index_free(indexes[e]);
  }
  for (size_t i = 0; i < count; i++)
    condition_release(rules[i].where);
  field_view_free(view);
  field_table_free(world.fields);
  buffer_free(&record);
  arena_free(&world.arena);
  free(rules);
}

static void compare_rounds(struct event_typing typing) {
  struct event_reader *reader = event_reader_new(&typing, TEXT("s"), TEXT(""));
  uint64_t seed = UINT64_C(0x6d61726761790003);
  struct counts counts = {0};
  for (int round = 0; round < ROUNDS; round++) {
    size_t count = round % 25 == 0 ? RULES_MAX : 1 + random_below(&seed, 40);
    one_round(seed, count, reader, &counts);
    random_below(&seed, 2);
  }
  print_message("%zu rules asked, %zu candidates, %zu matches, %zu literal sets\n", counts.rules,
                counts.candidates, counts.matches, counts.sets);
  assert_true(counts.matches > counts.rules / 20 && counts.candidates < counts.rules);
  assert_true(counts.sets > 100);
  event_reader_free(reader);
}

static void candidates_and_a_match_are_what_each_rule_says_by_itself(void **state) {
  (void)state;
  compare_rounds((struct event_typing){.log_type = TEXT("Test"), .unchecked = true});
}

static void so_they_are_where_a_schema_lacks_fields_that_rules_ask_for(void **state) {
  (void)state;
  static const char yaml[] = "schema: Test\n"
                             "fields: [{name: kind, type: json}, {name: detail, type: json},\n"
                             "  {name: l, type: json}, {name: o, type: json}]\n";
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas = schema_set_load_text(text_from(yaml), "test.yml", &problems);
  assert_int_equal(problems.count, 0);
  compare_rounds((struct event_typing){.log_type = TEXT("Test"), .schemas = schemas});
  schema_set_free(schemas);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(candidates_and_a_match_are_what_each_rule_says_by_itself),
      cmocka_unit_test(so_they_are_where_a_schema_lacks_fields_that_rules_ask_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
