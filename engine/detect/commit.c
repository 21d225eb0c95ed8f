#include "detect/commit.h"

#include "base/map.h"
#include "base/memory.h"
#include "detect/window.h"

#include <stdlib.h>

/* Windows kept in memory between commits; they are a cache over the store and may be forgotten
 * at any time. At a few KiB each this stays under the memory that a few batches take. */
#define WINDOWS_CACHED_MAX 4096

struct cached_window {
  struct window *window;
  struct text rule_id, dedup; /* owned */
  int64_t period;             /* of its rule, as it is now */
  bool changed;
};

struct committer {
  struct committer_options options;
  struct map windows; /* "rule id \0 dedup" -> struct cached_window */
  struct cached_window **changed;
  size_t changed_count, changed_capacity;
  struct arena scratch; /* of one commit */
  struct commit_counts counts;
};

struct committer *committer_new(const struct committer_options *options) {
  struct committer *committer = memory_alloc(sizeof *committer);
  committer->options = *options;
  return committer;
}

static void cached_window_free(void *value) {
  struct cached_window *cached = value;
  window_free(cached->window);
  free((char *)(uintptr_t)cached->rule_id.data);
  free((char *)(uintptr_t)cached->dedup.data);
  free(cached);
}

void committer_free(struct committer *committer) {
  if (!committer)
    return;
  map_clear(&committer->windows, cached_window_free);
  free(committer->changed);
  arena_free(&committer->scratch);
  free(committer);
}

void committer_count(const struct committer *committer, struct commit_counts *counts) {
  *counts = committer->counts;
}

static struct text own(struct text text) {
  return (struct text){memory_copy_bytes(text.data, text.size), text.size};
}

static struct window *load_window(struct committer *committer, struct match_window_key key,
                                  const struct rule *rule, struct error *error) {
  struct buffer state = BUFFER_NONE;
  struct window *window = NULL;
  bool found;
  if (!store_window_get(committer->options.store, key.rule_id, key.dedup, &state, &found, error))
    goto done;
  window = found ? window_decode(buffer_text(&state), rule) : NULL;
  if (found && !window)
    LOG_WARN(committer->options.log, "a saved window cannot be read and starts anew",
             LOG_TEXT("rule", key.rule_id));
  if (!window)
    window = window_new();
done:
  buffer_free(&state);
  return window;
}

static struct cached_window *window_for(struct committer *committer, const struct match *match,
                                        struct error *error) {
  struct match_window_key key = match_window_key(match, &committer->scratch);
  struct cached_window *cached = map_get(&committer->windows, key.joined);
  if (!cached) {
    struct window *window = load_window(committer, key, match->rule, error);
    if (window) {
      cached = memory_alloc(sizeof *cached);
      *cached = (struct cached_window){
          .window = window, .rule_id = own(key.rule_id), .dedup = own(key.dedup)};
      map_put(&committer->windows, key.joined, cached);
    }
  }
  if (cached)
    cached->period = match->rule->dedup_period;
  if (cached && !cached->changed) {
    cached->changed = true;
    committer->changed =
        memory_reserve(committer->changed, &committer->changed_capacity,
                       committer->changed_count + 1, sizeof(struct cached_window *));
    committer->changed[committer->changed_count++] = cached;
  }
  return cached;
}

static bool save_windows(struct committer *committer, struct error *error) {
  struct buffer state = BUFFER_NONE;
  bool ok = true;
  time_us now = clock_now(&committer->options.clock);
  for (size_t i = 0; ok && i < committer->changed_count; i++) {
    struct cached_window *cached = committer->changed[i];
    buffer_reset(&state);
    window_encode(cached->window, &state);
    ok = store_window_set(committer->options.store, cached->rule_id, cached->dedup,
                          buffer_text(&state), now + cached->period, error);
    cached->changed = false;
  }
  buffer_free(&state);
  return ok;
}

struct outbox_route {
  struct committer *committer;
  const struct alert *alert;
  struct error *error;
  bool ok;
};

static void route_to(void *context, const struct destination *destination) {
  struct outbox_route *route = context;
  route->ok =
      route->ok && store_outbox_add(route->committer->options.store, route->alert->id,
                                    destination->id, route->alert->created_at, route->error);
}

static void route_unknown(void *context, struct text name) {
  struct outbox_route *route = context;
  char shown[128];
  LOG_WARN(route->committer->options.log, "a rule names a destination that is not configured",
           LOG_TEXT("rule", route->alert->rule_id),
           LOG_STRING("destination", text_printable(name, shown, sizeof shown)));
}

static bool open_alert(struct committer *committer, const struct match *match,
                       const struct window_decision *decision, struct error *error) {
  const struct committer_options *options = &committer->options;
  const struct match *first = &decision->first;
  struct alert alert = match_alert(first, decision->alert_id, clock_now(&options->clock));
  alert.first_event_time = decision->from;
  alert.last_event_time = decision->to;
  alert.match_count = decision->count;
  if (!store_alert_add(options->store, &alert, error) ||
      !store_match_add(options->store, alert.id, match->rule->id, match->outcome.dedup,
                       match->row_id, match->event_time, error))
    return false;
  if (decision->count > 1 &&
      !store_match_claim(options->store, alert.id, match->rule->id, match->outcome.dedup,
                         decision->from, decision->to, error))
    return false;
  committer->counts.alerts++;
  committer->counts.rule_errors += match->type == ALERT_RULE_ERROR;

  struct outbox_route route = {committer, &alert, error, true};
  struct routing_names names = {first->outcome.destinations_given,
                                first->outcome.destinations.items,
                                first->outcome.destinations.count};
  destinations_route(options->destinations, options->destination_count, &names, alert.severity,
                     alert.type, route_to, route_unknown, &route);
  return route.ok;
}

static bool commit_match(struct committer *committer, const struct match *match,
                         struct error *error) {
  struct store *store = committer->options.store;
  const struct text none = {NULL, 0};
  committer->counts.matches += match->type == ALERT_RULE;
  if (!match->rule->create_alert && match->type == ALERT_RULE)
    return store_match_add(store, none, match->rule->id, match->outcome.dedup, match->row_id,
                           match->event_time, error);

  struct cached_window *cached = window_for(committer, match, error);
  if (!cached)
    return false;
  struct window_decision decision;
  window_apply(cached->window, match, &decision);
  struct text alert_id = text_from(decision.alert_id);
  switch (decision.outcome) {
  case WINDOW_OPENED:
    return open_alert(committer, match, &decision, error);
  case WINDOW_JOINED:
    return store_alert_join(store, alert_id, match->event_time, error) &&
           store_match_add(store, alert_id, match->rule->id, match->outcome.dedup, match->row_id,
                           match->event_time, error);
  case WINDOW_COUNTED:
  default:
    return store_match_add(store, none, match->rule->id, match->outcome.dedup, match->row_id,
                           match->event_time, error);
  }
}

/* Events first: a row of a re-read source that is known already takes its matches with it. */
static bool commit_events(struct committer *committer, const struct batch_result *result,
                          bool *repeated, struct error *error) {
  const struct committer_options *options = &committer->options;
  struct text source_id = options->sources[result->batch->source].id;
  for (size_t i = 0; i < result->event_count; i++) {
    const struct kept_event *event = &result->events[i];
    bool added = true;
    if (result->batch->rereads &&
        !store_row_add(options->store, source_id, text_from(event->row_id), event->event_time,
                       &added, error))
      return false;
    repeated[i] = !added;
    if (!added) {
      committer->counts.repeated++;
      continue;
    }
    committer->counts.events++;
    struct store_event row = {
        text_from(event->row_id),   source_id,    event->log_type, event->event_time,
        result->batch->received_at, event->record};
    if (options->keep_events && !store_event_add(options->store, &row, error))
      return false;
  }
  return true;
}

static bool commit_dead_letters(struct committer *committer, const struct batch_result *result,
                                struct error *error) {
  const struct committer_options *options = &committer->options;
  struct text source_id = options->sources[result->batch->source].id;
  for (size_t i = 0; i < result->dead_letter_count; i++) {
    const struct dead_letter *letter = &result->dead_letters[i];
    bool added = true;
    if (result->batch->rereads &&
        !store_row_add(options->store, source_id, text_from(letter->row_id),
                       result->batch->received_at, &added, error))
      return false;
    if (!added) {
      committer->counts.repeated++;
      continue;
    }
    committer->counts.dead_letters++;
    struct store_dead_letter row = {.source_id = source_id,
                                    .log_type = letter->log_type,
                                    .row_id = text_from(letter->row_id),
                                    .record = letter->record,
                                    .error = letter->error,
                                    .received_at = result->batch->received_at};
    if (!store_dead_letter_add(options->store, &row, error))
      return false;
  }
  return true;
}

static bool write_all(struct committer *committer, struct batch_result *result,
                      struct error *error) {
  const struct committer_options *options = &committer->options;
  bool *repeated = arena_alloc(&committer->scratch, result->event_count + 1);
  if (!commit_events(committer, result, repeated, error) ||
      !commit_dead_letters(committer, result, error))
    return false;
  for (size_t i = 0; i < result->match_count; i++)
    if (!repeated[result->matches[i].event_index] &&
        !commit_match(committer, &result->matches[i], error))
      return false;
  const char *checkpoint = result->batch->checkpoint;
  return save_windows(committer, error) &&
         (!checkpoint ||
          store_checkpoint_set(options->store, options->sources[result->batch->source].id,
                               text_from(checkpoint), error));
}

bool committer_commit(struct committer *committer, struct batch_result *result,
                      struct error *error) {
  struct commit_counts before = committer->counts;
  struct store *store = committer->options.store;
  committer->changed_count = 0;
  if (committer->windows.count > WINDOWS_CACHED_MAX)
    map_clear(&committer->windows, cached_window_free);

  bool ok = store_begin(store, error);
  if (ok) {
    ok = write_all(committer, result, error) && store_commit(store, error);
    if (!ok)
      store_rollback(store);
  }
  arena_reset(&committer->scratch);
  if (!ok) {
    /* The windows in memory are ahead of the store now. */
    map_clear(&committer->windows, cached_window_free);
    committer->changed_count = 0;
    committer->counts = before;
    return false;
  }
  committer->counts.batches++;
  committer->counts.records += result->records;
  return true;
}
