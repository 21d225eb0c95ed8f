#include "rule/tuning/risk.h"

#include "rule/correlation.h"

#include <string.h>

/* As correlations of Sigma rules: a match may come a day late and find the others, and an event may
 * become known ten minutes after its time. */
#define LOOKBACK_EXTRA US_PER_DAY
#define LATE (10 * US_PER_MINUTE)

static const struct correlation_measure *make_measure(struct rule_set *set,
                                                      const struct risk *risk) {
  struct correlation_measure *measure = arena_alloc(&set->arena, sizeof *measure);
  *measure = (struct correlation_measure){
      .kind = CORRELATION_SUM,
      .bounds = {{CORRELATION_GTE, (double)risk->threshold}},
      .bound_count = 1,
      .at_once = true,
      .is_points = true,
  };
  for (int i = 0; i < SEVERITY_COUNT; i++)
    measure->points[i] = (double)risk->points[i];
  return measure;
}

/* One step, which every rule that is on counts for. */
static struct correlation_step *make_step(struct rule_set *set, const struct risk *risk,
                                          const struct rule *own) {
  struct correlation_step *step = arena_alloc(&set->arena, sizeof *step);
  struct correlation_source *sources = arena_alloc(&set->arena, (set->count + 1) * sizeof *sources);
  struct text *on = arena_alloc(&set->arena, sizeof *on);
  *on = risk->objects ? TEXT(CORRELATION_ACTOR_AND_OBJECT) : TEXT(CORRELATION_ACTOR);
  *step = (struct correlation_step){
      .id = TEXT("matches"), .sources = sources, .min = 1, .max = CORRELATION_NO_MAX};
  for (size_t i = 0; i < set->count; i++) {
    struct rule *rule = &set->rules[i];
    if (rule == own || !rule->enabled)
      continue;
    rule->correlated = true;
    rule->says_object = risk->objects;
    sources[step->source_count++] =
        (struct correlation_source){.rule_id = rule->id, .rule = rule, .on = {on, 1}};
  }
  return step;
}

static void make_rule(struct rule_set *set, const struct risk *risk, struct rule *rule) {
  struct arena *arena = &set->arena;
  struct text *name = arena_alloc(arena, sizeof *name);
  struct correlation *correlation = arena_alloc(arena, sizeof *correlation);
  *name = TEXT("actor");
  *correlation = (struct correlation){.order = CORRELATION_GROUP,
                                      .measure = make_measure(set, risk),
                                      .steps = make_step(set, risk, rule),
                                      .step_count = 1,
                                      .key_names = {name, 1},
                                      .actor_key = 1,
                                      .within = risk->within,
                                      .lookback = risk->within + LOOKBACK_EXTRA,
                                      .late = LATE};
  rule->display_name = TEXT("Risk");
  rule->file = arena_copy_string(arena, risk->file);
  rule->metadata_line = risk->line;
  rule->enabled = rule->create_alert = true;
  rule->severity = risk->severity;
  rule->description =
      risk->objects
          ? TEXT("Taken together, what this person did, and what others did to them, is worth a "
                 "look, though each part of it may have been harmless. The steps list it, rule by "
                 "rule, each with who did it.")
          : TEXT("Taken together, what this person did is worth a look, though each part of it "
                 "may have been harmless. The steps list it, rule by rule.");
  rule->runbook = TEXT("Ask whether one person did all of it, and for what. Look at the alerts of "
                       "the rules that are named, and at what else the person did.");
  rule->tags_json = rule->tests_json = TEXT("[]");
  rule->reports_json = TEXT("{}");
  rule->threshold = 1;
  rule->dedup_period = risk->within;
  rule->group_by = correlation->key_names;
  rule->correlation = correlation;
  rule->source = TEXT("");
}

/* Makes room for a rule at its place in the order of ids; what points to others finds them again.
 */
static struct rule *insert(struct rule_set *set, struct text id) {
  struct rule *old = set->rules;
  struct rule *rules = arena_alloc(&set->arena, (set->count + 1) * sizeof *rules);
  size_t place = 0;
  while (place < set->count && text_compare(old[place].id, id) < 0)
    place++;
  memcpy(rules, old, place * sizeof *rules);
  memcpy(rules + place + 1, old + place, (set->count - place) * sizeof *rules);
  rules[place] = (struct rule){.id = id};
  set->rules = rules;
  set->count++;
  for (size_t i = 0; i < set->count; i++) {
    struct correlation *correlation = rules[i].correlation;
    rules[i].index = (unsigned)i;
    for (size_t k = 0; correlation && k < correlation->step_count; k++)
      for (size_t n = 0; n < correlation->steps[k].source_count; n++) {
        const struct rule **rule = &correlation->steps[k].sources[n].rule;
        size_t was = (size_t)(*rule - old);
        *rule = &rules[was + (was >= place)];
      }
  }
  return &rules[place];
}

void risk_add(struct rule_set *set, const struct risk *risk, struct problems *problems) {
  const struct rule *same = rule_set_find(set, TEXT(RISK_RULE_ID));
  if (same) {
    problems_add(problems, risk->file, risk->line, 0, "risk: a rule in %s has the id '%s'",
                 same->file, RISK_RULE_ID);
    return;
  }
  make_rule(set, risk, insert(set, TEXT(RISK_RULE_ID)));
  rule_set_index(set);
}
