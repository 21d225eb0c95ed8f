/* The outbox in the store: deliveries that are still to be made, were made or given up, and what
 * destinations keep of alerts. The rules of store.h hold. */
#ifndef STORE_STORE_OUTBOX_H
#define STORE_STORE_OUTBOX_H

#include "store/store.h"

/*
 * A row is the conversation of one alert with one destination. It begins with the opening. What
 * happens to the alert afterwards (store_lifecycle.h) makes it pending again, with the next
 * revision and so with another idempotency key:
 *
 *   - Several occasions that wait are one message, the weightiest (alert/alert_change.h). An
 * opening that was not sent takes in all that comes after it: it shows the alert as it is then.
 *   - While a row is claimed, or between two requests of one attempt, the next occasion waits
 *     behind it, until it is recorded as delivered or parked.
 *   - An opening that was parked is tried again when something happens.
 */

enum outbox_state {
  OUTBOX_PENDING,
  OUTBOX_DELIVERED,
  OUTBOX_PARKED,
  OUTBOX_HELD /* another message stands for it: a digest, or that of a storm (store_routing.h) */
};
#define OUTBOX_STATE_COUNT 4
const char *outbox_state_name(enum outbox_state state); /* "pending", "delivered", … */

struct outbox_row {
  int64_t id;
  struct text alert_id, destination_id;
  struct text idempotency_key; /* the same at every attempt of a revision */
  int64_t revision;            /* 0: the opening */
  enum alert_occasion occasion;
  struct text who, note; /* who brought it about, and what they said; may be empty */
  enum outbox_state state;
  int64_t attempts; /* to deliver it, each of one request or several */
  int64_t requests; /* that led to another one, since it was put here or parked rows were retried */
  time_us due, updated_at;
  struct text last_error; /* empty when none */
  enum severity severity; /* as its place in the queue is */
  time_us failing_since;  /* its first failure since it was put here or retried; 0: there is none */
};

/* Puts an alert on the way to a destination, with the severity that the alert has in the store; a
 * pair that is there already stays as it is. */
bool store_outbox_add(struct store *store, struct text alert_id, struct text destination_id,
                      time_us due, struct error *error);
/* The same, and says whether it was not there. */
bool store_outbox_put(struct store *store, struct text alert_id, struct text destination_id,
                      time_us due, bool *added, struct error *error);

/*
 * Who sends a row claims it first. A lease names its owner (one that is at work now, never two of
 * the same name) and the time at which it ends by itself: until then nobody else gets the row. It
 * ends earlier when the owner records what became of the row, or releases it. What an owner holds
 * it is not given again, however long it takes.
 */
struct outbox_claim {
  struct text owner; /* not empty */
  struct text destination_id;
  time_us now;
  int64_t lease_us;
  int64_t limit; /* rows */
};

/* Claims the pending rows of one destination that are due and that nobody holds: the gravest first,
 * and of those that are equally grave the ones that are due longest. Then calls `each` for every
 * one of them, with its alert. By destination, so that the rows of one that is down are not in the
 * way of the others'.
 *
 * Outside a transaction the claims are seen by everybody at once, but may be lost when the power
 * fails, as if they had been released. `each` runs after the claims: it may do anything, and the
 * texts live during the call. */
bool store_outbox_claim(struct store *store, const struct outbox_claim *claim,
                        void (*each)(void *context, const struct outbox_row *row,
                                     const struct alert *alert),
                        void *context, struct error *error);

/* Calls `each` for every destination that has pending rows which `owner` does not hold, with the
 * earliest time at which it can claim one of them (which may be past): when that is due, and nobody
 * else's lease of it is left. */
bool store_outbox_waiting(struct store *store, struct text owner,
                          void (*each)(void *context, struct text destination_id, time_us due),
                          void *context, struct error *error);

/* What became of an attempt. */
struct outbox_result {
  int64_t id;
  struct text owner; /* who claimed the row; empty for a row that nobody holds */
  enum outbox_state state;
  bool goes_on; /* OUTBOX_PENDING: the attempt has not ended, a further request follows */
  time_us due;  /* OUTBOX_PENDING: when to try again */
  time_us now;
  struct text last_error; /* empty on success */
};
/* Records it, counts one attempt (or a request, when it goes on) and ends the lease. An occasion
 * that waits behind what was delivered or parked is pending from then on. *held = false: the row is
 * not the owner's any more, and stays as it is. */
bool store_outbox_record(struct store *store, const struct outbox_result *result, bool *held,
                         struct error *error);

/* Ends all leases of an owner; with an empty owner those of everybody, which is for who has the
 * store to itself: what a crash left must not be waited for. */
bool store_outbox_release(struct store *store, struct text owner, struct error *error);

/* Which pending rows of a destination are parked, due or not: those that nobody holds at `now`. */
struct outbox_park {
  struct text destination_id;
  time_us now;
  time_us since; /* that have waited or failed since then or longer; 0: all */
  struct text last_error;
  int64_t limit;
};
/* *count says how many. */
bool store_outbox_park(struct store *store, const struct outbox_park *park, int64_t *count,
                       struct error *error);

/* Which deliveries are meant. */
struct outbox_filter {
  struct text alert_id, destination_id; /* empty: any */
  unsigned states;                      /* bit 1 << enum outbox_state; 0: any */
  enum severity min_severity;
  int64_t limit; /* 0: none */
};

/* Calls `each` for them, oldest first, until it returns false. */
bool store_outbox_find(struct store *store, const struct outbox_filter *filter,
                       bool (*each)(void *context, const struct outbox_row *row), void *context,
                       struct error *error);

/* Those of them that are parked, or held (which then nothing holds back), become pending and due at
 * `now`; their attempts and last error stay, and their requests and the time that they have failed
 * count anew. *count says how many. */
bool store_outbox_retry(struct store *store, const struct outbox_filter *filter, time_us now,
                        int64_t *count, struct error *error);

/* Deletes them for good, but for those that somebody is sending at `now`. *count says how many. */
bool store_outbox_drop(struct store *store, const struct outbox_filter *filter, time_us now,
                       int64_t *count, struct error *error);

/* Pending rows of a destination that are due later than `latest` become due at `now`: a clock that
 * was set back must not put them off. */
bool store_outbox_hasten(struct store *store, struct text destination_id, time_us now,
                         time_us latest, struct error *error);

/* Deliveries of one alert in any state, or (empty id) all rows in a state; oldest first. */
bool store_outbox_list(struct store *store, struct text alert_id, enum outbox_state state,
                       bool (*each)(void *context, const struct outbox_row *row), void *context,
                       struct error *error);

/* What a destination keeps of an alert between two requests (alert/destination/destination.h), for
 * as long as the alert is there. get appends to the buffer, nothing when nothing is kept; an empty
 * state ends what was kept. The alert must be there when the transaction commits. */
bool store_destination_state_get(struct store *store, struct text alert_id,
                                 struct text destination_id, struct buffer *state,
                                 struct error *error);
bool store_destination_state_set(struct store *store, struct text alert_id,
                                 struct text destination_id, struct text state,
                                 struct error *error);

/* What waits for one destination, and what was given up. */
struct store_outbox_backlog {
  struct text destination_id;
  int64_t waiting, retried, parked; /* retried: of those that wait, after an attempt that failed */
  time_us oldest, oldest_retried;   /* when their alerts were opened; TIME_NONE: there are none */
  struct text last_error;           /* of the newest of them that has one; empty: none has */
};
/* Costs as much as there is: an account with nothing to send costs nothing. */
bool store_outbox_backlog(struct store *store,
                          void (*each)(void *context, const struct store_outbox_backlog *backlog),
                          void *context, struct error *error);

#endif
