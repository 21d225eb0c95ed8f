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

/* Zoom's records: the service is the log type's second word. */
#define ZOOM(service_name, log_type)                                                               \
  {                                                                                                \
    .words = {.product = TEXT_INIT("zoom"), .service = TEXT_INIT(service_name)}, .log_types = {    \
      (const struct text[]){TEXT_INIT(log_type)},                                                  \
      1                                                                                            \
    }                                                                                              \
  }
static const struct text all_zoom[] = {
    TEXT_INIT("Zoom.Operation"), TEXT_INIT("Zoom.Activity"),  TEXT_INIT("Zoom.MeetingActivity"),
    TEXT_INIT("Zoom.Account"),   TEXT_INIT("Zoom.User"),      TEXT_INIT("Zoom.Meeting"),
    TEXT_INIT("Zoom.Webinar"),   TEXT_INIT("Zoom.Recording"), TEXT_INIT("Zoom.Phone"),
    TEXT_INIT("Zoom.Chat"),      TEXT_INIT("Zoom.Room"),      TEXT_INIT("Zoom.Webhook")};
static const struct sigma_log_source zoom_sources[] = {
    ZOOM("operation", "Zoom.Operation"),
    ZOOM("activity", "Zoom.Activity"),
    ZOOM("meeting_activity", "Zoom.MeetingActivity"),
    ZOOM("account", "Zoom.Account"),
    ZOOM("user", "Zoom.User"),
    ZOOM("meeting", "Zoom.Meeting"),
    ZOOM("webinar", "Zoom.Webinar"),
    ZOOM("recording", "Zoom.Recording"),
    ZOOM("phone", "Zoom.Phone"),
    ZOOM("chat", "Zoom.Chat"),
    ZOOM("room", "Zoom.Room"),
    ZOOM("webhook", "Zoom.Webhook"),
    {.words = {.product = TEXT_INIT("zoom")},
     .log_types = {all_zoom, sizeof all_zoom / sizeof *all_zoom}},
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
  return take(yaml_load_file(path, &error), NULL, &error, problems);
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
static int fit(const struct sigma_logsource *entry, const struct sigma_logsource *rule) {
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
                                              const struct sigma_logsource *words, int *most) {
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

const struct sigma_log_source *sigma_mapping_find(const struct sigma_mapping *mapping,
                                                  const struct sigma_logsource *words) {
  int most = -1;
  const struct sigma_log_source *best =
      mapping ? best_of(mapping->sources, mapping->count, words, &most) : NULL;
  const struct sigma_log_source *zoom =
      best_of(zoom_sources, sizeof zoom_sources / sizeof *zoom_sources, words, &most);
  /* A service of Zoom's that is not known is not all of Zoom. */
  if (zoom && zoom->words.service.size == 0 && words->service.size)
    zoom = NULL;
  return zoom ? zoom : best;
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
