#include "rule/sigma/sigma_mapping.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdlib.h>

struct sigma_mapping {
  struct arena arena;
  struct yaml *yaml;
  struct sigma_log_source *sources;
  size_t count;
  struct sigma_fields fields; /* of all logsources */
  struct text fields_below;   /* the same */
  struct sigma_placeholder *placeholders;
  size_t placeholder_count;
  unsigned statuses;
};

/* Values of one placeholder. */
#define VALUES_MAX 20000

/* ---- reading ---- */

struct reader {
  struct yaml_context context;
  struct sigma_mapping *mapping;
};

static bool read_word(const struct reader *reader, const struct yaml_node *entry, const char *key,
                      struct text *out) {
  const struct yaml_node *node = yaml_get(entry, key);
  return !node || yaml_string(&reader->context, node, key, out);
}

static bool read_log_types(const struct reader *reader, const struct yaml_node *entry,
                           struct text_list *out) {
  const struct yaml_node *node = yaml_get(entry, "log_types");
  if (!node)
    return yaml_problem(&reader->context, entry, "a logsource needs 'log_types'");
  bool list = node->type == YAML_SEQUENCE;
  size_t count = list ? node->count : 1;
  struct text *items = arena_alloc(&reader->mapping->arena, (count + 1) * sizeof *items);
  for (size_t i = 0; i < count; i++)
    if (!yaml_string(&reader->context, list ? node->items[i] : node, "log_types", &items[i]))
      return false;
  *out = (struct text_list){items, count};
  return count > 0 || yaml_problem(&reader->context, node, "log_types: at least one is needed");
}

static bool read_fields(const struct reader *reader, const struct yaml_node *node,
                        struct sigma_fields *out) {
  if (!node || yaml_is_null(node))
    return true;
  if (!yaml_expect(&reader->context, node, YAML_MAPPING, "fields"))
    return false;
  struct sigma_field *items =
      arena_alloc(&reader->mapping->arena, (node->count + 1) * sizeof *items);
  for (size_t i = 0; i < node->count; i++) {
    items[i].from = node->keys[i]->value;
    if (!yaml_string(&reader->context, node->items[i], "fields", &items[i].to))
      return false;
    if (items[i].to.size == 0 || memchr(items[i].to.data, '|', items[i].to.size))
      return yaml_problem(&reader->context, node->items[i],
                          "fields: a field's name without modifiers is wanted");
  }
  *out = (struct sigma_fields){items, node->count};
  return true;
}

/* A path without modifiers. */
static bool read_path(const struct reader *reader, const struct yaml_node *entry, const char *key,
                      struct text *out) {
  const struct yaml_node *node = yaml_get(entry, key);
  if (!read_word(reader, entry, key, out))
    return false;
  return !node || (out->size > 0 && !memchr(out->data, '|', out->size)) ||
         yaml_problem(&reader->context, node, "%s: the path of an object is wanted", key);
}

static void read_source(const struct reader *reader, const struct yaml_node *entry) {
  static const char *const known[] = {"category", "product", "service",     "log_types",
                                      "where",    "fields",  "fields_below"};
  struct sigma_mapping *mapping = reader->mapping;
  struct sigma_log_source source = {.where = yaml_get(entry, "where")};
  if (!yaml_expect(&reader->context, entry, YAML_MAPPING, "a logsource") ||
      !yaml_known_keys(&reader->context, entry, "a logsource", known,
                       sizeof known / sizeof *known) ||
      !read_word(reader, entry, "category", &source.words.category) ||
      !read_word(reader, entry, "product", &source.words.product) ||
      !read_word(reader, entry, "service", &source.words.service) ||
      !read_log_types(reader, entry, &source.log_types) ||
      !read_fields(reader, yaml_get(entry, "fields"), &source.fields) ||
      !read_path(reader, entry, "fields_below", &source.fields_below))
    return;
  mapping->sources[mapping->count++] = source;
}

static void read_sources(const struct reader *reader, const struct yaml_node *list) {
  struct sigma_mapping *mapping = reader->mapping;
  if (!list || yaml_is_null(list) ||
      !yaml_expect(&reader->context, list, YAML_SEQUENCE, "logsources"))
    return;
  mapping->sources = arena_alloc(&mapping->arena, (list->count + 1) * sizeof *mapping->sources);
  for (size_t i = 0; i < list->count; i++)
    read_source(reader, list->items[i]);
}

/* ---- placeholders ---- */

static bool read_values(const struct reader *reader, const struct yaml_node *node,
                        struct sigma_placeholder *placeholder) {
  bool list = node->type == YAML_SEQUENCE;
  size_t count = list ? node->count : 1;
  struct text *items = arena_alloc(&reader->mapping->arena, (count + 1) * sizeof *items);
  if (count > VALUES_MAX)
    return yaml_problem(&reader->context, node, "placeholders: at most %d values of one name",
                        VALUES_MAX);
  for (size_t i = 0; i < count; i++)
    if (!yaml_string(&reader->context, list ? node->items[i] : node, "placeholders", &items[i]))
      return false;
  placeholder->values = (struct text_list){items, count};
  return count > 0 || yaml_problem(&reader->context, node,
                                   "placeholders: at least one value is "
                                   "needed");
}

static bool read_table(const struct reader *reader, const struct yaml_node *node,
                       struct sigma_placeholder *placeholder) {
  static const char *const known[] = {"lookup", "column"};
  return yaml_known_keys(&reader->context, node, "a placeholder", known, 2) &&
         (yaml_get(node, "lookup") ||
          yaml_problem(&reader->context, node,
                       "placeholders: a list of values, or 'lookup: TABLE' "
                       "is wanted")) &&
         read_word(reader, node, "lookup", &placeholder->lookup) &&
         read_word(reader, node, "column", &placeholder->column);
}

static void read_placeholders(const struct reader *reader, const struct yaml_node *node) {
  struct sigma_mapping *mapping = reader->mapping;
  if (!node || yaml_is_null(node) ||
      !yaml_expect(&reader->context, node, YAML_MAPPING, "placeholders"))
    return;
  mapping->placeholders =
      arena_alloc(&mapping->arena, (node->count + 1) * sizeof *mapping->placeholders);
  for (size_t i = 0; i < node->count; i++) {
    const struct yaml_node *values = node->items[i];
    struct sigma_placeholder placeholder = {.name = node->keys[i]->value, .node = values};
    if (values->type == YAML_MAPPING ? read_table(reader, values, &placeholder)
                                     : read_values(reader, values, &placeholder))
      mapping->placeholders[mapping->placeholder_count++] = placeholder;
  }
}

unsigned sigma_status(struct text name) {
  return text_is(name, "deprecated")    ? SIGMA_DEPRECATED
         : text_is(name, "unsupported") ? SIGMA_UNSUPPORTED
                                        : 0;
}

static bool read_statuses(const struct reader *reader, const struct yaml_node *node) {
  bool list = node && node->type == YAML_SEQUENCE;
  size_t count = !node || yaml_is_null(node) ? 0 : list ? node->count : 1;
  for (size_t i = 0; i < count; i++) {
    struct text name;
    const struct yaml_node *item = list ? node->items[i] : node;
    if (!yaml_string(&reader->context, item, "status", &name))
      return false;
    if (!sigma_status(name))
      return yaml_problem(&reader->context, item,
                          "status: deprecated or unsupported is possible; "
                          "rules of all others are taken anyway");
    reader->mapping->statuses |= sigma_status(name);
  }
  return true;
}

unsigned sigma_mapping_statuses(const struct sigma_mapping *mapping) {
  return mapping ? mapping->statuses : 0;
}

static void read_mapping(const struct reader *reader, const struct yaml_node *root) {
  static const char *const known[] = {"logsources", "fields", "fields_below", "placeholders",
                                      "status"};
  struct sigma_mapping *mapping = reader->mapping;
  yaml_known_keys(&reader->context, root, "a Sigma mapping", known, sizeof known / sizeof *known);
  read_fields(reader, yaml_get(root, "fields"), &mapping->fields);
  read_path(reader, root, "fields_below", &mapping->fields_below);
  read_placeholders(reader, yaml_get(root, "placeholders"));
  read_statuses(reader, yaml_get(root, "status"));
  read_sources(reader, yaml_get(root, "logsources"));
}

static struct sigma_mapping *take(struct yaml *yaml, const char *section, struct error *error,
                                  struct problems *problems) {
  if (!yaml) {
    problems_add_error(problems, error);
    return NULL;
  }
  struct sigma_mapping *mapping = memory_alloc(sizeof *mapping);
  mapping->yaml = yaml;
  const struct reader reader = {{yaml, problems}, mapping};
  const struct yaml_node *root = section ? yaml_get(yaml_root(yaml), section) : yaml_root(yaml);
  if (root && yaml_expect(&reader.context, root, YAML_MAPPING, section ? section : "the mapping"))
    read_mapping(&reader, root);
  return mapping;
}

struct sigma_mapping *sigma_mapping_load(const char *path, struct problems *problems) {
  struct error error = ERROR_NONE;
  return take(yaml_load_file(path, FILE_HANDED_OVER, &error), NULL, &error, problems);
}

struct sigma_mapping *sigma_mapping_read(struct text text, const char *name, const char *section,
                                         struct problems *problems) {
  struct error error = ERROR_NONE;
  return take(yaml_load_text(text, name, &error), section, &error, problems);
}

void sigma_mapping_free(struct sigma_mapping *mapping) {
  if (!mapping)
    return;
  yaml_free(mapping->yaml);
  arena_free(&mapping->arena);
  free(mapping);
}

/* ---- placeholders from lookup tables ---- */

struct gathering {
  struct sigma_mapping *mapping;
  const struct sigma_placeholder *placeholder;
  struct text *items;
  size_t count, capacity;
  bool too_many;
};

static void gather_value(struct gathering *gathering, struct lookup_cursor *row) {
  struct lookup_value value = lookup_take(row);
  if (value.type == LOOKUP_LIST) {
    for (size_t i = 0; i < value.of.count; i++)
      gather_value(gathering, row);
    return;
  }
  if (value.type != LOOKUP_TEXT && value.type != LOOKUP_INTEGER)
    return;
  gathering->too_many = gathering->too_many || gathering->count == VALUES_MAX;
  if (gathering->too_many)
    return;
  gathering->items = memory_reserve(gathering->items, &gathering->capacity, gathering->count + 1,
                                    sizeof *gathering->items);
  gathering->items[gathering->count++] =
      value.type == LOOKUP_TEXT ? arena_copy(&gathering->mapping->arena, value.of.text)
                                : text_from(arena_printf(&gathering->mapping->arena, "%lld",
                                                         (long long)value.of.integer));
}

/* Takes the key of a row, or what its column holds. */
static void gather_row(void *context, struct lookup_cursor row) {
  struct gathering *gathering = context;
  struct text column = gathering->placeholder->column;
  struct buffer key = BUFFER_NONE;
  if (column.size == 0) {
    lookup_put_text(&key, row.key);
    gather_value(gathering, &(struct lookup_cursor){.at = key.data, .key = row.key});
    buffer_free(&key);
    return;
  }
  struct lookup_value value = lookup_take(&row);
  if (value.type != LOOKUP_ROW && value.type != LOOKUP_MAP)
    return;
  for (size_t i = 0; i < value.of.count; i++) {
    if (text_equal(lookup_take_key(&row, value.type), column)) {
      gather_value(gathering, &row);
      return;
    }
    lookup_skip(&row);
  }
}

static const struct lookup_options *find_table(const struct lookup_options *lookups, size_t count,
                                               struct text name) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(lookups[i].name, name))
      return &lookups[i];
  return NULL;
}

static void read_lookup(struct sigma_mapping *mapping, struct sigma_placeholder *placeholder,
                        const struct lookup_options *options, struct problems *problems) {
  const struct yaml_context context = {mapping->yaml, problems};
  struct gathering gathering = {.mapping = mapping, .placeholder = placeholder};
  struct problems reported = PROBLEMS_NONE; /* by who reads the tables for rules */
  struct lookup_set *set = lookup_set_load(options, 1, &reported);
  lookup_set_each(set, 0, gather_row, &gathering);
  struct text *items = arena_alloc(&mapping->arena, (gathering.count + 1) * sizeof *items);
  if (gathering.count)
    memcpy(items, gathering.items, gathering.count * sizeof *items);
  placeholder->values = (struct text_list){items, gathering.count};
  if (gathering.too_many)
    yaml_problem(&context, placeholder->node, "placeholders: at most %d values of one name",
                 VALUES_MAX);
  else if (gathering.count == 0 && reported.count == 0)
    yaml_problem(&context, placeholder->node,
                 "placeholders: the table '%.*s' has no text or number in %s%.*s",
                 TEXT_ARGS(placeholder->lookup),
                 placeholder->column.size ? "the column " : "its key",
                 TEXT_ARGS(placeholder->column));
  free(gathering.items);
  problems_clear(&reported);
  lookup_set_release(set);
}

void sigma_mapping_read_lookups(struct sigma_mapping *mapping, const struct lookup_options *lookups,
                                size_t count, struct problems *problems) {
  for (size_t i = 0; mapping && i < mapping->placeholder_count; i++) {
    struct sigma_placeholder *placeholder = &mapping->placeholders[i];
    const struct yaml_context context = {mapping->yaml, problems};
    if (placeholder->lookup.size == 0)
      continue;
    const struct lookup_options *options = find_table(lookups, count, placeholder->lookup);
    if (options)
      read_lookup(mapping, placeholder, options, problems);
    else
      yaml_problem(&context, placeholder->node,
                   "placeholders: no lookup table '%.*s' is configured (-c names a configuration)",
                   TEXT_ARGS(placeholder->lookup));
  }
}

const struct sigma_placeholder *sigma_mapping_placeholder(const struct sigma_mapping *mapping,
                                                          struct text name) {
  for (size_t i = 0; mapping && i < mapping->placeholder_count; i++)
    if (text_equal(mapping->placeholders[i].name, name) && mapping->placeholders[i].values.count)
      return &mapping->placeholders[i];
  return NULL;
}

/* ---- using ---- */

/* How many words an entry and a rule share; -1 when the entry wants another. */
static int fit(const struct schema_logsource *entry, const struct schema_logsource *rule) {
  const struct text wanted[] = {entry->category, entry->product, entry->service};
  const struct text given[] = {rule->category, rule->product, rule->service};
  int words = 0;
  for (size_t i = 0; i < 3; i++) {
    if (wanted[i].size == 0)
      continue;
    if (!text_equal_folded(wanted[i], given[i]))
      return -1;
    words++;
  }
  return words;
}

static const struct sigma_log_source *best_of(const struct sigma_log_source *sources, size_t count,
                                              const struct schema_logsource *words, int *most) {
  const struct sigma_log_source *best = NULL;
  for (size_t i = 0; i < count; i++) {
    int shared = fit(&sources[i].words, words);
    if (shared > *most) {
      *most = shared;
      best = &sources[i];
    }
  }
  return best;
}

static bool same_words(const struct schema_logsource *a, const struct schema_logsource *b) {
  return text_equal_folded(a->category, b->category) && text_equal_folded(a->product, b->product) &&
         text_equal_folded(a->service, b->service);
}

/* The entries with the same words as the best one. */
static struct sigma_log_sources same_sources(const struct sigma_mapping *mapping,
                                             const struct sigma_log_source *best,
                                             struct arena *arena) {
  struct sigma_log_sources same = {
      .items = arena_alloc(arena, (mapping->count + 1) * sizeof(struct sigma_log_source *))};
  for (size_t i = 0; i < mapping->count; i++)
    if (same_words(&mapping->sources[i].words, &best->words))
      same.items[same.count++] = &mapping->sources[i];
  return same;
}

/* How many words a schema and a rule share; what one of them leaves out does not matter. 0 when
 * they differ, or when the rule leaves out the product: a service has a meaning within its product.
 */
static int shared_words(const struct schema_logsource *schema,
                        const struct schema_logsource *rule) {
  const struct text named[] = {schema->category, schema->product, schema->service};
  const struct text given[] = {rule->category, rule->product, rule->service};
  int words = 0;
  if (schema->product.size && rule->product.size == 0)
    return 0;
  for (size_t i = 0; i < 3; i++) {
    if (named[i].size == 0 || given[i].size == 0)
      continue;
    if (!text_equal_folded(named[i], given[i]))
      return 0;
    words++;
  }
  return words;
}

/* The log types of all schemas that share most words with the rule; NULL when that is not more than
 * `least` words. */
static const struct sigma_log_source *find_schemas(const struct schema_set *schemas,
                                                   const struct schema_logsource *words, int least,
                                                   struct arena *arena) {
  int most = least > 0 ? least : 0;
  struct text *log_types = arena_alloc(arena, (schemas->count + 1) * sizeof *log_types);
  size_t count = 0;
  for (size_t i = 0; i < schemas->count; i++) {
    int shared = shared_words(&schemas->schemas[i].logsource, words);
    if (shared > most)
      count = 0;
    if (shared > most || (shared == most && count > 0))
      log_types[count++] = schemas->schemas[i].name;
    most = shared > most ? shared : most;
  }
  if (count == 0)
    return NULL;
  struct sigma_log_source *source = arena_alloc(arena, sizeof *source);
  source->log_types = (struct text_list){log_types, count};
  return source;
}

struct sigma_log_sources sigma_logsource_find(const struct sigma_logsources *logsources,
                                              const struct schema_logsource *words,
                                              struct arena *arena) {
  const struct sigma_mapping *mapping = logsources->mapping;
  int most = -1;
  const struct sigma_log_source *mapped =
      mapping ? best_of(mapping->sources, mapping->count, words, &most) : NULL;
  const struct sigma_log_source *own =
      logsources->schemas ? find_schemas(logsources->schemas, words, most, arena) : NULL;
  if (own) {
    struct sigma_log_sources one = {arena_alloc(arena, sizeof(struct sigma_log_source *)), 1};
    one.items[0] = own;
    return one;
  }
  return mapped ? same_sources(mapping, mapped, arena) : (struct sigma_log_sources){NULL, 0};
}

static struct text word_at(const struct schema_logsource *words, size_t index) {
  return index == 0 ? words->category : index == 1 ? words->product : words->service;
}

/* Whether the entry and the rule differ in the word of that index alone; what one of them leaves
 * out does not matter. */
static bool differ_in(const struct schema_logsource *entry, const struct schema_logsource *rule,
                      size_t index) {
  for (size_t i = 0; i < 3; i++) {
    struct text wanted = word_at(entry, i), given = word_at(rule, i);
    bool differs = wanted.size && given.size && !text_equal_folded(wanted, given);
    if (differs != (i == index))
      return false;
  }
  return true;
}

const char *sigma_logsource_nearest(const struct sigma_logsources *logsources,
                                    const struct schema_logsource *words, struct arena *arena) {
  const struct sigma_mapping *mapping = logsources->mapping;
  const struct schema_set *schemas = logsources->schemas;
  size_t mapped = mapping ? mapping->count : 0, count = mapped + (schemas ? schemas->count : 0);
  const char **known = arena_alloc(arena, (count + 1) * sizeof *known), *nearest = NULL;
  for (size_t index = 0; index < 3 && !nearest; index++) {
    size_t known_count = 0;
    for (size_t i = 0; i < count; i++) {
      const struct schema_logsource *entry =
          i < mapped ? &mapping->sources[i].words : &schemas->schemas[i - mapped].logsource;
      if (differ_in(entry, words, index))
        known[known_count++] = arena_copy(arena, word_at(entry, index)).data;
    }
    nearest = text_nearest(word_at(words, index), known, known_count);
  }
  return nearest;
}

static const struct sigma_field *find_field(const struct sigma_fields *fields, struct text name) {
  for (size_t i = 0; i < fields->count; i++)
    if (text_equal(fields->items[i].from, name))
      return &fields->items[i];
  return NULL;
}

struct text sigma_mapping_field(const struct sigma_mapping *mapping,
                                const struct sigma_log_source *source, struct text field,
                                struct arena *arena) {
  const struct sigma_field *found = find_field(&source->fields, field);
  struct text below = source->fields_below;
  if (!found && mapping)
    found = find_field(&mapping->fields, field);
  if (found)
    return found->to;
  if (!below.size && mapping)
    below = mapping->fields_below;
  return below.size
             ? text_from(arena_printf(arena, "%.*s.%.*s", TEXT_ARGS(below), TEXT_ARGS(field)))
             : field;
}

const struct yaml *sigma_mapping_yaml(const struct sigma_mapping *mapping) {
  return mapping->yaml;
}
