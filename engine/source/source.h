/*
 * The room source says what a source is; its inner rooms hold the kinds.
 *
 * Sources: configured places that records come from. A kind is one file with one static struct
 * source_type, and one line in source_kinds.c.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/arena.h"
#include "base/log/log.h"
#include "base/settings/kind.h"
#include "event/batch/batch.h"
#include "event/event.h"
#include "source/intake.h"

#include <stdatomic.h>

struct source_locks;

/* Where a running source's batches go. Any thread of the source may call. */
struct source_output {
  void *context;
  /* Takes the batch (always), and reports its fate to batch.committed. Waits while the pipeline is
   * full. False: stop now. */
  bool (*push)(void *context, struct batch *batch);
  /* Waits until everything that this source pushed is committed. False: stop now. */
  bool (*drain)(void *context);
  /* What of it is committed, since the source's run began. NULL: nobody counts. */
  struct batch_counts (*counts)(void *context);
};

/*
 * What a source remembers from one run to the next: the little that it may see of the store. Any
 * thread of the source may call; calls take turns. Each returns false with the reason when the
 * store cannot be read or written.
 */
struct source_memory {
  void *context;
  /* How far the source was read: the checkpoint of its last batch that is durable, in the source's
   * own words. It replaces what was in `out`; *found = false when there is none. */
  bool (*checkpoint)(void *context, struct buffer *out, bool *found, struct error *error);
  /* Calls `each` with the checkpoint of every part of the source that has one
   * (batch.checkpoint_part). Texts live during the call. */
  bool (*parts)(void *context,
                void (*each)(void *each_context, struct text part, struct text checkpoint),
                void *each_context, struct error *error);
  /* An access token and when it expires, under a key that every source of one account and app
   * shares. */
  bool (*token_get)(void *context, struct text key, struct buffer *token, time_us *expires,
                    bool *found, struct error *error);
  bool (*token_set)(void *context, struct text key, struct text token, time_us expires,
                    struct error *error);
  /* Keeps every other process, and every other memory of this one, from locking the same key until
   * token_unlock or the end of the process. Does not wait: *locked = false when another has it. One
   * key at a time. NULL: there is nobody else. */
  bool (*token_lock)(void *context, struct text key, bool *locked, struct error *error);
  void (*token_unlock)(void *context);
  bool tokens_sealed; /* what is kept of tokens cannot be read without a key */
  /* Whether a row of a re-read source is durable already; to be asked after a drain. */
  bool (*row_known)(void *context, struct text row_id, bool *known, struct error *error);
  /* Rows with an event time before `before` will not be asked for again. Forgets some of them;
   * *more = true until all are gone. Between two calls others get to write. */
  bool (*rows_forget)(void *context, time_us before, bool *more, struct error *error);
};

/* What a source does, for metrics. */
enum source_count {
  SOURCE_REQUESTS,     /* to the remote side, whatever came of them */
  SOURCE_LIMITED,      /* of these, refused because there were too many */
  SOURCE_BUDGET_WAITS, /* requests that waited for the source's own budget */
  SOURCE_COUNTS
};

/* What becomes of alerts of events that happened before a source was there. */
enum history_alerts {
  HISTORY_SUMMARY, /* held; one alert for each rule sums them up */
  HISTORY_ALL,     /* sent like any others */
  HISTORY_NONE,    /* held, and counted in the log */
  HISTORY_AUTO     /* as is usual for sources of the type (usual_history) */
};
extern const char *const history_alerts_names[]; /* ends with NULL */

struct source {
  const struct source_type *type;
  struct text id, label;
  void *options;       /* the type's options struct, arena memory of the configuration */
  int64_t quiet_after; /* microseconds without an event that raise an alarm; 0: none do */
  int history_alerts;  /* enum history_alerts, never HISTORY_AUTO */
};

/* Why a source cannot be read, for whoever has to do something about it. */
enum source_fault {
  SOURCE_FAULT_OTHER,       /* the network, the remote side, a file: it may pass */
  SOURCE_FAULT_CREDENTIALS, /* they are refused */
  SOURCE_FAULT_SCOPE,       /* they are taken, and do not allow this */
};
#define SOURCE_FAULT_COUNT 3

/*
 * Where a source reports how it is. A part is what a source reads beside others (a report); "" is
 * the source as a whole. What fails does so until the same part works, or the source starts anew.
 * Any thread of the source may call; nothing waits. Sources use the functions below, which do
 * nothing where nobody listens (NULL).
 */
struct source_health {
  void *context;
  void (*works)(void *context, const char *part);
  void (*fails)(void *context, const char *part, enum source_fault fault,
                const struct error *error);
  void (*rejects)(void *context, uint64_t requests);
  void (*compares)(void *context, int64_t ahead_us);
};

struct source_run {
  const struct source *source;
  struct source_memory memory;
  struct source_locks *locks; /* shared by all running sources; NULL when there is only this one */
  struct log *log;
  struct clock clock;
  struct source_output output;
  const struct source_intake *intake; /* of a source that takes requests; NULL: nothing is served */
  struct source_health health;
  const atomic_bool *stop; /* becomes true: finish soon */
  int stop_fd;             /* becomes readable at the same time: for poll() instead of sleeping */
  /* Counts. NULL: nobody wants to know. Any thread of the source may call. */
  void (*count)(void *count_context, enum source_count what);
  void *count_context;
  /* Takes source_wait's place, for who has a time of its own (tests). NULL: time passes by itself.
   */
  bool (*wait)(void *wait_context, int64_t duration_us);
  void *wait_context;
  /* A source that takes requests does so. NULL: nobody waits for that. */
  void (*receives)(void *receives_context);
  void *receives_context;
  /* 0, or the moment of the past at which a source that reads once does so: what it reads ends
   * there. What has to do with waiting and with tokens goes by the clock. */
  time_us moment;
};

/* Who wants to know what a source can reach. */
struct source_probe {
  /* One thing was tried: `what`, and what was found, or why not (NULL: it went well). */
  void (*step)(void *context, const char *what, const char *found, const struct error *error);
  void *context;
};

/* How a kind of source reads days of its past once more. Any thread. */
struct source_past {
  /* Whether the days from `from` to `to` (their beginnings, in UTC; both belong to it) can be read
   * at `now`. False with the reason, and what can. */
  bool (*check)(const void *options, time_us from, time_us to, time_us now, struct error *error);
  /* Options, in memory of the arena, with which `run` reads these days, at the moment
   * source_run.moment, and ends. What they point to is that of the options given. */
  void *(*options)(const void *options, time_us from, time_us to, struct arena *arena);
  /* How much of it is done by the checkpoint of such a run, in millionths. */
  int64_t (*share)(const void *options, struct text checkpoint, time_us from, time_us to);
};

struct source_type {
  struct kind kind; /* first, for source_type_of */
  /* Reads until it is asked to stop, or until there is nothing more to read. Faults of the remote
   * side are logged and tried again; false only for what trying again cannot fix. */
  bool (*run)(const struct source_run *run, struct error *error);
  /* Tries once whether the remote side can be read, and reports each step. Of the run it may use
   * the tokens of `memory`, the log and the clock. NULL: there is nothing to try. */
  void (*probe)(const struct source_run *run, const struct source_probe *probe);
  /* What would keep a source with these options from its records if it ran at this moment, as far
   * as the machine alone shows, for `check` to warn of. True with the reason. NULL: nothing shows.
   */
  bool (*doubt)(const void *options, struct error *reason);
  /* Where a source with these options takes requests over HTTP, at how many paths. NULL: nowhere.
   */
  size_t (*takes)(const void *options, struct intake_route routes[INTAKE_ROUTES_MAX]);
  /* Whether a probe with these options needs the tokens that are kept, and may renew them. NULL: it
   * gets its own. */
  bool (*probes_with_tokens)(const void *options);
  /* The log types that it may bring (for `check`); ends with NULL; NULL: any. */
  const char *const *log_types;
  /* How its past is read once more. NULL: it cannot be. */
  const struct source_past *past;
  /* Whether a source with these options goes on with what is new, so that what it finds at first is
   * history. NULL: it does not. */
  bool (*goes_on)(const void *options);
  /* What HISTORY_AUTO is for it: a remote side that has kept months is HISTORY_SUMMARY. What
   * somebody puts into a file is there to be looked at: HISTORY_ALL. */
  enum history_alerts usual_history;
  /* As those of its batches: what was a dead letter is remembered like the rest when it is retried.
   */
  bool rereads, resends;
  /* Whether a source with these options brings events of the log type. NULL: any. */
  bool (*brings)(const void *options, struct text log_type);
};

/* Whether both are the same source, configured in the same way, so that one may go on as the other.
 */
bool source_equal(const struct source *a, const struct source *b);

static inline const struct source_type *source_type_of(const struct kind *kind) {
  return (const struct source_type *)kind;
}

/*
 * Locks by name, for what several sources of one process may only do one at a time (renewing the
 * token of an account that they share). One set is made by who runs the sources, before the first
 * starts, and freed after the last ended.
 */
struct source_locks *source_locks_new(void);
void source_locks_free(struct source_locks *locks); /* NULL is fine */

/* Waits for the lock of this name. NULL locks: nothing is locked. */
void source_lock(struct source_locks *locks, struct text name);
void source_unlock(struct source_locks *locks, struct text name);

/* Memory of `size` bytes, zeroed at first, that sources share under the name of a lock, and as long
 * as the locks are there; the size is the same for every user of a name. To be called and used with
 * the lock held. NULL when there are no locks. */
void *source_shared(struct source_locks *locks, struct text name, size_t size);

/* What of the run is committed so far; zero when nobody counts. */
struct batch_counts source_counts(const struct source_run *run);

/* The part was read: it works, whether or not there was something new. */
void source_works(const struct source_run *run, const char *part);
/* It could not be, with the reason in words that a person can act on. */
void source_fails(const struct source_run *run, const char *part, enum source_fault fault,
                  const struct error *error);
/* So many requests came whose signature is not right: they may be forged, or the secret wrong. */
void source_rejects(const struct source_run *run, uint64_t requests);
/* What the remote side says the time is, in an answer to a request that was made at `asked_at`:
 * TIME_NONE: it does not say. The time that the answer took is no difference. */
void source_compares(const struct source_run *run, time_us asked_at, time_us remote);

/* A source that takes requests does so from now on: one whose place it takes may go. */
void source_receives(const struct source_run *run);

/* Counts one, if somebody wants to know. */
void source_count(const struct source_run *run, enum source_count what);

/* Waits until `until_us` from now, or until the run is asked to stop: then false. */
bool source_wait(const struct source_run *run, int64_t until_us);

#endif
