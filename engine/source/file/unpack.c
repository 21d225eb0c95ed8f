#include "source/file/unpack.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define INPUT_SIZE ((size_t)64 * 1024)
#define GZIP_ONLY (15 + 16) /* window bits of inflateInit2: gzip's header and check, no other */

struct unpack {
  enum unpack_form form;
  z_stream gzip;
  ZSTD_DStream *zstd;
  char input[INPUT_SIZE];
  size_t at, end;    /* of the input that is not used yet */
  uint64_t position; /* of the file */
  bool within;       /* an archive has begun and not ended */
  bool more;         /* the last output filled its room: there may be more without input */
  char damage[128];  /* why it does not go on; "" = it does */
};

enum unpack_form unpack_form_of(struct text start) {
  static const unsigned char zstd[] = {0x28, 0xb5, 0x2f, 0xfd}, gzip[] = {0x1f, 0x8b, 0x08};
  if (start.size < UNPACK_MAGIC_SIZE)
    return UNPACK_NONE;
  if (memcmp(start.data, gzip, sizeof gzip) == 0)
    return UNPACK_GZIP;
  return memcmp(start.data, zstd, sizeof zstd) == 0 ? UNPACK_ZSTD : UNPACK_NONE;
}

struct unpack *unpack_new(enum unpack_form form, struct text start) {
  struct unpack *unpack = memory_alloc(sizeof *unpack);
  unpack->form = form;
  if (form == UNPACK_GZIP && inflateInit2(&unpack->gzip, GZIP_ONLY) != Z_OK)
    memory_exhausted();
  if (form == UNPACK_ZSTD && !(unpack->zstd = ZSTD_createDStream()))
    memory_exhausted();
  unpack->position = unpack->end = start.size < INPUT_SIZE ? start.size : INPUT_SIZE;
  if (unpack->end > 0)
    memcpy(unpack->input, start.data, unpack->end);
  return unpack;
}

void unpack_free(struct unpack *unpack) {
  if (!unpack)
    return;
  if (unpack->form == UNPACK_GZIP)
    inflateEnd(&unpack->gzip);
  ZSTD_freeDStream(unpack->zstd);
  free(unpack);
}

static void set_damage(struct unpack *unpack, const char *why) {
  snprintf(unpack->damage, sizeof unpack->damage, "%s", why ? why : "it makes no sense");
}

/* Behind an archive zeros may stand, with which tapes are filled up. */
static void skip_padding(struct unpack *unpack) {
  while (!unpack->within && unpack->at < unpack->end && unpack->input[unpack->at] == '\0')
    unpack->at++;
}

static size_t step_gzip(struct unpack *unpack, char *into, size_t size) {
  z_stream *stream = &unpack->gzip;
  stream->next_in = (Bytef *)unpack->input + unpack->at;
  stream->avail_in = (uInt)(unpack->end - unpack->at);
  stream->next_out = (Bytef *)into;
  stream->avail_out = (uInt)size;
  unpack->within = unpack->within || stream->avail_in > 0;
  int result = inflate(stream, Z_NO_FLUSH);
  unpack->at = unpack->end - stream->avail_in;
  unpack->more = stream->avail_out == 0;
  if (result == Z_STREAM_END) {
    unpack->within = unpack->more = false;
    inflateReset(stream);
  } else if (result != Z_OK && result != Z_BUF_ERROR) {
    set_damage(unpack, stream->msg);
  }
  return size - stream->avail_out;
}

static size_t step_zstd(struct unpack *unpack, char *into, size_t size) {
  ZSTD_inBuffer in = {unpack->input, unpack->end, unpack->at};
  ZSTD_outBuffer out = {into, size, 0};
  size_t result = ZSTD_decompressStream(unpack->zstd, &out, &in);
  unpack->at = in.pos;
  unpack->more = out.pos == out.size && result != 0;
  if (ZSTD_isError(result))
    set_damage(unpack, ZSTD_getErrorName(result));
  else
    unpack->within = result != 0;
  return out.pos;
}

/* False at the file's end, or with the error. */
static bool fill_input(struct unpack *unpack, int file, struct error *error) {
  ssize_t size;
  do
    size = read(file, unpack->input, INPUT_SIZE);
  while (size < 0 && errno == EINTR);
  if (size < 0)
    return error_set(error, "%s", strerror(errno));
  unpack->at = 0;
  unpack->end = (size_t)size;
  unpack->position += (uint64_t)size;
  return size > 0;
}

/* The next bytes of what is in memory; 0: more is needed, or it is damaged. */
static size_t step(struct unpack *unpack, char *into, size_t size) {
  if (unpack->form == UNPACK_GZIP)
    skip_padding(unpack);
  if (unpack->at == unpack->end && !unpack->more)
    return 0;
  return unpack->form == UNPACK_GZIP ? step_gzip(unpack, into, size)
                                     : step_zstd(unpack, into, size);
}

bool unpack_is_within(const struct unpack *unpack) {
  return unpack->within && !*unpack->damage;
}

size_t unpack_start(int file, char *into, size_t size, bool *cut) {
  char *raw = memory_alloc(INPUT_SIZE);
  ssize_t got = pread(file, raw, INPUT_SIZE, 0);
  struct text start = {raw, got > 0 ? (size_t)got : 0};
  enum unpack_form form = unpack_form_of(start);
  size_t given = 0;
  if (cut)
    *cut = false;
  if (form == UNPACK_NONE) {
    given = start.size < size ? start.size : size;
    memcpy(into, raw, given);
  } else {
    struct unpack *unpack = unpack_new(form, start);
    size_t more;
    while (given < size && !*unpack->damage &&
           ((more = step(unpack, into + given, size - given)) > 0 ||
            (unpack->at < unpack->end && !*unpack->damage)))
      given += more;
    if (cut)
      *cut = given < size && unpack_is_within(unpack) && start.size < INPUT_SIZE;
    unpack_free(unpack);
  }
  free(raw);
  return given;
}

ssize_t unpack_read(struct unpack *unpack, int file, char *into, size_t size, struct error *error) {
  for (;;) {
    if (*unpack->damage) {
      error_set(error, "what is compressed in it is damaged after %llu bytes of the file (%s)",
                (unsigned long long)(unpack->position - (unpack->end - unpack->at)),
                unpack->damage);
      return -1;
    }
    if (unpack->form == UNPACK_GZIP)
      skip_padding(unpack);
    if (unpack->at == unpack->end && !unpack->more && !fill_input(unpack, file, error))
      return error->set ? -1 : 0;
    size_t given = step(unpack, into, size);
    if (given > 0)
      return (ssize_t)given;
  }
}

uint64_t unpack_position(const struct unpack *unpack) {
  return unpack->position;
}
