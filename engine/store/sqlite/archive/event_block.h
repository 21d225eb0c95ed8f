/*
 * Blocks of events as rows (block.h). A block's row says how many of its events there still are; it
 * goes with the last of them, in the same transaction. Blocks never change and no id is given
 * twice, so a handle keeps some unpacked for the events that it reads next.
 *
 * Private to the store. Threads: as in store/store.h.
 */
#ifndef STORE_SQLITE_ARCHIVE_EVENT_BLOCK_H
#define STORE_SQLITE_ARCHIVE_EVENT_BLOCK_H

#include "store/sqlite/archive/packing.h"

/* ---- adding ---- */

/* Before events are added, after packing_prepare and within their transaction: packs those that
 * belong together. */
bool event_blocks_add(struct store *store, const struct store_event *events, size_t count,
                      struct error *error);
/* The packed bytes of one of these events; they live until the next call. False: it is in no
 * block. */
bool event_blocks_refer(struct store *store, size_t event, struct text *packed);
/* Whether all of these events are in blocks. */
bool event_blocks_hold_all(const struct store *store);
/* After they were added, or were not. */
void event_blocks_added(struct store *store);

/* ---- reading ---- */

/* The source's id and the record of an event's packed bytes, in `unpacked`, however it was packed.
 * What the error says is to be put behind a place. */
bool event_unpack(struct store *store, struct text packed, struct buffer *unpacked,
                  struct text *source_id, struct text *record, struct error *error);

/* How many bytes its source's id and record have, and how many they take; *plain is 0 when it
 * cannot be read. */
void event_measure(struct store *store, struct text packed, int64_t *plain, int64_t *kept);

/* Frees the blocks that are kept unpacked. */
void event_blocks_forget(struct store *store);

#endif
