#include "api/backtest/outcome.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>

struct collector {
  struct outcome *outcome;
  const struct outcome_request *request;
  time_us begin; /* the time of the first events */
};

static struct outcome_count *count_of(struct outcome *outcome, struct map *map, struct text name) {
  struct outcome_count *count = map_get(map, name);
  if (!count) {
    count = arena_alloc(&outcome->arena, sizeof *count);
    count->name = arena_copy(&outcome->arena, name);
    map_put(map, name, count);
  }
  return count;
}

static bool is_chosen(const struct collector *collector, const struct rule *rule) {
  return !collector->request->chosen || collector->request->chosen[rule->index];
}

static void limit(struct collector *collector) {
  const size_t most = collector->request->most;
  struct outcome *outcome = collector->outcome;
  if (most == 0 || (outcome->alerts.count <= most && outcome->actors.count <= most))
    return;
  outcome->too_many = true;
  atomic_store(collector->request->cancelled, true);
}

static void take_match(void *context, const struct match *match) {
  struct collector *collector = context;
  struct outcome *outcome = collector->outcome;
  if (!is_chosen(collector, match->rule))
    return;
  if (match->type == ALERT_RULE_ERROR) {
    outcome->rule_errors++;
    return;
  }
  outcome->matches++;
  outcome->suppressed += match->suppressor != NULL;
  count_of(outcome, &outcome->rules, match->rule->id)->matches++;
  if (match->outcome.actor.size > 0)
    count_of(outcome, &outcome->actors, match->outcome.actor)->matches++;
  limit(collector);
}

static void add_alert(struct arena *arena, struct outcome_alerts *alerts,
                      const struct alert *alert) {
  alerts->items =
      memory_reserve(alerts->items, &alerts->capacity, alerts->count + 1, sizeof *alerts->items);
  alerts->items[alerts->count++] =
      (struct outcome_alert){.id = arena_copy(arena, alert->id),
                             .rule_id = arena_copy(arena, alert->rule_id),
                             .dedup = arena_copy(arena, alert->dedup),
                             .title = arena_copy(arena, alert->title),
                             .actor = arena_copy(arena, alert->actor),
                             .severity = alert->severity,
                             .first_event_time = alert->first_event_time,
                             .match_count = alert->match_count};
}

static void take_alert(void *context, const struct alert *alert) {
  struct collector *collector = context;
  struct outcome *outcome = collector->outcome;
  const struct rule *rule = rule_set_find(collector->request->detection->rules, alert->rule_id);
  if (alert->type != ALERT_RULE || !rule || !is_chosen(collector, rule))
    return;
  add_alert(&outcome->arena, &outcome->alerts, alert);
  limit(collector);
  struct outcome_count *count = count_of(outcome, &outcome->rules, alert->rule_id);
  count->alerts++;
  struct outcome_count *actor =
      alert->actor.size > 0 ? count_of(outcome, &outcome->actors, alert->actor) : NULL;
  if (actor)
    actor->alerts++;
  if (rule->correlation) { /* its matches come up while alerts are made */
    count->matches += alert->match_count;
    outcome->matches += alert->match_count;
    if (actor)
      actor->matches += alert->match_count;
  }
}

/* Events come in the order of their times, so the share of the time is that of the work, as far as
 * each day has as many. */
static void show_progress(void *context, uint64_t events, time_us reached) {
  struct collector *collector = context;
  const struct outcome_request *request = collector->request;
  if (collector->begin == TIME_NONE)
    collector->begin = reached;
  if (reached != TIME_NONE && request->until != TIME_NONE && request->until > reached)
    request->progress(request->context, events, (uint64_t)(reached - collector->begin),
                      (uint64_t)(request->until - collector->begin));
  else
    request->progress(request->context, events, 0, 0);
}

bool outcome_run(const struct outcome_request *request, struct outcome *outcome,
                 struct error *error) {
  struct collector collector = {outcome, request, TIME_NONE};
  const struct backtest_report report = {.match = take_match,
                                         .alert = take_alert,
                                         .progress = request->progress ? show_progress : NULL,
                                         .context = &collector};
  const struct backtest_options options = {.detection = request->detection,
                                           .store = request->store,
                                           .since = request->since,
                                           .until = request->until,
                                           .workers = request->workers,
                                           .cancelled = request->cancelled};
  bool ok = backtest_run(&options, &report, &outcome->counts, error);
  if (outcome->too_many)
    error_clear(error);
  return !outcome->too_many
             ? ok
             : error_set(error,
                         "more than %zu alerts or actors come of it: ask for a shorter time, or "
                         "let the rule match less",
                         request->most);
}

void outcome_clear(struct outcome *outcome) {
  map_clear(&outcome->rules, NULL);
  map_clear(&outcome->actors, NULL);
  free(outcome->alerts.items);
  arena_free(&outcome->arena);
}

/* The text lives in the buffer. */
static struct text key_of(const struct outcome_alert *alert, struct buffer *key) {
  buffer_reset(key);
  buffer_printf(key, "%" PRId64 " %.*s ", alert->first_event_time, TEXT_ARGS(alert->rule_id));
  buffer_append_text(key, alert->dedup);
  return buffer_text(key);
}

void outcome_only(const struct outcome_alerts *alerts, const struct outcome_alerts *others,
                  struct outcome_alerts *only) {
  struct map known = MAP_NONE;
  struct buffer key = BUFFER_NONE;
  for (size_t i = 0; i < others->count; i++)
    map_put(&known, key_of(&others->items[i], &key), &others->items[i]);
  for (size_t i = 0; i < alerts->count; i++) {
    if (map_get(&known, key_of(&alerts->items[i], &key)))
      continue;
    only->items =
        memory_reserve(only->items, &only->capacity, only->count + 1, sizeof *only->items);
    only->items[only->count++] = alerts->items[i];
  }
  map_clear(&known, NULL);
  buffer_free(&key);
}

/* ---- what is live ------------------------------------------------------------------------ */

struct live {
  struct arena *arena;
  struct outcome_alerts *alerts;
  time_us since, until;
};

static bool take_live(void *context, const struct alert *alert) {
  struct live *live = context;
  if (alert->type == ALERT_RULE && alert->first_event_time >= live->since &&
      alert->first_event_time < live->until)
    add_alert(live->arena, live->alerts, alert);
  return true;
}

static int by_time(const void *a, const void *b) {
  const struct outcome_alert *one = a, *other = b;
  if (one->first_event_time == other->first_event_time)
    return text_compare(one->id, other->id);
  return one->first_event_time < other->first_event_time ? -1 : 1;
}

/* The alerts that the store has of a rule, whose first event is in the time; appended, in order of
 * time, with texts in the arena. Held alerts are among them. */
static bool outcome_live(struct store *store, struct text rule_id, time_us since, time_us until,
                         struct arena *arena, struct outcome_alerts *alerts, struct error *error) {
  struct live live = {arena, alerts, since, until};
  const struct alert_filter filter = {
      .rule_id = rule_id, .since = since, .until = TIME_NONE, .limit = INT64_MAX};
  bool ok = store_alert_list(store, &filter, take_live, &live, error);
  if (alerts->count > 0)
    qsort(alerts->items, alerts->count, sizeof *alerts->items, by_time);
  return ok;
}

static bool is_cancelled(const struct outcome_request *request, struct error *error) {
  return request->cancelled && atomic_load(request->cancelled) && !error_set(error, "cancelled");
}

/* The time begins with the first event that there is: what the daemon found before is not to be
 * found again. */
bool outcome_compare(const struct outcome_request *request, const struct outcome *outcome,
                     struct outcome_comparison *comparison, struct error *error) {
  const struct rule_set *rules = request->detection->rules;
  time_us first = outcome->counts.first;
  comparison->since = first != TIME_NONE && first > request->since ? first : request->since;
  comparison->until = request->until;
  for (size_t i = 0; i < rules->count; i++)
    if ((!request->chosen || request->chosen[i]) &&
        (is_cancelled(request, error) ||
         !outcome_live(request->store, rules->rules[i].id, comparison->since, comparison->until,
                       &comparison->arena, &comparison->live, error)))
      return false;
  outcome_only(&outcome->alerts, &comparison->live, &comparison->more);
  outcome_only(&comparison->live, &outcome->alerts, &comparison->fewer);
  return true;
}

void outcome_comparison_clear(struct outcome_comparison *comparison) {
  free(comparison->live.items);
  free(comparison->more.items);
  free(comparison->fewer.items);
  arena_free(&comparison->arena);
}

/* ---- days and counts ---------------------------------------------------------------------- */

static time_us day_of(time_us time) {
  return time - (time % US_PER_DAY + US_PER_DAY) % US_PER_DAY;
}

struct outcome_day *outcome_days(const struct outcome *outcome,
                                 const struct outcome_comparison *comparison, size_t *count) {
  time_us first = day_of(comparison->since), last = day_of(comparison->until - 1);
  *count = last < first ? 0 : (size_t)((last - first) / US_PER_DAY) + 1;
  struct outcome_day *days = memory_alloc_array(*count + 1, sizeof *days);
  for (size_t i = 0; i < *count; i++)
    days[i].start = first + (int64_t)i * US_PER_DAY;
  const struct outcome_alerts *alerts = &outcome->alerts;
  for (size_t i = 0; i < alerts->count; i++) {
    size_t day = (size_t)((alerts->items[i].first_event_time - first) / US_PER_DAY);
    if (alerts->items[i].first_event_time >= first && day < *count)
      days[day].alerts++;
  }
  return days;
}

static int by_number(const void *a, const void *b) {
  const struct outcome_count *one = *(const struct outcome_count *const *)a,
                             *other = *(const struct outcome_count *const *)b;
  if (one->alerts != other->alerts)
    return one->alerts > other->alerts ? -1 : 1;
  if (one->matches != other->matches)
    return one->matches > other->matches ? -1 : 1;
  return text_compare(one->name, other->name);
}

const struct outcome_count **outcome_sort(const struct map *map) {
  const struct outcome_count **sorted = memory_alloc_array(map->count + 1, sizeof *sorted);
  for (size_t i = 0; i < map->count; i++)
    sorted[i] = map->entries[i].value;
  qsort(sorted, map->count, sizeof *sorted, by_number);
  return sorted;
}
