/*
 * A list of values in the bytes of a state: how each is compared, and how it was written first.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_VALUES_H
#define DETECT_STATEFUL_QUESTION_VALUES_H

#include "detect/stateful/question_state.h"
#include "rule/question.h"

/* An entry; begin with a zeroed one. The texts live until the list is changed. Its hash is not
 * computed: most entries are only compared. */
struct question_entry {
  struct question_text text;
  size_t at, next; /* where it begins, and where the next one does */
};

/* The next entry; false at the end. */
bool question_values_next(const struct question_state *state, struct question_entry *entry);

void question_values_add(struct question_state *state, const struct question_text *text);
void question_values_remove(struct question_state *state, const struct question_entry *entry);

/* How many entries the bytes have; SIZE_MAX: they are no list. */
size_t question_values_count(const struct question_state *state);

#endif
