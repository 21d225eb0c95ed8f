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
#include "rule/rule.h"

struct question_reader {
  struct rule_template_reading fields; /* how fields are read; its arena keeps all that is read */
  /* Gives the zone of a name, which lives as long as the arena. NULL with the reason. */
  const struct time_zone *(*zone)(void *context, struct text name, struct error *error);
  /* Takes a mistake in the table of this kind, at its key (empty: at the table). Always false. */
  bool (*mistake)(void *context, enum question_kind kind, struct text key, const char *message);
  void *context; /* of both */
};

/*
 * Reads what stands under the name of a kind: a table, or a list of tables, each a question of its
 * own; false takes back what was inherited. Puts the questions into the list, which is copied. A
 * table changes what the list has of the kind already, key by key: that is what a derived rule
 * does. False after a mistake; the list is then as it was.
 */
bool question_read(const struct question_reader *reader, enum question_kind kind,
                   const struct json_node *node, struct question_list *list);

/* Whether some log type of the rule can have the fields that its questions name; each that none has
 * is a mistake. */
bool question_check(const struct question_reader *reader, const struct rule *rule,
                    const struct schema_set *schemas);

#endif
