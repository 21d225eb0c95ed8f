/* What a schema does to a record's top level; what it does below is reshape_within's. */
#include "event/reshape.h"

#include "base/memory.h"
#include "event/event_reader.h"
#include "event/reshape_within.h"

#include <stdlib.h>

/* Bytes of made values whose memory is kept for the next record. */
#define MADE_KEPT ((size_t)256 * 1024)

struct reshaper *reshaper_new(void) {
  return memory_alloc(sizeof(struct reshaper));
}

void reshaper_free(struct reshaper *reshaper) {
  if (!reshaper)
    return;
  for (size_t i = 0; i < reshaper->embedded_count; i++)
    json_reader_free(reshaper->embedded[i]);
  json_reader_free(reshaper->inner);
  free(reshaper->embedded);
  free(reshaper->nodes);
  buffer_free(&reshaper->path);
  arena_free(&reshaper->arena);
  free(reshaper);
}

int reshape_renamed_slot(const struct schema *schema, struct text key) {
  if (!schema->reshapes)
    return -1;
  for (size_t i = 0; i < schema->field_count; i++)
    if (schema->fields[i].transform.kind == TRANSFORM_RENAME &&
        text_equal(schema->fields[i].transform.from[0], key))
      return (int)i;
  return -1;
}

/* For a new record. What a large one needed is given back. */
static void begin(struct reshaper *reshaper, struct text record) {
  if (arena_size(&reshaper->arena) > MADE_KEPT)
    arena_free(&reshaper->arena);
  arena_reset(&reshaper->arena);
  if (reshaper->node_capacity * sizeof *reshaper->nodes > MADE_KEPT) {
    free(reshaper->nodes);
    reshaper->nodes = NULL;
    reshaper->node_capacity = 0;
  }
  reshaper->embedded_used = 0;
  reshaper->lists_cut = 0;
  reshaper->node_room =
      (JSON_MEMORY_LEAST + JSON_MEMORY_RATIO * record.size) / sizeof *reshaper->nodes;
  reshaper->byte_room = (size_t)JSON_SIZE_MAX;
}

static void name_path(struct reshaper *reshaper, const struct field *field) {
  char name[64];
  buffer_reset(&reshaper->path);
  buffer_append_string(&reshaper->path, text_printable(field->name, name, sizeof name));
}

static const struct json_node *open_embedded(struct reshaper *reshaper,
                                             const struct json_node *value,
                                             struct schema_errors *errors, struct error *error) {
  if (reshaper->embedded_used == reshaper->embedded_count) {
    reshaper->embedded = memory_reserve(reshaper->embedded, &reshaper->embedded_capacity,
                                        reshaper->embedded_count + 1, sizeof(struct json_reader *));
    reshaper->embedded[reshaper->embedded_count++] = json_reader_new();
  }
  const struct json_node *opened =
      reshape_open(reshaper, reshaper->embedded[reshaper->embedded_used++], value, error);
  if (opened || !errors)
    return opened;
  schema_errors_add(errors, buffer_text(&reshaper->path), TEXT("the embedded text is not JSON"));
  error_clear(error);
  return value;
}

static bool reshape_value(struct reshaper *reshaper, const struct event *event,
                          const struct field *field, const struct json_node **slot,
                          struct schema_errors *errors, struct error *error) {
  name_path(reshaper, field);
  const struct json_node *made = reshape_make(reshaper, event->root, field, error);
  if (made)
    *slot = made;
  if (!error->set && field->embedded_json && *slot)
    *slot = open_embedded(reshaper, *slot, errors, error);
  if (!error->set && field->reshapes_within & RESHAPE_VALUES && *slot)
    *slot = reshape_within(reshaper, field, *slot, RESHAPE_VALUES, errors, error);
  return !error->set;
}

bool reshape_values(struct reshaper *reshaper, const struct event *event,
                    struct schema_errors *errors, struct error *error) {
  const struct schema *schema = event->schema;
  bool good = true;
  begin(reshaper, event->record);
  for (size_t i = 0; i < schema->field_count && good; i++)
    if (schema->fields[i].reshapes & RESHAPE_VALUES)
      good = reshape_value(reshaper, event, &schema->fields[i], &event->slots[i], errors, error);
  event->reader->event.cut_lists += reshaper->lists_cut;
  return good;
}

bool reshape_masks(struct reshaper *reshaper, const struct event *event, struct error *error) {
  for (size_t i = 0; i < event->schema->field_count; i++) {
    const struct field *field = &event->schema->fields[i];
    const struct json_node **slot = &event->slots[i];
    if (!(field->reshapes & RESHAPE_MASKS) || !*slot || (*slot)->type == JSON_TYPE_NULL)
      continue;
    name_path(reshaper, field);
    if (field->mask.kind == MASK_REDACT)
      *slot = reshape_string(reshaper, field->mask.to);
    else
      *slot = reshape_within(reshaper, field, *slot, RESHAPE_MASKS, NULL, error);
    if (!*slot)
      return false;
  }
  return true;
}
