#include "command/terminal/table.h"

#include "alert/message/markup.h"
#include "base/arena.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define GAP 2
#define CELL_MAX 2000
/* On a terminal: the least width of the last column, and the greatest of the others. */
#define LAST_MIN 20
#define COLUMN_MAX 30

struct cell {
  struct text text;
  size_t width;
  const char *colour;
};

struct table {
  struct arena arena;
  size_t columns;
  uint64_t right;     /* bit 1 << column */
  struct cell *cells; /* the headings first */
  size_t count, capacity;
};

struct table *table_new(const char *const *headings, size_t columns) {
  struct table *table = memory_alloc(sizeof *table);
  table->columns = columns;
  for (size_t i = 0; i < columns; i++)
    table_add(table, text_from(headings[i]), "1");
  return table;
}

void table_free(struct table *table) {
  if (!table)
    return;
  arena_free(&table->arena);
  free(table->cells);
  free(table);
}

void table_add(struct table *table, struct text text, const char *colour) {
  struct buffer shown = BUFFER_NONE;
  markup_append(&shown, &markup_line, text, CELL_MAX);
  table->cells =
      memory_reserve(table->cells, &table->capacity, table->count + 1, sizeof *table->cells);
  table->cells[table->count++] = (struct cell){
      .text = arena_copy(&table->arena, buffer_text(&shown)),
      .width = markup_length(buffer_text(&shown)),
      .colour = colour,
  };
  buffer_free(&shown);
}

void table_add_number(struct table *table, int64_t number) {
  char shown[32];
  snprintf(shown, sizeof shown, "%" PRId64, number);
  table_add(table, text_from(shown), NULL);
}

void table_align_right(struct table *table, size_t column) {
  table->right |= UINT64_C(1) << column;
}

static void write_cell(const struct cell *cell, bool colours, size_t limit, struct buffer *out) {
  bool coloured = colours && cell->colour;
  if (coloured)
    buffer_printf(out, "\x1b[%sm", cell->colour);
  markup_append(out, &markup_line, cell->text, limit);
  if (coloured)
    buffer_append_string(out, "\x1b[0m");
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

void table_write(const struct table *table, bool colours, size_t width, struct buffer *out) {
  size_t *widths = memory_alloc_array(table->columns, sizeof *widths);
  size_t most = width == 0 ? CELL_MAX : COLUMN_MAX;
  for (size_t i = 0; i < table->count; i++) {
    size_t *widest = &widths[i % table->columns], cell = smaller(table->cells[i].width, most);
    if (cell > *widest)
      *widest = cell;
  }
  size_t before = 0; /* the width left of the last column */
  for (size_t i = 0; i + 1 < table->columns; i++)
    before += widths[i] + GAP;
  size_t last = width == 0 ? CELL_MAX : width > before + LAST_MIN ? width - before : LAST_MIN;

  size_t rows = table->count / table->columns;
  for (size_t i = 0; i < rows * table->columns; i++) {
    const struct cell *cell = &table->cells[i];
    if ((i + 1) % table->columns == 0) {
      write_cell(cell, colours, last, out);
      buffer_append_char(out, '\n');
    } else {
      int gap = (int)(widths[i % table->columns] - smaller(cell->width, most));
      bool right = table->right >> (i % table->columns) & 1;
      buffer_printf(out, "%*s", right ? gap : 0, "");
      write_cell(cell, colours, most, out);
      buffer_printf(out, "%*s", right ? GAP : gap + GAP, "");
    }
  }
  free(widths);
}
