/*
 * What the files of the one transaction share: the committer, and the stages that one batch result
 * goes through inside a transaction (commit.c has their list and order). The committer's thread
 * only.
 */
#ifndef DAEMON_COMMIT_COMMIT_INTERNAL_H
#define DAEMON_COMMIT_COMMIT_INTERNAL_H

#include "base/map.h"
#include "daemon/commit/commit.h"
#include "daemon/commit/source_progress.h"
#include "detect/correlation/correlate.h"
#include "detect/stateful/stateful.h"
#include "detect/story/story.h"
#include "detect/window/match_describer.h"
#include "detect/window/rule_error.h"
#include "detect/window/window.h"
#include "store/store_lifecycle.h"

/* The rule that alerts about dead letters are of. */
#define DEAD_LETTER_RULE_ID "margay.dead_letters"

struct cached_window {
  struct window *window;
  struct text rule_id, dedup; /* owned */
  int64_t period;             /* of its rule, as it is now */
  size_t bytes;               /* counted in the cache's */
  bool changed;
};

/* Windows kept in memory between commits: a cache over the store that may be forgotten whenever
 * nothing in it has changed since it was saved, or when a transaction was taken back. */
struct window_cache {
  struct map windows; /* "rule id \0 dedup" -> struct cached_window */
  struct cached_window **changed;
  size_t changed_count, changed_capacity;
  size_t bytes; /* of windows as they were saved or loaded, about */
};

/* When the configured sources were there first (commit_history.c). */
struct history {
  struct source_start {
    const struct source *source; /* of the setup */
    time_us started;
  } * starts;
  size_t count, capacity;
  int backfill;      /* batch.backfill_alerts of the batch that is being committed */
  bool known;        /* `starts` holds what the store has for this setup */
  bool pending;      /* there may be alerts that are to be summed up */
  time_us last_held; /* wall clock; when the last one was held, or this began */
};

struct committer {
  struct committer_options options;
  struct window_cache cache;
  struct stateful *stateful;
  struct detection *detection; /* that the correlator is made for; NULL at first */
  struct correlator *correlator;
  struct correlation_reader *story_reader; /* of what stories ask for; NULL at first */
  struct detection *described;             /* that the describer is made for; NULL at first */
  struct match_describer *describer;
  struct source_progress *progress;
  struct rule_errors *rule_errors;
  struct history history;
  bool updates_known;       /* the store knows which updates the destinations of this setup want */
  struct arena matches;     /* of stateful rules, in one result */
  struct match_notes notes; /* of stateful rules, correlations and alerts, in this transaction */
  struct arena scratch;     /* of one transaction */
  struct commit_counts counts;
};

/* One result within the transaction. */
struct commit_step {
  struct committer *committer;
  struct batch_result *result;
  struct text source_id;
  bool *repeated; /* by event_index of matches: a record that was known before */
  uint64_t repeated_count;
  struct match_list matches; /* in order, stateful rules' among them */
};

/* Whether a row is taken: what may come again is, once. */
bool commit_take_row(struct commit_step *step, const char *row_id, time_us time, bool *taken,
                     struct error *error);

/* The stages. False with the reason: the transaction is to be taken back. */
bool commit_events(struct commit_step *step, struct error *error); /* fills `repeated` */
bool commit_dead_letters(struct commit_step *step, struct error *error);
bool commit_stateful_rules(struct commit_step *step, struct error *error); /* fills `matches` */
bool commit_matches(struct commit_step *step, struct error *error);        /* and correlations */

/* Within a transaction, before anything else of a setup: remembers sources that are new. */
bool commit_history_begin(struct committer *committer, struct error *error);
/* Whether what a rule found happened before its source was there, and is not to be sent: what
 * alert.held is to be. */
int commit_history_holds(const struct committer *committer, const struct match *match);
/* An alert was held. */
void commit_history_held(struct committer *committer);
/* A match that is no history joined an alert: if that was held, it is sent now. */
bool commit_history_joined(struct committer *committer, const struct match *match,
                           struct text alert_id, struct error *error);
/* Whether there is something to do in a transaction, and does it: sources that are new, and
 * summaries once no alert was held for a while. */
bool commit_history_is_due(const struct committer *committer);
bool commit_history_work(struct committer *committer, struct error *error);

/* Puts an alert that was opened on its way: by names that its rule gives, or by routes, or by its
 * severity and type. `pack` is its rule's. */
bool commit_route(struct committer *committer, const struct route_subject *subject,
                  const struct routing_names *names, struct error *error);
/* The same for an alert that a match of a rule opens. */
bool commit_route_opened(struct committer *committer, const struct alert *alert,
                         const struct match *match, struct error *error);

/* The destinations that a match which was made whole names. */
struct routing_names commit_names_of(const struct match *match);
/* The same for an alert that a match joined: destinations that have it already get nothing more. */
bool commit_route_match(struct committer *committer, const struct match *match,
                        struct text alert_id, struct error *error);

/* A match joins an alert (store_alert_join); what that sends is counted. */
bool commit_join(struct committer *committer, const struct alert_join *join,
                 struct alert_joined *joined, struct error *error);
/* When an alert that a rule's match opened gets its last update. */
bool commit_window_ends(struct committer *committer, const struct alert *alert,
                        const struct window_decision *decision, int64_t period,
                        struct error *error);
/* Before anything else of a setup: which updates its destinations want. */
bool commit_updates_begin(struct committer *committer, struct error *error);
/* Whether there is something to do in a transaction, and does it: a setup that is new, windows that
 * are over. */
bool commit_updates_are_due(struct committer *committer, bool *due, struct error *error);
bool commit_updates_work(struct committer *committer, struct error *error);

/* One match of a rule, or an instance of a correlation. */
bool commit_match(struct committer *committer, const struct match *match, struct error *error);

/* Matches are made whole with the rules of this detection from now on. */
void commit_describe_with(struct committer *committer, struct detection *detection);
/* What would open an alert joins that of its story, if it has one: *joined. If it has none, it may
 * begin one. `window` is that of the match. */
bool commit_story(struct committer *committer, const struct match *match, struct window *window,
                  const struct window_decision *decision, bool *joined, struct error *error);

/* A match that was found, of this alert or of none. */
bool commit_add_match(struct committer *committer, struct text alert_id, const struct match *match,
                      struct error *error);

/* Makes a match whole that an alert opens with. */
void commit_describe(struct committer *committer, struct match *match);
void commit_free_describer(struct committer *committer);

/* Whether time has come further for a correlation of this detection since it was last looked at.
 * Between transactions only. */
bool commit_advance_is_due(struct committer *committer, struct detection *detection, bool *due,
                           struct error *error);
/* Finds what is certain by now; within a transaction. */
bool commit_advance(struct committer *committer, struct error *error);

/* Writes what correlations remember to the store. */
bool commit_save_correlations(struct committer *committer, struct error *error);
/* Forgets what is in memory of it. */
void commit_forget_correlations(struct committer *committer);
/* Deletes what is old. */
bool commit_prune_correlations(struct committer *committer, int64_t grace,
                               const struct store_slice *slice, struct store_pruned *pruned,
                               struct error *error);
void commit_free_correlations(struct committer *committer);

/* The window of a match; it counts as changed from now on. NULL with the reason. */
struct window *window_cache_get(struct committer *committer, const struct match *match,
                                struct error *error);
/* The same of a story's value; `rule` is any that has the value. */
struct window *window_cache_get_story(struct committer *committer, struct text value,
                                      const struct rule *rule, struct error *error);
/* Writes what changed to the store. */
bool window_cache_save(struct committer *committer, struct error *error);
/* Forgets windows when they take much memory; nothing may be changed and not saved. */
void window_cache_trim(struct window_cache *cache);
/* Forgets everything. */
void window_cache_clear(struct window_cache *cache);
void window_cache_free(struct window_cache *cache);

#endif
