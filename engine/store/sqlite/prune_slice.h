/* One slice of deleting (store_prune in store/store.h). Private to the store. */
#ifndef STORE_SQLITE_PRUNE_SLICE_H
#define STORE_SQLITE_PRUNE_SLICE_H

#include "store/sqlite/internal.h"

struct row {
  int64_t id;
  time_us time; /* when it came in; 0 where nobody asks */
};

struct slice {
  struct store *store;
  int64_t limit;
  time_us end; /* monotonic */
  struct row *rows;
  int64_t count;
  struct store_pruned pruned;
  struct event_tallies events; /* that were deleted */
  struct store_scope scope;
};

/* Begins it, in a transaction. */
bool slice_begin(struct slice *slice, struct store *store, const struct store_slice *limits,
                 struct error *error);
/* Ends it: commits when all went well. */
bool slice_end(struct slice *slice, bool ok, struct store_pruned *pruned, struct error *error);

/* Whether it has done all that it may; there is then more to do. */
bool slice_is_over(struct slice *slice);

/* Reads at most `limit` rows of a statement: ids, and times where it has them. */
bool slice_read(struct slice *slice, enum statement_id id, struct error *error,
                const struct argument *arguments, size_t count);

bool slice_delete(struct slice *slice, enum statement_id delete, int64_t id, struct error *error);
/* Deletes the rows that were read. */
bool slice_delete_all(struct slice *slice, enum statement_id delete, struct error *error);

#endif
