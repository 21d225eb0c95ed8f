#include "command/command.h"
#include "command/load.h"
#include "command/options.h"
#include "command/terminal.h"
#include "detect/test_alerts.h"
#include "rule/rule_test_report.h"

#include <stddef.h>
#include <stdio.h>

struct test_options {
  struct text_list_option rule_ids;
  const char *config, *schemas, *fixtures;
  int64_t minimum_tests;
  bool failures_only;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct test_options, config), "FILE",
     "rules, schemas, fixtures and lookup tables of this configuration", 0, 0, NULL},
    {"rule", 0, OPTION_LIST, offsetof(struct test_options, rule_ids), "ID",
     "test only this rule; may be given many times", 0, 0, NULL},
    {"schemas", 's', OPTION_TEXT, offsetof(struct test_options, schemas), "PATH",
     "folder of schemas (default: the bundled ones)", 0, 0, NULL},
    {"fixtures", 0, OPTION_TEXT, offsetof(struct test_options, fixtures), "PATH",
     "folder that fixtures are in (default: fixtures)", 0, 0, NULL},
    {"minimum-tests", 0, OPTION_NUMBER, offsetof(struct test_options, minimum_tests), "N",
     "fewer tests fail a rule; from 2 on, one true and one false are needed", 0, 1000, NULL},
    {"failures-only", 0, OPTION_FLAG, offsetof(struct test_options, failures_only), NULL,
     "print nothing for what passed", 0, 0, NULL},
};

static const struct command_usage usage = {
    .name = "test",
    .arguments = "[OPTION]… [PATH]…",
    .summary = "Runs the unit tests of rules: the files and folders named, or the bundled rules.\n"
               "Ends with 1 when a test fails or there is nothing to test.",
    .example = "test rules/zoom",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
};

static bool ids_exist(const struct rule_set *rules, const struct test_options *options) {
  for (size_t i = 0; i < options->rule_ids.count; i++)
    if (!rule_set_find(rules, options->rule_ids.items[i]))
      return load_tell_unknown_rule(&usage, rules, options->rule_ids.items[i]);
  return true;
}

static int run_tests(struct detection *detection, const struct test_options *options,
                     const char *fixtures) {
  struct lookup_set *lookups =
      detection->lookups ? lookup_watch_take(detection->lookups, &(struct problems){NULL}) : NULL;
  const struct rule_test_options test = {
      .fixtures = fixtures,
      .schemas = detection->schemas,
      .lookups = lookups,
      .alerts = &detect_test_alerts,
      .selection.ids = {options->rule_ids.items, options->rule_ids.count},
      .minimum_tests = (size_t)options->minimum_tests,
  };
  const struct rule_test_report_options report = {.failures_only = options->failures_only,
                                                  .colour = terminal_colours(stdout)};
  struct rule_test_results *results = rule_test_run(detection->rules, &test);
  rule_test_reporter_text.write(results, &report, stdout);
  int status = rule_test_passed(results) ? EXIT_DONE : EXIT_FAILURES;
  rule_test_results_free(results);
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
