/*
 * Which log types a logsource means, how its fields are called in their events, and what else must
 * hold (docs/sigma.md). Schemas say the first for their log types; a mapping, which is the user's,
 * says all three for any.
 *
 * A mapping never changes; any thread may read it.
 */
#ifndef RULE_SIGMA_SIGMA_MAPPING_H
#define RULE_SIGMA_SIGMA_MAPPING_H

#include "base/yaml.h"
#include "event/schema/schema.h"
#include "rule/rule.h"

struct sigma_mapping;

/* Reads a file with the keys `logsources` and `fields`, or the same under a key of a text that is
 * YAML (`section`; `name` stands for the file in problems). Every mistake is a problem; NULL only
 * when the YAML cannot be read at all. */
struct sigma_mapping *sigma_mapping_load(const char *path, struct problems *problems);
struct sigma_mapping *sigma_mapping_read(struct text text, const char *name, const char *section,
                                         struct problems *problems);
void sigma_mapping_free(struct sigma_mapping *mapping); /* NULL is fine */

/* ---- for Sigma's loader ---- */

struct sigma_field {
  struct text from, to;
};

struct sigma_fields {
  const struct sigma_field *items;
  size_t count;
};

struct sigma_log_source {
  struct schema_logsource words; /* that a rule must have */
  struct text_list log_types;
  struct sigma_fields fields;
  const struct yaml_node *where; /* a detection that must hold as well; NULL = none */
};

/* What says which log types a logsource means. */
struct sigma_logsources {
  const struct sigma_mapping *mapping; /* NULL = none */
  const struct schema_set *schemas;    /* by their `logsource`; NULL = none are loaded */
};

/*
 * What a rule's logsource means: the mapping's entry that says most of it, the first of several; or
 * all schemas that say most of it, when that is more than the entry says. NULL when nothing fits.
 * It can be used as long as arena, mapping and schemas live.
 */
const struct sigma_log_source *sigma_logsource_find(const struct sigma_logsources *logsources,
                                                    const struct schema_logsource *words,
                                                    struct arena *arena);

/* What a rule's field is called in the events. */
struct text sigma_mapping_field(const struct sigma_mapping *mapping,
                                const struct sigma_log_source *source, struct text field);

const struct yaml *sigma_mapping_yaml(const struct sigma_mapping *mapping); /* of `where` */

#endif
