/*
 * The room command/status is `margay status`.
 *
 * The status for people. Any thread that has the stream.
 */
#ifndef COMMAND_STATUS_STATUS_OUTPUT_H
#define COMMAND_STATUS_STATUS_OUTPUT_H

#include "api/status/status.h"

#include <stdio.h>

/* On a terminal in colours and as wide as that. */
void status_print(const struct status *status, FILE *out);

#endif
