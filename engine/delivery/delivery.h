/*
 * The room delivery sends what the outbox holds.
 *
 * The delivery thread: takes what is due from the outbox and sends it, several transfers at a
 * time (curl multi), at least once, with an idempotency key that stays the same.
 *
 * What is printed is written by a further thread, so that nobody waits for a reader that does not
 * read. A row is delivered when its text is written whole.
 *
 * A transfer that failed is due again after a backoff (1 s doubling to 15 min, with jitter), or
 * when Retry-After says, until its destination's retry_for is over. What can never work is parked
 * with its reason. A destination that is no longer configured parks its rows, too.
 */
#ifndef DELIVERY_DELIVERY_H
#define DELIVERY_DELIVERY_H

#include "alert/destination/destination.h"
#include "base/log/log.h"

struct delivery;

/* What may change while it works. The destinations must live until `release` is called, once, by
 * any thread; NULL: they outlive the delivery. */
struct delivery_setup {
  const struct destination *destinations;
  size_t destination_count;
  void (*release)(void *owner);
  void *owner;
};

struct delivery_options {
  struct delivery_setup setup; /* taken over, also when the start fails */
  struct store *store;         /* the delivery thread's own handle; stays the caller's */
  struct log *log;
  struct clock clock;
  FILE *console; /* where `console` destinations print: its descriptor; NULL: nowhere */
  int64_t retry_first_us, retry_most_us; /* 0 = 1 s, 15 min; tests set them small */
  /* A destination's circuit opened or closed (lane.h), or is closed at first. On the delivery
   * thread, or on the one that starts it; NULL: nobody asks. */
  void (*circuit_changed)(void *circuit_context, struct text destination_id, bool open);
  void *circuit_context;
  int64_t transfer_most_us; /* from the connection to the whole answer; 0 = 20 s */
};

/* Starts the thread. NULL with the reason. */
struct delivery *delivery_start(const struct delivery_options *options, struct error *error);

/* Notifies it that the outbox has new rows (after a commit). Any thread. */
void delivery_wake(struct delivery *delivery);

/* Sends to other destinations from now on; the setup is taken over. One that stays (by its id)
 * keeps what is known of its failures. What is under way ends as it began. Any thread; returns at
 * once. */
void delivery_use(struct delivery *delivery, const struct delivery_setup *setup);

/* Asks the thread to end: it sends what is due until `most_us` from now are over, gives up at once
 * on a destination that fails three times in a row, and lets transfers under way finish within that
 * time, so that fewer are repeated. 0: at once. A later call can only shorten the time. Any thread;
 * returns at once. */
void delivery_end(struct delivery *delivery, int64_t most_us);

/* Becomes readable when the thread has ended: for poll(2). */
int delivery_ended_fd(const struct delivery *delivery);

/* Ends the thread at once, unless it has ended, and waits for that. NULL is fine. */
void delivery_free(struct delivery *delivery);

struct delivery_counts {
  int64_t sent, retried, parked;
  int64_t held;     /* another message stands for them: a digest, or that of a storm */
  int64_t left_out; /* recipients of mails whom the server refused, though others have the mail */
  int64_t template_errors; /* messages that were sent as without their template, which failed */
};
/* Any thread, while the delivery is there. */
void delivery_count(const struct delivery *delivery, struct delivery_counts *counts);

#endif
