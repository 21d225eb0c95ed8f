#include "rule/sigma/sigma_document.h"

#include "base/memory.h"

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
