/* A listener and raw sockets that talk to it, for the tests of engine/http. */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "http/exchange.h"
#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_US (10 * US_PER_SECOND) /* how long a test waits for what must come */

/* ---- waiting ------------------------------------------------------------------------------- */

static inline void pause_shortly(void) {
  struct timespec shortly = {.tv_nsec = 2000000};
  nanosleep(&shortly, NULL);
}

#define WAIT_UNTIL(condition)                                                                      \
  do {                                                                                             \
    time_us until_ = clock_monotonic() + PATIENCE_US;                                              \
    while (!(condition)) {                                                                         \
      assert_true(clock_monotonic() < until_);                                                     \
      pause_shortly();                                                                             \
    }                                                                                              \
  } while (0)

/* ---- a listener ---------------------------------------------------------------------------- */

static inline struct http_listener_options listener_options(void) {
  return (struct http_listener_options){.limits = http_limits_default()};
}

static inline struct http_listener *listen_with(const struct http_listener_options *options,
                                                const struct http_route *rows, size_t count) {
  struct error error = ERROR_NONE;
  struct http_routes routes = {.rows = rows, .count = count};
  struct http_listener *listener = http_listener_start(options, &routes, &error);
  assert_string_equal(error.text, "");
  assert_non_null(listener);
  return listener;
}

static inline struct http_listener_counts count(const struct http_listener *listener) {
  struct http_listener_counts counts;
  http_listener_count(listener, &counts);
  return counts;
}

/* ---- a client ------------------------------------------------------------------------------ */

static inline int dial(const struct http_listener *listener) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(http_listener_port(listener)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval patience = {.tv_sec = PATIENCE_US / US_PER_SECOND};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

/* False when the other side has closed. */
static inline bool send_bytes(int fd, struct text bytes) {
  while (bytes.size > 0) {
    ssize_t sent = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes = (struct text){bytes.data + sent, bytes.size - (size_t)sent};
  }
  return true;
}

static inline bool send_string(int fd, const char *string) {
  return send_bytes(fd, text_from(string));
}

struct reply {
  unsigned status; /* 0 = none */
  struct buffer head, body;
  bool whole; /* the body has the length that the head says */
};

static inline void reply_free(struct reply *reply) {
  buffer_free(&reply->head);
  buffer_free(&reply->body);
  *reply = (struct reply){.status = 0};
}

/* Reads up to `max` bytes; false at the end of the connection. */
static inline bool read_more(int fd, struct buffer *out, size_t max) {
  char *room = buffer_reserve(out, max);
  ssize_t got = recv(fd, room, max, 0);
  if (got <= 0)
    return false;
  out->size += (size_t)got;
  out->data[out->size] = '\0';
  return true;
}

/* The value of a header in a reply's head, up to the end of its line; "" when there is none. */
static inline const char *reply_header(const struct reply *reply, const char *name, char *value,
                                       size_t size) {
  char start[100];
  snprintf(start, sizeof start, "\r\n%s: ", name);
  const char *found = reply->head.data ? strcasestr(reply->head.data, start) : NULL;
  size_t length = found ? strcspn(found + strlen(start), "\r\n") : 0;
  snprintf(value, size, "%.*s", (int)length, found ? found + strlen(start) : "");
  return value;
}

/* Reads one answer from the connection; the answer to HEAD has no body. */
static inline struct reply read_reply(int fd, bool has_body) {
  struct reply reply = {.head = BUFFER_NONE};
  char value[64];
  while (!reply.head.data || !strstr(reply.head.data, "\r\n\r\n"))
    if (!read_more(fd, &reply.head, 1))
      return reply;
  reply.status = (unsigned)strtoul(reply.head.data + strlen("HTTP/1.1 "), NULL, 10);
  size_t size = strtoul(reply_header(&reply, "Content-Length", value, sizeof value), NULL, 10);
  while (has_body && reply.body.size < size)
    if (!read_more(fd, &reply.body, size - reply.body.size))
      return reply;
  reply.whole = true;
  return reply;
}

static inline struct reply ask(int fd, const char *request) {
  send_string(fd, request);
  return read_reply(fd, strncmp(request, "HEAD", 4) != 0);
}

/* One request on a connection of its own. */
static inline struct reply ask_once(const struct http_listener *listener, const char *request) {
  int fd = dial(listener);
  struct reply reply = ask(fd, request);
  close(fd);
  return reply;
}

static inline unsigned status_of(const struct http_listener *listener, const char *request) {
  struct reply reply = ask_once(listener, request);
  unsigned status = reply.status;
  reply_free(&reply);
  return status;
}

/* True when the other side closes the connection, whatever it sends before. */
static inline bool is_closed(int fd) {
  struct buffer rest = BUFFER_NONE;
  errno = 0;
  while (read_more(fd, &rest, 4096))
    continue;
  bool closed = errno != EAGAIN && errno != EWOULDBLOCK;
  buffer_free(&rest);
  return closed;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: test\r\n\r\n"

/* ---- handlers ------------------------------------------------------------------------------ */

/* Answers with its context, a string. */
static inline void say(void *context, struct http_exchange *exchange) {
  struct http_answer answer = HTTP_ANSWER(200);
  buffer_append_string(&answer.body, context);
  http_exchange_answer(exchange, &answer);
}

#define SAY(text) .handler = say, .context = (void *)(uintptr_t)(text)

/* Answers with what it has read of the request. */
static inline void echo(void *context, struct http_exchange *exchange) {
  (void)context;
  struct http_answer answer = HTTP_ANSWER(200);
  const char *header = http_exchange_header(exchange, "x-thing");
  const char *parameter = http_exchange_parameter(exchange, "p");
  buffer_printf(&answer.body, "%.*s|%.*s|%.*s|%s|%s|%.*s", TEXT_ARGS(exchange->method),
                TEXT_ARGS(exchange->path), TEXT_ARGS(exchange->query), header ? header : "(none)",
                parameter ? parameter : "(none)", TEXT_ARGS(exchange->body));
  http_exchange_answer(exchange, &answer);
}

/* Keeps requests; a test takes them out and answers them. */
struct shelf {
  pthread_mutex_t lock;
  struct http_exchange *kept[16];
  size_t count;
};

#define SHELF ((struct shelf){.lock = PTHREAD_MUTEX_INITIALIZER})

static inline void keep(void *context, struct http_exchange *exchange) {
  struct shelf *shelf = context;
  pthread_mutex_lock(&shelf->lock);
  shelf->kept[shelf->count++] = exchange;
  pthread_mutex_unlock(&shelf->lock);
}

static inline size_t shelf_count(struct shelf *shelf) {
  pthread_mutex_lock(&shelf->lock);
  size_t count = shelf->count;
  pthread_mutex_unlock(&shelf->lock);
  return count;
}

#endif
