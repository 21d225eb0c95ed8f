/* The outbox: alerts on their way to destinations. */
#include "store/sqlite/internal.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/memory.h"

#include <stdlib.h>

static const char *const state_names[] = {
    [OUTBOX_PENDING] = "pending", [OUTBOX_DELIVERED] = "delivered", [OUTBOX_PARKED] = "parked"};
#define STATE_COUNT (sizeof state_names / sizeof state_names[0])

/* Characters of an idempotency key: half a SHA-256 in hex, safe in any header. */
#define KEY_SIZE 32

const char *outbox_state_name(enum outbox_state state) {
  return state_names[state];
}

/* From what it stands for and nothing else, so that an alert which is made again after a crash
 * keeps its key. */
static void key_compute(struct text alert_id, struct text destination_id, char key[KEY_SIZE + 1]) {
  struct buffer named = BUFFER_NONE;
  buffer_append_text(&named, alert_id);
  buffer_append_char(&named, '\0');
  buffer_append_text(&named, destination_id);
  uint8_t digest[DIGEST_SIZE];
  digest_sha256(buffer_text(&named), digest);
  hex_encode(digest, KEY_SIZE / 2, key);
  buffer_free(&named);
}

bool store_outbox_add(struct store *store, struct text alert_id, struct text destination_id,
                      time_us due, struct error *error) {
  char key[KEY_SIZE + 1];
  key_compute(alert_id, destination_id, key);
  return statement_run(store, STATEMENT_OUTBOX_ADD, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(destination_id),
                                           AS_TEXT(text_from(key)), AS_INTEGER(due)));
}

static void outbox_from_row(sqlite3_stmt *statement, struct outbox_row *row) {
  *row = (struct outbox_row){
      .id = sqlite3_column_int64(statement, 0),
      .alert_id = column_text(statement, 1),
      .destination_id = column_text(statement, 2),
      .idempotency_key = column_text(statement, 3),
      .state = (enum outbox_state)column_choice(statement, 4, STATE_COUNT),
      .attempts = sqlite3_column_int64(statement, 5),
      .due = sqlite3_column_int64(statement, 6),
      .updated_at = sqlite3_column_int64(statement, 7),
      .last_error = column_text(statement, 8),
  };
}

struct due_delivery {
  struct outbox_row row;
  struct alert alert;
};

static void due_keep(struct arena *arena, struct due_delivery *due) {
  struct outbox_row *row = &due->row;
  struct alert *alert = &due->alert;
  struct text *const texts[] = {
      &row->alert_id,      &row->destination_id, &row->idempotency_key, &row->last_error,
      &alert->id,          &alert->rule_id,      &alert->display_name,  &alert->log_type,
      &alert->source_id,   &alert->source_label, &alert->dedup,         &alert->title,
      &alert->description, &alert->runbook,      &alert->reference,     &alert->tags,
      &alert->reports,     &alert->context,      &alert->event,         &alert->actor,
      &alert->attributes,
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    *texts[i] = arena_copy(arena, *texts[i]);
}

static bool is_busy(const int64_t *busy, size_t busy_count, int64_t id) {
  for (size_t i = 0; i < busy_count; i++) {
    if (busy[i] == id)
      return true;
  }
  return false;
}

/* The rows are read to the end before the first call, so that the callback may write: a write
 * while the read is open would work on an old picture of the store and be refused. */
bool store_outbox_due(struct store *store, struct text destination_id, time_us now,
                      const int64_t *busy, size_t busy_count, int64_t limit,
                      void (*each)(void *context, const struct outbox_row *row,
                                   const struct alert *alert),
                      void *context, struct error *error) {
  struct arena arena = ARENA_NONE;
  struct due_delivery *items = NULL;
  size_t count = 0, capacity = 0;
  struct buffer attributes = BUFFER_NONE;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_OUTBOX_DUE, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(now)));
  bool ok = statement;
  bool row = statement;
  while (ok && (int64_t)count < limit && (ok = statement_next(store, statement, &row, error)) &&
         row) {
    if (is_busy(busy, busy_count, sqlite3_column_int64(statement, 0)))
      continue;
    items = memory_reserve(items, &capacity, count + 1, sizeof *items);
    struct due_delivery *due = &items[count++];
    outbox_from_row(statement, &due->row);
    alert_from_row(statement, OUTBOX_COLUMN_COUNT, &due->alert);
    ok = store_alert_attributes(store, &due->alert, &attributes, error);
    due_keep(&arena, due);
  }
  statement_end(statement);
  for (size_t i = 0; ok && i < count; i++)
    each(context, &items[i].row, &items[i].alert);
  free(items);
  buffer_free(&attributes);
  arena_free(&arena);
  return ok;
}

/* The first due of a destination's pending rows outside `busy`. */
static bool first_due(struct store *store, struct text destination_id, const int64_t *busy,
                      size_t busy_count, bool *found, time_us *due, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_OUTBOX_WAITING, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(destination_id)));
  bool ok = statement;
  bool row = statement;
  *found = false;
  while (ok && !*found && (ok = statement_next(store, statement, &row, error)) && row) {
    *found = !is_busy(busy, busy_count, sqlite3_column_int64(statement, 0));
    *due = sqlite3_column_int64(statement, 1);
  }
  statement_end(statement);
  return ok;
}

/* The first destination with pending rows after the one in `id`, which becomes it. */
static bool next_destination(struct store *store, struct buffer *id, bool *found,
                             struct error *error) {
  struct buffer next = BUFFER_NONE;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_OUTBOX_WAITING_DESTINATION, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(buffer_text(id))));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    buffer_append_text(&next, column_text(statement, 0));
  statement_end(statement);
  buffer_free(id);
  *id = next;
  return ok;
}

bool store_outbox_waiting(struct store *store, const int64_t *busy, size_t busy_count,
                          void (*each)(void *context, struct text destination_id, time_us due),
                          void *context, struct error *error) {
  struct buffer id = BUFFER_NONE;
  bool more = false;
  bool ok = next_destination(store, &id, &more, error);
  while (ok && more) {
    bool found;
    time_us due;
    ok = first_due(store, buffer_text(&id), busy, busy_count, &found, &due, error);
    if (ok && found)
      each(context, buffer_text(&id), due);
    ok = ok && next_destination(store, &id, &more, error);
  }
  buffer_free(&id);
  return ok;
}

bool store_outbox_update(struct store *store, int64_t id, enum outbox_state state, time_us due,
                         time_us now, struct text last_error, struct error *error) {
  return statement_run(store, STATEMENT_OUTBOX_UPDATE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(id), AS_INTEGER(state), AS_INTEGER(due),
                                           AS_INTEGER(now), AS_TEXT(last_error)));
}

bool store_outbox_retry(struct store *store, struct text alert_id, time_us now, int64_t *count,
                        struct error *error) {
  *count = 0;
  if (!statement_run(store, STATEMENT_OUTBOX_RETRY, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_INTEGER(now))))
    return false;
  *count = sqlite3_changes(store->db);
  return true;
}

bool store_outbox_hasten(struct store *store, struct text destination_id, time_us now,
                         time_us latest, struct error *error) {
  return statement_run(
      store, STATEMENT_OUTBOX_HASTEN, error,
      STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(now), AS_INTEGER(latest)));
}

bool store_outbox_list(struct store *store, struct text alert_id, enum outbox_state state,
                       bool (*each)(void *context, const struct outbox_row *row), void *context,
                       struct error *error) {
  sqlite3_stmt *statement = alert_id.size > 0
                                ? statement_start(store, STATEMENT_OUTBOX_OF_ALERT, error,
                                                  STATEMENT_ARGUMENTS(AS_TEXT(alert_id)))
                                : statement_start(store, STATEMENT_OUTBOX_IN_STATE, error,
                                                  STATEMENT_ARGUMENTS(AS_INTEGER(state)));
  bool ok = statement;
  bool row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct outbox_row delivery;
    outbox_from_row(statement, &delivery);
    row = each(context, &delivery);
  }
  statement_end(statement);
  return ok;
}
