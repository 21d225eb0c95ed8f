/*
 * Copies: whether a file that was found is a copy of what another one of its series held, as
 * rotation makes them (`copytruncate`, compression). It is one if it has the same bytes at the
 * start and just before the place up to which the other one was read; there it goes on.
 *
 * The source's thread only.
 */
#ifndef SOURCE_FILE_COPY_H
#define SOURCE_FILE_COPY_H

#include "source/file/followed.h"

enum copy_answer {
  COPY_NONE,    /* it is none: to be read from its start */
  COPY_PERHAPS, /* it is not all there yet: to be asked again */
  COPY_OF_READ, /* of one that is there and read itself: there is nothing to do, for now */
  COPY_FOUND    /* goes on where `*original` was */
};

/* Of all known files that were read further than it, which begins as `file` does? `growing`: it may
 * not be all there. COPY_FOUND sets file->place and its mark, and leaves file->stream open there or
 * NULL. Of files that are there, `seen` is set. */
enum copy_answer copy_find(struct followed *file, struct followed *const *files, size_t count,
                           bool growing, time_us now, struct followed **original);

#endif
