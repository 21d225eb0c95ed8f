/* Looking into an event, and writing it with its p_ fields. */
#include "event/event.h"

#include "base/memory.h"
#include "event/event_reader.h"
#include "event/layout.h"
#include "event/reshape.h"

#include <stdlib.h>

const struct json_node *event_get(const struct event *event, struct text key) {
  if (!event->schema)
    return json_get(event->root, key);
  int slot = schema_slot(event->schema, key);
  if (slot >= 0)
    return event->slots[slot];
  if (event->unknown_fields == 0 && !layout_is_own(key))
    return NULL; /* nothing but what the schema names, and p_ fields, is there */
  return reshape_renamed_slot(event->schema, key) < 0 ? json_get(event->root, key) : NULL;
}

const struct json_node *event_path(const struct event *event, struct text dotted_path) {
  char plain[EVENT_PATH_MAX];
  const struct json_node *node = event_get(event, dotted_path);
  if (node || dotted_path.size == 0)
    return node;
  if (dotted_path.size <= sizeof plain)
    dotted_path = json_path_dotted(dotted_path, plain);
  const char *dot = memchr(dotted_path.data, '.', dotted_path.size);
  if (!dot)
    return node;
  struct text first = {dotted_path.data, (size_t)(dot - dotted_path.data)};
  struct text rest = {dot + 1, dotted_path.size - first.size - 1};
  return event_path_below(event, event_get(event, first), rest);
}

const struct json_node *event_path_below(const struct event *event, const struct json_node *value,
                                         struct text rest) {
  struct event_reader *reader = event->reader;
  if (!value || !json_is_container(value))
    return NULL;
  const struct json_node *found = json_gather_path(&reader->gathering, value, rest);
  if (__builtin_expect(reader->gathering.cut, 0)) {
    reader->gathering.cut = false;
    reader->event.cut_lists++;
  }
  return found;
}

static bool next_made(const struct event *event, struct event_cursor *cursor, struct text *key,
                      const struct json_node **value) {
  const struct schema *schema = event->schema;
  while (schema && schema->reshapes && cursor->slot < schema->field_count) {
    size_t slot = cursor->slot++;
    const struct field *field = &schema->fields[slot];
    if (field->transform.kind != TRANSFORM_NONE && field->transform.kind != TRANSFORM_RENAME &&
        event->slots[slot] && !json_get(event->root, field->name)) {
      *key = field->name;
      *value = event->slots[slot];
      return true;
    }
  }
  return false;
}

bool event_next(const struct event *event, struct event_cursor *cursor, struct text *key,
                const struct json_node **value) {
  const struct json_node *end = event->root + event->root->skip;
  if (!cursor->member)
    cursor->member = event->root + 1;
  if (cursor->member >= end)
    return next_made(event, cursor, key, value);
  *key = json_key(cursor->member);
  *value = cursor->member;
  cursor->member += cursor->member->skip;
  if (!event->schema)
    return true;
  int slot = schema_slot(event->schema, *key);
  if (slot < 0)
    slot = reshape_renamed_slot(event->schema, *key);
  if (slot >= 0) {
    *key = event->schema->fields[slot].name;
    *value = event->slots[slot];
  }
  return true;
}

/* The indicators of one event, on their way to being sorted. */
struct found {
  const char *name;
  size_t start, size; /* in `bytes` */
};

struct findings {
  struct buffer bytes;
  struct found *items;
  size_t count, capacity;
};

static void collect(void *context, const char *name, struct text value) {
  struct findings *findings = context;
  findings->items = memory_reserve(findings->items, &findings->capacity, findings->count + 1,
                                   sizeof *findings->items);
  findings->items[findings->count++] =
      (struct found){.name = name, .start = findings->bytes.size, .size = value.size};
  buffer_append_text(&findings->bytes, value);
}

static struct text found_text(const struct findings *findings, size_t i) {
  return (struct text){findings->bytes.data + findings->items[i].start, findings->items[i].size};
}

static int found_order(const void *left, const void *right, void *context) {
  const struct found *a = left, *b = right;
  const char *bytes = ((const struct findings *)context)->bytes.data;
  int order = strcmp(a->name, b->name);
  if (order == 0)
    order = memcmp(bytes + a->start, bytes + b->start, a->size < b->size ? a->size : b->size);
  return order ? order : (a->size > b->size) - (a->size < b->size);
}

static void write_indicators(const struct event *event, struct buffer *buffer) {
  struct findings findings = {.bytes = BUFFER_NONE};
  event_indicators(event, collect, &findings);
  if (findings.count > 1)
    qsort_r(findings.items, findings.count, sizeof *findings.items, found_order, &findings);
  const char *name = "";
  for (size_t i = 0; i < findings.count; i++) {
    bool same_name = strcmp(findings.items[i].name, name) == 0;
    if (same_name && text_equal(found_text(&findings, i), found_text(&findings, i - 1)))
      continue;
    if (same_name) {
      buffer_append_char(buffer, ',');
    } else {
      if (*name)
        buffer_append_char(buffer, ']');
      name = findings.items[i].name;
      buffer_append_text(buffer, TEXT(",\""));
      buffer_append_string(buffer, name);
      buffer_append_text(buffer, TEXT("\":["));
    }
    buffer_append_json_string(buffer, found_text(&findings, i));
  }
  if (*name)
    buffer_append_char(buffer, ']');
  buffer_free(&findings.bytes);
  free(findings.items);
}

static void write_own(struct buffer *buffer, struct text key, struct text value) {
  if (value.size == 0)
    return;
  buffer_append_text(buffer, TEXT(",\""));
  buffer_append_text(buffer, key);
  buffer_append_text(buffer, TEXT("\":"));
  buffer_append_json_string(buffer, value);
}

static void write_schema_errors(const struct schema_errors *errors, struct buffer *buffer) {
  for (size_t i = 0; i < errors->count; i++) {
    buffer_append_string(buffer, i > 0 ? "," : ",\"p_schema_errors\":[");
    buffer_append_json_string(buffer, errors->items[i].path);
  }
  if (errors->count > 0)
    buffer_append_char(buffer, ']');
}

void event_write(const struct event *event, struct buffer *buffer) {
  if (!event->schema) {
    json_write_of(buffer, event->root, event->record);
    return;
  }
  struct event_cursor cursor = EVENT_CURSOR_START;
  struct text key;
  const struct json_node *value;
  struct time_string time;
  buffer_append_char(buffer, '{');
  while (event_next(event, &cursor, &key, &value)) {
    if (layout_is_own(key))
      continue;
    buffer_append_json_string(buffer, key);
    buffer_append_char(buffer, ':');
    json_write_of(buffer, value, event->record);
    buffer_append_char(buffer, ',');
  }
  buffer_append_text(buffer, TEXT("\"p_log_type\":"));
  buffer_append_json_string(buffer, event->log_type);
  write_own(buffer, TEXT("p_event_time"), text_from(time_format(event->event_time, &time)));
  write_own(buffer, TEXT("p_parse_time"), text_from(time_format(event->parse_time, &time)));
  write_own(buffer, TEXT("p_row_id"), text_from(event_row_id(event)));
  write_own(buffer, TEXT("p_source_id"), event->source_id);
  write_own(buffer, TEXT("p_source_label"), event->source_label);
  write_schema_errors(event->schema_errors, buffer);
  write_indicators(event, buffer);
  buffer_append_char(buffer, '}');
}
