#include "api/face/server_internal.h"

#include "api/face/files.h"
#include "base/memory.h"
#include "daemon/metrics.h"

#include <stdlib.h>

/* Requests that wait. People and dashboards ask for a handful at once, and each waits for a
 * fraction of a second. */
#define WAITING_MAX 64

/* Logins with the provider that wait. */
#define SIGN_INS_MAX 8

/* Bodies are a few parameters: a rule to try is the largest. */
#define BODY_MAX ((size_t)256 * 1024)

/* ---- on the listener's threads ------------------------------------------------------------- */

static void refuse(struct api_server *server, struct http_exchange *exchange,
                   const struct api_place_found *place, enum api_status status,
                   const char *detail) {
  struct api_answer answer = {.allow = status == API_NO_METHOD ? place->allow : NULL};
  api_refuse(&answer, status, NULL, "%s", detail);
  call_count(server, place->operation, reply_give(exchange, &answer), TIME_NONE);
}

/* A provider may not answer: whoever waits for it must not keep all threads from the others. */
static bool signs_in(const struct api_job *job) {
  enum api_special special = job->place.operation->special;
  return special == API_SIGNS_IN || special == API_SIGNED_IN;
}

/* False: too many wait. */
static bool enqueue(struct api_server *server, struct api_job *job) {
  pthread_mutex_lock(&server->mutex);
  size_t sign_ins = 0;
  for (const struct api_job *other = server->first; other; other = other->next)
    sign_ins += signs_in(other);
  bool taken = server->waiting < WAITING_MAX && (sign_ins < SIGN_INS_MAX || !signs_in(job)) &&
               !atomic_load(&server->ending);
  if (taken) {
    *server->last = job;
    server->last = &job->next;
    gauge_set(server->waiting_gauge, (int64_t)++server->waiting);
    pthread_cond_signal(&server->changed);
  }
  pthread_mutex_unlock(&server->mutex);
  return taken;
}

static void handle(void *context, struct http_exchange *exchange) {
  struct api_server *server = context;
  struct api_answer answer = {.status = 200};
  struct text path = {exchange->path.data + strlen(API_PREFIX),
                      exchange->path.size - strlen(API_PREFIX)};
  struct api_place_found place;
  place_find(exchange->method, path, &place);
  if (!place.operation && place.allow[0]) {
    refuse(server, exchange, &place, API_NO_METHOD,
           "this takes other methods: see the header Allow");
  } else if (!place.operation) {
    refuse(server, exchange, &place, API_NOT_FOUND,
           "there is no such operation: see " API_PREFIX "/openapi.json");
  } else if (!guard_check(exchange, place.operation, (enum api_login)atomic_load(&server->login),
                          &answer)) {
    call_count(server, place.operation, reply_give(exchange, &answer), TIME_NONE);
  } else {
    struct api_job *job = memory_alloc(sizeof *job);
    *job = (struct api_job){.exchange = exchange, .place = place, .came = clock_monotonic()};
    if (enqueue(server, job))
      return;
    free(job);
    refuse(server, exchange, &place, API_UNAVAILABLE, "too much at once: ask again");
  }
}

/* ---- on the server's threads --------------------------------------------------------------- */

/* The link to the first job that may begin: one login at a time. It is NULL inside when there is
 * none. The mutex is held. */
static struct api_job **find_job(struct api_server *server) {
  struct api_job **link = &server->first;
  while (*link && server->signing_in && signs_in(*link))
    link = &(*link)->next;
  return link;
}

/* NULL when the server ends. */
static struct api_job *next_job(struct api_server *server) {
  pthread_mutex_lock(&server->mutex);
  struct api_job **link;
  while (!*(link = find_job(server)) && !atomic_load(&server->ending))
    pthread_cond_wait(&server->changed, &server->mutex);
  struct api_job *job = atomic_load(&server->ending) ? NULL : *link;
  if (job) {
    *link = job->next;
    if (!job->next)
      server->last = link;
    server->signing_in = server->signing_in || signs_in(job);
    gauge_set(server->waiting_gauge, (int64_t)--server->waiting);
  }
  pthread_mutex_unlock(&server->mutex);
  return job;
}

static void end_job(struct api_server *server, struct api_job *job) {
  if (signs_in(job)) {
    pthread_mutex_lock(&server->mutex);
    server->signing_in = false;
    pthread_cond_signal(&server->changed);
    pthread_mutex_unlock(&server->mutex);
  }
  free(job);
}

static void *run(void *context) {
  struct api_worker worker = {.server = context};
  struct api_job *job;
  while ((job = next_job(worker.server)) != NULL) {
    call_run(&worker, job);
    end_job(worker.server, job);
  }
  store_close(worker.reader);
  return NULL;
}

/* ---- the server ---------------------------------------------------------------------------- */

/* Nobody waits for a provider when the daemon ends. */
static struct sign_in *log_people_in(struct api_server *server, struct sign_in_options options) {
  options.provider.stop = &server->ending;
  return sign_in_new(&options);
}

struct api_server *api_server_new(const struct api_server_options *options, struct error *error) {
  struct api_server *server = memory_alloc(sizeof *server);
  server->options = *options;
  server->state_path = memory_copy_string(options->state_path);
  server->threads = memory_alloc_array(options->threads, sizeof *server->threads);
  server->throttle = throttle_new();
  server->sign_in = options->sign_in ? log_people_in(server, *options->sign_in) : NULL;
  server->options.sign_in = NULL; /* the caller's */
  server->last = &server->first;
  atomic_init(&server->login, (int)options->login);
  pthread_mutex_init(&server->mutex, NULL);
  pthread_mutex_init(&server->write_mutex, NULL);
  pthread_cond_init(&server->changed, NULL);
  server->seconds = histogram_open(options->counters, METRIC_API_SECONDS, METRIC_NO_VALUES, 0);
  server->waiting_gauge = gauge_open(options->counters, METRIC_API_WAITING, METRIC_NO_VALUES);
  const struct live_options live = {server->state_path, options->log, options->counters,
                                    options->clock};
  server->live = live_new(&live, error);
  while (server->live && server->thread_count < options->threads &&
         pthread_create(&server->threads[server->thread_count], NULL, run, server) == 0)
    server->thread_count++;
  if (server->live && server->thread_count == options->threads)
    return server;
  api_server_free(server);
  error_set(error, "cannot start a thread for the API");
  return NULL;
}

size_t api_server_routes(struct api_server *server, struct http_route rows[API_SERVER_ROUTES]) {
  rows[0] = (struct http_route){.path = API_PREFIX "/",
                                .prefix = true,
                                .handler = handle,
                                .context = server,
                                .body_max = BODY_MAX};
  if (!server->options.dashboard)
    return 1;
  rows[1] =
      (struct http_route){.method = "GET", .path = "/", .prefix = true, .handler = files_answer};
  static const char *const others[] = {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  size_t count = 2;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    rows[count++] = (struct http_route){
        .method = others[i], .path = "/", .prefix = true, .handler = files_refuse};
  return count;
}

static void set_engine(struct api_server *server, struct engine *engine) {
  if (!server)
    return;
  pthread_mutex_lock(&server->mutex);
  server->engine = engine;
  pthread_mutex_unlock(&server->mutex);
}

void api_server_attach(struct api_server *server, struct engine *engine) {
  set_engine(server, engine);
}

void api_server_detach(struct api_server *server) {
  set_engine(server, NULL);
}

void api_server_need_login(struct api_server *server) {
  int none = API_LOGIN_NONE;
  if (server && atomic_compare_exchange_strong(&server->login, &none, (int)API_LOGIN_TOKEN))
    live_need_login(server->live);
}

/* Takes all jobs out of the queue. */
static struct api_job *take_waiting(struct api_server *server) {
  pthread_mutex_lock(&server->mutex);
  struct api_job *first = server->first;
  server->first = NULL;
  server->last = &server->first;
  server->waiting = 0;
  atomic_store(&server->ending, true);
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->mutex);
  return first;
}

void api_server_end(struct api_server *server) {
  struct api_job *job = server ? take_waiting(server) : NULL;
  while (job) {
    struct api_job *next = job->next;
    refuse(server, job->exchange, &job->place, API_UNAVAILABLE, "margay ends");
    free(job);
    job = next;
  }
}

void api_server_free(struct api_server *server) {
  if (!server)
    return;
  api_server_end(server);
  for (unsigned i = 0; i < server->thread_count; i++)
    pthread_join(server->threads[i], NULL);
  live_free(server->live);
  throttle_free(server->throttle);
  sign_in_free(server->sign_in);
  histogram_close(server->seconds);
  gauge_close(server->waiting_gauge);
  store_close(server->writer);
  pthread_mutex_destroy(&server->mutex);
  pthread_mutex_destroy(&server->write_mutex);
  pthread_cond_destroy(&server->changed);
  free(server->threads);
  free(server->state_path);
  free(server);
}
