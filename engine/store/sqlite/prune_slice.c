#include "store/sqlite/prune_slice.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

bool slice_begin(struct slice *slice, struct store *store, const struct store_slice *limits,
                 struct error *error) {
  assert(limits->rows > 0);
  *slice = (struct slice){
      .store = store, .limit = limits->rows, .end = clock_monotonic() + limits->most_us};
  store_sync_commits(store, false);
  if (store_scope_begin(store, &slice->scope, error)) {
    slice->rows = memory_alloc_array((size_t)slice->limit, sizeof *slice->rows);
    return true;
  }
  store_sync_commits(store, true);
  return false;
}

bool slice_end(struct slice *slice, bool ok, struct store_pruned *pruned, struct error *error) {
  ok = event_taken(slice->store, &slice->events, ok, error);
  ok = store_scope_end(slice->store, &slice->scope, ok, error);
  store_sync_commits(slice->store, true);
  free(slice->rows);
  if (ok)
    *pruned = slice->pruned;
  return ok;
}

bool slice_is_over(struct slice *slice) {
  bool over = slice->pruned.rows >= slice->limit ||
              (slice->pruned.rows > 0 && clock_monotonic() >= slice->end);
  slice->pruned.more = slice->pruned.more || over;
  return over;
}

bool slice_read(struct slice *slice, enum statement_id id, struct error *error,
                const struct argument *arguments, size_t count) {
  sqlite3_stmt *statement = statement_start(slice->store, id, error, arguments, count);
  bool ok = statement, row = statement;
  slice->count = 0;
  while (ok && slice->count < slice->limit &&
         (ok = statement_next(slice->store, statement, &row, error)) && row)
    slice->rows[slice->count++] =
        (struct row){sqlite3_column_int64(statement, 0),
                     sqlite3_column_count(statement) > 1 ? sqlite3_column_int64(statement, 1) : 0};
  statement_end(statement);
  return ok;
}

bool slice_delete(struct slice *slice, enum statement_id delete, int64_t id, struct error *error) {
  if (delete == STATEMENT_EVENT_DELETE && !event_take(slice->store, &slice->events, id, error))
    return false;
  if (!statement_run(slice->store, delete, error, STATEMENT_ARGUMENTS(AS_INTEGER(id))))
    return false;
  slice->pruned.rows++;
  return true;
}

bool slice_delete_all(struct slice *slice, enum statement_id delete, struct error *error) {
  slice->pruned.more = slice->count == slice->limit;
  for (int64_t i = 0; i < slice->count && !slice_is_over(slice); i++)
    if (!slice_delete(slice, delete, slice->rows[i].id, error))
      return false;
  return true;
}
