/*
 * Values that a schema makes of others, and those that are opened because they are JSON in a text.
 * Private to what reshapes records. The reader's thread only.
 */
#ifndef EVENT_RESHAPE_MAKE_H
#define EVENT_RESHAPE_MAKE_H

#include "base/arena.h"
#include "event/json/json.h"
#include "event/schema/field.h"

/* What serves one record after another. */
struct reshaper {
  struct arena arena;            /* made nodes and strings, until the next record */
  struct json_reader **embedded; /* one for each value that is opened at the top of a record */
  size_t embedded_count, embedded_capacity, embedded_used;
  struct json_reader *inner; /* the same for those within; what it reads is copied */
  struct json_node *nodes;   /* the value that is being built (reshape_within.c) */
  size_t node_count, node_capacity;
  /* What may still be made of the record: as much as reading it may take. */
  size_t node_room, byte_room;
  struct buffer path; /* of the field at hand, for people: "a.b", without places in lists */
  uint32_t lists_cut; /* paths that led to more than EVENT_GATHERED_MAX */
};

const struct json_node *reshape_string(struct reshaper *reshaper, struct text text);

/* What the field's transform makes of the object's members as they came; NULL when there is nothing
 * to make it from, or (with the error) too much. */
const struct json_node *reshape_make(struct reshaper *reshaper, const struct json_node *object,
                                     const struct field *field, struct error *error);

/* The JSON in a text; what is none, or a text within, is the value itself. An empty text is null.
 * NULL with the reason when the text is not JSON. The nodes live until the reader reads again. */
const struct json_node *reshape_open(struct reshaper *reshaper, struct json_reader *reader,
                                     const struct json_node *value, struct error *error);

/* "field 'a.b': " before the reason. Always false. */
bool reshape_name_field(const struct reshaper *reshaper, struct error *error);

#endif
