/*
 * The room command/schemas holds `margay schemas`: what schemas say, and the tools for those who
 * write them.
 *
 * A schema from records. Every record is looked at once; what is kept of it is its shape: for each
 * place the types of its values, how many there were, the forms of time that read all of them and
 * the kinds of indicators that they are. Values are not kept, so a schema shows nobody's data, and
 * memory depends on the limits below, not on the number of records.
 *
 *   {"at":"2024-03-21T07:09:03Z","n":3}      at: timestamp (rfc3339), in 2 of 2
 *   {"at":"2024-03-21T07:10:00Z"}            n: smallint, in 1 of 2
 *
 * One thread at a time.
 */
#ifndef COMMAND_SCHEMAS_INFER_H
#define COMMAND_SCHEMAS_INFER_H

#include "command/schemas/infer_values.h"
#include "event/json/json.h"
#include "event/schema/schema.h"

#include "base/arena.h"
#include "base/map.h"

/* Limits. What lies past one is of the type json, or (at the top) not named, and a comment says so:
 * events keep it all the same. A schema of the largest size stays below the 4 MiB that are read of
 * one (base/yaml/yaml.h). */
#define INFER_FIELDS_MAX 4000       /* in all */
#define INFER_OBJECT_FIELDS_MAX 200 /* of an object that is no record; more are data */
#define INFER_RECORD_FIELDS_MAX SCHEMA_FIELDS_MAX
#define INFER_DEPTH_MAX 10 /* objects and arrays within each other */
#define INFER_NAME_MAX 100 /* bytes of a field's name */

enum infer_seen {
  SEEN_NULL,
  SEEN_BOOLEAN,
  SEEN_WHOLE,    /* fits 64 bits */
  SEEN_LARGE,    /* does not */
  SEEN_FRACTION, /* written with a fraction or an exponent */
  SEEN_TEXT,
  SEEN_ARRAY,
  SEEN_OBJECT
};
#define SEEN_COUNT (SEEN_OBJECT + 1)

/* What is known of the values of one place. */
struct infer_shape {
  struct text name; /* empty: a list's element, or the record */
  uint64_t seen[SEEN_COUNT];
  /* Texts that are JSON of objects and arrays: what they hold is kept as that of the place's own.
   */
  uint64_t opened_objects, opened_arrays, blank; /* blank: empty texts */
  bool unopened;                                 /* some text is neither */
  int64_t least, most;                           /* of whole numbers */
  struct infer_times times;
  struct infer_texts texts;
  struct infer_shape **fields; /* of objects, in the order of their first appearance */
  size_t count, capacity;
  struct map by_name;          /* the fields again */
  struct infer_shape *element; /* of arrays; NULL: all were empty */
  bool cut;                    /* a limit was reached within */
  bool event_time;             /* set by infer_finish: a guess */
};

struct infer {
  struct infer_shape record;
  uint64_t records;
  size_t fields;      /* in all */
  bool own_fields;    /* records have fields that begin with p_: they are margay's, and left out */
  bool unnamed;       /* fields whose names no schema can have were left out */
  bool cut;           /* some limit was reached */
  struct arena arena; /* shapes and names */
  struct json_reader *openers[INFER_DEPTH_MAX]; /* of JSON in texts, made at first use */
};

#define INFER_NONE ((struct infer){.records = 0})

/* Looks at a record, which is an object. */
void infer_add(struct infer *infer, const struct json_node *record);

/* The type that takes all values of a place: the narrowest, json if they disagree or none is
 * known. */
enum field_type infer_type(const struct infer_shape *shape);

/* How many values there were that are not null. */
uint64_t infer_values(const struct infer_shape *shape);

/* Whether values are texts, and all of these are JSON: then infer_type is that of what they hold.
 */
bool infer_is_embedded(const struct infer_shape *shape);

/* How many objects there were, in texts too where these count. */
uint64_t infer_objects(const struct infer_shape *shape);

/* Guesses which fields say when an event happened. To be called once, after the last record. */
void infer_finish(struct infer *infer);

/* Appends the schema as YAML. The comments count; they hold no values. */
void infer_write(const struct infer *infer, const char *log_type, struct buffer *out);

void infer_free(struct infer *infer);

#endif
