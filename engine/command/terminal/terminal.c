#include "command/terminal/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_colours(FILE *out) {
  const char *no_colour = getenv("NO_COLOR");
  return isatty(fileno(out)) && !(no_colour && *no_colour);
}

size_t terminal_width(FILE *out) {
  struct winsize size = {.ws_col = 0};
  return isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

const char *size_words(int64_t bytes, struct size_words *words) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double number = (double)bytes;
  size_t unit = 0;
  while (number >= 1024 && unit + 1 < sizeof units / sizeof *units) {
    number /= 1024;
    unit++;
  }
  snprintf(words->text, sizeof words->text, unit > 0 && number < 10 ? "%.1f %s" : "%.0f %s", number,
           units[unit]);
  return words->text;
}
