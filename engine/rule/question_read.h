/*
 * Reads the tables of questions, from Lua's metadata and Sigma's documents alike: both hand over
 * JSON, and say where a mistake stands.
 *
 * For the thread that makes the set.
 */
#ifndef RULE_QUESTION_READ_H
#define RULE_QUESTION_READ_H

#include "event/json/json.h"
#include "rule/condition/condition.h"
#include "rule/question.h"

struct question_reader {
  struct arena *arena; /* of the set: keeps what is read */
  struct field_table *fields;
  /* Takes a mistake in the table of this kind, at its key (empty: at the table). Always false. */
  bool (*mistake)(void *context, enum question_kind kind, struct text key, const char *message);
  void *context;
};

/*
 * Reads what stands under the name of a kind: a table, or a list of tables, each a question of its
 * own; false takes back what was inherited. Puts the questions into the list, which is copied. A
 * table changes what the list has of the kind already, key by key: that is what a derived rule
 * does. False after a mistake; the list is then as it was.
 */
bool question_read(const struct question_reader *reader, enum question_kind kind,
                   const struct json_node *node, struct question_list *list);

/* The kind of that name; false when it is none. */
bool question_kind_find(struct text name, enum question_kind *kind);

#endif
