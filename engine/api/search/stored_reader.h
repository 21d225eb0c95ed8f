/* The archive's records as the events that they were when they came in, by today's schemas. */
#ifndef API_SEARCH_STORED_READER_H
#define API_SEARCH_STORED_READER_H

#include "event/event.h"
#include "store/store.h"

struct stored_reader;

/* The schemas must outlive it. */
struct stored_reader *stored_reader_new(const struct schema_set *schemas);
void stored_reader_free(struct stored_reader *reader); /* NULL is fine */

/* The event has its row id, and lives until the next one. NULL: it does not fit today's schemas. */
const struct event *stored_reader_read(struct stored_reader *reader,
                                       const struct store_event *stored);

#endif
