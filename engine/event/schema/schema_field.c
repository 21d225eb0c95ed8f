/* One field description: its type, the keys that go with it, and the definition that it may refer
 * to, which is a field description too. */
#include "event/schema/schema_read.h"

#include "base/memory.h"
#include "base/suggestion.h"

#include <stdlib.h>

#define REFERENCE_DEPTH_MAX 64 /* definitions that refer to definitions */

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Not a field's type: the reader replaces it by what it refers to. */
#define TYPE_REF (FIELD_JSON + 1)
#define OTHER_REF "target" /* Panther's word for the key `ref` */

static const char *type_word(unsigned type) {
  return type == TYPE_REF ? "ref" : field_type_word((enum field_type)type);
}

static bool read_event_time(struct schema_reader *reader, const struct yaml_node *value,
                            struct field *field) {
  return yaml_bool(&reader->context, value, "isEventTime", &field->event_time);
}

static bool read_identifies(struct schema_reader *reader, const struct yaml_node *value,
                            struct field *field) {
  return yaml_bool(&reader->context, value, "identifies", &field->identifies);
}

static bool read_embedded(struct schema_reader *reader, const struct yaml_node *value,
                          struct field *field) {
  return yaml_bool(&reader->context, value, "isEmbeddedJSON", &field->embedded_json);
}

static bool read_element(struct schema_reader *reader, const struct yaml_node *value,
                         struct field *field) {
  struct field *element = arena_alloc(reader->arena, sizeof *element);
  if (!schema_read_field(reader, value, PLACE_ELEMENT, element))
    return false;
  field->element = element;
  field->holds_event_time |= element->holds_event_time;
  field->reshapes_within = element->reshapes;
  return true;
}

static bool read_object_fields(struct schema_reader *reader, const struct yaml_node *value,
                               struct field *field) {
  return schema_read_fields(reader, value, PLACE_NESTED, field);
}

const struct field *schema_read_definition(struct schema_reader *reader, size_t index,
                                           const struct yaml_node *at) {
  struct schema_definition *definition = &reader->definitions[index];
  if (definition->state == DEFINITION_OPEN) {
    char shown[80];
    yaml_problem(&reader->context, at,
                 "definition '%s' refers to itself; records cannot be endless",
                 text_printable(reader->definition_map->keys[index]->value, shown, sizeof shown));
    return NULL;
  }
  if (definition->state == DEFINITION_UNREAD) {
    if (reader->reference_depth >= REFERENCE_DEPTH_MAX) {
      yaml_problem(&reader->context, at, "definitions refer to each other more than %d deep",
                   REFERENCE_DEPTH_MAX);
      return NULL;
    }
    definition->state = DEFINITION_OPEN;
    reader->reference_depth++;
    bool good = schema_read_field(reader, definition->node, PLACE_DEFINITION, &definition->field);
    reader->reference_depth--;
    definition->state = good ? DEFINITION_GOOD : DEFINITION_BAD;
  }
  return definition->state == DEFINITION_GOOD ? &definition->field : NULL;
}

/* A reference to a name that no definition has. */
static void refuse_reference(struct schema_reader *reader, const struct yaml_node *at,
                             struct text name) {
  const struct yaml_node *map = reader->definition_map;
  char shown[80];
  text_printable(name, shown, sizeof shown);
  if (!map || map->count == 0) {
    yaml_problem(&reader->context, at, "ref: no definition '%s': the schema has no definitions",
                 shown);
    return;
  }
  const char **names = memory_alloc_array(map->count, sizeof *names);
  for (size_t i = 0; i < map->count; i++)
    names[i] = map->keys[i]->value.data;
  struct suggestion suggestion;
  yaml_problem(&reader->context, at, "ref: no definition '%s'%s", shown,
               suggestion_find(name, names, map->count, &suggestion));
  free(names);
}

/* The definition that the reference names, read on demand; NULL with a problem when there is none,
 * it is wrong, or it refers to itself. */
static const struct field *find_definition(struct schema_reader *reader,
                                           const struct yaml_node *at) {
  const struct yaml_node *map = reader->definition_map;
  struct text name;
  if (!yaml_string(&reader->context, at, "ref", &name))
    return NULL;
  for (size_t i = 0; map && i < map->count; i++)
    if (text_equal(map->keys[i]->value, name))
      return schema_read_definition(reader, i, at);
  refuse_reference(reader, at, name);
  return NULL;
}

static bool read_reference(struct schema_reader *reader, const struct yaml_node *value,
                           struct field *field) {
  const struct field *definition = find_definition(reader, value);
  if (!definition)
    return false;
  struct field own = *field;
  *field = *definition;
  field->name = own.name;
  field->required = own.required;
  return true;
}

/* Where a key may stand. */
enum attribute_reach {
  REACH_ALL,   /* anywhere, but beside a ref */
  REACH_VALUE, /* anywhere */
  REACH_NAMED, /* in fields that have a name, not in elements and definitions */
  REACH_TOP    /* in fields of the top level */
};

static bool reaches(enum attribute_reach reach, enum schema_place place) {
  return reach <= REACH_VALUE || place == PLACE_TOP ||
         (reach == REACH_NAMED && place == PLACE_NESTED);
}

#define OF(type) (1u << (type))
#define ANY_TYPE (~OF(TYPE_REF))
#define TIME_TYPES (OF(FIELD_TIMESTAMP) | OF(FIELD_BIGINT))

/* The keys besides name, type, required and description, in the order of their reading: `ref`
 * first, since it settles the type. */
static const struct attribute {
  const char *key;
  uint32_t types; /* which types may have it */
  bool needed;    /* which types must have it */
  enum attribute_reach reach;
  schema_attribute_reader *read;
} attributes[] = {
    {"ref", OF(TYPE_REF), true, REACH_ALL, read_reference},
    {"fields", OF(FIELD_OBJECT), true, REACH_ALL, read_object_fields},
    {"element", OF(FIELD_ARRAY), true, REACH_ALL, read_element},
    {"timeFormat", TIME_TYPES, false, REACH_ALL, schema_read_time_format},
    {"timeFormats", TIME_TYPES, false, REACH_ALL, schema_read_time_formats},
    {"isEventTime", TIME_TYPES, false, REACH_NAMED, read_event_time},
    {"identifies", ANY_TYPE, false, REACH_TOP, read_identifies},
    {"indicators", OF(FIELD_STRING), false, REACH_ALL, schema_read_indicators},
    {"findIndicators", OF(FIELD_STRING), false, REACH_ALL, schema_read_find_indicators},
    {"validate", OF(FIELD_STRING), false, REACH_ALL, schema_read_validate},
    {"isEmbeddedJSON", OF(FIELD_OBJECT) | OF(FIELD_ARRAY) | OF(FIELD_JSON), false, REACH_VALUE,
     read_embedded},
    {"rename", ANY_TYPE, false, REACH_NAMED, schema_read_rename},
    {"copy", ANY_TYPE, false, REACH_NAMED, schema_read_copy},
    {"concat", OF(FIELD_STRING), false, REACH_NAMED, schema_read_concat},
    {"split", OF(FIELD_STRING), false, REACH_NAMED, schema_read_split},
    {"mask", OF(FIELD_STRING), false, REACH_VALUE, schema_read_mask},
};

static bool check_keys(struct schema_reader *reader, const struct yaml_node *node,
                       enum schema_place place) {
  static const char *const where[] = {[PLACE_TOP] = "a field",
                                      [PLACE_NESTED] = "a field",
                                      [PLACE_ELEMENT] = "an array's element",
                                      [PLACE_DEFINITION] = "a definition"};
  const char *known[COUNT(attributes) + 5];
  size_t count = 0;
  known[count++] = "type";
  known[count++] = OTHER_REF;
  if (place != PLACE_ELEMENT)
    known[count++] = "description";
  if (place == PLACE_TOP || place == PLACE_NESTED) {
    known[count++] = "name";
    known[count++] = "required";
  }
  for (size_t i = 0; i < COUNT(attributes); i++)
    known[count++] = attributes[i].key;
  return yaml_known_keys(&reader->context, node, where[place], known, count);
}

static bool read_type(struct schema_reader *reader, const struct yaml_node *node, unsigned *type) {
  const struct yaml_node *value = yaml_get(node, "type");
  const char *words[TYPE_REF + 1];
  struct text word;
  if (!value)
    return yaml_problem(&reader->context, node, "the key 'type' is missing");
  if (!yaml_string(&reader->context, value, "type", &word))
    return false;
  for (unsigned i = 0; i < COUNT(words); i++) {
    words[i] = type_word(i);
    if (text_is(word, words[i])) {
      *type = i;
      return true;
    }
  }
  char shown[80];
  struct suggestion suggestion;
  const char *suggested = suggestion_find(word, words, COUNT(words), &suggestion);
  return yaml_problem(&reader->context, value, "unknown type '%s'%s",
                      text_printable(word, shown, sizeof shown),
                      *suggested ? suggested
                                 : ": the types are string, int, smallint, bigint, float, "
                                   "boolean, timestamp, array, object, json and ref");
}

/* `of_ref`: the type is a definition's, which has its own keys already. */
static bool read_attribute(struct schema_reader *reader, const struct yaml_node *node,
                           const struct attribute *attribute, enum schema_place place,
                           unsigned type, bool of_ref, struct field *field) {
  const char *key = attribute->key;
  const struct yaml_node *value = yaml_get(node, key);
  const struct yaml_node *other =
      attribute->types == OF(TYPE_REF) ? yaml_get(node, OTHER_REF) : NULL;
  if (value && other)
    return yaml_problem(&reader->context, other, "give '%s' or '%s', not both", key, OTHER_REF);
  if (other) {
    value = other;
    key = OTHER_REF;
  }
  bool fits = attribute->types & OF(type);
  if (!value)
    return !fits || !attribute->needed || of_ref ||
           yaml_problem(&reader->context, node, "type %s needs the key '%s'", type_word(type), key);
  if (of_ref && attribute->reach == REACH_ALL)
    return yaml_problem(&reader->context, value,
                        "a ref cannot have '%s': put it into the definition", key);
  if (!fits)
    return yaml_problem(&reader->context, value, "type %s cannot have '%s'", type_word(type), key);
  if (!reaches(attribute->reach, place))
    return yaml_problem(&reader->context, value, "'%s' works for %s only", key,
                        attribute->reach == REACH_TOP ? "top-level fields"
                                                      : "fields that have a name");
  return attribute->read(reader, value, field);
}

static bool read_name(struct schema_reader *reader, const struct yaml_node *node,
                      enum schema_place place, struct field *field) {
  const struct yaml_node *name = yaml_get(node, "name");
  if (!name)
    return yaml_problem(&reader->context, node, "the key 'name' is missing");
  if (!schema_read_text(reader, name, "name", &field->name))
    return false;
  if (place == PLACE_TOP && field->name.size >= 2 && memcmp(field->name.data, "p_", 2) == 0)
    return yaml_problem(&reader->context, name, "name: fields that begin with p_ are margay's own");
  return true;
}

/* A time needs a form, and a whole number one of numbers. */
static bool check_time_formats(struct schema_reader *reader, const struct yaml_node *node,
                               const struct field *field) {
  const struct yaml_context *context = &reader->context;
  if (field->type == FIELD_TIMESTAMP && field->time_format_count == 0)
    return yaml_problem(context, node, "type timestamp needs the key 'timeFormat'");
  if (field->event_time && field->time_format_count == 0)
    return yaml_problem(context, yaml_get(node, "isEventTime"),
                        "an event time needs the key 'timeFormat'");
  for (size_t i = 0; field->type == FIELD_BIGINT && i < field->time_format_count; i++)
    if (field->time_formats[i].kind < TIME_UNIX || field->time_formats[i].kind > TIME_UNIX_NS)
      return yaml_problem(context, node,
                          "type bigint takes unix, unix_ms, unix_us and unix_ns as timeFormat; "
                          "other times are of type timestamp");
  return true;
}

bool schema_read_field(struct schema_reader *reader, const struct yaml_node *node,
                       enum schema_place place, struct field *field) {
  const struct yaml_context *context = &reader->context;
  unsigned type = FIELD_JSON;
  if (!yaml_expect(context, node, YAML_MAPPING, "a field's description"))
    return false;
  bool good = check_keys(reader, node, place);
  if (place == PLACE_TOP || place == PLACE_NESTED) {
    const struct yaml_node *required = yaml_get(node, "required");
    good &= read_name(reader, node, place, field);
    good &= !required || yaml_bool(context, required, "required", &field->required);
  }
  const struct yaml_node *description = yaml_get(node, "description");
  struct text ignored;
  good &= !description || yaml_string(context, description, "description", &ignored);
  if (!read_type(reader, node, &type))
    return false;
  bool of_ref = type == TYPE_REF;
  if (!of_ref)
    field->type = (enum field_type)type;
  else if (!read_attribute(reader, node, &attributes[0], place, type, false, field))
    return false;
  for (size_t i = of_ref; i < COUNT(attributes); i++)
    good &= read_attribute(reader, node, &attributes[i], place, field->type, of_ref, field);
  field->holds_event_time |= field->event_time;
  field->on_demand = field->event_time && place == PLACE_NESTED && !field->required &&
                     field->type == FIELD_TIMESTAMP;
  field->reshapes = field->reshapes_within;
  if (field->transform.kind != TRANSFORM_NONE || field->embedded_json)
    field->reshapes |= RESHAPE_VALUES;
  if (field->mask.kind != MASK_NONE)
    field->reshapes |= RESHAPE_MASKS;
  return good && check_time_formats(reader, node, field);
}

static uint16_t *index_names(struct schema_reader *reader, const struct field *fields,
                             size_t count) {
  uint16_t *by_name = arena_alloc(reader->arena, count * sizeof *by_name);
  for (size_t i = 0; i < count; i++) {
    size_t at = i;
    for (; at > 0 && field_name_order(fields[by_name[at - 1]].name, fields[i].name) > 0; at--)
      by_name[at] = by_name[at - 1];
    by_name[at] = (uint16_t)i;
  }
  return by_name;
}

/* Two fields of one name are neighbours in the index. */
static bool check_names(struct schema_reader *reader, const struct yaml_node *list,
                        const struct field *fields, const uint16_t *by_name) {
  bool good = true;
  for (size_t i = 1; i < list->count; i++) {
    struct text name = fields[by_name[i]].name;
    if (name.size > 0 && text_equal(fields[by_name[i - 1]].name, name)) {
      char shown[80];
      good =
          yaml_problem(&reader->context, yaml_get(list->items[by_name[i]], "name"),
                       "field '%s' is described twice", text_printable(name, shown, sizeof shown));
    }
  }
  return good;
}

/* A renamed member must not also be a field: it would be two things at once. */
static bool check_renames(struct schema_reader *reader, const struct yaml_node *list,
                          const struct field *fields) {
  bool good = true;
  for (size_t i = 0; i < list->count; i++) {
    if (fields[i].transform.kind != TRANSFORM_RENAME)
      continue;
    struct text from = fields[i].transform.from[0];
    bool taken = false;
    for (size_t j = 0; j < list->count && !taken; j++)
      taken = text_equal(fields[j].name, from) ||
              (j < i && fields[j].transform.kind == TRANSFORM_RENAME &&
               text_equal(fields[j].transform.from[0], from));
    if (taken) {
      char shown[80];
      good = yaml_problem(&reader->context, yaml_get(list->items[i], "rename"),
                          "rename: '%s' is a field already, or renamed twice; use copy",
                          text_printable(from, shown, sizeof shown));
    }
  }
  return good;
}

static void set_shaped(struct schema_reader *reader, struct field *object) {
  uint16_t *shaped = arena_alloc(reader->arena, object->field_count * sizeof *shaped);
  object->shaped = shaped;
  for (size_t i = 0; i < object->field_count; i++) {
    object->reshapes_within |= object->fields[i].reshapes;
    if (object->fields[i].reshapes)
      shaped[object->shaped_count++] = (uint16_t)i;
  }
}

/* Sums up what the object's fields are. The index keeps only those that are looked for by name. */
static void set_fields(struct field *object, const struct field *fields, size_t count,
                       uint16_t *by_name) {
  object->fields = fields;
  object->field_count = count;
  object->by_name = by_name;
  for (size_t i = 0; i < count; i++) {
    const struct field *field = &fields[by_name[i]];
    object->holds_event_time |= field->holds_event_time;
    object->requires_fields |= field->required;
    if (field->on_demand)
      continue;
    unsigned sign = field_name_sign(field->name);
    object->name_signs[sign / 64] |= UINT64_C(1) << sign % 64;
    by_name[object->by_name_count++] = by_name[i];
  }
}

bool schema_read_fields(struct schema_reader *reader, const struct yaml_node *list,
                        enum schema_place place, struct field *object) {
  if (!yaml_expect(&reader->context, list, YAML_SEQUENCE, "fields"))
    return false;
  if (list->count == 0)
    return yaml_problem(&reader->context, list, "fields: the list is empty");
  if (list->count > SCHEMA_FIELDS_MAX)
    return yaml_problem(&reader->context, list, "fields: more than %d fields in one object",
                        SCHEMA_FIELDS_MAX);
  struct field *fields = arena_alloc(reader->arena, list->count * sizeof *fields);
  bool good = true;
  for (size_t i = 0; i < list->count; i++)
    good &= schema_read_field(reader, list->items[i], place, &fields[i]);
  uint16_t *by_name = index_names(reader, fields, list->count);
  good &= check_names(reader, list, fields, by_name);
  set_fields(object, fields, list->count, by_name);
  set_shaped(reader, object);
  return good && check_renames(reader, list, fields);
}
