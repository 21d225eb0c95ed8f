#include "api/api.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

const char *const api_role_names[API_ROLE_COUNT + 1] = {"anybody", "viewer", "analyst", "admin",
                                                        NULL};
const char *const api_via_names[API_VIA_COUNT + 1] = {"nobody", "local", "token", "session",
                                                      "oidc",   "mcp",   NULL};

const char *const api_login_names[API_LOGIN_COUNT + 1] = {"none", "token", "oidc", NULL};

bool api_is_late(const struct api_world *world) {
  return clock_monotonic() >= world->deadline || (world->ending && atomic_load(world->ending));
}

/* ---- values -------------------------------------------------------------------------------- */

static const struct api_value *find(const struct api_request *request, const char *name,
                                    enum api_type type) {
  const struct api_operation *operation = request->operation;
  for (size_t i = 0; i < operation->parameter_count; i++)
    if (strcmp(operation->parameters[i].name, name) == 0) {
      assert(operation->parameters[i].type == type);
      return &request->values[i];
    }
  (void)type;
  assert(!"no such parameter");
  return NULL;
}

bool api_has(const struct api_request *request, const char *name) {
  const struct api_operation *operation = request->operation;
  for (size_t i = 0; i < operation->parameter_count; i++)
    if (strcmp(operation->parameters[i].name, name) == 0)
      return request->values[i].given;
  assert(!"no such parameter");
  return false;
}

struct text api_text(const struct api_request *request, const char *name) {
  const struct api_value *value = find(request, name, API_TEXT);
  return value->given ? value->text : TEXT("");
}

int64_t api_integer(const struct api_request *request, const char *name, int64_t missing) {
  const struct api_value *value = find(request, name, API_INTEGER);
  return value->given ? value->integer : missing;
}

bool api_boolean(const struct api_request *request, const char *name, bool missing) {
  const struct api_value *value = find(request, name, API_BOOLEAN);
  return value->given ? value->integer != 0 : missing;
}

time_us api_time(const struct api_request *request, const char *name) {
  const struct api_value *value = find(request, name, API_TIME);
  return value->given ? value->integer : TIME_NONE;
}

int api_choice(const struct api_request *request, const char *name) {
  const struct api_value *value = find(request, name, API_CHOICE);
  return value->given ? (int)value->integer : -1;
}

const json_t *api_object(const struct api_request *request, const char *name) {
  return find(request, name, API_OBJECT)->json;
}

const struct text *api_list(const struct api_request *request, const char *name, size_t *count) {
  const struct api_value *value = find(request, name, API_LIST);
  *count = value->given ? value->count : 0;
  return value->items;
}

/* ---- answers ------------------------------------------------------------------------------- */

bool api_refuse(struct api_answer *answer, enum api_status status, const char *parameter,
                const char *format, ...) {
  char line[sizeof answer->refusal.text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  buffer_reset(&answer->body);
  answer->status = status;
  answer->parameter = parameter;
  error_clear(&answer->refusal);
  return error_set(&answer->refusal, "%s", line);
}

bool api_fail(struct api_answer *answer, const struct error *error) {
  struct error_line line;
  return api_refuse(answer, API_FAILED, NULL, "%s", error_line(error, &line));
}

void api_list_begin(struct api_answer *answer) {
  answer->items = 0;
  buffer_append_string(&answer->body, "{\"items\":[");
}

struct buffer *api_list_next(struct api_answer *answer) {
  if (answer->items++ > 0)
    buffer_append_char(&answer->body, ',');
  return &answer->body;
}

void api_list_end(struct api_answer *answer, struct text next) {
  buffer_append_char(&answer->body, ']');
  if (next.size == 0)
    return;
  buffer_append_string(&answer->body, ",\"next\":");
  buffer_append_json_string(&answer->body, next);
}

void api_list_close(struct api_answer *answer, struct text next) {
  api_list_end(answer, next);
  buffer_append_char(&answer->body, '}');
}
