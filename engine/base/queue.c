#include "base/queue.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* A ring: `count` items from `first` on. */
struct queue {
  pthread_mutex_t mutex;
  pthread_cond_t not_full, not_empty;
  size_t capacity, first, count;
  bool closed;
  void *items[];
};

struct queue *queue_new(size_t capacity) {
  assert(capacity > 0);
  struct queue *queue = memory_alloc(sizeof *queue + capacity * sizeof queue->items[0]);
  pthread_mutex_init(&queue->mutex, NULL);
  pthread_cond_init(&queue->not_full, NULL);
  pthread_cond_init(&queue->not_empty, NULL);
  queue->capacity = capacity;
  return queue;
}

bool queue_push(struct queue *queue, void *item) {
  assert(item); /* NULL is queue_pop's word for "closed" */
  pthread_mutex_lock(&queue->mutex);
  while (queue->count == queue->capacity && !queue->closed)
    pthread_cond_wait(&queue->not_full, &queue->mutex);
  bool taken = !queue->closed;
  if (taken) {
    queue->items[(queue->first + queue->count) % queue->capacity] = item;
    queue->count++;
    pthread_cond_signal(&queue->not_empty);
  }
  pthread_mutex_unlock(&queue->mutex);
  return taken;
}

void *queue_pop(struct queue *queue) {
  void *item = NULL;
  pthread_mutex_lock(&queue->mutex);
  while (queue->count == 0 && !queue->closed)
    pthread_cond_wait(&queue->not_empty, &queue->mutex);
  if (queue->count > 0) {
    item = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    pthread_cond_signal(&queue->not_full);
  }
  pthread_mutex_unlock(&queue->mutex);
  return item;
}

void queue_close(struct queue *queue) {
  pthread_mutex_lock(&queue->mutex);
  queue->closed = true;
  pthread_cond_broadcast(&queue->not_full);
  pthread_cond_broadcast(&queue->not_empty);
  pthread_mutex_unlock(&queue->mutex);
}

size_t queue_size(struct queue *queue) {
  pthread_mutex_lock(&queue->mutex);
  size_t count = queue->count;
  pthread_mutex_unlock(&queue->mutex);
  return count;
}

void queue_free(struct queue *queue) {
  if (!queue)
    return;
  pthread_cond_destroy(&queue->not_empty);
  pthread_cond_destroy(&queue->not_full);
  pthread_mutex_destroy(&queue->mutex);
  free(queue);
}
