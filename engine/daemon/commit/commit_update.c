/* What happens to alerts after they opened: matches that join, windows that end, and which of it
 * destinations want to know. */
#include "base/memory.h"
#include "daemon/commit/commit_internal.h"
#include "detect/window/attributes.h"

#include <stdlib.h>

/* In one transaction, which other writers wait for. */
#define WINDOWS_ENDED_MAX 500

static struct store_attribute *list_attributes(struct committer *committer, struct text attributes,
                                               size_t *count) {
  struct text rest = attributes, name, value;
  *count = 0;
  while (attributes_next(&rest, &name, &value))
    ++*count;
  struct store_attribute *list = arena_alloc(&committer->scratch, (*count + 1) * sizeof *list);
  for (size_t i = 0; attributes_next(&attributes, &name, &value); i++)
    list[i] = (struct store_attribute){name, value};
  return list;
}

bool commit_add_match(struct committer *committer, struct text alert_id, const struct match *match,
                      struct error *error) {
  struct store_match added = {
      .alert_id = alert_id,
      .rule_id = match->rule->id,
      .dedup = match->outcome.dedup,
      .row_id = match->row_id,
      .actor = match->outcome.actor,
      .event_time = match->event_time,
  };
  if (match->suppressor)
    added.suppressed = (int64_t)match->suppressor->kind;
  added.attributes = list_attributes(committer, match->attributes, &added.attribute_count);
  return store_match_add(committer->options.store, &added, error);
}

bool commit_join(struct committer *committer, const struct alert_join *join,
                 struct alert_joined *joined, struct error *error) {
  if (!store_alert_join(committer->options.store, join, joined, error))
    return false;
  committer->counts.queued += (uint64_t)joined->queued;
  return true;
}

/* A match can join for a period of event time. What comes in of that time comes as late as the
 * match that opened the alert, so by the wall clock it is a period from the opening. */
bool commit_window_ends(struct committer *committer, const struct alert *alert,
                        const struct window_decision *decision, int64_t period,
                        struct error *error) {
  time_us from = alert->created_at > decision->to ? alert->created_at : decision->to;
  return alert->held ||
         store_alert_window(committer->options.store, alert->id, from + period, error);
}

bool commit_updates_begin(struct committer *committer, struct error *error) {
  const struct routing *routing = &committer->options.setup.routing;
  if (committer->updates_known)
    return true;
  struct store_destination *wanted =
      memory_alloc_array(routing->destination_count + 1, sizeof *wanted);
  for (size_t i = 0; i < routing->destination_count; i++)
    wanted[i] =
        (struct store_destination){routing->destinations[i].id, routing->destinations[i].occasions};
  committer->updates_known =
      store_destinations_set(committer->options.store, wanted, routing->destination_count, error);
  free(wanted);
  return committer->updates_known;
}

bool commit_updates_are_due(struct committer *committer, bool *due, struct error *error) {
  time_us next;
  *due = !committer->updates_known;
  if (*due)
    return true;
  if (!store_alert_window_next(committer->options.store, &next, error))
    return false;
  *due = next != TIME_NONE && next <= clock_now(&committer->options.clock);
  return true;
}

bool commit_updates_work(struct committer *committer, struct error *error) {
  int64_t queued;
  if (!commit_updates_begin(committer, error) ||
      !store_alert_windows_end(committer->options.store, clock_now(&committer->options.clock),
                               WINDOWS_ENDED_MAX, &queued, error))
    return false;
  committer->counts.queued += (uint64_t)queued;
  return true;
}

bool committer_resolve_alert(struct committer *committer, struct text alert_id, struct text note,
                             struct error *error) {
  const struct alert_change change = {.alert_id = alert_id,
                                      .action = OCCASION_RESOLVED,
                                      .note = note,
                                      .who = TEXT("margay"),
                                      .via = ALERT_VIA_MARGAY};
  struct alert_changed changed;
  if (!store_alert_change(committer->options.store, &change, &changed, error))
    return false;
  committer->counts.queued += (uint64_t)changed.queued;
  return true;
}
