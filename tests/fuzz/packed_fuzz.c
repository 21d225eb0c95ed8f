/*
 * Events as few bytes: whatever the bytes, unpacking ends with events or a reason, and what was
 * packed comes back. The first byte says whether the rest is packed bytes of an event or a block,
 * the plain bytes of a block, a reference to one, some events that a block is made of, or how long
 * the source's id of an event is, whose record follows.
 */
#include "store/sqlite/archive/block.h"
#include "store/sqlite/archive/packer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
  SAMPLES = 600,
  PACKED = 0xff,
  PACKED_BLOCK = 0xfe,
  PLAIN_BLOCK = 0xfd,
  REFERENCE = 0xfc,
  EVENTS = 0xfb
};

static void must(bool holds) {
  if (!holds)
    abort();
}

static struct dictionary *make_dictionary(void) {
  struct packer_samples samples = {.count = 0};
  struct buffer bytes = BUFFER_NONE, record = BUFFER_NONE;
  for (int i = 0; i < SAMPLES; i++) {
    buffer_reset(&record);
    buffer_printf(&record,
                  "{\"email\":\"user%d@example.com\",\"time\":\"2026-01-05T%02d:%02d:07Z\","
                  "\"type\":\"Sign in\",\"ip_address\":\"198.51.100.%d\",\"version\":\"6.7.%d\"}",
                  i * 7919 % 1000, i / 60 % 24, i % 60, i * 31 % 256, i % 9);
    packer_samples_add(&samples, TEXT("zoom"), buffer_text(&record));
  }
  must(packer_train(&samples, &bytes));
  struct dictionary *dictionary = dictionary_new(1, buffer_text(&bytes));
  packer_samples_free(&samples);
  buffer_free(&bytes);
  buffer_free(&record);
  return dictionary;
}

static void check_packed(struct packer *packer, struct dictionary *dictionary, struct text packed,
                         struct buffer *unpacked) {
  struct text source_id, record, again;
  if (packer_unpack(packer, dictionary, packed, unpacked, &source_id, &record))
    return;
  must(packed_dictionary(packed) > 0 && packed_size(packed) == unpacked->size);
  must(source_id.size + record.size < unpacked->size);
  struct buffer copy = BUFFER_NONE;
  if (packer_pack(packer, dictionary, source_id, record, &again)) {
    struct text other_source, other_record;
    must(!packer_unpack(packer, dictionary, again, &copy, &other_source, &other_record));
    must(text_equal(source_id, other_source) && text_equal(record, other_record));
  }
  buffer_free(&copy);
}

static void check_event(struct packer *packer, struct dictionary *dictionary, struct text source_id,
                        struct text record, struct buffer *unpacked) {
  struct text packed;
  if (packer_pack(packer, dictionary, source_id, record, &packed)) {
    must(packed.size < source_id.size + record.size);
    check_packed(packer, dictionary, packed, unpacked);
  }
}

/* ---- blocks ------------------------------------------------------------------------------ */

/* The events that are found lie within the bytes, and are the same when a block is made of them. */
static void check_block(struct text bytes) {
  struct block_event events[BLOCK_EVENTS_MAX], again[BLOCK_EVENTS_MAX];
  struct buffer copy = BUFFER_NONE;
  size_t count = block_read(bytes, events), size = 0;
  for (size_t i = 0; i < count; i++) {
    must(events[i].record.data >= bytes.data && events[i].source_id.data >= bytes.data);
    must(events[i].record.size <= (size_t)(bytes.data + bytes.size - events[i].record.data));
    size += events[i].record.size;
  }
  must(size <= bytes.size);
  if (count > 0) {
    block_write(&copy, events, count);
    must(copy.size <= bytes.size && block_read(buffer_text(&copy), again) == count);
  }
  for (size_t i = 0; i < count; i++)
    must(text_equal(events[i].source_id, again[i].source_id) &&
         text_equal(events[i].record, again[i].record));
  buffer_free(&copy);
}

static void check_packed_block(struct packer *packer, struct dictionary *dictionary,
                               struct text packed, struct buffer *unpacked) {
  struct dictionary *used = packed_dictionary(packed) == 0 ? NULL : dictionary;
  if (packer_unpack_bytes(packer, used, packed, BLOCK_UNPACKED_MAX, unpacked))
    return;
  must(unpacked->size <= BLOCK_UNPACKED_MAX && unpacked->size == packed_size(packed));
  check_block(buffer_text(unpacked));
}

static void check_reference(struct text reference) {
  int64_t block;
  size_t place;
  if (!block_resolve(reference, &block, &place))
    return;
  must(block > 0 && place < BLOCK_EVENTS_MAX);
  struct block_reference again = block_refer(block, place);
  must(text_equal(reference, (struct text){again.bytes, again.size}));
}

/* Each line is the record of an event; its source is what is in front of its first blank. */
static void check_events(struct packer *packer, struct dictionary *dictionary, struct text lines,
                         struct buffer *unpacked) {
  struct block_event events[BLOCK_EVENTS_MAX], found[BLOCK_EVENTS_MAX];
  struct buffer plain = BUFFER_NONE;
  struct text packed;
  size_t count = 0;
  for (size_t at = 0, end; at < lines.size && count < BLOCK_EVENTS_MAX; at = end + 1) {
    size_t source = at;
    for (end = at; end < lines.size && lines.data[end] != '\n';)
      end++;
    while (source < end && lines.data[source] != ' ')
      source++;
    events[count++] =
        (struct block_event){{lines.data + at, source - at}, {lines.data + source, end - source}};
  }
  if (count == 0)
    return;
  block_write(&plain, events, count);
  for (int with = 0; with < 2; with++) {
    struct dictionary *used = with ? dictionary : NULL;
    must(packer_pack_bytes(packer, used, buffer_text(&plain), &packed));
    must(packed_dictionary(packed) == with);
    must(plain.size > BLOCK_UNPACKED_MAX ||
         !packer_unpack_bytes(packer, used, packed, BLOCK_UNPACKED_MAX, unpacked));
  }
  must(block_read(buffer_text(&plain), found) == count);
  for (size_t i = 0; i < count; i++)
    must(text_equal(events[i].source_id, found[i].source_id) &&
         text_equal(events[i].record, found[i].record));
  buffer_free(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct packer *packer;
  static struct dictionary *dictionary;
  struct buffer unpacked = BUFFER_NONE;
  if (!packer) {
    packer = packer_new();
    dictionary = make_dictionary();
  }
  size_t first = size > 0 ? data[0] : 0;
  struct text rest = {(const char *)data + 1, size > 0 ? size - 1 : 0};
  if (size > 0 && first == PACKED)
    check_packed(packer, dictionary, rest, &unpacked);
  else if (first == PACKED_BLOCK)
    check_packed_block(packer, dictionary, rest, &unpacked);
  else if (first == PLAIN_BLOCK)
    check_block(rest);
  else if (first == REFERENCE)
    check_reference(rest);
  else if (first == EVENTS)
    check_events(packer, dictionary, rest, &unpacked);
  else if (first <= rest.size)
    check_event(packer, dictionary, (struct text){rest.data, first},
                (struct text){rest.data + first, rest.size - first}, &unpacked);
  buffer_free(&unpacked);
  return 0;
}
