/*
 * The archive looked at as a whole: what it has of each log type, and whether it is what was
 * written. Events are read in steps by their ids, so that no read keeps the log beside the file
 * from being cut for long.
 */
#include "base/map.h"
#include "base/memory.h"
#include "store/sqlite/archive/archive.h"
#include "store/sqlite/archive/event_block.h"
#include "store/store_archive.h"

#include <inttypes.h>
#include <stdlib.h>

#define STEP_ROWS 4096

/* ---- every event ------------------------------------------------------------------------- */

struct walk {
  struct store *store;
  void (*each)(struct walk *walk, sqlite3_stmt *statement, int64_t id);
  int64_t seen;
};

static bool walk_step(struct walk *walk, int64_t *behind, bool *more, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(walk->store, STATEMENT_EVENT_BEHIND, error,
                      STATEMENT_ARGUMENTS(AS_INTEGER(*behind), AS_INTEGER(STEP_ROWS)));
  bool row = statement, ok = statement;
  *more = false;
  while (ok && row && (ok = statement_next(walk->store, statement, &row, error)) && row) {
    *behind = sqlite3_column_int64(statement, 7);
    *more = true;
    walk->seen++;
    walk->each(walk, statement, *behind);
  }
  statement_end(statement);
  return ok;
}

/* ---- log types --------------------------------------------------------------------------- */

bool store_archive_log_types(struct store *store, void (*each)(void *context, struct text log_type),
                             void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_EVENT_LOG_TYPES, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, column_text(statement, 0));
  statement_end(statement);
  return ok;
}

struct stats {
  struct walk walk;
  struct map log_types; /* of struct store_log_type */
  struct store_log_type *last;
};

static struct store_log_type *log_type_of(struct stats *stats, struct text name, time_us time) {
  if (!stats->last || !text_equal(stats->last->log_type, name))
    stats->last = map_get(&stats->log_types, name);
  if (stats->last)
    return stats->last;
  struct store_log_type *log_type = memory_alloc(sizeof *log_type);
  map_put(&stats->log_types, name, log_type);
  log_type->log_type = stats->log_types.entries[stats->log_types.count - 1].key;
  log_type->first = log_type->last = time;
  return stats->last = log_type;
}

static void add_event(struct walk *walk, sqlite3_stmt *statement, int64_t id) {
  struct stats *stats = (struct stats *)walk;
  struct text packed = column_text(statement, 6);
  time_us time = sqlite3_column_int64(statement, 3);
  struct store_log_type *log_type = log_type_of(stats, column_text(statement, 2), time);
  int64_t plain = (int64_t)(column_text(statement, 1).size + column_text(statement, 5).size);
  int64_t kept = plain;
  (void)id;
  if (packed.size > 0)
    event_measure(walk->store, packed, &plain, &kept);
  log_type->events++;
  log_type->first = time < log_type->first ? time : log_type->first;
  log_type->last = time > log_type->last ? time : log_type->last;
  log_type->compressed += packed.size > 0;
  log_type->kept += kept;
  log_type->plain += plain;
}

static bool count_dictionaries(struct stats *stats, struct error *error) {
  struct store *store = stats->walk.store;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_DICTIONARY_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct store_log_type *log_type = map_get(&stats->log_types, column_text(statement, 6));
    if (log_type)
      log_type->dictionaries++;
  }
  statement_end(statement);
  return ok;
}

static int by_name(const void *left, const void *right) {
  const struct map_entry *a = left, *b = right;
  return text_compare(a->key, b->key);
}

bool store_archive_stats(struct store *store,
                         void (*each)(void *context, const struct store_log_type *log_type),
                         void *context, struct error *error) {
  struct stats stats = {.walk = {.store = store, .each = add_event}};
  int64_t behind = INT64_MIN;
  bool ok = true, more = true;
  while (more && (ok = walk_step(&stats.walk, &behind, &more, error)))
    continue;
  ok = ok && count_dictionaries(&stats, error);
  /* The map is walked only from here on, so its entries may be put in another order. */
  if (ok && stats.log_types.count > 1)
    qsort(stats.log_types.entries, stats.log_types.count, sizeof *stats.log_types.entries, by_name);
  for (size_t i = 0; ok && i < stats.log_types.count; i++)
    each(context, stats.log_types.entries[i].value);
  map_clear(&stats.log_types, free);
  return ok;
}

/* ---- checking ---------------------------------------------------------------------------- */

struct check {
  struct walk walk;
  const struct store_archive_check *asked;
  struct event_space space;
  struct buffer line;
};

static void report(void *context, struct text what) {
  const struct check *check = context;
  check->asked->damaged(check->asked->context, 0, what);
}

static void check_event(struct walk *walk, sqlite3_stmt *statement, int64_t id) {
  struct check *check = (struct check *)walk;
  struct store_event event;
  struct error why = ERROR_NONE;
  struct time_string time;
  if (event_read_row(walk->store, statement, &check->space, &event, &why))
    return;
  buffer_reset(&check->line);
  buffer_printf(&check->line, "the event %.*s (%.*s of %s) cannot be read: %s",
                TEXT_ARGS(event.row_id), TEXT_ARGS(event.log_type),
                time_format(event.event_time, &time), why.text);
  check->asked->damaged(check->asked->context, id, buffer_text(&check->line));
}

static bool check_events(struct check *check, int64_t total, struct error *error) {
  const struct store_archive_check *asked = check->asked;
  int64_t behind = INT64_MIN;
  bool ok, more = true;
  while ((ok = walk_step(&check->walk, &behind, &more, error)) && more)
    if (asked->progress)
      asked->progress(asked->context, check->walk.seen, total);
  return ok;
}

static bool check_dictionaries(struct check *check, struct error *error) {
  struct store *store = check->walk.store;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_DICTIONARY_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const char *why = NULL;
    dictionary_free(dictionary_from_row(statement, &why));
    if (!why)
      continue;
    buffer_reset(&check->line);
    buffer_printf(&check->line,
                  "the dictionary %" PRId64 " of %.*s %s: no event that was "
                  "compressed with it can be read",
                  (int64_t)sqlite3_column_int64(statement, 0), TEXT_ARGS(column_text(statement, 6)),
                  why);
    report(check, buffer_text(&check->line));
  }
  statement_end(statement);
  return ok;
}

/* SQLite reads the table and its index side by side. */
static bool check_index(struct check *check, struct error *error) {
  struct store *store = check->walk.store;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_EVENT_INTEGRITY, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct text line = column_text(statement, 0);
    if (text_equal(line, TEXT("ok")))
      continue;
    buffer_reset(&check->line);
    buffer_printf(&check->line, "%.*s: put a backup in the place of the state file",
                  TEXT_ARGS(line));
    report(check, buffer_text(&check->line));
  }
  statement_end(statement);
  return ok;
}

static bool check_blocks(struct check *check, struct error *error) {
  struct store *store = check->walk.store;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_BLOCK_CHECK, error, NULL, 0);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  if (ok && row) {
    buffer_reset(&check->line);
    buffer_printf(&check->line,
                  "the blocks of compressed events count %" PRId64 " events, and there are %" PRId64
                  ": some may be lost when others of their block are deleted; put a backup in the "
                  "place of the state file",
                  (int64_t)sqlite3_column_int64(statement, 0),
                  (int64_t)sqlite3_column_int64(statement, 1));
    report(check, buffer_text(&check->line));
  }
  statement_end(statement);
  return ok;
}

static bool check_counts(struct check *check, struct error *error) {
  struct store *store = check->walk.store;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_EVENT_COUNT_CHECK, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    buffer_reset(&check->line);
    buffer_printf(&check->line,
                  "the counts by hour of %.*s say %" PRId64 " events, and there are %" PRId64
                  ": charts are wrong by the difference",
                  TEXT_ARGS(column_text(statement, 0)), (int64_t)sqlite3_column_int64(statement, 1),
                  (int64_t)sqlite3_column_int64(statement, 2));
    report(check, buffer_text(&check->line));
  }
  statement_end(statement);
  return ok;
}

bool store_archive_check(struct store *store, const struct store_archive_check *asked,
                         int64_t *events, struct error *error) {
  struct check check = {.walk = {.store = store, .each = check_event}, .asked = asked};
  struct store_counts counts;
  bool ok = store_count(store, &counts, error) && check_dictionaries(&check, error) &&
            check_events(&check, counts.events, error) && check_index(&check, error) &&
            check_counts(&check, error) && check_blocks(&check, error) &&
            indicator_index_check(store, report, &check, error);
  *events = check.walk.seen;
  event_space_free(&check.space);
  buffer_free(&check.line);
  return ok;
}

bool store_archive_delete(struct store *store, int64_t event, struct error *error) {
  struct event_tallies tallies = {.count = 0};
  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok =
      event_take(store, &tallies, event, error) &&
      statement_run(store, STATEMENT_EVENT_DELETE, error, STATEMENT_ARGUMENTS(AS_INTEGER(event)));
  ok = event_taken(store, &tallies, ok, error);
  return store_scope_end(store, &scope, ok, error);
}
