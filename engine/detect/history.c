#include "detect/history.h"

#include "base/map.h"
#include "base/memory.h"
#include "detect/spill.h"
#include "detect/window.h"

#include <stdlib.h>

/* How often windows that ended are looked for: every so many matches. */
#define SWEEP_EVERY 1024

struct open_alert {
  struct alert alert;  /* texts point into `match` */
  struct buffer match; /* encoded first match */
  struct arena arena;
  char id[ALERT_ID_SIZE + 1];
  time_us end; /* nothing joins later than this */
  struct open_alert *next;
};

struct history {
  const struct rule_set *rules;
  struct spill *spill;
  struct map windows;               /* "rule id \0 dedup" -> struct window */
  struct map open;                  /* alert id -> struct open_alert */
  struct open_alert *first, **last; /* the same, in order of opening */
  struct arena scratch;
  void (*each)(void *context, const struct alert *alert);
  void *context;
  uint64_t seen;
};

struct history *history_new(const struct rule_set *rules) {
  struct history *history = memory_alloc(sizeof *history);
  history->rules = rules;
  history->spill = spill_new();
  history->last = &history->first;
  return history;
}

static void open_alert_free(struct open_alert *open) {
  buffer_free(&open->match);
  arena_free(&open->arena);
  free(open);
}

static void window_release(void *window) {
  window_free(window);
}

void history_free(struct history *history) {
  if (!history)
    return;
  while (history->first) {
    struct open_alert *next = history->first->next;
    open_alert_free(history->first);
    history->first = next;
  }
  map_clear(&history->windows, window_release);
  map_clear(&history->open, NULL);
  arena_free(&history->scratch);
  spill_free(history->spill);
  free(history);
}

/* What spill keeps: the rule's index before the encoded match. */
bool history_add(struct history *history, const struct match *match, struct error *error) {
  struct buffer bytes = BUFFER_NONE;
  uint64_t index = match->rule->index;
  buffer_append(&bytes, &index, sizeof index);
  match_encode(match, &bytes);
  bool ok = spill_add(history->spill, match->event_time, match->order, buffer_text(&bytes), error);
  buffer_free(&bytes);
  return ok;
}

static bool decode(struct history *history, struct text bytes, struct match *match) {
  uint64_t index;
  if (bytes.size < sizeof index)
    return false;
  memcpy(&index, bytes.data, sizeof index);
  struct text rest = {bytes.data + sizeof index, bytes.size - sizeof index};
  return index < history->rules->count &&
         match_decode(rest, &history->rules->rules[index], &history->scratch, match);
}

static struct window *window_for(struct history *history, const struct match *match) {
  struct match_window_key key = match_window_key(match, &history->scratch);
  struct window *window = map_get(&history->windows, key.joined);
  if (!window) {
    window = window_new();
    map_put(&history->windows, key.joined, window);
  }
  return window;
}

static void open_alert(struct history *history, const struct window_decision *decision,
                       time_us end) {
  struct open_alert *open = memory_alloc(sizeof *open);
  struct match first;
  match_encode(&decision->first, &open->match);
  if (!match_decode(buffer_text(&open->match), decision->first.rule, &open->arena, &first))
    first = decision->first;
  memcpy(open->id, decision->alert_id, sizeof open->id);
  open->alert = match_alert(&first, open->id, decision->to);
  open->alert.first_event_time = decision->from;
  open->alert.last_event_time = decision->to;
  open->alert.match_count = decision->count;
  open->end = end;
  *history->last = open;
  history->last = &open->next;
  map_put(&history->open, text_from(open->id), open);
}

/* Hands out the alerts that opened first, as long as they can no longer change. */
static void close_until(struct history *history, time_us now) {
  while (history->first && history->first->end < now) {
    struct open_alert *open = history->first;
    history->each(history->context, &open->alert);
    history->first = open->next;
    if (!history->first)
      history->last = &history->first;
    map_put(&history->open, text_from(open->id), NULL);
    open_alert_free(open);
  }
}

/* Rebuilds a map without what is over. */
static void sweep(struct history *history, time_us now) {
  struct map windows = MAP_NONE, open = MAP_NONE;
  for (size_t i = 0; i < history->windows.count; i++) {
    struct map_entry *entry = &history->windows.entries[i];
    if (window_end(entry->value) >= now)
      map_put(&windows, entry->key, entry->value);
    else
      window_free(entry->value);
  }
  for (size_t i = 0; i < history->open.count; i++)
    if (history->open.entries[i].value)
      map_put(&open, history->open.entries[i].key, history->open.entries[i].value);
  map_clear(&history->windows, NULL);
  map_clear(&history->open, NULL);
  history->windows = windows;
  history->open = open;
}

static bool take_match(void *context, struct text bytes, struct error *error) {
  struct history *history = context;
  struct match match;
  if (!decode(history, bytes, &match))
    return error_set(error, "the temporary file of matches is damaged");
  if (match.type == ALERT_RULE && !match.rule->create_alert) {
    arena_reset(&history->scratch);
    return true;
  }
  struct window *window = window_for(history, &match);
  struct window_decision decision;
  window_apply(window, &match, &decision);
  if (decision.outcome == WINDOW_OPENED) {
    open_alert(history, &decision, window_end(window));
  } else if (decision.outcome == WINDOW_JOINED) {
    struct open_alert *open = map_get(&history->open, text_from(decision.alert_id));
    if (open) {
      open->alert.match_count++;
      if (match.event_time > open->alert.last_event_time)
        open->alert.last_event_time = match.event_time;
    }
  }
  close_until(history, match.event_time);
  if (++history->seen % SWEEP_EVERY == 0)
    sweep(history, match.event_time);
  arena_reset(&history->scratch);
  return true;
}

bool history_finish(struct history *history, void (*each)(void *context, const struct alert *alert),
                    void *context, struct error *error) {
  history->each = each;
  history->context = context;
  bool ok = spill_read(history->spill, take_match, history, error);
  close_until(history, INT64_MAX);
  return ok;
}
