/*
 * Which log types a logsource means, how its fields are called in their events, and what else must
 * hold (docs/sigma.md).
 *
 * A mapping never changes; any thread may read it.
 */
#ifndef RULE_SIGMA_SIGMA_MAPPING_H
#define RULE_SIGMA_SIGMA_MAPPING_H

#include "base/yaml.h"
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

/* A logsource's words; an empty one is not given. */
struct sigma_logsource {
  struct text category, product, service;
};

struct sigma_log_source {
  struct sigma_logsource words; /* that a rule must have */
  struct text_list log_types;
  struct sigma_fields fields;
  const struct yaml_node *where; /* a detection that must hold as well; NULL = none */
};

/* The entry that says most of a rule's logsource, the first of several; NULL when none fits. */
const struct sigma_log_source *sigma_mapping_find(const struct sigma_mapping *mapping,
                                                  const struct sigma_logsource *words);

/* What a rule's field is called in the events. */
struct text sigma_mapping_field(const struct sigma_mapping *mapping,
                                const struct sigma_log_source *source, struct text field);

const struct yaml *sigma_mapping_yaml(const struct sigma_mapping *mapping); /* of `where` */

#endif
