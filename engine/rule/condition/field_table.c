#include "rule/condition/condition.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

struct field_table {
  struct arena arena; /* owns the paths */
  struct text *paths;
  struct text *dotted; /* the same where places in lists do not stand in brackets */
  size_t count, capacity, dotted_capacity;
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
  free(table->dotted);
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
  table->dotted = memory_reserve(table->dotted, &table->dotted_capacity, table->count + 1,
                                 sizeof *table->dotted);
  path = arena_copy(&table->arena, path);
  table->paths[table->count] = path;
  table->dotted[table->count] = json_path_dotted(path, arena_alloc(&table->arena, path.size + 1));
  *cell = (unsigned)++table->count;
  return *cell - 1;
}

struct text field_table_path(const struct field_table *table, unsigned field) {
  assert(field < table->count);
  return table->paths[field];
}

struct text field_table_dotted(const struct field_table *table, unsigned field) {
  assert(field < table->count);
  return table->dotted[field];
}

size_t field_table_count(const struct field_table *table) {
  return table->count;
}
