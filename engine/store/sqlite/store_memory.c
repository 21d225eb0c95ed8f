/* What windows, stateful rules and correlations remember, and how far the sources were read. */
#include "store/sqlite/archive/packer.h"
#include "store/sqlite/internal.h"

#include <assert.h>

/* ---- states ------------------------------------------------------------------------------------
 */

/* The state of a window or correlation has records that repeat each other, and takes a fifth of its
 * bytes packed; so each of its many changes writes less, and more states are in a page. A packed
 * one begins with the 0 of packer.h, which no state does. */
#define STATE_PACKED_LEAST ((size_t)256) /* of a smaller one little is left to save */
/* What is larger is rare and has few, large records; the packer keeps memory for the largest. */
#define STATE_PACKED_MOST ((size_t)256 * 1024)

static struct packer *state_packer(struct store *store) {
  if (!store->states)
    store->states = packer_new_quick();
  return store->states;
}

/* The bytes to keep; they live until the next call. */
static struct text pack_state(struct store *store, struct text state) {
  struct text packed;
  assert(state.size == 0 || state.data[0] != '\0');
  if (state.size < STATE_PACKED_LEAST || state.size > STATE_PACKED_MOST ||
      !packer_pack_bytes(state_packer(store), NULL, state, &packed) || packed.size >= state.size)
    return state;
  return packed;
}

/* Damaged bytes stay as they are: no state begins so, and who reads it refuses it. */
static void unpack_state(struct store *store, struct text kept, struct buffer *state) {
  if (kept.size > 0 && kept.data[0] == '\0' &&
      !packer_unpack_bytes(state_packer(store), NULL, kept, STATE_PACKED_MOST, state))
    return;
  buffer_reset(state);
  buffer_append_text(state, kept);
}

/* ---- windows -----------------------------------------------------------------------------------
 */

bool store_window_get(struct store *store, struct text rule_id, struct text dedup,
                      struct buffer *state, bool *found, struct error *error) {
  *found = false;
  buffer_reset(state);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_WINDOW_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(dedup)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    unpack_state(store, column_text(statement, 0), state);
  statement_end(statement);
  return ok;
}

bool store_window_set(struct store *store, struct text rule_id, struct text dedup,
                      struct text state, time_us needed_until, struct error *error) {
  return statement_run(
      store, STATEMENT_WINDOW_SET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(dedup), AS_TEXT(pack_state(store, state)),
                          AS_INTEGER(needed_until), AS_INTEGER(clock_now(&store->clock))));
}

/* ---- stateful rules ----------------------------------------------------------------------------
 */

bool store_kv_get(struct store *store, struct text rule_id, struct text key, struct buffer *value,
                  struct store_kv *entry, bool *found, struct error *error) {
  *found = false;
  buffer_reset(value);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_KV_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found) {
    buffer_append_text(value, column_text(statement, 1));
    *entry = (struct store_kv){.type = sqlite3_column_int(statement, 0),
                               .value = buffer_text(value),
                               .expires_at = sqlite3_column_int64(statement, 2),
                               .expiry_given = sqlite3_column_int64(statement, 3) != 0};
  }
  statement_end(statement);
  return ok;
}

bool store_kv_set(struct store *store, struct text rule_id, struct text key,
                  const struct store_kv *entry, struct error *error) {
  return statement_run(store, STATEMENT_KV_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key), AS_INTEGER(entry->type),
                                           AS_TEXT(entry->value), AS_INTEGER(entry->expires_at),
                                           AS_INTEGER(entry->expiry_given),
                                           AS_INTEGER(clock_now(&store->clock))));
}

bool store_kv_delete(struct store *store, struct text rule_id, struct text key,
                     struct error *error) {
  return statement_run(store, STATEMENT_KV_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
}

bool store_kv_advance(struct store *store, time_us event_time, struct error *error) {
  return statement_run(store, STATEMENT_KV_ADVANCE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(event_time)));
}

/* ---- correlations ------------------------------------------------------------------------------
 */

bool store_correlation_get(struct store *store, struct text rule_id, struct text key,
                           struct buffer *state, struct store_correlation *row, bool *found,
                           struct error *error) {
  *found = false;
  buffer_reset(state);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_CORRELATION_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found) {
    bool waits = sqlite3_column_type(statement, 1) == SQLITE_INTEGER;
    unpack_state(store, column_text(statement, 0), state);
    *row = (struct store_correlation){.state = buffer_text(state),
                                      .due = waits ? sqlite3_column_int64(statement, 1) : TIME_NONE,
                                      .expires_at = sqlite3_column_int64(statement, 2)};
  }
  statement_end(statement);
  return ok;
}

bool store_correlation_set(struct store *store, struct text rule_id, struct text key,
                           const struct store_correlation *row, struct error *error) {
  return statement_run(
      store, STATEMENT_CORRELATION_SET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key), AS_TEXT(pack_state(store, row->state)),
                          AS_INTEGER(row->due != TIME_NONE), AS_INTEGER(row->due),
                          AS_INTEGER(row->expires_at), AS_INTEGER(clock_now(&store->clock))));
}

bool store_correlation_delete(struct store *store, struct text rule_id, struct text key,
                              struct error *error) {
  return statement_run(store, STATEMENT_CORRELATION_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
}

bool store_correlation_due(struct store *store, struct text rule_id, time_us before, int64_t limit,
                           void (*each)(void *context, struct text key, time_us due), void *context,
                           struct error *error) {
  bool row = false;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_CORRELATION_DUE, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_INTEGER(before), AS_INTEGER(limit)));
  bool ok = statement != NULL;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, column_text(statement, 0), sqlite3_column_int64(statement, 1));
  statement_end(statement);
  return ok;
}

bool store_correlation_bound(struct store *store, struct text rule_id, int64_t most,
                             int64_t *deleted, struct error *error) {
  bool ok = statement_run(store, STATEMENT_CORRELATION_BOUND, error,
                          STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_INTEGER(most)));
  *deleted = ok ? sqlite3_changes(store->db) : 0;
  return ok;
}

bool store_progress_list(struct store *store,
                         void (*each)(void *context, const struct store_progress *progress),
                         void *context, struct error *error) {
  bool row = false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_PROGRESS_LIST, error, NULL, 0);
  bool ok = statement != NULL;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_progress progress = {.source_id = column_text(statement, 0),
                                            .log_type = column_text(statement, 1),
                                            .latest = sqlite3_column_int64(statement, 2),
                                            .watermark = sqlite3_column_int64(statement, 3)};
    each(context, &progress);
  }
  statement_end(statement);
  return ok;
}

bool store_progress_set(struct store *store, const struct store_progress *progress,
                        struct error *error) {
  return statement_run(
      store, STATEMENT_PROGRESS_SET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(progress->source_id), AS_TEXT(progress->log_type),
                          AS_INTEGER(progress->latest), AS_INTEGER(progress->watermark)));
}
