#include "rule/load/where_share.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdlib.h>

/* Longer ones are rarely the same. */
#define TREE_BYTES_MAX 256

/* Appends the tree with the numbers of its tests; false when one of them has none, or it is long.
 */
static bool write_tree(const struct condition *condition, struct buffer *out) {
  if (condition->kind == CONDITION_FIELD) {
    buffer_printf(out, " %u", condition->shared);
    return condition->shared != CONDITION_ALONE && out->size <= TREE_BYTES_MAX;
  }
  buffer_printf(out, " (%d", (int)condition->kind);
  for (size_t i = 0; i < condition->child_count; i++)
    if (!write_tree(condition->children[i], out))
      return false;
  buffer_append_char(out, ')');
  return true;
}

/* The number of a tree of several tests; false: the rule has none such. A single test is shared by
 * itself. */
static bool number_of(const struct rule_set *set, const struct rule *rule, struct buffer *bytes,
                      unsigned *number) {
  if (!rule->where || rule->where->kind == CONDITION_FIELD)
    return false;
  buffer_reset(bytes);
  buffer_append_string(bytes, "where");
  if (!write_tree(rule->where, bytes))
    return false;
  *number = field_table_share(set->fields, buffer_text(bytes));
  return true;
}

void where_share(struct rule_set *set) {
  struct buffer bytes = BUFFER_NONE;
  unsigned *numbers = memory_alloc_array(set->count + 1, sizeof *numbers); /* by rule; 0: none */
  unsigned number;
  for (size_t i = 0; i < set->count; i++)
    if (number_of(set, &set->rules[i], &bytes, &number))
      numbers[i] = number + 1;
  size_t count = field_table_shared(set->fields);
  unsigned *rules = memory_alloc_array(count + 1, sizeof *rules); /* by number */
  for (size_t i = 0; i < set->count; i++)
    rules[numbers[i]]++;
  for (size_t i = 0; i < set->count; i++)
    set->rules[i].where_shared = numbers[i] && rules[numbers[i]] > 1 ? numbers[i] : 0;
  free(rules);
  free(numbers);
  buffer_free(&bytes);
}
