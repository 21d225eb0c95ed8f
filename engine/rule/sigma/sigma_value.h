/* What a value in a Sigma rule stands for: a number and its spelling, the values of placeholders.
 * Private to Sigma's loader; for the thread that loads. */
#ifndef RULE_SIGMA_SIGMA_VALUE_H
#define RULE_SIGMA_SIGMA_VALUE_H

#include "rule/sigma/sigma_key.h"

/* Texts that one value with placeholders may stand for. */
#define SIGMA_EXPANSIONS_MAX 20000

struct sigma_values {
  struct condition_value *items;
  size_t count, capacity;
};

/* The value of a scalar alone, as a condition takes it and as JSON would have it. */
struct condition_value sigma_value(const struct yaml_node *scalar);

/* Appends a node as JSON, as a table of a Lua rule becomes it. */
void sigma_json_write(struct buffer *out, const struct yaml_node *node);

/*
 * Appends what a scalar stands for under a key, any of which may be there. A number compares by
 * value with numbers, and by its spelling in the rule with texts: 1.0 is the number 1 and the text
 * "1.0", 0x10 the number 16 and the text "0x10". With `expand`, it is every text that the
 * placeholders' values make of it.
 *
 * False when a placeholder has no values: the rule is refused then.
 */
bool sigma_values_add(struct sigma_reader *reader, const struct sigma_key *key,
                      const struct yaml_node *scalar, struct sigma_values *values);

#endif
