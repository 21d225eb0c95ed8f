/* What happens to alerts after they were opened. */
#include "store/store_lifecycle.h"

#include "base/arena.h"
#include "store/sqlite/internal.h"

#define MARGAY TEXT("margay") /* who does what nobody did */

/* ---- changes ------------------------------------------------------------------------------ */

static bool life_get(struct store *store, struct text alert_id, struct arena *arena,
                     struct alert_life *life, bool *known, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_LIFE_GET, error, STATEMENT_ARGUMENTS(AS_TEXT(alert_id)));
  bool ok = statement && statement_next(store, statement, known, error);
  if (ok && *known)
    *life = (struct alert_life){
        .state = (enum alert_state)column_choice(statement, 0, ALERT_STATE_COUNT),
        .resolution = (enum alert_resolution)column_choice(statement, 1, ALERT_RESOLUTION_COUNT),
        .assignee = arena_copy(arena, column_text(statement, 2)),
        .by = arena_copy(arena, column_text(statement, 3)),
    };
  statement_end(statement);
  return ok;
}

static bool history_add(struct store *store, const struct alert_change *change,
                        struct error *error) {
  bool resolved = change->action == OCCASION_RESOLVED,
       assigned = change->action == OCCASION_ASSIGNED;
  return statement_run(
      store, STATEMENT_LIFE_HISTORY_ADD, error,
      STATEMENT_ARGUMENTS(AS_TEXT(change->alert_id), AS_INTEGER(clock_now(&store->clock)),
                          AS_TEXT(change->who), AS_INTEGER(change->via), AS_INTEGER(change->action),
                          AS_INTEGER(resolved ? change->resolution : RESOLUTION_NONE),
                          AS_TEXT(assigned ? change->assignee : TEXT("")), AS_TEXT(change->note)));
}

/* The history, and what destinations are sent. */
static bool note_change(struct store *store, const struct alert_change *change, int64_t *queued,
                        struct error *error) {
  bool over = change->action == OCCASION_RESOLVED && change->via == ALERT_VIA_MARGAY;
  const struct outbox_news news = {change->action, over, change->who, change->note};
  return history_add(store, change, error) &&
         outbox_queue_news(store, change->alert_id, &news, queued, error);
}

static bool apply(struct store *store, const struct alert_change *change, struct arena *arena,
                  struct alert_changed *changed, struct error *error) {
  struct alert_life life;
  if (!life_get(store, change->alert_id, arena, &life, &changed->known, error))
    return false;
  if (!changed->known || !alert_life_change(&life, change, &changed->reason))
    return true;
  changed->done = true;
  return statement_run(store, STATEMENT_LIFE_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(change->alert_id), AS_INTEGER(life.state),
                                           AS_INTEGER(life.resolution), AS_TEXT(life.assignee))) &&
         note_change(store, change, &changed->queued, error);
}

bool store_alert_change(struct store *store, const struct alert_change *change,
                        struct alert_changed *changed, struct error *error) {
  struct arena arena = ARENA_NONE;
  struct store_scope scope;
  *changed = (struct alert_changed){.reason = ERROR_NONE};
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = apply(store, change, &arena, changed, error);
  ok = store_scope_end(store, &scope, ok, error);
  changed->done = changed->done && ok;
  arena_free(&arena);
  return ok;
}

void history_from_row(sqlite3_stmt *statement, struct alert_history *history) {
  *history = (struct alert_history){
      .at = sqlite3_column_int64(statement, 0),
      .who = column_text(statement, 1),
      .via = (enum alert_via)column_choice(statement, 2, ALERT_VIA_COUNT),
      .action = (enum alert_occasion)column_choice(statement, 3, ALERT_OCCASION_COUNT),
      .resolution = (enum alert_resolution)column_choice(statement, 4, ALERT_RESOLUTION_COUNT),
      .assignee = column_text(statement, 5),
      .note = column_text(statement, 6),
  };
}

bool store_alert_history(struct store *store, struct text alert_id,
                         bool (*each)(void *context, const struct alert_history *history),
                         void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_LIFE_HISTORY_LIST, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(alert_id)));
  bool ok = statement, row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct alert_history history;
    history_from_row(statement, &history);
    row = each(context, &history);
  }
  statement_end(statement);
  return ok;
}

static bool number_of(struct store *store, enum statement_id id, const struct argument *arguments,
                      size_t count, int64_t *number, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, id, error, arguments, count);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  *number = ok && row ? sqlite3_column_int64(statement, 0) : 0;
  statement_end(statement);
  return ok;
}

bool store_alert_revision(struct store *store, struct text alert_id, int64_t *revision,
                          struct error *error) {
  const struct argument arguments[] = {AS_TEXT(alert_id)};
  return number_of(store, STATEMENT_LIFE_REVISION, arguments, 1, revision, error);
}

/* ---- causes ------------------------------------------------------------------------------- */

static bool each_unresolved(struct store *store, sqlite3_stmt *statement,
                            alert_unresolved_each *each, void *context, struct error *error) {
  bool ok = statement, row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct alert_unresolved alert = {.id = column_text(statement, 0),
                                           .rule_id = column_text(statement, 1),
                                           .dedup = column_text(statement, 2)};
    each(context, &alert);
  }
  statement_end(statement);
  return ok;
}

bool store_alert_failures(struct store *store, alert_unresolved_each *each, void *context,
                          struct error *error) {
  return each_unresolved(store, statement_start(store, STATEMENT_LIFE_UNRESOLVED, error, NULL, 0),
                         each, context, error);
}

bool store_alert_letters_gone(struct store *store, struct text rule_id, int64_t limit,
                              alert_unresolved_each *each, void *context, struct error *error) {
  return each_unresolved(store,
                         statement_start(store, STATEMENT_LIFE_LETTERS_GONE, error,
                                         STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_INTEGER(limit))),
                         each, context, error);
}

/* ---- matches ------------------------------------------------------------------------------ */

struct grown {
  bool grew; /* ten times what was announced */
  enum alert_state state;
  enum severity severity;
};

static bool count_match(struct store *store, const struct alert_join *join, bool *joined,
                        struct grown *grown, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_JOIN, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(join->alert_id), AS_INTEGER(join->event_time),
                                          AS_INTEGER(join->more),
                                          AS_INTEGER(join->more ? join->from : join->event_time)));
  bool ok = statement && statement_next(store, statement, joined, error), more;
  if (ok && *joined) {
    *grown = (struct grown){
        .grew = sqlite3_column_int64(statement, 0) != 0,
        .state = (enum alert_state)column_choice(statement, 1, ALERT_STATE_COUNT),
        .severity = (enum severity)column_choice(statement, 2, SEVERITY_COUNT),
    };
    ok = statement_next(store, statement, &more, error);
  }
  statement_end(statement);
  return ok;
}

static bool rise(struct store *store, const struct alert_join *join, bool *held,
                 struct error *error) {
  const struct argument arguments[] = {AS_TEXT(join->alert_id), AS_INTEGER(join->severity)};
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ALERT_RISE, error, arguments, 2);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  *held = ok && row && sqlite3_column_int64(statement, 0) != 0;
  ok = ok && statement_next(store, statement, &row, error);
  statement_end(statement);
  return ok && statement_run(store, STATEMENT_OUTBOX_RISE, error, arguments, 2);
}

/* What margay itself does. */
static bool change_by_match(struct store *store, const struct alert_join *join,
                            enum alert_occasion action, int64_t *queued, struct error *error) {
  struct alert_change change = {.alert_id = join->alert_id,
                                .action = action,
                                .who = MARGAY,
                                .via = ALERT_VIA_MARGAY,
                                .note = join->note};
  struct alert_changed changed;
  if (action != OCCASION_REOPENED)
    return note_change(store, &change, queued, error);
  change.note = TEXT("it goes on");
  bool ok = store_alert_change(store, &change, &changed, error);
  *queued += changed.queued;
  return ok;
}

static bool send_growth(struct store *store, const struct alert_join *join,
                        const struct grown *grown, struct alert_joined *joined,
                        struct error *error) {
  static const struct outbox_news grew = {.occasion = OCCASION_GREW};
  int64_t *queued = &joined->queued;
  bool resolved = grown->state == ALERT_RESOLVED;
  joined->rose = join->severity > grown->severity;
  if (joined->rose && !rise(store, join, &joined->held, error))
    return false;
  if ((joined->rose || join->note.size > 0) &&
      !change_by_match(store, join, OCCASION_ROSE, queued, error))
    return false;
  if (resolved && (joined->rose || join->reopens))
    return change_by_match(store, join, OCCASION_REOPENED, queued, error);
  return !grown->grew || resolved || outbox_queue_news(store, join->alert_id, &grew, queued, error);
}

bool store_alert_join(struct store *store, const struct alert_join *join,
                      struct alert_joined *joined, struct error *error) {
  struct store_scope scope;
  struct grown grown = {.grew = false};
  *joined = (struct alert_joined){.joined = false};
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = count_match(store, join, &joined->joined, &grown, error) &&
            (!joined->joined || send_growth(store, join, &grown, joined, error));
  return store_scope_end(store, &scope, ok, error);
}

bool store_alert_restate(struct store *store, struct text alert_id, const struct alert *stated,
                         struct error *error) {
  return statement_run(
      store, STATEMENT_ALERT_RESTATE, error,
      STATEMENT_ARGUMENTS(
          AS_TEXT(alert_id), AS_INTEGER(stated->severity), AS_TEXT(stated->rule_id),
          AS_TEXT(stated->display_name), AS_TEXT(stated->log_type), AS_TEXT(stated->source_id),
          AS_TEXT(stated->source_label), AS_TEXT(stated->dedup), AS_TEXT(stated->title),
          AS_TEXT(stated->description), AS_TEXT(stated->runbook), AS_TEXT(stated->reference),
          AS_TEXT(stated->tags), AS_TEXT(stated->reports), AS_TEXT(stated->context),
          AS_TEXT(stated->event), AS_TEXT(stated->actor)));
}

bool store_alert_is_unresolved(struct store *store, struct text alert_id, bool *unresolved,
                               struct error *error) {
  struct arena arena = ARENA_NONE;
  struct alert_life life = {.state = ALERT_RESOLVED};
  bool known = false, ok = life_get(store, alert_id, &arena, &life, &known, error);
  *unresolved = ok && known && life.state != ALERT_RESOLVED;
  arena_free(&arena);
  return ok;
}

bool store_alert_window(struct store *store, struct text alert_id, time_us ends_at,
                        struct error *error) {
  return statement_run(store, STATEMENT_ALERT_WINDOW, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_INTEGER(ends_at)));
}

struct ended {
  struct arena arena;
  struct ended_alert {
    struct text id;
    int64_t number;
    enum alert_state state;
  } * items;
  int64_t count;
};

static bool read_ended(struct store *store, time_us now, int64_t limit, struct ended *ended,
                       struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_WINDOWS_END, error,
                      STATEMENT_ARGUMENTS(AS_INTEGER(now), AS_INTEGER(limit)));
  bool ok = statement, row = statement;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    if (!ended->items)
      ended->items = arena_alloc(&ended->arena, (size_t)limit * sizeof *ended->items);
    ended->items[ended->count++] = (struct ended_alert){
        .id = arena_copy(&ended->arena, column_text(statement, 0)),
        .state = (enum alert_state)column_choice(statement, 1, ALERT_STATE_COUNT),
        .number = sqlite3_column_int64(statement, 2),
    };
  }
  statement_end(statement);
  return ok;
}

static bool end_window(struct store *store, const struct ended_alert *alert, int64_t *queued,
                       struct error *error) {
  static const struct outbox_news grew = {.occasion = OCCASION_GREW};
  return statement_run(store, STATEMENT_ALERT_ANNOUNCE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(alert->number))) &&
         (alert->state == ALERT_RESOLVED ||
          outbox_queue_news(store, alert->id, &grew, queued, error));
}

bool store_alert_window_next(struct store *store, time_us *at, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ALERT_WINDOW_NEXT, error, NULL, 0);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  *at = ok && row && sqlite3_column_type(statement, 0) != SQLITE_NULL
            ? sqlite3_column_int64(statement, 0)
            : TIME_NONE;
  statement_end(statement);
  return ok;
}

bool store_alert_windows_end(struct store *store, time_us now, int64_t limit, int64_t *queued,
                             struct error *error) {
  struct ended ended = {.arena = ARENA_NONE};
  struct store_scope scope;
  *queued = 0;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = read_ended(store, now, limit, &ended, error);
  for (int64_t i = 0; ok && i < ended.count; i++)
    ok = end_window(store, &ended.items[i], queued, error);
  arena_free(&ended.arena);
  return store_scope_end(store, &scope, ok, error);
}

/* ---- destinations ------------------------------------------------------------------------- */

bool store_destinations_set(struct store *store, const struct store_destination *destinations,
                            size_t count, struct error *error) {
  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(store, STATEMENT_DESTINATION_CLEAR, error, NULL, 0);
  for (size_t i = 0; ok && i < count; i++)
    ok = statement_run(
        store, STATEMENT_DESTINATION_ADD, error,
        STATEMENT_ARGUMENTS(AS_TEXT(destinations[i].id), AS_INTEGER(destinations[i].occasions)));
  return store_scope_end(store, &scope, ok, error);
}

bool store_others_wrote(struct store *store, bool *wrote, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_DATA_VERSION, error, NULL, 0);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  int64_t version = ok && row ? sqlite3_column_int64(statement, 0) : 0;
  statement_end(statement);
  *wrote = ok && version != store->others_version;
  if (ok)
    store->others_version = version;
  return ok;
}
