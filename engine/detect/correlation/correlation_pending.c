#include "detect/correlation/correlation_pending.h"

#include "base/memory.h"

#include <stdlib.h>

/* As much of the match as a correlation looks at. */
void correlation_pending_add(struct correlation_pending *pending, const struct match *match) {
  struct arena *arena = &pending->arena;
  pending->items = memory_reserve(pending->items, &pending->capacity, pending->count + 1,
                                  sizeof *pending->items);
  pending->items[pending->count++] =
      (struct match){.type = match->type,
                     .rule = match->rule,
                     .event_time = match->event_time,
                     .row_id = arena_copy(arena, match->row_id),
                     .event = arena_copy(arena, match->event),
                     .outcome = {.title = arena_copy(arena, match->outcome.title),
                                 .context = arena_copy(arena, match->outcome.context)}};
}

const struct match *correlation_pending_take(struct correlation_pending *pending) {
  if (pending->next < pending->count)
    return &pending->items[pending->next++];
  pending->next = pending->count = 0;
  arena_reset(&pending->arena);
  return NULL;
}

void correlation_pending_clear(struct correlation_pending *pending) {
  free(pending->items);
  arena_free(&pending->arena);
  *pending = (struct correlation_pending){.items = NULL};
}
