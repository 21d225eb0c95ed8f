/*
 * The room daemon/commit writes what batches became in one transaction.
 *
 * The one transaction: writes what a group of batches became (rows, events, dead letters, windows,
 * alerts, outbox) together with their sources' checkpoints, or nothing of it.
 *
 * A committer belongs to one thread.
 */
#ifndef DAEMON_COMMIT_COMMIT_H
#define DAEMON_COMMIT_COMMIT_H

#include "alert/routing/routing.h"
#include "detect/pipeline.h"
#include "detect/stateful/questions.h"
#include "source/source.h"
#include "store/store.h"

struct committer;

/* What may change while it works; the pointers are the caller's until the next committer_use. */
struct committer_setup {
  const struct source *sources; /* that are configured: absences wait for those that can say so */
  size_t source_count;
  struct routing routing;
  bool keep_events;
};

struct committer_options {
  struct store *store; /* the committer thread's own handle; stays the caller's */
  struct log *log;
  struct clock clock;
  struct committer_setup setup;
};

struct committer *committer_new(const struct committer_options *options);
void committer_free(struct committer *committer); /* NULL is fine */

/* Works with another setup from the next transaction on. */
void committer_use(struct committer *committer, const struct committer_setup *setup);

struct commit_counts {
  uint64_t transactions, batches, records, events, repeated, receipts, dead_letters, schema_errors,
      matches, alerts, rule_errors;
  uint64_t suppressed;              /* matches that tuning keeps from alerts */
  uint64_t unrouted;                /* alerts that no destination takes */
  uint64_t muted;                   /* alerts that a route sends nowhere */
  uint64_t queued;                  /* deliveries put into the outbox */
  uint64_t cut_matches;             /* of which a correlation left out keys or earlier matches */
  struct question_counts questions; /* what questions of rules left out */
};

/* Commits `count` results in one transaction; groups come in the order of the results. False with
 * the reason (disk full, …): nothing of any of them was written, and the same group may be tried
 * again. How results are grouped makes no difference to what is in the store afterwards. */
bool committer_commit(struct committer *committer, struct batch_result *const *results,
                      size_t count, struct error *error);

/* Finds what is certain by now though no batch says so, in a transaction of its own: instances of
 * correlations that waited for an absence, how much a source's history held, and windows that are
 * over.
 * `detection` holds the correlations, as a batch's would.
 * False with the reason: nothing was written, and the next call tries again. */
bool committer_advance(struct committer *committer, struct detection *detection,
                       struct error *error);

/* Lets `write` write something else in a transaction of its own. False with the reason, `write`'s
 * or the store's: nothing was written. */
bool committer_write(struct committer *committer,
                     bool (*write)(struct committer *committer, const void *context,
                                   struct error *error),
                     const void *context, struct error *error);

/* Within a transaction: keeps an alert that no rule's match opened, and puts it on its way by its
 * severity and type. `about` is the id of a destination that it complains of, or empty: others get
 * it, and that one only when nobody else takes it. */
bool committer_open_alert(struct committer *committer, const struct alert *alert, struct text about,
                          struct error *error);

/* Within a transaction: resolves an alert whose cause is gone, unless somebody did. */
bool committer_resolve_alert(struct committer *committer, struct text alert_id, struct text note,
                             struct error *error);

/* Resolves alerts about margay's own work whose cause is gone, in a transaction of its own where
 * there are any (*wrote): of dead letters that are gone, and of failures of rules that are changed,
 * off or gone among `rules`, those in use. False with the reason: nothing was written. */
bool committer_end_causes(struct committer *committer, const struct rule_set *rules, bool *wrote,
                          struct error *error);

/* What optional functions of stateful rules and of correlations did wrong in the last group; until
 * the next one. */
const struct problems *committer_notes(const struct committer *committer);

/* Delete a slice of what stateful rules and of what correlations remember and no event will ask
 * for; between groups. */
bool committer_prune_kv(struct committer *committer, const struct store_slice *slice,
                        struct store_pruned *pruned, struct error *error);
bool committer_prune_correlations(struct committer *committer, const struct store_slice *slice,
                                  struct store_pruned *pruned, struct error *error);

/* What was committed so far. */
void committer_count(const struct committer *committer, struct commit_counts *counts);

#endif
