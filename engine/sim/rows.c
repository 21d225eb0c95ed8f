#include "sim/rows.h"

#include "base/memory.h"

#include <stdlib.h>

struct text row_category(struct arena *arena, struct text category_type) {
  char *out = arena_alloc(arena, category_type.size + 1);
  for (size_t i = 0; i < category_type.size; i++) {
    char c = category_type.data[i];
    out[i] = (char)(c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  }
  return (struct text){out, category_type.size};
}

struct row *rows_add(struct rows *rows, time_us time) {
  rows->rows = memory_reserve(rows->rows, &rows->capacity, rows->count + 1, sizeof *rows->rows);
  struct row *row = &rows->rows[rows->count];
  *row = (struct row){.time = time, .number = rows->count, .appears = time};
  rows->count++;
  return row;
}

void row_set_free(struct row_set *set) {
  for (int report = 0; report < SIM_REPORTS; report++)
    free(set->reports[report].rows);
  arena_free(&set->arena);
  *set = (struct row_set){.arena = ARENA_NONE};
}
