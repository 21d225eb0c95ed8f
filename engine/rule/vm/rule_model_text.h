/* What the data model of an event's log type finds, for the people who read an alert. Private to
 * the vm. */
#ifndef RULE_VM_RULE_MODEL_TEXT_H
#define RULE_VM_RULE_MODEL_TEXT_H

#include "rule/vm/rule_vm.h"

/*
 * The model's field of that name (NUL-terminated): a text, or a number as a text. Empty when the
 * event was not checked against a schema, when its log type has no model, or when the model finds
 * nothing: margay does not guess. A function of the model that fails adds a note.
 *
 * Lives until the vm's next call. The vm's thread only.
 */
struct text rule_vm_model_text(struct rule_vm *vm, const struct rule *rule, struct text name,
                               struct problems *notes);

#endif
