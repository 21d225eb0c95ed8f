/*
 * Backfills: days of a source that somebody asked for (`margay backfill`), as a source of the
 * engine. Only one process works on a state file, because windows are kept in memory; so it is this
 * one that reads, and the command asks and watches.
 *
 * The source's own code reads, with options that make it read these days once (struct
 * source_past). What is its own here: the checkpoint, a part of the source's that is named after
 * the days; the watermark, which is not given on, as old days say nothing of how far the source was
 * read; and what becomes of alerts. Rows are known by the same ids as the source's own, so days
 * that both read are taken once.
 */
#include "base/memory.h"
#include "daemon/engine_internal.h"

#include <stdlib.h>

#define LOOK_EVERY_US US_PER_SECOND

struct backfill {
  struct engine *engine;
  const struct source_run *outer;
  struct store *store;        /* for what this file writes */
  struct store *source_store; /* for what the source asks */
  bool found;                 /* the rest is about one that is open */

  struct arena arena;
  struct store_backfill row; /* its texts live in the arena */
  struct held_setup *setup;
  struct source source; /* with the options of the past; type NULL: none is configured */
  const void *options;  /* of the source that is configured */
  struct source_store *memory;
  struct source_memory real;
  struct batch_source *batches;
  char part[64];
  struct buffer checkpoint; /* the last one that was pushed */

  pthread_mutex_t mutex;
  pthread_cond_t settled;
  size_t inside; /* batches; guarded by the mutex, as the next */
  bool lost;     /* one of them is not durable */
};

/* ---- what the source sees ---------------------------------------------------------------- */

static void note_fate(void *context, bool durable) {
  struct backfill *backfill = context;
  pthread_mutex_lock(&backfill->mutex);
  backfill->inside--;
  backfill->lost = backfill->lost || !durable;
  pthread_cond_signal(&backfill->settled);
  pthread_mutex_unlock(&backfill->mutex);
}

static bool push(void *context, struct batch *batch) {
  struct backfill *backfill = context;
  const struct source_output *output = &backfill->outer->output;
  if (batch->checkpoint) {
    batch->checkpoint_part = memory_copy_string(backfill->part);
    buffer_reset(&backfill->checkpoint);
    buffer_append_string(&backfill->checkpoint, batch->checkpoint);
  }
  backfill->row.records += (int64_t)batch->count;
  batch->source = batch_source_hold(backfill->batches);
  batch->watermark = TIME_NONE;
  batch->backfill_alerts = 1 + backfill->row.alerts;
  batch->committed = note_fate;
  batch->committed_context = backfill;
  pthread_mutex_lock(&backfill->mutex);
  backfill->inside++;
  pthread_mutex_unlock(&backfill->mutex);
  return output->push(output->context, batch);
}

static bool write_progress(struct backfill *backfill, struct error *error) {
  time_us now = clock_now(&backfill->outer->clock);
  return store_backfill_update(backfill->store, &backfill->row, now, error);
}

/* Waits until all is durable, and says how far it is. */
static bool drain(void *context) {
  struct backfill *backfill = context;
  pthread_mutex_lock(&backfill->mutex);
  while (backfill->inside > 0)
    pthread_cond_wait(&backfill->settled, &backfill->mutex);
  bool durable = !backfill->lost;
  pthread_mutex_unlock(&backfill->mutex);
  if (!durable)
    return false;
  struct store_backfill *row = &backfill->row;
  if (backfill->checkpoint.size > 0)
    row->share = backfill->source.type->past->share(
        backfill->options, buffer_text(&backfill->checkpoint), row->from, row->to);
  struct error error = ERROR_NONE;
  if (!write_progress(backfill, &error))
    LOG_WARN(backfill->outer->log, "the progress of a backfill could not be written",
             LOG_ERROR_LINE(&error));
  return !atomic_load(backfill->outer->stop);
}

struct wanted_part {
  const char *name;
  struct buffer *out;
  bool found;
};

static void find_part(void *context, struct text part, struct text checkpoint) {
  struct wanted_part *wanted = context;
  if (!text_is(part, wanted->name))
    return;
  buffer_append_text(wanted->out, checkpoint);
  wanted->found = true;
}

static bool checkpoint(void *context, struct buffer *out, bool *found, struct error *error) {
  struct backfill *backfill = context;
  struct wanted_part wanted = {backfill->part, out, false};
  buffer_reset(out);
  bool ok = backfill->real.parts(backfill->real.context, find_part, &wanted, error);
  *found = wanted.found;
  return ok;
}

static bool parts(void *context,
                  void (*each)(void *each_context, struct text part, struct text checkpoint),
                  void *each_context, struct error *error) {
  struct backfill *backfill = context;
  return backfill->real.parts(backfill->real.context, each, each_context, error);
}

static bool token_get(void *context, struct text key, struct buffer *token, time_us *expires,
                      bool *found, struct error *error) {
  struct backfill *backfill = context;
  return backfill->real.token_get(backfill->real.context, key, token, expires, found, error);
}

static bool token_set(void *context, struct text key, struct text token, time_us expires,
                      struct error *error) {
  struct backfill *backfill = context;
  return backfill->real.token_set(backfill->real.context, key, token, expires, error);
}

static bool row_known(void *context, struct text row_id, bool *known, struct error *error) {
  struct backfill *backfill = context;
  return backfill->real.row_known(backfill->real.context, row_id, known, error);
}

/* The source itself forgets them, once no backfill is open. */
static bool rows_forget(void *context, time_us before, bool *more, struct error *error) {
  (void)context;
  (void)before;
  (void)error;
  *more = false;
  return true;
}

/* ---- one backfill ------------------------------------------------------------------------ */

static bool take_open(void *context, const struct store_backfill *row) {
  struct backfill *backfill = context;
  if (row->state != BACKFILL_OPEN)
    return true;
  backfill->row = *row;
  backfill->row.source_id = arena_copy(&backfill->arena, row->source_id);
  backfill->row.error = TEXT("");
  backfill->found = true;
  return false;
}

/* Finds the source as it runs, and holds what its options belong to. */
static bool find_source(struct backfill *backfill, struct error *error) {
  struct engine *engine = backfill->engine;
  pthread_mutex_lock(&engine->mutex);
  for (const struct source_thread *thread = engine->sources; thread; thread = thread->next)
    if (!thread->retired && thread->setup &&
        text_equal(thread->source->id, backfill->row.source_id)) {
      backfill->setup = held_setup_hold(thread->setup);
      backfill->source = *thread->source;
    }
  pthread_mutex_unlock(&engine->mutex);
  if (!backfill->setup)
    return error_set(error, "no source '%.*s' runs", TEXT_ARGS(backfill->row.source_id));
  backfill->options = backfill->source.options;
  return backfill->source.type->past ||
         error_set(error, "a source of the type '%s' cannot read its past once more",
                   backfill->source.type->kind.name);
}

static bool read_days(struct backfill *backfill, struct error *error) {
  const struct source_run *outer = backfill->outer;
  const struct source_past *past = backfill->source.type->past;
  const struct store_backfill *row = &backfill->row;
  if (!past->check(backfill->options, row->from, row->to, clock_now(&outer->clock), error))
    return false;
  backfill->source.options = past->options(backfill->options, row->from, row->to, &backfill->arena);
  backfill->real = source_store_memory(backfill->memory);
  const struct source_run run = {
      .source = &backfill->source,
      .memory = {.context = backfill,
                 .checkpoint = checkpoint,
                 .parts = parts,
                 .token_get = token_get,
                 .token_set = token_set,
                 .row_known = row_known,
                 .rows_forget = rows_forget},
      .locks = backfill->engine->locks,
      .log = outer->log,
      .clock = outer->clock,
      .output = {backfill, push, drain, NULL},
      .stop = outer->stop,
      .stop_fd = outer->stop_fd,
      .moment = row->to + US_PER_DAY - 1,
  };
  bool ok = backfill->source.type->run(&run, error);
  /* What was pushed refers to this backfill. */
  return drain(backfill) && ok;
}

static void name_part(struct backfill *backfill) {
  struct time_string from, to;
  snprintf(backfill->part, sizeof backfill->part, "backfill %s %s",
           time_format_date(backfill->row.from, &from), time_format_date(backfill->row.to, &to));
}

/* The end of it, unless the daemon ends: then it goes on at the next start. */
static void record_end(struct backfill *backfill, const struct error *failed) {
  struct store_backfill *row = &backfill->row;
  struct error error = ERROR_NONE;
  struct error_line line = {.text = ""};
  if (atomic_load(backfill->outer->stop))
    return;
  row->state = failed->set ? BACKFILL_FAILED : BACKFILL_DONE;
  row->share = failed->set ? row->share : 1000000;
  row->error = failed->set ? text_from(error_line(failed, &line)) : TEXT("");
  bool ok =
      (failed->set || store_checkpoint_part_set(backfill->store, row->source_id,
                                                text_from(backfill->part), TEXT(""), &error)) &&
      write_progress(backfill, &error);
  if (!ok)
    LOG_WARN(backfill->outer->log, "the progress of a backfill could not be written",
             LOG_ERROR_LINE(&error));
  if (failed->set)
    LOG_ERROR(backfill->outer->log, "a backfill has failed; ask again and it goes on",
              LOG_TEXT("source", row->source_id), LOG_STRING("days", backfill->part + 9),
              LOG_ERROR_LINE(failed));
  else
    LOG_INFO(backfill->outer->log, "a backfill is done", LOG_TEXT("source", row->source_id),
             LOG_STRING("days", backfill->part + 9), LOG_INT("records", row->records));
}

static void work_on(struct backfill *backfill) {
  struct error failed = ERROR_NONE;
  name_part(backfill);
  if (find_source(backfill, &failed)) {
    LOG_INFO(backfill->outer->log, "a backfill begins or goes on",
             LOG_TEXT("source", backfill->row.source_id), LOG_STRING("days", backfill->part + 9));
    backfill->lost = false;
    backfill->batches = batch_source_new(backfill->source.id, backfill->source.label);
    backfill->memory = source_store_new(backfill->source_store, backfill->row.source_id,
                                        backfill->engine->seal, backfill->outer->log);
    source_store_share(backfill->memory, backfill->engine->state_path);
    if (!read_days(backfill, &failed) && !failed.set && !atomic_load(backfill->outer->stop))
      error_set(&failed, "it was not read to its end");
    source_store_free(backfill->memory);
    batch_source_release(backfill->batches);
  }
  record_end(backfill, &failed);
  held_setup_release(backfill->setup);
  backfill->setup = NULL;
  buffer_free(&backfill->checkpoint);
}

static bool run(const struct source_run *outer, struct error *error) {
  struct engine *engine = outer->source->options;
  struct backfill backfill = {.engine = engine,
                              .outer = outer,
                              .store = store_open(engine->state_path, error),
                              .source_store = store_open(engine->state_path, error),
                              .mutex = PTHREAD_MUTEX_INITIALIZER,
                              .settled = PTHREAD_COND_INITIALIZER};
  bool ok = backfill.store && backfill.source_store;
  while (ok) {
    struct error cause = ERROR_NONE;
    backfill.found = false;
    if (!store_backfill_list(backfill.store, take_open, &backfill, &cause))
      LOG_WARN(outer->log, "backfills could not be looked for; trying again",
               LOG_ERROR_LINE(&cause));
    else if (backfill.found)
      work_on(&backfill);
    arena_reset(&backfill.arena);
    if (!source_wait(outer, LOOK_EVERY_US))
      break;
  }
  arena_free(&backfill.arena);
  store_close(backfill.store);
  store_close(backfill.source_store);
  pthread_cond_destroy(&backfill.settled);
  pthread_mutex_destroy(&backfill.mutex);
  return ok;
}

const struct source_type backfill_source = {.kind = {.name = "backfills"}, .run = run};
