#include "detect/test/rule_test_explain.h"

#include "base/suggestion.h"

/* The schema's field whose name is nearest to that of a field that it does not know, or NULL. */
static const char *nearest_field(const struct schema *schema, struct text name,
                                 struct arena *arena) {
  if (!schema || schema_slot(schema, name) >= 0)
    return NULL;
  const char **names = arena_alloc(arena, (schema->field_count + 1) * sizeof *names);
  for (size_t i = 0; i < schema->field_count; i++)
    names[i] = arena_printf(arena, "%.*s", TEXT_ARGS(schema->fields[i].name));
  return text_nearest(name, names, schema->field_count);
}

static const char *explain_field(const struct rule_set *set, const struct condition *condition,
                                 const struct event *event, struct field_view *view,
                                 struct arena *arena) {
  char shown[200], key[120];
  const struct json_node *value = field_view_get(view, condition->field);
  text_printable(condition->key, key, sizeof key);
  if (value) {
    struct buffer json = BUFFER_NONE;
    json_write(&json, value);
    const char *text = arena_printf(arena, "in where '%s' does not hold for %s", key,
                                    text_printable(buffer_text(&json), shown, sizeof shown));
    buffer_free(&json);
    return text;
  }
  struct text path = field_table_path(set->fields, condition->field);
  struct suggestion suggestion;
  return arena_printf(arena, "in where '%s' does not hold for a field that is not there%s", key,
                      suggestion_write(nearest_field(event->schema, path, arena), &suggestion));
}

/* The first part of an AND that does not hold, as deep as there is only one. */
static const struct condition *find_refusing(const struct condition *condition,
                                             struct field_view *view) {
  while (condition->kind == CONDITION_ALL) {
    const struct condition *failed = NULL;
    for (size_t i = 0; i < condition->child_count && !failed; i++)
      if (!condition_match(condition->children[i], view))
        failed = condition->children[i];
    if (!failed)
      break;
    condition = failed;
  }
  return condition;
}

const char *rule_test_explain_no_match(const struct rule_set *set, const struct rule *rule,
                                       const struct event *event, struct field_view *view,
                                       struct arena *arena) {
  field_view_set(view, event);
  if (!rule->where || condition_match(rule->where, view))
    return "rule returned false";
  const struct condition *condition = find_refusing(rule->where, view);
  if (condition->kind == CONDITION_FIELD)
    return explain_field(set, condition, event, view, arena);
  if (condition->kind == CONDITION_NOT)
    return "where does not hold: what it excludes is there";
  return arena_printf(arena, "where does not hold: none of its %zu choices fits",
                      condition->child_count);
}
