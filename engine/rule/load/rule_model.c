#include "rule/load/rule_model.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/correlation.h"
#include "rule/sandbox/source_line.h"
#include "rule/vm/rule_run.h"

#include <lauxlib.h>
#include <stdlib.h>

/* ---- the functions of models ---- */

/* Arguments: library and function. True when there is such a function. */
static int find_function(lua_State *lua) {
  struct text library;
  library.data = luaL_checklstring(lua, 1, &library.size);
  sandbox_require(lua, library);
  if (lua_istable(lua, -1)) {
    lua_pushvalue(lua, 2);
    lua_gettable(lua, -2);
  } else {
    lua_pushnil(lua);
  }
  lua_pushboolean(lua, lua_isfunction(lua, -1));
  return 1;
}

static void check_function(struct sandbox *sandbox, const struct data_model *model,
                           const struct data_model_source *source, struct problems *problems) {
  lua_State *lua = sandbox_lua(sandbox);
  struct error error = ERROR_NONE;
  lua_pushcfunction(lua, find_function);
  lua_pushlstring(lua, source->library.data, source->library.size);
  lua_pushlstring(lua, source->function.data, source->function.size);
  if (!sandbox_call(sandbox, 2, 1, &error)) {
    problems_add(problems, model->file, source->line, 0, "function: %s", error.text);
    return;
  }
  if (!lua_toboolean(lua, -1))
    problems_add(problems, model->file, source->line, 0,
                 "function: the library '%s' has no function '%s'", source->library.data,
                 source->function.data);
  lua_pop(lua, 1);
}

/* ---- the names that rules ask for ---- */

/* A field of some model, and whether a rule or library asks for its name. */
struct name {
  const char *text;
  const struct data_model *model;
  const struct data_model_field *field;
  bool asked;
};

struct names {
  struct name *items;
  const char **texts; /* the same in the same order, for "did you mean" */
  size_t count;
};

static struct names names_of_models(const struct schema_set *schemas) {
  struct names names = {NULL, NULL, 0};
  size_t count = 0;
  for (size_t i = 0; i < schemas->model_count; i++)
    count += schemas->models[i]->count;
  names.items = memory_alloc_array(count, sizeof *names.items);
  names.texts = memory_alloc_array(count, sizeof *names.texts);
  for (size_t i = 0; i < schemas->model_count; i++) {
    const struct data_model *model = schemas->models[i];
    for (size_t k = 0; k < model->count; k++) {
      names.texts[names.count] = model->fields[k].name.data;
      names.items[names.count++] = (struct name){
          .text = model->fields[k].name.data, .model = model, .field = &model->fields[k]};
    }
  }
  return names;
}

/* Marks every field of the name; false when there is none. */
static bool ask(struct names *names, struct text text) {
  bool found = false;
  for (size_t i = 0; i < names->count; i++)
    if (text_is(text, names->items[i].text))
      names->items[i].asked = found = true;
  return found;
}

static void check_names(const char *file, struct text source, struct names *names,
                        struct problems *problems) {
  struct source_argument argument = SOURCE_ARGUMENT_START;
  while (source_next_argument(source, TEXT("udm"), &argument)) {
    char shown[80];
    if (ask(names, argument.text))
      continue;
    struct suggestion suggestion;
    problems_add(problems, file, argument.line, 0, "no data model has a field '%s'%s",
                 text_printable(argument.text, shown, sizeof shown),
                 suggestion_find(argument.text, names->texts, names->count, &suggestion));
  }
}

/* Only of the fields that are asked for: somebody's own library may stand in for the bundled one
 * that a model counts on, and be right for rules that need no model. */
static void check_functions(const struct rule_set *rules, const struct names *names,
                            struct problems *problems) {
  struct event_binding binding = EVENT_BINDING_NONE;
  struct sandbox *sandbox = NULL;
  for (size_t i = 0; i < names->count; i++) {
    const struct name *name = &names->items[i];
    for (size_t k = 0; name->asked && k < name->field->count; k++) {
      if (name->field->sources[k].path.size)
        continue;
      if (!sandbox)
        sandbox = rule_sandbox_new(rules, &(struct sandbox_limits){0}, &binding);
      check_function(sandbox, name->model, &name->field->sources[k], problems);
    }
  }
  sandbox_free(sandbox);
  event_binding_close(&binding);
}

void rule_model_check(const struct rule_set *rules, const struct schema_set *schemas,
                      struct problems *problems) {
  struct names names = names_of_models(schemas);
  ask(&names, text_from(DATA_MODEL_ACTOR)); /* every alert does */
  for (size_t i = 0; i < rules->count; i++)
    check_names(rules->rules[i].file, rules->rules[i].source, &names, problems);
  for (size_t i = 0; i < rules->library_count; i++)
    check_names(rules->libraries[i].file, rules->libraries[i].source, &names, problems);
  check_functions(rules, &names, problems);
  free(names.items);
  free(names.texts);
}

/* ---- the actors of correlations ---- */

static bool is_actor(const struct schema_set *schemas, struct text log_type, struct text path) {
  const struct schema *schema = schema_find(schemas, log_type);
  const struct data_model_field *field =
      schema && schema->model ? data_model_find(schema->model, text_from(DATA_MODEL_ACTOR)) : NULL;
  for (size_t i = 0; field && i < field->count; i++)
    if (field->sources[i].path.size && text_equal(field->sources[i].path, path))
      return true;
  return false;
}

static size_t find_actor_key(const struct schema_set *schemas,
                             const struct correlation_source *source) {
  for (size_t i = 0; i < source->on.count; i++)
    for (size_t k = 0; k < source->rule->log_types.count; k++)
      if (is_actor(schemas, source->rule->log_types.items[k], source->on.items[i]))
        return i + 1;
  return 0;
}

void rule_model_find_actors(struct rule_set *rules, const struct schema_set *schemas) {
  for (size_t i = 0; i < rules->count; i++) {
    struct correlation *correlation = rules->rules[i].correlation;
    for (size_t step = 0; correlation && step < correlation->step_count; step++)
      for (size_t k = 0; k < correlation->steps[step].source_count; k++)
        if (correlation->actor_key == 0)
          correlation->actor_key = find_actor_key(schemas, &correlation->steps[step].sources[k]);
  }
}
