/* What editors know of margay's files is true: every bundled file passes its JSON schema, and
 * mistakes fail it. The checker knows the words of JSON schema that these schemas use. */
#include "base/buffer.h"
#include "base/yaml/yaml.h"
#include "command/config/config_schema.h"

#include <dirent.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct checker {
  json_t *root;
  char cause[256]; /* the first */
};

static bool fits(struct checker *checker, json_t *schema, json_t *value);

static bool refuse(struct checker *checker, const char *cause, const char *what) {
  if (!checker->cause[0])
    snprintf(checker->cause, sizeof checker->cause, "%s: %s", cause, what ? what : "");
  return false;
}

static bool has_type(const char *type, json_t *value) {
  return strcmp(type, "object") == 0    ? json_is_object(value)
         : strcmp(type, "array") == 0   ? json_is_array(value)
         : strcmp(type, "string") == 0  ? json_is_string(value)
         : strcmp(type, "integer") == 0 ? json_is_integer(value)
         : strcmp(type, "number") == 0  ? json_is_number(value)
         : strcmp(type, "boolean") == 0 ? json_is_boolean(value)
                                        : false;
}

static bool fits_type(json_t *type, json_t *value) {
  size_t i;
  json_t *one;
  if (json_is_string(type))
    return has_type(json_string_value(type), value);
  json_array_foreach(type, i, one) if (has_type(json_string_value(one), value)) return true;
  return false;
}

static bool fits_pattern(const char *pattern, json_t *value) {
  regex_t regex;
  if (!json_is_string(value))
    return true;
  assert_int_equal(0, regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB));
  bool found = regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
  regfree(&regex);
  return found;
}

static bool fits_one_of(struct checker *checker, json_t *schemas, json_t *value) {
  size_t i, fitting = 0;
  json_t *schema;
  json_array_foreach(schemas, i, schema) {
    struct checker own = {.root = checker->root};
    fitting += fits(&own, schema, value);
  }
  return fitting == 1 || refuse(checker, "fits none of the choices, or several", NULL);
}

static bool fits_any_of(struct checker *checker, json_t *schemas, json_t *value) {
  size_t i;
  json_t *schema;
  json_array_foreach(schemas, i, schema) {
    struct checker own = {.root = checker->root};
    if (fits(&own, schema, value))
      return true;
  }
  return refuse(checker, "fits none of the choices", NULL);
}

static bool fits_members(struct checker *checker, json_t *schema, json_t *value) {
  json_t *properties = json_object_get(schema, "properties"), *own, *member, *required;
  json_t *others = json_object_get(schema, "additionalProperties");
  const char *key;
  size_t i;
  json_array_foreach(json_object_get(schema, "required"), i, required) {
    if (!json_object_get(value, json_string_value(required)))
      return refuse(checker, "is missing", json_string_value(required));
  }
  json_object_foreach(value, key, member) {
    own = json_object_get(properties, key);
    if (!own && json_is_false(others))
      return refuse(checker, "unknown key", key);
    if (!own && json_is_object(others))
      own = others;
    if (own && !fits(checker, own, member))
      return refuse(checker, "value of", key);
  }
  return true;
}

static bool fits_enum(json_t *words, json_t *value) {
  size_t i;
  json_t *word;
  json_array_foreach(words, i, word) if (json_equal(word, value)) return true;
  return false;
}

static bool fits(struct checker *checker, json_t *schema, json_t *value) {
  json_t *part, *item;
  size_t i;
  if ((part = json_object_get(schema, "$ref")) != NULL) {
    const char *name = strrchr(json_string_value(part), '/') + 1;
    part = json_object_get(json_object_get(checker->root, "definitions"), name);
    assert_non_null(part);
    return fits(checker, part, value);
  }
  if ((part = json_object_get(schema, "type")) && !fits_type(part, value))
    return refuse(checker, "has another type", NULL);
  if ((part = json_object_get(schema, "const")) && !json_equal(part, value))
    return refuse(checker, "is another constant", NULL);
  if ((part = json_object_get(schema, "enum")) && !fits_enum(part, value))
    return refuse(checker, "is none of the words", json_string_value(value));
  if ((part = json_object_get(schema, "pattern")) && !fits_pattern(json_string_value(part), value))
    return refuse(checker, "does not fit the pattern", json_string_value(value));
  if ((part = json_object_get(schema, "minimum")) && json_is_integer(value) &&
      json_integer_value(value) < json_integer_value(part))
    return refuse(checker, "is too small", NULL);
  if ((part = json_object_get(schema, "maximum")) && json_is_integer(value) &&
      json_integer_value(value) > json_integer_value(part))
    return refuse(checker, "is too large", NULL);
  if ((part = json_object_get(schema, "minItems")) &&
      json_array_size(value) < (size_t)json_integer_value(part))
    return refuse(checker, "has too few items", NULL);
  if ((part = json_object_get(schema, "oneOf")) && !fits_one_of(checker, part, value))
    return false;
  if ((part = json_object_get(schema, "anyOf")) && !fits_any_of(checker, part, value))
    return false;
  if (json_is_object(value) && !fits_members(checker, schema, value))
    return false;
  json_array_foreach(value, i, item) {
    if ((part = json_object_get(schema, "items")) && !fits(checker, part, item))
      return false;
  }
  return true;
}

/* ---- files ---- */

/* A YAML scalar as the core schema types it. */
static json_t *scalar_of(const struct yaml_node *node) {
  char text[256], *end;
  snprintf(text, sizeof text, "%.*s", TEXT_ARGS(node->value));
  if (!node->quoted) {
    long long number = strtoll(text, &end, 10);
    if (*text && !*end)
      return json_integer(number);
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
      return json_boolean(*text == 't');
  }
  return json_stringn_nocheck(node->value.data, node->value.size);
}

static json_t *value_of(const struct yaml_node *node) {
  json_t *value;
  switch (node->type) {
  case YAML_MAPPING:
    value = json_object();
    for (size_t i = 0; i < node->count; i++)
      json_object_set_new(value, node->keys[i]->value.data, value_of(node->items[i]));
    return value;
  case YAML_SEQUENCE:
    value = json_array();
    for (size_t i = 0; i < node->count; i++)
      json_array_append_new(value, value_of(node->items[i]));
    return value;
  default:
    return scalar_of(node);
  }
}

static bool yaml_fits(json_t *schema, struct text text, const char *name, struct checker *checker) {
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_text(text, name, &error);
  if (!yaml)
    fail_msg("%s: %s", name, error.text);
  json_t *value = value_of(yaml_root(yaml));
  *checker = (struct checker){.root = schema};
  bool good = fits(checker, schema, value);
  json_decref(value);
  yaml_free(yaml);
  return good;
}

static struct buffer read_file(const char *path) {
  struct buffer bytes = BUFFER_NONE;
  FILE *file = fopen(path, "re");
  size_t got;
  if (!file)
    fail_msg("cannot read %s: the tests run at the root of the project", path);
  do {
    got = fread(buffer_reserve(&bytes, 65536), 1, 65536, file);
    bytes.size += got;
  } while (got > 0);
  fclose(file);
  return bytes;
}

static json_t *load_schema(const char *path) {
  json_error_t error;
  json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
  if (!schema)
    fail_msg("%s:%d: %s", path, error.line, error.text);
  return schema;
}

static void expect_file_fits(json_t *schema, const char *path) {
  struct checker checker;
  struct buffer bytes = read_file(path);
  if (!yaml_fits(schema, buffer_text(&bytes), path, &checker))
    fail_msg("%s: %s", path, checker.cause);
  buffer_free(&bytes);
}

#define CONFIG_SCHEMA "editors/margay.schema.json"
#define LOG_TYPE_SCHEMA "editors/log-type.schema.json"
#define MODEL_SCHEMA "editors/data-model.schema.json"

static void the_schema_of_the_configuration_is_what_the_tables_say(void **state) {
  (void)state;
  json_t *shipped = load_schema(CONFIG_SCHEMA), *made = config_schema();
  if (!json_equal(shipped, made))
    fail_msg(CONFIG_SCHEMA " is old: margay check --json-schema >" CONFIG_SCHEMA);
  json_decref(shipped);
  json_decref(made);
}

static void the_configuration_that_ships_fits_its_schema(void **state) {
  (void)state;
  json_t *schema = load_schema(CONFIG_SCHEMA);
  expect_file_fits(schema, "margay.yml");
  expect_file_fits(schema, "demo.yml");
  json_decref(schema);
}

static bool ends_with(const char *name, const char *ending) {
  size_t size = strlen(name), end = strlen(ending);
  return size >= end && strcmp(name + size - end, ending) == 0;
}

/* The schemas of a folder, or the data models beside them. */
static void expect_files_fit(const char *schema_path, const char *folder_path, bool models) {
  json_t *schema = load_schema(schema_path);
  DIR *folder = opendir(folder_path);
  size_t count = 0;
  assert_non_null(folder);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    char path[512];
    if (!ends_with(entry->d_name, ".yml") || ends_with(entry->d_name, ".model.yml") != models)
      continue;
    snprintf(path, sizeof path, "%s/%s", folder_path, entry->d_name);
    expect_file_fits(schema, path);
    count++;
  }
  closedir(folder);
  json_decref(schema);
  assert_true(count >= 3);
}

static void every_schema_that_ships_fits_the_schema_of_schemas(void **state) {
  (void)state;
  expect_files_fit(LOG_TYPE_SCHEMA, "schemas/zoom", false);
}

static void every_data_model_that_ships_fits_the_schema_of_models(void **state) {
  (void)state;
  expect_files_fit(MODEL_SCHEMA, "schemas/zoom", true);
}

static const struct {
  const char *schema, *text, *cause;
} mistakes[] = {
    {CONFIG_SCHEMA, "rulez: [rules]", "unknown key: rulez"},
    {CONFIG_SCHEMA, "workers: 0", "fits none of the choices: "},
    {CONFIG_SCHEMA, "workers: many", "fits none of the choices: "},
    {CONFIG_SCHEMA, "log: {level: loud}", "fits none of the choices: "},
    {CONFIG_SCHEMA, "sources: [{id: a, type: ftp}]", "fits none of the choices, or several: "},
    {CONFIG_SCHEMA, "sources: [{id: a, type: file, path: x, pth: y}]",
     "fits none of the choices, or several: "},
    {CONFIG_SCHEMA, "destinations: {id: a}", "has another type: "},
    {CONFIG_SCHEMA, "lookups: [{name: a}]", "is missing: path"},
    {MODEL_SCHEMA, "model: A.B", "is missing: fields"},
    {MODEL_SCHEMA, "model: A.B\nfeilds: {}\nfields: {a: b}", "unknown key: feilds"},
    {MODEL_SCHEMA, "model: A.B\nfields: {a: $.b}", "fits none of the choices: "},
    {MODEL_SCHEMA, "model: A.B\nfields: {a: {fnuction: x.y}}", "fits none of the choices: "},
    {LOG_TYPE_SCHEMA, "schema: A.B", "is missing: fields"},
    {LOG_TYPE_SCHEMA, "schema: a\nfields: [{name: a, type: string}]",
     "does not fit the pattern: a"},
    {LOG_TYPE_SCHEMA, "schema: A.B\nfields: []", "has too few items: "},
    {LOG_TYPE_SCHEMA, "schema: A.B\nfields: [{name: a, type: text}]", "is none of the words: text"},
    {LOG_TYPE_SCHEMA, "schema: A.B\nfields: [{name: a, type: string, requird: true}]",
     "unknown key: requird"},
    {LOG_TYPE_SCHEMA, "schema: A.B\nfields: [{name: a, type: string, indicators: [mail]}]",
     "is none of the words: mail"},
    {LOG_TYPE_SCHEMA, "schema: A.B\nfields: [{name: a, type: string, validate: {alow: [b]}}]",
     "unknown key: alow"},
};

static void mistakes_do_not_fit(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct checker checker;
    json_t *schema = load_schema(mistakes[i].schema);
    if (yaml_fits(schema, text_from(mistakes[i].text), "text", &checker))
      fail_msg("fits %s: %s", mistakes[i].schema, mistakes[i].text);
    assert_string_equal(mistakes[i].cause, checker.cause);
    json_decref(schema);
  }
}

static void a_variable_may_stand_for_any_scalar_of_the_configuration(void **state) {
  (void)state;
  struct checker checker;
  json_t *schema = load_schema(CONFIG_SCHEMA);
  const char *text = "workers: ${N:-2}\nlog: {level: '${L}'}\nstate: {keep_events: '${K}'}";
  if (!yaml_fits(schema, text_from(text), "text", &checker))
    fail_msg("%s", checker.cause);
  json_decref(schema);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_schema_of_the_configuration_is_what_the_tables_say),
      cmocka_unit_test(the_configuration_that_ships_fits_its_schema),
      cmocka_unit_test(every_schema_that_ships_fits_the_schema_of_schemas),
      cmocka_unit_test(every_data_model_that_ships_fits_the_schema_of_models),
      cmocka_unit_test(mistakes_do_not_fit),
      cmocka_unit_test(a_variable_may_stand_for_any_scalar_of_the_configuration),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
