/*
 * Deleting what is past its retention, a slice at a time.
 *
 * Rows are deleted one by one, by their ids, until the slice's time is over. One statement for many
 * rows would be a little cheaper, but nothing could end it: a thousand records of 16 MiB take
 * minutes, a thousand of Zoom's a few milliseconds.
 */
#include "store/sqlite/internal.h"
#include "store/sqlite/prune_slice.h"

#include "base/arena.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

struct part {
  const char *name;
  /* Of tables whose ids follow their times: the rows behind an id, as (id, time), and the last id.
   */
  enum statement_id oldest, last;
  enum statement_id delete;
};

static const struct part parts[STORE_PARTS] = {
    [STORE_EVENTS] = {"events", STATEMENT_EVENT_OLDEST, STATEMENT_EVENT_LAST,
                      STATEMENT_EVENT_DELETE},
    [STORE_DEAD_LETTERS] = {"dead_letters", STATEMENT_DEAD_LETTER_OLDEST,
                            STATEMENT_DEAD_LETTER_LAST, STATEMENT_DEAD_LETTER_DELETE},
    [STORE_MATCHES] = {"matches", STATEMENT_MATCH_OLDEST, STATEMENT_MATCH_LAST,
                       STATEMENT_MATCH_DELETE},
    [STORE_WINDOWS] = {"windows", STATEMENT_COUNT, STATEMENT_COUNT, STATEMENT_WINDOW_DELETE},
    [STORE_ALERTS] = {"alerts", STATEMENT_ALERT_OLDEST, STATEMENT_ALERT_LAST,
                      STATEMENT_ALERT_DELETE},
};

const char *store_part_name(enum store_part part) {
  return parts[part].name;
}

/* ---- alerts ------------------------------------------------------------------------------ */

static bool alert_is_past(struct store *store, time_us before, int64_t number, bool *past,
                          struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_IS_PAST, error,
                      STATEMENT_ARGUMENTS(AS_INTEGER(before), AS_INTEGER(number)));
  bool ok = statement && statement_next(store, statement, past, error);
  statement_end(statement);
  return ok;
}

/* An alert may have very many matches, so they go first, and it when they are gone. */
static bool delete_alert(struct slice *slice, int64_t number, struct error *error) {
  struct slice matches = *slice;
  matches.limit = slice->limit - slice->pruned.rows;
  matches.rows = memory_alloc_array((size_t)matches.limit, sizeof *matches.rows);
  matches.pruned.rows = 0;
  bool ok = slice_read(&matches, STATEMENT_ALERT_MATCHES, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(number), AS_INTEGER(matches.limit))) &&
            slice_delete_all(&matches, STATEMENT_MATCH_DELETE, error);
  free(matches.rows);
  slice->pruned.rows += matches.pruned.rows;
  return ok && (matches.pruned.more || slice_is_over(slice) ||
                slice_delete(slice, STATEMENT_ALERT_DELETE, number, error));
}

/* ---- tables whose ids follow their times ------------------------------------------------- */

/* Deletes a row that came in before `before`, unless it must stay. */
static bool delete_row(struct slice *slice, enum store_part part, time_us before, int64_t id,
                       struct error *error) {
  bool past = true;
  if (part != STORE_ALERTS)
    return slice_delete(slice, parts[part].delete, id, error);
  return alert_is_past(slice->store, before, id, &past, error) &&
         (!past || delete_alert(slice, id, error));
}

/* The first row that is young enough is the end: the next slice begins at the first row. Until then
 * it goes on behind what this one left in place: alerts that are still to be delivered, rows with a
 * time that is still to come. */
static bool prune_oldest(struct slice *slice, enum store_part part, time_us before,
                         struct error *error) {
  struct store *store = slice->store;
  int64_t *behind = &store->prune_behind[part];
  time_us now = clock_now(&store->clock);
  if (!slice_read(slice, parts[part].oldest, error,
                  STATEMENT_ARGUMENTS(AS_INTEGER(*behind), AS_INTEGER(slice->limit))))
    return false;
  bool end = slice->count < slice->limit;
  for (int64_t i = 0; i < slice->count && !slice_is_over(slice); i++) {
    const struct row *row = &slice->rows[i];
    if (row->time < before) {
      if (!delete_row(slice, part, before, row->id, error))
        return false;
    } else if (row->time <= now) {
      end = true;
      break;
    }
    if (!slice_is_over(slice))
      *behind = row->id;
  }
  slice->pruned.more = slice->pruned.more || !end;
  if (!slice->pruned.more)
    *behind = 0;
  return true;
}

bool store_prune(struct store *store, enum store_part part, time_us before,
                 const struct store_slice *limits, struct store_pruned *pruned,
                 struct error *error) {
  struct slice slice;
  *pruned = (struct store_pruned){.rows = 0};
  if (!slice_begin(&slice, store, limits, error))
    return false;
  bool ok;
  if (part == STORE_WINDOWS)
    ok = slice_read(&slice, STATEMENT_WINDOW_PAST, error,
                    STATEMENT_ARGUMENTS(AS_INTEGER(before), AS_INTEGER(slice.limit))) &&
         slice_delete_all(&slice, STATEMENT_WINDOW_DELETE, error);
  else
    ok = prune_oldest(&slice, part, before, error);
  if (part == STORE_EVENTS && slice.pruned.rows > 0)
    ok = ok && indicator_index_prune(store, error);
  if (part == STORE_DEAD_LETTERS && slice.pruned.rows > 0)
    ok = ok && statement_run(store, STATEMENT_DEAD_LETTER_REASON_PRUNE, error, NULL, 0);
  return slice_end(&slice, ok, pruned, error);
}

/* ---- what stateful rules and correlations remember --------------------------------------- */

bool store_kv_prune(struct store *store, int64_t grace, const struct store_slice *limits,
                    struct store_pruned *pruned, struct error *error) {
  struct slice slice;
  *pruned = (struct store_pruned){.rows = 0};
  if (!slice_begin(&slice, store, limits, error))
    return false;
  bool ok = slice_read(&slice, STATEMENT_KV_PAST, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(grace),
                                           AS_INTEGER(clock_now(&store->clock) - grace),
                                           AS_INTEGER(slice.limit))) &&
            slice_delete_all(&slice, STATEMENT_KV_DELETE_ID, error);
  return slice_end(&slice, ok, pruned, error);
}

bool store_correlation_prune(struct store *store, time_us before, int64_t grace,
                             const struct store_slice *limits, struct store_pruned *pruned,
                             struct error *error) {
  struct slice slice;
  *pruned = (struct store_pruned){.rows = 0};
  if (!slice_begin(&slice, store, limits, error))
    return false;
  bool ok = slice_read(&slice, STATEMENT_CORRELATION_PAST, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(before),
                                           AS_INTEGER(clock_now(&store->clock) - grace),
                                           AS_INTEGER(slice.limit))) &&
            slice_delete_all(&slice, STATEMENT_CORRELATION_DELETE_ID, error);
  return slice_end(&slice, ok, pruned, error);
}

/* ---- receipts ---------------------------------------------------------------------------- */

/* One statement: all of them are small, so nothing has to end it. */
bool store_receipt_prune(struct store *store, time_us before, const struct store_slice *limits,
                         struct store_pruned *pruned, struct error *error) {
  struct slice slice;
  *pruned = (struct store_pruned){.rows = 0};
  if (!slice_begin(&slice, store, limits, error))
    return false;
  bool ok = statement_run(store, STATEMENT_RECEIPT_PRUNE, error,
                          STATEMENT_ARGUMENTS(AS_INTEGER(before), AS_INTEGER(slice.limit)));
  slice.pruned.rows = ok ? sqlite3_changes(store->db) : 0;
  slice.pruned.more = slice.pruned.rows == slice.limit;
  return slice_end(&slice, ok, pruned, error);
}

/* ---- the rows that were taken ------------------------------------------------------------- */

/* Rows are looked at in the order of their ids, which is not that of their times: an index by time
 * would cost every row that comes in more than this does. */
#define LOOKED_AT_PER_ROW 16

struct old_rows {
  struct arena arena;
  struct text *ids;
  int64_t count;
};

/* Reads from `next` on, and sets it to the first row that was not looked at; empty: there is none.
 * Outside of a transaction, so nobody waits for it. */
static bool read_old_rows(struct store *store, struct text source_id, time_us before, int64_t limit,
                          struct buffer *next, struct old_rows *old, struct error *error) {
  struct row_id_space space;
  int64_t left = limit * LOOKED_AT_PER_ROW;
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_ROW_FROM, error,
      STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(buffer_text(next)), AS_INTEGER(left + 1)));
  bool ok = statement, row = statement;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row && left > 0 &&
         old->count < limit) {
    if (sqlite3_column_int64(statement, 1) < before)
      old->ids[old->count++] = arena_copy(&old->arena, column_row_id(statement, 0, &space));
    left--;
  }
  buffer_reset(next);
  if (ok && row)
    buffer_append_text(next, column_row_id(statement, 0, &space));
  statement_end(statement);
  return ok;
}

static bool delete_old_rows(struct slice *slice, struct text source_id, const struct old_rows *old,
                            struct buffer *next, struct error *error) {
  for (int64_t i = 0; i < old->count; i++) {
    if (slice_is_over(slice)) {
      buffer_reset(next);
      buffer_append_text(next, old->ids[i]);
      return true;
    }
    if (!statement_run(slice->store, STATEMENT_ROW_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(old->ids[i]))))
      return false;
    slice->pruned.rows++;
  }
  return true;
}

bool store_row_prune(struct store *store, struct text source_id, time_us before,
                     const struct store_slice *limits, struct buffer *next,
                     struct store_pruned *pruned, struct error *error) {
  struct slice slice;
  struct old_rows old = {.ids = memory_alloc_array((size_t)limits->rows, sizeof *old.ids)};
  *pruned = (struct store_pruned){.rows = 0};
  bool ok = read_old_rows(store, source_id, before, limits->rows, next, &old, error);
  if (ok && old.count > 0)
    ok = slice_begin(&slice, store, limits, error) &&
         slice_end(&slice, delete_old_rows(&slice, source_id, &old, next, error), pruned, error);
  pruned->more = next->size > 0;
  arena_free(&old.arena);
  free(old.ids);
  return ok;
}

/* ---- how much there is to do ------------------------------------------------------------- */

/* The first row behind an id; *found = false when there is none. */
static bool row_behind(struct store *store, enum store_part part, int64_t behind, struct row *row,
                       bool *found, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, parts[part].oldest, error,
                                            STATEMENT_ARGUMENTS(AS_INTEGER(behind), AS_INTEGER(1)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    *row = (struct row){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1)};
  statement_end(statement);
  return ok;
}

static bool last_id(struct store *store, enum store_part part, int64_t *id, struct error *error) {
  bool row;
  sqlite3_stmt *statement = statement_start(store, parts[part].last, error, NULL, 0);
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok)
    *id = sqlite3_column_int64(statement, 0);
  statement_end(statement);
  return ok;
}

/* The first id of a part, and the one from which on its rows came in at `at` or later: right as far
 * as ids follow times, and 0 when there are no rows. Not for windows. By halves, between the first
 * row and the last one: some twenty look-ups. Ids have few gaps. */
static bool store_id_at(struct store *store, enum store_part part, time_us at, int64_t *first,
                        int64_t *id, struct error *error) {
  struct row row;
  bool found;
  int64_t last;
  *first = *id = 0;
  if (!row_behind(store, part, 0, &row, &found, error) || !last_id(store, part, &last, error))
    return false;
  if (found)
    *first = *id = row.id;
  if (!found || row.time >= at)
    return true;
  int64_t stale = row.id, young = last + 1; /* what is behind `stale` is not known */
  while (young - stale > 1) {
    int64_t middle = stale + (young - stale) / 2;
    if (!row_behind(store, part, middle - 1, &row, &found, error))
      return false;
    if (found && row.time < at)
      stale = row.id;
    else
      young = middle;
  }
  *id = stale + 1;
  return true;
}

bool store_stale(struct store *store, enum store_part part, time_us before, int64_t *rows,
                 struct error *error) {
  int64_t first = 0, young = 0;
  bool ok = part == STORE_WINDOWS || store_id_at(store, part, before, &first, &young, error);
  *rows = young - first;
  return ok;
}

/* Retention by log type leaves gaps in the ids of events; they are counted by the hour. */
static bool count_events(struct store *store, int64_t *rows, struct error *error) {
  bool row;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_EVENT_TOTAL, error, NULL, 0);
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok)
    *rows = sqlite3_column_int64(statement, 0);
  statement_end(statement);
  return ok;
}

bool store_extent(struct store *store, enum store_part part, int64_t *rows, time_us *oldest,
                  struct error *error) {
  struct row row;
  bool found;
  int64_t last;
  *rows = 0;
  *oldest = TIME_NONE;
  if (!row_behind(store, part, 0, &row, &found, error) || !last_id(store, part, &last, error))
    return false;
  if (found) {
    *rows = last - row.id + 1;
    *oldest = row.time;
  }
  return part != STORE_EVENTS || count_events(store, rows, error);
}
