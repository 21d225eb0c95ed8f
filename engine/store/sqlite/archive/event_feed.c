/*
 * Events as rows. The table-valued `event_feed` is an array of events in memory as rows that SQL
 * can read, so that one INSERT … SELECT puts a whole batch into the archive. The texts are not
 * copied on the way. event_from_row is the way back.
 */
#include "store/sqlite/archive/archive.h"

#include "base/memory.h"

#include <stdlib.h>

enum feed_column {
  FEED_ROW_ID,
  FEED_SOURCE_ID,
  FEED_LOG_TYPE,
  FEED_EVENT_TIME,
  FEED_PARSE_TIME,
  FEED_RECORD,
};
#define FEED_TABLE                                                                                 \
  "CREATE TABLE event_feed (row_id, source_id, log_type, event_time, parse_time, record)"

struct feed_table {
  sqlite3_vtab base; /* SQLite's part */
  const struct event_feed *feed;
};

struct feed_cursor {
  sqlite3_vtab_cursor base; /* SQLite's part */
  size_t at;
  struct packed_row_id row_id; /* of the row at `at`, while SQLite reads it */
};

static int feed_connect(sqlite3 *db, void *context, int count, const char *const *arguments,
                        sqlite3_vtab **out, char **message) {
  (void)count;
  (void)arguments;
  (void)message;
  struct store *store = context;
  struct feed_table *table = memory_alloc(sizeof *table);
  table->feed = &store->feed;
  *out = &table->base;
  return sqlite3_declare_vtab(db, FEED_TABLE);
}

static int feed_disconnect(sqlite3_vtab *table) {
  free(table);
  return SQLITE_OK;
}

/* Every question is answered by reading all rows. */
static int feed_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  info->estimatedRows = (sqlite3_int64)((struct feed_table *)table)->feed->count;
  return SQLITE_OK;
}

static int feed_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  (void)table;
  struct feed_cursor *cursor = memory_alloc(sizeof *cursor);
  *out = &cursor->base;
  return SQLITE_OK;
}

static int feed_close(sqlite3_vtab_cursor *cursor) {
  free(cursor);
  return SQLITE_OK;
}

static int feed_filter(sqlite3_vtab_cursor *cursor, int number, const char *text, int count,
                       sqlite3_value **arguments) {
  (void)number;
  (void)text;
  (void)count;
  (void)arguments;
  ((struct feed_cursor *)cursor)->at = 0;
  return SQLITE_OK;
}

static int feed_next(sqlite3_vtab_cursor *cursor) {
  ((struct feed_cursor *)cursor)->at++;
  return SQLITE_OK;
}

static const struct event_feed *feed_of(const sqlite3_vtab_cursor *cursor) {
  return ((const struct feed_table *)cursor->pVtab)->feed;
}

static int feed_eof(sqlite3_vtab_cursor *cursor) {
  return ((struct feed_cursor *)cursor)->at >= feed_of(cursor)->count;
}

static void result_text(sqlite3_context *context, struct text text) {
  sqlite3_result_text64(context, text.data ? text.data : "", text.size, SQLITE_STATIC, SQLITE_UTF8);
}

static int feed_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  struct feed_cursor *cursor = (struct feed_cursor *)base;
  const struct store_event *event = &feed_of(base)->events[cursor->at];
  switch ((enum feed_column)column) {
  case FEED_ROW_ID:
    if (row_id_pack(event->row_id, &cursor->row_id))
      sqlite3_result_blob(context, cursor->row_id.bytes, sizeof cursor->row_id.bytes,
                          SQLITE_STATIC);
    else
      result_text(context, event->row_id);
    break;
  case FEED_SOURCE_ID:
    result_text(context, event->source_id);
    break;
  case FEED_LOG_TYPE:
    result_text(context, event->log_type);
    break;
  case FEED_EVENT_TIME:
    sqlite3_result_int64(context, event->event_time);
    break;
  case FEED_PARSE_TIME:
    sqlite3_result_int64(context, event->parse_time);
    break;
  case FEED_RECORD:
    result_text(context, event->record);
    break;
  }
  return SQLITE_OK;
}

static int feed_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid) {
  *rowid = (sqlite3_int64)((struct feed_cursor *)cursor)->at;
  return SQLITE_OK;
}

/* Without xCreate the table is there under the module's name and cannot be made by SQL. */
static const sqlite3_module feed_module = {
    .xConnect = feed_connect,
    .xBestIndex = feed_best_index,
    .xDisconnect = feed_disconnect,
    .xOpen = feed_open,
    .xClose = feed_close,
    .xFilter = feed_filter,
    .xNext = feed_next,
    .xEof = feed_eof,
    .xColumn = feed_column,
    .xRowid = feed_rowid,
};

bool event_feed_register(struct store *store, struct error *error) {
  return sqlite3_create_module(store->db, "event_feed", &feed_module, store) == SQLITE_OK ||
         store_fail(store, error);
}

struct store_event event_from_row(sqlite3_stmt *statement, struct row_id_space *space) {
  return (struct store_event){
      .row_id = column_row_id(statement, 0, space),
      .source_id = column_text(statement, 1),
      .log_type = column_text(statement, 2),
      .event_time = sqlite3_column_int64(statement, 3),
      .parse_time = sqlite3_column_int64(statement, 4),
      .record = column_text(statement, 5),
  };
}
