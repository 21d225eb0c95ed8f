/*
 * What a rule has in the state of its vm: the functions of its file, and libraries of its own.
 *
 * For the thread of the vm, while no file runs.
 */
#ifndef RULE_VM_RULE_INSTANCE_H
#define RULE_VM_RULE_INSTANCE_H

#include "rule/vm/rule_vm_internal.h"

/* From now on `require` gives this rule's own libraries. */
void rule_instance_use_modules(struct rule_vm *vm, const struct rule *rule);

/* Gives the references of its functions back. */
void rule_instance_release_functions(struct rule_vm *vm, const struct rule *rule);

/* Forgets that the rule's file was run, and its libraries: its next call runs them again. */
void rule_instance_forget(struct rule_vm *vm, const struct rule *rule);

#endif
