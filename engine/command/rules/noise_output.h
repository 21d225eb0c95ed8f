/* What `margay rules noise` prints. Any thread that has the stream. */
#ifndef COMMAND_RULES_NOISE_OUTPUT_H
#define COMMAND_RULES_NOISE_OUTPUT_H

#include "api/rules/noise.h"

#include <stdio.h>

enum noise_format { NOISE_TEXT, NOISE_JSON, NOISE_CSV };

/* Suppressed matches, and what alerts were, have columns when there are some. For text, `sort` says
 * what the shares are of; rules without a match are counted, or listed (`silent`). */
void noise_print(const struct noise *noise, const struct noise_choice *choice,
                 enum noise_format format, FILE *out);

#endif
