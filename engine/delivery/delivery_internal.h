/*
 * What the delivery's two files share: delivery.c is the thread and its callers' side,
 * delivery_outbox.c what the thread does with the outbox. Nothing else includes this.
 */
#ifndef DELIVERY_DELIVERY_INTERNAL_H
#define DELIVERY_DELIVERY_INTERNAL_H

#include "delivery/attempt.h"
#include "delivery/delivery.h"
#include "delivery/lane.h"

#include <pthread.h>

enum {
  /* Attempts at once, beside one of each destination. Three destinations that hang after they
   * worked can fill these; nobody waits for them, because the first place is everyone's own. */
  SHARED_MAX = 8,
  OWNER_SIZE = 16, /* hex characters */
};

/* The outbox is looked at that often whatever is known of it: another process may have changed it
 * (`margay alerts`), or the clock may have been set. */
#define LOOK_AGAIN_US US_PER_MINUTE

struct orders {
  bool stopping, drain;
  int64_t stop_at; /* monotonic */
};

#define SETUP_NONE ((struct delivery_setup){.destinations = NULL})

struct delivery {
  struct delivery_options options;
  pthread_t thread;
  CURLM *multi;
  struct writer *console; /* of the delivery thread; NULL: there is no output */
  bool terminal;
  char owner[OWNER_SIZE + 1]; /* of its leases: another one at every start */

  /* The thread's own. */
  struct attempt **attempts; /* each at an address that stays */
  size_t attempt_count, attempt_capacity;
  struct lane *lanes;
  size_t lane_count, first_lane; /* the lane whose turn it is */
  bool stale;                    /* the lanes' next_due must be read again */
  int64_t look_again_at;         /* at the latest; monotonic */
  int64_t store_failures, store_again_at;
  bool console_blocks; /* the log knows it */

  atomic_bool woken;
  atomic_int_fast64_t sent, retried, parked, held, template_errors, left_out;

  int ended_fd; /* an eventfd */

  pthread_mutex_t mutex; /* guards what follows */
  struct orders orders;
  struct delivery_setup next; /* to be used from the next round on, */
  bool has_next;              /* if there is one */
};

/* NULL when no destination has this id. The lane lives until the destinations are replaced. */
struct lane *delivery_find_lane(const struct delivery *delivery, struct text destination_id);

/* How many attempts are in a stage. */
size_t delivery_count_stage(const struct delivery *delivery, enum attempt_stage stage);

/* How many attempts a destination has, whatever stage they are in. */
size_t delivery_count_of(const struct delivery *delivery, struct text destination_id);

/* How many attempts a lane may start, if it is open. */
size_t delivery_room(const struct delivery *delivery, const struct lane *lane);

/* Forgets the attempts that are in stage ATTEMPT_NONE. */
void delivery_sweep(struct delivery *delivery);

/* True while the store has failed and it is not yet time to try it again. */
bool delivery_store_waits(const struct delivery *delivery);

/* Writes the results of all attempts that ended, in one transaction. What cannot be written stays,
 * so that nothing is sent twice while the store does not work. */
void delivery_record(struct delivery *delivery);

/* Takes the verdict of an attempt that ended to its lane, and says when its row is due again. */
void delivery_settle(struct delivery *delivery, struct attempt *attempt);

/* How long a transfer may take. */
int64_t delivery_transfer_us(const struct delivery *delivery);

/* Before rows are claimed: puts off what is to wait, sends a digest that is due, holds back what is
 * past the storm limit (delivery_hold.c). *room: how many may be claimed, which it may lessen. */
bool delivery_hold(struct delivery *delivery, struct lane *lane, time_us now, int64_t *room,
                   struct error *error);

/* Applies the hours of lanes whose destination is new or has changed; ends storms that are over. */
bool delivery_look_at_holds(struct delivery *delivery, struct error *error);

/* Starts everything that is due and may start. */
void delivery_fill(struct delivery *delivery);

#endif
