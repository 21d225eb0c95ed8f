#include "command/tune/tune_diff.h"

#include "alert/message/markup.h"
#include "base/memory.h"

#include <stdlib.h>

#define AROUND 3
#define LINE_MAX_SHOWN 500

/* ---- lines ------------------------------------------------------------------------------- */

struct lines {
  struct text *items;
  size_t count, capacity;
};

/* Without their ends: a changed end alone is not shown, and does not happen. */
static struct lines split(struct text text) {
  struct lines lines = {.items = NULL};
  while (text.size > 0) {
    const char *newline = memchr(text.data, '\n', text.size);
    size_t size = newline ? (size_t)(newline - text.data) : text.size;
    size_t shown = size > 0 && text.data[size - 1] == '\r' ? size - 1 : size;
    lines.items =
        memory_reserve(lines.items, &lines.capacity, lines.count + 1, sizeof *lines.items);
    lines.items[lines.count++] = (struct text){text.data, shown};
    size += newline != NULL;
    text = (struct text){text.data + size, text.size - size};
  }
  return lines;
}

/* ---- what became of them ----------------------------------------------------------------- */

/* A line of the diff: of both files, of the old one, or of the new one. */
struct step {
  char sign;
  struct text line;
};
struct steps {
  struct step *items;
  size_t count, capacity;
};

static void add(struct steps *steps, char sign, struct text line) {
  steps->items =
      memory_reserve(steps->items, &steps->capacity, steps->count + 1, sizeof *steps->items);
  steps->items[steps->count++] = (struct step){sign, line};
}

/* How many lines on the line comes again; 0: it does not. */
static size_t next_place(const struct lines *lines, size_t from, struct text line) {
  for (size_t i = from; i < lines->count; i++)
    if (text_equal(lines->items[i], line))
      return i - from + 1;
  return 0;
}

/* Nearly all changes are lines that are put in, so an old line that comes again later was not
 * changed: what is before it is new. */
static struct steps compare(const struct lines *old, const struct lines *new) {
  struct steps steps = {.items = NULL};
  size_t i = 0, k = 0;
  while (i < old->count || k < new->count) {
    size_t skip = i < old->count ? next_place(new, k, old->items[i]) : 0;
    if (skip == 1) {
      add(&steps, ' ', old->items[i++]);
      k++;
    } else if (skip > 1 || i == old->count) {
      add(&steps, '+', new->items[k++]);
    } else {
      add(&steps, '-', old->items[i++]);
    }
  }
  return steps;
}

/* ---- printing ---------------------------------------------------------------------------- */

static bool is_near_change(const struct steps *steps, size_t at) {
  size_t from = at > AROUND ? at - AROUND : 0;
  for (size_t i = from; i < steps->count && i <= at + AROUND; i++)
    if (steps->items[i].sign != ' ')
      return true;
  return false;
}

static void print(const struct step *step, bool colours, struct buffer *out) {
  const char *colour = step->sign == '+' ? "32" : step->sign == '-' ? "31" : NULL;
  if (colours && colour)
    buffer_printf(out, "\x1b[%sm", colour);
  buffer_append_char(out, step->sign);
  markup_append(out, &markup_line, step->line, LINE_MAX_SHOWN);
  if (colours && colour)
    buffer_append_string(out, "\x1b[0m");
  buffer_append_char(out, '\n');
}

void tune_diff(const char *name, struct text before, struct text after, bool colours,
               struct buffer *out) {
  struct lines old = split(before), new = split(after);
  struct steps steps = compare(&old, &new);
  size_t line = 1; /* of the old file */
  bool shown = false;
  buffer_printf(out, "--- %s\n+++ %s\n", name, name);
  for (size_t i = 0; i < steps.count; i++) {
    bool near = is_near_change(&steps, i);
    if (near && !shown)
      buffer_printf(out, "@@ line %zu @@\n", line);
    if (near)
      print(&steps.items[i], colours, out);
    shown = near;
    line += steps.items[i].sign != '+';
  }
  free(old.items);
  free(new.items);
  free(steps.items);
}
