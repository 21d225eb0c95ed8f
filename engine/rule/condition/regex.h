/*
 * A compiled regular expression (PCRE2, JIT where the machine has it, UTF with invalid sequences
 * never matching), safe on hostile subjects: what searches may cost is bounded by a budget of work
 * (work.h). Compiled ones never change and may be shared by threads; the scratch serves one thread.
 *
 * A search whose work is small however the subject looks (regex_cost.h) runs freely. Any other runs
 * code of the same pattern that calls back before each item, so that it can be ended anywhere.
 */
#ifndef RULE_CONDITION_REGEX_H
#define RULE_CONDITION_REGEX_H

#include "base/error.h"
#include "base/text.h"
#include "rule/condition/work.h"

struct regex;
struct regex_scratch;

/* Which of a pattern's options are on from the start. */
enum { REGEX_FOLD = 1, REGEX_MULTILINE = 2, REGEX_DOT_ALL = 4 };

/* NULL with the reason and the offset in the pattern. */
struct regex *regex_new(struct text pattern, unsigned options, struct error *error);
void regex_free(struct regex **regex); /* and sets it to NULL */

struct regex_scratch *regex_scratch_new(void);
void regex_scratch_free(struct regex_scratch **scratch);

enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT /* gave up: counts as no, is reported */ };

/* Searches from a byte offset, at the cost of `work`. After REGEX_YES the groups can be asked for.
 */
enum regex_result regex_match(const struct regex *regex, struct regex_scratch *scratch,
                              struct work *work, struct text subject, size_t from);
size_t regex_group_count(const struct regex *regex); /* without group 0 */
/* Where group n of the last match is; false when it took no part. */
bool regex_group(const struct regex_scratch *scratch, size_t group, size_t *start, size_t *end);

#endif
