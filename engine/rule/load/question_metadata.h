/* The questions of Lua rules (rule/question.h). Private to the files that read metadata. */
#ifndef RULE_LOAD_QUESTION_METADATA_H
#define RULE_LOAD_QUESTION_METADATA_H

#include "rule/load/metadata_reader.h"

/* Each reads the table at the top of the stack, which stays, into the rule's questions. */
void question_metadata_new_value(struct metadata_reader *reader);
void question_metadata_rate(struct metadata_reader *reader);
void question_metadata_distinct(struct metadata_reader *reader);
void question_metadata_dormant(struct metadata_reader *reader);
void question_metadata_unusual_hour(struct metadata_reader *reader);
void question_metadata_spike(struct metadata_reader *reader);
void question_metadata_travel(struct metadata_reader *reader);

/* As templates_check, for the fields that the rule's questions name. */
bool questions_check(struct rule_set *set, struct rule *rule, const struct schema_set *schemas,
                     struct problems *problems);

#endif
