/*
 * What rules keep in memory from one call to the next: bounded for all rules of a vm together, and
 * charged to the one that keeps it. (What a call may add is a limit of the sandbox.)
 *
 * For the thread of the vm, while no file runs.
 */
#ifndef RULE_VM_RULE_MEMORY_H
#define RULE_VM_RULE_MEMORY_H

#include "rule/vm/rule_vm_internal.h"

/* Sets the bounds for a state that was just made. */
void rule_memory_start(struct rule_vm *vm);

/* The limits of a vm's state. */
struct sandbox_limits rule_memory_limits(const struct rule_vm *vm);

/* Whether it is time to look who keeps how much. Costs nothing. */
static inline bool rule_memory_is_high(const struct rule_vm *vm) {
  return sandbox_memory(vm->sandbox) > vm->memory_look_at;
}

/* Collects what nobody keeps. When that leaves too much, the rules that keep most are forgotten,
 * and their next call fails. Takes time in proportion to the memory in use, after that much was
 * allocated. */
void rule_memory_look(struct rule_vm *vm);

/* False with the error when the rule was forgotten for what it kept: once, then it may start
 * afresh. */
bool rule_memory_admits(struct rule_vm *vm, const struct rule *rule, struct error *error);

#endif
