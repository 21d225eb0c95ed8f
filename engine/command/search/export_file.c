#include "command/search/export_file.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define OUTPUT_SIZE ((size_t)128 * 1024)
#define GZIP_WINDOW (15 + 16) /* of deflateInit2: gzip's header and check */
#define ZSTD_LEVEL 3

struct export_file {
  enum export_form form;
  FILE *out;
  char *path, *part; /* NULL: standard output */
  z_stream gzip;
  ZSTD_CStream *zstd;
  int failure; /* errno of the first write that failed */
  char output[OUTPUT_SIZE];
};

static bool open_part(struct export_file *file, const char *path, struct error *error) {
  struct buffer part = BUFFER_NONE;
  buffer_printf(&part, "%s.part", path);
  file->path = memory_copy_string(path);
  file->part = buffer_steal(&part);
  int fd = open(file->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  file->out = fd >= 0 ? fdopen(fd, "w") : NULL;
  return file->out || error_set(error, "cannot write %s: %s", file->part, strerror(errno));
}

static void release(struct export_file *file) {
  if (file->form == EXPORT_GZIP)
    deflateEnd(&file->gzip);
  ZSTD_freeCStream(file->zstd);
  free(file->path);
  free(file->part);
  free(file);
}

struct export_file *export_file_new(const char *path, enum export_form form, struct error *error) {
  struct export_file *file = memory_alloc(sizeof *file);
  file->form = form;
  file->out = stdout;
  if (form == EXPORT_GZIP && deflateInit2(&file->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                                          GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    memory_exhausted();
  if (form == EXPORT_ZSTD && !(file->zstd = ZSTD_createCStream()))
    memory_exhausted();
  if (file->zstd) {
    ZSTD_CCtx_setParameter(file->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setParameter(file->zstd, ZSTD_c_checksumFlag, 1);
  }
  if (!path || open_part(file, path, error))
    return file;
  release(file);
  return NULL;
}

/* ---- writing ----------------------------------------------------------------------------- */

static bool put(struct export_file *file, const char *bytes, size_t size) {
  if (!file->failure && size > 0 && fwrite(bytes, 1, size, file->out) != size)
    file->failure = errno ? errno : EIO;
  return !file->failure;
}

static bool put_gzip(struct export_file *file, struct text bytes, bool last) {
  z_stream *gzip = &file->gzip;
  gzip->next_in = (Bytef *)(uintptr_t)bytes.data; /* zlib only reads it */
  gzip->avail_in = (uInt)bytes.size;
  do {
    gzip->next_out = (Bytef *)file->output;
    gzip->avail_out = (uInt)OUTPUT_SIZE;
    deflate(gzip, last ? Z_FINISH : Z_NO_FLUSH);
    if (!put(file, file->output, OUTPUT_SIZE - gzip->avail_out))
      return false;
  } while (gzip->avail_out == 0);
  return true;
}

static bool put_zstd(struct export_file *file, struct text bytes, bool last) {
  ZSTD_inBuffer in = {bytes.data, bytes.size, 0};
  size_t left;
  do {
    ZSTD_outBuffer out = {file->output, OUTPUT_SIZE, 0};
    left = ZSTD_compressStream2(file->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left))
      memory_exhausted(); /* nothing else can go wrong */
    if (!put(file, file->output, out.pos))
      return false;
  } while (last ? left > 0 : in.pos < in.size);
  return true;
}

static bool write_bytes(struct export_file *file, struct text bytes, bool last) {
  switch (file->form) {
  case EXPORT_GZIP:
    return put_gzip(file, bytes, last);
  case EXPORT_ZSTD:
    return put_zstd(file, bytes, last);
  default:
    return put(file, bytes.data, bytes.size);
  }
}

bool export_file_write(struct export_file *file, struct text bytes) {
  return write_bytes(file, bytes, false);
}

/* ---- the end ----------------------------------------------------------------------------- */

/* Before it has its name, it is on the disk. */
static bool finish(struct export_file *file) {
  bool ok = fflush(file->out) == 0 && (!file->part || fsync(fileno(file->out)) == 0);
  if (!ok && !file->failure)
    file->failure = errno;
  if (file->part && fclose(file->out) != 0 && !file->failure)
    file->failure = errno;
  return !file->failure;
}

bool export_file_end(struct export_file *file, bool whole, struct error *error) {
  whole = whole && write_bytes(file, TEXT(""), true);
  finish(file);
  if (whole && !file->failure && file->part && rename(file->part, file->path) != 0)
    file->failure = errno;
  if (file->part && (!whole || file->failure))
    unlink(file->part);
  /* Who read standard output has seen enough. */
  bool ended = !file->part && file->failure == EPIPE;
  bool ok = !file->failure || ended ||
            error_set(error, "cannot write %s: %s", file->path ? file->path : "standard output",
                      strerror(file->failure));
  release(file);
  return ok;
}
