/* How long to wait before trying again. Any thread. */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/*
 * The delay after `failures` (at least 1) failures in a row: `first_us` doubled for each one after
 * the first, at most `most_us`; `random` takes away up to half of it, so that what failed together
 * does not come back together. Never less than 1.
 */
int64_t backoff_delay(int64_t first_us, int64_t most_us, int64_t failures, uint32_t random);

#endif
