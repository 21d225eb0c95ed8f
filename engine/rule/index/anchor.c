#include "rule/index/anchor.h"

#include "rule/condition/condition_operand.h"
#include "rule/index/literal_set.h"
#include "rule/index/regex_literal.h"

/* A condition whose ORs multiply to more branches than this is looked at more coarsely. */
#define PRODUCT_MAX 16u
#define BRANCHES_MAX 1024u

/* ---- keys ---- */

/* Multiply and fold: odd constants without a pattern in their bits (here of pi's fraction). */
static inline uint64_t mix(uint64_t a, uint64_t b) {
  a = (a ^ b) * UINT64_C(0x243f6a8885a308d3);
  return a ^ a >> 29;
}

static inline uint64_t load_eight(const char *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value | UINT64_C(0x2020202020202020);
}

static inline uint32_t load_four(const char *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value | UINT32_C(0x20202020);
}

/* *all gets the bits that any byte has. */
static inline uint64_t text_key(struct text text, uint64_t *all) {
  const char *data = text.data;
  size_t size = text.size;
  uint64_t key = size * UINT64_C(0x13198a2e03707345), last = 0, before = 0;
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8) {
      uint64_t eight = load_eight(data + i);
      before |= eight;
      key = mix(key, eight);
    }
    last = load_eight(data + size - 8); /* overlaps the ones before */
    key = mix(key, last);
  } else if (size >= 4) {
    last = (uint64_t)load_four(data) << 32 | load_four(data + size - 4);
    key = mix(key, last);
  } else {
    for (size_t i = 0; i < size; i++) {
      last = (unsigned char)data[i] | 0x20;
      before |= last;
      key = mix(key, last);
    }
  }
  *all = before | last;
  key = mix(key, size);
  return key > ANCHOR_BEYOND ? key : 2;
}

uint64_t anchor_text_key(struct text text) {
  uint64_t all, key = text_key(text, &all);
  return __builtin_expect((all & UINT64_C(0x8080808080808080)) != 0, 0) ? ANCHOR_BEYOND : key;
}

uint64_t anchor_folded_key(struct text folded) {
  uint64_t all;
  return text_key(folded, &all);
}

uint64_t anchor_number_key(double number) {
  uint64_t bits;
  number += 0.0; /* -0 becomes 0 */
  memcpy(&bits, &number, sizeof bits);
  bits = mix(mix(UINT64_C(0xa4093822299f31d0), bits), bits >> 32);
  return bits ? bits : 1;
}

/* ---- one field test ---- */

/* Once more for what is folded already: values of a `cased` test are not. */
static struct text fold(struct arena *arena, struct text text) {
  char *bytes = arena_alloc(arena, fold_size_max(text.size));
  return (struct text){bytes, fold_write(text, bytes)};
}

static bool starts_number(struct text text) {
  return text.size && (text.data[0] == '-' || (text.data[0] >= '0' && text.data[0] <= '9'));
}

static double as_double(const struct condition_number *number) {
  switch (number->type) {
  case NUMBER_INT:
    return (double)number->value.integer;
  case NUMBER_UINT:
    return (double)number->value.unsigned_integer;
  default:
    return number->value.real;
  }
}

/* The keys of a list of values; false when a value has none (null, wildcards). */
static bool add_keys(struct arena *arena, const struct condition_operand *operands, size_t count,
                     struct anchor_test *test) {
  uint64_t *keys = arena_alloc(arena, 2 * count * sizeof *keys);
  test->keys = keys;
  for (size_t i = 0; i < count; i++) {
    const struct condition_operand *operand = &operands[i];
    switch (operand->kind) {
    case OPERAND_NUMBER:
      keys[test->key_count++] = anchor_number_key(as_double(&operand->of.number));
      break;
    case OPERAND_TEXT:
      test->spelled = test->spelled || starts_number(operand->text);
      break;
    case OPERAND_BOOL:
      break;
    default:
      return false;
    }
    keys[test->key_count++] = anchor_folded_key(fold(arena, operand->text));
  }
  return true;
}

/* What a value must contain: a text of each choice. */
struct choices {
  struct literal_choice *items;
  size_t count;
};

static void add_choice(struct arena *arena, struct choices *choices, struct text text) {
  struct text *folded = arena_alloc(arena, sizeof *folded);
  *folded = fold(arena, text);
  if (folded->size >= LITERAL_SIZE_MIN)
    choices->items[choices->count++] = (struct literal_choice){folded, 1};
}

static struct choices wildcard_choices(struct arena *arena, const struct wildcard *wildcard) {
  size_t pieces = 0;
  for (size_t i = 0; i < wildcard->count; i++)
    pieces += wildcard->segments[i].count;
  struct choices choices = {arena_alloc(arena, (pieces + 1) * sizeof *choices.items), 0};
  for (size_t i = 0; i < wildcard->count; i++)
    for (size_t k = 0; k < wildcard->segments[i].count; k++)
      add_choice(arena, &choices, wildcard->segments[i].pieces[k].literal);
  return choices;
}

static struct choices choices_of(struct arena *arena, const struct condition_operand *operand) {
  struct choices choices = {NULL, 0};
  switch (operand->kind) {
  case OPERAND_TEXT:
    choices.items = arena_alloc(arena, sizeof *choices.items);
    add_choice(arena, &choices, operand->text);
    break;
  case OPERAND_WILDCARD:
    return wildcard_choices(arena, operand->of.wildcard);
  case OPERAND_REGEX:
    choices.count = regex_literals(arena, operand->text, LITERAL_SIZE_MIN, &choices.items);
    break;
  default:
    break;
  }
  return choices;
}

/* The best choice of each of a list of values; false when one has none. */
static bool add_literals(struct arena *arena, const struct condition_operand *operands,
                         size_t count, struct anchor_test *test) {
  const struct literal_choice **best = arena_alloc(arena, (count + 1) * sizeof *best);
  size_t literal_count = 0;
  for (size_t i = 0; i < count; i++) {
    struct choices choices = choices_of(arena, &operands[i]);
    best[i] = literal_choice_best(choices.items, choices.count);
    if (!best[i])
      return false;
    literal_count += best[i]->count;
  }
  struct text *literals = arena_alloc(arena, (literal_count + 1) * sizeof *literals);
  test->literals = literals;
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < best[i]->count; k++)
      literals[test->literal_count++] = best[i]->items[k];
  return true;
}

/* Any of a list of values fits. */
static bool read_values(struct arena *arena, const struct condition *condition,
                        const struct condition_operand *operands, size_t count,
                        struct anchor_test *test) {
  struct anchor_test read = {.field = condition->field, .anywhere = condition->any_field};
  switch (condition->comparison) {
  case COMPARE_EQUAL:
    if (!add_keys(arena, operands, count, &read)) {
      read = (struct anchor_test){.field = condition->field};
      if (!add_literals(arena, operands, count, &read))
        return false;
    }
    break;
  case COMPARE_CONTAINS:
  case COMPARE_STARTS:
  case COMPARE_ENDS:
  case COMPARE_REGEX:
    if (!add_literals(arena, operands, count, &read))
      return false;
    break;
  default:
    return false;
  }
  *test = read;
  return true;
}

/* One value must fit: a test for its key, or one for each choice of texts. */
static struct anchor_branch read_value(struct arena *arena, const struct condition *condition,
                                       const struct condition_operand *operand) {
  struct anchor_test *test = arena_alloc(arena, sizeof *test);
  if (!read_values(arena, condition, operand, 1, test))
    return (struct anchor_branch){NULL, 0};
  if (test->key_count)
    return (struct anchor_branch){test, 1};
  struct choices choices = choices_of(arena, operand);
  test = arena_alloc(arena, choices.count * sizeof *test);
  for (size_t i = 0; i < choices.count; i++)
    test[i] = (struct anchor_test){.field = condition->field,
                                   .literals = choices.items[i].items,
                                   .literal_count = choices.items[i].count,
                                   .anywhere = condition->any_field};
  return (struct anchor_branch){test, choices.count};
}

static struct anchor_branch join(struct arena *arena, const struct anchor_branch *a,
                                 const struct anchor_branch *b) {
  struct anchor_test *tests = arena_alloc(arena, (a->count + b->count + 1) * sizeof *tests);
  if (a->count)
    memcpy(tests, a->tests, a->count * sizeof *tests);
  if (b->count)
    memcpy(tests + a->count, b->tests, b->count * sizeof *tests);
  return (struct anchor_branch){tests, a->count + b->count};
}

static struct anchor_branch read_field(struct arena *arena, const struct condition *condition) {
  struct anchor_branch all = {NULL, 0};
  if (condition->differs || condition->part || condition->own)
    return all;
  if (condition->every || condition->value_count == 1) {
    for (size_t i = 0; i < condition->value_count; i++) {
      struct anchor_branch value = read_value(arena, condition, &condition->operands[i]);
      all = join(arena, &all, &value);
    }
    return all;
  }
  struct anchor_test *test = arena_alloc(arena, sizeof *test);
  if (read_values(arena, condition, condition->operands, condition->value_count, test))
    all = (struct anchor_branch){test, 1};
  return all;
}

/* ---- trees ---- */

static struct anchor_branches single(struct arena *arena, struct anchor_branch branch) {
  struct anchor_branch *items = arena_alloc(arena, sizeof *items);
  *items = branch;
  return (struct anchor_branches){items, 1};
}

static struct anchor_branches multiply(struct arena *arena, struct anchor_branches a,
                                       struct anchor_branches b) {
  struct anchor_branch *items = arena_alloc(arena, a.count * b.count * sizeof *items);
  for (size_t i = 0; i < a.count; i++)
    for (size_t k = 0; k < b.count; k++)
      items[i * b.count + k] = join(arena, &a.items[i], &b.items[k]);
  return (struct anchor_branches){items, a.count * b.count};
}

/* A child left out makes the result coarser, not wrong. */
static struct anchor_branches read_all(struct arena *arena, const struct condition *condition) {
  struct anchor_branches all = single(arena, (struct anchor_branch){NULL, 0});
  for (size_t i = 0; i < condition->child_count; i++) {
    struct anchor_branches child = anchor_branches_of(arena, condition->children[i]);
    if (all.count * child.count <= PRODUCT_MAX || all.count == 1)
      all = multiply(arena, all, child);
  }
  return all;
}

static struct anchor_branches read_any(struct arena *arena, const struct condition *condition) {
  const struct anchor_branch open = {NULL, 0};
  struct anchor_branches *children =
      arena_alloc(arena, (condition->child_count + 1) * sizeof *children);
  size_t count = 0, done = 0;
  for (size_t i = 0; i < condition->child_count && count <= BRANCHES_MAX; i++) {
    children[i] = anchor_branches_of(arena, condition->children[i]);
    count += children[i].count;
  }
  if (count > BRANCHES_MAX)
    return single(arena, open);
  struct anchor_branch *items = arena_alloc(arena, (count + 1) * sizeof *items);
  for (size_t i = 0; i < condition->child_count; i++)
    for (size_t k = 0; k < children[i].count; k++) {
      if (children[i].items[k].count == 0)
        return single(arena, open);
      items[done++] = children[i].items[k];
    }
  return (struct anchor_branches){items, done};
}

struct anchor_branches anchor_branches_of(struct arena *arena, const struct condition *condition) {
  switch (condition->kind) {
  case CONDITION_FIELD:
    return single(arena, read_field(arena, condition));
  case CONDITION_ALL:
    return read_all(arena, condition);
  case CONDITION_ANY:
    return read_any(arena, condition);
  case CONDITION_NOT:
    break;
  }
  return single(arena, (struct anchor_branch){NULL, 0});
}
