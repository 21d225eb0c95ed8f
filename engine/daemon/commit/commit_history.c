/*
 * History: what a source brings of the time before it was there. A new installation reads months
 * of reports, and nobody wants a message for each thing that happened in them. So alerts of that
 * time are held: kept and listed like any others, but not sent. Once none was held for a while, one
 * alert for each source and rule sums them up. Windows, correlations and kv do not know of it: a
 * match of today that joins an alert of yesterday sends it.
 *
 * When a source was there first is remembered in the first transaction after its start.
 */
#include "base/digest.h"
#include "base/memory.h"
#include "daemon/commit/commit_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#define HISTORY_RULE_ID "margay.history"
#define HISTORY_ALERT_ID_SIZE 32 /* as alert.h says */
/* What is so little older than its source is news. */
#define HISTORY_GRACE US_PER_HOUR
/* When so long no alert was held, all of the history was read. Zoom's limits may make a source wait
 * for minutes. */
#define HISTORY_QUIET (5 * US_PER_MINUTE)
#define ACTORS_SHOWN 5

/* ---- what is held ------------------------------------------------------------------------ */

bool commit_history_begin(struct committer *committer, struct error *error) {
  struct history *history = &committer->history;
  const struct committer_setup *setup = &committer->options.setup;
  time_us now = clock_now(&committer->options.clock);
  if (history->known)
    return true;
  history->count = 0;
  for (size_t i = 0; i < setup->source_count; i++) {
    history->starts = memory_reserve(history->starts, &history->capacity, history->count + 1,
                                     sizeof *history->starts);
    struct source_start *start = &history->starts[history->count++];
    start->source = &setup->sources[i];
    if (!store_source_start(committer->options.store, start->source->id, now, &start->started,
                            error))
      return false;
  }
  history->known = true;
  return true;
}

static bool has_history(const struct source *source) {
  return source->history_alerts != HISTORY_ALL && source->type && source->type->goes_on &&
         source->type->goes_on(source->options);
}

/* Before that, what a source brings is history. What no source brings by itself (a correlation's
 * instance) is history if it is for any of them. INT64_MIN: nothing is. */
static time_us history_end(const struct committer *committer, struct text source_id) {
  time_us end = INT64_MIN;
  for (size_t i = 0; i < committer->history.count; i++) {
    const struct source_start *start = &committer->history.starts[i];
    bool own = text_equal(start->source->id, source_id);
    time_us of_source = has_history(start->source) ? start->started - HISTORY_GRACE : INT64_MIN;
    if (own)
      return of_source;
    if (of_source > end)
      end = of_source;
  }
  return end;
}

int commit_history_holds(const struct committer *committer, const struct match *match) {
  if (committer->history.backfill > 0 && match->type == ALERT_RULE) {
    int alerts = committer->history.backfill - 1;
    return alerts == HISTORY_ALL ? 0 : alerts == HISTORY_NONE ? 2 : 1;
  }
  return match->type == ALERT_RULE && !match->untimed &&
         match->event_time < history_end(committer, match->source_id);
}

void commit_history_held(struct committer *committer) {
  committer->history.pending = true;
  committer->history.last_held = clock_now(&committer->options.clock);
}

bool commit_history_joined(struct committer *committer, const struct match *match,
                           struct text alert_id, struct error *error) {
  time_us end = history_end(committer, match->source_id);
  /* An alert that such a match can join began less than two periods before. */
  if (end == INT64_MIN || match->event_time < end ||
      match->event_time - end > 2 * match->rule->dedup_period)
    return true;
  bool released;
  if (!store_alert_release(committer->options.store, alert_id, &released, error))
    return false;
  return !released || commit_route_match(committer, match, alert_id, error);
}

/* ---- what sums it up --------------------------------------------------------------------- */

struct summary {
  struct committer *committer;
  const struct store_history *history;
  struct buffer names, actors; /* for people, and as JSON */
};

static void add_actor(void *context, struct text actor, int64_t matches) {
  struct summary *summary = context;
  char shown[128];
  buffer_printf(&summary->names, "%s%s (%" PRId64 ")", summary->names.size ? ", " : "",
                text_printable(actor, shown, sizeof shown), matches);
  buffer_append_string(&summary->actors, summary->actors.size ? ",{\"actor\":" : "{\"actor\":");
  buffer_append_json_string(&summary->actors, actor);
  buffer_printf(&summary->actors, ",\"matches\":%" PRId64 "}", matches);
}

/* The same for all that is summed up in one day. */
static const char *alert_id(const struct store_history *history, time_us now,
                            char id[HISTORY_ALERT_ID_SIZE + 1]) {
  struct buffer name = BUFFER_NONE;
  uint8_t digest[DIGEST_SIZE];
  buffer_printf(&name, HISTORY_RULE_ID " %" PRId64 " ", now / US_PER_DAY);
  buffer_append_json_string(&name, history->source_id);
  buffer_append_json_string(&name, history->rule_id);
  digest_sha256(buffer_text(&name), digest);
  buffer_free(&name);
  hex_encode(digest, HISTORY_ALERT_ID_SIZE / 2, id);
  return id;
}

static void write_texts(const struct summary *summary, struct buffer *title,
                        struct buffer *description, struct buffer *context) {
  const struct store_history *history = summary->history;
  struct time_string from, to;
  buffer_printf(title, "%" PRId64 " match%s of %.*s in history from %s to %s", history->matches,
                history->matches == 1 ? "" : "es", TEXT_ARGS(history->rule_id),
                time_format(history->first_event_time, &from),
                time_format(history->last_event_time, &to));
  buffer_printf(description,
                "This happened before margay began to read the source. %" PRId64
                " alert%s of it %s kept and not sent.",
                history->alerts, history->alerts == 1 ? "" : "s",
                history->alerts == 1 ? "is" : "are");
  if (summary->names.size > 0)
    buffer_printf(description, " Most of it: %.*s.", TEXT_ARGS(buffer_text(&summary->names)));
  buffer_append_string(context, "{\"rule\":");
  buffer_append_json_string(context, history->rule_id);
  buffer_printf(context, ",\"matches\":%" PRId64 ",\"alerts\":%" PRId64 ",\"actors\":[%.*s]}",
                history->matches, history->alerts, TEXT_ARGS(buffer_text(&summary->actors)));
}

static bool open_summary(struct summary *summary, struct error *error) {
  struct committer *committer = summary->committer;
  const struct store_history *history = summary->history;
  struct buffer title = BUFFER_NONE, description = BUFFER_NONE, context = BUFFER_NONE,
                runbook = BUFFER_NONE;
  char id[HISTORY_ALERT_ID_SIZE + 1];
  time_us now = clock_now(&committer->options.clock);
  write_texts(summary, &title, &description, &context);
  buffer_printf(&runbook, "`margay alerts list --rule %.*s` lists them.",
                TEXT_ARGS(history->rule_id));
  const struct alert alert = {
      .id = text_from(alert_id(history, now, id)),
      .type = ALERT_SYSTEM,
      .severity = history->severity,
      .rule_id = TEXT(HISTORY_RULE_ID),
      .display_name = TEXT("Matches in history"),
      .log_type = history->log_type,
      .source_id = history->source_id,
      .source_label = history->source_label,
      .dedup = history->rule_id,
      .title = buffer_text(&title),
      .description = buffer_text(&description),
      .runbook = buffer_text(&runbook),
      .tags = TEXT("[]"),
      .reports = TEXT("{}"),
      .context = buffer_text(&context),
      .event = TEXT("{}"),
      .created_at = now,
      .first_event_time = history->first_event_time,
      .last_event_time = history->last_event_time,
      .match_count = history->matches,
  };
  bool ok = committer_open_alert(committer, &alert, TEXT(""), error);
  buffer_free(&title);
  buffer_free(&description);
  buffer_free(&context);
  buffer_free(&runbook);
  return ok;
}

static bool is_silent(const struct committer *committer, struct text source_id) {
  for (size_t i = 0; i < committer->history.count; i++)
    if (text_equal(committer->history.starts[i].source->id, source_id))
      return committer->history.starts[i].source->history_alerts == HISTORY_NONE;
  return false;
}

static bool sum_up(struct committer *committer, const struct store_history *history,
                   struct error *error) {
  struct summary summary = {committer, history, BUFFER_NONE, BUFFER_NONE};
  bool silent = is_silent(committer, history->source_id);
  bool ok =
      store_history_actors(committer->options.store, history->source_id, history->rule_id,
                           ACTORS_SHOWN, add_actor, &summary, error) &&
      (silent || open_summary(&summary, error)) &&
      store_history_done(committer->options.store, history->source_id, history->rule_id, error);
  if (ok)
    LOG_INFO(committer->options.log,
             silent ? "alerts of the time before a source was there are not sent"
                    : "alerts of the time before a source was there are summed up in one",
             LOG_TEXT("source", history->source_id), LOG_TEXT("rule", history->rule_id),
             LOG_INT("matches", history->matches), LOG_INT("alerts", history->alerts));
  buffer_free(&summary.names);
  buffer_free(&summary.actors);
  return ok;
}

struct history_list {
  struct arena *arena;
  struct store_history *items;
  size_t count, capacity;
};

static void keep_history(void *context, const struct store_history *history) {
  struct history_list *list = context;
  list->items = memory_reserve(list->items, &list->capacity, list->count + 1, sizeof *list->items);
  struct store_history *kept = &list->items[list->count++];
  *kept = *history;
  struct text *const texts[] = {&kept->source_id, &kept->source_label, &kept->rule_id,
                                &kept->display_name, &kept->log_type};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = arena_copy(list->arena, *texts[i]);
}

static bool is_quiet(const struct committer *committer) {
  const struct history *history = &committer->history;
  time_us since = clock_now(&committer->options.clock) - history->last_held;
  return history->pending && (since >= HISTORY_QUIET || since < 0);
}

bool commit_history_is_due(const struct committer *committer) {
  return !committer->history.known || is_quiet(committer);
}

bool commit_history_work(struct committer *committer, struct error *error) {
  struct history_list list = {.arena = &committer->scratch};
  if (!commit_history_begin(committer, error))
    return false;
  if (!is_quiet(committer))
    return true;
  bool ok = store_history_list(committer->options.store, keep_history, &list, error);
  for (size_t i = 0; ok && i < list.count; i++)
    ok = sum_up(committer, &list.items[i], error);
  free(list.items);
  committer->history.pending = committer->history.pending && !ok;
  return ok;
}
