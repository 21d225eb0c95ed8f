/* Filling templates (rule/rule_template.h) from the vm's event. What comes from the event is data:
 * braces in it mean nothing. Private to the vm; the vm's thread only. */
#ifndef RULE_VM_RULE_FILL_H
#define RULE_VM_RULE_FILL_H

#include "rule/vm/rule_vm.h"

/*
 * Appends the text. Texts stand as they are, numbers and booleans as JSON writes them, lists of
 * these with ", " between them; other values are JSON. No value takes more than is needed to see
 * that the text is longer than RULE_TEXT_MAX. `folded`: e-mail addresses are folded
 * (base/unicode/address.h), for texts that are compared.
 *
 * False when the template is plain and its value is missing: absent, null or empty. Notes:
 * functions of data models that failed.
 */
bool rule_fill_text(struct rule_vm *vm, const struct rule *rule,
                    const struct rule_template *template, bool folded, struct buffer *out,
                    struct problems *notes);

/* Appends a JSON object; what is missing is left out. False with the error when it is larger than
 * RULE_CONTEXT_MAX. */
bool rule_fill_context(struct rule_vm *vm, const struct rule *rule,
                       const struct rule_template *template, struct buffer *out,
                       struct problems *notes, struct error *error);

#endif
