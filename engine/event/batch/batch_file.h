/*
 * A regular file of lines whose batches are read by who works on them. The one who cuts the file up
 * only says which block a batch is (batch_file_plan). A worker reads it when it begins with it
 * (batch_load), into the memory of the block that it worked on before, which its processor's cache
 * still holds. So reading is part of what more workers do faster, and no thread waits for another
 * one's copy.
 *
 * The records of a block are the lines that begin in it: the first one may begin behind the block's
 * start, and the last one end behind the block's end. A file is counted: its batches hold it.
 */
#ifndef EVENT_BATCH_BATCH_FILE_H
#define EVENT_BATCH_BATCH_FILE_H

#include "base/error.h"
#include "event/batch/batch.h"

struct batch_file;

/* A file that is open; the descriptor is duplicated. `path` is for errors. NULL when the system
 * gives no more descriptors. */
struct batch_file *batch_file_new(int file, const char *path);
void batch_file_release(struct batch_file *file); /* NULL is fine */

/* The lines that begin in `size` bytes (not 0) from `position` on. `within_line`: position may lie
 * within a line, which then belongs to the block before. */
struct batch *batch_file_plan(struct batch_file *file, uint64_t position, size_t size,
                              bool within_line);

/* No more should be planned: a block could not be read. */
bool batch_file_failed(const struct batch_file *file);

/* Memory that is used for one batch after the other. Starts zeroed; its bytes are freed by free. */
struct batch_memory {
  char *bytes;
  size_t capacity;
};

enum batch_loaded {
  BATCH_LOADED,
  BATCH_LONG, /* not read: its last line makes it longer than was allowed */
  BATCH_FAILED
};

/*
 * Reads the batch's lines if they are still in their file, into *memory, which is the batch's until
 * batch_unload. A line longer than JSON_SIZE_MAX is cut just behind that.
 *
 * BATCH_LONG: a block whose last line ends more than BATCH_LONG_SIZE behind it; not when
 * `long_lines` are allowed. BATCH_FAILED: it cannot be read, or the file became shorter; the batch
 * is empty, and the first failure of a file sets the error.
 */
#define BATCH_LONG_SIZE ((size_t)1024 * 1024)
enum batch_loaded batch_load(struct batch *batch, struct batch_memory *memory, bool long_lines,
                             struct error *error);

/* Gives a loaded batch's memory back when nothing points into its bytes any more. They are gone. */
void batch_unload(struct batch *batch, struct batch_memory *memory);

#endif
