#include "sim/sender/sender.h"

#include "base/memory.h"
#include "base/web/http_client.h"
#include "sim/random.h"
#include "sim/sender/body.h"
#include "sim/sender/challenge.h"
#include "sim/sender/latency.h"
#include "sim/sender/signature.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

#define ANSWER_MAX ((size_t)64 * 1024)
#define WAIT_MAX_MS 1000

/* An event that is sent again. */
struct again {
  uint64_t number;
  struct buffer body;
  unsigned tries; /* that were in vain */
  bool taken;     /* it is a repetition of what was taken */
  int64_t due_us; /* by the monotonic clock */
};

/* First in, first out: whoever waits equally long is due in the order of coming. */
struct queue {
  struct again *items;
  size_t first, count, capacity; /* `first` of them are gone */
};

/* A request under way. */
struct delivery {
  CURL *handle; /* NULL: the place is free */
  struct http_response response;
  struct curl_slist *headers;
  struct again event;
  bool forged;
  int64_t started_us;
};

struct sender {
  const struct sender_options *options;
  struct sender_stats *stats;
  struct body_source *bodies;
  uint64_t count;
  CURLM *multi;
  struct delivery *deliveries; /* options->connections of them */
  size_t under_way;
  struct queue retries[SENDER_RETRIES], repeats;
  uint64_t next;       /* the number of the next new event */
  bool forged_is_sent; /* the one before that event */
  int64_t started_us, progress_us;
  struct latency latency;
};

struct sender_options sender_options_default(void) {
  return (struct sender_options){
      .seed = 1,
      .burst = 1,
      .connections = 1,
      .retry_us = {5 * US_PER_MINUTE, 20 * US_PER_MINUTE, 60 * US_PER_MINUTE},
      .timeout_us = 3 * US_PER_SECOND,
      .stop_fd = -1,
  };
}

/* ---- what waits ---- */

static void queue_put(struct queue *queue, struct again again) {
  if (queue->first > 0 && queue->first == queue->count)
    queue->first = queue->count = 0;
  queue->items =
      memory_reserve(queue->items, &queue->capacity, queue->count + 1, sizeof *queue->items);
  queue->items[queue->count++] = again;
}

static size_t queue_size(const struct queue *queue) {
  return queue->count - queue->first;
}

/* When the first is due; INT64_MAX: there is none. */
static int64_t queue_due(const struct queue *queue) {
  return queue_size(queue) ? queue->items[queue->first].due_us : INT64_MAX;
}

static void queue_free(struct queue *queue) {
  for (size_t i = queue->first; i < queue->count; i++)
    buffer_free(&queue->items[i].body);
  free(queue->items);
}

/* ---- one request ---- */

static void start(struct sender *sender, struct delivery *delivery) {
  const struct sender_options *options = sender->options;
  struct clock clock = clock_system();
  struct text body = buffer_text(&delivery->event.body);
  delivery->headers = signature_headers(text_from(options->secret_token), clock_now(&clock), body,
                                        delivery->forged);
  delivery->response = HTTP_RESPONSE_NONE;
  const struct http_request request = {.method = "POST",
                                       .url = options->url,
                                       .headers = delivery->headers,
                                       .body = body,
                                       .timeout_ms = (long)(options->timeout_us / US_PER_MS),
                                       .body_max = ANSWER_MAX,
                                       .plain = true,
                                       .ca_file = options->ca_file};
  delivery->started_us = clock_monotonic();
  delivery->handle = http_handle(&request, &delivery->response);
  curl_easy_setopt(delivery->handle, CURLOPT_PRIVATE, delivery);
  curl_multi_add_handle(sender->multi, delivery->handle);
  sender->under_way++;
  sender->stats->deliveries++;
}

static bool is_to_be_tried_again(long status) {
  return status == 0 || status >= 500;
}

static void put_again(struct queue *queue, struct delivery *delivery, int64_t due_us) {
  struct again again = delivery->event;
  again.due_us = due_us;
  delivery->event.body = BUFFER_NONE;
  queue_put(queue, again);
}

static void take_forged(struct sender *sender, long status) {
  sender->stats->forged++;
  sender->stats->forged_taken += status / 100 == 2;
}

/* What the answer to a signed event means for it. */
static void take_answer(struct sender *sender, struct delivery *delivery, long status,
                        int64_t now_us) {
  struct sender_stats *stats = sender->stats;
  struct again *event = &delivery->event;
  if (event->taken)
    return;
  if (status / 100 == 2) {
    stats->taken++;
    if (random_chance_of(~sender->options->seed, event->number, sender->options->repeated)) {
      event->taken = true;
      put_again(&sender->repeats, delivery, now_us);
    }
  } else if (is_to_be_tried_again(status) && event->tries < SENDER_RETRIES) {
    unsigned tried = event->tries++;
    put_again(&sender->retries[tried], delivery, now_us + sender->options->retry_us[tried]);
  } else {
    stats->lost++;
  }
}

static void finish(struct sender *sender, struct delivery *delivery, CURLcode code) {
  struct error reason = ERROR_NONE;
  int64_t now_us = clock_monotonic();
  enum http_outcome outcome = http_outcome(delivery->handle, code, &delivery->response, &reason);
  long status = outcome == HTTP_ANSWERED ? delivery->response.status : 0;
  latency_add(&sender->latency, now_us - delivery->started_us);
  sender->stats->answers[status < SENDER_STATUSES ? status : 0]++;
  if (delivery->forged)
    take_forged(sender, status);
  else
    take_answer(sender, delivery, status, now_us);
  curl_multi_remove_handle(sender->multi, delivery->handle);
  curl_easy_cleanup(delivery->handle);
  curl_slist_free_all(delivery->headers);
  http_response_free(&delivery->response);
  buffer_free(&delivery->event.body);
  *delivery = (struct delivery){.handle = NULL};
  sender->under_way--;
}

/* ---- what comes next ---- */

static int64_t new_event_due(const struct sender *sender) {
  const struct sender_options *options = sender->options;
  if (sender->next >= sender->count)
    return INT64_MAX;
  if (options->rate == 0)
    return sender->started_us;
  uint64_t before = sender->next - sender->next % options->burst;
  return sender->started_us +
         (int64_t)((double)before * (double)US_PER_SECOND / (double)options->rate);
}

/* The queue whose first event is due before all others; NULL: a new event is. */
static struct queue *next_queue(struct sender *sender, int64_t *due_us) {
  struct queue *next = NULL;
  *due_us = new_event_due(sender);
  if (queue_due(&sender->repeats) < *due_us) {
    next = &sender->repeats;
    *due_us = queue_due(next);
  }
  for (size_t i = 0; i < SENDER_RETRIES; i++)
    if (queue_due(&sender->retries[i]) < *due_us) {
      next = &sender->retries[i];
      *due_us = queue_due(next);
    }
  return next;
}

static void fill(struct sender *sender, struct delivery *delivery, struct queue *queue) {
  const struct sender_options *options = sender->options;
  struct clock clock = clock_system();
  if (queue) {
    delivery->event = queue->items[queue->first++];
    sender->stats->retries += !delivery->event.taken;
    sender->stats->repeats += delivery->event.taken;
    return;
  }
  delivery->event = (struct again){.number = sender->next};
  body_source_read(sender->bodies, sender->next, clock_now(&clock), &delivery->event.body);
  delivery->forged =
      !sender->forged_is_sent && random_chance_of(options->seed, sender->next, options->forged);
  sender->forged_is_sent = delivery->forged;
  if (!delivery->forged) {
    sender->next++;
    sender->stats->events++;
  }
}

/* Starts all that is due and has a place. When the next is due, INT64_MAX: nothing is. */
static int64_t start_due(struct sender *sender) {
  int64_t now_us = clock_monotonic(), due_us = INT64_MAX;
  for (unsigned i = 0; i < sender->options->connections; i++) {
    struct delivery *delivery = &sender->deliveries[i];
    if (delivery->handle)
      continue;
    struct queue *queue = next_queue(sender, &due_us);
    if (due_us > now_us)
      break;
    fill(sender, delivery, queue);
    start(sender, delivery);
  }
  return due_us;
}

static void show_progress(struct sender *sender) {
  int64_t now_us = clock_monotonic();
  if (!sender->options->progress || now_us - sender->progress_us < US_PER_SECOND)
    return;
  sender->progress_us = now_us;
  sender->options->progress(sender->options->context, sender->stats->taken + sender->stats->lost,
                            sender->count);
}

/* Waits for answers, for what is due, and for the end. False: stop. */
static bool wait_for(struct sender *sender, int64_t due_us) {
  struct curl_waitfd stop = {.fd = sender->options->stop_fd, .events = CURL_WAIT_POLLIN};
  unsigned extra = sender->options->stop_fd >= 0;
  int64_t wait_us = due_us == INT64_MAX ? INT64_MAX : due_us - clock_monotonic();
  int wait_ms = WAIT_MAX_MS;
  if (sender->under_way == sender->options->connections)
    wait_us = INT64_MAX; /* what is due has no place */
  if (wait_us < WAIT_MAX_MS * US_PER_MS)
    wait_ms = wait_us > 0 ? (int)((wait_us + US_PER_MS - 1) / US_PER_MS) : 0;
  curl_multi_poll(sender->multi, &stop, extra, wait_ms, NULL);
  return !(extra && stop.revents);
}

static void take_answers(struct sender *sender) {
  int running, left;
  struct CURLMsg *message;
  curl_multi_perform(sender->multi, &running);
  while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
    char *delivery = NULL;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &delivery);
    finish(sender, (struct delivery *)(void *)delivery, code);
  }
}

static void work(struct sender *sender) {
  bool stopping = false;
  for (;;) {
    int64_t due_us = stopping ? INT64_MAX : start_due(sender);
    if (sender->under_way == 0 && due_us == INT64_MAX)
      return;
    stopping = !wait_for(sender, due_us) || stopping;
    take_answers(sender);
    show_progress(sender);
  }
}

/* ---- the whole ---- */

static void add_up(struct sender *sender) {
  struct sender_stats *stats = sender->stats;
  for (size_t i = 0; i < SENDER_RETRIES; i++)
    stats->waiting += queue_size(&sender->retries[i]);
  stats->seconds_us = clock_monotonic() - sender->started_us;
  stats->median_us = latency_of_share(&sender->latency, 0.5);
  stats->p99_us = latency_of_share(&sender->latency, 0.99);
  stats->max_us = sender->latency.max_us;
}

static void sender_free(struct sender *sender) {
  for (size_t i = 0; i < SENDER_RETRIES; i++)
    queue_free(&sender->retries[i]);
  queue_free(&sender->repeats);
  curl_multi_cleanup(sender->multi);
  body_source_free(sender->bodies);
  free(sender->deliveries);
  free(sender);
}

bool sender_run(const struct sender_options *options, struct sender_stats *stats,
                struct error *error) {
  struct body_source *bodies = body_source_new(options->bodies, options->seed, error);
  *stats = (struct sender_stats){.events = 0};
  if (!bodies || !challenge_send(options, error)) {
    body_source_free(bodies);
    return false;
  }
  struct sender *sender = memory_alloc(sizeof *sender);
  *sender = (struct sender){.options = options,
                            .stats = stats,
                            .bodies = bodies,
                            .count = options->count ? options->count : body_source_count(bodies),
                            .multi = curl_multi_init(),
                            .started_us = clock_monotonic()};
  stats->planned = sender->count;
  sender->deliveries = memory_alloc_array(options->connections, sizeof *sender->deliveries);
  for (unsigned i = 0; i < options->connections; i++)
    sender->deliveries[i] = (struct delivery){.handle = NULL};
  curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, (long)options->connections);
  work(sender);
  add_up(sender);
  sender_free(sender);
  return true;
}

static void append_answers(const struct sender_stats *stats, struct buffer *out) {
  const char *comma = "";
  buffer_append_string(out, "\"answers\":{");
  for (size_t i = 0; i < SENDER_STATUSES; i++) {
    if (stats->answers[i] == 0)
      continue;
    if (i == 0)
      buffer_append_string(out, "\"none\"");
    else
      buffer_printf(out, "%s\"%zu\"", comma, i);
    buffer_printf(out, ":%" PRIu64, stats->answers[i]);
    comma = ",";
  }
  buffer_append_char(out, '}');
}

void sender_stats_json(const struct sender_stats *stats, struct buffer *out) {
  double seconds = (double)stats->seconds_us / (double)US_PER_SECOND;
  const struct {
    const char *name;
    uint64_t count;
  } rows[] = {{"events", stats->events},
              {"taken", stats->taken},
              {"lost", stats->lost},
              {"waiting", stats->waiting},
              {"deliveries", stats->deliveries},
              {"retries", stats->retries},
              {"repeats", stats->repeats},
              {"forged", stats->forged},
              {"forged_taken", stats->forged_taken}};
  buffer_append_char(out, '{');
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    buffer_printf(out, "\"%s\":%" PRIu64 ",", rows[i].name, rows[i].count);
  append_answers(stats, out);
  buffer_printf(out, ",\"seconds\":%.3f,\"events_per_second\":%.0f", seconds,
                seconds > 0 ? (double)stats->taken / seconds : 0);
  buffer_printf(out, ",\"answer_ms\":{\"median\":%.3f,\"p99\":%.3f,\"max\":%.3f}}",
                (double)stats->median_us / 1000, (double)stats->p99_us / 1000,
                (double)stats->max_us / 1000);
}
