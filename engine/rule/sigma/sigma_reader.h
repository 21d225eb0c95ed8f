/*
 * What a Sigma document is read with, and the two ends that reading may have besides a rule: a
 * mistake (a problem of the YAML context) and a refusal. Private to Sigma's loader; for the thread
 * that loads.
 */
#ifndef RULE_SIGMA_SIGMA_READER_H
#define RULE_SIGMA_SIGMA_READER_H

#include "rule/condition/condition.h"
#include "rule/set/rule_set.h"
#include "rule/sigma/sigma_mapping.h"

/* Values of one rule; more are a mistake. */
#define SIGMA_VALUES_MAX 200000
/* Texts that the values of a whole set may stand for: windash and base64offset make many of one. */
#define SIGMA_FORMS_MAX 4000000

struct sigma_reader {
  struct rule_set *set;
  const struct sigma_logsources *logsources;
  const struct sigma_mapping *mapping; /* that gives fields their names; NULL = none */
  struct yaml_context context;
  const struct yaml_node *document;
  const char *refused; /* why the rule is not taken; NULL = it is, so far */
  unsigned refused_line;
  bool lacks_schemas;   /* as in rule_refusal */
  size_t values_left;   /* of the rule's detections, however often they are named */
  bool values_reported; /* that they are too many */
  size_t *forms_left;   /* of SIGMA_FORMS_MAX */
};

/* Says that margay does not have what the document wants. Always false; the first reason stays. */
bool sigma_refuse(struct sigma_reader *reader, const struct yaml_node *node, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* Notes what is odd about a rule that is taken all the same (struct rule_set, warnings). */
void sigma_warn(struct sigma_reader *reader, const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A span of time that margay can count over. False on a mistake. */
bool sigma_timespan_read(struct sigma_reader *reader, const struct yaml_node *node,
                         const char *what, int64_t *timespan);

#endif
