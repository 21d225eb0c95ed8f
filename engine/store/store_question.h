/*
 * What questions of rules remember (detect/stateful gives it meaning), in two places: a row for
 * each state, and a log of changes, to which a transaction adds all that it changed as one piece.
 * Whoever writes there brings the rows up to date before it drops the log's beginning. The rules of
 * store.h hold.
 */
#ifndef STORE_STORE_QUESTION_H
#define STORE_STORE_QUESTION_H

#include "store/store.h"

/* The number that stands for a rule's question of this meaning; the same ever after. */
bool store_question_number(struct store *store, struct text rule_id, uint64_t meaning,
                           int64_t *number, struct error *error);

/* ---- rows -------------------------------------------------------------------------------- */

struct store_question_state {
  int64_t question; /* its number */
  struct text name; /* of the state within the question: any bytes */
  struct text state;
  time_us expires_at; /* event time: of no use behind it */
  /* To store_question_set: the row is there with this expiry already, or not any more. No index
   * changes then, which takes half the time. */
  bool expiry_kept;
};

/* The state is put into the buffer, and `row->state` points there. */
bool store_question_get(struct store *store, int64_t question, struct text name,
                        struct buffer *state, struct store_question_state *row, bool *found,
                        struct error *error);
/* Many cost least in the order of question and name, by bytes. */
bool store_question_set(struct store *store, const struct store_question_state *row,
                        struct error *error);

/* Calls `each` for the rows of a question in order of their names, until it returns false. Texts
 * live during the call, which must leave these rows alone. */
bool store_question_list(struct store *store, int64_t question,
                         bool (*each)(void *context, const struct store_question_state *row),
                         void *context, struct error *error);

/* As store_kv_prune: deletes the rows of which no event will ask. Calls `each` for every row that
 * is deleted, before it is certain: where this fails, none is. */
bool store_question_prune(struct store *store, int64_t grace, const struct store_slice *slice,
                          void (*each)(void *context, int64_t question, struct text name),
                          void *context, struct store_pruned *pruned, struct error *error);

/* ---- the log ----------------------------------------------------------------------------- */

/* Adds a piece; *id is more than those of the pieces that are there. */
bool store_question_log(struct store *store, struct text changes, int64_t *id, struct error *error);

/* Calls `each` for all pieces in their order. Texts live during the call. */
bool store_question_log_read(struct store *store,
                             void (*each)(void *context, int64_t id, struct text changes),
                             void *context, struct error *error);

/* Forgets the pieces up to that id. */
bool store_question_log_drop(struct store *store, int64_t until, struct error *error);

#endif
