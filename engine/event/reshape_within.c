/*
 * A value is a row of nodes in which a container is followed by its children, so none of them can
 * be made larger in its place. The value is built anew, node by node, in the reshaper's row:
 *
 *   {"l": [{"n": "a b"}]}, n renamed to m   ->   OBJECT  ARRAY l  OBJECT  STRING m
 *
 * What the schema leaves alone is copied as a whole. A container's size is set when its last child
 * is there.
 */
#include "event/reshape_within.h"

#include "base/memory.h"

/* One value on its way. */
struct building {
  struct reshaper *reshaper;
  enum reshape what;
  struct schema_errors *errors; /* NULL: what cannot be done is an error */
  struct error *error;
};

static const struct text masked = TEXT_INIT("REDACTED");

/* ---- nodes ------------------------------------------------------------------------------- */

/* Appends a value as it is, under a key. */
static bool append(struct building *building, const struct json_node *value, struct text key) {
  struct reshaper *reshaper = building->reshaper;
  if (value->skip > reshaper->node_room) {
    error_set(building->error, "what the schema makes of it takes too much memory for its size");
    return reshape_name_field(reshaper, building->error);
  }
  reshaper->node_room -= value->skip;
  reshaper->nodes = memory_reserve(reshaper->nodes, &reshaper->node_capacity,
                                   reshaper->node_count + value->skip, sizeof *reshaper->nodes);
  struct json_node *node = &reshaper->nodes[reshaper->node_count];
  memcpy(node, value, value->skip * sizeof *node);
  node->key = key.data;
  node->key_size = (uint32_t)key.size;
  reshaper->node_count += value->skip;
  return true;
}

/* Appends a container without its children; *at is for container_end. */
static bool container_begin(struct building *building, const struct json_node *container,
                            struct text key, size_t *at) {
  struct json_node alone = *container;
  alone.skip = 1;
  alone.size = 0;
  *at = building->reshaper->node_count;
  return append(building, &alone, key);
}

static void container_end(struct building *building, size_t at, uint32_t children) {
  struct json_node *node = &building->reshaper->nodes[at];
  node->skip = (uint32_t)(building->reshaper->node_count - at);
  node->size = children;
}

/* ---- names ------------------------------------------------------------------------------- */

static size_t path_enter(struct reshaper *reshaper, const struct field *field) {
  char name[64];
  size_t before = reshaper->path.size;
  buffer_printf(&reshaper->path, ".%s", text_printable(field->name, name, sizeof name));
  return before;
}

static void path_leave(struct reshaper *reshaper, size_t before) {
  reshaper->path.size = before;
  reshaper->path.data[before] = '\0';
}

/* What costs the value only, where that is so. */
static bool give_up(struct building *building, const char *reason) {
  if (building->errors)
    return schema_errors_add(building->errors, buffer_text(&building->reshaper->path),
                             text_from(reason));
  error_set(building->error, "%s", reason);
  return reshape_name_field(building->reshaper, building->error);
}

/* The field that the object's member is, or is renamed to; NULL: nothing is done to it. */
static const struct field *shaped_field(const struct building *building, const struct field *object,
                                        struct text key, bool *renamed) {
  *renamed = false;
  for (size_t i = 0; i < object->shaped_count; i++) {
    const struct field *field = &object->fields[object->shaped[i]];
    if (text_equal(field->name, key))
      return field;
    *renamed = building->what == RESHAPE_VALUES && field->transform.kind == TRANSFORM_RENAME &&
               text_equal(field->transform.from[0], key);
    if (*renamed)
      return field;
  }
  return NULL;
}

/* ---- values ------------------------------------------------------------------------------ */

static bool build(struct building *building, const struct field *field,
                  const struct json_node *value, struct text key, unsigned depth);

static bool build_member(struct building *building, const struct field *field,
                         const struct json_node *value, unsigned depth) {
  size_t before = path_enter(building->reshaper, field);
  bool good = build(building, field, value, field->name, depth);
  path_leave(building->reshaper, before);
  return good;
}

/* A member that is a field's by its own name. What was renamed to it has come, or comes, too. */
static bool build_named(struct building *building, const struct field *field,
                        const struct json_node *object, const struct json_node *member,
                        uint32_t *children, unsigned depth) {
  const struct json_node *made = NULL;
  if (building->what == RESHAPE_VALUES) {
    size_t before = path_enter(building->reshaper, field);
    made = reshape_make(building->reshaper, object, field, building->error);
    bool twice = made && field->transform.kind == TRANSFORM_RENAME;
    bool good = !building->error->set && (!twice || give_up(building, "the value is given twice"));
    path_leave(building->reshaper, before);
    if (!good || twice)
      return good;
  }
  ++*children;
  return build_member(building, field, made ? made : member, depth);
}

/* Fields that are made of others, and that the object has no member for. */
static bool build_made(struct building *building, const struct field *field,
                       const struct json_node *object, uint32_t *children, unsigned depth) {
  if (building->what != RESHAPE_VALUES)
    return true;
  for (size_t i = 0; i < field->shaped_count; i++) {
    const struct field *inner = &field->fields[field->shaped[i]];
    if (inner->transform.kind <= TRANSFORM_RENAME || json_get(object, inner->name))
      continue;
    size_t before = path_enter(building->reshaper, inner);
    const struct json_node *made = reshape_make(building->reshaper, object, inner, building->error);
    path_leave(building->reshaper, before);
    *children += made != NULL;
    if (building->error->set || (made && !build_member(building, inner, made, depth)))
      return false;
  }
  return true;
}

static bool build_object(struct building *building, const struct field *field,
                         const struct json_node *object, struct text key, unsigned depth) {
  uint32_t children = 0;
  size_t at;
  bool good = container_begin(building, object, key, &at), renamed;
  for (JSON_EACH(member, object)) {
    const struct field *inner = shaped_field(building, field, json_key(member), &renamed);
    if (!good)
      break;
    if (inner && !renamed) {
      good = build_named(building, inner, object, member, &children, depth + 1);
      continue;
    }
    good = inner ? build_member(building, inner, member, depth + 1)
                 : append(building, member, json_key(member));
    children++;
  }
  good = good && build_made(building, field, object, &children, depth + 1);
  if (good)
    container_end(building, at, children);
  return good;
}

static bool build_array(struct building *building, const struct field *field,
                        const struct json_node *array, struct text key, unsigned depth) {
  size_t at;
  bool good = container_begin(building, array, key, &at);
  for (JSON_EACH(element, array))
    good = good && build(building, field->element, element, (struct text){NULL, 0}, depth + 1);
  if (good)
    container_end(building, at, array->size);
  return good;
}

/* The texts of a reader that is about to read again are copied, too. */
static const struct json_node *keep(struct reshaper *reshaper, const struct json_node *value) {
  struct json_node *kept = arena_alloc(&reshaper->arena, value->skip * sizeof *kept);
  memcpy(kept, value, value->skip * sizeof *kept);
  for (uint32_t i = 0; i < value->skip; i++) {
    if (kept[i].key)
      kept[i].key = arena_copy(&reshaper->arena, json_key(&kept[i])).data;
    if (kept[i].type == JSON_TYPE_STRING || kept[i].type == JSON_TYPE_LARGE)
      kept[i].value.string = arena_copy(&reshaper->arena, json_text(&kept[i])).data;
  }
  return kept;
}

/* What is opened may be as deep as a record, so it is opened only as deep within one. */
static const struct json_node *open(struct building *building, const struct json_node *value,
                                    unsigned depth) {
  struct reshaper *reshaper = building->reshaper;
  struct error reason = ERROR_NONE;
  if (value->type != JSON_TYPE_STRING)
    return value;
  if (!reshaper->inner)
    reshaper->inner = json_reader_new();
  const struct json_node *opened = NULL;
  if (depth <= JSON_DEPTH_MAX)
    opened = reshape_open(reshaper, reshaper->inner, value, &reason);
  if (opened == value)
    return value;
  if (opened && opened->skip <= reshaper->node_room) {
    reshaper->node_room -= opened->skip;
    return keep(reshaper, opened);
  }
  if (!building->errors && reason.set) {
    *building->error = reason;
    return NULL;
  }
  const char *why = reason.set ? "the embedded text is not JSON"
                               : "the embedded text is too deep, or too large, to be opened";
  return give_up(building, why) ? value : NULL;
}

/* The recursion is as deep as the schema. */
static bool build(struct building *building, const struct field *field,
                  const struct json_node *value, struct text key, unsigned depth) {
  if (building->what == RESHAPE_VALUES && field->embedded_json)
    value = open(building, value, depth);
  if (!value)
    return false;
  bool masks = building->what == RESHAPE_MASKS && value->type != JSON_TYPE_NULL;
  if (masks && field->mask.kind == MASK_REDACT)
    return append(building, reshape_string(building->reshaper, field->mask.to), key);
  if (!(field->reshapes_within & building->what))
    return append(building, value, key);
  if (field->type == FIELD_OBJECT && value->type == JSON_TYPE_OBJECT)
    return build_object(building, field, value, key, depth);
  if (field->type == FIELD_ARRAY && value->type == JSON_TYPE_ARRAY)
    return build_array(building, field, value, key, depth);
  /* Nobody knows where in it what is to be seen nowhere is. */
  return append(building, masks ? reshape_string(building->reshaper, masked) : value, key);
}

const struct json_node *reshape_within(struct reshaper *reshaper, const struct field *field,
                                       const struct json_node *value, enum reshape what,
                                       struct schema_errors *errors, struct error *error) {
  struct building building = {reshaper, what, errors, error};
  struct field rest = *field; /* the rest of what is done to it is the caller's */
  rest.embedded_json = false;
  rest.mask.kind = MASK_NONE;
  reshaper->node_count = 0;
  if (!build(&building, &rest, value, json_key(value), 1))
    return NULL;
  struct json_node *built = arena_alloc(&reshaper->arena, reshaper->node_count * sizeof *built);
  memcpy(built, reshaper->nodes, reshaper->node_count * sizeof *built);
  return built;
}
