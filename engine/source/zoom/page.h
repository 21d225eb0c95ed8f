/*
 * Zoom API pages: finds the raw bytes of each record in a page's array, so that what margay keeps
 * and hashes is what Zoom sent. Any thread.
 */
#ifndef SOURCE_ZOOM_PAGE_H
#define SOURCE_ZOOM_PAGE_H

#include "base/text.h"

/* The array's name -> the log type of its records. */
struct page_kind {
  const char *array, *log_type;
};
extern const struct page_kind page_kinds[]; /* ends with an array of NULL */

/* Calls `each` with the bytes of every element of the top-level member `array`, which must be an
 * array. The page must be valid JSON (json_read said so). False when there is no such array. */
bool page_records(struct text page, struct text array,
                  void (*each)(void *context, struct text record), void *context);

#endif
