#include "event/lookup/lookup_value.h"

/* A number in as few bytes as it needs. */
static void lookup_put_size(struct buffer *bytes, uint64_t size) {
  while (size >= 0x80) {
    buffer_append_char(bytes, (char)(size | 0x80));
    size >>= 7;
  }
  buffer_append_char(bytes, (char)size);
}

static uint64_t lookup_take_size(const char **at) {
  uint64_t size = 0;
  for (unsigned shift = 0;; shift += 7) {
    uint8_t byte = (uint8_t) * (*at)++;
    size |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80)
      return size;
  }
}

struct text lookup_take_text(const char **at) {
  size_t size = lookup_take_size(at);
  struct text text = {*at, size};
  *at += size;
  return text;
}

void lookup_put(struct buffer *bytes, enum lookup_type type) {
  buffer_append_char(bytes, (char)type);
}

void lookup_put_integer(struct buffer *bytes, int64_t integer) {
  lookup_put(bytes, LOOKUP_INTEGER);
  buffer_append(bytes, &integer, sizeof integer);
}

void lookup_put_real(struct buffer *bytes, double real) {
  lookup_put(bytes, LOOKUP_REAL);
  buffer_append(bytes, &real, sizeof real);
}

void lookup_put_key(struct buffer *bytes, struct text key) {
  lookup_put_size(bytes, key.size);
  buffer_append_text(bytes, key);
}

void lookup_put_text(struct buffer *bytes, struct text text) {
  lookup_put(bytes, LOOKUP_TEXT);
  lookup_put_key(bytes, text);
}

void lookup_put_container(struct buffer *bytes, enum lookup_type type, size_t count) {
  lookup_put(bytes, type);
  lookup_put_size(bytes, count);
}

void lookup_put_column(struct buffer *bytes, unsigned column) {
  lookup_put_size(bytes, column);
}

struct lookup_value lookup_take(struct lookup_cursor *cursor) {
  struct lookup_value value = {.type = (enum lookup_type)(uint8_t)*cursor->at++};
  switch (value.type) {
  case LOOKUP_INTEGER:
    memcpy(&value.of.integer, cursor->at, sizeof value.of.integer);
    cursor->at += sizeof value.of.integer;
    break;
  case LOOKUP_REAL:
    memcpy(&value.of.real, cursor->at, sizeof value.of.real);
    cursor->at += sizeof value.of.real;
    break;
  case LOOKUP_TEXT:
    value.of.text = lookup_take_text(&cursor->at);
    break;
  case LOOKUP_LIST:
  case LOOKUP_MAP:
  case LOOKUP_ROW:
    value.of.count = lookup_take_size(&cursor->at);
    break;
  case LOOKUP_KEY:
    value = (struct lookup_value){.type = LOOKUP_TEXT, .of.text = cursor->key};
    break;
  case LOOKUP_NULL:
  case LOOKUP_FALSE:
  case LOOKUP_TRUE:
    break;
  }
  return value;
}

struct text lookup_take_key(struct lookup_cursor *cursor, enum lookup_type container) {
  if (container == LOOKUP_ROW)
    return cursor->columns[lookup_take_size(&cursor->at)];
  return lookup_take_text(&cursor->at);
}

void lookup_skip(struct lookup_cursor *cursor) {
  for (size_t left = 1; left > 0; left--) {
    struct lookup_value value = lookup_take(cursor);
    if (value.type == LOOKUP_LIST) {
      left += value.of.count;
    } else if (value.type == LOOKUP_MAP || value.type == LOOKUP_ROW) {
      for (size_t i = 0; i < value.of.count; i++) {
        lookup_take_key(cursor, value.type);
        lookup_skip(cursor);
      }
    }
  }
}
