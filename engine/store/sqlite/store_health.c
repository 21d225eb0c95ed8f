/* How the daemon, its sources and its destinations are, and the alarms that have begun. */
#include "store/store_health.h"
#include "store/sqlite/internal.h"
#include "store/store_outbox.h"

/* ---- the daemon and its sources ---------------------------------------------------------- */

static bool set_daemon(struct store *store, const struct store_daemon *daemon,
                       struct error *error) {
  return statement_run(
      store, STATEMENT_DAEMON_SET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(daemon->version), AS_INTEGER(daemon->pid),
                          AS_INTEGER(daemon->started_at), AS_INTEGER(daemon->beat_at),
                          AS_INTEGER(daemon->ended_at), AS_INTEGER(daemon->commits),
                          AS_INTEGER(daemon->rules), AS_INTEGER(daemon->rule_mistakes),
                          AS_INTEGER(daemon->rules_paused), AS_TEXT(daemon->destinations)));
}

static bool set_source(struct store *store, const struct store_source_health *source,
                       time_us saved_at, struct error *error) {
  return statement_run(
      store, STATEMENT_SOURCE_HEALTH_SET, error,
      STATEMENT_ARGUMENTS(
          AS_TEXT(source->source_id), AS_TEXT(source->label), AS_TEXT(source->kind),
          AS_TEXT(source->state), AS_INTEGER(source->known_since), AS_INTEGER(source->last_event),
          AS_INTEGER(source->last_event_at), AS_INTEGER(source->last_success),
          AS_INTEGER(source->watermark), AS_TEXT(source->fault), AS_TEXT(source->error),
          AS_INTEGER(source->error_since), AS_INTEGER(source->errors), AS_INTEGER(source->day),
          AS_INTEGER(source->rows_today), AS_INTEGER(saved_at)));
}

bool store_health_save(struct store *store, const struct store_daemon *daemon,
                       const struct store_source_health *sources, size_t count,
                       struct error *error) {
  struct store_scope scope;
  store_sync_commits(store, false);
  bool ok = store_scope_begin(store, &scope, error);
  if (ok) {
    ok = set_daemon(store, daemon, error);
    for (size_t i = 0; ok && i < count; i++)
      ok = set_source(store, &sources[i], daemon->beat_at, error);
    ok = ok && statement_run(store, STATEMENT_SOURCE_HEALTH_FORGET, error,
                             STATEMENT_ARGUMENTS(AS_INTEGER(daemon->beat_at)));
    ok = store_scope_end(store, &scope, ok, error);
  }
  store_sync_commits(store, true);
  return ok;
}

bool store_health_daemon(struct store *store,
                         void (*each)(void *context, const struct store_daemon *daemon),
                         void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_DAEMON_GET, error, NULL, 0);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  if (ok && row) {
    const struct store_daemon daemon = {
        .version = column_text(statement, 0),
        .pid = sqlite3_column_int64(statement, 1),
        .started_at = sqlite3_column_int64(statement, 2),
        .beat_at = sqlite3_column_int64(statement, 3),
        .ended_at = sqlite3_column_int64(statement, 4),
        .commits = sqlite3_column_int64(statement, 5) != 0,
        .rules = sqlite3_column_int64(statement, 6),
        .rule_mistakes = sqlite3_column_int64(statement, 7),
        .rules_paused = sqlite3_column_int64(statement, 8),
        .destinations = column_text(statement, 9),
    };
    each(context, &daemon);
  }
  statement_end(statement);
  return ok;
}

static struct store_source_health source_from_row(sqlite3_stmt *statement) {
  return (struct store_source_health){
      .source_id = column_text(statement, 0),
      .label = column_text(statement, 1),
      .kind = column_text(statement, 2),
      .state = column_text(statement, 3),
      .known_since = sqlite3_column_int64(statement, 4),
      .last_event = sqlite3_column_int64(statement, 5),
      .last_event_at = sqlite3_column_int64(statement, 6),
      .last_success = sqlite3_column_int64(statement, 7),
      .watermark = sqlite3_column_int64(statement, 8),
      .fault = column_text(statement, 9),
      .error = column_text(statement, 10),
      .error_since = sqlite3_column_int64(statement, 11),
      .errors = sqlite3_column_int64(statement, 12),
      .day = sqlite3_column_int64(statement, 13),
      .rows_today = sqlite3_column_int64(statement, 14),
  };
}

bool store_health_sources(struct store *store,
                          void (*each)(void *context, const struct store_source_health *source),
                          void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_SOURCE_HEALTH_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_source_health source = source_from_row(statement);
    each(context, &source);
  }
  statement_end(statement);
  return ok;
}

/* ---- destinations ------------------------------------------------------------------------ */

bool store_destination_health_set(struct store *store,
                                  const struct store_destination_health *health,
                                  struct error *error) {
  return statement_run(
      store, STATEMENT_DESTINATION_HEALTH_SET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(health->destination_id), AS_INTEGER(health->circuit_open),
                          AS_INTEGER(health->failures), AS_INTEGER(health->failing_since),
                          AS_INTEGER(health->probe_at), AS_INTEGER(health->last_success),
                          AS_INTEGER(health->last_failure), AS_TEXT(health->last_error)));
}

bool store_destination_health_list(struct store *store,
                                   void (*each)(void *context,
                                                const struct store_destination_health *health),
                                   void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_DESTINATION_HEALTH_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_destination_health health = {
        .destination_id = column_text(statement, 0),
        .circuit_open = sqlite3_column_int64(statement, 1) != 0,
        .failures = sqlite3_column_int64(statement, 2),
        .failing_since = sqlite3_column_int64(statement, 3),
        .probe_at = sqlite3_column_int64(statement, 4),
        .last_success = sqlite3_column_int64(statement, 5),
        .last_failure = sqlite3_column_int64(statement, 6),
        .last_error = column_text(statement, 7),
    };
    each(context, &health);
  }
  statement_end(statement);
  return ok;
}

/* ---- alarms ------------------------------------------------------------------------------ */

bool store_alarm_begin(struct store *store, const struct store_alarm *alarm, struct error *error) {
  return statement_run(store, STATEMENT_ALARM_BEGIN, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(alarm->kind), AS_TEXT(alarm->subject),
                                           AS_TEXT(alarm->detail), AS_INTEGER(alarm->since),
                                           AS_TEXT(alarm->alert_id)));
}

bool store_alarm_reword(struct store *store, struct text kind, struct text subject,
                        struct text detail, struct error *error) {
  return statement_run(store, STATEMENT_ALARM_REWORD, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(kind), AS_TEXT(subject), AS_TEXT(detail)));
}

bool store_alarm_end(struct store *store, struct text kind, struct text subject,
                     struct error *error) {
  return statement_run(store, STATEMENT_ALARM_END, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(kind), AS_TEXT(subject)));
}

bool store_alarm_list(struct store *store,
                      void (*each)(void *context, const struct store_alarm *alarm), void *context,
                      struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ALARM_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_alarm alarm = {
        .kind = column_text(statement, 0),
        .subject = column_text(statement, 1),
        .detail = column_text(statement, 2),
        .since = sqlite3_column_int64(statement, 3),
        .alert_id = column_text(statement, 4),
    };
    each(context, &alarm);
  }
  statement_end(statement);
  return ok;
}

/* ---- destinations ------------------------------------------------------------------------ */

static time_us column_time(sqlite3_stmt *statement, int column) {
  return sqlite3_column_type(statement, column) == SQLITE_NULL
             ? TIME_NONE
             : sqlite3_column_int64(statement, column);
}

bool store_outbox_backlog(struct store *store,
                          void (*each)(void *context, const struct store_outbox_backlog *backlog),
                          void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_OUTBOX_BACKLOG, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_outbox_backlog backlog = {
        .destination_id = column_text(statement, 0),
        .waiting = sqlite3_column_int64(statement, 1),
        .retried = sqlite3_column_int64(statement, 2),
        .parked = sqlite3_column_int64(statement, 3),
        .oldest = column_time(statement, 4),
        .oldest_retried = column_time(statement, 5),
        .last_error = column_text(statement, 6),
    };
    each(context, &backlog);
  }
  statement_end(statement);
  return ok;
}
