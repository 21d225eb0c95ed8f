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
  time_us latest; /* of the events since the last save; TIME_NONE: there were none */
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
                                      const struct deferred_rule *deferred) {
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

/* One call that was deferred, and where its match goes. */
struct call {
  struct stateful *stateful;
  const struct batch_result *result;
  const struct deferred_rule *deferred;
  struct arena *arena;
  struct match_notes *notes;
};

/* What the rule's function says: where it uses kv, nobody has asked it before. */
static enum rule_verdict ask_function(const struct call *call, struct error *failure) {
  const struct rule *rule = call->deferred->rule;
  read_event(call->stateful, call->result, call->deferred);
  return rule_vm_match_function(call->stateful->vm, rule, failure);
}

static inline bool ask_questions(const struct call *call, struct question_answers *answers,
                                 bool *yes, struct error *error) {
  const struct questions_event event = {.rule = call->deferred->rule,
                                        .asked = call->deferred->asked,
                                        .time = call->deferred->event_time,
                                        .received = call->result->batch->received_at};
  return questions_ask(call->stateful->questions, &event, call->arena, answers, yes, error);
}

/* `answers`: to the rule's questions; NULL: it has none. `failure`: of its function. */
static void add_match(const struct call *call, enum rule_verdict verdict,
                      const struct question_answers *answers, const struct error *failure,
                      struct match *match) {
  struct stateful *stateful = call->stateful;
  const struct rule *rule = call->deferred->rule;
  const struct event *event = read_event(stateful, call->result, call->deferred);
  rule_vm_set_answers(stateful->vm, answers);
  *match = verdict == RULE_MATCH
               ? match_describe(stateful->vm, rule, event, call->arena, call->notes)
               : match_of_error(rule, event, failure, call->arena);
  rule_vm_set_answers(stateful->vm, NULL);
  match->event_index = call->deferred->event_index;
}

/* A rule that has questions and no function that uses kv, as nearly all do. */
static inline bool run_questions(const struct call *call, struct match *matches, size_t *count,
                                 struct error *error) {
  struct question_answers answers;
  bool yes;
  if (!ask_questions(call, &answers, &yes, error))
    return false;
  if (__builtin_expect(!yes, 1))
    return true;
  add_match(call, RULE_MATCH, &answers, NULL, &matches[(*count)++]);
  return kv_is_sound(call->stateful->kv, error);
}

/* Adds a match when there is one. */
static bool run_function(const struct call *call, struct match *matches, size_t *count,
                         struct error *error) {
  struct question_answers answers;
  struct error failure;
  bool has_questions = call->deferred->asked != NULL, yes = true;
  error_clear(&failure);
  enum rule_verdict verdict = ask_function(call, &failure);
  if (verdict == RULE_MATCH && has_questions && !ask_questions(call, &answers, &yes, error))
    return false;
  if (verdict == RULE_MATCH && !yes)
    verdict = RULE_NO_MATCH;
  if (verdict != RULE_NO_MATCH)
    add_match(call, verdict, has_questions && verdict == RULE_MATCH ? &answers : NULL, &failure,
              &matches[(*count)++]);
  return kv_is_sound(call->stateful->kv, error);
}

static inline bool run_rule(const struct call *call, struct match *matches, size_t *count,
                            struct error *error) {
  const struct deferred_rule *deferred = call->deferred;
  note_time(call->stateful, call->result->batch, deferred->event_time);
  if (deferred->asked && !deferred->rule->stateful)
    return run_questions(call, matches, count, error);
  return run_function(call, matches, count, error);
}

/* Puts the matches of what is deferred among the others. */
static bool run_all(struct stateful *stateful, const struct batch_result *result,
                    const bool *repeated, struct arena *arena, struct match_notes *notes,
                    struct match_list *list, struct error *error) {
  size_t count = 0, taken = 0;
  struct call call = {stateful, result, NULL, arena, notes};
  struct match *matches =
      arena_take(arena, (result->match_count + result->deferred_count) * sizeof *matches);
  for (size_t i = 0; i < result->deferred_count; i++) {
    const struct deferred_rule *deferred = &result->deferred[i];
    while (taken < deferred->matches_before)
      matches[count++] = result->matches[taken++];
    call.deferred = deferred;
    if ((!repeated || !repeated[deferred->event_index]) && !run_rule(&call, matches, &count, error))
      return false;
  }
  while (taken < result->match_count)
    matches[count++] = result->matches[taken++];
  *list = (struct match_list){matches, count};
  return true;
}

/* Reading ahead goes through all records of the batch, so it pays only where every fourth one is
 * read again. */
static struct text block_to_read(const struct batch_result *result) {
  size_t events = 0;
  for (size_t i = 0; i < result->deferred_count; i++)
    events += result->deferred[i].rule->stateful &&
              (i == 0 || result->deferred[i].record.data != result->deferred[i - 1].record.data);
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
