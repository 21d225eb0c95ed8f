/* Metadata's `title`, `dedup`, `unique` and `alert_context`, which stand in the place of functions,
 * and the `patterns` that they name (rule/rule_template.h). Private to the files that make a rule
 * set. */
#ifndef RULE_LOAD_TEMPLATE_READ_H
#define RULE_LOAD_TEMPLATE_READ_H

#include "rule/load/metadata_reader.h"

/* Each reads the value at the top of the stack into the rule; a mistake is reported. Patterns come
 * first. */
void template_read_patterns(struct metadata_reader *reader);
void template_read_title(struct metadata_reader *reader);
void template_read_dedup(struct metadata_reader *reader);
void template_read_unique(struct metadata_reader *reader);
void template_read_context(struct metadata_reader *reader);

/* Whether events of the rule may have what its templates name; false with a problem for each
 * template that names something else. `schemas` may be NULL. */
bool templates_check(const struct rule *rule, const struct schema_set *schemas,
                     struct problems *problems);

#endif
