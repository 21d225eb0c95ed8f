/*
 * Blocks: some events of one log type that came together, packed together (packer.h). What they
 * have in common is so written once, and zstd's start is paid once: a block of 32 takes half of
 * what its events take one by one, and a third of the time.
 *
 *   what is packed   the number of events; of each the length of its source's id plus one (0: its
 *                    source is that of the event before) and the length of its record; then of
 *                    each the source's id, unless it is that of the event before, and the record
 *   reference        0, the number of the block, the place in it, and a byte that checks these. An
 *                    event that was packed by itself has another first byte: its dictionary's
 *                    number, which is not 0
 *
 * All numbers are LEB128 (number.h). Nothing here knows the store. Threads: as for any value.
 */
#ifndef STORE_SQLITE_ARCHIVE_BLOCK_H
#define STORE_SQLITE_ARCHIVE_BLOCK_H

#include "base/buffer.h"

/* The version of the layout above; it stands beside each block. */
#define BLOCK_FORMAT 1

/* How many events margay puts into one. Twice as many take a twentieth less, and the read of a
 * single event twice as long; fewer than four are as small by themselves. */
#define BLOCK_EVENTS 32
#define BLOCK_EVENTS_MIN 4
/* Records of this size together end a block: a row of some KiB leaves little of a page unused. */
#define BLOCK_BYTES ((size_t)16 * 1024)

/* What a block of this format may have at most. */
#define BLOCK_EVENTS_MAX 64
#define BLOCK_UNPACKED_MAX ((size_t)64 * 1024)

struct block_event {
  struct text source_id, record;
};

/* Appends what is packed of `count` events, 1 to BLOCK_EVENTS_MAX. */
void block_write(struct buffer *bytes, const struct block_event *events, size_t count);

/* Finds the events in bytes that may be any; their texts point into these. Returns how many there
 * are; 0: they are damaged. */
size_t block_read(struct text bytes, struct block_event events[BLOCK_EVENTS_MAX]);

#define BLOCK_REFERENCE_MAX 12
struct block_reference {
  char bytes[BLOCK_REFERENCE_MAX];
  size_t size;
};
/* `block` is above 0, `place` below BLOCK_EVENTS_MAX. */
struct block_reference block_refer(int64_t block, size_t place);

/* Whether the packed bytes of an event are a reference, sound or damaged. */
static inline bool block_is_reference(struct text packed) {
  return packed.size > 0 && packed.data[0] == 0;
}

/* False: it is damaged. */
bool block_resolve(struct text reference, int64_t *block, size_t *place);

#endif
