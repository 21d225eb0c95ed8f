#include "rule/vm/rule_expression.h"

#include "base/memory.h"
#include "rule/binding/lua_json.h"
#include "rule/vm/rule_run.h"

#include <stdlib.h>

/* Where things stand in the state, above the sandbox's own message handler. */
#define ENVIRONMENT_INDEX 2
#define FUNCTION_INDEX 3

struct rule_expression {
  struct sandbox *sandbox;
  struct event_binding binding;
};

static bool load(struct rule_expression *expression, const char *name, struct text source,
                 struct error *error) {
  struct buffer text = BUFFER_NONE;
  struct error ignored = ERROR_NONE;
  buffer_append_string(&text, "return ");
  buffer_append_text(&text, source);
  bool ok = sandbox_load(expression->sandbox, name, buffer_text(&text), &ignored) ||
            sandbox_load(expression->sandbox, name, source, error);
  buffer_free(&text);
  return ok;
}

struct rule_expression *rule_expression_new(const struct rule_set *set,
                                            const struct lookup_set *lookups, const char *name,
                                            struct text source, struct error *error) {
  struct rule_expression *expression = memory_alloc(sizeof *expression);
  expression->binding = EVENT_BINDING_NONE;
  expression->binding.lookups = lookups;
  expression->sandbox = rule_sandbox_new(set, &(struct sandbox_limits){0}, &expression->binding);
  if (load(expression, name, source, error))
    return expression;
  rule_expression_free(expression);
  return NULL;
}

void rule_expression_free(struct rule_expression *expression) {
  if (!expression)
    return;
  sandbox_free(expression->sandbox);
  event_binding_close(&expression->binding);
  free(expression);
}

bool rule_expression_evaluate(struct rule_expression *expression, const struct event *event,
                              struct buffer *json, struct error *error) {
  lua_State *lua = sandbox_lua(expression->sandbox);
  event_binding_set(&expression->binding, event);
  lua_pushliteral(lua, "event");
  event_binding_push(lua, &expression->binding);
  lua_rawset(lua, ENVIRONMENT_INDEX);
  lua_pushvalue(lua, FUNCTION_INDEX);
  if (!sandbox_call(expression->sandbox, 0, 1, error))
    return false;
  bool ok = !lua_toboolean(lua, -1) || lua_json_write(lua, -1, RULE_CONTEXT_MAX, json, error);
  lua_pop(lua, 1);
  return ok;
}
