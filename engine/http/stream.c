#include "http/internal.h"

#include <stdlib.h>

/* What was sent is taken off the front once it is this much, so that each byte moves once or so. */
#define SENT_MAX ((size_t)64 * 1024)

static size_t pending_size(const struct body_stream *stream) {
  return stream->pending.size - stream->sent;
}

static void take_off(struct body_stream *stream) {
  size_t left = pending_size(stream);
  if (left > 0 && stream->sent < SENT_MAX)
    return;
  if (left > 0)
    memmove(stream->pending.data, stream->pending.data + stream->sent, left);
  stream->pending.size = left;
  stream->sent = 0;
}

static bool has_room(const struct exchange *exchange, size_t size) {
  size_t max = exchange->listener->limits.stream_buffer_max;
  size_t used = pending_size(&exchange->stream);
  return used <= max && size <= max - used;
}

/* Wakes the connection; the exchange's lock is held. */
static void resume(struct exchange *exchange) {
  if (!exchange->stream.suspended || exchange->gone)
    return;
  exchange->stream.suspended = false;
  MHD_resume_connection(exchange->handle);
}

ssize_t body_stream_supply(void *context, uint64_t position, char *out, size_t max) {
  (void)position;
  struct exchange *exchange = context;
  struct body_stream *stream = &exchange->stream;
  ssize_t result = 0;
  pthread_mutex_lock(&exchange->lock);
  size_t size = pending_size(stream);
  if (size > max)
    size = max;
  if (size > 0) {
    memcpy(out, stream->pending.data + stream->sent, size);
    stream->sent += size;
    take_off(stream);
    connection_expect_progress(exchange->connection, true);
    result = (ssize_t)size;
  } else if (stream->ended) {
    connection_expect_progress(exchange->connection, true); /* of what libmicrohttpd still has */
    result = MHD_CONTENT_READER_END_OF_STREAM;
  } else {
    connection_expect_progress(exchange->connection, false);
    stream->suspended = true;
    MHD_suspend_connection(exchange->handle);
  }
  pthread_mutex_unlock(&exchange->lock);
  return result;
}

void body_stream_end(struct exchange *exchange) {
  exchange->stream.ended = true;
  resume(exchange);
}

struct http_stream *http_exchange_stream(struct http_exchange *exchange,
                                         struct http_answer *answer) {
  struct exchange *own = exchange_of(exchange);
  answer_seal(answer);
  pthread_mutex_lock(&own->lock);
  if (!own->answered) {
    own->is_stream = true;
    own->stream.pending = answer->body;
    own->stream.ended = atomic_load(&own->listener->stopping);
    answer->body = BUFFER_NONE;
  }
  answer_set(own, answer);
  pthread_mutex_unlock(&own->lock);
  return (struct http_stream *)own;
}

enum http_stream_result http_stream_write(struct http_stream *stream, struct text piece) {
  struct exchange *exchange = (struct exchange *)stream;
  enum http_stream_result result = HTTP_STREAM_TAKEN;
  pthread_mutex_lock(&exchange->lock);
  if (!exchange->is_stream || exchange->gone || exchange->stream.ended) {
    result = HTTP_STREAM_GONE;
  } else if (!has_room(exchange, piece.size)) {
    result = HTTP_STREAM_FULL;
  } else if (piece.size > 0) {
    buffer_append_text(&exchange->stream.pending, piece);
    resume(exchange);
  }
  pthread_mutex_unlock(&exchange->lock);
  return result;
}

void http_stream_end(struct http_stream *stream) {
  struct exchange *exchange = (struct exchange *)stream;
  pthread_mutex_lock(&exchange->lock);
  body_stream_end(exchange);
  pthread_mutex_unlock(&exchange->lock);
  exchange_release(exchange);
}
