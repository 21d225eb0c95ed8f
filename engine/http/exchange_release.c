/* The end of an exchange, when both its owner and its connection have let go. */
#include "http/internal.h"

#include <stdlib.h>

void exchange_release(struct exchange *exchange) {
  if (atomic_fetch_sub(&exchange->references, 1) != 1)
    return;
  route_table_release(exchange->routes);
  http_answer_free(&exchange->answer);
  buffer_free(&exchange->stream.pending);
  buffer_free(&exchange->allow);
  buffer_free(&exchange->body);
  arena_free(&exchange->memory);
  pthread_mutex_destroy(&exchange->lock);
  free(exchange);
}
