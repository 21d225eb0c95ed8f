/*
 * The HTTP side that the simulator and the receiver share: a listener (http/listener.h) on
 * 127.0.0.1 with one handler for every path, and answers that can be late, cut or missing on
 * purpose. A late answer waits with one timer thread, so it holds up nobody else.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "base/buffer.h"
#include "base/error.h"

struct http_exchange;

#define SERVER_BODY_MAX                                                                            \
  ((size_t)16 * 1024 * 1024) /* of a request; larger ones are answered with 413 */

/* Valid during the handler's call. */
struct server_request {
  const char *method, *path;
  struct text body;
  const struct http_exchange *exchange;
};

const char *server_header(const struct server_request *request, const char *name); /* or NULL */
const char *server_query(const struct server_request *request, const char *name);  /* or NULL */

#define SERVER_HEADERS_MAX 8

/* Filled in by the handler; starts as 200, empty, JSON. The server releases the body. */
struct server_answer {
  unsigned status;
  const char *content_type;
  struct buffer body;
  struct {
    char name[32], value[1024];
  } headers[SERVER_HEADERS_MAX];
  size_t header_count;
  int64_t delay_us; /* before it is sent */
  bool cut;         /* close in the middle of the body */
  bool close;       /* close without an answer */
};

void server_answer_header(struct server_answer *answer, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Called by several threads at once. */
typedef void (*server_handler)(void *context, const struct server_request *request,
                               struct server_answer *answer);

struct server;

/* Listens on 127.0.0.1 when it returns; port 0 is any free one. NULL with the reason. */
struct server *server_start(uint16_t port, server_handler handler, void *context,
                            struct error *error);
uint16_t server_port(const struct server *server);

/* No handler runs when it returns; delays are cut short. NULL is fine. */
void server_stop(struct server *server);

#endif
