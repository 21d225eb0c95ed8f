#include "base/digest.h"
#include "base/memory.h"
#include "base/signal_fd.h"
#include "delivery/delivery_internal.h"
#include "store/store_health.h"
#include "store/store_outbox.h"

#include <stdlib.h>
#include <unistd.h>

enum {
  DRAIN_FAILURES_MAX = 3,
  PRINT_WAITING_MAX = 16 << 20, /* bytes; a destination has a few alerts there at a time */
};

#define STORM_LOOK_US (2 * US_PER_SECOND) /* how often it is asked whether a storm is over */

/* ---- the thread ---------------------------------------------------------------------------- */

static void report_console(struct delivery *delivery, bool blocks) {
  if (blocks == delivery->console_blocks)
    return;
  delivery->console_blocks = blocks;
  if (blocks)
    LOG_WARN(delivery->options.log,
             "nobody reads standard output; alerts that are to be printed wait");
  else
    LOG_INFO(delivery->options.log, "standard output is read again");
}

/* What was printed or worked, or could not be. */
static void collect_others(struct delivery *delivery) {
  int64_t since = clock_monotonic() - delivery_transfer_us(delivery);
  bool ended = false, late = false;
  for (size_t i = 0; i < delivery->attempt_count; i++) {
    struct attempt *attempt = delivery->attempts[i];
    if (attempt_finish_work(attempt, since - delivery_transfer_us(delivery))) {
      delivery_settle(delivery, attempt);
    } else if (attempt_finish_print(attempt)) {
      delivery_settle(delivery, attempt);
      ended = true;
    } else if (attempt_prints(attempt)) {
      late = late || attempt->started_at < since;
    }
  }
  if (ended || late)
    report_console(delivery, late);
}

static void collect(struct delivery *delivery) {
  int running, left;
  CURLMsg *message;
  curl_multi_perform(delivery->multi, &running);
  while ((message = curl_multi_info_read(delivery->multi, &left))) {
    struct attempt *attempt = NULL;
    if (message->msg != CURLMSG_DONE)
      continue;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &attempt);
    struct lane *lane = delivery_find_lane(delivery, text_from(attempt->destination_id));
    attempt_finish(attempt, delivery->multi, code, lane ? &lane->memo : NULL,
                   clock_now(&delivery->options.clock));
    delivery_settle(delivery, attempt);
  }
  collect_others(delivery);
}

/* When work is so late (twice its time) that it hangs; LOOK_AGAIN_US at most. */
static int64_t work_us(const struct delivery *delivery, int64_t now) {
  int64_t least = LOOK_AGAIN_US;
  for (size_t i = 0; i < delivery->attempt_count; i++) {
    const struct attempt *attempt = delivery->attempts[i];
    int64_t left = attempt->started_at + 2 * delivery_transfer_us(delivery) + 1 - now;
    if (attempt->stage == ATTEMPT_UNDER_WAY && attempt->work && left < least)
      least = left > 0 ? left : 0;
  }
  return least;
}

/* When a text that is being printed is late enough to be reported; LOOK_AGAIN_US at most. One that
 * became late since collect_others looked is reported at once. */
static int64_t print_us(const struct delivery *delivery, int64_t now) {
  int64_t least = LOOK_AGAIN_US;
  if (delivery->console_blocks)
    return least; /* it is reported */
  for (size_t i = 0; i < delivery->attempt_count; i++) {
    int64_t left = delivery->attempts[i]->started_at + delivery_transfer_us(delivery) - now;
    if (attempt_prints(delivery->attempts[i]) && left < least)
      least = left > 0 ? left : 0;
  }
  return least;
}

/* How long nothing needs to be done, unless a socket or a wake says so. */
static int64_t idle_us(const struct delivery *delivery, bool filling) {
  int64_t monotonic = clock_monotonic();
  time_us now = clock_now(&delivery->options.clock);
  int64_t store_us = delivery_store_waits(delivery) ? delivery->store_again_at - monotonic : 0;
  if (delivery_count_stage(delivery, ATTEMPT_ENDED) > 0)
    return store_us; /* results to be recorded */
  int64_t idle = print_us(delivery, monotonic), work = work_us(delivery, monotonic);
  idle = work < idle ? work : idle;
  if (!filling)
    return idle;
  if (delivery->stale)
    return store_us;
  for (size_t i = 0; i < delivery->lane_count; i++) {
    const struct lane *lane = &delivery->lanes[i];
    if (lane->storm.on && idle > STORM_LOOK_US)
      idle = STORM_LOOK_US;
    if (lane->next_due == LANE_NEVER || delivery_room(delivery, lane) == 0)
      continue;
    int64_t due = lane->next_due > now ? lane->next_due - now : 0;
    int64_t open = lane->opens_at > monotonic ? lane->opens_at - monotonic : 0;
    int64_t wait = due > open ? due : open;
    if (wait < idle)
      idle = wait;
  }
  return idle > store_us ? idle : store_us;
}

static struct lane *lanes_of(const struct delivery_setup *setup, size_t *count) {
  struct lane *lanes = memory_alloc_array(setup->destination_count, sizeof *lanes);
  for (size_t i = 0; i < setup->destination_count; i++)
    lanes[i] = lane_of(&setup->destinations[i]);
  *count = setup->destination_count;
  return lanes;
}

static void free_lanes(struct delivery *delivery) {
  for (size_t i = 0; i < delivery->lane_count; i++)
    buffer_free(&delivery->lanes[i].memo);
  free(delivery->lanes);
}

static void report_closed(const struct delivery *delivery, const struct lane *lane) {
  if (delivery->options.circuit_changed)
    delivery->options.circuit_changed(delivery->options.circuit_context, lane->destination->id,
                                      false);
}

/* Attempts know their destination by its id, so those under way end in the new lane, or nowhere. */
static void take_setup(struct delivery *delivery, const struct delivery_setup *setup) {
  size_t count;
  struct lane *lanes = lanes_of(setup, &count);
  for (size_t i = 0; i < count; i++) {
    const struct destination *destination = lanes[i].destination;
    const struct lane *old = delivery_find_lane(delivery, destination->id);
    if (old)
      lanes[i] = *old;
    else
      report_closed(delivery, &lanes[i]);
    lanes[i].memo = BUFFER_NONE; /* it may be for other credentials */
    lanes[i].destination = destination;
    lanes[i].holds_known = false;
    lanes[i].under_way = delivery_count_of(delivery, destination->id);
  }
  free_lanes(delivery);
  delivery->lanes = lanes;
  delivery->lane_count = count;
  delivery->first_lane = 0;
  delivery->stale = true;
  if (delivery->options.setup.release)
    delivery->options.setup.release(delivery->options.setup.owner);
  delivery->options.setup = *setup;
}

static struct orders take_orders(struct delivery *delivery) {
  if (atomic_exchange(&delivery->woken, false) || clock_monotonic() >= delivery->look_again_at)
    delivery->stale = true;
  pthread_mutex_lock(&delivery->mutex);
  struct orders orders = delivery->orders;
  struct delivery_setup next = delivery->next;
  bool has_next = delivery->has_next;
  delivery->next = SETUP_NONE;
  delivery->has_next = false;
  pthread_mutex_unlock(&delivery->mutex);
  if (has_next)
    take_setup(delivery, &next);
  return orders;
}

/* True when a lane is worth waiting for before the end: something is due that it may still send in
 * the time that is left. One that began to fail gets a few more chances, so that a hiccup does not
 * leave the last alert behind; one that stays down does not keep the program from ending. */
static bool is_worth_waiting(const struct delivery *delivery, const struct lane *lane,
                             int64_t stop_at) {
  time_us now = clock_now(&delivery->options.clock);
  int64_t monotonic = clock_monotonic(), left = stop_at - monotonic;
  if (lane->next_due == LANE_NEVER || lane->failures >= DRAIN_FAILURES_MAX)
    return false;
  /* What came after it may have been taken. A second: the two clocks are read one after the other.
   */
  bool failed = lane->failures > 0 || lane->retry_at + US_PER_SECOND > monotonic;
  return (lane->next_due <= now || (failed && lane->next_due - now <= left)) &&
         lane->opens_at <= stop_at;
}

/* True when stopping need not wait. */
static bool has_finished(const struct delivery *delivery, const struct orders *orders) {
  if (delivery->attempt_count > 0)
    return false;
  if (!orders->drain)
    return true;
  if (delivery->stale)
    return false;
  for (size_t i = 0; i < delivery->lane_count; i++)
    if (is_worth_waiting(delivery, &delivery->lanes[i], orders->stop_at))
      return false;
  return true;
}

static void *run(void *context) {
  struct delivery *delivery = context;
  for (;;) {
    struct orders orders = take_orders(delivery);
    bool filling = !orders.stopping || orders.drain;
    if (!delivery_store_waits(delivery))
      delivery_record(delivery);
    if (filling && !delivery_store_waits(delivery))
      delivery_fill(delivery);
    int64_t idle = idle_us(delivery, filling);
    if (orders.stopping) {
      int64_t left = orders.stop_at - clock_monotonic();
      if (left <= 0 || has_finished(delivery, &orders))
        break;
      if (idle > left)
        idle = left;
    }
    curl_multi_poll(delivery->multi, NULL, 0, (int)((idle + US_PER_MS - 1) / US_PER_MS), NULL);
    collect(delivery);
  }
  writer_stop(delivery->console, 0);
  delivery->console = NULL;
  collect_others(delivery);
  delivery_record(delivery); /* once more, even where the store failed a moment ago */
  for (size_t i = 0; i < delivery->lane_count; i++)
    lane_stops(&delivery->lanes[i], clock_monotonic(), delivery->options.log);
  size_t left = delivery->attempt_count;
  if (left > 0) {
    struct error ignored = ERROR_NONE; /* the lease ends by itself, too */
    store_outbox_release(delivery->options.store, text_from(delivery->owner), &ignored);
    LOG_WARN(delivery->options.log,
             "stopped before the result of some deliveries was known or kept; they are sent again",
             LOG_INT("deliveries", left));
  }
  signal_fd_raise(delivery->ended_fd);
  return NULL;
}

/* ---- from other threads -------------------------------------------------------------------- */

static void release_setup(struct delivery_setup *setup) {
  if (setup->release)
    setup->release(setup->owner);
  *setup = SETUP_NONE;
}

static void release_all(struct delivery *delivery) {
  writer_stop(delivery->console, 0);
  for (size_t i = 0; i < delivery->attempt_count; i++)
    attempt_clear(delivery->attempts[i], delivery->multi);
  delivery_sweep(delivery);
  free(delivery->attempts);
  curl_multi_cleanup(delivery->multi);
  pthread_mutex_destroy(&delivery->mutex);
  release_setup(&delivery->options.setup);
  release_setup(&delivery->next);
  if (delivery->ended_fd >= 0)
    close(delivery->ended_fd);
  free_lanes(delivery);
  free(delivery);
}

/* What was printed before comes first. An output without a descriptor prints nothing. */
static bool start_console(struct delivery *delivery, struct error *error) {
  FILE *console = delivery->options.console;
  int fd = console ? fileno(console) : -1;
  if (fd < 0)
    return true;
  fflush(console);
  delivery->terminal = isatty(fd) && !getenv("NO_COLOR");
  delivery->console = writer_start(fd, PRINT_WAITING_MAX, error);
  return delivery->console != NULL;
}

/* How long a destination has failed already goes on over a restart. */
static void take_health(void *context, const struct store_destination_health *health) {
  struct delivery *delivery = context;
  struct lane *lane = delivery_find_lane(delivery, health->destination_id);
  if (!lane)
    return;
  lane->health = (struct lane_health){.failing_since = health->failing_since,
                                      .last_success = health->last_success,
                                      .last_failure = health->last_failure};
  lane->was_failing = health->failing_since != TIME_NONE;
  snprintf(lane->reason, sizeof lane->reason, "%.*s", TEXT_ARGS(health->last_error));
}

struct delivery *delivery_start(const struct delivery_options *options, struct error *error) {
  struct delivery *delivery = memory_alloc(sizeof *delivery);
  char owner[OWNER_SIZE / 2];
  delivery->options = *options;
  random_bytes(owner, sizeof owner);
  hex_encode(owner, sizeof owner, delivery->owner);
  pthread_mutex_init(&delivery->mutex, NULL);
  delivery->lanes = lanes_of(&options->setup, &delivery->lane_count);
  for (size_t i = 0; i < delivery->lane_count; i++)
    report_closed(delivery, &delivery->lanes[i]);
  delivery->stale = true;
  delivery->multi = curl_multi_init();
  delivery->ended_fd = signal_fd_new();
  if (!delivery->multi)
    error_set(error, "libcurl cannot start a group of transfers");
  else if (delivery->ended_fd < 0)
    error_set(error, "cannot start delivery: the system gives no more file descriptors");
  else if (store_destination_health_list(options->store, take_health, delivery, error) &&
           start_console(delivery, error)) {
    if (pthread_create(&delivery->thread, NULL, run, delivery) == 0)
      return delivery;
    error_set(error, "the delivery thread cannot be started");
  }
  release_all(delivery);
  return NULL;
}

void delivery_wake(struct delivery *delivery) {
  atomic_store(&delivery->woken, true);
  /* A wakeup that is lost would leave the thread asleep for a minute, also when it is to end. */
  for (int tries = 0; tries < 3 && curl_multi_wakeup(delivery->multi) != CURLM_OK; tries++)
    continue;
}

void delivery_use(struct delivery *delivery, const struct delivery_setup *setup) {
  pthread_mutex_lock(&delivery->mutex);
  struct delivery_setup unused = delivery->next;
  delivery->next = *setup;
  delivery->has_next = true;
  pthread_mutex_unlock(&delivery->mutex);
  release_setup(&unused);
  delivery_wake(delivery);
}

void delivery_end(struct delivery *delivery, int64_t most_us) {
  int64_t stop_at = clock_monotonic() + most_us;
  pthread_mutex_lock(&delivery->mutex);
  struct orders *orders = &delivery->orders;
  if (!orders->stopping || stop_at < orders->stop_at)
    *orders = (struct orders){.stopping = true, .drain = most_us > 0, .stop_at = stop_at};
  pthread_mutex_unlock(&delivery->mutex);
  delivery_wake(delivery);
}

int delivery_ended_fd(const struct delivery *delivery) {
  return delivery->ended_fd;
}

void delivery_free(struct delivery *delivery) {
  if (!delivery)
    return;
  delivery_end(delivery, 0);
  pthread_join(delivery->thread, NULL);
  release_all(delivery);
}

void delivery_count(const struct delivery *delivery, struct delivery_counts *counts) {
  *counts = (struct delivery_counts){.sent = atomic_load(&delivery->sent),
                                     .retried = atomic_load(&delivery->retried),
                                     .parked = atomic_load(&delivery->parked),
                                     .held = atomic_load(&delivery->held),
                                     .left_out = atomic_load(&delivery->left_out),
                                     .template_errors = atomic_load(&delivery->template_errors)};
}
