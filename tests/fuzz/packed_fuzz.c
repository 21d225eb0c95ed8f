/*
 * Events as few bytes: whatever the bytes, unpacking ends with an event or a reason, and what was
 * packed comes back. The first byte says whether the rest is packed bytes, or how long the source's
 * id of an event is, whose record follows.
 */
#include "store/sqlite/archive/packer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAMPLES = 600, PACKED = 0xff };

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
  else if (first <= rest.size)
    check_event(packer, dictionary, (struct text){rest.data, first},
                (struct text){rest.data + first, rest.size - first}, &unpacked);
  buffer_free(&unpacked);
  return 0;
}
