#include "detect/history/history.h"

#include "base/map.h"
#include "base/memory.h"
#include "detect/correlation/correlate.h"
#include "detect/window/attribute_backlog.h"
#include "detect/window/rule_error.h"
#include "detect/window/window.h"
#include "event/batch/spill.h"

#include <stdlib.h>

/* How often windows that ended are looked for: after so many matches at the least, and after half
 * as many as there are windows. */
#define SWEEP_EVERY 1024

/* There may be very many of them. */
struct open_alert {
  const struct rule *rule;
  struct text match; /* encoded first match; owned */
  char id[ALERT_ID_SIZE + 1];
  time_us from, to, opened; /* event times: of its matches, and of the last one when it opened */
  int64_t count;
  enum severity severity;              /* of the most severe match from the opening on */
  struct attribute_counts *attributes; /* NULL: the rule has none to sum up */
  time_us end;                         /* nothing joins later than this */
  struct open_alert *next;
};

struct history {
  const struct rule_set *rules;
  struct spill *spill;
  struct correlator *correlator;
  time_us latest;                   /* of what was reported; TIME_NONE: nothing was */
  struct map windows;               /* "rule id \0 dedup" -> struct window */
  struct map backlogs;              /* the same -> struct attribute_backlog, where there is one */
  struct map open;                  /* alert id -> struct open_alert */
  struct open_alert *first, **last; /* the same, in order of opening */
  struct rule_errors *rule_errors;
  struct map failures;      /* alert id -> struct open_alert: of rules that fail, until the end */
  struct arena input;       /* of the match that was read */
  struct arena scratch;     /* of the match that is grouped */
  struct match_notes notes; /* of correlations' functions, and of alerts' */
  struct match_describer *describer; /* NULL: no match is brief */
  void (*each)(void *context, const struct alert *alert);
  void *context;
  uint64_t seen;                            /* matches since the last sweep */
  const struct rule_suppressor *suppressor; /* of the last instance that one took; NULL: none */
  uint64_t suppressed;                      /* such instances */
};

static bool group(void *context, const struct match *match, struct error *error);

struct history *history_new(const struct rule_set *rules) {
  struct history *history = memory_alloc(sizeof *history);
  history->rules = rules;
  history->spill = spill_new("matches");
  history->correlator = correlator_new(
      rules,
      &(struct correlator_options){.each = group, .context = history, .notes = &history->notes});
  history->latest = TIME_NONE;
  history->last = &history->first;
  history->rule_errors = rule_errors_new();
  return history;
}

void history_add_describer(struct history *history, struct match_describer *describer) {
  history->describer = describer;
}

static void open_alert_free(void *value) {
  struct open_alert *open = value;
  free((char *)(uintptr_t)open->match.data);
  if (open->attributes)
    attribute_counts_clear(open->attributes);
  free(open->attributes);
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
  map_clear(&history->backlogs, attribute_backlog_free);
  map_clear(&history->open, NULL);
  map_clear(&history->failures, open_alert_free);
  rule_errors_free(history->rule_errors);
  arena_free(&history->input);
  arena_free(&history->scratch);
  spill_free(history->spill);
  correlator_free(history->correlator);
  match_describer_free(history->describer);
  problems_clear(&history->notes.kept);
  free(history);
}

void history_advance(struct history *history, time_us time) {
  if (time > history->latest)
    history->latest = time;
}

const struct match_notes *history_notes(const struct history *history) {
  return &history->notes;
}

/* What spill keeps before the encoded match, within this process. */
struct spilled {
  uint64_t rule; /* its index */
  const struct rule_suppressor *suppressor;
};

bool history_add(struct history *history, const struct match *match, struct error *error) {
  struct buffer bytes = BUFFER_NONE;
  const struct spilled spilled = {match->rule->index, match->suppressor};
  buffer_append(&bytes, &spilled, sizeof spilled);
  match_encode(match, &bytes);
  bool ok = spill_add(history->spill, match->event_time, match->order, buffer_text(&bytes), error);
  buffer_free(&bytes);
  return ok;
}

static bool decode(struct history *history, struct text bytes, struct match *match) {
  struct spilled spilled;
  if (bytes.size < sizeof spilled)
    return false;
  memcpy(&spilled, bytes.data, sizeof spilled);
  struct text rest = {bytes.data + sizeof spilled, bytes.size - sizeof spilled};
  if (spilled.rule >= history->rules->count ||
      !match_decode(rest, &history->rules->rules[spilled.rule], &history->input, match))
    return false;
  match->suppressor = spilled.suppressor;
  return true;
}

static struct window *window_for(struct history *history, struct text key) {
  struct window *window = map_get(&history->windows, key);
  if (!window) {
    window = window_new();
    map_put(&history->windows, key, window);
  }
  return window;
}

/* A match that is counted, and has values that its alert may sum up. */
static void keep_attributes(struct history *history, const struct match *match, struct text key) {
  struct attribute_backlog *backlog = map_get(&history->backlogs, key);
  time_us since = TIME_NONE;
  if (!backlog) {
    backlog = attribute_backlog_new();
    map_put(&history->backlogs, key, backlog);
  }
  /* Without `unique` values no alert takes in what is a period older than the match that opens it.
   */
  if (!match->outcome.has_unique)
    since = match->event_time - match->rule->dedup_period + 1;
  attribute_backlog_add(backlog, since, match->event_time, match->attributes);
}

/* What an alert that opens with `match` sums up so far; NULL when its rule asks for nothing. */
static struct attribute_counts *sum_up(struct history *history, const struct match *match,
                                       struct text key, const struct window_decision *decision) {
  if (match->rule->summary_attributes.count == 0)
    return NULL;
  struct attribute_counts *counts = memory_alloc(sizeof *counts);
  struct attribute_backlog *backlog = map_get(&history->backlogs, key);
  if (backlog)
    attribute_backlog_claim(backlog, decision->from, decision->to, counts);
  attribute_counts_add(counts, match->attributes);
  return counts;
}

static struct open_alert *open_alert_new(const struct match *first) {
  struct open_alert *open = memory_alloc(sizeof *open);
  struct buffer match = BUFFER_NONE;
  match_encode(first, &match);
  open->rule = first->rule;
  open->severity = first->outcome.severity;
  open->match = (struct text){memory_copy_bytes(match.data, match.size), match.size};
  buffer_free(&match);
  return open;
}

static void open_alert(struct history *history, const struct window_decision *decision,
                       struct attribute_counts *attributes, time_us end) {
  struct open_alert *open = open_alert_new(&decision->first);
  memcpy(open->id, decision->alert_id, sizeof open->id);
  open->from = decision->from;
  open->to = open->opened = decision->to;
  open->count = decision->count;
  open->attributes = attributes;
  open->end = end;
  *history->last = open;
  history->last = &open->next;
  map_put(&history->open, text_from(open->id), open);
}

static void hand_out(struct history *history, const struct open_alert *open) {
  struct match first;
  if (!match_decode(open->match, open->rule, &history->scratch, &first))
    return; /* cannot be: it was encoded here */
  if (first.brief)
    match_describer_complete(history->describer, &first, &history->scratch, &history->notes);
  struct alert alert = match_alert(&first, open->id, open->opened);
  alert.first_event_time = open->from;
  alert.last_event_time = open->to;
  alert.match_count = open->count;
  alert.severity = open->severity;
  struct buffer attributes = BUFFER_NONE;
  if (open->attributes)
    attribute_counts_write(open->attributes, &attributes);
  alert.attributes = buffer_text(&attributes);
  history->each(history->context, &alert);
  buffer_free(&attributes);
  arena_reset(&history->scratch);
}

/* Hands out the alerts that opened first, as long as they can no longer change. */
static void close_until(struct history *history, time_us now) {
  while (history->first && history->first->end < now) {
    struct open_alert *open = history->first;
    hand_out(history, open);
    history->first = open->next;
    if (!history->first)
      history->last = &history->first;
    map_put(&history->open, text_from(open->id), NULL);
    open_alert_free(open);
  }
}

/* Rebuilds a map without what is over. */
static void sweep(struct history *history, time_us now) {
  struct map windows = MAP_NONE, backlogs = MAP_NONE, open = MAP_NONE;
  for (size_t i = 0; i < history->windows.count; i++) {
    struct map_entry *entry = &history->windows.entries[i];
    if (window_end(entry->value) >= now)
      map_put(&windows, entry->key, entry->value);
    else
      window_free(entry->value);
  }
  for (size_t i = 0; i < history->backlogs.count; i++) {
    struct map_entry *entry = &history->backlogs.entries[i];
    if (map_get(&windows, entry->key))
      map_put(&backlogs, entry->key, entry->value);
    else
      attribute_backlog_free(entry->value);
  }
  for (size_t i = 0; i < history->open.count; i++)
    if (history->open.entries[i].value)
      map_put(&open, history->open.entries[i].key, history->open.entries[i].value);
  map_clear(&history->windows, NULL);
  map_clear(&history->backlogs, NULL);
  map_clear(&history->open, NULL);
  history->windows = windows;
  history->backlogs = backlogs;
  history->open = open;
  history->seen = 0;
}

/* One alert for each reason, whenever it fails: these are handed out last. */
static void group_failure(struct history *history, const struct match *given) {
  struct match match = *given;
  char id[ALERT_ID_SIZE + 1];
  rule_errors_bound(history->rule_errors, &match);
  match_alert_id(&match, id);
  struct open_alert *open = map_get(&history->failures, text_from(id));
  if (!open) {
    open = open_alert_new(&match);
    memcpy(open->id, id, sizeof open->id);
    open->from = open->opened = match.event_time;
    map_put(&history->failures, text_from(id), open);
  }
  open->to = match.event_time; /* they come in order */
  open->count++;
}

static void note_suppressed(struct history *history, const struct match *match) {
  if (!match->suppressor || !match->rule->correlation)
    return;
  history->suppressor = match->suppressor;
  history->suppressed++;
}

const struct rule_suppressor *history_suppressor(const struct history *history, uint64_t *count) {
  *count = history->suppressed;
  return history->suppressor;
}

/* Puts a match into its window. */
static bool group(void *context, const struct match *match, struct error *error) {
  struct history *history = context;
  (void)error;
  if (match->type == ALERT_RULE_ERROR)
    group_failure(history, match);
  note_suppressed(history, match);
  if (match->type == ALERT_RULE_ERROR || !match->rule->create_alert || match->suppressor)
    return true;
  struct text key = match_window_key(match, &history->scratch).joined;
  struct window *window = window_for(history, key);
  struct window_decision decision;
  window_apply(window, match, &history->scratch, &decision);
  if (decision.outcome == WINDOW_OPENED) {
    open_alert(history, &decision, sum_up(history, match, key, &decision), window_end(window));
  } else if (decision.outcome == WINDOW_JOINED) {
    struct open_alert *open = map_get(&history->open, text_from(decision.alert_id));
    if (open) {
      open->count++;
      if (match->outcome.severity > open->severity)
        open->severity = match->outcome.severity;
      if (open->attributes)
        attribute_counts_add(open->attributes, match->attributes);
      if (match->event_time > open->to)
        open->to = match->event_time;
    }
  } else if (match->attributes.size > 0) {
    keep_attributes(history, match, key);
  }
  close_until(history, match->event_time);
  if (++history->seen >= SWEEP_EVERY && history->seen >= history->windows.count / 2)
    sweep(history, match->event_time);
  arena_reset(&history->scratch);
  return true;
}

/* Time moves as for the daemon, so that both report the same as missing. */
static bool advance(struct history *history, const struct match *match, struct error *error) {
  if (match->doubtful)
    return true;
  history_advance(history, match->event_time);
  return correlator_advance(history->correlator, match->event_time, error);
}

/* First what was waited for until this match, then the match, then what it completes. */
static bool take_match(void *context, struct text bytes, struct error *error) {
  struct history *history = context;
  struct match match;
  if (!decode(history, bytes, &match))
    return error_set(error, "the temporary file of matches is damaged");
  bool ok = advance(history, &match, error) && group(history, &match, error) &&
            correlator_take(history->correlator, &match, error);
  arena_reset(&history->input);
  return ok;
}

bool history_finish(struct history *history, void (*each)(void *context, const struct alert *alert),
                    void *context, struct error *error) {
  history->each = each;
  history->context = context;
  bool ok = spill_read(history->spill, take_match, history, error) &&
            (history->latest == TIME_NONE ||
             correlator_advance(history->correlator, history->latest + 1, error));
  close_until(history, INT64_MAX);
  for (size_t i = 0; i < history->failures.count; i++)
    hand_out(history, history->failures.entries[i].value);
  return ok;
}
