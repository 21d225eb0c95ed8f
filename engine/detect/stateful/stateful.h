/*
 * The room detect/stateful runs the rules that remember, on one event after the other.
 *
 * Stateful rules: rules whose functions use kv, or that have questions. A worker only finds where
 * their `where` holds (and what a function says that uses no kv); the rest runs here, on one event
 * after the other in the order of the batches, so that what they
 * remember does not depend on how many workers there are. One for each thread that takes results.
 */
#ifndef DETECT_STATEFUL_STATEFUL_H
#define DETECT_STATEFUL_STATEFUL_H

#include "detect/pipeline.h"
#include "detect/stateful/questions.h"
#include "store/store.h"

struct stateful;

struct stateful_options {
  /* Where the rules' kv and what questions remember is kept; stays the caller's. NULL: it begins
   * empty and ends with the stateful, and what memory should not hold waits in a temporary file. */
  struct store *store;
  /* As the pipeline has them, so that a record is read again to the same event. */
  struct text log_type;
  bool unchecked;
  struct text time_field;
  struct log *log;                /* of questions; may be NULL */
  struct question_counts *counts; /* the caller's; they grow; may be NULL */
};

struct stateful *stateful_new(const struct stateful_options *options);
void stateful_free(struct stateful *stateful); /* NULL is fine; what was not saved is lost */

/* All matches of a result in order: by event, then by rule id. */
struct match_list {
  const struct match *items;
  size_t count;
};

/* Runs what is deferred in the result, but for the events that `repeated` (by event index; NULL:
 * none) marks, and puts its matches among the others. The list lives as long as the result and the
 * arena; notes take what optional functions did wrong. False with the reason when what is
 * remembered cannot be
 * read: then everything since the last save is to be forgotten. */
bool stateful_run(struct stateful *stateful, const struct batch_result *result,
                  const bool *repeated, struct arena *arena, struct match_notes *notes,
                  struct match_list *matches, struct error *error);

/* Writes what changed to the store, within the caller's transaction. */
bool stateful_save(struct stateful *stateful, struct error *error);

/* Forgets what is in memory: after a transaction was taken back. */
void stateful_forget(struct stateful *stateful);

/* Deletes a slice of what no event will ask for from the store, as store_kv_prune and
 * store_question_prune do; outside of a transaction. */
bool stateful_prune(struct stateful *stateful, int64_t grace, const struct store_slice *slice,
                    struct store_pruned *pruned, struct error *error);

#endif
