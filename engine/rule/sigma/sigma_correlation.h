/*
 * Sigma's correlation rules.
 *
 * A count over one rule becomes a rule of its own: that rule's condition with a threshold, grouped
 * by the fields. Counts over several rules, and what happens near to each other, become a
 * correlation over their matches (rule/correlation.h).
 *
 * Private to Sigma's loader.
 */
#ifndef RULE_SIGMA_SIGMA_CORRELATION_H
#define RULE_SIGMA_SIGMA_CORRELATION_H

#include "rule/sigma/sigma_document.h"

/* Reads a document with a `correlation`, after all others. */
enum sigma_state sigma_correlation_load(struct sigma_loader *loader, struct sigma_reader *reader,
                                        struct rule *rule);

#endif
