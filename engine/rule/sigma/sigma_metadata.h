/* What a Sigma rule says of itself, to a rule's metadata. Private to Sigma's loader. */
#ifndef RULE_SIGMA_SIGMA_METADATA_H
#define RULE_SIGMA_SIGMA_METADATA_H

#include "rule/sigma/sigma_reader.h"

/* Reads title, level, tags and their like into the rule. False when there is a mistake. */
bool sigma_metadata_read(struct sigma_reader *reader, struct rule *rule);

#endif
