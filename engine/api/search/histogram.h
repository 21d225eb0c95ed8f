/*
 * How many events a search finds, by time.
 *
 * Where it asks for nothing but log types and a time, the counts are those that the store keeps, so
 * it takes milliseconds however many events there are. With conditions the archive is read.
 *
 * For one thread, as the search is.
 */
#ifndef API_SEARCH_HISTOGRAM_H
#define API_SEARCH_HISTOGRAM_H

#include "api/search/search.h"

#define HISTOGRAM_BUCKETS_MAX 500

struct histogram {
  time_us begin; /* of the first bucket: a whole number of widths since 1970 */
  time_us since, until;
  int64_t width;
  int64_t counts[HISTOGRAM_BUCKETS_MAX];
  size_t count;
  int64_t total;
  bool complete; /* false: the time was over, and the latest were counted */
};

/* At most `buckets` of them, over the time that is asked for; without a beginning from the first
 * event that there is, without an end to `now`. False with the reason. */
bool histogram_count(struct search *search, const struct search_run *run, size_t buckets,
                     time_us now, struct histogram *histogram, struct error *error);

#endif
