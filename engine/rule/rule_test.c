#include "rule/rule_test.h"

#include "base/memory.h"
#include "rule/rule_test_case.h"
#include "rule/rule_test_outcome.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#define FIXTURE_SIZE_MAX ((size_t)JSON_SIZE_MAX)
/* Names in a fixture's folder that are compared with one that is not there. */
#define NEIGHBOURS_MAX 4096
/* When fixtures are taken to have arrived: 2024-01-01T00:00:00Z, so that a test gives the same
 * result every day. */
#define PARSE_TIME (INT64_C(1704067200) * US_PER_SECOND)

struct runner {
  const struct rule_set *set;
  const struct rule_test_options *options;
  FILE *out;
  struct rule_test_summary *summary;
  struct rule_vm *vm;
  struct event_reader *reader;
  struct json_reader *json;
  struct field_view *view; /* to explain why a where does not hold */
  struct buffer record;
  struct rule_test_findings findings; /* of the test that runs */
  const struct rule *rule;            /* that is tested */
  bool rule_named;                    /* its line is printed */
  size_t short_rules;                 /* with fewer tests than wanted */
};

/* ---- printing ---- */

static void print_mark(struct runner *runner, bool passed) {
  static const char *const marks[2][2] = {{"[FAIL]", "[PASS]"},
                                          {"\x1b[31m[FAIL]\x1b[0m", "\x1b[32m[PASS]\x1b[0m"}};
  if (!runner->rule_named)
    fprintf(runner->out, "%.*s (%s)\n", TEXT_ARGS(runner->rule->id), runner->rule->file);
  runner->rule_named = true;
  fprintf(runner->out, "  %s ", marks[runner->options->colour][passed]);
}

static void print_findings(const struct runner *runner) {
  for (size_t i = 0; i < runner->findings.count; i++) {
    const struct rule_test_finding *finding = &runner->findings.items[i];
    fprintf(runner->out, "         %s\n", finding->what);
    if (finding->expected)
      fprintf(runner->out, "           expected %s\n           got      %s\n", finding->expected,
              finding->got);
  }
}

static void report_test(struct runner *runner, const struct rule_test_case *test) {
  char name[256];
  bool passed = runner->findings.count == 0;
  runner->summary->tests++;
  *(passed ? &runner->summary->passed : &runner->summary->failed) += 1;
  if (passed && runner->options->failures_only)
    return;
  print_mark(runner, passed);
  text_printable(test->name, name, sizeof name);
  if (passed)
    fprintf(runner->out, "%s\n", name);
  else
    fprintf(runner->out, "%s (%s:%u)\n", name, runner->rule->file, test->line);
  print_findings(runner);
}

/* ---- the event of a test ---- */

/* Adds to the finding about a file that is not there which one may be meant. */
static void add_missing_fixture(struct runner *runner, const char *path) {
  const char *names[NEIGHBOURS_MAX], *cause = strerror(errno), *slash = strrchr(path, '/');
  struct arena arena = ARENA_NONE;
  size_t count = 0, folder_size = slash ? (size_t)(slash - path) : 0;
  DIR *folder = slash ? opendir(arena_printf(&arena, "%.*s", (int)folder_size, path)) : NULL;
  for (struct dirent *entry; folder && count < NEIGHBOURS_MAX && (entry = readdir(folder));)
    if (entry->d_name[0] != '.')
      names[count++] = arena_copy_string(&arena, entry->d_name);
  const char *nearest = slash ? text_nearest(text_from(slash + 1), names, count) : NULL;
  if (nearest)
    rule_test_findings_add(&runner->findings, "%s: %s (did you mean '%s'?)", path, cause, nearest);
  else
    rule_test_findings_add(&runner->findings, "%s: %s", path, cause);
  if (folder)
    closedir(folder);
  arena_free(&arena);
}

static bool read_file(struct runner *runner, const char *path) {
  FILE *file = fopen(path, "rb");
  size_t size;
  if (!file) {
    add_missing_fixture(runner, path);
    return false;
  }
  do {
    char *to = buffer_reserve(&runner->record, 16384);
    size = fread(to, 1, 16384, file);
    runner->record.size += size;
  } while (size && runner->record.size <= FIXTURE_SIZE_MAX);
  bool ok = !ferror(file) && runner->record.size <= FIXTURE_SIZE_MAX;
  if (!ok)
    rule_test_findings_add(&runner->findings, "%s: %s", path,
                           ferror(file) ? strerror(errno) : "larger than 16 MiB");
  fclose(file);
  return ok;
}

/* Leaves the record, with its padding, in the runner's buffer. */
static bool read_record(struct runner *runner, const struct rule_test_case *test) {
  buffer_reset(&runner->record);
  if (test->event) {
    json_write(&runner->record, test->event);
  } else {
    struct arena arena = ARENA_NONE;
    bool ok = read_file(runner, arena_printf(&arena, "%s/%.*s", runner->options->fixtures,
                                             TEXT_ARGS(test->fixture)));
    arena_free(&arena);
    if (!ok)
      return false;
  }
  memset(buffer_reserve(&runner->record, JSON_PADDING), 0, JSON_PADDING);
  return true;
}

static bool takes(const struct rule *rule, struct text log_type) {
  for (size_t i = 0; i < rule->log_types.count; i++)
    if (text_equal(rule->log_types.items[i], log_type))
      return true;
  return false;
}

/* The test's, the record's own, or the rule's only one. */
static bool choose_log_type(struct runner *runner, const struct rule_test_case *test,
                            struct text *log_type) {
  const struct rule *rule = runner->rule;
  *log_type = test->log_type;
  if (log_type->size == 0) {
    const struct json_node *root =
        json_read(runner->json, buffer_text(&runner->record), &(struct error){.set = false});
    const struct json_node *own = root ? json_get(root, TEXT("p_log_type")) : NULL;
    if (own && own->type == JSON_TYPE_STRING)
      *log_type = json_text(own);
  }
  if (log_type->size == 0 && rule->log_types.count == 1)
    *log_type = rule->log_types.items[0];
  if (log_type->size == 0)
    rule_test_findings_add(&runner->findings,
                           "the rule has several log types: say which with log_type");
  else if (!takes(rule, *log_type))
    rule_test_findings_add(&runner->findings, "the event is a %.*s, which the rule does not take",
                           TEXT_ARGS(*log_type));
  return runner->findings.count == 0;
}

static const struct event *read_event(struct runner *runner, const struct rule_test_case *test) {
  struct error error = ERROR_NONE;
  struct text log_type;
  if (!read_record(runner, test) || !choose_log_type(runner, test, &log_type))
    return NULL;
  const struct event *event =
      event_read(runner->reader, buffer_text(&runner->record), log_type, PARSE_TIME, &error);
  if (event)
    event_identify(runner->reader, 0);
  else
    rule_test_findings_add(&runner->findings, "%s is refused: %s",
                           test->event ? "the event" : "the fixture", error.text);
  return event;
}

/* ---- running ---- */

/* The schema's field whose name is nearest to that of a field that it does not know, or NULL. */
static const char *nearest_field(const struct schema *schema, struct text name,
                                 struct arena *arena) {
  if (!schema || schema_slot(schema, name) >= 0)
    return NULL;
  const char **names = arena_alloc(arena, (schema->field_count + 1) * sizeof *names);
  for (size_t i = 0; i < schema->field_count; i++)
    names[i] = arena_printf(arena, "%.*s", TEXT_ARGS(schema->fields[i].name));
  return text_nearest(name, names, schema->field_count);
}

static void explain_field(struct runner *runner, const struct condition *condition,
                          const struct event *event) {
  static const char cause[] = "expected a match, but in where";
  char shown[200], key[120];
  const struct json_node *value = field_view_get(runner->view, condition->field);
  text_printable(condition->key, key, sizeof key);
  if (value) {
    struct buffer json = BUFFER_NONE;
    json_write(&json, value);
    rule_test_findings_add(&runner->findings, "%s '%s' does not hold for %s", cause, key,
                           text_printable(buffer_text(&json), shown, sizeof shown));
    buffer_free(&json);
    return;
  }
  struct arena arena = ARENA_NONE;
  struct text path = field_table_path(runner->set->fields, condition->field);
  const char *nearest = nearest_field(event->schema, path, &arena);
  rule_test_findings_add(
      &runner->findings, "%s '%s' does not hold for a field that is not there%s%s%s", cause, key,
      nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
  arena_free(&arena);
}

/* Tells the first part of the where that does not hold. */
static void explain_where(struct runner *runner, const struct condition *condition,
                          const struct event *event) {
  while (condition->kind == CONDITION_ALL) {
    const struct condition *failed = NULL;
    for (size_t i = 0; i < condition->child_count && !failed; i++)
      if (!condition_match(condition->children[i], runner->view))
        failed = condition->children[i];
    if (!failed)
      break;
    condition = failed;
  }
  if (condition->kind == CONDITION_FIELD)
    explain_field(runner, condition, event);
  else
    rule_test_findings_add(
        &runner->findings,
        "expected a match, but where does not hold: none of its %zu choices fits",
        condition->child_count);
}

static void explain_no_match(struct runner *runner, const struct event *event) {
  const struct condition *where = runner->rule->where;
  field_view_set(runner->view, event);
  if (where && !condition_match(where, runner->view))
    explain_where(runner, where, event);
  else
    rule_test_findings_add(&runner->findings, "expected a match, but rule returned false");
}

static void describe_match(struct runner *runner, const struct rule_test_case *test) {
  struct rule_outcome outcome;
  struct problems notes = PROBLEMS_NONE;
  rule_vm_describe(runner->vm, runner->rule, &outcome, &notes);
  for (size_t i = 0; i < notes.count; i++)
    rule_test_findings_add(&runner->findings, "%s",
                           error_line(&notes.items[i], &(struct error_line){.text = ""}));
  rule_test_compare(test, &outcome, &runner->findings);
  problems_clear(&notes);
}

static void run_on_event(struct runner *runner, const struct rule_test_case *test,
                         const struct event *event) {
  struct error error = ERROR_NONE;
  rule_vm_set_event(runner->vm, event);
  switch (rule_vm_match(runner->vm, runner->rule, &error)) {
  case RULE_FAILED:
    rule_test_findings_add(&runner->findings, "%s",
                           error_line(&error, &(struct error_line){.text = ""}));
    break;
  case RULE_NO_MATCH:
    if (test->expect)
      explain_no_match(runner, event);
    break;
  case RULE_MATCH:
    if (test->expect)
      describe_match(runner, test);
    else
      rule_test_findings_add(&runner->findings, "expected no match, but the rule matches");
    break;
  }
}

static void run_test(struct runner *runner, const struct rule_test_case *test) {
  struct error_line line;
  rule_test_findings_clear(&runner->findings);
  for (size_t i = 0; i < test->mistakes.count; i++)
    rule_test_findings_add(&runner->findings, "%s", error_line(&test->mistakes.items[i], &line));
  const struct event *event = runner->findings.count == 0 ? read_event(runner, test) : NULL;
  if (event)
    run_on_event(runner, test, event);
  report_test(runner, test);
}

/* `minimum_tests` is a promise of the whole rule, so breaking it is a failure of its own. */
static void check_number_of_tests(struct runner *runner, const struct rule_test_cases *cases) {
  size_t wanted = runner->options->minimum_tests, matches = 0;
  for (size_t i = 0; i < cases->count; i++)
    matches += cases->items[i].expect;
  bool few = cases->count < wanted;
  bool one_sided = wanted >= 2 && (matches == 0 || matches == cases->count);
  if (!few && !one_sided)
    return;
  runner->summary->failed++;
  runner->short_rules++;
  print_mark(runner, false);
  if (few)
    fprintf(runner->out, "%zu of at least %zu tests\n", cases->count, wanted);
  else
    fprintf(runner->out, "no test with expect = %s\n", matches ? "false" : "true");
}

static void test_rule(struct runner *runner, const struct rule *rule) {
  struct rule_test_cases cases;
  runner->rule = rule;
  runner->rule_named = false;
  runner->summary->rules++;
  rule_test_cases_read(rule, &cases);
  for (size_t i = 0; i < cases.count; i++)
    run_test(runner, &cases.items[i]);
  check_number_of_tests(runner, &cases);
  rule_test_cases_free(&cases);
}

/* ---- the whole ---- */

static bool is_selected(const struct rule_test_options *options, const struct rule *rule) {
  bool selected = options->only_count == 0;
  for (size_t i = 0; i < options->only_count && !selected; i++)
    selected = text_equal(options->only_ids[i], rule->id);
  return selected;
}

static void print_untested(const struct runner *runner) {
  const char *before = "Rules without tests:";
  for (size_t i = 0; i < runner->set->count; i++) {
    const struct rule *rule = &runner->set->rules[i];
    if (!is_selected(runner->options, rule) || rule->test_count)
      continue;
    fprintf(runner->out, "%s %.*s (%s)", before, TEXT_ARGS(rule->id), rule->file);
    before = ",";
  }
  if (*before == ',')
    fputc('\n', runner->out);
}

static const char *plural(size_t count) {
  return count == 1 ? "" : "s";
}

static void print_summary(const struct runner *runner) {
  const struct rule_test_summary *summary = runner->summary;
  print_untested(runner);
  fprintf(runner->out, "%zu rule%s, %zu test%s: %zu passed, %zu failed", summary->rules,
          plural(summary->rules), summary->tests, plural(summary->tests), summary->passed,
          summary->tests - summary->passed);
  if (runner->short_rules)
    fprintf(runner->out, "; %zu rule%s with too few tests", runner->short_rules,
            plural(runner->short_rules));
  fputc('\n', runner->out);
}

static void run_all(struct runner *runner) {
  for (size_t i = 0; i < runner->set->count; i++)
    if (is_selected(runner->options, &runner->set->rules[i]))
      test_rule(runner, &runner->set->rules[i]);
}

void rule_test_run(struct rule_set *set, const struct rule_test_options *options, FILE *out,
                   struct rule_test_summary *summary) {
  struct event_typing typing = {.schemas = options->schemas, .unchecked = !options->schemas};
  *summary = (struct rule_test_summary){.rules = 0};
  struct runner runner = {.set = set,
                          .options = options,
                          .out = out,
                          .summary = summary,
                          .vm = rule_vm_new(set, NULL),
                          .reader = event_reader_new(&typing, TEXT("test"), TEXT("")),
                          .json = json_reader_new(),
                          .view = field_view_new(set->fields)};
  run_all(&runner);
  print_summary(&runner);
  rule_vm_free(runner.vm);
  event_reader_free(runner.reader);
  json_reader_free(runner.json);
  field_view_free(runner.view);
  rule_test_findings_free(&runner.findings);
  buffer_free(&runner.record);
}
