/*
 * How states of questions get into the store, and back at the next start.
 *
 * A row for each change would write as many places of the file as there are states. So a
 * transaction adds what it changed to a log, as one piece, and the rows follow later. As long as
 * the log has a state that its row has not, it stays in memory:
 *
 *   log    [ a b c ][ b d ][ b a e ][ b ]      rows    a b c d, as they were before
 *   memory   a c d e b, with what the log has
 *
 * When the log is long, or holds much memory, its states are settled: in the order of their rows,
 * some with each transaction, each that did not change again since. Then what the log had until the
 * beginning of that is dropped. So a state that changes often is written a few bytes at a time, one
 * behind the other, and one that rests is written to its row once.
 *
 * What a process finds at its start: it reads rows into memory, as far as there is room, and then
 * the log over them.
 *
 * Without a store that lasts there is no log, and rows are written when memory is to be left.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_SAVING_H
#define DETECT_STATEFUL_QUESTION_SAVING_H

#include "detect/stateful/question_cache.h"

/* Before the first question of a transaction: gives the questions of the set their numbers, and
 * reads what the store has, unless that was done. A question that means something else than the
 * store has of its rule begins anew, which is logged. */
bool question_saving_begin(struct question_cache *cache, struct error *error);

/* Whether that was done. */
static inline bool question_saving_is_ready(const struct question_cache *cache) {
  return cache->noted && cache->read;
}

/* Writes what changed, within a transaction. Nothing without a store that lasts. */
bool question_saving_save(struct question_cache *cache, struct error *error);

/* Leaves memory to others where there is too much: nobody may hold a state. Within a transaction.
 */
bool question_saving_trim(struct question_cache *cache, struct error *error);

/* Brings all rows up to date and drops the log. Within a transaction. */
bool question_saving_settle(struct question_cache *cache, struct error *error);

#endif
