#include "api/explain/runner.h"

#include "detect/stateful/questions.h"
#include "event/lookup/lookup_watch.h"
#include "rule/kv/kv.h"

void explain_start(struct explain_runner *runner, const struct detection *detection,
                   const struct rule *rule, struct text log_type, bool unchecked) {
  const struct event_typing typing = {
      .schemas = detection->schemas, .log_type = log_type, .unchecked = unchecked};
  *runner =
      (struct explain_runner){.detection = detection, .rule = rule, .past = {.where = "the file"}};
  runner->reader = event_reader_new(&typing, TEXT("explain"), TEXT(""));
  runner->vm = rule_vm_new(detection->rules, NULL);
  runner->kv = kv_new(NULL);
  runner->questions = questions_new_in_memory(detection->rules);
  if (detection->lookups)
    runner->lookups = lookup_watch_take(detection->lookups, &runner->notes);
  rule_vm_set_kv(runner->vm, runner->kv);
  rule_vm_set_lookups(runner->vm, runner->lookups);
}

void explain_stop(struct explain_runner *runner) {
  event_reader_free(runner->reader);
  rule_vm_free(runner->vm);
  kv_free(runner->kv);
  questions_free(runner->questions);
  lookup_set_release(runner->lookups);
  problems_clear(&runner->notes);
}

bool explain_takes(const struct rule *rule, struct text log_type) {
  for (size_t i = 0; i < rule->log_types.count; i++)
    if (text_equal(rule->log_types.items[i], log_type))
      return true;
  return false;
}

bool explain_remembers(const struct rule *rule) {
  return rule->stateful || rule->questions.count > 0;
}

/* What the rule is to know of an earlier record. */
void explain_learn(struct explain_runner *runner, struct text record, struct text log_type,
                   time_us parse_time) {
  struct error ignored = ERROR_NONE;
  struct arena arena = ARENA_NONE;
  struct question_answers answers;
  const struct event *event = event_read(runner->reader, record, log_type, parse_time, &ignored);
  if (event && explain_takes(runner->rule, event->log_type)) {
    rule_vm_set_event(runner->vm, event);
    questions_match(runner->questions, runner->vm, runner->rule, event, &arena, &answers, &ignored);
    if (runner->past.count++ == 0 || event->event_time < runner->past.first)
      runner->past.first = event->event_time;
  }
  arena_free(&arena);
}

/* ---- the past of an archived event ------------------------------------------------------- */

struct past_reading {
  struct explain_runner *runner;
  struct text row_id;
  bool (*is_late)(const void *context);
  const void *context;
  struct buffer record;
};

static bool learn_stored(void *context, const struct store_event *event) {
  struct past_reading *reading = context;
  if (text_equal(event->row_id, reading->row_id) ||
      (reading->is_late && reading->is_late(reading->context)))
    return false;
  buffer_reset(&reading->record);
  buffer_append_text(&reading->record, event->record);
  memset(buffer_reserve(&reading->record, JSON_PADDING), 0, JSON_PADDING);
  explain_learn(reading->runner, buffer_text(&reading->record), event->log_type, event->parse_time);
  return true;
}

static int64_t look_back(const struct rule *rule) {
  int64_t longest = rule->stateful ? KV_LIFETIME_DEFAULT : 0;
  for (size_t i = 0; i < rule->questions.count; i++) {
    int64_t back = question_look_back(&rule->questions.items[i]);
    longest = back > longest ? back : longest;
  }
  return longest;
}

bool explain_learn_past(struct explain_runner *runner, struct store *store, time_us time,
                        struct text row_id, bool (*is_late)(const void *context),
                        const void *context, struct error *error) {
  struct past_reading reading = {
      .runner = runner, .row_id = row_id, .is_late = is_late, .context = context};
  int64_t back = look_back(runner->rule);
  const struct store_archive archive = {.log_types = runner->rule->log_types.items,
                                        .log_type_count = runner->rule->log_types.count,
                                        .since = time < TIME_BEGIN + back ? TIME_NONE : time - back,
                                        .until = time + 1};
  runner->past.where = "the archive";
  bool ok = store_event_read(store, &archive, learn_stored, &reading, error);
  buffer_free(&reading.record);
  return ok;
}

/* ---- running ----------------------------------------------------------------------------- */

static enum rule_verdict match(void *context, struct rule_vm *vm, const struct rule *rule,
                               const struct event *event, struct arena *arena,
                               struct question_answers *answers, struct error *error) {
  return questions_match(context, vm, rule, event, arena, answers, error);
}

void explain_run(struct explain_runner *runner, const struct event *event, struct arena *arena,
                 struct rule_explanation *explanation) {
  const struct rule_explain_asker asker = {match, runner->questions};
  rule_explain(runner->vm, runner->rule, event, &asker, arena, explanation, &runner->notes);
}
