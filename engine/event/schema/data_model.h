/*
 * Data models: one name for what each log type calls otherwise. `actor_user` is `operator` in one
 * and `email` in another, so that a rule for both asks for actor_user.
 *
 *   model: Custom.Audit
 *   fields:
 *     actor_user: operator                  # a dotted path
 *     source_ip: [client.ip, client_ip]     # the first that has a value
 *     user: { function: names.user_of }     # a library's function, called with the event
 *
 * Models are read with the schemas, live in their set, never change and may be shared by all
 * threads.
 */
#ifndef EVENT_SCHEMA_DATA_MODEL_H
#define EVENT_SCHEMA_DATA_MODEL_H

#include "base/arena.h"
#include "base/yaml/yaml.h"

#define DATA_MODEL_FIELDS_MAX 256

/* The name under which a model says who did what an event reports; an alert's `actor`. */
#define DATA_MODEL_ACTOR "actor_user"
/* And the one under which it says to whom. */
#define DATA_MODEL_OBJECT "user"

/* Where a value may come from. */
struct data_model_source {
  struct text path;              /* empty = the function */
  struct text library, function; /* NULs follow */
  unsigned line;
};

struct data_model_field {
  struct text name;
  const struct data_model_source *sources; /* the first that gives a value counts */
  size_t count;
};

struct data_model {
  struct text log_type;
  const char *file;
  unsigned line;
  const struct data_model_field *fields;
  size_t count;
};

/* Whether the document is a data model, and no schema. */
bool data_model_is(const struct yaml_node *root);

/* Reads a model into the arena; false with problems. */
bool data_model_read(const struct yaml_context *context, struct arena *arena,
                     struct data_model *model);

/* The field of a name, or NULL. */
const struct data_model_field *data_model_find(const struct data_model *model, struct text name);

#endif
