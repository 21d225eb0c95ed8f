#include "command/terminal/progress.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_AFTER_US US_PER_SECOND
#define REDRAW_EVERY_US (200 * US_PER_MS)

struct progress {
  FILE *out; /* NULL: no terminal */
  uint64_t total;
  atomic_uint_fast64_t done;
  time_us start, drawn;
  int shown; /* a line is on the terminal */
};

struct progress *progress_new(FILE *out, uint64_t total) {
  struct progress *progress = memory_alloc(sizeof *progress);
  progress->out = isatty(fileno(out)) ? out : NULL;
  progress->total = total;
  progress->start = clock_monotonic();
  return progress;
}

void progress_free(struct progress *progress) {
  if (progress)
    progress_pause(progress);
  free(progress);
}

void progress_add(struct progress *progress, uint64_t bytes) {
  atomic_fetch_add(&progress->done, bytes);
}

static void progress_set(struct progress *progress, uint64_t done, uint64_t total) {
  atomic_store(&progress->done, done);
  progress->total = total;
}

void progress_pause(struct progress *progress) {
  if (!progress->shown)
    return;
  fputs("\r\033[K", progress->out);
  fflush(progress->out);
  progress->shown = 0;
}

void progress_resume(struct progress *progress, uint64_t records) {
  if (!progress->out)
    return;
  time_us now = clock_monotonic();
  if (now - progress->start < FIRST_AFTER_US || now - progress->drawn < REDRAW_EVERY_US)
    return;
  double seconds = (double)(now - progress->start) / US_PER_SECOND;
  double done = (double)atomic_load(&progress->done);
  fprintf(progress->out, "\r\033[K%llu records, %.0f a second", (unsigned long long)records,
          (double)records / seconds);
  if (progress->total > 0)
    fprintf(progress->out, ", %.0f %%", 100 * done / (double)progress->total);
  fflush(progress->out);
  progress->drawn = now;
  progress->shown = 1;
}

void progress_show(void *progress, uint64_t records, uint64_t done, uint64_t total) {
  if (total > 0)
    progress_set(progress, done, total);
  progress_resume(progress, records);
}
