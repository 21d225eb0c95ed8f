/*
 * The reader: simdjson parses, one walk over its tape writes the nodes. The tape's layout is
 * documented in simdjson's doc/tape.md. No exception can arise: simdjson is used without them and
 * everything it allocates is nothrow.
 */
#define SIMDJSON_EXCEPTIONS 0

#include <cstdlib>
#include <cstring>
#include <new>
#include <simdjson.h>

/* The C headers name functions after their struct, which C++ calls shadowing, and use compound
 * literals, which it has as an extension. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
extern "C" {
#include "base/memory.h"
#include "event/json/json.h"
#include "event/json/json_form.h"
#include "event/json/json_text.h"
#include "event/json/json_unique.h"
#include "event/json/json_window.h"
}
#pragma GCC diagnostic pop

static_assert(JSON_PADDING >= simdjson::SIMDJSON_PADDING, "simdjson reads that far past the end");
static_assert(sizeof(json_node) == 32, "two nodes a cache line");

/* Memory for records up to this size is kept; what a larger one needed is given back at the next
 * small one, or when a block ends. It starts with the least. */
static const size_t capacity_kept = size_t(1) << 20, capacity_least = size_t(4) << 10;

struct json_reader {
  simdjson::dom::parser parser;
  simdjson::dom::document document;
  size_t capacity = 0; /* bytes of text that parser and document have room for */
  json_node *nodes = nullptr;
  size_t node_capacity = 0;
  buffer copy = {nullptr, 0, 0}, repaired = {nullptr, 0, 0};
  json_window *window = nullptr; /* made when it is first asked for */
  json_forms *forms = nullptr;   /* made with the window */
  uint32_t form = 0;             /* of the last record */
  uint32_t repeated_keys = 0;    /* of the last record */
  json_shapes shapes = {};
  json_node *root = nullptr; /* of the last record, while its members may repeat */
};

json_reader *json_reader_new(void) {
  json_reader *reader = new (std::nothrow) json_reader;
  if (!reader)
    memory_exhausted();
  return reader;
}

void json_reader_free(json_reader *reader) {
  if (!reader)
    return;
  free(reader->nodes);
  buffer_free(&reader->copy);
  buffer_free(&reader->repaired);
  json_window_free(reader->window);
  json_forms_free(reader->forms);
  delete reader;
}

static void fit_capacity(json_reader *reader, size_t size) {
  size_t capacity = capacity_least;
  while (capacity < size)
    capacity *= 2;
  /* simdjson counts the document itself as one level. */
  if (reader->document.allocate(capacity) || reader->parser.allocate(capacity, JSON_DEPTH_MAX + 1))
    memory_exhausted();
  if (capacity < reader->capacity) {
    free(reader->nodes);
    reader->nodes = nullptr;
    reader->node_capacity = 0;
    buffer_free(&reader->copy);
    buffer_free(&reader->repaired);
  }
  reader->capacity = capacity;
}

struct tape_string {
  const char *data;
  uint32_t size;
};

static inline tape_string string_at(const char *strings, uint64_t word) {
  const char *at = strings + (word & simdjson::internal::JSON_VALUE_MASK);
  tape_string string;
  memcpy(&string.size, at, sizeof string.size);
  string.data = at + sizeof string.size;
  return string;
}

/* Sets the value of a node from its word, and what follows at `at`; returns the next word. */
static inline const uint64_t *flatten_scalar(uint64_t word, const uint64_t *at, const char *strings,
                                             json_node *node) {
  switch (word >> 56) {
  case '"': {
    tape_string string = string_at(strings, word);
    node->value.string = string.data;
    node->size = string.size;
    node->type = JSON_TYPE_STRING;
    break;
  }
  case 'l':
    node->value.integer = int64_t(*at++);
    node->type = JSON_TYPE_INT;
    break;
  case 'u':
    node->value.unsigned_integer = *at++;
    node->type = JSON_TYPE_UINT;
    break;
  case 'd':
    memcpy(&node->value.real, at++, sizeof node->value.real);
    node->type = JSON_TYPE_DOUBLE;
    break;
  case 't':
  case 'f':
  case 'n':
    node->value.integer = 0;
    node->type = (word >> 56) == 't'   ? JSON_TYPE_TRUE
                 : (word >> 56) == 'f' ? JSON_TYPE_FALSE
                                       : JSON_TYPE_NULL;
    break;
  default:
    break;
  }
  return at;
}

/* `nodes` has room for as many nodes as the tape has words. */
static void flatten(const uint64_t *tape, const char *strings, json_node *nodes) {
  json_node *open[JSON_DEPTH_MAX + 2];
  json_node **innermost = open; /* open[0] is a sentinel, so that the root needs no branch */
  json_node sentinel = {};
  sentinel.type = JSON_TYPE_ARRAY;
  *innermost = &sentinel;
  json_node *node = nodes;
  const uint64_t *at = tape + 1; /* after the root word */
  bool in_object = false;

  for (;;) {
    uint64_t word = *at++;
    tape_string key = {nullptr, 0};
    if (in_object && (word >> 56) == '"') {
      key = string_at(strings, word);
      word = *at++;
    }
    node->key = key.data;
    node->key_size = key.size;
    node->skip = 1;
    node->size = 0;
    switch (word >> 56) {
    case '{':
    case '[':
      in_object = (word >> 56) == '{';
      node->value.integer = 0;
      node->type = in_object ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY;
      /* Bits 32 to 55, which saturate at a number that JSON_SIZE_MAX rules out. */
      node->size = uint32_t(word >> 32) & simdjson::internal::JSON_COUNT_MASK;
      *++innermost = node;
      break;
    case '}':
    case ']':
      (*innermost)->skip = uint32_t(node - *innermost);
      innermost--;
      in_object = (*innermost)->type == JSON_TYPE_OBJECT;
      continue;
    case 'r': /* the end of the tape */
      return;
    default:
      at = flatten_scalar(word, at, strings, node);
    }
    node++;
  }
}

static bool explain(simdjson::error_code code, struct error *error) {
  switch (code) {
  case simdjson::DEPTH_ERROR:
    return error_set(error, "nested deeper than %d levels", JSON_DEPTH_MAX);
  case simdjson::UTF8_ERROR:
    return error_set(error, "not valid UTF-8");
  case simdjson::NUMBER_ERROR:
    return error_set(error, "not JSON: a malformed number");
  case simdjson::MEMALLOC:
    memory_exhausted();
  case simdjson::EMPTY:
    return error_set(error, "not JSON: nothing but white space");
  case simdjson::UNCLOSED_STRING:
    return error_set(error, "not JSON: a string is not closed");
  case simdjson::UNESCAPED_CHARS:
    return error_set(error, "not JSON: a control character in a string");
  case simdjson::STRING_ERROR:
    return error_set(error, "not JSON: a malformed escape in a string");
  case simdjson::T_ATOM_ERROR:
  case simdjson::F_ATOM_ERROR:
  case simdjson::N_ATOM_ERROR:
    return error_set(error, "not JSON: a word that is not true, false or null");
  default:
    return error_set(error, "not JSON: the structure is broken or does not end where it should");
  }
}

/* The text becomes its copy in the buffer. */
static void copy_padded(struct buffer *buffer, struct text *text) {
  buffer_reset(buffer);
  char *copy = buffer_reserve(buffer, text->size + JSON_PADDING);
  if (text->size)
    memcpy(copy, text->data, text->size);
  memset(buffer->data + text->size, 0, JSON_PADDING);
  text->data = buffer->data;
}

/* Room for a text of this size. To be called before anything of the reader's is in use. */
static inline bool prepare(json_reader *reader, size_t size, struct error *error) {
  if (__builtin_expect(size > JSON_SIZE_MAX, 0))
    return error_set(error, "larger than %u MiB", JSON_SIZE_MAX / (1024 * 1024));
  bool oversized = reader->capacity > capacity_kept && size <= capacity_kept;
  if (__builtin_expect(size > reader->capacity || !reader->capacity || oversized, 0))
    fit_capacity(reader, size);
  return true;
}

/* What simdjson refuses and margay does not: half of a surrogate pair, a number that does not fit.
 * Parses a copy without them. */
static simdjson::error_code repair_and_parse(json_reader *reader, struct text text,
                                             simdjson::error_code code, bool *numbers) {
  struct text copy = text;
  copy_padded(&reader->repaired, &copy);
  bool repaired = json_repair_surrogates(reader->repaired.data, text.size);
  *numbers = json_set_numbers_aside(reader->repaired.data, text.size);
  if (!repaired && !*numbers)
    return code;
  return reader->parser.parse_into_document(reader->document, copy.data, copy.size, false).error();
}

/* ---- the memory of large texts ----------------------------------------------------------- */

/* What a text needs besides its own bytes, in bytes: from the places of its structure, which the
 * first stage found, and before the memory is needed. *values: how many nodes; *deep: nested too
 * deep. */
static size_t count_memory(const char *text, const uint32_t *places, size_t count, size_t *values,
                           bool *deep) {
  size_t words = 0, strings = 0, depth = 0;
  *values = 0;
  *deep = false;
  for (size_t i = 0; i < count; i++) {
    switch (text[places[i]]) {
    case ',':
      break;
    case ':': /* what stands before it is a key and no value */
      --*values;
      break;
    case ']':
    case '}':
      words++;
      depth -= depth > 0;
      break;
    case '[':
    case '{':
      words++;
      ++*values;
      *deep = *deep || ++depth > JSON_DEPTH_MAX;
      break;
    case '"':
      strings++;
      [[fallthrough]];
    case 't':
    case 'f':
    case 'n':
      words++;
      ++*values;
      break;
    default: /* a number */
      words += 2;
      ++*values;
    }
  }
  /* Of a string simdjson keeps its size and a NUL, too. */
  return count * sizeof *places + words * sizeof(uint64_t) + *values * sizeof(json_node) +
         strings * (sizeof(uint32_t) + 1);
}

static bool refuse_values(size_t values, size_t size, struct error *error) {
  static const char words[] = "too many values for its size: ";
  if (!error || error->set)
    return false;
  error_set(error, "%s%zu in %zu bytes", words, values, size);
  return error_mark_data(error, strlen(words), strlen(error->text) - strlen(words));
}

/* Refuses a text that would need much more memory than its own size, and makes room for the nodes
 * of any other. What is broken is left to the parser, which says why. */
static bool fits_memory(json_reader *reader, struct text text, struct error *error) {
  auto &first_stage = *reader->parser.implementation;
  if (first_stage.stage1(reinterpret_cast<const uint8_t *>(text.data), text.size,
                         simdjson::stage1_mode::regular))
    return true;
  size_t values;
  bool deep;
  size_t memory = count_memory(text.data, first_stage.structural_indexes.get(),
                               first_stage.n_structural_indexes, &values, &deep);
  if (deep)
    return explain(simdjson::DEPTH_ERROR, error);
  if (memory > JSON_MEMORY_LEAST + JSON_MEMORY_RATIO * text.size)
    return refuse_values(values, text.size, error);
  return true;
}

static json_node *read_padded(json_reader *reader, struct text text, struct error *error) {
  if (__builtin_expect(text.size > JSON_SIZE_UNBOUND, 0) && !fits_memory(reader, text, error))
    return nullptr;
  bool numbers = false;
  simdjson::error_code code =
      reader->parser.parse_into_document(reader->document, text.data, text.size, false).error();
  if (__builtin_expect(code == simdjson::STRING_ERROR || code == simdjson::NUMBER_ERROR, 0))
    code = repair_and_parse(reader, text, code, &numbers);
  if (__builtin_expect(code != simdjson::SUCCESS, 0)) {
    explain(code, error);
    return nullptr;
  }
  const uint64_t *tape = reader->document.tape.get();
  size_t words = size_t(tape[0] & simdjson::internal::JSON_VALUE_MASK); /* more than nodes */
  if (__builtin_expect(words > reader->node_capacity, 0))
    reader->nodes = static_cast<json_node *>(
        memory_reserve(reader->nodes, &reader->node_capacity, words, sizeof *reader->nodes));
  flatten(tape, reinterpret_cast<const char *>(reader->document.string_buf.get()), reader->nodes);
  if (__builtin_expect(numbers, 0))
    json_restore_numbers(reader->nodes, text);
  return reader->nodes;
}

void json_read_ahead(json_reader *reader, struct text padded_block) {
  if (!reader->window && padded_block.size) {
    reader->window = json_window_new();
    reader->forms = json_forms_new();
  }
  if (reader->window)
    json_window_set_block(reader->window, padded_block);
  if (!padded_block.size && reader->capacity > capacity_kept)
    fit_capacity(reader, capacity_least);
}

static json_node *read_alone(json_reader *reader, struct text padded_text, struct error *error) {
  return prepare(reader, padded_text.size, error) ? read_padded(reader, padded_text, error)
                                                  : nullptr;
}

/* A record of no known form. */
static __attribute__((noinline)) json_node *read_unknown(json_reader *reader, json_places *places,
                                                         struct text record, struct error *error) {
  json_node *root = places ? json_window_read(reader->window) : nullptr;
  const bool usual = root != nullptr;
  if (!root)
    root = read_alone(reader, record, error);
  reader->root = root;
  reader->repeated_keys = root ? json_drop_repeated_below(&reader->shapes, root) : 0;
  if (usual && reader->repeated_keys == 0)
    json_forms_learn(reader->forms, record, root);
  return root;
}

const json_node *json_read_record(json_reader *reader, struct text padded_text,
                                  struct error *error) {
  json_places *places = reader->window ? json_window_find(reader->window, padded_text) : nullptr;
  reader->form = 0;
  reader->root =
      places ? json_forms_read(reader->forms, reader->window, places, padded_text, &reader->form)
             : nullptr;
  if (__builtin_expect(!reader->root, 0))
    return read_unknown(reader, places, padded_text, error);
  reader->repeated_keys = 0; /* or the form would not be known */
  return reader->root;
}

uint32_t json_record_form(const json_reader *reader) {
  return reader->form;
}

void json_unify_members(json_reader *reader) {
  if (reader->root)
    reader->repeated_keys += json_drop_repeated_members(&reader->shapes, reader->root);
}

const json_node *json_read(json_reader *reader, struct text padded_text, struct error *error) {
  const json_node *root = json_read_record(reader, padded_text, error);
  json_unify_members(reader);
  return root;
}

const json_node *json_read_copy(json_reader *reader, struct text text, struct error *error) {
  if (!prepare(reader, text.size, error))
    return nullptr;
  copy_padded(&reader->copy, &text);
  json_node *root = read_padded(reader, text, error);
  reader->root = nullptr; /* complete */
  reader->repeated_keys = root ? json_drop_repeated(&reader->shapes, root) : 0;
  return root;
}

uint32_t json_repeated_keys(const json_reader *reader) {
  return reader->repeated_keys;
}
