/* The text of a new rule: a start for its author that loads and passes its own tests. */
#ifndef COMMAND_NEW_RULE_H
#define COMMAND_NEW_RULE_H

#include "event/event.h"

struct new_rule {
  struct text id;
  const char *severity;      /* as metadata spells it */
  const struct event *event; /* what the rule should match; checked by a schema */
};

/* Appends the file. The where asks for what seems to distinguish the event from others: the field
 * that distinguishes its schema from others, or short texts that are no address. */
void new_rule_write(const struct new_rule *rule, struct buffer *out);

/* Appends a made-up record of the schema, for a new rule that was given none. It may fail a schema
 * that asks for more than types (denied values, a custom time format). */
void new_rule_sample(const struct schema *schema, struct buffer *json);

#endif
