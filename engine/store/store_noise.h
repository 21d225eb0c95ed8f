/*
 * What rules did, counted: so that one sees which of them make noise.
 *
 * Threads, errors and callbacks are those of store.h.
 */
#ifndef STORE_STORE_NOISE_H
#define STORE_STORE_NOISE_H

#include "store/store.h"

/* Matches of a rule by one actor, also those of signals; failures of the rule are none. */
struct store_noise {
  struct text rule_id, actor;  /* the actor is empty where nobody knows it */
  int64_t matches, suppressed; /* suppressed: those of the matches that tuning keeps from alerts */
  time_us first;               /* event time */
};
/* Calls `each` once for every rule and actor with matches of events since then, in order of the
 * rules' ids and the actors; of more than 65,536 pairs that is the order within parts of these, and
 * memory is taken for one part at a time. Reads the index of these matches, once for each part. */
bool store_noise_matches(struct store *store, time_us since,
                         void (*each)(void *context, const struct store_noise *noise),
                         void *context, struct error *error);

/* The alerts of a rule, and what those turned out to be that people resolved. */
struct store_noise_alerts {
  struct text rule_id;
  int64_t alerts;
  int64_t resolved[ALERT_RESOLUTION_COUNT]; /* that are resolved, by enum alert_resolution */
  time_us first;                            /* event time */
};
/* The same for the alerts of each rule whose first event is of then or later. Held alerts, which
 * nobody was sent, are not counted. */
bool store_noise_alerts(struct store *store, time_us since,
                        void (*each)(void *context, const struct store_noise_alerts *noise),
                        void *context, struct error *error);

#endif
