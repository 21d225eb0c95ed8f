/* How a stream is cut into batches: behind the ends of lines, or record by record. */
#include "source/file/stream_internal.h"

/* ---- lines ------------------------------------------------------------------------------- */

static void finish_lines(struct stream *stream, struct batch *batch, size_t size) {
  batch->position = stream->carry_position;
  batch->size = size;
  memset(batch->bytes + size, 0, JSON_PADDING);
  stream->carry_position += size + stream->dropped;
  if (stream->dropped > 0)
    stream->end.size = 0;
  else
    mark_edge_move(&stream->end, (struct text){batch->bytes, size});
  stream->dropped = 0;
  stream->place.position = stream->carry_position;
}

/* Cuts the batch behind its last newline (at `newline`) and carries the rest. */
static struct batch *cut_lines(struct stream *stream, struct batch *batch, const char *newline) {
  size_t size = (size_t)(newline + 1 - batch->bytes);
  buffer_append(&stream->carry, newline + 1, batch->size - size);
  finish_lines(stream, batch, size);
  return batch;
}

/* The batch holds CUT_SIZE bytes or more of one line without its end: finds the end. */
static struct batch *skip_long_line(struct stream *stream, struct batch *batch, bool growing,
                                    struct error *error) {
  stream->dropped += batch->size - CUT_SIZE;
  batch->size = CUT_SIZE;
  batch_reserve(batch, CUT_SIZE + BLOCK_SIZE);
  for (;;) {
    char *into = batch->bytes + CUT_SIZE;
    ssize_t size = stream_read_block(stream, into, growing, error);
    if (size < 0 || (size == 0 && growing)) {
      buffer_append(&stream->carry, batch->bytes, batch->size);
      batch_free(batch);
      return NULL;
    }
    const char *newline = memchr(into, '\n', (size_t)size);
    if (newline || size == 0) {
      size_t rest = newline ? (size_t)(newline + 1 - into) : 0;
      stream->dropped += rest;
      buffer_append(&stream->carry, into + rest, (size_t)size - rest);
      finish_lines(stream, batch, CUT_SIZE);
      return batch;
    }
    stream->dropped += (uint64_t)size;
  }
}

struct batch *stream_next_lines(struct stream *stream, bool growing, struct error *error) {
  struct batch *batch = batch_new(stream->carry.size + BLOCK_SIZE);
  batch->size = stream->carry.size;
  if (batch->size > 0)
    memcpy(batch->bytes, stream->carry.data, batch->size);
  buffer_reset(&stream->carry);
  const char *newline = memrchr(batch->bytes, '\n', batch->size);
  while (!newline) {
    if (batch->size >= CUT_SIZE)
      return skip_long_line(stream, batch, growing, error);
    if (batch->capacity < batch->size + BLOCK_SIZE)
      batch_reserve(batch, batch->size * 2 + BLOCK_SIZE);
    char *into = batch->bytes + batch->size;
    ssize_t size = stream_read_block(stream, into, growing, error);
    if (size < 0 || (size == 0 && (growing || batch->size == 0))) {
      buffer_append(&stream->carry, batch->bytes, batch->size);
      batch_free(batch);
      return NULL;
    }
    if (size == 0) {
      stream->ended = true;
      finish_lines(stream, batch, batch->size);
      return batch;
    }
    newline = memrchr(into, '\n', (size_t)size);
    batch->size += (size_t)size;
  }
  return cut_lines(stream, batch, newline);
}

struct text stream_rest(const struct stream *stream) {
  bool lines = stream->form != FRAMING_VALUES && stream->dropped == 0;
  return lines ? buffer_text(&stream->carry) : TEXT("");
}

struct batch *stream_take_rest(struct stream *stream) {
  struct text rest = stream_rest(stream);
  if (rest.size == 0 || rest.size >= CUT_SIZE)
    return NULL;
  struct batch *batch = batch_new(rest.size);
  memcpy(batch->bytes, rest.data, rest.size);
  stream->form = FRAMING_LINES;
  finish_lines(stream, batch, rest.size);
  buffer_reset(&stream->carry);
  return batch;
}

/* ---- values ------------------------------------------------------------------------------ */

/* Adds to *batch; false when the record's log type does not fit the batch's. */
static bool add_framed(struct batch **batch, const struct framed *framed) {
  if (!*batch) {
    *batch = batch_new_listed(BLOCK_SIZE);
    (*batch)->log_type = framed->log_type;
  }
  if (!text_equal((*batch)->log_type, framed->log_type))
    return false;
  batch_add(*batch, framed->record, framed->position);
  return true;
}

/* What of the block in the carry, which began at `position`, is handed out. */
static void keep_end_of_block(struct stream *stream, uint64_t position) {
  if (stream->place.position <= position)
    return;
  size_t size = (size_t)(stream->place.position - position);
  stream->end.size = 0;
  if (size <= stream->carry.size)
    mark_edge_move(&stream->end, (struct text){stream->carry.data, size});
}

/* Takes the records of the block in the carry. True when the batch should go out already. */
static bool take_block(struct stream *stream, struct batch **batch) {
  if (stream->has_pending) {
    add_framed(batch, &stream->pending);
    stream->has_pending = false;
  }
  struct text block = buffer_text(&stream->carry);
  uint64_t position = stream->framer.position - stream->cursor;
  for (;;) {
    stream->place = stream->framer.place;
    if (!framer_next(&stream->framer, block, &stream->cursor, &stream->pending))
      break;
    if (!add_framed(batch, &stream->pending)) {
      keep_end_of_block(stream, position);
      stream->has_pending = true;
      return true;
    }
  }
  stream->place = stream->framer.place;
  keep_end_of_block(stream, position);
  buffer_reset(&stream->carry);
  stream->cursor = 0;
  return *batch != NULL;
}

static struct batch *finish_values(struct stream *stream, struct error *error) {
  struct batch *batch = NULL;
  struct framed framed;
  stream->ended = true;
  if (framer_finish(&stream->framer, &framed))
    add_framed(&batch, &framed);
  else if (framer_is_inside(&stream->framer))
    error_set(error, "'%s' ends within a JSON array; it may have been cut off", stream->path);
  stream->place = stream->framer.place;
  stream->end.size = 0;
  return batch;
}

struct batch *stream_next_values(struct stream *stream, bool growing, struct error *error) {
  struct batch *batch = NULL;
  while (!take_block(stream, &batch)) {
    ssize_t size =
        stream_read_block(stream, buffer_reserve(&stream->carry, BLOCK_SIZE), growing, error);
    if (size < 0 || (size == 0 && growing))
      return NULL;
    if (size == 0)
      return finish_values(stream, error);
    stream->carry.size = (size_t)size;
  }
  return batch;
}
