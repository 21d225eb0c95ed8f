#include "rule/condition_operand.h"

#include "base/buffer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Which values a comparison takes. */
enum {
  TAKES_TEXT = 1 << VALUE_TEXT,
  TAKES_NUMBER = 1 << VALUE_INT | 1 << VALUE_REAL,
  TAKES_BOOL = 1 << VALUE_BOOL,
  TAKES_NULL = 1 << VALUE_NULL
};

/* Rough costs relative to one equality, with how seldom it is true: what is cheap and seldom
 * true goes first in an AND. */
static const struct {
  const char *name;
  unsigned takes;
  bool list, cased;
  unsigned cost;
} comparisons[] = {
    [COMPARE_EQUAL] = {"", TAKES_TEXT | TAKES_NUMBER | TAKES_BOOL | TAKES_NULL, true, true, 1},
    [COMPARE_CONTAINS] = {"contains", TAKES_TEXT | TAKES_NUMBER, true, true, 6},
    [COMPARE_STARTS] = {"startswith", TAKES_TEXT | TAKES_NUMBER, true, true, 2},
    [COMPARE_ENDS] = {"endswith", TAKES_TEXT | TAKES_NUMBER, true, true, 2},
    [COMPARE_REGEX] = {"re", TAKES_TEXT, true, false, 40},
    [COMPARE_CIDR] = {"cidr", TAKES_TEXT, true, false, 12},
    [COMPARE_EXISTS] = {"exists", TAKES_BOOL, false, false, 4},
    [COMPARE_GT] = {"gt", TAKES_NUMBER, false, false, 3},
    [COMPARE_GTE] = {"gte", TAKES_NUMBER, false, false, 3},
    [COMPARE_LT] = {"lt", TAKES_NUMBER, false, false, 3},
    [COMPARE_LTE] = {"lte", TAKES_NUMBER, false, false, 3},
    [COMPARE_FIELD] = {"fieldref", TAKES_TEXT, true, true, 5},
};
enum { COST_WILDCARD = 10 };

enum modifier_kind { MODIFIER_COMPARISON, MODIFIER_ALL, MODIFIER_CASED, MODIFIER_REGEX_OPTION };

static const struct modifier {
  const char *name;
  enum modifier_kind kind;
  unsigned value; /* comparison, or regex option */
} modifiers[] = {
    {"contains", MODIFIER_COMPARISON, COMPARE_CONTAINS},
    {"startswith", MODIFIER_COMPARISON, COMPARE_STARTS},
    {"endswith", MODIFIER_COMPARISON, COMPARE_ENDS},
    {"all", MODIFIER_ALL, 0},
    {"re", MODIFIER_COMPARISON, COMPARE_REGEX},
    {"cidr", MODIFIER_COMPARISON, COMPARE_CIDR},
    {"exists", MODIFIER_COMPARISON, COMPARE_EXISTS},
    {"gt", MODIFIER_COMPARISON, COMPARE_GT},
    {"gte", MODIFIER_COMPARISON, COMPARE_GTE},
    {"lt", MODIFIER_COMPARISON, COMPARE_LT},
    {"lte", MODIFIER_COMPARISON, COMPARE_LTE},
    {"cased", MODIFIER_CASED, 0},
    {"fieldref", MODIFIER_COMPARISON, COMPARE_FIELD},
    {"i", MODIFIER_REGEX_OPTION, REGEX_FOLD},
    {"m", MODIFIER_REGEX_OPTION, REGEX_MULTILINE},
    {"s", MODIFIER_REGEX_OPTION, REGEX_DOT_ALL},
};
enum { MODIFIER_COUNT = sizeof modifiers / sizeof modifiers[0] };

/* A key taken apart, and what errors need. */
struct key {
  char shown[160]; /* the whole key, safe to print */
  struct text path;
  enum comparison comparison;
  bool every, cased;
  unsigned regex_options;
  struct error *error;
};

static bool wrong(const struct key *key, const char *cause) {
  return error_set(key->error, "%s in where key '%s'", cause, key->shown);
}

static bool unknown_modifier(const struct key *key, struct text name) {
  const char *names[MODIFIER_COUNT];
  char shown[64];
  for (size_t i = 0; i < MODIFIER_COUNT; i++)
    names[i] = modifiers[i].name;
  const char *nearest = text_nearest(name, names, MODIFIER_COUNT);
  text_printable(name, shown, sizeof shown);
  return error_set(key->error, "unknown modifier '%s' in where key '%s'%s%s%s", shown, key->shown,
                   nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
}

static const struct modifier *find_modifier(struct text name) {
  for (size_t i = 0; i < MODIFIER_COUNT; i++)
    if (text_is(name, modifiers[i].name))
      return &modifiers[i];
  return NULL;
}

static bool apply_modifier(struct key *key, const struct modifier *modifier) {
  switch (modifier->kind) {
  case MODIFIER_COMPARISON:
    if (key->comparison != COMPARE_EQUAL)
      return error_set(key->error, "modifiers '%s' and '%s' exclude each other in where key '%s'",
                       comparisons[key->comparison].name, modifier->name, key->shown);
    key->comparison = (enum comparison)modifier->value;
    return true;
  case MODIFIER_ALL:
    key->every = true;
    return true;
  case MODIFIER_CASED:
    key->cased = true;
    return true;
  case MODIFIER_REGEX_OPTION:
    if (key->comparison != COMPARE_REGEX)
      return error_set(key->error, "modifier '%s' without 're' before it in where key '%s'",
                       modifier->name, key->shown);
    key->regex_options |= modifier->value;
    return true;
  }
  return true;
}

/* Takes the part before the next separator off `rest`. */
static struct text take_part(struct text *rest, char separator) {
  const char *end = memchr(rest->data, separator, rest->size);
  struct text part = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
  *rest = end ? (struct text){end + 1, rest->size - part.size - 1} : (struct text){NULL, 0};
  return part;
}

static bool check_path(const struct key *key) {
  if (key->path.size == 0)
    return wrong(key, "no field name");
  if (!text_is_utf8(key->path))
    return wrong(key, "a field name that is not valid UTF-8");
  for (struct text rest = key->path; rest.data;)
    if (take_part(&rest, '.').size == 0)
      return wrong(key, "an empty part of a field's path");
  return true;
}

static bool read_key(struct key *key, struct text text) {
  struct text rest = text;
  text_printable(text, key->shown, sizeof key->shown);
  if (text.size == 0)
    return wrong(key, "no field name");
  key->path = take_part(&rest, '|');
  if (!check_path(key))
    return false;
  uint32_t seen = 0;
  while (rest.data) {
    struct text name = take_part(&rest, '|');
    const struct modifier *modifier = find_modifier(name);
    if (!modifier)
      return name.size ? unknown_modifier(key, name) : wrong(key, "an empty modifier");
    if (seen & 1u << (modifier - modifiers))
      return error_set(key->error, "modifier '%s' twice in where key '%s'", modifier->name,
                       key->shown);
    seen |= 1u << (modifier - modifiers);
    if (!apply_modifier(key, modifier))
      return false;
  }
  const char *name = comparisons[key->comparison].name;
  if (key->cased && !comparisons[key->comparison].cased)
    return error_set(
        key->error, "'cased' does not go with '%s' in where key '%s'%s", name, key->shown,
        key->comparison == COMPARE_REGEX ? " (regexes keep to case unless 're|i')" : "");
  if (key->every && !comparisons[key->comparison].list)
    return error_set(key->error, "'all' does not go with '%s' in where key '%s'", name, key->shown);
  return true;
}

static const char *value_type_name(const struct condition_value *value) {
  static const char *const names[] = {[VALUE_TEXT] = "text",
                                      [VALUE_INT] = "a number",
                                      [VALUE_REAL] = "a number",
                                      [VALUE_BOOL] = "true or false",
                                      [VALUE_NULL] = "null"};
  return names[value->type];
}

static bool check_value(const struct key *key, const struct condition_value *value) {
  unsigned takes = comparisons[key->comparison].takes;
  if (!(takes & 1u << value->type))
    return error_set(key->error, "'%s' takes %s, not %s, in where key '%s'",
                     comparisons[key->comparison].name,
                     takes & TAKES_TEXT     ? "text"
                     : takes & TAKES_NUMBER ? "a number"
                                            : "true or false",
                     value_type_name(value), key->shown);
  if (value->type == VALUE_TEXT && !text_is_utf8(value->text))
    return wrong(key, "a text that is not valid UTF-8");
  if (value->type == VALUE_REAL && !isfinite(value->real))
    return wrong(key, "a number that is not finite");
  return true;
}

static void fold_in_place(char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i] >= 'A' && bytes[i] <= 'Z')
      bytes[i] |= 0x20;
}

static struct text copy_for_comparing(struct arena *arena, struct text text, bool cased) {
  char *bytes = arena_alloc(arena, text.size + 1);
  if (text.size)
    memcpy(bytes, text.data, text.size);
  if (!cased)
    fold_in_place(bytes, text.size);
  return (struct text){bytes, text.size};
}

static void compile_text(struct arena *arena, const struct key *key, struct text text,
                         struct condition_operand *operand) {
  bool open_start = key->comparison == COMPARE_CONTAINS || key->comparison == COMPARE_ENDS;
  bool open_end = key->comparison == COMPARE_CONTAINS || key->comparison == COMPARE_STARTS;
  if (wildcard_literal(arena, text, &operand->text)) {
    operand->kind = OPERAND_TEXT;
    operand->text = copy_for_comparing(arena, operand->text, key->cased);
    return;
  }
  operand->kind = OPERAND_WILDCARD;
  operand->text = arena_copy(arena, text);
  operand->of.wildcard = wildcard_compile(arena, text, open_start, open_end, !key->cased);
}

/* As JSON spells it, so that it compares with strings; by value with numbers. */
static void compile_number(struct arena *arena, const struct key *key,
                           const struct condition_value *value, struct condition_operand *operand) {
  struct buffer spelling = BUFFER_NONE;
  struct condition_number *number = &operand->of.number;
  if (value->type == VALUE_INT) {
    *number = (struct condition_number){NUMBER_INT, {.integer = value->integer}};
    buffer_printf(&spelling, "%" PRId64, value->integer);
  } else {
    *number = (struct condition_number){NUMBER_REAL, {.real = value->real}};
    buffer_append_json_number(&spelling, value->real);
  }
  /* What looks at a part of the spelling compares texts only. */
  bool part = key->comparison == COMPARE_CONTAINS || key->comparison == COMPARE_STARTS ||
              key->comparison == COMPARE_ENDS;
  operand->kind = part ? OPERAND_TEXT : OPERAND_NUMBER;
  operand->text = copy_for_comparing(arena, buffer_text(&spelling), key->cased);
  buffer_free(&spelling);
}

static bool compile_regex(struct arena *arena, const struct key *key, struct text pattern,
                          struct condition_operand *operand) {
  struct error cause = ERROR_NONE;
  operand->kind = OPERAND_REGEX;
  operand->text = arena_copy(arena, pattern);
  operand->of.regex = regex_new(pattern, key->regex_options, &cause);
  if (operand->of.regex)
    return true;
  return error_set(key->error, "bad regex in where key '%s': %s", key->shown, cause.text);
}

static bool compile_network(struct arena *arena, const struct key *key, struct text text,
                            struct condition_operand *operand) {
  char shown[64];
  operand->kind = OPERAND_NETWORK;
  operand->text = arena_copy(arena, text);
  if (ip_network_parse(text, &operand->of.network))
    return true;
  return error_set(key->error, "'%s' is not a network (such as 10.0.0.0/8) in where key '%s'",
                   text_printable(text, shown, sizeof shown), key->shown);
}

static bool compile_field(struct arena *arena, struct field_table *fields, const struct key *key,
                          struct text path, struct condition_operand *operand) {
  if (path.size == 0)
    return wrong(key, "no field name as the value");
  operand->kind = OPERAND_FIELD;
  operand->text = arena_copy(arena, path);
  operand->of.field = field_table_intern(fields, path);
  return true;
}

static bool compile_operand(struct arena *arena, struct field_table *fields, const struct key *key,
                            const struct condition_value *value,
                            struct condition_operand *operand) {
  if (!check_value(key, value))
    return false;
  switch (value->type) {
  case VALUE_NULL:
    operand->kind = OPERAND_NULL;
    return true;
  case VALUE_BOOL:
    operand->kind = OPERAND_BOOL;
    operand->boolean = value->boolean;
    operand->text = value->boolean ? TEXT("true") : TEXT("false");
    return true;
  case VALUE_INT:
  case VALUE_REAL:
    compile_number(arena, key, value, operand);
    return true;
  case VALUE_TEXT:
    break;
  }
  if (key->comparison == COMPARE_REGEX)
    return compile_regex(arena, key, value->text, operand);
  if (key->comparison == COMPARE_CIDR)
    return compile_network(arena, key, value->text, operand);
  if (key->comparison == COMPARE_FIELD)
    return compile_field(arena, fields, key, value->text, operand);
  compile_text(arena, key, value->text, operand);
  return true;
}

const struct condition *condition_field(struct arena *arena, struct field_table *fields,
                                        struct text key, const struct condition_value *values,
                                        size_t count, struct error *error) {
  struct key parts = {.error = error};
  if (!read_key(&parts, key))
    return NULL;
  if (count == 0) {
    wrong(&parts, "no value");
    return NULL;
  }
  if (count > 1 && !comparisons[parts.comparison].list) {
    error_set(error, "'%s' takes one value, not a list, in where key '%s'",
              comparisons[parts.comparison].name, parts.shown);
    return NULL;
  }
  struct condition_operand *operands = arena_alloc(arena, count * sizeof *operands);
  struct condition *condition = arena_alloc(arena, sizeof *condition);
  *condition = (struct condition){.kind = CONDITION_FIELD,
                                  .key = arena_copy(arena, key),
                                  .field = field_table_intern(fields, parts.path),
                                  .comparison = parts.comparison,
                                  .every = parts.every,
                                  .cased = parts.cased,
                                  .operands = operands};
  for (size_t i = 0; i < count; i++) {
    if (!compile_operand(arena, fields, &parts, &values[i], &operands[i])) {
      condition_release(condition);
      return NULL;
    }
    condition->value_count = i + 1;
  }
  return condition;
}

unsigned condition_cost(const struct condition *condition) {
  unsigned cost = 0;
  if (condition->kind == CONDITION_FIELD) {
    for (size_t i = 0; i < condition->value_count; i++)
      cost += condition->operands[i].kind == OPERAND_WILDCARD
                  ? COST_WILDCARD
                  : comparisons[condition->comparison].cost;
    return cost;
  }
  for (size_t i = 0; i < condition->child_count; i++)
    cost += condition_cost(condition->children[i]);
  return cost + 1;
}

struct priced {
  const struct condition *condition;
  unsigned cost;
  size_t place; /* keeps the order of equals */
};

static int compare_priced(const void *a, const void *b) {
  const struct priced *x = a, *y = b;
  if (x->cost != y->cost)
    return x->cost < y->cost ? -1 : 1;
  return x->place < y->place ? -1 : x->place > y->place;
}

static const struct condition *combine(struct arena *arena, enum condition_kind kind,
                                       const struct condition *const *children, size_t count) {
  struct priced *priced = arena_alloc(arena, (count + 1) * sizeof *priced);
  const struct condition **sorted = arena_alloc(arena, (count + 1) * sizeof(struct condition *));
  struct condition *condition = arena_alloc(arena, sizeof *condition);
  for (size_t i = 0; i < count; i++)
    priced[i] = (struct priced){children[i], condition_cost(children[i]), i};
  qsort(priced, count, sizeof *priced, compare_priced);
  for (size_t i = 0; i < count; i++)
    sorted[i] = priced[i].condition;
  *condition = (struct condition){.kind = kind, .child_count = count, .children = sorted};
  return condition;
}

const struct condition *condition_all(struct arena *arena, const struct condition *const *children,
                                      size_t count) {
  return combine(arena, CONDITION_ALL, children, count);
}

const struct condition *condition_any(struct arena *arena, const struct condition *const *children,
                                      size_t count) {
  return combine(arena, CONDITION_ANY, children, count);
}

const struct condition *condition_not(struct arena *arena, const struct condition *child) {
  return combine(arena, CONDITION_NOT, &child, 1);
}

void condition_release(const struct condition *condition) {
  if (!condition)
    return;
  for (size_t i = 0; i < condition->child_count; i++)
    condition_release(condition->children[i]);
  for (size_t i = 0; i < condition->value_count; i++)
    if (condition->operands[i].kind == OPERAND_REGEX) {
      struct regex *regex = condition->operands[i].of.regex;
      regex_free(&regex);
    }
}
