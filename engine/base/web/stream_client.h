/*
 * One message out to a server that answers nothing (syslog): over TLS or TCP by libcurl's
 * connections, with proxies and certificates as http_client.h has them, or as a datagram.
 *
 * Nobody says that such a message has arrived. What can be known is waited for: over TCP that the
 * server closes in its turn once all is sent, over TLS that it does not refuse the connection
 * afterwards (TLS 1.3 refuses a client's certificate only then), of a datagram that nobody reports
 * the port to be closed.
 *
 * Threads: any; the call blocks.
 */
#ifndef BASE_WEB_STREAM_CLIENT_H
#define BASE_WEB_STREAM_CLIENT_H

#include "base/web/http_client.h"

enum stream_kind { STREAM_TLS, STREAM_TCP, STREAM_UDP };

/* All pointers stay the caller's. */
struct stream_request {
  enum stream_kind kind;
  const char *server; /* "host:port"; an IPv6 address stands in brackets */
  struct text bytes;
  struct http_tls tls;
  const char *proxy; /* of HTTP, which tunnels (not UDP); NULL: none */
  bool guarded;      /* private addresses are refused (http_guard.h) */
  int stop_fd;       /* readable: give up; -1: never */
  int64_t until;     /* monotonic: give up then */
};

enum stream_outcome {
  STREAM_SENT,
  STREAM_FAILED,   /* it may work later, and a part may have been sent */
  STREAM_PRIVATE,  /* the host is at a private address, and the request is guarded */
  STREAM_TOO_LARGE /* for a datagram */
};
/* What became of it, with the reason unless it was sent. */
enum stream_outcome stream_send(const struct stream_request *request, struct error *reason);

#endif
