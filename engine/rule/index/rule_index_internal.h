/* What rule_index.c (looking up) and rule_index_build.c share. Threads: as rule_index.h says. */
#ifndef RULE_INDEX_RULE_INDEX_INTERNAL_H
#define RULE_INDEX_RULE_INDEX_INTERNAL_H

#include "base/map.h"
#include "rule/index/rule_index.h"

/* The rules that want a value; they live in the index's arena, in order of id. */
struct index_slot {
  uint64_t key; /* 0: free */
  const struct index_node *node;
};

/* Rules that wait for a literal in a field. */
struct index_literals {
  unsigned field;
  bool anywhere; /* in any value of the event */
  struct literal_set *set;
  const struct rule_list *rules; /* by literal */
  size_t count;                  /* of literals */
  const struct index_literals *next;
};

struct index_node {
  size_t number;                         /* 0 … nodes - 1 */
  struct rule_list rules;                /* that are candidates when the node is reached */
  const struct index_literals *literals; /* or NULL */
  const struct index_slot *slots; /* by the value of the field; NULL: the node asks for no field */
  size_t slot_mask;
  unsigned field;
  bool spelled;                  /* a number may fit a text */
  const struct index_node *next; /* of the rules that do not ask for the field, or NULL */
};

struct rule_index_type {
  size_t number; /* 0 … types - 1 */
  struct text log_type;
  const struct index_node *root;
};

struct rule_index {
  struct arena arena;
  const struct rule *rules;
  size_t rule_count;
  struct map types;                 /* log type -> struct rule_index_type */
  struct index_literals **literals; /* all of the index */
  size_t literals_count, literals_capacity;
  struct rule_index_size size;
};

/* The tree of some rules, in order of id. */
const struct index_node *rule_index_build(struct rule_index *index, const struct rule *const *rules,
                                          size_t count, enum literal_engine engine);

#endif
