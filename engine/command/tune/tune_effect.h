/* What an entry of tuning would have done to the archive. Private to the room. */
#ifndef COMMAND_TUNE_TUNE_EFFECT_H
#define COMMAND_TUNE_TUNE_EFFECT_H

#include "api/backtest/outcome.h"

/* Both detections have the same rules; `after` has the entry. `chosen` as in outcome_request. */
struct tune_effect {
  struct detection *before, *after;
  const bool *chosen;
  bool excepts; /* the entry has exceptions */
  struct store *store;
  time_us since, until;
};

/* Runs both over the archive and appends what differs: for people, or with `json` as members of an
 * object that is being written. */
bool tune_effect_write(const struct tune_effect *effect, bool json, struct buffer *out,
                       struct error *error);

#endif
