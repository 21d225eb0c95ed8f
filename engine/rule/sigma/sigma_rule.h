/* A Sigma document on its way to a rule: private to Sigma's loader. */
#ifndef RULE_SIGMA_SIGMA_RULE_H
#define RULE_SIGMA_SIGMA_RULE_H

#include "base/map.h"
#include "rule/sigma/sigma_mapping.h"

/* What a rule's documents are read with. */
struct sigma_reader {
  struct rule_set *set;
  const struct sigma_mapping *mapping; /* NULL = none */
  struct yaml_context context;
  const struct yaml_node *document;
  const char *refused; /* why the rule is not taken; NULL = it is, so far */
  unsigned refused_line;
  size_t values_left; /* of the rule's detections, however often they are named */
  bool values_told;   /* that they are too many */
  size_t *forms_left; /* texts that the values of all rules may stand for */
};

/* Values of one rule; larger ones are mistakes. */
#define SIGMA_VALUES_MAX 200000
/* Keys of one detection: every name and pattern of its condition is compared with all of them. */
#define SIGMA_SEARCHES_MAX 2000
/* What these may stand for in a whole set: windash and base64offset make many of one. */
#define SIGMA_FORMS_MAX 4000000

/* Tells that margay has not what the document wants. Always false; the first reason stays. */
bool sigma_refuse(struct sigma_reader *reader, const struct yaml_node *node, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* Reads title, level, tags and their like into the rule. False when there is a mistake. */
bool sigma_metadata_read(struct sigma_reader *reader, struct rule *rule);

/* The value of a scalar as conditions take it. */
struct condition_value sigma_value(const struct yaml_node *scalar);

/* What a detection names, and the logsource that says how its fields are called. */
struct sigma_detection {
  struct sigma_reader *reader;
  const struct sigma_log_source *source;
  const struct yaml_node *detection;
};

/* One search identifier's definition: a map, a list of maps, keywords. NULL on a mistake, or when
 * the rule is refused. The condition is the caller's to release. */
const struct condition *sigma_search_compile(const struct sigma_detection *detection,
                                             const struct yaml_node *definition);

/* The whole: the `condition` over the search identifiers, and what the logsource's mapping adds. */
const struct condition *sigma_detection_compile(const struct sigma_detection *detection);

/* A document that was read. The tree lives as long as the loader. */
enum sigma_state { SIGMA_BROKEN, SIGMA_REFUSED, SIGMA_TAKEN };
struct sigma_document {
  struct yaml *yaml;
  const struct yaml_node *node;
  const char *file;
  struct text source;
  enum sigma_state state;
  size_t rule;                               /* TAKEN: its place among the loader's rules */
  const struct sigma_log_source *log_source; /* NULL: a correlation */
};

struct sigma_loader {
  struct rule_set *set;
  const struct sigma_mapping *mapping;
  struct problems *problems;
  struct sigma_document **documents;
  size_t document_count, document_capacity;
  struct yaml **trees;
  size_t tree_count, tree_capacity;
  struct map by_name; /* struct sigma_document, by `name` and by `id` */
  struct rule *rules;
  size_t rule_count, rule_capacity;
  size_t forms_left;
  size_t suggestions_left; /* for names of rules that are not there: looking for one takes long */
};

/* A reader for a document, and what is the same for every rule made from it. */
struct sigma_reader sigma_reader_of(struct sigma_loader *loader,
                                    const struct sigma_document *document);
struct rule sigma_rule_of(const struct sigma_document *document);

/* Reads a document with a `correlation`, after all others. */
enum sigma_state sigma_correlation_load(struct sigma_loader *loader, struct sigma_reader *reader,
                                        struct rule *rule);

/* The parts' AND or OR; NULL, and all released, when one of them is NULL. */
const struct condition *sigma_join(struct arena *arena, enum condition_kind kind,
                                   const struct condition *const *parts, size_t count);

#endif
