/*
 * Schema errors: values of one record that are not what its schema says. Each costs the value, not
 * the event: it stays as it came, and its path is listed.
 *
 * Whoever reads a record owns the list and empties it for the next one. One thread at a time.
 */
#ifndef EVENT_SCHEMA_SCHEMA_ERRORS_H
#define EVENT_SCHEMA_SCHEMA_ERRORS_H

#include "base/arena.h"

/* Values that are looked at in one record. A list of so many is megabytes long; its further ones
 * would hardly name another path. */
#define SCHEMA_ERRORS_SEEN_MAX 65536

struct schema_error {
  struct text path;   /* as conditions spell it: "payload.object.id", without places in lists */
  struct text reason; /* without anything that comes from the record */
};

struct schema_errors {
  struct arena arena;         /* owns the texts */
  struct schema_error *items; /* each path once, in the order of their finding */
  size_t count, capacity;
  uint32_t seen;  /* values, also more than one of a path */
  bool on_demand; /* fields are checked, too, that are looked at on demand only */
};

void schema_errors_free(struct schema_errors *errors);

/* Forgets what is listed. */
void schema_errors_forget(struct schema_errors *errors);

/* The same, for every record: mostly nothing is. */
static inline void schema_errors_reset(struct schema_errors *errors) {
  if (__builtin_expect(errors->seen > 0, 0))
    schema_errors_forget(errors);
}

/* Lists the path, unless it is listed already. Copies the texts. Always true: what has errors is an
 * event nonetheless. */
bool schema_errors_add(struct schema_errors *errors, struct text path, struct text reason);

#endif
