/*
 * What a regex cannot match without: for indexes over many regexes. For the thread that builds an
 * index.
 */
#ifndef RULE_INDEX_REGEX_LITERAL_H
#define RULE_INDEX_REGEX_LITERAL_H

#include "base/arena.h"

/* The texts of at least `size_min` bytes, in lower case, each of which every match of the pattern
 * contains when ASCII case does not count, whatever the regex's options. Returns how many there
 * are; *literals lives in the arena. 0 also when the pattern is beyond what this reads (it looks
 * outside of groups only). The pattern must compile. */
size_t regex_literals(struct arena *arena, struct text pattern, size_t size_min,
                      struct text **literals);

#endif
