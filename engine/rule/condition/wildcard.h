/*
 * Sigma's wildcards: `*` is any run of characters, `?` is one character (a whole UTF-8 sequence).
 * A backslash before `*`, `?` or a backslash takes their meaning; any other backslash is itself.
 *
 * Matching never backtracks over a `*`: its cost is at most the subject's size times the
 * pattern's.
 *
 * Any thread.
 */
#ifndef RULE_CONDITION_WILDCARD_H
#define RULE_CONDITION_WILDCARD_H

#include "base/arena.h"
#include "rule/condition/work.h"

/* Skip so many characters, then these bytes. Only a segment's last piece may have no bytes. */
struct wildcard_piece {
  size_t skip;
  struct text literal;
};

/* What stands between two `*`. */
struct wildcard_segment {
  const struct wildcard_piece *pieces;
  size_t count;
};

struct wildcard {
  bool open_start, open_end; /* a `*` at that end */
  bool folded;     /* case does not matter, and the literals are folded (base/unicode/fold.h) */
  bool beyond;     /* a text beyond ASCII has to be folded before it is matched */
  size_t size_min; /* bytes that a subject needs at least */
  const struct wildcard_segment *segments;
  size_t count;
};

/* The text with its escapes taken away when it holds no wildcard, in the arena; false when it
 * holds one. */
bool wildcard_literal(struct arena *arena, struct text pattern, struct text *literal);

/* open_start and open_end: as if a `*` stood there (contains, startswith, endswith). */
const struct wildcard *wildcard_compile(struct arena *arena, struct text pattern, bool open_start,
                                        bool open_end, bool folded);

/* At the cost of `work`, for a long subject: no when that is used up (work.over). NULL: nothing is
 * counted. */
bool wildcard_match(const struct wildcard *wildcard, struct text subject, struct work *work);

#endif
