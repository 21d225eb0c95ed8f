#include "api/rules/rule_json.h"

#include "api/rules/attack.h"
#include "base/json_member.h"
#include "rule/correlation.h"

#include <inttypes.h>

/* ---- suppressed matches ------------------------------------------------------------------ */

struct gathering {
  struct arena *arena;
  struct suppressed_counts counts;
  size_t capacity;
};

static void gather(void *context, const struct store_suppressed *suppressed) {
  struct gathering *gathering = context;
  struct suppressed_counts *counts = &gathering->counts;
  if (counts->count == gathering->capacity) { /* what was there before stays in the arena */
    size_t capacity = gathering->capacity ? gathering->capacity * 2 : 16;
    struct store_suppressed *items = arena_alloc(gathering->arena, capacity * sizeof *items);
    for (size_t i = 0; i < counts->count; i++)
      items[i] = counts->items[i];
    counts->items = items;
    gathering->capacity = capacity;
  }
  struct store_suppressed *kept = &counts->items[counts->count++];
  *kept = *suppressed;
  kept->rule_id = arena_copy(gathering->arena, suppressed->rule_id);
}

bool suppressed_counts_read(struct store *store, struct arena *arena,
                            struct suppressed_counts *counts, struct error *error) {
  struct gathering gathering = {.arena = arena};
  bool ok = store_suppressed(store, gather, &gathering, error);
  *counts = gathering.counts;
  return ok;
}

int64_t suppressed_count(const struct suppressed_counts *counts, struct text rule_id) {
  for (size_t i = 0; i < counts->count; i++)
    if (text_equal(counts->items[i].rule_id, rule_id))
      return counts->items[i].count;
  return 0;
}

/* ---- tuning ------------------------------------------------------------------------------ */

struct text rule_change_place(struct arena *arena, const struct rule_change *change) {
  if (!change->place.file)
    return TEXT("");
  return text_from(arena_printf(arena, "%s:%u", change->place.file, change->place.line));
}

static void tuning_members(const struct rule *rule, const struct suppressed_counts *counts,
                           struct buffer *json) {
  struct arena arena = ARENA_NONE;
  const struct rule_tuning *tuning = rule->tuning;
  int64_t suppressed = suppressed_count(counts, rule->id);
  for (size_t i = 0; tuning && i < tuning->change_count; i++) {
    const struct rule_change *change = &tuning->changes[i];
    buffer_append_string(json, i ? ",{" : ",\"tuning\":[{");
    json_member_text(json, "change", change->words);
    if (change->place.reason.size)
      json_member_text(json, "reason", change->place.reason);
    if (change->place.file)
      json_member_text(json, "place", rule_change_place(&arena, change));
    buffer_append_char(json, '}');
  }
  if (tuning && tuning->change_count > 0)
    buffer_append_char(json, ']');
  if (suppressed)
    buffer_printf(json, ",\"suppressed\":%" PRId64, suppressed);
  arena_free(&arena);
}

/* ---- the rule ---------------------------------------------------------------------------- */

static void list_member(struct buffer *json, const char *name, const struct text_list *texts) {
  buffer_printf(json, ",\"%s\":[", name);
  for (size_t i = 0; i < texts->count; i++) {
    if (i)
      buffer_append_char(json, ',');
    buffer_append_json_string(json, texts->items[i]);
  }
  buffer_append_char(json, ']');
}

static void bool_member(struct buffer *json, const char *name, bool value) {
  buffer_printf(json, ",\"%s\":%s", name, value ? "true" : "false");
}

void rule_json_append_attack(struct buffer *json, const char *member, const struct rule *rule) {
  struct arena arena = ARENA_NONE;
  struct attack_technique *techniques;
  size_t count = attack_techniques(rule, &arena, &techniques);
  buffer_printf(json, ",\"%s\":[", member);
  for (size_t i = 0; i < count; i++) {
    buffer_append_string(json, i ? ",{\"tactic\":" : "{\"tactic\":");
    buffer_append_json_string(json, techniques[i].tactic);
    buffer_append_string(json, ",\"technique\":");
    buffer_append_json_string(json, techniques[i].id);
    buffer_append_char(json, '}');
  }
  buffer_append_char(json, ']');
  arena_free(&arena);
}

static void condition_value(struct buffer *json, const struct condition *condition) {
  static const char *const kinds[] = {
      [CONDITION_ALL] = "all", [CONDITION_ANY] = "any", [CONDITION_NOT] = "not"};
  if (condition->kind == CONDITION_FIELD) {
    struct buffer test = BUFFER_NONE;
    condition_field_write(condition, condition->value_count, &test);
    buffer_append_json_string(json, buffer_text(&test));
    buffer_free(&test);
    return;
  }
  buffer_printf(json, "{\"%s\":[", kinds[condition->kind]);
  for (size_t i = 0; i < condition->child_count; i++) {
    if (i)
      buffer_append_char(json, ',');
    condition_value(json, condition->children[i]);
  }
  buffer_append_string(json, "]}");
}

static void step_member(struct buffer *json, const struct correlation *correlation) {
  buffer_printf(json, ",\"within_minutes\":%" PRId64 ",\"%s\":[",
                correlation->within / US_PER_MINUTE,
                correlation->order == CORRELATION_SEQUENCE ? "sequence" : "group");
  for (size_t i = 0; i < correlation->step_count; i++) {
    const struct correlation_step *step = &correlation->steps[i];
    buffer_append_string(json, i ? ",{\"id\":" : "{\"id\":");
    buffer_append_json_string(json, step->id);
    buffer_printf(json, ",\"min\":%" PRId64, step->min);
    if (correlation_step_is_bounded(step))
      buffer_printf(json, ",\"max\":%" PRId64, step->max);
    buffer_append_string(json, ",\"rules\":[");
    for (size_t k = 0; k < step->source_count; k++) {
      buffer_append_string(json, k ? "," : "");
      buffer_append_json_string(json, step->sources[k].rule_id);
    }
    buffer_append_string(json, "]}");
  }
  buffer_append_char(json, ']');
}

static void whole_members(struct buffer *json, const struct rule *rule) {
  json_member_text(json, "description", rule->description);
  json_member_text(json, "runbook", rule->runbook);
  json_member_text(json, "reference", rule->reference);
  list_member(json, "summary_attributes", &rule->summary_attributes);
  list_member(json, "story", &rule->story);
  if (rule->has_destinations)
    list_member(json, "destinations", &rule->destinations);
  buffer_append_string(json, ",\"reports\":");
  buffer_append_text(json, rule->reports_json);
  if (rule->where) {
    buffer_append_string(json, ",\"where\":");
    condition_value(json, rule->where);
  }
  if (rule->correlation)
    step_member(json, rule->correlation);
}

void rule_json_append_open(struct buffer *json, const struct rule *rule,
                           const struct suppressed_counts *counts, bool whole) {
  buffer_append_char(json, '{');
  json_member_text(json, "id", rule->id);
  json_member_text(json, "display_name", rule->display_name);
  json_member_text(json, "file", text_from(rule->file));
  json_member_text(json, "severity", text_from(severity_name(rule->severity)));
  if (rule->pack.size)
    json_member_text(json, "pack", rule->pack);
  if (rule->evidence)
    json_member_text(json, "evidence", text_from(rule_evidence_names[rule->evidence]));
  list_member(json, "log_types", &rule->log_types);
  list_member(json, "tags", &rule->tags);
  bool_member(json, "enabled", rule->enabled);
  bool_member(json, "create_alert", rule->create_alert);
  bool_member(json, "stateful", rule->stateful || rule->questions.count > 0);
  bool_member(json, "correlation", rule->correlation != NULL);
  buffer_printf(json, ",\"threshold\":%" PRId64 ",\"dedup_period_minutes\":%" PRId64,
                rule->threshold, rule->dedup_period / US_PER_MINUTE);
  tuning_members(rule, counts, json);
  if (whole)
    whole_members(json, rule);
}
