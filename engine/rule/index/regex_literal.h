/*
 * What a regex cannot match without: for indexes over many regexes. For the thread that builds an
 * index.
 */
#ifndef RULE_INDEX_REGEX_LITERAL_H
#define RULE_INDEX_REGEX_LITERAL_H

#include "base/arena.h"

/* Texts of which a value contains at least one. */
struct literal_choice {
  const struct text *items;
  size_t count;
};

/* The choices, of texts of at least `size_min` bytes, each of which every match of the pattern
 * needs, whatever the regex's options: the match's folded form (base/unicode/fold.h) contains one
 * of the choice's texts. Returns how many there are, 16 at most, each of 64 texts at most; they
 * live in the arena. 0 also when the pattern is beyond what this reads (regex_literal.c). The
 * pattern must compile. */
size_t regex_literals(struct arena *arena, struct text pattern, size_t size_min,
                      struct literal_choice **choices);

/* The choice that leaves the fewest values: whose shortest text is the longest, of those the one
 * with the fewest texts. NULL when there is none. */
const struct literal_choice *literal_choice_best(const struct literal_choice *choices,
                                                 size_t count);

#endif
