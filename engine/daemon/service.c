#include "daemon/service.h"

#include "base/memory.h"
#include "daemon/metrics.h"
#include "http/exchange.h"
#include "http/metrics_text.h"

#include <pthread.h>
#include <stdlib.h>

/* The committer goes round each second; a commit that takes as long as this hangs. */
#define BEAT_AGE_MAX_US US_PER_MINUTE
#define STOP_US US_PER_SECOND

struct service {
  struct http_listener *listener;
  struct counters *counters;
  struct intake_hub *intake;
  struct interaction_hub *interactions;
  struct http_route *others; /* rows of others */
  size_t other_count;
  struct gauge *heartbeat, *running, *failed, *open_connections;
  struct counter *connections, *answers[6], *refused[HTTP_REFUSALS], *sent, *retried, *parked,
      *held_back, *template_errors, *left_out;
  struct counter *lost_lines;
  struct log *log;

  pthread_mutex_t mutex; /* guards what follows */
  struct engine *engine; /* NULL: it does not run yet, or is gone */
  bool began;            /* there was one */
  struct http_listener_counts http;
  struct delivery_counts delivered;
  uint64_t lines_lost;
};

/* ---- health ------------------------------------------------------------------------------ */

/* False when there is no engine. */
static bool look(struct service *service, struct engine_health *health) {
  pthread_mutex_lock(&service->mutex);
  bool there = service->engine != NULL;
  if (there)
    engine_health(service->engine, health);
  pthread_mutex_unlock(&service->mutex);
  return there;
}

/* The same with what the engine has to say in words; *began: there was one. */
static bool look_closely(struct service *service, struct engine_health *health, bool *began,
                         struct buffer *stopped, struct buffer *alarms) {
  pthread_mutex_lock(&service->mutex);
  bool there = service->engine != NULL;
  *began = service->began;
  if (there) {
    engine_health(service->engine, health);
    engine_health_lines(service->engine, stopped, alarms);
  }
  pthread_mutex_unlock(&service->mutex);
  return there;
}

static void answer_health(void *context, struct http_exchange *exchange) {
  struct engine_health health;
  if (look(context, &health) && health.beat_age_us > BEAT_AGE_MAX_US)
    http_exchange_text(exchange, 503, "the committer hangs: it has not gone round for a minute");
  else
    http_exchange_text(exchange, 200, "ok");
}

static void answer_ready(void *context, struct http_exchange *exchange) {
  struct engine_health health;
  struct http_answer answer = HTTP_ANSWER(200);
  struct buffer stopped = BUFFER_NONE, alarms = BUFFER_NONE;
  bool began, there = look_closely(context, &health, &began, &stopped, &alarms);
  const struct {
    bool wrong;
    const char *line;
  } rows[] = {
      {!began, "the daemon is starting"},
      {began && (!there || health.ending), "the daemon is ending"},
      {there && health.beat_age_us > BEAT_AGE_MAX_US, "the committer hangs"},
      {there && !health.commits, "the store cannot be written"},
      {there && !health.attached, "the state file was deleted or replaced"},
      {there && health.sources_failed > 0, "a source has failed"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].wrong)
      buffer_printf(&answer.body, "%s\n", rows[i].line);
  if (answer.body.size > 0)
    answer.status = 503;
  else
    buffer_append_string(&answer.body, "ready\n");
  buffer_append_text(&answer.body, buffer_text(&stopped));
  buffer_append_text(&answer.body, buffer_text(&alarms));
  buffer_free(&stopped);
  buffer_free(&alarms);
  answer.content_type = "text/plain; charset=utf-8";
  http_exchange_answer(exchange, &answer);
}

/* ---- metrics ----------------------------------------------------------------------------- */

static void open_metrics(struct service *service) {
  static const char *const classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
  struct counters *counters = service->counters;
  service->heartbeat = gauge_open(counters, METRIC_HEARTBEAT_SECONDS, METRIC_NO_VALUES);
  service->running = gauge_open(counters, METRIC_SOURCES, METRIC_VALUES(TEXT("running")));
  service->failed = gauge_open(counters, METRIC_SOURCES, METRIC_VALUES(TEXT("failed")));
  service->open_connections = gauge_open(counters, METRIC_HTTP_OPEN_CONNECTIONS, METRIC_NO_VALUES);
  service->connections = counter_open(counters, METRIC_HTTP_CONNECTIONS, METRIC_NO_VALUES, 0);
  service->sent = counter_open(counters, METRIC_DELIVERIES, METRIC_VALUES(TEXT("sent")), 0);
  service->retried = counter_open(counters, METRIC_DELIVERIES, METRIC_VALUES(TEXT("retried")), 0);
  service->parked = counter_open(counters, METRIC_DELIVERIES, METRIC_VALUES(TEXT("parked")), 0);
  service->held_back = counter_open(counters, METRIC_HELD_BACK, METRIC_NO_VALUES, 0);
  service->template_errors = counter_open(counters, METRIC_TEMPLATE_ERRORS, METRIC_NO_VALUES, 0);
  service->left_out = counter_open(counters, METRIC_RECIPIENTS_REFUSED, METRIC_NO_VALUES, 0);
  service->lost_lines = counter_open(counters, METRIC_LOG_LINES_LOST, METRIC_NO_VALUES, 0);
  for (size_t i = 1; i < sizeof classes / sizeof *classes; i++)
    service->answers[i] =
        counter_open(counters, METRIC_HTTP_ANSWERS, METRIC_VALUES(text_from(classes[i])), 0);
  for (size_t i = 0; i < HTTP_REFUSALS; i++)
    service->refused[i] = counter_open(counters, METRIC_HTTP_REFUSED,
                                       METRIC_VALUES(text_from(http_refusal_names[i])), 0);
}

static void close_metrics(struct service *service) {
  gauge_close(service->heartbeat);
  gauge_close(service->running);
  gauge_close(service->failed);
  gauge_close(service->open_connections);
  counter_close(service->connections);
  counter_close(service->sent);
  counter_close(service->retried);
  counter_close(service->parked);
  counter_close(service->held_back);
  counter_close(service->template_errors);
  counter_close(service->left_out);
  counter_close(service->lost_lines);
  for (size_t i = 0; i < sizeof service->answers / sizeof *service->answers; i++)
    counter_close(service->answers[i]);
  for (size_t i = 0; i < HTTP_REFUSALS; i++)
    counter_close(service->refused[i]);
}

/* What others count is brought up to date when somebody asks. The mutex is held. */
static void update_http(struct service *service) {
  struct http_listener_counts now, *before = &service->http;
  http_listener_count(service->listener, &now);
  counter_add(service->connections, now.connections - before->connections);
  for (size_t i = 1; i < sizeof now.answers / sizeof *now.answers; i++)
    counter_add(service->answers[i], now.answers[i] - before->answers[i]);
  for (size_t i = 0; i < HTTP_REFUSALS; i++)
    counter_add(service->refused[i], now.refused[i] - before->refused[i]);
  gauge_set(service->open_connections, (int64_t)now.open_connections);
  *before = now;
}

static void update_log(struct service *service) {
  uint64_t now = log_lost(service->log);
  counter_add(service->lost_lines, now - service->lines_lost);
  service->lines_lost = now;
}

static void update_engine(struct service *service) {
  struct engine_health health;
  struct delivery_counts now, *before = &service->delivered;
  engine_health(service->engine, &health);
  engine_count_deliveries(service->engine, &now);
  gauge_set(service->heartbeat, health.beat_age_us);
  gauge_set(service->running, (int64_t)health.sources_running);
  gauge_set(service->failed, (int64_t)health.sources_failed);
  engine_health_update(service->engine);
  counter_add(service->sent, (uint64_t)(now.sent - before->sent));
  counter_add(service->retried, (uint64_t)(now.retried - before->retried));
  counter_add(service->parked, (uint64_t)(now.parked - before->parked));
  counter_add(service->held_back, (uint64_t)(now.held - before->held));
  counter_add(service->template_errors, (uint64_t)(now.template_errors - before->template_errors));
  counter_add(service->left_out, (uint64_t)(now.left_out - before->left_out));
  *before = now;
}

static void answer_metrics(void *context, struct http_exchange *exchange) {
  struct service *service = context;
  struct http_answer answer = HTTP_ANSWER(200);
  pthread_mutex_lock(&service->mutex);
  update_log(service);
  if (service->listener)
    update_http(service);
  if (service->engine)
    update_engine(service);
  pthread_mutex_unlock(&service->mutex);
  answer.content_type = METRICS_TEXT_TYPE;
  metrics_text_write(service->counters, &answer.body);
  http_exchange_answer(exchange, &answer);
}

/* ---- the life ---------------------------------------------------------------------------- */

const char *const service_paths[] = {"/healthz", "/readyz", "/metrics", INTERACTION_PATH, NULL};
static const http_handler own_handlers[] = {answer_health, answer_ready, answer_metrics};

/* The rows of its own, and one for each source that takes requests; the caller frees them. */
static struct http_routes make_routes(struct service *service, const struct source *sources,
                                      size_t source_count) {
  size_t count = 0, own = sizeof own_handlers / sizeof *own_handlers;
  struct http_route *rows = memory_alloc_array(
      own + 1 + service->other_count + source_count * INTAKE_ROUTES_MAX, sizeof *rows);
  for (; count < own; count++)
    rows[count] = (struct http_route){.method = "GET",
                                      .path = service_paths[count],
                                      .handler = own_handlers[count],
                                      .context = service};
  if (service->interactions)
    rows[count++] = interaction_hub_route(service->interactions);
  for (size_t i = 0; i < service->other_count; i++)
    rows[count++] = service->others[i];
  for (size_t i = 0; i < source_count; i++)
    if (sources[i].type->takes)
      count += intake_hub_routes(service->intake, &sources[i], &rows[count]);
  return (struct http_routes){.rows = rows, .count = count};
}

struct service *service_start(const struct http_listener_options *options,
                              const struct service_parts *parts, const struct source *sources,
                              size_t source_count, struct error *error) {
  struct service *service = memory_alloc(sizeof *service);
  service->counters = parts->counters;
  service->intake = parts->intake;
  service->interactions = parts->interactions;
  service->others = memory_alloc_array(parts->route_count, sizeof *service->others);
  for (; service->other_count < parts->route_count; service->other_count++)
    service->others[service->other_count] = parts->routes[service->other_count];
  service->log = options->log;
  pthread_mutex_init(&service->mutex, NULL);
  open_metrics(service);
  struct http_routes routes = make_routes(service, sources, source_count);
  struct http_listener *listener = http_listener_start(options, &routes, error);
  free((void *)(uintptr_t)routes.rows);
  pthread_mutex_lock(&service->mutex);
  service->listener = listener;
  pthread_mutex_unlock(&service->mutex);
  if (listener)
    return service;
  service_stop(service);
  return NULL;
}

bool service_route(struct service *service, const struct source *sources, size_t source_count,
                   struct error *error) {
  if (!service)
    return true;
  struct http_routes routes = make_routes(service, sources, source_count);
  bool ok = http_listener_route(service->listener, &routes, error);
  free((void *)(uintptr_t)routes.rows);
  return ok;
}

void service_attach(struct service *service, struct engine *engine) {
  if (!service)
    return;
  pthread_mutex_lock(&service->mutex);
  service->engine = engine;
  service->began = true;
  pthread_mutex_unlock(&service->mutex);
}

void service_detach(struct service *service) {
  if (!service)
    return;
  pthread_mutex_lock(&service->mutex);
  service->engine = NULL;
  pthread_mutex_unlock(&service->mutex);
}

void service_stop(struct service *service) {
  if (!service)
    return;
  if (service->listener)
    http_listener_stop(service->listener, STOP_US);
  http_listener_free(service->listener);
  close_metrics(service);
  pthread_mutex_destroy(&service->mutex);
  free(service->others);
  free(service);
}
