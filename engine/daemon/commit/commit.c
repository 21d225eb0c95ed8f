#include "daemon/commit/commit_internal.h"

#include "base/memory.h"

#include <stdlib.h>

/* What stateful rules and correlations remember is kept for events that come late by this much:
 * a source may read its reports again for days, and a daemon may have been stopped over a holiday.
 */
#define KV_GRACE_US (30 * US_PER_DAY)

struct committer *committer_new(const struct committer_options *options) {
  struct committer *committer = memory_alloc(sizeof *committer);
  committer->options = *options;
  committer->stateful = stateful_new(&(struct stateful_options){
      .store = options->store, .log = options->log, .counts = &committer->counts.questions});
  committer->rule_errors = rule_errors_new();
  committer->progress = source_progress_new(options->setup.sources, options->setup.source_count);
  committer->history.pending = true; /* an earlier run may have left some */
  committer->history.last_held = clock_now(&options->clock);
  return committer;
}

void committer_use(struct committer *committer, const struct committer_setup *setup) {
  committer->options.setup = *setup;
  source_progress_use(committer->progress, setup->sources, setup->source_count);
  committer->history.known = committer->updates_known = false;
}

void committer_free(struct committer *committer) {
  if (!committer)
    return;
  window_cache_free(&committer->cache);
  stateful_free(committer->stateful);
  commit_free_correlations(committer);
  correlation_reader_free(committer->story_reader);
  commit_free_describer(committer);
  rule_errors_free(committer->rule_errors);
  problems_clear(&committer->notes.kept);
  free(committer->history.starts);
  arena_free(&committer->matches);
  arena_free(&committer->scratch);
  free(committer);
}

void committer_count(const struct committer *committer, struct commit_counts *counts) {
  *counts = committer->counts;
}

const struct problems *committer_notes(const struct committer *committer) {
  return &committer->notes.kept;
}

bool commit_stateful_rules(struct commit_step *step, struct error *error) {
  struct committer *committer = step->committer;
  arena_reset(&committer->matches);
  return stateful_run(committer->stateful, step->result, step->repeated, &committer->matches,
                      &committer->notes, &step->matches, error);
}

static bool commit_checkpoint(struct commit_step *step, struct error *error) {
  const struct batch *batch = step->result->batch;
  struct store *store = step->committer->options.store;
  struct text checkpoint = text_from(batch->checkpoint);
  if (!batch->checkpoint)
    return true;
  if (!batch->checkpoint_part)
    return store_checkpoint_set(store, step->source_id, checkpoint, error);
  return store_checkpoint_part_set(store, step->source_id, text_from(batch->checkpoint_part),
                                   checkpoint, error);
}

/* What one result goes through, in this order: events first, because they show which rows are new,
 * and a known row takes its matches with it; stateful rules before the matches that they make, and
 * with these what correlations make of them. */
static bool (*const stages[])(struct commit_step *, struct error *) = {
    commit_events, commit_dead_letters, commit_stateful_rules, commit_matches, commit_checkpoint,
};

static bool write_result(struct committer *committer, struct batch_result *result,
                         struct error *error) {
  struct commit_step step = {
      .committer = committer,
      .result = result,
      .source_id = result->batch->source->id,
  };
  committer->history.backfill = result->batch->backfill_alerts;
  arena_reset(&committer->scratch);
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
    if (!stages[i](&step, error))
      return false;
  committer->counts.batches++;
  committer->counts.records += result->records;
  committer->counts.receipts += result->batch->resends ? result->records - step.repeated_count : 0;
  committer->counts.repeated += step.repeated_count;
  result->repeated = step.repeated_count;
  committer->counts.schema_errors += result->faults.errors;
  return true;
}

/* What is written in one transaction. */
struct group {
  struct batch_result *const *results;
  size_t count;
};

static bool write_group(struct committer *committer, const void *context, struct error *error) {
  const struct group *group = context;
  if (!commit_history_begin(committer, error) || !commit_updates_begin(committer, error))
    return false;
  for (size_t i = 0; i < group->count; i++)
    if (!write_result(committer, group->results[i], error))
      return false;
  return store_event_index(committer->options.store, error);
}

static bool save_states(struct committer *committer, struct error *error) {
  return stateful_save(committer->stateful, error) && commit_save_correlations(committer, error) &&
         window_cache_save(committer, error);
}

/* What is in memory is ahead of a store that has taken nothing. */
static void forget_states(struct committer *committer) {
  stateful_forget(committer->stateful);
  commit_forget_correlations(committer);
  window_cache_clear(&committer->cache);
  committer->history.known = committer->updates_known = false;
  committer->history.pending = true;
}

/* Writes in one transaction, or nothing at all. */
static bool transact(struct committer *committer,
                     bool (*write)(struct committer *committer, const void *context,
                                   struct error *error),
                     const void *context, struct error *error) {
  struct commit_counts before = committer->counts;
  struct store *store = committer->options.store;
  window_cache_trim(&committer->cache);
  problems_clear(&committer->notes.kept);

  bool ok = store_begin(store, error);
  if (ok) {
    ok = write(committer, context, error) && save_states(committer, error) &&
         store_commit(store, error);
    if (!ok)
      store_rollback(store);
  }
  arena_reset(&committer->scratch);
  if (!ok) {
    forget_states(committer);
    committer->counts = before;
    return false;
  }
  committer->counts.transactions++;
  return true;
}

bool committer_commit(struct committer *committer, struct batch_result *const *results,
                      size_t count, struct error *error) {
  const struct group group = {results, count};
  return transact(committer, write_group, &group, error);
}

struct advance {
  bool correlations, updates; /* are due */
};

static bool write_advance(struct committer *committer, const void *context, struct error *error) {
  const struct advance *due = context;
  committer->history.backfill = 0;
  return commit_history_work(committer, error) &&
         (!due->updates || commit_updates_work(committer, error)) &&
         (!due->correlations || commit_advance(committer, error));
}

bool committer_advance(struct committer *committer, struct detection *detection,
                       struct error *error) {
  struct advance due;
  if (!commit_advance_is_due(committer, detection, &due.correlations, error) ||
      !commit_updates_are_due(committer, &due.updates, error))
    return false;
  bool nothing = !due.correlations && !due.updates && !commit_history_is_due(committer);
  return nothing || transact(committer, write_advance, &due, error);
}

bool committer_write(struct committer *committer,
                     bool (*write)(struct committer *committer, const void *context,
                                   struct error *error),
                     const void *context, struct error *error) {
  return transact(committer, write, context, error);
}

bool committer_prune_kv(struct committer *committer, const struct store_slice *slice,
                        struct store_pruned *pruned, struct error *error) {
  return stateful_prune(committer->stateful, KV_GRACE_US, slice, pruned, error);
}

bool committer_prune_correlations(struct committer *committer, const struct store_slice *slice,
                                  struct store_pruned *pruned, struct error *error) {
  return commit_prune_correlations(committer, KV_GRACE_US, slice, pruned, error);
}
