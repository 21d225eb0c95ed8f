/*
 * One request and its answer, as a handler sees them.
 *
 * The law of ownership: a handler owns the exchange that it is called with, and gives it back by
 * answering it, once, with http_exchange_answer, http_exchange_text or http_exchange_stream. A
 * handler that returns without an answer keeps the request, and whoever it hands the exchange to
 * may answer later, from any thread, also before the handler has returned. Everything in the
 * exchange is valid until it is given back and not any longer. One thread at a time uses it.
 *
 * When the listener stops, it answers what is kept with 503. The owner does not notice: it must
 * still give the exchange back, and may do so after the listener is gone; its answer is dropped.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/buffer.h"
#include "base/ip.h"

struct http_exchange {
  /* Each ends in a NUL that is not counted. All of it is the client's, so it is hostile. */
  struct text method; /* as sent: methods are case-sensitive (RFC 9110 section 9.1) */
  struct text path;   /* decoded: UTF-8 without control characters, no "." or ".." segment */
  struct text query;  /* as sent, without '?' */
  struct text body;   /* whole; at most the route's limit */
  struct ip client;   /* the peer, or whom a trusted proxy got the request from */
  bool secure;        /* came over TLS */
};

/* The first header of that name, in any case; NULL when there is none. */
const char *http_exchange_header(const struct http_exchange *exchange, const char *name);

/* The first parameter of that name in the query, decoded; "" when it has no value; NULL when there
 * is none. */
const char *http_exchange_parameter(const struct http_exchange *exchange, const char *name);

/* ---- a whole answer ------------------------------------------------------------------------ */

enum http_damage {
  HTTP_WHOLE,
  HTTP_CUT,  /* the connection is closed in the middle of the body */
  HTTP_CLOSE /* the connection is closed without an answer */
};

/* Filled in by a handler, from HTTP_ANSWER(status) on. */
struct http_answer {
  unsigned status;          /* 200 to 599 */
  const char *content_type; /* copied when the answer is given; NULL = no such header */
  struct buffer headers;    /* use http_answer_header */
  struct buffer body;
  enum http_damage damage; /* for simulators */
};

#define HTTP_ANSWER(number) ((struct http_answer){.status = (number)})

/* Adds a header. False, and nothing is added, when the name is no token or the value could break
 * out of its line (RFC 9110 section 5.5), and for those that the listener writes itself:
 * Connection, Content-Length, Content-Type, Date, Transfer-Encoding. */
bool http_answer_header(struct http_answer *answer, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For an answer that is not sent after all; the answer is empty then. */
void http_answer_free(struct http_answer *answer);

/* Takes over the answer's headers and body; the answer is empty then. Any thread. */
void http_exchange_answer(struct http_exchange *exchange, struct http_answer *answer);

/* Answers with a line of plain text. Any thread. */
void http_exchange_text(struct http_exchange *exchange, unsigned status, const char *line);

/* ---- an answer in pieces ------------------------------------------------------------------- */

/*
 * A body whose end is not known yet, such as server-sent events. Any thread may write, one at a
 * time. What was written and not yet taken by the client is kept up to the limit
 * `stream_buffer_max`; a client that takes none of it for `answer_timeout_us` is cut off. The
 * listener ends its streams when it stops. While nothing is written, nobody notices that a client
 * has left: write something (a comment, in server-sent events) every now and then.
 */
struct http_stream;

enum http_stream_result {
  HTTP_STREAM_TAKEN,
  HTTP_STREAM_FULL, /* nothing was taken: the client is slow */
  HTTP_STREAM_GONE  /* the client has left, or the listener stops: end the stream */
};

/* Begins the answer; its body, if any, is the first piece. The exchange is given back, and the
 * caller owns the stream instead. Any thread. */
struct http_stream *http_exchange_stream(struct http_exchange *exchange,
                                         struct http_answer *answer);
enum http_stream_result http_stream_write(struct http_stream *stream, struct text piece);

/* Ends the body when all pieces are sent, and gives the stream back. To be called exactly once. It
 * may be called after the listener is gone. */
void http_stream_end(struct http_stream *stream);

#endif
