/*
 * Instances that other correlations still have to take as matches. They are copied, as what a match
 * points at lives only while it is reported. First in, first out.
 */
#ifndef DETECT_CORRELATION_CORRELATION_PENDING_H
#define DETECT_CORRELATION_CORRELATION_PENDING_H

#include "base/arena.h"
#include "detect/window/match.h"

struct correlation_pending {
  struct arena arena; /* of the matches; emptied when all were taken */
  struct match *items;
  size_t next, count, capacity;
};

void correlation_pending_add(struct correlation_pending *pending, const struct match *match);

/* The next one, or NULL. It lives until NULL was returned. */
const struct match *correlation_pending_take(struct correlation_pending *pending);

/* Releases everything and leaves it empty and usable. */
void correlation_pending_clear(struct correlation_pending *pending);

#endif
