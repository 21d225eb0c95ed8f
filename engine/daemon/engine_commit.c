/* The committer's thread: groups of results into transactions, and a heartbeat between them. */
#include "base/backoff.h"
#include "base/memory.h"
#include "base/signal_fd.h"
#include "daemon/engine_internal.h"
#include "detect/notes.h"
#include "store/store_archive.h"
#include "store/store_lifecycle.h"

#include <poll.h>
#include <stdlib.h>

/* Between attempts to commit to a store that cannot be written. */
#define COMMIT_RETRY_FIRST_US US_PER_SECOND
#define COMMIT_RETRY_MOST_US (30 * US_PER_SECOND)

/*
 * Results that are committed together: as many as there are, within these limits. The first one
 * waits this long for those that are being worked on. A commit costs a write to the disk and the
 * pages that every batch changes, so it is shared; what is inside is read again after a crash, and
 * sources wait for it, so it is bounded.
 */
#define GROUP_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define GROUP_WAIT_US (20 * US_PER_MS)
/* Calls of stateful rules within a transaction, which other writers of the store wait for. They
 * take microseconds as a rule, but a slow one is to delay no more than a batch or two. Questions,
 * which run without Lua, take a tenth of that, and none is slow. */
#define GROUP_CALLS_MAX ((size_t)4096)
#define QUESTIONS_A_CALL 8

/* Time passes without records, too: once a second the committer goes round, busy or idle. */
#define BEAT_EVERY_US US_PER_SECOND

struct commit_group {
  struct batch_result *results[ENGINE_GROUP_BATCHES_MAX];
  size_t count, bytes;
  size_t questions; /* a call of a function counts as QUESTIONS_A_CALL */
};

static void group_add(struct commit_group *group, struct batch_result *result) {
  group->results[group->count++] = result;
  group->bytes += result->memory;
  for (size_t i = 0; i < result->deferred_count; i++)
    group->questions += result->deferred[i].rule->stateful ? QUESTIONS_A_CALL : 1;
}

/* Takes what is ready, and waits for the first until there is something else to do. False after the
 * last one. */
static bool group_take(struct engine *engine, struct commit_group *group) {
  *group = (struct commit_group){.count = 0};
  bool ended;
  time_us until = retention_next(engine->retention);
  if (engine->next_beat < until)
    until = engine->next_beat;
  struct batch_result *result = pipeline_next_before(engine->pipeline, until, &ended);
  if (!result)
    return !ended;
  group_add(group, result);
  until = clock_monotonic() + GROUP_WAIT_US;
  while (group->count < ENGINE_GROUP_BATCHES_MAX && group->bytes < GROUP_BYTES_MAX &&
         group->questions < GROUP_CALLS_MAX * QUESTIONS_A_CALL &&
         (result = pipeline_next_soon(engine->pipeline, until)) != NULL)
    group_add(group, result);
  return true;
}

/* ---- one group --------------------------------------------------------------------------- */

static void log_notes(struct engine *engine, const struct problems *notes) {
  time_us now = clock_monotonic();
  for (size_t i = 0; i < notes->count; i++)
    if (notes_is_new(engine->notes, &notes->items[i], now))
      LOG_WARN(engine->options.log, "a rule's function failed", LOG_ERROR_LINE(&notes->items[i]));
}

/* What of the group has the same reason as this letter, and comes from the same source. */
static size_t count_alike(const struct commit_group *group, const struct batch_source *source,
                          const struct dead_letter *letter) {
  size_t count = 0;
  for (size_t i = 0; i < group->count; i++)
    if (text_equal(group->results[i]->batch->source->id, source->id))
      for (size_t k = 0; k < group->results[i]->dead_letter_count; k++) {
        const struct dead_letter *other = &group->results[i]->dead_letters[k];
        count += text_equal(other->reason, letter->reason) &&
                 text_equal(other->log_type, letter->log_type);
      }
  return count;
}

static void log_dead_letter(struct engine *engine, const struct commit_group *group,
                            const struct batch_source *source, const struct dead_letter *letter) {
  struct error note = ERROR_NONE;
  error_set(&note, "%.*s %.*s %.*s", TEXT_ARGS(source->id), TEXT_ARGS(letter->log_type),
            TEXT_ARGS(letter->reason));
  if (!notes_is_new(engine->notes, &note, clock_monotonic()))
    return;
  LOG_WARN(engine->options.log,
           "records are refused, and no rule sees them; `margay deadletters` shows them",
           LOG_TEXT("source", source->id), LOG_TEXT("log_type", letter->log_type),
           LOG_TEXT("reason", letter->reason), LOG_STRING("row", letter->row_id),
           LOG_INT("records", count_alike(group, source, letter)));
}

static void log_dead_letters(struct engine *engine, const struct commit_group *group) {
  for (size_t i = 0; i < group->count; i++)
    for (size_t k = 0; k < group->results[i]->dead_letter_count; k++)
      log_dead_letter(engine, group, group->results[i]->batch->source,
                      &group->results[i]->dead_letters[k]);
}

static void log_schema_fault(struct engine *engine, const struct batch *batch,
                             const struct schema_fault *fault) {
  struct error note = ERROR_NONE;
  error_set(&note, "%.*s %.*s '%.*s'", TEXT_ARGS(batch->source->id), TEXT_ARGS(fault->log_type),
            TEXT_ARGS(fault->path));
  if (!notes_is_new(engine->notes, &note, clock_monotonic()))
    return;
  LOG_WARN(engine->options.log,
           "values are not what the schema says; the events are kept, with these values as they "
           "came",
           LOG_TEXT("source", batch->source->id), LOG_TEXT("log_type", fault->log_type),
           LOG_TEXT("field", fault->path), LOG_TEXT("reason", fault->reason),
           LOG_STRING("row", fault->row_id), LOG_INT("records", fault->count));
}

static void log_schema_faults(struct engine *engine, const struct commit_group *group) {
  for (size_t i = 0; i < group->count; i++)
    for (size_t k = 0; k < group->results[i]->faults.count; k++)
      log_schema_fault(engine, group->results[i]->batch, &group->results[i]->faults.items[k]);
}

static void log_lookup_problems(struct engine *engine, const struct problems *problems) {
  for (size_t i = 0; i < problems->count; i++)
    LOG_ERROR(engine->options.log, "a lookup table was not read again; the old one stays",
              LOG_ERROR_LINE(&problems->items[i]));
}

/* Whatever opened alerts, delivery learns of it at once. */
static void transaction_worked(struct engine *engine, const struct commit_group *group,
                               int64_t duration_us) {
  struct commit_counts counts;
  committer_count(engine->committer, &counts);
  commit_metrics_worked(&engine->metrics, &counts, group->results, group->count, duration_us);
  atomic_store(&engine->commits, true);
  for (size_t i = 0; i < group->count; i++)
    health_committed(engine->health, group->results[i]);
  if (counts.queued > engine->queued)
    delivery_wake(engine->delivery);
  engine->queued = counts.queued;
  log_notes(engine, committer_notes(engine->committer));
}

static void transaction_failed(struct engine *engine, const char *message,
                               const struct error *error) {
  commit_metrics_failed(&engine->metrics);
  atomic_store(&engine->commits, false);
  LOG_ERROR(engine->options.log, message, LOG_ERROR_LINE(error));
}

/* What is committed to a file that nobody can find any more is lost. */
static void check_state_file(struct engine *engine) {
  if (!atomic_load(&engine->attached) ||
      state_lock_is_attached(&engine->state_lock, engine->state_path))
    return;
  atomic_store(&engine->attached, false);
  LOG_ERROR(engine->options.log,
            "the state file was deleted or replaced while it is in use; stopping, so that nothing "
            "more is written where nobody finds it",
            LOG_STRING("state", engine->state_path));
  signal_fd_raise(engine->ended_fd);
}

/* Commits, or tries again until it works or the engine is to end: the batches are then read again
 * after the next start. */
static bool commit_until_done(struct engine *engine, const struct commit_group *group) {
  for (int64_t failures = 1;; failures++) {
    struct error error = ERROR_NONE;
    if (committer_commit(engine->committer, group->results, group->count, &error))
      return true;
    transaction_failed(engine, "a batch could not be committed; nothing is lost, trying again",
                       &error);
    check_state_file(engine); /* no commit works in a file that is gone */
    int64_t wait = backoff_delay(COMMIT_RETRY_FIRST_US, COMMIT_RETRY_MOST_US, failures, 0);
    struct pollfd stopped = {.fd = engine->stop_fd, .events = POLLIN};
    poll(&stopped, 1, (int)(wait / US_PER_MS));
    if (atomic_load(&engine->stop))
      return false;
  }
}

static void commit_group(struct engine *engine, const struct commit_group *group) {
  for (size_t i = 0; i < group->count; i++) {
    log_notes(engine, &group->results[i]->notes.kept);
    log_lookup_problems(engine, &group->results[i]->lookup_problems);
  }
  time_us start = clock_monotonic();
  bool committed = commit_until_done(engine, group);
  if (committed) {
    transaction_worked(engine, group, clock_monotonic() - start);
    log_dead_letters(engine, group);
    log_schema_faults(engine, group);
  } else {
    pipeline_abandon(engine->pipeline);
  }
  for (size_t i = 0; i < group->count; i++)
    pipeline_done(engine->pipeline, group->results[i], committed);
}

/* ---- the heartbeat ----------------------------------------------------------------------- */

/* What was waited for may have become certain without a batch: a source is no longer configured, or
 * the daemon was ended just before it said so. */
static void advance(struct engine *engine) {
  static const struct commit_group nothing = {.count = 0};
  struct error error = ERROR_NONE;
  time_us start = clock_monotonic();
  if (committer_advance(engine->committer, engine->in_use->setup.detection, &error))
    transaction_worked(engine, &nothing, clock_monotonic() - start);
  else
    transaction_failed(engine, "absences could not be looked for; trying again", &error);
}

/* What is wrong with the daemon's own work, or is so no more. */
static void look_at_alarms(struct engine *engine) {
  static const struct commit_group nothing = {.count = 0};
  time_us start = clock_monotonic();
  if (engine_health_look(engine))
    transaction_worked(engine, &nothing, clock_monotonic() - start);
}

/* What is over resolves its alert. */
static void end_causes(struct engine *engine) {
  static const struct commit_group nothing = {.count = 0};
  struct error error = ERROR_NONE;
  time_us start = clock_monotonic();
  bool wrote = false;
  if (!committer_end_causes(engine->committer, engine->in_use->setup.detection->rules, &wrote,
                            &error))
    transaction_failed(engine, "alerts that are over could not be resolved; trying again", &error);
  else if (wrote)
    transaction_worked(engine, &nothing, clock_monotonic() - start);
}

/* Another process may have changed an alert. What delivery itself wrote is noticed, too, which
 * costs it one look at the outbox. */
static void look_for_others(struct engine *engine) {
  struct error error = ERROR_NONE;
  bool wrote;
  if (store_others_wrote(engine->commit_store, &wrote, &error) && wrote)
    delivery_wake(engine->delivery);
}

static void beat(struct engine *engine) {
  time_us now = clock_monotonic();
  if (now < engine->next_beat)
    return;
  engine->next_beat = now + BEAT_EVERY_US;
  atomic_store(&engine->last_beat, now);
  check_state_file(engine);
  advance(engine);
  end_causes(engine);
  retention_beat(engine->retention);
  look_for_others(engine);
  look_at_alarms(engine);
  engine_health_beat(engine, now);
}

/* Events are kept as they are, or with the dictionary before, until one can be made. */
static void train_dictionary(struct engine *engine) {
  struct error error = ERROR_NONE;
  struct store_dictionary made;
  bool ok = store_archive_train(engine->commit_store, &made, &error);
  if (!ok && !engine->training_fails)
    LOG_WARN(engine->options.log, "no dictionary could be made to compress events with",
             LOG_ERROR_LINE(&error));
  else if (ok && made.log_type.size > 0)
    LOG_INFO(engine->options.log, "a dictionary was made to compress the events of a log type",
             LOG_TEXT("log_type", made.log_type), LOG_INT("dictionary", made.id),
             LOG_INT("percent", made.packed * 100 / made.plain));
  engine->training_fails = !ok;
}

/* ---- the thread -------------------------------------------------------------------------- */

static void take_over_setup(struct engine *engine) {
  pthread_mutex_lock(&engine->mutex);
  struct held_setup *next = engine->pending;
  engine->pending = NULL;
  pthread_mutex_unlock(&engine->mutex);
  if (!next)
    return;
  const struct committer_setup setup = engine_committer_setup(&next->setup);
  committer_use(engine->committer, &setup);
  held_setup_release(engine->in_use);
  engine->in_use = next;
  const struct alarms_setup alarms = engine_alarms_setup(&next->setup);
  alarms_use(engine->alarms, &alarms);
  const struct retention_times times = engine_retention_times(&next->setup);
  retention_use(engine->retention, &times);
  store_archive_compress(engine->commit_store, next->setup.compress_events);
  engine->next_beat = 0; /* it may keep things for a shorter time */
}

void *engine_run_commits(void *argument) {
  struct engine *engine = argument;
  struct commit_group group;
  bool more;
  do {
    take_over_setup(engine);
    beat(engine);
    engine_reap_sources(engine);
    more = group_take(engine, &group);
    time_us start = clock_monotonic();
    if (group.count > 0)
      commit_group(engine, &group);
    if (group.count > 0 || start >= retention_next(engine->retention))
      retention_work(engine->retention, clock_monotonic() - start);
    if (group.count > 0)
      train_dictionary(engine);
  } while (more);
  signal_fd_raise(engine->ended_fd);
  return NULL;
}
