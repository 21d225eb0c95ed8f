/* The stage that puts matches into windows: signals, counted matches, alerts and their outbox. */
#include "daemon/commit/commit_internal.h"

/* Of a rule's destinations, in the mark of an alert that none of them gets. */
#define LISTED_NAMES_MAX 5

/* "pager, soc", as far as there is room. */
static void list_names(const struct routing_names *names, struct buffer *out) {
  char shown[64];
  for (size_t i = 0; i < names->count && i < LISTED_NAMES_MAX; i++)
    buffer_printf(out, "%s%s", i ? ", " : "", text_printable(names->items[i], shown, sizeof shown));
  if (names->count > LISTED_NAMES_MAX)
    buffer_append_string(out, ", …");
}

/* An alert whose destinations nobody has configured goes where its severity and type go. Whoever
 * gets it there should know that it was meant for somebody else. */
static void mark_misrouted(struct committer *committer, struct alert *alert,
                           const struct routing_names *names) {
  struct buffer marked = BUFFER_NONE;
  if (destinations_known(&committer->options.setup.routing, names))
    return;
  buffer_append_string(&marked,
                       "Not sent where its rule says, as no such destination is configured: ");
  list_names(names, &marked);
  buffer_printf(&marked, ".%s%.*s", alert->description.size ? "\n" : "",
                TEXT_ARGS(alert->description));
  alert->description = arena_copy(&committer->scratch, buffer_text(&marked));
  buffer_free(&marked);
}

/* An alert that is past its retention may be gone: a match that comes so late stands alone. */
static bool join_alert(struct committer *committer, const struct match *match, struct text alert_id,
                       struct error *error) {
  const struct text none = {NULL, 0};
  const struct alert_join join = {
      .alert_id = alert_id, .event_time = match->event_time, .severity = match->outcome.severity};
  struct alert_joined joined;
  if (!commit_join(committer, &join, &joined, error) ||
      !commit_add_match(committer, joined.joined ? alert_id : none, match, error))
    return false;
  /* There may be destinations that want no alert below this severity. */
  if (joined.rose && !joined.held && !commit_route_match(committer, match, alert_id, error))
    return false;
  return !joined.joined || commit_history_joined(committer, match, alert_id, error);
}

static bool open_alert(struct committer *committer, const struct match *match,
                       const struct window_decision *decision, struct error *error) {
  const struct committer_options *options = &committer->options;
  struct match first = decision->first;
  commit_describe(committer, &first);
  struct alert alert = match_alert(&first, decision->alert_id, clock_now(&options->clock));
  alert.first_event_time = decision->from;
  alert.last_event_time = decision->to;
  alert.match_count = decision->count;
  const struct routing_names names = commit_names_of(&first);
  alert.held = commit_history_holds(committer, match);
  if (!alert.held)
    mark_misrouted(committer, &alert, &names);
  if (!store_alert_add(options->store, &alert, error) ||
      !commit_add_match(committer, alert.id, match, error))
    return false;
  if (decision->count > 1 &&
      !store_match_claim(options->store, alert.id, match->rule->id, match->outcome.dedup,
                         decision->from, decision->to, error))
    return false;
  if (!commit_window_ends(committer, &alert, decision, match->rule->dedup_period, error))
    return false;
  committer->counts.alerts++;
  if (!alert.held)
    return commit_route_opened(committer, &alert, &first, error);
  commit_history_held(committer);
  return true;
}

/* The first failure of its kind opens an alert, later ones join it, as long as it is there. */
static bool commit_rule_error(struct committer *committer, const struct match *given,
                              struct error *error) {
  const struct committer_options *options = &committer->options;
  struct match match = *given;
  char id[ALERT_ID_SIZE + 1];
  struct alert_joined joined;
  rule_errors_bound(committer->rule_errors, &match);
  match_alert_id(&match, id);
  const struct alert alert = match_alert(&match, id, clock_now(&options->clock));
  const struct alert_join join = {.alert_id = alert.id,
                                  .event_time = match.event_time,
                                  .severity = alert.severity,
                                  .reopens = true};
  if (!commit_join(committer, &join, &joined, error))
    return false;
  if (joined.joined)
    return commit_add_match(committer, alert.id, &match, error);
  committer->counts.alerts++;
  committer->counts.rule_errors++;
  LOG_WARN(options->log, "a rule failed on an event; this is reported once for each cause",
           LOG_TEXT("rule", match.rule->id), LOG_TEXT("error", match.outcome.dedup));
  return store_alert_add(options->store, &alert, error) &&
         commit_add_match(committer, alert.id, &match, error) &&
         commit_route_opened(committer, &alert, &match, error);
}

bool commit_match(struct committer *committer, const struct match *match, struct error *error) {
  const struct text none = {NULL, 0};
  if (match->type == ALERT_RULE_ERROR)
    return commit_rule_error(committer, match, error);
  committer->counts.matches++;
  committer->counts.suppressed += match->suppressor != NULL;
  if (!match->rule->create_alert || match->suppressor)
    return commit_add_match(committer, none, match, error);

  struct window *window = window_cache_get(committer, match, error);
  if (!window)
    return false;
  struct window_decision decision;
  window_apply(window, match, &committer->scratch, &decision);
  switch (decision.outcome) {
  case WINDOW_OPENED: {
    bool joined = false;
    return commit_story(committer, match, window, &decision, &joined, error) &&
           (joined || open_alert(committer, match, &decision, error));
  }
  case WINDOW_JOINED:
    return join_alert(committer, match, text_from(decision.alert_id), error);
  case WINDOW_COUNTED:
  default:
    return commit_add_match(committer, none, match, error);
  }
}
