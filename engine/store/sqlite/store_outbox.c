/* The outbox: alerts on their way to destinations. */
#include "store/sqlite/internal.h"

#include "base/arena.h"
#include "base/memory.h"
#include "store/store_outbox.h"

#include <assert.h>
#include <stdlib.h>

static const char *const state_names[OUTBOX_STATE_COUNT] = {[OUTBOX_PENDING] = "pending",
                                                            [OUTBOX_DELIVERED] = "delivered",
                                                            [OUTBOX_PARKED] = "parked",
                                                            [OUTBOX_HELD] = "held"};

const char *outbox_state_name(enum outbox_state state) {
  return state_names[state];
}

bool store_outbox_put(struct store *store, struct text alert_id, struct text destination_id,
                      time_us due, bool *added, struct error *error) {
  struct outbox_key key;
  bool ok = statement_run(
      store, STATEMENT_OUTBOX_ADD, error,
      STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(destination_id),
                          AS_TEXT(outbox_key(alert_id, destination_id, 0, &key)), AS_INTEGER(due)));
  *added = ok && sqlite3_changes(store->db) == 1;
  return ok;
}

bool store_outbox_add(struct store *store, struct text alert_id, struct text destination_id,
                      time_us due, struct error *error) {
  bool added;
  return store_outbox_put(store, alert_id, destination_id, due, &added, error);
}

static void outbox_from_row(sqlite3_stmt *statement, struct outbox_row *row) {
  *row = (struct outbox_row){
      .id = sqlite3_column_int64(statement, 0),
      .alert_id = column_text(statement, 1),
      .destination_id = column_text(statement, 2),
      .idempotency_key = column_text(statement, 3),
      .state = (enum outbox_state)column_choice(statement, 4, OUTBOX_STATE_COUNT),
      .attempts = sqlite3_column_int64(statement, 5),
      .due = sqlite3_column_int64(statement, 6),
      .updated_at = sqlite3_column_int64(statement, 7),
      .last_error = column_text(statement, 8),
      .requests = sqlite3_column_int64(statement, 9),
      .revision = sqlite3_column_int64(statement, 10),
      .occasion = (enum alert_occasion)column_choice(statement, 11, ALERT_OCCASION_COUNT),
      .who = column_text(statement, 12),
      .note = column_text(statement, 13),
      .severity = (enum severity)column_choice(statement, 14, SEVERITY_COUNT),
      .failing_since = sqlite3_column_int64(statement, 15),
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
      &row->alert_id,
      &row->destination_id,
      &row->idempotency_key,
      &row->last_error,
      &row->who,
      &row->note,
      &alert->assignee,
      &alert->id,
      &alert->rule_id,
      &alert->display_name,
      &alert->log_type,
      &alert->source_id,
      &alert->source_label,
      &alert->dedup,
      &alert->title,
      &alert->description,
      &alert->runbook,
      &alert->reference,
      &alert->tags,
      &alert->reports,
      &alert->context,
      &alert->event,
      &alert->actor,
      &alert->attributes,
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    *texts[i] = arena_copy(arena, *texts[i]);
}

struct claimed {
  struct arena arena;
  struct due_delivery *items;
  size_t count, capacity;
};

static bool read_due_of(struct store *store, const struct outbox_claim *claim, int severity,
                        struct claimed *claimed, struct error *error) {
  struct buffer attributes = BUFFER_NONE;
  int64_t limit = claim->limit - (int64_t)claimed->count;
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_OUTBOX_DUE, error,
      STATEMENT_ARGUMENTS(AS_TEXT(claim->destination_id), AS_INTEGER(claim->now),
                          AS_TEXT(claim->owner), AS_INTEGER(limit), AS_INTEGER(severity)));
  bool ok = statement;
  bool row = statement;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    claimed->items = memory_reserve(claimed->items, &claimed->capacity, claimed->count + 1,
                                    sizeof *claimed->items);
    struct due_delivery *due = &claimed->items[claimed->count++];
    outbox_from_row(statement, &due->row);
    alert_from_row(statement, OUTBOX_COLUMN_COUNT, &due->alert);
    ok = store_alert_attributes(store, &due->alert, &attributes, error);
    due_keep(&claimed->arena, due);
  }
  statement_end(statement);
  buffer_free(&attributes);
  return ok;
}

/* One severity after the other: so the index finds the rows however many wait, due or not. */
static bool read_due(struct store *store, const struct outbox_claim *claim, struct claimed *claimed,
                     struct error *error) {
  bool ok = true;
  for (int severity = SEVERITY_COUNT - 1; ok && severity >= 0; severity--)
    if ((int64_t)claimed->count < claim->limit)
      ok = read_due_of(store, claim, severity, claimed, error);
  return ok;
}

static bool take_leases(struct store *store, const struct outbox_claim *claim,
                        const struct claimed *claimed, struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && i < claimed->count; i++)
    ok = statement_run(store, STATEMENT_OUTBOX_LEASE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(claimed->items[i].row.id),
                                           AS_TEXT(claim->owner),
                                           AS_INTEGER(claim->now + claim->lease_us)));
  return ok;
}

/* A lease that a power failure forgets is as good as released, so its commit does not wait for the
 * disk: with NORMAL it is in the log, for all to see, and is synced with the next commit that is.
 * Within a transaction the setting stays as it is. */
static void wait_for_disk(struct store *store, bool wait) {
  if (!store->in_transaction && store->path[0])
    sqlite3_exec(store->db, wait ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                 NULL, NULL, NULL);
}

/* A transaction that begins by waiting for other writers, so that between reading and claiming
 * nobody else claims. Rows are handed out after it, so that the callback may write. */
bool store_outbox_claim(struct store *store, const struct outbox_claim *claim,
                        void (*each)(void *context, const struct outbox_row *row,
                                     const struct alert *alert),
                        void *context, struct error *error) {
  struct claimed claimed = {.arena = ARENA_NONE};
  struct store_scope scope;
  assert(claim->owner.size > 0);
  wait_for_disk(store, false);
  bool ok = store_scope_begin(store, &scope, error);
  if (ok) {
    ok = read_due(store, claim, &claimed, error) && take_leases(store, claim, &claimed, error);
    ok = store_scope_end(store, &scope, ok, error);
  }
  wait_for_disk(store, true);
  for (size_t i = 0; ok && i < claimed.count; i++)
    each(context, &claimed.items[i].row, &claimed.items[i].alert);
  free(claimed.items);
  arena_free(&claimed.arena);
  return ok;
}

bool store_outbox_release(struct store *store, struct text owner, struct error *error) {
  if (owner.size == 0)
    return statement_run(store, STATEMENT_OUTBOX_RELEASE_ALL, error, NULL, 0);
  return statement_run(store, STATEMENT_OUTBOX_RELEASE, error, STATEMENT_ARGUMENTS(AS_TEXT(owner)));
}

/* When the owner can claim one of a destination's pending rows of a severity, if that is before
 * *due. Few rows are held by others: after the first that is not, later ones are due later. */
static bool first_due_of(struct store *store, struct text destination_id, struct text owner,
                         int severity, bool *found, time_us *due, struct error *error) {
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_OUTBOX_WAITING, error,
      STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_TEXT(owner), AS_INTEGER(severity)));
  bool ok = statement;
  bool row = statement, held = true;
  while (ok && held && (ok = statement_next(store, statement, &row, error)) && row) {
    time_us at = sqlite3_column_int64(statement, 0), lease_end = sqlite3_column_int64(statement, 1);
    held = lease_end > at;
    if (held)
      at = lease_end;
    if (!*found || at < *due)
      *due = at;
    *found = true;
  }
  statement_end(statement);
  return ok;
}

static bool first_due(struct store *store, struct text destination_id, struct text owner,
                      bool *found, time_us *due, struct error *error) {
  bool ok = true;
  *found = false;
  for (int severity = 0; ok && severity < SEVERITY_COUNT; severity++)
    ok = first_due_of(store, destination_id, owner, severity, found, due, error);
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

bool store_outbox_waiting(struct store *store, struct text owner,
                          void (*each)(void *context, struct text destination_id, time_us due),
                          void *context, struct error *error) {
  struct buffer id = BUFFER_NONE;
  bool more = false;
  bool ok = next_destination(store, &id, &more, error);
  while (ok && more) {
    bool found;
    time_us due = 0;
    ok = first_due(store, buffer_text(&id), owner, &found, &due, error);
    if (ok && found)
      each(context, buffer_text(&id), due);
    ok = ok && next_destination(store, &id, &more, error);
  }
  buffer_free(&id);
  return ok;
}

bool store_outbox_record(struct store *store, const struct outbox_result *result, bool *held,
                         struct error *error) {
  struct store_scope scope;
  *held = false;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(store, STATEMENT_OUTBOX_RECORD, error,
                          STATEMENT_ARGUMENTS(AS_INTEGER(result->id), AS_TEXT(result->owner),
                                              AS_INTEGER(result->state), AS_INTEGER(result->due),
                                              AS_INTEGER(result->now), AS_TEXT(result->last_error),
                                              AS_INTEGER(result->goes_on)));
  *held = ok && sqlite3_changes(store->db) == 1;
  if (*held)
    ok = outbox_follow_up(store, result->id,
                          result->state == OUTBOX_PENDING ? result->due : result->now, error);
  return store_scope_end(store, &scope, ok, error);
}

bool store_outbox_park(struct store *store, const struct outbox_park *park, int64_t *count,
                       struct error *error) {
  time_us since = park->since ? park->since : INT64_MAX;
  *count = 0;
  if (!statement_run(store, STATEMENT_OUTBOX_PARK, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(park->destination_id), AS_INTEGER(park->now),
                                         AS_TEXT(park->last_error), AS_INTEGER(park->limit),
                                         AS_INTEGER(since))))
    return false;
  *count = sqlite3_changes(store->db);
  return true;
}

static int64_t states_of(const struct outbox_filter *filter) {
  return filter->states ? filter->states : (1u << OUTBOX_STATE_COUNT) - 1;
}

static int64_t limit_of(const struct outbox_filter *filter) {
  return filter->limit > 0 ? filter->limit : INT64_MAX;
}

/* `statement` may be NULL: it could not be started. Ends it. */
static bool read_rows(struct store *store, sqlite3_stmt *statement,
                      bool (*each)(void *context, const struct outbox_row *row), void *context,
                      struct error *error) {
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

bool store_outbox_find(struct store *store, const struct outbox_filter *filter,
                       bool (*each)(void *context, const struct outbox_row *row), void *context,
                       struct error *error) {
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_OUTBOX_FIND, error,
      STATEMENT_ARGUMENTS(AS_TEXT(filter->alert_id), AS_TEXT(filter->destination_id),
                          AS_INTEGER(states_of(filter)), AS_INTEGER(filter->min_severity),
                          AS_INTEGER(limit_of(filter))));
  return read_rows(store, statement, each, context, error);
}

static bool change(struct store *store, enum statement_id id, const struct outbox_filter *filter,
                   time_us now, int64_t *count, struct error *error) {
  *count = 0;
  if (!statement_run(store, id, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(filter->alert_id), AS_TEXT(filter->destination_id),
                                         AS_INTEGER(states_of(filter)),
                                         AS_INTEGER(filter->min_severity),
                                         AS_INTEGER(limit_of(filter)), AS_INTEGER(now))))
    return false;
  *count = sqlite3_changes(store->db);
  return true;
}

bool store_outbox_retry(struct store *store, const struct outbox_filter *filter, time_us now,
                        int64_t *count, struct error *error) {
  return change(store, STATEMENT_OUTBOX_RETRY, filter, now, count, error);
}

bool store_outbox_drop(struct store *store, const struct outbox_filter *filter, time_us now,
                       int64_t *count, struct error *error) {
  return change(store, STATEMENT_OUTBOX_DROP, filter, now, count, error);
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
  return read_rows(store, statement, each, context, error);
}

/* ---- what destinations keep --------------------------------------------------------------- */

bool store_destination_state_get(struct store *store, struct text alert_id,
                                 struct text destination_id, struct buffer *state,
                                 struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_DESTINATION_STATE_GET, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(destination_id)));
  bool row;
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok && row)
    buffer_append_text(state, column_text(statement, 0));
  statement_end(statement);
  return ok;
}

bool store_destination_state_set(struct store *store, struct text alert_id,
                                 struct text destination_id, struct text state,
                                 struct error *error) {
  if (state.size == 0)
    return statement_run(store, STATEMENT_DESTINATION_STATE_DELETE, error,
                         STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(destination_id)));
  return statement_run(
      store, STATEMENT_DESTINATION_STATE_SET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(destination_id), AS_TEXT(state)));
}
