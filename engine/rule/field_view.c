#include "rule/field_view.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

struct field_table {
  struct arena arena; /* owns the paths */
  struct text *paths;
  size_t count, capacity;
  /* Open addressing; a cell holds a field's number + 1, or 0. A power of two of cells, at most
   * half of them taken. */
  unsigned *cells;
  size_t cell_count;
};

struct field_table *field_table_new(void) {
  struct field_table *table = memory_alloc(sizeof *table);
  table->cell_count = 64;
  table->cells = memory_alloc_array(table->cell_count, sizeof *table->cells);
  return table;
}

void field_table_free(struct field_table *table) {
  if (!table)
    return;
  arena_free(&table->arena);
  free(table->paths);
  free(table->cells);
  free(table);
}

/* The cell of a path, or the empty one where it belongs. */
static unsigned *field_table_cell(struct field_table *table, struct text path) {
  size_t mask = table->cell_count - 1, at = (size_t)text_hash(path) & mask;
  while (table->cells[at] && !text_equal(table->paths[table->cells[at] - 1], path))
    at = (at + 1) & mask;
  return &table->cells[at];
}

static void field_table_grow(struct field_table *table) {
  free(table->cells);
  table->cell_count *= 2;
  table->cells = memory_alloc_array(table->cell_count, sizeof *table->cells);
  for (size_t i = 0; i < table->count; i++)
    *field_table_cell(table, table->paths[i]) = (unsigned)i + 1;
}

unsigned field_table_intern(struct field_table *table, struct text path) {
  unsigned *cell = field_table_cell(table, path);
  if (*cell)
    return *cell - 1;
  if (2 * (table->count + 1) > table->cell_count) {
    field_table_grow(table);
    cell = field_table_cell(table, path);
  }
  table->paths =
      memory_reserve(table->paths, &table->capacity, table->count + 1, sizeof *table->paths);
  table->paths[table->count] = arena_copy(&table->arena, path);
  *cell = (unsigned)++table->count;
  return *cell - 1;
}

struct text field_table_path(const struct field_table *table, unsigned field) {
  assert(field < table->count);
  return table->paths[field];
}

struct field_view *field_view_new(const struct field_table *table) {
  struct field_view *view = memory_alloc(sizeof *view);
  view->table = table;
  view->field_count = table->count;
  view->values = memory_alloc_array(table->count, sizeof *view->values);
  view->scratch = regex_scratch_new();
  return view;
}

void field_view_free(struct field_view *view) {
  if (!view)
    return;
  for (size_t i = 0; i < view->schema_count; i++)
    free(view->schemas[i].places);
  free(view->schemas);
  free(view->values);
  regex_scratch_free(&view->scratch);
  buffer_free(&view->spelling);
  free(view);
}

static struct field_place place_of(const struct schema *schema, struct text path) {
  const char *dot = memchr(path.data, '.', path.size);
  if (!dot)
    return (struct field_place){.slot = schema_slot(schema, path)};
  /* A field whose own name holds dots wins where it has a value: left to event_path. */
  if (schema_slot(schema, path) >= 0)
    return (struct field_place){.slot = -1, .nested = true};
  struct text first = {path.data, (size_t)(dot - path.data)};
  struct text rest = {dot + 1, path.size - first.size - 1};
  return (struct field_place){schema_slot(schema, first), true, rest};
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
    entry->places[i] = place_of(schema, view->table->paths[i]);
  return entry->places;
}

void field_view_set(struct field_view *view, const struct event *event) {
  if (event->schema != view->schema) {
    view->schema = event->schema;
    view->places = event->schema ? places_for(view, event->schema) : NULL;
  }
  view->event = event;
  view->regex_limits = 0;
  if (++view->generation == 0) {
    memset(view->values, 0, view->field_count * sizeof *view->values);
    view->generation = 1;
  }
}

static const struct json_node *look_up(const struct field_view *view, unsigned field) {
  const struct event *event = view->event;
  if (view->places) {
    const struct field_place *place = &view->places[field];
    if (place->slot >= 0 && !place->nested)
      return event->slots[place->slot];
    /* An unknown top-level field could bear the dotted path as its name, and then it wins. */
    if (event->unknown_fields == 0 && place->slot >= 0)
      return event->slots[place->slot] ? json_path(event->slots[place->slot], place->rest) : NULL;
    if (event->unknown_fields == 0 && !place->nested)
      return NULL;
  }
  return event_path(event, view->table->paths[field]);
}

const struct json_node *field_view_read(struct field_view *view, unsigned field) {
  struct field_view_value *value = &view->values[field];
  value->node = look_up(view, field);
  value->generation = view->generation;
  return value->node;
}

const struct json_node *field_view_get(struct field_view *view, unsigned field) {
  assert(field < view->field_count && view->event);
  return field_view_value(view, field);
}

struct regex_scratch *field_view_scratch(struct field_view *view) {
  return view->scratch;
}

unsigned field_view_regex_limits(const struct field_view *view) {
  return view->regex_limits;
}
