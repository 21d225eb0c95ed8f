/* The delivery thread and the outbox: what is due is taken and started, what ended is recorded. */
#include "alert/routing/summing_alert.h"
#include "base/arena.h"
#include "base/backoff.h"
#include "base/digest.h"
#include "base/memory.h"
#include "delivery/delivery_internal.h"
#include "store/store_health.h"
#include "store/store_outbox.h"

#include <assert.h>
#include <stdlib.h>

enum { PARKED_ROWS_MAX = 64 }; /* rows of a destination that are parked at a time */

#define RETRY_FIRST_US US_PER_SECOND
#define RETRY_MOST_US (15 * US_PER_MINUTE)
#define RETRY_AFTER_MOST_US US_PER_HOUR /* nobody may put an alert off for longer */
#define HOLD_MOST_US (9 * US_PER_DAY)   /* quiet hours and digests are of one week */
#define TRANSFER_MOST_US (20 * US_PER_SECOND)
/* Longer than a transfer. The rest is for a store that cannot be written for a while: the result
 * must not come after the lease. */
#define LEASE_US (5 * US_PER_MINUTE)
#define STORE_RETRY_FIRST_US (US_PER_SECOND / 2)
#define STORE_RETRY_MOST_US US_PER_MINUTE

static uint32_t random_number(void) {
  uint32_t number;
  random_bytes(&number, sizeof number);
  return number;
}

struct lane *delivery_find_lane(const struct delivery *delivery, struct text destination_id) {
  for (size_t i = 0; i < delivery->lane_count; i++)
    if (text_equal(delivery->lanes[i].destination->id, destination_id))
      return &delivery->lanes[i];
  return NULL;
}

size_t delivery_count_stage(const struct delivery *delivery, enum attempt_stage stage) {
  size_t count = 0;
  for (size_t i = 0; i < delivery->attempt_count; i++)
    count += delivery->attempts[i]->stage == stage;
  return count;
}

size_t delivery_count_of(const struct delivery *delivery, struct text destination_id) {
  size_t count = 0;
  for (size_t i = 0; i < delivery->attempt_count; i++)
    count += text_equal(text_from(delivery->attempts[i]->destination_id), destination_id);
  return count;
}

size_t delivery_room(const struct delivery *delivery, const struct lane *lane) {
  size_t shared = 0;
  for (size_t i = 0; i < delivery->lane_count; i++)
    shared += lane_shared(&delivery->lanes[i]);
  return lane_room(lane, shared < SHARED_MAX ? SHARED_MAX - shared : 0);
}

static struct attempt *attempt_new(struct delivery *delivery) {
  struct attempt *attempt = memory_alloc(sizeof *attempt);
  delivery->attempts = memory_reserve(delivery->attempts, &delivery->attempt_capacity,
                                      delivery->attempt_count + 1, sizeof *delivery->attempts);
  delivery->attempts[delivery->attempt_count++] = attempt;
  return attempt;
}

void delivery_sweep(struct delivery *delivery) {
  size_t kept = 0;
  for (size_t i = 0; i < delivery->attempt_count; i++)
    if (delivery->attempts[i]->stage == ATTEMPT_NONE)
      free(delivery->attempts[i]);
    else
      delivery->attempts[kept++] = delivery->attempts[i];
  delivery->attempt_count = kept;
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

bool delivery_store_waits(const struct delivery *delivery) {
  return delivery->store_failures > 0 && clock_monotonic() < delivery->store_again_at;
}

static const enum outbox_state state_of[] = {[DELIVERY_DONE] = OUTBOX_DELIVERED,
                                             [DELIVERY_RETRY] = OUTBOX_PENDING,
                                             [DELIVERY_PARK] = OUTBOX_PARKED,
                                             [DELIVERY_MORE] = OUTBOX_PENDING};

static void report_left_out(struct delivery *delivery, const struct attempt *attempt) {
  if (attempt->judgement.left_out == 0)
    return;
  delivery->left_out += (int64_t)attempt->judgement.left_out;
  LOG_WARN(delivery->options.log, "alert delivered, but not to all of its recipients",
           LOG_STRING("destination", attempt->destination_id),
           LOG_STRING("alert", attempt->alert_id), LOG_ERROR_LINE(&attempt->judgement.reason));
}

static void report(struct delivery *delivery, const struct attempt *attempt) {
  struct log *log = delivery->options.log;
  if (!attempt->held) {
    LOG_WARN(log, "the result of a delivery came after its lease had ended; it counts for nothing",
             LOG_STRING("destination", attempt->destination_id),
             LOG_STRING("alert", attempt->alert_id), LOG_INT("attempt", attempt->number));
    return;
  }
  if (attempt->state_is_too_large)
    LOG_WARN(log, "what was to be kept for a delivery is too large, and is not kept",
             LOG_STRING("destination", attempt->destination_id),
             LOG_STRING("alert", attempt->alert_id), LOG_INT("most", DELIVERY_STATE_MAX));
  switch (attempt->judgement.verdict) {
  case DELIVERY_DONE:
    delivery->sent++;
    report_left_out(delivery, attempt);
    LOG_INFO(log, "alert delivered", LOG_STRING("destination", attempt->destination_id),
             LOG_STRING("alert", attempt->alert_id), LOG_INT("attempt", attempt->number));
    break;
  case DELIVERY_RETRY:
    delivery->retried++;
    break;
  case DELIVERY_PARK:
    delivery->parked++;
    LOG_ERROR(log,
              attempt->gave_up
                  ? "alert not delivered: it is parked, because it was tried for long enough"
                  : "alert not delivered: it is parked, because trying again cannot help",
              LOG_STRING("destination", attempt->destination_id),
              LOG_STRING("alert", attempt->alert_id), LOG_ERROR_LINE(&attempt->judgement.reason));
    break;
  case DELIVERY_MORE:
    LOG_DEBUG(log, "a request of several is done",
              LOG_STRING("destination", attempt->destination_id),
              LOG_STRING("alert", attempt->alert_id), LOG_INT("attempt", attempt->number),
              LOG_INT("request", attempt->requests + 1));
    break;
  }
}

static bool keep_state(const struct delivery *delivery, const struct attempt *attempt,
                       struct error *error) {
  return !attempt->judgement.has_state ||
         store_destination_state_set(delivery->options.store, text_from(attempt->alert_id),
                                     text_from(attempt->destination_id),
                                     buffer_text(&attempt->judgement.state), error);
}

static bool write_result(struct delivery *delivery, struct attempt *attempt, time_us now,
                         struct error *error) {
  const struct delivery_judgement *judgement = &attempt->judgement;
  enum outbox_state state = state_of[judgement->verdict];
  const struct outbox_result result = {
      .id = attempt->row_id,
      .owner = text_from(delivery->owner),
      .state = state,
      .goes_on = judgement->verdict == DELIVERY_MORE,
      .due = state == OUTBOX_PENDING ? attempt->due : now,
      .now = now,
      .last_error = text_from(judgement->reason.text),
  };
  return store_outbox_record(delivery->options.store, &result, &attempt->held, error) &&
         (!attempt->held || keep_state(delivery, attempt, error));
}

/* For other processes, and for the next run. */
static bool keep_health(struct delivery *delivery, const struct lane *lane, time_us now,
                        struct error *error) {
  const struct lane_health *health = &lane->health;
  int64_t wait = lane->opens_at - clock_monotonic();
  const struct store_destination_health kept = {
      .destination_id = lane->destination->id,
      .circuit_open = lane_is_open_circuit(lane),
      .failures = lane->failures,
      .failing_since = health->failing_since,
      .probe_at = lane->failures > 0 ? now + (wait > 0 ? wait : 0) : TIME_NONE,
      .last_success = health->last_success,
      .last_failure = health->last_failure,
      .last_error = text_from(lane->reason),
  };
  return store_destination_health_set(delivery->options.store, &kept, error);
}

static void forget(struct delivery *delivery, struct attempt *attempt) {
  struct lane *lane = delivery_find_lane(delivery, text_from(attempt->destination_id));
  if (lane && lane->under_way > 0)
    lane->under_way--;
  attempt_clear(attempt, delivery->multi);
}

void delivery_record(struct delivery *delivery) {
  struct store *store = delivery->options.store;
  struct error error = ERROR_NONE;
  if (delivery_count_stage(delivery, ATTEMPT_ENDED) == 0)
    return;
  time_us now = clock_now(&delivery->options.clock);
  bool begun = store_begin(store, &error);
  bool ok = begun;
  for (size_t i = 0; ok && i < delivery->attempt_count; i++)
    if (delivery->attempts[i]->stage == ATTEMPT_ENDED)
      ok = write_result(delivery, delivery->attempts[i], now, &error);
  for (size_t i = 0; ok && i < delivery->lane_count; i++)
    if (delivery->lanes[i].health.changed)
      ok = keep_health(delivery, &delivery->lanes[i], now, &error);
  ok = ok && store_commit(store, &error);
  if (!ok) {
    if (begun)
      store_rollback(store);
    store_failed(delivery, &error);
    return;
  }
  store_works(delivery);
  delivery->stale = true;
  for (size_t i = 0; i < delivery->lane_count; i++)
    delivery->lanes[i].health.changed = false;
  for (size_t i = 0; i < delivery->attempt_count; i++)
    if (delivery->attempts[i]->stage == ATTEMPT_ENDED) {
      report(delivery, delivery->attempts[i]);
      forget(delivery, delivery->attempts[i]);
    }
  delivery_sweep(delivery);
}

/* ---- rows that are given up ---------------------------------------------------------------- */

/* Parks what waits for a destination that is not configured; *more when some is left. */
static bool park_unknown(struct delivery *delivery, struct text destination_id, bool *more,
                         struct error *error) {
  int64_t count;
  const struct outbox_park park = {
      .destination_id = destination_id,
      .now = clock_now(&delivery->options.clock),
      .last_error = TEXT("this destination is not configured any more"),
      .limit = PARKED_ROWS_MAX,
  };
  if (!store_outbox_park(delivery->options.store, &park, &count, error))
    return false;
  delivery->parked += count;
  *more = *more || count == PARKED_ROWS_MAX;
  if (count > 0)
    LOG_ERROR(delivery->options.log,
              "alerts not delivered: they are parked, because the destination is not configured "
              "any more",
              LOG_TEXT("destination", destination_id), LOG_INT("alerts", count));
  return true;
}

static void describe_give_up(const struct destination *destination, const char *reason,
                             struct error *out) {
  struct time_string words;
  error_set(out, "given up after %s: %s", duration_words(destination->retry_for, &words), reason);
}

/* Parks what has waited as long as it may for a destination that took nothing in that time. One row
 * after the other would be tried for a day each. */
static bool park_old(struct delivery *delivery, const struct lane *lane, bool *more,
                     struct error *error) {
  const struct destination *destination = lane->destination;
  time_us now = clock_now(&delivery->options.clock), failing_since = lane->health.failing_since;
  struct error reason = ERROR_NONE;
  int64_t count;
  if (destination->retry_for == 0 || failing_since == TIME_NONE || lane->next_due == LANE_NEVER ||
      now - failing_since < destination->retry_for)
    return true;
  describe_give_up(destination, lane->reason, &reason);
  const struct outbox_park park = {
      .destination_id = destination->id,
      .now = now,
      .since = now - destination->retry_for,
      .last_error = text_from(reason.text),
      .limit = PARKED_ROWS_MAX,
  };
  if (!store_outbox_park(delivery->options.store, &park, &count, error))
    return false;
  delivery->parked += count;
  *more = *more || count == PARKED_ROWS_MAX;
  if (count > 0)
    LOG_ERROR(delivery->options.log,
              "alerts not delivered: they are parked, because they waited for long enough",
              LOG_TEXT("destination", destination->id), LOG_INT("alerts", count),
              LOG_ERROR_LINE(&reason));
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
  struct lane *lane = delivery_find_lane(waiting->delivery, destination_id);
  if (lane) {
    lane->next_due = due;
    return;
  }
  waiting->unknown = memory_reserve(waiting->unknown, &waiting->unknown_capacity,
                                    waiting->unknown_count + 1, sizeof *waiting->unknown);
  waiting->unknown[waiting->unknown_count++] = arena_copy(&waiting->arena, destination_id);
}

/* Nothing is put off for longer than a backoff or a Retry-After can be: what seems to be was made
 * due by a clock that has been set back since. And what failed in an outage is due when the outage
 * is over, or a grave alert that was tried often would wait longer than a slight one. */
static bool hasten(struct delivery *delivery, struct error *error) {
  const struct delivery_options *options = &delivery->options;
  time_us now = clock_now(&options->clock);
  int64_t tried =
      options->retry_most_us > RETRY_AFTER_MOST_US ? options->retry_most_us : RETRY_AFTER_MOST_US;
  bool ok = true;
  for (size_t i = 0; ok && i < delivery->lane_count; i++) {
    struct lane *lane = &delivery->lanes[i];
    bool waits = lane->next_due != LANE_NEVER;
    int64_t longest = lane->destination->holds ? HOLD_MOST_US : tried;
    if (waits && (lane->recovered || lane->next_due > now + longest)) {
      time_us latest = lane->recovered ? now : now + longest;
      ok = store_outbox_hasten(options->store, lane->destination->id, now, latest, error);
      lane->backlog_known = lane->backlog_known && !lane->recovered;
      lane->next_due = lane->next_due < now ? lane->next_due : now;
    }
    lane->recovered = lane->recovered && !ok;
  }
  return ok;
}

/* Reads for every lane when its next row is due. */
static bool look(struct delivery *delivery, struct error *error) {
  struct waiting waiting = {.delivery = delivery, .arena = ARENA_NONE};
  bool more = false;
  for (size_t i = 0; i < delivery->lane_count; i++)
    delivery->lanes[i].next_due = LANE_NEVER;
  bool ok = store_outbox_waiting(delivery->options.store, text_from(delivery->owner),
                                 waiting_destination, &waiting, error);
  for (size_t i = 0; ok && i < waiting.unknown_count; i++)
    ok = park_unknown(delivery, waiting.unknown[i], &more, error);
  for (size_t i = 0; ok && i < delivery->lane_count; i++)
    ok = park_old(delivery, &delivery->lanes[i], &more, error);
  ok = ok && hasten(delivery, error);
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
  struct attempt *prepared[LANE_AT_ONCE_MAX];
  size_t count;
};

static void report_template(struct delivery *delivery, const struct attempt *attempt) {
  if (!attempt->template_error.set)
    return;
  delivery->template_errors++;
  LOG_WARN(delivery->options.log, "a template failed; the message is sent as without it",
           LOG_STRING("destination", attempt->destination_id),
           LOG_STRING("alert", attempt->alert_id), LOG_ERROR_LINE(&attempt->template_error));
}

static void prepare_row(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct filling *filling = context;
  struct attempt *attempt = attempt_new(filling->delivery);
  assert(filling->count < LANE_AT_ONCE_MAX);
  attempt_prepare(attempt, filling->lane->destination, row, alert, filling->delivery->options.store,
                  &filling->lane->memo, filling->now, filling->delivery->terminal);
  filling->prepared[filling->count++] = attempt;
  report_template(filling->delivery, attempt);
  time_us came = row->occasion == OCCASION_OPENED ? alert->created_at : row->due;
  if (row->requests == 0 && alert->severity != SEVERITY_CRITICAL && !summing_alert_is(alert))
    storm_guard_add(&filling->lane->storm, filling->now, came, 1);
}

/* One that goes on failing while others of its destination do not. */
static void give_up(struct attempt *attempt, const struct destination *destination, time_us now) {
  struct error reason = attempt->judgement.reason;
  if (destination->retry_for == 0 || attempt->failing_since == 0 ||
      now - attempt->failing_since < destination->retry_for)
    return;
  attempt->gave_up = true;
  attempt->judgement.verdict = DELIVERY_PARK;
  attempt->judgement.reason = ERROR_NONE;
  describe_give_up(destination, reason.text, &attempt->judgement.reason);
}

static void notice_circuit(struct delivery *delivery, const struct lane *lane, bool was_open) {
  bool is_open = lane_is_open_circuit(lane);
  if (is_open != was_open && delivery->options.circuit_changed)
    delivery->options.circuit_changed(delivery->options.circuit_context, lane->destination->id,
                                      is_open);
}

static void settle_failure(struct delivery *delivery, struct lane *lane, struct attempt *attempt) {
  const struct delivery_options *options = &delivery->options;
  int64_t first = options->retry_first_us ? options->retry_first_us : RETRY_FIRST_US;
  int64_t most = options->retry_most_us ? options->retry_most_us : RETRY_MOST_US;
  int64_t asked = attempt_delay(attempt);
  if (asked > RETRY_AFTER_MOST_US)
    asked = RETRY_AFTER_MOST_US;
  /* A wait of nothing is no advice: sending at once and for ever is what backing off prevents. */
  int64_t row_delay =
      asked > 0 ? asked : backoff_delay(first, most, attempt->number, random_number());
  attempt->due = clock_now(&options->clock) + row_delay;
  if (!lane)
    return;
  int64_t lane_delay =
      asked > 0 ? asked : backoff_delay(first, most, lane->failures + 1, random_number());
  lane_failed(lane, clock_monotonic(), lane_delay, attempt->response.status,
              &attempt->judgement.reason, options->log);
  give_up(attempt, lane->destination, clock_now(&options->clock));
}

void delivery_settle(struct delivery *delivery, struct attempt *attempt) {
  struct lane *lane = delivery_find_lane(delivery, text_from(attempt->destination_id));
  bool failed = attempt->judgement.verdict == DELIVERY_RETRY;
  bool was_open = lane && lane_is_open_circuit(lane);
  if (failed)
    settle_failure(delivery, lane, attempt);
  else if (lane)
    lane_works(lane, delivery->options.log);
  if (!lane)
    return;
  lane_note(lane, clock_now(&delivery->options.clock), failed);
  notice_circuit(delivery, lane, was_open);
}

int64_t delivery_transfer_us(const struct delivery *delivery) {
  int64_t most = delivery->options.transfer_most_us;
  return most ? most : TRANSFER_MOST_US;
}

/* Starts what a lane may send now. */
static bool fill_lane(struct delivery *delivery, struct lane *lane, struct error *error) {
  const struct delivery_options *options = &delivery->options;
  struct filling filling = {.delivery = delivery, .lane = lane, .now = clock_now(&options->clock)};
  int64_t room = (int64_t)delivery_room(delivery, lane);
  if (!delivery_hold(delivery, lane, filling.now, &room, error))
    return false;
  const struct outbox_claim claim = {.owner = text_from(delivery->owner),
                                     .destination_id = lane->destination->id,
                                     .now = filling.now,
                                     .lease_us = LEASE_US,
                                     .limit = room};
  const struct attempt_means means = {.multi = delivery->multi,
                                      .console = delivery->console,
                                      .transfer_us = delivery_transfer_us(delivery),
                                      .destination = lane->destination};
  bool ok = store_outbox_claim(options->store, &claim, prepare_row, &filling, error);
  for (size_t i = 0; i < filling.count; i++) {
    struct attempt *attempt = filling.prepared[i];
    lane_start(lane, clock_monotonic());
    if (attempt->stage == ATTEMPT_READY)
      attempt_start(attempt, &means);
    if (attempt->stage == ATTEMPT_ENDED)
      delivery_settle(delivery, attempt);
  }
  if (filling.count > 0)
    delivery->stale = true;
  else if (ok && lane->destination->holds)
    delivery->stale = true; /* what was due waits: until when, is to be read */
  else if (ok)
    lane->next_due = LANE_NEVER; /* somebody else took it */
  return ok;
}

static bool lane_is_ready(const struct delivery *delivery, const struct lane *lane) {
  return delivery_room(delivery, lane) > 0 &&
         lane->next_due <= clock_now(&delivery->options.clock) &&
         lane->opens_at <= clock_monotonic();
}

void delivery_fill(struct delivery *delivery) {
  struct error error = ERROR_NONE;
  bool ok = true, started = true;
  while (ok && started) {
    started = false;
    ok = delivery_look_at_holds(delivery, &error);
    if (ok && delivery->stale)
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
