#include "rule/vm/rule_instance.h"

#include <lauxlib.h>

void rule_instance_use_modules(struct rule_vm *vm, const struct rule *rule) {
  int *modules = &vm->modules[rule->index];
  if (*modules == LUA_NOREF)
    *modules = sandbox_modules_new(vm->sandbox);
  sandbox_modules_use(vm->sandbox, *modules);
}

void rule_instance_release_functions(struct rule_vm *vm, const struct rule *rule) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  int *functions = vm->functions + (size_t)rule->index * RULE_FUNCTION_COUNT;
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++)
    luaL_unref(lua, LUA_REGISTRYINDEX, functions[i]);
}

void rule_instance_forget(struct rule_vm *vm, const struct rule *rule) {
  if (vm->loaded[rule->index])
    rule_instance_release_functions(vm, rule);
  vm->loaded[rule->index] = false;
  sandbox_modules_free(vm->sandbox, vm->modules[rule->index]);
  vm->modules[rule->index] = LUA_NOREF;
}
