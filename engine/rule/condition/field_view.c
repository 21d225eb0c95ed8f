#include "rule/condition/field_view.h"

#include "base/memory.h"
#include "event/lookup/lookup.h"
#include "rule/condition/condition_operand.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#define FOLDED_KEPT ((size_t)1 << 20) /* bytes of a folded text whose memory is kept */

bool condition_is_own(struct text path) {
  return text_is(path, CONDITION_LOG_TYPE_PATH) || text_is(path, CONDITION_SCHEMA_ERRORS_PATH);
}

/* UINT_MAX when no condition asks for it. */
static unsigned find_field(const struct field_table *table, const char *path) {
  size_t count = field_table_count(table);
  for (unsigned i = 0; i < count; i++)
    if (text_is(field_table_path(table, i), path))
      return i;
  return UINT_MAX;
}

struct field_view *field_view_new(const struct field_table *table) {
  struct field_view *view = memory_alloc(sizeof *view);
  view->table = table;
  view->field_count = field_table_count(table);
  view->values = memory_alloc_array(view->field_count, sizeof *view->values);
  view->known_count = field_table_shared(table) + 1;
  view->known = memory_alloc_array(view->known_count, sizeof *view->known);
  view->scratch = regex_scratch_new();
  work_start(&view->work);
  view->log_type_field = find_field(table, CONDITION_LOG_TYPE_PATH);
  view->schema_errors_field = find_field(table, CONDITION_SCHEMA_ERRORS_PATH);
  return view;
}

void field_view_free(struct field_view *view) {
  if (!view)
    return;
  for (size_t i = 0; i < view->schema_count; i++)
    free(view->schemas[i].places);
  free(view->schemas);
  free(view->values);
  free(view->known);
  free(view->schema_errors);
  regex_scratch_free(&view->scratch);
  buffer_free(&view->spelling);
  buffer_free(&view->texts[0]);
  buffer_free(&view->texts[1]);
  buffer_free(&view->folded_bytes);
  buffer_free(&view->row);
  free(view);
}

static struct field_place place_of(const struct schema *schema, struct text name,
                                   struct text path) {
  if (condition_is_own(path))
    return (struct field_place){.slot = -1, .nested = true}; /* it is never unknown */
  const char *dot = memchr(path.data, '.', path.size);
  if (!dot) {
    int slot = schema_slot(schema, name);
    return (struct field_place){.slot = slot, .unknown = slot < 0};
  }
  /* A field whose own name holds dots wins where it has a value: left to event_path. */
  if (schema_slot(schema, name) >= 0)
    return (struct field_place){.slot = -1, .nested = true};
  struct text first = {path.data, (size_t)(dot - path.data)};
  struct text rest = {dot + 1, path.size - first.size - 1};
  int slot = schema_slot(schema, first);
  return (struct field_place){slot, true, slot < 0, rest};
}

static const struct field_place *places_for(struct field_view *view, const struct schema *schema) {
  for (size_t i = 0; i < view->schema_count; i++)
    if (view->schemas[i].schema == schema)
      return view->schemas[i].places;
  view->schemas = memory_reserve(view->schemas, &view->schema_capacity, view->schema_count + 1,
                                 sizeof *view->schemas);
  struct field_schema *entry = &view->schemas[view->schema_count++];
  entry->schema = schema;
  entry->places = memory_alloc_array(view->field_count, sizeof *entry->places);
  for (unsigned i = 0; i < view->field_count; i++)
    entry->places[i] =
        place_of(schema, field_table_path(view->table, i), field_table_dotted(view->table, i));
  return entry->places;
}

void field_view_set(struct field_view *view, const struct event *event) {
  if (event->schema != view->schema) {
    view->schema = event->schema;
    view->places = event->schema ? places_for(view, event->schema) : NULL;
  }
  view->event = event;
  view->given_up = NULL;
  if (view->work.left != WORK_PASS_STEPS) /* else nothing was taken since it started */
    work_start(&view->work);
  if (++view->generation == 0) {
    memset(view->values, 0, view->field_count * sizeof *view->values);
    memset(view->known, 0, view->known_count * sizeof *view->known);
    view->generation = 1;
  }
}

static const struct json_node *look_up(const struct field_view *view, unsigned field) {
  const struct event *event = view->event;
  if (view->places) {
    const struct field_place *place = &view->places[field];
    /* An unknown top-level field could bear the dotted path as its name, and then it wins. */
    if (event->unknown_fields == 0 && place->slot >= 0)
      return event_path_below(event, event->slots[place->slot], place->rest);
  }
  return event_path(event, field_table_path(view->table, field));
}

/* What margay says the event is, whatever its record says. */
static const struct json_node *log_type_of(struct field_view *view) {
  struct text log_type = view->event->log_type;
  view->log_type = (struct json_node){.type = JSON_TYPE_STRING,
                                      .skip = 1,
                                      .value.string = log_type.data,
                                      .size = (uint32_t)log_type.size};
  return &view->log_type;
}

/* A list of texts, as the record would have it. */
static const struct json_node *schema_errors_of(struct field_view *view) {
  const struct schema_errors *errors = view->event->schema_errors;
  if (errors->count == 0)
    return NULL;
  view->schema_errors = memory_reserve(view->schema_errors, &view->schema_errors_capacity,
                                       errors->count + 1, sizeof *view->schema_errors);
  uint32_t count = (uint32_t)errors->count;
  view->schema_errors[0] =
      (struct json_node){.type = JSON_TYPE_ARRAY, .skip = count + 1, .size = count};
  for (uint32_t i = 0; i < count; i++)
    view->schema_errors[i + 1] = (struct json_node){.type = JSON_TYPE_STRING,
                                                    .skip = 1,
                                                    .value.string = errors->items[i].path.data,
                                                    .size = (uint32_t)errors->items[i].path.size};
  return view->schema_errors;
}

const struct json_node *field_view_read(struct field_view *view, unsigned field) {
  struct field_view_value *value = &view->values[field];
  if (field == view->log_type_field)
    value->node = log_type_of(view);
  else if (field == view->schema_errors_field && view->event->schema)
    value->node = schema_errors_of(view);
  else
    value->node = look_up(view, field);
  value->generation = view->generation;
  return value->node;
}

const struct json_node *field_view_get(struct field_view *view, unsigned field) {
  assert(field < view->field_count && view->event);
  return field_view_value(view, field);
}

struct text condition_fold(struct field_view *view, struct text text) {
  view->folded_of = view->folded = text;
  view->folded_generation = view->generation;
  if (text_is_ascii(text))
    return text;
  struct buffer *bytes = &view->folded_bytes;
  if (bytes->capacity > FOLDED_KEPT)
    buffer_free(bytes);
  buffer_reset(bytes);
  bytes->size = fold_write(text, buffer_reserve(bytes, fold_size_max(text.size)));
  return view->folded = buffer_text(bytes);
}

const struct gram_table *field_view_grams(struct field_view *view, unsigned field,
                                          struct text text) {
  struct field_grams *grams = &view->grams[field % FIELD_GRAMS];
  if (grams->generation != view->generation || grams->text.data != text.data ||
      grams->text.size != text.size) {
    grams->text = text;
    grams->generation = view->generation;
    grams->ascii = text_is_ascii(text);
    if (grams->ascii)
      gram_table_fill(&grams->table, text);
  }
  return grams->ascii ? &grams->table : NULL;
}

void field_view_set_lookups(struct field_view *view, const struct lookup_set *lookups) {
  view->lookups = lookups;
}

void field_view_mock_lookups(struct field_view *view, field_view_has_row has_row, void *context) {
  view->mocked = has_row;
  view->mock_context = context;
}

bool field_view_finds(struct field_view *view, struct text table, struct text key) {
  struct lookup_cursor row;
  struct error error;
  if (view->mocked)
    return view->mocked(view->mock_context, table, key);
  error_clear(&error);
  return lookup_find(view->lookups, table, key, &view->row, &row, &error) == LOOKUP_FOUND;
}

void field_view_begin_rule(struct field_view *view) {
  work_begin_part(&view->work);
}

const struct condition *field_view_take_given_up(struct field_view *view) {
  const struct condition *test = view->given_up;
  view->given_up = NULL;
  return test;
}
