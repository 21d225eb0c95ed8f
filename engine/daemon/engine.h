/*
 * The room daemon runs everything: it owns the threads, and swaps what they work with at a reload.
 *
 * The engine: sources, pipeline, committer and delivery put together and running. `margay run` and
 * `margay demo` start one; everything about threads is in here.
 *
 * The life of an engine, with what may be called when, always by the one thread that started it:
 *
 *   engine_open ─▶ open ─ engine_begin ─▶ running ─ engine_halt ─▶ halted ─ engine_deliver…
 *                                          │    ▲                               ▼
 *                                          └────┘ engine_reload   engine_free ◀─ delivered
 *
 * Of an engine that is merely open only engine_begin and engine_free may be called. engine_halt
 * ends what reads and commits; deliveries go on until engine_deliver's time is over or nothing is
 * left to send. engine_free may be called in any state: it halts and ends at once.
 */
#ifndef DAEMON_ENGINE_H
#define DAEMON_ENGINE_H

#include "base/counters/counters.h"
#include "daemon/commit/commit.h"
#include "daemon/health/alarm_kind.h"
#include "daemon/intake.h"
#include "delivery/delivery.h"

struct engine;

/*
 * What a configuration says that a running engine can take over. What the pointers lead to must
 * live until `release` is called, once, by any thread of the engine, when nothing uses it any more;
 * NULL: it outlives the engine.
 */
struct engine_setup {
  const struct source *sources;
  size_t source_count;
  const struct destination *destinations;
  size_t destination_count;
  const struct route *routes; /* in their order */
  size_t route_count;
  struct detection *detection; /* held by the engine as long as it is used */
  bool keep_events, index_events, compress_events;
  int64_t retention, alert_retention;         /* microseconds; 0: for ever */
  const struct log_type_retention *log_types; /* whose events are kept for another time */
  size_t log_type_count;
  int64_t max_size;            /* bytes of the state file; 0: any */
  struct health_limits health; /* when alarms are on */
  void (*release)(void *owner);
  void *owner;
};

/* What stays as it is until the engine ends. */
struct engine_options {
  const char *state_path;
  struct text state_key; /* daemon/token_seal.h; empty: none */
  unsigned workers;
  struct log *log;
  struct clock clock;
  FILE *console;             /* where destinations of the kind `console` print */
  struct counters *counters; /* daemon/metrics.h; must outlive the engine; NULL: nobody counts */
  struct intake_hub *intake; /* must outlive the engine; NULL: no source can take requests */
};

/* Opens the store, which no other process has then; nothing is read or sent yet. The options' log,
 * clock and console must outlive the engine; the path and the key are copied. The setup is taken
 * over. NULL with the reason: the setup is then released, too. */
struct engine *engine_open(const struct engine_options *options, const struct engine_setup *setup,
                           struct error *error);

/* Starts every thread. False with the reason: only engine_free may follow. */
bool engine_begin(struct engine *engine, struct error *error);

/* Both. NULL with the reason. */
struct engine *engine_start(const struct engine_options *options, const struct engine_setup *setup,
                            struct error *error);

/*
 * Takes over another setup while everything runs. Sources that are configured as before go on
 * undisturbed; others are stopped at a batch's end, and a changed one starts again when all that
 * it had pushed is committed. Rules and schemas hold for what is pushed from now on; routing,
 * destinations and retention from the next commit and the next delivery on. Returns at once.
 *
 * The setup is taken over. False with the reason: it is released, and everything is as it was.
 */
bool engine_reload(struct engine *engine, const struct engine_setup *setup, struct error *error);

/* The setup that was taken over last. It, and what its pointers lead to, live until it is released,
 * also after the engine. Any thread, between engine_begin and engine_free. */
const struct engine_setup *engine_setup_hold(struct engine *engine);
void engine_setup_release(const struct engine_setup *setup); /* NULL is fine */

/* Becomes readable when every source has ended by itself, or when the engine cannot go on (its
 * state file is gone): for poll(2). */
int engine_ended_fd(const struct engine *engine);

/* Stops the sources and finishes the batches inside. Waits for that. True when no source had failed
 * and the engine could go on. A second call gives the same answer. */
bool engine_halt(struct engine *engine);

/* What was committed; of a halted engine. */
void engine_count(const struct engine *engine, struct commit_counts *counts);

/* Sends what is due for at most `most_us` from now, then ends delivery. Returns at once. A later
 * call can only shorten the time. */
void engine_deliver(struct engine *engine, int64_t most_us);

/* Becomes readable when delivery has ended after engine_deliver: for poll(2). */
int engine_delivered_fd(const struct engine *engine);

/* Ends everything that still runs, without waiting for deliveries. NULL is fine. */
void engine_free(struct engine *engine);

/* How the engine is, at this moment. Any thread, at any time of its life. */
struct engine_health {
  int64_t beat_age_us; /* since the committer last went round: more than a minute means it hangs */
  bool commits;        /* the last transaction worked */
  bool attached;       /* the state file is where it was */
  bool ending;         /* halted, or on its way there */
  size_t sources_running, sources_failed;
};
void engine_health(const struct engine *engine, struct engine_health *health);

/* Brings the gauges of sources, and of the disk, up to date. Any thread, at any time of its life.
 */
void engine_health_update(struct engine *engine);

/* Appends a line for each source that has failed for good ("source 'zoom' has stopped"), and one
 * for each kind of alarm that has begun ("alarm: source_quiet"). Any thread, at any time of its
 * life. */
void engine_health_lines(struct engine *engine, struct buffer *stopped, struct buffer *alarms);

/* What delivery has done. Any thread, at any time of its life. */
void engine_count_deliveries(const struct engine *engine, struct delivery_counts *counts);

#endif
