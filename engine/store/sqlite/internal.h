/*
 * The room store/sqlite is the store over SQLite, and the only place that knows SQL.
 *
 * What the files of the store share. Nothing outside engine/store/ and its tests includes this.
 *
 * Threads: as in store/store.h; whatever has a handle here runs on the thread that uses it.
 */
#ifndef STORE_SQLITE_INTERNAL_H
#define STORE_SQLITE_INTERNAL_H

#include "store/sqlite/archive/archive.h"
#include "store/sqlite/handle/handle.h"
#include "store/store.h"

/* How long a statement waits for another writer. */
#define STORE_BUSY_TIMEOUT_MS 30000

/* Creates the tables or brings them up to date (migration.c). */
bool store_migrate(struct store *store, struct error *error);
/* Whether it is up to date; else the reason. */
bool store_is_current(struct store *store, struct error *error);

/* Releases what store_event_prune.c keeps for the handle. */
void event_pruning_free(struct store *store);

/* Reads the alert that starts at column `first` of a row made of ALERT_COLUMNS. Texts live until
 * the statement moves on. */
void alert_from_row(sqlite3_stmt *statement, int first, struct alert *alert);

/* Reads the columns at, who, via, action, resolution, assignee and note, from the first one on. */
#define HISTORY_COLUMN_COUNT 7
struct alert_history;
void history_from_row(sqlite3_stmt *statement, struct alert_history *history);
/* Fills what an alert sums up; the text lives in the buffer. */
bool store_alert_attributes(struct store *store, struct alert *alert, struct buffer *json,
                            struct error *error);

/* Why a row of the outbox is pending. */
struct outbox_news {
  enum alert_occasion occasion;
  bool over; /* RESOLVED: by margay itself */
  struct text who, note;
};
/* Puts it on the way to the destinations that have a row of the alert and want it; *queued grows by
 * the rows that are pending because of it. Within a transaction (store_outbox_news.c). */
bool outbox_queue_news(struct store *store, struct text alert_id, const struct outbox_news *news,
                       int64_t *queued, struct error *error);
/* After a result of a row was recorded: what waited behind follows it, due at `due`. */
bool outbox_follow_up(struct store *store, int64_t row_id, time_us due, struct error *error);

/* From what a delivery stands for and nothing else, so that an alert which is made again after a
 * crash keeps its key. Half a SHA-256 in hex is safe in any header. */
#define OUTBOX_KEY_SIZE 32
struct outbox_key {
  char hex[OUTBOX_KEY_SIZE + 1];
};
struct text outbox_key(struct text alert_id, struct text destination_id, int64_t revision,
                       struct outbox_key *key);

#endif
