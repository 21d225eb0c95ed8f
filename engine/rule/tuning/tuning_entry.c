/* One entry: which rules it names, what it gives, where it stands; and what is noted of it. */
#include "base/memory.h"
#include "rule/condition/wildcard.h"
#include "rule/tuning/tuning_internal.h"

const char *const tuning_key_names[TUNING_KEYS] = {
    "mute_until", "hours", "severity", "threshold", "dedup_period", "destinations", "mode"};

bool tuning_gives(const struct tuning_entry *entry, enum tuning_key key) {
  const bool gives[TUNING_KEYS] = {[TUNING_MUTE] = entry->mute_until != TIME_NONE,
                                   [TUNING_HOURS] = entry->hours_count > 0,
                                   [TUNING_SEVERITY] = entry->has_severity,
                                   [TUNING_THRESHOLD] = entry->threshold > 0,
                                   [TUNING_PERIOD] = entry->dedup_period > 0,
                                   [TUNING_DESTINATIONS] = entry->has_destinations,
                                   [TUNING_MODE] = entry->has_mode || entry->switches_on};
  return gives[key];
}

const struct yaml_node *tuning_key_node(const struct tuning_entry *entry, enum tuning_key key) {
  const struct yaml_node *node = yaml_get(entry->node, tuning_key_names[key]);
  if (!node && key == TUNING_MODE)
    node = yaml_get(entry->node, "enabled");
  return node ? node : entry->node;
}

bool tuning_names(const struct tuning_entry *entry, struct text rule_id) {
  if (!memchr(entry->rule.data, '*', entry->rule.size) &&
      !memchr(entry->rule.data, '?', entry->rule.size))
    return text_equal_folded(entry->rule, rule_id);
  struct arena arena = ARENA_NONE;
  const struct wildcard *wildcard = wildcard_compile(&arena, entry->rule, false, false, true);
  bool fits = rule_id.size >= wildcard->size_min && wildcard_match(wildcard, rule_id, NULL);
  arena_free(&arena);
  return fits;
}

struct rule_tuning_place tuning_place(const struct tuning_work *work,
                                      const struct tuning_entry *entry,
                                      const struct yaml_node *node) {
  struct arena *arena = &work->set->arena;
  return (struct rule_tuning_place){.file = arena_copy_string(arena, yaml_name(work->tuning->yaml)),
                                    .line = node->line,
                                    .reason = entry ? arena_copy(arena, entry->reason) : TEXT("")};
}

void tuning_note(struct tuning_work *work, const char *words, struct rule_tuning_place place,
                 bool by_default) {
  work->changes = memory_reserve(work->changes, &work->change_capacity, work->change_count + 1,
                                 sizeof *work->changes);
  work->changes[work->change_count++] =
      (struct rule_change){.words = text_from(words), .place = place, .by_default = by_default};
}
