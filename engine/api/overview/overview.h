/*
 * The room api/overview answers what a first page shows: how many alerts and events there were, who
 * and what stands out, and how sources are.
 *
 * Events are counted by what the store has counted, alerts by reading them, so that all of it takes
 * milliseconds however large the archive is. What events say of actions, clients and countries is a
 * sample, and says so.
 */
#ifndef API_OVERVIEW_OVERVIEW_H
#define API_OVERVIEW_OVERVIEW_H

#include "detect/detection.h"
#include "store/store.h"

struct overview_ask {
  struct store *store;
  const struct detection *detection; /* its schemas' data models say what fields mean */
  time_us since, now;                /* since: rounded down to an hour */
};

/* Appends one JSON object. False with the reason. For one thread. */
bool overview_append(const struct overview_ask *ask, struct buffer *json, struct error *error);

#endif
