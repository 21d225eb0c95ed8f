#include "store/sqlite/archive/block.h"

#include "store/sqlite/archive/number.h"
#include "store/sqlite/archive/packer.h"

/* ---- what is packed ---------------------------------------------------------------------- */

static bool repeats_source(const struct block_event *events, size_t i) {
  return i > 0 && text_equal(events[i].source_id, events[i - 1].source_id);
}

void block_write(struct buffer *bytes, const struct block_event *events, size_t count) {
  number_put(bytes, count);
  for (size_t i = 0; i < count; i++) {
    number_put(bytes, repeats_source(events, i) ? 0 : events[i].source_id.size + 1);
    number_put(bytes, events[i].record.size);
  }
  for (size_t i = 0; i < count; i++) {
    if (!repeats_source(events, i))
      buffer_append_text(bytes, events[i].source_id);
    buffer_append_text(bytes, events[i].record);
  }
}

static bool take_text(struct text *bytes, uint64_t size, struct text *text) {
  if (size > bytes->size)
    return false;
  *text = (struct text){bytes->data, (size_t)size};
  *bytes = (struct text){bytes->data + size, bytes->size - (size_t)size};
  return true;
}

size_t block_read(struct text bytes, struct block_event events[BLOCK_EVENTS_MAX]) {
  struct {
    uint64_t source, record;
  } sizes[BLOCK_EVENTS_MAX];
  uint64_t count;
  if (!number_take(&bytes, &count) || count > BLOCK_EVENTS_MAX)
    return 0;
  for (size_t i = 0; i < count; i++)
    if (!number_take(&bytes, &sizes[i].source) || !number_take(&bytes, &sizes[i].record))
      return 0;
  for (size_t i = 0; i < count; i++) {
    if (sizes[i].source == 0 && i == 0)
      return 0;
    if (sizes[i].source == 0)
      events[i].source_id = events[i - 1].source_id;
    else if (!take_text(&bytes, sizes[i].source - 1, &events[i].source_id))
      return 0;
    if (!take_text(&bytes, sizes[i].record, &events[i].record))
      return 0;
  }
  return bytes.size == 0 ? (size_t)count : 0;
}

/* ---- references -------------------------------------------------------------------------- */

static char check_byte(const char *bytes, size_t size) {
  return (char)packer_checksum((struct text){bytes, size});
}

struct block_reference block_refer(int64_t block, size_t place) {
  struct block_reference reference = {.size = 1};
  uint64_t number = (uint64_t)block;
  for (; number >= 0x80; number >>= 7)
    reference.bytes[reference.size++] = (char)(number | 0x80);
  reference.bytes[reference.size++] = (char)number;
  reference.bytes[reference.size++] = (char)place;
  reference.bytes[reference.size] = check_byte(reference.bytes, reference.size);
  reference.size++;
  return reference;
}

bool block_resolve(struct text reference, int64_t *block, size_t *place) {
  uint64_t number, at;
  if (!block_is_reference(reference) || reference.size > BLOCK_REFERENCE_MAX)
    return false;
  struct text rest = {reference.data + 1, reference.size - 1};
  if (!number_take(&rest, &number) || number == 0 || !number_take(&rest, &at) ||
      at >= BLOCK_EVENTS_MAX || rest.size != 1 ||
      rest.data[0] != check_byte(reference.data, reference.size - 1))
    return false;
  *block = (int64_t)number;
  *place = (size_t)at;
  return true;
}
