#include "daemon/engine.h"

#include "base/memory.h"
#include "daemon/source_store.h"
#include "daemon/state_lock.h"
#include "detect/notes.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Between attempts to commit to a store that cannot be written. */
#define COMMIT_RETRY_FIRST_US US_PER_SECOND
#define COMMIT_RETRY_MOST_US (30 * US_PER_SECOND)

/*
 * Results that are committed together: as many as there are, within these limits. The first one
 * waits this long for those that are being worked on. A commit costs a write to the disk and the
 * pages that every batch changes, so it is shared; what is inside is read again after a crash, and
 * sources wait for it, so it is bounded.
 */
#define GROUP_BATCHES_MAX 8
#define GROUP_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define GROUP_WAIT_US (20 * US_PER_MS)
/* Calls of stateful rules within a transaction, which other writers of the store wait for. They
 * take microseconds as a rule, but a slow one is to delay no more than a batch or two. */
#define GROUP_DEFERRED_MAX 4096

/* Retention deletes this many rows at a time, between batches, so that no commit waits long. */
#define PRUNE_ROWS 2000
#define PRUNE_EVERY_US US_PER_MINUTE

struct source_thread {
  struct engine *engine;
  const struct source *source;
  struct batch_source *batches; /* what its batches say of it */
  struct store *store;
  struct source_store *memory;
  pthread_t thread;
  bool started, failed;
};

struct engine {
  struct engine_options options;
  struct store *commit_store, *delivery_store;
  struct pipeline *pipeline;
  struct committer *committer;
  struct notes *notes; /* told already */
  struct delivery *delivery;
  struct source_thread *sources;
  struct source_locks *locks;
  pthread_t commit_thread;
  bool commit_started;
  atomic_bool stop;      /* sources: finish soon */
  int stop_fd, ended_fd; /* eventfds */
  int state_lock;
  atomic_size_t running; /* sources */
  time_us next_prune;
};

static void signal_fd(int fd) {
  uint64_t one = 1;
  ssize_t written;
  do
    written = write(fd, &one, sizeof one);
  while (written < 0 && errno == EINTR);
}

static bool output_push(void *context, struct batch *batch) {
  struct source_thread *thread = context;
  struct engine *engine = thread->engine;
  return pipeline_push(engine->pipeline, thread->batches, batch) && !atomic_load(&engine->stop);
}

static bool output_drain(void *context) {
  struct source_thread *thread = context;
  return pipeline_drain(thread->engine->pipeline, thread->batches);
}

static void *run_source(void *argument) {
  struct source_thread *thread = argument;
  struct engine *engine = thread->engine;
  const struct source_run run = {
      .source = thread->source,
      .memory = source_store_memory(thread->memory),
      .locks = engine->locks,
      .log = engine->options.log,
      .clock = engine->options.clock,
      .output = {thread, output_push, output_drain},
      .stop = &engine->stop,
      .stop_fd = engine->stop_fd,
  };
  struct error error = ERROR_NONE;
  if (!thread->source->type->run(&run, &error) && !atomic_load(&engine->stop)) {
    thread->failed = true;
    LOG_ERROR(engine->options.log, "a source has stopped", LOG_TEXT("source", thread->source->id),
              LOG_ERROR_LINE(&error));
  }
  if (atomic_fetch_sub(&engine->running, 1) == 1)
    pipeline_close(engine->pipeline);
  return NULL;
}

static void prune(struct engine *engine) {
  const struct engine_options *options = &engine->options;
  time_us now = clock_now(&options->clock);
  if (now < engine->next_prune)
    return;
  struct error error = ERROR_NONE;
  int64_t rows = 0, alerts = 0, entries = 0;
  if ((options->retention > 0 &&
       !store_prune(engine->commit_store, now - options->retention, PRUNE_ROWS, &rows, &error)) ||
      (options->alert_retention > 0 &&
       !store_alert_prune(engine->commit_store, now - options->alert_retention, PRUNE_ROWS, &alerts,
                          &error)) ||
      !committer_prune(engine->committer, &entries, &error))
    LOG_WARN(options->log, "what is past its retention could not be deleted",
             LOG_ERROR_LINE(&error));
  engine->next_prune = rows + alerts + entries > 0 ? now : now + PRUNE_EVERY_US;
}

struct commit_group {
  struct batch_result *results[GROUP_BATCHES_MAX];
  size_t count, bytes;
  size_t matches, deferred;
};

static void group_add(struct commit_group *group, struct batch_result *result) {
  group->results[group->count++] = result;
  group->bytes += result->memory;
  group->matches += result->match_count;
  group->deferred += result->deferred_count;
}

/* False after the last one. */
static bool group_take(struct engine *engine, struct commit_group *group) {
  *group = (struct commit_group){.count = 0};
  struct batch_result *result = pipeline_next(engine->pipeline);
  if (!result)
    return false;
  group_add(group, result);
  time_us until = clock_monotonic() + GROUP_WAIT_US;
  while (group->count < GROUP_BATCHES_MAX && group->bytes < GROUP_BYTES_MAX &&
         group->deferred < GROUP_DEFERRED_MAX &&
         (result = pipeline_next_soon(engine->pipeline, until)) != NULL)
    group_add(group, result);
  return true;
}

/* Commits, or tries again until it works or the engine is stopped: the batches are then read again
 * after the next start. */
static bool commit_until_done(struct engine *engine, const struct commit_group *group) {
  int64_t wait = COMMIT_RETRY_FIRST_US;
  for (;;) {
    struct error error = ERROR_NONE;
    if (committer_commit(engine->committer, group->results, group->count, &error))
      return true;
    LOG_ERROR(engine->options.log, "a batch could not be committed; nothing is lost, trying again",
              LOG_ERROR_LINE(&error));
    struct pollfd stopped = {.fd = engine->stop_fd, .events = POLLIN};
    poll(&stopped, 1, (int)(wait / US_PER_MS));
    if (atomic_load(&engine->stop))
      return false;
    wait = wait * 2 < COMMIT_RETRY_MOST_US ? wait * 2 : COMMIT_RETRY_MOST_US;
  }
}

static void log_notes(struct engine *engine, const struct problems *notes) {
  time_us now = clock_monotonic();
  for (size_t i = 0; i < notes->count; i++)
    if (notes_is_new(engine->notes, &notes->items[i], now))
      LOG_WARN(engine->options.log, "a rule's function failed", LOG_ERROR_LINE(&notes->items[i]));
}

static void log_lookup_problems(struct engine *engine, const struct problems *problems) {
  for (size_t i = 0; i < problems->count; i++)
    LOG_ERROR(engine->options.log, "a lookup table was not read again; the old one stays",
              LOG_ERROR_LINE(&problems->items[i]));
}

static void *run_commits(void *argument) {
  struct engine *engine = argument;
  struct commit_group group;
  while (group_take(engine, &group)) {
    for (size_t i = 0; i < group.count; i++) {
      log_notes(engine, &group.results[i]->notes.kept);
      log_lookup_problems(engine, &group.results[i]->lookup_problems);
    }
    bool committed = commit_until_done(engine, &group);
    log_notes(engine, committer_notes(engine->committer));
    if (committed && group.matches + group.deferred > 0)
      delivery_wake(engine->delivery);
    if (!committed)
      pipeline_abandon(engine->pipeline);
    for (size_t i = 0; i < group.count; i++)
      pipeline_done(engine->pipeline, group.results[i], committed);
    prune(engine);
  }
  signal_fd(engine->ended_fd);
  return NULL;
}

static void engine_free(struct engine *engine) {
  pipeline_free(engine->pipeline);
  committer_free(engine->committer);
  notes_free(engine->notes);
  for (size_t i = 0; i < engine->options.source_count; i++) {
    source_store_free(engine->sources[i].memory);
    store_close(engine->sources[i].store);
    batch_source_release(engine->sources[i].batches);
  }
  store_close(engine->commit_store);
  store_close(engine->delivery_store);
  state_lock_release(engine->state_lock);
  detection_release(engine->options.detection);
  close(engine->stop_fd);
  close(engine->ended_fd);
  source_locks_free(engine->locks);
  free(engine->sources);
  free(engine);
}

static bool open_stores(struct engine *engine, struct error *error) {
  const char *path = engine->options.state_path;
  engine->commit_store = store_open(path, error);
  engine->delivery_store = engine->commit_store ? store_open(path, error) : NULL;
  bool ok = engine->delivery_store != NULL;
  for (size_t i = 0; ok && i < engine->options.source_count; i++) {
    const struct source *source = &engine->options.sources[i];
    engine->sources[i] =
        (struct source_thread){.engine = engine,
                               .source = source,
                               .batches = batch_source_new(source->id, source->label),
                               .store = store_open(path, error)};
    ok = engine->sources[i].store != NULL;
    if (ok)
      engine->sources[i].memory = source_store_new(engine->sources[i].store, source->id);
  }
  return ok;
}

static bool start_pipeline(struct engine *engine, struct error *error) {
  const struct engine_options *options = &engine->options;
  const struct pipeline_options pipeline = {
      .detection = options->detection,
      .list_events = options->keep_events,
      .workers = options->workers,
      .held = GROUP_BATCHES_MAX,
  };
  const struct committer_options committer = {
      .store = engine->commit_store,
      .sources = options->sources,
      .source_count = options->source_count,
      .destinations = options->destinations,
      .destination_count = options->destination_count,
      .keep_events = options->keep_events,
      .log = options->log,
      .clock = options->clock,
  };
  engine->pipeline = pipeline_new(&pipeline, error);
  engine->committer = engine->pipeline ? committer_new(&committer) : NULL;
  return engine->committer != NULL;
}

static bool start_delivery(struct engine *engine, struct error *error) {
  const struct delivery_options delivery = {
      .destinations = engine->options.destinations,
      .destination_count = engine->options.destination_count,
      .store = engine->delivery_store,
      .log = engine->options.log,
      .clock = engine->options.clock,
      .console = engine->options.console,
  };
  engine->delivery = delivery_start(&delivery, error);
  return engine->delivery != NULL;
}

static bool start_threads(struct engine *engine, struct error *error) {
  if (pthread_create(&engine->commit_thread, NULL, run_commits, engine) != 0)
    return error_set(error, "cannot start the committer: the system gives no more threads");
  engine->commit_started = true;
  atomic_store(&engine->running, engine->options.source_count);
  for (size_t i = 0; i < engine->options.source_count; i++) {
    struct source_thread *thread = &engine->sources[i];
    if (pthread_create(&thread->thread, NULL, run_source, thread) != 0)
      return error_set(error, "cannot start source '%.*s': the system gives no more threads",
                       TEXT_ARGS(thread->source->id));
    thread->started = true;
  }
  return true;
}

struct engine *engine_start(const struct engine_options *options, struct error *error) {
  struct engine *engine = memory_alloc(sizeof *engine);
  engine->options = *options;
  engine->notes = notes_new();
  engine->state_lock = -1;
  detection_hold(options->detection);
  engine->sources = memory_alloc_array(options->source_count + 1, sizeof *engine->sources);
  engine->locks = source_locks_new();
  engine->stop_fd = eventfd(0, EFD_CLOEXEC);
  engine->ended_fd = eventfd(0, EFD_CLOEXEC);
  if (engine->stop_fd < 0 || engine->ended_fd < 0) {
    error_set(error, "cannot start: the system gives no more file descriptors");
    engine_free(engine);
    return NULL;
  }
  if (!state_lock_take(options->state_path, &engine->state_lock, error) ||
      !open_stores(engine, error) || !start_pipeline(engine, error) ||
      !start_delivery(engine, error)) {
    engine_free(engine);
    return NULL;
  }
  if (!start_threads(engine, error)) {
    engine_stop(engine, false, 0, NULL);
    return NULL;
  }
  return engine;
}

void engine_replace(struct engine *engine, struct detection *detection) {
  pipeline_replace(engine->pipeline, detection);
}

int engine_ended_fd(const struct engine *engine) {
  return engine->ended_fd;
}

bool engine_stop(struct engine *engine, bool deliver, int64_t deliver_us,
                 struct commit_counts *counts) {
  bool ok = true;
  atomic_store(&engine->stop, true);
  signal_fd(engine->stop_fd);
  for (size_t i = 0; i < engine->options.source_count; i++)
    if (engine->sources[i].started) {
      pthread_join(engine->sources[i].thread, NULL);
      ok = ok && !engine->sources[i].failed;
    }
  pipeline_close(engine->pipeline);
  if (engine->commit_started)
    pthread_join(engine->commit_thread, NULL);
  delivery_stop(engine->delivery, deliver, deliver_us);
  if (counts)
    committer_count(engine->committer, counts);
  engine_free(engine);
  return ok;
}
