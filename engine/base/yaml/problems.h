/*
 * A growing list of errors, for work that should report every mistake in one run (`margay
 * check`, loading rules). Owned by whoever made it; an entry is a copy and lives as long.
 *
 * A list serves one thread at a time.
 */
#ifndef BASE_YAML_PROBLEMS_H
#define BASE_YAML_PROBLEMS_H

#include "base/error.h"

#include <stddef.h>
#include <stdio.h>

struct problems {
  struct error *items;
  size_t count, capacity;
};

#define PROBLEMS_NONE ((struct problems){.items = NULL})

/* Adds one mistake. line, column 0 and file NULL when unknown. Always returns false. */
bool problems_add(struct problems *problems, const char *file, unsigned line, unsigned column,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds a copy of an error that is set; ignores one that is not. Always returns false. */
bool problems_add_error(struct problems *problems, const struct error *error);

/* Prints one line an entry, ordered by file, then line, then column. Entries that are the same,
 * such as the mistake of a library in each rule that needs it, are one line that says how many. */
void problems_print(struct problems *problems, FILE *out);

/* Releases the list and leaves it empty and usable. */
void problems_clear(struct problems *problems);

#endif
