/* How the engine is, for others: written to the store by the committer's thread, at a bounded pace.
 */
#include "base/memory.h"
#include "daemon/engine_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* How everything is, is written that often, and this long after the last time when something
 * changed. */
#define SAVE_EVERY_US (10 * US_PER_SECOND)
#define SAVE_CHANGES_US US_PER_SECOND

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
      .rule_mistakes = (int64_t)detection->rules->mistakes.count,
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
  if (!atomic_load(&engine->complete) || now < engine->next_save ||
      (now < engine->last_save + SAVE_EVERY_US && changes == engine->changes))
    return;
  bool ok = save(engine, TIME_NONE, &error);
  report_save(engine, ok, &error);
  engine->changes = changes;
  engine->last_save = now;
  engine->next_save = clock_monotonic() + SAVE_CHANGES_US;
}

void engine_health_end(struct engine *engine) {
  struct error error = ERROR_NONE;
  if (!atomic_load(&engine->complete))
    return;
  atomic_store(&engine->complete, false);
  report_save(engine, save(engine, clock_now(&engine->options.clock), &error), &error);
}
