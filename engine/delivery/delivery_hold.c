/* What waits, and what is held back: quiet hours and digests (alert/routing/hold.h), and the storm
 * guard (alert/routing/storm.h). Each step is one transaction, so that an alert is sent alone or
 * summed up, and never both. */
#include "alert/routing/hold.h"
#include "alert/routing/summing_alert.h"
#include "base/arena.h"
#include "base/memory.h"
#include "delivery/delivery_internal.h"
#include "store/store_lifecycle.h"
#include "store/store_outbox.h"
#include "store/store_routing.h"

#include <inttypes.h>
#include <stdlib.h>

enum { HELD_ROWS_MAX = 1000 }; /* in one transaction, which other writers wait for */

/* ---- transactions -------------------------------------------------------------------------- */

static bool end_transaction(struct store *store, bool ok, struct error *error) {
  ok = ok && store_commit(store, error);
  if (!ok)
    store_rollback(store);
  return ok;
}

/* Within a transaction: keeps an alert that stands for others, on its way to the lane's destination
 * alone. */
static bool add_alert(struct delivery *delivery, const struct lane *lane, const struct alert *alert,
                      time_us now, struct error *error) {
  struct store *store = delivery->options.store;
  struct text id = lane->destination->id;
  return store_alert_add(store, alert, error) &&
         store_outbox_add(store, alert->id, id, now, error) &&
         store_hold_set(store, alert->id, id, HOLD_EXEMPT, now, error);
}

/* ---- quiet hours --------------------------------------------------------------------------- */

/* What came otherwise than by routing (an update, what was retried), or before the hours were
 * these, is put off here. */
static bool put_off(struct delivery *delivery, struct lane *lane, time_us now,
                    struct error *error) {
  const struct destination *destination = lane->destination;
  bool ok = true;
  for (int severity = 0; ok && severity < SEVERITY_COUNT; severity++) {
    struct hold hold = hold_of(destination->holds, (enum severity)severity, now);
    int64_t count;
    if (hold.kind != HOLD_NONE)
      ok = store_hold_put_off(delivery->options.store, destination->id, (enum severity)severity,
                              now, hold.kind, hold.until, &count, error);
  }
  return ok;
}

/* ---- digests ------------------------------------------------------------------------------- */

struct digest_work {
  struct arena arena;
  struct digest_entry *items;
  size_t count, capacity;
};

static void take_entry(void *context, const struct store_held *held) {
  struct digest_work *work = context;
  work->items = memory_reserve(work->items, &work->capacity, work->count + 1, sizeof *work->items);
  work->items[work->count++] =
      (struct digest_entry){.alert_id = arena_copy(&work->arena, held->alert_id),
                            .rule_id = arena_copy(&work->arena, held->rule_id),
                            .title = arena_copy(&work->arena, held->title),
                            .actor = arena_copy(&work->arena, held->actor),
                            .severity = held->severity,
                            .created_at = held->created_at};
}

static void count_entry(void *context, const struct store_held *held) {
  size_t *count = context;
  (void)held;
  ++*count;
}

/* One alert alone is sent as it is. */
static bool write_digest(struct delivery *delivery, const struct lane *lane,
                         struct digest_work *work, time_us now, struct error *error) {
  struct store *store = delivery->options.store;
  struct text id = lane->destination->id;
  int64_t count;
  if (!store_digest_list(store, id, now, take_entry, work, error))
    return false;
  if (work->count == 0)
    return true;
  if (work->count == 1)
    return store_hold_set(store, work->items[0].alert_id, id, HOLD_EXEMPT, now, error);
  const struct alert alert = digest_alert(id, work->items, work->count, now, &work->arena);
  struct text reason =
      text_from(arena_printf(&work->arena, "sent in the digest %.*s", TEXT_ARGS(alert.id)));
  return add_alert(delivery, lane, &alert, now, error) &&
         store_digest_take(store, id, now, reason, &count, error);
}

static bool send_digest(struct delivery *delivery, const struct lane *lane, time_us now,
                        struct error *error) {
  struct store *store = delivery->options.store;
  struct digest_work work = {.arena = ARENA_NONE};
  size_t waiting = 0;
  if (!store_digest_list(store, lane->destination->id, now, count_entry, &waiting, error))
    return false;
  if (waiting == 0)
    return true;
  bool ok = store_begin(store, error) &&
            end_transaction(store, write_digest(delivery, lane, &work, now, error), error);
  if (ok && work.count > 1) {
    delivery->held += (int64_t)work.count;
    LOG_INFO(delivery->options.log, "alerts are summed up in one digest",
             LOG_TEXT("destination", lane->destination->id), LOG_INT("alerts", work.count));
  }
  free(work.items);
  arena_free(&work.arena);
  return ok;
}

/* ---- storms -------------------------------------------------------------------------------- */

static struct storm storm_of(const struct lane *lane, const struct store_storm *kept) {
  return (struct storm){lane->destination->id, kept->began, lane->destination->storm_limit,
                        kept->held};
}

/* Holds back what waited longer than a minute and came as a storm; what came lately is the guard's
 * business. */
static bool hold_rows(struct delivery *delivery, const struct lane *lane, time_us now,
                      struct text reason, int64_t *count, struct error *error) {
  struct store *store = delivery->options.store;
  const struct destination *destination = lane->destination;
  time_us lately = now - STORM_SECONDS * US_PER_SECOND;
  if (!lane->backlog_known)
    return store_storm_hold_backlog(store, destination->id, now,
                                    &(struct store_backlog){lately, destination->storm_limit},
                                    reason, HELD_ROWS_MAX, count, error);
  return store_storm_hold(store, destination->id, now, lane->storm.on ? lane->storm.since : lately,
                          reason, HELD_ROWS_MAX, count, error);
}

static bool write_held(struct delivery *delivery, struct lane *lane, time_us now, int64_t *count,
                       struct error *error) {
  struct store *store = delivery->options.store;
  struct text id = lane->destination->id;
  struct store_storm kept = {.began = now};
  struct arena arena = ARENA_NONE;
  bool found;
  struct text reason = text_from(
      arena_printf(&arena, "held back in a storm of more than %" PRId64 " messages a minute",
                   lane->destination->storm_limit));
  bool ok = hold_rows(delivery, lane, now, reason, count, error);
  if (ok && *count > 0) {
    ok = store_storm_get(store, id, &kept, &found, error);
    kept.held += *count;
    ok = ok && store_storm_set(store, id, &kept, error);
    if (ok && !found && lane->backlog_known) {
      const struct storm storm = storm_of(lane, &kept);
      const struct alert alert = storm_alert(&storm, now, &arena);
      ok = add_alert(delivery, lane, &alert, now, error);
    }
  }
  arena_free(&arena);
  return ok;
}

/* Holds back what is due of a storm. */
static bool hold_back(struct delivery *delivery, struct lane *lane, time_us now,
                      struct error *error) {
  struct store *store = delivery->options.store;
  int64_t count = HELD_ROWS_MAX;
  bool ok = true;
  while (ok && count == HELD_ROWS_MAX) {
    ok = store_begin(store, error) &&
         end_transaction(store, write_held(delivery, lane, now, &count, error), error);
    if (!ok || count == 0)
      break;
    delivery->held += count;
    if (!lane->backlog_known)
      continue;
    if (!lane->storm.on)
      LOG_WARN(delivery->options.log,
               "storm of alerts; all but CRITICAL ones are held back, and counted",
               LOG_TEXT("destination", lane->destination->id),
               LOG_INT("limit_per_minute", lane->destination->storm_limit));
    storm_guard_begin(&lane->storm, now);
    storm_guard_add(&lane->storm, now, now, count);
  }
  return ok;
}

/* The storm's alert is resolved. Where that does not reach the destination (it is sent no updates,
 * or somebody resolved the alert) another one says it. */
static bool write_over(struct delivery *delivery, struct lane *lane, struct store_storm *kept,
                       time_us now, struct error *error) {
  struct store *store = delivery->options.store;
  struct text id = lane->destination->id;
  struct arena arena = ARENA_NONE;
  struct alert_changed changed;
  bool found;
  bool ok = store_storm_get(store, id, kept, &found, error);
  if (ok && found) {
    const struct storm storm = storm_of(lane, kept);
    const struct alert began = storm_alert(&storm, now, &arena);
    const struct alert over = storm_over_alert(&storm, now, &arena);
    const struct alert_change change = {.alert_id = began.id,
                                        .action = OCCASION_RESOLVED,
                                        .note = storm_over_words(&storm, &arena),
                                        .who = TEXT("margay"),
                                        .via = ALERT_VIA_MARGAY};
    ok = store_alert_change(store, &change, &changed, error) &&
         (changed.queued > 0 ? store_hold_set(store, began.id, id, HOLD_EXEMPT, now, error)
                             : add_alert(delivery, lane, &over, now, error)) &&
         store_storm_end(store, id, error);
  }
  arena_free(&arena);
  return ok;
}

static bool end_storm(struct delivery *delivery, struct lane *lane, time_us now,
                      struct error *error) {
  struct store *store = delivery->options.store;
  struct store_storm kept = {.held = 0};
  bool ok = store_begin(store, error) &&
            end_transaction(store, write_over(delivery, lane, &kept, now, error), error);
  if (ok) {
    lane->storm.on = false;
    delivery->stale = true;
    LOG_INFO(delivery->options.log, "storm of alerts is over",
             LOG_TEXT("destination", lane->destination->id), LOG_INT("held", kept.held));
  }
  return ok;
}

/* An outage, or the time without a daemon, is over. What came as a storm meanwhile is held back,
 * and one message says so; the rest is sent, however much it is. */
static bool hold_backlog(struct delivery *delivery, struct lane *lane, time_us now,
                         struct error *error) {
  if (lane->storm.limit == 0)
    return true;
  int64_t before = delivery->held;
  return hold_back(delivery, lane, now, error) &&
         (lane->storm.on || delivery->held == before || end_storm(delivery, lane, now, error));
}

/* A storm that an earlier run left goes on for a minute at least. */
static bool load_storm(struct delivery *delivery, struct lane *lane, time_us now,
                       struct error *error) {
  struct store_storm kept;
  bool found;
  if (!store_storm_get(delivery->options.store, lane->destination->id, &kept, &found, error))
    return false;
  if (found && !lane->storm.on) {
    storm_guard_begin(&lane->storm, kept.began);
    storm_guard_add(&lane->storm, now, now, lane->storm.limit + 1);
  }
  return true;
}

/* ---- for the thread ------------------------------------------------------------------------ */

bool delivery_look_at_holds(struct delivery *delivery, struct error *error) {
  time_us now = clock_now(&delivery->options.clock);
  bool ok = true;
  for (size_t i = 0; ok && i < delivery->lane_count; i++) {
    struct lane *lane = &delivery->lanes[i];
    if (!lane->holds_known) {
      lane->storm.limit = lane->destination->storm_limit;
      ok = store_hold_forget(delivery->options.store, lane->destination->id, now,
                             !holds_have_digest(lane->destination->holds), error) &&
           load_storm(delivery, lane, now, error);
      lane->backlog_known = false;
      lane->holds_known = ok;
    }
    if (ok && storm_guard_is_over(&lane->storm, now))
      ok = end_storm(delivery, lane, now, error);
  }
  return ok;
}

bool delivery_hold(struct delivery *delivery, struct lane *lane, time_us now, int64_t *room,
                   struct error *error) {
  const struct destination_holds *holds = lane->destination->holds;
  if (holds && !put_off(delivery, lane, now, error))
    return false;
  if (holds_have_digest(holds) && !send_digest(delivery, lane, now, error))
    return false;
  if (!lane->backlog_known && !hold_backlog(delivery, lane, now, error))
    return false;
  lane->backlog_known = true;
  int64_t most = storm_guard_room(&lane->storm, now);
  if (most == 0)
    return hold_back(delivery, lane, now, error);
  *room = most < *room ? most : *room;
  return true;
}
