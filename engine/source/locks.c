#include "base/memory.h"
#include "source/source.h"

#include <pthread.h>
#include <stdlib.h>

/* A handful of accounts at most: a list is enough, and names stay until the end. */
struct named_lock {
  struct named_lock *next;
  pthread_mutex_t mutex;
  char *name;
  size_t name_size;
  void *shared; /* see source_shared; NULL: nobody asked for it */
};

struct source_locks {
  pthread_mutex_t mutex; /* guards the list, never held while waiting for a named lock */
  struct named_lock *first;
};

struct source_locks *source_locks_new(void) {
  struct source_locks *locks = memory_alloc(sizeof(*locks));
  pthread_mutex_init(&locks->mutex, NULL);
  return locks;
}

void source_locks_free(struct source_locks *locks) {
  if (!locks)
    return;
  while (locks->first) {
    struct named_lock *lock = locks->first;
    locks->first = lock->next;
    pthread_mutex_destroy(&lock->mutex);
    free(lock->name);
    free(lock->shared);
    free(lock);
  }
  pthread_mutex_destroy(&locks->mutex);
  free(locks);
}

static struct named_lock *find_lock(struct source_locks *locks, struct text name) {
  pthread_mutex_lock(&locks->mutex);
  struct named_lock *lock = locks->first;
  while (lock && !text_equal((struct text){lock->name, lock->name_size}, name))
    lock = lock->next;
  if (!lock) {
    lock = memory_alloc(sizeof(*lock));
    pthread_mutex_init(&lock->mutex, NULL);
    lock->name = memory_copy_bytes(name.data, name.size);
    lock->name_size = name.size;
    lock->next = locks->first;
    locks->first = lock;
  }
  pthread_mutex_unlock(&locks->mutex);
  return lock;
}

void source_lock(struct source_locks *locks, struct text name) {
  if (locks)
    pthread_mutex_lock(&find_lock(locks, name)->mutex);
}

void source_unlock(struct source_locks *locks, struct text name) {
  if (locks)
    pthread_mutex_unlock(&find_lock(locks, name)->mutex);
}

void *source_shared(struct source_locks *locks, struct text name, size_t size) {
  if (!locks)
    return NULL;
  struct named_lock *lock = find_lock(locks, name);
  if (!lock->shared)
    lock->shared = memory_alloc(size);
  return lock->shared;
}
