/* What `margay scan` prints: matches and alerts, as NDJSON or as text for people. */
#ifndef COMMAND_SCAN_OUTPUT_H
#define COMMAND_SCAN_OUTPUT_H

#include "detect/match.h"

enum scan_format { SCAN_NDJSON, SCAN_TEXT };

/* One line without colour; `buffer` is scratch. */
void scan_print_match(FILE *out, enum scan_format format, const struct match *match,
                      struct buffer *buffer);
void scan_print_alert(FILE *out, enum scan_format format, const struct alert *alert,
                      struct buffer *buffer);

#endif
