#include "http/internal.h"

#include "http/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MIN_US (5 * US_PER_MS)
#define TICK_MAX_US US_PER_SECOND
#define PAUSE_US (100 * US_PER_MS) /* without descriptors, until one may be free */

enum { ACCEPT_SERIES_MAX = 64 }; /* connections taken before deadlines are looked at */

/* ---- the socket ---------------------------------------------------------------------------- */

union address {
  struct sockaddr any;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
};

static bool parse_address(const char *text, uint16_t port, union address *address,
                          socklen_t *size) {
  *address = (union address){.six = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
  *size = sizeof address->six;
  if (inet_pton(AF_INET6, text, &address->six.sin6_addr) == 1)
    return true;
  *address = (union address){.four = {.sin_family = AF_INET, .sin_port = htons(port)}};
  *size = sizeof address->four;
  return inet_pton(AF_INET, text, &address->four.sin_addr) == 1;
}

static uint16_t port_of(const union address *address) {
  return ntohs(address->any.sa_family == AF_INET6 ? address->six.sin6_port
                                                  : address->four.sin_port);
}

int accept_open(const char *text, uint16_t port, uint16_t *bound, struct error *error) {
  union address address;
  socklen_t size;
  if (!parse_address(text, port, &address, &size)) {
    char shown[64];
    error_set(error, "cannot listen on \"%s\": this is not an IP address: give one, like 127.0.0.1",
              text_printable(text_from(text), shown, sizeof shown));
    return -1;
  }
  bool six = address.any.sa_family == AF_INET6;
  int on = 1, off = 0;
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      (!six || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
      bind(fd, &address.any, size) == 0 && listen(fd, SOMAXCONN) == 0 &&
      getsockname(fd, &address.any, &size) == 0) {
    *bound = port_of(&address);
    return fd;
  }
  error_set(error, "cannot listen on %s%s%s:%u: %s", six ? "[" : "", text, six ? "]" : "", port,
            strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

/* ---- the thread ---------------------------------------------------------------------------- */

struct accepting {
  struct http_listener *listener;
  int64_t tick_us;      /* how often deadlines are looked at while there are connections */
  time_us paused_until; /* no descriptors were left; TIME_NONE = not paused */
  bool has_reported;    /* that */
};

static void take(struct http_listener *listener, int fd, const union address *address,
                 socklen_t size) {
  struct connection *connection = connection_add(listener, fd, &address->any);
  if (!connection) {
    close(fd);
    return;
  }
  /* Closes the socket when it fails. The connection is in the table already, as its thread may
   * notify about it before this call returns; from then on it is that thread's. */
  unsigned daemon = connection->daemon;
  if (MHD_add_connection(listener->daemons[daemon], fd, &address->any, size) == MHD_NO)
    connection_remove(connection);
}

static void pause_accepting(struct accepting *state) {
  state->paused_until = clock_monotonic() + PAUSE_US;
  if (!state->has_reported)
    LOG_WARN(state->listener->log, "http cannot accept connections",
             LOG_STRING("reason", strerror(errno)));
  state->has_reported = true;
}

static void accept_all(struct accepting *state) {
  struct http_listener *listener = state->listener;
  for (int i = 0; i < ACCEPT_SERIES_MAX; i++) {
    union address address;
    socklen_t size = sizeof address;
    int fd = accept4(listener->socket, &address.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      take(listener, fd, &address, size);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      pause_accepting(state);
      return;
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

static int64_t shortest_timeout(const struct http_limits *limits) {
  const int64_t all[] = {limits->head_timeout_us, limits->body_timeout_us, limits->idle_timeout_us,
                         limits->answer_timeout_us};
  int64_t shortest = all[0];
  for (size_t i = 1; i < sizeof all / sizeof *all; i++)
    if (all[i] < shortest)
      shortest = all[i];
  return shortest;
}

static int64_t wait_us(const struct accepting *state) {
  const struct http_listener *listener = state->listener;
  if (state->paused_until != TIME_NONE)
    return state->tick_us < PAUSE_US ? state->tick_us : PAUSE_US;
  if (atomic_load(&listener->counters.open_connections) > 0)
    return state->tick_us;
  return listener->tls ? TICK_MAX_US : -1;
}

static void wait_for_news(struct accepting *state) {
  struct http_listener *listener = state->listener;
  bool accepting = state->paused_until == TIME_NONE && listener->socket >= 0;
  struct pollfd files[] = {{.fd = listener->wake, .events = POLLIN},
                           {.fd = accepting ? listener->socket : -1, .events = POLLIN}};
  int64_t wait = wait_us(state);
  poll(files, 2, wait < 0 ? -1 : (int)((wait + US_PER_MS - 1) / US_PER_MS));
  if (files[0].revents) {
    uint64_t count;
    ssize_t ignored = read(listener->wake, &count, sizeof count);
    (void)ignored;
  }
  if (state->paused_until != TIME_NONE && clock_monotonic() >= state->paused_until)
    state->paused_until = TIME_NONE;
  if (files[1].revents && !atomic_load(&listener->stopping))
    accept_all(state);
}

static void close_socket(struct http_listener *listener) {
  close(listener->socket);
  listener->socket = -1;
  pthread_mutex_lock(&listener->lock);
  listener->socket_closed = true;
  pthread_cond_broadcast(&listener->idle);
  pthread_mutex_unlock(&listener->lock);
}

void *accept_run(void *context) {
  struct http_listener *listener = context;
  struct accepting state = {.listener = listener, .paused_until = TIME_NONE};
  state.tick_us = shortest_timeout(&listener->limits) / 4;
  if (state.tick_us < TICK_MIN_US)
    state.tick_us = TICK_MIN_US;
  if (state.tick_us > TICK_MAX_US)
    state.tick_us = TICK_MAX_US;
  while (!atomic_load(&listener->ended)) {
    wait_for_news(&state);
    connections_expire(listener);
    if (listener->tls)
      tls_refresh(listener->tls);
    if (atomic_load(&listener->stopping) && listener->socket >= 0)
      close_socket(listener);
  }
  return NULL;
}
