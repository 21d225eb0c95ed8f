/* Stories: alerts that would open, and join one of another rule instead (detect/story/story.h). */
#include "daemon/commit/commit_internal.h"

/* "Many users deleted by lisa@example.com (Zoom.Users.Many.Deleted)" */
static struct text note_of(struct committer *committer, const struct match *match) {
  struct text title = match->outcome.title, id = match->rule->id;
  return text_from(
      arena_printf(&committer->scratch, "%.*s (%.*s)", TEXT_ARGS(title), TEXT_ARGS(id)));
}

static bool claim(struct committer *committer, const struct match *match, struct text alert_id,
                  const struct window_decision *decision, struct error *error) {
  return decision->count <= 1 ||
         store_match_claim(committer->options.store, alert_id, match->rule->id,
                           match->outcome.dedup, decision->from, decision->to, error);
}

/* The alert takes the match, and its words when they say more; whoever the rule wants to have it
 * gets it. */
static bool absorb(struct committer *committer, const struct match *match, const char *id,
                   const struct window_decision *decision, struct error *error) {
  struct store *store = committer->options.store;
  struct match first = decision->first;
  commit_describe(committer, &first);
  struct alert alert = match_alert(&first, id, clock_now(&committer->options.clock));
  if (first.rule->correlation && !store_alert_restate(store, alert.id, &alert, error))
    return false;
  const struct alert_join join = {.alert_id = alert.id,
                                  .event_time = decision->to,
                                  .severity = alert.severity,
                                  .more = decision->count - 1,
                                  .from = decision->from,
                                  .note = note_of(committer, &first)};
  struct alert_joined joined;
  return commit_join(committer, &join, &joined, error) &&
         commit_add_match(committer, alert.id, match, error) &&
         claim(committer, match, alert.id, decision, error) &&
         commit_window_ends(committer, &alert, decision, match->rule->dedup_period, error) &&
         commit_history_joined(committer, match, alert.id, error) &&
         commit_route_match(committer, &first, alert.id, error);
}

bool commit_story(struct committer *committer, const struct match *match, struct window *window,
                  const struct window_decision *decision, bool *joined, struct error *error) {
  struct window *windows[STORY_VALUES_MAX];
  struct window_alert found = {.opened = decision->to};
  if (match->rule->story.count == 0)
    return true;
  if (!committer->story_reader)
    committer->story_reader = correlation_reader_new();
  struct story_values values =
      story_values_of(committer->story_reader, &decision->first, &committer->scratch);
  for (size_t i = 0; i < values.count; i++)
    if (!(windows[i] = window_cache_get_story(committer, values.items[i], match->rule, error)))
      return false;
  char id[ALERT_ID_SIZE + 1] = "";
  if (story_find(windows, values.count, decision->to, &found)) {
    memcpy(id, found.id, ALERT_ID_SIZE);
    /* What people are done with, or is past its retention, hides nothing that is new. */
    if (!store_alert_is_unresolved(committer->options.store, text_from(id), joined, error))
      return false;
  }
  if (*joined) {
    window_rename(window, decision->alert_id, found.id);
    story_put(windows, values.count, &found);
    return absorb(committer, match, id, decision, error);
  }
  found.opened = decision->to;
  memcpy(found.id, decision->alert_id, sizeof found.id);
  story_put(windows, values.count, &found);
  return true;
}
