#include "event/batch/batch.h"

#include "base/memory.h"
#include "event/json/json.h"

#include <assert.h>
#include <stdlib.h>

struct batch *batch_new(size_t capacity) {
  struct batch *batch = memory_alloc(sizeof(*batch));
  batch->watermark = TIME_NONE;
  batch_reserve(batch, capacity);
  return batch;
}

struct batch *batch_new_listed(size_t capacity) {
  struct batch *batch = batch_new(capacity);
  batch->records = memory_reserve(NULL, &batch->record_capacity, 1, sizeof(*batch->records));
  return batch;
}

void batch_free(struct batch *batch) {
  if (!batch)
    return;
  batch_settle(batch, false);
  batch_source_release(batch->source);
  if (batch->release)
    batch->release(batch);
  free(batch->bytes);
  free(batch->records);
  free(batch->letters);
  free(batch->kept);
  free(batch->checkpoint);
  free(batch->checkpoint_part);
  free(batch);
}

void batch_settle(struct batch *batch, bool durable) {
  void (*committed)(void *, bool) = batch->committed;
  batch->committed = NULL;
  if (committed)
    committed(batch->committed_context, durable);
}

void batch_reserve(struct batch *batch, size_t capacity) {
  if (batch->bytes && capacity <= batch->capacity)
    return;
  batch->bytes = memory_resize(batch->bytes, capacity + JSON_PADDING);
  batch->capacity = capacity;
  memset(batch->bytes + batch->size, 0, JSON_PADDING);
}

void batch_add(struct batch *batch, struct text record, uint64_t occurrence) {
  assert(batch->records || batch->size == 0);
  assert(batch->size + record.size < UINT32_MAX);
  size_t need = batch->size + record.size + 1;
  if (need > batch->capacity) {
    size_t capacity = batch->capacity * 2;
    if (capacity < need)
      capacity = need;
    batch_reserve(batch, capacity);
  }
  batch->records = memory_reserve(batch->records, &batch->record_capacity, batch->count + 1,
                                  sizeof(*batch->records));
  batch->records[batch->count++] = (struct batch_record){
      .occurrence = occurrence, .offset = (uint32_t)batch->size, .size = (uint32_t)record.size};
  if (record.size > 0)
    memcpy(batch->bytes + batch->size, record.data, record.size);
  batch->size += record.size;
  batch->bytes[batch->size++] = '\n';
  memset(batch->bytes + batch->size, 0, JSON_PADDING);
}

void batch_add_kept(struct batch *batch, struct text record, struct text row_id,
                    time_us parse_time) {
  assert(batch->kept || batch->count == 0);
  batch->kept =
      memory_reserve(batch->kept, &batch->kept_capacity, batch->count + 1, sizeof(*batch->kept));
  struct batch_kept *kept = &batch->kept[batch->count];
  *kept = (struct batch_kept){.parse_time = parse_time};
  memcpy(kept->row_id, row_id.data,
         row_id.size < BATCH_ROW_ID_MAX ? row_id.size : BATCH_ROW_ID_MAX);
  batch_add(batch, record, batch->count);
}

static bool is_blank(struct text line) {
  for (size_t i = 0; i < line.size; i++)
    if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r')
      return false;
  return true;
}

static bool next_line(const struct batch *batch, size_t *cursor, struct text *record,
                      uint64_t *occurrence) {
  while (*cursor < batch->size) {
    const char *start = batch->bytes + *cursor;
    size_t left = batch->size - *cursor;
    const char *newline = memchr(start, '\n', left);
    struct text line = {start, newline ? (size_t)(newline - start) : left};
    *occurrence = batch->position + *cursor;
    *cursor += line.size + (newline ? 1 : 0);
    if (line.size > 0 && line.data[line.size - 1] == '\r')
      line.size--;
    if (is_blank(line))
      continue;
    *record = line;
    return true;
  }
  return false;
}

bool batch_next(const struct batch *batch, size_t *cursor, struct text *record,
                uint64_t *occurrence) {
  if (!batch->records)
    return next_line(batch, cursor, record, occurrence);
  if (*cursor >= batch->count)
    return false;
  const struct batch_record *entry = &batch->records[(*cursor)++];
  *record = (struct text){batch->bytes + entry->offset, entry->size};
  *occurrence = entry->occurrence;
  return true;
}
