/*
 * Key layouts: records of one source have the same keys in the same order nearly always, so what
 * follows from the keys alone (which schemas can take the record, which member goes to which slot)
 * is worked out once for each sequence of keys and remembered. Private to the event reader. A
 * reader has its own, so one thread uses them.
 */
#ifndef EVENT_LAYOUT_H
#define EVENT_LAYOUT_H

#include "event/json/json.h"
#include "event/schema/schema.h"

#define LAYOUT_CHECKED 0xff

/* How one schema sees a layout. */
struct layout_schema {
  const struct schema *schema;
  const int16_t *slots;  /* per member: its slot, or -1 */
  const uint8_t *plain;  /* per member: the type of JSON with which nothing is left to check, or
                            LAYOUT_CHECKED */
  const uint16_t *empty; /* the slots that no member goes to */
  size_t empty_count;
  uint32_t unknown_fields; /* members that the schema does not name */
  int32_t discriminator;   /* the member that is the schema's discriminator, or -1 */
  /* Why the schema cannot take such a record, whatever its values: */
  const struct field *missing;   /* a required field, or NULL */
  const struct field *duplicate; /* a field that is given twice, or NULL */
  bool unidentified;             /* none of the fields is there that identify its records */
};

struct layout {
  uint64_t hash;
  uint32_t member_count;
  const struct text *keys; /* per member */
  bool names_log_type;     /* there is a member p_log_type */
  bool repeats;            /* a key is there twice */
  /* With a schema given: that one. Otherwise all: first the schema_count ones that the keys allow,
   * most required fields first, then by name; behind them those with a defect, the nearest first.
   */
  const struct layout_schema *schemas;
  size_t schema_count;
  /* Those, whatever their defect, whose discriminator is among the members. */
  const struct layout_schema **named;
  size_t named_count;
  int32_t named_by;           /* the member that all of these have as discriminator, or -1 */
  const struct schema *given; /* NULL when the schema is to be found */
  struct arena arena;
};

struct layout_table;

struct layout_table *layout_table_new(const struct schema_set *schemas); /* may be NULL */
void layout_table_free(struct layout_table *table);                      /* NULL is fine */

/* The layout of an object, for a given schema or (NULL) for whichever takes it. Valid until the
 * next call. */
const struct layout *layout_find(struct layout_table *table, const struct json_node *object,
                                 const struct schema *given);

/* Goes up whenever one of the layouts that layout_find gave becomes another. */
uint32_t layout_changes(const struct layout_table *table);

/* A member that the reader itself provides: p_log_type and its like. */
bool layout_is_own(struct text key);

#endif
