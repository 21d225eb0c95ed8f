/*
 * The room command/explain is `margay explain`.
 *
 * How it shows what it found: for people, or as one JSON object.
 */
#ifndef COMMAND_EXPLAIN_EXPLAIN_OUTPUT_H
#define COMMAND_EXPLAIN_EXPLAIN_OUTPUT_H

#include "api/explain/explain_json.h"

#include <stdio.h>

void explain_print_text(const struct explain_output *output, bool colours, FILE *out);
void explain_print_json(const struct explain_output *output, FILE *out);

#endif
