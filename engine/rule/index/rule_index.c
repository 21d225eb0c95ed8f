#include "base/memory.h"
#include "rule/condition/condition_operand.h"
#include "rule/condition/field_view.h"
#include "rule/index/anchor.h"
#include "rule/index/rule_index_internal.h"

#include <stdlib.h>

/* Of a log type's first nodes those that can say anything about a schema's events which have no
 * fields but the schema's. (Rules for webhooks ask for fields that a report's records never have.)
 */
struct first_nodes {
  const struct schema *schema; /* NULL: not looked at yet */
  const struct index_node **items;
  size_t count;
};

struct rule_index_scratch {
  const struct rule *rules; /* the set's, by index */
  /* The first list of rules that was met. When it stays the only one it is the answer. */
  struct rule_list first;
  bool marked; /* there were more: all are in `words` */
  /* A bit for each rule, and a bit for each word that is not 0. */
  uint64_t *words, *summary;
  size_t summary_count;
  const struct rule **candidates;
  /* By node: the event that it was last visited for, so that an array of many values, each of which
   * leads there, costs no more than one. */
  uint32_t *visited;
  size_t node_count;
  uint32_t generation; /* counts events; never 0 */
  struct literal_scratch *literals;
  struct first_nodes *first_nodes; /* by log type's number */
  size_t type_count;
};

/* ---- the whole ---- */

/* The enabled rules of one log type, in order of id. */
struct type_rules {
  const struct rule **items;
  size_t count, capacity;
};

static void add_rule(struct map *types, const struct rule *rule) {
  for (size_t i = 0; i < rule->log_types.count; i++) {
    struct type_rules *type = map_get(types, rule->log_types.items[i]);
    if (!type) {
      type = memory_alloc(sizeof *type);
      map_put(types, rule->log_types.items[i], type);
    }
    if (type->count && type->items[type->count - 1] == rule)
      continue; /* the rule names the type twice */
    type->items =
        memory_reserve(type->items, &type->capacity, type->count + 1, sizeof *type->items);
    type->items[type->count++] = rule;
  }
}

static void free_type_rules(void *value) {
  struct type_rules *type = value;
  free(type->items);
  free(type);
}

struct rule_index *rule_index_new(const struct rule *rules, size_t count,
                                  enum literal_engine engine) {
  struct rule_index *index = memory_alloc(sizeof *index);
  struct map types = MAP_NONE;
  index->arena = ARENA_NONE;
  index->types = MAP_NONE;
  index->rules = rules;
  index->rule_count = count;
  for (size_t i = 0; i < count; i++)
    if (rules[i].enabled)
      add_rule(&types, &rules[i]);
  for (size_t i = 0; i < types.count; i++) {
    const struct type_rules *list = types.entries[i].value;
    struct rule_index_type *type = arena_alloc(&index->arena, sizeof *type);
    type->number = i;
    type->root = rule_index_build(index, list->items, list->count, engine);
    map_put(&index->types, types.entries[i].key, type);
  }
  index->size.types = types.count;
  map_clear(&types, free_type_rules);
  return index;
}

void rule_index_free(struct rule_index *index) {
  if (!index)
    return;
  for (size_t i = 0; i < index->literals_count; i++)
    literal_set_free(index->literals[i]->set);
  free(index->literals);
  map_clear(&index->types, NULL);
  arena_free(&index->arena);
  free(index);
}

struct rule_index_size rule_index_size(const struct rule_index *index) {
  return index->size;
}

const struct rule_index_type *rule_index_type(const struct rule_index *index,
                                              struct text log_type) {
  return map_get(&index->types, log_type);
}

struct rule_index_scratch *rule_index_scratch_new(const struct rule_index *index) {
  struct rule_index_scratch *scratch = memory_alloc(sizeof *scratch);
  size_t words = index->rule_count / 64 + 1;
  scratch->rules = index->rules;
  scratch->words = memory_alloc_array(words, sizeof *scratch->words);
  scratch->summary_count = words / 64 + 1;
  scratch->summary = memory_alloc_array(scratch->summary_count, sizeof *scratch->summary);
  scratch->candidates = memory_alloc_array(index->rule_count + 1, sizeof(struct rule *));
  scratch->node_count = index->size.nodes;
  scratch->visited = memory_alloc_array(scratch->node_count + 1, sizeof *scratch->visited);
  scratch->type_count = index->size.types;
  scratch->first_nodes = memory_alloc_array(scratch->type_count + 1, sizeof *scratch->first_nodes);
  scratch->literals = literal_scratch_new();
  for (size_t i = 0; i < index->literals_count; i++)
    literal_scratch_prepare(scratch->literals, index->literals[i]->set);
  return scratch;
}

void rule_index_scratch_free(struct rule_index_scratch *scratch) {
  if (!scratch)
    return;
  literal_scratch_free(scratch->literals);
  for (size_t i = 0; i < scratch->type_count; i++)
    free(scratch->first_nodes[i].items);
  free(scratch->first_nodes);
  free(scratch->visited);
  free(scratch->candidates);
  free(scratch->summary);
  free(scratch->words);
  free(scratch);
}

/* ---- candidates ---- */

static void mark(struct rule_index_scratch *scratch, const struct rule_list *rules) {
  for (size_t i = 0; i < rules->count; i++) {
    size_t at = rules->items[i]->index;
    scratch->words[at / 64] |= UINT64_C(1) << at % 64;
    scratch->summary[at / 4096] |= UINT64_C(1) << at / 64 % 64;
  }
}

static inline void add(struct rule_index_scratch *scratch, const struct rule_list *rules) {
  if (rules->count == 0 || rules->items == scratch->first.items)
    return;
  if (scratch->first.count == 0) {
    scratch->first = *rules;
    return;
  }
  if (!scratch->marked) {
    scratch->marked = true;
    mark(scratch, &scratch->first);
  }
  mark(scratch, rules);
}

/* The marked rules, in order; the marks are taken away. */
static struct rule_list take_marked(struct rule_index_scratch *scratch) {
  size_t count = 0;
  for (size_t s = 0; s < scratch->summary_count; s++) {
    for (uint64_t some = scratch->summary[s]; some; some &= some - 1) {
      size_t word = s * 64 + (size_t)__builtin_ctzll(some);
      for (uint64_t bits = scratch->words[word]; bits; bits &= bits - 1)
        scratch->candidates[count++] = &scratch->rules[word * 64 + (size_t)__builtin_ctzll(bits)];
      scratch->words[word] = 0;
    }
    scratch->summary[s] = 0;
  }
  return (struct rule_list){scratch->candidates, count};
}

struct walk {
  struct rule_index_scratch *scratch;
  bool many; /* below an array, whose values may lead to the same node again and again */
  struct field_view *view;
  const struct index_literals *literals; /* that are looked for */
};

static void visit(struct walk *walk, const struct index_node *node);

static inline void go_by_key(struct walk *walk, const struct index_node *node, uint64_t key) {
  for (size_t at = key & node->slot_mask; node->slots[at].key; at = (at + 1) & node->slot_mask)
    if (node->slots[at].key == key) {
      visit(walk, node->slots[at].node);
      return;
    }
}

static inline void go_by_text(struct walk *walk, const struct index_node *node, struct text text) {
  uint64_t key = anchor_text_key(text);
  if (__builtin_expect(key == ANCHOR_BEYOND, 0))
    key = anchor_folded_key(condition_folded(walk->view, text));
  go_by_key(walk, node, key);
}

static void go_by_value(struct walk *walk, const struct index_node *node,
                        const struct json_node *value) {
  struct text text;
  double number;
  if (value->type == JSON_TYPE_STRING) {
    go_by_text(walk, node, json_text(value));
  } else if (value->type == JSON_TYPE_ARRAY) {
    bool before = walk->many;
    walk->many = true;
    for (JSON_EACH(element, value))
      go_by_value(walk, node, element);
    walk->many = before;
  } else if (json_number(value, &number)) {
    go_by_key(walk, node, anchor_number_key(number));
    if (node->spelled && condition_scalar_text(walk->view, value, &text))
      go_by_text(walk, node, text);
  } else if (value->type == JSON_TYPE_TRUE) {
    go_by_text(walk, node, TEXT("true"));
  } else if (value->type == JSON_TYPE_FALSE) {
    go_by_text(walk, node, TEXT("false"));
  }
}

static void found_literal(void *context, unsigned literal) {
  struct walk *walk = context;
  add(walk->scratch, &walk->literals->rules[literal]);
}

/* False: the event's work is used up. */
static bool look_in(struct walk *walk, const struct json_node *value) {
  const struct literal_set *set = walk->literals->set;
  struct text text;
  if (!condition_scalar_text(walk->view, value, &text))
    return true;
  if (literal_set_reaches_beyond(set))
    text = condition_folded(walk->view, text);
  return literal_set_scan(set, walk->scratch->literals, &walk->view->work, text, found_literal,
                          walk);
}

static bool look_for_literals(struct walk *walk, const struct json_node *value) {
  if (value->type != JSON_TYPE_ARRAY)
    return look_in(walk, value);
  for (JSON_EACH(element, value))
    if (!look_for_literals(walk, element))
      return false;
  return true;
}

/* In every text, number and boolean, however deep it lies. */
static bool look_everywhere(struct walk *walk) {
  struct event_cursor cursor = EVENT_CURSOR_START;
  const struct json_node *value;
  struct text key;
  while (event_next(walk->view->event, &cursor, &key, &value))
    for (const struct json_node *at = value; at < value + value->skip; at++)
      if (!look_in(walk, at))
        return false;
  return true;
}

/* What was not looked for to the end may be there: its rules decide. */
static void look(struct walk *walk, const struct index_literals *literals) {
  const struct json_node *value;
  bool whole = true;
  walk->literals = literals;
  if (literals->anywhere)
    whole = look_everywhere(walk);
  else if ((value = field_view_value(walk->view, literals->field)) != NULL)
    whole = look_for_literals(walk, value);
  for (size_t i = 0; !whole && i < literals->count; i++)
    add(walk->scratch, &literals->rules[i]);
}

static inline void visit_one(struct walk *walk, const struct index_node *node) {
  const struct json_node *value;
  add(walk->scratch, &node->rules);
  for (const struct index_literals *literals = node->literals; literals; literals = literals->next)
    look(walk, literals);
  if (node->slots && (value = field_view_value(walk->view, node->field)) != NULL)
    go_by_value(walk, node, value);
}

static void visit(struct walk *walk, const struct index_node *node) {
  for (; node; node = node->next) {
    if (walk->many) {
      if (walk->scratch->visited[node->number] == walk->scratch->generation)
        return;
      walk->scratch->visited[node->number] = walk->scratch->generation;
    }
    visit_one(walk, node);
  }
}

static bool can_say_something(const struct index_node *node, const struct field_view *view) {
  const struct index_literals *literals = node->literals;
  while (literals && !literals->anywhere && view->places[literals->field].unknown)
    literals = literals->next;
  return literals || node->rules.count > 0 || (node->slots && !view->places[node->field].unknown);
}

static const struct first_nodes *first_nodes_for(struct rule_index_scratch *scratch,
                                                 const struct rule_index_type *type,
                                                 const struct field_view *view) {
  struct first_nodes *first = &scratch->first_nodes[type->number];
  if (first->schema == view->schema)
    return first;
  size_t capacity = 0;
  free(first->items);
  *first = (struct first_nodes){.schema = view->schema};
  for (const struct index_node *node = type->root; node; node = node->next) {
    if (!can_say_something(node, view))
      continue;
    first->items = memory_reserve(first->items, &capacity, first->count + 1, sizeof *first->items);
    first->items[first->count++] = node;
  }
  return first;
}

struct rule_list rule_index_candidates(const struct rule_index_type *type,
                                       struct rule_index_scratch *scratch,
                                       struct field_view *view) {
  struct walk walk = {.scratch = scratch, .view = view};
  scratch->first = (struct rule_list){NULL, 0};
  scratch->marked = false;
  if (++scratch->generation == 0) {
    memset(scratch->visited, 0, scratch->node_count * sizeof *scratch->visited);
    scratch->generation = 1;
  }
  if (view->places && view->event->unknown_fields == 0) {
    const struct first_nodes *first = first_nodes_for(scratch, type, view);
    for (size_t i = 0; i < first->count; i++)
      visit_one(&walk, first->items[i]);
  } else {
    visit(&walk, type->root);
  }
  return scratch->marked ? take_marked(scratch) : scratch->first;
}
