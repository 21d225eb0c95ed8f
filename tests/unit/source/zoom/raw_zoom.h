/*
 * A Zoom of raw sockets on loopback that answers as a test says, byte by byte; and a poll of it,
 * with what the poll cost. One connection is served at a time and closed after its answer.
 */
#ifndef RAW_ZOOM_H
#define RAW_ZOOM_H

#include "base/hostile_table.h"
#include "source/source_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

#define RAW_SECRET "sesame-sesame"
#define RAW_TOKEN "abc.def-_~+/="

struct raw_zoom;

/* One request that is being answered. */
struct raw_talk {
  struct raw_zoom *zoom;
  int socket;
  unsigned number; /* of the requests to this endpoint, from 1 */
  const char *query;
};

/* How an endpoint answers: one of these. */
struct raw_answer {
  const char *raw;  /* the bytes, whatever they are */
  const char *body; /* of a proper answer with 200 */
  void (*call)(struct raw_talk *talk);
};

struct raw_zoom {
  int listener;
  unsigned port;
  pthread_t thread;
  struct raw_answer token, page;
  _Atomic unsigned token_requests, page_requests;
  _Atomic unsigned strays; /* requests to other paths: where redirects and proxies lead */
  _Atomic unsigned
      leaks; /* of these, with credentials; and requests with a header that was injected */
  atomic_bool ending;
};

/* Whether the other side still takes bytes. */
static inline bool raw_send(struct raw_talk *talk, const void *bytes, size_t size) {
  for (size_t sent = 0; sent < size;) {
    struct pollfd ready = {.fd = talk->socket, .events = POLLOUT};
    if (talk->zoom->ending)
      return false;
    if (poll(&ready, 1, 20) == 0)
      continue;
    ssize_t some =
        send(talk->socket, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (some < 0)
      return false;
    sent += (size_t)some;
  }
  return true;
}

static inline bool raw_say(struct raw_talk *talk, const char *text) {
  return raw_send(talk, text, strlen(text));
}

static inline void raw_body(struct raw_talk *talk, struct text body) {
  char head[160];
  snprintf(head, sizeof head,
           "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
           body.size);
  if (raw_say(talk, head))
    raw_send(talk, body.data, body.size);
}

static inline void raw_answer(struct raw_talk *talk, const struct raw_answer *answer) {
  if (answer->raw)
    raw_say(talk, answer->raw);
  else if (answer->body)
    raw_body(talk, text_from(answer->body));
  else
    answer->call(talk);
}

/* What a TLS client says first (RFC 8446 5.1). It gets an answer like any other that is not
 * understood. */
static inline bool raw_is_tls(const struct buffer *request) {
  return request->size > 0 && request->data[0] == 0x16;
}

/* The head and the body of a request; false when it does not come. */
static inline bool raw_read(struct raw_zoom *zoom, int socket, struct buffer *request) {
  buffer_reset(request);
  while (!zoom->ending) {
    struct pollfd ready = {.fd = socket, .events = POLLIN};
    if (poll(&ready, 1, 20) == 0)
      continue;
    char *room = buffer_reserve(request, 65536);
    ssize_t size = recv(socket, room, 65535, 0);
    if (size <= 0)
      return false;
    room[size] = '\0';
    request->size += (size_t)size;
    const char *end = strstr(request->data, "\r\n\r\n");
    const char *length = end ? strcasestr(request->data, "\r\nContent-Length:") : NULL;
    if (raw_is_tls(request))
      return true;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    if (end && request->size >= (size_t)(end + 4 - request->data) + body)
      return true;
  }
  return false;
}

static inline void raw_serve(struct raw_zoom *zoom, int socket, struct buffer *request) {
  struct raw_talk talk = {.zoom = zoom, .socket = socket};
  bool credentials = strcasestr(request->data, "\r\nAuthorization:") != NULL;
  if (strcasestr(request->data, "\r\nX-Injected"))
    zoom->leaks++;
  if (strncmp(request->data, "POST /oauth/token ", 18) == 0) {
    talk.number = ++zoom->token_requests;
    raw_answer(&talk, &zoom->token);
  } else if (strncmp(request->data, "GET /v2/report/", 15) == 0) {
    talk.number = ++zoom->page_requests;
    talk.query = request->data;
    raw_answer(&talk, &zoom->page);
  } else {
    zoom->strays++;
    zoom->leaks += credentials;
    raw_say(&talk, "HTTP/1.1 502 Elsewhere\r\nContent-Length: 0\r\n\r\n");
  }
}

static inline void *raw_accept(void *context) {
  struct raw_zoom *zoom = context;
  struct buffer request = BUFFER_NONE;
  int socket;
  while ((socket = accept(zoom->listener, NULL, NULL)) >= 0) {
    if (raw_read(zoom, socket, &request))
      raw_serve(zoom, socket, &request);
    close(socket);
  }
  buffer_free(&request);
  return NULL;
}

static inline void raw_start(struct raw_zoom *zoom) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  zoom->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(zoom->listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(zoom->listener, 64), 0);
  assert_int_equal(getsockname(zoom->listener, (struct sockaddr *)&address, &size), 0);
  zoom->port = ntohs(address.sin_port);
  assert_int_equal(pthread_create(&zoom->thread, NULL, raw_accept, zoom), 0);
}

static inline void raw_stop(struct raw_zoom *zoom) {
  zoom->ending = true;
  shutdown(zoom->listener, SHUT_RDWR);
  pthread_join(zoom->thread, NULL);
  close(zoom->listener);
}

/* ---- a poll ------------------------------------------------------------------------------ */

struct raw_poll {
  struct world world;
  struct error error;
  bool ok;
  struct hostile_cost cost;
};

/* `urls` are two lines of settings, or NULL: those of `zoom`. */
static inline void raw_poll_begin(struct raw_poll *poll, const struct raw_zoom *zoom,
                                  const char *urls) {
  char settings[1024], own[160];
  *poll = (struct raw_poll){.error = ERROR_NONE};
  world_start(&poll->world, "2024-03-21T12:00:00Z");
  log_hide(poll->world.log, TEXT(RAW_SECRET));
  snprintf(own, sizeof own,
           "api_url: http://127.0.0.1:%u/v2/\ntoken_url: http://127.0.0.1:%u/oauth/token\n",
           zoom->port, zoom->port);
  snprintf(settings, sizeof settings,
           "account_id: springfield\nclient_id: margay\nclient_secret: " RAW_SECRET "\n%s"
           "reports: [operation]\npoll_once: true\nretry_first: 1ms\n",
           urls ? urls : own);
  world_options(&poll->world, &source_zoom_reports, settings);
}

static inline void *raw_poll_run(void *context) {
  struct raw_poll *poll = context;
  struct source_run run = world_run(&poll->world);
  hostile_begin(&poll->cost);
  poll->ok = source_zoom_reports.run(&run, &poll->error);
  hostile_end(&poll->cost);
  fflush(poll->world.log_file);
  return NULL;
}

#endif
