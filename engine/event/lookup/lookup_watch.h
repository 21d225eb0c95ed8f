/*
 * The lookup tables of a running program: which set is the current one, and when files are looked
 * at again. Shared by threads; whoever looks up takes a set, uses it for a batch, and releases it.
 */
#ifndef EVENT_LOOKUP_LOOKUP_WATCH_H
#define EVENT_LOOKUP_LOOKUP_WATCH_H

#include "base/clock.h"
#include "event/lookup/lookup.h"

struct lookup_watch;

/* Takes the set over. Files are looked at again `interval` microseconds after they were looked at
 * last; a negative one: never. */
struct lookup_watch *lookup_watch_new(struct lookup_set *set, int64_t interval);
void lookup_watch_free(struct lookup_watch *watch); /* NULL is fine */

/* The current set, held for the caller. When files are due to be looked at, this call does so, and
 * adds what is wrong with them as problems; other threads go on with the old set meanwhile. */
struct lookup_set *lookup_watch_take(struct lookup_watch *watch, struct problems *problems);

/* The same, without a look at files. */
struct lookup_set *lookup_watch_current(struct lookup_watch *watch);

#endif
