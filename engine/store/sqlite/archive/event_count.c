/*
 * How many events of each log type an hour has, for store/store_overview.h: a row of the table
 * event_count each; and how many a block still has (block.h). Events that are added or deleted
 * together are counted here first, so that they cost a few statements and not one each. (A trigger
 * that took deleted events away made deleting take four times as long.)
 */
#include "store/sqlite/archive/archive.h"
#include "store/sqlite/archive/block.h"

/* The tally of an event, that of the last one first; `count`: there is none. */
static size_t find_tally(const struct event_tally *tallies, size_t count, size_t last, int64_t hour,
                         struct text log_type) {
  for (size_t i = 0; i < count; i++) {
    size_t at = (last + i) % count;
    if (tallies[at].hour == hour && text_equal(tallies[at].log_type, log_type))
      return at;
  }
  return count;
}

static bool write_tallies(struct store *store, const struct event_tally *tallies, size_t count,
                          int sign, struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++)
    ok =
        statement_run(store, STATEMENT_EVENT_COUNT_ADD, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(tallies[i].log_type), AS_INTEGER(tallies[i].hour),
                                          AS_INTEGER(sign * tallies[i].events)));
  return ok;
}

bool event_count_add(struct store *store, const struct store_event *events, size_t count,
                     struct error *error) {
  struct event_tally tallies[EVENT_TALLIES];
  size_t used = 0, at = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++) {
    int64_t hour = events[i].event_time / US_PER_HOUR;
    at = find_tally(tallies, used, at, hour, events[i].log_type);
    if (at == EVENT_TALLIES) {
      ok = write_tallies(store, tallies, used, 1, error);
      at = used = 0;
    }
    if (at == used)
      tallies[used++] = (struct event_tally){events[i].log_type, hour, 0};
    tallies[at].events++;
  }
  return ok && write_tallies(store, tallies, used, 1, error);
}

static bool take_row(struct store *store, struct event_tallies *tallies, struct text log_type,
                     int64_t hour, struct error *error) {
  size_t at = find_tally(tallies->items, tallies->count, tallies->last, hour, log_type);
  if (at == EVENT_TALLIES) {
    if (!write_tallies(store, tallies->items, tallies->count, -1, error))
      return false;
    arena_reset(&tallies->names);
    at = tallies->count = 0;
  }
  if (at == tallies->count)
    tallies->items[tallies->count++] =
        (struct event_tally){arena_copy(&tallies->names, log_type), hour, 0};
  tallies->items[at].events++;
  tallies->last = at;
  return true;
}

/* ---- blocks ------------------------------------------------------------------------------ */

/* A block goes with the last of its events. */
static bool write_block(struct store *store, const struct block_tally *tally, struct error *error) {
  if (tally->events == 0)
    return true;
  if (!statement_run(store, STATEMENT_BLOCK_DELETE, error,
                     STATEMENT_ARGUMENTS(AS_INTEGER(tally->block), AS_INTEGER(tally->events))))
    return false;
  return sqlite3_changes(store->db) > 0 ||
         statement_run(store, STATEMENT_BLOCK_TAKE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(tally->block), AS_INTEGER(tally->events)));
}

/* Blocks of one batch have ids that follow each other, so each has a tally for itself. A reference
 * that is damaged takes from none. */
static bool take_block(struct store *store, struct event_tallies *tallies, struct text packed,
                       struct error *error) {
  int64_t block;
  size_t place;
  if (!block_resolve(packed, &block, &place))
    return true;
  struct block_tally *tally = &tallies->blocks[block % BLOCK_TALLIES];
  if (tally->block != block) {
    if (!write_block(store, tally, error))
      return false;
    *tally = (struct block_tally){block, 0};
  }
  tally->events++;
  return true;
}

static bool write_blocks(struct store *store, const struct event_tallies *tallies,
                         struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && i < BLOCK_TALLIES; i++)
    ok = write_block(store, &tallies->blocks[i], error);
  return ok;
}

/* ---- deleting ---------------------------------------------------------------------------- */

bool event_take(struct store *store, struct event_tallies *tallies, int64_t event,
                struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_EVENT_TAKEN, error, STATEMENT_ARGUMENTS(AS_INTEGER(event)));
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  if (ok && row)
    ok = take_row(store, tallies, column_text(statement, 0), sqlite3_column_int64(statement, 1),
                  error) &&
         take_block(store, tallies, column_text(statement, 2), error);
  statement_end(statement);
  return ok;
}

bool event_taken(struct store *store, struct event_tallies *tallies, bool ok, struct error *error) {
  ok = ok && write_tallies(store, tallies->items, tallies->count, -1, error) &&
       write_blocks(store, tallies, error);
  arena_free(&tallies->names);
  *tallies = (struct event_tallies){.count = 0};
  return ok;
}
