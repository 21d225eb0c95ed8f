/* How the engine is, for others: written to the store by the committer's thread, at a bounded pace.
 */
#include "base/memory.h"
#include "daemon/engine_internal.h"
#include "store/store_health.h"

#include <stdlib.h>
#include <unistd.h>

/* How everything is, is written that often, and at a beat when something changed. */
#define SAVE_EVERY_US (10 * US_PER_SECOND)

#define DISK_EVERY_US (10 * US_PER_SECOND)
/* After a look whose outcome could not be written. */
#define LOOK_AGAIN_US (30 * US_PER_SECOND)

struct saved_sources {
  struct arena arena; /* owns the texts */
  struct store_source_health *items;
  size_t count, capacity;
};

static void take_source(void *context, const struct health_view *view) {
  struct saved_sources *sources = context;
  sources->items = memory_reserve(sources->items, &sources->capacity, sources->count + 1,
                                  sizeof *sources->items);
  struct store_source_health *saved = &sources->items[sources->count++];
  *saved = view->saved;
  struct text *const texts[] = {&saved->source_id, &saved->label, &saved->kind,
                                &saved->state,     &saved->fault, &saved->error};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = arena_copy(&sources->arena, *texts[i]);
}

/* ["soc","pager"] */
static void list_destinations(const struct engine_setup *setup, struct buffer *out) {
  buffer_append_char(out, '[');
  for (size_t i = 0; i < setup->destination_count; i++) {
    if (i > 0)
      buffer_append_char(out, ',');
    buffer_append_json_string(out, setup->destinations[i].id);
  }
  buffer_append_char(out, ']');
}

static bool save(struct engine *engine, time_us ended_at, struct error *error) {
  const struct engine_setup *setup = &engine->in_use->setup;
  const struct detection *detection = setup->detection;
  struct saved_sources sources = {.count = 0};
  struct buffer destinations = BUFFER_NONE;
  list_destinations(setup, &destinations);
  health_each(engine->health, take_source, &sources);
  const struct store_daemon daemon = {
      .version = text_from(MARGAY_VERSION),
      .pid = getpid(),
      .started_at = engine->started_at,
      .beat_at = clock_now(&engine->options.clock),
      .ended_at = ended_at,
      .commits = atomic_load(&engine->commits),
      .rules = (int64_t)detection->rules->count,
      .rule_mistakes = (int64_t)(rule_set_count_mistaken_files(detection->rules) +
                                 detection->rules->dependent_count),
      .rules_paused = detection->breaker ? (int64_t)atomic_load(&detection->breaker->paused) : 0,
      .destinations = buffer_text(&destinations),
  };
  bool ok = store_health_save(engine->commit_store, &daemon, sources.items, sources.count, error);
  buffer_free(&destinations);
  arena_free(&sources.arena);
  free(sources.items);
  return ok;
}

static void report_save(struct engine *engine, bool ok, const struct error *error) {
  if (!ok && !engine->save_fails)
    LOG_WARN(engine->options.log, "how the daemon is could not be written for margay status",
             LOG_ERROR_LINE(error));
  engine->save_fails = !ok;
}

void engine_health_beat(struct engine *engine, time_us now) {
  struct error error = ERROR_NONE;
  uint64_t changes = health_changes(engine->health);
  if (!atomic_load(&engine->complete) ||
      (now < engine->last_save + SAVE_EVERY_US && changes == engine->changes))
    return;
  bool ok = save(engine, TIME_NONE, &error);
  report_save(engine, ok, &error);
  engine->changes = changes;
  engine->last_save = now;
}

void engine_health_count(struct engine *engine) {
  for (size_t i = 0; i < alarm_kind_count; i++) {
    struct gauge *gauge = gauge_open(engine->options.counters, METRIC_ALARMS,
                                     METRIC_VALUES(text_from(alarm_kinds[i].name)));
    gauge_set(gauge, (int64_t)alarms_count(engine->alarms, &alarm_kinds[i]));
    gauge_close(gauge);
  }
}

/* ---- for any thread ---------------------------------------------------------------------- */

static void set_gauge(struct counters *counters, enum daemon_metric metric, struct text source,
                      int64_t value) {
  struct gauge *gauge = gauge_open(counters, metric, METRIC_VALUES(source));
  gauge_set(gauge, value);
  gauge_close(gauge);
}

struct gauges {
  struct counters *counters;
  time_us now;
};

static void update_source(void *context, const struct health_view *view) {
  const struct gauges *gauges = context;
  const struct store_source_health *saved = &view->saved;
  bool fails = saved->error.size > 0;
  const struct {
    enum daemon_metric metric;
    int64_t value;
  } rows[] = {
      {METRIC_SOURCE_UP, !fails},
      {METRIC_SOURCE_LAST_EVENT, saved->last_event},
      {METRIC_SOURCE_LAST_RECEIVED, saved->last_event_at},
      {METRIC_SOURCE_LAST_SUCCESS, saved->last_success},
      {METRIC_SOURCE_WATERMARK, saved->watermark},
      {METRIC_SOURCE_LAG,
       saved->last_event == TIME_NONE ? GAUGE_NONE : gauges->now - saved->last_event},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    set_gauge(gauges->counters, rows[i].metric, saved->source_id, rows[i].value);
}

void engine_health_update(struct engine *engine) {
  struct gauges gauges = {engine->options.counters, clock_now(&engine->options.clock)};
  struct disk_space disk;
  health_each(engine->health, update_source, &gauges);
  struct gauge *gauge = gauge_open(gauges.counters, METRIC_DISK_FREE, METRIC_NO_VALUES);
  gauge_set(gauge, disk_space_read(engine->state_path, &disk) ? disk.free_bytes : GAUGE_NONE);
  gauge_close(gauge);
}

static void append_stopped(void *context, const struct health_view *view) {
  if (view->stopped.size > 0)
    buffer_printf(context, "source '%.*s' has stopped\n", TEXT_ARGS(view->saved.source_id));
}

void engine_health_lines(struct engine *engine, struct buffer *stopped, struct buffer *alarms) {
  health_each(engine->health, append_stopped, stopped);
  for (size_t i = 0; i < alarm_kind_count; i++)
    if (counters_value(engine->options.counters, METRIC_ALARMS,
                       METRIC_VALUES(text_from(alarm_kinds[i].name))) > 0)
      buffer_printf(alarms, "alarm: %s\n", alarm_kinds[i].name);
}

/* ---- alarms ------------------------------------------------------------------------------ */

static void look_at_disk(struct engine *engine, time_us now) {
  struct alarms_moment *moment = &engine->moment;
  if (now < engine->disk_next)
    return;
  engine->disk_next = now + DISK_EVERY_US;
  moment->disk_known = disk_space_read(engine->state_path, &moment->disk);
}

/* A transaction that fails makes the committer forget what it has in memory, so it is not tried all
 * the time. */
static void look_failed(struct engine *engine, const struct error *error) {
  LOG_ERROR(engine->options.log, "alarms could not be looked at; trying again",
            LOG_ERROR_LINE(error));
  commit_metrics_failed(&engine->metrics);
  engine->look_next = clock_monotonic() + LOOK_AGAIN_US;
}

bool engine_health_look(struct engine *engine) {
  struct error error = ERROR_NONE;
  time_us now = clock_monotonic();
  bool changed;
  if (!atomic_load(&engine->complete) || now < engine->look_next)
    return false;
  look_at_disk(engine, now);
  engine->moment.now = clock_now(&engine->options.clock);
  engine->moment.steady = clock_since_boot();
  if (!alarms_look(engine->alarms, &engine->moment, &changed, &error))
    look_failed(engine, &error);
  if (changed) {
    engine->last_save = 0;
    engine_health_count(engine);
  }
  return changed;
}

void engine_health_end(struct engine *engine) {
  struct error error = ERROR_NONE;
  if (!atomic_load(&engine->complete))
    return;
  atomic_store(&engine->complete, false);
  report_save(engine, save(engine, clock_now(&engine->options.clock), &error), &error);
}
