/*
 * Reads a file whole: configuration, rules, schemas, tables, fixtures, secrets, certificates.
 *
 * A path may lead to anything. Opening a FIFO waits for somebody who writes to it, reading
 * /dev/zero never ends, and opening a device may make it do something. So a file is opened without
 * waiting (O_NONBLOCK), looked at, and refused unless it is of a kind that the caller takes.
 *
 * What each caller takes:
 *
 *   FILE_REGULAR      what is found in folders, what is read again whenever it changes (lookup
 *                     tables, certificates), fixtures, the records that `run` reads
 *   FILE_HANDED_OVER  what a person names: the configuration, a rule, a file of schemas, Sigma's
 *                     mapping, a secret, rows for `sim`. A shell or a supervisor may hand it over
 * as a descriptor, as in `-c <(envsubst <margay.yml)`. systemd's credentials are regular files.
 *   FILE_STREAM       the records that `scan`, `explain` and `new` read as `cat` would
 *
 * Threads: any; nothing is kept between two calls.
 */
#ifndef BASE_FILE_TEXT_H
#define BASE_FILE_TEXT_H

#include "base/buffer.h"
#include "base/error.h"

#include <sys/stat.h>

enum file_kinds {
  FILE_REGULAR, /* and symbolic links to one */
  /* Also a pipe or a terminal below the names that the system has for descriptors: /dev/stdin,
   * /dev/fd/N, /proc/self/fd/N. A pipe that gives nothing is an error when it is read whole: it can
   * be read once only, and whatever was read before (at a reload) must not be taken for empty. */
  FILE_HANDED_OVER,
  FILE_STREAM, /* also every FIFO, which is waited for, terminals and /dev/null */
};

enum file_result {
  FILE_READ,
  FILE_MISSING, /* nothing is there, or a symbolic link to nothing */
  FILE_REFUSED, /* of another kind, too large, or the system does not let it be read */
};

/*
 * Errors of all of these: `error->file` is the path, and the text is the cause alone ("it is a
 * FIFO, not a regular file", "No such file or directory"), for the caller to prefix or to place
 * elsewhere.
 *
 * `status`, where it is not NULL, becomes what the system says of the file, even if it is refused;
 * all zero when that is not known.
 */

/* A descriptor for reading, with O_CLOEXEC, which the caller closes; -1 with the error. */
int file_open(const char *path, enum file_kinds kinds, struct stat *status, struct error *error);

/* Appends the bytes to `out`, which is as before unless the result is FILE_READ. More than
 * `size_max` bytes are an error; no more than one byte beyond them is read. */
enum file_result file_read(const char *path, enum file_kinds kinds, size_t size_max,
                           struct buffer *out, struct stat *status, struct error *error);

/* The same for a regular file that the caller has opened in a way of its own, with O_NONBLOCK, or
 * could not open (-1, with the cause in errno). Closes it. The path is for the error. */
enum file_result file_read_opened(int file, const char *path, size_t size_max, struct buffer *out,
                                  struct error *error);

/* A folder that is being looked into, and those above it. */
struct folder_place {
  dev_t device;
  ino_t inode;
  const struct folder_place *above; /* NULL: the first one */
};

/* Fills `place`. False for a folder that is being looked into already, as a symbolic link within it
 * leads back to it: everything in it is found without going there again. */
bool folder_enter(const char *path, const struct folder_place *above, struct folder_place *place);

#endif
