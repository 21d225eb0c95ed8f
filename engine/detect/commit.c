#include "detect/commit_internal.h"

#include "base/memory.h"

#include <stdlib.h>

struct committer *committer_new(const struct committer_options *options) {
  struct committer *committer = memory_alloc(sizeof *committer);
  committer->options = *options;
  return committer;
}

void committer_free(struct committer *committer) {
  if (!committer)
    return;
  window_cache_free(&committer->cache);
  arena_free(&committer->scratch);
  free(committer);
}

void committer_count(const struct committer *committer, struct commit_counts *counts) {
  *counts = committer->counts;
}

static bool commit_checkpoint(struct commit_step *step, struct error *error) {
  const char *checkpoint = step->result->batch->checkpoint;
  return !checkpoint || store_checkpoint_set(step->committer->options.store, step->source_id,
                                             text_from(checkpoint), error);
}

/* What one result goes through, in this order: events first, because they tell which rows are new,
 * and a known row takes its matches with it. */
static bool (*const stages[])(struct commit_step *, struct error *) = {
    commit_events,
    commit_dead_letters,
    commit_matches,
    commit_checkpoint,
};

static bool write_result(struct committer *committer, const struct batch_result *result,
                         struct error *error) {
  struct commit_step step = {
      .committer = committer,
      .result = result,
      .source_id = committer->options.sources[result->batch->source].id,
  };
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
    if (!stages[i](&step, error))
      return false;
  committer->counts.batches++;
  committer->counts.records += result->records;
  return true;
}

static bool write_all(struct committer *committer, struct batch_result *const *results,
                      size_t count, struct error *error) {
  for (size_t i = 0; i < count; i++)
    if (!write_result(committer, results[i], error))
      return false;
  return window_cache_save(committer, error);
}

bool committer_commit(struct committer *committer, struct batch_result *const *results,
                      size_t count, struct error *error) {
  struct commit_counts before = committer->counts;
  struct store *store = committer->options.store;
  window_cache_trim(&committer->cache);

  bool ok = store_begin(store, error);
  if (ok) {
    ok = write_all(committer, results, count, error) && store_commit(store, error);
    if (!ok)
      store_rollback(store);
  }
  arena_reset(&committer->scratch);
  if (!ok) {
    /* The windows in memory are ahead of the store now. */
    window_cache_clear(&committer->cache);
    committer->counts = before;
    return false;
  }
  committer->counts.transactions++;
  return true;
}
