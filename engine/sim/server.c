#include "sim/server.h"

#include "base/clock.h"
#include "base/memory.h"
#include "http/exchange.h"
#include "http/listener.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tests open many connections at a time from one address. */
#define CONNECTIONS_MAX 512
/* What handlers have begun may take at a stop. */
#define STOP_US (10 * US_PER_SECOND)

/* An answer that is to be given later. */
struct late {
  struct late *next; /* the one that is due after it */
  time_us due;       /* monotonic */
  struct http_exchange *exchange;
  struct http_answer answer;
};

struct server {
  struct http_listener *listener;
  server_handler handler;
  void *context;
  pthread_t timer;
  bool has_timer;

  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t changed;
  struct late *first; /* by due */
  bool stopping;
};

const char *server_header(const struct server_request *request, const char *name) {
  return http_exchange_header(request->exchange, name);
}

const char *server_query(const struct server_request *request, const char *name) {
  return http_exchange_parameter(request->exchange, name);
}

void server_answer_header(struct server_answer *answer, const char *name, const char *format, ...) {
  if (answer->header_count == SERVER_HEADERS_MAX)
    return;
  size_t i = answer->header_count++;
  snprintf(answer->headers[i].name, sizeof answer->headers[i].name, "%s", name);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(answer->headers[i].value, sizeof answer->headers[i].value, format, arguments);
  va_end(arguments);
}

/* ---- late answers ------------------------------------------------------------------------ */

/* False when the server stops: then nothing is late any more. */
static bool give_later(struct server *server, struct http_exchange *exchange,
                       struct http_answer *answer, int64_t delay_us) {
  pthread_mutex_lock(&server->lock);
  if (server->stopping) {
    pthread_mutex_unlock(&server->lock);
    return false;
  }
  struct late *late = memory_alloc(sizeof *late);
  *late =
      (struct late){.due = clock_monotonic() + delay_us, .exchange = exchange, .answer = *answer};
  struct late **place = &server->first;
  while (*place && (*place)->due <= late->due)
    place = &(*place)->next;
  late->next = *place;
  *place = late;
  pthread_cond_signal(&server->changed);
  pthread_mutex_unlock(&server->lock);
  return true;
}

/* Waits for the next one that is due; NULL at the end. When the server stops, all are. */
static struct late *take_due(struct server *server) {
  struct late *late;
  pthread_mutex_lock(&server->lock);
  while (!(late = server->first) || (!server->stopping && late->due > clock_monotonic())) {
    if (!late && server->stopping)
      break;
    if (!late) {
      pthread_cond_wait(&server->changed, &server->lock);
      continue;
    }
    const struct timespec until = {.tv_sec = late->due / US_PER_SECOND,
                                   .tv_nsec = late->due % US_PER_SECOND * 1000};
    pthread_cond_timedwait(&server->changed, &server->lock, &until);
  }
  if (late)
    server->first = late->next;
  pthread_mutex_unlock(&server->lock);
  return late;
}

static void *run_timer(void *context) {
  struct server *server = context;
  struct late *late;
  while ((late = take_due(server)) != NULL) {
    http_exchange_answer(late->exchange, &late->answer);
    free(late);
  }
  return NULL;
}

/* ---- requests ---------------------------------------------------------------------------- */

/* Takes the answer's body. */
static struct http_answer answer_of(struct server_answer *from) {
  struct http_answer answer = HTTP_ANSWER(from->status);
  answer.content_type = from->content_type;
  answer.body = from->body;
  answer.damage = from->close ? HTTP_CLOSE : from->cut ? HTTP_CUT : HTTP_WHOLE;
  for (size_t i = 0; i < from->header_count; i++)
    http_answer_header(&answer, from->headers[i].name, "%s", from->headers[i].value);
  return answer;
}

static void answer_request(void *context, struct http_exchange *exchange) {
  struct server *server = context;
  const struct server_request request = {.method = exchange->method.data,
                                         .path = exchange->path.data,
                                         .body = exchange->body,
                                         .exchange = exchange};
  struct server_answer answer = {.status = 200, .content_type = "application/json"};
  server->handler(server->context, &request, &answer);
  struct http_answer given = answer_of(&answer);
  if (answer.delay_us <= 0 || !give_later(server, exchange, &given, answer.delay_us))
    http_exchange_answer(exchange, &given);
}

/* ---- the life ---------------------------------------------------------------------------- */

static struct server *server_new(server_handler handler, void *context) {
  struct server *server = memory_alloc(sizeof *server);
  server->handler = handler;
  server->context = context;
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&server->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  pthread_mutex_init(&server->lock, NULL);
  return server;
}

struct server *server_start(uint16_t port, server_handler handler, void *context,
                            struct error *error) {
  struct server *server = server_new(handler, context);
  const struct http_route everything = {
      .path = "/", .prefix = true, .handler = answer_request, .context = server};
  const struct http_routes routes = {.rows = &everything, .count = 1};
  struct http_listener_options options = {.port = port, .limits = http_limits_default()};
  options.limits.body_max = SERVER_BODY_MAX;
  options.limits.connections = CONNECTIONS_MAX;
  options.limits.per_address = 0;
  if (pthread_create(&server->timer, NULL, run_timer, server) == 0)
    server->has_timer = true;
  else
    error_set(error, "cannot start a server: the system gives no more threads");
  if (server->has_timer)
    server->listener = http_listener_start(&options, &routes, error);
  if (server->listener)
    return server;
  if (strstr(error->text, strerror(EADDRINUSE)))
    error_append(error, ": end the program that has the port, or take another --port");
  server_stop(server);
  return NULL;
}

uint16_t server_port(const struct server *server) {
  return http_listener_port(server->listener);
}

void server_stop(struct server *server) {
  if (!server)
    return;
  pthread_mutex_lock(&server->lock);
  server->stopping = true;
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->lock);
  if (server->listener)
    http_listener_stop(server->listener, STOP_US);
  if (server->has_timer)
    pthread_join(server->timer, NULL);
  http_listener_free(server->listener);
  pthread_cond_destroy(&server->changed);
  pthread_mutex_destroy(&server->lock);
  free(server);
}
