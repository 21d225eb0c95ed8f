#include "base/buffer.h"
#include "base/memory.h"
#include "rule/condition/condition_key.h"
#include "rule/condition/condition_operand.h"
#include "rule/condition/field_view.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Rough costs relative to one equality, with how seldom it is true: what is cheap and seldom
 * true goes first in an AND. */
static const unsigned costs[] = {
    [COMPARE_EQUAL] = 1,  [COMPARE_CONTAINS] = 6, [COMPARE_STARTS] = 2, [COMPARE_ENDS] = 2,
    [COMPARE_REGEX] = 40, [COMPARE_CIDR] = 12,    [COMPARE_EXISTS] = 4, [COMPARE_GT] = 3,
    [COMPARE_GTE] = 3,    [COMPARE_LT] = 3,       [COMPARE_LTE] = 3,    [COMPARE_LOOKUP] = 15,
};
enum { COST_WILDCARD = 10, COST_FIELD = 5, COST_TIME = 20, FIELDS_OF_AN_EVENT = 20 };

static const char *value_type_name(const struct condition_value *value) {
  static const char *const names[] = {[VALUE_TEXT] = "text",
                                      [VALUE_INT] = "a number",
                                      [VALUE_REAL] = "a number",
                                      [VALUE_BOOL] = "true or false",
                                      [VALUE_NULL] = "null"};
  return names[value->type];
}

static const char *taken_name(unsigned takes) {
  return takes & 1u << VALUE_TEXT ? "text" : takes & 1u << VALUE_INT ? "a number" : "true or false";
}

static bool check_part(const struct condition_key *key, const struct condition_value *value) {
  static const struct {
    int64_t from, to;
  } ranges[] = {[PART_MINUTE] = {0, 59}, [PART_HOUR] = {0, 23},  [PART_DAY] = {1, 31},
                [PART_WEEK] = {1, 53},   [PART_MONTH] = {1, 12}, [PART_YEAR] = {1, 9999}};
  if (value->type == VALUE_INT && value->integer >= ranges[key->part].from &&
      value->integer <= ranges[key->part].to)
    return true;
  return condition_key_wrong(key, "'%s' takes a whole number from %lld to %lld",
                             time_part_name(key->part), (long long)ranges[key->part].from,
                             (long long)ranges[key->part].to);
}

static bool check_value(const struct condition_key *key, const struct condition_value *value) {
  unsigned takes = condition_key_takes(key);
  if (!(takes & 1u << value->type))
    return error_set(key->error, "'%s' takes %s, not %s, in %s '%s'", condition_key_taker(key),
                     taken_name(takes), value_type_name(value), key->noun, key->shown);
  if (value->type == VALUE_TEXT && !text_is_utf8(value->text))
    return condition_key_wrong(key, "a text that is not valid UTF-8");
  if (value->type == VALUE_REAL && !isfinite(value->real))
    return condition_key_wrong(key, "a number that is not finite");
  return !key->part || check_part(key, value);
}

static struct text copy_for_comparing(struct arena *arena, struct text text, bool cased) {
  if (cased)
    return arena_copy(arena, text);
  char *bytes = arena_alloc(arena, fold_size_max(text.size));
  return (struct text){bytes, fold_write(text, bytes)};
}

static struct fold_range range_of(bool cased, struct text text) {
  return cased ? (struct fold_range){SIZE_MAX, 0} : fold_range_of(text);
}

/* What is compared with the operands of one key. */
struct compiler {
  struct arena *arena;
  struct field_table *fields;
  const struct condition_key *key;
};

static void compile_plain(const struct compiler *compiler, struct text text,
                          struct condition_operand *operand) {
  operand->kind = OPERAND_TEXT;
  operand->text = copy_for_comparing(compiler->arena, text, compiler->key->cased);
  operand->range = range_of(compiler->key->cased, operand->text);
  operand->of.grams = grams_of(operand->text);
}

static void compile_text(const struct compiler *compiler, struct text text,
                         struct condition_operand *operand) {
  const struct condition_key *key = compiler->key;
  bool open_start = key->comparison == COMPARE_CONTAINS || key->comparison == COMPARE_ENDS;
  bool open_end = key->comparison == COMPARE_CONTAINS || key->comparison == COMPARE_STARTS;
  if (wildcard_literal(compiler->arena, text, &operand->text)) {
    compile_plain(compiler, operand->text, operand);
    return;
  }
  operand->kind = OPERAND_WILDCARD;
  operand->text = arena_copy(compiler->arena, text);
  operand->of.wildcard = wildcard_compile(compiler->arena, text, open_start, open_end, !key->cased);
}

/* As it was written, or else as JSON spells it, so that it compares with strings; by value with
 * numbers. */
static void compile_number(const struct compiler *compiler, const struct condition_value *value,
                           struct condition_operand *operand) {
  const struct condition_key *key = compiler->key;
  struct buffer spelling = BUFFER_NONE;
  struct condition_number *number = &operand->of.number;
  if (value->type == VALUE_INT) {
    *number = (struct condition_number){NUMBER_INT, {.integer = value->integer}};
    buffer_printf(&spelling, "%" PRId64, value->integer);
  } else {
    *number = (struct condition_number){NUMBER_REAL, {.real = value->real}};
    buffer_append_json_number(&spelling, value->real);
  }
  if (value->text.size) {
    buffer_reset(&spelling);
    buffer_append_text(&spelling, value->text);
  }
  /* What looks at a part of the spelling compares texts only. */
  bool part = key->comparison == COMPARE_CONTAINS || key->comparison == COMPARE_STARTS ||
              key->comparison == COMPARE_ENDS;
  operand->kind = part ? OPERAND_TEXT : OPERAND_NUMBER;
  operand->text = copy_for_comparing(compiler->arena, buffer_text(&spelling), key->cased);
  operand->range = range_of(true, operand->text);
  if (part)
    operand->of.grams = grams_of(operand->text);
  buffer_free(&spelling);
}

static bool compile_regex(const struct compiler *compiler, struct text pattern,
                          struct condition_operand *operand) {
  const struct condition_key *key = compiler->key;
  struct error cause = ERROR_NONE;
  operand->kind = OPERAND_REGEX;
  operand->text = arena_copy(compiler->arena, pattern);
  operand->of.regex = regex_new(pattern, key->regex_options, &cause);
  return operand->of.regex ||
         error_set(key->error, "bad regex in %s '%s': %s", key->noun, key->shown, cause.text);
}

static bool compile_network(const struct compiler *compiler, struct text text,
                            struct condition_operand *operand) {
  char shown[64];
  operand->kind = OPERAND_NETWORK;
  operand->text = arena_copy(compiler->arena, text);
  return ip_network_parse(text, &operand->of.network) ||
         condition_key_wrong(compiler->key, "'%s' is not a network (such as 10.0.0.0/8)",
                             text_printable(text, shown, sizeof shown));
}

static bool compile_table(const struct compiler *compiler, struct text name,
                          struct condition_operand *operand) {
  if (name.size == 0)
    return condition_key_wrong(compiler->key, "no lookup table as the value");
  operand->kind = OPERAND_TABLE;
  operand->text = arena_copy(compiler->arena, name);
  return true;
}

static bool compile_reference(const struct compiler *compiler, struct text path,
                              struct condition_operand *operand) {
  if (path.size == 0)
    return condition_key_wrong(compiler->key, "no field name as the value");
  operand->kind = OPERAND_FIELD;
  operand->text = arena_copy(compiler->arena, path);
  operand->of.field = field_table_intern(compiler->fields, path);
  return true;
}

static bool compile_operand(const struct compiler *compiler, const struct condition_value *value,
                            struct condition_operand *operand) {
  const struct condition_key *key = compiler->key;
  switch (value->type) {
  case VALUE_NULL:
    operand->kind = OPERAND_NULL;
    return true;
  case VALUE_BOOL:
    operand->kind = OPERAND_BOOL;
    operand->boolean = value->boolean;
    operand->text = value->boolean ? TEXT("true") : TEXT("false");
    operand->range = range_of(key->cased, operand->text);
    return true;
  case VALUE_INT:
  case VALUE_REAL:
    compile_number(compiler, value, operand);
    return true;
  case VALUE_TEXT:
    break;
  }
  if (key->comparison == COMPARE_REGEX)
    return compile_regex(compiler, value->text, operand);
  if (key->comparison == COMPARE_CIDR)
    return compile_network(compiler, value->text, operand);
  if (key->comparison == COMPARE_LOOKUP)
    return compile_table(compiler, value->text, operand);
  if (key->reference)
    return compile_reference(compiler, value->text, operand);
  compile_text(compiler, value->text, operand);
  return true;
}

static struct condition *new_field_test(const struct compiler *compiler, struct text key_text) {
  const struct condition_key *key = compiler->key;
  struct condition *condition = arena_alloc(compiler->arena, sizeof *condition);
  *condition = (struct condition){.kind = CONDITION_FIELD,
                                  .key = arena_copy(compiler->arena, key_text),
                                  .field = field_table_intern(compiler->fields, key->path),
                                  .comparison = key->comparison,
                                  .part = key->part,
                                  .every = key->every,
                                  .cased = key->cased,
                                  .any_field = key->path.size == 0,
                                  .differs = key->differs,
                                  .own = condition_is_own(key->path),
                                  .shared = CONDITION_ALONE};
  return condition;
}

/* Makes an operand of every value, all of one test. */
static bool compile_values(const struct compiler *compiler, const struct condition_value *values,
                           size_t count, struct condition *condition) {
  struct condition_operand *operands = arena_alloc(compiler->arena, count * sizeof *operands);
  condition->operands = operands;
  for (size_t i = 0; i < count; i++) {
    if (!compile_operand(compiler, &values[i], &operands[i]))
      return false;
    if (values[i].type == VALUE_TEXT)
      operands[i].given = text_equal(operands[i].text, values[i].text)
                              ? operands[i].text
                              : arena_copy(compiler->arena, values[i].text);
    condition->value_count = i + 1;
  }
  return true;
}

/* From so many values on, going through an index costs less than asking for each. */
#define VALUES_WORTH_INDEX 16

/* Prepares a test for whether a text contains one of very many. */
static void index_values(const struct compiler *compiler, struct condition *condition) {
  size_t count = condition->value_count;
  if (condition->comparison != COMPARE_CONTAINS || condition->every || condition->any_field ||
      condition->differs || count < VALUES_WORTH_INDEX)
    return;
  struct grams *grams = memory_alloc_array(count, sizeof *grams);
  for (size_t i = 0; i < count; i++)
    grams[i] = condition->operands[i].kind == OPERAND_TEXT ? condition->operands[i].of.grams
                                                           : (struct grams){.none = true};
  condition->grams = gram_index_new(compiler->arena, grams, count);
  free(grams);
}

/* Longer lists are rarely the same, and their texts would be kept. */
#define SHARED_VALUES_MAX 8
#define SHARED_BYTES_MAX 400

/* Gives a test the number of those that have its key and its values. */
static void share(const struct compiler *compiler, const struct condition_value *values,
                  size_t count, struct condition *condition) {
  struct buffer bytes = BUFFER_NONE;
  buffer_append_string(&bytes, "where ");
  buffer_append_text(&bytes, condition->key);
  for (size_t i = 0; i < count && count <= SHARED_VALUES_MAX; i++) {
    const struct condition_value *value = &values[i];
    uint64_t number = value->type == VALUE_INT    ? (uint64_t)value->integer
                      : value->type == VALUE_BOOL ? value->boolean
                                                  : 0;
    if (value->type == VALUE_REAL)
      memcpy(&number, &value->real, sizeof number);
    const uint64_t head[] = {(uint64_t)value->type, number, value->text.size};
    buffer_append_char(&bytes, '\0');
    buffer_append(&bytes, head, sizeof head);
    buffer_append_text(&bytes, value->text);
  }
  if (count <= SHARED_VALUES_MAX && bytes.size <= SHARED_BYTES_MAX)
    condition->shared = field_table_share(compiler->fields, buffer_text(&bytes));
  buffer_free(&bytes);
}

/* A test for one encoded value, of which any form may be there. */
static const struct condition *compile_encoded(const struct compiler *compiler, struct text key,
                                               const struct condition_value *value) {
  struct text *texts;
  bool plain;
  size_t count = condition_encode(compiler->arena, compiler->key, value->text, &texts, &plain);
  if (count == 0)
    return NULL;
  struct condition *condition = new_field_test(compiler, key);
  struct condition_operand *operands = arena_alloc(compiler->arena, count * sizeof *operands);
  for (size_t i = 0; i < count; i++)
    if (plain)
      compile_plain(compiler, texts[i], &operands[i]);
    else
      compile_text(compiler, texts[i], &operands[i]);
  condition->every = false;
  condition->operands = operands;
  condition->value_count = count;
  index_values(compiler, condition);
  return condition;
}

/* Texts that the values of one key may stand for: 4 dashes in one value make 625. */
#define FORMS_MAX 20000

/* The forms of all values in one test where any may fit; else an AND of a test for each. */
static const struct condition *compile_all_encoded(const struct compiler *compiler, struct text key,
                                                   const struct condition_value *values,
                                                   size_t count) {
  const struct condition **tests = arena_alloc(compiler->arena, count * sizeof(struct condition *));
  size_t forms = 0;
  for (size_t i = 0; i < count; i++) {
    if (!(tests[i] = compile_encoded(compiler, key, &values[i])))
      return NULL;
    forms += tests[i]->value_count;
    if (forms > FORMS_MAX) {
      condition_key_wrong(compiler->key, "values that stand for more than %d texts", FORMS_MAX);
      return NULL;
    }
  }
  if (count == 1)
    return tests[0];
  if (compiler->key->every)
    return condition_all(compiler->arena, tests, count);
  struct condition *condition = new_field_test(compiler, key);
  struct condition_operand *operands = arena_alloc(compiler->arena, forms * sizeof *operands);
  for (size_t i = 0; i < count; i++) {
    memcpy(operands + condition->value_count, tests[i]->operands,
           tests[i]->value_count * sizeof *operands);
    condition->value_count += tests[i]->value_count;
  }
  condition->operands = operands;
  index_values(compiler, condition);
  return condition;
}

/* Where only texts are taken, a number or a boolean is the text that stands in the file. */
static struct condition_value *take_as_written(struct arena *arena, const struct condition_key *key,
                                               const struct condition_value *values, size_t count) {
  unsigned takes = condition_key_takes(key);
  struct condition_value *taken = arena_alloc(arena, count * sizeof *taken);
  for (size_t i = 0; i < count; i++) {
    taken[i] = values[i];
    if (!(takes & 1u << values[i].type) && takes & 1u << VALUE_TEXT && values[i].text.size)
      taken[i].type = VALUE_TEXT;
  }
  return taken;
}

const struct condition *condition_field_called(struct arena *arena, struct field_table *fields,
                                               const char *noun, struct text key,
                                               const struct condition_value *values, size_t count,
                                               struct error *error) {
  struct condition_key parts = {.noun = noun, .error = error};
  const struct compiler compiler = {arena, fields, &parts};
  if (!condition_key_read(&parts, key))
    return NULL;
  if (count == 0) {
    condition_key_wrong(&parts, "no value");
    return NULL;
  }
  if (count > 1 && !condition_key_takes_list(&parts)) {
    condition_key_wrong(&parts, "'%s' takes one value, not a list,",
                        comparison_name(parts.comparison));
    return NULL;
  }
  const struct condition_value *taken = take_as_written(arena, &parts, values, count);
  for (size_t i = 0; i < count; i++)
    if (!check_value(&parts, &taken[i]))
      return NULL;
  if (parts.encoding_count)
    return compile_all_encoded(&compiler, key, taken, count);
  struct condition *condition = new_field_test(&compiler, key);
  if (compile_values(&compiler, taken, count, condition)) {
    index_values(&compiler, condition);
    share(&compiler, taken, count, condition);
    return condition;
  }
  condition_release(condition);
  return NULL;
}

const struct condition *condition_field(struct arena *arena, struct field_table *fields,
                                        struct text key, const struct condition_value *values,
                                        size_t count, struct error *error) {
  return condition_field_called(arena, fields, "where key", key, values, count, error);
}

static unsigned operand_cost(const struct condition *condition,
                             const struct condition_operand *operand) {
  unsigned cost = costs[condition->comparison];
  if (operand->kind == OPERAND_WILDCARD)
    cost = COST_WILDCARD;
  if (operand->kind == OPERAND_FIELD)
    cost = COST_FIELD;
  if (condition->part)
    cost = COST_TIME;
  return condition->any_field ? cost * FIELDS_OF_AN_EVENT : cost;
}

/* How dear an evaluation is, in rough units; equality of one value is 1. The children of an AND
 * or OR are evaluated from cheap to dear. */
static unsigned condition_cost(const struct condition *condition) {
  unsigned cost = 0;
  if (condition->kind == CONDITION_FIELD) {
    for (size_t i = 0; i < condition->value_count; i++)
      cost += operand_cost(condition, &condition->operands[i]);
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
