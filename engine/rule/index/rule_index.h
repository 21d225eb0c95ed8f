/*
 * The room rule/index finds the rules that may match an event without trying each.
 *
 * The where-index: which rules an event may match, without looking at each of them.
 *
 * Built once for a rule set, never changes, shared by all threads; the scratch serves one thread.
 * A log type's rules are a tree. A node asks for one field and goes on by its value to the rules
 * that want this value, and to the rules that do not ask for the field. Where many rules are left,
 * a literal set over one field says which of them can still hold. So each rule is reached by what
 * is most selective in it, and the cost of an event depends on how many rules are nearly right for
 * it, not on how many there are.
 *
 * Candidates are never too few: what rule_vm_match says decides. (One thing differs from matching
 * every rule: a rule whose regex would give up on an event is not asked when the event lacks what
 * the rule needs anyway, so the giving up is not reported.)
 */
#ifndef RULE_INDEX_RULE_INDEX_H
#define RULE_INDEX_RULE_INDEX_H

#include "rule/index/literal_set.h"
#include "rule/rule.h"

struct rule_index;
struct rule_index_type;
struct rule_index_scratch;

/* Of the enabled rules. The array and the rules' conditions must outlive it. */
struct rule_index *rule_index_new(const struct rule *rules, size_t count,
                                  enum literal_engine engine);
void rule_index_free(struct rule_index *index); /* NULL is fine */

struct rule_index_scratch *rule_index_scratch_new(const struct rule_index *index);
void rule_index_scratch_free(struct rule_index_scratch *scratch); /* NULL is fine */

/* The rules of one log type; NULL when there is none. */
const struct rule_index_type *rule_index_type(const struct rule_index *index, struct text log_type);

/* The rules of the type that may match the event of the view, in order of id. They live until the
 * scratch's next use. Allocates nothing, but for the first event of a schema and for texts
 * beyond ASCII. */
struct rule_list rule_index_candidates(const struct rule_index_type *type,
                                       struct rule_index_scratch *scratch, struct field_view *view);

/* What was built: for tests and for measuring. */
struct rule_index_size {
  size_t types, nodes, keys, literal_sets, literals;
};
struct rule_index_size rule_index_size(const struct rule_index *index);

#endif
