#include "daemon/source_store.h"

#include "base/memory.h"
#include "daemon/retention.h"

#include <pthread.h>
#include <stdlib.h>

struct source_store {
  pthread_mutex_t mutex; /* a handle serves one thread at a time */
  struct store *store;
  struct text source_id;
  const struct token_seal *seal;
  struct log *log;

  time_us forget_before;     /* what is being forgotten … */
  struct buffer forget_next; /* … and where its next slice begins */
};

struct source_store *source_store_new(struct store *store, struct text source_id,
                                      const struct token_seal *seal, struct log *log) {
  struct source_store *memory = memory_alloc(sizeof *memory);
  memory->store = store;
  memory->source_id = source_id;
  memory->seal = seal;
  memory->log = log;
  pthread_mutex_init(&memory->mutex, NULL);
  return memory;
}

void source_store_free(struct source_store *memory) {
  if (!memory)
    return;
  pthread_mutex_destroy(&memory->mutex);
  buffer_free(&memory->forget_next);
  free(memory);
}

static struct source_store *lock(void *context) {
  struct source_store *memory = context;
  pthread_mutex_lock(&memory->mutex);
  return memory;
}

static bool unlock(struct source_store *memory, bool ok) {
  pthread_mutex_unlock(&memory->mutex);
  return ok;
}

static bool checkpoint(void *context, struct buffer *out, bool *found, struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(memory, store_checkpoint_get(memory->store, memory->source_id, out, found, error));
}

/* A token that cannot be opened counts as none: the source takes a new one, and stores it over it.
 */
static bool open_token(const struct source_store *memory, struct text key, struct text stored,
                       struct buffer *token) {
  const char *reason = token_seal_open(memory->seal, key, stored, token);
  if (reason)
    LOG_WARN(memory->log, "the stored access token is not used, a new one is taken",
             LOG_TEXT("source", memory->source_id), LOG_STRING("why", reason));
  return !reason;
}

static bool token_get(void *context, struct text key, struct buffer *token, time_us *expires,
                      bool *found, struct error *error) {
  struct buffer stored = BUFFER_NONE;
  struct source_store *memory = lock(context);
  bool ok = unlock(memory, store_token_get(memory->store, key, &stored, expires, found, error));
  buffer_reset(token);
  if (ok && *found)
    *found = open_token(memory, key, buffer_text(&stored), token);
  buffer_free(&stored);
  return ok;
}

static bool token_set(void *context, struct text key, struct text token, time_us expires,
                      struct error *error) {
  struct buffer stored = BUFFER_NONE;
  struct source_store *memory = lock(context);
  token_seal_close(memory->seal, key, token, &stored);
  bool ok = store_token_set(memory->store, key, buffer_text(&stored), expires, error);
  buffer_free(&stored);
  return unlock(memory, ok);
}

static bool row_known(void *context, struct text row_id, bool *known, struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(memory, store_row_known(memory->store, memory->source_id, row_id, known, error));
}

static bool rows_forget(void *context, time_us before, bool *more, struct error *error) {
  static const struct store_slice slice = {RETENTION_SLICE_ROWS, RETENTION_SLICE_US};
  struct store_pruned pruned;
  struct source_store *memory = lock(context);
  if (memory->forget_before != before)
    buffer_reset(&memory->forget_next); /* a run that was stopped left it */
  memory->forget_before = before;
  bool ok = store_row_prune(memory->store, memory->source_id, before, &slice, &memory->forget_next,
                            &pruned, error);
  *more = pruned.more;
  return unlock(memory, ok);
}

struct source_memory source_store_memory(struct source_store *memory) {
  return (struct source_memory){.context = memory,
                                .checkpoint = checkpoint,
                                .token_get = token_get,
                                .token_set = token_set,
                                .row_known = row_known,
                                .rows_forget = rows_forget};
}
