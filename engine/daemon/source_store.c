#include "daemon/source_store.h"

#include "base/digest.h"
#include "base/memory.h"
#include "daemon/retention.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct source_store {
  pthread_mutex_t mutex; /* a handle serves one thread at a time */
  struct store *store;
  struct text source_id;
  const struct token_seal *seal;
  struct log *log;
  const char *unopened; /* why the token was not used that the log says of; NULL: none */

  char *lock_path; /* NULL: no other process uses the tokens */
  int lock_file;   /* held for a token while it is open; else -1 */

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
  memory->lock_file = -1;
  pthread_mutex_init(&memory->mutex, NULL);
  return memory;
}

void source_store_share(struct source_store *memory, const char *state_path) {
  struct buffer path = BUFFER_NONE;
  buffer_printf(&path, "%s.lock", state_path);
  memory->lock_path = buffer_steal(&path);
}

void source_store_free(struct source_store *memory) {
  if (!memory)
    return;
  free(memory->lock_path);
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

static bool parts(void *context,
                  void (*each)(void *each_context, struct text part, struct text checkpoint),
                  void *each_context, struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(
      memory, store_checkpoint_parts(memory->store, memory->source_id, each, each_context, error));
}

/* A token that cannot be opened counts as none: the source takes a new one, or waits for a login,
 * which is stored over it. */
static bool open_token(struct source_store *memory, struct text key, struct text stored,
                       struct buffer *token) {
  const char *reason = token_seal_open(memory->seal, key, stored, token);
  if (reason && reason != memory->unopened)
    LOG_WARN(memory->log, "the stored access token is not used, a new one is taken",
             LOG_TEXT("source", memory->source_id), LOG_STRING("why", reason));
  memory->unopened = reason;
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

/* Each token has a byte of the file: a lock of an open file description (fcntl(2)), which is
 * dropped with it, however the process ends, and holds between threads, too. */
static bool lock_byte(int file, struct text key) {
  uint8_t digest[DIGEST_SIZE];
  uint32_t place;
  digest_sha256(key, digest);
  memcpy(&place, digest, sizeof place);
  struct flock range = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)place, .l_len = 1};
  return fcntl(file, F_OFD_SETLK, &range) == 0;
}

static bool token_lock(void *context, struct text key, bool *locked, struct error *error) {
  struct source_store *memory = lock(context);
  bool ok = true;
  *locked = true;
  if (memory->lock_path) {
    int file = open(memory->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    *locked = file >= 0 && lock_byte(file, key);
    int cause = errno;
    if (*locked)
      memory->lock_file = file;
    else if (file >= 0)
      close(file);
    if (!*locked && (file < 0 || (cause != EAGAIN && cause != EACCES)))
      ok = error_set(error, "cannot lock %s: %s", memory->lock_path, strerror(cause));
  }
  return unlock(memory, ok);
}

static void token_unlock(void *context) {
  struct source_store *memory = lock(context);
  if (memory->lock_file >= 0)
    close(memory->lock_file);
  memory->lock_file = -1;
  unlock(memory, true);
}

static bool row_known(void *context, struct text row_id, bool *known, struct error *error) {
  struct source_store *memory = lock(context);
  return unlock(memory, store_row_known(memory->store, memory->source_id, row_id, known, error));
}

struct open_backfill {
  struct text source_id;
  bool found;
};

static bool find_open(void *context, const struct store_backfill *backfill) {
  struct open_backfill *open = context;
  open->found =
      backfill->state == BACKFILL_OPEN && text_equal(backfill->source_id, open->source_id);
  return !open->found;
}

/* What a backfill has read must be known until it is over: it may read it again after a crash. */
static bool rows_are_needed(struct source_store *memory, bool *needed, struct error *error) {
  struct open_backfill open = {.source_id = memory->source_id};
  bool ok = store_backfill_list(memory->store, find_open, &open, error);
  *needed = open.found;
  return ok;
}

static bool rows_forget(void *context, time_us before, bool *more, struct error *error) {
  static const struct store_slice slice = {RETENTION_SLICE_ROWS, RETENTION_SLICE_US};
  struct store_pruned pruned;
  struct source_store *memory = lock(context);
  bool needed;
  *more = false;
  if (!rows_are_needed(memory, &needed, error) || needed)
    return unlock(memory, !error->set);
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
                                .parts = parts,
                                .token_get = token_get,
                                .token_set = token_set,
                                .token_lock = token_lock,
                                .token_unlock = token_unlock,
                                .tokens_sealed = token_seal_has_key(memory->seal),
                                .row_known = row_known,
                                .rows_forget = rows_forget};
}
