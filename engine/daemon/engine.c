#include "base/memory.h"
#include "base/signal_fd.h"
#include "daemon/engine_internal.h"
#include "daemon/state_mode.h"
#include "detect/notes.h"
#include "store/store_archive.h"
#include "store/store_outbox.h"

#include <stdlib.h>
#include <unistd.h>

static void release_held(void *owner) {
  held_setup_release(owner);
}

static struct delivery_setup delivery_setup_of(struct held_setup *held) {
  return (struct delivery_setup){.destinations = held->setup.destinations,
                                 .destination_count = held->setup.destination_count,
                                 .release = release_held,
                                 .owner = held_setup_hold(held)};
}

/* ---- the start --------------------------------------------------------------------------- */

/* A state file of an older margay that is as small as this is rebuilt at the start, in a second or
 * two, so that it can give space back. */
#define REBUILD_BYTES_MAX (INT64_C(256) * 1024 * 1024)

/* What fails leaves the file as it was. */
static void make_shrinkable(struct engine *engine) {
  struct error error = ERROR_NONE;
  struct log *log = engine->options.log;
  bool made;
  if (!store_make_shrinkable(engine->commit_store, REBUILD_BYTES_MAX, &made, &error))
    LOG_WARN(log, "the state file could not be rebuilt, so it does not shrink",
             LOG_ERROR_LINE(&error));
  else if (made)
    LOG_INFO(log, "the state file was rebuilt, so that it can shrink");
}

static bool open_stores(struct engine *engine, struct error *error) {
  const char *path = engine->state_path;
  if (!state_mode_tighten(path, engine->options.log, error) ||
      !state_lock_take(path, &engine->state_lock, error))
    return false;
  engine->commit_store = store_open(path, error);
  if (!engine->commit_store)
    return false;
  make_shrinkable(engine);
  if (!health_load(engine->health, engine->commit_store, error))
    return false;
  engine->delivery_store = store_open(path, error);
  return engine->delivery_store != NULL;
}

static bool commit_waits(void *context) {
  const struct engine *engine = context;
  return pipeline_is_ready(engine->pipeline);
}

static bool start_pipeline(struct engine *engine, struct error *error) {
  const struct engine_options *options = &engine->options;
  const struct pipeline_options pipeline = {
      .detection = engine->setup->setup.detection,
      .list_events = engine->setup->setup.keep_events,
      .list_indicators = engine->setup->setup.index_events,
      .workers = options->workers,
      .held = ENGINE_GROUP_BATCHES_MAX,
      .brief_matches = true,
  };
  const struct committer_options committer = {
      .store = engine->commit_store,
      .log = options->log,
      .clock = options->clock,
      .setup = engine_committer_setup(&engine->setup->setup),
  };
  engine->pipeline = pipeline_new(&pipeline, error);
  engine->in_use = held_setup_hold(engine->setup);
  if (!engine->pipeline)
    return false;
  engine->committer = committer_new(&committer);
  engine->retention = retention_new(&(struct retention_options){.store = engine->commit_store,
                                                                .committer = engine->committer,
                                                                .log = options->log,
                                                                .clock = options->clock,
                                                                .counters = options->counters,
                                                                .commit_waits = commit_waits,
                                                                .context = engine});
  const struct retention_times times = engine_retention_times(&engine->setup->setup);
  retention_use(engine->retention, &times);
  store_archive_compress(engine->commit_store, engine->setup->setup.compress_events);
  return true;
}

static bool start_alarms(struct engine *engine, struct error *error) {
  const struct alarms_options alarms = {.store = engine->commit_store,
                                        .committer = engine->committer,
                                        .health = engine->health,
                                        .log = engine->options.log};
  const struct alarms_setup setup = engine_alarms_setup(&engine->setup->setup);
  engine->alarms = alarms_new(&alarms, error);
  if (!engine->alarms)
    return false;
  alarms_use(engine->alarms, &setup);
  engine_health_count(engine);
  return true;
}

static void note_circuit(void *context, struct text destination_id, bool open) {
  const struct engine *engine = context;
  struct gauge *gauge =
      gauge_open(engine->options.counters, METRIC_CIRCUIT_OPEN, METRIC_VALUES(destination_id));
  gauge_set(gauge, open);
  gauge_close(gauge);
}

static bool start_delivery(struct engine *engine, struct error *error) {
  const struct delivery_options delivery = {
      .setup = delivery_setup_of(engine->setup),
      .store = engine->delivery_store,
      .log = engine->options.log,
      .clock = engine->options.clock,
      .console = engine->options.console,
      .circuit_changed = note_circuit,
      .circuit_context = engine,
  };
  /* With the state file locked nobody else delivers: what is claimed was left by a crash. */
  if (!store_outbox_release(engine->delivery_store, TEXT(""), error))
    return false;
  engine->delivery = delivery_start(&delivery, error);
  return engine->delivery != NULL;
}

static bool start_committer(struct engine *engine, struct error *error) {
  if (pthread_create(&engine->commit_thread, NULL, engine_run_commits, engine) != 0)
    return error_set(error, "cannot start the committer: the system gives no more threads");
  engine->commit_started = true;
  return true;
}

static struct engine *engine_new(const struct engine_options *options,
                                 const struct engine_setup *setup) {
  struct engine *engine = memory_alloc(sizeof *engine);
  engine->options = *options;
  engine->state_path = memory_copy_string(options->state_path);
  engine->seal = token_seal_new(options->state_key);
  engine->options.state_key = (struct text){NULL, 0};
  engine->setup = held_setup_new(setup);
  engine->notes = notes_new();
  engine->metrics = commit_metrics_open(options->counters);
  engine->locks = source_locks_new();
  engine->health = health_new(options->clock);
  engine->started_at = clock_now(&options->clock);
  engine->state_lock = STATE_LOCK_NONE;
  engine->stop_fd = signal_fd_new();
  engine->ended_fd = signal_fd_new();
  engine->ok = true;
  atomic_init(&engine->commits, true);
  atomic_init(&engine->attached, true);
  atomic_init(&engine->last_beat, clock_monotonic());
  pthread_mutex_init(&engine->mutex, NULL);
  pthread_cond_init(&engine->changed, NULL);
  return engine;
}

/* ---- sources, at the start and at a reload ----------------------------------------------- */

/* Whether a thread runs the source as it is configured already. */
static bool is_running(struct engine *engine, const struct source *source) {
  bool found = false;
  pthread_mutex_lock(&engine->mutex);
  for (const struct source_thread *thread = engine->sources; thread; thread = thread->next)
    found = found || (!thread->retired && source_equal(thread->source, source));
  pthread_mutex_unlock(&engine->mutex);
  return found;
}

/* Threads that were created for a setup and wait to be let go. */
struct created {
  struct source_thread **threads;
  size_t count;
};

static void cancel_threads(struct created *created) {
  for (size_t i = 0; i < created->count; i++)
    source_thread_cancel(created->threads[i]);
  free(created->threads);
}

/* Creates a thread for each source that is new, or configured otherwise than before. */
static bool create_threads(struct engine *engine, struct held_setup *setup, struct created *created,
                           struct error *error) {
  *created = (struct created){.count = 0};
  created->threads = memory_alloc_array(setup->setup.source_count + 1, sizeof *created->threads);
  for (size_t i = 0; i < setup->setup.source_count; i++) {
    const struct source *source = &setup->setup.sources[i];
    if (is_running(engine, source))
      continue;
    struct source_thread *thread = source_thread_new(engine, setup, source, error);
    if (!thread) {
      cancel_threads(created);
      return false;
    }
    created->threads[created->count++] = thread;
  }
  return true;
}

static bool is_configured(const struct engine_setup *setup, const struct source *source) {
  for (size_t i = 0; i < setup->source_count; i++)
    if (source_equal(source, &setup->sources[i]))
      return true;
  return false;
}

static const struct source_thread *find_created(const struct created *created, struct text id) {
  for (size_t i = 0; i < created->count; i++)
    if (text_equal(created->threads[i]->source->id, id))
      return created->threads[i];
  return NULL;
}

/* Lets the created threads go, after those that the setup does not have as they are were asked to
 * finish. They are counted already. */
static void let_threads_go(struct engine *engine, const struct engine_setup *setup,
                           struct created *created) {
  pthread_mutex_lock(&engine->mutex);
  for (struct source_thread *thread = engine->sources; thread; thread = thread->next)
    if (!thread->retired && thread->setup && !is_configured(setup, thread->source))
      source_thread_retire(thread, find_created(created, thread->source->id));
  for (size_t i = 0; i < created->count; i++)
    source_thread_let_go(created->threads[i]);
  pthread_cond_broadcast(&engine->changed);
  pthread_mutex_unlock(&engine->mutex);
  free(created->threads);
}

/* The engine's own sources: nobody waits for their end. */
static struct source_thread *create_own_thread(struct engine *engine, const struct source *source,
                                               struct error *error) {
  struct source_thread *thread = source_thread_new(engine, NULL, source, error);
  if (thread)
    thread->in_background = true;
  return thread;
}

static bool start_sources(struct engine *engine, struct error *error) {
  struct created created = {.count = 0};
  engine->letters =
      (struct source){.type = &letter_retry, .id = TEXT(""), .options = engine->state_path};
  engine->backfills = (struct source){.type = &backfill_source, .id = TEXT(""), .options = engine};
  struct source_thread *letters = create_own_thread(engine, &engine->letters, error);
  struct source_thread *backfills =
      letters ? create_own_thread(engine, &engine->backfills, error) : NULL;
  if (!backfills || !create_threads(engine, engine->setup, &created, error)) {
    if (backfills)
      source_thread_cancel(backfills);
    if (letters)
      source_thread_cancel(letters);
    return false;
  }
  atomic_store(&engine->running, created.count);
  created.threads = memory_resize(created.threads, (created.count + 2) * sizeof *created.threads);
  created.threads[created.count++] = letters;
  created.threads[created.count++] = backfills;
  let_threads_go(engine, &engine->setup->setup, &created);
  return true;
}

/* Counts sources that are about to run; false when every other has ended, and the engine with
 * them. */
static bool count_sources(struct engine *engine, size_t count) {
  size_t running = atomic_load(&engine->running);
  while (running > 0)
    if (atomic_compare_exchange_weak(&engine->running, &running, running + count))
      return true;
  return false;
}

bool engine_reload(struct engine *engine, const struct engine_setup *setup, struct error *error) {
  struct held_setup *next = held_setup_new(setup);
  struct created created;
  if (!create_threads(engine, next, &created, error)) {
    held_setup_release(next);
    return false;
  }
  if (!count_sources(engine, created.count)) {
    cancel_threads(&created);
    held_setup_release(next);
    return error_set(error, "every source has ended, and the daemon is about to");
  }
  detection_take_pauses(setup->detection, engine->setup->setup.detection);
  pipeline_replace(engine->pipeline, setup->detection, setup->keep_events, setup->index_events);
  pthread_mutex_lock(&engine->mutex);
  struct held_setup *unused = engine->pending;
  engine->pending = held_setup_hold(next);
  pthread_mutex_unlock(&engine->mutex);
  held_setup_release(unused);
  pipeline_wake(engine->pipeline);
  const struct delivery_setup delivery = delivery_setup_of(next);
  delivery_use(engine->delivery, &delivery);
  let_threads_go(engine, &next->setup, &created);
  pthread_mutex_lock(&engine->mutex);
  unused = engine->setup;
  engine->setup = next;
  pthread_mutex_unlock(&engine->mutex);
  held_setup_release(unused);
  return true;
}

/* ---- the life ---------------------------------------------------------------------------- */

struct engine *engine_open(const struct engine_options *options, const struct engine_setup *setup,
                           struct error *error) {
  struct engine *engine = engine_new(options, setup);
  bool ok = engine->stop_fd >= 0 && engine->ended_fd >= 0;
  if (!ok)
    error_set(error, "cannot start: the system gives no more file descriptors");
  if (ok && open_stores(engine, error))
    return engine;
  engine_free(engine);
  return NULL;
}

bool engine_begin(struct engine *engine, struct error *error) {
  bool ok = start_pipeline(engine, error) && start_alarms(engine, error) &&
            start_delivery(engine, error) && start_committer(engine, error) &&
            start_sources(engine, error);
  if (ok)
    atomic_store(&engine->complete, true);
  return ok;
}

struct engine *engine_start(const struct engine_options *options, const struct engine_setup *setup,
                            struct error *error) {
  struct engine *engine = engine_open(options, setup, error);
  if (!engine || engine_begin(engine, error))
    return engine;
  engine_free(engine);
  return NULL;
}

int engine_ended_fd(const struct engine *engine) {
  return engine->ended_fd;
}

static void stop_sources(struct engine *engine) {
  atomic_store(&engine->stop, true);
  signal_fd_raise(engine->stop_fd);
  pthread_mutex_lock(&engine->mutex);
  for (struct source_thread *thread = engine->sources; thread; thread = thread->next)
    source_thread_stop(thread);
  pthread_cond_broadcast(&engine->changed);
  pthread_mutex_unlock(&engine->mutex);
}

/* They may need the committer to finish: they wait for room, or for what they pushed. */
static void wait_for_sources(struct engine *engine) {
  pthread_mutex_lock(&engine->mutex);
  const struct source_thread *thread = engine->sources;
  while (thread)
    if (thread->stage == SOURCE_FINISHED) {
      thread = thread->next;
    } else {
      pthread_cond_wait(&engine->changed, &engine->mutex);
      thread = engine->sources;
    }
  pthread_mutex_unlock(&engine->mutex);
}

bool engine_halt(struct engine *engine) {
  if (engine->halted)
    return engine->ok;
  engine->halted = true;
  stop_sources(engine);
  if (engine->commit_started) {
    wait_for_sources(engine);
    pipeline_close(engine->pipeline);
    pthread_join(engine->commit_thread, NULL);
  }
  engine->ok = atomic_load(&engine->failed) == 0 && atomic_load(&engine->attached);
  return engine->ok;
}

void engine_count(const struct engine *engine, struct commit_counts *counts) {
  committer_count(engine->committer, counts);
}

void engine_deliver(struct engine *engine, int64_t most_us) {
  delivery_end(engine->delivery, most_us);
}

int engine_delivered_fd(const struct engine *engine) {
  return delivery_ended_fd(engine->delivery);
}

void engine_health(const struct engine *engine, struct engine_health *health) {
  *health = (struct engine_health){
      .beat_age_us = clock_monotonic() - atomic_load(&engine->last_beat),
      .commits = atomic_load(&engine->commits),
      .attached = atomic_load(&engine->attached),
      .ending = atomic_load(&engine->stop),
      .sources_running = atomic_load(&engine->running),
      .sources_failed = atomic_load(&engine->failed),
  };
}

void engine_count_deliveries(const struct engine *engine, struct delivery_counts *counts) {
  delivery_count(engine->delivery, counts);
}

void engine_free(struct engine *engine) {
  if (!engine)
    return;
  engine_halt(engine);
  engine_health_end(engine);
  delivery_free(engine->delivery);
  while (engine->sources) { /* before the pipeline, which the last one to finish closes */
    struct source_thread *thread = engine->sources;
    engine->sources = thread->next;
    source_thread_free(thread);
  }
  pipeline_free(engine->pipeline);
  retention_free(engine->retention);
  alarms_free(engine->alarms);
  committer_free(engine->committer);
  held_setup_release(engine->pending);
  held_setup_release(engine->in_use);
  held_setup_release(engine->setup);
  commit_metrics_close(&engine->metrics);
  notes_free(engine->notes);
  store_close(engine->commit_store);
  store_close(engine->delivery_store);
  state_lock_release(&engine->state_lock);
  source_locks_free(engine->locks);
  health_free(engine->health);
  pthread_cond_destroy(&engine->changed);
  pthread_mutex_destroy(&engine->mutex);
  close(engine->stop_fd);
  close(engine->ended_fd);
  token_seal_free(engine->seal);
  free(engine->state_path);
  free(engine);
}
