#include "detect/worker.h"

#include "base/memory.h"
#include "detect/story/story.h"
#include "event/event_readers.h"
#include "rule/vm/rule_question.h"

#include <stdlib.h>

struct worker {
  const struct pipeline_options *options;
  struct detection *detection;
  struct rule_vm *vm;
  struct event_readers *readers;
  /* The batch before. */
  struct {
    size_t bytes, events, indicators, deferred, deferred_events;
  } before;
};

struct worker *worker_new(const struct pipeline_options *options, struct detection *detection) {
  struct rule_vm_options limits = {.breaker = detection->breaker, .counts_late = true};
  struct worker *worker = memory_alloc(sizeof *worker);
  worker->options = options;
  worker->detection = detection;
  worker->vm = rule_vm_new(detection->rules, &limits);
  worker->readers = event_readers_new(&(struct event_typing){.schemas = detection->schemas,
                                                             .log_type = options->log_type,
                                                             .unchecked = options->unchecked,
                                                             .time_field = options->time_field});
  return worker;
}

void worker_free(struct worker *worker) {
  if (!worker)
    return;
  event_readers_free(worker->readers);
  rule_vm_free(worker->vm);
  free(worker);
}

static void add_dead_letter(struct batch_result *result, struct text record, uint64_t occurrence,
                            const struct error *error) {
  struct error_line line, reason;
  result->dead_letters =
      memory_reserve(result->dead_letters, &result->dead_letter_capacity,
                     result->dead_letter_count + 1, sizeof *result->dead_letters);
  struct dead_letter *letter = &result->dead_letters[result->dead_letter_count++];
  *letter = (struct dead_letter){
      .record = record,
      .log_type = result->batch->log_type,
      .error = arena_copy(&result->arena, text_from(error_line(error, &line))),
      .reason = arena_copy(&result->arena, text_from(error_reason(error, &reason))),
      .occurrence = occurrence,
      .number = result->records};
  if (result->lists_events)
    row_id_compute(result->batch->source->id, result->batch->log_type, record, occurrence,
                   letter->row_id);
}

/* The bytes to keep: as they came, unless a key stands in them twice. Then what was read of them is
 * kept, so that nobody can read the archive differently. */
static struct text record_to_keep(struct batch_result *result, const struct event *event) {
  if (__builtin_expect(event->repeated_keys == 0, 1))
    return event->record;
  struct buffer written = BUFFER_NONE;
  json_write(&written, event->root);
  struct text kept = arena_copy(&result->arena, buffer_text(&written));
  buffer_free(&written);
  return kept;
}

/* As many as so many bytes of the batch before had, and no more than all of it: its records may
 * have been much smaller. */
static size_t expected(const struct worker *worker, const struct batch *batch, size_t before) {
  if (batch->size >= worker->before.bytes)
    return before;
  return (size_t)((double)before * (double)batch->size / (double)worker->before.bytes);
}

/* A list that grows from one to thousands is copied again and again. */
static void reserve_lists(const struct worker *worker, struct batch_result *result) {
  size_t events = expected(worker, result->batch, worker->before.events);
  size_t indicators = expected(worker, result->batch, worker->before.indicators);
  size_t deferred = expected(worker, result->batch, worker->before.deferred);
  size_t deferred_events = expected(worker, result->batch, worker->before.deferred_events);
  if (events > 0)
    result->events =
        memory_reserve(result->events, &result->event_capacity, events, sizeof *result->events);
  if (indicators > 0)
    result->indicators = memory_reserve(result->indicators, &result->indicator_capacity, indicators,
                                        sizeof *result->indicators);
  if (deferred > 0)
    result->deferred = memory_reserve(result->deferred, &result->deferred_capacity, deferred,
                                      sizeof *result->deferred);
  if (deferred_events > 0)
    result->deferred_events =
        memory_reserve(result->deferred_events, &result->deferred_event_capacity, deferred_events,
                       sizeof *result->deferred_events);
}

static void add_event(struct batch_result *result, const struct event *event) {
  result->events = memory_reserve(result->events, &result->event_capacity, result->event_count + 1,
                                  sizeof *result->events);
  struct kept_event *kept = &result->events[result->event_count++];
  *kept = (struct kept_event){
      .log_type = event->schema ? event->log_type : arena_copy(&result->arena, event->log_type),
      .record = record_to_keep(result, event),
      .event_time = event->event_time};
  memcpy(kept->row_id, event_row_id(event), sizeof kept->row_id);
}

static void add_indicator(void *context, const char *name, struct text value) {
  struct batch_result *result = context;
  if (result->indicator_count == result->indicator_capacity)
    result->indicators = memory_reserve(result->indicators, &result->indicator_capacity,
                                        result->indicator_count + 1, sizeof *result->indicators);
  result->indicators[result->indicator_count++] = (struct event_indicator){
      .number = indicator_number(name, value), .event = (uint32_t)(result->event_count - 1)};
}

static void add_match(struct batch_result *result, const struct match *match) {
  result->matches = memory_reserve(result->matches, &result->match_capacity,
                                   result->match_count + 1, sizeof *result->matches);
  struct match *added = &result->matches[result->match_count++];
  *added = *match;
  added->event_index = result->event_count ? result->event_count - 1 : 0;
}

/* The first one is reported as a failure of its rule; all are counted. */
static void drop_call(struct batch_result *result, const struct rule *rule,
                      const struct event *event, size_t max) {
  if (result->dropped_calls++ > 0)
    return;
  struct error error = ERROR_NONE;
  error_set(&error,
            "%s: the records that were read together want more than %zu calls of stateful rules: "
            "further ones are left out",
            rule->file, max);
  struct match match = match_of_error(rule, event, &error, &result->arena);
  add_match(result, &match);
}

static void defer(const struct worker *worker, struct batch_result *result, const struct rule *rule,
                  const struct event *event) {
  size_t max = worker->options->deferred_max ? worker->options->deferred_max : DEFERRED_MAX;
  if (result->deferred_count >= max) {
    drop_call(result, rule, event, max);
    return;
  }
  const struct question_asked *asked = NULL;
  struct error error;
  error_clear(&error);
  if (rule->questions.count && !(asked = rule_vm_ask(worker->vm, rule, &result->arena, &error))) {
    struct match match = match_of_error(rule, event, &error, &result->arena);
    add_match(result, &match);
    return;
  }
  if (result->deferred_count == result->deferred_capacity)
    result->deferred = memory_reserve(result->deferred, &result->deferred_capacity,
                                      result->deferred_count + 1, sizeof *result->deferred);
  result->deferred[result->deferred_count++] =
      (struct deferred_rule){.rule = rule, .asked = asked, .matches_before = result->match_count};
}

/* The event of the deferred rules from `first` on. */
static void add_deferred_event(struct batch_result *result, const struct event *event,
                               uint64_t occurrence, size_t first) {
  bool has_functions = false;
  for (size_t i = first; i < result->deferred_count; i++)
    has_functions |= result->deferred[i].rule->stateful;
  if (result->deferred_event_count == result->deferred_event_capacity)
    result->deferred_events =
        memory_reserve(result->deferred_events, &result->deferred_event_capacity,
                       result->deferred_event_count + 1, sizeof *result->deferred_events);
  result->deferred_events[result->deferred_event_count++] =
      (struct deferred_event){.record = event->record,
                              .event_time = event->event_time,
                              .occurrence = occurrence,
                              .event_index = result->event_count ? result->event_count - 1 : 0,
                              .rule_count = (uint32_t)(result->deferred_count - first),
                              .has_functions = has_functions};
}

static struct match describe(const struct worker *worker, struct batch_result *result,
                             const struct rule *rule, const struct event *event,
                             struct match_copies *copies) {
  struct arena *arena = &result->arena;
  if (!worker->options->brief_matches || rule->stateful || rule->correlated ||
      story_needs_event(rule))
    return match_describe_shared(worker->vm, rule, event, copies, arena, &result->notes);
  return match_describe_key(worker->vm, rule, event, copies, arena, &result->notes);
}

/* The rules that may match the event. Most events end here without a match: nothing below
 * allocates until a rule says true. */
static void detect(struct worker *worker, struct batch_result *result, const struct event *event,
                   uint64_t occurrence) {
  struct rule_list rules = rule_vm_candidates(worker->vm, event);
  if (rules.count == 0)
    return;
  /* The flag only: to clear the kilobyte of text costs more than most rules do. */
  struct error error;
  error_clear(&error);
  enum rule_verdict verdict;
  struct match_copies copies = {.row_id = TEXT("")};
  size_t deferred = result->deferred_count;
  for (size_t position = 0;
       (verdict = rule_vm_next_match(worker->vm, rules, &position, &error)) != RULE_NO_MATCH;) {
    const struct rule *rule = rules.items[position - 1];
    if ((rule->stateful || rule->questions.count) && verdict == RULE_MATCH) {
      defer(worker, result, rule, event);
      continue;
    }
    struct match match = verdict == RULE_MATCH
                             ? describe(worker, result, rule, event, &copies)
                             : match_of_error(rule, event, &error, &result->arena);
    error_clear(&error);
    add_match(result, &match);
  }
  if (result->deferred_count > deferred)
    add_deferred_event(result, event, occurrence, deferred);
}

/* The tables as they are now, for the whole batch; NULL = there are none. */
static struct lookup_set *take_lookups(struct worker *worker, struct batch_result *result) {
  struct lookup_watch *watch = worker->detection->lookups;
  struct lookup_set *lookups = watch ? lookup_watch_take(watch, &result->lookup_problems) : NULL;
  rule_vm_set_lookups(worker->vm, lookups);
  return lookups;
}

static bool is_stopped(const struct pipeline_options *options) {
  return (options->stopped && atomic_load(options->stopped)) ||
         (options->stop_at != 0 && clock_monotonic() >= options->stop_at);
}

void worker_run(struct worker *worker, struct batch_result *result) {
  struct batch *batch = result->batch;
  struct lookup_set *lookups = take_lookups(worker, result);
  struct event_reader *reader = event_readers_get(worker->readers, batch->source);
  struct text record;
  uint64_t occurrence;
  struct error error = ERROR_NONE;
  result->latest = TIME_NONE;
  reserve_lists(worker, result);
  rule_vm_begin_batch(worker->vm);
  event_read_ahead(reader, (struct text){batch->bytes, batch->size});
  for (size_t cursor = 0;
       !is_stopped(worker->options) && batch_next(batch, &cursor, &record, &occurrence);) {
    result->records++;
    const struct event *event = event_readers_read(reader, batch, record, occurrence, &error);
    if (!event) {
      add_dead_letter(result, record, occurrence, &error);
      error_clear(&error);
      continue;
    }
    result->events_seen++;
    if (event_moves_time(event) && event->event_time > result->latest)
      result->latest = event->event_time;
    if (__builtin_expect(event->schema_errors->count > 0, 0))
      schema_faults_add(&result->faults, event, result->records, &result->arena);
    if (result->lists_events)
      add_event(result, event);
    if (result->lists_indicators)
      event_indicators(event, add_indicator, result);
    detect(worker, result, event, occurrence);
    if (__builtin_expect(event->repeated_keys | event->cut_lists, 0)) {
      result->repeated_keys += event->repeated_keys;
      result->cut_lists += event->cut_lists;
    }
  }
  event_read_ahead(reader, TEXT(""));
  rule_vm_end_batch(worker->vm);
  rule_vm_set_lookups(worker->vm, NULL);
  worker->before.bytes = batch->size;
  worker->before.events = result->event_count;
  worker->before.indicators = result->indicator_count;
  worker->before.deferred = result->deferred_count;
  worker->before.deferred_events = result->deferred_event_count;
  if (result->deferred_count > 0)
    result->lookups = lookups;
  else
    lookup_set_release(lookups);
}
