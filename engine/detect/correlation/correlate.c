#include "detect/correlation/correlate.h"

#include "base/map.h"
#include "base/memory.h"
#include "detect/correlation/correlation_event.h"
#include "detect/correlation/correlation_key.h"
#include "detect/correlation/correlation_pending.h"
#include "detect/correlation/correlation_queue.h"
#include "store/store.h"

#include <stdlib.h>

/* At a few KiB each, the states of thousands of keys. */
#define MEMORY_MAX ((size_t)16 << 20)
/* States that are due are taken out of the store so many at a time. */
#define DUE_ROWS 256
/* The store's keys are counted after so many new ones. */
#define COUNT_EVERY 1024

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

struct tracked {
  const struct rule *rule;
  bool bounded;
  time_us complete;   /* what happened before is known; INT64_MIN: nothing is */
  time_us stored_due; /* no state that is in the store only is due before */
  int64_t added;      /* keys since they were counted */
  bool overflows;     /* that was reported */
  bool spills;        /* the same of matches that are measured */
  bool cut;           /* that a match had too many keys was reported */
  struct correlation_queue queue;
};

/* One correlation's state for one key. */
struct keyed {
  struct tracked *tracked;
  struct text name; /* "correlation id \0 key"; owned */
  struct text key;  /* JSON array; the end of the name */
  struct correlation_state *state;
  time_us due;  /* nothing can come out before this is over; TIME_NONE: matches must come first */
  size_t bytes; /* as they count in the correlator's */
  bool changed;
};

struct correlator {
  struct correlator_options options;
  const struct rule_set *rules;
  struct tracked *correlations;
  size_t correlation_count;
  struct targets *targets; /* by the rule's index */
  struct store *own_store; /* made when memory is to be left; NULL before, or with a store given */
  struct map states;       /* "correlation id \0 key" -> struct keyed: a cache over the store */
  struct keyed **changed;
  size_t changed_count, changed_capacity;
  size_t bytes; /* of the states in memory */
  struct correlation_reader *reader;
  struct json_reader *keys;
  struct event_reader *events;
  struct rule_vm *vm; /* made with the first instance */
  struct arena arena; /* of one instance */
  struct correlation_pending pending;
  struct buffer key, joined, json;
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
  if (!options->keys_max)
    correlator->options.keys_max = CORRELATION_KEYS_MAX;
  if (!options->memory_max)
    correlator->options.memory_max = MEMORY_MAX;
  correlator->rules = rules;
  correlator->reader = correlation_reader_new();
  correlator->keys = json_reader_new();
  correlator->events = event_reader_new(&typing, TEXT(""), TEXT(""));
  take_rules(correlator);
  return correlator;
}

static void keyed_free(void *value) {
  struct keyed *keyed = value;
  correlation_state_free(keyed->state);
  free((char *)(uintptr_t)keyed->name.data);
  free(keyed);
}

void correlator_free(struct correlator *correlator) {
  if (!correlator)
    return;
  map_clear(&correlator->states, keyed_free);
  free(correlator->changed);
  store_close(correlator->own_store);
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
  buffer_free(&correlator->joined);
  buffer_free(&correlator->json);
  free(correlator);
}

bool correlator_is_needed(const struct correlator *correlator) {
  return correlator->correlation_count > 0;
}

bool correlator_wants(const struct correlator *correlator, const struct rule *rule) {
  return correlator->targets[rule->index].count > 0;
}

/* ---- states ---- */

static struct store *store_of(const struct correlator *correlator) {
  return correlator->options.store ? correlator->options.store : correlator->own_store;
}

static bool open_own_store(struct correlator *correlator, struct error *error) {
  return (correlator->own_store = store_open_scratch_begun(error)) != NULL;
}

static void change(struct correlator *correlator, struct keyed *keyed) {
  correlator->bytes += keyed->state->bytes - keyed->bytes;
  keyed->bytes = keyed->state->bytes;
  if (keyed->changed)
    return;
  keyed->changed = true;
  correlator->changed = memory_reserve(correlator->changed, &correlator->changed_capacity,
                                       correlator->changed_count + 1, sizeof(struct keyed *));
  correlator->changed[correlator->changed_count++] = keyed;
}

static void set_due(struct keyed *keyed, time_us due) {
  if (due != TIME_NONE && due != keyed->due)
    correlation_queue_add(&keyed->tracked->queue, due, keyed->name, keyed);
  keyed->due = due;
}

/* What is saved of the state; a new one when there is nothing, or what the correlation was before
 * its file changed. */
static bool load_state(struct correlator *correlator, struct keyed *keyed, struct error *error) {
  const struct rule *rule = keyed->tracked->rule;
  struct store_correlation row;
  bool found = false;
  if (store_of(correlator) && !store_correlation_get(store_of(correlator), rule->id, keyed->key,
                                                     &correlator->json, &row, &found, error))
    return false;
  keyed->state = found ? correlation_state_decode(row.state, rule->correlation) : NULL;
  if (keyed->state) {
    set_due(keyed, row.due);
    return true;
  }
  keyed->state = correlation_state_new(rule->correlation);
  keyed->tracked->added += !found;
  if (found)
    change(correlator, keyed); /* so that the old one is written over */
  return true;
}

/* NULL with the reason when the store cannot be read. */
static struct keyed *find_state(struct correlator *correlator, struct tracked *tracked,
                                struct text key, struct error *error) {
  buffer_reset(&correlator->joined);
  buffer_append_text(&correlator->joined, tracked->rule->id);
  buffer_append_char(&correlator->joined, '\0');
  buffer_append_text(&correlator->joined, key);
  struct text name = buffer_text(&correlator->joined);
  struct keyed *keyed = map_get(&correlator->states, name);
  if (keyed)
    return keyed;
  keyed = memory_alloc(sizeof *keyed);
  *keyed = (struct keyed){.tracked = tracked,
                          .name = {memory_copy_bytes(name.data, name.size), name.size},
                          .due = TIME_NONE};
  keyed->key = (struct text){keyed->name.data + name.size - key.size, key.size};
  if (!load_state(correlator, keyed, error)) {
    keyed_free(keyed);
    return NULL;
  }
  correlator->bytes += keyed->state->bytes + sizeof *keyed - keyed->bytes;
  keyed->bytes = keyed->state->bytes;
  map_put(&correlator->states, name, keyed);
  return keyed;
}

/* How long after its last needed match an instance may be reported. */
static int64_t wait_of(const struct correlation *correlation) {
  int64_t longest = correlation->within;
  for (size_t i = 0; i < correlation->step_count; i++)
    if (correlation->steps[i].within > longest)
      longest = correlation->steps[i].within;
  return longest;
}

/* What is too old to matter leaves; of a bounded correlation not before it was waited for. */
static void forget_old(struct keyed *keyed) {
  const struct tracked *tracked = keyed->tracked;
  const struct correlation *correlation = tracked->rule->correlation;
  time_us now = correlation_state_latest(keyed->state);
  int64_t kept = correlation->lookback;
  if (tracked->bounded) {
    now = tracked->complete < now ? tracked->complete : now;
    kept += wait_of(correlation);
  }
  if (now > INT64_MIN + kept)
    correlation_state_expire(keyed->state, now - kept);
}

/* ---- the store ---- */

/* Too many keys: those whose matches are oldest leave the store. */
static bool bound_keys(struct correlator *correlator, struct tracked *tracked, bool *deleted,
                       struct error *error) {
  int64_t gone = 0;
  if (!store_correlation_bound(store_of(correlator), tracked->rule->id,
                               correlator->options.keys_max, &gone, error))
    return false;
  tracked->added = 0;
  *deleted = *deleted || gone > 0;
  if (gone > 0 && !tracked->overflows && correlator->options.log)
    LOG_WARN(correlator->options.log,
             "a correlation has too many keys at the same time; the oldest are forgotten",
             LOG_TEXT("rule", tracked->rule->id), LOG_INT("keys", correlator->options.keys_max));
  tracked->overflows = tracked->overflows || gone > 0;
  return true;
}

static bool save_state(struct correlator *correlator, struct keyed *keyed, struct error *error) {
  const struct rule *rule = keyed->tracked->rule;
  time_us latest = correlation_state_latest(keyed->state);
  keyed->changed = false;
  if (latest == TIME_NONE)
    return store_correlation_delete(store_of(correlator), rule->id, keyed->key, error);
  buffer_reset(&correlator->json);
  correlation_state_encode(keyed->state, &correlator->json);
  const struct store_correlation row = {.state = buffer_text(&correlator->json),
                                        .due = keyed->due,
                                        .expires_at = latest + rule->correlation->lookback};
  return store_correlation_set(store_of(correlator), rule->id, keyed->key, &row, error);
}

bool correlator_save(struct correlator *correlator, struct error *error) {
  bool ok =
      correlator->changed_count == 0 || store_of(correlator) || open_own_store(correlator, error);
  for (size_t i = 0; ok && i < correlator->changed_count; i++)
    ok = save_state(correlator, correlator->changed[i], error);
  if (!ok)
    return false;
  correlator->changed_count = 0;
  bool deleted = false;
  int64_t most = correlator->options.keys_max < COUNT_EVERY ? 1 : COUNT_EVERY;
  for (size_t i = 0; ok && i < correlator->correlation_count; i++)
    if (correlator->correlations[i].added >= most && store_of(correlator))
      ok = bound_keys(correlator, &correlator->correlations[i], &deleted, error);
  if (deleted)
    correlator_forget(correlator);
  return ok;
}

void correlator_forget(struct correlator *correlator) {
  map_clear(&correlator->states, keyed_free);
  correlator->changed_count = 0;
  correlator->bytes = 0;
  for (size_t i = 0; i < correlator->correlation_count; i++) {
    struct tracked *tracked = &correlator->correlations[i];
    correlation_queue_clear(&tracked->queue);
    tracked->stored_due = INT64_MIN;
    tracked->complete = INT64_MIN;
  }
}

/* Leaves memory to others; nothing points at states now. */
static bool trim(struct correlator *correlator, struct error *error) {
  if (correlator->bytes <= correlator->options.memory_max)
    return true;
  if (!correlator_save(correlator, error))
    return false;
  map_clear(&correlator->states, keyed_free);
  correlator->bytes = 0;
  for (size_t i = 0; i < correlator->correlation_count; i++) {
    correlation_queue_clear(&correlator->correlations[i].queue);
    correlator->correlations[i].stored_due = INT64_MIN;
  }
  return true;
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

static bool defines(const struct rule *rule, enum rule_function function) {
  return rule->functions >> function & 1;
}

/* What the correlation's functions leave open. */
static void fill_in(struct correlator *correlator, const struct correlation_subject *subject,
                    struct match *match) {
  const struct rule *rule = subject->rule;
  struct rule_outcome *outcome = &match->outcome;
  buffer_reset(&correlator->json);
  correlation_key_write(subject->key, &correlator->json);
  struct text key = copy_json(correlator);
  bool has_title = defines(rule, RULE_FUNCTION_TITLE);
  if (key.size && !has_title)
    outcome->title =
        text_cut(text_from(arena_printf(&correlator->arena, "%.*s: %.*s",
                                        TEXT_ARGS(rule->display_name), TEXT_ARGS(key))),
                 RULE_TEXT_MAX);
  if (key.size && !has_title && !defines(rule, RULE_FUNCTION_DEDUP))
    outcome->dedup = text_cut(key, RULE_TEXT_MAX);
  size_t place = rule->correlation->actor_key;
  const struct json_node *actor =
      subject->key && place ? json_at(subject->key, (uint32_t)place - 1) : NULL;
  if (actor && actor->type == JSON_TYPE_STRING)
    outcome->actor = text_cut(json_text(actor), RULE_TEXT_MAX);
  if (!defines(rule, RULE_FUNCTION_ALERT_CONTEXT)) {
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
    change(correlator, keyed);
    ok = report(correlator, keyed, &instance, error);
    correlation_instance_free(&instance);
  }
  if (ok && due != keyed->due) {
    set_due(keyed, due);
    change(correlator, keyed);
  }
  return ok;
}

/* ---- matches ---- */

/* What the step counts or measures of the match; false when the match has nothing of it. */
static bool read_counted(struct correlator *correlator, const struct correlation *correlation,
                         const struct correlation_step *step, struct correlation_entry *entry) {
  const struct correlation_source *source = &step->sources[entry->source];
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

static void warn_of_overflow(struct correlator *correlator, struct tracked *tracked) {
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
  if (keys == 0 || !read_counted(correlator, tracked->rule->correlation, step, &entry))
    return true;
  for (size_t i = 0; i < keys; i++) {
    if (!correlation_read_key(reader, i, &correlator->key))
      continue;
    struct keyed *keyed = find_state(correlator, tracked, buffer_text(&correlator->key), error);
    if (!keyed)
      return false;
    if (correlation_state_add(keyed->state, target->step, &entry) == CORRELATION_OVERFLOWED)
      warn_of_overflow(correlator, tracked);
    forget_old(keyed);
    change(correlator, keyed);
    touched->items = memory_reserve(touched->items, &touched->capacity, touched->count + 1,
                                    sizeof(struct keyed *));
    touched->items[touched->count++] = keyed;
  }
  return true;
}

static bool take_match(struct correlator *correlator, const struct match *match,
                       struct error *error) {
  const struct targets *targets = &correlator->targets[match->rule->index];
  if (targets->count == 0 || match->type != ALERT_RULE)
    return true;
  correlation_reader_set(correlator->reader, match);
  struct touched touched = {.count = 0};
  bool ok = true;
  /* First into every step, because one event may be in several. */
  for (size_t i = 0; ok && i < targets->count; i++)
    ok = add(correlator, match, &targets->items[i], &touched, error);
  for (size_t i = 0; ok && i < touched.count; i++) {
    const struct tracked *tracked = touched.items[i]->tracked;
    ok = take_out(correlator, touched.items[i], tracked->bounded ? INT64_MIN : match->event_time,
                  tracked->complete, error);
  }
  free(touched.items);
  return ok && trim(correlator, error);
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
    change(correlator, keyed);
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
  return store_correlation_due(store_of(correlator), tracked->rule->id, before, limit, add_due,
                               list, error);
}

/* Reports what waits in the store. What is in memory is written first, so that nothing in the store
 * is due that is not in truth. */
static bool take_stored(struct correlator *correlator, struct tracked *tracked, time_us complete,
                        struct error *error) {
  struct due_list *list = memory_alloc(sizeof *list);
  bool ok, more = true;
  while ((ok = trim(correlator, error) && correlator_save(correlator, error)) && more) {
    ok = list_due(correlator, tracked, complete, DUE_ROWS, list, error);
    for (size_t i = 0; ok && i < list->count; i++)
      ok = find_state(correlator, tracked, list->keys[i], error) != NULL;
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
  if (store_of(correlator) && tracked->stored_due < complete)
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
