#include "detect/correlation/correlation_cache.h"

#include "base/memory.h"

#include <stdlib.h>

/* The store's keys are counted after so many new ones. */
#define COUNT_EVERY 1024

static void keyed_free(void *value) {
  struct keyed *keyed = value;
  correlation_state_free(keyed->state);
  free((char *)(uintptr_t)keyed->name.data);
  free(keyed);
}

void correlation_cache_clear(struct correlation_cache *cache) {
  map_clear(&cache->states, keyed_free);
  free(cache->changed);
  store_close(cache->own_store);
  buffer_free(&cache->name);
  buffer_free(&cache->json);
}

struct store *correlation_cache_store(const struct correlation_cache *cache) {
  return cache->options.store ? cache->options.store : cache->own_store;
}

static bool open_own_store(struct correlation_cache *cache, struct error *error) {
  return (cache->own_store = store_open_scratch_begun(error)) != NULL;
}

void correlation_cache_change(struct correlation_cache *cache, struct keyed *keyed) {
  cache->bytes += keyed->state->bytes - keyed->bytes;
  keyed->bytes = keyed->state->bytes;
  if (keyed->changed)
    return;
  keyed->changed = true;
  cache->changed = memory_reserve(cache->changed, &cache->changed_capacity,
                                  cache->changed_count + 1, sizeof(struct keyed *));
  cache->changed[cache->changed_count++] = keyed;
}

void correlation_cache_set_due(struct keyed *keyed, time_us due) {
  if (due != TIME_NONE && due != keyed->due)
    correlation_queue_add(&keyed->tracked->queue, due, keyed->name, keyed);
  keyed->due = due;
}

/* What is saved of the state; a new one when there is nothing, or what the correlation was before
 * its file changed. */
static bool load_state(struct correlation_cache *cache, struct keyed *keyed, struct error *error) {
  const struct rule *rule = keyed->tracked->rule;
  struct store_correlation row;
  bool found = false;
  if (correlation_cache_store(cache) &&
      !store_correlation_get(correlation_cache_store(cache), rule->id, keyed->key, &cache->json,
                             &row, &found, error))
    return false;
  keyed->state = found ? correlation_state_decode(row.state, rule->correlation) : NULL;
  if (keyed->state) {
    correlation_cache_set_due(keyed, row.due);
    return true;
  }
  keyed->state = correlation_state_new(rule->correlation);
  keyed->tracked->added += !found;
  if (found)
    correlation_cache_change(cache, keyed); /* so that the old one is written over */
  return true;
}

struct keyed *correlation_cache_find(struct correlation_cache *cache, struct tracked *tracked,
                                     struct text key, struct error *error) {
  buffer_reset(&cache->name);
  buffer_append_text(&cache->name, tracked->rule->id);
  buffer_append_char(&cache->name, '\0');
  buffer_append_text(&cache->name, key);
  struct text name = buffer_text(&cache->name);
  struct keyed *keyed = map_get(&cache->states, name);
  if (keyed) {
    keyed->used = cache->round;
    return keyed;
  }
  keyed = memory_alloc(sizeof *keyed);
  *keyed = (struct keyed){.tracked = tracked,
                          .used = cache->round,
                          .name = {memory_copy_bytes(name.data, name.size), name.size},
                          .due = TIME_NONE};
  keyed->key = (struct text){keyed->name.data + name.size - key.size, key.size};
  if (!load_state(cache, keyed, error)) {
    keyed_free(keyed);
    return NULL;
  }
  cache->bytes += keyed->state->bytes + sizeof *keyed - keyed->bytes;
  keyed->bytes = keyed->state->bytes;
  map_put(&cache->states, name, keyed);
  return keyed;
}

/* ---- the store ---- */

/* Too many keys: those whose matches are oldest leave the store. */
static bool bound_keys(struct correlation_cache *cache, struct tracked *tracked, bool *deleted,
                       struct error *error) {
  int64_t gone = 0;
  if (!store_correlation_bound(correlation_cache_store(cache), tracked->rule->id,
                               cache->options.keys_max, &gone, error))
    return false;
  tracked->added = 0;
  *deleted = *deleted || gone > 0;
  if (gone > 0 && !tracked->overflows && cache->options.log)
    LOG_WARN(cache->options.log,
             "a correlation has too many keys at the same time; the oldest are forgotten",
             LOG_TEXT("rule", tracked->rule->id), LOG_INT("keys", cache->options.keys_max));
  tracked->overflows = tracked->overflows || gone > 0;
  return true;
}

static bool save_state(struct correlation_cache *cache, struct keyed *keyed, struct error *error) {
  const struct rule *rule = keyed->tracked->rule;
  time_us latest = correlation_state_latest(keyed->state);
  keyed->changed = false;
  if (latest == TIME_NONE)
    return store_correlation_delete(correlation_cache_store(cache), rule->id, keyed->key, error);
  buffer_reset(&cache->json);
  correlation_state_encode(keyed->state, &cache->json);
  const struct store_correlation row = {.state = buffer_text(&cache->json),
                                        .due = keyed->due,
                                        .expires_at = latest + rule->correlation->lookback};
  return store_correlation_set(correlation_cache_store(cache), rule->id, keyed->key, &row, error);
}

bool correlation_cache_save(struct correlation_cache *cache, struct error *error) {
  bool ok =
      cache->changed_count == 0 || correlation_cache_store(cache) || open_own_store(cache, error);
  for (size_t i = 0; ok && i < cache->changed_count; i++)
    ok = save_state(cache, cache->changed[i], error);
  if (!ok)
    return false;
  cache->changed_count = 0;
  bool deleted = false;
  int64_t most = cache->options.keys_max < COUNT_EVERY ? 1 : COUNT_EVERY;
  for (size_t i = 0; ok && i < cache->options.correlation_count; i++)
    if (cache->options.correlations[i].added >= most && correlation_cache_store(cache))
      ok = bound_keys(cache, &cache->options.correlations[i], &deleted, error);
  if (deleted)
    correlation_cache_forget(cache);
  return ok;
}

void correlation_cache_forget(struct correlation_cache *cache) {
  map_clear(&cache->states, keyed_free);
  cache->changed_count = 0;
  cache->bytes = 0;
  for (size_t i = 0; i < cache->options.correlation_count; i++) {
    struct tracked *tracked = &cache->options.correlations[i];
    correlation_queue_clear(&tracked->queue);
    tracked->stored_due = INT64_MIN;
    tracked->complete = INT64_MIN;
  }
}

/* Half of the memory for those that were asked for since the last time: the next matches ask for
 * them again. */
static void drop_unused(struct correlation_cache *cache) {
  struct map before = cache->states;
  cache->states = MAP_NONE;
  cache->bytes = 0;
  for (size_t i = 0; i < before.count; i++) {
    struct keyed *keyed = before.entries[i].value;
    if (keyed->used != cache->round ||
        keyed->bytes > cache->options.memory_max / 2 - cache->bytes) {
      keyed_free(keyed);
      continue;
    }
    map_put(&cache->states, keyed->name, keyed);
    cache->bytes += keyed->bytes;
    if (keyed->due != TIME_NONE)
      correlation_queue_add(&keyed->tracked->queue, keyed->due, keyed->name, keyed);
  }
  map_clear(&before, NULL);
  cache->round++;
}

bool correlation_cache_trim(struct correlation_cache *cache, struct error *error) {
  if (cache->bytes <= cache->options.memory_max)
    return true;
  if (!correlation_cache_save(cache, error))
    return false;
  for (size_t i = 0; i < cache->options.correlation_count; i++) {
    correlation_queue_clear(&cache->options.correlations[i].queue);
    cache->options.correlations[i].stored_due = INT64_MIN;
  }
  drop_unused(cache);
  return true;
}
