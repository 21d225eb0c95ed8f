/* The cache of windows between the committer and the store. */
#include "daemon/commit/commit_internal.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

/* As much as a few batches take. A window that waits for its threshold has the records of its
 * matches, some hundred bytes or some MiB each. */
#define WINDOW_BYTES_MAX ((size_t)4 << 20)

static void cached_window_free(void *value) {
  struct cached_window *cached = value;
  window_free(cached->window);
  free((char *)(uintptr_t)cached->rule_id.data);
  free((char *)(uintptr_t)cached->dedup.data);
  free(cached);
}

void window_cache_clear(struct window_cache *cache) {
  map_clear(&cache->windows, cached_window_free);
  cache->changed_count = 0;
  cache->bytes = 0;
}

void window_cache_free(struct window_cache *cache) {
  window_cache_clear(cache);
  free(cache->changed);
}

void window_cache_trim(struct window_cache *cache) {
  assert(cache->changed_count == 0);
  if (cache->bytes > WINDOW_BYTES_MAX)
    window_cache_clear(cache);
}

/* What the map and the allocator take of each. */
#define PLACE_BYTES 128

static void count_bytes(struct window_cache *cache, struct cached_window *cached) {
  size_t bytes = sizeof *cached + PLACE_BYTES + 2 * cached->dedup.size + cached->rule_id.size +
                 window_memory(cached->window);
  cache->bytes += bytes - cached->bytes;
  cached->bytes = bytes;
}

static struct text own(struct text text) {
  return (struct text){memory_copy_bytes(text.data, text.size), text.size};
}

static struct window *load_window(struct committer *committer, struct match_window_key key,
                                  const struct rule *rule, struct error *error) {
  struct buffer state = BUFFER_NONE;
  struct window *window = NULL;
  bool found;
  if (!store_window_get(committer->options.store, key.rule_id, key.dedup, &state, &found, error))
    goto done;
  window = found ? window_decode(buffer_text(&state), rule) : NULL;
  if (found && !window)
    LOG_WARN(committer->options.log, "a saved window cannot be read and starts anew",
             LOG_TEXT("rule", key.rule_id));
  if (!window)
    window = window_new();
done:
  buffer_free(&state);
  return window;
}

static struct cached_window *find_or_load(struct committer *committer, struct match_window_key key,
                                          const struct rule *rule, struct error *error) {
  struct map *windows = &committer->cache.windows;
  struct cached_window *cached = map_get(windows, key.joined);
  if (cached)
    return cached;
  struct window *window = load_window(committer, key, rule, error);
  if (!window)
    return NULL;
  cached = memory_alloc(sizeof *cached);
  *cached = (struct cached_window){
      .window = window, .rule_id = own(key.rule_id), .dedup = own(key.dedup)};
  map_put(windows, key.joined, cached);
  count_bytes(&committer->cache, cached);
  return cached;
}

static struct window *change(struct committer *committer, struct cached_window *cached,
                             int64_t period) {
  struct window_cache *cache = &committer->cache;
  if (!cached)
    return NULL;
  cached->period = period;
  if (!cached->changed) {
    cached->changed = true;
    cache->changed = memory_reserve(cache->changed, &cache->changed_capacity,
                                    cache->changed_count + 1, sizeof(struct cached_window *));
    cache->changed[cache->changed_count++] = cached;
  }
  return cached->window;
}

struct window *window_cache_get(struct committer *committer, const struct match *match,
                                struct error *error) {
  struct match_window_key key = match_window_key(match, &committer->scratch);
  return change(committer, find_or_load(committer, key, match->rule, error),
                match->rule->dedup_period);
}

struct window *window_cache_get_story(struct committer *committer, struct text value,
                                      const struct rule *rule, struct error *error) {
  struct match_window_key key = {TEXT(STORY_RULE_ID), value,
                                 story_window_key(value, &committer->scratch)};
  return change(committer, find_or_load(committer, key, rule, error), STORY_PERIOD);
}

bool window_cache_save(struct committer *committer, struct error *error) {
  struct window_cache *cache = &committer->cache;
  struct buffer state = BUFFER_NONE;
  bool ok = true;
  time_us now = clock_now(&committer->options.clock);
  for (size_t i = 0; ok && i < cache->changed_count; i++) {
    struct cached_window *cached = cache->changed[i];
    buffer_reset(&state);
    window_encode(cached->window, &state);
    ok = store_window_set(committer->options.store, cached->rule_id, cached->dedup,
                          buffer_text(&state), now + cached->period, error);
    count_bytes(cache, cached);
    cached->changed = false;
  }
  buffer_free(&state);
  if (ok)
    cache->changed_count = 0;
  return ok;
}
