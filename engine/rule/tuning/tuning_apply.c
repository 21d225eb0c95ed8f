#include "base/buffer.h"
#include "base/memory.h"
#include "rule/tuning/tuning_exception.h"
#include "rule/tuning/tuning_internal.h"

#include <inttypes.h>
#include <stdlib.h>

static bool note(struct tuning_work *work, const struct tuning_entry *entry, enum tuning_key key,
                 const char *words) {
  tuning_note(work, words, tuning_place(work, entry, tuning_key_node(entry, key)), false);
  return true;
}

/* ---- suppressors ------------------------------------------------------------------------- */

/* Made once for an entry, however many rules it names. The set owns it. */
static struct rule_suppressor *new_suppressor(struct tuning_work *work,
                                              const struct tuning_entry *entry,
                                              const struct yaml_node *node,
                                              enum rule_suppression kind) {
  struct rule_suppressor *made = arena_alloc(&work->set->arena, sizeof *made);
  *made = (struct rule_suppressor){
      .kind = kind, .place = tuning_place(work, entry, node), .next = work->set->suppressors};
  work->set->suppressors = made;
  return made;
}

static void make_exception(struct tuning_work *work, const struct tuning_entry *entry,
                           const struct yaml_node *table, struct tuning_made *made) {
  struct rule_suppressor compiled = {.kind = RULE_EXCEPTED};
  if (!tuning_exception_compile(work->set, work->tuning, work->world, table, &compiled))
    return;
  struct rule_suppressor *suppressor = new_suppressor(work, entry, table, RULE_EXCEPTED);
  suppressor->condition = compiled.condition;
  suppressor->lookups = compiled.lookups;
  suppressor->lookup_count = compiled.lookup_count;
  made->tables[made->exception_count] = table;
  made->exceptions[made->exception_count++] = suppressor;
}

/* One table may stand without a list. */
static void make_exceptions(struct tuning_work *work, const struct tuning_entry *entry,
                            struct tuning_made *made) {
  const struct yaml_node *except = yaml_get(entry->node, "except");
  if (!except)
    return;
  bool alone = except->type == YAML_MAPPING;
  size_t count = alone ? 1 : except->count;
  made->exceptions = arena_alloc(&work->set->arena, (count + 1) * sizeof *made->exceptions);
  made->tables = arena_alloc(&work->set->arena, (count + 1) * sizeof *made->tables);
  for (size_t i = 0; i < count; i++)
    make_exception(work, entry, alone ? except : except->items[i], made);
}

static void make_hours(struct tuning_work *work, const struct tuning_entry *entry,
                       struct tuning_made *made) {
  struct week_hours *hours = arena_alloc(&work->set->arena, entry->hours_count * sizeof *hours);
  struct rule_suppressor *suppressor =
      new_suppressor(work, entry, tuning_key_node(entry, TUNING_HOURS), RULE_QUIET_HOURS);
  suppressor->hours = hours;
  for (size_t i = 0; i < entry->hours_count; i++) {
    const struct tuning_hours *given = &entry->hours[i];
    struct error error = ERROR_NONE;
    struct time_zone *zone = time_zone_open(given->zone, &error);
    if (!zone) {
      const struct yaml_context context = {work->tuning->yaml, work->world->problems};
      yaml_problem(&context, tuning_key_node(entry, TUNING_HOURS), "hours: %s", error.text);
      continue;
    }
    hours[suppressor->hours_count++] =
        (struct week_hours){.days = given->days,
                            .from = given->from,
                            .to = given->to,
                            .zone = zone,
                            .words = week_hours_words(&work->set->arena, given->days, given->from,
                                                      given->to, given->zone)};
  }
  made->hours = suppressor;
}

static void make_entry(struct tuning_work *work, const struct tuning_entry *entry,
                       struct tuning_made *made) {
  for (size_t i = 0; i < work->set->count; i++)
    made->named += tuning_names(entry, work->set->rules[i].id);
  make_exceptions(work, entry, made);
  if (tuning_gives(entry, TUNING_HOURS))
    make_hours(work, entry, made);
  if (!tuning_gives(entry, TUNING_MUTE))
    return;
  struct rule_suppressor *mute =
      new_suppressor(work, entry, tuning_key_node(entry, TUNING_MUTE), RULE_MUTED);
  mute->until = entry->mute_until;
  made->mute = mute;
}

/* ---- one rule ---------------------------------------------------------------------------- */

static void add_suppressor(struct tuning_work *work, const struct rule_suppressor *suppressor) {
  work->suppressors = memory_reserve(work->suppressors, &work->suppressor_capacity,
                                     work->suppressor_count + 1, sizeof(struct rule_suppressor *));
  work->suppressors[work->suppressor_count++] = suppressor;
}

static void add_exceptions(struct tuning_work *work, const struct tuning_made *made) {
  for (size_t i = 0; i < made->exception_count; i++) {
    struct buffer words = BUFFER_NONE;
    buffer_append_string(&words, "except ");
    tuning_exception_write(work->set, made->exceptions[i], &words);
    tuning_note(work, arena_copy(&work->set->arena, buffer_text(&words)).data,
                made->exceptions[i]->place, false);
    buffer_free(&words);
    add_suppressor(work, made->exceptions[i]);
  }
}

static bool set_mute(struct tuning_work *work, const struct tuning_entry *entry) {
  struct time_string until;
  add_suppressor(work, work->made[entry - work->tuning->entries].mute);
  return note(
      work, entry, TUNING_MUTE,
      arena_printf(&work->set->arena, "muted until %s", time_format(entry->mute_until, &until)));
}

static bool set_hours(struct tuning_work *work, const struct tuning_entry *entry) {
  const struct rule_suppressor *hours = work->made[entry - work->tuning->entries].hours;
  add_suppressor(work, hours);
  for (size_t i = 0; i < hours->hours_count; i++)
    note(work, entry, TUNING_HOURS,
         arena_printf(&work->set->arena, "muted %.*s", TEXT_ARGS(hours->hours[i].words)));
  return true;
}

/* What the rule's function says counts no longer. */
static bool set_severity(struct tuning_work *work, const struct tuning_entry *entry) {
  struct rule *rule = work->rule;
  bool varies = rule->functions >> RULE_FUNCTION_SEVERITY & 1;
  enum severity before = rule->severity;
  if (!varies && entry->severity == before)
    return false;
  rule->functions &= ~(UINT32_C(1) << RULE_FUNCTION_SEVERITY);
  rule->severity = entry->severity;
  return note(work, entry, TUNING_SEVERITY,
              arena_printf(&work->set->arena, "severity %s (was %s%s)",
                           severity_name(entry->severity), severity_name(before),
                           varies ? ", or as its function says" : ""));
}

static bool set_threshold(struct tuning_work *work, const struct tuning_entry *entry) {
  struct rule *rule = work->rule;
  int64_t before = rule->threshold;
  rule->threshold = entry->threshold;
  return entry->threshold != before &&
         note(work, entry, TUNING_THRESHOLD,
              arena_printf(&work->set->arena, "threshold %" PRId64 " (was %" PRId64 ")",
                           entry->threshold, before));
}

static bool set_period(struct tuning_work *work, const struct tuning_entry *entry) {
  struct rule *rule = work->rule;
  struct time_string now, then;
  int64_t before = rule->dedup_period;
  rule->dedup_period = entry->dedup_period;
  return entry->dedup_period != before &&
         note(work, entry, TUNING_PERIOD,
              arena_printf(&work->set->arena, "dedup period %s (was %s)",
                           duration_format(entry->dedup_period, &now),
                           duration_format(before, &then)));
}

static bool lists_equal(const struct text_list *a, const struct text_list *b) {
  bool equal = a->count == b->count;
  for (size_t i = 0; equal && i < a->count; i++)
    equal = text_equal(a->items[i], b->items[i]);
  return equal;
}

static bool set_destinations(struct tuning_work *work, const struct tuning_entry *entry) {
  struct rule *rule = work->rule;
  struct arena *arena = &work->set->arena;
  struct buffer words = BUFFER_NONE;
  if (rule->has_destinations && !(rule->functions >> RULE_FUNCTION_DESTINATIONS & 1) &&
      lists_equal(&rule->destinations, &entry->destinations))
    return false;
  size_t count = entry->destinations.count;
  struct text *items = arena_alloc(arena, (count + 1) * sizeof *items);
  buffer_append_string(&words, count ? "destinations " : "no destinations");
  for (size_t i = 0; i < count; i++) {
    items[i] = arena_copy(arena, entry->destinations.items[i]);
    buffer_printf(&words, "%s%.*s", i ? ", " : "", TEXT_ARGS(items[i]));
  }
  rule->functions &= ~(UINT32_C(1) << RULE_FUNCTION_DESTINATIONS);
  rule->has_destinations = true;
  rule->destinations = (struct text_list){items, count};
  note(work, entry, TUNING_DESTINATIONS, arena_copy(arena, buffer_text(&words)).data);
  buffer_free(&words);
  return true;
}

/* Each changes the rule that is being tuned, and says whether that was anything new. */
static bool (*const setters[TUNING_KEYS])(struct tuning_work *, const struct tuning_entry *) = {
    [TUNING_MUTE] = set_mute,         [TUNING_HOURS] = set_hours,
    [TUNING_SEVERITY] = set_severity, [TUNING_THRESHOLD] = set_threshold,
    [TUNING_PERIOD] = set_period,     [TUNING_DESTINATIONS] = set_destinations,
    [TUNING_MODE] = tuning_set_mode,
};

/* The entry that counts for each key; NULL: none. Earlier ones are noted as replaced. */
static void find_entries(struct tuning_work *work,
                         const struct tuning_entry *counting[TUNING_KEYS]) {
  const struct tuning *tuning = work->tuning;
  for (size_t i = 0; i < tuning->entry_count; i++) {
    const struct tuning_entry *entry = &tuning->entries[i];
    if (work->made[i].named == 0 || !tuning_names(entry, work->rule->id))
      continue;
    add_exceptions(work, &work->made[i]);
    for (int key = 0; key < TUNING_KEYS; key++) {
      if (!tuning_gives(entry, (enum tuning_key)key))
        continue;
      if (counting[key])
        work->made[counting[key] - tuning->entries].effects[key].replaced++;
      counting[key] = entry;
    }
  }
}

static void keep_tuning(struct tuning_work *work, bool sends) {
  struct arena *arena = &work->set->arena;
  if (work->change_count == 0 && work->suppressor_count == 0 && !sends)
    return;
  struct rule_tuning *tuning = arena_alloc(arena, sizeof *tuning);
  struct rule_change *changes = arena_alloc(arena, (work->change_count + 1) * sizeof *changes);
  const struct rule_suppressor **suppressors =
      arena_alloc(arena, (work->suppressor_count + 1) * sizeof(struct rule_suppressor *));
  for (size_t i = 0; i < work->change_count; i++)
    changes[i] = work->changes[i];
  for (size_t i = 0; i < work->suppressor_count; i++)
    suppressors[i] = work->suppressors[i];
  *tuning = (struct rule_tuning){.suppressors = suppressors,
                                 .suppressor_count = work->suppressor_count,
                                 .changes = changes,
                                 .change_count = work->change_count,
                                 .sends = sends};
  work->rule->tuning = tuning;
}

static void tune_rule(struct tuning_work *work, struct rule *rule) {
  const struct tuning_entry *counting[TUNING_KEYS] = {NULL};
  work->rule = rule;
  work->change_count = work->suppressor_count = 0;
  find_entries(work, counting);
  for (int key = 0; key < TUNING_KEYS; key++) {
    if (!counting[key] && key != TUNING_MODE)
      continue;
    bool changed = setters[key](work, counting[key]);
    if (!counting[key])
      continue;
    struct tuning_effect *effect = &work->made[counting[key] - work->tuning->entries].effects[key];
    effect->changed += changed;
    effect->same += !changed;
  }
  keep_tuning(work, counting[TUNING_DESTINATIONS] != NULL);
}

void tuning_apply(struct rule_set *set, const struct tuning *tuning,
                  const struct tuning_world *world) {
  struct tuning_work work = {
      .set = set,
      .tuning = tuning,
      .world = world,
      .made = memory_alloc_array(tuning->entry_count + 1, sizeof *work.made),
      .taken_off = memory_alloc_array(set->count + 1, sizeof *work.taken_off),
  };
  for (size_t i = 0; i < tuning->entry_count; i++)
    make_entry(&work, &tuning->entries[i], &work.made[i]);
  for (size_t i = 0; i < set->count; i++)
    tune_rule(&work, &set->rules[i]);
  tuning_keep_needed(&work);
  tuning_check_packs(&work);
  tuning_check_entries(&work);
  if (work.enables)
    rule_set_index(set);
  free(work.made);
  free(work.taken_off);
  free(work.changes);
  free(work.suppressors);
}
