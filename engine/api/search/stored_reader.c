#include "api/search/stored_reader.h"

#include "base/memory.h"

#include <stdlib.h>

struct stored_reader {
  struct event_reader *events;
  struct buffer record; /* with padding, which the store's has not */
};

struct stored_reader *stored_reader_new(const struct schema_set *schemas) {
  const struct event_typing typing = {.schemas = schemas};
  struct stored_reader *reader = memory_alloc(sizeof *reader);
  reader->events = event_reader_new(&typing, TEXT(""), TEXT(""));
  return reader;
}

void stored_reader_free(struct stored_reader *reader) {
  if (!reader)
    return;
  event_reader_free(reader->events);
  buffer_free(&reader->record);
  free(reader);
}

const struct event *stored_reader_read(struct stored_reader *reader,
                                       const struct store_event *stored) {
  struct error error = ERROR_NONE;
  buffer_reset(&reader->record);
  buffer_append_text(&reader->record, stored->record);
  memset(buffer_reserve(&reader->record, JSON_PADDING), 0, JSON_PADDING);
  const struct event *event = event_read(reader->events, buffer_text(&reader->record),
                                         stored->log_type, stored->parse_time, &error);
  if (event)
    event_identify_as(reader->events, stored->row_id);
  return event;
}
