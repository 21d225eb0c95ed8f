#include "daemon/source_store.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct source_store {
  pthread_mutex_t mutex; /* a handle serves one thread at a time */
  struct store *store;
  struct text source_id;
};

struct source_store *source_store_new(struct store *store, struct text source_id) {
  struct source_store *memory = memory_alloc(sizeof *memory);
  memory->store = store;
  memory->source_id = source_id;
  pthread_mutex_init(&memory->mutex, NULL);
  return memory;
}

void source_store_free(struct source_store *memory) {
  if (!memory)
    return;
  pthread_mutex_destroy(&memory->mutex);
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

static bool token_get(void *context, struct text key, struct buffer *token, time_us *expires,
                      bool *found, struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(memory, store_token_get(memory->store, key, token, expires, found, error));
}

static bool token_set(void *context, struct text key, struct text token, time_us expires,
                      struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(memory, store_token_set(memory->store, key, token, expires, error));
}

static bool row_known(void *context, struct text row_id, bool *known, struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(memory, store_row_known(memory->store, memory->source_id, row_id, known, error));
}

static bool rows_forget(void *context, time_us before, struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(memory, store_row_prune(memory->store, memory->source_id, before, error));
}

struct source_memory source_store_memory(struct source_store *memory) {
  return (struct source_memory){.context = memory,
                                .checkpoint = checkpoint,
                                .token_get = token_get,
                                .token_set = token_set,
                                .row_known = row_known,
                                .rows_forget = rows_forget};
}
