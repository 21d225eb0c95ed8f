/*
 * A small HTTP receiver on loopback that misbehaves on request: each request takes the next step,
 * and the last step serves all further ones. It keeps what it was sent.
 */
#ifndef TESTS_DELIVERY_RECEIVER_H
#define TESTS_DELIVERY_RECEIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RECEIVER_REQUESTS_MAX = 128, RECEIVER_CONNECTIONS_MAX = 128, RECEIVER_WAIT_S = 20 };

struct receiver_step {
  int status;
  const char *header;                              /* "Retry-After: 1\r\n", or NULL */
  size_t padding;                                  /* bytes of body after "ok" */
  enum { STEP_ANSWER, STEP_CLOSE, STEP_HOLD } how; /* HOLD: answers after receiver_release */
};

struct receiver {
  int listener;
  unsigned port;
  char url[96];
  pthread_t thread, connections[RECEIVER_CONNECTIONS_MAX];
  int sockets[RECEIVER_CONNECTIONS_MAX];
  atomic_size_t connection_count;
  const struct receiver_step *steps;
  size_t step_count;
  /* NULL: the steps answer. Else, with the mutex held, gives the status and appends a body; 0
   * closes the connection. Set before the first request. */
  int (*answer)(void *context, const char *request, struct buffer *body);
  void *context;

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  size_t count;                         /* requests so far */
  char keys[RECEIVER_REQUESTS_MAX][40]; /* webhook-id or idempotency-key */
  bool released;
};

struct receiver_connection {
  struct receiver *receiver;
  int socket;
};

static inline void receiver_header(const char *request, const char *name, char *out, size_t size) {
  const char *at = strcasestr(request, name);
  snprintf(out, size, "%.*s", at ? (int)strcspn(at + strlen(name), "\r") : 0,
           at ? at + strlen(name) : "");
}

static inline bool receiver_read(int socket, struct buffer *request) {
  buffer_reset(request);
  for (;;) {
    char *room = buffer_reserve(request, 65536);
    ssize_t size = recv(socket, room, 65536, 0);
    if (size <= 0)
      return false;
    room[size] = '\0';
    request->size += (size_t)size;
    const char *end = strstr(request->data, "\r\n\r\n");
    char length[16] = "";
    if (end)
      receiver_header(request->data, "\r\nContent-Length: ", length, sizeof length);
    if (end && request->size >= (size_t)(end + 4 - request->data) + strtoul(length, NULL, 10))
      return true;
  }
}

/* The answer of a receiver that has its own; false: the connection is closed. */
static inline bool receiver_answer(struct receiver *receiver, const char *request,
                                   struct buffer *answer) {
  struct buffer body = BUFFER_NONE;
  pthread_mutex_lock(&receiver->mutex);
  receiver->count++;
  int status = receiver->answer(receiver->context, request, &body);
  pthread_cond_broadcast(&receiver->changed);
  pthread_mutex_unlock(&receiver->mutex);
  buffer_printf(answer, "HTTP/1.1 %d Word\r\nContent-Length: %zu\r\n\r\n", status, body.size);
  buffer_append_text(answer, buffer_text(&body));
  buffer_free(&body);
  return status > 0;
}

static inline void receiver_send(int socket, const struct buffer *answer) {
  for (size_t sent = 0; sent < answer->size;) {
    ssize_t size = send(socket, answer->data + sent, answer->size - sent, MSG_NOSIGNAL);
    if (size <= 0)
      break;
    sent += (size_t)size;
  }
}

/* Notes the request; what to do with it. */
static inline struct receiver_step receiver_take(struct receiver *receiver, const char *request) {
  pthread_mutex_lock(&receiver->mutex);
  size_t number = receiver->count++;
  struct receiver_step step = {.status = 200};
  if (receiver->step_count > 0)
    step = receiver->steps[number < receiver->step_count ? number : receiver->step_count - 1];
  if (number < RECEIVER_REQUESTS_MAX) {
    char *key = receiver->keys[number];
    receiver_header(request, "\r\nwebhook-id: ", key, sizeof receiver->keys[0]);
    if (!*key)
      receiver_header(request, "\r\nIdempotency-Key: ", key, sizeof receiver->keys[0]);
  }
  pthread_cond_broadcast(&receiver->changed);
  while (step.how == STEP_HOLD && !receiver->released)
    pthread_cond_wait(&receiver->changed, &receiver->mutex);
  pthread_mutex_unlock(&receiver->mutex);
  return step;
}

static inline void *receiver_connection(void *context) {
  struct receiver_connection *connection = context;
  struct buffer request = BUFFER_NONE, answer = BUFFER_NONE;
  while (receiver_read(connection->socket, &request)) {
    buffer_reset(&answer);
    if (connection->receiver->answer) {
      if (!receiver_answer(connection->receiver, request.data, &answer))
        break;
      receiver_send(connection->socket, &answer);
      continue;
    }
    struct receiver_step step = receiver_take(connection->receiver, request.data);
    if (step.how == STEP_CLOSE)
      break;
    buffer_printf(&answer, "HTTP/1.1 %d Word\r\n%sContent-Length: %zu\r\n\r\nok", step.status,
                  step.header ? step.header : "", 2 + step.padding);
    for (size_t i = 0; i < step.padding; i++)
      buffer_append_char(&answer, '.');
    receiver_send(connection->socket, &answer);
  }
  shutdown(connection->socket, SHUT_RDWR);
  buffer_free(&request);
  buffer_free(&answer);
  free(connection);
  return NULL;
}

static inline void *receiver_accept(void *context) {
  struct receiver *receiver = context;
  int socket;
  while (receiver->connection_count < RECEIVER_CONNECTIONS_MAX &&
         (socket = accept(receiver->listener, NULL, NULL)) >= 0) {
    struct receiver_connection *connection = calloc(1, sizeof *connection);
    *connection = (struct receiver_connection){receiver, socket};
    size_t place = receiver->connection_count;
    receiver->sockets[place] = socket;
    if (pthread_create(&receiver->connections[place], NULL, receiver_connection, connection) == 0)
      receiver->connection_count++;
  }
  return NULL;
}

static inline void receiver_start(struct receiver *receiver, const struct receiver_step *steps,
                                  size_t step_count) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  *receiver = (struct receiver){.steps = steps, .step_count = step_count};
  pthread_mutex_init(&receiver->mutex, NULL);
  pthread_cond_init(&receiver->changed, NULL);
  receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(receiver->listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(receiver->listener, 64), 0);
  assert_int_equal(getsockname(receiver->listener, (struct sockaddr *)&address, &size), 0);
  receiver->port = ntohs(address.sin_port);
  snprintf(receiver->url, sizeof receiver->url, "http://127.0.0.1:%u/hook?token=sesame",
           receiver->port);
  assert_int_equal(pthread_create(&receiver->thread, NULL, receiver_accept, receiver), 0);
}

/* Waits until at least `count` requests are in. */
static inline void receiver_wait(struct receiver *receiver, size_t count) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += RECEIVER_WAIT_S;
  pthread_mutex_lock(&receiver->mutex);
  int failed = 0;
  while (receiver->count < count && !failed)
    failed = pthread_cond_timedwait(&receiver->changed, &receiver->mutex, &until);
  size_t seen = receiver->count;
  pthread_mutex_unlock(&receiver->mutex);
  if (seen < count)
    fail_msg("%zu requests came, %zu were expected", seen, count);
}

static inline size_t receiver_count(struct receiver *receiver) {
  pthread_mutex_lock(&receiver->mutex);
  size_t count = receiver->count;
  pthread_mutex_unlock(&receiver->mutex);
  return count;
}

static inline void receiver_release(struct receiver *receiver) {
  pthread_mutex_lock(&receiver->mutex);
  receiver->released = true;
  pthread_cond_broadcast(&receiver->changed);
  pthread_mutex_unlock(&receiver->mutex);
}

static inline void receiver_stop(struct receiver *receiver) {
  receiver_release(receiver);
  shutdown(receiver->listener, SHUT_RDWR);
  pthread_join(receiver->thread, NULL);
  close(receiver->listener);
  for (size_t i = 0; i < receiver->connection_count; i++) {
    shutdown(receiver->sockets[i], SHUT_RDWR);
    pthread_join(receiver->connections[i], NULL);
    close(receiver->sockets[i]);
  }
  pthread_cond_destroy(&receiver->changed);
  pthread_mutex_destroy(&receiver->mutex);
}

#endif
