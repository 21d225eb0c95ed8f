#include "detect/backtest/backtest.h"

#include "base/map.h"
#include "detect/backtest/archive_feed.h"
#include "detect/history/history.h"
#include "detect/stateful/stateful.h"
#include "rule/correlation.h"

struct backtest {
  const struct backtest_options *options;
  const struct backtest_report *report;
  struct backtest_counts *counts;
  struct arena arena; /* the log types */
  bool in_order;      /* events must be taken in order of time: there are rules that remember */
  struct pipeline *pipeline;
  struct stateful *stateful;
  struct history *history;
  struct arena scratch; /* of one result */
  uint64_t order, tried;
  time_us reached;     /* of those that were tried; TIME_NONE at first */
  time_us since, from; /* `from` is earlier, where reading begins */
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
  for (size_t i = 0; i < rule->questions.count; i++)
    keep_longest(&back, question_look_back(&rule->questions.items[i]));
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
  backtest->tried += result->records;
  if (result->latest != TIME_NONE && result->latest > backtest->reached)
    backtest->reached = result->latest;
  if (backtest->report->progress)
    backtest->report->progress(backtest->report->context, backtest->tried, backtest->reached);
  return true;
}

static void take_alert(void *context, const struct alert *alert) {
  struct backtest *backtest = context;
  if (alert->first_event_time >= backtest->since)
    backtest->report->alert(backtest->report->context, alert);
}

static bool is_cancelled(const struct backtest *backtest, struct error *error) {
  const atomic_bool *cancelled = backtest->options->cancelled;
  return cancelled && atomic_load(cancelled) && !error_set(error, "the backtest was cancelled");
}

static bool take_results(struct backtest *backtest, struct error *error) {
  struct batch_result *result;
  bool ok = true;
  while ((result = pipeline_next(backtest->pipeline)) != NULL) {
    ok = ok && !is_cancelled(backtest, error) && take_result(backtest, result, error);
    if (!ok)
      pipeline_abandon(backtest->pipeline);
    pipeline_done(backtest->pipeline, result, ok);
  }
  return ok;
}

static bool run(struct backtest *backtest, struct error *error) {
  const struct archive_feed_options options = {.store = backtest->options->store,
                                               .archive = archive_of(backtest),
                                               .pipeline = backtest->pipeline,
                                               .in_order = backtest->in_order,
                                               .first_from = backtest->since};
  struct archive_feed_counts read;
  struct error read_error = ERROR_NONE;
  struct archive_feed *feed = archive_feed_start(&options, error);
  if (!feed)
    return false;
  bool ok = take_results(backtest, error);
  if (!archive_feed_end(feed, &read, &read_error)) {
    *error = read_error;
    return false;
  }
  backtest->counts->events = read.events;
  backtest->counts->first = read.first;
  ok = ok && history_finish(backtest->history, take_alert, backtest, error);
  take_notes(backtest, history_notes(backtest->history));
  return ok;
}

bool backtest_run(const struct backtest_options *options, const struct backtest_report *report,
                  struct backtest_counts *counts, struct error *error) {
  struct backtest backtest = {.options = options, .report = report, .counts = counts};
  const struct pipeline_options pipeline = {
      .detection = options->detection, .workers = options->workers, .stopped = options->cancelled};
  backtest.reached = TIME_NONE;
  *counts = (struct backtest_counts){.first = TIME_NONE};
  look_at_rules(&backtest);
  backtest.pipeline = pipeline_new(&pipeline, error);
  if (!backtest.pipeline)
    return false;
  backtest.stateful = stateful_new(&(struct stateful_options){.store = NULL});
  backtest.history = history_new(options->detection->rules);
  history_set_cancelled(backtest.history, options->cancelled);
  bool ok = run(&backtest, error);
  pipeline_free(backtest.pipeline);
  stateful_free(backtest.stateful);
  history_free(backtest.history);
  arena_free(&backtest.scratch);
  arena_free(&backtest.arena);
  return ok;
}
