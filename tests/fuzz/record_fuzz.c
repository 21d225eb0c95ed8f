/*
 * Records and schemas. The first byte chooses a schema (or none), the rest is a record. An event
 * that was taken is walked in every way, and what event_write makes of it must read back. The same
 * bytes are then read as a block of lines: reading ahead must give the same as reading each alone.
 */
#include "base/memory.h"
#include "event/event.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const schemas[] = {
    /* every type */
    "schema: Every.Type\n"
    "definitions:\n"
    "  item: {type: object, fields: [{name: id, type: int, required: true}, {name: b, type: "
    "json}]}\n"
    "fields:\n"
    "  - {name: a, type: string, indicators: [ip, domain, hostname, url, net_addr, email, "
    "username,\n"
    "     md5, sha1, sha256, trace_id]}\n"
    "  - {name: b, type: int}\n"
    "  - {name: c, type: smallint}\n"
    "  - {name: d, type: bigint}\n"
    "  - {name: e, type: float}\n"
    "  - {name: f, type: boolean}\n"
    "  - {name: g, type: timestamp, isEventTime: true,\n"
    "     timeFormats: [rfc3339, unix, unix_ms, unix_us, unix_ns, '%Y/%m/%d %H.%M.%S']}\n"
    "  - {name: h, type: array, element: {type: ref, ref: item}}\n"
    "  - {name: i, type: ref, ref: item}\n"
    "  - {name: j, type: json}\n",
    /* everything that reshapes */
    "schema: All.Shapes\n"
    /* strict: a mask makes a text of what was none, so such an event would not be read the same */
    "strict: true\n"
    "fields:\n"
    "  - {name: a, type: string, required: true, rename: {from: b}, mask: {type: redact}}\n"
    "  - {name: c, type: json, copy: {from: d.e.0}}\n"
    "  - {name: f, type: string, concat: {paths: [d, e, g.h], separator: ', '}, indicators: "
    "[url]}\n"
    "  - {name: i, type: string, split: {from: d, separator: '--', index: 2}}\n"
    "  - {name: j, type: json, isEmbeddedJSON: true}\n"
    "  - {name: k, type: array, isEmbeddedJSON: true, element: {type: timestamp, timeFormat: "
    "unix}}\n"
    "  - name: l\n"
    "    type: array\n"
    "    element:\n"
    "      type: object\n"
    "      isEmbeddedJSON: true\n"
    "      fields:\n"
    "        - {name: a, type: string, rename: {from: b}, mask: {type: redact}}\n"
    "        - {name: c, type: json, copy: {from: d.e}}\n"
    "        - {name: f, type: string, concat: {paths: [d, g.h]}, indicators: [url]}\n"
    "        - {name: i, type: string, split: {from: d, separator: '-', index: 1}}\n"
    "        - {name: j, type: json, isEmbeddedJSON: true}\n"
    "        - {name: k, type: array, element: {type: string, mask: {type: redact}}}\n",
    /* validation */
    "schema: Much.Validation\n"
    "fields:\n"
    "  - {name: a, type: string, validate: {allow: [x, ''], deny: [x]}}\n"
    "  - {name: b, type: string, validate: {ip: any}, indicators: [ip]}\n"
    "  - {name: c, type: string, validate: {cidr: any}}\n"
    "  - {name: d, type: string, required: true, validate: {startswith: [a., bc]}}\n",
};

static struct schema_set *load(const char *yaml) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *set = schema_set_load_text(text_from(yaml), "fuzz.yml", &problems);
  problems_print(&problems, stderr);
  if (problems.count > 0)
    abort();
  return set;
}

static void touch(void *context, const char *name, struct text value) {
  (void)name;
  size_t *sum = context;
  for (size_t i = 0; i < value.size; i++)
    *sum += (uint8_t)value.data[i];
}

static void must(bool holds) {
  if (!holds)
    abort();
}

/* The record in memory of exactly its size and padding, so that a sanitizer sees a read past it. */
static const struct event *read_exact(struct event_reader *reader, struct text record,
                                      char **memory) {
  struct error error = ERROR_NONE;
  *memory = memory_alloc(record.size + JSON_PADDING);
  if (record.size)
    memcpy(*memory, record.data, record.size);
  const struct event *event =
      event_read(reader, (struct text){*memory, record.size}, TEXT(""), 1, &error);
  must((event == NULL) == error.set);
  return event;
}

static void use(struct event_reader *reader, struct text record) {
  struct buffer first = BUFFER_NONE, second = BUFFER_NONE;
  char *memory, *again;
  const struct event *event = read_exact(reader, record, &memory);
  if (event) {
    struct event_cursor cursor = EVENT_CURSOR_START;
    struct text key;
    const struct json_node *value;
    size_t sum = 0;
    while (event_next(event, &cursor, &key, &value)) {
      must(key.data != NULL && value != NULL);
      event_get(event, key);
      event_path(event, key);
    }
    event_indicators(event, touch, &sum);
    event_write(event, &first);
    event_identify(reader, sum);

    event = read_exact(reader, buffer_text(&first), &again);
    must(event != NULL || first.size > (size_t)JSON_SIZE_MAX);
    if (event) {
      event_write(event, &second);
      must(text_equal(buffer_text(&first), buffer_text(&second)));
    }
    free(again);
  }
  free(memory);
  buffer_free(&first);
  buffer_free(&second);
}

/* The record as one of a block, after those of the inputs before: what was learned of these must
 * not change what it is. */
static void read_as_block(struct event_reader *ahead, struct event_reader *alone,
                          struct text record) {
  struct buffer first = BUFFER_NONE, second = BUFFER_NONE;
  struct error error = ERROR_NONE, other = ERROR_NONE;
  char *memory = memory_alloc(record.size + JSON_PADDING);
  if (record.size)
    memcpy(memory, record.data, record.size);
  record.data = memory;
  const struct event *event = event_read(alone, record, TEXT(""), 1, &other);
  if (event)
    event_write(event, &first);
  event_read_ahead(ahead, record);
  event = event_read(ahead, record, TEXT(""), 1, &error);
  if (event)
    event_write(event, &second);
  must(strcmp(error.text, other.text) == 0);
  must(text_equal(buffer_text(&first), buffer_text(&second)));
  event_read_ahead(ahead, TEXT(""));
  free(memory);
  buffer_free(&first);
  buffer_free(&second);
}

static void read_lines(struct text block) {
  static struct json_reader *ahead, *alone;
  if (!ahead) {
    ahead = json_reader_new();
    alone = json_reader_new();
  }
  struct buffer first = BUFFER_NONE, second = BUFFER_NONE;
  char *memory = memory_alloc(block.size + JSON_PADDING), *end = memory + block.size;
  if (block.size)
    memcpy(memory, block.data, block.size);
  json_read_ahead(ahead, (struct text){memory, block.size});
  for (char *line = memory, *next; line < end; line = next + 1) {
    struct error error = ERROR_NONE, other = ERROR_NONE;
    next = memchr(line, '\n', (size_t)(end - line));
    next = next ? next : end;
    struct text record = {line, (size_t)(next - line)};
    const struct json_node *node = json_read(ahead, record, &error);
    const struct json_node *same = json_read_copy(alone, record, &other);
    must(!node == !same && strcmp(error.text, other.text) == 0);
    if (!node)
      continue;
    buffer_reset(&first);
    buffer_reset(&second);
    json_write_of(&first, node, record);
    json_write(&second, same);
    json_write_canonical_of(&first, node, record);
    json_write_canonical(&second, same);
    must(text_equal(buffer_text(&first), buffer_text(&second)));
  }
  json_read_ahead(ahead, TEXT(""));
  free(memory);
  buffer_free(&first);
  buffer_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { COUNT = sizeof schemas / sizeof schemas[0] };
  static struct event_reader *readers[COUNT + 1], *ahead[COUNT + 1]; /* once, as in the program */
  for (size_t i = 0; i <= COUNT && !ahead[i]; i++) {
    const struct event_typing typing = {.schemas = i < COUNT ? load(schemas[i]) : NULL,
                                        .unchecked = i == COUNT,
                                        .log_type = i == COUNT ? TEXT("T") : TEXT("")};
    readers[i] = event_reader_new(&typing, TEXT("source"), TEXT("label"));
    ahead[i] = event_reader_new(&typing, TEXT("source"), TEXT("label"));
  }
  if (size == 0)
    return 0;
  struct text record = {(const char *)data + 1, size - 1};
  use(readers[data[0] % (COUNT + 1)], record);
  read_as_block(ahead[data[0] % (COUNT + 1)], readers[data[0] % (COUNT + 1)], record);
  read_lines(record);
  return 0;
}
