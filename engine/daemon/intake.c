#include "daemon/intake.h"

#include "base/memory.h"
#include "daemon/metrics.h"
#include "http/exchange.h"

#include <pthread.h>
#include <stdlib.h>

/* A path of a source. */
struct entrance {
  struct slot *slot;
  size_t route;
};

/* A run of the slot's source that is open. */
struct receiver {
  struct receiver *next;
  void (*receive)(void *receiver, const struct intake_request *request);
  void *context;    /* its own */
  size_t receiving; /* calls of `receive` under way */
};

struct slot {
  struct slot *next;
  struct intake_hub *hub;
  struct text source_id; /* owned */
  struct source_intake intake;
  struct entrance entrances[INTAKE_ROUTES_MAX];

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t idle;
  struct receiver *receivers; /* the latest first; NULL: closed */
  struct counter *outcomes[INTAKE_OUTCOMES];
  struct histogram *seconds;
};

struct intake_hub {
  struct counters *counters;
  pthread_mutex_t mutex; /* guards the list */
  struct slot *slots;
};

/* ---- requests ---------------------------------------------------------------------------- */

static const char *header(const struct intake_request *request, const char *name) {
  return http_exchange_header(request->handle, name);
}

static void answer(void *context, const struct intake_request *request,
                   const struct intake_answer *given) {
  struct slot *slot = context;
  struct http_answer answer = HTTP_ANSWER(given->status);
  answer.content_type = given->content_type;
  buffer_append_text(&answer.body, given->body);
  if (given->header_name)
    http_answer_header(&answer, given->header_name, "%s", given->header_value);
  counter_add(slot->outcomes[given->outcome], 1);
  histogram_observe(slot->seconds, clock_monotonic() - request->received);
  http_exchange_answer(request->handle, &answer);
}

static void answer_closed(struct slot *slot, const struct intake_request *request) {
  static const struct intake_answer closed = {.outcome = INTAKE_UNAVAILABLE,
                                              .status = 503,
                                              .content_type = "text/plain; charset=utf-8",
                                              .body = TEXT_INIT("not ready: send it again\n"),
                                              .header_name = "Retry-After",
                                              .header_value = "60"};
  answer(slot, request, &closed);
}

static void handle(void *context, struct http_exchange *exchange) {
  const struct entrance *entrance = context;
  struct slot *slot = entrance->slot;
  const struct intake_request request = {.handle = exchange,
                                         .route = entrance->route,
                                         .body = exchange->body,
                                         .client = exchange->client,
                                         .received = clock_monotonic()};
  pthread_mutex_lock(&slot->mutex);
  struct receiver *receiver = slot->receivers;
  if (receiver)
    receiver->receiving++;
  pthread_mutex_unlock(&slot->mutex);
  if (!receiver) {
    answer_closed(slot, &request);
    return;
  }
  receiver->receive(receiver->context, &request);
  pthread_mutex_lock(&slot->mutex);
  if (--receiver->receiving == 0)
    pthread_cond_broadcast(&slot->idle);
  pthread_mutex_unlock(&slot->mutex);
}

/* ---- the source's side ------------------------------------------------------------------- */

static struct counter *open_outcome(struct slot *slot, size_t outcome) {
  return counter_open(slot->hub->counters, METRIC_INTAKE_REQUESTS,
                      METRIC_VALUES(slot->source_id, text_from(intake_outcome_names[outcome])), 0);
}

static struct histogram *open_seconds(struct slot *slot) {
  return histogram_open(slot->hub->counters, METRIC_INTAKE_SECONDS, METRIC_VALUES(slot->source_id),
                        0);
}

/* A source that was taken out of the configuration took its series with it: opening them once more
 * brings them back, and the handles that the slot has are theirs. */
static void show_metrics(struct slot *slot) {
  for (size_t i = 0; i < INTAKE_OUTCOMES; i++)
    counter_close(open_outcome(slot, i));
  histogram_close(open_seconds(slot));
}

static bool open_slot(void *context,
                      void (*receive)(void *receiver, const struct intake_request *request),
                      void *receiver_context, struct error *error) {
  struct slot *slot = context;
  struct receiver *receiver = memory_alloc(sizeof *receiver);
  (void)error;
  show_metrics(slot);
  receiver->receive = receive;
  receiver->context = receiver_context;
  pthread_mutex_lock(&slot->mutex);
  receiver->next = slot->receivers;
  slot->receivers = receiver;
  pthread_mutex_unlock(&slot->mutex);
  return true;
}

static void close_slot(void *context, void *receiver_context) {
  struct slot *slot = context;
  pthread_mutex_lock(&slot->mutex);
  struct receiver **at = &slot->receivers;
  while ((*at)->context != receiver_context)
    at = &(*at)->next;
  struct receiver *receiver = *at;
  *at = receiver->next;
  while (receiver->receiving > 0)
    pthread_cond_wait(&slot->idle, &slot->mutex);
  pthread_mutex_unlock(&slot->mutex);
  free(receiver);
}

/* ---- the hub ----------------------------------------------------------------------------- */

struct intake_hub *intake_hub_new(struct counters *counters) {
  struct intake_hub *hub = memory_alloc(sizeof *hub);
  hub->counters = counters;
  pthread_mutex_init(&hub->mutex, NULL);
  return hub;
}

static void slot_free(struct slot *slot) {
  for (size_t i = 0; i < INTAKE_OUTCOMES; i++)
    counter_close(slot->outcomes[i]);
  histogram_close(slot->seconds);
  pthread_cond_destroy(&slot->idle);
  pthread_mutex_destroy(&slot->mutex);
  free((char *)(uintptr_t)slot->source_id.data);
  free(slot);
}

void intake_hub_free(struct intake_hub *hub) {
  if (!hub)
    return;
  while (hub->slots) {
    struct slot *slot = hub->slots;
    hub->slots = slot->next;
    slot_free(slot);
  }
  pthread_mutex_destroy(&hub->mutex);
  free(hub);
}

static struct slot *slot_new(struct intake_hub *hub, struct text source_id) {
  struct slot *slot = memory_alloc(sizeof *slot);
  slot->hub = hub;
  slot->source_id =
      (struct text){memory_copy_bytes(source_id.data, source_id.size), source_id.size};
  slot->intake = (struct source_intake){
      .context = slot, .open = open_slot, .close = close_slot, .header = header, .answer = answer};
  for (size_t i = 0; i < INTAKE_ROUTES_MAX; i++)
    slot->entrances[i] = (struct entrance){slot, i};
  pthread_mutex_init(&slot->mutex, NULL);
  pthread_cond_init(&slot->idle, NULL);
  for (size_t i = 0; i < INTAKE_OUTCOMES; i++)
    slot->outcomes[i] = open_outcome(slot, i);
  slot->seconds = open_seconds(slot);
  slot->next = hub->slots;
  hub->slots = slot;
  return slot;
}

static struct slot *slot_get(struct intake_hub *hub, struct text source_id) {
  pthread_mutex_lock(&hub->mutex);
  struct slot *slot = hub->slots;
  while (slot && !text_equal(slot->source_id, source_id))
    slot = slot->next;
  if (!slot)
    slot = slot_new(hub, source_id);
  pthread_mutex_unlock(&hub->mutex);
  return slot;
}

const struct source_intake *intake_hub_source(struct intake_hub *hub, struct text source_id) {
  return &slot_get(hub, source_id)->intake;
}

size_t intake_hub_routes(struct intake_hub *hub, const struct source *source,
                         struct http_route rows[INTAKE_ROUTES_MAX]) {
  struct intake_route routes[INTAKE_ROUTES_MAX];
  struct slot *slot = slot_get(hub, source->id);
  size_t count = source->type->takes(source->options, routes);
  for (size_t i = 0; i < count; i++)
    rows[i] = (struct http_route){.method = "POST",
                                  .path = routes[i].path.data,
                                  .handler = handle,
                                  .context = &slot->entrances[i],
                                  .body_max = routes[i].body_max};
  return count;
}
