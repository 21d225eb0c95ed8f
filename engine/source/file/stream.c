#include "base/file_text.h"
#include "base/memory.h"
#include "source/file/stream_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a block that a worker reads: large enough that handing it over costs nothing, small enough for
 * a processor's own cache. */
#define PLAN_SIZE ((size_t)512 * 1024)

static const char lines_word[] = "lines";

static struct stream *stream_new(const char *path, enum file_kinds kinds, struct error *error) {
  bool standard_input = strcmp(path, "-") == 0;
  struct stat status = {.st_size = 0};
  struct error cause = ERROR_NONE;
  int file = standard_input ? STDIN_FILENO : file_open(path, kinds, &status, &cause);
  if (file < 0) {
    error_set(error, "cannot read '%s': %s", path, cause.text);
    return NULL;
  }
  if (standard_input && fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
    error_set(error, "standard input cannot be read: it is a directory");
    return NULL;
  }
  struct stream *stream = memory_alloc(sizeof(*stream));
  stream->file = file;
  stream->path = memory_copy_string(standard_input ? "standard input" : path);
  stream->carry = BUFFER_NONE;
  if (S_ISREG(status.st_mode))
    stream->total = (uint64_t)status.st_size;
  return stream;
}

/* Whether the file that goes on at a later place is compressed shows at its start. */
static void look_for_archive(struct stream *stream) {
  char start[UNPACK_MAGIC_SIZE];
  ssize_t size = pread(stream->file, start, sizeof start, 0);
  enum unpack_form form = unpack_form_of((struct text){start, size > 0 ? (size_t)size : 0});
  stream->form_known = true;
  if (form != UNPACK_NONE)
    stream->unpack = unpack_new(form, TEXT(""));
}

/* Only by unpacking everything before the place. */
static bool skip_unpacked(struct stream *stream, uint64_t position, struct error *error) {
  char *dropped = memory_alloc(BLOCK_SIZE);
  struct error cause = ERROR_NONE;
  uint64_t at = 0;
  while (position > 0) {
    size_t want = position < BLOCK_SIZE ? (size_t)position : BLOCK_SIZE;
    ssize_t size = unpack_read(stream->unpack, stream->file, dropped, want, &cause);
    if (size <= 0)
      break;
    stream_keep_start(stream, at, dropped, (size_t)size);
    mark_edge_move(&stream->end, (struct text){dropped, (size_t)size});
    at += (uint64_t)size;
    position -= (uint64_t)size;
  }
  free(dropped);
  return position == 0 ||
         error_set(error, "cannot go on in '%s': %s", stream->path,
                   cause.set ? cause.text : "what is compressed in it became shorter");
}

/* The edges before a place in what is not compressed. Fewer bytes when the file is shorter. */
static void read_edges(struct stream *stream, uint64_t position) {
  size_t size = position < MARK_SIZE ? (size_t)position : MARK_SIZE;
  ssize_t got = pread(stream->file, stream->start.bytes, size, 0);
  stream->start.size = got > 0 ? (size_t)got : 0;
  got = pread(stream->file, stream->end.bytes, size, (off_t)(position - size));
  stream->end.size = got == (ssize_t)size ? size : 0;
}

static bool seek_to(struct stream *stream, uint64_t position, struct error *error) {
  if (position > 0)
    look_for_archive(stream);
  if (stream->unpack) {
    if (!skip_unpacked(stream, position, error))
      return false;
  } else if (position > 0 && lseek(stream->file, (off_t)position, SEEK_SET) < 0)
    return error_set(error, "cannot go on at byte %llu of '%s': %s", (unsigned long long)position,
                     stream->path, strerror(errno));
  if (position > 0 && !stream->unpack)
    read_edges(stream, position);
  stream->carry_position = position;
  stream->bytes_read = position;
  stream->at_start = position == 0;
  return true;
}

bool stream_is_cut(const struct stream *stream) {
  return stream->unpack && unpack_is_within(stream->unpack);
}

/* *cut: it fails because what is compressed is not all there. */
static struct stream *open_at(const char *path, enum file_kinds kinds,
                              const struct stream_place *place, bool *cut, struct error *error) {
  struct stream *stream = stream_new(path, kinds, error);
  if (!stream)
    return NULL;
  struct text within = text_from(place->within);
  stream->place.position = place->position;
  if (text_is(within, lines_word)) {
    stream->form = FRAMING_LINES;
  } else if (within.size > 0) {
    stream->form = FRAMING_VALUES;
    if (!framing_place_read(within, &stream->place)) {
      error_set(error, "cannot go on in '%s': unknown place '%s'", stream->path, place->within);
      goto failed;
    }
    framer_start(&stream->framer, &stream->place);
  }
  if (seek_to(stream, place->position, error))
    return stream;
  *cut = stream_is_cut(stream);
failed:
  stream_close(stream);
  return NULL;
}

struct stream *stream_open(const char *path, uint64_t from, struct error *error) {
  struct stream_place place = {.position = from};
  if (from > 0)
    snprintf(place.within, sizeof(place.within), "%s", lines_word);
  bool cut;
  return open_at(path, FILE_STREAM, &place, &cut, error);
}

struct stream *stream_resume(const char *path, const struct stream_place *place,
                             struct error *error) {
  bool cut;
  return open_at(path, FILE_REGULAR, place, &cut, error);
}

struct stream *stream_resume_copy(const char *path, const struct stream_place *place,
                                  const struct mark *mark, enum stream_lack *lack) {
  struct error error = ERROR_NONE;
  bool cut = false;
  struct stream *stream = open_at(path, FILE_REGULAR, place, &cut, &error);
  *lack = cut ? STREAM_CUT : STREAM_WHOLE;
  if (!stream || (mark_start_fits(mark, mark_edge_text(&stream->start)) &&
                  mark_end_fits(mark, mark_edge_text(&stream->end))))
    return stream;
  if (!stream->unpack && stream->total < place->position)
    *lack = STREAM_SHORT;
  stream_close(stream);
  return NULL;
}

void stream_close(struct stream *stream) {
  if (!stream)
    return;
  if (stream->file != STDIN_FILENO)
    close(stream->file);
  batch_file_release(stream->planned);
  unpack_free(stream->unpack);
  framer_free(&stream->framer);
  buffer_free(&stream->carry);
  free(stream->path);
  free(stream);
}

/* ---- the form ---------------------------------------------------------------------------- */

/* False while the bytes so far may be the beginning of a byte order mark. */
static bool skip_byte_order_mark(struct stream *stream, bool complete) {
  static const char mark[] = "\xef\xbb\xbf";
  if (!stream->at_start || stream->carry.size == 0)
    return true;
  size_t size = stream->carry.size < 3 ? stream->carry.size : 3;
  bool same = memcmp(stream->carry.data, mark, size) == 0;
  if (same && stream->carry.size < 3 && !complete)
    return false;
  stream->at_start = false;
  if (same && stream->carry.size >= 3) {
    stream->carry.size -= 3;
    memmove(stream->carry.data, stream->carry.data + 3, stream->carry.size);
    stream->carry_position += 3;
  }
  return true;
}

/* Reads until the form shows. False at the end of a growing file that does not show it yet, or on
 * an error. */
static bool find_form(struct stream *stream, bool growing, struct error *error) {
  if (stream->form != FRAMING_UNKNOWN)
    return true;
  while (stream->form == FRAMING_UNKNOWN) {
    char *into = buffer_reserve(&stream->carry, BLOCK_SIZE);
    ssize_t size = stream_read_block(stream, into, growing, error);
    if (size < 0 || (size == 0 && growing))
      return false;
    stream->carry.size += (size_t)size;
    bool complete = size == 0 || stream->carry.size >= BLOCK_SIZE;
    if (!skip_byte_order_mark(stream, complete))
      continue;
    stream->form = framing_guess(buffer_text(&stream->carry), complete);
  }
  if (stream->form == FRAMING_VALUES) {
    stream->place.position = stream->carry_position;
    framer_start(&stream->framer, &stream->place);
  }
  return true;
}

/* ---- what is left -------------------------------------------------------------------------- */

bool stream_rest_is_intact(const struct stream *stream) {
  char bytes[MARK_SIZE];
  struct text rest = stream->unpack ? TEXT("") : stream_rest(stream);
  size_t size = rest.size < sizeof bytes ? rest.size : sizeof bytes;
  off_t at = (off_t)stream->carry_position;
  return size == 0 || (pread(stream->file, bytes, size, at) == (ssize_t)size &&
                       memcmp(bytes, rest.data, size) == 0);
}

bool stream_has_name(const struct stream *stream) {
  struct stat status;
  return fstat(stream->file, &status) == 0 && status.st_nlink > 0;
}

void stream_rest_memory(struct stream *stream) {
  struct buffer kept = BUFFER_NONE;
  if (stream->carry.size > 0)
    buffer_append_text(&kept, buffer_text(&stream->carry));
  buffer_free(&stream->carry);
  stream->carry = kept;
}

struct batch *stream_next(struct stream *stream, bool growing, struct error *error) {
  struct batch *batch = NULL;
  if (!stream->ended && find_form(stream, growing, error))
    batch = stream->form == FRAMING_LINES ? stream_next_lines(stream, growing, error)
                                          : stream_next_values(stream, growing, error);
  if (!batch && !growing && !error->set && stream_is_cut(stream) && !stream->cut_reported) {
    stream->cut_reported = true;
    error_set(error,
              "'%s' ends in the middle of what is compressed in it; it may have been cut off",
              stream->path);
  }
  return batch;
}

/* ---- blocks that others read ------------------------------------------------------------- */

/* Up to the size that the file had when it was opened. */
static struct batch *plan_block(struct stream *stream, bool first) {
  uint64_t position = stream->carry_position;
  if (position >= stream->total || batch_file_failed(stream->planned)) {
    stream->ended = true;
    return NULL;
  }
  uint64_t left = stream->total - position;
  size_t size = left < PLAN_SIZE ? (size_t)left : PLAN_SIZE;
  stream->bytes_read = stream->carry_position = stream->place.position = position + size;
  return batch_file_plan(stream->planned, position, size, !first);
}

struct batch *stream_plan(struct stream *stream, struct error *error) {
  if (stream->ended || stream->unpack || !find_form(stream, false, error))
    return stream->unpack ? stream_next(stream, false, error) : NULL;
  if (stream->planned)
    return plan_block(stream, false);
  if (stream->form == FRAMING_LINES && !stream->unpack && stream->file != STDIN_FILENO &&
      stream->total > stream->bytes_read)
    stream->planned = batch_file_new(stream->file, stream->path);
  if (!stream->planned)
    return stream_next(stream, false, error);
  buffer_reset(&stream->carry); /* begins with a line, and is read again */
  return plan_block(stream, true);
}

struct stream_place stream_place(const struct stream *stream) {
  struct stream_place place = {.position = stream->place.position};
  if (stream->form == FRAMING_LINES)
    snprintf(place.within, sizeof(place.within), "%s", lines_word);
  else if (stream->form == FRAMING_VALUES)
    framing_place_write(&stream->place, place.within);
  return place;
}

struct text stream_start(const struct stream *stream) {
  return mark_edge_text(&stream->start);
}

struct mark stream_mark(const struct stream *stream) {
  return mark_of(&stream->start, &stream->end, stream->place.position);
}

bool stream_fits(const struct stream *stream, const struct mark *mark) {
  return mark_start_fits(mark, mark_edge_text(&stream->start)) &&
         mark_end_fits(mark, mark_edge_text(&stream->end));
}

bool stream_is_intact(const struct stream *stream) {
  char bytes[MARK_SIZE];
  const struct mark_edge *start = &stream->start, *end = &stream->end;
  uint64_t position = stream->place.position;
  size_t most = start->size < position ? start->size : (size_t)position;
  size_t size = unpack_start(stream->file, bytes, most, NULL);
  if (size != most || memcmp(bytes, start->bytes, size) != 0)
    return false;
  if (stream->unpack || end->size == 0)
    return true;
  uint64_t from = position - end->size;
  return pread(stream->file, bytes, end->size, (off_t)from) == (ssize_t)end->size &&
         memcmp(bytes, end->bytes, end->size) == 0;
}

uint64_t stream_packed(const struct stream *stream) {
  return stream->unpack ? unpack_position(stream->unpack) : 0;
}

void stream_progress(const struct stream *stream, uint64_t *read, uint64_t *total) {
  *read = stream->unpack ? stream_packed(stream) : stream->bytes_read;
  *total = stream->total;
}
