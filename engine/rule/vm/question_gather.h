/*
 * The values that one event has for the parts of a question, while they are found: texts of fields,
 * as they are compared.
 *
 * Private to this room, and for the vm's thread.
 */
#ifndef RULE_VM_QUESTION_GATHER_H
#define RULE_VM_QUESTION_GATHER_H

#include "base/hash.h"
#include "rule/vm/rule_question.h"
#include "rule/vm/rule_vm_internal.h"

/* Between the parts of a value, and behind the number of a part that stands by itself. No text of
 * an event that holds one goes in as it is. */
#define QUESTION_JOINT '\x1f'
#define QUESTION_MARK '\x1e'
/* Those and what detect/stateful puts between a key and a value. */
#define QUESTION_JOINT_FIRST '\x1d'

/* The values of `of` or the keys of `per`, while they are found. */
struct question_gatherer {
  struct rule_vm *vm;
  const struct rule *rule;
  struct arena *arena;
  struct question_text *items; /* room for one at first */
  size_t count;
  bool cut, failed;
  struct error *error;
};

/*
 * The short way, which most texts can go: of printable ASCII, and standing in the record, which
 * lives as long as the batch. Looked at, folded and hashed at once. False: the long way is to be
 * taken, and nothing was done.
 */
bool question_take_short(struct arena *arena, struct text record, struct text text,
                         struct question_text *out);

/* One more, as long as there are no more than QUESTION_VALUES_MAX. */
void question_gather_item(struct question_gatherer *gatherer, struct question_text item);

/* The same of texts that stay: as it is shown, and as it is compared. */
static inline void question_gather_pair(struct question_gatherer *gatherer, struct text shown,
                                        struct text folded) {
  question_gather_item(gatherer, (struct question_text){shown, folded, hash_text(folded)});
}

/* What follows the last @; empty: nothing does. */
struct text question_domain(struct text text);

/* What the part takes of a text; an empty text is no value. The text may change afterwards, unless
 * it is the record's. */
void question_gather_text(struct question_gatherer *gatherer, const struct question_part *part,
                          struct text text);

/* What the part takes of the value at the top of the Lua stack, which is popped. */
void question_gather_lua(struct question_gatherer *gatherer, const struct question_part *part);

/* What the event has in the part's field. */
void question_gather_field(struct question_gatherer *gatherer, const struct question_part *part);

/* Whether the text has one of the bytes that stand between parts, and between a key and a value. */
bool question_has_joint(struct text text);

#endif
