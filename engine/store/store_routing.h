/* What routing decided of alerts, and what waits for a digest or is held back. The rules of store.h
 * hold. */
#ifndef STORE_STORE_ROUTING_H
#define STORE_STORE_ROUTING_H

#include "alert/routing/hold.h"
#include "store/store.h"

/* Notes which route sends an alert nowhere, in words for people; as long as the alert is there, and
 * it must be when the transaction commits. */
bool store_alert_mute(struct store *store, struct text alert_id, struct text route,
                      struct error *error);

/* Appends those words; nothing for an alert that no route mutes. */
bool store_alert_muted(struct store *store, struct text alert_id, struct buffer *route,
                       struct error *error);

/* ---- what waits ---------------------------------------------------------------------------- */

/* Sets what a pending row waits for, and when it is due. */
bool store_hold_set(struct store *store, struct text alert_id, struct text destination_id,
                    enum hold_kind hold, time_us due, struct error *error);

/* Rows of a destination and severity that are due at `now` and that nobody holds; neither those
 * that are exempt nor, unless that is what they are put off for, those that wait for a digest. They
 * are due at `until` instead. *count says how many. */
bool store_hold_put_off(struct store *store, struct text destination_id, enum severity severity,
                        time_us now, enum hold_kind hold, time_us until, int64_t *count,
                        struct error *error);

/* What waits for quiet hours or a digest and is due later than `now` (`all`: or is due) is as if it
 * had just come: for a destination whose hours are others than before. */
bool store_hold_forget(struct store *store, struct text destination_id, time_us now, bool all,
                       struct error *error);

/* An alert that a digest sums up. */
struct store_held {
  struct text alert_id, rule_id, title, actor;
  enum severity severity;
  time_us created_at;
};
#define STORE_DIGEST_ROWS_MAX 10000 /* of one digest; the next one takes what is left */

/* Calls `each` for the rows of a destination that wait for a digest which is due, the most severe
 * first, at most STORE_DIGEST_ROWS_MAX. The texts live during the call. */
bool store_digest_list(struct store *store, struct text destination_id, time_us now,
                       void (*each)(void *context, const struct store_held *held), void *context,
                       struct error *error);

/* Those very rows are held (OUTBOX_HELD) and `reason` says why, in the place of an error. To be
 * called in the transaction in which they were listed. */
bool store_digest_take(struct store *store, struct text destination_id, time_us now,
                       struct text reason, int64_t *count, struct error *error);

/* ---- storms -------------------------------------------------------------------------------- */

/* The same for what a storm holds back: rows that are due, below CRITICAL, and neither exempt nor
 * waiting for a digest; at most `limit`, which came at `since` or later. A row comes when its alert
 * is opened, and with news of it again. */
bool store_storm_hold(struct store *store, struct text destination_id, time_us now, time_us since,
                      struct text reason, int64_t limit, int64_t *count, struct error *error);

/* The same for what has waited: of each minute in which rows came, those past the first `a_minute`,
 * the most severe of them first. */
struct store_backlog {
  time_us before; /* it came before */
  int64_t a_minute;
};
bool store_storm_hold_backlog(struct store *store, struct text destination_id, time_us now,
                              const struct store_backlog *backlog, struct text reason,
                              int64_t limit, int64_t *count, struct error *error);

/* A storm that goes on. */
struct store_storm {
  time_us began;
  int64_t held;
};
bool store_storm_get(struct store *store, struct text destination_id, struct store_storm *storm,
                     bool *found, struct error *error);
bool store_storm_set(struct store *store, struct text destination_id,
                     const struct store_storm *storm, struct error *error);
bool store_storm_end(struct store *store, struct text destination_id, struct error *error);

#endif
