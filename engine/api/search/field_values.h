/* Which values the fields of found events have: a sample of the latest is looked at. For one
 * thread. */
#ifndef API_SEARCH_FIELD_VALUES_H
#define API_SEARCH_FIELD_VALUES_H

#include "api/search/search.h"

#define FIELD_VALUES_FIELDS_MAX 64

/* Looks at what the search finds, as far as the limit of the run, and appends the members
 * "sampled", "complete" and "fields" of a JSON object that is being written: of each field the
 * commonest values, at most `most`. `fields` are paths; none: every field that is there, those
 * within objects by their paths, as far as FIELD_VALUES_FIELDS_MAX. False with the reason. */
bool field_values_append(struct search *search, const struct search_run *run,
                         const struct text *fields, size_t field_count, size_t most,
                         struct buffer *json, struct error *error);

#endif
