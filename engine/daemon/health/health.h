/*
 * The room daemon/health knows how the daemon's sources are, and raises and ends alarms.
 *
 * How each source is: what it reports itself (struct source_health), and what the committer sees of
 * its batches. Kept in memory for alarms, /metrics and /readyz; what other processes show of it is
 * in the store (store_health_save), from which a daemon that starts again goes on.
 *
 * Threads: any, unless a function says otherwise; everything is under one lock that is held for
 * moments.
 */
#ifndef DAEMON_HEALTH_HEALTH_H
#define DAEMON_HEALTH_HEALTH_H

#include "detect/pipeline.h"
#include "source/source.h"
#include "store/store_health.h"

/* Parts of one source that have a place of their own; further ones share the last. */
#define HEALTH_PARTS_MAX 16
/* What is counted as a rate is counted over this time. */
#define HEALTH_RATE_US (15 * US_PER_MINUTE)

struct health;
struct health_source;

/* One for an engine. `store` may be NULL, else what it says of sources is where they go on; false
 * with the reason, and the health can be used all the same. */
struct health *health_new(struct clock clock);
bool health_load(struct health *health, struct store *store, struct error *error);
void health_free(struct health *health); /* every source was released; NULL is fine */

/* ---- for who runs sources ---- */

/* What is known of the source, by its id; two threads that run the same one after the other share
 * it. It is forgotten when nobody holds it. */
struct health_source *health_source_hold(struct health *health, const struct source *source);
void health_source_release(struct health_source *source); /* NULL is fine */

/* Where it reports; lives as long as it is held. */
struct source_health health_source_reports(struct health_source *source);

/* Its run begins: what it reported before counts no more. */
void health_source_begins(struct health_source *source);
/* Its run ended by itself, or failed for good (the error is set). */
void health_source_ends(struct health_source *source, const struct error *error);

/* A batch was committed. Retried dead letters and backfills say nothing of how a source is. */
void health_committed(struct health *health, const struct batch_result *result);

/* ---- for who asks ---- */

/* What a source is like at this moment. Texts live during the visit. */
struct health_view {
  struct store_source_health saved; /* what other processes are shown */
  bool reports;                     /* it has said something of itself in this run, */
  time_us begun_at;                 /* which began then; TIME_NONE: it did not yet */
  struct {
    bool fails;
    time_us since; /* the first of its parts that fail so */
    struct text part, error;
  } faults[SOURCE_FAULT_COUNT];
  struct text stopped;           /* why it failed for good; empty: it did not */
  int64_t dead_letters, rejects; /* within HEALTH_RATE_US */
  bool compared;                 /* the remote side said what time it is */
  int64_t ahead_us;              /* our clock is ahead of it by so much, or behind (negative) */
};

/* Calls `visit` for every source that is held, in no order. The lock is held meanwhile. */
void health_each(struct health *health,
                 void (*visit)(void *context, const struct health_view *view), void *context);

/* Grows whenever something changes that others should see soon: a fault begins or ends. */
uint64_t health_changes(struct health *health);

#endif
