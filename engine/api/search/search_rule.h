/*
 * The room api/search finds events of the archive, for people at a terminal and for programs.
 *
 * What is asked, as the text of a rule that takes it: so a search has where's words and their
 * mistakes, and goes the way of every rule. Any thread.
 */
#ifndef API_SEARCH_SEARCH_RULE_H
#define API_SEARCH_SEARCH_RULE_H

#include "base/buffer.h"
#include "base/error.h"

struct search_query {
  const char *const *where; /* KEY=VALUE, or a word that any field may hold */
  size_t where_count;
  const char *actor;            /* who did it; NULL: anybody */
  const char *lua;              /* NULL: none */
  const struct text *log_types; /* at least one */
  size_t log_type_count;
};

#define SEARCH_RULE_FILE "search" /* its name in errors */

/* Appends the rule's file. False with the mistake. */
bool search_rule_write(const struct search_query *query, struct buffer *out, struct error *error);

#endif
