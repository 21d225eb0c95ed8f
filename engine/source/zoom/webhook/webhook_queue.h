/*
 * The requests of a webhook source between their receipt and their answer:
 *
 *   put ──▶ waiting ── take ──▶ in flight (a batch) ── settled ──▶ answered 200, or 503
 *              │                      │
 *              └────── expire ────────┴──▶ answered 503
 *
 * A request is answered 200 only when its batch is durable. While a batch is being committed, the
 * requests that come are collected for the next ones, so under load one transaction serves many,
 * and a lone request waits for nobody. One that waits longer than WEBHOOK_ANSWER_US is answered
 * 503: Zoom hangs up after three seconds, and sends it again. If its batch becomes durable after
 * that, what is sent again is known.
 *
 * Bounded: what waits by WEBHOOK_WAITING_MAX and WEBHOOK_WAITING_BYTES_MAX, what is in flight by
 * WEBHOOK_FLIGHTS_MAX. While a batch in flight is late, nothing more is taken: the store takes
 * nothing.
 *
 * Threads: any may put; one takes; one expires, closes and releases.
 */
#ifndef SOURCE_ZOOM_WEBHOOK_WEBHOOK_QUEUE_H
#define SOURCE_ZOOM_WEBHOOK_WEBHOOK_QUEUE_H

#include "event/batch/batch.h"
#include "source/intake.h"

/* Half a second before Zoom hangs up, with the tick of who expires. */
#define WEBHOOK_ANSWER_US (2 * US_PER_SECOND)

#define WEBHOOK_WAITING_MAX 4096
#define WEBHOOK_WAITING_BYTES_MAX ((size_t)32 * 1024 * 1024)
/* One that is committed, and one that workers have meanwhile. */
#define WEBHOOK_FLIGHTS_MAX 2
#define WEBHOOK_BATCH_MAX 512
#define WEBHOOK_BATCH_BYTES ((size_t)256 * 1024)

struct webhook_queue;

/* The intake's functions are called with its context until the last request is answered, which may
 * be after the release. */
struct webhook_queue *webhook_queue_new(const struct source_intake *intake);

/* Closes it, answers what is still in flight, and lets go: batches that are not settled keep what
 * they need.
 */
void webhook_queue_release(struct webhook_queue *queue);

/* Takes the request over; or says why not: INTAKE_OVERLOADED, INTAKE_UNAVAILABLE. */
enum intake_outcome webhook_queue_put(struct webhook_queue *queue,
                                      const struct intake_request *request);

/* Waits for requests, and for a flight to be free, and makes a batch of them, whose `committed` is
 * the queue's. A batch without records when none came for `most_us`. NULL: closed. */
struct batch *webhook_queue_take(struct webhook_queue *queue, int64_t most_us);

/* Answers what has waited for too long: *late requests, the latest from *client. Returns the
 * monotonic time at which the next one will have, INT64_MAX when nothing waits. */
time_us webhook_queue_expire(struct webhook_queue *queue, size_t *late, struct ip *client);

/* When nothing more will be put: waits until all that waits is taken, at most so long. */
void webhook_queue_finish(struct webhook_queue *queue, int64_t most_us);

/* Answers what waits and was not taken with 503, and takes nothing more. */
void webhook_queue_close(struct webhook_queue *queue);

/* Answers 503, with a word about when to come again. Any thread. */
void webhook_refuse_for_now(const struct source_intake *intake,
                            const struct intake_request *request, enum intake_outcome outcome);

#endif
