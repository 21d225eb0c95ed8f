/*
 * Questions of rules (rule/question.h): asked of one event after the other, in the order of the
 * batches, and answered from what the events before have shown.
 *
 * Threads: questions serve one thread: the committer's, or the one that takes a scan's results.
 */
#ifndef DETECT_STATEFUL_QUESTIONS_H
#define DETECT_STATEFUL_QUESTIONS_H

#include "base/log/log.h"
#include "detect/pipeline.h"
#include "detect/stateful/question_backing.h"
#include "rule/vm/rule_question.h"

struct questions;

struct question_counts {
  uint64_t ahead;     /* events from the future: not asked, nothing learned */
  uint64_t cut;       /* events with more keys or values than QUESTION_VALUES_MAX */
  uint64_t forgotten; /* new values that were not kept: their key has too many */
};

struct questions_options {
  /* Where what is remembered is kept. All zero: it stays in memory, and memory_max is SIZE_MAX
   * then. */
  struct question_backing backing;
  size_t memory_max;              /* bytes in memory; 0 = 32 MiB */
  bool numbered;                  /* events have their numbers */
  struct log *log;                /* warns once for each question; may be NULL */
  struct question_counts *counts; /* the caller's; they grow; may be NULL */
};

struct questions *questions_new(const struct questions_options *options);
/* Those of a set, for who keeps nothing. */
struct questions *questions_new_in_memory(const struct rule_set *rules);
void questions_free(struct questions *questions); /* NULL is fine; what was not saved is lost */

/* The rules whose questions are asked from now on; the set must outlive its use. A question that
 * has changed its meaning begins anew. */
void questions_use(struct questions *questions, const struct rule_set *rules);

/* An event that a rule's questions are asked of. */
struct questions_event {
  const struct rule *rule;
  const struct question_asked *asked; /* for each of its questions (rule/vm/rule_question.h) */
  time_us time;
  time_us received; /* when it was read; TIME_NONE: no time is in the future */
  bool explains;    /* the answers are wanted whatever they are */
  uint64_t number;  /* of the event, where these are numbered: 1 or more */
};

/* Asks all questions of the rule, and learns; *yes is whether all say yes. The answers, empty when
 * nobody wants them, are in the arena. False with the reason when what is remembered cannot be had:
 * then everything since the last save is to be forgotten. */
bool questions_ask(struct questions *questions, const struct questions_event *event,
                   struct arena *arena, struct question_answers *answers, bool *yes,
                   struct error *error);

/* The rules that one event was deferred for, each with questions. */
struct questions_walk {
  const struct deferred_rule *rules;
  size_t count, at;       /* `at`: the next one that is asked */
  time_us time, received; /* as an event's */
  bool explains;
  uint64_t number;
};

/* The same as questions_ask of one rule after the other until all questions of one say yes (*yes):
 * `at` is behind that one. Otherwise it is at the end. */
bool questions_ask_next(struct questions *questions, struct questions_walk *walk,
                        struct arena *arena, struct question_answers *answers, bool *yes,
                        struct error *error);

/* The rule's where, its function and then its questions, on the vm's event, for who has no worker:
 * tests and `explain`. No event is too far ahead. The answers are explained, are in the arena, and
 * are what event:answer() gives. */
enum rule_verdict questions_match(struct questions *questions, struct rule_vm *vm,
                                  const struct rule *rule, const struct event *event,
                                  struct arena *arena, struct question_answers *answers,
                                  struct error *error);

/* Both within a transaction, where the backing has a store: writes what changed; brings the row of
 * every state up to date. */
bool questions_save(struct questions *questions, struct error *error);
bool questions_settle(struct questions *questions, struct error *error);
void questions_forget(struct questions *questions); /* what is in memory, unsaved or not */
/* The store has deleted a row, because nobody needs it. Outside of a transaction of the questions.
 */
void questions_forget_row(struct questions *questions, int64_t question, struct text name);

#endif
