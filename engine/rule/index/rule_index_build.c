/*
 * Building the tree of a log type's rules, by an example. Seven rules, by their `where`:
 *
 *   A  action = "Delete"
 *   B  action = "Delete", category = "User"
 *   C  action = { "Add", "Update" }, category = "Role"
 *   D  action = "Update", detail|contains = "passcode"
 *   E  action = "Update", detail|contains = "waiting room"
 *   F  action = "Update", detail|contains = "watermark"
 *   G  nothing
 *
 * The root asks for `action`, of which six rules want a value; only two want one of `category`.
 * A value leads to the rules that want it, so C stands in two places. Rules that do not ask for
 * `action` come after the node:
 *
 *   action ─┬─ "Add" ────▶ category ── "Role" ─▶ C
 *           ├─ "Delete" ─▶ category ─┬ "User" ─▶ B
 *           │                        └ next ───▶ A
 *           ├─ "Update" ─▶ category ─┬ "Role" ─▶ C
 *           │                        └ next ───▶ detail: "passcode" D, "waiting room" E, …
 *           └─ next ─────▶ G
 *
 * Even for one rule it pays to ask for a field: to start a condition costs more than a look-up.
 * Three rules wait for a literal in `detail`; one pass over the text finds all that are there. So
 * an event with the action "Update", the category "Account" and the detail "Passcode: from On to
 * Off" has the candidates D and G. Whether D matches it is for D's whole condition to decide.
 */
#include "base/memory.h"
#include "rule/index/anchor.h"
#include "rule/index/rule_index_internal.h"

#include <stdlib.h>

/* So many rules with a literal that is long and that hardly another rule has are distinguished by
 * it at once, whatever else they ask for: one pass over a text costs less than to go down a tree,
 * and then to look for a part of the literals anyway. */
#define RULES_BY_LITERAL_MIN 256
#define LITERAL_LONG 20
#define LITERAL_SHARED_MAX 4
/* A rule with lists of values stands in the tree once for each combination of them. */
#define COPIES_MAX 64u
#define LIST_MAX 65536u /* of the first list, which nothing multiplies */

/* A branch of a rule's condition on its way down the tree. */
struct entry {
  const struct rule *rule;
  const struct anchor_branch *branch;
  uint64_t asked; /* bit i: test i needs no more asking (tests beyond 64 are not looked at) */
  size_t copies;  /* of this branch in the tree */
};

struct entries {
  struct entry *items;
  size_t count;
};

struct builder {
  struct rule_index *index;
  struct arena work; /* until the tree stands */
  enum literal_engine engine;
};

static struct entries entries_new(size_t count) {
  return (struct entries){memory_alloc_array(count + 1, sizeof(struct entry)), 0};
}

static size_t tests_of(const struct entry *entry) {
  return entry->branch->count < 64 ? entry->branch->count : 64;
}

/* ---- which field to ask for ---- */

/* That an entry wants a key of a field. */
struct wish {
  unsigned field;
  uint64_t key;
  size_t entry, test;
  double share; /* of the entry: the wishes of a list make one */
};

static bool may_ask(const struct entry *entry, size_t test) {
  size_t keys = entry->branch->tests[test].key_count;
  if (keys == 0 || entry->asked >> test & 1)
    return false;
  return keys == 1 || (entry->copies == 1 && keys <= LIST_MAX) ||
         keys * entry->copies <= COPIES_MAX;
}

/* Whether an earlier test of the entry asks for the same field. */
static bool is_second(const struct entry *entry, size_t test) {
  for (size_t i = 0; i < test; i++)
    if (may_ask(entry, i) && entry->branch->tests[i].field == entry->branch->tests[test].field)
      return true;
  return false;
}

static int compare_wishes(const void *left, const void *right) {
  const struct wish *a = left, *b = right;
  if (a->field != b->field)
    return a->field < b->field ? -1 : 1;
  if (a->key != b->key)
    return a->key < b->key ? -1 : 1;
  return a->entry < b->entry ? -1 : a->entry > b->entry;
}

struct wishes {
  struct wish *items;
  size_t count, capacity;
};

static struct wishes collect_wishes(const struct entries *entries) {
  struct wishes wishes = {NULL, 0, 0};
  for (size_t i = 0; i < entries->count; i++)
    for (size_t t = 0; t < tests_of(&entries->items[i]); t++) {
      const struct anchor_test *test = &entries->items[i].branch->tests[t];
      if (!may_ask(&entries->items[i], t) || is_second(&entries->items[i], t))
        continue;
      wishes.items = memory_reserve(wishes.items, &wishes.capacity, wishes.count + test->key_count,
                                    sizeof *wishes.items);
      for (size_t k = 0; k < test->key_count; k++)
        wishes.items[wishes.count++] =
            (struct wish){test->field, test->keys[k], i, t, 1.0 / (double)test->key_count};
    }
  if (wishes.count)
    qsort(wishes.items, wishes.count, sizeof *wishes.items, compare_wishes);
  return wishes;
}

/* The wishes of one field. */
struct group {
  const struct wish *wishes;
  size_t count, keys;
  double rules;
};

/* How many rules an event is spared by asking: those that ask, less what is left of them when one
 * of the values comes. */
static double worth(const struct group *group) {
  double squares = 0;
  for (size_t i = 0; i < group->count;) {
    size_t end = i;
    while (end < group->count && group->wishes[end].key == group->wishes[i].key)
      end++;
    squares += (double)(end - i) * (double)(end - i);
    i = end;
  }
  return group->rules - squares / (double)group->count / 2;
}

static size_t count_keys(const struct group *group) {
  size_t keys = 0;
  for (size_t i = 0; i < group->count; i++)
    keys += i == 0 || group->wishes[i].key != group->wishes[i - 1].key;
  return keys;
}

/* The field that is worth most; count 0: nobody asks for one. */
static struct group choose_field(const struct wishes *wishes) {
  struct group best = {NULL, 0, 0, 0};
  double best_worth = 0;
  for (size_t i = 0; i < wishes->count;) {
    struct group group = {&wishes->items[i], 0, 0, 0};
    while (i < wishes->count && wishes->items[i].field == group.wishes->field) {
      group.count++;
      group.rules += wishes->items[i++].share;
    }
    double group_worth = worth(&group);
    if (best.count == 0 || group_worth > best_worth) {
      best = group;
      best_worth = group_worth;
    }
  }
  best.keys = count_keys(&best);
  return best;
}

/* ---- lists of rules ---- */

struct rule_pointers {
  const struct rule **items;
  size_t count, capacity;
};

/* Rules come in order; one that comes again is the last. */
static void append_rule(struct rule_pointers *rules, const struct rule *rule) {
  if (rules->count && rules->items[rules->count - 1] == rule)
    return;
  rules->items =
      memory_reserve(rules->items, &rules->capacity, rules->count + 1, sizeof(struct rule *));
  rules->items[rules->count++] = rule;
}

static struct rule_list keep_rules(struct builder *builder, struct rule_pointers *rules) {
  const struct rule **items =
      arena_alloc(&builder->index->arena, (rules->count + 1) * sizeof(struct rule *));
  if (rules->count)
    memcpy(items, rules->items, rules->count * sizeof(struct rule *));
  struct rule_list list = {items, rules->count};
  free(rules->items);
  return list;
}

/* ---- literals ---- */

/* That an entry waits for a literal. */
struct need {
  struct text literal;
  size_t entry;
};

struct needs {
  struct need *items;
  size_t count, capacity;
  bool anywhere; /* the field is any field */
};

static int compare_needs(const void *left, const void *right) {
  const struct need *a = left, *b = right;
  size_t size = a->literal.size < b->literal.size ? a->literal.size : b->literal.size;
  int order = memcmp(a->literal.data, b->literal.data, size);
  if (order)
    return order;
  if (a->literal.size != b->literal.size)
    return a->literal.size < b->literal.size ? -1 : 1;
  return a->entry < b->entry ? -1 : a->entry > b->entry;
}

/* How many tests have a literal. */
static size_t *count_of(const struct map *counts, struct text literal) {
  return map_get(counts, literal);
}

static void count_literals(struct builder *builder, const struct entries *entries, unsigned field,
                           struct map *counts) {
  for (size_t i = 0; i < entries->count; i++)
    for (size_t t = 0; t < tests_of(&entries->items[i]); t++) {
      const struct anchor_test *test = &entries->items[i].branch->tests[t];
      for (size_t k = 0; test->field == field && k < test->literal_count; k++) {
        size_t *count = count_of(counts, test->literals[k]);
        if (!count) {
          count = arena_alloc(&builder->work, sizeof *count);
          map_put(counts, test->literals[k], count);
        }
        ++*count;
      }
    }
}

/* Which entries may wait for a literal. */
struct wanted {
  size_t entries_min; /* else it is not worth it */
  size_t size_min;    /* of each of the literals */
  size_t shared_max;  /* by so many tests */
};

/* The entry's test over the field whose literals the fewest others share; of those the longest.
 * NULL when it is not as wanted. */
static const struct anchor_test *rarest_test(const struct entry *entry, unsigned field,
                                             const struct map *counts,
                                             const struct wanted *wanted) {
  const struct anchor_test *best = NULL;
  size_t best_count = 0, best_size = 0;
  for (size_t t = 0; t < tests_of(entry); t++) {
    const struct anchor_test *test = &entry->branch->tests[t];
    if (test->field != field || test->literal_count == 0)
      continue;
    size_t most = 0, shortest = SIZE_MAX;
    for (size_t k = 0; k < test->literal_count; k++) {
      size_t count = *count_of(counts, test->literals[k]);
      most = count > most ? count : most;
      shortest = test->literals[k].size < shortest ? test->literals[k].size : shortest;
    }
    if (!best || most < best_count || (most == best_count && shortest > best_size)) {
      best = test;
      best_count = most;
      best_size = shortest;
    }
  }
  return best_count <= wanted->shared_max && best_size >= wanted->size_min ? best : NULL;
}

/* The field over which most entries have literals; false when too few have. */
static bool choose_literal_field(const struct entries *entries, size_t fields, size_t at_least,
                                 unsigned *field) {
  size_t *counts = memory_alloc_array(fields + 1, sizeof *counts), most = 0;
  for (size_t i = 0; i < entries->count; i++)
    for (size_t t = 0; t < tests_of(&entries->items[i]); t++) {
      const struct anchor_test *test = &entries->items[i].branch->tests[t];
      if (test->literal_count && ++counts[test->field] > most) {
        most = counts[test->field];
        *field = test->field;
      }
    }
  free(counts);
  return most >= at_least;
}

static struct index_literals *build_set(struct builder *builder, const struct entries *entries,
                                        struct needs *needs, unsigned field) {
  struct rule_index *index = builder->index;
  struct index_literals *literals = arena_alloc(&index->arena, sizeof *literals);
  struct text *texts = memory_alloc_array(needs->count, sizeof *texts);
  struct rule_list *rules = arena_alloc(&index->arena, needs->count * sizeof *rules);
  size_t count = 0;
  if (needs->count)
    qsort(needs->items, needs->count, sizeof *needs->items, compare_needs);
  for (size_t i = 0; i < needs->count;) {
    struct rule_pointers waiting = {NULL, 0, 0};
    struct text literal = needs->items[i].literal;
    for (; i < needs->count && text_equal(needs->items[i].literal, literal); i++)
      append_rule(&waiting, entries->items[needs->items[i].entry].rule);
    rules[count] = keep_rules(builder, &waiting);
    texts[count++] = literal;
  }
  *literals = (struct index_literals){.field = field,
                                      .anywhere = needs->anywhere,
                                      .set = literal_set_new(texts, count, builder->engine),
                                      .rules = rules,
                                      .count = count};
  free(texts);
  index->literals = memory_reserve(index->literals, &index->literals_capacity,
                                   index->literals_count + 1, sizeof(struct index_literals *));
  index->literals[index->literals_count++] = literals;
  index->size.literal_sets++;
  index->size.literals += count;
  return literals;
}

/* Takes the entries that can wait for a literal over one field out of the list. NULL when they are
 * too few. */
static struct index_literals *take_literals(struct builder *builder, struct entries *entries,
                                            size_t fields, const struct wanted *wanted) {
  unsigned field = 0;
  if (!choose_literal_field(entries, fields, wanted->entries_min, &field))
    return NULL;
  struct map counts = MAP_NONE;
  struct needs needs = {NULL, 0, 0, false};
  struct entries rest = entries_new(entries->count);
  count_literals(builder, entries, field, &counts);
  for (size_t i = 0; i < entries->count; i++) {
    const struct anchor_test *test = rarest_test(&entries->items[i], field, &counts, wanted);
    if (!test) {
      rest.items[rest.count++] = entries->items[i];
      continue;
    }
    needs.items = memory_reserve(needs.items, &needs.capacity, needs.count + test->literal_count,
                                 sizeof *needs.items);
    needs.anywhere = test->anywhere;
    for (size_t k = 0; k < test->literal_count; k++)
      needs.items[needs.count++] = (struct need){test->literals[k], i};
  }
  struct index_literals *literals = NULL;
  if (needs.count && entries->count - rest.count >= wanted->entries_min) {
    literals = build_set(builder, entries, &needs, field);
    free(entries->items);
    *entries = rest;
  } else {
    free(rest.items);
  }
  map_clear(&counts, NULL);
  free(needs.items);
  return literals;
}

static size_t field_limit(const struct entries *entries) {
  size_t limit = 0;
  for (size_t i = 0; i < entries->count; i++) {
    const struct anchor_test *tests = entries->items[i].branch->tests;
    for (size_t t = 0; tests && t < tests_of(&entries->items[i]); t++)
      if (tests[t].field >= limit)
        limit = tests[t].field + 1;
  }
  return limit;
}

/* Literals over one field after another, until too few entries are as wanted. */
static void take_all_literals(struct builder *builder, struct entries *entries,
                              struct index_node *node, const struct wanted *wanted) {
  struct index_literals *literals;
  size_t fields = entries->count >= wanted->entries_min ? field_limit(entries) : 0;
  while (entries->count >= wanted->entries_min &&
         (literals = take_literals(builder, entries, fields, wanted)) != NULL) {
    literals->next = node->literals;
    node->literals = literals;
  }
}

/* ---- nodes ---- */

static const struct index_node *build(struct builder *builder, struct entries *entries);

/* A node at which no field is asked for: its rules wait for literals, or are candidates. */
static void build_leaf(struct builder *builder, struct entries *entries, struct index_node *node) {
  static const struct wanted any = {1, LITERAL_SIZE_MIN, SIZE_MAX};
  take_all_literals(builder, entries, node, &any);
  struct rule_pointers rules = {NULL, 0, 0};
  for (size_t i = 0; i < entries->count; i++)
    append_rule(&rules, entries->items[i].rule);
  node->rules = keep_rules(builder, &rules);
}

static void put_slot(struct index_node *node, struct index_slot *slots, uint64_t key,
                     const struct index_node *child) {
  size_t at = key & node->slot_mask;
  while (slots[at].key)
    at = (at + 1) & node->slot_mask;
  slots[at] = (struct index_slot){key, child};
}

static struct entry one_step_down(const struct entry *entry, size_t test) {
  struct entry below = *entry;
  below.asked |= UINT64_C(1) << test;
  below.copies *= entry->branch->tests[test].key_count;
  return below;
}

/* The rules that want a value go below it; the others follow after the node. */
static void build_switch(struct builder *builder, struct entries *entries,
                         const struct group *group, struct index_node *node) {
  size_t slots_count = 4;
  while (slots_count < 2 * group->keys)
    slots_count *= 2;
  struct index_slot *slots = arena_alloc(&builder->index->arena, slots_count * sizeof *slots);
  bool *below = memory_alloc_array(entries->count, sizeof *below);
  node->field = group->wishes->field;
  node->slots = slots;
  node->slot_mask = slots_count - 1;
  builder->index->size.keys += group->keys;
  for (size_t i = 0; i < group->count;) {
    uint64_t key = group->wishes[i].key;
    size_t end = i;
    while (end < group->count && group->wishes[end].key == key)
      end++;
    struct entries same = entries_new(end - i);
    for (; i < end; i++) {
      const struct wish *wish = &group->wishes[i];
      const struct entry *entry = &entries->items[wish->entry];
      below[wish->entry] = true;
      node->spelled = node->spelled || entry->branch->tests[wish->test].spelled;
      same.items[same.count++] = one_step_down(entry, wish->test);
    }
    put_slot(node, slots, key, build(builder, &same));
  }
  struct entries rest = entries_new(entries->count);
  for (size_t i = 0; i < entries->count; i++)
    if (!below[i])
      rest.items[rest.count++] = entries->items[i];
  free(below);
  if (rest.count)
    node->next = build(builder, &rest);
  else
    free(rest.items);
}

/* Releases the entries. */
static const struct index_node *build(struct builder *builder, struct entries *entries) {
  struct index_node *node = arena_alloc(&builder->index->arena, sizeof *node);
  static const struct wanted rare = {RULES_BY_LITERAL_MIN, LITERAL_LONG, LITERAL_SHARED_MAX};
  node->number = builder->index->size.nodes++;
  take_all_literals(builder, entries, node, &rare);
  struct wishes wishes = collect_wishes(entries);
  struct group group = choose_field(&wishes);
  if (group.count)
    build_switch(builder, entries, &group, node);
  else
    build_leaf(builder, entries, node);
  free(wishes.items);
  free(entries->items);
  entries->items = NULL;
  return node;
}

const struct index_node *rule_index_build(struct rule_index *index, const struct rule *const *rules,
                                          size_t count, enum literal_engine engine) {
  static const struct anchor_branch open = {NULL, 0};
  struct builder builder = {index, ARENA_NONE, engine};
  struct anchor_branches *branches = memory_alloc_array(count + 1, sizeof *branches);
  size_t entry_count = 0;
  for (size_t i = 0; i < count; i++) {
    branches[i] = (struct anchor_branches){&open, 1};
    if (rules[i]->where)
      branches[i] = anchor_branches_of(&builder.work, rules[i]->where);
    entry_count += branches[i].count;
  }
  struct entries entries = entries_new(entry_count);
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < branches[i].count; k++)
      entries.items[entries.count++] =
          (struct entry){.rule = rules[i], .branch = &branches[i].items[k], .copies = 1};
  const struct index_node *root = build(&builder, &entries);
  free(branches);
  arena_free(&builder.work);
  return root;
}
