#include "detect/window/attributes.h"

#include "alert/attribute_summary.h"
#include "base/codec.h"
#include "base/memory.h"

#include <stdlib.h>

/* Different values that are counted for one alert; later ones are not. */
#define VALUES_COUNTED_MAX 10000

/* ---- of one event ---- */

struct collector {
  struct buffer bytes;
  size_t start; /* of the pairs of the field */
  struct text name;
  size_t count;
};

static void put(struct buffer *bytes, struct text text) {
  codec_put_u32(bytes, (uint32_t)text.size);
  codec_put_bytes(bytes, text.data, text.size);
}

bool attributes_next(struct text *attributes, struct text *name, struct text *value) {
  struct codec_reader in = codec_reader_of(*attributes);
  *name = codec_take_bytes(&in, codec_take_u32(&in));
  *value = codec_take_bytes(&in, codec_take_u32(&in));
  *attributes = codec_rest(&in);
  return codec_ok(&in);
}

static void collect(struct collector *collector, struct text value) {
  struct text rest = buffer_text(&collector->bytes), name, known;
  value = text_cut(value, ATTRIBUTE_SIZE_MAX);
  if (value.size == 0 || collector->count >= ATTRIBUTE_VALUES_MAX)
    return;
  rest = (struct text){rest.data + collector->start, rest.size - collector->start};
  while (attributes_next(&rest, &name, &known))
    if (text_equal(known, value))
      return;
  put(&collector->bytes, collector->name);
  put(&collector->bytes, value);
  collector->count++;
}

static void collect_node(struct collector *collector, const struct json_node *node) {
  if (node->type == JSON_TYPE_STRING) {
    collect(collector, json_text(node));
  } else if (node->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, node)) {
      if (collector->count >= ATTRIBUTE_VALUES_MAX)
        return;
      if (element->type != JSON_TYPE_ARRAY)
        collect_node(collector, element);
    }
  } else if (node->type != JSON_TYPE_NULL) {
    struct buffer json = BUFFER_NONE;
    json_write(&json, node);
    collect(collector, buffer_text(&json));
    buffer_free(&json);
  }
}

static void collect_indicator(void *context, const char *name, struct text value) {
  struct collector *collector = context;
  if (text_is(collector->name, name))
    collect(collector, value);
}

/* margay's own fields are not in the record. */
static bool collect_own(struct collector *collector, const struct event *event) {
  const struct {
    const char *name;
    struct text value;
  } own[] = {
      {"p_log_type", event->log_type},
      {"p_source_id", event->source_id},
      {"p_source_label", event->source_label},
  };
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (text_is(collector->name, own[i].name)) {
      collect(collector, own[i].value);
      return true;
    }
  return false;
}

struct text attributes_of_event(const struct rule *rule, const struct event *event,
                                struct arena *arena) {
  struct collector collector = {.bytes = BUFFER_NONE};
  for (size_t i = 0; i < rule->summary_attributes.count; i++) {
    collector.name = rule->summary_attributes.items[i];
    collector.start = collector.bytes.size;
    collector.count = 0;
    const struct json_node *node = event_path(event, collector.name);
    if (event->schema && text_starts_folded(collector.name, TEXT("p_any_")))
      event_indicators(event, collect_indicator, &collector);
    else if (!(event->schema && collect_own(&collector, event)) && node)
      collect_node(&collector, node);
  }
  struct text attributes = arena_copy(arena, buffer_text(&collector.bytes));
  buffer_free(&collector.bytes);
  return attributes;
}

/* ---- over matches ---- */

struct attribute_count {
  size_t name_size; /* of the key, which goes on with a NUL and the value */
  int64_t count;
};

void attribute_counts_add(struct attribute_counts *counts, struct text attributes) {
  struct text name, value;
  struct buffer key = BUFFER_NONE;
  if (attributes.size > 0 && counts->matches++ >= ATTRIBUTE_MATCHES_MAX)
    return;
  while (attributes_next(&attributes, &name, &value)) {
    buffer_reset(&key);
    buffer_append_text(&key, name);
    buffer_append_char(&key, '\0');
    buffer_append_text(&key, value);
    struct attribute_count *count = map_get(&counts->counts, buffer_text(&key));
    if (!count && counts->counts.count < VALUES_COUNTED_MAX) {
      count = memory_alloc(sizeof *count);
      count->name_size = name.size;
      map_put(&counts->counts, buffer_text(&key), count);
    }
    if (count)
      count->count++;
  }
  buffer_free(&key);
}

void attribute_counts_clear(struct attribute_counts *counts) {
  map_clear(&counts->counts, free);
  counts->matches = 0;
}

static struct text name_of(const struct map_entry *entry) {
  const struct attribute_count *count = entry->value;
  return (struct text){entry->key.data, count->name_size};
}

/* As the store gives them: by name, the commonest first, then by value. */
static int order(const void *left, const void *right) {
  const struct map_entry *a = left, *b = right;
  const struct attribute_count *one = a->value, *other = b->value;
  int by_name = text_compare(name_of(a), name_of(b));
  if (by_name)
    return by_name;
  if (one->count != other->count)
    return one->count > other->count ? -1 : 1;
  return text_compare(a->key, b->key);
}

void attribute_counts_write(const struct attribute_counts *counts, struct buffer *out) {
  size_t count = counts->counts.count;
  struct map_entry *entries = memory_alloc_array(count, sizeof *entries);
  struct attribute_summary summary = {.out = out};
  if (count) {
    memcpy(entries, counts->counts.entries, count * sizeof *entries);
    qsort(entries, count, sizeof *entries, order);
  }
  for (size_t i = 0; i < count; i++) {
    const struct attribute_count *counted = entries[i].value;
    struct text name = name_of(&entries[i]), key = entries[i].key;
    attribute_summary_add(&summary, name,
                          (struct text){key.data + name.size + 1, key.size - name.size - 1},
                          counted->count);
  }
  attribute_summary_end(&summary);
  free(entries);
}
