/*
 * The room store/sqlite is the store over SQLite, and the only place that knows SQL.
 *
 * What the files of the store share. Nothing outside engine/store/ and its tests includes this.
 *
 * Threads: as in store/store.h; whatever has a handle here runs on the thread that uses it.
 */
#ifndef STORE_SQLITE_INTERNAL_H
#define STORE_SQLITE_INTERNAL_H

#include "store/sqlite/statement.h"
#include "store/store.h"

/* How long a statement waits for another writer. */
#define STORE_BUSY_TIMEOUT_MS 30000

/* The events that the table-valued `event_feed` reads: they go into the archive with one statement
 * for all of them, which costs half of what one statement for each does. */
struct event_feed {
  const struct store_event *events;
  size_t count;
};

struct store {
  sqlite3 *db;
  char *path;         /* for errors */
  struct clock clock; /* when a row came in; tests may set it */
  bool in_transaction;
  bool broken; /* a statement of the open transaction failed: only a rollback helps */
  sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared at first use */
  struct event_feed feed;
  int64_t prune_behind[STORE_PARTS]; /* ids that store_prune goes on behind */
};

/* Makes `event_feed` known to the handle (event_feed.c). */
bool event_feed_register(struct store *store, struct error *error);

/* Set the error, in words for a person: from the handle's last failure, or from an errno. Always
 * return false (failure.c). */
bool store_fail(struct store *store, struct error *error);
bool store_fail_system(struct store *store, int number, struct error *error);

/* Creates the tables or brings them up to date (migration.c). */
bool store_migrate(struct store *store, struct error *error);
/* Whether it is up to date; else the reason. */
bool store_is_current(struct store *store, struct error *error);

/*
 * For a function that needs several statements: opens a transaction unless the caller has one
 * open; scope_end commits it when all went well and takes it back when not. The caller's own
 * transaction is left to the caller (scope.c).
 */
struct store_scope {
  bool own;
};
bool store_scope_begin(struct store *store, struct store_scope *scope, struct error *error);
bool store_scope_end(struct store *store, struct store_scope *scope, bool ok, struct error *error);

/* Forgets segments of the index all of whose events are deleted, a few at most
 * (indicator_index.c). */
bool indicator_index_prune(struct store *store, struct error *error);

/* The first id of a part, and the one from which on its rows came in at `at` or later: right as far
 * as ids follow times, and 0 when there are no rows. Not for windows (store_prune.c). */
bool store_id_at(struct store *store, enum store_part part, time_us at, int64_t *first, int64_t *id,
                 struct error *error);

/* Whether commits wait for the disk, as they do from the start. A commit that does not is in the
 * log, for all to see, and is synced with the next one that does; a power failure may take it back.
 * Within a transaction, and in a scratch store, the setting stays as it is (scope.c). */
void store_sync_commits(struct store *store, bool sync);

/* Reads the alert that starts at column `first` of a row made of ALERT_COLUMNS. Texts live until
 * the statement moves on. */
void alert_from_row(sqlite3_stmt *statement, int first, struct alert *alert);
/* Reads the event of a row whose columns are row_id, source_id, log_type, event_time, parse_time
 * and record. Texts live until the statement moves on. */
struct store_event event_from_row(sqlite3_stmt *statement, struct row_id_space *space);
/* Fills what an alert sums up; the text lives in the buffer. */
bool store_alert_attributes(struct store *store, struct alert *alert, struct buffer *json,
                            struct error *error);

#endif
