#include "rule/condition/condition.h"

#include "base/hash.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

/* Texts by number, and their numbers. */
struct numbered {
  struct text *texts;
  size_t count, capacity;
  /* Open addressing; a cell holds a text's number + 1, or 0. A power of two of cells, at most half
   * of them taken. */
  unsigned *cells;
  size_t cell_count;
};

struct field_table {
  struct arena arena; /* owns the texts */
  struct numbered paths, shared;
  struct text *dotted; /* the paths where places in lists do not stand in brackets */
  size_t dotted_capacity;
};

static void numbered_start(struct numbered *numbered) {
  numbered->cell_count = 64;
  numbered->cells = memory_alloc_array(numbered->cell_count, sizeof *numbered->cells);
}

static void numbered_clear(struct numbered *numbered) {
  free(numbered->texts);
  free(numbered->cells);
}

/* The cell of a text, or the empty one where it belongs. */
static unsigned *numbered_cell(const struct numbered *numbered, struct text text) {
  size_t mask = numbered->cell_count - 1, at = (size_t)hash_text(text) & mask;
  while (numbered->cells[at] && !text_equal(numbered->texts[numbered->cells[at] - 1], text))
    at = (at + 1) & mask;
  return &numbered->cells[at];
}

static void numbered_grow(struct numbered *numbered) {
  free(numbered->cells);
  numbered->cell_count *= 2;
  numbered->cells = memory_alloc_array(numbered->cell_count, sizeof *numbered->cells);
  for (size_t i = 0; i < numbered->count; i++)
    *numbered_cell(numbered, numbered->texts[i]) = (unsigned)i + 1;
}

/* The number of the text; of one that is not there yet, which is copied, the next. */
static unsigned numbered_intern(struct numbered *numbered, struct arena *arena, struct text text) {
  unsigned *cell = numbered_cell(numbered, text);
  if (*cell)
    return *cell - 1;
  if (2 * (numbered->count + 1) > numbered->cell_count) {
    numbered_grow(numbered);
    cell = numbered_cell(numbered, text);
  }
  numbered->texts = memory_reserve(numbered->texts, &numbered->capacity, numbered->count + 1,
                                   sizeof *numbered->texts);
  numbered->texts[numbered->count] = arena_copy(arena, text);
  *cell = (unsigned)++numbered->count;
  return *cell - 1;
}

struct field_table *field_table_new(void) {
  struct field_table *table = memory_alloc(sizeof *table);
  numbered_start(&table->paths);
  numbered_start(&table->shared);
  return table;
}

void field_table_free(struct field_table *table) {
  if (!table)
    return;
  arena_free(&table->arena);
  numbered_clear(&table->paths);
  numbered_clear(&table->shared);
  free(table->dotted);
  free(table);
}

unsigned field_table_intern(struct field_table *table, struct text path) {
  size_t count = table->paths.count;
  unsigned field = numbered_intern(&table->paths, &table->arena, path);
  if (table->paths.count == count)
    return field;
  path = table->paths.texts[field];
  table->dotted =
      memory_reserve(table->dotted, &table->dotted_capacity, count + 1, sizeof *table->dotted);
  table->dotted[field] = json_path_dotted(path, arena_alloc(&table->arena, path.size + 1));
  return field;
}

struct text field_table_path(const struct field_table *table, unsigned field) {
  assert(field < table->paths.count);
  return table->paths.texts[field];
}

struct text field_table_dotted(const struct field_table *table, unsigned field) {
  assert(field < table->paths.count);
  return table->dotted[field];
}

size_t field_table_count(const struct field_table *table) {
  return table->paths.count;
}

unsigned field_table_share(struct field_table *table, struct text what) {
  return numbered_intern(&table->shared, &table->arena, what);
}

size_t field_table_shared(const struct field_table *table) {
  return table->shared.count;
}
