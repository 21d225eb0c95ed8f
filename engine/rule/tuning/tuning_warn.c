/* Entries that name no rule, or change nothing. */
#include "base/suggestion.h"
#include "event/schema/schema_path.h"
#include "rule/tuning/tuning_internal.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static void
warn(const struct tuning_work *work, const struct yaml_node *node, const char *format, ...) {
  char text[700];
  va_list arguments;
  if (!work->world->warnings)
    return;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  const struct yaml_context context = {work->tuning->yaml, work->world->warnings};
  yaml_problem(&context, node, "warning: tuning: %s", text);
}

static bool is_pattern(struct text rule) {
  return memchr(rule.data, '*', rule.size) || memchr(rule.data, '?', rule.size);
}

/* A rule that was left out because of a mistake may be the one that is meant. */
static void report_no_rule(const struct tuning_work *work, const struct tuning_entry *entry) {
  const struct rule_set *set = work->set;
  const struct yaml_node *node = yaml_get(entry->node, "rule");
  char shown[128];
  struct suggestion suggestion;
  text_printable(entry->rule, shown, sizeof shown);
  if (is_pattern(entry->rule)) {
    warn(work, node, "no rule has an id like '%s': the entry changes nothing", shown);
    return;
  }
  const char **ids = arena_alloc(&work->set->arena, (set->count + 1) * sizeof *ids);
  for (size_t i = 0; i < set->count; i++)
    ids[i] = arena_copy(&work->set->arena, set->rules[i].id).data;
  suggestion_find(entry->rule, ids, set->count, &suggestion);
  const struct yaml_context context = {work->tuning->yaml, work->world->problems};
  if (set->mistakes.count > 0 || set->refusal_count > 0)
    warn(work, node, "no rule with the id '%s' was loaded%s", shown, suggestion.text);
  else
    yaml_problem(&context, node, "tuning: no rule with the id '%s'%s", shown, suggestion.text);
}

/* "LOW", "5", for a message. */
static const char *shown_value(const struct yaml_node *node, char *out, size_t size) {
  return node->type == YAML_SCALAR ? text_printable(node->value, out, size) : "this";
}

static void check_key(const struct tuning_work *work, const struct tuning_entry *entry,
                      enum tuning_key key, const struct tuning_effect *effect) {
  const struct yaml_node *node = tuning_key_node(entry, key);
  const char *name = key == TUNING_MODE && !yaml_get(entry->node, tuning_key_names[key])
                         ? "enabled"
                         : tuning_key_names[key];
  char shown[64];
  if (effect->changed > 0)
    return;
  if (effect->same > 0)
    warn(work, node, "%s: %s is what '%.*s' has already: the key changes nothing", name,
         shown_value(node, shown, sizeof shown), TEXT_ARGS(entry->rule));
  else if (effect->replaced > 0)
    warn(work, node, "%s: later entries replace it for every rule that '%.*s' names", name,
         TEXT_ARGS(entry->rule));
}

static void check_mute(const struct tuning_work *work, const struct tuning_entry *entry) {
  time_us now = work->world->now;
  char shown[64];
  const struct yaml_node *node = tuning_key_node(entry, TUNING_MUTE);
  if (tuning_gives(entry, TUNING_MUTE) && now != TIME_NONE && entry->mute_until <= now)
    warn(work, node, "mute_until: %s is over: remove the key, or give a later time",
         shown_value(node, shown, sizeof shown));
}

/* ---- fields that no event has ------------------------------------------------------------ */

struct field_search {
  const struct tuning_work *work;
  const struct tuning_entry *entry;
  const struct yaml_node *table;
};

/* Whether a log type of the entry's rules has it; else the field that may be meant, or NULL. */
static bool is_anywhere(const struct field_search *search, struct text path, const char **nearest) {
  const struct tuning_work *work = search->work;
  struct arena *arena = &work->set->arena;
  *nearest = NULL;
  for (size_t i = 0; i < work->set->count; i++) {
    const struct rule *rule = &work->set->rules[i];
    if (!tuning_names(search->entry, rule->id))
      continue;
    if (rule->correlation) /* its events have what the correlation gives them */
      return true;
    for (size_t k = 0; k < rule->log_types.count; k++) {
      const struct schema *schema = schema_find(work->world->schemas, rule->log_types.items[k]);
      struct schema_path_end end = {.nearest = NULL};
      if (!schema || schema_path_find(schema, path, arena, &end))
        return true;
      *nearest = *nearest ? *nearest : end.nearest;
    }
  }
  return false;
}

static void check_field(const struct field_search *search, struct text path) {
  const char *nearest;
  struct suggestion suggestion;
  char shown[128];
  if (path.size > 0 && !is_anywhere(search, path, &nearest))
    warn(search->work, search->table,
         "except: no log type of '%.*s' has a field '%s'%s: the exception never holds",
         TEXT_ARGS(search->entry->rule), text_printable(path, shown, sizeof shown),
         suggestion_write(nearest, &suggestion));
}

static void check_condition(const struct field_search *search, const struct condition *condition) {
  const struct field_table *fields = search->work->set->fields;
  if (condition->kind == CONDITION_FIELD && !condition->any_field)
    check_field(search, field_table_path(fields, condition->field));
  for (size_t i = 0; i < condition->child_count; i++)
    check_condition(search, condition->children[i]);
}

/* The events of correlations are made where no table is at hand. */
static void check_lookups(const struct field_search *search,
                          const struct rule_suppressor *exception) {
  const struct rule_set *set = search->work->set;
  for (size_t i = 0; exception->lookup_count > 0 && i < set->count; i++)
    if (set->rules[i].correlation && tuning_names(search->entry, set->rules[i].id)) {
      warn(search->work, search->table,
           "except: '%.*s' is a correlation, where 'lookup' finds nothing: make the exception for "
           "the rules of its steps",
           TEXT_ARGS(set->rules[i].id));
      return;
    }
}

static void check_exceptions(const struct tuning_work *work, const struct tuning_entry *entry,
                             const struct tuning_made *made) {
  for (size_t i = 0; i < made->exception_count; i++) {
    const struct field_search search = {work, entry, made->tables[i]};
    const struct rule_suppressor *exception = made->exceptions[i];
    check_lookups(&search, exception);
    if (exception->condition)
      check_condition(&search, exception->condition);
    for (size_t k = 0; k < exception->lookup_count; k++)
      check_field(&search, field_table_path(work->set->fields, exception->lookups[k].field));
  }
}

void tuning_check_entries(struct tuning_work *work) {
  for (size_t i = 0; i < work->tuning->entry_count; i++) {
    const struct tuning_entry *entry = &work->tuning->entries[i];
    const struct tuning_made *made = &work->made[i];
    if (made->named == 0) {
      if (!work->world->partial)
        report_no_rule(work, entry);
      continue;
    }
    for (int key = 0; key < TUNING_KEYS; key++)
      check_key(work, entry, (enum tuning_key)key, &made->effects[key]);
    check_mute(work, entry);
    if (work->world->schemas && work->world->warnings)
      check_exceptions(work, entry, made);
  }
}
