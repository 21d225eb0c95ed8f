#include "api/rules/noise.h"

#include "rule/tuning/tuning.h"
#include "store/store_noise.h"

#include <stdlib.h>

#define NOISE_DAYS 30

/* ---- counting ---------------------------------------------------------------------------- */

static struct noise_row *row_of(struct noise *noise, struct text rule_id) {
  struct noise_row *row = map_get(&noise->by_id, rule_id);
  if (row)
    return row;
  row = arena_alloc(&noise->arena, sizeof *row);
  row->rule_id = arena_copy(&noise->arena, rule_id);
  map_put(&noise->by_id, rule_id, row);
  return row;
}

static void see_time(struct noise *noise, time_us time) {
  if (time < noise->since)
    noise->since = time;
}

static void add_matches(void *context, const struct store_noise *found) {
  struct noise *noise = context;
  struct noise_row *row = row_of(noise, found->rule_id);
  row->matches += found->matches;
  noise->matches += found->matches;
  row->suppressed += found->suppressed;
  noise->suppressed += found->suppressed;
  see_time(noise, found->first);
  if (found->actor.size == 0)
    return;
  row->actors++;
  int64_t more = found->matches - row->top_matches;
  if (more < 0 || (more == 0 && text_compare(found->actor, row->top_actor) >= 0))
    return;
  row->top_matches = found->matches;
  row->top_actor = arena_copy(&noise->arena, found->actor);
}

static void add_alerts(void *context, const struct store_noise_alerts *found) {
  struct noise *noise = context;
  struct noise_row *row = row_of(noise, found->rule_id);
  row->alerts += found->alerts;
  noise->alerts += found->alerts;
  for (int i = 0; i < ALERT_RESOLUTION_COUNT; i++) {
    row->resolved[i] += found->resolved[i];
    noise->judged += i == RESOLUTION_NONE ? 0 : found->resolved[i];
  }
  see_time(noise, found->first);
}

/* The time that is looked at begins when something was there first, so that what three days brought
 * is not taken for that of thirty. */
static bool find_begin(struct store *store, struct noise *noise, struct error *error) {
  static const enum store_part parts[] = {STORE_EVENTS, STORE_MATCHES, STORE_ALERTS};
  noise->since = noise->now;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    int64_t rows;
    time_us oldest;
    if (!store_extent(store, parts[i], &rows, &oldest, error))
      return false;
    if (rows > 0)
      see_time(noise, oldest);
  }
  return true;
}

/* ---- what is listed ---------------------------------------------------------------------- */

/* Patterns mean what they mean in `tuning`. */
static bool fits(const char *pattern, struct text rule_id) {
  const struct tuning_entry entry = {.rule = text_from(pattern)};
  return !pattern || tuning_names(&entry, rule_id);
}

static int compare_rules(const void *a, const void *b) {
  return text_compare((*(const struct rule *const *)a)->id, (*(const struct rule *const *)b)->id);
}

static bool is_chosen(const struct rule_list *rules, const struct rule *rule) {
  return rule && bsearch(&rule, rules->items, rules->count, sizeof *rules->items, compare_rules);
}

static int compare(const void *a, const void *b, void *context) {
  const struct noise_row *one = *(struct noise_row *const *)a,
                         *other = *(struct noise_row *const *)b;
  const enum noise_sort *sort = context;
  int64_t alerts = other->alerts - one->alerts, matches = other->matches - one->matches;
  int64_t order = *sort == NOISE_BY_ALERTS ? alerts : matches;
  if (order == 0)
    order = alerts + matches; /* one of them is 0 */
  if (order == 0)
    return text_compare(one->rule_id, other->rule_id);
  return order > 0 ? 1 : -1;
}

/* Rules that are off are silent for another reason. */
static void add_rules(struct noise *noise, const struct rule_set *rules) {
  for (size_t i = 0; i < rules->count; i++)
    if (rules->rules[i].enabled)
      row_of(noise, rules->rules[i].id);
  for (size_t i = 0; i < noise->by_id.count; i++) {
    struct noise_row *row = noise->by_id.entries[i].value;
    row->rule = rule_set_find(rules, row->rule_id);
  }
}

static void list_rows(struct noise *noise, const struct noise_choice *choice, bool all) {
  enum noise_sort sort = choice->sort;
  noise->rows = arena_alloc(&noise->arena, (noise->by_id.count + 1) * sizeof(struct noise_row *));
  for (size_t i = 0; i < noise->by_id.count; i++) {
    struct noise_row *row = noise->by_id.entries[i].value;
    if ((all || is_chosen(&choice->rules, row->rule)) && fits(choice->pattern, row->rule_id))
      noise->rows[noise->count++] = row;
  }
  qsort_r(noise->rows, noise->count, sizeof(struct noise_row *), compare, &sort);
}

bool noise_read(struct store *store, const struct rule_set *rules,
                const struct noise_choice *choice, struct noise *noise, struct error *error) {
  struct clock clock = clock_system();
  noise->now = clock_now(&clock);
  time_us since = choice->since == TIME_NONE ? noise->now - NOISE_DAYS * US_PER_DAY : choice->since;
  if (!find_begin(store, noise, error) ||
      !store_noise_matches(store, since, add_matches, noise, error) ||
      !store_noise_alerts(store, since, add_alerts, noise, error))
    return false;
  if (noise->since < since)
    noise->since = since;
  add_rules(noise, rules);
  list_rows(noise, choice, !choice->rules.items || choice->rules.count == rules->count);
  return true;
}

void noise_clear(struct noise *noise) {
  map_clear(&noise->by_id, NULL);
  arena_free(&noise->arena);
}

double noise_alerts_a_day(const struct noise *noise, const struct noise_row *row) {
  int64_t time = noise->now - noise->since;
  return (double)row->alerts * (double)US_PER_DAY / (double)(time > US_PER_DAY ? time : US_PER_DAY);
}
