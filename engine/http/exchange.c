#include "http/internal.h"

#include "base/memory.h"

#include <stdlib.h>

/* A client that sends the whole of a body that is refused gets to read why; beyond this much, the
 * connection is closed under its hands. */
#define DROPPED_MAX ((size_t)4 * 1024 * 1024)

/* ---- the listener's list ------------------------------------------------------------------- */

static void add_exchange(struct http_listener *listener, struct exchange *exchange) {
  pthread_mutex_lock(&listener->lock);
  exchange->next = listener->exchanges;
  exchange->link = &listener->exchanges;
  if (exchange->next)
    exchange->next->link = &exchange->next;
  listener->exchanges = exchange;
  atomic_store(&listener->counters.open_requests, ++listener->exchange_count);
  exchange->routes = route_table_hold(listener->routes);
  pthread_mutex_unlock(&listener->lock);
}

static void remove_exchange(struct http_listener *listener, struct exchange *exchange) {
  pthread_mutex_lock(&listener->lock);
  *exchange->link = exchange->next;
  if (exchange->next)
    exchange->next->link = exchange->link;
  atomic_store(&listener->counters.open_requests, --listener->exchange_count);
  if (listener->exchange_count == 0)
    pthread_cond_broadcast(&listener->idle);
  pthread_mutex_unlock(&listener->lock);
}

void exchanges_settle(struct http_listener *listener, bool all) {
  for (struct exchange *exchange = listener->exchanges; exchange; exchange = exchange->next) {
    pthread_mutex_lock(&exchange->lock);
    if (exchange->is_stream) {
      body_stream_end(exchange);
    } else if (all && exchange->called && !exchange->answered) {
      struct http_answer answer;
      answer_make_line(&answer, MHD_HTTP_SERVICE_UNAVAILABLE, refusal_line(503));
      answer_set(exchange, &answer);
      refusal_count(listener, HTTP_REFUSED_STOPPING, &exchange->visible.client);
    }
    pthread_mutex_unlock(&exchange->lock);
  }
}

/* ---- the head ------------------------------------------------------------------------------ */

void *exchange_begin(void *context, const char *target, struct MHD_Connection *handle) {
  struct http_listener *listener = context;
  struct exchange *exchange = memory_alloc(sizeof *exchange);
  pthread_mutex_init(&exchange->lock, NULL);
  atomic_init(&exchange->references, 1);
  exchange->listener = listener;
  exchange->connection = connection_of(handle);
  exchange->handle = handle;
  exchange->visible = (struct http_exchange){.method = TEXT(""),
                                             .path = TEXT(""),
                                             .query = TEXT(""),
                                             .body = TEXT(""),
                                             .client = exchange->connection->client,
                                             .secure = listener->tls != NULL};
  exchange->target = arena_copy_string(&exchange->memory, target ? target : "");
  exchange->target_end = target ? target + strlen(target) : NULL;
  connection_enter(exchange->connection, PHASE_LINE);
  atomic_fetch_add(&listener->counters.requests, 1);
  add_exchange(listener, exchange);
  return exchange;
}

static void refuse(struct exchange *exchange, unsigned status) {
  static const struct {
    unsigned status;
    enum http_refusal refusal;
  } table[] = {{MHD_HTTP_BAD_REQUEST, HTTP_REFUSED_MALFORMED},
               {MHD_HTTP_CONTENT_TOO_LARGE, HTTP_REFUSED_BODY_SIZE},
               {MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, HTTP_REFUSED_HEAD_SIZE},
               {MHD_HTTP_SERVICE_UNAVAILABLE, HTTP_REFUSED_STOPPING}};
  exchange->refused = status;
  buffer_free(&exchange->body);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (table[i].status == status)
      refusal_count(exchange->listener, table[i].refusal, &exchange->visible.client);
}

static enum MHD_Result answer_refused(struct exchange *exchange) {
  struct http_answer answer;
  answer_make_line(&answer, exchange->refused, refusal_line(exchange->refused));
  if (exchange->allow.size > 0 && exchange->refused == MHD_HTTP_METHOD_NOT_ALLOWED)
    http_answer_header(&answer, "Allow", "%s", exchange->allow.data);
  return answer_queue(exchange, &answer);
}

/* The head is whole. What is answered here closes the connection; so a refusal waits for the end of
 * the body when that is near. */
static enum MHD_Result take_head(struct exchange *exchange, const char *method,
                                 const char *version) {
  struct http_listener *listener = exchange->listener;
  bool fatal;
  exchange->has_head = true;
  unsigned status = head_read(exchange, method, version, &fatal);
  if (!fatal)
    head_find_client(exchange);
  if (status == 0 && atomic_load(&listener->stopping))
    status = MHD_HTTP_SERVICE_UNAVAILABLE;
  if (status == 0)
    exchange->route = route_table_find(exchange->routes, exchange->visible.method,
                                       exchange->visible.path, &status, &exchange->allow);
  exchange->body_max = listener->limits.body_max;
  if (exchange->route && exchange->route->body_max > 0)
    exchange->body_max = exchange->route->body_max;
  size_t size = fatal ? 0 : head_body_size(exchange);
  if (status == 0 && size != SIZE_MAX && size > exchange->body_max)
    status = MHD_HTTP_CONTENT_TOO_LARGE;
  connection_enter(exchange->connection, PHASE_BODY);
  if (status == 0)
    return MHD_YES;
  refuse(exchange, status);
  bool far =
      size != SIZE_MAX && size > exchange->body_max && size - exchange->body_max > DROPPED_MAX;
  return fatal || far || head_expects_continue(exchange) ? answer_refused(exchange) : MHD_YES;
}

/* ---- the body and the answer --------------------------------------------------------------- */

static enum MHD_Result take_body(struct exchange *exchange, const char *data, size_t size) {
  if (!exchange->refused && exchange->body.size + size > exchange->body_max)
    refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE);
  if (!exchange->refused) {
    buffer_append(&exchange->body, data, size);
    return MHD_YES;
  }
  exchange->dropped += size;
  bool far = exchange->dropped > exchange->body_max &&
             exchange->dropped - exchange->body_max > DROPPED_MAX;
  return far ? MHD_NO : MHD_YES;
}

static enum MHD_Result queue_answer(struct exchange *exchange) {
  pthread_mutex_lock(&exchange->lock);
  struct http_answer answer = exchange->answer;
  exchange->answer = HTTP_ANSWER(0);
  pthread_mutex_unlock(&exchange->lock);
  return answer_queue(exchange, &answer);
}

/* The request is whole. After a handler that keeps it, another thread may have answered and this
 * one must not look any longer: libmicrohttpd comes here again when the answer is there. */
static enum MHD_Result call_handler(struct exchange *exchange) {
  exchange->visible.body = buffer_text(&exchange->body);
  connection_enter(exchange->connection, PHASE_HANDLER);
  pthread_mutex_lock(&exchange->lock);
  exchange->called = true;
  atomic_fetch_add(&exchange->references, 1);
  pthread_mutex_unlock(&exchange->lock);
  exchange->route->handler(exchange->route->context, &exchange->visible);

  pthread_mutex_lock(&exchange->lock);
  if (!exchange->answered && atomic_load(&exchange->listener->ended)) {
    struct http_answer answer;
    answer_make_line(&answer, MHD_HTTP_SERVICE_UNAVAILABLE, refusal_line(503));
    answer_set(exchange, &answer);
  }
  bool keep = !exchange->answered;
  if (keep) {
    exchange->suspended = true;
    MHD_suspend_connection(exchange->handle);
  }
  pthread_mutex_unlock(&exchange->lock);
  return keep ? MHD_YES : queue_answer(exchange);
}

enum MHD_Result exchange_access(void *context, struct MHD_Connection *handle, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **place) {
  (void)context, (void)handle, (void)url;
  struct exchange *exchange = *place;
  if (!exchange->has_head)
    return take_head(exchange, method, version);
  if (*size > 0) {
    enum MHD_Result result = take_body(exchange, data, *size);
    *size = 0;
    return result;
  }
  if (exchange->refused)
    return answer_refused(exchange);
  if (exchange->has_called)
    return queue_answer(exchange);
  exchange->has_called = true;
  return call_handler(exchange);
}

void exchange_completed(void *context, struct MHD_Connection *handle, void **place,
                        enum MHD_RequestTerminationCode code) {
  (void)handle;
  struct http_listener *listener = context;
  struct exchange *exchange = *place;
  if (!exchange)
    return;
  *place = NULL;
  pthread_mutex_lock(&exchange->lock);
  exchange->gone = true;
  exchange->answered = true;
  pthread_mutex_unlock(&exchange->lock);
  if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK && exchange->has_head && !exchange->is_damaged)
    atomic_fetch_add(&listener->counters.aborted, 1);
  connection_enter(exchange->connection, PHASE_IDLE);
  remove_exchange(listener, exchange);
  exchange_release(exchange);
}
