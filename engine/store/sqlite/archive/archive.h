/*
 * The room store/sqlite/archive is the archive of events, with the rows that were taken and the
 * index of events by their indicators.
 *
 * What the rest of the store needs of it. Threads: as in store/store.h.
 */
#ifndef STORE_SQLITE_ARCHIVE_ARCHIVE_H
#define STORE_SQLITE_ARCHIVE_ARCHIVE_H

#include "base/arena.h"
#include "store/sqlite/handle/handle.h"

/* Makes `event_feed` known to the handle (event_feed.c). */
bool event_feed_register(struct store *store, struct error *error);

/* For the texts of an event that are not in its row as they are. Serves one row after the other. */
struct event_space {
  struct row_id_space row_id;
  struct buffer unpacked;
};
#define EVENT_SPACE_NONE                                                                           \
  {                                                                                                \
    .unpacked = {.data = NULL }                                                                    \
  }
void event_space_free(struct event_space *space);

/* Reads the event of a row whose first columns are EVENT_COLUMNS. Texts live until the statement
 * moves on or the space is used again. False, with the event's place in the error, when it was
 * packed and cannot be unpacked; all but its source and record are set then (event_feed.c). */
bool event_from_row(struct store *store, sqlite3_stmt *statement, struct event_space *space,
                    struct store_event *event, struct error *error);
/* The same without the place in the error. */
bool event_read_row(struct store *store, sqlite3_stmt *statement, struct event_space *space,
                    struct store_event *event, struct error *why);

/* Releases what store_event_add_indexed keeps for the handle (indicator_index.c). */
void indicator_pending_free(struct store *store);

/* Calls `damaged` with a line for each segment of the index that is damaged (indicator_index.c). */
bool indicator_index_check(struct store *store, void (*damaged)(void *context, struct text what),
                           void *context, struct error *error);

/* Release what packing.h and event_block.h keep for the handle. */
void packing_free(struct store *store);
void event_blocks_free(struct store *store);

/* Counts events that are added (event_count.c). Within their transaction. */
bool event_count_add(struct store *store, const struct store_event *events, size_t count,
                     struct error *error);

/* Events of a transaction that are deleted, counted until they are taken away together. Zeroed:
 * none. */
#define EVENT_TALLIES 16 /* hours and log types that a batch may go back and forth between */
#define BLOCK_TALLIES 64 /* blocks */
struct event_tallies {
  struct event_tally {
    struct text log_type;
    int64_t hour, events;
  } items[EVENT_TALLIES];
  size_t count, last;
  struct arena names;
  struct block_tally {
    int64_t block, events;
  } blocks[BLOCK_TALLIES];
};

/* To be called before the event is deleted, and at the end of the transaction, which frees them
 * (with `ok` false they are only freed): the hour that counts it and the block that has it are a
 * row each (event_count.c). */
bool event_take(struct store *store, struct event_tallies *tallies, int64_t event,
                struct error *error);
bool event_taken(struct store *store, struct event_tallies *tallies, bool ok, struct error *error);

/* Forgets segments of the index all of whose events are deleted, a few at most
 * (indicator_index.c). */
bool indicator_index_prune(struct store *store, struct error *error);

#endif
