/*
 * Retention: deletes what is past it, at the pace at which rows come in, and keeps the state file
 * and its log from growing without need.
 *
 * A sweep begins once a second: its moment is fixed, and everything older goes, from every part of
 * the store in turn. It goes on in slices between commits:
 *
 *  - After a commit as many rows are deleted as it brought, and a quarter more. So a backlog
 *    shrinks however fast rows come in. When there is something to commit again, it waits for one
 *    slice, and the rest is owed. Where more than RETENTION_OWED_ROWS are, commits follow each
 *    other without a pause and deletion has to have its share: the next commit then waits for at
 *    most RETENTION_ROUND_US, or where the machine is slow as long as the commit before took, but
 *    never longer than RETENTION_ROUND_MOST_US, and for one slice more.
 *  - While nothing is to be committed, slice follows slice. Between two of them there is as much
 *    time as the first one took, so that delivery and sources get to write.
 *
 * A sweep that takes longer than a minute is reported once, and once more when it is done.
 *
 * The parts and their moments: events, dead letters, matches and windows by `retention`, events of
 * the log types that are named there by `log_type_retention`, alerts
 * with their deliveries by `alert_retention`; what stateful rules and correlations remember, 30
 * days after it expired; receipts of records that may be sent again, after RECEIPTS_KEPT_US.
 *
 * Size: where the file, without what is free in it, is larger than it may be, the oldest events go,
 * whatever their log type, until it is not.
 *
 * Space: deleted rows leave room for new ones. What is free beyond a quarter of the file (and 32
 * MiB) is given back. A log that has grown beyond 64 MiB is cut, as soon as no reader holds an old
 * state of the store.
 *
 * Belongs to the committer's thread. Errors are logged; the next sweep tries again.
 */
#ifndef DAEMON_RETENTION_H
#define DAEMON_RETENTION_H

#include "base/counters/counters.h"
#include "base/log/log.h"
#include "daemon/commit/commit.h"

#define RETENTION_SLICE_ROWS 1000
#define RETENTION_SLICE_US (5 * US_PER_MS)
#define RETENTION_OWED_ROWS 10000
#define RETENTION_ROUND_US (200 * US_PER_MS)
/* Zoom sends a webhook again for 85 minutes (developers.zoom.us/blog/webhook-delays), and a clock
 * may be set in between. */
#define RECEIPTS_KEPT_US (3 * US_PER_HOUR)
#define RETENTION_ROUND_MOST_US (2 * US_PER_SECOND)

struct retention;

/* All of it must outlive the retention. */
struct retention_options {
  struct store *store; /* the committer's own handle */
  struct committer *committer;
  struct log *log;
  struct clock clock;
  struct counters *counters; /* daemon/metrics.h; NULL: nobody counts */
  /* Whether there is something to commit. NULL: that is never so. */
  bool (*commit_waits)(void *context);
  void *context;
};

struct retention *retention_new(const struct retention_options *options);
void retention_free(struct retention *retention); /* NULL is fine */

/* How long the events of a log type are kept, in microseconds; 0: for ever. */
struct log_type_retention {
  struct text log_type;
  int64_t kept_us;
};

/* How long things are kept, in microseconds; 0: for ever. */
struct retention_times {
  int64_t rows_us, alerts_us;
  const struct log_type_retention *log_types; /* of events, in the place of rows_us */
  size_t log_type_count;
  int64_t state_bytes; /* that the state may have before the oldest events go; 0: any number */
};

/* The next sweep goes by these. What they point to must live until the next call. */
void retention_use(struct retention *retention, const struct retention_times *times);

/* Once a second: begins a sweep, unless one is under way, and measures. */
void retention_beat(struct retention *retention);

/* When there is the next slice to do, by the monotonic clock; INT64_MAX: with the next sweep. */
time_us retention_next(const struct retention *retention);

/* Does what is due: after a commit, and when retention_next has come. `commit_us`: how long the
 * commit took; 0 without one. */
void retention_work(struct retention *retention, int64_t commit_us);

#endif
