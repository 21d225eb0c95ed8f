#include "rule/sigma/sigma_load.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/sigma/sigma_collection.h"
#include "rule/sigma/sigma_correlation.h"
#include "rule/sigma/sigma_filter.h"
#include "rule/sigma/sigma_metadata.h"
#include "rule/sigma/sigma_own.h"

#include <stdlib.h>

/* What a rule may say (specification 2.1), and what is ours: `tests` and `margay`. Others are
 * allowed. */
static const char *const known_keys[] = {
    "title",     "id",         "name",      "related", "taxonomy", "status",         "description",
    "license",   "references", "reference", "author",  "date",     "modified",       "logsource",
    "detection", "fields",     "level",     "tags",    "scope",    "falsepositives", "correlation",
    "filter",    "tests",      "margay"};
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

/* Without one of these a rule does nothing, or not what it says. */
static bool is_essential(const char *key) {
  static const char *const keys[] = {"detection", "logsource", "correlation",
                                     "filter",    "tests",     "margay"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strcmp(key, keys[i]) == 0)
      return true;
  return false;
}

/* Sigma allows keys of one's own. One that nearly is a key that is not there is taken for a slip,
 * and so is one that counts below `margay` alone. */
static bool check_keys(struct sigma_reader *reader) {
  const struct yaml_node *document = reader->document;
  bool ok = true;
  char shown[80];
  for (size_t i = 0; i < document->count; i++) {
    struct text key = document->keys[i]->value;
    if (is_known(key))
      continue;
    text_printable(key, shown, sizeof shown);
    if (sigma_own_is_key(key)) {
      sigma_warn(reader, document->keys[i], "unknown key '%s' (it belongs below 'margay')", shown);
      continue;
    }
    const char *nearest = text_nearest(key, known_keys, KNOWN_COUNT);
    struct suggestion suggestion;
    if (!nearest || yaml_get(document, nearest))
      continue;
    if (is_essential(nearest))
      ok = yaml_problem(&reader->context, document->keys[i], "unknown key '%s'%s", shown,
                        suggestion_write(nearest, &suggestion));
    else
      sigma_warn(reader, document->keys[i], "unknown key '%s'%s", shown,
                 suggestion_write(nearest, &suggestion));
  }
  return ok;
}

static bool check_status(struct sigma_reader *reader) {
  struct text status = glance(reader->document, "status");
  if (!text_is(status, "deprecated") && !text_is(status, "unsupported"))
    return true;
  unsigned wanted = text_is(status, "deprecated") ? SIGMA_DEPRECATED : SIGMA_UNSUPPORTED;
  if ((reader->logsources->statuses | sigma_mapping_statuses(reader->logsources->mapping)) & wanted)
    return true;
  return sigma_refuse(reader, yaml_get(reader->document, "status"), "its status is '%.*s'",
                      TEXT_ARGS(status));
}

/* The fields for the summary, as the events call them. */
static void map_fields(const struct sigma_reader *reader, const struct sigma_log_source *source,
                       struct rule *rule) {
  size_t count = rule->summary_attributes.count;
  struct text *items = arena_alloc(&reader->set->arena, (count + 1) * sizeof *items);
  for (size_t i = 0; i < count; i++)
    items[i] =
        arena_copy(&reader->set->arena,
                   sigma_mapping_field(reader->mapping, source, rule->summary_attributes.items[i],
                                       &reader->set->arena));
  rule->summary_attributes = (struct text_list){items, count};
}

static enum sigma_state state_of(const struct sigma_reader *reader, bool ok) {
  return reader->refused ? SIGMA_REFUSED : ok ? SIGMA_TAKEN : SIGMA_BROKEN;
}

/* What is said about a rule; its condition is compiled when all filters are known. */
static enum sigma_state read_rule(struct sigma_reader *reader, struct sigma_document *document,
                                  struct rule *rule) {
  const struct yaml_node *detection = yaml_get(reader->document, "detection");
  struct sigma_words words;
  if (!check_keys(reader) || !check_status(reader))
    return state_of(reader, false);
  bool ok = sigma_metadata_read(reader, rule);
  if (!detection)
    ok = yaml_problem(&reader->context, reader->document, "the rule has no 'detection'");
  if (sigma_words_read(reader, &words))
    document->sources = sigma_words_sources(reader, &words);
  if (!detection || document->sources.count == 0)
    return state_of(reader, false);
  rule->log_types = sigma_sources_log_types(&reader->set->arena, &document->sources);
  map_fields(reader, document->sources.items[0], rule);
  ok = sigma_own_read_texts(reader, document->sources.items[0], rule) && ok;
  return state_of(reader, ok);
}

static enum sigma_state compile_rule(struct sigma_loader *loader, struct sigma_reader *reader,
                                     struct sigma_document *document, struct rule *rule) {
  enum sigma_state state = read_rule(reader, document, rule);
  struct text text = {NULL, 0};
  if (state == SIGMA_REFUSED || document->sources.count == 0 ||
      !yaml_get(reader->document, "detection"))
    return state;
  rule->where = sigma_document_compile(loader, document, reader, &text);
  if (state == SIGMA_BROKEN) { /* compiled for its mistakes alone */
    if (rule->where)
      condition_release(rule->where);
    rule->where = NULL;
    return state;
  }
  if (!rule->where || !text.data)
    return state_of(reader, rule->where);
  struct sigma_aggregate aggregate;
  if (sigma_aggregate_read(reader, text, &aggregate) &&
      (sigma_measure_threshold(&aggregate.measure) || sigma_own_check_correlation(reader)))
    return sigma_correlation_of_aggregate(loader, document, reader, &aggregate, rule);
  condition_release(rule->where);
  rule->where = NULL;
  return state_of(reader, false);
}

/* ---- documents ---- */

/* Public sets use ids twice. The first rule keeps its id, so that what names it means it still. */
static void make_id_unique(struct sigma_loader *loader, const struct sigma_document *document,
                           struct sigma_reader *reader, struct rule *rule) {
  const struct rule_set *set = loader->set;
  if (loader->ids.count == 0)
    for (size_t i = 0; i < set->count; i++)
      map_put(&loader->ids, set->rules[i].id, (void *)(uintptr_t)set->rules[i].file);
  const char *first = map_get(&loader->ids, rule->id);
  struct text id = rule->id;
  for (unsigned number = 2; map_get(&loader->ids, rule->id); number++)
    rule->id = text_from(arena_printf(&loader->set->arena, "%.*s (%u)", TEXT_ARGS(id), number));
  map_put(&loader->ids, rule->id, (void *)(uintptr_t)document->file);
  if (!first)
    return;
  if (text_equal(rule->display_name, id))
    rule->display_name = rule->id;
  sigma_warn(reader, document->node, "the id '%.*s' is taken by a rule in %s: this one is '%.*s'",
             TEXT_ARGS(id), first, TEXT_ARGS(rule->id));
}

static void settle(struct sigma_loader *loader, struct sigma_document *document,
                   struct sigma_reader *reader, struct rule *rule) {
  if (document->state == SIGMA_REFUSED)
    add_refusal(loader, document, reader);
  if (document->state != SIGMA_TAKEN)
    return;
  make_id_unique(loader, document, reader, rule);
  document->rule = loader->rule_count;
  sigma_loader_push(loader, rule);
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

/* `mistake`: of the YAML, or NULL. */
static void load_document(struct sigma_loader *loader, struct sigma_document *document,
                          const struct error *mistake) {
  struct sigma_reader reader = sigma_reader_of(loader, document);
  if (!is_sigma(document->node) ||
      !yaml_expect(&reader.context, document->node, YAML_MAPPING, "a Sigma rule"))
    return;
  remember(loader, document);
  if (mistake)
    problems_add_error(loader->problems, mistake);
  else if (yaml_get(document->node, "filter"))
    document->state = sigma_filter_load(loader, document, &reader);
  else
    document->waits = true;
  if (document->state == SIGMA_REFUSED)
    add_refusal(loader, document, &reader);
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
  struct sigma_collection collection = {.arena = &loader->set->arena};
  for (size_t i = 0; i < yaml_document_count(yaml); i++) {
    struct sigma_document *document = arena_alloc(&loader->set->arena, sizeof *document);
    *document =
        (struct sigma_document){.yaml = yaml,
                                .node = sigma_collection_take(&collection, yaml_document(yaml, i)),
                                .file = file,
                                .source = source};
    if (document->node)
      load_document(loader, document, yaml_document_mistake(yaml, i));
  }
}

static int compare_refusals(const void *left, const void *right) {
  const struct rule_refusal *a = left, *b = right;
  int order = strcmp(a->file, b->file);
  return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* A correlation: a `correlation` of another type is a remark of the rule's author. */
static bool is_correlation(const struct sigma_document *document) {
  const struct yaml_node *node = yaml_get(document->node, "correlation");
  return node && (node->type == YAML_MAPPING || !yaml_get(document->node, "detection"));
}

static void finish_document(struct sigma_loader *loader, struct sigma_document *document);

/* Correlations within each other: how many levels. */
#define LEVELS_MAX 8

/* Reads the correlations that this one names, before itself. */
static void finish_members(struct sigma_loader *loader, const struct sigma_document *document) {
  struct sigma_document *members[CORRELATION_RULES_MAX];
  size_t count = is_correlation(document)
                     ? sigma_correlation_members(loader, document, members, CORRELATION_RULES_MAX)
                     : 0;
  for (size_t i = 0; i < count; i++)
    if (members[i]->waits && loader->level < LEVELS_MAX)
      finish_document(loader, members[i]);
}

static void finish_document(struct sigma_loader *loader, struct sigma_document *document) {
  struct sigma_reader reader = sigma_reader_of(loader, document);
  struct rule rule = sigma_rule_of(document);
  document->waits = false;
  document->reading = true;
  loader->level++;
  finish_members(loader, document);
  loader->level--;
  if (!is_correlation(document))
    document->state = compile_rule(loader, &reader, document, &rule);
  else if (check_keys(&reader) && check_status(&reader) && sigma_own_check_correlation(&reader) &&
           sigma_metadata_read(&reader, &rule))
    document->state = sigma_correlation_load(loader, document, &reader, &rule);
  else
    document->state = state_of(&reader, false);
  document->reading = false;
  settle(loader, document, &reader, &rule);
}

/* What a correlation names has to be one over matches itself. */
static void mark_members(struct sigma_loader *loader) {
  struct sigma_document *members[CORRELATION_RULES_MAX];
  for (size_t i = 0; i < loader->document_count; i++) {
    if (!is_correlation(loader->documents[i]))
      continue;
    size_t count =
        sigma_correlation_members(loader, loader->documents[i], members, CORRELATION_RULES_MAX);
    for (size_t k = 0; k < count; k++)
      members[k]->is_member = true;
  }
}

/* Rules, when all filters are known; then what correlates them. */
static void finish_documents(struct sigma_loader *loader, bool correlations) {
  for (size_t i = 0; i < loader->document_count; i++) {
    struct sigma_document *document = loader->documents[i];
    if (document->waits && is_correlation(document) == correlations)
      finish_document(loader, document);
  }
}

struct rule *sigma_loader_finish(struct sigma_loader *loader, size_t *count) {
  mark_members(loader);
  finish_documents(loader, false);
  finish_documents(loader, true);
  sigma_filters_report_unused(loader);
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
                                  .ids = MAP_NONE,
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
  free(loader->filters);
  free(loader->rules);
  map_clear(&loader->by_name, NULL);
  map_clear(&loader->ids, NULL);
  free(loader);
}
