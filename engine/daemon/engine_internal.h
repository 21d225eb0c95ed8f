/*
 * What the engine's files share: engine.c is its life and its callers' side, engine_setup.c what a
 * configuration says, engine_source.c the sources' threads, engine_commit.c the committer's thread,
 * engine_health.c what others are to know of it.
 */
#ifndef DAEMON_ENGINE_INTERNAL_H
#define DAEMON_ENGINE_INTERNAL_H

#include "daemon/engine.h"
#include "daemon/health/alarms.h"
#include "daemon/letter_retry.h"
#include "daemon/metrics.h"
#include "daemon/retention.h"
#include "daemon/source_store.h"
#include "daemon/state_lock.h"
#include "daemon/token_seal.h"

#include <pthread.h>

/* ---- setups (engine_setup.c) ---- */

/* A setup, counted: each running source, the committer and delivery hold the one that they use. */
struct held_setup {
  struct engine_setup setup;
  atomic_int references;
};

/* Takes the setup over and holds its detection. One reference is the caller's. */
struct held_setup *held_setup_new(const struct engine_setup *setup);
struct held_setup *held_setup_hold(struct held_setup *held);
void held_setup_release(struct held_setup *held); /* NULL is fine */

/* What of it concerns the committer, and the alarms. */
struct retention_times engine_retention_times(const struct engine_setup *setup);
struct committer_setup engine_committer_setup(const struct engine_setup *setup);
struct alarms_setup engine_alarms_setup(const struct engine_setup *setup);

/* ---- sources (engine_source.c) ---- */

enum source_stage {
  SOURCE_CREATED, /* its thread waits to be let go */
  SOURCE_LET_GO,
  SOURCE_CANCELLED, /* never let go: its thread ends at once */
  SOURCE_FINISHED   /* its thread has nothing more to do than to end */
};

/* A source that runs, or is to end. */
struct source_thread {
  struct source_thread *next; /* in the engine's list; guarded by the engine's mutex */
  struct engine *engine;
  struct held_setup *setup; /* whose memory the source's options are; NULL: the engine's own */
  const struct source *source;
  struct batch_source *batches; /* what its batches say of it */
  struct store *store;
  struct source_store *memory;
  struct health_source *health; /* NULL: the engine's own */
  pthread_t thread;
  atomic_bool stop; /* finish soon */
  int stop_fd;      /* an eventfd: readable at the same time */

  /* Guarded by the engine's mutex: */
  enum source_stage stage;
  bool retired;    /* the setup in use does not have the source as it is */
  bool hands_over; /* retired, and goes on until the one that takes its place receives requests */
  bool receives;   /* takes requests */

  bool in_background; /* the engine does not wait for its end; set before it is let go */
};

/* Creates the thread, which waits to be let go. Setup NULL: the source is the engine's own. NULL
 * with the reason. */
struct source_thread *source_thread_new(struct engine *engine, struct held_setup *setup,
                                        const struct source *source, struct error *error);
/* For one that is not to run: ends and releases it. */
void source_thread_cancel(struct source_thread *thread);
/* Waits for its end and releases it; it is in no list. */
void source_thread_free(struct source_thread *thread);

/* With the engine's mutex held, and `changed` broadcast behind it: */
/* Adds it to the list and lets it run, once every retired thread of the same id is gone, or hands
 * over to it. */
void source_thread_let_go(struct source_thread *thread);
void source_thread_stop(struct source_thread *thread); /* asks it to finish soon */
/* The setup in use does not have its source as it is any more: asks it to finish soon, or, if both
 * take requests, as soon as `next`, which takes its place, receives them. NULL: none does. */
void source_thread_retire(struct source_thread *thread, const struct source_thread *next);

/* Releases retired threads that have finished and of whose batches none is inside any more. The
 * committer's thread. */
void engine_reap_sources(struct engine *engine);

/* ---- days that are read once more (backfill.c) ---- */

/* A source of the engine's own: its options are the engine. Runs until it is asked to stop. */
extern const struct source_type backfill_source;

/* ---- the engine ---- */

/* Results in one transaction at most; the pipeline lends as many at a time. */
#define ENGINE_GROUP_BATCHES_MAX 8

struct engine {
  struct engine_options options;
  char *state_path; /* the options' */
  struct token_seal *seal;
  struct store *commit_store, *delivery_store;
  struct pipeline *pipeline;
  struct committer *committer;
  struct notes *notes; /* reported already */
  struct delivery *delivery;
  struct source_locks *locks;
  struct health *health;
  time_us started_at;
  pthread_t commit_thread;
  bool commit_started, halted, ok;
  int stop_fd, ended_fd; /* eventfds; stop_fd: readable once all sources are to end */
  struct state_lock state_lock;
  struct held_setup *setup; /* the one that was taken over last; written by the thread that calls,
                               with the mutex held */
  struct source letters;    /* the engine's own: dead letters that are to be retried */
  struct source backfills;  /* the engine's own: days that are to be read once more */

  /* The committer thread's own. */
  struct held_setup *in_use;
  time_us next_beat; /* monotonic */
  uint64_t queued;   /* deliveries that delivery was woken for */
  struct retention *retention;
  bool training_fails; /* was reported */
  struct commit_metrics metrics;
  time_us last_save; /* of how everything is; monotonic */
  uint64_t changes;  /* of health that were saved */
  bool save_fails;   /* was reported */
  struct alarms *alarms;
  struct alarms_moment moment;  /* of the last look */
  time_us disk_next, look_next; /* monotonic: when the disk, and alarms, are looked at again */

  atomic_bool stop;     /* everything is to end */
  atomic_bool complete; /* all that starts has been started */
  atomic_bool commits, attached;
  atomic_int_fast64_t last_beat; /* monotonic */
  atomic_size_t running, failed; /* sources */

  pthread_mutex_t mutex;
  pthread_cond_t changed;        /* a source's stage, or a retired source went */
  struct source_thread *sources; /* the list; guarded by the mutex */
  struct held_setup *pending;    /* for the committer; guarded by the mutex */
};

/* The committer's thread (engine_commit.c). */
void *engine_run_commits(void *argument); /* the engine */

/* Writes how the daemon and its sources are, when that is due (engine_health.c). The committer's
 * thread. */
void engine_health_beat(struct engine *engine, time_us now);
/* Looks whether alarms begin or end; true: some did, and that is committed. The committer's thread.
 */
bool engine_health_look(struct engine *engine);
/* Sets the gauges of alarms that have begun. */
void engine_health_count(struct engine *engine);
/* Writes how everything is for the last time, when that thread has ended and no source was
 * released. */
void engine_health_end(struct engine *engine);

#endif
