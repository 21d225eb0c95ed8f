#include "detect/backtest/backtest.h"

#include "base/map.h"
#include "base/memory.h"
#include "detect/history/history.h"
#include "detect/pipeline.h"
#include "detect/stateful/stateful.h"
#include "rule/correlation.h"
#include "store/store_health.h"

#include <pthread.h>
#include <stdlib.h>

/* A batch is this large at most, as a file's. */
#define BATCH_BYTES ((size_t)256 * 1024)
#define BATCH_EVENTS 4000

/* Events of one source and log type: a batch has no others. */
struct lane {
  struct batch_source *source;
  struct text log_type;
  struct batch *batch; /* that is being filled; NULL: none */
};

struct backtest {
  const struct backtest_options *options;
  const struct backtest_report *report;
  struct backtest_counts *counts;
  struct arena arena; /* log types, and the lanes */
  struct map labels;  /* source -> struct text, in the arena */
  struct map lanes;   /* "source \0 log type" -> struct lane */
  struct lane *last;  /* that got the last event */
  bool in_order;      /* events must be taken in order of time: there are rules that remember */
  struct pipeline *pipeline;
  struct stateful *stateful;
  struct history *history;
  struct arena scratch; /* of one result */
  uint64_t order;
  time_us since, from; /* `from` is earlier, where reading begins */
  struct error read_error;
};

/* ---- what runs --------------------------------------------------------------------------- */

static void keep_longest(int64_t *longest, int64_t time) {
  *longest = time > *longest ? time : *longest;
}

/* How long before an event the rule looks at others. */
static int64_t look_back(const struct rule *rule) {
  int64_t back = rule->dedup_period;
  if (rule->correlation)
    keep_longest(&back, rule->correlation->lookback);
  if (rule->stateful)
    keep_longest(&back, KV_LIFETIME_DEFAULT);
  for (size_t i = 0; i < rule->questions.count; i++) {
    const struct question *question = &rule->questions.items[i];
    keep_longest(&back, question->keep);
    keep_longest(&back, question->learn);
    keep_longest(&back, question->past + question->within);
    keep_longest(&back, question->quiet);
  }
  return back;
}

static void look_at_rules(struct backtest *backtest) {
  const struct rule_set *rules = backtest->options->detection->rules;
  int64_t back = 0;
  for (size_t i = 0; i < rules->count; i++) {
    const struct rule *rule = &rules->rules[i];
    if (!rule->enabled)
      continue;
    backtest->in_order = backtest->in_order || rule->stateful || rule->questions.count > 0;
    keep_longest(&back, look_back(rule));
  }
  backtest->since = backtest->options->since;
  backtest->from = backtest->since < TIME_BEGIN + back ? TIME_NONE : backtest->since - back;
}

/* Those that an enabled rule runs on. */
static struct store_archive archive_of(struct backtest *backtest) {
  const struct rule_set *rules = backtest->options->detection->rules;
  struct map seen = MAP_NONE;
  size_t most = 0, count = 0;
  for (size_t i = 0; i < rules->count; i++)
    most += rules->rules[i].log_types.count;
  struct text *types = arena_alloc(&backtest->arena, (most + 1) * sizeof *types);
  for (size_t i = 0; i < rules->count; i++) {
    const struct text_list *own = &rules->rules[i].log_types;
    for (size_t k = 0; rules->rules[i].enabled && k < own->count; k++) {
      if (map_get(&seen, own->items[k]))
        continue;
      map_put(&seen, own->items[k], types);
      types[count++] = own->items[k];
    }
  }
  map_clear(&seen, NULL);
  return (struct store_archive){types, count, backtest->from, backtest->options->until};
}

/* ---- reading, on its own thread ---------------------------------------------------------- */

/* Events say what their source is called; the daemon has said that of those that it reads. */
static void keep_label(void *context, const struct store_source_health *source) {
  struct backtest *backtest = context;
  struct text *label = arena_alloc(&backtest->arena, sizeof *label);
  *label = arena_copy(&backtest->arena, source->label);
  map_put(&backtest->labels, source->source_id, label);
}

static struct text label_of(const struct backtest *backtest, struct text source_id) {
  const struct text *label = map_get(&backtest->labels, source_id);
  return label ? *label : TEXT("");
}

static struct lane *lane_of(struct backtest *backtest, const struct store_event *event) {
  struct lane *lane = backtest->last;
  if (lane && text_equal(lane->log_type, event->log_type) &&
      text_equal(lane->source->id, event->source_id))
    return lane;
  struct buffer key = BUFFER_NONE;
  buffer_append_text(&key, event->source_id);
  buffer_append_char(&key, '\0');
  buffer_append_text(&key, event->log_type);
  lane = map_get(&backtest->lanes, buffer_text(&key));
  if (!lane) {
    lane = arena_alloc(&backtest->arena, sizeof *lane);
    lane->log_type = arena_copy(&backtest->arena, event->log_type);
    lane->source = batch_source_new(event->source_id, label_of(backtest, event->source_id));
    map_put(&backtest->lanes, buffer_text(&key), lane);
  }
  buffer_free(&key);
  return lane;
}

static bool push(struct backtest *backtest, struct lane *lane) {
  struct batch *batch = lane->batch;
  lane->batch = NULL;
  return !batch || pipeline_push(backtest->pipeline, lane->source, batch);
}

static bool take_event(void *context, const struct store_event *event) {
  struct backtest *backtest = context;
  struct lane *lane = lane_of(backtest, event);
  if (backtest->in_order && backtest->last && backtest->last != lane &&
      !push(backtest, backtest->last))
    return false;
  backtest->last = lane;
  if (!lane->batch) {
    lane->batch = batch_new_listed(event->record.size + 1);
    lane->batch->log_type = lane->log_type;
    lane->batch->received_at = event->parse_time;
  }
  batch_add_kept(lane->batch, event->record, event->row_id, event->parse_time);
  backtest->counts->events++;
  if (backtest->counts->first == TIME_NONE && event->event_time >= backtest->since)
    backtest->counts->first = event->event_time;
  return (lane->batch->size < BATCH_BYTES && lane->batch->count < BATCH_EVENTS) ||
         push(backtest, lane);
}

static void *read_archive(void *context) {
  struct backtest *backtest = context;
  const struct store_archive archive = archive_of(backtest);
  struct store *store = backtest->options->store;
  bool ok = store_health_sources(store, keep_label, backtest, &backtest->read_error) &&
            store_event_read(store, &archive, take_event, backtest, &backtest->read_error);
  for (size_t i = 0; ok && i < backtest->lanes.count; i++)
    ok = push(backtest, backtest->lanes.entries[i].value);
  pipeline_close(backtest->pipeline);
  return NULL;
}

/* ---- what comes of it -------------------------------------------------------------------- */

static bool take_match(struct backtest *backtest, const struct match *match, struct error *error) {
  struct match ordered = *match;
  ordered.order = backtest->order++;
  if (match->event_time >= backtest->since)
    backtest->report->match(backtest->report->context, match);
  return history_add(backtest->history, &ordered, error);
}

static void take_notes(struct backtest *backtest, const struct match_notes *notes) {
  backtest->counts->function_errors += notes->count;
}

static bool take_result(struct backtest *backtest, struct batch_result *result,
                        struct error *error) {
  struct match_list matches;
  arena_reset(&backtest->scratch);
  if (!stateful_run(backtest->stateful, result, NULL, &backtest->scratch, &result->notes, &matches,
                    error))
    return false;
  for (size_t i = 0; i < matches.count; i++)
    if (!take_match(backtest, &matches.items[i], error))
      return false;
  history_advance(backtest->history, result->latest);
  backtest->counts->unreadable += result->dead_letter_count;
  backtest->counts->dropped_calls += result->dropped_calls;
  take_notes(backtest, &result->notes);
  return true;
}

static void take_alert(void *context, const struct alert *alert) {
  struct backtest *backtest = context;
  if (alert->first_event_time >= backtest->since)
    backtest->report->alert(backtest->report->context, alert);
}

static bool run(struct backtest *backtest, struct error *error) {
  pthread_t reader;
  struct batch_result *result;
  bool ok = true;
  if (pthread_create(&reader, NULL, read_archive, backtest) != 0)
    return error_set(error, "cannot start reading: the system gives no more threads");
  while ((result = pipeline_next(backtest->pipeline)) != NULL) {
    ok = ok && take_result(backtest, result, error);
    if (!ok)
      pipeline_abandon(backtest->pipeline);
    pipeline_done(backtest->pipeline, result, ok);
  }
  pthread_join(reader, NULL);
  if (backtest->read_error.set) {
    *error = backtest->read_error;
    return false;
  }
  ok = ok && history_finish(backtest->history, take_alert, backtest, error);
  take_notes(backtest, history_notes(backtest->history));
  return ok;
}

static void release_lane(void *value) {
  struct lane *lane = value;
  batch_free(lane->batch);
  batch_source_release(lane->source);
}

bool backtest_run(const struct backtest_options *options, const struct backtest_report *report,
                  struct backtest_counts *counts, struct error *error) {
  struct backtest backtest = {.options = options, .report = report, .counts = counts};
  const struct pipeline_options pipeline = {.detection = options->detection,
                                            .workers = options->workers};
  *counts = (struct backtest_counts){.first = TIME_NONE};
  look_at_rules(&backtest);
  backtest.pipeline = pipeline_new(&pipeline, error);
  if (!backtest.pipeline)
    return false;
  backtest.stateful = stateful_new(&(struct stateful_options){.store = NULL});
  backtest.history = history_new(options->detection->rules);
  bool ok = run(&backtest, error);
  map_clear(&backtest.lanes, release_lane);
  map_clear(&backtest.labels, NULL);
  pipeline_free(backtest.pipeline);
  stateful_free(backtest.stateful);
  history_free(backtest.history);
  arena_free(&backtest.scratch);
  arena_free(&backtest.arena);
  return ok;
}
