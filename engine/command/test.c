#include "command/command.h"
#include "command/load.h"
#include "command/options.h"
#include "command/terminal.h"
#include "detect/test_alerts.h"
#include "rule/rule_test_report.h"

#include <stddef.h>
#include <stdio.h>

#define JOBS_MAX 256

struct test_options {
  struct text_list_option rule_ids, tags, log_types, severities, names;
  const char *config, *schemas, *fixtures;
  int64_t minimum_tests, minimum_coverage, jobs;
  int format;
  bool failures_only, coverage;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct test_options, config), "FILE",
     "rules, schemas, fixtures and lookup tables of this configuration", 0, 0, NULL},
    {"rule", 0, OPTION_LIST, offsetof(struct test_options, rule_ids), "ID",
     "test only this rule; this and the next four may be given many times", 0, 0, NULL},
    {"tag", 0, OPTION_LIST, offsetof(struct test_options, tags), "TAG", "only rules with this tag",
     0, 0, NULL},
    {"log-type", 0, OPTION_LIST, offsetof(struct test_options, log_types), "NAME",
     "only rules for this log type", 0, 0, NULL},
    {"severity", 0, OPTION_LIST, offsetof(struct test_options, severities), "LEVEL",
     "only rules of this severity", 0, 0, NULL},
    {"name", 'n', OPTION_LIST, offsetof(struct test_options, names), "PATTERN",
     "only tests with this in their names; * stands for anything", 0, 0, NULL},
    {"failures-only", 0, OPTION_FLAG, offsetof(struct test_options, failures_only), NULL,
     "print nothing for what passed", 0, 0, NULL},
    {"format", 0, OPTION_CHOICE, offsetof(struct test_options, format), "text|tap|junit|json",
     "what is printed (default: text)", 0, 0, rule_test_reporter_names},
    {"minimum-tests", 0, OPTION_NUMBER, offsetof(struct test_options, minimum_tests), "N",
     "fewer tests fail a rule; from 2 on, one true and one false are needed", 0, 1000, NULL},
    {"coverage", 0, OPTION_FLAG, offsetof(struct test_options, coverage), NULL,
     "tell which values of where and which functions no test reached", 0, 0, NULL},
    {"minimum-coverage", 0, OPTION_NUMBER, offsetof(struct test_options, minimum_coverage),
     "PERCENT", "fail when less was reached", 0, 100, NULL},
    {"jobs", 'j', OPTION_NUMBER, offsetof(struct test_options, jobs), "N",
     "rules tested at the same time (default: one a processor)", 1, JOBS_MAX, NULL},
    {"schemas", 's', OPTION_TEXT, offsetof(struct test_options, schemas), "PATH",
     "folder of schemas (default: the bundled ones)", 0, 0, NULL},
    {"fixtures", 0, OPTION_TEXT, offsetof(struct test_options, fixtures), "PATH",
     "folder that fixtures are in (default: fixtures)", 0, 0, NULL},
};

static const struct command_usage usage = {
    .name = "test",
    .arguments = "[OPTION]… [PATH]…",
    .summary = "Runs the unit tests of rules: the files and folders named, or the bundled rules.\n"
               "Ends with 1 when a test fails or there is nothing to test.",
    .example = "test rules/zoom",
    .example_help =
        "every rule there\n"
        "  margay test --rule Zoom.PasscodeDisabled --name 'turned off'\n"
        "    a few tests of one rule\n"
        "  margay test --minimum-tests 2 --minimum-coverage 90 --format junit >tests.xml\n"
        "    for a CI system",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
};

static bool ids_exist(const struct rule_set *rules, const struct test_options *options) {
  for (size_t i = 0; i < options->rule_ids.count; i++)
    if (!rule_set_find(rules, options->rule_ids.items[i]))
      return load_tell_unknown_rule(&usage, rules, options->rule_ids.items[i]);
  return true;
}

static struct text_list list_of(const struct text_list_option *option) {
  return (struct text_list){option->items, option->count};
}

/* False when a severity is none. */
static bool select_tests(const struct test_options *options,
                         struct rule_test_selection *selection) {
  *selection = (struct rule_test_selection){.ids = list_of(&options->rule_ids),
                                            .tags = list_of(&options->tags),
                                            .log_types = list_of(&options->log_types),
                                            .names = list_of(&options->names)};
  for (size_t i = 0; i < options->severities.count; i++) {
    enum severity severity;
    if (!severity_parse(options->severities.items[i], &severity)) {
      options_wrong(&usage, "--severity '%s' is none of info, low, medium, high, critical",
                    options->severities.items[i].data);
      return false;
    }
    selection->severities |= UINT32_C(1) << severity;
  }
  return true;
}

static bool options_fit(const struct test_options *options) {
  bool is_text = rule_test_reporters[options->format] == &rule_test_reporter_text;
  if (options->failures_only && !is_text)
    options_wrong(&usage, "--failures-only goes with --format text: the other formats are whole");
  return is_text || !options->failures_only;
}

static bool is_covered(const struct rule_test_results *results,
                       const struct test_options *options) {
  unsigned covered = rule_test_covered(results);
  if (covered >= options->minimum_coverage)
    return true;
  options_tell(&usage, "the tests reach %u %% of what --minimum-coverage wants %lld %% of", covered,
               (long long)options->minimum_coverage);
  return false;
}

static int run_tests(struct detection *detection, const struct test_options *options,
                     const char *fixtures) {
  struct lookup_set *lookups =
      detection->lookups ? lookup_watch_take(detection->lookups, &(struct problems){NULL}) : NULL;
  struct rule_test_options test = {
      .fixtures = fixtures,
      .schemas = detection->schemas,
      .lookups = lookups,
      .alerts = &detect_test_alerts,
      .minimum_tests = (size_t)options->minimum_tests,
      .jobs = (size_t)options->jobs,
      .coverage = options->coverage || options->minimum_coverage > 0,
  };
  const struct rule_test_report_options report = {.failures_only = options->failures_only,
                                                  .colour = terminal_colours(stdout)};
  int status = EXIT_USAGE;
  if (select_tests(options, &test.selection)) {
    struct rule_test_results *results = rule_test_run(detection->rules, &test);
    rule_test_reporters[options->format]->write(results, &report, stdout);
    bool covered = is_covered(results, options);
    status = rule_test_passed(results) && covered ? EXIT_DONE : EXIT_FAILURES;
    rule_test_results_free(results);
  }
  lookup_set_release(lookups);
  return status;
}

int command_test(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct test_options options = {0};
  struct detection *detection = NULL;
  struct operands operands;
  int status;
  if (!options_parse(&usage, argc, argv, &arena, &options, &operands, &status))
    goto done;
  status = EXIT_USAGE;
  if (!options_fit(&options))
    goto done;
  struct text *paths = arena_alloc(&arena, (operands.count + 1) * sizeof *paths);
  for (size_t i = 0; i < operands.count; i++)
    paths[i] = text_from(operands.items[i]);
  struct load_paths load = {.rules = paths,
                            .rule_count = operands.count,
                            .schemas = options.schemas,
                            .config = options.config,
                            .fixtures = options.fixtures};
  detection = load_selected(&arena, &load, &problems);
  if (!load_report(&problems))
    status = EXIT_FAILURES;
  else if (ids_exist(detection->rules, &options))
    status = run_tests(detection, &options, load.fixtures);
done:
  detection_release(detection);
  problems_clear(&problems);
  arena_free(&arena);
  return status;
}
