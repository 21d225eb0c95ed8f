/*
 * The one transaction: writes what a group of batches became (rows, events, dead letters, windows,
 * alerts, outbox) together with their sources' checkpoints, or nothing of it.
 */
#ifndef DAEMON_COMMIT_COMMIT_H
#define DAEMON_COMMIT_COMMIT_H

#include "alert/destination/destination.h"
#include "detect/pipeline.h"
#include "source/source.h"

struct committer;

struct committer_options {
  struct store *store;          /* the committer thread's own handle; stays the caller's */
  const struct source *sources; /* must outlive the committer */
  size_t source_count;
  const struct destination *destinations;
  size_t destination_count;
  bool keep_events;
  struct log *log;
  struct clock clock;
};

struct committer *committer_new(const struct committer_options *options);
void committer_free(struct committer *committer); /* NULL is fine */

struct commit_counts {
  uint64_t transactions, batches, records, events, repeated, dead_letters, matches, alerts,
      rule_errors;
};

/* Commits `count` results in one transaction; groups come in the order of the results. False with
 * the reason (disk full, …): nothing of any of them was written, and the same group may be tried
 * again. How results are grouped makes no difference to what is in the store afterwards. */
bool committer_commit(struct committer *committer, struct batch_result *const *results,
                      size_t count, struct error *error);

/* What optional functions of stateful rules and of correlations did wrong in the last group; until
 * the next one. */
const struct problems *committer_notes(const struct committer *committer);

/* Deletes a small step of what stateful rules and correlations remember and no event will ask for;
 * between groups. *deleted = 0: there is no more. */
bool committer_prune(struct committer *committer, int64_t *deleted, struct error *error);

/* What was committed so far. */
void committer_count(const struct committer *committer, struct commit_counts *counts);

#endif
