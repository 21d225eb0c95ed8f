/* What is kept of records, and what follows from it. infer_write.c writes it down. */
#include "command/schemas/infer.h"

#include "base/memory.h"

#include <stdlib.h>

/* Names that no schema can have, and margay's own at the top. */
static bool takes_name(struct infer *infer, const struct infer_shape *object, struct text name) {
  if (object == &infer->record && name.size >= 2 && memcmp(name.data, "p_", 2) == 0) {
    infer->own_fields = true;
    return false;
  }
  if (name.size > 0 && name.size <= INFER_NAME_MAX && !memchr(name.data, '\0', name.size))
    return true;
  infer->unnamed = true;
  return false;
}

/* A limit was reached: the object's fields are not known any more. Those of a record stay. */
static struct infer_shape *cut(struct infer *infer, struct infer_shape *object) {
  object->cut = true;
  infer->cut = true;
  return NULL;
}

static struct infer_shape *new_shape(struct infer *infer) {
  infer->fields++;
  return arena_alloc(&infer->arena, sizeof(struct infer_shape));
}

/* The shape of a field, made when it is new; `expected` is where it was in the last record. */
static struct infer_shape *field_of(struct infer *infer, struct infer_shape *object,
                                    struct text name, size_t expected) {
  if (expected < object->count && text_equal(object->fields[expected]->name, name))
    return object->fields[expected];
  struct infer_shape *field = map_get(&object->by_name, name);
  size_t most = object == &infer->record ? INFER_RECORD_FIELDS_MAX : INFER_OBJECT_FIELDS_MAX;
  if (field || !takes_name(infer, object, name))
    return field;
  if (object->count >= most || infer->fields >= INFER_FIELDS_MAX)
    return cut(infer, object);
  field = new_shape(infer);
  field->name = arena_copy(&infer->arena, name);
  object->fields = memory_reserve(object->fields, &object->capacity, object->count + 1,
                                  sizeof(struct infer_shape *));
  object->fields[object->count++] = field;
  map_put(&object->by_name, field->name, field);
  return field;
}

static void add(struct infer *infer, struct infer_shape *shape, const struct json_node *value,
                unsigned depth);

static void add_members(struct infer *infer, struct infer_shape *object,
                        const struct json_node *value, unsigned depth) {
  size_t expected = 0;
  for (JSON_EACH(member, value)) {
    if (object->cut && object != &infer->record)
      return;
    struct infer_shape *field = field_of(infer, object, json_key(member), expected++);
    if (field)
      add(infer, field, member, depth);
  }
}

static void add_elements(struct infer *infer, struct infer_shape *array,
                         const struct json_node *value, unsigned depth) {
  if (!array->element && infer->fields >= INFER_FIELDS_MAX)
    cut(infer, array);
  if (array->cut)
    return;
  for (JSON_EACH(element, value)) {
    if (!array->element)
      array->element = new_shape(infer);
    add(infer, array->element, element, depth);
  }
}

static void add_container(struct infer *infer, struct infer_shape *shape,
                          const struct json_node *value, unsigned depth) {
  if (depth >= INFER_DEPTH_MAX)
    cut(infer, shape);
  else if (value->type == JSON_TYPE_OBJECT)
    add_members(infer, shape, value, depth + 1);
  else
    add_elements(infer, shape, value, depth + 1);
}

/* A text that may be JSON, as long as all texts of the place were. What an opener has read is gone
 * through before a text of the same depth comes. */
static void add_embedded(struct infer *infer, struct infer_shape *shape, struct text text,
                         unsigned depth) {
  struct error ignored = ERROR_NONE;
  const struct json_node *value = NULL;
  text = text_trim(text);
  if (shape->unopened || text.size == 0) {
    shape->blank += text.size == 0;
    return;
  }
  if (depth < INFER_DEPTH_MAX && (text.data[0] == '{' || text.data[0] == '[')) {
    if (!infer->openers[depth])
      infer->openers[depth] = json_reader_new();
    value = json_read_copy(infer->openers[depth], text, &ignored);
  }
  shape->unopened = !value;
  if (!value)
    return;
  shape->opened_objects += value->type == JSON_TYPE_OBJECT;
  shape->opened_arrays += value->type == JSON_TYPE_ARRAY;
  add_container(infer, shape, value, depth);
}

static void add_whole(struct infer_shape *shape, int64_t number) {
  bool first = shape->seen[SEEN_WHOLE] == 1;
  shape->least = first || number < shape->least ? number : shape->least;
  shape->most = first || number > shape->most ? number : shape->most;
}

/* The recursion ends at INFER_DEPTH_MAX. */
static void add(struct infer *infer, struct infer_shape *shape, const struct json_node *value,
                unsigned depth) {
  static const uint8_t kinds[] = {
      [JSON_TYPE_NULL] = SEEN_NULL,       [JSON_TYPE_FALSE] = SEEN_BOOLEAN,
      [JSON_TYPE_TRUE] = SEEN_BOOLEAN,    [JSON_TYPE_INT] = SEEN_WHOLE,
      [JSON_TYPE_UINT] = SEEN_LARGE,      [JSON_TYPE_LARGE] = SEEN_LARGE,
      [JSON_TYPE_DOUBLE] = SEEN_FRACTION, [JSON_TYPE_STRING] = SEEN_TEXT,
      [JSON_TYPE_ARRAY] = SEEN_ARRAY,     [JSON_TYPE_OBJECT] = SEEN_OBJECT};
  enum infer_seen kind = (enum infer_seen)kinds[value->type];
  shape->seen[kind]++;
  if (kind == SEEN_WHOLE)
    add_whole(shape, value->value.integer);
  if (kind == SEEN_TEXT) {
    infer_texts_add(&shape->texts, json_text(value));
    add_embedded(infer, shape, json_text(value), depth);
  }
  if (kind == SEEN_TEXT || kind == SEEN_WHOLE || kind == SEEN_FRACTION)
    infer_times_add(&shape->times, value);
  if (json_is_container(value))
    add_container(infer, shape, value, depth);
}

void infer_add(struct infer *infer, const struct json_node *record) {
  infer->records++;
  add(infer, &infer->record, record, 0);
}

uint64_t infer_values(const struct infer_shape *shape) {
  uint64_t values = 0;
  for (unsigned i = SEEN_NULL + 1; i < SEEN_COUNT; i++)
    values += shape->seen[i];
  return values;
}

bool infer_is_embedded(const struct infer_shape *shape) {
  return !shape->unopened && shape->opened_objects + shape->opened_arrays > 0;
}

uint64_t infer_objects(const struct infer_shape *shape) {
  return shape->seen[SEEN_OBJECT] + (infer_is_embedded(shape) ? shape->opened_objects : 0);
}

static enum field_type type_of_numbers(const struct infer_shape *shape) {
  bool ambiguous;
  if (shape->seen[SEEN_LARGE])
    return FIELD_FLOAT;
  if (infer_times_forms(&shape->times, shape->name, &ambiguous))
    return FIELD_TIMESTAMP;
  if (shape->seen[SEEN_FRACTION])
    return FIELD_FLOAT;
  if (shape->least >= INT16_MIN && shape->most <= INT16_MAX)
    return FIELD_SMALLINT;
  return shape->least >= INT32_MIN && shape->most <= INT32_MAX ? FIELD_INT : FIELD_BIGINT;
}

enum field_type infer_type(const struct infer_shape *shape) {
  const uint64_t *seen = shape->seen, values = infer_values(shape);
  bool ambiguous;
  if (values == 0)
    return FIELD_JSON;
  if (seen[SEEN_BOOLEAN] == values)
    return FIELD_BOOLEAN;
  if (seen[SEEN_WHOLE] + seen[SEEN_LARGE] + seen[SEEN_FRACTION] == values)
    return type_of_numbers(shape);
  bool embedded = infer_is_embedded(shape);
  uint64_t nulls = embedded ? shape->blank : 0;
  uint64_t arrays = seen[SEEN_ARRAY] + (embedded ? shape->opened_arrays : 0);
  if (seen[SEEN_TEXT] == values && !embedded)
    return infer_times_forms(&shape->times, shape->name, &ambiguous) ? FIELD_TIMESTAMP
                                                                     : FIELD_STRING;
  if (arrays + nulls == values)
    return shape->cut ? FIELD_JSON : FIELD_ARRAY;
  if (infer_objects(shape) + nulls == values && shape->count > 0 && !shape->cut)
    return FIELD_OBJECT;
  return FIELD_JSON;
}

/* ---- the event's time -------------------------------------------------------------------- */

/* What is worse weighs more than all that follows: values only where the record is nested, a day
 * without a time, not in all records, a name that says nothing. */
#define WEIGHT_DEPTH 1000
#define WEIGHT_DAY 10000
#define WEIGHT_RARE 100000 /* to twice as much, the rarer the more */
#define WEIGHT_NAME 900

static bool is_day_only(const struct infer_shape *shape) {
  bool ambiguous;
  uint32_t forms = infer_times_forms(&shape->times, shape->name, &ambiguous);
  for (size_t i = 0; i < infer_form_count; i++)
    if (forms >> i & 1 && infer_forms[i].strftime && !strstr(infer_forms[i].strftime, "%M"))
      return true;
  return false;
}

struct time_choice {
  struct infer *infer;
  struct infer_shape *best;
  long weight; /* of the best */
  unsigned depth;
  bool all; /* mark every field whose name says so and that is no deeper than the best */
};

static void choose(struct time_choice *choice, struct infer_shape *field, unsigned depth) {
  int rank = infer_event_time_rank(field->name);
  uint64_t records = choice->infer->records, missing = records - infer_values(field);
  long weight = (long)depth * WEIGHT_DEPTH + (is_day_only(field) ? WEIGHT_DAY : 0) +
                (rank >= 0 ? rank : WEIGHT_NAME);
  if (missing && rank < 0)
    return;
  if (missing)
    weight += WEIGHT_RARE + (long)((double)WEIGHT_RARE * (double)missing / (double)records);
  field->event_time |= choice->all && depth <= choice->depth;
  if (!choice->best || weight < choice->weight) {
    choice->best = field;
    choice->weight = weight;
    choice->depth = depth;
  }
}

static void look_for_times(struct time_choice *choice, struct infer_shape *object, unsigned depth) {
  for (size_t i = 0; i < object->count; i++) {
    struct infer_shape *field = object->fields[i];
    enum field_type type = infer_type(field);
    if (type == FIELD_TIMESTAMP)
      choose(choice, field, depth);
    else if (type == FIELD_OBJECT)
      look_for_times(choice, field, depth + 1);
  }
}

void infer_finish(struct infer *infer) {
  struct time_choice choice = {.infer = infer};
  look_for_times(&choice, &infer->record, 0);
  if (!choice.best)
    return;
  /* Where no field is in all records, the first one that holds a time counts. */
  choice.all = choice.weight >= WEIGHT_RARE;
  if (choice.all)
    look_for_times(&choice, &infer->record, 0);
  choice.best->event_time = true;
}

static void free_shape(struct infer_shape *shape) {
  for (size_t i = 0; i < shape->count; i++)
    free_shape(shape->fields[i]);
  if (shape->element)
    free_shape(shape->element);
  free(shape->fields);
  map_clear(&shape->by_name, NULL);
}

void infer_free(struct infer *infer) {
  for (unsigned i = 0; i < INFER_DEPTH_MAX; i++)
    json_reader_free(infer->openers[i]);
  free_shape(&infer->record);
  arena_free(&infer->arena);
  *infer = INFER_NONE;
}
