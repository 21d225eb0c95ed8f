/*
 * Sigma's correlation rules, and the aggregations that came before them.
 *
 * A count over one rule that only has to be reached becomes a rule of its own: that rule's
 * condition with a threshold, grouped by the fields. Everything else becomes a correlation over
 * matches (rule/correlation.h): of rules, and of other correlations.
 *
 * Private to Sigma's loader.
 */
#ifndef RULE_SIGMA_SIGMA_CORRELATION_H
#define RULE_SIGMA_SIGMA_CORRELATION_H

#include "rule/sigma/sigma_aggregate.h"
#include "rule/sigma/sigma_document.h"

/* Reads a document with a `correlation`, after all that it names. */
enum sigma_state sigma_correlation_load(struct sigma_loader *loader,
                                        const struct sigma_document *document,
                                        struct sigma_reader *reader, struct rule *rule);

/* The documents that it names; at most as many as there is room for. */
size_t sigma_correlation_members(const struct sigma_loader *loader,
                                 const struct sigma_document *document,
                                 struct sigma_document **members, size_t most);

/* Makes a rule whose condition was compiled the count of its matches that its aggregation asks for.
 * One that no threshold can say leaves the condition with a second rule, a signal, whose id is the
 * rule's with " (events)" behind it. */
enum sigma_state sigma_correlation_of_aggregate(struct sigma_loader *loader,
                                                struct sigma_document *document,
                                                struct sigma_reader *reader,
                                                const struct sigma_aggregate *aggregate,
                                                struct rule *rule);

#endif
