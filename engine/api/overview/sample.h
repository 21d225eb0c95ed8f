/* What a sample of the events of some time says: by the names that data models give to fields.
 * Private to the room. */
#ifndef API_OVERVIEW_SAMPLE_H
#define API_OVERVIEW_SAMPLE_H

#include "api/overview/overview.h"
#include "api/search/value_counts.h"

/* Starts zeroed. */
struct sample {
  struct value_counts actions, clients, countries;
  uint64_t events; /* that were looked at */
};

/* Looks at the latest events of each of some parts of the time, of each log type whose data model
 * names one of these fields. A country is what the model calls so, or that of the address in a
 * GeoIP table. False with the reason. */
bool sample_take(const struct overview_ask *ask, const struct text *log_types, size_t count,
                 struct sample *sample, struct error *error);
void sample_clear(struct sample *sample);

#endif
