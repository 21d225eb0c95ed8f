/*
 * Values that a batch has again and again: people have few kinds of clients, countries and domains.
 * What was found for a short one is found for all events of the batch that have it.
 *
 * Private to this room, and for the vm's thread.
 */
#ifndef RULE_VM_QUESTION_REPEAT_H
#define RULE_VM_QUESTION_REPEAT_H

#include "rule/vm/rule_vm_internal.h"

/* Where what the parts make of a text is kept, or may be. */
struct question_repeat {
  struct rule_vm_repeated *place; /* NULL: nowhere; no batch was begun, or the text is long */
  struct rule_vm_repeated wanted;
};

/* `parts` are one, and depend on this text alone. */
struct question_repeat question_repeat_of(struct rule_vm *vm, const struct question_parts *parts,
                                          struct text text);

/* What is kept there. NULL: it is of something else. */
static inline const struct question_found *question_repeated(const struct question_repeat *repeat) {
  const struct rule_vm_repeated *place = repeat->place, *wanted = &repeat->wanted;
  bool same = place && place->batch == wanted->batch && place->parts == wanted->parts &&
              place->size == wanted->size && place->bytes[0] == wanted->bytes[0] &&
              place->bytes[1] == wanted->bytes[1];
  return same ? place->found : NULL;
}

/* Keeps there what was found. It lives as long as the batch's arena. */
static inline void question_repeat_keep(struct question_repeat *repeat,
                                        const struct question_found *found) {
  if (!repeat->place)
    return;
  repeat->wanted.found = found;
  *repeat->place = repeat->wanted;
}

#endif
