#include "daemon/retention.h"

#include "base/memory.h"
#include "daemon/metrics.h"
#include "store/store_archive.h"

#include <stdlib.h>

#define BEHIND_US US_PER_MINUTE

/* Free space that is kept for new rows: a file that shrinks and grows again every second costs more
 * than the space does. */
#define FREE_KEPT_BYTES (INT64_C(32) * 1024 * 1024)
#define FREE_KEPT_SHARE 4 /* a quarter of the file */
/* Given back at a time: moving a page costs about as much as deleting four rows. */
#define SHRINK_BYTES (INT64_C(2) * 1024 * 1024)
#define SHRINK_ROWS (RETENTION_SLICE_ROWS)

/* SQLite itself keeps the log below this (store/sqlite/store.c) unless somebody reads for long. A
 * cut that readers are in the way of holds the writers up, so it is not tried all the time. */
#define LOG_LARGE_BYTES (INT64_C(64) * 1024 * 1024)
#define LOG_WAIT_US (50 * US_PER_MS)
#define LOG_RETRY_US (10 * US_PER_SECOND)
#define SAY_DELETED_US US_PER_HOUR

/* What a sweep goes through; the parts of the store come first. */
enum part { PART_KV = STORE_PARTS, PART_CORRELATIONS, PART_RECEIPTS, PART_SIZE, PART_SPACE, PARTS };

struct retention {
  struct retention_options options;
  struct retention_times times;
  struct store_retention *moments; /* of log types, for the sweep */

  /* The sweep. */
  time_us moment; /* by the clock */
  bool open[PARTS];
  enum part turn;    /* whose slice is next */
  int64_t free_more; /* bytes to give back */
  int64_t too_many;  /* bytes that the state has and may not have */
  time_us next;      /* monotonic: when the next slice may begin */
  uint64_t seen;     /* rows that had come in at the last round */
  int64_t owed;      /* rows that rounds are to delete beside a slice each */

  bool behind, failing, log_held; /* was reported */
  time_us log_next;               /* monotonic: when the log may be cut again */

  int64_t unsaid[PARTS]; /* rows that were deleted since the log heard of it */
  time_us said_at;       /* monotonic: when it heard last */

  struct counter *deleted[PARTS];
  struct gauge *stale[STORE_PARTS];
  struct gauge *file_bytes, *free_bytes, *log_bytes;
};

/* ---- the life ---------------------------------------------------------------------------- */

static const char *part_name(size_t part) {
  static const char *const others[] = {"kv", "correlations", "receipts", "events_over_size"};
  return part < STORE_PARTS ? store_part_name((enum store_part)part) : others[part - STORE_PARTS];
}

static void open_metrics(struct retention *retention) {
  struct counters *counters = retention->options.counters;
  for (size_t i = 0; i < PART_SPACE; i++)
    retention->deleted[i] =
        counter_open(counters, METRIC_RETENTION_DELETED, METRIC_VALUES(text_from(part_name(i))), 0);
  for (size_t i = 0; i < STORE_PARTS; i++)
    if (i != STORE_WINDOWS)
      retention->stale[i] =
          gauge_open(counters, METRIC_RETENTION_STALE, METRIC_VALUES(text_from(part_name(i))));
  retention->file_bytes = gauge_open(counters, METRIC_STATE_BYTES, METRIC_VALUES(TEXT("file")));
  retention->free_bytes = gauge_open(counters, METRIC_STATE_BYTES, METRIC_VALUES(TEXT("free")));
  retention->log_bytes = gauge_open(counters, METRIC_STATE_BYTES, METRIC_VALUES(TEXT("log")));
}

struct retention *retention_new(const struct retention_options *options) {
  struct retention *retention = memory_alloc(sizeof *retention);
  retention->options = *options;
  retention->said_at = clock_monotonic() - SAY_DELETED_US;
  open_metrics(retention);
  return retention;
}

/* That the state is as large as it may be, once an hour, with the span that is left. */
static void say_over_size(struct retention *retention) {
  struct error error = ERROR_NONE;
  struct time_string time;
  int64_t events = 0;
  time_us oldest = TIME_NONE;
  if (retention->unsaid[PART_SIZE] == 0)
    return;
  bool known = store_extent(retention->options.store, STORE_EVENTS, &events, &oldest, &error);
  LOG_WARN(retention->options.log,
           "the state has the size that it may have: the oldest events were deleted",
           LOG_INT("deleted", retention->unsaid[PART_SIZE]), LOG_INT("events", events),
           LOG_STRING("kept_since", known && oldest != TIME_NONE ? time_format(oldest, &time) : ""),
           LOG_INT("max_size", retention->times.state_bytes));
  retention->unsaid[PART_SIZE] = 0;
  retention->said_at = clock_monotonic();
}

/* Which rows are gone, and how many, since this was last said: with the first sweep that deletes
 * something, then once an hour, and at the end. */
static void say_deleted(struct retention *retention) {
  struct buffer rows = BUFFER_NONE;
  say_over_size(retention);
  for (size_t i = 0; i < PART_SPACE; i++) {
    if (retention->unsaid[i] > 0)
      buffer_printf(&rows, "%s%s %lld", rows.size ? ", " : "", part_name(i),
                    (long long)retention->unsaid[i]);
    retention->unsaid[i] = 0;
  }
  if (rows.size > 0) {
    LOG_INFO(retention->options.log, "what was past its retention was deleted",
             LOG_TEXT("rows", buffer_text(&rows)));
    retention->said_at = clock_monotonic();
  }
  buffer_free(&rows);
}

void retention_free(struct retention *retention) {
  if (!retention)
    return;
  say_deleted(retention);
  for (size_t i = 0; i < PARTS; i++)
    counter_close(retention->deleted[i]);
  for (size_t i = 0; i < STORE_PARTS; i++)
    gauge_close(retention->stale[i]);
  gauge_close(retention->file_bytes);
  gauge_close(retention->free_bytes);
  gauge_close(retention->log_bytes);
  free(retention->moments);
  free(retention);
}

void retention_use(struct retention *retention, const struct retention_times *times) {
  retention->times = *times;
  free(retention->moments);
  retention->moments = memory_alloc_array(times->log_type_count + 1, sizeof *retention->moments);
  for (size_t i = 0; i < PARTS; i++)
    retention->open[i] = false; /* the sweep under way went by the times before */
}

/* ---- what a part has to do --------------------------------------------------------------- */

static bool is_open(const struct retention *retention) {
  for (size_t i = 0; i < PARTS; i++)
    if (retention->open[i])
      return true;
  return false;
}

/* How long a part of the store is kept; 0: for ever. */
static int64_t kept_us(const struct retention *retention, size_t part) {
  return part == STORE_ALERTS ? retention->times.alerts_us : retention->times.rows_us;
}

/* What is older than this is past its retention. */
static time_us moment_of(const struct retention *retention, int64_t kept) {
  return kept > 0 ? retention->moment - kept : TIME_NONE;
}

static bool prune_events(struct retention *retention, const struct store_slice *slice,
                         struct store_pruned *pruned, struct error *error) {
  const struct retention_times *times = &retention->times;
  const struct store_event_retention wanted = {moment_of(retention, times->rows_us),
                                               retention->moments, times->log_type_count};
  for (size_t i = 0; i < times->log_type_count; i++)
    retention->moments[i] = (struct store_retention){
        times->log_types[i].log_type, moment_of(retention, times->log_types[i].kept_us)};
  return store_event_prune(retention->options.store, &wanted, slice, pruned, error);
}

static int64_t bytes_too_many(const struct retention *retention, const struct store_space *space) {
  int64_t most = retention->times.state_bytes, used = space->file_bytes - space->free_bytes;
  return most > 0 && used > most ? used - most : 0;
}

/* The oldest events of all log types. */
static bool prune_size(struct retention *retention, const struct store_slice *slice,
                       struct store_pruned *pruned, struct error *error) {
  struct store *store = retention->options.store;
  struct store_space space;
  if (!store_prune(store, STORE_EVENTS, INT64_MAX, slice, pruned, error) ||
      !store_space(store, &space, error))
    return false;
  retention->too_many = bytes_too_many(retention, &space);
  pruned->more = pruned->more && retention->too_many > 0;
  return true;
}

static bool shrink(struct retention *retention, struct store_pruned *pruned, struct error *error) {
  *pruned = (struct store_pruned){.more = retention->free_more > SHRINK_BYTES};
  retention->free_more -= SHRINK_BYTES;
  return store_shrink(retention->options.store, SHRINK_BYTES, error);
}

static bool prune_part(struct retention *retention, enum part part, const struct store_slice *slice,
                       struct store_pruned *pruned, struct error *error) {
  const struct retention_options *options = &retention->options;
  switch (part) {
  case PART_KV:
    return committer_prune_kv(options->committer, slice, pruned, error);
  case PART_CORRELATIONS:
    return committer_prune_correlations(options->committer, slice, pruned, error);
  case PART_RECEIPTS:
    return store_receipt_prune(options->store, retention->moment - RECEIPTS_KEPT_US, slice, pruned,
                               error);
  case PART_SIZE:
    return prune_size(retention, slice, pruned, error);
  case PART_SPACE:
    return shrink(retention, pruned, error);
  default:
    if (part == (enum part)STORE_EVENTS)
      return prune_events(retention, slice, pruned, error);
    return store_prune(options->store, (enum store_part)part,
                       retention->moment - kept_us(retention, part), slice, pruned, error);
  }
}

/* ---- the beat ---------------------------------------------------------------------------- */

static void failed(struct retention *retention, const struct error *error) {
  if (!retention->failing)
    LOG_WARN(retention->options.log, "what is past its retention could not be deleted",
             LOG_ERROR_LINE(error));
  retention->failing = true;
  for (size_t i = 0; i < PARTS; i++)
    retention->open[i] = false;
}

/* Where log types have a retention of their own, what is past it lies among what is not. */
static bool is_measured(const struct retention *retention, size_t part) {
  return kept_us(retention, part) > 0 &&
         (part != STORE_EVENTS || retention->times.log_type_count == 0);
}

static bool measure_stale(struct retention *retention, time_us now, int64_t *total,
                          struct error *error) {
  *total = 0;
  for (size_t i = 0; i < STORE_PARTS; i++) {
    int64_t rows = 0, kept = kept_us(retention, i);
    if (is_measured(retention, i) &&
        !store_stale(retention->options.store, (enum store_part)i, now - kept, &rows, error))
      return false;
    gauge_set(retention->stale[i], rows);
    *total += rows;
  }
  return true;
}

/* Readers of an old state, of this process or another, keep the log from being used again. */
static bool bound_log(struct retention *retention, struct store_space *space, struct error *error) {
  time_us now = clock_monotonic();
  bool cut = false;
  if (space->log_bytes <= LOG_LARGE_BYTES || now < retention->log_next)
    return true;
  if (!store_log_cut(retention->options.store, LOG_WAIT_US, &cut, error))
    return false;
  retention->log_next = cut ? 0 : clock_monotonic() + LOG_RETRY_US;
  if (!cut && !retention->log_held)
    LOG_WARN(retention->options.log,
             "the log beside the state file grows while somebody reads an old state of it: end the "
             "program that has had the file open for long",
             LOG_INT("bytes", space->log_bytes));
  else if (cut && retention->log_held)
    LOG_INFO(retention->options.log, "the log beside the state file was cut",
             LOG_INT("bytes", space->log_bytes));
  retention->log_held = !cut;
  if (cut)
    space->log_bytes = 0;
  return true;
}

static bool measure_space(struct retention *retention, struct error *error) {
  struct store_space space;
  if (!store_space(retention->options.store, &space, error) || !bound_log(retention, &space, error))
    return false;
  int64_t kept = space.file_bytes / FREE_KEPT_SHARE;
  if (kept < FREE_KEPT_BYTES)
    kept = FREE_KEPT_BYTES;
  retention->free_more = space.shrinks ? space.free_bytes - kept : 0;
  retention->too_many = bytes_too_many(retention, &space);
  gauge_set(retention->file_bytes, space.file_bytes);
  gauge_set(retention->free_bytes, space.free_bytes);
  gauge_set(retention->log_bytes, space.log_bytes);
  return true;
}

static void start_sweep(struct retention *retention, time_us now) {
  retention->moment = now;
  retention->next = 0;
  for (size_t i = 0; i < PARTS; i++)
    retention->open[i] = i >= STORE_PARTS || kept_us(retention, i) > 0;
  retention->open[STORE_EVENTS] = true; /* some log types may have one */
}

static void report_behind(struct retention *retention, time_us now, int64_t stale) {
  if (retention->behind || now - retention->moment < BEHIND_US)
    return;
  retention->behind = true;
  LOG_WARN(retention->options.log,
           "deleting what is past its retention has fallen behind; it goes on",
           LOG_INT("stale_rows", stale));
}

void retention_beat(struct retention *retention) {
  struct error error = ERROR_NONE;
  time_us now = clock_now(&retention->options.clock);
  int64_t stale;
  if (!measure_stale(retention, now, &stale, &error) || !measure_space(retention, &error)) {
    failed(retention, &error);
    return;
  }
  if (!is_open(retention))
    start_sweep(retention, now);
  else
    report_behind(retention, now, stale);
  retention->open[PART_SPACE] = retention->free_more > 0;
  retention->open[PART_SIZE] = retention->too_many > 0;
}

/* ---- the work ---------------------------------------------------------------------------- */

time_us retention_next(const struct retention *retention) {
  return is_open(retention) ? retention->next : INT64_MAX;
}

static void end_sweep(struct retention *retention) {
  retention->failing = false;
  if (retention->behind)
    LOG_INFO(retention->options.log, "deleting what is past its retention has caught up");
  retention->behind = false;
  if (clock_monotonic() - retention->said_at >= SAY_DELETED_US)
    say_deleted(retention);
}

/* One slice of the part whose turn it is. *cost: what it counts for, in rows. */
static bool work_slice(struct retention *retention, int64_t rows, int64_t *cost,
                       struct error *error) {
  const struct store_slice slice = {rows < RETENTION_SLICE_ROWS ? rows : RETENTION_SLICE_ROWS,
                                    RETENTION_SLICE_US};
  struct store_pruned pruned = {.rows = 0};
  enum part part = retention->turn;
  retention->turn = (part + 1) % PARTS;
  *cost = 0;
  if (!retention->open[part])
    return true;
  if (!prune_part(retention, part, &slice, &pruned, error))
    return false;
  retention->open[part] = pruned.more;
  counter_add(retention->deleted[part], (uint64_t)pruned.rows);
  retention->unsaid[part] += pruned.rows;
  *cost = part == PART_SPACE ? SHRINK_ROWS : pruned.rows;
  return true;
}

/* As many rows as have come in since the last round, and a quarter more, are to be deleted. */
static void count_arrivals(struct retention *retention) {
  struct commit_counts counts;
  committer_count(retention->options.committer, &counts);
  uint64_t total = counts.events + counts.dead_letters + counts.matches + counts.receipts;
  int64_t came = (int64_t)(total - retention->seen);
  retention->seen = total;
  retention->owed += came + came / 4;
}

/* Deleting a row costs about as much as adding it. */
static int64_t round_limit(int64_t commit_us) {
  if (commit_us < RETENTION_ROUND_US)
    return RETENTION_ROUND_US;
  return commit_us < RETENTION_ROUND_MOST_US ? commit_us : RETENTION_ROUND_MOST_US;
}

/* A commit waits, and what is owed can wait longer. */
static bool must_yield(const struct retention *retention) {
  const struct retention_options *options = &retention->options;
  return options->commit_waits && retention->owed <= RETENTION_OWED_ROWS &&
         options->commit_waits(options->context);
}

void retention_work(struct retention *retention, int64_t commit_us) {
  int64_t limit = round_limit(commit_us);
  time_us start = clock_monotonic(), now = start;
  struct error error = ERROR_NONE;
  count_arrivals(retention);
  if (!is_open(retention)) {
    retention->owed = 0;
    return;
  }
  int64_t rows = retention->owed > RETENTION_SLICE_ROWS ? retention->owed : RETENTION_SLICE_ROWS;
  while (is_open(retention) && rows > 0 && now - start < limit) {
    int64_t cost;
    if (!work_slice(retention, rows, &cost, &error)) {
      failed(retention, &error);
      return;
    }
    rows -= cost;
    retention->owed = retention->owed > cost ? retention->owed - cost : 0;
    now = clock_monotonic();
    if (cost > 0 && must_yield(retention))
      break;
  }
  retention->next = now + (now - start);
  if (!is_open(retention))
    end_sweep(retention);
}
