/*
 * Runs a program without a shell, and waits for it: a clean environment, its input from memory, its
 * output dropped, no descriptor of this process, a process group of its own. When it ends, or is to
 * be given up, whatever is left of its group is killed.
 *
 * Threads: any; the call blocks. SIGPIPE must be ignored.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

/* All pointers stay the caller's. */
struct program_run {
  char *const *arguments;   /* the first is the program's path; ends with NULL */
  char *const *environment; /* "NAME=value"; ends with NULL */
  struct text input;
  int stop_fd;   /* readable: give up; -1: never */
  int64_t until; /* monotonic: give up then */
};

/* Its exit status, 0 to 255; -1 with the reason when it cannot be started, was killed or given up.
 * A program that does not read its input may still succeed. It runs in the folder "/". */
int program_run(const struct program_run *run, struct error *reason);

#endif
