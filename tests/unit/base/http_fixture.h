/* A server of one answer, and requests to it. */
#ifndef TESTS_HTTP_FIXTURE_H
#define TESTS_HTTP_FIXTURE_H

#include "base/clock.h"
#include "base/http_group.h"
#include "base/memory.h"
#include "base/web/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A server that answers every request on every connection with the same bytes. */
struct server {
  int listener;
  unsigned port;
  pthread_t thread;
  struct text answer; /* size 0: none */
  bool hangs;         /* after the answer, keeps the connection open until the client closes */
  atomic_bool *asked; /* set to true when a request is in; may be NULL */
  struct buffer requests;
  unsigned connections;
};

static inline size_t content_length(const char *request) {
  const char *header = strstr(request, "Content-Length: ");
  return header ? strtoul(header + 16, NULL, 10) : 0;
}

/* One request from the connection, added to `requests`; false when the client closed. */
static inline bool read_request(struct server *server, int connection) {
  size_t start = server->requests.size;
  for (;;) {
    char *room = buffer_reserve(&server->requests, 4096);
    ssize_t size = recv(connection, room, 4096, 0);
    if (size <= 0)
      return false;
    room[size] = '\0';
    server->requests.size += (size_t)size;
    const char *request = server->requests.data + start, *end = strstr(request, "\r\n\r\n");
    if (end && strlen(end + 4) >= content_length(request))
      return true;
  }
}

static inline void serve_connection(struct server *server, int connection) {
  char byte;
  while (read_request(server, connection)) {
    if (server->asked)
      atomic_store(server->asked, true);
    if (server->answer.size)
      send(connection, server->answer.data, server->answer.size, MSG_NOSIGNAL);
    if (server->hangs)
      while (recv(connection, &byte, 1, 0) > 0)
        continue;
    if (!strstr(server->answer.size ? server->answer.data : "", "Keep"))
      return;
  }
}

static inline void *serve(void *context) {
  struct server *server = context;
  int connection;
  while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
    server->connections++;
    serve_connection(server, connection);
    close(connection);
  }
  return NULL;
}

static inline void server_start(struct server *server) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(server->listener, 8), 0);
  assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
  server->port = ntohs(address.sin_port);
  assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static inline void server_stop(struct server *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  buffer_free(&server->requests);
}

/* One request, and the server that answers it. */
struct exchange {
  struct server server;
  struct http_request request;
  struct http_response response;
  struct error error;
  char url[200], expected[600];
  bool answered;
};

#define EXCHANGE(...)                                                                              \
  (struct exchange) {                                                                              \
    .response = HTTP_RESPONSE_NONE, __VA_ARGS__                                                    \
  }

static inline void exchange_run(struct exchange *exchange) {
  CURL *handle = NULL;
  if (!exchange->request.method)
    exchange->request.method = "GET";
  server_start(&exchange->server);
  snprintf(exchange->url, sizeof exchange->url, "http://127.0.0.1:%u/path?token=sesame",
           exchange->server.port);
  exchange->request.url = exchange->url;
  exchange->answered =
      http_perform(&handle, &exchange->request, &exchange->response, &exchange->error);
  curl_easy_cleanup(handle);
}

static inline void exchange_stop(struct exchange *exchange) {
  server_stop(&exchange->server);
  http_response_free(&exchange->response);
}

/* The exchange failed, with this text after the host. */
static inline void assert_failure(struct exchange *exchange, const char *text) {
  assert_false(exchange->answered);
  snprintf(exchange->expected, sizeof exchange->expected, "127.0.0.1:%u: %s", exchange->server.port,
           text);
  assert_string_equal(exchange->error.text, exchange->expected);
  assert_int_equal(exchange->response.status, 0);
  assert_int_equal(exchange->response.body.size, 0);
}

#endif
