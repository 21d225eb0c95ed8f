#include "detect/correlation/correlate.h"

#include "base/memory.h"
#include "detect/correlation/correlation_cache.h"
#include "detect/correlation/correlation_event.h"
#include "detect/correlation/correlation_key.h"
#include "detect/correlation/correlation_outlook.h"
#include "detect/correlation/correlation_pending.h"

#include <stdlib.h>

/* At a few KiB each, the states of thousands of keys. */
#define MEMORY_MAX ((size_t)8 << 20)
/* States that are due are taken out of the store so many at a time. */
#define DUE_ROWS 256
/* A step that a rule's matches count for. */
struct target {
  size_t correlation; /* in the correlator's list */
  size_t step;
  uint32_t source;
};

struct targets {
  struct target *items;
  size_t count, capacity;
};

struct correlator {
  struct correlator_options options;
  const struct rule_set *rules;
  struct tracked *correlations;
  size_t correlation_count;
  struct targets *targets; /* by the rule's index */
  struct correlation_cache cache;
  struct correlation_outlook outlook; /* of the matches that were expected */
  struct correlation_reader *reader;
  struct json_reader *keys;
  struct event_reader *events;
  struct rule_vm *vm; /* made with the first instance */
  struct arena arena; /* of one instance */
  time_us shown;      /* how far time is, by what is looked at; INT64_MAX: as far as any instance */
  struct correlation_pending pending;
  struct buffer key, json;
};

/* ---- the rule set ---- */

static void add_targets(struct correlator *correlator, size_t index) {
  const struct correlation *correlation = correlator->correlations[index].rule->correlation;
  for (size_t step = 0; step < correlation->step_count; step++)
    for (uint32_t source = 0; source < correlation->steps[step].source_count; source++) {
      const struct rule *rule = correlation->steps[step].sources[source].rule;
      struct targets *targets = &correlator->targets[rule->index];
      targets->items = memory_reserve(targets->items, &targets->capacity, targets->count + 1,
                                      sizeof *targets->items);
      targets->items[targets->count++] = (struct target){index, step, source};
    }
}

static int compare_depths(const void *left, const void *right) {
  const struct tracked *a = left, *b = right;
  unsigned x = correlation_depth(a->rule->correlation), y = correlation_depth(b->rule->correlation);
  return x != y ? (x > y) - (x < y)
                : (a->rule->index > b->rule->index) - (a->rule->index < b->rule->index);
}

/* Correlations come behind those that they name, so that time passes for those first. */
static void take_rules(struct correlator *correlator) {
  const struct rule_set *rules = correlator->rules;
  correlator->correlations = memory_alloc_array(rules->count + 1, sizeof *correlator->correlations);
  correlator->targets = memory_alloc_array(rules->count + 1, sizeof *correlator->targets);
  for (size_t i = 0; i < rules->count; i++) {
    if (!rules->rules[i].correlation || !rules->rules[i].enabled)
      continue;
    correlator->correlations[correlator->correlation_count++] =
        (struct tracked){.rule = &rules->rules[i],
                         .bounded = correlation_is_bounded(rules->rules[i].correlation),
                         .needed = correlation_outlook_needed(rules->rules[i].correlation),
                         .complete = INT64_MIN,
                         .stored_due = INT64_MIN};
  }
  if (correlator->correlation_count)
    qsort(correlator->correlations, correlator->correlation_count, sizeof *correlator->correlations,
          compare_depths);
  for (size_t i = 0; i < correlator->correlation_count; i++)
    add_targets(correlator, i);
}

struct correlator *correlator_new(const struct rule_set *rules,
                                  const struct correlator_options *options) {
  struct correlator *correlator = memory_alloc(sizeof *correlator);
  const struct event_typing typing = {.log_type = TEXT(CORRELATION_LOG_TYPE), .unchecked = true};
  correlator->options = *options;
  correlator->shown = INT64_MAX;
  correlator->rules = rules;
  correlator->reader = correlation_reader_new();
  correlator->keys = json_reader_new();
  correlator->events = event_reader_new(&typing, TEXT(""), TEXT(""));
  take_rules(correlator);
  correlator->cache.options = (struct correlation_cache_options){
      .store = options->store,
      .correlations = correlator->correlations,
      .correlation_count = correlator->correlation_count,
      .keys_max = options->keys_max ? options->keys_max : CORRELATION_KEYS_MAX,
      .memory_max = options->memory_max ? options->memory_max : MEMORY_MAX,
      .log = options->log};
  return correlator;
}

void correlator_free(struct correlator *correlator) {
  if (!correlator)
    return;
  correlation_cache_clear(&correlator->cache);
  correlation_outlook_free(&correlator->outlook);
  for (size_t i = 0; i < correlator->correlation_count; i++)
    correlation_queue_free(&correlator->correlations[i].queue);
  for (size_t i = 0; i < correlator->rules->count; i++)
    free(correlator->targets[i].items);
  free(correlator->targets);
  free(correlator->correlations);
  correlation_reader_free(correlator->reader);
  json_reader_free(correlator->keys);
  event_reader_free(correlator->events);
  rule_vm_free(correlator->vm);
  arena_free(&correlator->arena);
  correlation_pending_clear(&correlator->pending);
  buffer_free(&correlator->key);
  buffer_free(&correlator->json);
  free(correlator);
}

bool correlator_is_needed(const struct correlator *correlator) {
  return correlator->correlation_count > 0;
}

bool correlator_wants(const struct correlator *correlator, const struct rule *rule) {
  return correlator->targets[rule->index].count > 0;
}

bool correlator_save(struct correlator *correlator, struct error *error) {
  return correlation_cache_save(&correlator->cache, error);
}

void correlator_forget(struct correlator *correlator) {
  correlation_cache_forget(&correlator->cache);
}

/* ---- reporting ---- */

/* An event may be nested so deep that it cannot be nested any further. */
static const struct event *read_event(struct correlator *correlator,
                                      const struct correlation_subject *subject,
                                      const char *row_id) {
  const struct event *event = NULL;
  for (int whole = 1; !event && whole >= 0; whole--) {
    struct error error = ERROR_NONE;
    buffer_reset(&correlator->json);
    correlation_event_write(subject, row_id, whole, &correlator->json);
    size_t size = correlator->json.size;
    char *bytes = arena_alloc(&correlator->arena, size + JSON_PADDING);
    memcpy(bytes, correlator->json.data, size);
    event = event_read(correlator->events, (struct text){bytes, size}, TEXT(CORRELATION_LOG_TYPE),
                       subject->instance->reported, &error);
  }
  return event;
}

static struct text copy_json(struct correlator *correlator) {
  return arena_copy(&correlator->arena, buffer_text(&correlator->json));
}

/* What the correlation's functions and templates leave open. */
static void fill_in(struct correlator *correlator, const struct correlation_subject *subject,
                    struct match *match) {
  const struct rule *rule = subject->rule;
  struct rule_outcome *outcome = &match->outcome;
  buffer_reset(&correlator->json);
  correlation_key_write(subject->key, &correlator->json);
  struct text key = copy_json(correlator);
  bool has_title = rule_says(rule, RULE_FUNCTION_TITLE);
  if (key.size && !has_title)
    outcome->title =
        text_cut(text_from(arena_printf(&correlator->arena, "%.*s: %.*s",
                                        TEXT_ARGS(rule->display_name), TEXT_ARGS(key))),
                 RULE_TEXT_MAX);
  if (key.size && !has_title && !rule_says(rule, RULE_FUNCTION_DEDUP))
    outcome->dedup = text_cut(key, RULE_TEXT_MAX);
  if (key.size && correlation_sums_points(rule->correlation)) {
    buffer_reset(&correlator->json);
    correlation_points_write(subject, key, &correlator->json);
    outcome->title = text_cut(copy_json(correlator), RULE_TEXT_MAX);
  }
  struct text actor = correlation_actor(subject);
  if (actor.size > 0)
    outcome->actor = arena_copy(&correlator->arena, text_cut(actor, RULE_TEXT_MAX));
  if (!rule_says(rule, RULE_FUNCTION_ALERT_CONTEXT)) {
    buffer_reset(&correlator->json);
    correlation_context_write(subject, &correlator->json);
    outcome->context = copy_json(correlator);
  }
}

static bool report(struct correlator *correlator, const struct keyed *keyed,
                   const struct correlation_instance *instance, struct error *error) {
  struct match_notes notes = {.count = 0};
  struct error ignored = ERROR_NONE;
  char row_id[ROW_ID_SIZE + 1];
  struct correlation_subject subject = {.rule = keyed->tracked->rule, .instance = instance};
  subject.key = json_read_copy(correlator->keys, keyed->key, &ignored);
  correlation_row_id(&subject, keyed->key, row_id);
  arena_reset(&correlator->arena);
  const struct event *event = read_event(correlator, &subject, row_id);
  if (!event)
    return true; /* cannot be: it was written here, and is bounded */
  if (!correlator->vm)
    correlator->vm = rule_vm_new(correlator->rules, NULL);
  rule_vm_set_event(correlator->vm, event);
  struct match match =
      match_describe(correlator->vm, subject.rule, event, &correlator->arena,
                     correlator->options.notes ? correlator->options.notes : &notes);
  match.event = arena_copy(&correlator->arena, event->record);
  match.row_id = arena_copy(&correlator->arena, text_from(row_id));
  match.doubtful = instance->reported > correlator->shown;
  fill_in(correlator, &subject, &match);
  problems_clear(&notes.kept);
  if (correlator_wants(correlator, match.rule))
    correlation_pending_add(&correlator->pending, &match);
  return correlator->options.each(correlator->options.context, &match, error);
}

/* Reports the instances of a state, as far as what happened before `complete` decides them. */
static bool take_out(struct correlator *correlator, struct keyed *keyed, time_us from,
                     time_us complete, struct error *error) {
  struct correlation_instance instance;
  time_us due;
  bool ok = true;
  while (ok && correlation_state_take(keyed->state, from, complete, &instance, &due)) {
    correlation_cache_change(&correlator->cache, keyed);
    ok = report(correlator, keyed, &instance, error);
    correlation_instance_free(&instance);
  }
  if (ok && due != keyed->due) {
    correlation_cache_set_due(keyed, due);
    correlation_cache_change(&correlator->cache, keyed);
  }
  return ok;
}

/* ---- matches ---- */

/* How long after its last needed match an instance may be reported. */
static int64_t wait_of(const struct correlation *correlation) {
  int64_t longest = correlation->within;
  for (size_t i = 0; i < correlation->step_count; i++)
    if (correlation->steps[i].within > longest)
      longest = correlation->steps[i].within;
  return longest;
}

/* What is too old to matter leaves; of a bounded correlation not before it was waited for. How old
 * it is counts from the match, not from the latest one: late matches find each other. */
static void forget_old(struct keyed *keyed, const struct match *match) {
  const struct tracked *tracked = keyed->tracked;
  const struct correlation *correlation = tracked->rule->correlation;
  time_us now = match->event_time;
  int64_t kept = correlation->lookback;
  if (tracked->bounded) {
    now = tracked->complete < now ? tracked->complete : now;
    kept += wait_of(correlation);
  }
  if (!match->doubtful && now > INT64_MIN + kept)
    correlation_state_expire(keyed->state, now - kept);
}

/* What the step counts or measures of the match; false when the match has nothing of it. */
static bool read_counted(struct correlator *correlator, const struct correlation *correlation,
                         const struct correlation_step *step, const struct match *match,
                         struct correlation_entry *entry) {
  const struct correlation_source *source = &step->sources[entry->source];
  if (correlation->measure && correlation->measure->is_points) {
    double points = match->suppressor ? 0 : correlation->measure->points[match->outcome.severity];
    memcpy(&entry->unique, &points, sizeof points);
    return points > 0;
  }
  struct text_list counted = source->counted;
  if (counted.count == 0 && step->unique.size)
    counted = (struct text_list){&step->unique, 1};
  if (step->unique_rules)
    entry->unique = entry->source + 1;
  if (counted.count == 0)
    return true;
  if (correlation->measure && correlation->measure->kind >= CORRELATION_SUM)
    return correlation_read_number(correlator->reader, counted.items[0], &entry->unique);
  return correlation_read_unique(correlator->reader, counted, &entry->unique);
}

static void count_cut(struct correlator *correlator) {
  if (correlator->options.cut)
    ++*correlator->options.cut;
}

static void warn_of_overflow(struct correlator *correlator, struct tracked *tracked) {
  if (tracked->rule->correlation->measure)
    count_cut(correlator);
  if (!tracked->rule->correlation->measure || tracked->spills || !correlator->options.log)
    return;
  tracked->spills = true;
  LOG_WARN(correlator->options.log,
           "a correlation measures more matches of one key than are kept; the oldest are left out",
           LOG_TEXT("rule", tracked->rule->id), LOG_INT("matches", CORRELATION_MEASURED_MAX));
}

/* The states that a match went into. */
struct touched {
  struct keyed **items;
  size_t count, capacity;
};

static void report_cut(struct correlator *correlator, struct tracked *tracked) {
  count_cut(correlator);
  if (!tracked->cut && correlator->options.log)
    LOG_WARN(correlator->options.log,
             "a match has more keys of a correlation than are taken, by its lists",
             LOG_TEXT("rule", tracked->rule->id),
             LOG_INT("values_of_a_list", CORRELATION_VALUES_MAX),
             LOG_INT("keys", CORRELATION_KEYS_OF_MATCH_MAX));
  tracked->cut = true;
}

/* A match without a key goes nowhere. */
static bool add(struct correlator *correlator, const struct match *match,
                const struct target *target, struct touched *touched, struct error *error) {
  struct correlation_reader *reader = correlator->reader;
  struct tracked *tracked = &correlator->correlations[target->correlation];
  const struct correlation_step *step = &tracked->rule->correlation->steps[target->step];
  struct correlation_entry entry = {.time = match->event_time,
                                    .source = target->source,
                                    .row_id = match->row_id,
                                    .title = match->outcome.title,
                                    .actor = match->outcome.actor,
                                    .event = match->event};
  size_t keys = correlation_find_keys(reader, step->sources[target->source].on);
  if (correlation_keys_were_cut(reader))
    report_cut(correlator, tracked);
  if (keys == 0 || !read_counted(correlator, tracked->rule->correlation, step, match, &entry))
    return true;
  for (size_t i = 0; i < keys; i++) {
    if (!correlation_read_key(reader, i, &correlator->key) ||
        !correlation_outlook_allows(&correlator->outlook, target->correlation,
                                    buffer_text(&correlator->key), tracked->needed))
      continue;
    struct keyed *keyed =
        correlation_cache_find(&correlator->cache, tracked, buffer_text(&correlator->key), error);
    if (!keyed)
      return false;
    if (correlation_state_add(keyed->state, target->step, &entry) == CORRELATION_OVERFLOWED)
      warn_of_overflow(correlator, tracked);
    forget_old(keyed, match);
    correlation_cache_change(&correlator->cache, keyed);
    touched->items = memory_reserve(touched->items, &touched->capacity, touched->count + 1,
                                    sizeof(struct keyed *));
    touched->items[touched->count++] = keyed;
  }
  return true;
}

/* Notes a key's place, and whose it is. Beyond what has room, `count` says enough. */
static void note_place(struct correlator_expected *expected, size_t correlation, uint32_t place) {
  if (correlation >> (32 - CORRELATION_OUTLOOK_BITS)) {
    expected->count = CORRELATOR_PLACES_MAX + 1;
    return;
  }
  if (expected->count < CORRELATOR_PLACES_MAX)
    expected->places[expected->count] = (uint32_t)correlation << CORRELATION_OUTLOOK_BITS | place;
  if (expected->count <= CORRELATOR_PLACES_MAX)
    expected->count++;
}

void correlator_expect(struct correlator *correlator, const struct match *match,
                       struct correlator_expected *expected) {
  const struct targets *targets = &correlator->targets[match->rule->index];
  struct correlation_reader *reader = correlator->reader;
  *expected = (struct correlator_expected){.count = 0};
  correlation_reader_set(reader, match);
  for (size_t i = 0; match->type == ALERT_RULE && i < targets->count; i++) {
    const struct target *target = &targets->items[i];
    const struct tracked *tracked = &correlator->correlations[target->correlation];
    const struct correlation_step *step = &tracked->rule->correlation->steps[target->step];
    if (!tracked->needed) {
      expected->count = CORRELATOR_PLACES_MAX + 1;
      continue;
    }
    size_t keys = correlation_find_keys(reader, step->sources[target->source].on);
    for (size_t k = 0; k < keys; k++)
      if (correlation_read_key(reader, k, &correlator->key))
        note_place(expected, target->correlation,
                   correlation_outlook_expect(&correlator->outlook, target->correlation,
                                              buffer_text(&correlator->key), target->step));
  }
}

bool correlator_needs(const struct correlator *correlator,
                      const struct correlator_expected *expected) {
  const uint32_t mask = (UINT32_C(1) << CORRELATION_OUTLOOK_BITS) - 1;
  if (expected->count > CORRELATOR_PLACES_MAX)
    return true;
  for (size_t i = 0; i < expected->count; i++) {
    uint32_t place = expected->places[i];
    if (correlation_outlook_allows_place(
            &correlator->outlook, place & mask,
            correlator->correlations[place >> CORRELATION_OUTLOOK_BITS].needed))
      return true;
  }
  return false;
}

static bool take_match(struct correlator *correlator, const struct match *match,
                       struct error *error) {
  const struct targets *targets = &correlator->targets[match->rule->index];
  if (targets->count == 0 || match->type != ALERT_RULE)
    return true;
  correlation_reader_set(correlator->reader, match);
  struct touched touched = {.count = 0};
  bool ok = true;
  correlator->shown = match->doubtful ? INT64_MIN : match->event_time;
  /* First into every step, because one event may be in several. */
  for (size_t i = 0; ok && i < targets->count; i++)
    ok = add(correlator, match, &targets->items[i], &touched, error);
  for (size_t i = 0; ok && i < touched.count; i++) {
    const struct tracked *tracked = touched.items[i]->tracked;
    ok = take_out(correlator, touched.items[i], tracked->bounded ? INT64_MIN : match->event_time,
                  tracked->complete, error);
  }
  correlator->shown = INT64_MAX;
  free(touched.items);
  return ok && correlation_cache_trim(&correlator->cache, error);
}

/* Instances are matches of other correlations; those have no circles, so this ends. */
static bool take_pending(struct correlator *correlator, struct error *error) {
  const struct match *match;
  bool ok = true;
  while ((match = correlation_pending_take(&correlator->pending)) != NULL)
    ok = ok && take_match(correlator, match, error);
  return ok;
}

bool correlator_take(struct correlator *correlator, const struct match *match,
                     struct error *error) {
  return take_match(correlator, match, error) && take_pending(correlator, error);
}

/* ---- time ---- */

/* Reports what waited in memory for times before `until`. */
static bool take_due(struct correlator *correlator, struct tracked *tracked, time_us until,
                     struct error *error) {
  struct keyed *keyed;
  time_us due;
  while ((keyed = correlation_queue_take(&tracked->queue, until, &due))) {
    if (keyed->due != due)
      continue; /* it was put off */
    keyed->due = TIME_NONE;
    correlation_cache_change(&correlator->cache, keyed);
    if (!take_out(correlator, keyed, INT64_MIN, due + 1, error))
      return false;
  }
  return true;
}

struct due_list {
  struct arena arena;
  struct text keys[DUE_ROWS];
  size_t count;
  time_us last;
};

static void add_due(void *context, struct text key, time_us due) {
  struct due_list *list = context;
  list->keys[list->count++] = arena_copy(&list->arena, key);
  list->last = due;
}

static bool list_due(struct correlator *correlator, const struct tracked *tracked, time_us before,
                     int64_t limit, struct due_list *list, struct error *error) {
  list->count = 0;
  arena_reset(&list->arena);
  return store_correlation_due(correlation_cache_store(&correlator->cache), tracked->rule->id,
                               before, limit, add_due, list, error);
}

/* Reports what waits in the store. What is in memory is written first, so that nothing in the store
 * is due that is not in truth. */
static bool take_stored(struct correlator *correlator, struct tracked *tracked, time_us complete,
                        struct error *error) {
  struct due_list *list = memory_alloc(sizeof *list);
  bool ok, more = true;
  while ((ok = correlation_cache_trim(&correlator->cache, error) &&
               correlator_save(correlator, error)) &&
         more) {
    ok = list_due(correlator, tracked, complete, DUE_ROWS, list, error);
    for (size_t i = 0; ok && i < list->count; i++)
      ok = correlation_cache_find(&correlator->cache, tracked, list->keys[i], error) != NULL;
    more = list->count == DUE_ROWS;
    ok = ok && take_due(correlator, tracked, more ? list->last + 1 : complete, error);
    if (!ok)
      break;
  }
  ok = ok && list_due(correlator, tracked, INT64_MAX, 1, list, error);
  if (ok)
    tracked->stored_due = list->count ? list->last : INT64_MAX;
  arena_free(&list->arena);
  free(list);
  return ok;
}

static bool advance(struct correlator *correlator, struct tracked *tracked, time_us complete,
                    struct error *error) {
  if (complete <= tracked->complete)
    return true;
  tracked->complete = complete;
  if (correlation_cache_store(&correlator->cache) && tracked->stored_due < complete)
    return take_stored(correlator, tracked, complete, error);
  return take_due(correlator, tracked, complete, error);
}

bool correlator_advance_by(struct correlator *correlator, const struct correlator_clock *clock,
                           struct error *error) {
  for (size_t i = 0; i < correlator->correlation_count; i++) {
    struct tracked *tracked = &correlator->correlations[i];
    if (tracked->bounded &&
        (!advance(correlator, tracked, clock->complete(clock->context, tracked->rule->correlation),
                  error) ||
         !take_pending(correlator, error)))
      return false;
  }
  return true;
}

bool correlator_can_advance(const struct correlator *correlator,
                            const struct correlator_clock *clock) {
  for (size_t i = 0; i < correlator->correlation_count; i++) {
    const struct tracked *tracked = &correlator->correlations[i];
    if (tracked->bounded &&
        clock->complete(clock->context, tracked->rule->correlation) > tracked->complete)
      return true;
  }
  return false;
}

static time_us same_time(void *context, const struct correlation *correlation) {
  (void)correlation;
  return *(const time_us *)context;
}

bool correlator_advance(struct correlator *correlator, time_us complete, struct error *error) {
  const struct correlator_clock clock = {same_time, &complete};
  return correlator_advance_by(correlator, &clock, error);
}
