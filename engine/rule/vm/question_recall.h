/*
 * What lookup tables gave for a text before: people come from the same addresses again and again.
 *
 *   198.51.100.7   of the country      CH
 *                  of the place        47.4, 8.5, 198.51.100.7
 *
 * is kept for the text and the parts of a question, so that the address is not parsed, looked up
 * and written again. It holds as long as the tables do, or until another text takes its place.
 *
 * Private to this room, and for the vm's thread.
 */
#ifndef RULE_VM_QUESTION_RECALL_H
#define RULE_VM_QUESTION_RECALL_H

#include "rule/vm/question_gather.h"

/* Where what the parts give for the event's text is kept, or may be. */
struct question_recall {
  struct rule_vm_recalled *kept; /* NULL: nowhere, as it depends on more than one short text */
  struct text key;               /* the text, in the record */
};

struct question_recall question_recall_of(struct rule_vm *vm, const struct question_parts *parts);

/* What is kept there, with texts that stay until something else is kept; an empty one: there is no
 * value. False: it is of something else. */
bool question_recall(const struct rule_vm *vm, const struct question_parts *parts,
                     const struct question_recall *recall, struct question_text *item);

/* Adds a copy of that. */
void question_recall_add(struct question_gatherer *gatherer, const struct question_text *item);

/* Keeps there what was gathered, unless it is too long, or several values. */
void question_recall_keep(const struct question_gatherer *gatherer,
                          const struct question_parts *parts, const struct question_recall *recall);

#endif
