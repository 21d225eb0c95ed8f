/* Where in a Lua file a key of a table constructor is written, for errors with a line number. Lua
 * keeps no lines of table fields, so the source is scanned instead. Any thread. */
#ifndef RULE_SANDBOX_SOURCE_LINE_H
#define RULE_SANDBOX_SOURCE_LINE_H

#include "base/text.h"

/*
 * The line (1-based) of the first place at or after `from_line` where `key` stands as a table key:
 * as an identifier followed by `=`, or as a quoted string followed by `]`. A quoted string is
 * compared by what it says, escapes resolved. Comments and the insides of other strings are
 * passed over. When it is nowhere, `from_line` itself.
 */
unsigned source_line_of_key(struct text source, unsigned from_line, struct text key);

/* One step into nested table constructors: a key, or (key.data NULL) the entry number `index` (from
 * 0) of those without a key. */
struct source_step {
  struct text key;
  size_t index;
};

/*
 * The line where the entry begins that the steps lead to from the table that is given to the first
 * `call { … }` or `call({ … })` at or after `from_line`; without one, `from_line` itself. Where a
 * step is written in another way (a variable, a call) or leads nowhere: the line of the step before
 * it.
 */
unsigned source_line_of_path(struct text source, unsigned from_line, struct text call,
                             const struct source_step *steps, size_t count);

/*
 * The same for all entries without a key of that table at once: `lines[i]` is the line of the entry
 * number i, and for entries that are not written out there, `from_line`.
 */
void source_lines_of_entries(struct text source, unsigned from_line, struct text call,
                             unsigned *lines, size_t count);

/* A key that stands in a table constructor again. Of both values Lua keeps the last, in silence. */
struct source_repeat {
  struct text key; /* escapes resolved; lives during the call */
  unsigned line, first_line;
  bool in_where; /* in the table `where`, or in one within it */
};

/* Calls `each` for every key that a table constructor of the source has again: a name or a
 * string, however its bytes are escaped, or a number that is written out in the same way.
 * Constructors more than 100 deep are not looked at.
 */
void source_find_repeats(struct text source,
                         void (*each)(void *context, const struct source_repeat *repeat),
                         void *context);

/* A text written out as the first argument of a method's call: `value:udm("name")`. */
struct source_argument {
  struct text text; /* between the quotes, within the source */
  unsigned line;
  size_t next; /* where to look on */
};
#define SOURCE_ARGUMENT_START ((struct source_argument){.line = 1})

/* The next such call of the method whose text needs no escapes; false when there is none. */
bool source_next_argument(struct text source, struct text method, struct source_argument *argument);

#endif
