#include "base/yaml/problems.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct error *next_item(struct problems *problems) {
  problems->items = memory_reserve(problems->items, &problems->capacity, problems->count + 1,
                                   sizeof *problems->items);
  return &problems->items[problems->count++];
}

bool problems_add(struct problems *problems, const char *file, unsigned line, unsigned column,
                  const char *format, ...) {
  struct error *item = next_item(problems);
  *item = (struct error){.set = true, .line = line, .column = column};
  snprintf(item->file, sizeof item->file, "%s", file ? file : "");
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(item->text, sizeof item->text, format, arguments);
  va_end(arguments);
  return false;
}

bool problems_add_error(struct problems *problems, const struct error *error) {
  if (error->set)
    *next_item(problems) = *error;
  return false;
}

static int compare_places(const void *left, const void *right) {
  const struct error *a = *(const struct error *const *)left;
  const struct error *b = *(const struct error *const *)right;
  int order = strcmp(a->file, b->file);
  if (order == 0)
    order = (a->line > b->line) - (a->line < b->line);
  if (order == 0)
    order = (a->column > b->column) - (a->column < b->column);
  /* Entries of one place keep the order in which they were found. */
  return order ? order : (a > b) - (a < b);
}

static bool is_same(const struct error *a, const struct error *b) {
  return strcmp(a->file, b->file) == 0 && a->line == b->line && a->column == b->column &&
         strcmp(a->text, b->text) == 0;
}

void problems_print(struct problems *problems, FILE *out) {
  const struct error **order = memory_alloc_array(problems->count, sizeof *order);
  for (size_t i = 0; i < problems->count; i++)
    order[i] = &problems->items[i];
  qsort(order, problems->count, sizeof *order, compare_places);
  for (size_t i = 0, next; i < problems->count; i = next) {
    struct error_line line;
    for (next = i + 1; next < problems->count && is_same(order[i], order[next]);)
      next++;
    fprintf(out, "%s", error_line(order[i], &line));
    if (next - i > 1)
      fprintf(out, " (%zu times)", next - i);
    fputc('\n', out);
  }
  free(order);
}

void problems_clear(struct problems *problems) {
  free(problems->items);
  *problems = PROBLEMS_NONE;
}
