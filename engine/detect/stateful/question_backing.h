/*
 * Where questions keep what they remember, beside memory. The store for the daemon; for others a
 * scratch store, or nothing.
 *
 * For the thread of the questions.
 */
#ifndef DETECT_STATEFUL_QUESTION_BACKING_H
#define DETECT_STATEFUL_QUESTION_BACKING_H

#include "store/store_question.h"

struct question_backing {
  void *context; /* must outlive the questions */
  /* As store_question_get and store_question_set. NULL: everything stays in memory. */
  bool (*get)(void *context, int64_t question, struct text name, struct buffer *state,
              struct store_question_state *row, bool *found, struct error *error);
  bool (*set)(void *context, const struct store_question_state *row, struct error *error);
  bool is_empty; /* what `get` finds was put there by `set` */
  /* Not NULL: what is written outlives the process, and each transaction has a log of what it
   * changed there. `get` and `set` are of this store. */
  struct store *store;
};

#endif
