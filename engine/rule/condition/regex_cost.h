/*
 * How much work a pattern can cause, from its text alone.
 *
 * PCRE2's compiled code does not count what it does in a repeat of one character, so nothing ends
 * `.*a.*b.*c` on a text that somebody else wrote. But for a short text or a simple pattern the work
 * is small however the text looks. This says when: an upper bound, never too low, often too high.
 *
 * Example: `https?://.*login.*\.php` has two repeats without end, so a match attempt is a start and
 * two places: at most about 2 * C(n + 3, 3) for a text of n bytes (the 2 is for `s?`). With `.*+`,
 * which gives nothing back, a repeat would cost its run over the text only.
 */
#ifndef RULE_CONDITION_REGEX_COST_H
#define RULE_CONDITION_REGEX_COST_H

#include "base/text.h"

struct regex_cost {
  bool anchored;    /* it can start at one place only: whoever knows may set this */
  bool unknown;     /* no bound is known: recursion, nested repeats, … */
  unsigned repeats; /* that one attempt can have without end, one inside of the other's rest */
  unsigned runs;    /* the same of those that give nothing back, as `\w++`: each runs over the text
                       once, and what follows is tried from one place */
  double ways;      /* what short repeats and alternatives multiply that with */
};

struct regex_cost regex_cost(struct text pattern);

/* An upper bound of the steps of one search of so many bytes, from every start that there is. */
double regex_cost_steps(const struct regex_cost *cost, size_t size);

#endif
