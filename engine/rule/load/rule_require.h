/*
 * The libraries that a file asks for, as far as its text says so.
 *
 * For any thread.
 */
#ifndef RULE_LOAD_RULE_REQUIRE_H
#define RULE_LOAD_RULE_REQUIRE_H

#include "base/text.h"

struct rule_require {
  struct text name;  /* empty: it is computed, so it may be any */
  unsigned line;     /* from 1 */
  bool is_commented; /* behind `--` in its line */
};

/* Takes the next `require` out of `rest`, the text from `*line` (1 at first) on. False at the end.
 */
bool rule_require_next(struct text *rest, unsigned *line, struct rule_require *out);

#endif
