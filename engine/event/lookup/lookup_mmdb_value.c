#include "event/lookup/lookup_mmdb_value.h"

#include <stdio.h>

enum data_type { /* the numbers of the specification */
                 DATA_EXTENDED,
                 DATA_POINTER,
                 DATA_TEXT,
                 DATA_DOUBLE,
                 DATA_BYTES,
                 DATA_UINT16,
                 DATA_UINT32,
                 DATA_MAP,
                 DATA_INT32,
                 DATA_UINT64,
                 DATA_UINT128,
                 DATA_ARRAY,
                 DATA_BOOLEAN = 14,
                 DATA_FLOAT
};

struct reader {
  struct text data;
  uint64_t at;
  struct buffer *bytes;
  size_t values, limit; /* values met; where `bytes` may grow to */
  struct error *error;
};

/* What stands before a value. */
struct head {
  unsigned type;
  uint32_t size; /* bytes, or entries; of a boolean its value */
};

static bool damaged(struct reader *reader, const char *what) {
  return error_set(reader->error, "the file is damaged: %s", what);
}

static bool take_number(struct reader *reader, uint32_t size, uint64_t *number) {
  *number = 0;
  if (reader->at > reader->data.size || size > reader->data.size - reader->at)
    return damaged(reader, "a value goes on beyond its end");
  for (uint32_t i = 0; i < size; i++)
    *number = *number << 8 | (uint8_t)reader->data.data[reader->at++];
  return true;
}

static bool take_head(struct reader *reader, struct head *head) {
  static const uint32_t size_bases[] = {29, 285, 65821}; /* before 1, 2, 3 more bytes */
  uint64_t control, more;
  if (!take_number(reader, 1, &control))
    return false;
  head->type = (unsigned)control >> 5;
  head->size = control & 0x1f;
  if (head->type == DATA_EXTENDED) {
    if (!take_number(reader, 1, &more))
      return false;
    head->type = (unsigned)more + 7;
  }
  if (head->type == DATA_POINTER || head->size < size_bases[0])
    return true;
  uint32_t extra = head->size - 28;
  if (!take_number(reader, extra, &more))
    return false;
  head->size = size_bases[extra - 1] + (uint32_t)more;
  return true;
}

/* Where a pointer leads: its two upper bits say how many bytes follow. */
static bool take_pointer(struct reader *reader, const struct head *head, uint64_t *offset) {
  static const uint32_t bases[] = {0, 2048, 526336, 0};
  unsigned kind = head->size >> 3 & 3;
  if (!take_number(reader, kind + 1, offset))
    return false;
  if (kind < 3)
    *offset += (uint64_t)(head->size & 7) << (8 * (kind + 1));
  *offset += bases[kind];
  return true;
}

/* A value's head, behind the pointer that stands for it. `*after` is where to go on, when there was
 * a pointer; else 0. */
static bool take_target(struct reader *reader, struct head *head, uint64_t *after) {
  *after = 0;
  if (!take_head(reader, head))
    return false;
  if (head->type != DATA_POINTER)
    return true;
  uint64_t offset = 0;
  if (!take_pointer(reader, head, &offset))
    return false;
  *after = reader->at;
  reader->at = offset;
  return take_head(reader, head) &&
         (head->type != DATA_POINTER || damaged(reader, "a pointer leads to a pointer"));
}

static bool take_text(struct reader *reader, uint32_t size, struct text *text) {
  *text = TEXT("");
  if (reader->at > reader->data.size || size > reader->data.size - reader->at)
    return damaged(reader, "a text goes on beyond its end");
  *text = (struct text){reader->data.data + reader->at, size};
  reader->at += size;
  return true;
}

static bool put_value(struct reader *reader, int depth);

static bool put_key(struct reader *reader) {
  struct head head;
  struct text key;
  uint64_t after;
  if (!take_target(reader, &head, &after))
    return false;
  if (head.type != DATA_TEXT)
    return damaged(reader, "a map's key is no text");
  if (!take_text(reader, head.size, &key))
    return false;
  lookup_put_key(reader->bytes, key);
  if (after)
    reader->at = after;
  return true;
}

static bool put_entries(struct reader *reader, const struct head *head, int depth) {
  bool is_map = head->type == DATA_MAP;
  /* Each entry takes a byte at least, unless it is a pointer's; this refuses the absurd early. */
  if (head->size > LOOKUP_MMDB_VALUES_MAX)
    return damaged(reader, "an entry has too many values");
  lookup_put_container(reader->bytes, is_map ? LOOKUP_MAP : LOOKUP_LIST, head->size);
  for (uint32_t i = 0; i < head->size; i++)
    if ((is_map && !put_key(reader)) || !put_value(reader, depth + 1))
      return false;
  return true;
}

static bool put_uint128(struct reader *reader, uint32_t size) {
  char hex[2 * 16 + 3] = "0x";
  for (uint32_t i = 0; i < size; i++) {
    uint64_t byte;
    if (!take_number(reader, 1, &byte))
      return false;
    snprintf(hex + 2 + (size_t)i * 2, 3, "%02x", (unsigned)byte);
  }
  lookup_put_text(reader->bytes, text_from(size ? hex : "0x0"));
  return true;
}

static bool put_real(struct reader *reader, const struct head *head) {
  uint64_t bits;
  double real;
  if (head->size != (head->type == DATA_DOUBLE ? 8u : 4u))
    return damaged(reader, "a number has a wrong size");
  if (!take_number(reader, head->size, &bits))
    return false;
  if (head->type == DATA_DOUBLE) {
    memcpy(&real, &bits, sizeof real);
  } else {
    uint32_t low = (uint32_t)bits;
    float narrow;
    memcpy(&narrow, &low, sizeof narrow);
    real = narrow;
  }
  lookup_put_real(reader->bytes, real);
  return true;
}

static bool put_integer(struct reader *reader, const struct head *head) {
  static const uint8_t sizes[] = {
      [DATA_UINT16] = 2, [DATA_UINT32] = 4, [DATA_INT32] = 4, [DATA_UINT64] = 8};
  uint64_t number;
  if (head->size > sizes[head->type])
    return damaged(reader, "a number has a wrong size");
  if (!take_number(reader, head->size, &number))
    return false;
  if (head->type == DATA_INT32)
    lookup_put_integer(reader->bytes, (int32_t)(uint32_t)number);
  else if (number > INT64_MAX)
    lookup_put_real(reader->bytes, (double)number);
  else
    lookup_put_integer(reader->bytes, (int64_t)number);
  return true;
}

static bool put_scalar(struct reader *reader, const struct head *head) {
  struct text text;
  switch (head->type) {
  case DATA_TEXT:
  case DATA_BYTES:
    if (!take_text(reader, head->size, &text))
      return false;
    lookup_put_text(reader->bytes, text);
    return true;
  case DATA_DOUBLE:
  case DATA_FLOAT:
    return put_real(reader, head);
  case DATA_UINT16:
  case DATA_UINT32:
  case DATA_INT32:
  case DATA_UINT64:
    return put_integer(reader, head);
  case DATA_UINT128:
    return head->size <= 16 ? put_uint128(reader, head->size)
                            : damaged(reader, "a number has a wrong size");
  case DATA_BOOLEAN:
    lookup_put(reader->bytes, head->size ? LOOKUP_TRUE : LOOKUP_FALSE);
    return true;
  default:
    return damaged(reader, "a value has a type that no data has");
  }
}

static bool put_value(struct reader *reader, int depth) {
  struct head head;
  uint64_t after;
  if (depth > LOOKUP_DEPTH_MAX || ++reader->values > LOOKUP_MMDB_VALUES_MAX ||
      reader->bytes->size > reader->limit)
    return damaged(reader, "an entry is too deep or too large");
  if (!take_target(reader, &head, &after))
    return false;
  bool ok = head.type == DATA_MAP || head.type == DATA_ARRAY ? put_entries(reader, &head, depth)
                                                             : put_scalar(reader, &head);
  if (after)
    reader->at = after;
  return ok;
}

bool lookup_mmdb_value(struct text data, uint64_t offset, struct buffer *bytes,
                       struct error *error) {
  struct reader reader = {.data = data,
                          .at = offset,
                          .bytes = bytes,
                          .limit = bytes->size + LOOKUP_MMDB_BYTES_MAX,
                          .error = error};
  return put_value(&reader, 1);
}
