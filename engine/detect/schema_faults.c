#include "detect/schema_faults.h"

#include "base/memory.h"

#include <stdlib.h>

static struct schema_fault *find(struct schema_fault_list *list, struct text log_type,
                                 struct text path) {
  for (size_t i = 0; i < list->count; i++)
    if (text_equal(list->items[i].path, path) && text_equal(list->items[i].log_type, log_type))
      return &list->items[i];
  return NULL;
}

static struct schema_fault *add(struct schema_fault_list *list, const struct event *event,
                                const struct schema_error *error, struct arena *arena) {
  list->items = memory_reserve(list->items, &list->capacity, list->count + 1, sizeof *list->items);
  struct schema_fault *fault = &list->items[list->count++];
  *fault = (struct schema_fault){.log_type = arena_copy(arena, event->log_type),
                                 .path = arena_copy(arena, error->path),
                                 .reason = arena_copy(arena, error->reason),
                                 .occurrence = event->occurrence};
  memcpy(fault->row_id, event_row_id(event), sizeof fault->row_id);
  return fault;
}

void schema_faults_add(struct schema_fault_list *list, const struct event *event, uint64_t number,
                       struct arena *arena) {
  const struct schema_errors *errors = event->schema_errors;
  list->errors += errors->count;
  for (size_t i = 0; i < errors->count; i++) {
    struct schema_fault *fault = find(list, event->log_type, errors->items[i].path);
    if (!fault && list->count < SCHEMA_FAULTS_MAX) {
      fault = add(list, event, &errors->items[i], arena);
      fault->number = number;
    }
    if (fault)
      fault->count++;
  }
}

void schema_faults_free(struct schema_fault_list *list) {
  free(list->items);
}
