/* What packs and modes make of rules: alerting, quiet, or off. */
#include "base/suggestion.h"
#include "rule/correlation.h"
#include "rule/tuning/tuning_internal.h"

static const struct tuning_pack *find_given(const struct tuning_work *work, struct text name) {
  for (size_t i = 0; i < work->tuning->pack_count; i++)
    if (text_equal(work->tuning->packs[i].name, name))
      return &work->tuning->packs[i];
  return NULL;
}

static const struct rule_pack *find_pack(const struct tuning_work *work, struct text name) {
  for (size_t i = 0; i < work->set->pack_count; i++)
    if (text_equal(work->set->packs[i].name, name))
      return &work->set->packs[i];
  return NULL;
}

static enum rule_mode mode_of(const struct rule *rule) {
  return !rule->enabled ? RULE_MODE_OFF : rule->create_alert ? RULE_MODE_ALERT : RULE_MODE_SIGNAL;
}

static void take_mode(struct tuning_work *work, enum rule_mode mode) {
  struct rule *rule = work->rule;
  bool was_on = rule->enabled;
  work->taken_off[rule->index] = was_on && mode == RULE_MODE_OFF;
  rule->enabled = mode != RULE_MODE_OFF;
  if (rule->enabled)
    rule->create_alert = mode == RULE_MODE_ALERT;
}

/* A pack makes rules quieter, never louder: what is a signal or off by its file stays so. */
static void take_pack(struct tuning_work *work) {
  struct rule *rule = work->rule;
  const struct tuning_pack *given = find_given(work, rule->pack);
  const struct rule_pack *pack = find_pack(work, rule->pack);
  enum rule_mode mode = given ? given->mode : pack ? pack->mode : RULE_MODE_ALERT;
  if (mode <= mode_of(rule))
    return;
  struct rule_tuning_place place =
      given ? tuning_place(work, NULL, given->node)
            : (struct rule_tuning_place){.file = pack->file, .line = pack->line};
  take_mode(work, mode);
  tuning_note(work,
              arena_printf(&work->set->arena, "%s, as its pack %.*s", rule_mode_names[mode],
                           TEXT_ARGS(rule->pack)),
              place, !given);
}

bool tuning_set_mode(struct tuning_work *work, const struct tuning_entry *entry) {
  struct rule *rule = work->rule;
  bool was_enabled = rule->enabled, alerts = rule->create_alert;
  if (rule->pack.size)
    take_pack(work);
  enum rule_mode before = mode_of(rule), mode = before;
  if (entry && entry->has_mode)
    mode = entry->mode;
  else if (entry && before == RULE_MODE_OFF)
    mode = alerts ? RULE_MODE_ALERT : RULE_MODE_SIGNAL;
  bool changed = mode != before;
  if (changed) {
    take_mode(work, mode);
    tuning_note(work,
                arena_printf(&work->set->arena, "%s (was %s)", rule_mode_names[mode],
                             rule_mode_names[before]),
                tuning_place(work, entry, tuning_key_node(entry, TUNING_MODE)), false);
  }
  if (was_enabled && !rule->enabled)
    work->taken_off[rule->index] = true;
  work->enables = work->enables || was_enabled != rule->enabled;
  return changed;
}

/* ---- what correlations need -------------------------------------------------------------- */

/* Adds to what the rule's tuning says already. */
static void note_need(struct tuning_work *work, struct rule *rule, const struct rule *correlation) {
  struct arena *arena = &work->set->arena;
  const struct rule_tuning *old = rule->tuning;
  size_t count = old ? old->change_count : 0;
  struct rule_tuning *tuning = arena_alloc(arena, sizeof *tuning);
  struct rule_change *changes = arena_alloc(arena, (count + 1) * sizeof *changes);
  if (old)
    *tuning = *old;
  for (size_t i = 0; i < count; i++)
    changes[i] = old->changes[i];
  changes[count] = (struct rule_change){
      .words = text_from(arena_printf(arena, "signal all the same: the correlation %.*s needs it",
                                      TEXT_ARGS(correlation->id)))};
  tuning->changes = changes;
  tuning->change_count = count + 1;
  rule->tuning = tuning;
}

static void keep_needed_of(struct tuning_work *work, const struct rule *rule, unsigned depth) {
  const struct correlation *correlation = rule->correlation;
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++) {
      const struct rule *source = correlation->steps[i].sources[k].rule;
      if (!source)
        continue;
      struct rule *needed = &work->set->rules[source->index];
      if (work->taken_off[needed->index] && !needed->enabled) {
        needed->enabled = work->enables = true;
        needed->create_alert = false;
        note_need(work, needed, rule);
      }
      if (needed->correlation && needed->enabled && depth < CORRELATION_DEPTH_MAX)
        keep_needed_of(work, needed, depth + 1);
    }
}

void tuning_keep_needed(struct tuning_work *work) {
  for (size_t i = 0; i < work->set->count; i++) {
    const struct rule *rule = &work->set->rules[i];
    if (rule->correlation && rule->enabled)
      keep_needed_of(work, rule, 0);
  }
}

/* ---- packs that are not there ------------------------------------------------------------ */

static bool is_pack(const struct tuning_work *work, struct text name) {
  for (size_t i = 0; i < work->set->count; i++)
    if (text_equal(work->set->rules[i].pack, name))
      return true;
  return find_pack(work, name) != NULL;
}

static const char *nearest_pack(const struct tuning_work *work, struct text name) {
  const struct rule_set *set = work->set;
  struct arena *arena = &work->set->arena;
  const char **names = arena_alloc(arena, (set->count + set->pack_count + 1) * sizeof *names);
  size_t count = 0;
  for (size_t i = 0; i < set->pack_count; i++)
    names[count++] = set->packs[i].name.data;
  for (size_t i = 0; i < set->count; i++)
    if (set->rules[i].pack.size)
      names[count++] = arena_copy(arena, set->rules[i].pack).data;
  return text_nearest(name, names, count);
}

void tuning_check_packs(struct tuning_work *work) {
  const struct yaml_context context = {work->tuning->yaml, work->world->problems};
  for (size_t i = 0; i < work->tuning->pack_count && !work->world->partial; i++) {
    const struct tuning_pack *pack = &work->tuning->packs[i];
    struct suggestion suggestion;
    char shown[80];
    if (!is_pack(work, pack->name))
      yaml_problem(&context, pack->node, "packs: no rule is in a pack '%s'%s",
                   text_printable(pack->name, shown, sizeof shown),
                   suggestion_write(nearest_pack(work, pack->name), &suggestion));
  }
}
