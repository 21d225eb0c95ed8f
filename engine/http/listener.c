#include "http/internal.h"

#include "base/memory.h"
#include "http/tls.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FLUSH_US (250 * US_PER_MS) /* for the answers that the stop itself gives */

/* libmicrohttpd keeps a request's head, a list of its headers and the answer's head in one block
 * of this many bytes a connection; the head takes twice its size as it is parsed. */
#define POOL_SIZE(head_max) (2 * (head_max) + (size_t)8 * 1024)

enum { THREADS_MAX = 64, CONNECTIONS_MAX = 100000, HEAD_MIN = 1024 };

struct http_limits http_limits_default(void) {
  return (struct http_limits){.body_max = (size_t)1024 * 1024,
                              .head_max = (size_t)16 * 1024,
                              .connections = 256,
                              .per_address = 64,
                              .threads = 4,
                              .head_timeout_us = 10 * US_PER_SECOND,
                              .body_timeout_us = 30 * US_PER_SECOND,
                              .idle_timeout_us = 60 * US_PER_SECOND,
                              .answer_timeout_us = 60 * US_PER_SECOND,
                              .stream_buffer_max = (size_t)256 * 1024};
}

/* ---- starting ------------------------------------------------------------------------------ */

static bool check_limits(const struct http_limits *limits, struct error *error) {
  if (limits->threads < 1 || limits->threads > THREADS_MAX)
    return error_set(error, "http threads: %u is not between 1 and %d", limits->threads,
                     THREADS_MAX);
  if (limits->connections < 1 || limits->connections > CONNECTIONS_MAX)
    return error_set(error, "http connections: %u is not between 1 and %d", limits->connections,
                     CONNECTIONS_MAX);
  if (limits->head_max < HEAD_MIN)
    return error_set(error, "http head_max: %zu bytes hold no request: give %d at least",
                     limits->head_max, HEAD_MIN);
  if (limits->body_max < 1 || limits->stream_buffer_max < 1)
    return error_set(error, "http body_max, stream_buffer_max: must be at least one byte");
  if (limits->head_timeout_us < US_PER_MS || limits->body_timeout_us < US_PER_MS ||
      limits->idle_timeout_us < US_PER_MS || limits->answer_timeout_us < US_PER_MS)
    return error_set(error, "http timeouts: must be at least one millisecond");
  return true;
}

static bool check_options(const struct http_listener_options *options, struct error *error) {
  if (!options->certificate_file != !options->key_file)
    return error_set(error, "http: a certificate and its key are both needed for TLS");
  return check_limits(&options->limits, error);
}

static struct MHD_Daemon *start_daemon(struct http_listener *listener) {
  const struct http_limits *limits = &listener->limits;
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                   MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities},
      {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_choose},
      {MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  /* The connections' limit is the listener's; here is room for those that are being closed. */
  return MHD_start_daemon(flags | (listener->tls ? MHD_USE_TLS : 0), 0, NULL, NULL, exchange_access,
                          listener, MHD_OPTION_EXTERNAL_LOGGER, refusal_take_message, listener,
                          MHD_OPTION_CONNECTION_LIMIT, 2 * limits->connections + 1,
                          MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                          POOL_SIZE(limits->head_max), MHD_OPTION_URI_LOG_CALLBACK, exchange_begin,
                          listener, MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, listener,
                          MHD_OPTION_NOTIFY_CONNECTION, connection_notify, listener,
                          MHD_OPTION_ARRAY, listener->tls ? tls : none, MHD_OPTION_END);
}

/* The threads' signals are blocked, so that signal handlers run on the program's own threads. */
static bool start_threads(struct http_listener *listener, struct error *error) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool good = true;
  for (unsigned i = 0; i < listener->limits.threads && good; i++) {
    listener->daemons[i] = start_daemon(listener);
    good = listener->daemons[i] != NULL;
  }
  if (good) {
    listener->has_accept_thread =
        pthread_create(&listener->accept_thread, NULL, accept_run, listener) == 0;
    good = listener->has_accept_thread;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return good || error_set(error, "http: cannot start a thread: %s", strerror(errno));
}

/* With an array of its own. */
static struct http_proxies copy_proxies(const struct http_proxies *proxies) {
  struct http_proxies copy = *proxies;
  struct ip_network *trusted = memory_alloc_array(proxies->count + 1, sizeof *trusted);
  for (size_t i = 0; i < proxies->count; i++)
    trusted[i] = proxies->trusted[i];
  copy.trusted = trusted;
  return copy;
}

static struct http_listener *listener_new(const struct http_listener_options *options) {
  struct http_listener *listener = memory_alloc(sizeof *listener);
  listener->limits = options->limits;
  listener->proxies = copy_proxies(&options->proxies);
  listener->log = options->log;
  listener->socket = -1;
  listener->daemons = memory_alloc_array(options->limits.threads, sizeof *listener->daemons);
  listener->connections.loads =
      memory_alloc_array(options->limits.threads, sizeof *listener->connections.loads);
  pthread_mutex_init(&listener->connections.lock, NULL);
  pthread_mutex_init(&listener->lock, NULL);
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&listener->idle, &monotonic);
  pthread_condattr_destroy(&monotonic);
  listener->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return listener;
}

struct http_listener *http_listener_start(const struct http_listener_options *options,
                                          const struct http_routes *routes, struct error *error) {
  const char *address = options->address ? options->address : "127.0.0.1";
  if (!check_options(options, error))
    return NULL;
  struct route_table *table = route_table_new(routes, error);
  if (!table)
    return NULL;
  struct http_listener *listener = listener_new(options);
  listener->routes = table;
  bool good = listener->wake >= 0 || error_set(error, "http: eventfd: %s", strerror(errno));
  if (good && options->certificate_file) {
    listener->tls = tls_new(options->certificate_file, options->key_file, options->log, error);
    good = listener->tls != NULL;
  }
  if (good) {
    listener->socket = accept_open(address, options->port, &listener->port, error);
    good = listener->socket >= 0 && start_threads(listener, error);
  }
  if (!good) {
    http_listener_free(listener);
    return NULL;
  }
  route_table_own(table, routes);
  return listener;
}

uint16_t http_listener_port(const struct http_listener *listener) {
  return listener->port;
}

bool http_listener_route(struct http_listener *listener, const struct http_routes *routes,
                         struct error *error) {
  struct route_table *table = route_table_new(routes, error);
  if (!table)
    return false;
  route_table_own(table, routes);
  pthread_mutex_lock(&listener->lock);
  struct route_table *old = listener->routes;
  listener->routes = table;
  pthread_mutex_unlock(&listener->lock);
  route_table_release(old);
  return true;
}

/* ---- stopping ------------------------------------------------------------------------------ */

static void wake(struct http_listener *listener) {
  uint64_t one = 1;
  ssize_t ignored = write(listener->wake, &one, sizeof one);
  (void)ignored;
}

/* Until nothing is under way and the socket is closed, or the time is over. The lock is held. */
static void wait_until_idle(struct http_listener *listener, int64_t wait_us) {
  time_us at = clock_monotonic() + (wait_us > 0 ? wait_us : 0);
  struct timespec until = {.tv_sec = at / US_PER_SECOND, .tv_nsec = at % US_PER_SECOND * 1000};
  while ((listener->exchange_count > 0 || !listener->socket_closed) &&
         pthread_cond_timedwait(&listener->idle, &listener->lock, &until) != ETIMEDOUT)
    continue;
}

void http_listener_stop(struct http_listener *listener, int64_t grace_us) {
  if (listener->stopped)
    return;
  listener->stopped = true;
  atomic_store(&listener->stopping, true);
  wake(listener);
  if (listener->has_accept_thread) {
    pthread_mutex_lock(&listener->lock);
    exchanges_settle(listener, false);
    wait_until_idle(listener, grace_us);
    atomic_store(&listener->ended, true);
    exchanges_settle(listener, true);
    if (listener->exchange_count > 0)
      wait_until_idle(listener, FLUSH_US);
    pthread_mutex_unlock(&listener->lock);
    wake(listener);
    pthread_join(listener->accept_thread, NULL);
  }
  for (unsigned i = 0; i < listener->limits.threads; i++)
    if (listener->daemons[i])
      MHD_stop_daemon(listener->daemons[i]);
  if (listener->socket >= 0)
    close(listener->socket);
  pthread_mutex_lock(&listener->lock);
  struct route_table *routes = listener->routes;
  listener->routes = NULL;
  pthread_mutex_unlock(&listener->lock);
  route_table_release(routes);
}

void http_listener_free(struct http_listener *listener) {
  if (!listener)
    return;
  http_listener_stop(listener, 0);
  while (listener->connections.first) /* which libmicrohttpd closed before it notified of them */
    connection_remove(listener->connections.first);
  route_table_release(listener->routes);
  tls_free(listener->tls);
  if (listener->wake >= 0)
    close(listener->wake);
  free(listener->connections.by_socket);
  free(listener->connections.loads);
  free((void *)(uintptr_t)listener->proxies.trusted);
  free(listener->daemons);
  pthread_cond_destroy(&listener->idle);
  pthread_mutex_destroy(&listener->lock);
  pthread_mutex_destroy(&listener->connections.lock);
  free(listener);
}

/* ---- counters ------------------------------------------------------------------------------ */

void http_listener_count(const struct http_listener *listener,
                         struct http_listener_counts *counts) {
  const struct listener_counters *from = &listener->counters;
  *counts = (struct http_listener_counts){
      .connections = atomic_load(&from->connections),
      .requests = atomic_load(&from->requests),
      .aborted = atomic_load(&from->aborted),
      .open_connections = atomic_load(&from->open_connections),
      .open_requests = atomic_load(&from->open_requests),
  };
  for (size_t i = 0; i < sizeof counts->answers / sizeof *counts->answers; i++)
    counts->answers[i] = atomic_load(&from->answers[i]);
  for (size_t i = 0; i < HTTP_REFUSALS; i++)
    counts->refused[i] = atomic_load(&from->refused[i]);
}
