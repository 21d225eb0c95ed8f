#define SIMDJSON_EXCEPTIONS 0

#include <cstdlib>
#include <cstring>
#include <new>
#include <simdjson.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
extern "C" {
#include "base/memory.h"
#include "event/json/json_scalar.h"
#include "event/json/json_window.h"
}
#pragma GCC diagnostic pop

/* Small enough for the first cache together with its places, large enough that starting the first
 * stage costs nothing that can be measured. */
static const size_t window_size = size_t(32) << 10;

struct json_window {
  simdjson::dom::parser parser;
  const char *block_start = nullptr, *block_end = nullptr; /* NULL: there is no block */
  const char *start = nullptr, *end = nullptr;             /* of the part that was looked at */
  const char *passed = nullptr;                            /* where the last record ended */
  const char *escape = nullptr; /* the first backslash behind what was passed, or `end` */
  /* Of the record that was found last; four more places stand at `end`. No place: unknown */
  json_places places = {};
  json_node *nodes = nullptr;
  size_t node_capacity = 0;
  char *strings = nullptr; /* unescaped ones of one record */
};

json_window *json_window_new(void) {
  json_window *window = new (std::nothrow) json_window;
  if (!window || window->parser.allocate(window_size + 64, JSON_DEPTH_MAX))
    memory_exhausted();
  window->strings = static_cast<char *>(memory_alloc(window_size + JSON_PADDING));
  return window;
}

void json_window_free(json_window *window) {
  if (!window)
    return;
  free(window->nodes);
  free(window->strings);
  delete window;
}

void json_window_set_block(json_window *window, struct text block) {
  window->block_start = block.data;
  window->block_end = block.size ? block.data + block.size : nullptr;
  window->start = window->end = window->passed = nullptr;
}

static const char *find_escape(const json_window *window, const char *from) {
  const void *found = memchr(from, '\\', size_t(window->end - from));
  return found ? static_cast<const char *>(found) : window->end;
}

/* The library's own unescaping, which has one argument more since its version 3.2. */
template <class Library>
static inline auto unescape(const Library &library, const uint8_t *from, uint8_t *to, int)
    -> decltype(library.parse_string(from, to, false)) {
  return library.parse_string(from, to, false);
}
template <class Library>
static inline auto unescape(const Library &library, const uint8_t *from, uint8_t *to, long)
    -> decltype(library.parse_string(from, to)) {
  return library.parse_string(from, to);
}

char *json_window_unescape(const json_window *window, const char *string, char *out) {
  return reinterpret_cast<char *>(unescape(*window->parser.implementation,
                                           reinterpret_cast<const uint8_t *>(string),
                                           reinterpret_cast<uint8_t *>(out), 0));
}

/* Looks at the block from here on. When nothing can be known of it (one of its records is broken,
 * or there is no end of a record), it has no places. */
static void open_window(json_window *window, const char *from) {
  size_t size = size_t(window->block_end - from);
  if (size > window_size) {
    const void *newline = memrchr(from, '\n', window_size);
    size = newline ? size_t(static_cast<const char *>(newline) + 1 - from) : window_size;
  }
  window->start = window->passed = from;
  window->end = from + size;
  window->places.place = nullptr;
  if (window->end < window->block_end && window->end[-1] != '\n')
    return;
  auto &first_stage = *window->parser.implementation;
  if (first_stage.stage1(reinterpret_cast<const uint8_t *>(from), size,
                         simdjson::stage1_mode::regular))
    return;
  size_t count = first_stage.n_structural_indexes;
  window->places.place = first_stage.structural_indexes.get();
  /* There is room: the parser was made for a larger text. */
  for (size_t i = 0; i < 4; i++)
    first_stage.structural_indexes[count + i] = uint32_t(size);
  if (count > window->node_capacity || !window->nodes)
    window->nodes = static_cast<json_node *>(
        memory_reserve(window->nodes, &window->node_capacity, count, sizeof *window->nodes));
  window->escape = find_escape(window, from);
}

/* The walk over one record. The steps below are inlined into it, so that it stays in registers. */
struct walk {
  const simdjson::internal::dom_parser_implementation *library;
  const char *text;      /* what places count from */
  const uint32_t *place; /* the next one */
  uint32_t end;          /* of the record: no place of its own is there or behind it */
  uint8_t *strings;      /* where the next unescaped one goes */
};

/* The string that begins at `quote` and ends before the next place: between them there is only
 * white space. */
template <bool escapes>
static inline bool read_string(walk *walk, uint32_t quote, const char **data, uint32_t *size) {
  const char *text = walk->text;
  uint32_t close = *walk->place - 1;
  if (__builtin_expect(text[close] != '"', 0))
    while (json_is_space(text[close]))
      close--;
  if (__builtin_expect(close <= quote || text[close] != '"', 0))
    return false;
  *data = text + quote + 1;
  *size = close - quote - 1;
  if (escapes && memchr(*data, '\\', *size)) {
    uint8_t *end =
        unescape(*walk->library, reinterpret_cast<const uint8_t *>(*data), walk->strings, 0);
    if (!end) /* malformed, or half of a surrogate pair */
      return false;
    *data = reinterpret_cast<const char *>(walk->strings);
    *size = uint32_t(end - walk->strings);
    walk->strings = end;
  }
  return true;
}

/* The usual member: a key and a string, without white space before the colon and the comma. Places
 * go up, so the last of the four says whether all are within the record. */
static inline bool read_text_member(walk *walk, json_node *node) {
  const char *text = walk->text;
  uint32_t key = walk->place[0], colon = walk->place[1], value = walk->place[2],
           after = walk->place[3];
  if (after >= walk->end || text[key] != '"' || text[colon] != ':' || text[colon - 1] != '"' ||
      text[value] != '"' || text[after - 1] != '"' || colon - 1 <= key || after - 1 <= value)
    return false;
  node->key = text + key + 1;
  node->key_size = colon - key - 2;
  node->skip = 1;
  node->value.string = text + value + 1;
  node->size = after - value - 2;
  node->type = JSON_TYPE_STRING;
  walk->place += 3;
  return true;
}

/* False: the record has no more. */
static inline bool take_place(walk *walk, uint32_t *at) {
  *at = *walk->place++;
  return *at < walk->end;
}

template <bool escapes> static inline bool read_key(walk *walk, json_node *node) {
  uint32_t at;
  return take_place(walk, &at) && walk->text[at] == '"' &&
         read_string<escapes>(walk, at, &node->key, &node->key_size) && take_place(walk, &at) &&
         walk->text[at] == ':';
}

/* The string, number or word at `at`. */
template <bool escapes> static inline bool read_scalar(walk *walk, uint32_t at, json_node *node) {
  node->skip = 1;
  node->size = 0;
  switch (walk->text[at]) {
  case '"':
    node->type = JSON_TYPE_STRING;
    return read_string<escapes>(walk, at, &node->value.string, &node->size);
  case 't':
  case 'f':
  case 'n':
    return json_read_word(walk->text + at, node) != nullptr;
  default:
    return json_read_integer(walk->text + at, node) != nullptr;
  }
}

/* What stands before a member's value: its key, unless it is an array's. `*whole`: the value was
 * read, too. */
template <bool escapes>
static inline bool begin_member(walk *walk, bool has_key, json_node *node, bool *whole) {
  *whole = false;
  if (!has_key) {
    node->key = nullptr;
    node->key_size = 0;
    return true;
  }
  *whole = !escapes && read_text_member(walk, node);
  return *whole || read_key<escapes>(walk, node);
}

/* The containers that are open at a place. */
struct nesting {
  json_node *open[JSON_DEPTH_MAX];
  unsigned depth = 0;
  json_node *container = nullptr; /* the innermost */
  char closer = 0;                /* what ends it */
};

static inline void choose_container(nesting *nesting, json_node *container) {
  nesting->container = container;
  nesting->closer = container->type == JSON_TYPE_OBJECT ? '}' : ']';
}

static inline bool open_container(nesting *nesting, json_node *node, char opener) {
  if (nesting->depth == JSON_DEPTH_MAX)
    return false;
  node->size = 0;
  node->value.integer = 0;
  node->type = opener == '{' ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY;
  nesting->open[nesting->depth++] = node;
  choose_container(nesting, node);
  return true;
}

/* False: it was the outermost. */
static inline bool close_container(nesting *nesting, const json_node *end) {
  nesting->container->skip = uint32_t(end - nesting->container);
  if (--nesting->depth == 0)
    return false;
  choose_container(nesting, nesting->open[nesting->depth - 1]);
  return true;
}

template <bool escapes> static bool walk_record(walk *record, json_node *node) {
  walk walk = *record;
  nesting nesting;
  uint32_t at = *walk.place++;
  node->key = nullptr;
  node->key_size = 0;
  for (;;) { /* the value at `at` */
    const bool opens = walk.text[at] == '{' || walk.text[at] == '[';
    if (!(opens ? open_container(&nesting, node, walk.text[at])
                : read_scalar<escapes>(&walk, at, node)))
      return false;
    node++;
    for (bool first = opens, whole = true; whole; first = false) { /* up to the next value */
      if (!take_place(&walk, &at))
        return false;
      if (walk.text[at] == nesting.closer) {
        if (close_container(&nesting, node))
          continue;
        record->place = walk.place;
        return *walk.place >= walk.end;
      }
      if (first)
        walk.place--; /* no comma comes before it */
      else if (walk.text[at] != ',')
        return false;
      nesting.container->size++;
      if (!begin_member<escapes>(&walk, nesting.closer == '}', node, &whole))
        return false;
      node += whole;
    }
    if (!take_place(&walk, &at))
      return false;
  }
}

/* Whether the record stands between ends of lines, so that what is before and behind it cannot
 * change what its own bytes mean. */
static inline bool stands_alone(const json_window *window, struct text record) {
  const char *end = record.data + record.size;
  return (record.data == window->block_start || record.data[-1] == '\n') &&
         (end == window->block_end || *end == '\n' || *end == '\r');
}

json_places *json_window_find(json_window *window, struct text record) {
  const char *end = record.data + record.size;
  json_places *places = &window->places;
  if (!window->block_end || record.data < window->block_start || end > window->block_end)
    return nullptr;
  if (__builtin_expect(record.data < window->passed || record.data >= window->end, 0))
    open_window(window, record.data);
  if (!places->place || end > window->end || !stands_alone(window, record))
    return nullptr;

  const uint32_t first = uint32_t(record.data - window->start);
  while (*places->place < first)
    places->place++;
  window->passed = end;
  places->text = window->start;
  places->end = first + uint32_t(record.size);
  places->strings = window->strings;
  if (*places->place >= places->end || places->text[*places->place] != '{')
    return nullptr;
  if (__builtin_expect(window->escape < record.data, 0))
    window->escape = find_escape(window, record.data);
  places->escapes = window->escape < end;
  return places;
}

json_node *json_window_read(json_window *window) {
  json_places *places = &window->places;
  walk walk = {window->parser.implementation.get(), places->text, places->place, places->end,
               reinterpret_cast<uint8_t *>(places->strings)};
  bool read = places->escapes ? walk_record<true>(&walk, window->nodes)
                              : walk_record<false>(&walk, window->nodes);
  if (__builtin_expect(!read, 0))
    return nullptr;
  places->place = walk.place;
  return window->nodes;
}
