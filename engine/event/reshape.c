#include "event/reshape.h"

#include "base/memory.h"
#include "event/event_reader.h"
#include "event/json/json_gather.h"

#include <stdlib.h>

struct reshaper {
  struct arena arena;            /* made nodes and strings */
  struct json_reader **embedded; /* one for each embedded value of a record */
  size_t embedded_count, embedded_capacity, embedded_used;
};

struct reshaper *reshaper_new(void) {
  return memory_alloc(sizeof(struct reshaper));
}

void reshaper_free(struct reshaper *reshaper) {
  if (!reshaper)
    return;
  for (size_t i = 0; i < reshaper->embedded_count; i++)
    json_reader_free(reshaper->embedded[i]);
  free(reshaper->embedded);
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

static const struct json_node *make_string(struct reshaper *reshaper, struct text text) {
  struct json_node *node = arena_alloc(&reshaper->arena, sizeof *node);
  *node = (struct json_node){
      .skip = 1, .type = JSON_TYPE_STRING, .value.string = text.data, .size = (uint32_t)text.size};
  return node;
}

/* A path into the record as it came, not through other transforms: the walk of event_path. A key
 * with dots in it wins. */
static const struct json_node *find(struct reshaper *reshaper, const struct event *event,
                                    struct text path) {
  const struct json_node *node = json_get(event->root, path);
  if (!node) {
    struct json_gather gather = {.arena = &reshaper->arena, .room = EVENT_GATHERED_MAX};
    char *plain = arena_alloc(&reshaper->arena, path.size + 1);
    node = json_gather_path(&gather, event->root, json_path_dotted(path, plain));
    event->reader->event.cut_lists += gather.cut;
  }
  return node && node->type != JSON_TYPE_NULL ? node : NULL;
}

/* NULL when none of the parts is there. */
static const struct json_node *concatenate(struct reshaper *reshaper, const struct event *event,
                                           const struct field *field, struct error *error) {
  const struct field_transform *transform = &field->transform;
  struct buffer joined = BUFFER_NONE;
  size_t parts = 0;
  for (size_t i = 0; i < transform->from_count; i++) {
    const struct json_node *part = find(reshaper, event, transform->from[i]);
    if (!part)
      continue;
    if (parts++ > 0)
      buffer_append_text(&joined, transform->separator);
    if (part->type == JSON_TYPE_STRING)
      buffer_append_text(&joined, json_text(part));
    else
      json_write(&joined, part);
    if (joined.size > (size_t)JSON_SIZE_MAX) {
      error_set(error, "field '%s': joined to more than %u MiB", field->name.data,
                JSON_SIZE_MAX / (1024 * 1024));
      break;
    }
  }
  const struct json_node *made = NULL;
  if (parts > 0)
    made = make_string(reshaper, arena_copy(&reshaper->arena, buffer_text(&joined)));
  buffer_free(&joined);
  return made;
}

/* NULL when there is no such part. */
static const struct json_node *split(struct reshaper *reshaper, const struct event *event,
                                     const struct field *field) {
  struct text separator = field->transform.separator;
  const struct json_node *from = find(reshaper, event, field->transform.from[0]);
  if (!from || from->type != JSON_TYPE_STRING)
    return NULL;
  struct text rest = json_text(from);
  for (int64_t index = field->transform.index;; index--) {
    const char *end =
        rest.size ? memmem(rest.data, rest.size, separator.data, separator.size) : NULL;
    if (index == 0)
      return make_string(reshaper,
                         (struct text){rest.data, end ? (size_t)(end - rest.data) : rest.size});
    if (!end)
      return NULL;
    rest.size -= (size_t)(end - rest.data) + separator.size;
    rest.data = end + separator.size;
  }
}

static const struct json_node *transform(struct reshaper *reshaper, const struct event *event,
                                         const struct field *field, struct error *error) {
  switch (field->transform.kind) {
  case TRANSFORM_RENAME:
    return json_get(event->root, field->transform.from[0]);
  case TRANSFORM_COPY:
    return find(reshaper, event, field->transform.from[0]);
  case TRANSFORM_CONCAT:
    return concatenate(reshaper, event, field, error);
  case TRANSFORM_SPLIT:
    return split(reshaper, event, field);
  case TRANSFORM_NONE:
    break;
  }
  return NULL;
}

/* An empty text is no value; what is not a string needs no opening. */
static const struct json_node *open_embedded(struct reshaper *reshaper, const struct field *field,
                                             const struct json_node *value, struct error *error) {
  if (value->type != JSON_TYPE_STRING)
    return value;
  struct text text = text_trim(json_text(value));
  if (text.size == 0)
    text = TEXT("null");
  if (reshaper->embedded_used == reshaper->embedded_count) {
    reshaper->embedded = memory_reserve(reshaper->embedded, &reshaper->embedded_capacity,
                                        reshaper->embedded_count + 1, sizeof(struct json_reader *));
    reshaper->embedded[reshaper->embedded_count++] = json_reader_new();
  }
  const struct json_node *root =
      json_read_copy(reshaper->embedded[reshaper->embedded_used++], text, error);
  if (!root)
    error_prefix(error, "field '%s': the embedded text", field->name.data);
  return root;
}

static const struct json_node *open_leniently(struct reshaper *reshaper, const struct field *field,
                                              const struct json_node *value,
                                              struct schema_errors *errors, struct error *error) {
  const struct json_node *opened = open_embedded(reshaper, field, value, error);
  if (opened || !errors)
    return opened;
  char path[80];
  schema_errors_add(errors, text_from(text_printable(field->name, path, sizeof path)),
                    TEXT("the embedded text is not JSON"));
  error_clear(error);
  return value;
}

bool reshape_values(struct reshaper *reshaper, const struct event *event,
                    struct schema_errors *errors, struct error *error) {
  const struct schema *schema = event->schema;
  arena_reset(&reshaper->arena);
  reshaper->embedded_used = 0;
  for (size_t i = 0; i < schema->field_count; i++) {
    const struct field *field = &schema->fields[i];
    const struct json_node *made = transform(reshaper, event, field, error);
    if (made)
      event->slots[i] = made;
    if (field->embedded_json && event->slots[i])
      event->slots[i] = open_leniently(reshaper, field, event->slots[i], errors, error);
    if (error->set)
      return false;
  }
  return true;
}

void reshape_masks(struct reshaper *reshaper, const struct event *event) {
  for (size_t i = 0; i < event->schema->field_count; i++) {
    const struct field *field = &event->schema->fields[i];
    if (field->mask.kind == MASK_REDACT && event->slots[i] &&
        event->slots[i]->type != JSON_TYPE_NULL)
      event->slots[i] = make_string(reshaper, field->mask.to);
  }
}
