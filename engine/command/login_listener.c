#include "command/login_listener.h"

#include "base/memory.h"
#include "http/exchange.h"
#include "http/listener.h"

#include <pthread.h>
#include <stdlib.h>

#define STOP_US (2 * US_PER_SECOND) /* for the browser to take its answer */

struct login_listener {
  struct http_listener *http;
  char *path;
  const struct zoom_login *login; /* the rest is guarded by the mutex; NULL: not yet */
  struct http_exchange *waiting;  /* the browser that has come; NULL: nobody */
  struct buffer code;
  struct error error; /* set: refused */
  size_t foreign;
  pthread_mutex_t mutex;
  pthread_cond_t came;
};

static void take_redirect(void *context, struct http_exchange *exchange) {
  struct login_listener *listener = context;
  struct error error = ERROR_NONE;
  enum zoom_login_reply reply = ZOOM_LOGIN_FOREIGN;
  pthread_mutex_lock(&listener->mutex);
  bool is_free = listener->login && !listener->waiting;
  if (is_free && exchange->query.size > 0)
    reply = zoom_login_read(listener->login, exchange->query, &listener->code, &error);
  if (reply == ZOOM_LOGIN_FOREIGN) {
    listener->foreign++;
    http_exchange_text(exchange, 400,
                       error.set ? error.text : "this is no answer to a login of margay");
  } else {
    listener->waiting = exchange;
    listener->error = error;
    pthread_cond_signal(&listener->came);
  }
  pthread_mutex_unlock(&listener->mutex);
}

static void init_condition(pthread_cond_t *condition) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

struct login_listener *login_listener_start(uint16_t port, struct text path, struct error *error) {
  struct login_listener *listener = memory_alloc(sizeof *listener);
  pthread_mutex_init(&listener->mutex, NULL);
  init_condition(&listener->came);
  listener->path = memory_copy_bytes(path.data, path.size + 1); /* and its NUL */
  const struct http_route route = {
      .method = "GET", .path = listener->path, .handler = take_redirect, .context = listener};
  const struct http_routes routes = {.rows = &route, .count = 1};
  struct http_listener_options options = {.port = port, .limits = http_limits_default()};
  options.limits.threads = 1;
  listener->http = http_listener_start(&options, &routes, error);
  if (listener->http)
    return listener;
  login_listener_free(listener);
  return NULL;
}

uint16_t login_listener_port(const struct login_listener *listener) {
  return http_listener_port(listener->http);
}

bool login_listener_wait(struct login_listener *listener, const struct zoom_login *login,
                         int64_t timeout_us, struct buffer *code, struct error *error) {
  time_us end = clock_monotonic() + timeout_us;
  const struct timespec until = {.tv_sec = end / US_PER_SECOND,
                                 .tv_nsec = end % US_PER_SECOND * 1000};
  struct time_string wait;
  int result = 0;
  pthread_mutex_lock(&listener->mutex);
  listener->login = login;
  while (!listener->waiting && result == 0)
    result = pthread_cond_timedwait(&listener->came, &listener->mutex, &until);
  bool came = listener->waiting != NULL;
  listener->login = NULL;
  pthread_mutex_unlock(&listener->mutex);
  if (!came)
    return error_set(error,
                     "nobody let the app in within %s (%zu requests came that were no answer to "
                     "this login): run margay login again, or with --paste if the browser is on "
                     "another machine",
                     duration_format(timeout_us, &wait), listener->foreign);
  if (listener->error.set)
    return error_set(error, "%s", listener->error.text);
  buffer_append_text(code, buffer_text(&listener->code));
  return true;
}

void login_listener_answer(struct login_listener *listener, const struct error *error) {
  struct buffer line = BUFFER_NONE;
  if (!listener->waiting)
    return;
  if (error->set)
    buffer_printf(&line, "margay is not logged in: %s", error->text);
  else
    buffer_append_string(&line, "margay is logged in. You can close this window.");
  http_exchange_text(listener->waiting, error->set ? 400 : 200, line.data);
  listener->waiting = NULL;
  buffer_free(&line);
}

void login_listener_free(struct login_listener *listener) {
  if (!listener)
    return;
  const struct error ended = {.set = true, .text = "it was given up"};
  login_listener_answer(listener, &ended);
  if (listener->http)
    http_listener_stop(listener->http, STOP_US);
  http_listener_free(listener->http);
  pthread_cond_destroy(&listener->came);
  pthread_mutex_destroy(&listener->mutex);
  buffer_free(&listener->code);
  free(listener->path);
  free(listener);
}
