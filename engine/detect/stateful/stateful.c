#include "detect/stateful/stateful.h"

#include "base/memory.h"
#include "event/event_readers.h"
#include "rule/vm/rule_question.h"
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>

struct stateful {
  struct stateful_options options;
  struct store *own_store; /* made when memory is to be left; NULL before, or with a store given */
  struct kv *kv;
  struct questions *questions;
  struct detection *detection; /* that everything below is made for; NULL at first */
  struct rule_vm *vm;
  struct event_readers *readers;
  /* Within a result: the event that the vm stands at, and where its record lies. */
  const struct event *event;
  const char *record;
  time_us latest;       /* of the events since the last save; TIME_NONE: there were none */
  uint64_t event_count; /* that were run */
};

/* ---- the backings ---- */

static struct store *store_of(const struct stateful *stateful) {
  return stateful->options.store ? stateful->options.store : stateful->own_store;
}

static bool load(void *context, struct text rule_id, struct text key, struct buffer *value,
                 struct kv_stored *stored, bool *found, struct error *error) {
  struct store_kv entry;
  struct store *store = store_of(context);
  *found = false;
  if (!store)
    return true;
  if (!store_kv_get(store, rule_id, key, value, &entry, found, error))
    return false;
  if (!*found)
    return true;
  bool is_type = entry.type > KV_NONE && entry.type < KV_QUESTION;
  *stored = (struct kv_stored){.type = is_type ? (enum kv_type)entry.type : KV_NONE,
                               .expires_at = entry.expires_at,
                               .expiry_given = entry.expiry_given};
  return true;
}

static bool open_own_store(struct stateful *stateful, struct error *error) {
  return (stateful->own_store = store_open_scratch_begun(error)) != NULL;
}

static bool save(void *context, struct text rule_id, struct text key,
                 const struct kv_stored *stored, struct error *error) {
  struct stateful *stateful = context;
  if (!store_of(stateful) && !open_own_store(stateful, error))
    return false;
  if (!stored)
    return store_kv_delete(store_of(stateful), rule_id, key, error);
  const struct store_kv entry = {.type = stored->type,
                                 .value = stored->value,
                                 .expires_at = stored->expires_at,
                                 .expiry_given = stored->expiry_given};
  return store_kv_set(store_of(stateful), rule_id, key, &entry, error);
}

static bool get_state(void *context, int64_t question, struct text name, struct buffer *state,
                      struct store_question_state *row, bool *found, struct error *error) {
  struct store *store = store_of(context);
  *found = false;
  return !store || store_question_get(store, question, name, state, row, found, error);
}

static bool set_state(void *context, const struct store_question_state *row, struct error *error) {
  struct stateful *stateful = context;
  if (!store_of(stateful) && !open_own_store(stateful, error))
    return false;
  return store_question_set(store_of(stateful), row, error);
}

struct stateful *stateful_new(const struct stateful_options *options) {
  struct stateful *stateful = memory_alloc(sizeof *stateful);
  const struct kv_backing backing = {.context = stateful, .load = load, .save = save};
  stateful->options = *options;
  stateful->kv = kv_new(&backing);
  stateful->questions =
      questions_new(&(struct questions_options){.backing = {.context = stateful,
                                                            .get = get_state,
                                                            .set = set_state,
                                                            .is_empty = options->store == NULL,
                                                            .store = options->store},
                                                .numbered = true,
                                                .log = options->log,
                                                .counts = options->counts});
  stateful->latest = TIME_NONE;
  return stateful;
}

/* What is made for one detection. */
static void release_detection(struct stateful *stateful) {
  event_readers_free(stateful->readers);
  rule_vm_free(stateful->vm);
  detection_release(stateful->detection);
}

void stateful_free(struct stateful *stateful) {
  if (!stateful)
    return;
  release_detection(stateful);
  kv_free(stateful->kv);
  questions_free(stateful->questions);
  store_close(stateful->own_store);
  free(stateful);
}

bool stateful_save(struct stateful *stateful, struct error *error) {
  time_us latest = stateful->latest;
  stateful->latest = TIME_NONE;
  return kv_save(stateful->kv, error) && questions_save(stateful->questions, error) &&
         (latest == TIME_NONE || store_kv_advance(store_of(stateful), latest, error));
}

void stateful_forget(struct stateful *stateful) {
  stateful->latest = TIME_NONE;
  kv_forget(stateful->kv);
  questions_forget(stateful->questions);
}

static void forget_row(void *context, int64_t question, struct text name) {
  questions_forget_row(((struct stateful *)context)->questions, question, name);
}

bool stateful_prune(struct stateful *stateful, int64_t grace, const struct store_slice *slice,
                    struct store_pruned *pruned, struct error *error) {
  struct store_pruned rows = {.rows = 0};
  if (!store_kv_prune(stateful->options.store, grace, slice, pruned, error))
    return false;
  if (pruned->rows > 0)
    kv_forget(stateful->kv); /* it may hold what is gone */
  if (pruned->more)
    return true;
  bool ok = store_question_prune(stateful->options.store, grace, slice, forget_row, stateful, &rows,
                                 error);
  if (!ok)
    questions_forget(stateful->questions);
  pruned->rows += rows.rows;
  pruned->more = rows.more;
  return ok;
}

/* ---- running ---- */

static void use_detection(struct stateful *stateful, struct detection *detection) {
  if (stateful->detection == detection)
    return;
  questions_use(stateful->questions, detection->rules);
  release_detection(stateful);
  stateful->detection = detection_hold(detection);
  stateful->readers =
      event_readers_new(&(struct event_typing){.schemas = detection->schemas,
                                               .log_type = stateful->options.log_type,
                                               .unchecked = stateful->options.unchecked,
                                               .time_field = stateful->options.time_field});
  stateful->vm =
      rule_vm_new(detection->rules,
                  &(struct rule_vm_options){.breaker = detection->breaker, .counts_late = true});
  rule_vm_set_kv(stateful->vm, stateful->kv);
}

/* A record from the future (a wrong clock, or a forged one) must not age what is remembered. */
static void note_time(struct stateful *stateful, const struct batch *batch, time_us event_time) {
  if (event_time <= batch->received_at && event_time > stateful->latest)
    stateful->latest = event_time;
}

/* The event again, read from its record as the worker read it. Rules of one event share it. */
static const struct event *read_event(struct stateful *stateful, const struct batch_result *result,
                                      const struct deferred_event *deferred) {
  if (stateful->event && stateful->record == deferred->record.data)
    return stateful->event;
  struct error error;
  error_clear(&error);
  const struct batch *batch = result->batch;
  struct event_reader *reader = event_readers_get(stateful->readers, batch->source);
  const struct event *event =
      event_readers_read(reader, batch, deferred->record, deferred->occurrence, &error);
  assert(event); /* a worker has read it */
  rule_vm_set_event(stateful->vm, event);
  stateful->event = event;
  stateful->record = deferred->record.data;
  return event;
}

/* What was deferred of a result, while it is gone through. */
struct calls {
  struct stateful *stateful;
  const struct batch_result *result;
  const struct deferred_event *event; /* the current one */
  struct arena *arena;
  struct match_notes *notes;
  struct match *matches; /* all, in order */
  size_t count;
  size_t taken; /* of the result's */
};

/* The result's matches that come before others. */
static inline void take_matches(struct calls *calls, size_t before) {
  while (calls->taken < before)
    calls->matches[calls->count++] = calls->result->matches[calls->taken++];
}

/* What the rule's function says: where it uses kv, nobody has asked it before. */
static enum rule_verdict ask_function(const struct calls *calls, const struct rule *rule,
                                      struct error *failure) {
  read_event(calls->stateful, calls->result, calls->event);
  return rule_vm_match_function(calls->stateful->vm, rule, failure);
}

/* `answers`: to the rule's questions; NULL: it has none. `failure`: of its function. */
static void add_match(struct calls *calls, const struct deferred_rule *deferred,
                      enum rule_verdict verdict, const struct question_answers *answers,
                      const struct error *failure) {
  struct stateful *stateful = calls->stateful;
  const struct rule *rule = deferred->rule;
  const struct event *event = read_event(stateful, calls->result, calls->event);
  take_matches(calls, deferred->matches_before);
  struct match *match = &calls->matches[calls->count++];
  rule_vm_set_answers(stateful->vm, answers);
  *match = verdict == RULE_MATCH
               ? match_describe(stateful->vm, rule, event, calls->arena, calls->notes)
               : match_of_error(rule, event, failure, calls->arena);
  rule_vm_set_answers(stateful->vm, NULL);
  match->event_index = calls->event->event_index;
}

/* Of rules with questions and no function that uses kv, as nearly all are. */
static bool run_questions(struct calls *calls, const struct deferred_rule *rules, size_t count,
                          struct error *error) {
  struct question_answers answers;
  bool yes;
  struct questions_walk walk = {.rules = rules,
                                .count = count,
                                .time = calls->event->event_time,
                                .received = calls->result->batch->received_at,
                                .number = calls->stateful->event_count};
  while (walk.at < count) {
    if (!questions_ask_next(calls->stateful->questions, &walk, calls->arena, &answers, &yes, error))
      return false;
    if (__builtin_expect(!yes, 1))
      continue;
    add_match(calls, &rules[walk.at - 1], RULE_MATCH, &answers, NULL);
    if (!kv_is_sound(calls->stateful->kv, error))
      return false;
  }
  return true;
}

/* Adds a match when there is one. */
static bool run_function(struct calls *calls, const struct deferred_rule *deferred,
                         struct error *error) {
  struct question_answers answers;
  struct error failure;
  const struct questions_event event = {.rule = deferred->rule,
                                        .asked = deferred->asked,
                                        .time = calls->event->event_time,
                                        .received = calls->result->batch->received_at,
                                        .number = calls->stateful->event_count};
  bool has_questions = deferred->asked != NULL, yes = true;
  error_clear(&failure);
  enum rule_verdict verdict = ask_function(calls, deferred->rule, &failure);
  if (verdict == RULE_MATCH && has_questions &&
      !questions_ask(calls->stateful->questions, &event, calls->arena, &answers, &yes, error))
    return false;
  if (verdict == RULE_MATCH && !yes)
    verdict = RULE_NO_MATCH;
  if (verdict != RULE_NO_MATCH)
    add_match(calls, deferred, verdict, has_questions && verdict == RULE_MATCH ? &answers : NULL,
              &failure);
  return kv_is_sound(calls->stateful->kv, error);
}

/* The rules of the current event, some of which have functions. */
static bool run_each(struct calls *calls, const struct deferred_rule *rules, size_t count,
                     struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++)
    ok = rules[i].asked && !rules[i].rule->stateful ? run_questions(calls, &rules[i], 1, error)
                                                    : run_function(calls, &rules[i], error);
  return ok;
}

static inline bool run_event(struct calls *calls, const struct deferred_rule *rules,
                             struct error *error) {
  const struct deferred_event *event = calls->event;
  note_time(calls->stateful, calls->result->batch, event->event_time);
  calls->stateful->event_count++;
  return event->has_functions ? run_each(calls, rules, event->rule_count, error)
                              : run_questions(calls, rules, event->rule_count, error);
}

/* Puts the matches of what is deferred among the others. */
static bool run_all(struct stateful *stateful, const struct batch_result *result,
                    const bool *repeated, struct arena *arena, struct match_notes *notes,
                    struct match_list *list, struct error *error) {
  struct calls calls = {
      .stateful = stateful, .result = result, .arena = arena, .notes = notes, .matches = NULL};
  const struct deferred_rule *rules = result->deferred;
  calls.matches =
      arena_take(arena, (result->match_count + result->deferred_count) * sizeof *calls.matches);
  for (size_t i = 0; i < result->deferred_event_count; i++) {
    calls.event = &result->deferred_events[i];
    if ((!repeated || !repeated[calls.event->event_index]) && !run_event(&calls, rules, error))
      return false;
    rules += calls.event->rule_count;
  }
  take_matches(&calls, result->match_count);
  *list = (struct match_list){calls.matches, calls.count};
  return true;
}

/* Reading ahead goes through all records of the batch, so it pays only where every fourth one is
 * read again. */
static struct text block_to_read(const struct batch_result *result) {
  size_t events = 0;
  for (size_t i = 0; i < result->deferred_event_count; i++)
    events += result->deferred_events[i].has_functions;
  const struct batch *batch = result->batch;
  return events < result->records / 4 ? TEXT("") : (struct text){batch->bytes, batch->size};
}

bool stateful_run(struct stateful *stateful, const struct batch_result *result,
                  const bool *repeated, struct arena *arena, struct match_notes *notes,
                  struct match_list *matches, struct error *error) {
  *matches = (struct match_list){result->matches, result->match_count};
  if (result->deferred_count == 0)
    return true;
  use_detection(stateful, result->detection);
  rule_vm_set_lookups(stateful->vm, result->lookups);
  struct event_reader *reader = event_readers_get(stateful->readers, result->batch->source);
  event_read_ahead(reader, block_to_read(result));
  bool ok = run_all(stateful, result, repeated, arena, notes, matches, error);
  event_read_ahead(reader, TEXT(""));
  stateful->event = NULL;
  rule_vm_set_lookups(stateful->vm, NULL);
  return ok;
}
