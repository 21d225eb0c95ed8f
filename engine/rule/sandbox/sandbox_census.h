/*
 * How much of a state's memory some of its values hold: to find who keeps it when there is too
 * much. The allocator cannot say: a text that one rule made may be kept by another one.
 */
#ifndef RULE_SANDBOX_SANDBOX_CENSUS_H
#define RULE_SANDBOX_SANDBOX_CENSUS_H

#include <stddef.h>

struct sandbox;

/* About how many bytes can be reached from the values with these references in the registry
 * (negative ones are passed over), without what every file sees. What several owners reach counts
 * for each. Takes time in proportion to what it counts. For the thread that the sandbox belongs to,
 * while no file runs. */
size_t sandbox_census(struct sandbox *sandbox, const int *references, size_t count);

#endif
