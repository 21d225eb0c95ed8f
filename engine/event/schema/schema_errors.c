#include "event/schema/schema_errors.h"

#include "base/memory.h"

#include <stdlib.h>

void schema_errors_free(struct schema_errors *errors) {
  arena_free(&errors->arena);
  free(errors->items);
  *errors = (struct schema_errors){.count = 0};
}

void schema_errors_forget(struct schema_errors *errors) {
  arena_reset(&errors->arena);
  errors->count = 0;
  errors->seen = 0;
}

bool schema_errors_add(struct schema_errors *errors, struct text path, struct text reason) {
  errors->seen++;
  for (size_t i = 0; i < errors->count; i++)
    if (text_equal(errors->items[i].path, path))
      return true;
  errors->items =
      memory_reserve(errors->items, &errors->capacity, errors->count + 1, sizeof *errors->items);
  errors->items[errors->count++] =
      (struct schema_error){arena_copy(&errors->arena, path), arena_copy(&errors->arena, reason)};
  return true;
}
