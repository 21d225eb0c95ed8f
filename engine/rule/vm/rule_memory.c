#include "rule/vm/rule_memory.h"

#include "base/memory.h"
#include "rule/sandbox/sandbox_census.h"
#include "rule/vm/rule_instance.h"

#include <stdlib.h>

/* What each rule may keep beside the bytes that all may keep together. */
#define MEMORY_PER_RULE ((size_t)256 << 10)

static size_t call_max(const struct rule_vm *vm) {
  return vm->options.memory_max ? vm->options.memory_max : SANDBOX_MEMORY_MAX;
}

static size_t kept_max(const struct rule_vm *vm) {
  return call_max(vm) + vm->set->count * MEMORY_PER_RULE;
}

/* A call begins with at most what makes the vm look: then with what may be kept and half as much
 * again of what nobody keeps. */
struct sandbox_limits rule_memory_limits(const struct rule_vm *vm) {
  return (struct sandbox_limits){.memory_max = 2 * kept_max(vm) + call_max(vm),
                                 .call_memory_max = call_max(vm),
                                 .instruction_max = vm->options.instruction_max,
                                 .counts_late = vm->options.counts_late};
}

static void set_look_at(struct rule_vm *vm) {
  vm->memory_look_at = sandbox_memory(vm->sandbox) + kept_max(vm) / 2;
}

void rule_memory_start(struct rule_vm *vm) {
  vm->memory_base = sandbox_memory(vm->sandbox);
  set_look_at(vm);
}

static bool keeps_too_much(const struct rule_vm *vm) {
  size_t used = sandbox_memory(vm->sandbox);
  return used > vm->memory_base && used - vm->memory_base > kept_max(vm);
}

static size_t kept_by(struct rule_vm *vm, size_t index) {
  int references[RULE_FUNCTION_COUNT + 1] = {vm->modules[index]};
  size_t count = 1;
  for (int i = 0; vm->loaded[index] && i < RULE_FUNCTION_COUNT; i++)
    references[count++] = vm->functions[index * RULE_FUNCTION_COUNT + (size_t)i];
  return sandbox_census(vm->sandbox, references, count);
}

static size_t find_largest(const size_t *kept, size_t count) {
  size_t largest = 0;
  for (size_t i = 1; i < count; i++)
    if (kept[i] > kept[largest])
      largest = i;
  return largest;
}

/* Forgets those that keep most until the rest may stay. */
static void forget_largest(struct rule_vm *vm) {
  size_t count = vm->set->count, total = sandbox_memory(vm->sandbox) - vm->memory_base;
  size_t *kept = memory_alloc_array(count + 1, sizeof *kept);
  for (size_t i = 0; i < count; i++)
    kept[i] = kept_by(vm, i);
  while (total > kept_max(vm)) {
    size_t largest = find_largest(kept, count);
    if (kept[largest] <= MEMORY_PER_RULE)
      break;
    vm->kept_too_much[largest] = kept[largest];
    rule_instance_forget(vm, &vm->set->rules[largest]);
    total -= kept[largest] < total ? kept[largest] : total;
    kept[largest] = 0;
  }
  free(kept);
}

void rule_memory_look(struct rule_vm *vm) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  lua_gc(lua, LUA_GCCOLLECT);
  if (keeps_too_much(vm)) {
    forget_largest(vm);
    lua_gc(lua, LUA_GCCOLLECT);
  }
  /* What no count finds, such as tables with many empty places, goes with the whole state. */
  if (keeps_too_much(vm))
    vm->must_rebuild = true;
  set_look_at(vm);
}

bool rule_memory_admits(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  size_t kept = vm->kept_too_much[rule->index];
  if (kept == 0)
    return true;
  vm->kept_too_much[rule->index] = 0;
  return error_set_at(error, rule->file, 0, 0,
                      "kept %.1f MiB in its variables from call to call, and the rules of a worker "
                      "together more than %.1f MiB: it starts afresh",
                      (double)kept / (1 << 20), (double)kept_max(vm) / (1 << 20));
}
