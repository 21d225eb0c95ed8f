#include "rule/vm/rule_explain.h"

#include "base/buffer.h"
#include "rule/vm/rule_vm_internal.h"

struct explainer {
  struct arena *arena;
  struct field_view *view;
  struct rule_explanation *explanation;
};

static struct text value_of(const struct explainer *explainer, const struct condition *condition) {
  const struct json_node *node = field_view_get(explainer->view, condition->field);
  struct buffer json = BUFFER_NONE;
  if (condition->any_field || !node)
    return TEXT("");
  json_write(&json, node);
  struct text value = arena_copy(explainer->arena, buffer_text(&json));
  buffer_free(&json);
  return value;
}

static void explain_condition(const struct explainer *explainer, const struct condition *condition,
                              struct explained_condition *explained) {
  *explained = (struct explained_condition){.condition = condition,
                                            .holds = condition_match(condition, explainer->view)};
  if (condition->kind == CONDITION_FIELD) {
    explained->value = value_of(explainer, condition);
    return;
  }
  struct explained_condition *children =
      arena_alloc(explainer->arena, condition->child_count * sizeof *children);
  explained->children = children;
  for (size_t i = 0; i < condition->child_count; i++)
    explain_condition(explainer, condition->children[i], &children[i]);
}

static void take_call(void *context, enum rule_function function, struct text result,
                      const struct error *error, int64_t instructions) {
  struct explainer *explainer = context;
  struct explained_call *call = &explainer->explanation->calls[explainer->explanation->call_count];
  struct error_line line;
  explainer->explanation->call_count++;
  *call = (struct explained_call){.function = function,
                                  .result = arena_copy(explainer->arena, result),
                                  .instructions = instructions};
  if (error)
    call->error = arena_copy(explainer->arena, text_from(error_line(error, &line)));
}

void rule_explain(struct rule_vm *vm, const struct rule *rule, const struct event *event,
                  const struct rule_explain_asker *asker, struct arena *arena,
                  struct rule_explanation *explanation, struct problems *notes) {
  struct explainer explainer = {arena, vm->view, explanation};
  struct rule_trace trace = {take_call, &explainer};
  /* Each function is called at most once. */
  *explanation = (struct rule_explanation){
      .calls = arena_alloc(arena, RULE_FUNCTION_COUNT * sizeof *explanation->calls)};
  rule_vm_set_event(vm, event);
  if (rule->where) {
    struct explained_condition *where = arena_alloc(arena, sizeof *where);
    explain_condition(&explainer, rule->where, where);
    explanation->where = where;
  }
  rule_vm_set_trace(vm, &trace);
  if (asker && rule->questions.count)
    explanation->verdict = asker->match(asker->context, vm, rule, event, arena,
                                        &explanation->answers, &explanation->error);
  else
    explanation->verdict = rule_vm_match(vm, rule, &explanation->error);
  if (explanation->verdict == RULE_MATCH) {
    rule_vm_describe(vm, rule, &explanation->outcome, notes);
    explanation->suppressor = rule_vm_suppressor(vm, rule, event->event_time);
  }
  rule_vm_set_trace(vm, &(struct rule_trace){0});
}
