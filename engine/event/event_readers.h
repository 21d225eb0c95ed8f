/*
 * The event readers of one thread: one for each source whose batches it reads, made when first
 * needed. A source that nobody else holds any more loses its reader when the next one is made.
 */
#ifndef EVENT_EVENT_READERS_H
#define EVENT_EVENT_READERS_H

#include "event/batch/batch.h"
#include "event/event.h"

struct event_readers;

/* What `typing` points to must outlive the readers. */
struct event_readers *event_readers_new(const struct event_typing *typing);
void event_readers_free(struct event_readers *readers); /* NULL is fine */

/* Reads and identifies a record of a batch, with the reader for the batch's source. `occurrence` is
 * what batch_next says. NULL as event_read. */
const struct event *event_readers_read(struct event_reader *reader, const struct batch *batch,
                                       struct text record, uint64_t occurrence,
                                       struct error *error);

/* The reader for a source's records; lives as long as the readers and the source. */
struct event_reader *event_readers_get(struct event_readers *readers, struct batch_source *source);

#endif
