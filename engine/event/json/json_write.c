/* Writing nodes as JSON.
 *
 * Most of a record goes out as it came in. A string that stands in the text that was read has no
 * escape, or the reader would have put it elsewhere; simdjson has seen that its UTF-8 is
 * well-formed and that it has no control character. So its bytes, quotes included, are what would
 * be written:
 *
 *   {"time":"2026-01-01", "action":"Add \u00fc"}    copied: "time":"2026-01-01" and "action"
 */
#include "event/json/json.h"

#include "base/memory.h"

#include <endian.h>
#include <stdlib.h>

static bool stands_in(struct text text, const char *at) {
  return (uintptr_t)at - (uintptr_t)text.data < text.size;
}

static void append(struct buffer *buffer, const char *bytes, size_t size) {
  memcpy(buffer_reserve(buffer, size), bytes, size);
  buffer->size += size;
}

static void write_string(struct buffer *buffer, struct text string, struct text text) {
  if (stands_in(text, string.data))
    append(buffer, string.data - 1, string.size + 2);
  else
    buffer_append_json_string(buffer, string);
}

static void write_unsigned(struct buffer *buffer, uint64_t number) {
  char digits[20], *at = digits + sizeof digits;
  do
    *--at = (char)('0' + number % 10);
  while (number /= 10);
  buffer_append(buffer, at, (size_t)(digits + sizeof digits - at));
}

static void write_scalar(struct buffer *buffer, const struct json_node *node, struct text text) {
  switch (node->type) {
  case JSON_TYPE_NULL:
    buffer_append_text(buffer, TEXT("null"));
    break;
  case JSON_TYPE_FALSE:
    buffer_append_text(buffer, TEXT("false"));
    break;
  case JSON_TYPE_TRUE:
    buffer_append_text(buffer, TEXT("true"));
    break;
  case JSON_TYPE_INT:
    if (node->value.integer < 0)
      buffer_append_char(buffer, '-');
    write_unsigned(buffer, node->value.integer < 0 ? 0 - (uint64_t)node->value.integer
                                                   : (uint64_t)node->value.integer);
    break;
  case JSON_TYPE_UINT:
    write_unsigned(buffer, node->value.unsigned_integer);
    break;
  case JSON_TYPE_LARGE:
    buffer_append_text(buffer, json_text(node));
    break;
  case JSON_TYPE_DOUBLE:
    buffer_append_json_number(buffer, node->value.real);
    break;
  default:
    write_string(buffer, json_text(node), text);
  }
}

/* The size of `"key":"value"` when it stands so in the text, or 0. Between the two are a quote, a
 * colon and a quote, and nothing else if they are three bytes. */
static size_t whole_member(const struct json_node *member, struct text text) {
  bool is_whole = member->type == JSON_TYPE_STRING &&
                  member->value.string == member->key + member->key_size + 3 &&
                  stands_in(text, member->key);
  return is_whole ? (size_t)member->key_size + member->size + 5 : 0;
}

/* Containers nest at most JSON_DEPTH_MAX deep (embedded JSON once more within), which bounds the
 * recursion here and below. */
void json_write_of(struct buffer *buffer, const struct json_node *node, struct text text) {
  if (!json_is_container(node)) {
    write_scalar(buffer, node, text);
    return;
  }
  bool object = node->type == JSON_TYPE_OBJECT;
  char before = object ? '{' : '[';
  for (JSON_EACH(child, node)) {
    buffer_append_char(buffer, before);
    before = ',';
    if (object) {
      write_string(buffer, json_key(child), text);
      buffer_append_char(buffer, ':');
    }
    json_write_of(buffer, child, text);
  }
  if (node->size == 0)
    buffer_append_char(buffer, before);
  buffer_append_char(buffer, object ? '}' : ']');
}

void json_write(struct buffer *buffer, const struct json_node *node) {
  json_write_of(buffer, node, (struct text){NULL, 0});
}

/* ---- canonical ---- */

/* A member and the first eight bytes of its key as a number, the first byte the highest: most keys
 * are in the order of these. */
struct member {
  uint64_t start;
  const struct json_node *node;
};

static uint64_t start_of(struct text key) {
  if (key.size >= 8)
    return be64toh(text_load_8(key.data));
  if (key.size >= 4) { /* the last four bytes, without those that are among the first, too */
    uint64_t last = be32toh(text_load_4(key.data + key.size - 4));
    return (uint64_t)be32toh(text_load_4(key.data)) << 32 | (uint32_t)(last << 8 * (8 - key.size));
  }
  uint64_t start = 0;
  for (size_t i = 0; i < key.size; i++)
    start |= (uint64_t)(uint8_t)key.data[i] << 8 * (7 - i);
  return start;
}

static int member_order(const void *left, const void *right) {
  const struct member *a = left, *b = right;
  if (a->start != b->start)
    return a->start < b->start ? -1 : 1;
  return text_compare(json_key(a->node), json_key(b->node));
}

static void sort_members(struct member *members, size_t count) {
  if (count > 16) {
    qsort(members, count, sizeof *members, member_order);
    return;
  }
  for (size_t i = 1; i < count; i++) {
    const struct member member = members[i];
    size_t at = i;
    for (; at > 0 && member_order(&members[at - 1], &member) > 0; at--)
      members[at] = members[at - 1];
    members[at] = member;
  }
}

static void write_canonical_member(struct buffer *buffer, const struct json_node *member,
                                   struct text text) {
  size_t whole = whole_member(member, text);
  if (whole > 0) {
    append(buffer, member->key - 1, whole);
    return;
  }
  write_string(buffer, json_key(member), text);
  buffer_append_char(buffer, ':');
  json_write_canonical_of(buffer, member, text);
}

static void write_canonical_object(struct buffer *buffer, const struct json_node *node,
                                   struct text text) {
  struct member few[16];
  struct member *members = node->size <= 16 ? few : memory_alloc_array(node->size, sizeof *members);
  size_t count = 0;
  for (JSON_EACH(child, node))
    members[count++] = (struct member){start_of(json_key(child)), child};
  sort_members(members, count);
  buffer_append_char(buffer, '{');
  for (size_t i = 0; i < count; i++) {
    if (i > 0)
      buffer_append_char(buffer, ',');
    write_canonical_member(buffer, members[i].node, text);
  }
  buffer_append_char(buffer, '}');
  if (members != few)
    free(members);
}

void json_write_canonical_of(struct buffer *buffer, const struct json_node *node,
                             struct text text) {
  if (node->type == JSON_TYPE_OBJECT) {
    write_canonical_object(buffer, node, text);
  } else if (node->type == JSON_TYPE_ARRAY) {
    char before = '[';
    for (JSON_EACH(child, node)) {
      buffer_append_char(buffer, before);
      before = ',';
      json_write_canonical_of(buffer, child, text);
    }
    if (node->size == 0)
      buffer_append_char(buffer, before);
    buffer_append_char(buffer, ']');
  } else {
    write_scalar(buffer, node, text);
  }
}

void json_write_canonical(struct buffer *buffer, const struct json_node *node) {
  json_write_canonical_of(buffer, node, (struct text){NULL, 0});
}
