#include "api/face/throttle.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

#define WINDOW_US US_PER_MINUTE
/* Addresses that are remembered; the one whose window began first makes room. Who has more of them
 * has that many times THROTTLE_MAX. */
#define SLOTS 256

struct slot {
  struct ip client;
  time_us began;
  unsigned count;
};

struct throttle {
  pthread_mutex_t mutex;
  struct slot slots[SLOTS];
};

struct throttle *throttle_new(void) {
  struct throttle *throttle = memory_alloc(sizeof *throttle);
  pthread_mutex_init(&throttle->mutex, NULL);
  return throttle;
}

void throttle_free(struct throttle *throttle) {
  if (!throttle)
    return;
  pthread_mutex_destroy(&throttle->mutex);
  free(throttle);
}

static bool is_same(const struct ip *a, const struct ip *b) {
  return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == 6 ? 8 : 4) == 0;
}

/* Its slot, if its window is not over; else, with `makes`, a fresh one, or NULL. */
static struct slot *find(struct throttle *throttle, const struct ip *client, time_us now,
                         bool makes) {
  struct ip plain = ip_unmapped(client);
  struct slot *oldest = &throttle->slots[0];
  for (size_t i = 0; i < SLOTS; i++) {
    struct slot *slot = &throttle->slots[i];
    if (slot->count > 0 && is_same(&slot->client, &plain) && now - slot->began < WINDOW_US)
      return slot;
    if (slot->began < oldest->began)
      oldest = slot;
  }
  if (makes)
    *oldest = (struct slot){.client = plain, .began = now};
  return makes ? oldest : NULL;
}

void throttle_count(struct throttle *throttle, const struct ip *client, time_us now) {
  pthread_mutex_lock(&throttle->mutex);
  find(throttle, client, now, true)->count++;
  pthread_mutex_unlock(&throttle->mutex);
}

bool throttle_refuses(struct throttle *throttle, const struct ip *client, time_us now) {
  pthread_mutex_lock(&throttle->mutex);
  const struct slot *slot = find(throttle, client, now, false);
  bool refuses = slot && slot->count >= THROTTLE_MAX;
  pthread_mutex_unlock(&throttle->mutex);
  return refuses;
}
