/*
 * A line on a terminal that shows the progress of long work. Nothing is printed when `out` is no
 * terminal, or in the first second.
 */
#ifndef COMMAND_TERMINAL_PROGRESS_H
#define COMMAND_TERMINAL_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

struct progress;

/* `total` bytes in all; 0 when not known. */
struct progress *progress_new(FILE *out, uint64_t total);
void progress_free(struct progress *progress); /* NULL is fine */

void progress_add(struct progress *progress, uint64_t bytes); /* any thread */

/* Around other output of the one thread that shows it: pause clears the line, resume draws it. */
void progress_pause(struct progress *progress);
void progress_resume(struct progress *progress, uint64_t records);

/* For work whose size is not one of bytes, as a callback: so much of so much is done, after so many
 * records. `total` 0: not known. */
void progress_show(void *progress, uint64_t records, uint64_t done, uint64_t total);

#endif
