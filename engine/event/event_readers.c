#include "event/event_readers.h"

#include "base/memory.h"

#include <stdlib.h>

struct entry {
  struct batch_source *source; /* held */
  struct event_reader *reader;
};

struct event_readers {
  struct event_typing typing;
  struct entry *entries; /* a few */
  size_t count, capacity;
};

struct event_readers *event_readers_new(const struct event_typing *typing) {
  struct event_readers *readers = memory_alloc(sizeof *readers);
  readers->typing = *typing;
  return readers;
}

static void entry_free(struct entry *entry) {
  event_reader_free(entry->reader);
  batch_source_release(entry->source);
}

void event_readers_free(struct event_readers *readers) {
  if (!readers)
    return;
  for (size_t i = 0; i < readers->count; i++)
    entry_free(&readers->entries[i]);
  free(readers->entries);
  free(readers);
}

static void drop_unheld(struct event_readers *readers) {
  size_t kept = 0;
  for (size_t i = 0; i < readers->count; i++)
    if (atomic_load(&readers->entries[i].source->references) == 1)
      entry_free(&readers->entries[i]);
    else
      readers->entries[kept++] = readers->entries[i];
  readers->count = kept;
}

struct event_reader *event_readers_get(struct event_readers *readers, struct batch_source *source) {
  for (size_t i = 0; i < readers->count; i++)
    if (readers->entries[i].source == source)
      return readers->entries[i].reader;
  drop_unheld(readers);
  readers->entries = memory_reserve(readers->entries, &readers->capacity, readers->count + 1,
                                    sizeof *readers->entries);
  struct entry *entry = &readers->entries[readers->count++];
  entry->source = batch_source_hold(source);
  entry->reader = event_reader_new(&readers->typing, source->id, source->label);
  return entry->reader;
}

const struct event *event_readers_read(struct event_reader *reader, const struct batch *batch,
                                       struct text record, uint64_t occurrence,
                                       struct error *error) {
  const struct batch_kept *kept = batch->kept ? &batch->kept[occurrence] : NULL;
  const struct event *event = event_read(reader, record, batch->log_type,
                                         kept ? kept->parse_time : batch->received_at, error);
  if (event && __builtin_expect(kept != NULL, 0))
    event_identify_as(reader, text_from(kept->row_id));
  else if (event)
    event_identify(reader, occurrence);
  return event;
}
