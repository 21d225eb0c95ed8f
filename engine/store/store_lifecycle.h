/*
 * The life of alerts in the store: what people and matches change in them, the history of that, and
 * which deliveries it puts on their way. A change, its row in the history and its rows of the
 * outbox are one transaction, so of two processes that change an alert at once one comes second and
 * sees what the first did. The rules of store.h hold.
 */
#ifndef STORE_STORE_LIFECYCLE_H
#define STORE_STORE_LIFECYCLE_H

#include "alert/alert_change.h"
#include "store/store.h"

struct alert_changed {
  bool known;          /* there is such an alert */
  bool done;           /* false: the change makes no sense; nothing is written */
  struct error reason; /* not done: in words that follow the alert's name (alert_change.h) */
  int64_t queued;      /* deliveries that wait because of it */
};
bool store_alert_change(struct store *store, const struct alert_change *change,
                        struct alert_changed *changed, struct error *error);

/* One thing that happened to an alert after it was opened. */
struct alert_history {
  time_us at;
  struct text who;
  enum alert_via via;
  enum alert_occasion action; /* never OPENED or GREW */
  enum alert_resolution resolution;
  struct text assignee, note;
};
/* Calls `each` for the history of an alert, the oldest first; texts live during the call. */
bool store_alert_history(struct store *store, struct text alert_id,
                         bool (*each)(void *context, const struct alert_history *history),
                         void *context, struct error *error);

/* Calls `each` for all changes after the number *after of the alerts that the filter selects now,
 * the oldest first, with the alert as it is now; and *after is then the number of the last change
 * there is. Texts live during the call. */
bool store_alert_follow_changes(struct store *store, const struct alert_filter *filter,
                                int64_t *after,
                                bool (*each)(void *context, const struct alert *alert,
                                             const struct alert_history *history),
                                void *context, struct error *error);

/* How often an alert was changed: the number of its history's rows. */
bool store_alert_revision(struct store *store, struct text alert_id, int64_t *revision,
                          struct error *error);

/* Calls `each` for every alert that was changed after the number *after, once; and *after is then
 * the number of the last change there is. `each` is called for at most `limit` alerts. */
bool store_alert_changes(struct store *store, int64_t *after, int64_t limit,
                         bool (*each)(void *context, const struct alert *alert), void *context,
                         struct error *error);

/* ---- causes ------------------------------------------------------------------------------- */

/* An alert that is not resolved. */
struct alert_unresolved {
  struct text id, rule_id, dedup;
};
typedef void alert_unresolved_each(void *context, const struct alert_unresolved *alert);

/* Calls `each` for those that report failures of rules (ALERT_RULE_ERROR); texts live during the
 * call. */
bool store_alert_failures(struct store *store, alert_unresolved_each *each, void *context,
                          struct error *error);
/* The same, at most `limit`, for alerts of this rule whose dedup is the number of a reason of dead
 * letters of which there are none any more. */
bool store_alert_letters_gone(struct store *store, struct text rule_id, int64_t limit,
                              alert_unresolved_each *each, void *context, struct error *error);

/* ---- matches ------------------------------------------------------------------------------ */

struct alert_join {
  struct text alert_id;
  time_us event_time;
  enum severity severity; /* of the match; the alert's rises to it */
  bool reopens;           /* that it goes on means that what was resolved is not */
  /* Of a match that stands for several: how many more there are, and when the first was. */
  int64_t more;
  time_us from;
  struct text note; /* what is new about it, for people: the history has it, and destinations are
                       sent an update as for a rise; empty: nothing */
};
struct alert_joined {
  bool joined;    /* false: the alert is not there any more */
  bool rose;      /* it is more severe than before, */
  bool held;      /* and sent to nobody (alert.held) */
  int64_t queued; /* deliveries that wait because of it */
};
/* A later match joined it: its count grows by one, its times widen. Its destinations are sent an
 * update when it is ten times what it was when they were sent one, and when its severity rises. Of
 * a resolved alert only the rise is sent, which reopens it. */
bool store_alert_join(struct store *store, const struct alert_join *join,
                      struct alert_joined *joined, struct error *error);

/* The alert speaks of this match of a correlation from now on: it takes everything of `stated` that
 * a match gives but severity, times and count. Nothing happens when it speaks of a correlation's
 * match that is as severe already. */
bool store_alert_restate(struct store *store, struct text alert_id, const struct alert *stated,
                         struct error *error);

/* Whether the alert is there, and nobody has resolved it. */
bool store_alert_is_unresolved(struct store *store, struct text alert_id, bool *unresolved,
                               struct error *error);

/* No match joins it that comes in after `ends_at`, by the store's clock: if some have joined it
 * that its destinations do not know of, they are sent an update then. */
bool store_alert_window(struct store *store, struct text alert_id, time_us ends_at,
                        struct error *error);
/* When the first of these windows is over; TIME_NONE: there is none. */
bool store_alert_window_next(struct store *store, time_us *at, struct error *error);
/* Sends the updates of at most `limit` alerts whose windows are over at `now`; *queued says how
 * many deliveries wait because of it. */
bool store_alert_windows_end(struct store *store, time_us now, int64_t limit, int64_t *queued,
                             struct error *error);

/* ---- destinations ------------------------------------------------------------------------- */

/* A destination that is configured, and of what it is sent updates. */
struct store_destination {
  struct text id;
  uint32_t occasions; /* ALERT_WHEN of them; OPENED does not count; ALERT_WHEN_OVER */
};
/* They replace those that were set before. Alerts of others get no updates. */
bool store_destinations_set(struct store *store, const struct store_destination *destinations,
                            size_t count, struct error *error);

/* Whether something was written through another handle since this was asked last, by another thread
 * or by another process; true the first time. Costs a look into shared memory. */
bool store_others_wrote(struct store *store, bool *wrote, struct error *error);

#endif
