#include "event/lookup/lookup_watch.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct lookup_watch {
  pthread_mutex_t mutex;
  struct lookup_set *set;
  int64_t interval;
  time_us next_look; /* monotonic */
  bool looking;      /* one thread does */
};

struct lookup_watch *lookup_watch_new(struct lookup_set *set, int64_t interval) {
  struct lookup_watch *watch = memory_alloc(sizeof *watch);
  pthread_mutex_init(&watch->mutex, NULL);
  watch->set = set;
  watch->interval = interval;
  watch->next_look = clock_monotonic() + interval;
  return watch;
}

void lookup_watch_free(struct lookup_watch *watch) {
  if (!watch)
    return;
  lookup_set_release(watch->set);
  pthread_mutex_destroy(&watch->mutex);
  free(watch);
}

static bool is_due(const struct lookup_watch *watch) {
  return watch->interval >= 0 && !watch->looking && lookup_set_count(watch->set) > 0 &&
         clock_monotonic() >= watch->next_look;
}

struct lookup_set *lookup_watch_current(struct lookup_watch *watch) {
  pthread_mutex_lock(&watch->mutex);
  struct lookup_set *set = lookup_set_hold(watch->set);
  pthread_mutex_unlock(&watch->mutex);
  return set;
}

struct lookup_set *lookup_watch_take(struct lookup_watch *watch, struct problems *problems) {
  pthread_mutex_lock(&watch->mutex);
  struct lookup_set *set = lookup_set_hold(watch->set);
  bool due = is_due(watch);
  watch->looking = watch->looking || due;
  pthread_mutex_unlock(&watch->mutex);
  if (!due)
    return set;

  struct lookup_set *next = lookup_set_refresh(set, problems), *old = NULL;
  pthread_mutex_lock(&watch->mutex);
  watch->looking = false;
  watch->next_look = clock_monotonic() + watch->interval;
  if (next) {
    old = watch->set;
    watch->set = next;
    lookup_set_release(set);
    set = lookup_set_hold(next);
  }
  pthread_mutex_unlock(&watch->mutex);
  lookup_set_release(old);
  return set;
}
