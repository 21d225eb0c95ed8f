/*
 * The room command/search is `margay search` and `margay events`: people's eyes on the archive.
 *
 * What is asked, as the text of a rule that takes it: so a search has where's words and their
 * mistakes, and goes the way of every rule. Private to the room.
 */
#ifndef COMMAND_SEARCH_SEARCH_RULE_H
#define COMMAND_SEARCH_SEARCH_RULE_H

#include "base/buffer.h"
#include "command/terminal/options.h"

struct search_query {
  char *const *where; /* KEY=VALUE, or a word that any field may hold */
  size_t where_count;
  const char *actor;            /* who did it; NULL: anybody */
  const char *lua;              /* NULL: none */
  const struct text *log_types; /* at least one */
  size_t log_type_count;
};

#define SEARCH_RULE_FILE "search" /* its name in errors */

/* Appends the rule's file. False after a mistake was reported. */
bool search_rule_write(const struct command *command, const struct search_query *query,
                       struct buffer *out);

#endif
