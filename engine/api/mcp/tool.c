#include "api/mcp/tool.h"

#include "alert/message/alert_json.h"
#include "api/operation/list.h"

#define NAME_MAX_BYTES 64

struct tool_name {
  char text[NAME_MAX_BYTES];
};

/* "alerts.list" is "alerts_list": clients take letters, digits, '_' and '-'. */
static const char *name_of(const struct api_operation *operation, struct tool_name *name) {
  size_t size = 0;
  for (; operation->name[size] && size + 1 < sizeof name->text; size++)
    name->text[size] = operation->name[size] == '.' ? '_' : operation->name[size];
  name->text[size] = '\0';
  return name->text;
}

/* Sessions are those of browsers. */
bool tool_is_offered(const struct api_operation *operation, bool writes) {
  return operation->run && operation->special == API_ORDINARY && (writes || !operation->writes) &&
         !text_starts_folded(text_from(operation->name), TEXT("session."));
}

const struct api_operation *tool_find(struct text name, bool writes) {
  struct tool_name own;
  for (const struct api_operation *const *each = api_operations; *each; each++)
    if (tool_is_offered(*each, writes) && text_is(name, name_of(*each, &own)))
      return *each;
  return NULL;
}

/* ---- the schema of arguments --------------------------------------------------------------- */

static json_t *words_of(const char *const *words) {
  json_t *list = json_array();
  for (; *words; words++)
    json_array_append_new(list, json_string(*words));
  return list;
}

static json_t *text_schema(const struct api_parameter *row) {
  json_t *schema = json_pack("{s:s}", "type", "string");
  if (row->choices)
    json_object_set_new(schema, "enum", words_of(row->choices));
  else if (row->type != API_TIME)
    json_object_set_new(schema, "maxLength", json_integer(row->max > 0 ? row->max : API_TEXT_MAX));
  return schema;
}

static json_t *schema_of(const struct api_parameter *row) {
  switch (row->type) {
  case API_INTEGER:
    return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)row->min,
                     "maximum", (json_int_t)row->max);
  case API_BOOLEAN:
    return json_pack("{s:s}", "type", "boolean");
  case API_OBJECT:
    return json_pack("{s:s}", "type", "object");
  case API_LIST:
    return json_pack("{s:s, s:o, s:i}", "type", "array", "items", text_schema(row), "maxItems",
                     API_LIST_MAX);
  default:
    return text_schema(row);
  }
}

static void describe_parameter(const struct api_parameter *row, json_t *schema) {
  struct buffer help = BUFFER_NONE;
  if (row->help)
    buffer_append_string(&help, row->help);
  if (row->type == API_TIME)
    buffer_append_string(&help, ": RFC 3339, a day (2024-03-21), or how long ago (7d)");
  if (help.size > 0)
    json_object_set_new(schema, "description", json_from_text(buffer_text(&help)));
  buffer_free(&help);
}

static json_t *input_schema(const struct api_operation *operation) {
  json_t *properties = json_object(), *required = json_array();
  for (size_t i = 0; i < operation->parameter_count; i++) {
    const struct api_parameter *row = &operation->parameters[i];
    json_t *schema = schema_of(row);
    describe_parameter(row, schema);
    json_object_set_new(properties, row->name, schema);
    if (row->required || row->place == API_PATH)
      json_array_append_new(required, json_string(row->name));
  }
  return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                   required, "additionalProperties", 0);
}

/* ---- the tool ------------------------------------------------------------------------------ */

/* What goes out into the world: to a destination. */
static bool is_open(const struct api_operation *operation) {
  return text_starts_folded(text_from(operation->name), TEXT("destinations.test"));
}

json_t *tool_describe(const struct api_operation *operation) {
  struct tool_name name;
  struct buffer description = BUFFER_NONE;
  buffer_printf(&description, "%s.%s%s", operation->summary, operation->help ? " " : "",
                operation->help ? operation->help : "");
  json_t *tool =
      json_pack("{s:s, s:s, s:o, s:o, s:{s:s, s:b, s:b, s:b}}", "name", name_of(operation, &name),
                "title", operation->summary, "description",
                json_from_text(buffer_text(&description)), "inputSchema", input_schema(operation),
                "annotations", "title", operation->summary, "readOnlyHint", !operation->writes,
                "destructiveHint", operation->writes, "openWorldHint", is_open(operation));
  buffer_free(&description);
  return tool;
}
