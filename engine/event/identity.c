/* Row ids. Each part of the hash goes in with its size, so that no two different rows can give the
 * same bytes. Sizes and the occurrence are 64 bits, little-endian. */
#include "event/event.h"

#include "event/event_reader.h"

static void update_number(struct digest *digest, uint64_t number) {
  uint8_t bytes[8];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(number >> (8 * i));
  digest_update(digest, bytes, sizeof bytes);
}

static void update_text(struct digest *digest, struct text text) {
  update_number(digest, text.size);
  digest_update(digest, text.data, text.size);
}

static void compute(struct digest *digest, struct text source_id, struct text log_type,
                    struct text canonical, uint64_t occurrence, char out[ROW_ID_SIZE + 1]) {
  uint8_t hash[DIGEST_SIZE];
  update_text(digest, source_id);
  update_text(digest, log_type);
  update_text(digest, canonical);
  update_number(digest, occurrence);
  digest_final(digest, hash);
  hex_encode(hash, ROW_ID_SIZE / 2, out);
}

void row_id_compute(struct text source_id, struct text log_type, struct text canonical,
                    uint64_t occurrence, char out[ROW_ID_SIZE + 1]) {
  struct digest *digest = digest_new();
  compute(digest, source_id, log_type, canonical, occurrence, out);
  digest_free(digest);
}

void event_identify(struct event_reader *reader, uint64_t occurrence) {
  struct event *event = &reader->event;
  buffer_reset(&reader->canonical);
  json_write_canonical(&reader->canonical, event->root);
  compute(reader->digest, event->source_id, event->log_type, buffer_text(&reader->canonical),
          occurrence, event->row_id);
}
