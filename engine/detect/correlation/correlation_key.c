#include "detect/correlation/correlation_key.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { OF_EVENT, OF_CONTEXT, OF_COUNT };

struct correlation_reader {
  struct json_reader *json[OF_COUNT]; /* own the nodes */
  const struct json_node *root[OF_COUNT];
  bool is_read[OF_COUNT];
  struct text texts[OF_COUNT];
  struct buffer value; /* of what is no string */
};

struct correlation_reader *correlation_reader_new(void) {
  struct correlation_reader *reader = memory_alloc(sizeof *reader);
  for (int i = 0; i < OF_COUNT; i++)
    reader->json[i] = json_reader_new();
  return reader;
}

void correlation_reader_free(struct correlation_reader *reader) {
  if (!reader)
    return;
  for (int i = 0; i < OF_COUNT; i++)
    json_reader_free(reader->json[i]);
  buffer_free(&reader->value);
  free(reader);
}

void correlation_reader_set(struct correlation_reader *reader, const struct match *match) {
  reader->texts[OF_EVENT] = match->event;
  reader->texts[OF_CONTEXT] = match->outcome.context;
  memset(reader->is_read, 0, sizeof reader->is_read);
}

/* Each text is read once, and only when a step asks for something in it. */
static const struct json_node *root_of(struct correlation_reader *reader, int of) {
  struct error error = ERROR_NONE;
  if (!reader->is_read[of])
    reader->root[of] = json_read_copy(reader->json[of], reader->texts[of], &error);
  reader->is_read[of] = true;
  return reader->root[of];
}

/* A key that itself contains dots wins, as everywhere. */
static const struct json_node *find(struct correlation_reader *reader, struct text path) {
  const size_t prefix = sizeof CORRELATION_CONTEXT_PREFIX - 1;
  int of = OF_EVENT;
  if (path.size > prefix && memcmp(path.data, CORRELATION_CONTEXT_PREFIX, prefix) == 0) {
    path = (struct text){path.data + prefix, path.size - prefix};
    of = OF_CONTEXT;
  }
  const struct json_node *root = root_of(reader, of);
  if (!root)
    return NULL;
  const struct json_node *node = json_get(root, path);
  return node ? node : json_path(root, path);
}

/* The value as text; empty when there is none. */
static struct text find_text(struct correlation_reader *reader, struct text path) {
  const struct json_node *node = find(reader, path);
  if (!node || node->type == JSON_TYPE_NULL || json_is_container(node))
    return TEXT("");
  if (node->type == JSON_TYPE_STRING)
    return json_text(node);
  buffer_reset(&reader->value);
  json_write(&reader->value, node);
  return buffer_text(&reader->value);
}

bool correlation_read_key(struct correlation_reader *reader, struct text_list fields,
                          struct buffer *key) {
  buffer_reset(key);
  buffer_append_char(key, '[');
  for (size_t i = 0; i < fields.count; i++) {
    struct text value = find_text(reader, fields.items[i]);
    if (value.size == 0 || value.size > CORRELATION_KEY_MAX)
      return false;
    if (i > 0)
      buffer_append_char(key, ',');
    buffer_append_json_string(key, value);
  }
  buffer_append_char(key, ']');
  return key->size <= CORRELATION_KEY_MAX;
}

bool correlation_read_unique(struct correlation_reader *reader, struct text_list fields,
                             uint64_t *hash) {
  *hash = 0;
  for (size_t i = 0; i < fields.count; i++) {
    struct text value = find_text(reader, fields.items[i]);
    if (value.size == 0)
      return false;
    *hash = (i ? *hash * UINT64_C(0x9e3779b97f4a7c15) : 0) ^ text_hash(value);
  }
  *hash |= 1;
  return true;
}

bool correlation_read_number(struct correlation_reader *reader, struct text field, uint64_t *bits) {
  struct text value = find_text(reader, field);
  char digits[64], *end = digits;
  if (value.size == 0 || value.size >= sizeof digits || !strchr("-0123456789", value.data[0]))
    return false;
  memcpy(digits, value.data, value.size);
  digits[value.size] = '\0';
  if (strspn(digits, "-+.eE0123456789") != value.size)
    return false;
  double number = strtod(digits, &end);
  memcpy(bits, &number, sizeof number);
  return *end == '\0' && isfinite(number);
}
