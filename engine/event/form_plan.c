#include "event/form_plan.h"

#include "base/memory.h"

#include <stdlib.h>

#define PLANS 256 /* a power of two; a newer one takes the place of an older */
/* Of one plan: hostile records have a thousand values each, in forms enough for all places. */
#define CHECKS_MAX 256

struct form_plans {
  struct form_plan plans[PLANS];
};

struct form_plans *form_plans_new(void) {
  return memory_alloc(sizeof(struct form_plans));
}

void form_plans_free(struct form_plans *plans) {
  if (!plans)
    return;
  for (size_t i = 0; i < PLANS; i++)
    free(plans->plans[i].checks);
  free(plans);
}

struct form_plan *form_plans_find(struct form_plans *plans, uint32_t form,
                                  const struct schema *given, const struct layout_table *layouts) {
  struct form_plan *plan = &plans->plans[form % PLANS];
  return plan->form == form && plan->given == given && plan->changes == layout_changes(layouts)
             ? plan
             : NULL;
}

struct form_plan *form_plans_add(struct form_plans *plans, uint32_t form,
                                 const struct schema *given, const struct layout_table *layouts,
                                 const struct layout *layout) {
  struct form_plan *plan = &plans->plans[form % PLANS];
  plan->form = form;
  plan->changes = layout_changes(layouts);
  plan->given = given;
  plan->layout = layout;
  plan->view = plan->own = NULL;
  return plan;
}

/* False: there are too many. */
static bool add_check(struct form_plan *plan, const struct field *field,
                      const struct json_node *root, const struct json_node *node, bool is_time) {
  if (plan->check_count == CHECKS_MAX)
    return false;
  plan->checks = memory_reserve(plan->checks, &plan->check_capacity, plan->check_count + 1,
                                sizeof *plan->checks);
  plan->checks[plan->check_count++] =
      (struct form_check){.node = (uint32_t)(node - root), .is_time = is_time, .field = field};
  return true;
}

static bool plan_value(struct form_plan *plan, const struct field *field,
                       const struct json_node *root, const struct json_node *node);

static bool plan_members(struct form_plan *plan, const struct field *field,
                         const struct json_node *root, const struct json_node *object) {
  size_t expected = 0;
  if (field->requires_fields)
    return false;
  for (JSON_EACH(member, object)) {
    int at = field_find_near(field, json_key(member), expected);
    if (at < 0)
      continue;
    expected = (size_t)at + 1;
    if (!plan_value(plan, &field->fields[at], root, member))
      return false;
  }
  return true;
}

static bool plan_elements(struct form_plan *plan, const struct field *field,
                          const struct json_node *root, const struct json_node *array) {
  for (JSON_EACH(element, array))
    if (!plan_value(plan, field->element, root, element))
      return false;
  return true;
}

/* False: the value cannot be one of the field's, or only with schema errors; or there are too many.
 * The recursion is as deep as the record's nesting. */
static bool plan_value(struct form_plan *plan, const struct field *field,
                       const struct json_node *root, const struct json_node *node) {
  if (field->type == FIELD_JSON)
    return true;
  if (field->type == FIELD_OBJECT && node->type == JSON_TYPE_OBJECT)
    return plan_members(plan, field, root, node);
  if (field->type == FIELD_ARRAY && node->type == JSON_TYPE_ARRAY)
    return plan_elements(plan, field, root, node);
  if (json_is_container(node))
    return false;
  if (field->type == FIELD_STRING && node->type == JSON_TYPE_STRING && !field->validate.asked)
    return true;
  return add_check(plan, field, root, node, false);
}

/* The same of a member of the root, which may be required and hold the event's time. */
static bool plan_member(struct form_plan *plan, const struct layout_schema *view, int slot,
                        const struct json_node *root, const struct json_node *member) {
  const struct field *field = &view->schema->fields[slot];
  const bool is_time = slot == view->schema->first_event_time;
  if (!is_time &&
      (!field->required || json_is_container(member) || member->type == JSON_TYPE_STRING))
    return plan_value(plan, field, root, member);
  if (json_is_container(member))
    return false;
  return add_check(plan, field, root, member, is_time);
}

void form_plan_make(struct form_plan *plan, const struct layout_schema *view,
                    const struct json_node *root) {
  const int16_t *slot = view->slots;
  plan->view = view;
  plan->check_count = 0;
  plan->usable = !view->schema->reshapes;
  for (JSON_EACH(member, root)) {
    if (*slot >= 0)
      plan->usable = plan->usable && plan_member(plan, view, *slot, root, member);
    slot++;
  }
}
