/* What questions are asked of an event: the keys and values that it has for them. */
#ifndef RULE_VM_RULE_QUESTION_H
#define RULE_VM_RULE_QUESTION_H

#include "rule/vm/rule_vm.h"

/*
 * Reads from the vm's event what each question of the rule is asked of; as many entries as the rule
 * has questions, in the arena; its texts live as long as that and the record's bytes. What several
 * rules ask of one event is read once, so the arena is not reset before the next event is set. An
 * event that lacks a key, or the value that is asked about, is not asked: its keys are NULL. NULL
 * with the reason when a function of a data model fails.
 */
const struct question_asked *rule_vm_ask(struct rule_vm *vm, const struct rule *rule,
                                         struct arena *arena, struct error *error);

/* What event:answer() gives until the next event; NULL: nothing. The texts stay the caller's. */
void rule_vm_set_answers(struct rule_vm *vm, const struct question_answers *answers);

#endif
