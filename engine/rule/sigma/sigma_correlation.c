#include "rule/sigma/sigma_correlation.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/correlation.h"
#include "rule/sigma/sigma_condition.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMESPAN_MAX (366 * US_PER_DAY)
#define COUNT_MAX INT64_C(1000000000)
/* How late an event may come and still complete an instance; as for correlations in Lua. */
#define LOOKBACK_EXTRA US_PER_DAY
#define LATE (10 * US_PER_MINUTE)

enum correlation_type { EVENT_COUNT, VALUE_COUNT, TEMPORAL, TEMPORAL_ORDERED, TYPE_COUNT };
static const char *const type_names[TYPE_COUNT] = {"event_count", "value_count", "temporal",
                                                   "temporal_ordered"};
/* Of specification 2.1, over sums of values. */
static const char *const other_types[] = {"value_sum", "value_avg", "value_percentile",
                                          "value_median"};

/* A rule that is correlated. */
struct member {
  struct text reference; /* as it stands in `rules` */
  struct text id;
  const struct sigma_document *document; /* NULL: a Lua rule */
};

struct correlator {
  struct sigma_loader *loader;
  struct sigma_reader *reader;
  struct rule *rule;
  const struct yaml_node *node; /* `correlation` */
  enum correlation_type type;
  struct member *members;
  size_t member_count;
  const struct yaml_node *const *group_by; /* scalars */
  size_t group_count;
  int64_t timespan, count;
  struct text field; /* value_count */
};

static bool wrong(const struct correlator *correlator, const struct yaml_node *node,
                  const char *cause) {
  return yaml_problem(&correlator->reader->context, node, "%s", cause);
}

static const struct yaml_node *get(const struct correlator *correlator, const char *key) {
  const struct yaml_node *node = yaml_get(correlator->node, key);
  return node && !yaml_is_null(node) ? node : NULL;
}

/* ---- what it says ---- */

static bool read_type(struct correlator *correlator) {
  const struct yaml_node *node = get(correlator, "type");
  struct text type;
  char shown[40];
  if (!node)
    return wrong(correlator, correlator->node, "the correlation has no 'type'");
  if (!yaml_string(&correlator->reader->context, node, "type", &type))
    return false;
  for (size_t i = 0; i < TYPE_COUNT; i++)
    if (text_is(type, type_names[i])) {
      correlator->type = (enum correlation_type)i;
      return true;
    }
  for (size_t i = 0; i < sizeof other_types / sizeof *other_types; i++)
    if (text_is(type, other_types[i]))
      return sigma_refuse(correlator->reader, node, "margay does not correlate by '%s'",
                          other_types[i]);
  struct suggestion suggestion;
  return yaml_problem(&correlator->reader->context, node,
                      "type '%s' is none of event_count, value_count, temporal, "
                      "temporal_ordered%s",
                      text_printable(type, shown, sizeof shown),
                      suggestion_find(type, type_names, TYPE_COUNT, &suggestion));
}

static bool unknown_rule(const struct correlator *correlator, const struct yaml_node *node) {
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
               text_printable(node->value, shown, sizeof shown),
               suggestion_find(node->value, names, count, &suggestion));
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

static bool read_member(struct correlator *correlator, const struct yaml_node *node) {
  struct member *member = &correlator->members[correlator->member_count];
  if (!yaml_string(&correlator->reader->context, node, "rules", &member->reference))
    return false;
  member->document = map_get(&correlator->loader->by_name, member->reference);
  if (!member->document) {
    const struct rule *rule = find_lua_rule(correlator->loader->set, member->reference);
    if (!rule)
      return unknown_rule(correlator, node);
    member->id = rule->id;
  } else if (yaml_get(member->document->node, "correlation")) {
    return sigma_refuse(correlator->reader, node,
                        "it correlates another correlation ('%.*s'), which margay does not",
                        TEXT_ARGS(member->reference));
  } else if (member->document->state == SIGMA_REFUSED) {
    return sigma_refuse(correlator->reader, node, "it needs the rule '%.*s', which is not taken",
                        TEXT_ARGS(member->reference));
  } else if (member->document->state == SIGMA_BROKEN) {
    return false; /* reported already */
  } else {
    member->id = correlator->loader->rules[member->document->rule].id;
  }
  correlator->member_count++;
  return true;
}

static bool read_members(struct correlator *correlator) {
  const struct yaml_node *node = get(correlator, "rules");
  if (!node)
    return wrong(correlator, correlator->node, "the correlation has no 'rules'");
  bool list = node->type == YAML_SEQUENCE, ok = true;
  size_t count = list ? node->count : 1;
  if (count == 0)
    return wrong(correlator, node, "rules: at least one is needed");
  correlator->members =
      arena_alloc(&correlator->reader->set->arena, count * sizeof *correlator->members);
  for (size_t i = 0; i < count; i++)
    ok = read_member(correlator, list ? node->items[i] : node) && ok;
  return ok;
}

/* The rules of a correlation alert by themselves only if `generate` says so. */
static bool read_generate(struct correlator *correlator) {
  const struct yaml_node *node = get(correlator, "generate");
  bool generate = false;
  if (node && !yaml_bool(&correlator->reader->context, node, "generate", &generate))
    return false;
  for (size_t i = 0; i < correlator->member_count && !generate; i++)
    if (correlator->members[i].document)
      correlator->loader->rules[correlator->members[i].document->rule].create_alert = false;
  return true;
}

static bool read_group_by(struct correlator *correlator) {
  const struct yaml_node *node = get(correlator, "group-by");
  if (!node)
    return true;
  bool list = node->type == YAML_SEQUENCE;
  const struct yaml_node **items =
      arena_alloc(&correlator->reader->set->arena, (node->count + 1) * sizeof(struct yaml_node *));
  correlator->group_count = list ? node->count : 1;
  correlator->group_by = items;
  if (correlator->group_count > CORRELATION_FIELDS_MAX)
    return sigma_refuse(correlator->reader, node, "it groups by more than %d fields",
                        CORRELATION_FIELDS_MAX);
  for (size_t i = 0; i < correlator->group_count; i++) {
    struct text unused;
    items[i] = list ? node->items[i] : node;
    if (!yaml_string(&correlator->reader->context, items[i], "group-by", &unused))
      return false;
  }
  return true;
}

static bool read_timespan(struct correlator *correlator) {
  const struct yaml_node *node = get(correlator, "timespan");
  if (!node)
    return wrong(correlator, correlator->node, "the correlation has no 'timespan'");
  if (!yaml_duration(&correlator->reader->context, node, "timespan", &correlator->timespan))
    return false;
  if (correlator->timespan < US_PER_SECOND || correlator->timespan > TIMESPAN_MAX)
    return wrong(correlator, node, "timespan: from 1s to 366d is possible");
  return true;
}

static bool is_count(enum correlation_type type) {
  return type == EVENT_COUNT || type == VALUE_COUNT;
}

/* The numbers of a `condition`. */
static bool read_criteria(struct correlator *correlator, const struct yaml_node *condition) {
  static const struct {
    const char *word;
    int64_t more;
  } criteria[] = {{"gte", 0}, {"eq", 0}, {"gt", 1}};
  static const char *const known[] = {"gte", "gt", "eq", "lt", "lte", "neq", "field"};
  size_t found = 0;
  if (!yaml_known_keys(&correlator->reader->context, condition, "a correlation's condition", known,
                       sizeof known / sizeof *known))
    return false;
  for (size_t i = 0; i < 3; i++) {
    const struct yaml_node *value = yaml_get(condition, criteria[i].word);
    if (!value)
      continue;
    if (!yaml_int(&correlator->reader->context, value, criteria[i].word, 0, COUNT_MAX,
                  &correlator->count))
      return false;
    correlator->count += criteria[i].more;
    found++;
  }
  for (size_t i = 3; i < 6; i++)
    if (yaml_get(condition, known[i]))
      return sigma_refuse(correlator->reader, yaml_get(condition, known[i]),
                          "its condition has '%s': what is too few is known only when the time is "
                          "over",
                          known[i]);
  if (found != 1)
    return wrong(correlator, condition, "a correlation's condition wants one of gte, gt, eq");
  return correlator->count > 0 ||
         wrong(correlator, condition, "a correlation's condition that always holds");
}

static bool read_condition(struct correlator *correlator) {
  const struct yaml_node *node = get(correlator, "condition");
  correlator->count = (int64_t)correlator->member_count;
  if (!node && !is_count(correlator->type))
    return true;
  if (!node)
    return wrong(correlator, correlator->node, "the correlation has no 'condition'");
  if (node->type == YAML_SCALAR && !is_count(correlator->type))
    return sigma_refuse(correlator->reader, node, "its condition is an expression over its rules");
  if (!yaml_expect(&correlator->reader->context, node, YAML_MAPPING, "condition") ||
      !read_criteria(correlator, node))
    return false;
  if (!is_count(correlator->type) && correlator->count != (int64_t)correlator->member_count)
    return sigma_refuse(correlator->reader, node, "it wants %lld of its %zu rules, not all",
                        (long long)correlator->count, correlator->member_count);
  const struct yaml_node *field = yaml_get(node, "field");
  if (correlator->type != VALUE_COUNT)
    return true;
  if (field && field->type == YAML_SEQUENCE)
    return sigma_refuse(correlator->reader, field, "it counts the values of several fields");
  if (!field)
    return wrong(correlator, node, "value_count needs the 'field' whose values it counts");
  return yaml_string(&correlator->reader->context, field, "field", &correlator->field);
}

/* ---- fields ---- */

/* The field that a name of the correlation stands for in the events of a rule. */
static struct text field_of(const struct correlator *correlator, const struct member *member,
                            struct text name) {
  const struct yaml_node *aliases = get(correlator, "aliases");
  const struct sigma_log_source *source = member->document ? member->document->log_source : NULL;
  struct text field = name;
  for (size_t i = 0; aliases && i < aliases->count; i++) {
    if (!text_equal(aliases->keys[i]->value, name))
      continue;
    const struct yaml_node *rules = aliases->items[i];
    for (size_t k = 0; k < rules->count; k++) {
      const struct text rule = rules->keys[k]->value;
      if (text_equal(rule, member->reference) ||
          map_get(&correlator->loader->by_name, rule) == member->document)
        field = rules->items[k]->value;
    }
  }
  if (source)
    field = sigma_mapping_field(correlator->loader->logsources->mapping, source, field);
  return arena_copy(&correlator->reader->set->arena, field);
}

static bool check_aliases(const struct correlator *correlator) {
  const struct yaml_node *aliases = get(correlator, "aliases");
  const struct yaml_context *context = &correlator->reader->context;
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
  return true;
}

static struct text_list fields_of(const struct correlator *correlator,
                                  const struct member *member) {
  struct text *items =
      arena_alloc(&correlator->reader->set->arena, (correlator->group_count + 1) * sizeof *items);
  for (size_t i = 0; i < correlator->group_count; i++)
    items[i] = field_of(correlator, member, correlator->group_by[i]->value);
  return (struct text_list){items, correlator->group_count};
}

/* ---- a count over one rule ---- */

/* The field is there: what has no value belongs to no group. */
static const struct condition *has_value(const struct correlator *correlator, struct text field) {
  const struct condition_value none = {.type = VALUE_NULL};
  struct sigma_reader *reader = correlator->reader;
  struct error error = ERROR_NONE;
  const struct condition *null = condition_field_called(&reader->set->arena, reader->set->fields,
                                                        "field", field, &none, 1, &error);
  if (null)
    return condition_not(&reader->set->arena, null);
  wrong(correlator, correlator->node, error.text);
  return NULL;
}

static enum sigma_state count_one(const struct correlator *correlator) {
  const struct member *member = &correlator->members[0];
  const struct sigma_document *document = member->document;
  struct sigma_reader *reader = correlator->reader;
  struct rule *rule = correlator->rule;
  const struct rule *counted = &correlator->loader->rules[document->rule];
  struct sigma_reader base = sigma_reader_of(correlator->loader, document);
  const struct sigma_detection detection = {&base, document->log_source,
                                            yaml_get(document->node, "detection")};
  const struct condition *parts[CORRELATION_FIELDS_MAX + 2];
  size_t count = 0;
  rule->log_types = counted->log_types;
  rule->threshold = correlator->count;
  rule->dedup_period = correlator->timespan;
  rule->group_by = fields_of(correlator, member);
  parts[count++] = sigma_detection_compile(&detection);
  for (size_t i = 0; i < rule->group_by.count; i++)
    parts[count++] = has_value(correlator, rule->group_by.items[i]);
  if (correlator->type == VALUE_COUNT) {
    rule->unique_field = field_of(correlator, member, correlator->field);
    parts[count++] = has_value(correlator, rule->unique_field);
  }
  rule->where = sigma_join(&reader->set->arena, CONDITION_ALL, parts, count);
  return rule->where ? SIGMA_TAKEN : SIGMA_BROKEN;
}

/* ---- over the matches of several rules ---- */

static struct text_list names_of(const struct correlator *correlator) {
  struct text *names =
      arena_alloc(&correlator->reader->set->arena, (correlator->group_count + 1) * sizeof *names);
  for (size_t i = 0; i < correlator->group_count; i++)
    names[i] = arena_copy(&correlator->reader->set->arena, correlator->group_by[i]->value);
  return (struct text_list){names, correlator->group_count};
}

static struct correlation_source source_of(const struct correlator *correlator,
                                           const struct member *member) {
  return (struct correlation_source){.rule_id = member->id, .on = fields_of(correlator, member)};
}

/* A count is one step that any of the rules takes; the others have a step for each rule. */
static void make_steps(const struct correlator *correlator, struct correlation *correlation) {
  struct arena *arena = &correlator->reader->set->arena;
  size_t members = correlator->member_count;
  bool count = is_count(correlator->type);
  struct correlation_source *sources = arena_alloc(arena, members * sizeof *sources);
  struct correlation_step *steps = arena_alloc(arena, members * sizeof *steps);
  for (size_t i = 0; i < members; i++) {
    sources[i] = source_of(correlator, &correlator->members[i]);
    steps[i] = (struct correlation_step){.id = arena_copy(arena, correlator->members[i].reference),
                                         .sources = &sources[i],
                                         .source_count = count ? members : 1,
                                         .min = count ? correlator->count : 1,
                                         .max = CORRELATION_NO_MAX,
                                         .line = correlator->node->line};
  }
  correlation->steps = steps;
  correlation->step_count = count ? 1 : members;
  if (correlator->type == VALUE_COUNT)
    steps[0].unique = field_of(correlator, &correlator->members[0], correlator->field);
}

/* The counted field has one name for all rules of a step. */
static bool field_is_one(const struct correlator *correlator) {
  struct text first = field_of(correlator, &correlator->members[0], correlator->field);
  for (size_t i = 1; i < correlator->member_count; i++)
    if (!text_equal(field_of(correlator, &correlator->members[i], correlator->field), first))
      return sigma_refuse(correlator->reader, correlator->node,
                          "it counts a field that has different names in its rules");
  return true;
}

static bool members_differ(const struct correlator *correlator) {
  for (size_t i = 1; i < correlator->member_count; i++)
    for (size_t k = 0; k < i; k++)
      if (text_equal(correlator->members[i].id, correlator->members[k].id))
        return wrong(correlator, get(correlator, "rules"), "rules: one rule is named twice");
  return true;
}

static enum sigma_state correlate(const struct correlator *correlator) {
  struct arena *arena = &correlator->reader->set->arena;
  struct correlation *correlation = arena_alloc(arena, sizeof *correlation);
  if (is_count(correlator->type) && correlator->count > CORRELATION_COUNT_MAX) {
    sigma_refuse(correlator->reader, correlator->node,
                 "it counts to more than %d over several rules", CORRELATION_COUNT_MAX);
    return SIGMA_REFUSED;
  }
  if (!is_count(correlator->type) && correlator->member_count > CORRELATION_STEPS_MAX) {
    sigma_refuse(correlator->reader, correlator->node, "it correlates more than %d rules",
                 CORRELATION_STEPS_MAX);
    return SIGMA_REFUSED;
  }
  if (correlator->member_count > CORRELATION_RULES_MAX ||
      (correlator->type == VALUE_COUNT && !field_is_one(correlator))) {
    sigma_refuse(correlator->reader, correlator->node, "it counts over more than %d rules",
                 CORRELATION_RULES_MAX);
    return SIGMA_REFUSED;
  }
  if (!is_count(correlator->type) && !members_differ(correlator))
    return SIGMA_BROKEN;
  *correlation = (struct correlation){
      .order = correlator->type == TEMPORAL_ORDERED ? CORRELATION_SEQUENCE : CORRELATION_GROUP,
      .key_names = names_of(correlator),
      .within = correlator->timespan,
      .lookback = correlator->timespan + LOOKBACK_EXTRA,
      .late = LATE};
  make_steps(correlator, correlation);
  correlator->rule->correlation = correlation;
  correlator->rule->group_by = correlation->key_names;
  correlator->rule->dedup_period = correlator->timespan;
  return SIGMA_TAKEN;
}

enum sigma_state sigma_correlation_load(struct sigma_loader *loader, struct sigma_reader *reader,
                                        struct rule *rule) {
  static const char *const known[] = {"type",     "rules",   "group-by", "timespan",
                                      "generate", "aliases", "condition"};
  struct correlator correlator = {.loader = loader,
                                  .reader = reader,
                                  .rule = rule,
                                  .node = yaml_get(reader->document, "correlation")};
  const struct yaml_context *context = &reader->context;
  bool ok = yaml_expect(context, correlator.node, YAML_MAPPING, "correlation") &&
            yaml_known_keys(context, correlator.node, "a correlation", known,
                            sizeof known / sizeof *known);
  ok = ok && read_members(&correlator) && read_generate(&correlator) && read_type(&correlator) &&
       read_group_by(&correlator) && check_aliases(&correlator) && read_timespan(&correlator) &&
       read_condition(&correlator);
  if (reader->refused)
    return SIGMA_REFUSED;
  if (!ok)
    return SIGMA_BROKEN;
  bool one =
      is_count(correlator.type) && correlator.member_count == 1 && correlator.members[0].document;
  return one ? count_one(&correlator) : correlate(&correlator);
}
