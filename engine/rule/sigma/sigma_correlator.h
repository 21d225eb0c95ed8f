/* A correlation while it is read, between the files that read its parts and make a rule of it.
 * Private to Sigma's correlations; for the thread that loads. */
#ifndef RULE_SIGMA_SIGMA_CORRELATOR_H
#define RULE_SIGMA_SIGMA_CORRELATOR_H

#include "rule/sigma/sigma_document.h"
#include "rule/sigma/sigma_measure.h"

/* A rule that is correlated. */
struct sigma_member {
  struct text reference; /* as it stands in `rules` */
  struct text id;
  const struct sigma_document *document; /* NULL: a Lua rule */
};

/* What must, or must not, happen: a step. */
struct sigma_clause {
  size_t members[CORRELATION_STEPS_MAX]; /* one of them */
  size_t count;
  bool absent;
};

struct sigma_correlator {
  struct sigma_loader *loader;
  struct sigma_reader *reader;
  struct rule *rule;
  const struct yaml_node *node;    /* for mistakes */
  const struct yaml_node *aliases; /* NULL: none */
  struct sigma_member *members;
  size_t member_count;
  const struct text *group_by; /* as the correlation calls them */
  size_t group_count;
  bool counts; /* its measure says what alerts; else its clauses do */
  struct sigma_measure measure;
  struct sigma_clause clauses[CORRELATION_STEPS_MAX];
  size_t clause_count;
  bool ordered;
  int64_t distinct_rules; /* so many of the members, whichever; 0: the clauses count */
};

/*
 * Makes the rule, once everything was read: a rule with a threshold where one rule is counted, else
 * a correlation over matches.
 */
enum sigma_state sigma_correlator_make(const struct sigma_correlator *correlator);

/* The same, always as a correlation. */
enum sigma_state sigma_correlator_make_steps(const struct sigma_correlator *correlator);

/* Reads a condition over the members, such as `a and (b or c) and not d`, into clauses. False on a
 * mistake, or when the rule is refused. */
bool sigma_expression_read(struct sigma_correlator *correlator, const struct yaml_node *node);

/* The names in such a condition, each once, as scalars' texts. */
size_t sigma_expression_names(struct text text, struct text *names, size_t most);

#endif
