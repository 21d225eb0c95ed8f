#include "event/json/json_unique.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>

/* Bits of the filter for large objects: with 60 keys, one object in ten has two on one bit. */
#define FILTER_BITS 16384

/* The type of a node that is to be left out; no enum json_type. */
#define DROPPED UINT8_MAX

/* Separates keys without looking at all of their bytes: keys of different marks are different. */
static inline uint32_t mark_of(const struct json_node *member) {
  uint32_t size = member->key_size;
  if (__builtin_expect(size == 0, 0))
    return 0;
  return (size & 0xffff) | (uint32_t)(uint8_t)member->key[0] << 16 |
         (uint32_t)(uint8_t)member->key[size - 1] << 24;
}

static struct json_shape *shape_for(struct json_shapes *shapes, const struct json_node *object) {
  uint32_t hash = (mark_of(object + 1) ^ object->size << 8) * UINT32_C(0x9e3779b1);
  return &shapes->shapes[hash >> 27];
}

/* An object with the marks of one whose marks all differ has different keys. */
static inline bool has_shape(const struct json_shape *shape, const struct json_node *object) {
  if (shape->count != object->size)
    return false;
  const uint32_t *mark = shape->marks;
  for (JSON_EACH(member, object))
    if (__builtin_expect(mark_of(member) != *mark++, 0))
      return false;
  return true;
}

static bool small_may_repeat(struct json_shape *shape, const struct json_node *object) {
  bool differ = true;
  shape->count = 0;
  for (JSON_EACH(member, object)) {
    uint32_t mark = mark_of(member);
    for (uint32_t i = 0; i < shape->count; i++)
      differ = differ && shape->marks[i] != mark;
    shape->marks[shape->count++] = mark;
  }
  if (differ)
    return false;
  shape->count = 0;
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
    uint64_t hash = hash_text(json_key(member)) % FILTER_BITS, bit = UINT64_C(1) << hash % 64;
    if (seen[hash / 64] & bit)
      return true;
    seen[hash / 64] |= bit;
  }
  return false;
}

static inline bool may_repeat(struct json_shapes *shapes, const struct json_node *object) {
  if (__builtin_expect(object->size > JSON_SHAPE_KEYS, 0))
    return large_may_repeat(object);
  struct json_shape *shape = shape_for(shapes, object);
  return !__builtin_expect(has_shape(shape, object), 1) && small_may_repeat(shape, object);
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

uint32_t json_drop_repeated_members(struct json_shapes *shapes, struct json_node *root) {
  if (root->type != JSON_TYPE_OBJECT || root->size < 2 || !may_repeat(shapes, root))
    return 0;
  uint32_t dropped = mark_repeated(root);
  if (dropped > 0)
    pack(root, root);
  return dropped;
}

/* Whether an object below the container may have a key twice. Looks at each node once, but for the
 * members of objects with containers in them. */
static bool may_repeat_below(struct json_shapes *shapes, const struct json_node *container) {
  if (json_is_flat(container))
    return false;
  for (JSON_EACH(child, container)) {
    if (child->skip == 1)
      continue;
    if (child->type == JSON_TYPE_OBJECT && child->size > 1 && may_repeat(shapes, child))
      return true;
    if (may_repeat_below(shapes, child))
      return true;
  }
  return false;
}

static uint32_t drop_below(struct json_shapes *shapes, struct json_node *root) {
  uint32_t dropped = 0;
  struct json_node *end = root + root->skip;
  for (struct json_node *node = root + 1; node < end;) {
    if (__builtin_expect(node->type == DROPPED, 0)) {
      node += node->skip;
      continue;
    }
    if (node->type == JSON_TYPE_OBJECT && node->size > 1 && may_repeat(shapes, node))
      dropped += mark_repeated(node);
    node++;
  }
  if (__builtin_expect(dropped > 0, 0))
    pack(root, root);
  return dropped;
}

uint32_t json_drop_repeated_nested(struct json_shapes *shapes, struct json_node *root) {
  return may_repeat_below(shapes, root) ? drop_below(shapes, root) : 0;
}

uint32_t json_drop_repeated(struct json_shapes *shapes, struct json_node *root) {
  uint32_t dropped = json_drop_repeated_members(shapes, root);
  return dropped + json_drop_repeated_below(shapes, root);
}

bool json_may_repeat_members(const struct json_node *object) {
  struct json_shape shape;
  return object->size > 1 && (object->size > JSON_SHAPE_KEYS ? large_may_repeat(object)
                                                             : small_may_repeat(&shape, object));
}
