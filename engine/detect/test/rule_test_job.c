#include "detect/test/rule_test_job.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "detect/stateful/questions.h"
#include "detect/test/rule_test_alerts.h"
#include "detect/test/rule_test_case.h"
#include "detect/test/rule_test_explain.h"
#include "detect/test/rule_test_known.h"
#include "detect/test/rule_test_kv.h"
#include "detect/test/rule_test_outcome.h"
#include "detect/test/rule_test_record.h"
#include "rule/condition/wildcard.h"
#include "rule/vm/rule_question.h"

#include <stdio.h>
#include <stdlib.h>

/* Bytes of what a rule prints in one test. */
#define PRINTED_MAX 4000
#define PRINTED_MORE "... (more was printed)\n"
/* Alerts that are reported when their number is wrong. */
#define ALERTS_TOLD_MAX 10

struct rule_test_job {
  const struct rule_set *set;
  const struct rule_test_options *options;
  struct rule_vm *vm;
  struct kv *kv; /* of the test that runs */
  struct questions *questions;
  struct arena asked; /* of the event that is looked at */
  struct rule_test_records *records;
  struct buffer printed; /* in the test that runs */
};

/* One test while it runs. */
struct run {
  struct rule_test_job *job;
  const struct rule_test_subject *subject;
  const struct rule_test_case *test;
  struct rule_test_findings findings;
  struct arena *arena;                 /* of the result */
  struct rule_test_coverage *coverage; /* NULL = not asked for */
  struct rule_test_alerts *alerts;     /* NULL: the test does not look at any */
  uint64_t order;                      /* of the event that is looked at */
  time_us last;                        /* event time */
  size_t matches;
  struct rule_test_actual first; /* match */
  const char *no_match;          /* why the first event did not match; of questions: the last one */
  struct rule_test_actual *opened;
  size_t opened_count, opened_capacity;
};

/* ---- one event ---- */

static bool takes(const struct rule *rule, struct text log_type) {
  for (size_t i = 0; i < rule->log_types.count; i++)
    if (text_equal(rule->log_types.items[i], log_type))
      return true;
  return false;
}

static void take_match(struct run *run, const struct rule *rule, const struct event *event) {
  struct rule_outcome outcome;
  struct problems notes = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  rule_vm_describe(run->job->vm, rule, &outcome, &notes);
  for (size_t i = 0; i < notes.count; i++)
    rule_test_findings_add_error(&run->findings, &notes.items[i]);
  problems_clear(&notes);
  if (run->coverage)
    rule_test_coverage_add_description(run->coverage);
  if (run->matches++ == 0)
    run->first = rule_test_actual_of_match(&outcome, run->arena);
  if (!run->alerts)
    return;
  struct rule_test_match match = {rule, event, &outcome, run->order};
  if (!rule_test_alerts_match(run->alerts, &match, &error))
    rule_test_findings_add_error(&run->findings, &error);
}

/* Whether it will be asked why nothing matches. */
static bool wants_match(const struct rule_test_case *test) {
  return test->has_alerts || (test->has_expect && test->expect);
}

static void look_at_coverage(const struct run *run, const struct rule *rule,
                             const struct event *event, enum rule_verdict verdict) {
  struct field_view *view = rule_vm_view(run->job->vm);
  if (!run->coverage)
    return;
  field_view_set(view, event);
  rule_test_coverage_add_event(run->coverage, view);
  bool asked = !rule->where || condition_match(rule->where, view);
  if (asked && verdict != RULE_FAILED)
    rule_test_coverage_add_answer(run->coverage, verdict == RULE_MATCH);
}

static const char *why_not(struct run *run, const struct rule *rule, const struct event *event,
                           const struct question_answers *answers) {
  if (answers->words.size)
    return arena_printf(run->arena, "%.*s", TEXT_ARGS(answers->words));
  return rule_test_explain_no_match(run->job->set, rule, event, rule_vm_view(run->job->vm),
                                    run->arena);
}

static void run_rule(struct run *run, const struct rule *rule, const struct event *event) {
  struct rule_vm *vm = run->job->vm;
  struct error error = ERROR_NONE;
  struct question_answers answers = {.json = TEXT("")};
  rule_vm_set_event(vm, event);
  arena_reset(&run->job->asked);
  enum rule_verdict verdict =
      questions_match(run->job->questions, vm, rule, event, &run->job->asked, &answers, &error);
  look_at_coverage(run, rule, event, verdict);
  switch (verdict) {
  case RULE_FAILED:
    rule_test_findings_add_error(&run->findings, &error);
    break;
  case RULE_NO_MATCH:
    if ((!run->no_match || answers.words.size) && wants_match(run->test))
      run->no_match = why_not(run, rule, event, &answers);
    break;
  case RULE_MATCH:
    take_match(run, rule, event);
    break;
  }
}

static struct rule_test_kv kv_values(const struct run *run, const char *key,
                                     const struct json_node *values, time_us now) {
  return (struct rule_test_kv){.kv = run->job->kv,
                               .rule = run->subject->rule,
                               .now = now,
                               .values = values,
                               .place =
                                   rule_test_case_place(run->subject, run->test, NULL, 0, key)};
}

/* Before the first event, at its time. */
static bool fill_kv(struct run *run, time_us now) {
  if (run->test->kv) {
    struct rule_test_kv given = kv_values(run, "kv", run->test->kv, now);
    rule_test_kv_fill(&given, &run->findings);
  }
  return run->findings.count == 0;
}

/* The same for the rule's question. */
static bool fill_known(struct run *run, time_us now) {
  const struct rule *rule = run->subject->rule;
  if (!run->test->known)
    return run->findings.count == 0;
  const struct rule_test_known known = {
      .questions = run->job->questions,
      .rule = rule,
      .now = now,
      .values = run->test->known,
      .place = rule_test_case_place(run->subject, run->test, NULL, 0, "known")};
  if (!rule || rule->questions.count == 0)
    rule_test_findings_add(&run->findings, known.place,
                           "known is for the tests of rules with a question");
  else
    rule_test_known_fill(&known, &run->findings);
  return run->findings.count == 0;
}

/* After the last event, at its time. */
static void check_kv(struct run *run) {
  if (!run->test->kv_after)
    return;
  struct rule_test_kv expected = kv_values(run, "kv_after", run->test->kv_after, run->last);
  rule_test_kv_compare(&expected, &run->findings);
}

/* Of several events, at which one a function failed. */
static void report_event(struct run *run, const struct rule_test_record *record) {
  char copy[40] = "";
  if (!run->test->is_list && record->event->times == 1)
    return;
  if (record->event->times > 1)
    snprintf(copy, sizeof copy, ", copy %lld", (long long)record->repetition + 1);
  rule_test_findings_add(&run->findings,
                         rule_test_case_place(run->subject, run->test,
                                              run->test->is_list ? "events" : NULL,
                                              record->event->index, NULL),
                         "that was at this event%s", copy);
}

/* False when the test cannot go on. */
static bool run_event(struct run *run, const struct rule_test_record *record, time_us *time) {
  const struct event *event = rule_test_record_read(run->job->records, record, &run->findings);
  if (!event)
    return false;
  *time = run->last = event->event_time;
  if (run->order == 0 && !(fill_kv(run, event->event_time) && fill_known(run, event->event_time)))
    return false;
  if (run->alerts)
    rule_test_alerts_event(run->alerts, event);
  for (size_t i = 0; i < run->subject->rule_count; i++)
    if (takes(run->subject->rules[i], event->log_type))
      run_rule(run, run->subject->rules[i], event);
  if (run->findings.count == 0)
    return true;
  report_event(run, record);
  return false;
}

static bool run_events(struct run *run) {
  const struct rule_test_case *test = run->test;
  time_us before = TIME_NONE;
  for (size_t i = 0; i < test->event_count; i++) {
    const struct rule_test_event *event = &test->events[i];
    time_us first = TIME_NONE;
    for (int64_t k = 0; k < event->times; k++, run->order++) {
      struct rule_test_record record = {run->subject, test, event, k, before, first, run->order};
      if (run->order >= RULE_TEST_TIMES_MAX) {
        rule_test_findings_add(&run->findings, RULE_TEST_NOWHERE, "more than %d events",
                               RULE_TEST_TIMES_MAX);
        return false;
      }
      if (!run_event(run, &record, &before))
        return false;
      if (k == 0)
        first = before;
    }
  }
  return true;
}

/* ---- what came of it ---- */

static void compare(struct run *run, const char *list, size_t index,
                    const struct rule_test_expected *expected,
                    const struct rule_test_actual *actual) {
  struct rule_test_comparison comparison = {run->subject, run->test, list, index, &run->findings};
  rule_test_compare(&comparison, expected, actual);
}

static void check_expect(struct run *run) {
  const struct rule_test_case *test = run->test;
  bool is_rule = run->subject->rule != NULL, several = run->order > 1;
  size_t came = is_rule ? run->matches : run->opened_count;
  struct rule_test_place place = RULE_TEST_NOWHERE;
  if (test->has_expect && test->expect != (came > 0)) {
    if (!is_rule)
      rule_test_findings_add(&run->findings, place, "expected %s, but %zu came%s%s",
                             test->expect ? "an alert" : "no alert", came,
                             run->no_match && !run->matches ? ", and nothing matches: " : "",
                             run->no_match && !run->matches ? run->no_match : "");
    else if (!test->expect && several)
      rule_test_findings_add(&run->findings, place,
                             "expected no match, but the rule matches %zu of %zu events", came,
                             (size_t)run->order);
    else if (!test->expect)
      rule_test_findings_add(&run->findings, place, "expected no match, but the rule matches");
    else
      rule_test_findings_add(&run->findings, place, "expected a match, but %s%s",
                             !several ? ""
                             : run->subject->rule->questions.count
                                 ? "none of the events matches; the last: "
                                 : "none of the events matches; the first: ",
                             run->no_match ? run->no_match : "");
    return;
  }
  if (is_rule && run->matches)
    compare(run, NULL, 0, &test->expected, &run->first);
  else if (!is_rule && run->opened_count)
    compare(run, NULL, 0, &test->expected, &run->opened[0]);
}

static void write_alerts(const struct run *run, struct buffer *out) {
  buffer_printf(out, "%zu", run->opened_count);
  for (size_t i = 0; i < run->opened_count && i < ALERTS_TOLD_MAX; i++) {
    const struct rule_test_actual *alert = &run->opened[i];
    buffer_append_string(out, i ? ", " : ": ");
    buffer_append_json_string(out, alert->texts[RULE_TEST_TITLE]);
    buffer_printf(out, " (%lld match%s)", (long long)alert->match_count,
                  alert->match_count == 1 ? "" : "es");
  }
  if (run->opened_count == 0)
    buffer_printf(out, ", from %zu match%s in %zu event%s", run->matches,
                  run->matches == 1 ? "" : "es", (size_t)run->order, run->order == 1 ? "" : "s");
  if (run->matches == 0 && run->no_match)
    buffer_printf(out, ": %s", run->no_match);
}

static void check_alerts(struct run *run) {
  const struct rule_test_case *test = run->test;
  if (!test->has_alerts)
    return;
  if (test->alert_count != run->opened_count) {
    struct buffer got = BUFFER_NONE;
    char expected[24];
    snprintf(expected, sizeof expected, "%zu", test->alert_count);
    write_alerts(run, &got);
    rule_test_findings_add_difference(&run->findings,
                                      rule_test_case_place(run->subject, test, NULL, 0, "alerts"),
                                      "alerts", text_from(expected), buffer_text(&got));
    buffer_free(&got);
  }
  for (size_t i = 0; test->alerts && i < test->alert_count && i < run->opened_count; i++)
    compare(run, "alerts", i, &test->alerts[i], &run->opened[i]);
}

/* ---- one test ---- */

static void take_alert(void *context, const struct alert *alert) {
  struct run *run = context;
  if (!text_equal(alert->rule_id, run->subject->id))
    return;
  run->opened = memory_reserve(run->opened, &run->opened_capacity, run->opened_count + 1,
                               sizeof *run->opened);
  run->opened[run->opened_count++] = rule_test_actual_of_alert(alert, run->arena);
}

/* A rule's windows are looked at only when the test asks for alerts. */
static void start_alerts(struct run *run) {
  if (!run->subject->rule || run->test->has_alerts)
    run->alerts = rule_test_alerts_new(run->job->set);
}

static void finish_alerts(struct run *run) {
  struct error error = ERROR_NONE;
  if (!run->alerts)
    return;
  if (!rule_test_alerts_finish(run->alerts, take_alert, run, &error))
    rule_test_findings_add_error(&run->findings, &error);
}

/* Returns whether the test can run. */
static bool start_mocks(struct run *run) {
  const struct rule_test_case *test = run->test;
  struct error error = ERROR_NONE;
  struct text name;
  if (!test->mocks)
    return true;
  struct rule_test_place place = rule_test_case_place(run->subject, test, NULL, 0, "mocks");
  if (!run->subject->rule)
    rule_test_findings_add(&run->findings, place, "mocks are for the tests of rules");
  else if (rule_vm_mock(run->job->vm, run->subject->rule, test->index, &name, &error))
    return true;
  else if (name.size)
    rule_test_findings_add(&run->findings, place, "mocks: %.*s: %s", TEXT_ARGS(name), error.text);
  else
    rule_test_findings_add_error(&run->findings, &error);
  return false;
}

/* Returns whether the test can run. */
static bool start_kv(struct run *run) {
  const struct rule_test_case *test = run->test;
  const struct rule *rule = run->subject->rule;
  kv_forget(run->job->kv);
  questions_forget(run->job->questions);
  if ((!test->kv && !test->kv_after) || (rule && rule->stateful))
    return true;
  rule_test_findings_add(
      &run->findings,
      rule_test_case_place(run->subject, test, NULL, 0, test->kv ? "kv" : "kv_after"),
      "%s is for the tests of stateful rules", test->kv ? "kv" : "kv_after");
  return false;
}

static void run_test(struct run *run) {
  start_alerts(run);
  if (start_kv(run) && start_mocks(run) && run_events(run)) {
    finish_alerts(run);
    check_expect(run);
    check_alerts(run);
    check_kv(run);
  }
  rule_test_alerts_free(run->alerts);
  if (run->test->mocks && run->subject->rule)
    rule_vm_unmock(run->job->vm, run->subject->rule);
}

static void run_case(struct rule_test_job *job, struct rule_test_result *result,
                     const struct rule_test_case *test, struct rule_test_coverage *coverage) {
  struct run run = {.job = job,
                    .coverage = coverage,
                    .subject = result->subject,
                    .test = test,
                    .findings = {.arena = &result->arena},
                    .arena = &result->arena};
  for (size_t i = 0; i < test->mistakes.count; i++)
    rule_test_findings_add_error(&run.findings, &test->mistakes.items[i]);
  buffer_reset(&job->printed);
  if (run.findings.count == 0)
    run_test(&run);
  result->cases[result->case_count++] = (struct rule_test_case_result){
      .name = arena_copy(&result->arena, test->name),
      .line = test->line,
      .passed = run.findings.count == 0,
      .findings = run.findings.items,
      .finding_count = run.findings.count,
      .printed = arena_copy(&result->arena, buffer_text(&job->printed))};
  free(run.opened);
}

/* ---- one subject ---- */

/* A pattern is a part of the name, in any case. */
static bool is_named(const struct text_list *names, struct text name) {
  struct arena arena = ARENA_NONE;
  bool named = names->count == 0;
  for (size_t i = 0; i < names->count && !named; i++)
    named = wildcard_match(wildcard_compile(&arena, names->items[i], true, true, true), name, NULL);
  arena_free(&arena);
  return named;
}

static bool expects_match(const struct rule_test_case *test) {
  return test->has_expect ? test->expect : test->alert_count > 0;
}

/* The minimum is a promise of the whole subject, so breaking it is a failure of its own. */
static const char *shortage(const struct rule_test_options *options,
                            const struct rule_test_cases *cases, struct arena *arena) {
  size_t wanted = options->minimum_tests, matches = 0;
  for (size_t i = 0; i < cases->count; i++)
    matches += expects_match(&cases->items[i]);
  if (cases->count < wanted)
    return arena_printf(arena, "%zu of at least %zu tests", cases->count, wanted);
  if (wanted >= 2 && (matches == 0 || matches == cases->count))
    return matches ? "no test with expect = false" : "no test with expect = true";
  return NULL;
}

/* A log type that no schema describes has no events. */
static void check_log_types(const struct schema_set *schemas, struct rule_test_result *result) {
  const struct text_list *log_types = &result->subject->log_types;
  struct arena *arena = &result->arena;
  result->notes = arena_alloc(arena, (log_types->count + 1) * sizeof *result->notes);
  for (size_t i = 0; schemas && i < log_types->count; i++) {
    struct text log_type = log_types->items[i];
    char shown[120];
    if (schema_find(schemas, log_type))
      continue;
    const char **known = arena_alloc(arena, (schemas->count + 1) * sizeof *known);
    for (size_t k = 0; k < schemas->count; k++)
      known[k] = arena_printf(arena, "%.*s", TEXT_ARGS(schemas->schemas[k].name));
    struct suggestion suggestion;
    result->notes[result->note_count++] = arena_printf(
        arena, "no schema for the log type '%s'%s", text_printable(log_type, shown, sizeof shown),
        suggestion_find(log_type, known, schemas->count, &suggestion));
  }
}

void rule_test_job_run(struct rule_test_job *job, struct rule_test_result *result) {
  const struct rule_test_options *options = job->options;
  struct rule_test_cases cases;
  const struct rule *rule = result->subject->rule;
  struct rule_test_coverage *coverage =
      options->coverage && rule ? rule_test_coverage_new(rule, &result->arena) : NULL;
  rule_test_cases_read(result->subject, &cases);
  result->cases = arena_alloc(&result->arena, (cases.count + 1) * sizeof *result->cases);
  for (size_t i = 0; i < cases.count; i++)
    if (is_named(&options->selection.names, cases.items[i].name))
      run_case(job, result, &cases.items[i], coverage);
  result->coverage = coverage;
  check_log_types(options->schemas, result);
  result->shortage = shortage(options, &cases, &result->arena);
  rule_test_cases_free(&cases);
}

static void take_line(void *context, struct text line) {
  struct buffer *printed = context;
  if (printed->size >= PRINTED_MAX)
    return;
  line = text_cut(line, PRINTED_MAX);
  buffer_append_text(printed, line);
  buffer_append_char(printed, '\n');
  if (printed->size >= PRINTED_MAX)
    buffer_append_string(printed, PRINTED_MORE);
}

struct rule_test_job *rule_test_job_new(const struct rule_set *set,
                                        const struct rule_test_options *options) {
  struct rule_test_job *job = memory_alloc(sizeof *job);
  *job =
      (struct rule_test_job){.set = set,
                             .options = options,
                             .records = rule_test_records_new(options->fixtures, options->schemas)};
  struct rule_vm_options vm = {.printer = {take_line, &job->printed}};
  job->vm = rule_vm_new(set, &vm);
  rule_vm_set_lookups(job->vm, options->lookups);
  job->kv = kv_new(NULL);
  rule_vm_set_kv(job->vm, job->kv);
  job->questions = questions_new_in_memory(set);
  return job;
}

void rule_test_job_free(struct rule_test_job *job) {
  if (!job)
    return;
  rule_vm_free(job->vm);
  kv_free(job->kv);
  questions_free(job->questions);
  arena_free(&job->asked);
  rule_test_records_free(job->records);
  buffer_free(&job->printed);
  free(job);
}
