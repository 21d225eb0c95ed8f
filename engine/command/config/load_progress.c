#include "command/config/load_progress.h"

#include <unistd.h>

#define FIRST_AFTER_US (500 * US_PER_MS)
#define REDRAW_EVERY_US (100 * US_PER_MS)

/* "10,000" */
struct grouped_number {
  char text[32];
};

static const char *group_digits(size_t number, struct grouped_number *grouped) {
  char *at = grouped->text + sizeof grouped->text;
  size_t digits = 0;
  *--at = '\0';
  do {
    if (digits > 0 && digits % 3 == 0)
      *--at = ',';
    *--at = (char)('0' + number % 10);
    digits++;
  } while (number /= 10);
  return at;
}

struct load_progress load_progress_start(FILE *out) {
  return (struct load_progress){.out = out && isatty(fileno(out)) ? out : NULL,
                                .start = clock_monotonic()};
}

void load_progress_report(void *context, size_t loaded, size_t total) {
  struct load_progress *progress = context;
  if (!progress->out)
    return;
  time_us now = clock_monotonic();
  if (now - progress->start < FIRST_AFTER_US ||
      (now - progress->drawn < REDRAW_EVERY_US && loaded < total))
    return;
  struct grouped_number done = {{0}}, all = {{0}};
  fprintf(progress->out, "\r\033[Kloading rules %s of %s", group_digits(loaded, &done),
          group_digits(total, &all));
  fflush(progress->out);
  progress->drawn = now;
}

void load_progress_end(struct load_progress *progress) {
  if (progress->drawn == 0)
    return;
  fputs("\r\033[K", progress->out);
  fflush(progress->out);
}
