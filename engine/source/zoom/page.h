/*
 * Zoom API pages: finds the raw bytes of each record in a page's array, so that what margay keeps
 * and hashes is what Zoom sent. Any thread.
 */
#ifndef SOURCE_ZOOM_PAGE_H
#define SOURCE_ZOOM_PAGE_H

#include "base/text.h"

/* The array's name -> the log type of its records. Several reports call their array
 * operation_logs: the first row of a name is for records that no other one's mark is in. */
struct page_kind {
  const char *array, *log_type;
  const char *mark; /* a key that each of its records has, and no record of the others; or NULL */
};
extern const struct page_kind page_kinds[]; /* ends with an array of NULL */

const struct page_kind *page_kind_find(struct text array); /* the first one, or NULL */

/* The log type of a record in the array of `kind` (the first one of its name), by the marks. */
const char *page_kind_log_type(const struct page_kind *kind, struct text record);

/* Calls `each` with the bytes of every element of the top-level member `array`, which must be an
 * array. The page must be valid JSON (json_read said so). False when there is no such array, or
 * another member of that name: for JSON the last one counts, and that is not the one whose elements
 * were given. */
bool page_records(struct text page, struct text array,
                  void (*each)(void *context, struct text record), void *context);

#endif
