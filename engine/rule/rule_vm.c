#include "rule/rule_vm.h"

#include "base/memory.h"
#include "rule/rule_load.h"
#include "rule/rule_vm_internal.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#define MEMORY_PER_RULE ((size_t)256 << 10)
/* Where the current event's value stands in the state. */
#define EVENT_INDEX 2

/* The enabled rules of one log type. */
struct type_rules {
  struct text log_type;
  const struct rule **rules;
  size_t count, capacity;
};

/* ---- log types ---- */

static struct type_rules *find_type(struct rule_vm *vm, struct text log_type) {
  size_t mask = vm->slot_count - 1;
  size_t at = text_hash(log_type) & mask;
  while (vm->slots[at].count && !text_equal(vm->slots[at].log_type, log_type))
    at = (at + 1) & mask;
  return &vm->slots[at];
}

static void index_log_types(struct rule_vm *vm) {
  size_t names = 0;
  for (size_t i = 0; i < vm->set->count; i++)
    names += vm->set->rules[i].log_types.count;
  vm->slot_count = 4;
  while (vm->slot_count < 2 * names)
    vm->slot_count *= 2;
  vm->slots = memory_alloc_array(vm->slot_count, sizeof *vm->slots);
  for (size_t i = 0; i < vm->set->count; i++) {
    const struct rule *rule = &vm->set->rules[i];
    for (size_t k = 0; rule->enabled && k < rule->log_types.count; k++) {
      struct type_rules *type = find_type(vm, rule->log_types.items[k]);
      type->log_type = rule->log_types.items[k];
      if (type->count && type->rules[type->count - 1] == rule)
        continue; /* the rule names the type twice */
      type->rules = memory_reserve(type->rules, &type->capacity, type->count + 1,
                                   sizeof rule); /* NOLINT(bugprone-sizeof-expression): pointers */
      type->rules[type->count++] = rule;
    }
  }
}

struct rule_list rule_vm_rules_for(struct rule_vm *vm, struct text log_type) {
  const struct type_rules *type = find_type(vm, log_type);
  return (struct rule_list){.items = type->rules, .count = type->count};
}

/* ---- the state ---- */

static bool run_rule(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  int *functions = vm->functions + (size_t)rule->index * RULE_FUNCTION_COUNT;
  if (!rule_run(vm->sandbox, rule->file, rule->source, error))
    return false;
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++) {
    lua_pushstring(lua, rule_function_names[i]);
    if (lua_rawget(lua, -2) == LUA_TFUNCTION) {
      functions[i] = luaL_ref(lua, LUA_REGISTRYINDEX);
    } else {
      functions[i] = LUA_NOREF;
      lua_pop(lua, 1);
    }
  }
  lua_pop(lua, 1);
  return true;
}

static bool build(struct rule_vm *vm, struct error *error) {
  size_t count = vm->set->count;
  struct sandbox_limits limits = {.memory_max = vm->options.memory_max
                                                    ? vm->options.memory_max
                                                    : SANDBOX_MEMORY_MAX + count * MEMORY_PER_RULE,
                                  .instruction_max = vm->options.instruction_max};
  vm->sandbox = rule_sandbox_new(vm->set, &limits, &vm->binding);
  lua_pushnil(sandbox_lua(vm->sandbox)); /* at EVENT_INDEX */
  vm->has_event_value = false;
  for (size_t i = 0; i < count; i++)
    if (!run_rule(vm, &vm->set->rules[i], error))
      return false;
  vm->memory_max = limits.memory_max;
  vm->memory_base = sandbox_memory(vm->sandbox);
  return true;
}

struct rule_vm *rule_vm_new(const struct rule_set *set, const struct rule_vm_options *options,
                            struct error *error) {
  struct rule_vm *vm = memory_alloc(sizeof *vm);
  vm->set = set;
  if (options)
    vm->options = *options;
  vm->functions = memory_alloc_array(set->count * RULE_FUNCTION_COUNT, sizeof *vm->functions);
  vm->view = field_view_new(set->fields);
  vm->arena = ARENA_NONE;
  index_log_types(vm);
  if (build(vm, error))
    return vm;
  rule_vm_free(vm);
  return NULL;
}

void rule_vm_free(struct rule_vm *vm) {
  if (!vm)
    return;
  sandbox_free(vm->sandbox);
  event_binding_close(&vm->binding);
  field_view_free(vm->view);
  for (size_t i = 0; i < vm->slot_count; i++)
    free(vm->slots[i].rules);
  free(vm->slots);
  free(vm->functions);
  arena_free(&vm->arena);
  buffer_free(&vm->buffer);
  free(vm);
}

/* Whether rules keep more than half of what the files left free. */
static bool keeps_too_much(const struct rule_vm *vm) {
  size_t used = sandbox_memory(vm->sandbox);
  return used > vm->memory_base && used - vm->memory_base > (vm->memory_max - vm->memory_base) / 2;
}

/* Starts the state afresh, so that what a rule kept does not leave the others without memory. Keeps
 * the old one when that fails. */
static void rebuild(struct rule_vm *vm) {
  struct sandbox *old = vm->sandbox;
  size_t size = vm->set->count * RULE_FUNCTION_COUNT * sizeof *vm->functions;
  int *functions = vm->functions;
  struct error error = ERROR_NONE;
  vm->functions = memory_alloc_array(1, size);
  if (build(vm, &error)) {
    sandbox_free(old);
    free(functions);
    return;
  }
  sandbox_free(vm->sandbox);
  free(vm->functions);
  vm->sandbox = old;
  vm->functions = functions;
}

/* ---- calls ---- */

void rule_vm_set_event(struct rule_vm *vm, const struct event *event) {
  if (vm->must_rebuild) {
    vm->must_rebuild = false;
    event_binding_set(&vm->binding, NULL);
    rebuild(vm);
  }
  event_binding_set(&vm->binding, event);
  field_view_set(vm->view, event);
  vm->has_event_value = false;
}

bool rule_vm_call(struct rule_vm *vm, const struct rule *rule, enum rule_function function,
                  struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  if (!vm->has_event_value) {
    event_binding_push(lua);
    lua_replace(lua, EVENT_INDEX);
    vm->has_event_value = true;
  }
  lua_rawgeti(lua, LUA_REGISTRYINDEX,
              vm->functions[(size_t)rule->index * RULE_FUNCTION_COUNT + function]);
  lua_pushvalue(lua, EVENT_INDEX);
  if (sandbox_call(vm->sandbox, 1, 1, error))
    return true;
  if (sandbox_ended(lua) == SANDBOX_OUT_OF_MEMORY && keeps_too_much(vm))
    vm->must_rebuild = true;
  if (error->set && !error->file[0])
    snprintf(error->file, sizeof error->file, "%s", rule->file);
  return false;
}

const char *rule_vm_value_type(lua_State *lua) {
  static const char *const types[] = {
      [LUA_TNIL] = "nil",         [LUA_TBOOLEAN] = "a boolean", [LUA_TNUMBER] = "a number",
      [LUA_TSTRING] = "a string", [LUA_TTABLE] = "a table",     [LUA_TFUNCTION] = "a function",
  };
  int type = lua_type(lua, -1);
  const char *name = type >= 0 && type < (int)(sizeof types / sizeof *types) ? types[type] : NULL;
  return name ? name : "a part of the event";
}

/* A `where` that said no because a regex gave up may have missed a match: that is an error. */
static enum rule_verdict where_refused(struct rule_vm *vm, const struct rule *rule,
                                       struct error *error) {
  if (!field_view_take_regex_limit(vm->view))
    return RULE_NO_MATCH;
  error_set_at(error, rule->file, rule->metadata_line, 0,
               "where: a regex gave up on this event (too much backtracking)");
  return RULE_FAILED;
}

enum rule_verdict rule_vm_match(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  if (rule->where && !condition_match(rule->where, vm->view))
    return where_refused(vm, rule, error);
  field_view_take_regex_limit(vm->view);
  if (!(rule->functions & UINT32_C(1) << RULE_FUNCTION_RULE))
    return RULE_MATCH;
  if (!rule_vm_call(vm, rule, RULE_FUNCTION_RULE, error))
    return RULE_FAILED;
  lua_State *lua = sandbox_lua(vm->sandbox);
  enum rule_verdict verdict = lua_toboolean(lua, -1) ? RULE_MATCH : RULE_NO_MATCH;
  if (!lua_isboolean(lua, -1)) {
    error_set_at(error, rule->file, 0, 0, "rule returned %s, expected true or false",
                 rule_vm_value_type(lua));
    verdict = RULE_FAILED;
  }
  lua_pop(lua, 1);
  return verdict;
}
