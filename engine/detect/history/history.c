#include "detect/history/history.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"
#include "detect/correlation/correlate.h"
#include "detect/history/open_alert.h"
#include "detect/story/story.h"
#include "detect/window/attribute_backlog.h"
#include "detect/window/rule_error.h"
#include "event/batch/spill.h"

#include <stdlib.h>

/*
 * Matches are sorted three times, so that memory holds one window at a time however many there are:
 *
 *   by event time       correlations look at them, and add theirs; failures are counted
 *   by window, in the order of above    each window's matches make its alerts; those of rules with
 * a story are together, as if they had one window by the match that opened it         alerts are
 * handed out in the order in which they opened
 */

/* In the place of the hash of a window of a rule with a story. */
#define STORY_HASH UINT64_C(0)

/* How often windows of stories that ended are looked for: after so many matches at the least, and
 * after half as many as there are windows. */
#define SWEEP_EVERY 1024

#define DAMAGED "the temporary file of %s is damaged"

struct history {
  const struct rule_set *rules;
  struct spill *matches;  /* by event time */
  struct spill *windowed; /* the same of those that windows group, and instances; by window */
  struct spill *alerts;   /* closed ones, by the number of the match that opened them */
  struct correlator *correlator;
  struct correlation_reader *reader; /* of what stories ask for */
  time_us latest;                    /* of what was reported; TIME_NONE: nothing was */
  struct text encoded;               /* of the match that is grouped; empty: an instance */
  uint64_t grouped;                  /* matches that went into `windowed` */
  uint64_t hash;                     /* of the windows that are there */
  struct map windows;                /* "rule id \0 dedup" -> struct window: nearly always one */
  struct map backlogs;               /* the same -> struct attribute_backlog, where there is one */
  struct open_alert *first, **last;  /* in order of opening */
  struct map by_id;                  /* alert id -> struct open_alert: of rules with a story */
  uint64_t seen;                     /* matches of such rules since the last sweep */
  struct rule_errors *rule_errors;
  struct map failures;      /* alert id -> struct open_alert: of rules that fail, until the end */
  struct arena input;       /* of the match that was read */
  struct arena scratch;     /* of the match that is grouped */
  struct buffer bytes;      /* on their way into a spill */
  struct match_notes notes; /* of correlations' functions, and of alerts' */
  struct match_describer *describer; /* NULL: no match is brief */
  void (*each)(void *context, const struct alert *alert);
  void *context;
  const struct rule_suppressor *suppressor; /* of the last instance that one took; NULL: none */
  uint64_t suppressed;                      /* such instances */
  const atomic_bool *cancelled;             /* NULL: by nobody */
};

static bool group(void *context, const struct match *match, struct error *error);

struct history *history_new(const struct rule_set *rules) {
  struct history *history = memory_alloc(sizeof *history);
  history->rules = rules;
  history->matches = spill_new("matches");
  history->windowed = spill_new("matches");
  history->alerts = spill_new("alerts");
  history->correlator = correlator_new(
      rules,
      &(struct correlator_options){.each = group, .context = history, .notes = &history->notes});
  history->reader = correlation_reader_new();
  history->latest = TIME_NONE;
  history->last = &history->first;
  history->rule_errors = rule_errors_new();
  return history;
}

void history_add_describer(struct history *history, struct match_describer *describer) {
  history->describer = describer;
}

void history_set_cancelled(struct history *history, const atomic_bool *cancelled) {
  history->cancelled = cancelled;
}

static bool goes_on(const struct history *history, struct error *error) {
  return !history->cancelled || !atomic_load(history->cancelled) || error_set(error, "cancelled");
}

static void window_release(void *window) {
  window_free(window);
}

static void forget_windows(struct history *history) {
  map_clear(&history->windows, window_release);
  map_clear(&history->backlogs, attribute_backlog_free);
}

void history_free(struct history *history) {
  if (!history)
    return;
  while (history->first) {
    struct open_alert *next = history->first->next;
    open_alert_free(history->first);
    history->first = next;
  }
  forget_windows(history);
  map_clear(&history->by_id, NULL);
  map_clear(&history->failures, open_alert_free);
  rule_errors_free(history->rule_errors);
  arena_free(&history->input);
  arena_free(&history->scratch);
  buffer_free(&history->bytes);
  spill_free(history->matches);
  spill_free(history->windowed);
  spill_free(history->alerts);
  correlator_free(history->correlator);
  correlation_reader_free(history->reader);
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

/* What a spill keeps before the encoded match, within this process. */
struct spilled {
  uint64_t rule; /* its index */
  const struct rule_suppressor *suppressor;
  uint64_t number, hash;               /* of a match that windows group */
  struct correlator_expected expected; /* of any other */
};

/* `encoded` may be empty. */
static bool spill(struct history *history, struct spill *spill, const struct spilled *spilled,
                  const struct match *match, struct text encoded, struct error *error) {
  struct buffer *bytes = &history->bytes;
  const bool by_window = spill == history->windowed;
  buffer_reset(bytes);
  buffer_append(bytes, spilled, sizeof *spilled);
  if (encoded.size > 0)
    buffer_append_text(bytes, encoded);
  else
    match_encode(match, bytes);
  return spill_add(spill, by_window ? (int64_t)spilled->hash : match->event_time,
                   by_window ? spilled->number : match->order, buffer_text(bytes), error);
}

bool history_add(struct history *history, const struct match *match, struct error *error) {
  struct spilled spilled = {.rule = match->rule->index, .suppressor = match->suppressor};
  correlator_expect(history->correlator, match, &spilled.expected);
  return spill(history, history->matches, &spilled, match, TEXT(""), error);
}

static bool decode(struct history *history, struct text bytes, struct spilled *spilled,
                   struct text *encoded, struct match *match) {
  if (bytes.size < sizeof *spilled)
    return false;
  memcpy(spilled, bytes.data, sizeof *spilled);
  *encoded = (struct text){bytes.data + sizeof *spilled, bytes.size - sizeof *spilled};
  if (spilled->rule >= history->rules->count ||
      !match_decode(*encoded, &history->rules->rules[spilled->rule], &history->input, match))
    return false;
  match->suppressor = spilled->suppressor;
  return true;
}

/* ---- the alerts of a window ---- */

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

static void open_alert(struct history *history, const struct window_decision *decision,
                       struct attribute_counts *attributes, time_us end, uint64_t number) {
  struct open_alert *open = open_alert_new(&decision->first);
  memcpy(open->id, decision->alert_id, sizeof open->id);
  open->number = number;
  open->from = decision->from;
  open->to = open->opened = decision->to;
  open->count = decision->count;
  open->attributes = attributes;
  open->end = end;
  *history->last = open;
  history->last = &open->next;
  if (open->rule->story.count > 0)
    map_put(&history->by_id, text_from(open->id), open);
}

/* A window's alerts follow each other, so one or two are open. */
static struct open_alert *find_open(const struct history *history, const char *id) {
  if (history->hash == STORY_HASH)
    return map_get(&history->by_id, text_from(id));
  struct open_alert *open = history->first;
  while (open && strcmp(open->id, id) != 0)
    open = open->next;
  return open;
}

/* ---- stories ---- */

/* What would open an alert joins that of its story instead. */
static void absorb(struct history *history, struct open_alert *open, const struct match *match,
                   struct text key, const struct window_decision *decision, time_us end) {
  struct attribute_backlog *backlog = map_get(&history->backlogs, key);
  open_alert_absorb(open, decision, end);
  if (open->attributes && backlog)
    attribute_backlog_claim(backlog, decision->from, decision->to, open->attributes);
  if (open->attributes)
    attribute_counts_add(open->attributes, match->attributes);
}

/* Whether the alert that opens is part of a story that has one. If it is not, it may begin one:
 * *end is when nothing joins it any more. */
static bool joins_story(struct history *history, const struct match *match, struct text key,
                        struct window *window, const struct window_decision *decision,
                        time_us *end) {
  struct window *windows[STORY_VALUES_MAX];
  struct window_alert alert;
  struct story_values values =
      story_values_of(history->reader, &decision->first, &history->scratch);
  for (size_t i = 0; i < values.count; i++)
    windows[i] = window_for(history, story_window_key(values.items[i], &history->scratch));
  struct open_alert *open = NULL;
  if (story_find(windows, values.count, decision->to, &alert)) {
    char id[ALERT_ID_SIZE + 1];
    snprintf(id, sizeof id, "%.*s", ALERT_ID_SIZE, alert.id);
    open = map_get(&history->by_id, text_from(id));
  }
  if (open) {
    window_rename(window, decision->alert_id, alert.id);
    story_put(windows, values.count, &alert);
    absorb(history, open, match, key, decision, *end);
  } else if (values.count > 0) {
    alert.opened = decision->to;
    memcpy(alert.id, decision->alert_id, sizeof alert.id);
    story_put(windows, values.count, &alert);
    if (decision->to + STORY_PERIOD > *end)
      *end = decision->to + STORY_PERIOD;
  }
  return open;
}

static void sweep_map(struct map *map, const struct map *windows, time_us now) {
  struct map kept = MAP_NONE;
  for (size_t i = 0; i < map->count; i++) {
    struct map_entry *entry = &map->entries[i];
    bool is_window = map == windows;
    const struct window *window = is_window ? entry->value : map_get(windows, entry->key);
    if (window && window_end(window) >= now)
      map_put(&kept, entry->key, entry->value);
    else if (is_window)
      window_free(entry->value);
    else
      attribute_backlog_free(entry->value);
  }
  map_clear(map, NULL);
  *map = kept;
}

/* Forgets windows that are over, and closed alerts. */
static void sweep(struct history *history, time_us now) {
  if (++history->seen < SWEEP_EVERY || history->seen < history->windows.count / 2)
    return;
  sweep_map(&history->backlogs, &history->windows, now);
  sweep_map(&history->windows, &history->windows, now);
  map_clear(&history->by_id, NULL);
  for (struct open_alert *open = history->first; open; open = open->next)
    map_put(&history->by_id, text_from(open->id), open);
  history->seen = 0;
}

static bool hand_out(void *context, struct text bytes, struct error *error) {
  struct history *history = context;
  struct closed_alert closed;
  if (!goes_on(history, error))
    return false;
  if (!closed_alert_read(bytes, history->rules, &history->scratch, &closed))
    return error_set(error, DAMAGED, "alerts");
  if (closed.first.brief)
    match_describer_complete(history->describer, &closed.first, &history->scratch, &history->notes);
  struct alert alert = closed_alert_as_alert(&closed);
  history->each(history->context, &alert);
  arena_reset(&history->scratch);
  return true;
}

/* Closes the alerts that opened first, as long as they can no longer change. */
static bool close_until(struct history *history, time_us now, struct error *error) {
  bool ok = true;
  while (ok && history->first && history->first->end < now) {
    struct open_alert *open = history->first;
    open_alert_write(open, &history->bytes);
    ok = spill_add(history->alerts, (int64_t)open->number, 0, buffer_text(&history->bytes), error);
    history->first = open->next;
    if (!history->first)
      history->last = &history->first;
    if (history->hash == STORY_HASH)
      map_put(&history->by_id, text_from(open->id), NULL);
    open_alert_free(open);
  }
  return ok;
}

static bool take_into_window(struct history *history, const struct match *match, uint64_t number,
                             struct error *error) {
  struct text key = match_window_key(match, &history->scratch).joined;
  struct window *window = window_for(history, key);
  struct window_decision decision;
  struct open_alert *open;
  window_apply(window, match, &history->scratch, &decision);
  time_us end = window_end(window);
  bool joins = decision.outcome == WINDOW_OPENED && match->rule->story.count > 0 &&
               joins_story(history, match, key, window, &decision, &end);
  if (decision.outcome == WINDOW_OPENED && !joins)
    open_alert(history, &decision, sum_up(history, match, key, &decision), end, number);
  else if (decision.outcome == WINDOW_JOINED && (open = find_open(history, decision.alert_id)))
    open_alert_join(open, match);
  else if (decision.outcome == WINDOW_COUNTED && match->attributes.size > 0)
    keep_attributes(history, match, key);
  arena_reset(&history->scratch);
  bool ok = close_until(history, match->event_time, error);
  if (history->hash == STORY_HASH)
    sweep(history, match->event_time);
  return ok;
}

static bool take_windowed(void *context, struct text bytes, struct error *error) {
  struct history *history = context;
  struct spilled spilled;
  struct text encoded;
  struct match match;
  if (!goes_on(history, error))
    return false;
  if (!decode(history, bytes, &spilled, &encoded, &match))
    return error_set(error, DAMAGED, "matches");
  if (spilled.hash != history->hash) {
    if (!close_until(history, INT64_MAX, error))
      return false;
    forget_windows(history);
    history->hash = spilled.hash;
  }
  bool ok = take_into_window(history, &match, spilled.number, error);
  arena_reset(&history->input);
  return ok;
}

/* ---- matches in order of time ---- */

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

/* Keeps a match for its window. */
static bool group(void *context, const struct match *match, struct error *error) {
  struct history *history = context;
  if (match->type == ALERT_RULE_ERROR)
    group_failure(history, match);
  note_suppressed(history, match);
  if (match->type == ALERT_RULE_ERROR || !match->rule->create_alert || match->suppressor)
    return true;
  const struct text key = match_window_key(match, &history->scratch).joined;
  const struct spilled spilled = {.rule = match->rule->index,
                                  .number = history->grouped++,
                                  .hash =
                                      match->rule->story.count > 0 ? STORY_HASH : hash_text(key)};
  arena_reset(&history->scratch);
  return spill(history, history->windowed, &spilled, match, history->encoded, error);
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
  struct spilled spilled;
  struct text encoded;
  struct match match;
  if (!goes_on(history, error))
    return false;
  if (!decode(history, bytes, &spilled, &encoded, &match))
    return error_set(error, DAMAGED, "matches");
  bool ok = advance(history, &match, error);
  history->encoded = encoded;
  ok = ok && group(history, &match, error);
  history->encoded = TEXT("");
  ok = ok && (!correlator_needs(history->correlator, &spilled.expected) ||
              correlator_take(history->correlator, &match, error));
  arena_reset(&history->input);
  return ok;
}

static bool hand_out_failures(struct history *history, struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && i < history->failures.count; i++) {
    open_alert_write(history->failures.entries[i].value, &history->bytes);
    ok = hand_out(history, buffer_text(&history->bytes), error);
  }
  return ok;
}

/* What was read is freed before the next is: two of them take memory at a time. */
static void end_spill(struct spill **spill) {
  spill_free(*spill);
  *spill = NULL;
}

bool history_finish(struct history *history, void (*each)(void *context, const struct alert *alert),
                    void *context, struct error *error) {
  history->each = each;
  history->context = context;
  bool ok = spill_read(history->matches, take_match, history, error) &&
            (history->latest == TIME_NONE ||
             correlator_advance(history->correlator, history->latest + 1, error));
  end_spill(&history->matches);
  ok = ok && spill_read(history->windowed, take_windowed, history, error) &&
       close_until(history, INT64_MAX, error);
  end_spill(&history->windowed);
  return ok && spill_read(history->alerts, hand_out, history, error) &&
         hand_out_failures(history, error);
}
