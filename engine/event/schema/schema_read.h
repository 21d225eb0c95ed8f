/*
 * From a schema's YAML to its fields. Private to the schema part.
 *
 * Every function here reports what is wrong as problems with their place and goes on, so that one
 * run reports all mistakes; it returns false when there was one. What was read lives in the arena.
 *
 * For the thread that reads the schemas.
 */
#ifndef EVENT_SCHEMA_SCHEMA_READ_H
#define EVENT_SCHEMA_SCHEMA_READ_H

#include "base/yaml/yaml.h"
#include "event/schema/schema.h"

/* A named field description that `type: ref` refers to. */
struct schema_definition {
  const struct yaml_node *node;
  struct field field;
  enum { DEFINITION_UNREAD, DEFINITION_OPEN, DEFINITION_GOOD, DEFINITION_BAD } state;
};

struct schema_reader {
  struct yaml_context context;
  struct arena *arena;
  const struct yaml_node *definition_map; /* NULL when there is none */
  struct schema_definition *definitions;  /* parallel to definition_map's entries */
  unsigned reference_depth;
};

/* Where a field description stands decides which keys it may have. */
enum schema_place { PLACE_TOP, PLACE_NESTED, PLACE_ELEMENT, PLACE_DEFINITION };

/* A whole schema. */
bool schema_read(struct schema_reader *reader, const struct yaml_node *root, struct schema *schema);

/* The definition of this index of definition_map, read on demand; NULL with a problem at `at` when
 * it is wrong or refers to itself. */
const struct field *schema_read_definition(struct schema_reader *reader, size_t index,
                                           const struct yaml_node *at);

/* A list of fields and its index by name, into an object. */
bool schema_read_fields(struct schema_reader *reader, const struct yaml_node *list,
                        enum schema_place place, struct field *object);

/* One field description. */
bool schema_read_field(struct schema_reader *reader, const struct yaml_node *node,
                       enum schema_place place, struct field *field);

/* The value of one key of a field description. */
typedef bool schema_attribute_reader(struct schema_reader *reader, const struct yaml_node *value,
                                     struct field *field);
schema_attribute_reader schema_read_indicators, schema_read_find_indicators, schema_read_validate,
    schema_read_time_format, schema_read_time_formats, schema_read_rename, schema_read_copy,
    schema_read_concat, schema_read_split, schema_read_mask;

/* A copy of a text that must not be empty. */
bool schema_read_text(struct schema_reader *reader, const struct yaml_node *value, const char *what,
                      struct text *out);

/* A list of texts, at least one, each not empty unless `may_be_empty`. */
bool schema_read_texts(struct schema_reader *reader, const struct yaml_node *value,
                       const char *what, bool may_be_empty, const struct text **out, size_t *count);

#endif
