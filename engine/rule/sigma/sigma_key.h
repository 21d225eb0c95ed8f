/* The key of a field test in a Sigma rule, "Image|endswith|neq", made ready for conditions. Private
 * to Sigma's loader; for the thread that loads. */
#ifndef RULE_SIGMA_SIGMA_KEY_H
#define RULE_SIGMA_SIGMA_KEY_H

#include "rule/sigma/sigma_reader.h"

struct sigma_key {
  struct text field;  /* as the rule calls it; empty: keywords */
  struct text whole;  /* as conditions take it, with the field's name in the events */
  struct text single; /* the same without `all` */
  bool every;         /* `all` */
  bool differs;       /* `neq`, which is not in `whole`: the test is to be negated */
  bool expands;       /* `expand`, the same */
  bool refers;        /* `fieldref`: the values are fields */
  bool numeric;       /* numbers are compared by value */
  const struct sigma_log_source *source;
};

/* Takes a key apart. A modifier that is there twice is a warning. */
struct sigma_key sigma_key_read(struct sigma_reader *reader, const struct sigma_log_source *source,
                                const struct yaml_node *place, struct text text);

#endif
