/* The sources' threads: each runs one source, from being let go to its end. */
#include "base/memory.h"
#include "base/signal_fd.h"
#include "daemon/engine_internal.h"

#include <stdlib.h>
#include <unistd.h>

static bool output_push(void *context, struct batch *batch) {
  struct source_thread *thread = context;
  struct batch_source *source = batch->source;
  batch->source = NULL; /* the pipeline sets it */
  bool taken = pipeline_push(thread->engine->pipeline, source ? source : thread->batches, batch);
  batch_source_release(source);
  return taken && !atomic_load(&thread->stop);
}

static bool output_drain(void *context) {
  struct source_thread *thread = context;
  return pipeline_drain(thread->engine->pipeline, thread->batches);
}

static struct batch_counts output_counts(void *context) {
  struct source_thread *thread = context;
  return pipeline_count(thread->engine->pipeline, thread->batches);
}

/* A request takes far longer than looking its series up. */
static void count(void *context, enum source_count what) {
  struct source_thread *thread = context;
  struct counter *counter =
      counter_open(thread->engine->options.counters, METRIC_SOURCE_REQUESTS + (size_t)what,
                   METRIC_VALUES(thread->source->id), 0);
  counter_add(counter, 1);
  counter_close(counter);
}

/* ---- one source takes another one's place -------------------------------------------------- */

/* A source that reads has to know where the one before it ended. A source that takes requests has
 * nothing to know, and whoever sends to it should not notice: it goes on until its successor
 * receives.
 *
 * With the mutex held. */
static bool is_predecessor(const struct source_thread *other, const struct source_thread *thread) {
  return other != thread && other->retired && text_equal(other->source->id, thread->source->id);
}

/* Whether a thread that runs the same source, as it was configured before, is still there, and has
 * to go first. One that does not receive yet goes first, so that the last configuration is the last
 * to receive. */
static bool waits_for_predecessor(const struct source_thread *thread) {
  for (const struct source_thread *other = thread->engine->sources; other; other = other->next)
    if (is_predecessor(other, thread) && !(other->hands_over && other->receives))
      return true;
  return false;
}

static void stop_predecessors(struct source_thread *thread) {
  for (struct source_thread *other = thread->engine->sources; other; other = other->next)
    if (is_predecessor(other, thread) && other->hands_over)
      source_thread_stop(other);
}

static void receives(void *context) {
  struct source_thread *thread = context;
  pthread_mutex_lock(&thread->engine->mutex);
  thread->receives = true;
  stop_predecessors(thread);
  pthread_cond_broadcast(&thread->engine->changed);
  pthread_mutex_unlock(&thread->engine->mutex);
}

void source_thread_retire(struct source_thread *thread, const struct source_thread *next) {
  thread->retired = true;
  thread->hands_over = thread->engine->options.intake && next && thread->source->type->takes &&
                       next->source->type == thread->source->type;
  if (!thread->hands_over)
    source_thread_stop(thread);
}

/* ---- the thread --------------------------------------------------------------------------- */

/* False when it is not to run at all. */
static bool wait_to_run(struct source_thread *thread) {
  struct engine *engine = thread->engine;
  pthread_mutex_lock(&engine->mutex);
  while (thread->stage == SOURCE_CREATED ||
         (thread->stage == SOURCE_LET_GO && !atomic_load(&thread->stop) &&
          waits_for_predecessor(thread)))
    pthread_cond_wait(&engine->changed, &engine->mutex);
  bool runs = thread->stage == SOURCE_LET_GO && !atomic_load(&thread->stop);
  pthread_mutex_unlock(&engine->mutex);
  return runs;
}

static void run(struct source_thread *thread) {
  struct engine *engine = thread->engine;
  bool takes = engine->options.intake && thread->source->type->takes;
  const struct source_run run = {
      .source = thread->source,
      .memory = source_store_memory(thread->memory),
      .locks = engine->locks,
      .log = engine->options.log,
      .clock = engine->options.clock,
      .output = {thread, output_push, output_drain, output_counts},
      .intake = takes ? intake_hub_source(engine->options.intake, thread->source->id) : NULL,
      .health = thread->health ? health_source_reports(thread->health)
                               : (struct source_health){.context = NULL},
      .stop = &thread->stop,
      .stop_fd = thread->stop_fd,
      .count = count,
      .count_context = thread,
      .receives = receives,
      .receives_context = thread,
  };
  struct error error = ERROR_NONE;
  if (thread->health)
    health_source_begins(thread->health);
  bool ok = thread->source->type->run(&run, &error);
  if (atomic_load(&thread->stop))
    return;
  if (thread->health)
    health_source_ends(thread->health, ok ? &ERROR_NONE : &error);
  if (ok)
    return;
  atomic_fetch_add(&engine->failed, 1);
  LOG_ERROR(engine->options.log, "a source has stopped", LOG_TEXT("source", thread->source->id),
            LOG_ERROR_LINE(&error));
}

static void *run_thread(void *argument) {
  struct source_thread *thread = argument;
  struct engine *engine = thread->engine;
  if (wait_to_run(thread))
    run(thread);
  pthread_mutex_lock(&engine->mutex);
  bool counts = thread->stage != SOURCE_CANCELLED && !thread->in_background;
  /* It may end without having received; its successor, if it has one, does this then. */
  if (thread->stage != SOURCE_CANCELLED && !thread->hands_over)
    stop_predecessors(thread);
  thread->stage = SOURCE_FINISHED;
  pthread_cond_broadcast(&engine->changed);
  pthread_mutex_unlock(&engine->mutex);
  if (counts && atomic_fetch_sub(&engine->running, 1) == 1)
    pipeline_close(engine->pipeline);
  return NULL;
}

static void release(struct source_thread *thread) {
  source_store_free(thread->memory);
  store_close(thread->store);
  batch_source_release(thread->batches);
  held_setup_release(thread->setup);
  health_source_release(thread->health);
  if (thread->stop_fd >= 0)
    close(thread->stop_fd);
  free(thread);
}

struct source_thread *source_thread_new(struct engine *engine, struct held_setup *setup,
                                        const struct source *source, struct error *error) {
  struct source_thread *thread = memory_alloc(sizeof *thread);
  thread->engine = engine;
  thread->setup = setup ? held_setup_hold(setup) : NULL;
  thread->source = source;
  thread->batches = batch_source_new(source->id, source->label);
  thread->health = setup ? health_source_hold(engine->health, source) : NULL;
  thread->stop_fd = signal_fd_new();
  thread->store = store_open(engine->state_path, error);
  if (thread->store)
    thread->memory = source_store_new(thread->store, source->id, engine->seal, engine->options.log);
  if (thread->memory && *engine->state_path)
    source_store_share(thread->memory, engine->state_path);
  bool ok = thread->store != NULL;
  if (ok && thread->stop_fd < 0)
    ok = error_set(error, "cannot start source '%.*s': the system gives no more file descriptors",
                   TEXT_ARGS(source->id));
  if (ok && pthread_create(&thread->thread, NULL, run_thread, thread) != 0)
    ok = error_set(error, "cannot start source '%.*s': the system gives no more threads",
                   TEXT_ARGS(source->id));
  if (ok)
    return thread;
  release(thread);
  return NULL;
}

void source_thread_let_go(struct source_thread *thread) {
  thread->next = thread->engine->sources;
  thread->engine->sources = thread;
  thread->stage = SOURCE_LET_GO;
}

void source_thread_cancel(struct source_thread *thread) {
  pthread_mutex_lock(&thread->engine->mutex);
  thread->stage = SOURCE_CANCELLED;
  pthread_cond_broadcast(&thread->engine->changed);
  pthread_mutex_unlock(&thread->engine->mutex);
  source_thread_free(thread);
}

void source_thread_stop(struct source_thread *thread) {
  atomic_store(&thread->stop, true);
  signal_fd_raise(thread->stop_fd);
}

void source_thread_free(struct source_thread *thread) {
  pthread_join(thread->thread, NULL);
  release(thread);
}

/* With the mutex held. */
static bool has_id(const struct engine *engine, struct text id) {
  for (const struct source_thread *thread = engine->sources; thread; thread = thread->next)
    if (text_equal(thread->source->id, id))
      return true;
  return false;
}

/* Takes a thread that is gone for good out of the list; NULL when there is none. *replaced: another
 * one runs a source of that id. */
static struct source_thread *take_gone(struct engine *engine, bool *replaced) {
  pthread_mutex_lock(&engine->mutex);
  struct source_thread **at = &engine->sources;
  while (*at && !((*at)->retired && (*at)->stage == SOURCE_FINISHED &&
                  pipeline_is_drained(engine->pipeline, (*at)->batches)))
    at = &(*at)->next;
  struct source_thread *gone = *at;
  if (gone) {
    *at = gone->next;
    *replaced = has_id(engine, gone->source->id);
    pthread_cond_broadcast(&engine->changed);
  }
  pthread_mutex_unlock(&engine->mutex);
  return gone;
}

void engine_reap_sources(struct engine *engine) {
  struct source_thread *gone;
  bool replaced;
  while ((gone = take_gone(engine, &replaced)) != NULL) {
    struct batch_source *source = batch_source_hold(gone->batches);
    source_thread_free(gone);
    /* When health has forgotten it, too, and nobody opens its series again. */
    if (!replaced && engine->options.counters)
      counters_retire(engine->options.counters, "source", source->id);
    batch_source_release(source);
  }
}
