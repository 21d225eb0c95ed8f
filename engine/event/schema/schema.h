/*
 * The room event/schema reads schemas and data models, and checks values against them.
 *
 * Schemas: what one kind of record (a log type) looks like, in Panther's YAML.
 *
 * A schema set is read once, never changes, and may be shared by all threads. Mistakes in the
 * files are reported all at once, each with file:line:column, the key and what was expected.
 */
#ifndef EVENT_SCHEMA_SCHEMA_H
#define EVENT_SCHEMA_SCHEMA_H

#include "base/arena.h"
#include "base/yaml/problems.h"
#include "event/schema/data_model.h"
#include "event/schema/field.h"

/* What Sigma rules call the records of a log type, in their `logsource`; an empty word is not
 * given.
 */
struct schema_logsource {
  struct text category, product, service;
};

struct schema_unused {
  const char *key;
  const char *reason; /* what margay does instead, for people */
  unsigned line;
};

struct schema {
  struct text name; /* the log type */
  int64_t version;
  struct text description, reference_url;
  struct schema_logsource logsource; /* all words empty = none */
  /* Keys of Panther's that the file has and margay has no use for, with their lines. */
  const struct schema_unused *unused;
  size_t unused_count;
  const struct field *fields; /* the top level: slot i of an event is fields[i] */
  size_t field_count;
  const uint16_t *by_name; /* slots ordered by the fields' names (size, then bytes) */
  const char *file;
  const struct data_model *model; /* of the log type; NULL = none */
  bool reshapes;        /* some field has a transform, mask or embedded JSON, or one within */
  bool strict;          /* what does not fit costs the event, not the value only */
  bool identified;      /* some field identifies the schema's records */
  bool has_event_time;  /* some field may hold the event's time */
  int first_event_time; /* the slot of the first of these; -1: it is within another */
  /* The first field that must begin with certain texts, or NULL: its value distinguishes the
   * schema's records from those of schemas with the same keys. */
  const struct field *discriminator;
};

struct schema_set {
  struct arena arena;     /* owns everything below */
  struct schema *schemas; /* sorted by name */
  size_t count;
  struct data_model **models;
  size_t model_count;
};

/* Reads every *.yml and *.yaml below a directory (or one file of any name): schemas and data
 * models. Files that are wrong add problems and are left out; the set is usable whatever happened.
 * NULL only when the path cannot be read at all, which is a problem too. */
struct schema_set *schema_set_load(const char *path, struct problems *problems);
/* The same for what several paths hold together; NULL when one of them cannot be read. */
struct schema_set *schema_set_load_all(const char *const *paths, size_t count,
                                       struct problems *problems);
/* The same for the text of one schema; `name` stands for the file in problems. Never NULL. */
struct schema_set *schema_set_load_text(struct text text, const char *name,
                                        struct problems *problems);

void schema_set_free(struct schema_set *set); /* NULL is fine */

/* Adds a warning for each key that is read and not used. */
void schema_set_warn(const struct schema_set *set, struct problems *warnings);

const struct schema *schema_find(const struct schema_set *set, struct text name); /* or NULL */

/* The top-level field's slot, or -1. */
static inline int schema_slot(const struct schema *schema, struct text name) {
  return field_find(schema->fields, schema->field_count, schema->by_name, name);
}

#endif
