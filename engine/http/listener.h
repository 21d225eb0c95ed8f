/*
 * The room http is HTTP in: whatever margay serves.
 *
 * The HTTP listener: everything that margay serves goes through one of these, over libmicrohttpd.
 * It knows sockets, TLS, limits and routes (http/route.h), and nothing of what is served. A handler
 * gets a request when it is whole, and answers at once or later (http/exchange.h).
 *
 * Threads: one of the listener's own accepts connections and enforces the time limits; each of
 * `threads` others serves many connections with epoll. They block all signals, SIGPIPE too.
 *
 * Refused by the listener itself, with a line of plain text: 400, 404, 405 (with Allow), 408, 413,
 * 431 and 503. A head that is beyond what libmicrohttpd can hold, or that it cannot read, gets
 * libmicrohttpd's own short page (400, 413, 414, 431, 505), and a first line that is no request
 * line none.
 */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include "base/log/log.h"
#include "http/forwarded.h"
#include "http/route.h"

#include <stdint.h>

/* ---- limits -------------------------------------------------------------------------------- */

/* Start from http_limits_default(). Sizes are bytes, times microseconds. */
struct http_limits {
  size_t body_max;           /* of a request; a route may have its own */
  size_t head_max;           /* request line and headers */
  unsigned connections;      /* open at once */
  unsigned per_address;      /* of one IPv4 address or one IPv6 /64; 0 = no limit */
  unsigned threads;          /* that serve connections, 1 to 64 */
  int64_t head_timeout_us;   /* from the connection, or from the request line of a later request,
                                until the head is whole; the TLS handshake counts */
  int64_t body_timeout_us;   /* from then until the body is whole */
  int64_t idle_timeout_us;   /* from an answer until the next request line */
  int64_t answer_timeout_us; /* until the client has taken the answer, or any of a stream's piece */
  size_t stream_buffer_max;  /* written to one stream and not yet taken by the client */
};

/*
 * The defaults, and why:
 *
 *   body_max          1 MiB   memory_alloc ends the process: 256 whole bodies must fit in memory
 *   head_max          16 KiB  twice what browsers and proxies send by default (8 KiB)
 *   connections       256     with files and database well below the usual 1024 descriptors
 *   per_address       64      one client cannot take them all; a browser opens six
 *   threads           4       one slow handler does not hold up the others
 *   head_timeout_us   10 s    a lossy link's retransmissions fit
 *   body_timeout_us   30 s    1 MiB at 280 kbit/s
 *   idle_timeout_us   60 s    longer than a scraper's usual interval is long between two requests
 *   answer_timeout_us 60 s    a few MiB on a slow link
 *   stream_buffer_max 256 KiB several hundred events of a dashboard
 *
 * Times are kept to a quarter of the shortest of them, and to a second at the most.
 */
struct http_limits http_limits_default(void);

/* ---- the listener -------------------------------------------------------------------------- */

struct http_listener_options {
  const char *address; /* IPv4 or IPv6, in numbers; NULL = 127.0.0.1; "::" = all of both */
  uint16_t port;       /* 0 = any free one */
  /* PEM: the certificate with its chain, and its key without a password; both or, for plain HTTP,
   * neither. TLS 1.2 at least. Files that change are read again within two seconds; when they do
   * not fit each other, the log says so and the certificate before them stays. */
  const char *certificate_file, *key_file;
  struct http_limits limits;
  struct http_proxies proxies; /* have no limit by address */
  struct log *log;             /* must outlive the listener; NULL is fine */
};

struct http_listener;

/* Listens when it returns. Options are copied. NULL with the reason: a limit or a route that makes
 * no sense, an address that is taken, a certificate that cannot be used; `routes` is not released
 * then. The calling thread's signal mask is not changed. */
struct http_listener *http_listener_start(const struct http_listener_options *options,
                                          const struct http_routes *routes, struct error *error);

/* Any thread. */
uint16_t http_listener_port(const struct http_listener *listener);

/* Requests whose head comes from now on see these routes; those before keep theirs to their end.
 * No connection is closed. False with the reason when a row makes no sense: then nothing changes,
 * and `routes` is not released. Any thread. */
bool http_listener_route(struct http_listener *listener, const struct http_routes *routes,
                         struct error *error);

/*
 * Closes the socket, ends streams, answers new requests with 503 and waits at most `grace_us` for
 * those under way. What is still kept then is answered with 503, which has a quarter of a second
 * to be sent. When it returns, all connections are closed, all threads have ended and no handler
 * runs. A second call returns at once. Any thread but a handler's; not two at once.
 */
void http_listener_stop(struct http_listener *listener, int64_t grace_us);

/* Stops without waiting for requests, unless it has stopped. NULL is fine. */
void http_listener_free(struct http_listener *listener);

/* ---- counters ------------------------------------------------------------------------------ */

/* What is refused, each with one line of the log at the first time, and then at most one in ten
 * minutes with the number since. */
enum http_refusal {
  HTTP_REFUSED_CONNECTIONS, /* too many in all: closed at once */
  HTTP_REFUSED_PER_ADDRESS, /* too many of one address: closed at once */
  HTTP_REFUSED_HEAD_SIZE,   /* 414, 431 */
  HTTP_REFUSED_HEAD_TIME,   /* 408 when the request line was there and the connection is not TLS */
  HTTP_REFUSED_BODY_SIZE,   /* 413 */
  HTTP_REFUSED_BODY_TIME,   /* 408 when the connection is not TLS */
  HTTP_REFUSED_ANSWER_TIME, /* cut: the client does not take its answer */
  HTTP_REFUSED_MALFORMED,   /* 400, 505; closed: no request line, no TLS */
  HTTP_REFUSED_STOPPING,    /* 503: came, or was not answered, when the listener stopped */
  HTTP_REFUSALS
};
extern const char *const http_refusal_names[]; /* for labels and the log; ends with NULL */

struct http_listener_counts {
  uint64_t connections; /* accepted and not refused */
  uint64_t requests;    /* request lines that were read */
  uint64_t answers[6];  /* by class of status: [2] for 2xx; begun, perhaps not taken whole */
  uint64_t aborted;     /* requests that ended before their answer was taken whole */
  uint64_t refused[HTTP_REFUSALS];
  uint64_t open_connections, open_requests; /* at this moment */
};

/* Takes no lock, so the numbers may be of slightly different moments. Any thread. */
void http_listener_count(const struct http_listener *listener, struct http_listener_counts *counts);

#endif
