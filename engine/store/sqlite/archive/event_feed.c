/*
 * Events as rows. The table-valued `event_feed` is an array of events in memory as rows that SQL
 * can read, so that one INSERT … SELECT puts a whole batch into the archive. The texts are not
 * copied on the way. event_from_row is the way back.
 */
#include "store/sqlite/archive/archive.h"

#include "base/memory.h"
#include "store/sqlite/archive/event_block.h"

#include <stdlib.h>

enum feed_column {
  FEED_ROW_ID,
  FEED_SOURCE_ID,
  FEED_LOG_TYPE,
  FEED_EVENT_TIME,
  FEED_PARSE_TIME,
  FEED_RECORD,
  FEED_PACKED,
};
#define FEED_TABLE                                                                                 \
  "CREATE TABLE event_feed (row_id, source_id, log_type, event_time, parse_time, record, packed)"

struct feed_table {
  sqlite3_vtab base; /* SQLite's part */
  struct store *store;
};

struct feed_cursor {
  sqlite3_vtab_cursor base; /* SQLite's part */
  size_t at;
  /* Of the row at `at`, while SQLite reads it. */
  struct packed_row_id row_id;
  bool is_packed;
  struct text packed;
};

static int feed_connect(sqlite3 *db, void *context, int count, const char *const *arguments,
                        sqlite3_vtab **out, char **message) {
  (void)count;
  (void)arguments;
  (void)message;
  struct store *store = context;
  struct feed_table *table = memory_alloc(sizeof *table);
  table->store = store;
  *out = &table->base;
  return sqlite3_declare_vtab(db, FEED_TABLE);
}

static int feed_disconnect(sqlite3_vtab *table) {
  free(table);
  return SQLITE_OK;
}

/* Every question is answered by reading all rows. */
static int feed_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  info->estimatedRows = (sqlite3_int64)((struct feed_table *)table)->store->feed.count;
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

static struct store *store_of(const sqlite3_vtab_cursor *cursor) {
  return ((const struct feed_table *)cursor->pVtab)->store;
}

static int go_to(sqlite3_vtab_cursor *base, size_t at) {
  struct feed_cursor *cursor = (struct feed_cursor *)base;
  struct store *store = store_of(base);
  cursor->at = at;
  cursor->is_packed =
      at < store->feed.count && (event_blocks_refer(store, at, &cursor->packed) ||
                                 packing_pack(store, &store->feed.events[at], &cursor->packed));
  return SQLITE_OK;
}

static int feed_filter(sqlite3_vtab_cursor *cursor, int number, const char *text, int count,
                       sqlite3_value **arguments) {
  (void)number;
  (void)text;
  (void)count;
  (void)arguments;
  return go_to(cursor, 0);
}

static int feed_next(sqlite3_vtab_cursor *cursor) {
  return go_to(cursor, ((struct feed_cursor *)cursor)->at + 1);
}

static int feed_eof(sqlite3_vtab_cursor *cursor) {
  return ((struct feed_cursor *)cursor)->at >= store_of(cursor)->feed.count;
}

static void result_text(sqlite3_context *context, struct text text) {
  sqlite3_result_text64(context, text.data ? text.data : "", text.size, SQLITE_STATIC, SQLITE_UTF8);
}

static int feed_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  struct feed_cursor *cursor = (struct feed_cursor *)base;
  const struct store_event *event = &store_of(base)->feed.events[cursor->at];
  switch ((enum feed_column)column) {
  case FEED_ROW_ID:
    if (row_id_pack(event->row_id, &cursor->row_id))
      sqlite3_result_blob(context, cursor->row_id.bytes, sizeof cursor->row_id.bytes,
                          SQLITE_STATIC);
    else
      result_text(context, event->row_id);
    break;
  case FEED_SOURCE_ID:
    result_text(context, cursor->is_packed ? TEXT("") : event->source_id);
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
    result_text(context, cursor->is_packed ? TEXT("") : event->record);
    break;
  case FEED_PACKED:
    if (cursor->is_packed)
      sqlite3_result_blob64(context, cursor->packed.data, cursor->packed.size, SQLITE_STATIC);
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

void event_space_free(struct event_space *space) {
  buffer_free(&space->unpacked);
}

static bool fail_at(const struct store *store, const struct store_event *event,
                    const struct error *why, struct error *error) {
  struct time_string time;
  return error_set(
      error,
      "%s: the event %.*s (%.*s of %s) cannot be read: %s; `margay archive check` lists "
      "what is damaged",
      store->path, TEXT_ARGS(event->row_id), TEXT_ARGS(event->log_type),
      time_format(event->event_time, &time), why->text);
}

bool event_read_row(struct store *store, sqlite3_stmt *statement, struct event_space *space,
                    struct store_event *event, struct error *why) {
  *event = (struct store_event){
      .row_id = column_row_id(statement, 0, &space->row_id),
      .source_id = column_text(statement, 1),
      .log_type = column_text(statement, 2),
      .event_time = sqlite3_column_int64(statement, 3),
      .parse_time = sqlite3_column_int64(statement, 4),
      .record = column_text(statement, 5),
  };
  if (sqlite3_column_type(statement, 6) == SQLITE_NULL)
    return true;
  return event_unpack(store, column_text(statement, 6), &space->unpacked, &event->source_id,
                      &event->record, why);
}

bool event_from_row(struct store *store, sqlite3_stmt *statement, struct event_space *space,
                    struct store_event *event, struct error *error) {
  struct error why = ERROR_NONE;
  return event_read_row(store, statement, space, event, &why) || fail_at(store, event, &why, error);
}
