/* The stage that brings matches to windows and correlations, and looks at how far time has come. */
#include "daemon/commit/commit_internal.h"

static bool commit_instance(void *context, const struct match *instance, struct error *error) {
  return commit_match(context, instance, error);
}

/* Before another rule set is used, all is written that is known under the old one. */
static bool use_detection(struct committer *committer, struct detection *detection,
                          struct error *error) {
  if (committer->detection == detection)
    return true;
  if (committer->correlator && !correlator_save(committer->correlator, error))
    return false;
  correlator_free(committer->correlator);
  detection_release(committer->detection);
  committer->detection = detection_hold(detection);
  committer->correlator = correlator_new(
      detection->rules, &(struct correlator_options){.store = committer->options.store,
                                                     .log = committer->options.log,
                                                     .cut = &committer->counts.cut_matches,
                                                     .each = commit_instance,
                                                     .context = committer,
                                                     .notes = &committer->notes});
  return true;
}

static time_us complete_of(void *context, const struct correlation *correlation) {
  return source_progress_complete(context, correlation);
}

static bool advance(struct committer *committer, struct error *error) {
  const struct correlator_clock clock = {complete_of, committer->progress};
  return correlator_advance_by(committer->correlator, &clock, error);
}

bool commit_advance_is_due(struct committer *committer, struct detection *detection, bool *due,
                           struct error *error) {
  *due = false;
  commit_describe_with(committer, detection);
  if (!use_detection(committer, detection, error))
    return false;
  if (!correlator_is_needed(committer->correlator))
    return true;
  if (!source_progress_load(committer->progress, committer->options.store, error))
    return false;
  const struct correlator_clock clock = {complete_of, committer->progress};
  *due = correlator_can_advance(committer->correlator, &clock);
  return true;
}

bool commit_advance(struct committer *committer, struct error *error) {
  return advance(committer, error);
}

static bool begin(struct commit_step *step, bool *correlates, struct error *error) {
  struct committer *committer = step->committer;
  commit_describe_with(committer, step->result->detection);
  if (!use_detection(committer, step->result->detection, error))
    return false;
  *correlates = correlator_is_needed(committer->correlator);
  return !*correlates ||
         (source_progress_load(committer->progress, committer->options.store, error) &&
          advance(committer, error));
}

/* As in a scan (detect/history/history.h): what was waited for until this match, then the match,
 * then what it completes, because the next one may join an alert of that. A match moves time on as
 * a batch does, so that it makes no difference how records are cut into batches. */
static bool take_match(struct commit_step *step, const struct match *match, bool correlates,
                       struct error *error) {
  struct committer *committer = step->committer;
  if (!correlates || match->type != ALERT_RULE ||
      !correlator_wants(committer->correlator, match->rule))
    return commit_match(committer, match, error);
  bool moves = !match->doubtful &&
               source_progress_event(committer->progress, step->result->batch, match->event_time);
  return (!moves || advance(committer, error)) && commit_match(committer, match, error) &&
         correlator_take(committer->correlator, match, error);
}

/* A row that was known before takes its matches with it. */
bool commit_matches(struct commit_step *step, struct error *error) {
  struct committer *committer = step->committer;
  bool correlates;
  if (!begin(step, &correlates, error))
    return false;
  for (size_t i = 0; i < step->matches.count; i++) {
    const struct match *match = &step->matches.items[i];
    if (!step->repeated[match->event_index] && !take_match(step, match, correlates, error))
      return false;
  }
  if (!correlates)
    return true;
  source_progress_batch(committer->progress, step->result);
  return advance(committer, error);
}

bool commit_save_correlations(struct committer *committer, struct error *error) {
  return (!committer->correlator || correlator_save(committer->correlator, error)) &&
         source_progress_save(committer->progress, committer->options.store, error);
}

void commit_forget_correlations(struct committer *committer) {
  if (committer->correlator)
    correlator_forget(committer->correlator);
  source_progress_forget(committer->progress);
}

bool commit_prune_correlations(struct committer *committer, int64_t grace,
                               const struct store_slice *slice, struct store_pruned *pruned,
                               struct error *error) {
  time_us latest = source_progress_latest(committer->progress);
  *pruned = (struct store_pruned){.rows = 0};
  if (latest == TIME_NONE)
    return true;
  bool ok = store_correlation_prune(committer->options.store, latest, grace, slice, pruned, error);
  if (ok && pruned->rows > 0 && committer->correlator)
    correlator_forget(committer->correlator); /* it may hold what is gone now */
  return ok;
}

void commit_free_correlations(struct committer *committer) {
  correlator_free(committer->correlator);
  detection_release(committer->detection);
  source_progress_free(committer->progress);
}
