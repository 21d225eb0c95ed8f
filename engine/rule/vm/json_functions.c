#include "rule/vm/json_functions.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "event/json/json.h"
#include "rule/binding/lua_json.h"
#include "rule/binding/lua_json_push.h"
#include "rule/vm/rule_run.h"

#include <stdio.h>
#include <stdlib.h>

struct json_functions {
  struct sandbox *sandbox;
  struct event_binding binding; /* without an event */
  struct json_reader *reader;
  char *file;
  int environment; /* where it stands in the state */
};

static const struct rule_set no_libraries = {.library_count = 0};

/* ---- the file ----------------------------------------------------------------------------- */

static unsigned line_of_function(lua_State *lua) {
  lua_Debug function;
  lua_pushvalue(lua, -1);
  lua_getinfo(lua, ">S", &function);
  return function.linedefined > 0 ? (unsigned)function.linedefined : 0;
}

static bool refuse(const struct json_functions *functions, unsigned line, struct error *error) {
  snprintf(error->file, sizeof error->file, "%s", functions->file);
  error->line = line;
  return false;
}

static bool is_among(const char *const *names, struct text name) {
  for (; *names; names++)
    if (text_is(name, *names))
      return true;
  return false;
}

static bool refuse_function(const struct json_functions *functions, const char *const *names,
                            struct text name, struct error *error) {
  struct suggestion suggestion;
  char shown[64];
  size_t count = 0;
  while (names[count])
    count++;
  error_set(error, "function '%s' is none that margay calls (%sif not, make it local)",
            text_printable(name, shown, sizeof shown),
            suggestion_write_within(text_nearest(name, names, count), &suggestion));
  return refuse(functions, line_of_function(sandbox_lua(functions->sandbox)), error);
}

/* Looks at what the file defined. */
static bool check(const struct json_functions *functions, const char *const *names,
                  struct error *error) {
  lua_State *lua = sandbox_lua(functions->sandbox);
  size_t count = 0;
  bool ok = true;
  lua_pushnil(lua);
  while (lua_next(lua, functions->environment)) {
    struct text name = TEXT("");
    if (lua_type(lua, -2) == LUA_TSTRING)
      name.data = lua_tolstring(lua, -2, &name.size);
    bool is_function = lua_isfunction(lua, -1), wanted = is_among(names, name);
    count += is_function && wanted;
    if (wanted && !is_function) {
      error_set(error, "%.*s must be a function, not a %s", TEXT_ARGS(name),
                lua_typename(lua, lua_type(lua, -1)));
      ok = refuse(functions, 0, error);
    } else if (is_function && !wanted) {
      ok = refuse_function(functions, names, name, error);
    }
    lua_pop(lua, ok ? 1 : 2);
    if (!ok)
      return false;
  }
  if (count > 0)
    return true;
  struct buffer wanted = BUFFER_NONE;
  for (size_t i = 0; names[i]; i++)
    buffer_printf(&wanted, "%s%s", i > 0 ? " or " : "", names[i]);
  error_set(error, "the file defines no function %s", wanted.data);
  buffer_free(&wanted);
  return refuse(functions, 0, error);
}

struct json_functions *json_functions_load(const char *file, struct text source,
                                           const char *const *names, struct error *error) {
  struct json_functions *functions = memory_alloc(sizeof *functions);
  functions->binding = EVENT_BINDING_NONE;
  functions->reader = json_reader_new();
  functions->file = memory_copy_bytes(file, strlen(file));
  functions->sandbox =
      rule_sandbox_new(&no_libraries, &(struct sandbox_limits){0}, &functions->binding);
  lua_State *lua = sandbox_lua(functions->sandbox);
  bool ok = sandbox_load(functions->sandbox, functions->file, source, error);
  functions->environment = lua_gettop(lua) - 1;
  ok = ok && sandbox_call(functions->sandbox, 0, 0, error) && check(functions, names, error);
  if (ok)
    return functions;
  if (!error->file[0])
    refuse(functions, 0, error);
  json_functions_free(functions);
  return NULL;
}

void json_functions_free(struct json_functions *functions) {
  if (!functions)
    return;
  sandbox_free(functions->sandbox);
  event_binding_close(&functions->binding);
  json_reader_free(functions->reader);
  free(functions->file);
  free(functions);
}

/* ---- a call ------------------------------------------------------------------------------- */

static int push_value(lua_State *lua) {
  const struct json_node *node = lua_touserdata(lua, 1);
  lua_json_push(lua, node);
  return 1;
}

/* Pushes the value; nothing on an error. */
static bool push_argument(struct json_functions *functions, struct text argument,
                          struct error *error) {
  lua_State *lua = sandbox_lua(functions->sandbox);
  const struct json_node *node = json_read_copy(functions->reader, argument, error);
  if (!node)
    return false;
  union {
    const struct json_node *node;
    void *pointer;
  } value = {.node = node};
  lua_pushcfunction(lua, push_value);
  lua_pushlightuserdata(lua, value.pointer);
  return sandbox_call(functions->sandbox, 1, 1, error);
}

bool json_functions_call(struct json_functions *functions, const char *name, struct text argument,
                         size_t max, struct buffer *json, struct error *error) {
  lua_State *lua = sandbox_lua(functions->sandbox);
  int top = lua_gettop(lua);
  bool ok = true;
  lua_pushstring(lua, name);
  if (lua_rawget(lua, functions->environment) == LUA_TFUNCTION) {
    ok = push_argument(functions, argument, error) &&
         sandbox_call(functions->sandbox, 1, 1, error) &&
         (!lua_toboolean(lua, -1) || lua_json_write(lua, -1, max, json, error));
    if (!ok && !error->file[0])
      refuse(functions, 0, error);
  }
  lua_settop(lua, top);
  return ok;
}
