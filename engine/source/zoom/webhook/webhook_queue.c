#include "source/zoom/webhook/webhook_queue.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

/* One batch, from its making to its fate. */
struct flight {
  struct webhook_queue *queue; /* holds a reference */
  struct flight *next, **link;
  struct intake_request *requests;
  size_t count; /* 0 once they are answered */
};

struct webhook_queue {
  struct source_intake intake;
  pthread_mutex_t mutex; /* guards the rest */
  pthread_cond_t changed;
  pthread_cond_t emptied; /* nothing waits */
  struct intake_request *waiting;
  size_t count, capacity, bytes;
  struct flight *flights; /* that may be late; a batch that is being filled is not among them */
  size_t flight_count;    /* that one, too */
  bool closed, late;      /* late: a flight's requests were answered before its fate was known */
  size_t references;
};

struct webhook_queue *webhook_queue_new(const struct source_intake *intake) {
  struct webhook_queue *queue = memory_alloc(sizeof *queue);
  pthread_condattr_t monotonic;
  queue->intake = *intake;
  queue->references = 1;
  pthread_mutex_init(&queue->mutex, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&queue->changed, &monotonic);
  pthread_cond_init(&queue->emptied, &monotonic);
  pthread_condattr_destroy(&monotonic);
  return queue;
}

/* Unlocks the mutex, too. */
static void unlock_and_release(struct webhook_queue *queue) {
  bool last = --queue->references == 0;
  pthread_mutex_unlock(&queue->mutex);
  if (!last)
    return;
  pthread_cond_destroy(&queue->changed);
  pthread_cond_destroy(&queue->emptied);
  pthread_mutex_destroy(&queue->mutex);
  free(queue->waiting);
  free(queue);
}

/* ---- answers ----------------------------------------------------------------------------- */

void webhook_refuse_for_now(const struct source_intake *intake,
                            const struct intake_request *request, enum intake_outcome outcome) {
  const struct intake_answer answer = {.outcome = outcome,
                                       .status = 503,
                                       .content_type = "text/plain; charset=utf-8",
                                       .body = TEXT("not stored: send it again\n"),
                                       .header_name = "Retry-After",
                                       .header_value = "60"};
  intake->answer(intake->context, request, &answer);
}

static void answer_all(const struct webhook_queue *queue, const struct intake_request *requests,
                       size_t count, enum intake_outcome outcome) {
  static const struct intake_answer done = {.outcome = INTAKE_ACCEPTED, .status = 200};
  for (size_t i = 0; i < count; i++)
    if (outcome == INTAKE_ACCEPTED)
      queue->intake.answer(queue->intake.context, &requests[i], &done);
    else
      webhook_refuse_for_now(&queue->intake, &requests[i], outcome);
}

/* ---- in ---------------------------------------------------------------------------------- */

enum intake_outcome webhook_queue_put(struct webhook_queue *queue,
                                      const struct intake_request *request) {
  enum intake_outcome outcome = INTAKE_ACCEPTED;
  pthread_mutex_lock(&queue->mutex);
  if (queue->closed || queue->late) {
    outcome = INTAKE_UNAVAILABLE;
  } else if (queue->count >= WEBHOOK_WAITING_MAX ||
             queue->bytes + request->body.size > WEBHOOK_WAITING_BYTES_MAX) {
    outcome = INTAKE_OVERLOADED;
  } else {
    queue->waiting =
        memory_reserve(queue->waiting, &queue->capacity, queue->count + 1, sizeof *queue->waiting);
    queue->waiting[queue->count++] = *request;
    queue->bytes += request->body.size;
    if (queue->count == 1)
      pthread_cond_signal(&queue->changed);
  }
  pthread_mutex_unlock(&queue->mutex);
  return outcome;
}

/* ---- out --------------------------------------------------------------------------------- */

/* The mutex is held. */
static void unlink_flight(struct flight *flight) {
  *flight->link = flight->next;
  if (flight->next)
    flight->next->link = flight->link;
}

/* The batch's fate. */
static void settle(void *context, bool durable) {
  struct flight *flight = context;
  struct webhook_queue *queue = flight->queue;
  pthread_mutex_lock(&queue->mutex);
  unlink_flight(flight);
  queue->flight_count--;
  queue->late = false;
  for (const struct flight *other = queue->flights; other; other = other->next)
    queue->late = queue->late || other->count == 0;
  pthread_cond_signal(&queue->changed);
  pthread_mutex_unlock(&queue->mutex);
  answer_all(queue, flight->requests, flight->count,
             durable ? INTAKE_ACCEPTED : INTAKE_UNAVAILABLE);
  free(flight->requests);
  free(flight);
  pthread_mutex_lock(&queue->mutex);
  unlock_and_release(queue);
}

/* Takes the first ones out of those that wait. The mutex is held. */
static void drop_waiting(struct webhook_queue *queue, size_t count) {
  for (size_t i = 0; i < count; i++)
    queue->bytes -= queue->waiting[i].body.size;
  queue->count -= count;
  if (count > 0 && queue->count > 0)
    memmove(queue->waiting, queue->waiting + count, queue->count * sizeof *queue->waiting);
}

/* Moves the first of those that wait, as many as a batch holds. The mutex is held. */
static struct flight *begin_flight(struct webhook_queue *queue) {
  size_t count = 0, bytes = 0;
  while (count < queue->count && count < WEBHOOK_BATCH_MAX &&
         (count == 0 || bytes + queue->waiting[count].body.size <= WEBHOOK_BATCH_BYTES))
    bytes += queue->waiting[count++].body.size;
  struct flight *flight = memory_alloc(sizeof *flight);
  flight->queue = queue;
  flight->count = count;
  flight->requests = memory_alloc_array(count, sizeof *flight->requests);
  memcpy(flight->requests, queue->waiting, count * sizeof *flight->requests);
  drop_waiting(queue, count);
  queue->flight_count++;
  queue->references++;
  return flight;
}

static void link_flight(struct webhook_queue *queue, struct flight *flight) {
  pthread_mutex_lock(&queue->mutex);
  flight->next = queue->flights;
  flight->link = &queue->flights;
  if (flight->next)
    flight->next->link = &flight->next;
  queue->flights = flight;
  pthread_mutex_unlock(&queue->mutex);
}

/* The bodies are their requests' until those are answered, so they are copied before the flight is
 * where others find it. */
static struct batch *make_batch(struct webhook_queue *queue, struct flight *flight) {
  size_t size = 0;
  for (size_t i = 0; i < flight->count; i++)
    size += flight->requests[i].body.size + 1;
  struct batch *batch = batch_new_listed(size);
  for (size_t i = 0; i < flight->count; i++)
    batch_add(batch, flight->requests[i].body, 0);
  batch->committed = settle;
  batch->committed_context = flight;
  link_flight(queue, flight);
  return batch;
}

/* For waits on a condition by the monotonic clock. */
static struct timespec in_so_long(int64_t us) {
  time_us until = clock_monotonic() + us;
  return (struct timespec){.tv_sec = until / US_PER_SECOND,
                           .tv_nsec = until % US_PER_SECOND * 1000};
}

struct batch *webhook_queue_take(struct webhook_queue *queue, int64_t most_us) {
  struct flight *flight = NULL;
  const struct timespec end = in_so_long(most_us);
  bool in_time = true;
  pthread_mutex_lock(&queue->mutex);
  while (!queue->closed && in_time &&
         (queue->count == 0 || queue->flight_count >= WEBHOOK_FLIGHTS_MAX))
    in_time = pthread_cond_timedwait(&queue->changed, &queue->mutex, &end) == 0;
  bool closed = queue->closed;
  if (!closed && in_time)
    flight = begin_flight(queue);
  if (queue->count == 0)
    pthread_cond_signal(&queue->emptied);
  pthread_mutex_unlock(&queue->mutex);
  if (closed)
    return NULL;
  return flight ? make_batch(queue, flight) : batch_new_listed(0);
}

/* ---- time -------------------------------------------------------------------------------- */

/* Requests that are to be answered without the mutex. */
struct taken {
  struct intake_request *requests;
  size_t count, capacity;
};

static void take(struct taken *taken, const struct intake_request *requests, size_t count) {
  if (count == 0)
    return;
  taken->requests = memory_reserve(taken->requests, &taken->capacity, taken->count + count,
                                   sizeof *taken->requests);
  memcpy(taken->requests + taken->count, requests, count * sizeof *requests);
  taken->count += count;
}

static void answer_taken(const struct webhook_queue *queue, struct taken *taken,
                         enum intake_outcome outcome) {
  answer_all(queue, taken->requests, taken->count, outcome);
  free(taken->requests);
}

/* Those received before `before`, the first ones, as they wait in the order of their receipt. The
 * mutex is held. */
static void take_waiting(struct webhook_queue *queue, time_us before, struct taken *taken) {
  size_t count = 0;
  while (count < queue->count && queue->waiting[count].received < before)
    count++;
  take(taken, queue->waiting, count);
  drop_waiting(queue, count);
}

/* A flight with one that is late: all of them, because they have one fate. The mutex is held. */
static time_us take_flights(struct webhook_queue *queue, time_us before, struct taken *taken) {
  time_us oldest = INT64_MAX;
  for (struct flight *flight = queue->flights; flight; flight = flight->next) {
    if (flight->count == 0)
      continue;
    if (flight->requests[0].received < before) {
      take(taken, flight->requests, flight->count);
      flight->count = 0;
      queue->late = true;
    } else if (flight->requests[0].received < oldest) {
      oldest = flight->requests[0].received;
    }
  }
  return oldest;
}

time_us webhook_queue_expire(struct webhook_queue *queue, size_t *late, struct ip *client) {
  struct taken taken = {.count = 0};
  time_us before = clock_monotonic() - WEBHOOK_ANSWER_US;
  pthread_mutex_lock(&queue->mutex);
  time_us oldest = take_flights(queue, before, &taken);
  take_waiting(queue, before, &taken);
  if (queue->count > 0 && queue->waiting[0].received < oldest)
    oldest = queue->waiting[0].received;
  pthread_mutex_unlock(&queue->mutex);
  *late = taken.count;
  if (taken.count > 0)
    *client = taken.requests[taken.count - 1].client;
  answer_taken(queue, &taken, INTAKE_LATE);
  return oldest == INT64_MAX ? oldest : oldest + WEBHOOK_ANSWER_US;
}

void webhook_queue_finish(struct webhook_queue *queue, int64_t most_us) {
  const struct timespec end = in_so_long(most_us);
  bool in_time = true;
  pthread_mutex_lock(&queue->mutex);
  while (queue->count > 0 && in_time)
    in_time = pthread_cond_timedwait(&queue->emptied, &queue->mutex, &end) == 0;
  pthread_mutex_unlock(&queue->mutex);
}

void webhook_queue_close(struct webhook_queue *queue) {
  struct taken taken = {.count = 0};
  pthread_mutex_lock(&queue->mutex);
  queue->closed = true;
  take_waiting(queue, INT64_MAX, &taken);
  pthread_cond_signal(&queue->changed);
  pthread_mutex_unlock(&queue->mutex);
  answer_taken(queue, &taken, INTAKE_UNAVAILABLE);
}

void webhook_queue_release(struct webhook_queue *queue) {
  struct taken taken = {.count = 0};
  webhook_queue_close(queue);
  pthread_mutex_lock(&queue->mutex);
  take_flights(queue, INT64_MAX, &taken);
  pthread_mutex_unlock(&queue->mutex);
  answer_taken(queue, &taken, INTAKE_UNAVAILABLE);
  pthread_mutex_lock(&queue->mutex);
  unlock_and_release(queue);
}
