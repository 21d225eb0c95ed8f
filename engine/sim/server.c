#include "sim/server.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CUT_BLOCK ((size_t)16 * 1024) /* read at once from a body that will be cut */

struct server {
  struct MHD_Daemon *daemon;
  server_handler handler;
  void *context;
  uint16_t port;
  pthread_mutex_t lock; /* guards stopping */
  pthread_cond_t wake;
  bool stopping;
};

/* One request while its body arrives. */
struct upload {
  struct buffer body;
  bool too_large;
};

const char *server_header(const struct server_request *request, const char *name) {
  return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *server_query(const struct server_request *request, const char *name) {
  return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
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

/* Waits, or less when the server stops. */
static void server_delay(struct server *server, int64_t delay_us) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += delay_us / 1000000;
  until.tv_nsec += delay_us % 1000000 * 1000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  pthread_mutex_lock(&server->lock);
  while (!server->stopping &&
         pthread_cond_timedwait(&server->wake, &server->lock, &until) != ETIMEDOUT)
    continue;
  pthread_mutex_unlock(&server->lock);
}

/* Gives the first half of a body, then fails, so that the connection is closed in the middle. */
static ssize_t server_read_cut(void *context, uint64_t position, char *out, size_t max) {
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

static void server_free_cut(void *context) {
  struct buffer *body = context;
  buffer_free(body);
  free(body);
}

/* Takes the answer's body. */
static struct MHD_Response *server_response(struct server_answer *answer) {
  if (answer->cut) {
    struct buffer *body = memory_alloc(sizeof *body);
    *body = answer->body;
    answer->body = BUFFER_NONE;
    return MHD_create_response_from_callback(body->size, CUT_BLOCK, server_read_cut, body,
                                             server_free_cut);
  }
  size_t size = answer->body.size;
  return MHD_create_response_from_buffer(size, buffer_steal(&answer->body), MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result server_send(struct server *server, struct MHD_Connection *connection,
                                   struct server_answer *answer) {
  enum MHD_Result result = MHD_NO;
  if (answer->delay_us > 0)
    server_delay(server, answer->delay_us);
  if (!answer->close) {
    struct MHD_Response *response = server_response(answer);
    if (answer->content_type)
      MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    for (size_t i = 0; i < answer->header_count; i++)
      MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
  }
  buffer_free(&answer->body);
  return result;
}

static enum MHD_Result server_access(void *context, struct MHD_Connection *connection,
                                     const char *url, const char *method, const char *version,
                                     const char *data, size_t *size, void **state) {
  (void)version;
  struct server *server = context;
  struct upload *upload = *state;
  if (!upload) {
    *state = memory_alloc(sizeof *upload);
    return MHD_YES;
  }
  if (*size > 0) {
    if (upload->body.size + *size > SERVER_BODY_MAX)
      upload->too_large = true;
    else
      buffer_append(&upload->body, data, *size);
    *size = 0;
    return MHD_YES;
  }
  struct server_request request = {
      .method = method, .path = url, .body = buffer_text(&upload->body), .connection = connection};
  struct server_answer answer = {.status = 200, .content_type = "application/json"};
  if (upload->too_large)
    answer.status = 413;
  else
    server->handler(server->context, &request, &answer);
  return server_send(server, connection, &answer);
}

static void server_completed(void *context, struct MHD_Connection *connection, void **state,
                             enum MHD_RequestTerminationCode code) {
  (void)context, (void)connection, (void)code;
  struct upload *upload = *state;
  if (!upload)
    return;
  buffer_free(&upload->body);
  free(upload);
  *state = NULL;
}

struct server *server_start(uint16_t port, server_handler handler, void *context,
                            struct error *error) {
  struct server *server = memory_alloc(sizeof *server);
  server->handler = handler;
  server->context = context;
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&server->wake, &monotonic);
  pthread_condattr_destroy(&monotonic);
  pthread_mutex_init(&server->lock, NULL);

  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  errno = 0;
  server->daemon =
      MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, port, NULL,
                       NULL, server_access, server, MHD_OPTION_SOCK_ADDR, &address,
                       MHD_OPTION_NOTIFY_COMPLETED, server_completed, NULL, MHD_OPTION_END);
  if (!server->daemon) {
    error_set(error, "cannot listen on 127.0.0.1:%u: %s", port,
              errno ? strerror(errno) : "the port is not free");
    server_stop(server);
    return NULL;
  }
  server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
  return server;
}

uint16_t server_port(const struct server *server) {
  return server->port;
}

void server_stop(struct server *server) {
  if (!server)
    return;
  pthread_mutex_lock(&server->lock);
  server->stopping = true;
  pthread_cond_broadcast(&server->wake);
  pthread_mutex_unlock(&server->lock);
  if (server->daemon)
    MHD_stop_daemon(server->daemon);
  pthread_cond_destroy(&server->wake);
  pthread_mutex_destroy(&server->lock);
  free(server);
}
