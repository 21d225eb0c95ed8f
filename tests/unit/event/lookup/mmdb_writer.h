/*
 * MMDB files for tests, after the "MaxMind DB File Format Specification" 2.0: networks and their
 * data, written plainly (no sharing of data, pointers only where a test puts them).
 */
#ifndef TESTS_MMDB_WRITER_H
#define TESTS_MMDB_WRITER_H

#include "base/buffer.h"
#include "base/ip.h"

#include <assert.h>

#define MMDB_NODES_MAX 4096

struct mmdb_writer {
  unsigned record_size;             /* bits: 24, 28 or 32 */
  int64_t nodes[MMDB_NODES_MAX][2]; /* 0 = nothing; n > 0: node n; -1 - n: the data at offset n */
  uint32_t node_count;
  struct buffer data;
};

static inline void mmdb_writer_start(struct mmdb_writer *writer, unsigned record_size) {
  memset(writer, 0, sizeof *writer);
  writer->record_size = record_size;
  writer->node_count = 1;
}

/* ---- data ---- */

static inline void mmdb_put_head(struct buffer *data, unsigned type, uint32_t size) {
  uint8_t bytes[6];
  size_t count = 1;
  bytes[0] = (uint8_t)(type < 8 ? type << 5 : 0);
  if (type >= 8)
    bytes[count++] = (uint8_t)(type - 7);
  if (size < 29) {
    bytes[0] |= (uint8_t)size;
  } else if (size < 285) {
    bytes[0] |= 29;
    bytes[count++] = (uint8_t)(size - 29);
  } else {
    assert(size < 65821);
    bytes[0] |= 30;
    bytes[count++] = (uint8_t)((size - 285) >> 8);
    bytes[count++] = (uint8_t)(size - 285);
  }
  buffer_append(data, bytes, count);
}

static inline void mmdb_put_text(struct buffer *data, const char *text) {
  mmdb_put_head(data, 2, (uint32_t)strlen(text));
  buffer_append_string(data, text);
}

static inline void mmdb_put_number(struct buffer *data, unsigned type, uint64_t number,
                                   uint32_t size) {
  mmdb_put_head(data, type, size);
  while (size-- > 0)
    buffer_append_char(data, (char)(number >> (8 * size)));
}

static inline void mmdb_put_double(struct buffer *data, double real) {
  uint64_t bits;
  memcpy(&bits, &real, sizeof bits);
  mmdb_put_number(data, 3, bits, 8);
}

static inline void mmdb_put_map(struct buffer *data, uint32_t count) {
  mmdb_put_head(data, 7, count);
}

/* A pointer to an offset below 526336 of the data. */
static inline void mmdb_put_pointer(struct buffer *data, uint32_t offset) {
  if (offset < 2048) {
    buffer_append_char(data, (char)(0x20 | offset >> 8));
    buffer_append_char(data, (char)offset);
    return;
  }
  offset -= 2048;
  buffer_append_char(data, (char)(0x28 | offset >> 16));
  buffer_append_char(data, (char)(offset >> 8));
  buffer_append_char(data, (char)offset);
}

/* ---- networks ---- */

/* The network leads to the data at the offset. IPv4 networks stand in ::/96. Wide networks are to
 * be put in before those within them. */
static inline void mmdb_writer_network(struct mmdb_writer *writer, const char *text,
                                       uint32_t offset) {
  struct ip_network network;
  uint8_t bytes[16] = {0};
  unsigned prefix;
  bool parsed = ip_network_parse(text_from(text), &network);
  assert(parsed);
  (void)parsed;
  prefix = network.prefix;
  if (network.address.family == 4) {
    memcpy(bytes + 12, network.address.bytes, 4);
    prefix += 96;
  } else {
    memcpy(bytes, network.address.bytes, 16);
  }
  uint32_t node = 0;
  for (unsigned bit = 0; bit < prefix; bit++) {
    unsigned side = bytes[bit / 8] >> (7 - bit % 8) & 1;
    int64_t *record = &writer->nodes[node][side];
    if (bit + 1 == prefix) {
      *record = -1 - (int64_t)offset;
      return;
    }
    if (*record <= 0) {
      assert(writer->node_count < MMDB_NODES_MAX);
      int64_t around = *record;
      *record = writer->node_count;
      node = writer->node_count++;
      writer->nodes[node][0] = writer->nodes[node][1] = around;
    } else {
      node = (uint32_t)*record;
    }
  }
}

static inline void mmdb_put_node(struct buffer *out, const struct mmdb_writer *writer,
                                 const int64_t *node) {
  uint32_t records[2];
  for (int i = 0; i < 2; i++)
    records[i] = node[i] > 0    ? (uint32_t)node[i]
                 : node[i] == 0 ? writer->node_count
                                : writer->node_count + 16 + (uint32_t)(-1 - node[i]);
  if (writer->record_size == 28) {
    uint8_t bytes[7] = {(uint8_t)(records[0] >> 16),
                        (uint8_t)(records[0] >> 8),
                        (uint8_t)records[0],
                        (uint8_t)((records[0] >> 24 & 15) << 4 | (records[1] >> 24 & 15)),
                        (uint8_t)(records[1] >> 16),
                        (uint8_t)(records[1] >> 8),
                        (uint8_t)records[1]};
    buffer_append(out, bytes, sizeof bytes);
    return;
  }
  for (int i = 0; i < 2; i++)
    for (unsigned shift = writer->record_size; shift > 0; shift -= 8)
      buffer_append_char(out, (char)(records[i] >> (shift - 8)));
}

/* Appends the whole file, and releases the writer's memory. */
static inline void mmdb_writer_finish(struct mmdb_writer *writer, struct buffer *out) {
  static const char separator[16] = {0}, marker[] = "\xab\xcd\xefMaxMind.com";
  for (uint32_t i = 0; i < writer->node_count; i++)
    mmdb_put_node(out, writer, writer->nodes[i]);
  buffer_append(out, separator, sizeof separator);
  buffer_append_text(out, buffer_text(&writer->data));
  buffer_append(out, marker, sizeof marker - 1);
  mmdb_put_map(out, 9);
  mmdb_put_text(out, "node_count");
  mmdb_put_number(out, 6, writer->node_count, 4);
  mmdb_put_text(out, "record_size");
  mmdb_put_number(out, 5, writer->record_size, 2);
  mmdb_put_text(out, "ip_version");
  mmdb_put_number(out, 5, 6, 2);
  mmdb_put_text(out, "database_type");
  mmdb_put_text(out, "Test");
  mmdb_put_text(out, "languages");
  mmdb_put_head(out, 11, 0);
  mmdb_put_text(out, "binary_format_major_version");
  mmdb_put_number(out, 5, 2, 2);
  mmdb_put_text(out, "binary_format_minor_version");
  mmdb_put_number(out, 5, 0, 2);
  mmdb_put_text(out, "build_epoch");
  mmdb_put_number(out, 9, 1700000000, 8);
  mmdb_put_text(out, "description");
  mmdb_put_map(out, 0);
  buffer_free(&writer->data);
}

#endif
