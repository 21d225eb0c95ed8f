/*
 * Every SQL statement of the store by its id (statements.h), and the one way to run them.
 *
 * A statement's table row says how each argument is bound, one letter an argument:
 *   i  an integer            t  TEXT, as it is (any bytes)
 *   b  BLOB, as it is        n  TEXT, NULL when empty
 *   r  a row id: 16 bytes of BLOB when it is 32 lower-case hex characters, else TEXT as given
 *
 * A statement is prepared once per handle, at first use. It cannot be started again before it has
 * ended. It belongs to its handle, and so to the thread that uses that.
 */
#ifndef STORE_SQLITE_HANDLE_STATEMENT_H
#define STORE_SQLITE_HANDLE_STATEMENT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#include <sqlite3.h>

struct store;

enum statement_id {
#define STATEMENT(id, arguments, sql) id,
#include "store/sqlite/handle/statements.h"
#undef STATEMENT
  STATEMENT_COUNT
};

/* The columns that alert_from_row reads, and how many they are. */
#define ALERT_COLUMNS                                                                              \
  "a.id, a.type, a.severity, a.rule_id, a.display_name, a.log_type, a.source_id,"                  \
  " a.source_label, a.dedup, a.title, a.description, a.runbook, a.reference, a.tags,"              \
  " a.reports, a.context, a.event, a.actor, a.created_at, a.sums_up, a.held, c.first_event_time,"  \
  " c.last_event_time, c.match_count, c.state, c.resolution, c.assignee"
#define ALERT_COLUMN_COUNT 27

#define OUTBOX_COLUMNS                                                                             \
  "o.id, o.alert_id, o.destination_id, o.idempotency_key, o.state, o.attempts, o.due,"             \
  " o.updated_at, o.last_error, o.requests, o.revision, o.occasion, o.who, o.note, o.severity,"    \
  " o.failing_since"
#define OUTBOX_COLUMN_COUNT 16

/* Of a row of the outbox: what an update of its alert needs to know. */
#define OUTBOX_NEWS_COLUMNS                                                                        \
  "o.id, o.alert_id, o.destination_id, o.state, o.revision, o.occasion, o.who, o.note,"            \
  " o.next_occasion, o.next_who, o.next_note, o.lease_owner <> '' OR o.requests > 0"

#define DEAD_LETTER_COLUMNS                                                                        \
  "d.id, d.reason_id, d.source_id, r.source_label, d.log_type, d.row_id, d.record, d.error,"       \
  " r.reason, d.occurrence, d.received_at"

/* What event_from_row reads, of a table `e`. */
#define EVENT_COLUMNS                                                                              \
  "e.row_id, e.source_id, e.log_type, e.event_time, e.parse_time, e.record, e.packed"

/* What dictionary_from_row reads, and how often the next one was tried. */
#define DICTIONARY_COLUMNS "id, bytes, checksum, format, tried_event, tries"

#define SEGMENT_COLUMNS "first_event, last_event, level, entries, last_time"

struct statement_definition {
  const char *arguments; /* one letter an argument, as above */
  const char *sql;
};

/* By their ids (statement_list.c). */
extern const struct statement_definition statement_definitions[STATEMENT_COUNT];

struct argument {
  bool is_text;
  int64_t integer;
  struct text text;
};
#define AS_TEXT(value) ((struct argument){.is_text = true, .text = (value)})
#define AS_INTEGER(value) ((struct argument){.integer = (int64_t)(value)})

/* The statement, prepared at the first call; it stays the handle's. NULL on failure. */
sqlite3_stmt *statement_prepare(struct store *store, enum statement_id id, struct error *error);

/* Binds the arguments; the texts must live until the statement ends. NULL on failure. */
sqlite3_stmt *statement_start(struct store *store, enum statement_id id, struct error *error,
                              const struct argument *arguments, size_t count);

/* Goes to the next row; *row = false after the last. False on failure. The statement must be
 * ended in every case. */
bool statement_next(struct store *store, sqlite3_stmt *statement, bool *row, struct error *error);
void statement_end(sqlite3_stmt *statement); /* NULL is fine */

/* For statements without rows: start, run, end. */
bool statement_run(struct store *store, enum statement_id id, struct error *error,
                   const struct argument *arguments, size_t count);

/* The number that a statement outside the tables gives, which runs once, such as a PRAGMA. */
bool statement_read_number(struct store *store, const char *sql, int64_t *number,
                           struct error *error);

/* STATEMENT_ARGUMENTS(AS_TEXT(id), AS_INTEGER(5)) stands for `arguments, count`. */
#define STATEMENT_ARGUMENTS(...)                                                                   \
  (const struct argument[]){__VA_ARGS__},                                                          \
      sizeof((const struct argument[]){__VA_ARGS__}) / sizeof(struct argument)

void statement_finalize_all(struct store *store);

/* The bytes of a TEXT or BLOB column, empty for NULL; valid until the statement moves on. */
struct text column_text(sqlite3_stmt *statement, int column);

/* A row id that is 32 lower-case hex characters, as 16 bytes. False for any other text. */
#define ROW_ID_BYTES ((size_t)16)
struct packed_row_id {
  unsigned char bytes[ROW_ID_BYTES];
};
bool row_id_pack(struct text row_id, struct packed_row_id *packed);

/* A row id as it was given; a BLOB is written as hex into `space`. */
struct row_id_space {
  char hex[33];
};
struct text column_row_id(sqlite3_stmt *statement, int column, struct row_id_space *space);

/* The value of an enum of `count` values; the first for anything else, because the file may have
 * been changed by other hands. */
unsigned column_choice(sqlite3_stmt *statement, int column, unsigned count);

#endif
