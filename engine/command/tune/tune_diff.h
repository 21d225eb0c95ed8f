/*
 * The room command/tune is `margay tune`.
 *
 * What changes in a file, as lines with '+' and '-'. Private to the room.
 */
#ifndef COMMAND_TUNE_TUNE_DIFF_H
#define COMMAND_TUNE_TUNE_DIFF_H

#include "base/buffer.h"

/* Appends the changed lines with three lines around them, as `diff -u` writes them, under the
 * file's name. `colours`: for a terminal. */
void tune_diff(const char *name, struct text before, struct text after, bool colours,
               struct buffer *out);

#endif
