/*
 * Which log types a logsource means, how its fields are called in their events, what else must
 * hold, and what placeholders stand for (docs/sigma.md). Schemas say the first for their log types;
 * a mapping, which is the user's, says all of it for any.
 *
 * A mapping never changes; any thread may read it.
 */
#ifndef RULE_SIGMA_SIGMA_MAPPING_H
#define RULE_SIGMA_SIGMA_MAPPING_H

#include "base/yaml/yaml.h"
#include "event/lookup/lookup.h"
#include "event/schema/schema.h"
#include "rule/rule.h"

struct sigma_mapping;

/* Reads a file with the keys `logsources`, `fields`, `fields_below`, `placeholders` and `status`,
 * or the same under a key of a text that is YAML (`section`; `name` stands for the file in
 * problems). Every mistake is a problem; NULL only when the YAML cannot be read at all. */
struct sigma_mapping *sigma_mapping_load(const char *path, struct problems *problems);
struct sigma_mapping *sigma_mapping_read(struct text text, const char *name, const char *section,
                                         struct problems *problems);
void sigma_mapping_free(struct sigma_mapping *mapping); /* NULL is fine */

/* Takes the values of placeholders that name a lookup table out of the tables' files. What cannot
 * be had is a problem. Before the mapping is used. */
void sigma_mapping_read_lookups(struct sigma_mapping *mapping, const struct lookup_options *lookups,
                                size_t count, struct problems *problems);

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
  struct text fields_below;      /* the path below which all other fields are; empty = none */
  const struct yaml_node *where; /* a detection that must hold as well; NULL = none */
};

struct sigma_log_sources {
  const struct sigma_log_source **items;
  size_t count;
};

/* Rules that are left out unless they are asked for. */
enum { SIGMA_DEPRECATED = 1 << 0, SIGMA_UNSUPPORTED = 1 << 1 };

/* The statuses by their names: a bit, or 0. */
unsigned sigma_status(struct text name);

/* What says which log types a logsource means. */
struct sigma_logsources {
  const struct sigma_mapping *mapping; /* NULL = none */
  const struct schema_set *schemas;    /* by their `logsource`; NULL = none are loaded */
  unsigned statuses;                   /* that are taken, too, besides the mapping's */
};

/* The statuses of rules that the mapping (NULL: none) asks for: bits. */
unsigned sigma_mapping_statuses(const struct sigma_mapping *mapping);

/*
 * What a rule's logsource means: the mapping's entries that say most of it, which are all entries
 * with the same words as the first such; or all schemas that say most of it, as one, when that is
 * more than the entries say. None when nothing fits. They can be used as long as arena, mapping and
 * schemas live.
 */
struct sigma_log_sources sigma_logsource_find(const struct sigma_logsources *logsources,
                                              const struct schema_logsource *words,
                                              struct arena *arena);

/* The nearest to one word of a logsource that means nothing, among the words with which it would
 * mean something; for "did you mean", or NULL. In `arena`. */
const char *sigma_logsource_nearest(const struct sigma_logsources *logsources,
                                    const struct schema_logsource *words, struct arena *arena);

/* What a rule's field is called in the events. The text lives as the mapping or the arena. */
struct text sigma_mapping_field(const struct sigma_mapping *mapping,
                                const struct sigma_log_source *source, struct text field,
                                struct arena *arena);

/* The values that stand for `%name%` in rules with `expand`. */
struct sigma_placeholder {
  struct text name;
  struct text_list values;
  struct text lookup,
      column; /* the table and the column that they come from; empty: none, its key */
  const struct yaml_node *node; /* where it is written */
};

/* NULL when the mapping (NULL: none) has no values for the name. */
const struct sigma_placeholder *sigma_mapping_placeholder(const struct sigma_mapping *mapping,
                                                          struct text name);

const struct yaml *sigma_mapping_yaml(const struct sigma_mapping *mapping); /* of `where` */

#endif
