#include "rule/sigma/sigma_filter.h"

#include "base/memory.h"
#include "rule/sigma/sigma_condition.h"

#include <stdlib.h>

struct sigma_filter {
  const struct sigma_document *document;
  struct sigma_words words;
  const struct yaml_node *node;  /* `filter` */
  const struct yaml_node *rules; /* NULL: any */
  bool used;
};

/* `any`, an id or a name, or a list of these; an empty list is `any`. */
static bool read_rules(struct sigma_reader *reader, struct sigma_filter *filter) {
  const struct yaml_node *rules = yaml_get(filter->node, "rules");
  struct text unused;
  if (!rules)
    return yaml_problem(&reader->context, filter->node,
                        "the filter has no 'rules': ids or names of rules, or 'any'");
  bool list = rules->type == YAML_SEQUENCE;
  for (size_t i = 0; i < (list ? rules->count : 1); i++)
    if (!yaml_string(&reader->context, list ? rules->items[i] : rules, "rules", &unused))
      return false;
  bool any = list ? rules->count == 0 : text_equal_folded(rules->value, TEXT("any"));
  filter->rules = any ? NULL : rules;
  return true;
}

/* Compiles the filter for nothing, so that its mistakes are found even where no rule has it. */
static bool check(struct sigma_reader *reader, const struct sigma_filter *filter) {
  static const struct sigma_log_source plain = {.where = NULL};
  const struct sigma_detection detection = {
      .reader = reader, .source = &plain, .detection = filter->node, .filter = true};
  const struct condition *condition = sigma_detection_compile(&detection);
  condition_release(condition);
  return condition;
}

enum sigma_state sigma_filter_load(struct sigma_loader *loader, struct sigma_document *document,
                                   struct sigma_reader *reader) {
  struct sigma_filter *filter = arena_alloc(&loader->set->arena, sizeof *filter);
  *filter = (struct sigma_filter){.document = document, .node = yaml_get(document->node, "filter")};
  bool ok = yaml_expect(&reader->context, filter->node, YAML_MAPPING, "filter") &&
            sigma_words_read(reader, &filter->words) && read_rules(reader, filter) &&
            check(reader, filter);
  if (reader->refused)
    return SIGMA_REFUSED;
  if (!ok)
    return SIGMA_BROKEN;
  loader->filters = memory_reserve(loader->filters, &loader->filter_capacity,
                                   loader->filter_count + 1, sizeof(struct sigma_filter *));
  loader->filters[loader->filter_count++] = filter;
  return SIGMA_FILTER;
}

static bool names(const struct sigma_loader *loader, const struct sigma_filter *filter,
                  const struct sigma_document *document) {
  const struct yaml_node *rules = filter->rules;
  if (!rules)
    return true;
  bool list = rules->type == YAML_SEQUENCE;
  for (size_t i = 0; i < (list ? rules->count : 1); i++)
    if (map_get(&loader->by_name, list ? rules->items[i]->value : rules->value) == document)
      return true;
  return false;
}

static const struct condition *compile(struct sigma_loader *loader,
                                       const struct sigma_filter *filter,
                                       const struct sigma_document *document) {
  struct sigma_reader reader = sigma_reader_of(loader, filter->document);
  const struct sigma_detection detection = {
      .reader = &reader, .detection = filter->node, .filter = true};
  return sigma_detection_compile_all(&detection, &document->sources);
}

/* Adds what the filters ask for to the condition of a rule, which is released when that fails. */
static const struct condition *add_filters(struct sigma_loader *loader,
                                           const struct sigma_document *document,
                                           struct sigma_reader *reader,
                                           const struct condition *condition) {
  struct sigma_words words;
  if (!condition || loader->filter_count == 0 || !sigma_words_read(reader, &words))
    return condition;
  for (size_t i = 0; i < loader->filter_count && condition; i++) {
    struct sigma_filter *filter = loader->filters[i];
    if (!sigma_words_fit(&filter->words, &words) || !names(loader, filter, document))
      continue;
    filter->used = true;
    const struct condition *parts[] = {condition, compile(loader, filter, document)};
    condition = sigma_join(&loader->set->arena, CONDITION_ALL, parts, 2);
  }
  return condition;
}

const struct condition *sigma_document_compile(struct sigma_loader *loader,
                                               const struct sigma_document *document,
                                               struct sigma_reader *reader,
                                               struct text *aggregate) {
  const struct sigma_detection detection = {
      .reader = reader, .detection = yaml_get(document->node, "detection"), .aggregate = aggregate};
  const struct condition *condition = sigma_detection_compile_all(&detection, &document->sources);
  if (condition && reader->refused) {
    condition_release(condition);
    return NULL;
  }
  return add_filters(loader, document, reader, condition);
}

void sigma_filters_report_unused(struct sigma_loader *loader) {
  for (size_t i = 0; i < loader->filter_count; i++) {
    const struct sigma_filter *filter = loader->filters[i];
    struct sigma_reader reader = sigma_reader_of(loader, filter->document);
    if (!filter->used)
      sigma_warn(&reader, filter->node,
                 "the filter is for none of the rules that are loaded: its 'rules' and its "
                 "'logsource' name others");
  }
}
