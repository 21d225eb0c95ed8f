#include "rule/sigma/sigma_document.h"

#include "base/memory.h"
#include "rule/sigma/sigma_condition.h"
#include "rule/sigma/sigma_filter.h"

struct sigma_reader sigma_reader_of(struct sigma_loader *loader,
                                    const struct sigma_document *document) {
  return (struct sigma_reader){.set = loader->set,
                               .logsources = loader->logsources,
                               .mapping = loader->logsources->mapping,
                               .context = {document->yaml, loader->problems},
                               .document = document->node,
                               .values_left = SIGMA_VALUES_MAX,
                               .forms_left = &loader->forms_left};
}

struct rule sigma_rule_of(const struct sigma_document *document) {
  return (struct rule){.file = document->file, .source = document->source};
}

void sigma_loader_push(struct sigma_loader *loader, const struct rule *rule) {
  loader->rules = memory_reserve(loader->rules, &loader->rule_capacity, loader->rule_count + 1,
                                 sizeof *loader->rules);
  loader->rules[loader->rule_count++] = *rule;
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
  return sigma_filters_add(loader, document, reader, condition);
}
