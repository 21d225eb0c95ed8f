/*
 * What a listener serves: a table of routes, which is replaced as a whole (http_listener_route).
 *
 *   static const struct http_route ROWS[] = {
 *       {.method = "GET", .path = "/healthz", .handler = answer_health, .context = health},
 *       {.method = "POST", .path = "/zoom", .handler = take_event, .body_max = 256 * 1024},
 *       {.method = "GET", .path = "/dashboard/", .prefix = true, .handler = answer_file},
 *   };
 *
 * The row with the same path wins; of the prefixes that fit, the longest. When the path is known
 * and the method is not, the listener answers 405 with Allow; when no path fits, 404.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/error.h"

#include <stddef.h>

struct http_exchange;

/*
 * Answers one request (http/exchange.h). Several threads of the listener call it at once. It must
 * not block for long: a thread of the pool serves many connections. What takes longer, the handler
 * hands to a thread of its own and returns; that thread answers later.
 */
typedef void (*http_handler)(void *context, struct http_exchange *exchange);

struct http_route {
  const char *method; /* "GET" (serves HEAD too), "POST", ...; NULL = every method */
  const char *path;   /* begins with '/' */
  bool prefix;        /* serves what begins with the path, which then ends in '/' */
  http_handler handler;
  void *context;   /* the handler's */
  size_t body_max; /* bytes of a request's body; 0 = the listener's limit */
};

/*
 * The rows are copied. Handlers and contexts must last until `release` is called: when another
 * table, or the end, has replaced this one and the last request that came to it is done. That is
 * on any thread, exactly once, and it must not call the listener. NULL is fine.
 */
struct http_routes {
  const struct http_route *rows;
  size_t count;
  void (*release)(void *context);
  void *context;
};

#endif
