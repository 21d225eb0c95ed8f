#include "event/json/json_gather.h"

/* The same walk goes over the values twice: to count them, and to copy them. */
struct walk {
  size_t room;                    /* for nodes of values */
  size_t nodes;                   /* of the values found, as far as there is room */
  uint32_t values;                /* of these */
  const struct json_node *single; /* the latest value */
  struct json_node *to;           /* where the next is copied to; NULL: only counted */
  bool spread;                    /* a list was on the way */
  bool cut;
};

static void find(struct walk *walk, const struct json_node *value) {
  if (value->skip > walk->room - walk->nodes) {
    walk->cut = true;
    return;
  }
  walk->nodes += value->skip;
  walk->values++;
  walk->single = value;
  if (!walk->to)
    return;
  memcpy(walk->to, value, value->skip * sizeof *value);
  walk->to->key = NULL;
  walk->to->key_size = 0;
  walk->to += value->skip;
}

/* The recursion is as deep as the nesting of lists. */
static void follow(struct walk *walk, const struct json_node *node, struct text path) {
  while (node) {
    const char *dot = path.size ? memchr(path.data, '.', path.size) : NULL;
    struct text part = {path.data, dot ? (size_t)(dot - path.data) : path.size};
    if (node->type == JSON_TYPE_ARRAY && !json_is_index(part)) {
      walk->spread = true;
      for (JSON_EACH(element, node))
        if (json_is_container(element))
          follow(walk, element, path);
      return;
    }
    node = json_step(node, part);
    if (!dot)
      break;
    path = (struct text){dot + 1, path.size - part.size - 1};
  }
  if (node)
    find(walk, node);
}

/* What is left of the way when there is a list on it; most paths go through objects alone. */
static const struct json_node *gather_lists(struct json_gather *gather,
                                            const struct json_node *node, struct text dotted_path) {
  struct walk walk = {.room = UINT32_MAX};
  follow(&walk, node, dotted_path);
  if (__builtin_expect(!walk.spread || walk.values == 0, 1))
    return walk.single;
  if (gather->room == 0) {
    gather->cut = true;
    return NULL;
  }
  struct walk copy = {.room = gather->room - 1};
  size_t nodes = 1 + (walk.nodes < copy.room ? walk.nodes : copy.room);
  struct json_node *array = arena_alloc(gather->arena, nodes * sizeof *array);
  copy.to = array + 1;
  follow(&copy, node, dotted_path);
  *array = (struct json_node){
      .skip = (uint32_t)(1 + copy.nodes), .size = copy.values, .type = JSON_TYPE_ARRAY};
  gather->room -= nodes;
  gather->cut |= copy.cut;
  return array;
}

const struct json_node *json_gather_path(struct json_gather *gather, const struct json_node *node,
                                         struct text dotted_path) {
  while (node && node->type == JSON_TYPE_OBJECT) {
    const char *dot = dotted_path.size ? memchr(dotted_path.data, '.', dotted_path.size) : NULL;
    if (!dot)
      return json_get(node, dotted_path);
    size_t size = (size_t)(dot - dotted_path.data);
    node = json_get(node, (struct text){dotted_path.data, size});
    dotted_path = (struct text){dot + 1, dotted_path.size - size - 1};
  }
  return node && node->type == JSON_TYPE_ARRAY ? gather_lists(gather, node, dotted_path) : NULL;
}
