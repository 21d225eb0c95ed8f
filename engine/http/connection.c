#include "http/internal.h"

#include "base/memory.h"
#include "http/tls.h"

#include <linux/tcp.h> /* glibc has not all of tcp_info */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct ip ip_of(const struct sockaddr *address) {
  struct ip ip = {.family = 4};
  if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    ip.family = 6;
    memcpy(ip.bytes, &six->sin6_addr, sizeof six->sin6_addr);
    return ip_unmapped(&ip);
  }
  const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
  memcpy(ip.bytes, &four->sin_addr, sizeof four->sin_addr);
  return ip;
}

/* Whoever has one address of an IPv6 /64 usually has all of them (RFC 6177). */
static bool same_party(const struct ip *a, const struct ip *b) {
  return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 8) == 0;
}

/* ---- the table ----------------------------------------------------------------------------- */

/* The connections' lock is held in these. */

static void unlink_connection(struct connections *connections, struct connection *connection) {
  *connection->link = connection->next;
  if (connection->next)
    connection->next->link = connection->link;
  if (connections->by_socket[connection->socket] == connection)
    connections->by_socket[connection->socket] = NULL;
  connections->loads[connection->daemon]--;
  connections->count--;
  atomic_store(&connection->listener->counters.open_connections, connections->count);
}

static void link_connection(struct connections *connections, struct connection *connection) {
  size_t had = connections->by_socket_capacity, index = (size_t)connection->socket;
  connections->by_socket = memory_reserve(connections->by_socket, &connections->by_socket_capacity,
                                          index + 1, sizeof *connections->by_socket);
  for (size_t i = had; i < connections->by_socket_capacity; i++)
    connections->by_socket[i] = NULL;
  struct connection *stale = connections->by_socket[index];
  if (stale) { /* closed before libmicrohttpd came to notify about it */
    unlink_connection(connections, stale);
    free(stale);
  }
  connections->by_socket[index] = connection;
  connection->next = connections->first;
  connection->link = &connections->first;
  if (connection->next)
    connection->next->link = &connection->next;
  connections->first = connection;
  connections->loads[connection->daemon]++;
  connections->count++;
  atomic_store(&connection->listener->counters.open_connections, connections->count);
}

static unsigned least_loaded(const struct http_listener *listener) {
  unsigned least = 0;
  for (unsigned i = 1; i < listener->limits.threads; i++)
    if (listener->connections.loads[i] < listener->connections.loads[least])
      least = i;
  return least;
}

/* The refusal that meets one more connection of this client, or HTTP_REFUSALS. */
static enum http_refusal find_refusal(const struct http_listener *listener,
                                      const struct ip *client) {
  const struct http_limits *limits = &listener->limits;
  if (listener->connections.count >= limits->connections)
    return HTTP_REFUSED_CONNECTIONS;
  unsigned same = 0;
  if (limits->per_address > 0 && !http_proxies_trust(&listener->proxies, client))
    for (const struct connection *c = listener->connections.first; c; c = c->next)
      same += same_party(&c->client, client);
  return limits->per_address > 0 && same >= limits->per_address ? HTTP_REFUSED_PER_ADDRESS
                                                                : HTTP_REFUSALS;
}

static int64_t timeout_of(const struct http_limits *limits, enum phase phase) {
  switch (phase) {
  case PHASE_HEAD:
  case PHASE_LINE:
    return limits->head_timeout_us;
  case PHASE_BODY:
    return limits->body_timeout_us;
  case PHASE_ANSWER:
    return limits->answer_timeout_us;
  case PHASE_IDLE:
    return limits->idle_timeout_us;
  case PHASE_HANDLER:
  case PHASE_STREAM:
    break;
  }
  return 0;
}

static void set_phase(struct connection *connection, enum phase phase) {
  int64_t timeout = timeout_of(&connection->listener->limits, phase);
  connection->phase = phase;
  connection->deadline = timeout > 0 ? clock_monotonic() + timeout : TIME_NONE;
}

/* ---- from accept to close ------------------------------------------------------------------ */

struct connection *connection_add(struct http_listener *listener, int fd,
                                  const struct sockaddr *address) {
  struct connections *connections = &listener->connections;
  struct ip client = ip_of(address);
  struct connection *connection = NULL;
  pthread_mutex_lock(&connections->lock);
  enum http_refusal refusal = find_refusal(listener, &client);
  if (refusal == HTTP_REFUSALS) {
    connection = memory_alloc(sizeof *connection);
    connection->listener = listener;
    connection->socket = fd;
    connection->client = client;
    connection->daemon = least_loaded(listener);
    set_phase(connection, PHASE_HEAD);
    link_connection(connections, connection);
    atomic_fetch_add(&listener->counters.connections, 1);
  }
  pthread_mutex_unlock(&connections->lock);
  if (!connection)
    refusal_count(listener, refusal, &client);
  return connection;
}

/* Whether something came that was no request line, nor (with TLS) the start of a handshake, and got
 * no answer: what libmicrohttpd answers is counted there (refusal_take_message). The end of what
 * the client sends counts as one byte. */
static bool sent_nonsense(const struct connection *connection) {
  struct tcp_info info = {.tcpi_state = 0};
  socklen_t size = sizeof info;
  if (connection->had_request || connection->cut || connection->certificate ||
      getsockopt(connection->socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return false;
  return info.tcpi_bytes_received > 1 && (connection->listener->tls || info.tcpi_bytes_sent == 0);
}

void connection_remove(struct connection *connection) {
  struct http_listener *listener = connection->listener;
  pthread_mutex_lock(&listener->connections.lock);
  unlink_connection(&listener->connections, connection);
  pthread_mutex_unlock(&listener->connections.lock);
  if (connection->started && sent_nonsense(connection) && !atomic_load(&listener->ended))
    refusal_count(listener, HTTP_REFUSED_MALFORMED, &connection->client);
  certificate_release(connection->certificate);
  free(connection);
}

void connection_notify(void *context, struct MHD_Connection *handle, void **place,
                       enum MHD_ConnectionNotificationCode code) {
  struct http_listener *listener = context;
  struct connections *connections = &listener->connections;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    int fd = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    pthread_mutex_lock(&connections->lock);
    struct connection *connection = connections->by_socket[fd];
    connection->started = true;
    pthread_mutex_unlock(&connections->lock);
    *place = connection;
    return;
  }
  connection_remove(*place);
}

/* ---- time ---------------------------------------------------------------------------------- */

/* libmicrohttpd asks for edges, and may miss the client's end when it comes together with the last
 * bytes of a request. The connection would be open until it has been idle for long. */
static bool has_ended(const struct connection *connection) {
  char byte;
  return recv(connection->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void connection_enter(struct connection *connection, enum phase phase) {
  struct connections *connections = &connection->listener->connections;
  pthread_mutex_lock(&connections->lock);
  if (phase == PHASE_LINE)
    connection->had_request = true;
  /* The first request's head has the time since the connection was accepted. */
  if (phase == PHASE_LINE && connection->phase == PHASE_HEAD)
    connection->phase = PHASE_LINE;
  else
    set_phase(connection, phase);
  if (phase == PHASE_IDLE && !connection->cut && has_ended(connection)) {
    connection->cut = true;
    shutdown(connection->socket, SHUT_RDWR);
  }
  pthread_mutex_unlock(&connections->lock);
}

void connection_expect_progress(struct connection *connection, bool expect) {
  struct connections *connections = &connection->listener->connections;
  pthread_mutex_lock(&connections->lock);
  if (connection->phase == PHASE_STREAM)
    connection->deadline =
        expect ? clock_monotonic() + connection->listener->limits.answer_timeout_us : TIME_NONE;
  pthread_mutex_unlock(&connections->lock);
}

/* As good as it can be from another thread than the one that serves the connection: that one is
 * reading, and does not write. */
static void send_timeout(struct http_listener *listener, int fd) {
  struct buffer answer = BUFFER_NONE;
  const char *line = refusal_line(408);
  buffer_printf(&answer,
                "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s\n",
                strlen(line) + 1, line);
  if (send(fd, answer.data, answer.size, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
    atomic_fetch_add(&listener->counters.answers[4], 1);
  buffer_free(&answer);
}

/* Cuts the first that is due. Returns false when none is; `*refusal` is HTTP_REFUSALS for one that
 * was merely idle. */
static bool expire_one(struct http_listener *listener, enum http_refusal *refusal,
                       struct ip *client) {
  static const enum http_refusal refusals[] = {[PHASE_HEAD] = HTTP_REFUSED_HEAD_TIME,
                                               [PHASE_LINE] = HTTP_REFUSED_HEAD_TIME,
                                               [PHASE_BODY] = HTTP_REFUSED_BODY_TIME,
                                               [PHASE_HANDLER] = HTTP_REFUSALS,
                                               [PHASE_ANSWER] = HTTP_REFUSED_ANSWER_TIME,
                                               [PHASE_STREAM] = HTTP_REFUSED_ANSWER_TIME,
                                               [PHASE_IDLE] = HTTP_REFUSALS};
  struct connections *connections = &listener->connections;
  time_us now = clock_monotonic();
  pthread_mutex_lock(&connections->lock);
  struct connection *c = connections->first;
  while (c && (!c->started || c->cut || c->deadline == TIME_NONE || c->deadline > now))
    c = c->next;
  if (c) {
    c->cut = true;
    *refusal = refusals[c->phase];
    *client = c->client;
    if ((c->phase == PHASE_LINE || c->phase == PHASE_BODY) && !listener->tls)
      send_timeout(listener, c->socket);
    shutdown(c->socket, SHUT_RDWR);
  }
  pthread_mutex_unlock(&connections->lock);
  return c != NULL;
}

void connections_expire(struct http_listener *listener) {
  enum http_refusal refusal;
  struct ip client;
  while (expire_one(listener, &refusal, &client))
    if (refusal != HTTP_REFUSALS)
      refusal_count(listener, refusal, &client);
}
