#include "rule/sigma/sigma_correlator.h"

#include "rule/sigma/sigma_filter.h"
#include "rule/sigma/sigma_search.h"

#include "base/buffer.h"

/* How late an event may come and still complete an instance; as for correlations in Lua. */
#define LOOKBACK_EXTRA US_PER_DAY
#define LATE (10 * US_PER_MINUTE)

/* ---- fields ---- */

/* What the correlation calls a field, as the events of a rule's sources do. */
static struct text map_field(const struct sigma_correlator *correlator,
                             const struct sigma_member *member, struct text field) {
  const struct sigma_log_sources *sources = &member->document->sources;
  struct arena *arena = &correlator->reader->set->arena;
  const struct sigma_mapping *mapping = correlator->loader->logsources->mapping;
  struct text first = sigma_mapping_field(mapping, sources->items[0], field, arena);
  for (size_t i = 1; i < sources->count; i++)
    if (!text_equal(first, sigma_mapping_field(mapping, sources->items[i], field, arena)))
      sigma_refuse(correlator->reader, correlator->node,
                   "the field '%.*s' has different names in the log types of '%.*s'",
                   TEXT_ARGS(field), TEXT_ARGS(member->reference));
  return first;
}

/* The field that a name of the correlation stands for in the events of a rule. */
static struct text field_of(const struct sigma_correlator *correlator,
                            const struct sigma_member *member, struct text name) {
  const struct yaml_node *aliases = correlator->aliases;
  struct text field = name;
  for (size_t i = 0; aliases && i < aliases->count; i++) {
    if (!text_equal(aliases->keys[i]->value, name))
      continue;
    const struct yaml_node *rules = aliases->items[i];
    for (size_t k = 0; k < rules->count; k++) {
      const struct text rule = rules->keys[k]->value;
      if (text_equal(rule, member->reference) ||
          (member->document && map_get(&correlator->loader->by_name, rule) == member->document))
        field = rules->items[k]->value;
    }
  }
  if (member->document && member->document->sources.count)
    field = map_field(correlator, member, field);
  return arena_copy(&correlator->reader->set->arena, field);
}

static struct text_list fields_of(const struct sigma_correlator *correlator,
                                  const struct sigma_member *member, const struct text *names,
                                  size_t count) {
  struct text *items = arena_alloc(&correlator->reader->set->arena, (count + 1) * sizeof *items);
  for (size_t i = 0; i < count; i++)
    items[i] = field_of(correlator, member, names[i]);
  return (struct text_list){items, count};
}

/* An instance of a correlation has the fields that it is grouped by, and no others. */
static bool check_groups(const struct sigma_correlator *correlator,
                         const struct sigma_member *member) {
  if (!member->document || member->document->sources.count)
    return true;
  struct text_list on =
      fields_of(correlator, member, correlator->group_by, correlator->group_count);
  struct text_list known = correlator->loader->rules[member->document->rule].group_by;
  for (size_t i = 0; i < on.count; i++) {
    bool found = false;
    for (size_t k = 0; k < known.count && !found; k++)
      found = text_equal(known.items[k], on.items[i]);
    if (!found)
      return yaml_problem(&correlator->reader->context, correlator->node,
                          "group-by: the correlation '%.*s' is not grouped by '%.*s'",
                          TEXT_ARGS(member->reference), TEXT_ARGS(on.items[i]));
  }
  return true;
}

/* ---- a count over one rule ---- */

/* The field is there: what has no value belongs to no group. */
static const struct condition *has_value(const struct sigma_correlator *correlator,
                                         struct text field) {
  const struct condition_value none = {.type = VALUE_NULL};
  struct sigma_reader *reader = correlator->reader;
  struct error error = ERROR_NONE;
  const struct condition *null = condition_field_called(&reader->set->arena, reader->set->fields,
                                                        "field", field, &none, 1, &error);
  if (null)
    return condition_not(&reader->set->arena, null);
  yaml_problem(&reader->context, correlator->node, "%s", error.text);
  return NULL;
}

static enum sigma_state state_of(const struct sigma_correlator *correlator, bool ok) {
  return correlator->reader->refused ? SIGMA_REFUSED : ok ? SIGMA_TAKEN : SIGMA_BROKEN;
}

static enum sigma_state count_one(const struct sigma_correlator *correlator) {
  const struct sigma_member *member = &correlator->members[0];
  const struct sigma_document *document = member->document;
  const struct sigma_measure *measure = &correlator->measure;
  struct sigma_reader *reader = correlator->reader;
  struct rule *rule = correlator->rule;
  struct sigma_reader base = sigma_reader_of(correlator->loader, document);
  struct text aggregate = {NULL, 0};
  const struct condition *parts[2 * CORRELATION_FIELDS_MAX + 1];
  size_t count = 0;
  if (rule->log_types.count == 0) /* not its own aggregation */
    rule->log_types = correlator->loader->rules[document->rule].log_types;
  rule->threshold = sigma_measure_threshold(measure);
  rule->dedup_period = measure->timespan;
  rule->group_by = fields_of(correlator, member, correlator->group_by, correlator->group_count);
  rule->unique_fields = fields_of(correlator, member, measure->fields, measure->field_count);
  parts[count++] = sigma_document_compile(correlator->loader, document, &base, &aggregate);
  for (size_t i = 0; i < rule->group_by.count; i++)
    parts[count++] = has_value(correlator, rule->group_by.items[i]);
  for (size_t i = 0; i < rule->unique_fields.count; i++)
    parts[count++] = has_value(correlator, rule->unique_fields.items[i]);
  rule->where = sigma_join(&reader->set->arena, CONDITION_ALL, parts, count);
  if (rule->where && reader->refused) {
    condition_release(rule->where);
    rule->where = NULL;
  }
  return state_of(correlator, rule->where);
}

/* ---- over matches ---- */

static struct correlation_source source_of(const struct sigma_correlator *correlator,
                                           const struct sigma_member *member) {
  const struct sigma_measure *measure = &correlator->measure;
  return (struct correlation_source){
      .rule_id = member->id,
      .on = fields_of(correlator, member, correlator->group_by, correlator->group_count),
      .counted = fields_of(correlator, member, measure->fields, measure->field_count)};
}

static struct text join_names(struct arena *arena, const struct text *names, size_t count) {
  struct buffer joined = BUFFER_NONE;
  for (size_t i = 0; i < count; i++)
    buffer_printf(&joined, "%s%.*s", i ? ", " : "", TEXT_ARGS(names[i]));
  struct text text = arena_copy(arena, buffer_text(&joined));
  buffer_free(&joined);
  return text;
}

/* One step that any of the rules takes. */
static struct correlation_step *make_one_step(const struct sigma_correlator *correlator,
                                              struct correlation *correlation) {
  struct arena *arena = &correlator->reader->set->arena;
  const struct sigma_measure *measure = &correlator->measure;
  struct correlation_source *sources =
      arena_alloc(arena, correlator->member_count * sizeof *sources);
  struct correlation_step *step = arena_alloc(arena, sizeof *step);
  for (size_t i = 0; i < correlator->member_count; i++)
    sources[i] = source_of(correlator, &correlator->members[i]);
  *step = (struct correlation_step){.id = arena_copy(arena, correlator->members[0].reference),
                                    .sources = sources,
                                    .source_count = correlator->member_count,
                                    .min = 1,
                                    .max = CORRELATION_NO_MAX,
                                    .line = correlator->node->line};
  if (measure->over.kind == CORRELATION_VALUES)
    step->unique = join_names(arena, measure->fields, measure->field_count);
  correlation->steps = step;
  correlation->step_count = 1;
  return step;
}

static void make_counted(const struct sigma_correlator *correlator,
                         struct correlation *correlation) {
  struct correlation_step *step = make_one_step(correlator, correlation);
  int64_t threshold = sigma_measure_threshold(&correlator->measure);
  if (threshold > 0 && threshold <= CORRELATION_COUNT_MAX) {
    step->min = threshold;
    return;
  }
  struct correlation_measure *measure =
      arena_alloc(&correlator->reader->set->arena, sizeof *measure);
  *measure = correlator->measure.over;
  correlation->measure = measure;
}

static void make_clauses(const struct sigma_correlator *correlator,
                         struct correlation *correlation) {
  struct arena *arena = &correlator->reader->set->arena;
  struct correlation_step *steps = arena_alloc(arena, correlator->clause_count * sizeof *steps);
  for (size_t i = 0; i < correlator->clause_count; i++) {
    const struct sigma_clause *clause = &correlator->clauses[i];
    struct correlation_source *sources = arena_alloc(arena, clause->count * sizeof *sources);
    for (size_t k = 0; k < clause->count; k++)
      sources[k] = source_of(correlator, &correlator->members[clause->members[k]]);
    steps[i] = (struct correlation_step){
        .id = arena_copy(arena, correlator->members[clause->members[0]].reference),
        .sources = sources,
        .source_count = clause->count,
        .min = !clause->absent,
        .max = clause->absent ? 0 : CORRELATION_NO_MAX,
        .line = correlator->node->line};
  }
  correlation->steps = steps;
  correlation->step_count = correlator->clause_count;
}

static bool members_differ(const struct sigma_correlator *correlator) {
  for (size_t i = 1; i < correlator->member_count; i++)
    for (size_t k = 0; k < i; k++)
      if (text_equal(correlator->members[i].id, correlator->members[k].id))
        return yaml_problem(&correlator->reader->context, correlator->node,
                            "rules: one rule is named twice");
  return true;
}

/* What margay keeps of a key is bounded, so counts are. */
static bool check_size(const struct sigma_correlator *correlator) {
  const struct correlation_measure *over = &correlator->measure.over;
  bool counts = over->kind == CORRELATION_COUNT || over->kind == CORRELATION_VALUES;
  if (correlator->member_count > CORRELATION_RULES_MAX)
    return sigma_refuse(correlator->reader, correlator->node, "it counts over more than %d rules",
                        CORRELATION_RULES_MAX);
  for (size_t i = 0; counts && correlator->counts && i < over->bound_count; i++)
    if (over->bounds[i].value > CORRELATION_MEASURED_MAX)
      return sigma_refuse(
          correlator->reader, correlator->node,
          "it counts to more than %d, and not with a lower bound over one rule alone",
          CORRELATION_MEASURED_MAX);
  return true;
}

enum sigma_state sigma_correlator_make_steps(const struct sigma_correlator *correlator) {
  struct arena *arena = &correlator->reader->set->arena;
  struct correlation *correlation = arena_alloc(arena, sizeof *correlation);
  struct rule *rule = correlator->rule;
  if (!check_size(correlator) || (!correlator->counts && !members_differ(correlator)))
    return state_of(correlator, false);
  for (size_t i = 0; i < correlator->member_count; i++)
    if (!check_groups(correlator, &correlator->members[i]))
      return SIGMA_BROKEN;
  struct text *names = arena_alloc(arena, (correlator->group_count + 1) * sizeof *names);
  for (size_t i = 0; i < correlator->group_count; i++)
    names[i] = arena_copy(arena, correlator->group_by[i]);
  int64_t within = correlator->measure.timespan;
  *correlation =
      (struct correlation){.order = correlator->ordered ? CORRELATION_SEQUENCE : CORRELATION_GROUP,
                           .key_names = {names, correlator->group_count},
                           .within = within,
                           .lookback = within + LOOKBACK_EXTRA,
                           .late = LATE};
  if (correlator->counts) {
    make_counted(correlator, correlation);
  } else if (correlator->distinct_rules) {
    struct correlation_step *step = make_one_step(correlator, correlation);
    step->min = correlator->distinct_rules;
    step->unique_rules = true;
  } else {
    make_clauses(correlator, correlation);
  }
  rule->correlation = correlation;
  rule->group_by = correlation->key_names;
  rule->dedup_period = within;
  return state_of(correlator, true);
}

enum sigma_state sigma_correlator_make(const struct sigma_correlator *correlator) {
  const struct sigma_document *only =
      correlator->member_count == 1 ? correlator->members[0].document : NULL;
  bool on_events = only && only->sources.count;
  return correlator->counts && on_events && sigma_measure_threshold(&correlator->measure)
             ? count_one(correlator)
             : sigma_correlator_make_steps(correlator);
}
