#include "alert/delivery.h"

#include "alert/attempt.h"
#include "alert/backoff.h"
#include "alert/lane.h"
#include "base/digest.h"
#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum {
  ATTEMPTS_MAX = 8,     /* at once, over all destinations */
  UNKNOWN_ROWS_MAX = 64 /* rows of a removed destination that are parked at a time */
};

#define RETRY_FIRST_US US_PER_SECOND
#define RETRY_MOST_US (15 * US_PER_MINUTE)
#define RETRY_AFTER_MOST_US US_PER_HOUR /* nobody may put an alert off for longer */
#define STORE_RETRY_FIRST_US (US_PER_SECOND / 2)
#define STORE_RETRY_MOST_US US_PER_MINUTE
/* The outbox is looked at that often whatever is known of it: another process may have changed it
 * (`margay alerts`), or the clock may have been set. */
#define LOOK_AGAIN_US US_PER_MINUTE

struct orders {
  bool stopping, drain;
  int64_t stop_at; /* monotonic */
};

struct delivery {
  struct delivery_options options;
  pthread_t thread;
  CURLM *multi;
  bool terminal;

  /* The thread's own. */
  struct attempt attempts[ATTEMPTS_MAX];
  struct lane *lanes;
  size_t lane_count, first_lane; /* the lane whose turn it is */
  bool stale;                    /* the lanes' next_due must be read again */
  int64_t look_again_at;         /* at the latest; monotonic */
  int64_t store_failures, store_again_at;

  atomic_bool woken;
  atomic_int_fast64_t sent, retried, parked;

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  const struct destination *destinations;
  size_t destination_count;
  uint64_t replaced, adopted; /* how often the list was given, and which one is in use */
  struct orders orders;
};

static uint32_t random_number(void) {
  uint32_t number;
  random_bytes(&number, sizeof number);
  return number;
}

static struct lane *lane_find(const struct delivery *delivery, struct text destination_id) {
  for (size_t i = 0; i < delivery->lane_count; i++)
    if (text_equal(delivery->lanes[i].destination->id, destination_id))
      return &delivery->lanes[i];
  return NULL;
}

static size_t count_attempts(const struct delivery *delivery, bool only_under_way) {
  size_t count = 0;
  for (size_t i = 0; i < ATTEMPTS_MAX; i++)
    count += only_under_way ? delivery->attempts[i].stage == ATTEMPT_UNDER_WAY
                            : delivery->attempts[i].stage != ATTEMPT_NONE;
  return count;
}

static struct attempt *attempt_place(struct delivery *delivery) {
  for (size_t i = 0; i < ATTEMPTS_MAX; i++)
    if (delivery->attempts[i].stage == ATTEMPT_NONE)
      return &delivery->attempts[i];
  return NULL;
}

static size_t busy_rows(const struct delivery *delivery, int64_t busy[ATTEMPTS_MAX]) {
  size_t count = 0;
  for (size_t i = 0; i < ATTEMPTS_MAX; i++)
    if (delivery->attempts[i].stage != ATTEMPT_NONE)
      busy[count++] = delivery->attempts[i].row_id;
  return count;
}

/* ---- the store --------------------------------------------------------------------------- */

static void store_works(struct delivery *delivery) {
  if (delivery->store_failures > 0)
    LOG_INFO(delivery->options.log, "the outbox can be used again",
             LOG_INT("failures", delivery->store_failures));
  delivery->store_failures = 0;
}

static void store_failed(struct delivery *delivery, const struct error *error) {
  LOG_AT(delivery->options.log, delivery->store_failures ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR,
         "the outbox cannot be used; alerts wait", LOG_ERROR_LINE(error));
  delivery->store_failures++;
  delivery->store_again_at =
      clock_monotonic() + backoff_delay(STORE_RETRY_FIRST_US, STORE_RETRY_MOST_US,
                                        delivery->store_failures, random_number());
}

static bool store_waits(const struct delivery *delivery) {
  return delivery->store_failures > 0 && clock_monotonic() < delivery->store_again_at;
}

static const enum outbox_state state_of[] = {[DELIVERY_DONE] = OUTBOX_DELIVERED,
                                             [DELIVERY_RETRY] = OUTBOX_PENDING,
                                             [DELIVERY_PARK] = OUTBOX_PARKED};

static void tell(struct delivery *delivery, const struct attempt *attempt) {
  struct log *log = delivery->options.log;
  switch (attempt->verdict) {
  case DELIVERY_DONE:
    delivery->sent++;
    LOG_INFO(log, "alert delivered", LOG_STRING("destination", attempt->destination_id),
             LOG_STRING("alert", attempt->alert_id), LOG_INT("attempt", attempt->number));
    break;
  case DELIVERY_RETRY:
    delivery->retried++;
    break;
  case DELIVERY_PARK:
    delivery->parked++;
    LOG_ERROR(log, "alert not delivered: it is parked, because trying again cannot help",
              LOG_STRING("destination", attempt->destination_id),
              LOG_STRING("alert", attempt->alert_id), LOG_ERROR_LINE(&attempt->reason));
    break;
  }
}

/* Writes the results of all attempts that ended, in one transaction. What cannot be written stays,
 * so that nothing is sent twice while the store does not work. */
static void record(struct delivery *delivery) {
  struct store *store = delivery->options.store;
  struct error error = ERROR_NONE;
  struct attempt *ended[ATTEMPTS_MAX];
  size_t count = 0;
  for (size_t i = 0; i < ATTEMPTS_MAX; i++)
    if (delivery->attempts[i].stage == ATTEMPT_ENDED)
      ended[count++] = &delivery->attempts[i];
  if (count == 0)
    return;

  time_us now = clock_now(&delivery->options.clock);
  bool begun = store_begin(store, &error);
  bool ok = begun;
  for (size_t i = 0; ok && i < count; i++)
    ok = store_outbox_update(store, ended[i]->row_id, state_of[ended[i]->verdict],
                             ended[i]->verdict == DELIVERY_RETRY ? ended[i]->due : now, now,
                             text_from(ended[i]->reason.text), &error);
  ok = ok && store_commit(store, &error);
  if (!ok) {
    if (begun)
      store_rollback(store);
    store_failed(delivery, &error);
    return;
  }
  store_works(delivery);
  delivery->stale = true;
  for (size_t i = 0; i < count; i++) {
    tell(delivery, ended[i]);
    struct lane *lane = lane_find(delivery, text_from(ended[i]->destination_id));
    if (lane && lane->under_way > 0)
      lane->under_way--;
    attempt_clear(ended[i], delivery->multi);
  }
}

/* ---- rows of destinations that are gone ---------------------------------------------------- */

struct unknown_rows {
  int64_t ids[UNKNOWN_ROWS_MAX];
  size_t count;
};

static void unknown_row(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct unknown_rows *rows = context;
  (void)alert;
  if (rows->count < UNKNOWN_ROWS_MAX)
    rows->ids[rows->count++] = row->id;
}

/* Parks what waits for a destination that is not configured; *more when some is left. */
static bool park_unknown(struct delivery *delivery, struct text destination_id, bool *more,
                         struct error *error) {
  struct store *store = delivery->options.store;
  struct unknown_rows rows = {.count = 0};
  int64_t busy[ATTEMPTS_MAX];
  time_us now = clock_now(&delivery->options.clock);
  if (!store_outbox_due(store, destination_id, INT64_MAX, busy, busy_rows(delivery, busy),
                        UNKNOWN_ROWS_MAX, unknown_row, &rows, error) ||
      !store_begin(store, error))
    return false;
  bool ok = true;
  for (size_t i = 0; ok && i < rows.count; i++)
    ok = store_outbox_update(store, rows.ids[i], OUTBOX_PARKED, now, now,
                             TEXT("this destination is not configured any more"), error);
  ok = ok && store_commit(store, error);
  if (!ok) {
    store_rollback(store);
    return false;
  }
  delivery->parked += (int64_t)rows.count;
  *more = *more || rows.count == UNKNOWN_ROWS_MAX;
  if (rows.count > 0)
    LOG_ERROR(delivery->options.log,
              "alerts not delivered: they are parked, because the destination is not configured "
              "any more",
              LOG_TEXT("destination", destination_id), LOG_INT("alerts", rows.count));
  return true;
}

/* ---- what is due --------------------------------------------------------------------------- */

struct waiting {
  struct delivery *delivery;
  struct arena arena;
  struct text *unknown; /* ids that no lane has */
  size_t unknown_count, unknown_capacity;
};

static void waiting_destination(void *context, struct text destination_id, time_us due) {
  struct waiting *waiting = context;
  struct lane *lane = lane_find(waiting->delivery, destination_id);
  if (lane) {
    lane->next_due = due;
    return;
  }
  waiting->unknown = memory_reserve(waiting->unknown, &waiting->unknown_capacity,
                                    waiting->unknown_count + 1, sizeof *waiting->unknown);
  waiting->unknown[waiting->unknown_count++] = arena_copy(&waiting->arena, destination_id);
}

/* Reads for every lane when its next row is due. */
static bool look(struct delivery *delivery, struct error *error) {
  struct waiting waiting = {.delivery = delivery, .arena = ARENA_NONE};
  int64_t busy[ATTEMPTS_MAX];
  bool more = false;
  for (size_t i = 0; i < delivery->lane_count; i++)
    delivery->lanes[i].next_due = LANE_NEVER;
  bool ok = store_outbox_waiting(delivery->options.store, busy, busy_rows(delivery, busy),
                                 waiting_destination, &waiting, error);
  for (size_t i = 0; ok && i < waiting.unknown_count; i++)
    ok = park_unknown(delivery, waiting.unknown[i], &more, error);
  delivery->stale = !ok || more;
  delivery->look_again_at = clock_monotonic() + LOOK_AGAIN_US;
  free(waiting.unknown);
  arena_free(&waiting.arena);
  return ok;
}

struct filling {
  struct delivery *delivery;
  struct lane *lane;
  time_us now;
  struct attempt *prepared[ATTEMPTS_MAX];
  size_t count;
};

static void prepare_row(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct filling *filling = context;
  struct attempt *attempt = attempt_place(filling->delivery);
  assert(attempt);
  attempt_prepare(attempt, filling->lane->destination, row, alert, filling->now,
                  filling->delivery->terminal);
  filling->prepared[filling->count++] = attempt;
}

/* Takes the verdict to the lane, and says when a row that failed is due again. */
static void settle(struct delivery *delivery, struct attempt *attempt) {
  const struct delivery_options *options = &delivery->options;
  struct lane *lane = lane_find(delivery, text_from(attempt->destination_id));
  int64_t now = clock_monotonic();
  int64_t first = options->retry_first_us ? options->retry_first_us : RETRY_FIRST_US;
  int64_t most = options->retry_most_us ? options->retry_most_us : RETRY_MOST_US;
  if (attempt->verdict != DELIVERY_RETRY) {
    if (lane)
      lane_works(lane, options->log);
    return;
  }
  int64_t told = attempt->response.retry_after_us;
  if (told > RETRY_AFTER_MOST_US)
    told = RETRY_AFTER_MOST_US;
  /* A wait of nothing is no advice: sending at once and for ever is what backing off prevents. */
  int64_t row_delay =
      told > 0 ? told : backoff_delay(first, most, attempt->number, random_number());
  attempt->due = clock_now(&options->clock) + row_delay;
  if (lane) {
    int64_t lane_delay =
        told > 0 ? told : backoff_delay(first, most, lane->failures + 1, random_number());
    lane_failed(lane, now, lane_delay, attempt->response.status, &attempt->reason, options->log);
  }
}

/* Starts what a lane may send now. */
static bool fill_lane(struct delivery *delivery, struct lane *lane, struct error *error) {
  const struct delivery_options *options = &delivery->options;
  int64_t busy[ATTEMPTS_MAX];
  size_t busy_count = busy_rows(delivery, busy);
  size_t room = lane->at_once - lane->under_way;
  if (room > ATTEMPTS_MAX - busy_count)
    room = ATTEMPTS_MAX - busy_count;
  if (lane->destination->max_per_second > 0)
    room = 1;
  struct filling filling = {.delivery = delivery, .lane = lane, .now = clock_now(&options->clock)};
  bool ok = store_outbox_due(options->store, lane->destination->id, filling.now, busy, busy_count,
                             (int64_t)room, prepare_row, &filling, error);
  for (size_t i = 0; i < filling.count; i++) {
    struct attempt *attempt = filling.prepared[i];
    lane_start(lane, clock_monotonic());
    if (attempt->stage == ATTEMPT_READY)
      attempt_start(attempt, delivery->multi, options->console);
    if (attempt->stage == ATTEMPT_ENDED)
      settle(delivery, attempt);
  }
  if (filling.count > 0)
    delivery->stale = true;
  else
    lane->next_due = LANE_NEVER; /* somebody else took it */
  return ok;
}

static bool lane_is_ready(const struct delivery *delivery, const struct lane *lane) {
  return lane_has_room(lane) && lane->next_due <= clock_now(&delivery->options.clock) &&
         lane->opens_at <= clock_monotonic();
}

/* Starts everything that is due and may start. */
static void fill(struct delivery *delivery) {
  struct error error = ERROR_NONE;
  bool ok = true, started = true;
  while (ok && started && count_attempts(delivery, false) < ATTEMPTS_MAX) {
    started = false;
    if (delivery->stale)
      ok = look(delivery, &error);
    for (size_t i = 0; ok && !started && i < delivery->lane_count; i++) {
      struct lane *lane = &delivery->lanes[(delivery->first_lane + i) % delivery->lane_count];
      if (!lane_is_ready(delivery, lane))
        continue;
      ok = fill_lane(delivery, lane, &error);
      started = true;
      delivery->first_lane = (delivery->first_lane + i + 1) % delivery->lane_count;
    }
  }
  if (ok)
    store_works(delivery);
  else
    store_failed(delivery, &error);
}

/* ---- the thread ---------------------------------------------------------------------------- */

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
    attempt_finish(attempt, delivery->multi, code);
    settle(delivery, attempt);
  }
}

/* How long nothing needs to be done, unless a socket or a wake says so. */
static int64_t idle_us(const struct delivery *delivery, bool filling) {
  int64_t monotonic = clock_monotonic();
  time_us now = clock_now(&delivery->options.clock);
  int64_t store_us = store_waits(delivery) ? delivery->store_again_at - monotonic : 0;
  if (count_attempts(delivery, false) > count_attempts(delivery, true))
    return store_us; /* results to be recorded */
  if (!filling || count_attempts(delivery, false) == ATTEMPTS_MAX)
    return LOOK_AGAIN_US;
  if (delivery->stale)
    return store_us;
  int64_t idle = LOOK_AGAIN_US;
  for (size_t i = 0; i < delivery->lane_count; i++) {
    const struct lane *lane = &delivery->lanes[i];
    if (lane->next_due == LANE_NEVER || !lane_has_room(lane))
      continue;
    int64_t due = lane->next_due > now ? lane->next_due - now : 0;
    int64_t open = lane->opens_at > monotonic ? lane->opens_at - monotonic : 0;
    int64_t wait = due > open ? due : open;
    if (wait < idle)
      idle = wait;
  }
  return idle > store_us ? idle : store_us;
}

/* Uses the list of destinations that was given last. A destination that stays keeps its pace; its
 * failures are forgotten, because it may have been mended. */
static void adopt(struct delivery *delivery) {
  size_t count = delivery->destination_count;
  struct lane *lanes = memory_alloc_array(count, sizeof *lanes);
  for (size_t i = 0; i < count; i++) {
    lanes[i] = lane_of(&delivery->destinations[i]);
    const struct lane *before = lane_find(delivery, lanes[i].destination->id);
    if (before && before->failures == 0)
      lanes[i].opens_at = before->opens_at;
    if (before)
      lanes[i].under_way = before->under_way;
  }
  free(delivery->lanes);
  delivery->lanes = lanes;
  delivery->lane_count = count;
  delivery->first_lane = 0;
  delivery->stale = true;
}

static struct orders take_orders(struct delivery *delivery) {
  if (atomic_exchange(&delivery->woken, false) || clock_monotonic() >= delivery->look_again_at)
    delivery->stale = true;
  pthread_mutex_lock(&delivery->mutex);
  if (delivery->adopted != delivery->replaced) {
    adopt(delivery);
    delivery->adopted = delivery->replaced;
    pthread_cond_broadcast(&delivery->changed);
  }
  struct orders orders = delivery->orders;
  pthread_mutex_unlock(&delivery->mutex);
  return orders;
}

/* True when stopping need not wait: nothing is under way and, to drain, nothing is due for a
 * destination that works. */
static bool has_finished(const struct delivery *delivery, bool drain) {
  if (count_attempts(delivery, false) > 0)
    return false;
  if (!drain)
    return true;
  if (delivery->stale)
    return false;
  for (size_t i = 0; i < delivery->lane_count; i++)
    if (delivery->lanes[i].failures == 0 &&
        delivery->lanes[i].next_due <= clock_now(&delivery->options.clock))
      return false;
  return true;
}

static void *run(void *context) {
  struct delivery *delivery = context;
  for (;;) {
    struct orders orders = take_orders(delivery);
    bool filling = !orders.stopping || orders.drain;
    if (!store_waits(delivery))
      record(delivery);
    if (filling && !store_waits(delivery))
      fill(delivery);
    int64_t idle = idle_us(delivery, filling);
    if (orders.stopping) {
      int64_t left = orders.stop_at - clock_monotonic();
      if (left <= 0 || has_finished(delivery, orders.drain))
        break;
      if (idle > left)
        idle = left;
    }
    curl_multi_poll(delivery->multi, NULL, 0, (int)((idle + US_PER_MS - 1) / US_PER_MS), NULL);
    collect(delivery);
  }
  record(delivery); /* once more, even where the store failed a moment ago */
  size_t left = count_attempts(delivery, false);
  if (left > 0)
    LOG_WARN(delivery->options.log,
             "stopped before the result of some deliveries was known or kept; they are sent again",
             LOG_INT("deliveries", left));
  return NULL;
}

/* ---- from other threads -------------------------------------------------------------------- */

static void delivery_free(struct delivery *delivery) {
  for (size_t i = 0; i < ATTEMPTS_MAX; i++)
    attempt_clear(&delivery->attempts[i], delivery->multi);
  curl_multi_cleanup(delivery->multi);
  pthread_cond_destroy(&delivery->changed);
  pthread_mutex_destroy(&delivery->mutex);
  free(delivery->lanes);
  free(delivery);
}

struct delivery *delivery_start(const struct delivery_options *options, struct error *error) {
  struct delivery *delivery = memory_alloc(sizeof *delivery);
  delivery->options = *options;
  delivery->destinations = options->destinations;
  delivery->destination_count = options->destination_count;
  delivery->terminal = options->console && isatty(fileno(options->console)) && !getenv("NO_COLOR");
  pthread_mutex_init(&delivery->mutex, NULL);
  pthread_cond_init(&delivery->changed, NULL);
  adopt(delivery);
  delivery->multi = curl_multi_init();
  if (!delivery->multi)
    error_set(error, "libcurl cannot start a group of transfers");
  else if (pthread_create(&delivery->thread, NULL, run, delivery) == 0)
    return delivery;
  else
    error_set(error, "the delivery thread cannot be started");
  delivery_free(delivery);
  return NULL;
}

void delivery_wake(struct delivery *delivery) {
  atomic_store(&delivery->woken, true);
  curl_multi_wakeup(delivery->multi);
}

void delivery_replace(struct delivery *delivery, const struct destination *destinations,
                      size_t count) {
  pthread_mutex_lock(&delivery->mutex);
  delivery->destinations = destinations;
  delivery->destination_count = count;
  uint64_t mine = ++delivery->replaced;
  curl_multi_wakeup(delivery->multi);
  while (delivery->adopted < mine)
    pthread_cond_wait(&delivery->changed, &delivery->mutex);
  pthread_mutex_unlock(&delivery->mutex);
}

void delivery_stop(struct delivery *delivery, bool drain, int64_t drain_us) {
  if (!delivery)
    return;
  pthread_mutex_lock(&delivery->mutex);
  delivery->orders =
      (struct orders){.stopping = true, .drain = drain, .stop_at = clock_monotonic() + drain_us};
  pthread_mutex_unlock(&delivery->mutex);
  delivery_wake(delivery);
  pthread_join(delivery->thread, NULL);
  delivery_free(delivery);
}

void delivery_count(struct delivery *delivery, struct delivery_counts *counts) {
  *counts = (struct delivery_counts){.sent = atomic_load(&delivery->sent),
                                     .retried = atomic_load(&delivery->retried),
                                     .parked = atomic_load(&delivery->parked)};
}
