/* What `margay scan` prints: matches and alerts, as NDJSON or as text for people. */
#ifndef COMMAND_SCAN_OUTPUT_H
#define COMMAND_SCAN_OUTPUT_H

#include "detect/window/match.h"

enum scan_format { SCAN_JSON, SCAN_TEXT };

struct scan_output {
  FILE *out;
  enum scan_format format;
  bool colours;
  int failed;                  /* errno of the first write that failed; 0: none */
  struct buffer line, visible; /* scratch; the caller frees both at the end */
};

/* Looks at the terminal. `out` stays the caller's. */
struct scan_output scan_output_of(FILE *out, enum scan_format format);

/* One line each. */
void scan_print_match(struct scan_output *output, const struct match *match);
void scan_print_alert(struct scan_output *output, const struct alert *alert);

/* False when something could not be written: `failed` says why. */
bool scan_output_flush(struct scan_output *output);

#endif
