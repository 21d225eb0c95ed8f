/* Where in a Sigma file something of a rule's tests is written, for errors with a line number. */
#ifndef RULE_SIGMA_SIGMA_LINE_H
#define RULE_SIGMA_SIGMA_LINE_H

#include "rule/sandbox/source_line.h"

/* Whether a file is read as Sigma: by its ending. */
bool sigma_is_file(const char *path);

/* The line where the steps lead to from the list that begins in `tests_line`; where a step leads
 * nowhere, the line of the one before. `source` is a file that was loaded. */
unsigned sigma_line_of_test(struct text source, unsigned tests_line,
                            const struct source_step *steps, size_t count);

#endif
