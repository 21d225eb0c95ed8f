/*
 * What the server's files share: server.c is its life and the queue, call.c what becomes of one
 * request, guard.c what is refused by a request's head, place.c which operation is meant.
 */
#ifndef API_FACE_SERVER_INTERNAL_H
#define API_FACE_SERVER_INTERNAL_H

#include "api/arguments.h"
#include "api/face/live.h"
#include "api/face/reply.h"
#include "api/face/server.h"
#include "api/face/throttle.h"
#include "http/exchange.h"

#include <pthread.h>

#define API_PREFIX "/api/v1"
#define API_PATH_VALUES_MAX 4

/* ---- which operation (place.c) ---- */

struct api_place_found {
  const struct api_operation *operation; /* NULL: none */
  struct text values[API_PATH_VALUES_MAX];
  size_t value_count;
  char allow[64]; /* no operation, but these methods: for the header Allow; "": no such place */
};

/* `path` is below API_PREFIX. HEAD is GET. The values are in the path. */
void place_find(struct text method, struct text path, struct api_place_found *found);

/* ---- what a head alone says (guard.c) ---- */

/* Whether it may come at all. False: the answer says why. `login`: with API_LOGIN_NONE the Host
 * must be this machine, or a page whose name an attacker points to 127.0.0.1 could ask. */
bool guard_check(const struct http_exchange *exchange, const struct api_operation *operation,
                 enum api_login login, struct api_answer *answer);

/* ---- the queue (server.c), and a call (call.c) ---- */

struct api_job {
  struct api_job *next;
  struct http_exchange *exchange;
  struct api_place_found place;
  time_us came; /* monotonic */
};

struct api_server {
  struct api_server_options options;
  char *state_path;
  struct live *live;
  struct throttle *throttle;
  struct histogram *seconds;
  struct gauge *waiting_gauge;
  struct sign_in *sign_in; /* NULL: there is no OpenID provider */
  pthread_t *threads;
  unsigned thread_count; /* that run */
  atomic_bool ending;
  atomic_int login; /* enum api_login */

  pthread_mutex_t write_mutex;
  struct store *writer; /* opened with the first write; guarded by write_mutex */

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  struct engine *engine; /* NULL: it does not run yet, or is gone */
  struct api_job *first, **last;
  size_t waiting;
  bool signing_in; /* a thread waits for the OpenID provider */
};

/* What a thread of the server has of its own. */
struct api_worker {
  struct api_server *server;
  struct store *reader; /* opened with the first request */
};

/* Counts an answer: of which operation (NULL: none), and how long it took since
 * `came`; TIME_NONE: no time at all. */
void call_count(struct api_server *server, const struct api_operation *operation, unsigned status,
                time_us came);

/* Does what a job asks for, and answers it. */
void call_run(struct api_worker *worker, struct api_job *job);

#endif
