#include "event/json/json_unique.h"

#include "base/memory.h"

#include <stdlib.h>

/* Objects up to this size are filtered by a word of bits and then compared pair by pair. */
#define SMALL_OBJECT 16
/* Bits of the filter for larger ones: with 60 keys, one object in ten has two on one bit. */
#define FILTER_BITS 16384

/* The type of a node that is to be left out; no enum json_type. */
#define DROPPED UINT8_MAX

/* 0 to 63, from what tells short keys apart: their size and ends. */
static inline unsigned small_bit(const struct json_node *member) {
  uint64_t ends = member->key_size ? (uint64_t)(uint8_t)member->key[0] << 8 |
                                         (uint8_t)member->key[member->key_size - 1]
                                   : 0;
  return (unsigned)((ends << 32 ^ member->key_size) * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}

static bool small_may_repeat(const struct json_node *object) {
  uint64_t seen = 0, clash = 0;
  for (JSON_EACH(member, object)) {
    uint64_t bit = UINT64_C(1) << small_bit(member);
    clash |= seen & bit;
    seen |= bit;
  }
  if (__builtin_expect(clash == 0, 1))
    return false;
  for (JSON_EACH(member, object))
    for (const struct json_node *later = json_next(member); later < object + object->skip;
         later = json_next(later))
      if (text_equal(json_key(member), json_key(later)))
        return true;
  return false;
}

static bool large_may_repeat(const struct json_node *object) {
  uint64_t seen[FILTER_BITS / 64];
  if (object->size > FILTER_BITS)
    return true;
  memset(seen, 0, sizeof seen);
  for (JSON_EACH(member, object)) {
    uint64_t hash = text_hash(json_key(member)) % FILTER_BITS, bit = UINT64_C(1) << hash % 64;
    if (seen[hash / 64] & bit)
      return true;
    seen[hash / 64] |= bit;
  }
  return false;
}

static inline bool may_repeat(const struct json_node *object) {
  return object->size <= SMALL_OBJECT ? small_may_repeat(object) : large_may_repeat(object);
}

/* By key; the same keys in their order within the object. */
static int member_order(const void *left, const void *right) {
  const struct json_node *a = *(struct json_node *const *)left;
  const struct json_node *b = *(struct json_node *const *)right;
  int order = text_compare(json_key(a), json_key(b));
  return order ? order : (a > b) - (a < b);
}

/* Marks all but the last member of each key. */
static uint32_t mark_repeated(struct json_node *object) {
  struct json_node **members = memory_alloc_array(object->size, sizeof *members);
  uint32_t count = 0, dropped = 0;
  struct json_node *end = object + object->skip;
  for (struct json_node *member = object + 1; member < end; member += member->skip)
    members[count++] = member;
  qsort(members, count, sizeof *members, member_order);
  for (uint32_t i = 0; i + 1 < count; i++)
    if (text_equal(json_key(members[i]), json_key(members[i + 1]))) {
      members[i]->type = DROPPED;
      dropped++;
    }
  free(members);
  return dropped;
}

/* Moves a subtree to the front without what is marked. Returns where it ends; the recursion is as
 * deep as the nesting. */
static struct json_node *pack(struct json_node *to, const struct json_node *from) {
  const struct json_node *end = from + from->skip;
  struct json_node *next = to + 1;
  bool container = json_is_container(from);
  uint32_t size = 0;
  *to = *from;
  for (const struct json_node *child = from + 1; container && child < end;) {
    const struct json_node *after = child + child->skip;
    if (child->type != DROPPED) {
      next = pack(next, child);
      size++;
    }
    child = after;
  }
  if (container)
    to->size = size;
  to->skip = (uint32_t)(next - to);
  return next;
}

uint32_t json_drop_repeated(struct json_node *root) {
  uint32_t dropped = 0;
  struct json_node *end = root + root->skip;
  for (struct json_node *node = root; node < end;) {
    if (__builtin_expect(node->type == DROPPED, 0)) {
      node += node->skip;
      continue;
    }
    if (node->type == JSON_TYPE_OBJECT && node->size > 1 && may_repeat(node))
      dropped += mark_repeated(node);
    node++;
  }
  if (__builtin_expect(dropped > 0, 0))
    pack(root, root);
  return dropped;
}
