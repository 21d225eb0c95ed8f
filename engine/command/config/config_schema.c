#include "command/config/config_schema.h"

#include "command/config/config_settings.h"

/* A scalar may hold an environment variable, whatever it is to become. */
#define VARIABLE "\\$\\{"
/* What base/clock.h's duration_parse reads. */
#define DURATION "^(0|[0-9]+(ms|[smhdw]))$"

/* What SETTING_SIZE reads. */
#define SIZE "^[0-9]+([KMG]iB)?$"

static json_t *words(const char *const *choices) {
  json_t *list = json_array();
  for (size_t i = 0; choices[i]; i++)
    json_array_append_new(list, json_string(choices[i]));
  return list;
}

static json_t *plain_type(const struct setting *setting) {
  switch (setting->kind) {
  case SETTING_BOOL:
    return json_pack("{s:s}", "type", "boolean");
  case SETTING_INT:
    return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)setting->min,
                     "maximum", (json_int_t)setting->max);
  case SETTING_CHOICE:
    return json_pack("{s:o}", "enum", words(setting->choices));
  case SETTING_DURATION:
    return json_pack("{s:[s,s], s:s}", "type", "string", "integer", "pattern", DURATION);
  case SETTING_SIZE:
    return json_pack("{s:[s,s], s:s}", "type", "string", "integer", "pattern", SIZE);
  default:
    return json_pack("{s:[s,s]}", "type", "string", "number");
  }
}

static json_t *scalar_schema(const struct setting *setting) {
  if (setting_is_text(setting->kind))
    return plain_type(setting);
  json_t *variable = json_pack("{s:s, s:s}", "type", "string", "pattern", VARIABLE);
  return json_pack("{s:[o,o]}", "anyOf", plain_type(setting), variable);
}

static json_t *list_of(json_t *item) {
  return json_pack("{s:s, s:o}", "type", "array", "items", item);
}

static json_t *list_schema(const struct setting *setting) {
  json_t *item = setting->choices ? json_pack("{s:o}", "enum", words(setting->choices))
                                  : json_pack("{s:s}", "type", "string");
  if (setting->kind != SETTING_PATHS && !setting->alone)
    return list_of(item);
  return json_pack("{s:[o,o]}", "anyOf", list_of(json_incref(item)), item);
}

static void add_rows(json_t *mapping, const struct settings_table *table);

/* A mapping with the keys of these tables and no others; the second table may be NULL. */
static json_t *mapping_schema(const struct settings_table *table,
                              const struct settings_table *more) {
  json_t *mapping = json_pack("{s:s, s:b, s:{}, s:[]}", "type", "object", "additionalProperties", 0,
                              "properties", "required");
  add_rows(mapping, table);
  if (more)
    add_rows(mapping, more);
  return mapping;
}

/* One of the kinds' mappings: `type` says which. */
static json_t *kinds_schema(const struct setting *setting) {
  json_t *choices = json_array();
  for (size_t i = 0; i < setting->kinds->count; i++) {
    const struct kind *kind = setting->kinds->items[i];
    json_t *mapping = mapping_schema(setting->table, &kind->settings);
    json_object_set_new(json_object_get(mapping, "properties"), "type",
                        json_pack("{s:s, s:s}", "const", kind->name, "description", kind->help));
    json_array_append_new(choices, mapping);
  }
  return json_pack("{s:o}", "oneOf", choices);
}

static json_t *mappings_schema(const struct setting *setting) {
  json_t *list = list_of(mapping_schema(setting->table, NULL));
  if (!setting->alone)
    return list;
  return json_pack("{s:[o,o]}", "anyOf", list, mapping_schema(setting->table, NULL));
}

static json_t *setting_schema(const struct setting *setting) {
  switch (setting->kind) {
  case SETTING_LIST:
  case SETTING_HEADERS:
  case SETTING_PATHS:
    return list_schema(setting);
  case SETTING_MAPPING:
  case SETTING_OPTIONAL:
    return mapping_schema(setting->table, NULL);
  case SETTING_MAPPINGS:
    return mappings_schema(setting);
  case SETTING_KINDS:
    return list_of(kinds_schema(setting));
  case SETTING_TREE:
    return setting->choices ? json_pack("{s:s, s:{s:o}}", "type", "object", "additionalProperties",
                                        "enum", words(setting->choices))
                            : json_object();
  default:
    return scalar_schema(setting);
  }
}

static bool has_plain_default(const struct setting *setting) {
  return setting->fallback && *setting->fallback && !setting_is_list(setting->kind);
}

static void add_rows(json_t *mapping, const struct settings_table *table) {
  for (size_t i = 0; i < table->count; i++) {
    const struct setting *setting = &table->rows[i];
    json_t *schema = setting_schema(setting);
    json_object_set_new(schema, "description", json_string(setting->help));
    if (has_plain_default(setting))
      json_object_set_new(schema, "default", json_string(setting->fallback));
    json_object_set_new(json_object_get(mapping, "properties"), setting->key, schema);
    if (setting->required)
      json_array_append_new(json_object_get(mapping, "required"), json_string(setting->key));
  }
}

json_t *config_schema(void) {
  json_t *root = mapping_schema(&config_table, NULL);
  json_object_set_new(root, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
  json_object_set_new(root, "title", json_string("The configuration of margay: margay.yml"));
  return root;
}
