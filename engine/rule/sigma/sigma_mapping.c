#include "rule/sigma/sigma_mapping.h"

#include "base/memory.h"

#include <stdlib.h>

struct sigma_mapping {
  struct arena arena;
  struct yaml *yaml;
  struct sigma_log_source *sources;
  size_t count;
  struct sigma_fields fields; /* of all logsources */
};

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

static void read_source(const struct reader *reader, const struct yaml_node *entry) {
  static const char *const known[] = {"category",  "product", "service",
                                      "log_types", "where",   "fields"};
  struct sigma_mapping *mapping = reader->mapping;
  struct sigma_log_source source = {.where = yaml_get(entry, "where")};
  if (!yaml_expect(&reader->context, entry, YAML_MAPPING, "a logsource") ||
      !yaml_known_keys(&reader->context, entry, "a logsource", known,
                       sizeof known / sizeof *known) ||
      !read_word(reader, entry, "category", &source.words.category) ||
      !read_word(reader, entry, "product", &source.words.product) ||
      !read_word(reader, entry, "service", &source.words.service) ||
      !read_log_types(reader, entry, &source.log_types) ||
      !read_fields(reader, yaml_get(entry, "fields"), &source.fields))
    return;
  mapping->sources[mapping->count++] = source;
}

static void read_mapping(const struct reader *reader, const struct yaml_node *root) {
  static const char *const known[] = {"logsources", "fields"};
  struct sigma_mapping *mapping = reader->mapping;
  const struct yaml_node *list = yaml_get(root, "logsources");
  yaml_known_keys(&reader->context, root, "a Sigma mapping", known, sizeof known / sizeof *known);
  read_fields(reader, yaml_get(root, "fields"), &mapping->fields);
  if (!list || yaml_is_null(list) ||
      !yaml_expect(&reader->context, list, YAML_SEQUENCE, "logsources"))
    return;
  mapping->sources = arena_alloc(&mapping->arena, (list->count + 1) * sizeof *mapping->sources);
  for (size_t i = 0; i < list->count; i++)
    read_source(reader, list->items[i]);
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

const struct sigma_log_source *sigma_logsource_find(const struct sigma_logsources *logsources,
                                                    const struct schema_logsource *words,
                                                    struct arena *arena) {
  const struct sigma_mapping *mapping = logsources->mapping;
  int most = -1;
  const struct sigma_log_source *mapped =
      mapping ? best_of(mapping->sources, mapping->count, words, &most) : NULL;
  const struct sigma_log_source *own =
      logsources->schemas ? find_schemas(logsources->schemas, words, most, arena) : NULL;
  return own ? own : mapped;
}

static const struct sigma_field *find_field(const struct sigma_fields *fields, struct text name) {
  for (size_t i = 0; i < fields->count; i++)
    if (text_equal(fields->items[i].from, name))
      return &fields->items[i];
  return NULL;
}

struct text sigma_mapping_field(const struct sigma_mapping *mapping,
                                const struct sigma_log_source *source, struct text field) {
  const struct sigma_field *found = find_field(&source->fields, field);
  if (!found && mapping)
    found = find_field(&mapping->fields, field);
  return found ? found->to : field;
}

const struct yaml *sigma_mapping_yaml(const struct sigma_mapping *mapping) {
  return mapping->yaml;
}
