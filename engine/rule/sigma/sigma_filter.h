/*
 * Sigma's filters: documents that add a condition to other rules ("and this, too").
 *
 * A filter names rules, by id or name, or `any`, and a logsource: it holds for those of the rules
 * that have this logsource or a narrower one. Its `condition` must hold besides the rule's own. It
 * reads the rule's log types and its field names are mapped as the rule's are. Correlations have no
 * filters; the rules that they name do.
 *
 * Private to Sigma's loader; for the thread that loads.
 */
#ifndef RULE_SIGMA_SIGMA_FILTER_H
#define RULE_SIGMA_SIGMA_FILTER_H

#include "rule/sigma/sigma_document.h"

/* Reads a document with a `filter`, and keeps it with the loader's filters. */
enum sigma_state sigma_filter_load(struct sigma_loader *loader, struct sigma_document *document,
                                   struct sigma_reader *reader);

/* The condition of a document with a `detection`, with what filters add. `aggregate` takes what its
 * condition counts. NULL on a mistake, or when the rule is refused. */
const struct condition *sigma_document_compile(struct sigma_loader *loader,
                                               const struct sigma_document *document,
                                               struct sigma_reader *reader, struct text *aggregate);

/* A warning for each filter that is for no rule at all. After all rules were filtered. */
void sigma_filters_report_unused(struct sigma_loader *loader);

#endif
