#include "detect/correlation/correlation_key.h"

#include "base/memory.h"
#include "base/unicode/address.h"
#include "event/json/json_gather.h"

#include <math.h>
#include <stdlib.h>

enum { OF_EVENT, OF_CONTEXT, OF_COUNT };

#define GATHERED_MAX 65536 /* nodes that a path through lists may gather */

struct values {
  struct text items[CORRELATION_VALUES_MAX];
  size_t count;
};

struct correlation_reader {
  struct json_reader *json[OF_COUNT]; /* own the nodes */
  const struct json_node *root[OF_COUNT];
  bool is_read[OF_COUNT];
  struct text texts[OF_COUNT];
  struct text actor, object;
  struct buffer value; /* of what is no string */
  struct arena arena;  /* what follows, of the fields that were asked for last */
  struct values *fields;
  size_t field_count;
  bool cut; /* there were more values, or keys, than are taken */
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
  arena_free(&reader->arena);
  free(reader);
}

void correlation_reader_set(struct correlation_reader *reader, const struct match *match) {
  reader->texts[OF_EVENT] = match->event;
  reader->texts[OF_CONTEXT] = match->outcome.context;
  reader->actor = match->outcome.actor;
  reader->object = match->outcome.object;
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

/* The walk of conditions; a key that itself contains dots wins, as everywhere. */
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
  char *plain = arena_alloc(&reader->arena, path.size + 1);
  struct json_gather gather = {.arena = &reader->arena, .room = GATHERED_MAX};
  if (!node)
    node = json_gather_path(&gather, root, json_path_dotted(path, plain));
  reader->cut |= gather.cut;
  return node;
}

static bool has_value(const struct values *values, struct text value) {
  for (size_t i = 0; i < values->count; i++)
    if (text_equal(values->items[i], value))
      return true;
  return false;
}

/* Adds the texts of a scalar, or of all in a list. Objects have none. */
static void add_values(struct correlation_reader *reader, const struct json_node *node,
                       struct values *values) {
  if (node->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, node))
      add_values(reader, element, values);
    return;
  }
  if (node->type == JSON_TYPE_NULL || node->type == JSON_TYPE_OBJECT)
    return;
  buffer_reset(&reader->value);
  if (node->type != JSON_TYPE_STRING)
    json_write(&reader->value, node);
  struct text value =
      node->type == JSON_TYPE_STRING ? json_text(node) : buffer_text(&reader->value);
  value = address_fold(&reader->arena, value);
  if (value.size == 0 || value.size > CORRELATION_KEY_MAX || has_value(values, value))
    return;
  if (values->count == CORRELATION_VALUES_MAX)
    reader->cut = true;
  else
    values->items[values->count++] = arena_copy(&reader->arena, value);
}

/* Adds who acted, or to whom. */
static void add_person(struct correlation_reader *reader, struct text person,
                       struct values *values) {
  person = address_fold(&reader->arena, text_trim(person));
  if (person.size > 0 && person.size <= CORRELATION_KEY_MAX && !has_value(values, person))
    values->items[values->count++] = arena_copy(&reader->arena, person);
}

static void find_values(struct correlation_reader *reader, struct text path,
                        struct values *values) {
  values->count = 0;
  bool both = text_is(path, CORRELATION_ACTOR_AND_OBJECT);
  if (both || text_is(path, CORRELATION_ACTOR)) {
    add_person(reader, reader->actor, values);
    if (both)
      add_person(reader, reader->object, values);
    return;
  }
  const struct json_node *node = find(reader, path);
  if (node)
    add_values(reader, node, values);
}

size_t correlation_find_keys(struct correlation_reader *reader, struct text_list fields) {
  size_t keys = 1;
  arena_reset(&reader->arena);
  reader->cut = false;
  reader->field_count = fields.count;
  reader->fields = arena_alloc(&reader->arena, (fields.count + 1) * sizeof *reader->fields);
  for (size_t i = 0; i < fields.count && keys > 0; i++) {
    find_values(reader, fields.items[i], &reader->fields[i]);
    keys *= reader->fields[i].count;
    if (keys > CORRELATION_KEYS_OF_MATCH_MAX) {
      reader->cut = true;
      keys = CORRELATION_KEYS_OF_MATCH_MAX;
    }
  }
  return keys;
}

bool correlation_keys_were_cut(const struct correlation_reader *reader) {
  return reader->cut;
}

bool correlation_read_key(const struct correlation_reader *reader, size_t index,
                          struct buffer *key) {
  buffer_reset(key);
  buffer_append_char(key, '[');
  for (size_t i = 0; i < reader->field_count; i++) {
    const struct values *values = &reader->fields[i];
    if (i > 0)
      buffer_append_char(key, ',');
    buffer_append_json_string(key, values->items[index % values->count]);
    index /= values->count;
  }
  buffer_append_char(key, ']');
  return key->size <= CORRELATION_KEY_MAX;
}

/* The one value that a field has; empty when it has none, or several. */
static struct text single_value(struct correlation_reader *reader, struct text field) {
  struct values *values = arena_alloc(&reader->arena, sizeof *values);
  find_values(reader, field, values);
  return values->count == 1 ? values->items[0] : TEXT("");
}

bool correlation_read_unique(struct correlation_reader *reader, struct text_list fields,
                             uint64_t *hash) {
  *hash = 0;
  for (size_t i = 0; i < fields.count; i++) {
    struct text value = single_value(reader, fields.items[i]);
    if (value.size == 0)
      return false;
    *hash = (i ? *hash * UINT64_C(0x9e3779b97f4a7c15) : 0) ^ text_hash(value);
  }
  *hash |= 1;
  return true;
}

bool correlation_read_number(struct correlation_reader *reader, struct text field, uint64_t *bits) {
  struct text value = single_value(reader, field);
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
