/* The bytes of a stream, unpacked if they are compressed. */
#include "source/file/stream_internal.h"

#include <errno.h>
#include <unistd.h>

void stream_keep_start(struct stream *stream, uint64_t position, const char *bytes, size_t size) {
  if (position == stream->start.size)
    mark_edge_fill(&stream->start, (struct text){bytes, size});
}

/* As stream_read_block, from what is not compressed, or not known to be. */
static ssize_t read_plain(struct stream *stream, char *into, size_t room, struct error *error) {
  ssize_t size;
  do
    size = read(stream->file, into, room);
  while (size < 0 && errno == EINTR);
  if (size < 0)
    error_set(error, "cannot read '%s': %s", stream->path, strerror(errno));
  return size;
}

/* Reads the first bytes, which show whether the rest is compressed. False while there are too few,
 * or on an error. */
static bool read_first(struct stream *stream, bool growing, struct error *error) {
  while (stream->first_size < UNPACK_MAGIC_SIZE) {
    ssize_t size = read_plain(stream, stream->first + stream->first_size,
                              UNPACK_MAGIC_SIZE - stream->first_size, error);
    if (size < 0 || (size == 0 && growing))
      return false;
    if (size == 0)
      break;
    stream->first_size += (size_t)size;
  }
  const struct text first = {stream->first, stream->first_size};
  enum unpack_form form = unpack_form_of(first);
  stream->form_known = true;
  if (form == UNPACK_NONE)
    return true;
  stream->unpack = unpack_new(form, first);
  stream->first_size = 0;
  return true;
}

ssize_t stream_read_block(struct stream *stream, char *into, bool growing, struct error *error) {
  ssize_t size;
  if (!stream->form_known && !read_first(stream, growing, error))
    return error->set ? -1 : 0;
  if (stream->unpack) {
    size = unpack_read(stream->unpack, stream->file, into, BLOCK_SIZE, error);
    if (size < 0)
      error_prefix(error, "cannot read on in '%s'", stream->path);
  } else if (stream->first_size > 0) {
    size = (ssize_t)stream->first_size;
    memcpy(into, stream->first, stream->first_size);
    stream->first_size = 0;
  } else {
    size = read_plain(stream, into, BLOCK_SIZE, error);
  }
  if (size > 0) {
    stream_keep_start(stream, stream->bytes_read, into, (size_t)size);
    stream->bytes_read += (uint64_t)size;
  }
  return size;
}
