#include "command/config/config_schema.h"

#include "alert/destination/destination_kinds.h"
#include "command/config/config.h"
#include "source/source_kinds.h"

/* A scalar may hold an environment variable, whatever it is to become. */
#define VARIABLE "\\$\\{"
/* What base/clock.h's duration_parse reads. */
#define DURATION "^(0|[0-9]+(ms|[smhdw]))$"

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
  default:
    return json_pack("{s:[s,s]}", "type", "string", "number");
  }
}

static bool is_text(enum setting_kind kind) {
  return kind == SETTING_TEXT || kind == SETTING_PATH || kind == SETTING_SECRET ||
         kind == SETTING_URL || kind == SETTING_SECRET_URL;
}

static json_t *setting_schema(const struct setting *setting) {
  json_t *schema;
  if (setting->kind == SETTING_LIST) {
    json_t *item = setting->choices ? json_pack("{s:o}", "enum", words(setting->choices))
                                    : json_pack("{s:s}", "type", "string");
    schema = json_pack("{s:s, s:o}", "type", "array", "items", item);
  } else if (is_text(setting->kind)) {
    schema = plain_type(setting);
  } else {
    json_t *variable = json_pack("{s:s, s:s}", "type", "string", "pattern", VARIABLE);
    schema = json_pack("{s:[o,o]}", "anyOf", plain_type(setting), variable);
  }
  json_object_set_new(schema, "description", json_string(setting->help));
  if (setting->fallback && *setting->fallback && setting->kind != SETTING_LIST)
    json_object_set_new(schema, "default", json_string(setting->fallback));
  return schema;
}

/* A mapping that has no other keys than those of its tables. */
static json_t *mapping_schema(void) {
  return json_pack("{s:s, s:b, s:{}, s:[]}", "type", "object", "additionalProperties", 0,
                   "properties", "required");
}

static void add_settings(json_t *mapping, const struct setting *settings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    json_object_set_new(json_object_get(mapping, "properties"), settings[i].key,
                        setting_schema(&settings[i]));
    if (settings[i].required)
      json_array_append_new(json_object_get(mapping, "required"), json_string(settings[i].key));
  }
}

/* One type of a source or destination: what is common to all, and its own keys. */
static json_t *type_schema(const struct config_table *common, const char *type,
                           const struct setting *settings, size_t count) {
  json_t *mapping = mapping_schema();
  add_settings(mapping, common->settings, common->count);
  add_settings(mapping, settings, count);
  json_object_set_new(json_object_get(mapping, "properties"), "type",
                      json_pack("{s:s}", "const", type));
  return mapping;
}

static json_t *source_schemas(const struct config_table *common) {
  json_t *list = json_array();
  size_t count;
  const char *const *names = source_type_names(&count);
  for (size_t i = 0; i < count; i++) {
    const struct source_type *type = source_type_find(text_from(names[i]));
    json_array_append_new(list, type_schema(common, names[i], type->settings, type->setting_count));
  }
  return list;
}

static json_t *destination_schemas(const struct config_table *common) {
  json_t *list = json_array();
  size_t count;
  const char *const *names = destination_type_names(&count);
  for (size_t i = 0; i < count; i++) {
    const struct destination_type *type = destination_type_find(text_from(names[i]));
    json_array_append_new(list, type_schema(common, names[i], type->settings, type->setting_count));
  }
  return list;
}

static json_t *list_of(json_t *item) {
  return json_pack("{s:s, s:o}", "type", "array", "items", item);
}

static json_t *section_schema(const struct config_table *table) {
  if (strcmp(table->mapping, "sources") == 0)
    return list_of(json_pack("{s:o}", "oneOf", source_schemas(table)));
  if (strcmp(table->mapping, "destinations") == 0)
    return list_of(json_pack("{s:o}", "oneOf", destination_schemas(table)));
  json_t *mapping = mapping_schema();
  add_settings(mapping, table->settings, table->count);
  if (strcmp(table->mapping, "lookups") == 0)
    return list_of(mapping);
  if (strcmp(table->mapping, "sigma") == 0)
    json_object_del(mapping, "additionalProperties"); /* the mapping itself may stand here */
  return mapping;
}

json_t *config_schema(void) {
  size_t count;
  const struct config_table *tables = config_tables(&count);
  json_t *root = mapping_schema();
  json_object_set_new(root, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
  json_object_set_new(root, "title", json_string("The configuration of margay: margay.yml"));
  for (size_t i = 0; i < count; i++) {
    if (*tables[i].mapping)
      json_object_set_new(json_object_get(root, "properties"), tables[i].mapping,
                          section_schema(&tables[i]));
    else
      add_settings(root, tables[i].settings, tables[i].count);
  }
  return root;
}
