/* Alerts: adding, joining, listing. */
#include "store/sqlite/internal.h"
#include "store/store_lifecycle.h"

#define LIST_LIMIT 100
#define PREFIX_SIZE_MIN 4

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

bool store_alert_add(struct store *store, const struct alert *alert, struct error *error) {
  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(
      store, STATEMENT_ALERT_ADD, error,
      STATEMENT_ARGUMENTS(
          AS_TEXT(alert->id), AS_INTEGER(alert->type), AS_INTEGER(alert->severity),
          AS_TEXT(alert->rule_id), AS_TEXT(alert->display_name), AS_TEXT(alert->log_type),
          AS_TEXT(alert->source_id), AS_TEXT(alert->source_label), AS_TEXT(alert->dedup),
          AS_TEXT(alert->title), AS_TEXT(alert->description), AS_TEXT(alert->runbook),
          AS_TEXT(alert->reference), AS_TEXT(alert->tags), AS_TEXT(alert->reports),
          AS_TEXT(alert->context), AS_TEXT(alert->event), AS_TEXT(alert->actor),
          AS_INTEGER(alert->created_at), AS_INTEGER(alert->sums_up), AS_INTEGER(alert->held)));
  ok = ok && statement_run(store, STATEMENT_ALERT_COUNT_ADD, error,
                           STATEMENT_ARGUMENTS(
                               AS_TEXT(alert->id), AS_INTEGER(alert->first_event_time),
                               AS_INTEGER(alert->last_event_time), AS_INTEGER(alert->match_count)));
  return store_scope_end(store, &scope, ok, error);
}

void alert_from_row(sqlite3_stmt *statement, int first, struct alert *alert) {
  struct text *const texts[] = {
      &alert->rule_id,      &alert->display_name, &alert->log_type, &alert->source_id,
      &alert->source_label, &alert->dedup,        &alert->title,    &alert->description,
      &alert->runbook,      &alert->reference,    &alert->tags,     &alert->reports,
      &alert->context,      &alert->event,        &alert->actor,
  };
  int column = first;
  *alert = (struct alert){.state = ALERT_OPEN};
  alert->id = column_text(statement, column++);
  alert->type = (enum alert_type)column_choice(statement, column++, ALERT_TYPE_COUNT);
  alert->severity = (enum severity)column_choice(statement, column++, SEVERITY_COUNT);
  for (size_t i = 0; i < LENGTH(texts); i++)
    *texts[i] = column_text(statement, column++);
  alert->created_at = sqlite3_column_int64(statement, column++);
  alert->sums_up = sqlite3_column_int64(statement, column++) != 0;
  alert->held = column_choice(statement, column++, 3);
  alert->attributes = TEXT("");
  alert->first_event_time = sqlite3_column_int64(statement, column++);
  alert->last_event_time = sqlite3_column_int64(statement, column++);
  alert->match_count = sqlite3_column_int64(statement, column++);
  alert->state = (enum alert_state)column_choice(statement, column++, ALERT_STATE_COUNT);
  alert->resolution =
      (enum alert_resolution)column_choice(statement, column++, ALERT_RESOLUTION_COUNT);
  alert->assignee = column_text(statement, column);
}

/* The next rule that has alerts, in the place of the one in `id`; empty when there is none. */
static bool next_rule(struct store *store, struct buffer *id, struct error *error) {
  const struct argument arguments[] = {AS_TEXT(buffer_text(id))};
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ALERT_NEXT_RULE, error, arguments, 1);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  struct buffer next = BUFFER_NONE;
  if (ok && row)
    buffer_append_text(&next, column_text(statement, 0));
  statement_end(statement);
  buffer_free(id);
  *id = next;
  return ok;
}

bool store_alert_rule_id(struct store *store, struct text given, struct buffer *id,
                         struct error *error) {
  struct buffer at = BUFFER_NONE, found = BUFFER_NONE;
  bool exact = false, ok;
  while ((ok = next_rule(store, &at, error)) && at.size > 0 && !exact) {
    exact = text_equal(buffer_text(&at), given);
    if (exact || (found.size == 0 && text_equal_folded(buffer_text(&at), given))) {
      buffer_reset(&found);
      buffer_append_text(&found, buffer_text(&at));
    }
  }
  buffer_append_text(id, found.size > 0 ? buffer_text(&found) : given);
  buffer_free(&at);
  buffer_free(&found);
  return ok;
}

static char small(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A pattern of GLOB, in small letters, in which `*` alone is special. */
static void append_glob(struct buffer *out, struct text pattern) {
  for (size_t i = 0; i < pattern.size; i++) {
    char c = pattern.data[i];
    if (c == '?' || c == '[')
      buffer_printf(out, "[%c]", c);
    else
      buffer_append_char(out, small(c));
  }
}

/* What ALERT_FILTER needs of a filter. */
#define FILTER_ARGUMENTS 10
struct filter_arguments {
  struct buffer rule, actor, words;
  struct argument items[FILTER_ARGUMENTS + 3]; /* and what a statement needs beside */
};

static void filter_begin(struct filter_arguments *arguments, const struct alert_filter *filter) {
  *arguments = (struct filter_arguments){.rule = BUFFER_NONE};
  append_glob(&arguments->rule, filter->rule_pattern);
  append_glob(&arguments->actor, filter->actor);
  for (size_t i = 0; i < filter->words.size; i++)
    buffer_append_char(&arguments->words, small(filter->words.data[i]));
  const struct argument items[FILTER_ARGUMENTS] = {
      AS_INTEGER(filter->by_severity ? filter->min_severity : SEVERITY_INFO),
      AS_INTEGER(filter->since),
      AS_INTEGER(filter->until == TIME_NONE ? INT64_MAX : filter->until),
      AS_TEXT(buffer_text(&arguments->rule)),
      AS_TEXT(buffer_text(&arguments->actor)),
      AS_TEXT(filter->source_id),
      AS_INTEGER(filter->states ? filter->states : UINT32_MAX),
      AS_INTEGER(filter->types ? filter->types : UINT32_MAX),
      AS_TEXT(buffer_text(&arguments->words)),
      AS_TEXT(filter->before),
  };
  memcpy(arguments->items, items, sizeof items);
}

static void filter_end(struct filter_arguments *arguments) {
  buffer_free(&arguments->rule);
  buffer_free(&arguments->actor);
  buffer_free(&arguments->words);
}

static bool read_alerts(struct store *store, sqlite3_stmt *statement,
                        bool (*each)(void *context, const struct alert *alert), void *context,
                        struct error *error) {
  struct buffer attributes = BUFFER_NONE;
  bool ok = statement, row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct alert alert;
    alert_from_row(statement, 0, &alert);
    ok = store_alert_attributes(store, &alert, &attributes, error);
    row = ok && each(context, &alert);
  }
  statement_end(statement);
  buffer_free(&attributes);
  return ok;
}

bool store_alert_list(struct store *store, const struct alert_filter *filter,
                      bool (*each)(void *context, const struct alert *alert), void *context,
                      struct error *error) {
  bool of_rule = filter->rule_id.size > 0;
  struct filter_arguments arguments;
  filter_begin(&arguments, filter);
  arguments.items[FILTER_ARGUMENTS] = AS_INTEGER(filter->limit == 0 ? LIST_LIMIT : filter->limit);
  arguments.items[FILTER_ARGUMENTS + 1] = AS_TEXT(filter->rule_id);
  sqlite3_stmt *statement =
      statement_start(store, of_rule ? STATEMENT_ALERT_LIST_RULE : STATEMENT_ALERT_LIST, error,
                      arguments.items, FILTER_ARGUMENTS + (of_rule ? 2 : 1));
  bool ok = read_alerts(store, statement, each, context, error);
  filter_end(&arguments);
  return ok;
}

static bool last_number(struct store *store, enum statement_id id, int64_t *number,
                        struct error *error) {
  sqlite3_stmt *statement = statement_start(store, id, error, NULL, 0);
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  *number = ok && row ? sqlite3_column_int64(statement, 0) : 0;
  statement_end(statement);
  return ok;
}

/* For numbers after `after` up to `last`; the arguments are to be ended with the statement. */
static sqlite3_stmt *start_follow(struct store *store, enum statement_id id,
                                  const struct alert_filter *filter, int64_t after, int64_t last,
                                  struct filter_arguments *arguments, struct error *error) {
  filter_begin(arguments, filter);
  arguments->items[FILTER_ARGUMENTS] = AS_INTEGER(after);
  arguments->items[FILTER_ARGUMENTS + 1] = AS_INTEGER(last);
  arguments->items[FILTER_ARGUMENTS + 2] = AS_TEXT(filter->rule_id);
  return statement_start(store, id, error, arguments->items, FILTER_ARGUMENTS + 3);
}

bool store_alert_follow(struct store *store, const struct alert_filter *filter, int64_t *after,
                        bool (*each)(void *context, const struct alert *alert), void *context,
                        struct error *error) {
  struct filter_arguments arguments;
  int64_t last;
  if (!last_number(store, STATEMENT_ALERT_LAST, &last, error))
    return false;
  if (last <= *after)
    return true;
  sqlite3_stmt *statement =
      start_follow(store, STATEMENT_ALERT_FOLLOW, filter, *after, last, &arguments, error);
  bool ok = read_alerts(store, statement, each, context, error);
  filter_end(&arguments);
  *after = last;
  return ok;
}

bool store_alert_follow_changes(struct store *store, const struct alert_filter *filter,
                                int64_t *after,
                                bool (*each)(void *context, const struct alert *alert,
                                             const struct alert_history *history),
                                void *context, struct error *error) {
  struct filter_arguments arguments;
  struct buffer attributes = BUFFER_NONE;
  int64_t last;
  if (!last_number(store, STATEMENT_LIFE_LAST, &last, error))
    return false;
  if (last <= *after)
    return true;
  sqlite3_stmt *statement =
      start_follow(store, STATEMENT_LIFE_FOLLOW, filter, *after, last, &arguments, error);
  bool ok = statement, row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct alert alert;
    struct alert_history history;
    history_from_row(statement, &history);
    alert_from_row(statement, HISTORY_COLUMN_COUNT, &alert);
    ok = store_alert_attributes(store, &alert, &attributes, error);
    row = ok && each(context, &alert, &history);
  }
  statement_end(statement);
  buffer_free(&attributes);
  filter_end(&arguments);
  *after = last;
  return ok;
}

bool store_alert_changes(struct store *store, int64_t *after, int64_t limit,
                         bool (*each)(void *context, const struct alert *alert), void *context,
                         struct error *error) {
  int64_t last;
  if (!last_number(store, STATEMENT_LIFE_LAST, &last, error))
    return false;
  if (last <= *after)
    return true;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_LIFE_CHANGED, error,
                      STATEMENT_ARGUMENTS(AS_INTEGER(*after), AS_INTEGER(last), AS_INTEGER(limit)));
  bool ok = statement, row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct alert alert;
    alert_from_row(statement, 0, &alert);
    row = each(context, &alert);
  }
  statement_end(statement);
  *after = last;
  return ok;
}

bool store_alert_show(struct store *store, struct text id_or_prefix,
                      void (*found)(void *context, const struct alert *alert), void *context,
                      struct error *error) {
  char shown[80];
  text_printable(id_or_prefix, shown, sizeof shown);
  if (id_or_prefix.size < PREFIX_SIZE_MIN)
    return error_set(error, "'%s' is too short for an alert's id: give at least %d characters",
                     shown, PREFIX_SIZE_MIN);

  /* Everything that starts with the prefix sorts from it up to the prefix and a last byte that
   * no text holds. */
  struct buffer end = BUFFER_NONE, attributes = BUFFER_NONE;
  buffer_append_text(&end, id_or_prefix);
  buffer_append_char(&end, '\xff');
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_FIND, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(id_or_prefix), AS_TEXT(buffer_text(&end))));
  bool row = false;
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok && !row)
    ok = error_set(error, "there is no alert '%s'; `margay alerts list` shows those that are",
                   shown);
  if (!ok)
    goto done;

  struct alert alert;
  alert_from_row(statement, 0, &alert);
  bool several = sqlite3_column_int64(statement, ALERT_COLUMN_COUNT) > 1;
  if (several && !text_equal(alert.id, id_or_prefix))
    ok = error_set(error, "'%s' could mean more than one alert; give more characters", shown);
  else if ((ok = store_alert_attributes(store, &alert, &attributes, error)))
    found(context, &alert);

done:
  statement_end(statement);
  buffer_free(&attributes);
  buffer_free(&end);
  return ok;
}

bool store_alert_find(struct store *store, struct text id,
                      void (*found)(void *context, const struct alert *alert), void *context,
                      bool *known, struct error *error) {
  struct buffer attributes = BUFFER_NONE;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_GET, error, STATEMENT_ARGUMENTS(AS_TEXT(id)));
  *known = false;
  bool ok = statement && statement_next(store, statement, known, error);
  if (ok && *known) {
    struct alert alert;
    alert_from_row(statement, 0, &alert);
    ok = store_alert_attributes(store, &alert, &attributes, error);
    if (ok)
      found(context, &alert);
  }
  statement_end(statement);
  buffer_free(&attributes);
  return ok;
}

bool store_event_find(struct store *store, struct text row_id,
                      void (*found)(void *context, const struct store_event *event), void *context,
                      bool *known, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_EVENT_FIND, error, STATEMENT_ARGUMENTS(AS_TEXT(row_id)));
  struct event_space space = EVENT_SPACE_NONE;
  struct store_event event;
  *known = false;
  bool ok = statement && statement_next(store, statement, known, error) &&
            (!*known || event_from_row(store, statement, &space, &event, error));
  if (ok && *known)
    found(context, &event);
  statement_end(statement);
  event_space_free(&space);
  return ok;
}

bool store_alert_events(struct store *store, struct text alert_id, int64_t limit,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_EVENTS, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_INTEGER(limit)));
  struct event_space space = EVENT_SPACE_NONE;
  struct store_event event;
  bool row = statement;
  bool ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row &&
         (ok = event_from_row(store, statement, &space, &event, error)))
    row = each(context, &event);
  statement_end(statement);
  event_space_free(&space);
  return ok;
}
