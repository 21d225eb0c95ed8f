/*
 * Marks: the little that is remembered of the bytes before a place in a stream, so that the same
 * bytes are known again: in the same file after a restart, in a copy of it, in what was compressed
 * of it. The first bytes and the last ones before the place: with the position they stand for all
 * that is between, as records carry times.
 *
 * Positions and bytes are those of what comes out of a stream, whether it is compressed or not.
 *
 * A value that serves one thread at a time.
 */
#ifndef SOURCE_FILE_MARK_H
#define SOURCE_FILE_MARK_H

#include "base/text.h"

#define MARK_SIZE                                                                                  \
  ((size_t)1024) /* more than any first line's first fields, and one page's read                   \
                  */

/* So few are there soon, and already rule out most other files: records begin with their times. */
#define MARK_FIRST_SIZE ((size_t)64)

/* Some bytes at the start or at the end of what was read. */
struct mark_edge {
  char bytes[MARK_SIZE];
  size_t size;
};

/* What is kept of both. A size of 0: nothing is known, and everything fits. */
struct mark {
  uint64_t first, start, end; /* hashes; `first`: of the first MARK_FIRST_SIZE bytes */
  size_t start_size, end_size;
};

static inline struct text mark_edge_text(const struct mark_edge *edge) {
  return (struct text){edge->bytes, edge->size};
}

/* Adds bytes behind the others while there is room. */
void mark_edge_fill(struct mark_edge *edge, struct text bytes);
/* Adds bytes behind the others, and forgets the first ones that no longer have room. */
void mark_edge_move(struct mark_edge *edge, struct text bytes);

/* The mark at `position`, from the first and last bytes before it that are known. */
struct mark mark_of(const struct mark_edge *start, const struct mark_edge *end, uint64_t position);

/* Whether bytes may become, with others behind them, some that begin as the mark says. */
bool mark_may_fit(const struct mark *mark, struct text start);
/* Whether bytes begin, or end, as the mark says. False when there are too few of them. */
bool mark_start_fits(const struct mark *mark, struct text start);
bool mark_end_fits(const struct mark *mark, struct text end);

#endif
