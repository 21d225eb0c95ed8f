#include "event/batch/spill.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
  int64_t key;
  uint64_t order;
  struct text bytes;
};

/* What an item takes besides its bytes: the list has room for up to twice as many, and the arena
 * aligns. */
#define ITEM_BYTES (2 * sizeof(struct item) + 16)

/* A sorted stretch of the file. While merging, `head` is its smallest item not given back yet, and
 * lies in the block of the stretch that was read last. */
struct run {
  long long position, end; /* of what is behind head */
  struct item head;
  struct buffer block;
  long long block_position;
};

/* Each run reads so much at once, as far as all blocks fit into the memory that items had. */
#define BLOCK_MAX ((size_t)64 << 10)
#define BLOCK_MIN ((size_t)4 << 10)

struct spill {
  const char *what;
  struct item *items;
  size_t count, capacity;
  size_t held;        /* bytes of memory */
  struct arena arena; /* bytes of items */
  FILE *file;
  char *written; /* the stream's buffer */
  struct run *runs;
  size_t run_count, run_capacity;
};

struct spill *spill_new(const char *what) {
  struct spill *spill = memory_alloc(sizeof *spill);
  spill->what = what;
  return spill;
}

void spill_free(struct spill *spill) {
  if (!spill)
    return;
  for (size_t i = 0; i < spill->run_count; i++)
    buffer_free(&spill->runs[i].block);
  if (spill->file)
    fclose(spill->file);
  free(spill->written);
  free(spill->runs);
  free(spill->items);
  arena_free(&spill->arena);
  free(spill);
}

static bool before(const struct item *a, const struct item *b) {
  return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static int compare_items(const void *a, const void *b) {
  return before(a, b) ? -1 : before(b, a) ? 1 : 0;
}

static bool file_error(const struct spill *spill, struct error *error) {
  return error_set(error, "the temporary file for sorting %s failed: %s (TMPDIR says where)",
                   spill->what, strerror(errno));
}

static bool write_item(FILE *file, const struct item *item) {
  uint64_t size = item->bytes.size;
  return fwrite(&item->key, sizeof item->key, 1, file) == 1 &&
         fwrite(&item->order, sizeof item->order, 1, file) == 1 &&
         fwrite(&size, sizeof size, 1, file) == 1 &&
         (size == 0 || fwrite(item->bytes.data, size, 1, file) == 1);
}

static void sort(struct spill *spill) {
  if (spill->count > 1)
    qsort(spill->items, spill->count, sizeof *spill->items, compare_items);
}

/* Without a name from the start: nothing is left behind, whatever happens. (tmpfile(3) does not
 * look at TMPDIR.) */
static FILE *temporary_file(void) {
  const char *folder = getenv("TMPDIR");
  char path[PATH_MAX];
  if (!folder || !*folder)
    folder = access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
  snprintf(path, sizeof path, "%s/margay-XXXXXX", folder);
  int file = mkostemp(path, O_CLOEXEC);
  if (file < 0)
    return NULL;
  unlink(path);
  FILE *stream = fdopen(file, "w+");
  if (!stream)
    close(file);
  return stream;
}

static bool open_file(struct spill *spill) {
  if (!(spill->file = temporary_file()))
    return false;
  spill->written = memory_resize(NULL, BLOCK_MAX);
  setvbuf(spill->file, spill->written, _IOFBF, BLOCK_MAX);
  return true;
}

static bool flush_run(struct spill *spill, struct error *error) {
  sort(spill);
  if (!spill->file && !open_file(spill))
    return file_error(spill, error);
  struct run run = {.position = ftello(spill->file)};
  for (size_t i = 0; i < spill->count; i++)
    if (!write_item(spill->file, &spill->items[i]))
      return file_error(spill, error);
  run.end = ftello(spill->file);
  if (fflush(spill->file) != 0)
    return file_error(spill, error);
  spill->runs =
      memory_reserve(spill->runs, &spill->run_capacity, spill->run_count + 1, sizeof *spill->runs);
  spill->runs[spill->run_count++] = run;
  spill->count = spill->held = 0;
  arena_free(&spill->arena);
  return true;
}

bool spill_add(struct spill *spill, int64_t key, uint64_t order, struct text bytes,
               struct error *error) {
  spill->items =
      memory_reserve(spill->items, &spill->capacity, spill->count + 1, sizeof *spill->items);
  spill->items[spill->count++] = (struct item){key, order, arena_copy(&spill->arena, bytes)};
  spill->held += bytes.size + ITEM_BYTES;
  return spill->held < SPILL_MEMORY_MAX || flush_run(spill, error);
}

static bool read_at(const struct spill *spill, char *to, size_t size, long long position,
                    struct error *error) {
  while (size > 0) {
    ssize_t got = pread(fileno(spill->file), to, size, position);
    if (got <= 0) {
      if (got < 0 && errno == EINTR)
        continue;
      errno = got < 0 ? errno : EIO;
      return file_error(spill, error);
    }
    to += got;
    size -= (size_t)got;
    position += got;
  }
  return true;
}

/* So many bytes at the run's position; NULL with the error. They live until the next call. */
static const char *look(const struct spill *spill, struct run *run, size_t size,
                        struct error *error) {
  size_t at = (size_t)(run->position - run->block_position);
  if (at <= run->block.size && size <= run->block.size - at)
    return run->block.data + at;
  size_t left = (size_t)(run->end - run->position), block = SPILL_MEMORY_MAX / spill->run_count;
  block = block > BLOCK_MAX ? BLOCK_MAX : block < BLOCK_MIN ? BLOCK_MIN : block;
  if (block < size)
    block = size;
  if (block > left)
    block = left;
  if (block < size) {
    errno = EIO;
    file_error(spill, error);
    return NULL;
  }
  buffer_reset(&run->block);
  if (!read_at(spill, buffer_reserve(&run->block, block), block, run->position, error))
    return NULL;
  run->block.size = block;
  run->block_position = run->position;
  return run->block.data;
}

/* What stands before an item's bytes, as write_item writes it. */
#define HEAD_SIZE (sizeof(int64_t) + 2 * sizeof(uint64_t))

/* Reads the run's next item into its head; *more is false at the run's end. */
static bool advance(const struct spill *spill, struct run *run, bool *more, struct error *error) {
  struct item *head = &run->head;
  uint64_t size;
  *more = run->position < run->end;
  if (!*more)
    return true;
  const char *bytes = look(spill, run, HEAD_SIZE, error);
  if (!bytes)
    return false;
  memcpy(&size, bytes + sizeof head->key + sizeof head->order, sizeof size);
  assert(size <= (uint64_t)(run->end - run->position)); /* the file is ours alone */
  if (!(bytes = look(spill, run, HEAD_SIZE + size, error)))
    return false;
  memcpy(&head->key, bytes, sizeof head->key);
  memcpy(&head->order, bytes + sizeof head->key, sizeof head->order);
  head->bytes = (struct text){bytes + HEAD_SIZE, size};
  run->position += (long long)(HEAD_SIZE + size);
  return true;
}

static bool read_memory(struct spill *spill,
                        bool (*each)(void *context, struct text bytes, struct error *error),
                        void *context, struct error *error) {
  sort(spill);
  for (size_t i = 0; i < spill->count; i++)
    if (!each(context, spill->items[i].bytes, error))
      return false;
  return true;
}

bool spill_read(struct spill *spill,
                bool (*each)(void *context, struct text bytes, struct error *error), void *context,
                struct error *error) {
  if (spill->run_count == 0)
    return read_memory(spill, each, context, error);
  if (spill->count > 0 && !flush_run(spill, error))
    return false;
  size_t live = 0;
  for (size_t i = 0; i < spill->run_count; i++) {
    bool more;
    if (!advance(spill, &spill->runs[i], &more, error))
      return false;
    live += more;
  }
  /* Runs are few (one for each 16 MiB), so the smallest head is looked for directly. */
  for (size_t left = live; left > 0;) {
    struct run *least = NULL;
    for (size_t i = 0; i < spill->run_count; i++) {
      struct run *run = &spill->runs[i];
      if (run->head.bytes.data && (!least || before(&run->head, &least->head)))
        least = run;
    }
    assert(least); /* `left` runs have a head */
    bool more;
    if (!each(context, least->head.bytes, error) || !advance(spill, least, &more, error))
      return false;
    if (!more) {
      least->head.bytes.data = NULL;
      left--;
    }
  }
  return true;
}
