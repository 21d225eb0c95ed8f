/*
 * The room detect turns batches into matches, and its inner rooms turn matches into alerts.
 *
 * The pipeline: batches in from any number of threads, results out in the order in which the
 * batches came, N workers between. Workers share nothing but the two ends: each has its own Lua
 * state, JSON parser and scratch.
 *
 *   push ──▶ bounded ──▶ worker × N ──▶ in order ──▶ next / done
 *
 * A full pipeline makes pushers wait; nothing is dropped. So does one that holds much memory:
 * records may be large, and every record of a batch may match. Workers begin no further batch then,
 * either, until some were given back.
 *
 * Any thread may push, drain, wake, close, abandon and replace; one thread takes results.
 */
#ifndef DETECT_PIPELINE_H
#define DETECT_PIPELINE_H

#include "base/log/log.h"
#include "detect/detection.h"
#include "detect/schema_faults.h"
#include "detect/window/match.h"
#include "event/batch/batch.h"

#include <stdatomic.h>

struct kept_event {
  char row_id[ROW_ID_SIZE + 1]; /* "" unless asked for */
  struct text log_type, record; /* record: within the batch's bytes */
  time_us event_time;
};

/* By what an event can be found in the archive. */
struct event_indicator {
  uint64_t number; /* indicator_number */
  uint32_t event;  /* index of the event */
};

struct dead_letter {
  char row_id[ROW_ID_SIZE + 1]; /* of the raw bytes */
  struct text record, log_type, error;
  struct text reason; /* the error without what comes from the record */
  uint64_t occurrence;
  uint64_t number; /* 1-based place among the batch's records */
};

/* A stateful rule whose `where` holds on an event, or a rule with questions that the event passes:
 * its functions are still to be run, its questions to be asked, by who takes the result
 * (detect/stateful/stateful.h). */
struct deferred_rule {
  const struct rule *rule;
  /* For each of the rule's questions what it is asked, so that a record is read again only when
   * the answers are yes; NULL: it has none. In the result's arena. */
  const struct question_asked *asked;
  size_t matches_before; /* of the result's matches; the others come after this rule's */
};

/* An event for which rules are deferred. */
struct deferred_event {
  struct text record; /* within the batch's bytes */
  time_us event_time;
  uint64_t occurrence;
  size_t event_index;  /* within the batch result, as a match's */
  uint32_t rule_count; /* of the result's deferred rules, which are in the order of the events */
  bool has_functions;  /* some of them are stateful */
};

/* Calls that one result may defer. A batch of ordinary records stays far below: only very many tiny
 * records that all stateful rules want reach it. The others are left out, counted, and reported as
 * a rule error. */
#define DEFERRED_MAX 250000

/* What a batch became. Owned by whoever took it from pipeline_next; given back by pipeline_done. */
struct batch_result {
  struct batch *batch;
  bool lists_events; /* `events` is filled, and dead letters have row ids */
  bool lists_indicators;
  struct detection *detection;        /* holds the rules that matches point to */
  struct arena arena;                 /* owns the texts of matches and dead letters */
  struct kept_event *events;          /* every event; only when events are listed */
  struct event_indicator *indicators; /* of these, in their order; only when they are listed, too */
  struct match *matches;
  struct deferred_rule *deferred;
  struct deferred_event *deferred_events; /* those of `deferred` */
  struct lookup_set *lookups; /* held for them: the tables that the worker saw; NULL = none */
  struct dead_letter *dead_letters;
  struct match_notes notes;        /* what optional rule functions did wrong */
  struct problems lookup_problems; /* why a changed table was not read */
  struct problems unread;          /* why the batch's lines could not be read from their file */
  size_t event_count, indicator_count, match_count, deferred_count, deferred_event_count,
      dead_letter_count;             /* items in the arrays */
  uint64_t records, events_seen;     /* counts, whether listed or not */
  uint64_t repeated;                 /* records that were known before; the committer's */
  uint64_t dropped_calls;            /* of stateful rules, past DEFERRED_MAX */
  uint64_t repeated_keys, cut_lists; /* of events, as in event/event.h */
  struct schema_fault_list faults;
  time_us latest; /* the latest event time that moves time (event_moves_time); TIME_NONE: there is
                     none */
  size_t event_capacity, indicator_capacity, match_capacity, deferred_capacity,
      deferred_event_capacity, dead_letter_capacity;
  uint64_t sequence;
  size_t memory; /* bytes that it holds, its batch's with them */
};

struct pipeline_options {
  struct detection *detection; /* held by the pipeline */
  struct text log_type;        /* of all records, when given from outside */
  bool unchecked;              /* no schema */
  struct text time_field;      /* as in event_typing */
  bool list_events;            /* fill batch_result.events, with row ids; always done for batches of
                                  records that may come again */
  bool list_indicators;        /* and batch_result.indicators */
  unsigned workers;            /* at least 1 */
  unsigned held;       /* results that may be taken and not done while work goes on (0: 1) */
  size_t deferred_max; /* calls that a result may defer (0: DEFERRED_MAX) */
  bool brief_matches;  /* matches may be brief, for who makes those whole that open alerts */
  /* Workers leave out the rest of their batches when the time is over (by clock_monotonic; 0: it
   * never is) or the flag is set (by any thread; NULL: it never is), for who wants none of it then:
   * a costly rule may need minutes for a batch. */
  time_us stop_at;
  const atomic_bool *stopped;
};

struct pipeline;

/* Starts the workers. NULL with the reason. */
struct pipeline *pipeline_new(const struct pipeline_options *options, struct error *error);
/* Ends the workers; results not taken are released. All pushers must be done. NULL is fine. */
void pipeline_free(struct pipeline *pipeline);

/* Takes the batch, always, and holds its source. Waits while the pipeline is full. False when it is
 * closed; the batch was freed then. */
bool pipeline_push(struct pipeline *pipeline, struct batch_source *source, struct batch *batch);

/* No more batches. What is inside is still worked off. */
void pipeline_close(struct pipeline *pipeline);
/* The same, and forgets what is inside: pushers and drainers return false. */
void pipeline_abandon(struct pipeline *pipeline);

/* The next result in order; waits. NULL after the last one of a closed pipeline. */
struct batch_result *pipeline_next(struct pipeline *pipeline);
/* The same, but waits at most until `until` (by clock_monotonic), and no longer than until the next
 * pipeline_wake. NULL: there is none yet, or (*ended) the pipeline is closed and was worked off. */
struct batch_result *pipeline_next_before(struct pipeline *pipeline, time_us until, bool *ended);
/* Lets pipeline_next_before return, also when it is called only later. */
void pipeline_wake(struct pipeline *pipeline);
/* The same for one more of a group: waits at most until `until` (by clock_monotonic), and only for
 * a batch that is inside already. NULL when there is none by then. */
struct batch_result *pipeline_next_soon(struct pipeline *pipeline, time_us until);
/* Whether the next result is ready to be taken. */
bool pipeline_is_ready(struct pipeline *pipeline);
/* The result is committed (`durable`), or it never will be: settles its batch, releases it, and
 * lets drainers know. */
void pipeline_done(struct pipeline *pipeline, struct batch_result *result, bool durable);

/* Waits until every batch that this source pushed is done. False when the pipeline was abandoned:
 * some may not be committed. */
bool pipeline_drain(struct pipeline *pipeline, const struct batch_source *source);

/* What of this source is durable, since it was made. */
struct batch_counts pipeline_count(struct pipeline *pipeline, const struct batch_source *source);

/* Whether none of this source's batches is inside. */
bool pipeline_is_drained(struct pipeline *pipeline, const struct batch_source *source);

/* Batches pushed from now on are worked with this detection (held by the pipeline), and their
 * events and indicators are listed or not. Each worker changes over with its first such batch. */
void pipeline_replace(struct pipeline *pipeline, struct detection *detection, bool list_events,
                      bool list_indicators);

#endif
