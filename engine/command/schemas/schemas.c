/* margay schemas: the log types, and what their events have; the tools for who writes schemas. */
#include "command/schemas/schemas.h"

#include "alert/message/markup.h"
#include "base/buffer.h"
#include "command/command.h"
#include "command/config/bundled.h"
#include "command/config/load.h"
#include "command/terminal/action.h"
#include "command/terminal/format_option.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

struct schemas_options {
  struct text_list_option schemas;
  const char *config, *name;
  int format;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct schemas_options, config), "FILE",
     "schemas of this configuration", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct schemas_options, schemas), "PATH",
     "schemas, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    {"name", 0, OPTION_TEXT, offsetof(struct schemas_options, name), "TYPE",
     "with infer: the log type (default: Custom.Records)", 0, 0, NULL},
    FORMAT_OPTION(struct schemas_options, FORMAT_OPTION_LINES),
};

static int run_command(int argc, char **argv);

const struct command command_schemas = {
    .name = "schemas",
    .also = "schema",
    .summary = "list and show log types; infer, test and compare schemas",
    .arguments = "[OPTION]… [list | show TYPE | infer FILE… | test SCHEMA FILE… | diff OLD NEW]",
    .help =
        "Lists the log types that the schemas describe. 'show' prints every field of one: its\n"
        "path as rules write it, its type, which indicators come from it, and what the data\n"
        "model calls it. 'infer' writes a schema from records. 'test' reports what of records a\n"
        "schema (a file, or a log type) does not take, and exits with 1 if there is anything.\n"
        "'diff' reports what changed between two schemas or folders of them, and exits with 1 if\n"
        "something breaks. Exits with 2 if a schema has a mistake.",
    .example = "schemas show Zoom.Operation",
    .example_help = "the fields of a log type\n"
                    "  margay schemas infer --name Office.Badge badges.ndjson >badge.yml\n"
                    "  margay schemas test badge.yml badges.ndjson\n"
                    "  margay schemas diff old/badge.yml new/badge.yml",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct schemas_call {
  const struct schemas_options *options;
  const struct schema_set *schemas;
  const char *wanted; /* of 'show' */
  int status;
};

/* ---- what a schema says ------------------------------------------------------------------ */

/* "operator, operator_email", or the function. */
static void append_sources(struct buffer *out, const struct data_model_field *field) {
  for (size_t i = 0; i < field->count; i++) {
    const struct data_model_source *source = &field->sources[i];
    buffer_append_string(out, i ? ", " : "");
    if (source->path.size)
      buffer_append_text(out, source->path);
    else
      buffer_printf(out, "%s.%s()", source->library.data, source->function.data);
  }
}

static const struct data_model_field *actor_of(const struct schema *schema) {
  return schema->model ? data_model_find(schema->model, TEXT(DATA_MODEL_ACTOR)) : NULL;
}

static void append_actor(struct buffer *out, const struct schema *schema) {
  const struct data_model_field *actor = actor_of(schema);
  if (actor)
    append_sources(out, actor);
}

/* The field itself, or what a list of any depth holds. */
static const struct field *inner(const struct field *field) {
  while (field->type == FIELD_ARRAY && field->element)
    field = field->element;
  return field;
}

/* "array of string" */
static void append_type(struct buffer *out, const struct field *field) {
  for (; field->type == FIELD_ARRAY && field->element; field = field->element)
    buffer_append_string(out, "array of ");
  buffer_append_string(out, field_type_word(field->type));
}

static void append_indicators(struct buffer *out, const struct field *field) {
  for (unsigned i = 0; i < INDICATOR_COUNT; i++)
    if (field->indicators >> i & 1)
      buffer_printf(out, "%s%s", out->size ? ", " : "", indicator_words[i]);
  for (unsigned i = 0; i < INDICATOR_COUNT; i++)
    if (field->find_indicators >> i & 1)
      buffer_printf(out, "%sfinds %s", out->size ? ", " : "", indicator_words[i]);
}

/* The names that the model has for this path. */
static void append_model_names(struct buffer *out, const struct schema *schema, struct text path) {
  const struct data_model *model = schema->model;
  for (size_t i = 0; model && i < model->count; i++)
    for (size_t k = 0; k < model->fields[i].count; k++)
      if (text_equal(model->fields[i].sources[k].path, path)) {
        buffer_append_string(out, out->size ? ", " : "");
        buffer_append_text(out, model->fields[i].name);
      }
}

static void append_notes(struct buffer *out, const struct field *field) {
  const struct field *value = inner(field);
  const struct {
    bool is;
    const char *word;
  } notes[] = {{field->required, "required"},
               {field->event_time, "event time"},
               {field->embedded_json || value->embedded_json, "JSON in a text"},
               {value->mask.kind != MASK_NONE, "masked"},
               {field->transform.kind != TRANSFORM_NONE, "made of others"}};
  for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
    if (notes[i].is)
      buffer_printf(out, "%s%s", out->size ? ", " : "", notes[i].word);
}

/* What is said of one field, in columns. */
enum { COLUMN_PATH, COLUMN_TYPE, COLUMN_INDICATORS, COLUMN_MODEL, COLUMN_NOTES, COLUMN_COUNT };
struct field_words {
  struct buffer columns[COLUMN_COUNT];
};

struct field_walk {
  const struct schema *schema;
  void (*each)(void *context, const struct field *field, const struct field_words *words);
  void *context;
  struct field_words words;
};

/* Every field, those of objects behind the object: rules go through lists by the same path. */
static void walk_fields(struct field_walk *walk, const struct field *fields, size_t count,
                        struct text before) {
  struct buffer *columns = walk->words.columns;
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < count; i++) {
    const struct field *field = &fields[i], *object = inner(field);
    for (size_t k = 0; k < COLUMN_COUNT; k++)
      buffer_reset(&columns[k]);
    buffer_printf(&columns[COLUMN_PATH], "%.*s%s%.*s", TEXT_ARGS(before), before.size ? "." : "",
                  TEXT_ARGS(field->name));
    struct text path = arena_copy(&arena, buffer_text(&columns[COLUMN_PATH]));
    append_type(&columns[COLUMN_TYPE], field);
    append_indicators(&columns[COLUMN_INDICATORS], object);
    append_model_names(&columns[COLUMN_MODEL], walk->schema, path);
    append_notes(&columns[COLUMN_NOTES], field);
    walk->each(walk->context, field, &walk->words);
    if (object->type == FIELD_OBJECT)
      walk_fields(walk, object->fields, object->field_count, path);
  }
  arena_free(&arena);
}

static void each_field(const struct schema *schema,
                       void (*each)(void *, const struct field *, const struct field_words *),
                       void *context) {
  struct field_walk walk = {.schema = schema, .each = each, .context = context};
  walk_fields(&walk, schema->fields, schema->field_count, TEXT(""));
  for (size_t i = 0; i < COLUMN_COUNT; i++)
    buffer_free(&walk.words.columns[i]);
}

/* ---- for people -------------------------------------------------------------------------- */

static void print_table(struct table *table) {
  struct buffer lines = BUFFER_NONE;
  table_write(table, terminal_colours(stdout), terminal_width(stdout), &lines);
  fwrite(lines.data, 1, lines.size, stdout);
  buffer_free(&lines);
  table_free(table);
}

static void append_first_actor(struct buffer *out, const struct schema *schema) {
  const struct data_model_field *actor = actor_of(schema);
  if (!actor)
    return;
  struct data_model_field first = *actor;
  first.count = 1;
  append_sources(out, &first);
  buffer_append_string(out, actor->count > 1 ? ", …" : "");
}

static void print_list(const struct schema_set *schemas) {
  static const char *const headings[] = {"LOG TYPE", "FIELDS", "ACTOR", "DESCRIPTION"};
  struct table *table = table_new(headings, 4);
  struct buffer cell = BUFFER_NONE;
  for (size_t i = 0; i < schemas->count; i++) {
    const struct schema *schema = &schemas->schemas[i];
    table_add(table, schema->name, NULL);
    buffer_reset(&cell);
    buffer_printf(&cell, "%zu", schema->field_count);
    table_add(table, buffer_text(&cell), NULL);
    buffer_reset(&cell);
    append_first_actor(&cell, schema);
    table_add(table, buffer_text(&cell), NULL);
    table_add(table, schema->description, NULL);
  }
  print_table(table);
  buffer_free(&cell);
}

static void add_row(void *context, const struct field *field, const struct field_words *words) {
  (void)field;
  for (size_t i = 0; i < COLUMN_COUNT; i++)
    table_add(context, buffer_text(&words->columns[i]), NULL);
}

/* "actor       operator", unless there is nothing to say. */
static void print_line(const char *name, struct text value) {
  struct buffer line = BUFFER_NONE;
  markup_append(&line, &markup_line, value, SIZE_MAX);
  if (value.size)
    printf("%-12s  %.*s\n", name, TEXT_ARGS(buffer_text(&line)));
  buffer_free(&line);
}

static void print_logsource(const struct schema_logsource *logsource) {
  const struct text words[] = {logsource->category, logsource->product, logsource->service};
  static const char *const names[] = {"category", "product", "service"};
  struct buffer line = BUFFER_NONE;
  for (size_t i = 0; i < 3; i++)
    if (words[i].size)
      buffer_printf(&line, "%s%s: %.*s", line.size ? ", " : "", names[i], TEXT_ARGS(words[i]));
  print_line("logsource", buffer_text(&line));
  buffer_free(&line);
}

static void print_unused(const struct schema *schema) {
  struct buffer line = BUFFER_NONE;
  for (size_t i = 0; i < schema->unused_count; i++)
    buffer_printf(&line, "%s%s", i ? ", " : "", schema->unused[i].key);
  print_line("not used", buffer_text(&line));
  buffer_free(&line);
}

static void print_schema(const struct schema *schema) {
  static const char *const headings[COLUMN_COUNT] = {"FIELD", "TYPE", "INDICATORS", "DATA MODEL",
                                                     "NOTES"};
  struct table *table = table_new(headings, COLUMN_COUNT);
  struct buffer actor = BUFFER_NONE;
  append_actor(&actor, schema);
  print_line("log type", schema->name);
  print_line("description", schema->description);
  print_line("reference", schema->reference_url);
  print_line("file", text_from(schema->file));
  print_line("data model", text_from(schema->model ? schema->model->file : ""));
  print_line("actor", buffer_text(&actor));
  print_logsource(&schema->logsource);
  print_unused(schema);
  putchar('\n');
  each_field(schema, add_row, table);
  print_table(table);
  buffer_free(&actor);
}

/* ---- for programs ------------------------------------------------------------------------ */

static void set_text(json_t *object, const char *name, struct text text) {
  if (text.size)
    json_object_set_new(object, name, json_stringn(text.data, text.size));
}

static json_t *json_words(uint32_t indicators) {
  json_t *list = json_array();
  for (unsigned i = 0; i < INDICATOR_COUNT; i++)
    if (indicators >> i & 1)
      json_array_append_new(list, json_string(indicator_words[i]));
  return list;
}

static void add_json_field(void *context, const struct field *field,
                           const struct field_words *words) {
  json_t *object = json_object();
  set_text(object, "path", buffer_text(&words->columns[COLUMN_PATH]));
  set_text(object, "type", buffer_text(&words->columns[COLUMN_TYPE]));
  json_object_set_new(object, "required", json_boolean(field->required));
  json_object_set_new(object, "event_time", json_boolean(field->event_time));
  json_object_set_new(object, "indicators", json_words(inner(field)->indicators));
  json_object_set_new(object, "find_indicators", json_words(inner(field)->find_indicators));
  json_array_append_new(context, object);
}

static json_t *json_model(const struct data_model *model) {
  json_t *object = json_object();
  struct buffer sources = BUFFER_NONE;
  for (size_t i = 0; model && i < model->count; i++) {
    buffer_reset(&sources);
    append_sources(&sources, &model->fields[i]);
    set_text(object, model->fields[i].name.data, buffer_text(&sources));
  }
  buffer_free(&sources);
  return object;
}

static void print_json(const struct schema *schema, bool whole) {
  struct buffer actor = BUFFER_NONE;
  json_t *object = json_object();
  append_actor(&actor, schema);
  set_text(object, "log_type", schema->name);
  set_text(object, "description", schema->description);
  set_text(object, "file", text_from(schema->file));
  set_text(object, "actor", buffer_text(&actor));
  json_object_set_new(object, "field_count", json_integer((json_int_t)schema->field_count));
  if (whole) {
    json_t *fields = json_array();
    each_field(schema, add_json_field, fields);
    json_object_set_new(object, "fields", fields);
    json_object_set_new(object, "data_model", json_model(schema->model));
  }
  json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar('\n');
  json_decref(object);
  buffer_free(&actor);
}

/* ---- the command ------------------------------------------------------------------------- */

static void list(void *context) {
  const struct schemas_call *call = context;
  const struct schema_set *schemas = call->schemas;
  if (call->options->format == FORMAT_TEXT)
    print_list(schemas);
  for (size_t i = 0; call->options->format == FORMAT_JSON && i < schemas->count; i++)
    print_json(&schemas->schemas[i], false);
}

static void show(void *context) {
  struct schemas_call *call = context;
  struct text wanted = text_from(call->wanted);
  const struct schema *schema = NULL;
  for (size_t i = 0; i < call->schemas->count && !schema; i++)
    if (text_equal_folded(call->schemas->schemas[i].name, wanted))
      schema = &call->schemas->schemas[i];
  if (!schema) {
    load_report_unknown_log_type(&command_schemas, call->schemas, wanted, "");
    call->status = EXIT_USAGE;
  } else if (call->options->format == FORMAT_JSON)
    print_json(schema, true);
  else
    print_schema(schema);
}

/* ---- tools ------------------------------------------------------------------------------- */

struct tool_call {
  const struct schemas_options *options;
  struct schemas_tool tool;
  int status;
};

static struct schema_set *load(const struct schemas_options *options, struct problems *problems);

static void infer(void *context) {
  struct tool_call *call = context;
  call->status = schemas_infer(&call->tool);
}

static void diff(void *context) {
  struct tool_call *call = context;
  call->status = call->tool.count == 2
                     ? schemas_diff(&call->tool)
                     : options_wrong(&command_schemas, "'diff' needs two files or folders");
}

/* The operand is a file or folder, or else one of the log types. Of a file with one schema the
 * records are taken to be of its log type. */
static int test_by(const struct tool_call *call, const struct schema_set *set, bool from_file) {
  struct text name = text_from(call->tool.operands[0]);
  const struct schema *schema = NULL;
  if (from_file)
    return schemas_test(&call->tool, set, set->count == 1 ? &set->schemas[0] : NULL);
  for (size_t i = 0; i < set->count && !schema; i++)
    if (text_equal_folded(set->schemas[i].name, name))
      schema = &set->schemas[i];
  if (schema)
    return schemas_test(&call->tool, set, schema);
  load_report_unknown_log_type(&command_schemas, set, name, "and there is no file of that name");
  return EXIT_USAGE;
}

static void test(void *context) {
  struct tool_call *call = context;
  struct problems problems = PROBLEMS_NONE, warnings = PROBLEMS_NONE;
  if (call->tool.count < 2) {
    call->status = options_wrong(&command_schemas, "'test' needs a schema and a file of records");
    return;
  }
  const char *path = call->tool.operands[0];
  bool from_file = access(path, F_OK) == 0;
  struct schema_set *set =
      from_file ? schema_set_load(path, &problems) : load(call->options, &problems);
  call->status = EXIT_USAGE;
  if (load_report(&problems) && set) {
    schema_set_warn(set, &warnings);
    problems_print(&warnings, stderr);
    call->status = test_by(call, set, from_file);
  }
  schema_set_free(set);
  problems_clear(&warnings);
  problems_clear(&problems);
}

static const struct action actions[] = {{"list", false, false, list},
                                        {"show", true, false, show},
                                        {"infer", ACTION_TAKES_ANY, false, infer},
                                        {"test", ACTION_TAKES_ANY, false, test},
                                        {"diff", ACTION_TAKES_ANY, false, diff}};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "a log type, which `margay schemas list` shows"};

/* Those of the configuration, or of the command line. */
static struct schema_set *load(const struct schemas_options *options, struct problems *problems) {
  if (!options->config || options->schemas.count > 0)
    return load_schemas(&options->schemas, problems);
  struct config *config = config_load_detection(options->config, problems);
  struct schema_set *schemas =
      config && config->schemas
          ? schema_set_load_all(config->schemas, bundled_count(config->schemas), problems)
          : NULL;
  config_free(config);
  return schemas;
}

static int run_action(const struct schemas_options *options, const struct action *action,
                      const char *wanted) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas = load(options, &problems);
  struct schemas_call call = {options, schemas, wanted, EXIT_DONE};
  if (schemas)
    action->run(&call);
  if (!load_report(&problems))
    call.status = EXIT_USAGE;
  schema_set_free(schemas);
  problems_clear(&problems);
  return call.status;
}

static int run_tool(const struct schemas_options *options, const struct action *action,
                    const struct operands *operands) {
  struct tool_call call = {.options = options,
                           .tool = {.command = &command_schemas,
                                    .name = options->name,
                                    .json = options->format == FORMAT_JSON,
                                    .operands = operands->items + 1,
                                    .count = operands->count - 1}};
  if (options->name && action->run != infer)
    return options_wrong(&command_schemas, "--name goes with 'infer'");
  action->run(&call);
  return call.status;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct schemas_options options = {.config = NULL};
  struct operands operands;
  int status;
  if (options_parse(&command_schemas, argc, argv, &arena, &options, &operands, &status)) {
    const struct action *action = action_find(&command_schemas, &action_list, &operands, false);
    status = !action                                ? EXIT_USAGE
             : action->takes_id == ACTION_TAKES_ANY ? run_tool(&options, action, &operands)
             : options.name
                 ? options_wrong(&command_schemas, "--name goes with 'infer'")
                 : run_action(&options, action, operands.count > 1 ? operands.items[1] : NULL);
  }
  arena_free(&arena);
  return status;
}
