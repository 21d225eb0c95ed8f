/* What lookup tables have for the values of an event. Private to this room, and for the vm's
 * thread. */
#ifndef RULE_VM_QUESTION_LOOK_UP_H
#define RULE_VM_QUESTION_LOOK_UP_H

#include "rule/vm/question_gather.h"

/* Adds what the part's lookup table has for the part's field. */
void question_look_up(struct question_gatherer *gatherer, const struct question_part *part);

#endif
