/* The inside of a field_view, so that a look-up can be a load and a compare. Private to conditions.
 * One thread each. */
#ifndef RULE_CONDITION_FIELD_VIEW_H
#define RULE_CONDITION_FIELD_VIEW_H

#include "base/buffer.h"
#include "rule/condition/condition.h"
#include "rule/condition/grams.h"

/* Where a path leads in the events of one schema. */
struct field_place {
  int slot;         /* of the first part; -1 = has to be searched by name */
  bool nested;      /* the path goes on below it */
  bool unknown;     /* the schema knows neither the first part nor a field of the whole name */
  struct text rest; /* that part of the path */
};

struct field_schema {
  const struct schema *schema;
  struct field_place *places; /* by field */
};

struct field_view_value {
  const struct json_node *node;
  uint32_t generation; /* of the event that the node was read from */
};

/* The pairs of a text of the event, while that is the one that its place was filled for. */
struct field_grams {
  struct text text;
  uint32_t generation; /* of the event */
  bool ascii;
  struct gram_table table; /* when it is */
};
#define FIELD_GRAMS 8 /* fields that many literals are looked for in by turns */

struct field_view {
  const struct field_table *table;
  const struct event *event;
  uint32_t generation; /* counts events; never 0 once an event was set */
  struct work work;    /* what the conditions of the event may still cost */
  /* The field test that gave up first, which is not reported yet; NULL: none did. */
  const struct condition *given_up;
  size_t field_count;
  struct field_view_value *values; /* by field */
  uint64_t *known; /* by the number of a test: the generation in which it was asked, twice, and 1
                      when it held */
  size_t known_count;
  const struct field_place *places; /* for this event's schema; NULL when it has none */
  const struct schema *schema;
  struct field_schema *schemas; /* that were met so far */
  size_t schema_count, schema_capacity;
  struct regex_scratch *scratch;
  unsigned log_type_field;         /* of p_log_type; UINT_MAX: no condition asks for it */
  struct json_node log_type;       /* its value, of this event */
  unsigned schema_errors_field;    /* the same of p_schema_errors: */
  struct json_node *schema_errors; /* an array and its elements */
  size_t schema_errors_capacity;
  struct buffer spelling; /* of the number being compared with a text */
  struct buffer texts[2]; /* of two fields that are compared with each other */
  /* The text that was folded last, if that was in this event, and what it folds to: itself when it
   * is ASCII, else what is in the buffer. */
  struct text folded_of, folded;
  uint32_t folded_generation;
  struct buffer folded_bytes;
  struct field_grams grams[FIELD_GRAMS]; /* by the field's number */
  const struct lookup_set *lookups;
  struct buffer row;         /* of a look-up */
  field_view_has_row mocked; /* answers in the place of the tables; NULL: nothing does */
  void *mock_context;
};

/* Whether the lookup table has a row of that key. */
bool field_view_finds(struct field_view *view, struct text table, struct text key);

/* The pairs of a text that the field has; NULL when it is not ASCII. Lives until the next is asked
 * for. */
const struct gram_table *field_view_grams(struct field_view *view, unsigned field,
                                          struct text text);

static inline void field_view_give_up(struct field_view *view, const struct condition *test) {
  if (!view->given_up)
    view->given_up = test;
}

/* Whether it is the path of a value that the event has beside its record. */
bool condition_is_own(struct text path);

/* Finds the field in the event and remembers it; NULL when the event lacks it. The node belongs to
 * the event. */
const struct json_node *field_view_read(struct field_view *view, unsigned field);

static inline const struct json_node *field_view_value(struct field_view *view, unsigned field) {
  if (view->places) { /* most paths lead to a field of the schema, or nowhere */
    const struct field_place *place = &view->places[field];
    if (place->slot >= 0 && !place->nested)
      return view->event->slots[place->slot];
    if (place->unknown && view->event->unknown_fields == 0)
      return NULL;
  }
  struct field_view_value *value = &view->values[field];
  if (value->generation == view->generation)
    return value->node;
  return field_view_read(view, field);
}

/* For condition_folded. */
struct text condition_fold(struct field_view *view, struct text text);

/* A text of the event with its letters folded as far as it has any beyond ASCII: the text itself
 * when it is ASCII, else its folded form, which lives until the next is asked for. */
static inline struct text condition_folded(struct field_view *view, struct text text) {
  bool known = view->folded_of.data == text.data && view->folded_of.size == text.size &&
               view->folded_generation == view->generation;
  return known ? view->folded : condition_fold(view, text);
}

#endif
