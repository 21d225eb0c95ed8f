#include "rule/sigma/sigma_correlation.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/sigma/sigma_correlator.h"

#include <math.h>
#include <stdlib.h>

enum correlation_type {
  EVENT_COUNT,
  VALUE_COUNT,
  VALUE_SUM,
  VALUE_AVG,
  VALUE_MEDIAN,
  VALUE_PERCENTILE,
  TEMPORAL,
  TEMPORAL_ORDERED,
  TYPE_COUNT
};
static const char *const type_names[TYPE_COUNT] = {
    "event_count",  "value_count",      "value_sum", "value_avg",
    "value_median", "value_percentile", "temporal",  "temporal_ordered"};
static const enum correlation_measure_kind kinds[] = {
    [EVENT_COUNT] = CORRELATION_COUNT,       [VALUE_COUNT] = CORRELATION_VALUES,
    [VALUE_SUM] = CORRELATION_SUM,           [VALUE_AVG] = CORRELATION_AVERAGE,
    [VALUE_MEDIAN] = CORRELATION_PERCENTILE, [VALUE_PERCENTILE] = CORRELATION_PERCENTILE};
/* Of value_median, and of value_percentile without a `percentile`. */
#define MEDIAN 50

struct reading {
  struct sigma_correlator correlator;
  const struct yaml_node *node; /* `correlation` */
  enum correlation_type type;
};

static bool wrong(const struct reading *reading, const struct yaml_node *node, const char *cause) {
  return yaml_problem(&reading->correlator.reader->context, node, "%s", cause);
}

static const struct yaml_node *get(const struct reading *reading, const char *key) {
  const struct yaml_node *node = yaml_get(reading->node, key);
  return node && !yaml_is_null(node) ? node : NULL;
}

static size_t count_of(const struct yaml_node *node) {
  return node->type == YAML_SEQUENCE ? node->count : 1;
}

static const struct yaml_node *item_of(const struct yaml_node *node, size_t index) {
  return node->type == YAML_SEQUENCE ? node->items[index] : node;
}

/* ---- its type ---- */

static bool read_type(struct reading *reading) {
  const struct yaml_context *context = &reading->correlator.reader->context;
  const struct yaml_node *node = get(reading, "type");
  struct text type;
  char shown[40];
  if (!node)
    return wrong(reading, reading->node, "the correlation has no 'type'");
  if (!yaml_string(context, node, "type", &type))
    return false;
  for (size_t i = 0; i < TYPE_COUNT; i++)
    if (text_is(type, type_names[i])) {
      reading->type = (enum correlation_type)i;
      reading->correlator.counts = reading->type < TEMPORAL;
      reading->correlator.ordered = reading->type == TEMPORAL_ORDERED;
      if (reading->correlator.counts)
        reading->correlator.measure.over.kind = kinds[i];
      return true;
    }
  struct suggestion suggestion;
  return yaml_problem(context, node,
                      "type '%s' is none of event_count, value_count, value_sum, value_avg, "
                      "value_median, value_percentile, temporal, temporal_ordered%s",
                      text_printable(type, shown, sizeof shown),
                      suggestion_find(type, type_names, TYPE_COUNT, &suggestion));
}

/* ---- the rules that are correlated ---- */

static bool unknown_rule(const struct sigma_correlator *correlator, const struct yaml_node *node,
                         struct text reference) {
  struct sigma_loader *loader = correlator->loader;
  size_t count = loader->suggestions_left ? loader->by_name.count : 0;
  const char **names = memory_alloc_array(count + 1, sizeof(char *));
  char shown[80];
  struct arena arena = ARENA_NONE;
  loader->suggestions_left -= count > 0;
  for (size_t i = 0; i < count; i++)
    names[i] = arena_printf(&arena, "%.*s", TEXT_ARGS(loader->by_name.entries[i].key));
  struct suggestion suggestion;
  yaml_problem(&correlator->reader->context, node,
               "no rule has the name or the id '%s'%s; load its file, too",
               text_printable(reference, shown, sizeof shown),
               suggestion_find(reference, names, count, &suggestion));
  arena_free(&arena);
  free(names);
  return false;
}

static const struct rule *find_lua_rule(const struct rule_set *set, struct text id) {
  for (size_t i = 0; i < set->count; i++)
    if (text_equal(set->rules[i].id, id))
      return &set->rules[i];
  return NULL;
}

static bool add_member(struct sigma_correlator *correlator, const struct yaml_node *node,
                       struct text reference) {
  struct sigma_member *member = &correlator->members[correlator->member_count];
  member->reference = reference;
  member->document = map_get(&correlator->loader->by_name, reference);
  if (!member->document) {
    const struct rule *rule = find_lua_rule(correlator->loader->set, reference);
    if (!rule)
      return unknown_rule(correlator, node, reference);
    member->id = rule->id;
  } else if (member->document->state == SIGMA_REFUSED) {
    return sigma_refuse(correlator->reader, node, "it needs the rule '%.*s', which is not taken",
                        TEXT_ARGS(reference));
  } else if (member->document->state == SIGMA_FILTER) {
    return yaml_problem(&correlator->reader->context, node, "rules: '%.*s' is a filter",
                        TEXT_ARGS(reference));
  } else if (member->document->reading) {
    return yaml_problem(&correlator->reader->context, node,
                        "rules: '%.*s' correlates this correlation in its turn",
                        TEXT_ARGS(reference));
  } else if (member->document->state == SIGMA_BROKEN) {
    /* Reported already; but this rule is lost with it. */
    return yaml_problem(&correlator->reader->context, node, "rules: the rule '%.*s' has a mistake",
                        TEXT_ARGS(reference));
  } else if (member->document->aggregates) {
    return sigma_refuse(correlator->reader, node,
                        "it correlates the rule '%.*s', whose condition counts for itself ('|')",
                        TEXT_ARGS(reference));
  } else {
    member->id = correlator->loader->rules[member->document->rule].id;
  }
  correlator->member_count++;
  return true;
}

/* The names in `rules`, or those in a temporal condition. 0, with a mistake, when there are none.
 */
static size_t read_references(struct sigma_correlator *correlator,
                              const struct yaml_node *correlation, struct text **references) {
  const struct yaml_node *rules = yaml_get(correlation, "rules");
  const struct yaml_node *condition = yaml_get(correlation, "condition");
  struct arena *arena = &correlator->reader->set->arena;
  if (rules && !yaml_is_null(rules) && count_of(rules) > 0) {
    size_t count = count_of(rules);
    *references = arena_alloc(arena, count * sizeof **references);
    for (size_t i = 0; i < count; i++)
      if (!yaml_string(&correlator->reader->context, item_of(rules, i), "rules", *references + i))
        return 0;
    return count;
  }
  size_t count = 0;
  *references = arena_alloc(arena, (CORRELATION_STEPS_MAX + 1) * sizeof **references);
  if (condition && condition->type == YAML_SCALAR)
    count = sigma_expression_names(condition->value, *references, CORRELATION_STEPS_MAX + 1);
  if (count == 0)
    yaml_problem(&correlator->reader->context, rules ? rules : correlation,
                 rules ? "rules: at least one is needed" : "the correlation has no 'rules'");
  return count;
}

static bool read_members(struct reading *reading) {
  struct sigma_correlator *correlator = &reading->correlator;
  const struct yaml_node *rules = get(reading, "rules");
  struct text *references;
  size_t count = read_references(correlator, reading->node, &references);
  bool ok = count > 0, listed = rules && count_of(rules) == count;
  correlator->members =
      arena_alloc(&correlator->reader->set->arena, (count + 1) * sizeof *correlator->members);
  for (size_t i = 0; i < count; i++) {
    const struct yaml_node *place = listed ? item_of(rules, i) : get(reading, "condition");
    ok = add_member(correlator, place, references[i]) && ok;
  }
  return ok;
}

size_t sigma_correlation_members(const struct sigma_loader *loader,
                                 const struct sigma_document *document,
                                 struct sigma_document **members, size_t most) {
  const struct yaml_node *correlation = yaml_get(document->node, "correlation");
  const struct yaml_node *rules = yaml_get(correlation, "rules");
  const struct yaml_node *condition = yaml_get(correlation, "condition");
  struct text names[CORRELATION_RULES_MAX];
  size_t count = 0, found = 0;
  for (size_t i = 0; rules && i < count_of(rules) && count < CORRELATION_RULES_MAX; i++)
    if (item_of(rules, i)->type == YAML_SCALAR)
      names[count++] = item_of(rules, i)->value;
  if (count == 0 && condition && condition->type == YAML_SCALAR)
    count = sigma_expression_names(condition->value, names, CORRELATION_RULES_MAX);
  for (size_t i = 0; i < count && found < most; i++) {
    struct sigma_document *member = map_get(&loader->by_name, names[i]);
    if (member)
      members[found++] = member;
  }
  return found;
}

/* The rules of a correlation alert by themselves only if `generate` says so. */
static bool read_generate(const struct reading *reading) {
  const struct sigma_correlator *correlator = &reading->correlator;
  const struct yaml_node *node = get(reading, "generate");
  bool generate = false;
  if (node && !yaml_bool(&correlator->reader->context, node, "generate", &generate))
    return false;
  for (size_t i = 0; i < correlator->member_count && !generate; i++)
    if (correlator->members[i].document)
      correlator->loader->rules[correlator->members[i].document->rule].create_alert = false;
  return true;
}

/* ---- groups and times ---- */

static bool read_group_by(struct reading *reading) {
  struct sigma_correlator *correlator = &reading->correlator;
  const struct yaml_node *node = get(reading, "group-by");
  if (!node)
    return true;
  size_t count = count_of(node);
  if (count > CORRELATION_FIELDS_MAX)
    return sigma_refuse(correlator->reader, node, "it groups by more than %d fields",
                        CORRELATION_FIELDS_MAX);
  struct text *names = arena_alloc(&correlator->reader->set->arena, (count + 1) * sizeof *names);
  for (size_t i = 0; i < count; i++)
    if (!yaml_string(&correlator->reader->context, item_of(node, i), "group-by", &names[i]))
      return false;
  correlator->group_by = names;
  correlator->group_count = count;
  return true;
}

static bool read_timespan(struct reading *reading) {
  const struct yaml_node *node = get(reading, "timespan");
  if (!node)
    return wrong(reading, reading->node, "the correlation has no 'timespan'");
  return sigma_timespan_read(reading->correlator.reader, node, "timespan",
                             &reading->correlator.measure.timespan);
}

static bool read_aliases(struct reading *reading) {
  const struct yaml_node *aliases = get(reading, "aliases");
  const struct yaml_context *context = &reading->correlator.reader->context;
  struct text unused;
  if (!aliases)
    return true;
  if (!yaml_expect(context, aliases, YAML_MAPPING, "aliases"))
    return false;
  for (size_t i = 0; i < aliases->count; i++) {
    if (!yaml_expect(context, aliases->items[i], YAML_MAPPING, "aliases"))
      return false;
    for (size_t k = 0; k < aliases->items[i]->count; k++)
      if (!yaml_string(context, aliases->items[i]->items[k], "aliases", &unused))
        return false;
  }
  reading->correlator.aliases = aliases;
  return true;
}

/* ---- the condition ---- */

static const struct {
  const char *word;
  enum correlation_comparison comparison;
} criteria[] = {{"gt", CORRELATION_GT},   {"gte", CORRELATION_GTE}, {"lt", CORRELATION_LT},
                {"lte", CORRELATION_LTE}, {"eq", CORRELATION_EQ},   {"neq", CORRELATION_NEQ}};

static bool read_number(const struct reading *reading, const struct yaml_node *node,
                        const char *what, double *number) {
  struct text text = TEXT("");
  char *end = NULL;
  if (!yaml_string(&reading->correlator.reader->context, node, what, &text))
    return false;
  *number = strtod(text.data, &end);
  return (text.size && end == text.data + text.size && isfinite(*number)) ||
         yaml_problem(&reading->correlator.reader->context, node, "%s: a number is wanted", what);
}

/* The comparisons of a `condition`: all of them must hold. */
static bool read_criteria(struct reading *reading, const struct yaml_node *condition) {
  static const char *const known[] = {"gte", "gt", "eq", "lt", "lte", "neq", "field", "percentile"};
  struct sigma_correlator *correlator = &reading->correlator;
  size_t found = 0;
  if (!yaml_expect(&correlator->reader->context, condition, YAML_MAPPING, "condition") ||
      !yaml_known_keys(&correlator->reader->context, condition, "a correlation's condition", known,
                       sizeof known / sizeof *known))
    return false;
  for (size_t i = 0; i < sizeof criteria / sizeof *criteria; i++) {
    const struct yaml_node *value = yaml_get(condition, criteria[i].word);
    double number;
    if (!value)
      continue;
    if (!read_number(reading, value, criteria[i].word, &number) ||
        !sigma_measure_bound(correlator->reader, value, criteria[i].comparison, number,
                             &correlator->measure))
      return false;
    found++;
  }
  return found > 0 || wrong(reading, condition,
                            "a correlation's condition wants one of gt, gte, lt, lte, eq, neq");
}

static bool read_fields(struct reading *reading, const struct yaml_node *condition) {
  struct sigma_correlator *correlator = &reading->correlator;
  const struct yaml_node *node = yaml_get(condition, "field");
  struct sigma_measure *measure = &correlator->measure;
  if (reading->type == EVENT_COUNT)
    return true;
  if (!node || yaml_is_null(node) || count_of(node) == 0)
    return yaml_problem(&correlator->reader->context, condition,
                        "%s needs the 'field' whose values it takes", type_names[reading->type]);
  if (count_of(node) > (reading->type == VALUE_COUNT ? CORRELATION_FIELDS_MAX : 1))
    return sigma_refuse(correlator->reader, node, "its condition has more fields than %d",
                        reading->type == VALUE_COUNT ? CORRELATION_FIELDS_MAX : 1);
  for (size_t i = 0; i < count_of(node); i++)
    if (!yaml_string(&correlator->reader->context, item_of(node, i), "field",
                     &measure->fields[measure->field_count++]))
      return false;
  return true;
}

static bool read_percentile(struct reading *reading, const struct yaml_node *condition) {
  struct sigma_correlator *correlator = &reading->correlator;
  const struct yaml_node *node = yaml_get(condition, "percentile");
  double *percentile = &correlator->measure.over.percentile;
  *percentile = MEDIAN;
  if (reading->type != VALUE_PERCENTILE)
    return true;
  if (!node) {
    sigma_warn(correlator->reader, condition,
               "value_percentile without a 'percentile': the median (50) is taken");
    return true;
  }
  return read_number(reading, node, "percentile", percentile) &&
         ((*percentile >= 0 && *percentile <= 100) ||
          wrong(reading, node, "percentile: from 0 to 100 is possible"));
}

/* All of the rules; or `gte: n` and the like, so many of them, whichever. */
static bool read_temporal(struct reading *reading, const struct yaml_node *condition) {
  struct sigma_correlator *correlator = &reading->correlator;
  struct sigma_measure *measure = &correlator->measure;
  int64_t all = (int64_t)correlator->member_count, wanted = all;
  if (condition && condition->type == YAML_SCALAR)
    return sigma_expression_read(correlator, condition);
  if (condition) {
    measure->over.kind = CORRELATION_COUNT;
    if (!read_criteria(reading, condition) ||
        !sigma_measure_check(correlator->reader, condition, measure))
      return false;
    wanted = sigma_measure_threshold(measure);
    if (wanted == 0)
      return sigma_refuse(correlator->reader, condition,
                          "its condition is no lower bound: that too few of its rules match is not "
                          "looked for");
    if (wanted > all)
      return wrong(reading, condition, "condition: there are fewer rules than it asks for");
  }
  if (wanted < all && correlator->ordered)
    return sigma_refuse(correlator->reader, condition,
                        "it wants %lld of its %lld rules in their order, not all",
                        (long long)wanted, (long long)all);
  if (wanted < all) {
    correlator->distinct_rules = wanted;
    return true;
  }
  if (all > CORRELATION_STEPS_MAX)
    return sigma_refuse(correlator->reader, reading->node, "it correlates more than %d rules",
                        CORRELATION_STEPS_MAX);
  for (size_t i = 0; i < correlator->member_count; i++)
    correlator->clauses[i] = (struct sigma_clause){.members = {i}, .count = 1};
  correlator->clause_count = correlator->member_count;
  return true;
}

static bool read_condition(struct reading *reading) {
  struct sigma_correlator *correlator = &reading->correlator;
  const struct yaml_node *node = get(reading, "condition");
  if (!correlator->counts)
    return read_temporal(reading, node);
  if (!node)
    return wrong(reading, reading->node, "the correlation has no 'condition'");
  return read_criteria(reading, node) && read_fields(reading, node) &&
         read_percentile(reading, node) &&
         sigma_measure_check(correlator->reader, node, &correlator->measure);
}

/* ---- the whole ---- */

enum sigma_state sigma_correlation_load(struct sigma_loader *loader,
                                        const struct sigma_document *document,
                                        struct sigma_reader *reader, struct rule *rule) {
  static const char *const known[] = {"type",     "rules",   "group-by", "timespan",
                                      "generate", "aliases", "condition"};
  const struct yaml_node *node = yaml_get(reader->document, "correlation");
  struct reading reading = {
      .correlator = {.loader = loader, .reader = reader, .rule = rule, .node = node}, .node = node};
  const struct yaml_context *context = &reader->context;
  bool ok = yaml_expect(context, node, YAML_MAPPING, "correlation") &&
            yaml_known_keys(context, node, "a correlation", known, sizeof known / sizeof *known);
  ok = ok && read_members(&reading) && read_generate(&reading) && read_type(&reading) &&
       read_group_by(&reading) && read_aliases(&reading) && read_timespan(&reading) &&
       read_condition(&reading);
  if (reader->refused)
    return SIGMA_REFUSED;
  if (!ok)
    return SIGMA_BROKEN;
  return document->is_member ? sigma_correlator_make_steps(&reading.correlator)
                             : sigma_correlator_make(&reading.correlator);
}

/* The rule of the events that are counted. */
static void add_events_rule(struct sigma_loader *loader, struct sigma_document *document,
                            const struct rule *rule) {
  struct arena *arena = &loader->set->arena;
  struct rule events = *rule;
  events.id = text_from(arena_printf(arena, "%.*s (events)", TEXT_ARGS(rule->id)));
  events.display_name =
      text_from(arena_printf(arena, "%.*s (events)", TEXT_ARGS(rule->display_name)));
  events.create_alert = false;
  events.test_count = 0;
  events.test_entries = NULL;
  events.tests_json = TEXT("[]");
  document->rule = loader->rule_count;
  sigma_loader_push(loader, &events);
}

enum sigma_state sigma_correlation_of_aggregate(struct sigma_loader *loader,
                                                struct sigma_document *document,
                                                struct sigma_reader *reader,
                                                const struct sigma_aggregate *aggregate,
                                                struct rule *rule) {
  struct sigma_member *member = arena_alloc(&loader->set->arena, sizeof *member);
  struct sigma_correlator correlator = {.loader = loader,
                                        .reader = reader,
                                        .rule = rule,
                                        .node = aggregate->place,
                                        .members = member,
                                        .member_count = 1,
                                        .group_by = aggregate->group_by,
                                        .group_count = aggregate->group_count,
                                        .counts = true,
                                        .measure = aggregate->measure};
  *member = (struct sigma_member){.reference = TEXT("events"), .document = document};
  document->aggregates = true;
  if (sigma_measure_threshold(&aggregate->measure)) {
    condition_release(rule->where);
    rule->where = NULL;
    return sigma_correlator_make(&correlator);
  }
  add_events_rule(loader, document, rule);
  member->id = loader->rules[document->rule].id;
  rule->where = NULL;
  rule->log_types = (struct text_list){NULL, 0};
  return sigma_correlator_make_steps(&correlator);
}
