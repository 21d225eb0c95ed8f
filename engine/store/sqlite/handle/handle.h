/*
 * The room store/sqlite/handle is a handle on the state file: the list of statements, how they and
 * transactions run, and what is said when they fail.
 *
 * Nothing outside engine/store/sqlite/ and its tests includes this. Threads: as in store/store.h;
 * whatever has a handle here runs on the thread that uses it.
 */
#ifndef STORE_SQLITE_HANDLE_HANDLE_H
#define STORE_SQLITE_HANDLE_HANDLE_H

#include "store/sqlite/handle/statement.h"
#include "store/store.h"

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
  bool broken;        /* a statement of the open transaction failed: only a rollback helps */
  uint64_t rollbacks; /* how many transactions were taken back */
  sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared at first use */
  struct event_feed feed;
  struct packing *packing;     /* archive/packing.h; NULL: no event was packed or unpacked yet */
  struct event_blocks *blocks; /* archive/event_block.h; NULL: there was none yet */
  struct packer *states;       /* store_memory.c; NULL: none was packed or unpacked yet */
  struct indicator_pending *pending;   /* archive/indicator_index.c; NULL: nothing is */
  int64_t prune_behind[STORE_PARTS];   /* ids that store_prune goes on behind */
  struct event_pruning *event_pruning; /* store_event_prune.c; NULL: it was not asked for */
  int64_t others_version; /* PRAGMA data_version when store_others_wrote was asked last */
};

/* Set the error, in words for a person: from the handle's last failure, or from an errno. Always
 * return false (failure.c). */
bool store_fail(struct store *store, struct error *error);
bool store_fail_system(struct store *store, int number, struct error *error);

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

/* Whether commits wait for the disk, as they do from the start. A commit that does not is in the
 * log, for all to see, and is synced with the next one that does; a power failure may take it back.
 * Within a transaction, and in a scratch store, the setting stays as it is (scope.c). */
void store_sync_commits(struct store *store, bool sync);

#endif
