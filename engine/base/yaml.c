/* From libyaml's events to the tree. */
#include "base/yaml.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
/* libyaml's header and ours share names (yaml_node_s is theirs, yaml_node ours); no clash. */
#include <yaml.h>

enum { DEPTH_MAX = 64, FILE_SIZE_MAX = 4 << 20 };

struct yaml {
  struct arena arena;
  struct yaml_node **documents; /* at least one */
  size_t count;
  const char *name;
};

/* One load. `event` is the one read last; it is held when `held`. */
struct loader {
  struct yaml *yaml;
  struct text input;
  yaml_parser_t parser;
  yaml_event_t event;
  bool held;
  struct error *error;
};

struct node_list {
  struct yaml_node **items;
  size_t count, capacity;
};

static bool fail_at(struct loader *loader, yaml_mark_t mark, const char *message) {
  return error_set_at(loader->error, loader->yaml->name, (unsigned)mark.line + 1,
                      (unsigned)mark.column + 1, "%s", message);
}

/* What libyaml says, and what a person should do about it. */
static const struct {
  const char *problem, *words;
} syntax_words[] = {
    {"mapping values are not allowed in this context",
     "a ':' is not allowed here (a value that holds ': ' needs quotes; or the indentation is off)"},
    {"did not find expected key",
     "expected a key (is the indentation right, or a quote left open above?)"},
    {"could not find expected ':'", "expected ': ' after the key"},
    {"found character that cannot start any token",
     "a value cannot start with this character (put it in quotes; tabs cannot indent)"},
    {"found a tab character that violates indentation", "tabs cannot indent: use spaces"},
    {"found a tab character where an indentation space is expected",
     "tabs cannot indent: use spaces"},
    {"did not find expected '-' indicator", "expected '- ' (is the indentation right?)"},
    {"block sequence entries are not allowed in this context",
     "'- ' is not allowed here (a list starts on a line of its own)"},
    {"did not find expected ',' or ']'", "expected ',' or ']' in this list"},
    {"did not find expected ',' or '}'", "expected ',' or '}' in this mapping"},
    {"found unexpected end of stream", "a quote is opened here or above and never closed"},
    {"found unknown escape character", "unknown escape after '\\' (use single quotes for a plain "
                                       "backslash)"},
    {"did not find expected <document start>",
     "expected the end of the file (is the indentation right?)"},
};

static const char *words_of(const char *problem) {
  for (size_t i = 0; i < sizeof syntax_words / sizeof syntax_words[0]; i++)
    if (strcmp(problem, syntax_words[i].problem) == 0)
      return syntax_words[i].words;
  return problem;
}

/* The place of a byte of the input; libyaml's reader gives no line. */
static yaml_mark_t mark_of_offset(struct text input, size_t offset) {
  yaml_mark_t mark = {.index = offset};
  for (size_t i = 0; i < offset && i < input.size; i++) {
    if (input.data[i] == '\n') {
      mark.line++;
      mark.column = 0;
    } else if (((uint8_t)input.data[i] & 0xc0) != 0x80) {
      mark.column++;
    }
  }
  return mark;
}

static bool fail_syntax(struct loader *loader) {
  const yaml_parser_t *parser = &loader->parser;
  if (parser->error == YAML_READER_ERROR)
    return fail_at(loader, mark_of_offset(loader->input, parser->problem_offset),
                   strcmp(parser->problem, "control characters are not allowed") == 0
                       ? "control characters are not allowed"
                       : "the file is not valid UTF-8 here");
  return fail_at(loader, parser->problem_mark,
                 parser->problem ? words_of(parser->problem) : "the file cannot be read as YAML");
}

static bool next_event(struct loader *loader) {
  if (loader->held)
    yaml_event_delete(&loader->event);
  loader->held = yaml_parser_parse(&loader->parser, &loader->event);
  return loader->held || fail_syntax(loader);
}

static struct yaml_node *new_node(struct loader *loader, enum yaml_type type) {
  struct yaml_node *node = arena_alloc(&loader->yaml->arena, sizeof *node);
  node->type = type;
  node->line = (unsigned)loader->event.start_mark.line + 1;
  node->column = (unsigned)loader->event.start_mark.column + 1;
  return node;
}

static void list_add(struct node_list *list, struct yaml_node *node) {
  list->items = memory_reserve(list->items, &list->capacity, list->count + 1, sizeof *list->items);
  list->items[list->count++] = node;
}

static int compare_keys(const void *left, const void *right) {
  const struct yaml_node *a = *(struct yaml_node *const *)left;
  const struct yaml_node *b = *(struct yaml_node *const *)right;
  size_t common = a->value.size < b->value.size ? a->value.size : b->value.size;
  int order = memcmp(a->value.data, b->value.data, common);
  if (order == 0)
    order = (a->value.size > b->value.size) - (a->value.size < b->value.size);
  if (order == 0)
    order = a->line != b->line ? (a->line > b->line) - (a->line < b->line)
                               : (a->column > b->column) - (a->column < b->column);
  return order;
}

/* Refuses the second of two equal keys, the earliest such in the file. */
static bool check_keys(struct loader *loader, const struct yaml_node *mapping) {
  const struct yaml_node *first = NULL, *second = NULL;
  struct yaml_node **sorted = memory_alloc_array(mapping->count, sizeof *sorted);
  if (mapping->count)
    memcpy(sorted, mapping->keys, mapping->count * sizeof *sorted);
  qsort(sorted, mapping->count, sizeof *sorted, compare_keys);
  for (size_t i = 1; i < mapping->count; i++)
    if (text_equal(sorted[i]->value, sorted[i - 1]->value) &&
        (!second || sorted[i]->line < second->line)) {
      first = sorted[i - 1];
      second = sorted[i];
    }
  free(sorted);
  char shown[80];
  return !second || error_set_at(loader->error, loader->yaml->name, second->line, second->column,
                                 "the key '%s' is here twice (first in line %u)",
                                 text_printable(second->value, shown, sizeof shown), first->line);
}

static struct yaml_node *load_scalar(struct loader *loader) {
  struct yaml_node *node = new_node(loader, YAML_SCALAR);
  struct text value = {(const char *)loader->event.data.scalar.value,
                       loader->event.data.scalar.length};
  if (value.size && memchr(value.data, '\0', value.size)) {
    fail_at(loader, loader->event.start_mark, "a NUL character is not allowed");
    return NULL;
  }
  node->value = arena_copy(&loader->yaml->arena, value);
  node->quoted = loader->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  return node;
}

/* True when the held event starts a value of this kind that carries no anchor and no tag. */
static bool check_plainness(struct loader *loader) {
  const yaml_event_t *event = &loader->event;
  const yaml_char_t *anchor = NULL, *tag = NULL;
  if (event->type == YAML_ALIAS_EVENT)
    return fail_at(loader, event->start_mark,
                   "aliases ('*name') are not supported: write the value out "
                   "(or quote it, when it is meant to start with '*')");
  if (event->type == YAML_SCALAR_EVENT) {
    anchor = event->data.scalar.anchor;
    tag = event->data.scalar.tag;
  } else if (event->type == YAML_SEQUENCE_START_EVENT) {
    anchor = event->data.sequence_start.anchor;
    tag = event->data.sequence_start.tag;
  } else if (event->type == YAML_MAPPING_START_EVENT) {
    anchor = event->data.mapping_start.anchor;
    tag = event->data.mapping_start.tag;
  }
  if (anchor)
    return fail_at(loader, event->start_mark,
                   "anchors ('&name') are not supported "
                   "(quote a value that is meant to start with '&')");
  if (tag)
    return fail_at(loader, event->start_mark,
                   "tags ('!name') are not supported "
                   "(quote a value that is meant to start with '!')");
  return true;
}

static struct yaml_node *load_node(struct loader *loader, unsigned depth);

static bool load_key(struct loader *loader, struct node_list *keys) {
  if (loader->event.type != YAML_SCALAR_EVENT && loader->event.type != YAML_ALIAS_EVENT)
    return fail_at(loader, loader->event.start_mark, "a key must be plain text");
  struct yaml_node *key = load_node(loader, 0);
  if (!key)
    return false;
  if (!key->quoted && text_is(key->value, "<<"))
    return fail_at(loader, loader->event.start_mark,
                   "merges ('<<') are not supported: write the keys out");
  list_add(keys, key);
  return true;
}

static struct yaml_node **keep_list(struct loader *loader, const struct node_list *list) {
  size_t size = list->count * sizeof *list->items;
  struct yaml_node **kept = arena_alloc(&loader->yaml->arena, size);
  return size ? memcpy(kept, list->items, size) : kept;
}

static struct yaml_node *load_collection(struct loader *loader, unsigned depth) {
  bool is_mapping = loader->event.type == YAML_MAPPING_START_EVENT, done = false;
  struct yaml_node *node = new_node(loader, is_mapping ? YAML_MAPPING : YAML_SEQUENCE), *item;
  struct node_list items = {.items = NULL}, keys = {.items = NULL};
  if (depth == DEPTH_MAX) {
    fail_at(loader, loader->event.start_mark, "nested more than 64 levels deep");
    goto done;
  }
  for (;;) {
    if (!next_event(loader))
      goto done;
    if (loader->event.type == YAML_MAPPING_END_EVENT ||
        loader->event.type == YAML_SEQUENCE_END_EVENT)
      break;
    if (is_mapping && !(load_key(loader, &keys) && next_event(loader)))
      goto done;
    if (!(item = load_node(loader, depth + 1)))
      goto done;
    list_add(&items, item);
  }
  node->count = items.count;
  node->items = keep_list(loader, &items);
  if (is_mapping)
    node->keys = keep_list(loader, &keys);
  done = !is_mapping || check_keys(loader, node);
done:
  free(items.items);
  free(keys.items);
  return done ? node : NULL;
}

/* The value that the held event starts; leaves its last event held. */
static struct yaml_node *load_node(struct loader *loader, unsigned depth) {
  if (!check_plainness(loader))
    return NULL;
  return loader->event.type == YAML_SCALAR_EVENT ? load_scalar(loader)
                                                 : load_collection(loader, depth);
}

/* The documents that hold anything. */
static bool load_stream(struct loader *loader, bool several, struct node_list *documents) {
  if (!next_event(loader)) /* the stream's start */
    return false;
  for (;;) {
    if (!next_event(loader)) /* a document's start, or the stream's end */
      return false;
    if (loader->event.type == YAML_STREAM_END_EVENT)
      return true;
    if (documents->count && !several)
      return fail_at(loader, loader->event.start_mark,
                     "a second document ('---') is not supported: use one file for each");
    struct yaml_node *root = next_event(loader) ? load_node(loader, 0) : NULL;
    if (!root)
      return false;
    if (!several || !yaml_is_null(root))
      list_add(documents, root);
    if (!next_event(loader)) /* the document's end */
      return false;
  }
}

static void keep_documents(struct loader *loader, struct node_list *documents) {
  struct yaml *yaml = loader->yaml;
  if (documents->count == 0 || yaml_is_null(documents->items[0])) {
    struct yaml_node *empty = arena_alloc(&yaml->arena, sizeof *empty);
    *empty = (struct yaml_node){.type = YAML_MAPPING, .line = 1, .column = 1};
    documents->count = 0;
    list_add(documents, empty);
  }
  yaml->documents = keep_list(loader, documents);
  yaml->count = documents->count;
}

static struct yaml *load(struct text text, const char *name, bool several, struct error *error) {
  if (text.size > FILE_SIZE_MAX) {
    error_set_at(error, name, 0, 0, "the file is larger than 4 MiB");
    return NULL;
  }
  struct yaml *yaml = memory_alloc(sizeof *yaml);
  yaml->name = arena_copy_string(&yaml->arena, name);
  struct loader loader = {.yaml = yaml, .input = text, .error = error};
  struct node_list documents = {.items = NULL};
  bool loaded = false;
  if (!yaml_parser_initialize(&loader.parser)) {
    error_set_at(error, name, 0, 0, "out of memory");
    goto done;
  }
  yaml_parser_set_input_string(&loader.parser, (const unsigned char *)(text.size ? text.data : ""),
                               text.size);
  loaded = load_stream(&loader, several, &documents);
  if (loaded)
    keep_documents(&loader, &documents);
  if (loader.held)
    yaml_event_delete(&loader.event);
  yaml_parser_delete(&loader.parser);
done:
  free(documents.items);
  if (!loaded) {
    yaml_free(yaml);
    yaml = NULL;
  }
  return yaml;
}

struct yaml *yaml_load_text(struct text text, const char *name, struct error *error) {
  return load(text, name, false, error);
}

struct yaml *yaml_load_documents(struct text text, const char *name, struct error *error) {
  return load(text, name, true, error);
}

struct yaml *yaml_load_file(const char *path, enum file_kinds kinds, struct error *error) {
  struct buffer bytes = BUFFER_NONE;
  struct yaml *yaml = NULL;
  if (file_read(path, kinds, FILE_SIZE_MAX, &bytes, NULL, error) == FILE_READ)
    yaml = yaml_load_text(buffer_text(&bytes), path, error);
  else
    error_prefix(error, "cannot be read");
  buffer_free(&bytes);
  return yaml;
}

bool yaml_is_null(const struct yaml_node *node) {
  static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
  if (node->type != YAML_SCALAR || node->quoted)
    return false;
  for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
    if (text_is(node->value, nulls[i]))
      return true;
  return false;
}

void yaml_close(struct yaml *yaml) {
  if (!yaml)
    return;
  arena_free(&yaml->arena);
  free(yaml);
}

const struct yaml_node *yaml_root(const struct yaml *yaml) {
  return yaml->documents[0];
}

size_t yaml_document_count(const struct yaml *yaml) {
  return yaml->count;
}

const struct yaml_node *yaml_document(const struct yaml *yaml, size_t index) {
  return yaml->documents[index];
}

const char *yaml_name(const struct yaml *yaml) {
  return yaml->name;
}
