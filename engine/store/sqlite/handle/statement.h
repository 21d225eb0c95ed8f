/*
 * Every SQL statement of the store, by name, and the one way to run them.
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
  STATEMENT_BEGIN,
  STATEMENT_COMMIT,
  STATEMENT_ROLLBACK,

  STATEMENT_CHECKPOINT_GET,
  STATEMENT_CHECKPOINT_SET,
  STATEMENT_CHECKPOINT_PART_SET,
  STATEMENT_CHECKPOINT_PART_DELETE,
  STATEMENT_CHECKPOINT_PART_LIST,
  STATEMENT_SOURCE_START_ADD,
  STATEMENT_SOURCE_START_GET,
  STATEMENT_BACKFILL_ASK,
  STATEMENT_BACKFILL_LIST,
  STATEMENT_BACKFILL_UPDATE,
  STATEMENT_TOKEN_GET,
  STATEMENT_TOKEN_SET,

  STATEMENT_ACCESS_TOKEN_ADD,
  STATEMENT_ACCESS_TOKEN_FIND,
  STATEMENT_ACCESS_TOKEN_LIST,
  STATEMENT_ACCESS_TOKEN_REVOKE,
  STATEMENT_ACCESS_TOKEN_USED,
  STATEMENT_ACCESS_SESSION_ADD,
  STATEMENT_ACCESS_SESSION_FIND,
  STATEMENT_ACCESS_SESSION_END,
  STATEMENT_ACCESS_SESSION_OF_TOKEN,
  STATEMENT_ACCESS_SESSION_EXPIRE,
  STATEMENT_ACCESS_SESSION_LIMIT,
  STATEMENT_AUDIT_ADD,
  STATEMENT_AUDIT_LIMIT,
  STATEMENT_AUDIT_LIST,
  STATEMENT_ROW_ADD,
  STATEMENT_ROW_KNOWN,
  STATEMENT_ROW_FROM,
  STATEMENT_ROW_DELETE,
  STATEMENT_RECEIPT_ADD,
  STATEMENT_RECEIPT_PRUNE,
  STATEMENT_EVENT_ADD,
  STATEMENT_EVENT_COUNT_ADD,
  STATEMENT_EVENT_COUNT_OF,
  STATEMENT_EVENT_HOURS,
  STATEMENT_EVENT_SPANS,
  STATEMENT_EVENT_LATEST,
  STATEMENT_EVENT_RANGE,
  STATEMENT_EVENT_OF_TYPE,
  STATEMENT_EVENT_LATEST_OF_TYPE,
  STATEMENT_EVENT_SAMPLE,
  STATEMENT_EVENT_SPAN,
  STATEMENT_EVENT_BEHIND,
  STATEMENT_EVENT_LOG_TYPES,
  STATEMENT_EVENT_INTEGRITY,
  STATEMENT_EVENT_COUNT_CHECK,
  STATEMENT_DICTIONARY_ADD,
  STATEMENT_DICTIONARY_GET,
  STATEMENT_DICTIONARY_LATEST,
  STATEMENT_DICTIONARY_LIST,
  STATEMENT_DICTIONARY_TRIED,
  STATEMENT_SEGMENT_ADD,
  STATEMENT_SEGMENT_LIST,
  STATEMENT_SEGMENT_OF_LEVEL,
  STATEMENT_SEGMENT_SEAL,
  STATEMENT_SEGMENT_DELETE,
  STATEMENT_SEGMENT_PAST,
  STATEMENT_PAGE_ADD,
  STATEMENT_PAGE_LIST,
  STATEMENT_PAGE_FIND,
  STATEMENT_PAGE_DELETE,
  STATEMENT_DEAD_LETTER_REASON_FIND,
  STATEMENT_DEAD_LETTER_REASON_ADD,
  STATEMENT_DEAD_LETTER_REASON_LIST,
  STATEMENT_DEAD_LETTER_REASON_MARKED,
  STATEMENT_DEAD_LETTER_REASON_PRUNE,
  STATEMENT_DEAD_LETTER_ADD,
  STATEMENT_DEAD_LETTER_LIST,
  STATEMENT_DEAD_LETTER_TO_RETRY,
  STATEMENT_DEAD_LETTER_MARK,
  STATEMENT_DEAD_LETTER_DROP,

  STATEMENT_WINDOW_GET,
  STATEMENT_WINDOW_SET,

  STATEMENT_KV_GET,
  STATEMENT_KV_SET,
  STATEMENT_KV_SET_VALUE,
  STATEMENT_KV_DELETE,
  STATEMENT_KV_ADVANCE,
  STATEMENT_KV_PAST,
  STATEMENT_KV_DELETE_ID,

  STATEMENT_CORRELATION_GET,
  STATEMENT_CORRELATION_SET,
  STATEMENT_CORRELATION_DELETE,
  STATEMENT_CORRELATION_DUE,
  STATEMENT_CORRELATION_BOUND,
  STATEMENT_CORRELATION_PAST,
  STATEMENT_CORRELATION_DELETE_ID,
  STATEMENT_PROGRESS_LIST,
  STATEMENT_PROGRESS_SET,

  STATEMENT_ALERT_ADD,
  STATEMENT_ALERT_COUNT_ADD,
  STATEMENT_ALERT_JOIN,
  STATEMENT_ALERT_RISE,
  STATEMENT_ALERT_RESTATE,
  STATEMENT_ALERT_WINDOW,
  STATEMENT_ALERT_WINDOW_NEXT,
  STATEMENT_ALERT_WINDOWS_END,
  STATEMENT_ALERT_ANNOUNCE,
  STATEMENT_LIFE_GET,
  STATEMENT_LIFE_SET,
  STATEMENT_LIFE_HISTORY_ADD,
  STATEMENT_LIFE_REVISION,
  STATEMENT_LIFE_LAST,
  STATEMENT_LIFE_CHANGED,
  STATEMENT_LIFE_HISTORY_LIST,
  STATEMENT_LIFE_UNRESOLVED,
  STATEMENT_LIFE_LETTERS_GONE,
  STATEMENT_ALERT_DAYS,
  STATEMENT_ALERT_OPEN,
  STATEMENT_ALERT_ACTORS,
  STATEMENT_ALERT_RULES,
  STATEMENT_ALERT_RELEASE,
  STATEMENT_HISTORY_LIST,
  STATEMENT_HISTORY_ACTORS,
  STATEMENT_HISTORY_DONE,
  STATEMENT_ALERT_LIST,
  STATEMENT_ALERT_LIST_RULE,
  STATEMENT_ALERT_FOLLOW,
  STATEMENT_LIFE_FOLLOW,
  STATEMENT_ALERT_NEXT_RULE,
  STATEMENT_ALERT_FIND,
  STATEMENT_ALERT_GET,
  STATEMENT_ALERT_EVENTS,
  STATEMENT_EVENT_FIND,
  STATEMENT_EVENT_KNOWN,
  STATEMENT_MATCH_ADD,
  STATEMENT_MATCH_CLAIM,
  STATEMENT_MATCH_LIST,
  STATEMENT_MATCH_SUPPRESSED,
  STATEMENT_NOISE_MATCHES,
  STATEMENT_NOISE_ALERTS,
  STATEMENT_ATTRIBUTE_ADD,
  STATEMENT_ALERT_ATTRIBUTES,

  STATEMENT_ALERT_MUTE,
  STATEMENT_ALERT_MUTED,
  STATEMENT_HOLD_SET,
  STATEMENT_HOLD_PUT_OFF,
  STATEMENT_HOLD_FORGET,
  STATEMENT_DIGEST_LIST,
  STATEMENT_DIGEST_TAKE,
  STATEMENT_STORM_HOLD,
  STATEMENT_STORM_HOLD_BACKLOG,
  STATEMENT_STORM_GET,
  STATEMENT_STORM_SET,
  STATEMENT_STORM_END,

  STATEMENT_OUTBOX_ADD,
  STATEMENT_OUTBOX_DUE,
  STATEMENT_OUTBOX_LEASE,
  STATEMENT_OUTBOX_RELEASE,
  STATEMENT_OUTBOX_RELEASE_ALL,
  STATEMENT_OUTBOX_WAITING_DESTINATION,
  STATEMENT_OUTBOX_WAITING,
  STATEMENT_OUTBOX_RECORD,
  STATEMENT_OUTBOX_BEHIND,
  STATEMENT_OUTBOX_TO_UPDATE,
  STATEMENT_OUTBOX_REVISE,
  STATEMENT_OUTBOX_PUT_BEHIND,
  STATEMENT_OUTBOX_NOTHING_BEHIND,
  STATEMENT_OUTBOX_RISE,
  STATEMENT_OUTBOX_PARK,
  STATEMENT_OUTBOX_RETRY,
  STATEMENT_OUTBOX_DROP,
  STATEMENT_OUTBOX_FIND,
  STATEMENT_OUTBOX_HASTEN,
  STATEMENT_OUTBOX_OF_ALERT,
  STATEMENT_OUTBOX_IN_STATE,
  STATEMENT_OUTBOX_BACKLOG,

  STATEMENT_DESTINATION_CLEAR,
  STATEMENT_DESTINATION_ADD,
  STATEMENT_DESTINATION_STATE_GET,
  STATEMENT_DESTINATION_STATE_SET,
  STATEMENT_DESTINATION_STATE_DELETE,

  STATEMENT_DAEMON_SET,
  STATEMENT_DAEMON_GET,
  STATEMENT_SOURCE_HEALTH_SET,
  STATEMENT_SOURCE_HEALTH_FORGET,
  STATEMENT_SOURCE_HEALTH_LIST,
  STATEMENT_DESTINATION_HEALTH_SET,
  STATEMENT_DESTINATION_HEALTH_LIST,
  STATEMENT_ALARM_BEGIN,
  STATEMENT_ALARM_REWORD,
  STATEMENT_ALARM_END,
  STATEMENT_ALARM_LIST,

  STATEMENT_DATA_VERSION,
  STATEMENT_TOTALS,
  STATEMENT_OUTBOX_TOTALS,

  STATEMENT_EVENT_OLDEST,
  STATEMENT_EVENT_LAST,
  STATEMENT_EVENT_DELETE,
  STATEMENT_EVENT_TYPED,
  STATEMENT_EVENT_TOTAL,
  STATEMENT_EVENT_PRUNED_LIST,
  STATEMENT_EVENT_PRUNED_SET,
  STATEMENT_EVENT_PRUNED_BOUND,
  STATEMENT_EVENT_PRUNED_FORGET,
  STATEMENT_DEAD_LETTER_OLDEST,
  STATEMENT_DEAD_LETTER_LAST,
  STATEMENT_DEAD_LETTER_DELETE,
  STATEMENT_MATCH_OLDEST,
  STATEMENT_MATCH_LAST,
  STATEMENT_MATCH_DELETE,
  STATEMENT_ALERT_OLDEST,
  STATEMENT_ALERT_LAST,
  STATEMENT_ALERT_IS_PAST,
  STATEMENT_ALERT_MATCHES,
  STATEMENT_ALERT_DELETE,
  STATEMENT_WINDOW_PAST,
  STATEMENT_WINDOW_DELETE,

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

/* Of a struct outbox_filter: its alert, destination, states, severity and limit. */
#define OUTBOX_FILTER                                                                              \
  "(?1 = '' OR o.alert_id = ?1) AND (?2 = '' OR o.destination_id = ?2) AND (?3 >> o.state & 1)"    \
  " AND o.severity >= ?4 ORDER BY o.id LIMIT ?5"

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
  enum statement_id id;
  const char *arguments; /* one letter an argument, as above */
  const char *sql;
};

/* One for each id, in their order (statement_list.c). */
extern const struct statement_definition statement_definitions[];

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
