#include "api/face/openapi.h"

#include "api/operation/list.h"
#include "base/json_member.h"

#include <ctype.h>
#include <inttypes.h>

/* ---- JSON in pieces ------------------------------------------------------------------------ */

static void open_member(struct buffer *json, const char *name, char bracket) {
  json_member_name(json, text_from(name));
  buffer_append_char(json, bracket);
}

static void put(struct buffer *json, const char *name, const char *value) {
  json_member_text(json, name, text_from(value));
}

static void next(struct buffer *json) {
  char last = json->data[json->size - 1];
  if (last != '[' && last != '{')
    buffer_append_char(json, ',');
}

/* ---- schemas ------------------------------------------------------------------------------- */

static void append_choices(struct buffer *json, const char *const *choices) {
  open_member(json, "enum", '[');
  for (; *choices; choices++) {
    next(json);
    buffer_append_json_string(json, text_from(*choices));
  }
  buffer_append_char(json, ']');
}

static void append_parameter_schema(struct buffer *json, const struct api_parameter *row) {
  static const char *const types[] = {
      [API_TEXT] = "string",  [API_INTEGER] = "integer", [API_BOOLEAN] = "boolean",
      [API_TIME] = "string",  [API_LIST] = "array",      [API_CHOICE] = "string",
      [API_OBJECT] = "object"};
  put(json, "type", types[row->type]);
  if (row->type == API_INTEGER)
    buffer_printf(json, ",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64, row->min, row->max);
  if (row->type == API_TEXT)
    buffer_printf(json, ",\"maxLength\":%" PRId64, row->max > 0 ? row->max : API_TEXT_MAX);
  if (row->type == API_CHOICE)
    append_choices(json, row->choices);
  if (row->type != API_LIST)
    return;
  buffer_printf(json, ",\"maxItems\":%d", API_LIST_MAX);
  open_member(json, "items", '{');
  put(json, "type", "string");
  if (row->choices)
    append_choices(json, row->choices);
  buffer_append_char(json, '}');
}

static void append_fields(struct buffer *json, const struct api_field *fields);

/* What is optional may be null, too. */
static void append_field_type(struct buffer *json, const struct api_field *field) {
  static const char *const types[] = {
      [API_TEXT] = "string",   [API_INTEGER] = "integer", [API_BOOLEAN] = "boolean",
      [API_TIME] = "string",   [API_LIST] = "array",      [API_CHOICE] = "string",
      [API_OBJECT] = "object", [API_NUMBER] = "number"};
  if (field->type == API_ANY)
    return;
  if (field->optional)
    buffer_printf(json, "%s\"type\":[\"%s\",\"null\"]",
                  json->data[json->size - 1] == '{' ? "" : ",", types[field->type]);
  else
    put(json, "type", types[field->type]);
  if (field->type == API_TIME)
    put(json, "format", "date-time");
  if (field->type == API_OBJECT && field->fields)
    append_fields(json, field->fields);
  if (field->type != API_LIST)
    return;
  open_member(json, "items", '{');
  put(json, "type", field->fields ? "object" : "string");
  if (field->fields)
    append_fields(json, field->fields);
  buffer_append_char(json, '}');
}

/* Each as a member; NULL: there are none. */
static void append_properties(struct buffer *json, const struct api_field *fields) {
  for (const struct api_field *field = fields; field && field->name; field++) {
    open_member(json, field->name, '{');
    append_field_type(json, field);
    if (field->help)
      put(json, "description", field->help);
    buffer_append_char(json, '}');
  }
}

/* The members `properties` and `required` of an object's schema. */
static void append_fields(struct buffer *json, const struct api_field *fields) {
  open_member(json, "properties", '{');
  append_properties(json, fields);
  buffer_append_char(json, '}');
  open_member(json, "required", '[');
  for (const struct api_field *field = fields; field->name; field++)
    if (!field->optional) {
      next(json);
      buffer_append_json_string(json, text_from(field->name));
    }
  buffer_append_char(json, ']');
}

/* {"items": [{…}], "next"?: "…", …} */
static void append_list_schema(struct buffer *json, const struct api_operation *operation) {
  put(json, "type", "object");
  open_member(json, "required", '[');
  buffer_append_string(json, "\"items\"]");
  open_member(json, "properties", '{');
  open_member(json, "items", '{');
  put(json, "type", "array");
  open_member(json, "items", '{');
  put(json, "type", "object");
  if (operation->fields)
    append_fields(json, operation->fields);
  buffer_append_string(json, "}}");
  open_member(json, "next", '{');
  put(json, "type", "string");
  buffer_append_char(json, '}');
  append_properties(json, operation->beside);
  buffer_append_char(json, '}');
}

/* ---- operations ---------------------------------------------------------------------------- */

static void append_parameter(struct buffer *json, const struct api_parameter *row) {
  next(json);
  buffer_append_char(json, '{');
  put(json, "name", row->name);
  put(json, "in", row->place == API_PATH ? "path" : "query");
  put(json, "description", row->help);
  if (row->required || row->place == API_PATH)
    buffer_append_string(json, ",\"required\":true");
  open_member(json, "schema", '{');
  append_parameter_schema(json, row);
  buffer_append_string(json, "}}");
}

static void append_body(struct buffer *json, const struct api_operation *operation) {
  open_member(json, "requestBody", '{');
  open_member(json, "content", '{');
  open_member(json, "application/json", '{');
  open_member(json, "schema", '{');
  put(json, "type", "object");
  buffer_append_string(json, ",\"additionalProperties\":false");
  open_member(json, "properties", '{');
  for (size_t i = 0; i < operation->parameter_count; i++) {
    const struct api_parameter *row = &operation->parameters[i];
    if (row->place != API_BODY)
      continue;
    open_member(json, row->name, '{');
    append_parameter_schema(json, row);
    put(json, "description", row->help);
    buffer_append_char(json, '}');
  }
  buffer_append_char(json, '}');
  open_member(json, "required", '[');
  for (size_t i = 0; i < operation->parameter_count; i++)
    if (operation->parameters[i].place == API_BODY && operation->parameters[i].required) {
      next(json);
      buffer_append_json_string(json, text_from(operation->parameters[i].name));
    }
  buffer_append_string(json, "]}}}}");
}

static void append_responses(struct buffer *json, const struct api_operation *operation) {
  bool streams = operation->special == API_STREAMS;
  open_member(json, "responses", '{');
  open_member(json, "2XX", '{');
  put(json, "description", "It was done");
  open_member(json, "content", '{');
  open_member(json, streams ? "text/event-stream" : "application/json", '{');
  open_member(json, "schema", '{');
  if (operation->lists) {
    append_list_schema(json, operation);
  } else if (operation->fields) {
    put(json, "type", "object");
    append_fields(json, operation->fields);
  }
  buffer_append_string(json, "}}}}");
  open_member(json, "default", '{');
  put(json, "description", "It was refused");
  open_member(json, "content", '{');
  open_member(json, "application/problem+json", '{');
  open_member(json, "schema", '{');
  put(json, "$ref", "#/components/schemas/Problem");
  buffer_append_string(json, "}}}}}");
}

/* "GET" as "get". */
static void append_method(struct buffer *json, const char *method) {
  char lower[16] = "";
  for (size_t i = 0; method[i] && i + 1 < sizeof lower; i++)
    lower[i] = (char)tolower((unsigned char)method[i]);
  open_member(json, lower, '{');
}

static void append_operation(struct buffer *json, const struct api_operation *operation) {
  const char *dot = strchr(operation->name, '.');
  append_method(json, operation->method);
  put(json, "operationId", operation->name);
  open_member(json, "tags", '[');
  buffer_append_json_string(json,
                            (struct text){operation->name, dot ? (size_t)(dot - operation->name)
                                                               : strlen(operation->name)});
  buffer_append_char(json, ']');
  put(json, "summary", operation->summary);
  if (operation->help)
    put(json, "description", operation->help);
  put(json, "x-margay-role", api_role_names[operation->role]);
  if (operation->role == API_ANYBODY)
    buffer_append_string(json, ",\"security\":[]");
  open_member(json, "parameters", '[');
  for (size_t i = 0; i < operation->parameter_count; i++)
    if (operation->parameters[i].place != API_BODY)
      append_parameter(json, &operation->parameters[i]);
  buffer_append_char(json, ']');
  if (strcmp(operation->method, "GET") != 0)
    append_body(json, operation);
  append_responses(json, operation);
  buffer_append_char(json, '}');
}

/* Whether one of the first `count` operations has this path. */
static bool is_known_path(size_t count, const char *path) {
  bool known = false;
  for (size_t i = 0; i < count && api_operations[i] && !known; i++)
    known = strcmp(api_operations[i]->path, path) == 0;
  return known;
}

static void append_paths(struct buffer *json) {
  open_member(json, "paths", '{');
  for (size_t i = 0; api_operations[i]; i++) {
    const char *path = api_operations[i]->path;
    if (is_known_path(i, path))
      continue;
    open_member(json, path, '{');
    for (size_t k = i; api_operations[k]; k++)
      if (strcmp(api_operations[k]->path, path) == 0)
        append_operation(json, api_operations[k]);
    buffer_append_char(json, '}');
  }
  buffer_append_char(json, '}');
}

void openapi_append(struct buffer *json) {
  buffer_append_char(json, '{');
  put(json, "openapi", "3.1.0");
  open_member(json, "info", '{');
  put(json, "title", "margay");
  put(json, "version", MARGAY_VERSION);
  buffer_append_string(json, "},\"servers\":[{\"url\":\"/api/v1\"}]"
                             ",\"security\":[{\"token\":[]},{\"session\":[]}]");
  append_paths(json);
  buffer_append_string(
      json, ",\"components\":{\"securitySchemes\":{"
            "\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
            "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"margay_session\"}},"
            "\"schemas\":{\"Problem\":{\"type\":\"object\",\"description\":\"RFC 9457\","
            "\"required\":[\"type\",\"title\",\"status\",\"detail\"],\"properties\":{"
            "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
            "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
            "\"parameter\":{\"type\":\"string\"},\"login\":{\"type\":\"string\"}}}}}}");
}

void openapi_append_markdown(struct buffer *out) {
  buffer_append_string(out, "| operation | request | role | what it does |\n|---|---|---|---|\n");
  for (const struct api_operation *const *each = api_operations; *each; each++)
    buffer_printf(out, "| `%s` | `%s %s` | %s | %s |\n", (*each)->name, (*each)->method,
                  (*each)->path, api_role_names[(*each)->role], (*each)->summary);
}
