#include "detect/story/story.h"

bool story_needs_event(const struct rule *rule) {
  for (size_t i = 0; i < rule->story.count; i++)
    if (!text_is(rule->story.items[i], CORRELATION_ACTOR) &&
        !text_is(rule->story.items[i], CORRELATION_ACTOR_AND_OBJECT))
      return true;
  return false;
}

struct story_values story_values_of(struct correlation_reader *reader, const struct match *match,
                                    struct arena *arena) {
  struct story_values values = {.count = 0};
  struct text_list paths = match->rule->story;
  struct buffer key = BUFFER_NONE;
  if (match->outcome.severity < STORY_SEVERITY || paths.count == 0)
    return values;
  correlation_reader_set(reader, match);
  for (size_t i = 0; i < paths.count; i++) {
    size_t keys = correlation_find_keys(reader, (struct text_list){&paths.items[i], 1});
    for (size_t k = 0; k < keys && values.count < STORY_VALUES_MAX; k++)
      if (correlation_read_key(reader, k, &key))
        values.items[values.count++] = arena_copy(arena, buffer_text(&key));
  }
  buffer_free(&key);
  return values;
}

struct text story_window_key(struct text value, struct arena *arena) {
  const size_t prefix = sizeof STORY_RULE_ID; /* with its NUL */
  char *joined = arena_alloc(arena, prefix + value.size);
  memcpy(joined, STORY_RULE_ID, prefix);
  memcpy(joined + prefix, value.data, value.size);
  return (struct text){joined, prefix + value.size};
}

bool story_find(struct window *const *windows, size_t count, time_us time,
                struct window_alert *alert) {
  struct window_alert found;
  bool any = false;
  for (size_t i = 0; i < count; i++) {
    if (!window_find(windows[i], time, STORY_PERIOD, &found) ||
        (any && found.opened >= alert->opened))
      continue;
    *alert = found;
    any = true;
  }
  return any;
}

void story_put(struct window *const *windows, size_t count, const struct window_alert *alert) {
  for (size_t i = 0; i < count; i++)
    window_put(windows[i], alert, STORY_PERIOD);
}

bool story_is_restated(const struct match *match, bool by_correlation, enum severity severity) {
  return match->rule->correlation && (!by_correlation || match->outcome.severity > severity);
}
