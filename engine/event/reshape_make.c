#include "event/reshape_make.h"

#include "event/event.h"
#include "event/json/json_gather.h"

const struct json_node *reshape_string(struct reshaper *reshaper, struct text text) {
  struct json_node *node = arena_alloc(&reshaper->arena, sizeof *node);
  *node = (struct json_node){
      .skip = 1, .type = JSON_TYPE_STRING, .value.string = text.data, .size = (uint32_t)text.size};
  return node;
}

bool reshape_name_field(const struct reshaper *reshaper, struct error *error) {
  return error_prefix(error, "field '%.*s'", TEXT_ARGS(buffer_text(&reshaper->path)));
}

/* A path into the object as it came, not through other transforms: the walk of event_path. A key
 * with dots in it wins. */
static const struct json_node *find(struct reshaper *reshaper, const struct json_node *object,
                                    struct text path) {
  const struct json_node *node = json_get(object, path);
  if (!node) {
    struct json_gather gather = {.arena = &reshaper->arena, .room = EVENT_GATHERED_MAX};
    char *plain = arena_alloc(&reshaper->arena, path.size + 1);
    node = json_gather_path(&gather, object, json_path_dotted(path, plain));
    reshaper->lists_cut += gather.cut;
  }
  return node && node->type != JSON_TYPE_NULL ? node : NULL;
}

/* NULL when none of the parts is there. */
static const struct json_node *concatenate(struct reshaper *reshaper,
                                           const struct json_node *object,
                                           const struct field_transform *transform,
                                           struct error *error) {
  struct buffer joined = BUFFER_NONE;
  size_t parts = 0;
  for (size_t i = 0; i < transform->from_count && joined.size <= reshaper->byte_room; i++) {
    const struct json_node *part = find(reshaper, object, transform->from[i]);
    if (!part)
      continue;
    if (parts++ > 0)
      buffer_append_text(&joined, transform->separator);
    if (part->type == JSON_TYPE_STRING)
      buffer_append_text(&joined, json_text(part));
    else
      json_write(&joined, part);
  }
  const struct json_node *made = NULL;
  if (joined.size > reshaper->byte_room) {
    error_set(error, "joined to more than %u MiB", JSON_SIZE_MAX / (1024 * 1024));
    reshape_name_field(reshaper, error);
  } else if (parts > 0) {
    reshaper->byte_room -= joined.size;
    made = reshape_string(reshaper, arena_copy(&reshaper->arena, buffer_text(&joined)));
  }
  buffer_free(&joined);
  return made;
}

/* NULL when there is no such part. */
static const struct json_node *split(struct reshaper *reshaper, const struct json_node *object,
                                     const struct field_transform *transform) {
  struct text separator = transform->separator;
  const struct json_node *from = find(reshaper, object, transform->from[0]);
  if (!from || from->type != JSON_TYPE_STRING)
    return NULL;
  struct text rest = json_text(from);
  for (int64_t index = transform->index;; index--) {
    const char *end =
        rest.size ? memmem(rest.data, rest.size, separator.data, separator.size) : NULL;
    if (index == 0)
      return reshape_string(reshaper,
                            (struct text){rest.data, end ? (size_t)(end - rest.data) : rest.size});
    if (!end)
      return NULL;
    rest.size -= (size_t)(end - rest.data) + separator.size;
    rest.data = end + separator.size;
  }
}

const struct json_node *reshape_make(struct reshaper *reshaper, const struct json_node *object,
                                     const struct field *field, struct error *error) {
  const struct field_transform *transform = &field->transform;
  switch (transform->kind) {
  case TRANSFORM_RENAME:
    return json_get(object, transform->from[0]);
  case TRANSFORM_COPY:
    return find(reshaper, object, transform->from[0]);
  case TRANSFORM_CONCAT:
    return concatenate(reshaper, object, transform, error);
  case TRANSFORM_SPLIT:
    return split(reshaper, object, transform);
  case TRANSFORM_NONE:
    break;
  }
  return NULL;
}

/* A text within the text stays closed: what event_write wrote of it would be opened once more. */
const struct json_node *reshape_open(struct reshaper *reshaper, struct json_reader *reader,
                                     const struct json_node *value, struct error *error) {
  if (value->type != JSON_TYPE_STRING)
    return value;
  struct text text = text_trim(json_text(value));
  if (text.size == 0)
    text = TEXT("null");
  const struct json_node *root = json_read_copy(reader, text, error);
  if (!root) {
    error_prefix(error, "the embedded text");
    reshape_name_field(reshaper, error);
  }
  return root && root->type == JSON_TYPE_STRING ? value : root;
}
