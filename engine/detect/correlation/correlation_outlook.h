/*
 * Which steps of which keys get matches, where all matches of a history are known before a
 * correlation looks at the first: a user who was added and never promoted is no instance of "added,
 * then promoted", so nothing of that user needs to be remembered.
 *
 * A table of fixed size, without the keys: two of them may share a place. Then one is looked at in
 * vain, as all are without a table.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_CORRELATION_CORRELATION_OUTLOOK_H
#define DETECT_CORRELATION_CORRELATION_OUTLOOK_H

#include "rule/correlation.h"

/* Zeroed at first: everything may become an instance. Ends with correlation_outlook_free. */
struct correlation_outlook {
  uint16_t *steps; /* one bit a step; NULL: nothing is known */
};
_Static_assert(CORRELATION_STEPS_MAX <= 16, "a step has a bit of its own");

void correlation_outlook_free(struct correlation_outlook *outlook);

/* The steps without which no key is an instance. 0: there is no use in asking, because one step is
 * all, or because only instances of other correlations count, and those are not known before. */
uint16_t correlation_outlook_needed(const struct correlation *correlation);

/* A match with the key will count for the step. `number` is the correlation's. Returns the
 * key's place, below 1 << CORRELATION_OUTLOOK_BITS. */
#define CORRELATION_OUTLOOK_BITS 19
uint32_t correlation_outlook_expect(struct correlation_outlook *outlook, size_t number,
                                    struct text key, size_t step);

/* False: some step of the needed ones has no match with the key. */
bool correlation_outlook_allows(const struct correlation_outlook *outlook, size_t number,
                                struct text key, uint16_t needed);

/* The same by the key's place. */
bool correlation_outlook_allows_place(const struct correlation_outlook *outlook, uint32_t place,
                                      uint16_t needed);

#endif
