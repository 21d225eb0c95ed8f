/* The top of a schema: its name, its definitions, its fields. */
#include "event/schema/schema_read.h"

#include "base/memory.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* As Panther has it: words of letters and digits that begin with a capital, joined by dots. */
static bool is_schema_name(struct text name) {
  bool word_begins = true;
  for (size_t i = 0; i < name.size; i++) {
    char c = name.data[i];
    bool capital = c >= 'A' && c <= 'Z';
    if (word_begins ? !capital
                    : !(capital || c == '.' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
      return false;
    word_begins = c == '.';
  }
  return !word_begins && name.size <= 100;
}

static bool read_name(struct schema_reader *reader, const struct yaml_node *root,
                      struct schema *schema) {
  const struct yaml_node *node = yaml_get(root, "schema");
  if (!node)
    return yaml_problem(&reader->context, root,
                        "the key 'schema' is missing: it names the log type, as in 'schema: "
                        "Custom.Name'");
  if (!schema_read_text(reader, node, "schema", &schema->name))
    return false;
  if (!is_schema_name(schema->name)) {
    char shown[128];
    return yaml_problem(&reader->context, node,
                        "schema: '%s' is no log type: it takes words of letters and digits that "
                        "begin with a capital, joined by dots, as in 'Custom.Name'",
                        text_printable(schema->name, shown, sizeof shown));
  }
  return true;
}

static bool read_logsource(struct schema_reader *reader, const struct yaml_node *map,
                           struct schema_logsource *logsource) {
  static const char *const keys[] = {"category", "product", "service"};
  struct text *const words[] = {&logsource->category, &logsource->product, &logsource->service};
  const struct yaml_context *context = &reader->context;
  if (!yaml_expect(context, map, YAML_MAPPING, "logsource"))
    return false;
  bool good = yaml_known_keys(context, map, "a logsource", keys, COUNT(keys));
  for (size_t i = 0; i < COUNT(keys); i++) {
    const struct yaml_node *word = yaml_get(map, keys[i]);
    good &= !word || schema_read_text(reader, word, keys[i], words[i]);
  }
  if (map->count == 0)
    good = yaml_problem(context, map,
                        "logsource: at least one of category, product, service is needed");
  return good;
}

/* Keys of Panther's that may stand in a schema and change nothing. */
static const struct schema_unused unused_keys[] = {
    {"fieldDiscoveryEnabled", "fields that the schema does not name are always kept", 0},
    {"parser", "margay reads records in JSON only", 0},
    {"sampleLogs", "`margay schemas test` tries a schema on files of records", 0},
};

static bool is_web_address(struct text url) {
  return text_starts_folded(url, TEXT("https://")) || text_starts_folded(url, TEXT("http://"));
}

static bool read_unused(struct schema_reader *reader, const struct yaml_node *root,
                        struct schema *schema) {
  struct schema_unused *unused =
      arena_alloc(reader->arena, (COUNT(unused_keys) + 1) * sizeof *unused);
  for (size_t i = 0; i < COUNT(unused_keys); i++) {
    const struct yaml_node *value = yaml_get(root, unused_keys[i].key);
    if (!value)
      continue;
    unused[schema->unused_count] = unused_keys[i];
    unused[schema->unused_count++].line = value->line;
  }
  schema->unused = unused;
  /* Panther takes any text here, as its documentation has it. */
  const struct yaml_node *url = yaml_get(root, "referenceURL");
  if (!url)
    return true;
  if (!schema_read_text(reader, url, "referenceURL", &schema->reference_url))
    return false;
  if (is_web_address(schema->reference_url))
    return true;
  schema->reference_url = TEXT("");
  unused[schema->unused_count++] =
      (struct schema_unused){"referenceURL", "it is no web address (https://...)", url->line};
  return true;
}

static bool read_head(struct schema_reader *reader, const struct yaml_node *root,
                      struct schema *schema) {
  static const char *const known[] = {
      "schema",      "version", "description",           "referenceURL", "logsource", "fields",
      "definitions", "strict",  "fieldDiscoveryEnabled", "parser",       "sampleLogs"};
  const struct yaml_context *context = &reader->context;
  const struct yaml_node *version = yaml_get(root, "version");
  const struct yaml_node *description = yaml_get(root, "description");
  const struct yaml_node *logsource = yaml_get(root, "logsource");
  const struct yaml_node *strict = yaml_get(root, "strict");

  bool good = yaml_known_keys(context, root, "a schema", known, COUNT(known));
  good &= read_name(reader, root, schema);
  good &= read_unused(reader, root, schema);
  /* Panther's only version so far. */
  good &= !version || yaml_int(context, version, "version", 0, 0, &schema->version);
  good &=
      !description || schema_read_text(reader, description, "description", &schema->description);
  good &= !logsource || read_logsource(reader, logsource, &schema->logsource);
  good &= !strict || yaml_bool(context, strict, "strict", &schema->strict);
  return good;
}

static bool read_definitions(struct schema_reader *reader, const struct yaml_node *map) {
  bool good = true;
  if (!yaml_expect(&reader->context, map, YAML_MAPPING, "definitions"))
    return false;
  reader->definition_map = map;
  reader->definitions = memory_alloc_array(map->count, sizeof *reader->definitions);
  for (size_t i = 0; i < map->count; i++)
    reader->definitions[i].node = map->items[i];
  for (size_t i = 0; i < map->count; i++)
    good &= schema_read_definition(reader, i, map->keys[i]) != NULL;
  return good;
}

/* What follows from all fields together. */
static void sum_up(struct schema *schema) {
  schema->first_event_time = -1;
  for (size_t i = 0; i < schema->field_count; i++) {
    const struct field *field = &schema->fields[i];
    if (field->event_time && !schema->has_event_time)
      schema->first_event_time = (int)i;
    schema->has_event_time |= field->holds_event_time;
    schema->identified |= field->identifies;
    schema->reshapes |= field->reshapes != 0;
    if (!schema->discriminator && field->validate.startswith &&
        field->transform.kind == TRANSFORM_NONE)
      schema->discriminator = field;
  }
}

static bool read_fields(struct schema_reader *reader, const struct yaml_node *list,
                        struct schema *schema) {
  struct field top = {.type = FIELD_OBJECT};
  if (!schema_read_fields(reader, list, PLACE_TOP, &top))
    return false;
  schema->fields = top.fields;
  schema->field_count = top.field_count;
  schema->by_name = top.by_name;
  sum_up(schema);
  return true;
}

bool schema_read(struct schema_reader *reader, const struct yaml_node *root,
                 struct schema *schema) {
  if (!yaml_expect(&reader->context, root, YAML_MAPPING, "a schema"))
    return false;
  const struct yaml_node *definitions = yaml_get(root, "definitions");
  const struct yaml_node *fields = yaml_get(root, "fields");
  bool good = read_head(reader, root, schema);
  good &= !definitions || read_definitions(reader, definitions);
  good &= fields ? read_fields(reader, fields, schema)
                 : yaml_problem(&reader->context, root, "the key 'fields' is missing");
  free(reader->definitions);
  reader->definitions = NULL;
  return good;
}
