#include "event/batch/batch_file.h"

#include "base/memory.h"
#include "event/json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Read beyond a block at first, and at a time to find its first line: most lines end within it. */
#define STEP_SIZE ((size_t)4096)
/* Kept of a line that is too long, so that its reader sees that it is. */
#define CUT_SIZE ((size_t)JSON_SIZE_MAX + 1)

struct batch_file {
  atomic_size_t holders;
  atomic_bool failed;
  int file;
  char *path;
};

struct batch_file *batch_file_new(int file, const char *path) {
  int own = fcntl(file, F_DUPFD_CLOEXEC, 0);
  if (own < 0)
    return NULL;
  struct batch_file *shared = memory_alloc(sizeof *shared);
  atomic_init(&shared->holders, 1);
  atomic_init(&shared->failed, false);
  shared->file = own;
  shared->path = memory_copy_string(path);
  return shared;
}

void batch_file_release(struct batch_file *file) {
  if (!file || atomic_fetch_sub(&file->holders, 1) > 1)
    return;
  close(file->file);
  free(file->path);
  free(file);
}

static void release(struct batch *batch) {
  batch_file_release(batch->file);
}

struct batch *batch_file_plan(struct batch_file *file, uint64_t position, size_t size,
                              bool within_line) {
  struct batch *batch = memory_alloc(sizeof *batch);
  atomic_fetch_add(&file->holders, 1);
  batch->file = file;
  batch->release = release;
  batch->position = position;
  batch->block_size = size;
  batch->within_line = within_line;
  return batch;
}

bool batch_file_failed(const struct batch_file *file) {
  return atomic_load(&file->failed);
}

/* Returns the bytes read, 0 at the end, -1 on an error. */
static ssize_t read_at(const struct batch_file *file, uint64_t position, char *into, size_t size,
                       struct error *error) {
  ssize_t got;
  do
    got = pread(file->file, into, size, (off_t)position);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    error_set(error, "cannot read '%s': %s", file->path, strerror(errno));
  return got;
}

static bool became_shorter(const struct batch_file *file, struct error *error) {
  return error_set(error, "'%s' became shorter while it was read", file->path);
}

/* Moves the batch's position to where its first line begins: `end` when none does before that. */
static bool find_first_line(struct batch *batch, uint64_t end, struct error *error) {
  uint64_t position = batch->position - 1;
  const char *newline = NULL;
  while (!newline && position < end - 1) {
    ssize_t size = read_at(batch->file, position, batch->bytes, STEP_SIZE, error);
    if (size <= 0)
      return size == 0 ? became_shorter(batch->file, error) : false;
    newline = memchr(batch->bytes, '\n', (size_t)size);
    position += newline ? (uint64_t)(newline + 1 - batch->bytes) : (uint64_t)size;
  }
  batch->position = newline && position < end ? position : end;
  return true;
}

/* Reads up to `size` bytes of the batch in all; fewer at the file's end, or on an error. */
static bool fill(struct batch *batch, size_t size, struct error *error) {
  ssize_t got = 1;
  batch_reserve(batch, size);
  while (batch->size < size && got > 0) {
    got = read_at(batch->file, batch->position + batch->size, batch->bytes + batch->size,
                  size - batch->size, error);
    batch->size += got > 0 ? (size_t)got : 0;
  }
  return got >= 0;
}

/* Reads the lines that begin in the next `block_size` bytes, the last one to its end. */
static enum batch_loaded read_lines(struct batch *batch, size_t block_size, bool long_lines,
                                    struct error *error) {
  size_t want = block_size + STEP_SIZE, looked_at = block_size - 1;
  for (;;) {
    if (!fill(batch, want, error))
      return BATCH_FAILED;
    if (batch->size < block_size) {
      became_shorter(batch->file, error);
      return BATCH_FAILED;
    }
    const char *newline = memchr(batch->bytes + looked_at, '\n', batch->size - looked_at);
    if (newline)
      batch->size = (size_t)(newline + 1 - batch->bytes);
    if (newline || batch->size < want)
      return BATCH_LOADED;
    const char *before = memrchr(batch->bytes, '\n', block_size - 1);
    size_t line = before ? (size_t)(before + 1 - batch->bytes) : 0;
    if (batch->size - line >= CUT_SIZE) {
      batch->size = line + CUT_SIZE;
      return BATCH_LOADED;
    }
    looked_at = batch->size;
    want = want * 2 < line + CUT_SIZE ? want * 2 : line + CUT_SIZE;
    if (!long_lines && want > block_size + BATCH_LONG_SIZE)
      return BATCH_LONG;
  }
}

enum batch_loaded batch_load(struct batch *batch, struct batch_memory *memory, bool long_lines,
                             struct error *error) {
  if (!batch->file)
    return BATCH_LOADED;
  const uint64_t end = batch->position + batch->block_size;
  struct error failure = ERROR_NONE;
  enum batch_loaded loaded = BATCH_FAILED;
  batch->bytes = memory->bytes;
  batch->capacity = memory->capacity;
  *memory = (struct batch_memory){NULL, 0};
  batch_reserve(batch, batch->block_size + STEP_SIZE);
  if (!batch->within_line || find_first_line(batch, end, &failure)) {
    batch->within_line = false;
    batch->block_size = (size_t)(end - batch->position);
    loaded = batch->block_size > 0 ? read_lines(batch, batch->block_size, long_lines, &failure)
                                   : BATCH_LOADED;
  }
  if (loaded != BATCH_LOADED)
    batch->size = 0;
  if (loaded == BATCH_LONG)
    batch_unload(batch, memory);
  else
    memset(batch->bytes + batch->size, 0, JSON_PADDING);
  if (loaded == BATCH_FAILED && !atomic_exchange(&batch->file->failed, true))
    error_set(error, "%s", failure.text);
  return loaded;
}

void batch_unload(struct batch *batch, struct batch_memory *memory) {
  if (!batch->file)
    return;
  batch->size = 0;
  if (batch->capacity <= BATCH_LONG_SIZE)
    *memory = (struct batch_memory){batch->bytes, batch->capacity};
  else
    free(batch->bytes);
  batch->bytes = NULL;
  batch->capacity = 0;
}
