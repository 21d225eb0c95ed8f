/* Sigma's documents while a set is loaded. Private to Sigma's loader; for the thread that loads. */
#ifndef RULE_SIGMA_SIGMA_DOCUMENT_H
#define RULE_SIGMA_SIGMA_DOCUMENT_H

#include "base/map.h"
#include "rule/sigma/sigma_logsource.h"

/* A document that was read. The tree lives as long as the loader. */
enum sigma_state { SIGMA_BROKEN, SIGMA_REFUSED, SIGMA_TAKEN, SIGMA_FILTER /* it is no rule */ };
struct sigma_document {
  struct yaml *yaml;
  const struct yaml_node *node;
  const char *file;
  struct text source;
  enum sigma_state state;
  bool waits;                       /* it is read when all documents are there */
  bool reading;                     /* it is being read */
  bool is_member;                   /* a correlation that another one names */
  bool aggregates;                  /* its condition counts, with a `|` */
  size_t rule;                      /* TAKEN: its place among the loader's rules */
  struct sigma_log_sources sources; /* of a rule that runs on events */
};

struct sigma_filter;

struct sigma_loader {
  struct rule_set *set;
  const struct sigma_logsources *logsources;
  struct problems *problems;
  struct sigma_document **documents;
  size_t document_count, document_capacity;
  struct yaml **trees;
  size_t tree_count, tree_capacity;
  struct map by_name;            /* struct sigma_document, by `name` and by `id` */
  struct map ids;                /* of all rules, those in Lua among them: the file */
  struct sigma_filter **filters; /* in the set's arena */
  size_t filter_count, filter_capacity;
  struct rule *rules;
  size_t rule_count, rule_capacity;
  unsigned level; /* of correlations within each other, while they are read */
  size_t forms_left;
  size_t suggestions_left; /* for names of rules that are not there: looking for one takes long */
};

/* A reader for a document, and what is the same for every rule made from it. */
struct sigma_reader sigma_reader_of(struct sigma_loader *loader,
                                    const struct sigma_document *document);
struct rule sigma_rule_of(const struct sigma_document *document);

/* Adds a rule to the loader's. */
void sigma_loader_push(struct sigma_loader *loader, const struct rule *rule);

#endif
