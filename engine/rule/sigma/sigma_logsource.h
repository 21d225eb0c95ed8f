/* The `logsource` of a rule or a filter: its words, of which each may be a list, and what they
 * mean. Private to Sigma's loader; for the thread that loads. */
#ifndef RULE_SIGMA_SIGMA_LOGSOURCE_H
#define RULE_SIGMA_SIGMA_LOGSOURCE_H

#include "rule/sigma/sigma_reader.h"

/* Combinations of the words of one rule. */
#define SIGMA_COMBINATIONS_MAX 64

/* Every combination of category, product and service that the document names. */
struct sigma_words {
  struct schema_logsource items[SIGMA_COMBINATIONS_MAX];
  size_t count;
};

/* False on a mistake. */
bool sigma_words_read(struct sigma_reader *reader, struct sigma_words *words);

/* Whether a rule with the words is among those that a filter with its words is for: nothing that
 * the filter names differs. */
bool sigma_words_fit(const struct sigma_words *filter, const struct sigma_words *rule);

/* What the words mean; sources that differ in nothing but their log types are one. When there is
 * none, the rule is refused. */
struct sigma_log_sources sigma_words_sources(struct sigma_reader *reader,
                                             const struct sigma_words *words);

/* The log types of all of them, each once, in the set's arena: the mapping may be gone before the
 * set is. */
struct text_list sigma_sources_log_types(struct arena *arena,
                                         const struct sigma_log_sources *sources);

#endif
