/* Giving an answer to libmicrohttpd, by the thread that serves the connection. */
#include "http/internal.h"

#include "base/memory.h"

#include <stdlib.h>

#define BLOCK_SIZE ((size_t)16 * 1024) /* asked for at once when a body is not given as a whole */

/* Gives the first half of a body, then fails, so that the connection is closed in the middle. */
static ssize_t read_cut(void *context, uint64_t position, char *out, size_t max) {
  const struct buffer *body = context;
  size_t half = body->size / 2;
  if (position >= half)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  size_t size = half - (size_t)position;
  if (size > max)
    size = max;
  memcpy(out, body->data + position, size);
  return (ssize_t)size;
}

static void free_cut(void *context) {
  struct buffer *body = context;
  buffer_free(body);
  free(body);
}

/* Takes the body. */
static struct MHD_Response *make_response(struct exchange *exchange, struct http_answer *answer) {
  if (exchange->is_stream)
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, body_stream_supply,
                                             exchange, NULL);
  if (answer->damage == HTTP_CUT) {
    struct buffer *body = memory_alloc(sizeof *body);
    *body = answer->body;
    answer->body = BUFFER_NONE;
    return MHD_create_response_from_callback(body->size, BLOCK_SIZE, read_cut, body, free_cut);
  }
  size_t size = answer->body.size;
  return MHD_create_response_from_buffer(size, buffer_steal(&answer->body), MHD_RESPMEM_MUST_FREE);
}

static void add_headers(struct MHD_Response *response, const struct buffer *headers) {
  for (size_t at = 0; at < headers->size;) {
    const char *name = headers->data + at;
    const char *value = name + strlen(name) + 1;
    MHD_add_response_header(response, name, value);
    at += strlen(name) + strlen(value) + 2;
  }
}

enum MHD_Result answer_queue(struct exchange *exchange, struct http_answer *answer) {
  struct http_listener *listener = exchange->listener;
  bool close =
      answer->damage == HTTP_CLOSE || (answer->damage == HTTP_CUT && answer->body.size == 0);
  enum MHD_Result result = MHD_NO;
  exchange->is_damaged = answer->damage != HTTP_WHOLE;
  answer_seal(answer);
  struct MHD_Response *response = close ? NULL : make_response(exchange, answer);
  if (response) {
    add_headers(response, &answer->headers);
    if (atomic_load(&listener->stopping))
      MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    connection_enter(exchange->connection, exchange->is_stream ? PHASE_STREAM : PHASE_ANSWER);
    atomic_fetch_add(&listener->counters.answers[answer->status / 100], 1);
    result = MHD_queue_response(exchange->handle, answer->status, response);
    MHD_destroy_response(response);
  }
  http_answer_free(answer);
  return result;
}
