/* Who did what an event says, for the people who read its alert. Private to the vm. */
#ifndef RULE_VM_RULE_ACTOR_H
#define RULE_VM_RULE_ACTOR_H

#include "rule/vm/rule_vm.h"

/*
 * The `actor_user` of the data model of the event's log type: a text, or a number as a text. Empty
 * when the event was not checked against a schema, when its log type has no model, or when the
 * model finds nothing: margay does not guess. A function of the model that fails adds a note.
 *
 * Lives until the vm's next call. The vm's thread only.
 */
struct text rule_vm_actor(struct rule_vm *vm, const struct rule *rule, struct problems *notes);

#endif
