#include "rule/sigma/sigma_load.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/sigma/sigma_condition.h"
#include "rule/sigma/sigma_correlation.h"
#include "rule/sigma/sigma_metadata.h"

#include <stdlib.h>

/* What a rule may say (specification 2.1), and `tests`, which is ours. Others are allowed. */
static const char *const known_keys[] = {
    "title",     "id",         "name",      "related", "taxonomy", "status",         "description",
    "license",   "references", "reference", "author",  "date",     "modified",       "logsource",
    "detection", "fields",     "level",     "tags",    "scope",    "falsepositives", "correlation",
    "filter",    "tests"};
enum { KNOWN_COUNT = sizeof known_keys / sizeof *known_keys };

#define SUGGESTIONS_MAX 50

/* A text as it is, where a mistake is not worth reporting. */
static struct text glance(const struct yaml_node *document, const char *key) {
  const struct yaml_node *node = yaml_get(document, key);
  return node && node->type == YAML_SCALAR ? node->value : TEXT("");
}

static void add_refusal(const struct sigma_loader *loader, const struct sigma_document *document,
                        const struct sigma_reader *reader) {
  struct rule_set *set = loader->set;
  struct text title = glance(document->node, "title"), name = glance(document->node, "name");
  set->refusals = memory_reserve(set->refusals, &set->refusal_capacity, set->refusal_count + 1,
                                 sizeof *set->refusals);
  set->refusals[set->refusal_count++] =
      (struct rule_refusal){.file = document->file,
                            .line = reader->refused_line,
                            .id = arena_copy(&set->arena, glance(document->node, "id")),
                            .title = arena_copy(&set->arena, title.size ? title : name),
                            .reason = reader->refused,
                            .lacks_schemas = reader->lacks_schemas};
}

/* ---- one rule ---- */

static bool is_known(struct text key) {
  for (size_t i = 0; i < KNOWN_COUNT; i++)
    if (text_is(key, known_keys[i]))
      return true;
  return false;
}

/* Sigma allows keys of one's own. One that nearly is a key that is not there is taken for a slip.
 */
static bool check_keys(const struct sigma_reader *reader) {
  const struct yaml_node *document = reader->document;
  bool ok = true;
  char shown[80];
  for (size_t i = 0; i < document->count; i++) {
    struct text key = document->keys[i]->value;
    if (is_known(key))
      continue;
    const char *nearest = text_nearest(key, known_keys, KNOWN_COUNT);
    struct suggestion suggestion;
    if (nearest && !yaml_get(document, nearest))
      ok = yaml_problem(&reader->context, document->keys[i], "unknown key '%s'%s",
                        text_printable(key, shown, sizeof shown),
                        suggestion_write(nearest, &suggestion));
  }
  return ok;
}

static bool check_status(struct sigma_reader *reader) {
  struct text status = glance(reader->document, "status");
  if (!text_is(status, "deprecated") && !text_is(status, "unsupported"))
    return true;
  return sigma_refuse(reader, yaml_get(reader->document, "status"), "its status is '%.*s'",
                      TEXT_ARGS(status));
}

static bool read_logsource(const struct sigma_reader *reader, struct schema_logsource *words) {
  const struct {
    const char *key;
    struct text *word;
  } rows[] = {
      {"category", &words->category}, {"product", &words->product}, {"service", &words->service}};
  const struct yaml_node *node = yaml_get(reader->document, "logsource");
  if (!node)
    return yaml_problem(&reader->context, reader->document, "the rule has no 'logsource'");
  if (!yaml_expect(&reader->context, node, YAML_MAPPING, "logsource"))
    return false;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct yaml_node *value = yaml_get(node, rows[i].key);
    if (value && !yaml_is_null(value) &&
        !yaml_string(&reader->context, value, rows[i].key, rows[i].word))
      return false;
  }
  return true;
}

/* Says that nothing names the logsource, and what could have. */
static void refuse_logsource(struct sigma_reader *reader, const struct schema_logsource *words) {
  const struct {
    const char *key;
    struct text word;
  } rows[] = {
      {"category", words->category}, {"product", words->product}, {"service", words->service}};
  struct buffer shown = BUFFER_NONE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].word.size)
      buffer_printf(&shown, "%s%s: %.*s", shown.size ? ", " : "", rows[i].key,
                    TEXT_ARGS(rows[i].word));
  reader->lacks_schemas = shown.size && !reader->logsources->schemas;
  sigma_refuse(reader, yaml_get(reader->document, "logsource"), "no log type for %s%s",
               shown.size ? shown.data : "an empty logsource",
               reader->lacks_schemas ? ": no schemas are loaded, and no mapping names it" : "");
  buffer_free(&shown);
}

static const struct sigma_log_source *find_source(struct sigma_reader *reader) {
  struct schema_logsource words = {.category = TEXT("")};
  if (!read_logsource(reader, &words))
    return NULL;
  const struct sigma_log_source *source =
      sigma_logsource_find(reader->logsources, &words, &reader->set->arena);
  if (source)
    return source;
  refuse_logsource(reader, &words);
  return NULL;
}

/* The fields for the summary, as the events call them. */
static void map_fields(const struct sigma_reader *reader, const struct sigma_log_source *source,
                       struct rule *rule) {
  size_t count = rule->summary_attributes.count;
  struct text *items = arena_alloc(&reader->set->arena, (count + 1) * sizeof *items);
  for (size_t i = 0; i < count; i++)
    items[i] =
        arena_copy(&reader->set->arena,
                   sigma_mapping_field(reader->mapping, source, rule->summary_attributes.items[i]));
  rule->summary_attributes = (struct text_list){items, count};
}

/* The mapping may be gone before the set is. */
static struct text_list keep_log_types(struct arena *arena, struct text_list log_types) {
  struct text *items = arena_alloc(arena, (log_types.count + 1) * sizeof *items);
  for (size_t i = 0; i < log_types.count; i++)
    items[i] = arena_copy(arena, log_types.items[i]);
  return (struct text_list){items, log_types.count};
}

static enum sigma_state state_of(const struct sigma_reader *reader, bool ok) {
  return reader->refused ? SIGMA_REFUSED : ok ? SIGMA_TAKEN : SIGMA_BROKEN;
}

static enum sigma_state read_rule(struct sigma_reader *reader, struct sigma_document *document,
                                  struct rule *rule) {
  const struct yaml_node *detection = yaml_get(reader->document, "detection");
  if (!check_keys(reader) || !check_status(reader))
    return state_of(reader, false);
  bool ok = sigma_metadata_read(reader, rule);
  if (!detection)
    ok = yaml_problem(&reader->context, reader->document, "the rule has no 'detection'");
  document->log_source = find_source(reader);
  if (!ok || !detection || !document->log_source)
    return state_of(reader, false);
  rule->log_types = keep_log_types(&reader->set->arena, document->log_source->log_types);
  map_fields(reader, document->log_source, rule);
  const struct sigma_detection compiled = {reader, document->log_source, detection};
  rule->where = sigma_detection_compile(&compiled);
  if (rule->where && reader->refused) {
    condition_release(rule->where);
    rule->where = NULL;
  }
  return state_of(reader, rule->where);
}

/* ---- documents ---- */

static void settle(struct sigma_loader *loader, struct sigma_document *document,
                   const struct sigma_reader *reader, const struct rule *rule) {
  if (document->state == SIGMA_REFUSED)
    add_refusal(loader, document, reader);
  if (document->state != SIGMA_TAKEN)
    return;
  loader->rules = memory_reserve(loader->rules, &loader->rule_capacity, loader->rule_count + 1,
                                 sizeof *loader->rules);
  document->rule = loader->rule_count;
  loader->rules[loader->rule_count++] = *rule;
}

static void remember(struct sigma_loader *loader, struct sigma_document *document) {
  static const char *const keys[] = {"name", "id"};
  for (size_t i = 0; i < 2; i++) {
    struct text name = glance(document->node, keys[i]);
    if (name.size && !map_get(&loader->by_name, name))
      map_put(&loader->by_name, name, document);
  }
  loader->documents = memory_reserve(loader->documents, &loader->document_capacity,
                                     loader->document_count + 1, sizeof *loader->documents);
  loader->documents[loader->document_count++] = document;
}

/* Schemas, which may have a `logsource`, mappings, which other tools give a `title`, and other YAML
 * may lie in a folder of rules. */
static bool is_sigma(const struct yaml_node *document) {
  static const char *const marks[] = {"detection", "correlation", "filter"};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (yaml_get(document, marks[i]))
      return true;
  if (yaml_get(document, "title") && !yaml_get(document, "logsources"))
    return true;
  if (yaml_get(document, "logsource") && !yaml_get(document, "schema"))
    return true;
  return document->type != YAML_MAPPING;
}

/* `collection`: a document of the file has an `action`. `mistake`: of the YAML, or NULL. */
static void load_document(struct sigma_loader *loader, struct sigma_document *document,
                          const struct yaml_node *collection, const struct error *mistake) {
  struct sigma_reader reader = sigma_reader_of(loader, document);
  struct rule rule = sigma_rule_of(document);
  if (!is_sigma(document->node) ||
      !yaml_expect(&reader.context, document->node, YAML_MAPPING, "a Sigma rule"))
    return;
  remember(loader, document);
  if (mistake) {
    problems_add_error(loader->problems, mistake);
    return;
  }
  if (collection)
    sigma_refuse(&reader, document->node,
                 "its file is a collection ('action'), which Sigma 2 has no more: write each rule "
                 "out");
  else if (yaml_get(document->node, "filter"))
    sigma_refuse(&reader, yaml_get(document->node, "filter"),
                 "it is a filter for other rules, and margay has no filters");
  else if (yaml_get(document->node, "correlation"))
    return; /* for sigma_loader_finish */
  else
    document->state = read_rule(&reader, document, &rule);
  if (reader.refused)
    document->state = SIGMA_REFUSED;
  settle(loader, document, &reader, &rule);
}

static const struct yaml_node *find_action(const struct yaml *yaml) {
  for (size_t i = 0; i < yaml_document_count(yaml); i++)
    if (yaml_get(yaml_document(yaml, i), "action"))
      return yaml_get(yaml_document(yaml, i), "action");
  return NULL;
}

void sigma_loader_add(struct sigma_loader *loader, const char *file, struct text source) {
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_documents(source, file, &error);
  if (!yaml) {
    problems_add_error(loader->problems, &error);
    return;
  }
  loader->trees = memory_reserve(loader->trees, &loader->tree_capacity, loader->tree_count + 1,
                                 sizeof *loader->trees);
  loader->trees[loader->tree_count++] = yaml;
  const struct yaml_node *action = find_action(yaml);
  for (size_t i = 0; i < yaml_document_count(yaml); i++) {
    struct sigma_document *document = arena_alloc(&loader->set->arena, sizeof *document);
    *document = (struct sigma_document){
        .yaml = yaml, .node = yaml_document(yaml, i), .file = file, .source = source};
    load_document(loader, document, action, yaml_document_mistake(yaml, i));
  }
}

static int compare_refusals(const void *left, const void *right) {
  const struct rule_refusal *a = left, *b = right;
  int order = strcmp(a->file, b->file);
  return order ? order : (a->line > b->line) - (a->line < b->line);
}

struct rule *sigma_loader_finish(struct sigma_loader *loader, size_t *count) {
  for (size_t i = 0; i < loader->document_count; i++) {
    struct sigma_document *document = loader->documents[i];
    if (document->state != SIGMA_BROKEN || !yaml_get(document->node, "correlation") ||
        yaml_get(document->node, "filter"))
      continue;
    struct sigma_reader reader = sigma_reader_of(loader, document);
    struct rule rule = sigma_rule_of(document);
    bool taken =
        check_keys(&reader) && check_status(&reader) && sigma_metadata_read(&reader, &rule);
    document->state =
        taken ? sigma_correlation_load(loader, &reader, &rule) : state_of(&reader, false);
    settle(loader, document, &reader, &rule);
  }
  if (loader->set->refusal_count)
    qsort(loader->set->refusals, loader->set->refusal_count, sizeof(struct rule_refusal),
          compare_refusals);
  *count = loader->rule_count;
  return loader->rules;
}

struct sigma_loader *sigma_loader_new(struct rule_set *set,
                                      const struct sigma_logsources *logsources,
                                      struct problems *problems) {
  struct sigma_loader *loader = memory_alloc(sizeof *loader);
  *loader = (struct sigma_loader){.set = set,
                                  .logsources = logsources,
                                  .problems = problems,
                                  .by_name = MAP_NONE,
                                  .forms_left = SIGMA_FORMS_MAX,
                                  .suggestions_left = SUGGESTIONS_MAX};
  return loader;
}

void sigma_loader_free(struct sigma_loader *loader) {
  if (!loader)
    return;
  for (size_t i = 0; i < loader->tree_count; i++)
    yaml_free(loader->trees[i]);
  free(loader->trees);
  free(loader->documents);
  free(loader->rules);
  map_clear(&loader->by_name, NULL);
  free(loader);
}
