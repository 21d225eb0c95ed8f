/*
 * The room detect/history groups the matches of a whole history, sorted by time, as the daemon
 * groups them one after the other.
 *
 * A history: the matches of a finite scan, grouped into alerts by event time whatever the order
 * in which they were read, those of correlations among them. Memory stays flat: matches beyond 16
 * MiB wait sorted in a temporary file, and windows that can no longer change are forgotten.
 *
 * A history serves one thread.
 */
#ifndef DETECT_HISTORY_HISTORY_H
#define DETECT_HISTORY_HISTORY_H

#include "detect/window/match_describer.h"
#include "rule/set/rule_set.h"

#include <stdatomic.h>

struct history;

/* `rules` is the set that the matches' rules are in; it must outlive the history. */
struct history *history_new(const struct rule_set *rules);
/* Takes the describer over, for matches that are brief. Before any is added. */
void history_add_describer(struct history *history, struct match_describer *describer);
/* Once another thread sets it, history_finish ends within a match, with an error. NULL: nobody
 * does.
 */
void history_set_cancelled(struct history *history, const atomic_bool *cancelled);
void history_free(struct history *history); /* NULL is fine */

/* Everything until this event time was added, or will be: what is missing until then is missing. */
void history_advance(struct history *history, time_us time);

/* Copies the match. False when the temporary file cannot be written. */
bool history_add(struct history *history, const struct match *match, struct error *error);

/* Calls `each` for every alert that the matches make, when it can no longer change: by the end
 * of its window. Texts live during the call. Once. */
bool history_finish(struct history *history, void (*each)(void *context, const struct alert *alert),
                    void *context, struct error *error);

/* How many instances of correlations tuning kept from alerts, and by what the last one; NULL: none.
 * After history_finish. */
const struct rule_suppressor *history_suppressor(const struct history *history, uint64_t *count);

/* What functions did wrong, of correlations and of alerts; after history_finish. */
const struct match_notes *history_notes(const struct history *history);

#endif
