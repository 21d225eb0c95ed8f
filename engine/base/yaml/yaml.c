/* From libyaml's events to the tree. */
#include "base/yaml/yaml.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
/* libyaml's header and ours share names (yaml_node_s is theirs, yaml_node ours); no clash. */
#include <yaml.h>

/* Aliases share nodes, so a small file can stand for a tree of any size ("billion laughs"). What
 * all its aliases stand for is bounded, by count and by depth. */
enum { DEPTH_MAX = 64, FILE_SIZE_MAX = 4 << 20, ALIASED_MAX = 100000 };
#define ALIASED_TOO_MANY "the file's aliases stand for more than 100000 values"

struct yaml {
  struct arena arena;
  struct yaml_node **documents; /* at least one */
  struct error *mistakes;       /* one for each document; those that are not set: none */
  size_t count;
  const char *name;
};

/* A node's extent: the nodes in it, itself too, and the levels below it. */
struct extent {
  size_t nodes;
  unsigned levels;
};

struct anchored {
  struct yaml_node *node;
  struct extent extent;
};

/* One load. `event` is the one read last; it is held when `held`. */
struct loader {
  struct yaml *yaml;
  struct text input;
  yaml_parser_t parser;
  yaml_event_t event;
  bool held;
  size_t last;          /* where the last scalar, alias or bracket ended */
  struct extent extent; /* of the node that was loaded last */
  struct map anchors;   /* struct anchored, of the document */
  size_t aliased_left;  /* of ALIASED_MAX */
  bool several;         /* a double key costs its document, not the file */
  struct error mistake; /* the document's first double key, when `several` */
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
  if (!loader->held)
    return fail_syntax(loader);
  if (loader->event.type == YAML_SCALAR_EVENT || loader->event.type == YAML_ALIAS_EVENT)
    loader->last = loader->event.end_mark.index;
  return true;
}

static struct yaml_node *new_node(struct loader *loader, enum yaml_type type) {
  struct yaml_node *node = arena_alloc(&loader->yaml->arena, sizeof *node);
  node->type = type;
  node->line = (unsigned)loader->event.start_mark.line + 1;
  node->column = (unsigned)loader->event.start_mark.column + 1;
  node->start = loader->event.start_mark.index;
  node->end = node->last = loader->event.end_mark.index;
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
  if (!second)
    return true;
  error_set_at(loader->several ? &loader->mistake : loader->error, loader->yaml->name, second->line,
               second->column, "the key '%s' is here twice (first in line %u)",
               text_printable(second->value, shown, sizeof shown), first->line);
  return loader->several;
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

/* ---- anchors, aliases and merges ---- */

/* The name of the held event's anchor, or NULL; false when the value has a tag. */
static bool read_properties(struct loader *loader, const yaml_char_t **anchor) {
  const yaml_event_t *event = &loader->event;
  const yaml_char_t *tag = NULL;
  *anchor = NULL;
  if (event->type == YAML_SCALAR_EVENT) {
    *anchor = event->data.scalar.anchor;
    tag = event->data.scalar.tag;
  } else if (event->type == YAML_SEQUENCE_START_EVENT) {
    *anchor = event->data.sequence_start.anchor;
    tag = event->data.sequence_start.tag;
  } else if (event->type == YAML_MAPPING_START_EVENT) {
    *anchor = event->data.mapping_start.anchor;
    tag = event->data.mapping_start.tag;
  }
  return !tag || fail_at(loader, event->start_mark,
                         "tags ('!name') are not supported "
                         "(quote a value that is meant to start with '!')");
}

/* A later anchor of the same name takes the earlier one's place, as YAML says. */
static void remember_anchor(struct loader *loader, const char *name, struct yaml_node *node) {
  struct anchored *anchored = arena_alloc(&loader->yaml->arena, sizeof *anchored);
  *anchored = (struct anchored){node, loader->extent};
  map_put(&loader->anchors, text_from(name), anchored);
}

/* The node that the held alias stands for. It is not there while it is read itself, so that no node
 * is part of itself. */
static struct yaml_node *load_alias(struct loader *loader, unsigned depth) {
  const char *name = (const char *)loader->event.data.alias.anchor;
  const struct anchored *anchored = map_get(&loader->anchors, text_from(name));
  yaml_mark_t mark = loader->event.start_mark;
  char shown[60];
  if (!anchored) {
    error_set_at(loader->error, loader->yaml->name, (unsigned)mark.line + 1,
                 (unsigned)mark.column + 1,
                 "no anchor '&%s' stands before this alias (quote a value that is meant to start "
                 "with '*')",
                 text_printable(text_from(name), shown, sizeof shown));
    return NULL;
  }
  if (anchored->extent.nodes > loader->aliased_left) {
    fail_at(loader, mark, ALIASED_TOO_MANY);
    return NULL;
  }
  if (depth + anchored->extent.levels > DEPTH_MAX) {
    fail_at(loader, mark, "nested more than 64 levels deep");
    return NULL;
  }
  loader->aliased_left -= anchored->extent.nodes;
  loader->extent = anchored->extent;
  return anchored->node;
}

/* A mapping's entries while it is read. */
struct entries {
  struct node_list keys, values;
};

/* Adds a mapping's entries whose keys are not `known`, and knows them from then on. */
static bool merge_mapping(struct loader *loader, struct entries *entries, struct map *known,
                          const struct yaml_node *key, const struct yaml_node *merged) {
  if (merged->type != YAML_MAPPING)
    return error_set_at(loader->error, loader->yaml->name, key->line, key->column,
                        "'<<' takes a mapping or a list of mappings, such as *name");
  if (merged->count > loader->aliased_left)
    return error_set_at(loader->error, loader->yaml->name, key->line, key->column,
                        ALIASED_TOO_MANY);
  loader->aliased_left -= merged->count;
  for (size_t i = 0; i < merged->count; i++) {
    if (map_get(known, merged->keys[i]->value))
      continue;
    map_put(known, merged->keys[i]->value, merged->keys[i]);
    list_add(&entries->keys, merged->keys[i]);
    list_add(&entries->values, merged->items[i]);
  }
  return true;
}

/* Puts what `<<` names behind the mapping's own entries; its own keys win, then earlier mappings.
 */
static bool merge(struct loader *loader, struct entries *entries, const struct yaml_node *key,
                  const struct yaml_node *value) {
  struct map known = MAP_NONE;
  bool list = value->type == YAML_SEQUENCE, ok = true;
  for (size_t i = 0; i < entries->keys.count; i++)
    map_put(&known, entries->keys.items[i]->value, entries->keys.items[i]);
  for (size_t i = 0; ok && i < (list ? value->count : 1); i++)
    ok = merge_mapping(loader, entries, &known, key, list ? value->items[i] : value);
  map_clear(&known, NULL);
  return ok;
}

/* ---- nodes ---- */

static struct yaml_node *load_node(struct loader *loader, unsigned depth);

static struct yaml_node *load_key(struct loader *loader) {
  yaml_mark_t mark = loader->event.start_mark;
  struct yaml_node *key = NULL;
  if (loader->event.type == YAML_SCALAR_EVENT || loader->event.type == YAML_ALIAS_EVENT)
    key = load_node(loader, 0);
  else
    fail_at(loader, mark, "a key must be plain text");
  if (key && key->type != YAML_SCALAR) {
    fail_at(loader, mark, "a key must be plain text");
    return NULL;
  }
  return key;
}

static struct yaml_node **keep_list(struct loader *loader, const struct node_list *list) {
  size_t size = list->count * sizeof *list->items;
  struct yaml_node **kept = arena_alloc(&loader->yaml->arena, size);
  return size ? memcpy(kept, list->items, size) : kept;
}

static void extend(struct extent *whole, struct extent part) {
  whole->nodes += part.nodes;
  if (part.levels + 1 > whole->levels)
    whole->levels = part.levels + 1;
}

/* Reads entries up to the mapping's end, and what is merged into them behind them. */
static bool load_entries(struct loader *loader, unsigned depth, struct entries *entries,
                         struct extent *extent) {
  struct yaml_node *key, *value, *merge_key = NULL, *merged = NULL;
  for (;;) {
    if (!next_event(loader))
      return false;
    if (loader->event.type == YAML_MAPPING_END_EVENT)
      return !merge_key || merge(loader, entries, merge_key, merged);
    if (!(key = load_key(loader)) || !next_event(loader) || !(value = load_node(loader, depth)))
      return false;
    extend(extent, loader->extent);
    if (!key->quoted && text_is(key->value, "<<")) {
      if (merge_key)
        return error_set_at(loader->error, loader->yaml->name, key->line, key->column,
                            "the key '<<' is here twice: it takes a list of mappings");
      merge_key = key;
      merged = value;
      continue;
    }
    list_add(&entries->keys, key);
    list_add(&entries->values, value);
  }
}

static bool load_items(struct loader *loader, unsigned depth, struct node_list *items,
                       struct extent *extent) {
  for (;;) {
    if (!next_event(loader))
      return false;
    if (loader->event.type == YAML_SEQUENCE_END_EVENT)
      return true;
    struct yaml_node *item = load_node(loader, depth);
    if (!item)
      return false;
    extend(extent, loader->extent);
    list_add(items, item);
  }
}

/* A block collection has no end of its own: libyaml's is where the next thing begins. */
static void end_collection(struct loader *loader, struct yaml_node *node) {
  if (node->count > 0)
    node->last = loader->last;
  if (node->flow)
    loader->last = loader->event.end_mark.index;
  node->end = loader->last;
}

static struct yaml_node *load_collection(struct loader *loader, unsigned depth) {
  bool is_mapping = loader->event.type == YAML_MAPPING_START_EVENT;
  struct yaml_node *node = new_node(loader, is_mapping ? YAML_MAPPING : YAML_SEQUENCE);
  node->flow = is_mapping ? loader->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                          : loader->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
  struct entries entries = {.keys = {.items = NULL}, .values = {.items = NULL}};
  struct extent extent = {.nodes = 1};
  if (depth == DEPTH_MAX) {
    fail_at(loader, loader->event.start_mark, "nested more than 64 levels deep");
    return NULL;
  }
  bool loaded = is_mapping ? load_entries(loader, depth + 1, &entries, &extent)
                           : load_items(loader, depth + 1, &entries.values, &extent);
  if (loaded) {
    node->count = entries.values.count;
    node->items = keep_list(loader, &entries.values);
    if (is_mapping)
      node->keys = keep_list(loader, &entries.keys);
    end_collection(loader, node);
    loaded = !is_mapping || check_keys(loader, node);
  }
  loader->extent = extent;
  free(entries.values.items);
  free(entries.keys.items);
  return loaded ? node : NULL;
}

/* The value that the held event starts; leaves its last event held. */
static struct yaml_node *load_node(struct loader *loader, unsigned depth) {
  const yaml_char_t *anchor;
  char name[256];
  if (loader->event.type == YAML_ALIAS_EVENT)
    return load_alias(loader, depth);
  if (!read_properties(loader, &anchor))
    return NULL;
  if (anchor && snprintf(name, sizeof name, "%s", (const char *)anchor) >= (int)sizeof name) {
    fail_at(loader, loader->event.start_mark, "an anchor's name of more than 255 bytes");
    return NULL;
  }
  bool scalar = loader->event.type == YAML_SCALAR_EVENT;
  struct yaml_node *node = scalar ? load_scalar(loader) : load_collection(loader, depth);
  if (scalar)
    loader->extent = (struct extent){.nodes = 1};
  if (node && anchor)
    remember_anchor(loader, name, node);
  return node;
}

struct document_list {
  struct node_list roots;
  struct error *mistakes;
  size_t capacity;
};

static void add_document(const struct loader *loader, struct document_list *documents,
                         struct yaml_node *root) {
  list_add(&documents->roots, root);
  documents->mistakes = memory_reserve(documents->mistakes, &documents->capacity,
                                       documents->roots.count, sizeof *documents->mistakes);
  documents->mistakes[documents->roots.count - 1] = loader->mistake;
}

/* Anchors are known in their document only. */
static struct yaml_node *load_root(struct loader *loader) {
  map_clear(&loader->anchors, NULL);
  loader->mistake = ERROR_NONE;
  return next_event(loader) ? load_node(loader, 0) : NULL;
}

/* The documents that hold anything. */
static bool load_stream(struct loader *loader, struct document_list *documents) {
  if (!next_event(loader)) /* the stream's start */
    return false;
  for (;;) {
    if (!next_event(loader)) /* a document's start, or the stream's end */
      return false;
    if (loader->event.type == YAML_STREAM_END_EVENT)
      return true;
    if (documents->roots.count && !loader->several)
      return fail_at(loader, loader->event.start_mark,
                     "a second document ('---') is not supported: use one file for each");
    struct yaml_node *root = load_root(loader);
    if (!root)
      return false;
    if (!loader->several || !yaml_is_null(root))
      add_document(loader, documents, root);
    if (!next_event(loader)) /* the document's end */
      return false;
  }
}

static void keep_documents(struct loader *loader, struct document_list *documents) {
  struct yaml *yaml = loader->yaml;
  if (documents->roots.count == 0 || yaml_is_null(documents->roots.items[0])) {
    struct yaml_node *empty = arena_alloc(&yaml->arena, sizeof *empty);
    *empty = (struct yaml_node){.type = YAML_MAPPING, .line = 1, .column = 1};
    documents->roots.count = 0;
    add_document(loader, documents, empty);
  }
  yaml->documents = keep_list(loader, &documents->roots);
  yaml->count = documents->roots.count;
  yaml->mistakes = arena_alloc(&yaml->arena, yaml->count * sizeof *yaml->mistakes);
  memcpy(yaml->mistakes, documents->mistakes, yaml->count * sizeof *yaml->mistakes);
}

static struct yaml *load(struct text text, const char *name, bool several, struct error *error) {
  if (text.size > FILE_SIZE_MAX) {
    error_set_at(error, name, 0, 0, "the file is larger than 4 MiB");
    return NULL;
  }
  struct yaml *yaml = memory_alloc(sizeof *yaml);
  yaml->name = arena_copy_string(&yaml->arena, name);
  struct loader loader = {.yaml = yaml,
                          .input = text,
                          .anchors = MAP_NONE,
                          .aliased_left = ALIASED_MAX,
                          .several = several,
                          .mistake = ERROR_NONE,
                          .error = error};
  struct document_list documents = {.roots = {.items = NULL}};
  bool loaded = false;
  if (!yaml_parser_initialize(&loader.parser)) {
    error_set_at(error, name, 0, 0, "out of memory");
    goto done;
  }
  yaml_parser_set_input_string(&loader.parser, (const unsigned char *)(text.size ? text.data : ""),
                               text.size);
  loaded = load_stream(&loader, &documents);
  if (loaded)
    keep_documents(&loader, &documents);
  if (loader.held)
    yaml_event_delete(&loader.event);
  yaml_parser_delete(&loader.parser);
done:
  map_clear(&loader.anchors, NULL);
  free(documents.roots.items);
  free(documents.mistakes);
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

const struct error *yaml_document_mistake(const struct yaml *yaml, size_t index) {
  return yaml->mistakes[index].set ? &yaml->mistakes[index] : NULL;
}

const char *yaml_name(const struct yaml *yaml) {
  return yaml->name;
}
