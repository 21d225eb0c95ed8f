#include "detect/pipeline.h"

#include "base/memory.h"
#include "detect/worker.h"
#include "event/batch/batch_file.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* Batches inside at most: enough that no worker waits for the committer's usual pauses, few
 * enough that memory stays flat (a batch is about 256 KiB). */
#define BATCHES_PER_WORKER 4

/* What batches and results may hold inside before pushers wait, and before workers begin no further
 * one, until some were given back: enough for what is committed together, and for each worker. A
 * batch is 256 KiB, with all its events listed half a MiB, with what many questions ask of sign-ins
 * two. But a record may be large, and every record of a batch may match. */
#define MEMORY_TOGETHER ((size_t)4 * 1024 * 1024)
#define PUSH_MEMORY_WORKER ((size_t)512 * 1024)
#define WORK_MEMORY_WORKER ((size_t)1536 * 1024)
#define PUSH_MEMORY_MAX ((size_t)16 * 1024 * 1024)
#define WORK_MEMORY_MAX ((size_t)24 * 1024 * 1024)

/* Results whose memory waits for other batches, each of so many bytes at most: what the system got
 * back is given page by page, at some microseconds each. Not where results are held: these take
 * memory enough, and the time goes into writing them. */
#define SPARE_RESULTS 4
#define SPARE_MEMORY_MAX ((size_t)4 * 1024 * 1024)

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_WORKING, SLOT_READY, SLOT_TAKEN };

struct slot {
  enum slot_state state;
  struct batch_result *result;
};

struct pipeline {
  struct pipeline_options options;
  pthread_mutex_t mutex;
  /* room: signalled when half of the slots are free, so that a pusher fills several at a time
   * instead of being woken for each. */
  pthread_cond_t pushed, ready, room, drained, turn;
  struct slot *slots; /* batch of sequence n sits in slot n % slot_count */
  size_t slot_count;
  uint64_t next_push, next_work, next_take; /* sequence numbers */
  size_t memory;                            /* of all batches and results inside */
  size_t push_memory_max, work_memory_max;
  bool closed, abandoned, woken;
  bool patient;                /* somebody waits in pipeline_next: see show_results */
  struct detection *detection; /* for batches pushed from now on, as is: */
  bool list_events, list_indicators;
  size_t inside;                             /* batches pushed and not done, of all sources */
  struct batch_result *spare[SPARE_RESULTS]; /* cleared ones */
  size_t spare_count, spare_most;
  pthread_t *threads;
  unsigned thread_count;
};

/* Releases what it holds, but for the memory that another batch may use. */
static void result_clear(struct batch_result *result) {
  batch_free(result->batch);
  detection_release(result->detection);
  problems_clear(&result->notes.kept);
  problems_clear(&result->lookup_problems);
  problems_clear(&result->unread);
  schema_faults_free(&result->faults);
  free(result->events);
  free(result->indicators);
  free(result->matches);
  lookup_set_release(result->lookups);
  free(result->dead_letters);
  arena_reset(&result->arena);
  *result = (struct batch_result){.arena = result->arena,
                                  .deferred = result->deferred,
                                  .deferred_capacity = result->deferred_capacity,
                                  .deferred_events = result->deferred_events,
                                  .deferred_event_capacity = result->deferred_event_capacity};
}

static void result_free(struct batch_result *result) {
  if (!result)
    return;
  result_clear(result);
  arena_free(&result->arena);
  free(result->deferred);
  free(result->deferred_events);
  free(result);
}

static struct slot *slot_of(struct pipeline *pipeline, uint64_t sequence) {
  return &pipeline->slots[sequence % pipeline->slot_count];
}

static size_t result_memory(const struct batch_result *result) {
  return result->batch->capacity + arena_size(&result->arena) +
         result->event_capacity * sizeof *result->events +
         result->indicator_capacity * sizeof *result->indicators +
         result->match_capacity * sizeof *result->matches +
         result->deferred_capacity * sizeof *result->deferred +
         result->deferred_event_capacity * sizeof *result->deferred_events +
         result->dead_letter_capacity * sizeof *result->dead_letters +
         result->faults.capacity * sizeof *result->faults.items +
         result->notes.kept.capacity * sizeof *result->notes.kept.items;
}

/* The result that is to be taken next must always come, however much the others hold. */
static bool must_wait(const struct pipeline *pipeline) {
  if (pipeline->next_work == pipeline->next_push)
    return !pipeline->closed;
  return pipeline->memory > pipeline->work_memory_max && pipeline->next_work != pipeline->next_take;
}

/* Whether the next result in order is there. Called with the mutex held, as what follows. */
static bool is_ready(struct pipeline *pipeline) {
  return !pipeline->abandoned && pipeline->next_take != pipeline->next_push &&
         slot_of(pipeline, pipeline->next_take)->state == SLOT_READY;
}

/* Wakes who waits for results. To wake a thread costs as much as some records, so who is patient
 * gets several at a time: when half of the slots are worked on or ready, or a worker waits. */
static void show_results(struct pipeline *pipeline, bool waits) {
  if (is_ready(pipeline) && (waits || !pipeline->patient ||
                             pipeline->next_work - pipeline->next_take > pipeline->slot_count / 2))
    pthread_cond_broadcast(&pipeline->ready);
}

/* An empty result. Called with the mutex held. */
static struct batch_result *take_spare(struct pipeline *pipeline) {
  return pipeline->spare_count > 0 ? pipeline->spare[--pipeline->spare_count]
                                   : memory_alloc(sizeof(struct batch_result));
}

/* The next batch to work on, or NULL at the end. */
static struct batch_result *take_work(struct pipeline *pipeline) {
  while (!pipeline->abandoned && must_wait(pipeline)) {
    show_results(pipeline, true);
    pthread_cond_wait(&pipeline->pushed, &pipeline->mutex);
  }
  if (pipeline->abandoned || pipeline->next_work == pipeline->next_push) {
    show_results(pipeline, true);
    return NULL;
  }
  struct slot *slot = slot_of(pipeline, pipeline->next_work++);
  slot->state = SLOT_WORKING;
  return slot->result;
}

/* A worker belongs to one detection; a batch with another one gets a new worker. */
static struct worker *worker_for(struct pipeline *pipeline, struct worker *worker,
                                 struct detection **current, struct detection *wanted) {
  if (worker && *current == wanted)
    return worker;
  worker_free(worker);
  detection_release(*current);
  *current = detection_hold(wanted);
  return worker_new(&pipeline->options, wanted);
}

/* Waits until all results before this one were taken. */
static void wait_for_turn(struct pipeline *pipeline, const struct batch_result *result) {
  pthread_mutex_lock(&pipeline->mutex);
  show_results(pipeline, true);
  while (!pipeline->abandoned && pipeline->next_take < result->sequence)
    pthread_cond_wait(&pipeline->turn, &pipeline->mutex);
  pthread_mutex_unlock(&pipeline->mutex);
}

/* Long lines are read one at a time, however many workers there are, so that memory stays flat. */
static void load(struct pipeline *pipeline, struct batch_result *result,
                 struct batch_memory *memory) {
  struct error error = ERROR_NONE;
  if (batch_load(result->batch, memory, false, &error) == BATCH_LONG) {
    wait_for_turn(pipeline, result);
    batch_load(result->batch, memory, true, &error);
  }
  if (error.set)
    problems_add_error(&result->unread, &error);
}

/* Nearly always nothing points into the batch's bytes any more, and the next one gets their memory
 * while it is still in the cache. */
static void unload(struct batch_result *result, struct batch_memory *memory) {
  if (result->event_count + result->deferred_count + result->dead_letter_count == 0)
    batch_unload(result->batch, memory);
}

static void *work(void *argument) {
  struct pipeline *pipeline = argument;
  struct batch_memory memory = {NULL, 0};
  struct worker *worker = NULL;
  struct detection *current = NULL;
  struct batch_result *result;
  pthread_mutex_lock(&pipeline->mutex);
  while ((result = take_work(pipeline)) != NULL) {
    pthread_mutex_unlock(&pipeline->mutex);
    worker = worker_for(pipeline, worker, &current, result->detection);
    load(pipeline, result, &memory);
    worker_run(worker, result);
    unload(result, &memory);
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->memory -= result->memory;
    result->memory = result_memory(result);
    pipeline->memory += result->memory;
    slot_of(pipeline, result->sequence)->state = SLOT_READY;
    show_results(pipeline, false);
  }
  pthread_mutex_unlock(&pipeline->mutex);
  free(memory.bytes);
  worker_free(worker);
  detection_release(current);
  return NULL;
}

static size_t memory_for(unsigned workers, size_t each, size_t most) {
  size_t memory = MEMORY_TOGETHER + workers * each;
  return memory < most ? memory : most;
}

/* For waiting until a time that clock_monotonic gives. */
static void condition_init_monotonic(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

struct pipeline *pipeline_new(const struct pipeline_options *options, struct error *error) {
  struct pipeline *pipeline = memory_alloc(sizeof *pipeline);
  pipeline->options = *options;
  pipeline->slot_count =
      (size_t)options->workers * BATCHES_PER_WORKER + (options->held ? options->held : 1);
  pipeline->push_memory_max = memory_for(options->workers, PUSH_MEMORY_WORKER, PUSH_MEMORY_MAX);
  pipeline->work_memory_max = memory_for(options->workers, WORK_MEMORY_WORKER, WORK_MEMORY_MAX);
  pipeline->slots = memory_alloc_array(pipeline->slot_count, sizeof *pipeline->slots);
  pipeline->threads = memory_alloc_array(options->workers, sizeof *pipeline->threads);
  pthread_mutex_init(&pipeline->mutex, NULL);
  pthread_cond_init(&pipeline->pushed, NULL);
  condition_init_monotonic(&pipeline->ready);
  pthread_cond_init(&pipeline->room, NULL);
  pthread_cond_init(&pipeline->drained, NULL);
  pthread_cond_init(&pipeline->turn, NULL);
  pipeline->detection = detection_hold(options->detection);
  pipeline->list_events = options->list_events;
  pipeline->list_indicators = options->list_indicators;
  pipeline->spare_most = options->held ? 0 : SPARE_RESULTS;
  for (unsigned i = 0; i < options->workers; i++) {
    if (pthread_create(&pipeline->threads[i], NULL, work, pipeline) != 0) {
      error_set(error, "cannot start worker %u of %u: the system gives no more threads", i + 1,
                options->workers);
      pipeline_free(pipeline);
      return NULL;
    }
    pipeline->thread_count++;
  }
  return pipeline;
}

void pipeline_free(struct pipeline *pipeline) {
  if (!pipeline)
    return;
  pipeline_abandon(pipeline);
  for (unsigned i = 0; i < pipeline->thread_count; i++)
    pthread_join(pipeline->threads[i], NULL);
  for (size_t i = 0; i < pipeline->slot_count; i++) {
    struct batch_result *result = pipeline->slots[i].result;
    if (!result || pipeline->slots[i].state == SLOT_TAKEN)
      continue;
    result->batch->source->inside--;
    result_free(result);
  }
  while (pipeline->spare_count > 0)
    result_free(take_spare(pipeline));
  detection_release(pipeline->detection);
  pthread_cond_destroy(&pipeline->turn);
  pthread_cond_destroy(&pipeline->drained);
  pthread_cond_destroy(&pipeline->room);
  pthread_cond_destroy(&pipeline->ready);
  pthread_cond_destroy(&pipeline->pushed);
  pthread_mutex_destroy(&pipeline->mutex);
  free(pipeline->threads);
  free(pipeline->slots);
  free(pipeline);
}

bool pipeline_push(struct pipeline *pipeline, struct batch_source *source, struct batch *batch) {
  pthread_mutex_lock(&pipeline->mutex);
  while (!pipeline->closed && (slot_of(pipeline, pipeline->next_push)->state != SLOT_FREE ||
                               pipeline->memory > pipeline->push_memory_max))
    pthread_cond_wait(&pipeline->room, &pipeline->mutex);
  bool taken = !pipeline->closed;
  if (taken) {
    struct batch_result *result = take_spare(pipeline);
    result->batch = batch;
    result->detection = detection_hold(pipeline->detection);
    result->lists_events =
        pipeline->list_events || batch->rereads || batch->resends || batch->letters;
    result->lists_indicators = pipeline->list_indicators && pipeline->list_events;
    result->sequence = pipeline->next_push++;
    result->memory = batch->capacity;
    pipeline->memory += result->memory;
    *slot_of(pipeline, result->sequence) = (struct slot){SLOT_WAITING, result};
    batch->source = batch_source_hold(source);
    source->inside++;
    pipeline->inside++;
    pthread_cond_signal(&pipeline->pushed);
  }
  pthread_mutex_unlock(&pipeline->mutex);
  if (!taken)
    batch_free(batch);
  return taken;
}

static void close_pipeline(struct pipeline *pipeline, bool abandon) {
  pthread_mutex_lock(&pipeline->mutex);
  pipeline->closed = true;
  pipeline->abandoned = pipeline->abandoned || abandon;
  pthread_cond_broadcast(&pipeline->pushed);
  pthread_cond_broadcast(&pipeline->ready);
  pthread_cond_broadcast(&pipeline->room);
  pthread_cond_broadcast(&pipeline->drained);
  pthread_cond_broadcast(&pipeline->turn);
  pthread_mutex_unlock(&pipeline->mutex);
}

void pipeline_close(struct pipeline *pipeline) {
  close_pipeline(pipeline, false);
}

void pipeline_abandon(struct pipeline *pipeline) {
  close_pipeline(pipeline, true);
}

/* Takes the next result if it is ready. Called with the mutex held. */
static struct batch_result *take_ready(struct pipeline *pipeline) {
  struct slot *slot = slot_of(pipeline, pipeline->next_take);
  if (!is_ready(pipeline))
    return NULL;
  slot->state = SLOT_TAKEN;
  pipeline->next_take++;
  pthread_cond_broadcast(&pipeline->turn);
  if (pipeline->memory > pipeline->work_memory_max)
    pthread_cond_broadcast(&pipeline->pushed);
  return slot->result;
}

/* Waits for something to become ready; false when it is `until`. Called with the mutex held. */
static bool wait_ready(struct pipeline *pipeline, time_us until) {
  const struct timespec end = {.tv_sec = until / US_PER_SECOND,
                               .tv_nsec = until % US_PER_SECOND * 1000};
  return pthread_cond_timedwait(&pipeline->ready, &pipeline->mutex, &end) == 0;
}

/* Whether no further result will come. Called with the mutex held. */
static bool has_ended(const struct pipeline *pipeline) {
  return pipeline->abandoned || (pipeline->closed && pipeline->next_take == pipeline->next_push);
}

struct batch_result *pipeline_next(struct pipeline *pipeline) {
  struct batch_result *result;
  pthread_mutex_lock(&pipeline->mutex);
  pipeline->patient = true;
  while (!(result = take_ready(pipeline)) && !has_ended(pipeline))
    pthread_cond_wait(&pipeline->ready, &pipeline->mutex);
  pipeline->patient = false;
  pthread_mutex_unlock(&pipeline->mutex);
  return result;
}

struct batch_result *pipeline_next_before(struct pipeline *pipeline, time_us until, bool *ended) {
  struct batch_result *result;
  bool in_time = true;
  pthread_mutex_lock(&pipeline->mutex);
  while (!(result = take_ready(pipeline)) && !has_ended(pipeline) && in_time && !pipeline->woken)
    in_time = wait_ready(pipeline, until);
  *ended = !result && has_ended(pipeline);
  pipeline->woken = false;
  pthread_mutex_unlock(&pipeline->mutex);
  return result;
}

void pipeline_wake(struct pipeline *pipeline) {
  pthread_mutex_lock(&pipeline->mutex);
  pipeline->woken = true;
  pthread_cond_broadcast(&pipeline->ready);
  pthread_mutex_unlock(&pipeline->mutex);
}

struct batch_result *pipeline_next_soon(struct pipeline *pipeline, time_us until) {
  struct batch_result *result;
  bool in_time = true;
  pthread_mutex_lock(&pipeline->mutex);
  while (!(result = take_ready(pipeline)) && in_time && !pipeline->abandoned &&
         pipeline->next_take < pipeline->next_push)
    in_time = wait_ready(pipeline, until);
  pthread_mutex_unlock(&pipeline->mutex);
  return result;
}

bool pipeline_is_ready(struct pipeline *pipeline) {
  pthread_mutex_lock(&pipeline->mutex);
  bool ready = is_ready(pipeline);
  pthread_mutex_unlock(&pipeline->mutex);
  return ready;
}

static void count_result(struct batch_counts *counts, const struct batch_result *result) {
  counts->records += result->records;
  counts->events += result->events_seen;
  counts->dead_letters += result->dead_letter_count;
  counts->schema_errors += result->faults.errors;
}

/* Keeps the memory of a result that nobody looks at any more, or frees it. */
static void put_spare(struct pipeline *pipeline, struct batch_result *result) {
  result_clear(result);
  size_t memory = arena_size(&result->arena) +
                  result->deferred_capacity * sizeof *result->deferred +
                  result->deferred_event_capacity * sizeof *result->deferred_events;
  pthread_mutex_lock(&pipeline->mutex);
  bool keeps = memory <= SPARE_MEMORY_MAX && pipeline->spare_count < pipeline->spare_most;
  if (keeps)
    pipeline->spare[pipeline->spare_count++] = result;
  pthread_mutex_unlock(&pipeline->mutex);
  if (!keeps)
    result_free(result);
}

void pipeline_done(struct pipeline *pipeline, struct batch_result *result, bool durable) {
  batch_settle(result->batch, durable);
  pthread_mutex_lock(&pipeline->mutex);
  if (durable)
    count_result(&result->batch->source->counts, result);
  *slot_of(pipeline, result->sequence) = (struct slot){SLOT_FREE, NULL};
  if (pipeline->memory > pipeline->work_memory_max)
    pthread_cond_broadcast(&pipeline->pushed);
  pipeline->memory -= result->memory;
  if (--result->batch->source->inside == 0)
    pthread_cond_broadcast(&pipeline->drained);
  if (--pipeline->inside <= pipeline->slot_count / 2)
    pthread_cond_broadcast(&pipeline->room);
  pthread_mutex_unlock(&pipeline->mutex);
  put_spare(pipeline, result);
}

bool pipeline_drain(struct pipeline *pipeline, const struct batch_source *source) {
  pthread_mutex_lock(&pipeline->mutex);
  while (!pipeline->abandoned && source->inside > 0)
    pthread_cond_wait(&pipeline->drained, &pipeline->mutex);
  /* An abandoned batch is out of the pipeline, too, but not in the store. */
  bool drained = !pipeline->abandoned;
  pthread_mutex_unlock(&pipeline->mutex);
  return drained;
}

struct batch_counts pipeline_count(struct pipeline *pipeline, const struct batch_source *source) {
  pthread_mutex_lock(&pipeline->mutex);
  struct batch_counts counts = source->counts;
  pthread_mutex_unlock(&pipeline->mutex);
  return counts;
}

bool pipeline_is_drained(struct pipeline *pipeline, const struct batch_source *source) {
  pthread_mutex_lock(&pipeline->mutex);
  bool drained = source->inside == 0;
  pthread_mutex_unlock(&pipeline->mutex);
  return drained;
}

void pipeline_replace(struct pipeline *pipeline, struct detection *detection, bool list_events,
                      bool list_indicators) {
  pthread_mutex_lock(&pipeline->mutex);
  struct detection *old = pipeline->detection;
  pipeline->detection = detection_hold(detection);
  pipeline->list_events = list_events;
  pipeline->list_indicators = list_indicators;
  pthread_mutex_unlock(&pipeline->mutex);
  detection_release(old);
}
