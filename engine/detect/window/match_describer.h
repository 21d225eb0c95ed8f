/*
 * Makes brief matches whole, when an alert opens: reads the record of the match again and runs the
 * functions and templates that people's texts come from.
 *
 * What they give depends on the event, on lookup tables and on the rule, and on nothing else that
 * may have changed since the record was read; a match of a rule that remembers is never brief.
 *
 * A describer serves one thread. What it is made with must outlive it.
 */
#ifndef DETECT_WINDOW_MATCH_DESCRIBER_H
#define DETECT_WINDOW_MATCH_DESCRIBER_H

#include "detect/window/match.h"
#include "event/lookup/lookup_watch.h"

struct match_describer;

struct match_describer_options {
  const struct rule_set *rules;
  struct event_typing typing;   /* as the records were read */
  struct lookup_watch *lookups; /* NULL: there are no tables */
  struct rule_breaker *breaker; /* as in rule_vm_options */
};

/* Costs nothing before the first match. */
struct match_describer *match_describer_new(const struct match_describer_options *options);
void match_describer_free(struct match_describer *describer); /* NULL is fine */

/*
 * Makes the match whole; one that is whole already stays as it is. Its rule is in the set. What is
 * added lives in the arena; what functions did wrong is added to the notes.
 *
 * A record that can no longer be read (its schema has changed) gives an alert without texts of its
 * own: named as the rule is, with the record as its event.
 */
void match_describer_complete(struct match_describer *describer, struct match *match,
                              struct arena *arena, struct match_notes *notes);

#endif
