/*
 * Entries of the index of events by indicators, and the bytes in which they are kept. Private to
 * the store. Any thread; a list serves one.
 *
 * An entry is one number: the high 39 bits of the indicator's, then 24 bits that say which event of
 * its segment it is. Sorted, the events of one indicator follow each other, the oldest first.
 *
 * A page is some entries that follow each other: the first as a number of its own, and of each
 * further one the difference to the one before, in LEB128 (seven bits a byte, the lowest first, the
 * high bit set in all but the last). Most of these take two bytes. Nearly any bytes are such a
 * page, so each has a checksum.
 */
#ifndef STORE_SQLITE_ARCHIVE_INDICATOR_PAGE_H
#define STORE_SQLITE_ARCHIVE_INDICATOR_PAGE_H

#include "base/buffer.h"

#define INDICATOR_EVENT_BITS 24
#define INDICATOR_EVENTS_MAX (INT64_C(1) << INDICATOR_EVENT_BITS) /* that a segment may span */

struct indicator_entries {
  uint64_t *items, *scratch; /* of `capacity` */
  size_t count, capacity;
};

/* The entry of an indicator and the first event of a segment: the event's place is added to it. */
static inline uint64_t indicator_entry(uint64_t number) {
  return number >> (INDICATOR_EVENT_BITS + 1) << INDICATOR_EVENT_BITS;
}

void indicator_entries_free(struct indicator_entries *entries);
void indicator_entries_reserve(struct indicator_entries *entries, size_t count);

/* Sorts entries of which those of one indicator come in the order of their events, and drops those
 * that are there twice. */
void indicator_entries_sort(struct indicator_entries *entries);

/* Appends the bytes of a page that begins with entry `from`; returns the entry with which the next
 * one begins, or the count. */
size_t indicator_page_write(const struct indicator_entries *entries, size_t from,
                            struct buffer *page);

/* Of a page's bytes and its first entry: what is kept beside them shows whether they are still what
 * was written. CRC-32 (zlib's), so never negative. */
int64_t indicator_page_checksum(uint64_t first, struct text page);

/* Adds the entries of a page, each with `shift` added. False when the bytes are damaged. */
bool indicator_page_read(struct indicator_entries *entries, uint64_t first, struct text page,
                         uint64_t shift);

#endif
