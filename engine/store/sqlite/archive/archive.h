/*
 * The room store/sqlite/archive is the archive of events, with the rows that were taken and the
 * index of events by their indicators.
 *
 * What the rest of the store needs of it. Threads: as in store/store.h.
 */
#ifndef STORE_SQLITE_ARCHIVE_ARCHIVE_H
#define STORE_SQLITE_ARCHIVE_ARCHIVE_H

#include "store/sqlite/handle/handle.h"

/* Makes `event_feed` known to the handle (event_feed.c). */
bool event_feed_register(struct store *store, struct error *error);

/* Reads the event of a row whose columns are row_id, source_id, log_type, event_time, parse_time
 * and record. Texts live until the statement moves on (event_feed.c). */
struct store_event event_from_row(sqlite3_stmt *statement, struct row_id_space *space);

/* Counts events that are added (event_count.c). Within their transaction. */
bool event_count_add(struct store *store, const struct store_event *events, size_t count,
                     struct error *error);

/* Forgets segments of the index all of whose events are deleted, a few at most
 * (indicator_index.c). */
bool indicator_index_prune(struct store *store, struct error *error);

#endif
