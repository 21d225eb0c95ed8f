/* What a configuration says, counted by those who use it. */
#include "base/memory.h"
#include "daemon/engine_internal.h"

#include <stdlib.h>

struct held_setup *held_setup_new(const struct engine_setup *setup) {
  struct held_setup *held = memory_alloc(sizeof *held);
  held->setup = *setup;
  detection_hold(setup->detection);
  atomic_init(&held->references, 1);
  return held;
}

struct held_setup *held_setup_hold(struct held_setup *held) {
  atomic_fetch_add(&held->references, 1);
  return held;
}

void held_setup_release(struct held_setup *held) {
  if (!held || atomic_fetch_sub(&held->references, 1) > 1)
    return;
  detection_release(held->setup.detection);
  if (held->setup.release)
    held->setup.release(held->setup.owner);
  free(held);
}

const struct engine_setup *engine_setup_hold(struct engine *engine) {
  pthread_mutex_lock(&engine->mutex);
  const struct held_setup *held = held_setup_hold(engine->setup);
  pthread_mutex_unlock(&engine->mutex);
  return &held->setup;
}

void engine_setup_release(const struct engine_setup *setup) {
  _Static_assert(offsetof(struct held_setup, setup) == 0, "a setup is where it is held");
  held_setup_release((struct held_setup *)(uintptr_t)setup);
}

struct retention_times engine_retention_times(const struct engine_setup *setup) {
  return (struct retention_times){.rows_us = setup->retention,
                                  .alerts_us = setup->alert_retention,
                                  .log_types = setup->log_types,
                                  .log_type_count = setup->log_type_count,
                                  .state_bytes = setup->max_size};
}

struct committer_setup engine_committer_setup(const struct engine_setup *setup) {
  return (struct committer_setup){.sources = setup->sources,
                                  .source_count = setup->source_count,
                                  .routing = {.destinations = setup->destinations,
                                              .destination_count = setup->destination_count,
                                              .routes = setup->routes,
                                              .route_count = setup->route_count},
                                  .keep_events = setup->keep_events};
}

struct alarms_setup engine_alarms_setup(const struct engine_setup *setup) {
  return (struct alarms_setup){.sources = setup->sources,
                               .source_count = setup->source_count,
                               .destinations = setup->destinations,
                               .destination_count = setup->destination_count,
                               .limits = setup->health};
}
