/* Row ids. Each part of the hash goes in with its size, so that no two different rows can give the
 * same bytes. Sizes and the occurrence are 64 bits, little-endian. */
#include "event/event.h"

#include "event/event_reader.h"

#include <endian.h>

static void put_number(char *at, uint64_t number) {
  number = htole64(number);
  memcpy(at, &number, sizeof number);
}

static void append_number(struct buffer *hashed, uint64_t number) {
  put_number(buffer_reserve(hashed, 8), number);
  hashed->size += 8;
}

static void append_text(struct buffer *hashed, struct text text) {
  append_number(hashed, text.size);
  buffer_append_text(hashed, text);
}

/* `hashed` holds all but the occurrence. */
static void finish(struct digest *digest, struct buffer *hashed, uint64_t occurrence,
                   char out[ROW_ID_SIZE + 1]) {
  uint8_t hash[DIGEST_SIZE];
  append_number(hashed, occurrence);
  digest_update(digest, hashed->data, hashed->size);
  digest_final(digest, hash);
  hex_encode(hash, ROW_ID_SIZE / 2, out);
}

void row_id_compute(struct text source_id, struct text log_type, struct text canonical,
                    uint64_t occurrence, char out[ROW_ID_SIZE + 1]) {
  struct digest *digest = digest_new();
  struct buffer hashed = BUFFER_NONE;
  append_text(&hashed, source_id);
  append_text(&hashed, log_type);
  append_text(&hashed, canonical);
  finish(digest, &hashed, occurrence, out);
  buffer_free(&hashed);
  digest_free(digest);
}

void event_identify(struct event_reader *reader, uint64_t occurrence) {
  reader->event.occurrence = occurrence;
  reader->event.identified = true;
  reader->event.row_id[0] = '\0';
}

/* The same of what the record is when written canonically: its size is known behind it only. */
void event_identify_as(struct event_reader *reader, struct text row_id) {
  struct event *event = &reader->event;
  size_t size = row_id.size < ROW_ID_SIZE ? row_id.size : ROW_ID_SIZE;
  memcpy(event->row_id, row_id.data ? row_id.data : "", size);
  event->row_id[size] = '\0';
}

const char *event_row_id(const struct event *event) {
  if (event->row_id[0] || !event->identified)
    return event->row_id;
  struct event_reader *reader = event->reader;
  struct buffer *hashed = &reader->identity;
  buffer_reset(hashed);
  append_text(hashed, event->source_id);
  append_text(hashed, event->log_type);
  append_number(hashed, 0);
  size_t start = hashed->size;
  json_write_canonical_of(hashed, event->root, event->record);
  put_number(hashed->data + start - 8, hashed->size - start);
  finish(reader->digest, hashed, event->occurrence, reader->event.row_id);
  return event->row_id;
}
