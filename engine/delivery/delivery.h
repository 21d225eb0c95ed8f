/*
 * The delivery thread: takes what is due from the outbox and sends it, several transfers at a
 * time (curl multi), at least once, with an idempotency key that stays the same.
 *
 * A transfer that failed is due again after a backoff (1 s doubling to 15 min, with jitter), or
 * when Retry-After says. What can never work is parked with its reason. A destination that is no
 * longer configured parks its rows, too.
 */
#ifndef DELIVERY_DELIVERY_H
#define DELIVERY_DELIVERY_H

#include "alert/destination/destination.h"
#include "base/log.h"

struct delivery;

struct delivery_options {
  const struct destination *destinations; /* must outlive the delivery */
  size_t destination_count;
  struct store *store; /* the delivery thread's own handle; stays the caller's */
  struct log *log;
  struct clock clock;
  FILE *console;                         /* where `console` destinations print */
  int64_t retry_first_us, retry_most_us; /* 0 = 1 s, 15 min; tests set them small */
};

/* Starts the thread. NULL with the reason. */
struct delivery *delivery_start(const struct delivery_options *options, struct error *error);

/* Tells it that the outbox has new rows (after a commit). Any thread. */
void delivery_wake(struct delivery *delivery);

/* Ends the thread. `drain`: first sends everything that is due, giving up after `drain_us`, and at
 * once on a destination that fails three times in a row. Transfers under way get that time to
 * finish, so that fewer are repeated. */
void delivery_stop(struct delivery *delivery, bool drain, int64_t drain_us);

struct delivery_counts {
  int64_t sent, retried, parked;
};
void delivery_count(struct delivery *delivery, struct delivery_counts *counts);

#endif
