/*
 * A bounded queue of pointers between threads. A full queue makes the producer wait: it never
 * drops. The queue does not own what it carries.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

struct queue *queue_new(size_t capacity);

/* Waits while full. False when the queue is closed: the item was not taken. */
bool queue_push(struct queue *queue, void *item);

/* Waits while empty. NULL when the queue is closed and everything was taken. */
void *queue_pop(struct queue *queue);

/* No more pushes; pops go on until it is empty. May be called again. */
void queue_close(struct queue *queue);

size_t queue_size(struct queue *queue);

void queue_free(struct queue *queue); /* no thread may be in a call; NULL is fine */

#endif
