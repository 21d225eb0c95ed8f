/*
 * Why a rule matches an event, or does not: its where, leaf by leaf, and what each function said.
 * Runs the rule as the pipeline would; only slower, and nothing is left out.
 *
 * The vm's thread only.
 */
#ifndef RULE_VM_RULE_EXPLAIN_H
#define RULE_VM_RULE_EXPLAIN_H

#include "rule/vm/rule_vm.h"

/* A condition with what came of it. All parts are evaluated, also those that no longer matter. */
struct explained_condition {
  const struct condition *condition;
  bool holds;
  struct text value; /* of a field test: the field's value as JSON; empty when it is absent or the
                        test asks all fields */
  const struct explained_condition *children; /* as many as the condition has */
};

struct explained_call {
  enum rule_function function;
  struct text result; /* JSON; empty when it failed */
  struct text error;  /* with its place; empty when it did not fail */
  int64_t instructions;
};

struct rule_explanation {
  const struct explained_condition *where; /* NULL when the rule has none */
  struct explained_call *calls;            /* in the order in which they were made */
  size_t call_count;
  struct question_answers answers; /* to its questions; empty: it has none, or was not asked */
  enum rule_verdict verdict;
  struct error error;          /* RULE_FAILED */
  struct rule_outcome outcome; /* RULE_MATCH; lives until the vm's next call */
  const struct rule_suppressor
      *suppressor; /* RULE_MATCH: what keeps it from alerts; NULL: nothing */
};

/* Who matches rules that have questions, as rule_vm_match and with the answers. NULL: nobody asks
 * them. */
struct rule_explain_asker {
  enum rule_verdict (*match)(void *context, struct rule_vm *vm, const struct rule *rule,
                             const struct event *event, struct arena *arena,
                             struct question_answers *answers, struct error *error);
  void *context;
};

/* The event lives as long as the explanation is used; the rest is in the arena. What optional
 * functions did wrong is added to notes. */
void rule_explain(struct rule_vm *vm, const struct rule *rule, const struct event *event,
                  const struct rule_explain_asker *asker, struct arena *arena,
                  struct rule_explanation *explanation, struct problems *notes);

#endif
