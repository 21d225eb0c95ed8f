/*
 * A receiver on loopback that reads a request and then sends whatever bytes it is given: what no
 * HTTP library would send. It serves one connection after the other, each in the same way.
 */
#ifndef TESTS_HOSTILE_RECEIVER_H
#define TESTS_HOSTILE_RECEIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What a connection gets once the first bytes of its request are in. */
struct hostile_answer {
  struct text first;
  struct text again; /* after that, over and over until the client leaves; size 0: nothing */
  long pause_ms;     /* between two of them */
  enum { HOSTILE_CLOSES, HOSTILE_RESETS, HOSTILE_HANGS } then;
};

struct hostile_receiver {
  int listener;
  unsigned port;
  pthread_t thread;
  const struct hostile_answer *answer;

  pthread_mutex_t mutex; /* guards what follows */
  int connection;        /* -1: none */
  bool stopping;
};

static inline bool hostile_send(int connection, struct text bytes) {
  while (bytes.size > 0) {
    ssize_t size = send(connection, bytes.data, bytes.size, MSG_NOSIGNAL);
    if (size <= 0)
      return false;
    bytes = (struct text){bytes.data + size, bytes.size - (size_t)size};
  }
  return true;
}

/* Reads until the end of a request's headers, or, with TLS, whatever comes first. */
static inline bool hostile_read(int connection) {
  char seen[16384];
  size_t size = 0;
  while (size < sizeof seen - 1) {
    ssize_t more = recv(connection, seen + size, sizeof seen - 1 - size, 0);
    if (more <= 0)
      return false;
    size += (size_t)more;
    seen[size] = '\0';
    if (seen[0] == 0x16 || strstr(seen, "\r\n\r\n"))
      return true;
  }
  return true;
}

static inline void hostile_converse(const struct hostile_answer *answer, int connection) {
  char byte;
  bool there = hostile_read(connection) && hostile_send(connection, answer->first);
  while (there && answer->again.size > 0) {
    if (answer->pause_ms > 0)
      nanosleep(&(struct timespec){.tv_nsec = answer->pause_ms * 1000000}, NULL);
    there = hostile_send(connection, answer->again);
  }
  while (there && answer->then == HOSTILE_HANGS)
    there = recv(connection, &byte, 1, 0) > 0;
  if (answer->then == HOSTILE_RESETS) {
    struct linger none = {.l_onoff = 1};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  }
}

/* Notes the connection, so that it can be broken off; false when there is none. */
static inline bool hostile_accept(struct hostile_receiver *receiver, int *connection) {
  *connection = accept(receiver->listener, NULL, NULL);
  pthread_mutex_lock(&receiver->mutex);
  bool goes_on = *connection >= 0 && !receiver->stopping;
  receiver->connection = goes_on ? *connection : -1;
  pthread_mutex_unlock(&receiver->mutex);
  if (!goes_on && *connection >= 0)
    close(*connection);
  return goes_on;
}

static inline void *hostile_serve(void *context) {
  struct hostile_receiver *receiver = context;
  int connection;
  while (hostile_accept(receiver, &connection)) {
    hostile_converse(receiver->answer, connection);
    pthread_mutex_lock(&receiver->mutex);
    receiver->connection = -1;
    close(connection);
    pthread_mutex_unlock(&receiver->mutex);
  }
  return NULL;
}

/* `answer` must outlive the receiver. */
static inline void hostile_start(struct hostile_receiver *receiver,
                                 const struct hostile_answer *answer) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  *receiver = (struct hostile_receiver){.answer = answer, .connection = -1};
  pthread_mutex_init(&receiver->mutex, NULL);
  receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(receiver->listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(receiver->listener, 64), 0);
  assert_int_equal(getsockname(receiver->listener, (struct sockaddr *)&address, &size), 0);
  receiver->port = ntohs(address.sin_port);
  assert_int_equal(pthread_create(&receiver->thread, NULL, hostile_serve, receiver), 0);
}

static inline void hostile_stop(struct hostile_receiver *receiver) {
  pthread_mutex_lock(&receiver->mutex);
  receiver->stopping = true;
  if (receiver->connection >= 0)
    shutdown(receiver->connection, SHUT_RDWR);
  pthread_mutex_unlock(&receiver->mutex);
  shutdown(receiver->listener, SHUT_RDWR);
  pthread_join(receiver->thread, NULL);
  close(receiver->listener);
  pthread_mutex_destroy(&receiver->mutex);
}

#endif
