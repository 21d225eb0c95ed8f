#include "daemon/letter_retry.h"

#include "base/memory.h"
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>

#define LOOK_EVERY_US US_PER_SECOND
/* A batch is this large at most; the next one waits until it is durable. */
#define BATCH_BYTES ((size_t)1 << 20)
#define BATCH_LETTERS 1000

struct retry {
  const struct source_run *run;
  struct store *store;
  int64_t *reasons; /* with letters that are marked */
  size_t reason_count, reason_capacity;
  struct batch *batch; /* that is being filled; NULL: nothing was found yet */
  size_t letter_capacity;
  int64_t last; /* the highest id that was read of the reason */

  pthread_mutex_t mutex;
  pthread_cond_t settled;
  bool inside, durable; /* the batch that was pushed; guarded by the mutex */
};

/* ---- one batch --------------------------------------------------------------------------- */

static void release(struct batch *batch) {
  free((char *)(uintptr_t)batch->log_type.data);
}

static void note_fate(void *context, bool durable) {
  struct retry *retry = context;
  pthread_mutex_lock(&retry->mutex);
  retry->inside = false;
  retry->durable = durable;
  pthread_cond_signal(&retry->settled);
  pthread_mutex_unlock(&retry->mutex);
}

static struct batch *batch_for(struct retry *retry, const struct store_dead_letter *letter) {
  struct batch *batch = batch_new_listed(letter->record.size + 1);
  batch->log_type = (struct text){memory_copy_bytes(letter->log_type.data, letter->log_type.size),
                                  letter->log_type.size};
  batch->release = release;
  batch->received_at = clock_now(&retry->run->clock);
  batch->source = batch_source_new(letter->source_id, letter->source_label);
  retry->letter_capacity = 0;
  return batch;
}

/* The letters of a reason have one source and one log type. */
static bool add_letter(void *context, const struct store_dead_letter *letter) {
  struct retry *retry = context;
  if (!retry->batch)
    retry->batch = batch_for(retry, letter);
  struct batch *batch = retry->batch;
  batch->letters = memory_reserve(batch->letters, &retry->letter_capacity, batch->count + 1,
                                  sizeof *batch->letters);
  batch->letters[batch->count] = letter->id;
  batch_add(batch, letter->record, letter->occurrence);
  retry->last = letter->id;
  return batch->size < BATCH_BYTES;
}

/* Waits until it is known what became of the batch. False: it is not durable, or stop now. */
static bool push(struct retry *retry) {
  const struct source_output *output = &retry->run->output;
  struct batch *batch = retry->batch;
  retry->batch = NULL;
  retry->inside = true;
  retry->durable = false;
  batch->committed = note_fate;
  batch->committed_context = retry;
  bool goes_on = output->push(output->context, batch);
  pthread_mutex_lock(&retry->mutex);
  while (retry->inside)
    pthread_cond_wait(&retry->settled, &retry->mutex);
  goes_on = goes_on && retry->durable;
  pthread_mutex_unlock(&retry->mutex);
  return goes_on;
}

/* ---- all that is marked ------------------------------------------------------------------ */

static void note_reason(void *context, const struct store_dead_letter_reason *reason) {
  struct retry *retry = context;
  retry->reasons = memory_reserve(retry->reasons, &retry->reason_capacity, retry->reason_count + 1,
                                  sizeof *retry->reasons);
  retry->reasons[retry->reason_count++] = reason->id;
  LOG_INFO(retry->run->log, "dead letters are retried", LOG_TEXT("source", reason->source_id),
           LOG_TEXT("log_type", reason->log_type), LOG_TEXT("reason", reason->reason),
           LOG_INT("records", reason->to_retry));
}

/* *goes_on = false: stop now. What is refused again is a dead letter with another id, and is not
 * marked. */
static bool retry_reason(struct retry *retry, int64_t reason_id, bool *goes_on,
                         struct error *error) {
  retry->last = 0;
  for (;;) {
    if (!store_dead_letter_to_retry(retry->store, reason_id, retry->last, BATCH_LETTERS, add_letter,
                                    retry, error))
      return false;
    if (!retry->batch)
      return true;
    *goes_on = push(retry);
    if (!*goes_on)
      return true;
  }
}

static bool retry_marked(struct retry *retry, bool *goes_on, struct error *error) {
  retry->reason_count = 0;
  bool ok = store_dead_letter_marked(retry->store, note_reason, retry, error);
  for (size_t i = 0; ok && *goes_on && i < retry->reason_count; i++)
    ok = retry_reason(retry, retry->reasons[i], goes_on, error);
  batch_free(retry->batch);
  retry->batch = NULL;
  return ok;
}

/* A store that cannot be read for a while is looked at again; others say what is wrong with it. */
static void retry_until_stopped(struct retry *retry) {
  bool goes_on = true;
  do {
    struct error error = ERROR_NONE;
    if (!retry_marked(retry, &goes_on, &error))
      LOG_WARN(retry->run->log, "dead letters could not be read; trying again",
               LOG_ERROR_LINE(&error));
  } while (goes_on && source_wait(retry->run, LOOK_EVERY_US));
}

static bool run(const struct source_run *run, struct error *error) {
  struct retry retry = {.run = run,
                        .store = store_open(run->source->options, error),
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .settled = PTHREAD_COND_INITIALIZER};
  if (!retry.store)
    return false;
  retry_until_stopped(&retry);
  store_close(retry.store);
  free(retry.reasons);
  pthread_cond_destroy(&retry.settled);
  pthread_mutex_destroy(&retry.mutex);
  return true;
}

const struct source_type letter_retry = {.kind = {.name = "dead letters"}, .run = run};
