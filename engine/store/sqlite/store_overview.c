/* What there is, counted. */
#include "store/store_overview.h"
#include "store/sqlite/internal.h"

/* ---- events ------------------------------------------------------------------------------ */

/* SQLite and C both cut towards zero, so hours before 1970 are named alike by all. */
static int64_t first_hour(time_us time) {
  return time / US_PER_HOUR + (time > 0 && time % US_PER_HOUR > 0);
}

bool store_event_hours(struct store *store, time_us since, time_us until,
                       void (*each)(void *context, const struct store_event_hour *hour),
                       void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_EVENT_HOURS, error,
      STATEMENT_ARGUMENTS(AS_INTEGER(first_hour(since)), AS_INTEGER(first_hour(until))));
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_event_hour hour = {.log_type = column_text(statement, 0),
                                          .start = sqlite3_column_int64(statement, 1) * US_PER_HOUR,
                                          .events = sqlite3_column_int64(statement, 2)};
    each(context, &hour);
  }
  statement_end(statement);
  return ok;
}

bool store_event_spans(struct store *store, const struct store_event_range *range,
                       void (*each)(void *context, int64_t span, int64_t events), void *context,
                       struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_EVENT_SPANS, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(range->log_type), AS_INTEGER(range->since),
                                          AS_INTEGER(range->until), AS_INTEGER(range->begin),
                                          AS_INTEGER(range->width)));
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1));
  statement_end(statement);
  return ok;
}

bool store_event_latest(struct store *store, const struct store_event_range *range, int64_t limit,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_EVENT_LATEST, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(range->log_type), AS_INTEGER(range->since),
                                          AS_INTEGER(range->until), AS_INTEGER(limit)));
  struct event_space space = EVENT_SPACE_NONE;
  struct store_event event;
  bool row = statement, ok = statement, goes_on = true;
  while (ok && goes_on && (ok = statement_next(store, statement, &row, error)) && row &&
         (ok = event_from_row(store, statement, &space, &event, error)))
    goes_on = each(context, &event);
  statement_end(statement);
  event_space_free(&space);
  return ok;
}

/* ---- alerts ------------------------------------------------------------------------------ */

bool store_alert_days(struct store *store, time_us since,
                      void (*each)(void *context, time_us day, enum severity severity,
                                   int64_t alerts),
                      void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_DAYS, error, STATEMENT_ARGUMENTS(AS_INTEGER(since)));
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, sqlite3_column_int64(statement, 0) * US_PER_DAY,
         (enum severity)column_choice(statement, 1, SEVERITY_COUNT),
         sqlite3_column_int64(statement, 2));
  statement_end(statement);
  return ok;
}

bool store_alert_open(struct store *store, int64_t open[SEVERITY_COUNT], struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ALERT_OPEN, error, NULL, 0);
  bool row = statement, ok = statement;
  for (int i = 0; i < SEVERITY_COUNT; i++)
    open[i] = 0;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    open[column_choice(statement, 0, SEVERITY_COUNT)] += sqlite3_column_int64(statement, 1);
  statement_end(statement);
  return ok;
}

static bool list_top(struct store *store, enum statement_id id, time_us since, int64_t limit,
                     void (*each)(void *context, const struct store_alert_top *top), void *context,
                     struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, id, error, STATEMENT_ARGUMENTS(AS_INTEGER(since), AS_INTEGER(limit)));
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_alert_top top = {
        .value = column_text(statement, 0),
        .title = column_text(statement, 1),
        .severity = (enum severity)column_choice(statement, 2, SEVERITY_COUNT),
        .alerts = sqlite3_column_int64(statement, 3),
        .score = sqlite3_column_int64(statement, 4),
        .matches = sqlite3_column_int64(statement, 5)};
    each(context, &top);
  }
  statement_end(statement);
  return ok;
}

bool store_alert_actors(struct store *store, time_us since, int64_t limit,
                        void (*each)(void *context, const struct store_alert_top *top),
                        void *context, struct error *error) {
  return list_top(store, STATEMENT_ALERT_ACTORS, since, limit, each, context, error);
}

bool store_alert_rules(struct store *store, time_us since, int64_t limit,
                       void (*each)(void *context, const struct store_alert_top *top),
                       void *context, struct error *error) {
  return list_top(store, STATEMENT_ALERT_RULES, since, limit, each, context, error);
}

/* ---- matches ----------------------------------------------------------------------------- */

bool store_match_list(struct store *store, struct text rule_id, int64_t before, int64_t limit,
                      bool (*each)(void *context, const struct store_match_found *match),
                      void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_MATCH_LIST, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_INTEGER(before), AS_INTEGER(limit)));
  bool row = statement, ok = statement, goes_on = true;
  while (ok && row && goes_on && (ok = statement_next(store, statement, &row, error)) && row) {
    struct row_id_space space;
    const struct store_match_found match = {.row_id = column_row_id(statement, 0, &space),
                                            .id = sqlite3_column_int64(statement, 1),
                                            .dedup = column_text(statement, 2),
                                            .actor = column_text(statement, 3),
                                            .alert_id = column_text(statement, 4),
                                            .title = column_text(statement, 5),
                                            .event_time = sqlite3_column_int64(statement, 6),
                                            .suppressed = sqlite3_column_int64(statement, 7) != 0};
    goes_on = each(context, &match);
  }
  statement_end(statement);
  return ok;
}
