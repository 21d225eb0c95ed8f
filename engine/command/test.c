#include "command/command.h"
#include "command/test_watch.h"
#include "command/test_world.h"

#include <stddef.h>
#include <stdio.h>

#define JOBS_MAX 256

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct test_options, config), "FILE",
     "rules, schemas, fixtures and lookup tables of this configuration", 0, 0, NULL},
    {"rule", 0, OPTION_LIST, offsetof(struct test_options, rule_ids), "ID",
     "test only this rule; this and the next four may be given many times", 0, 0, NULL},
    {"tag", 0, OPTION_LIST, offsetof(struct test_options, tags), "TAG", "only rules with this tag",
     0, 0, NULL},
    {"log-type", 't', OPTION_LIST, offsetof(struct test_options, log_types), "TYPE",
     "only rules for this log type", 0, 0, NULL},
    {"severity", 0, OPTION_LIST, offsetof(struct test_options, severities), "LEVEL",
     "only rules of this severity", 0, 0, NULL},
    {"name", 0, OPTION_LIST, offsetof(struct test_options, names), "PATTERN",
     "only tests with this in their names; * stands for anything", 0, 0, NULL},
    {"failures-only", 0, OPTION_FLAG, offsetof(struct test_options, failures_only), NULL,
     "print nothing for what passed", 0, 0, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct test_options, format), "text|tap|junit|json",
     "what is printed (default: text)", 0, 0, rule_test_reporter_names},
    {"minimum-tests", 0, OPTION_NUMBER, offsetof(struct test_options, minimum_tests), "N",
     "fewer tests fail a rule; from 2 on, one true and one false are needed", 0, 1000, NULL},
    {"coverage", 0, OPTION_FLAG, offsetof(struct test_options, coverage), NULL,
     "list which values of where and which functions no test reached", 0, 0, NULL},
    {"minimum-coverage", 0, OPTION_NUMBER, offsetof(struct test_options, minimum_coverage),
     "PERCENT", "fail when less was reached", 0, 100, NULL},
    {"watch", 'w', OPTION_FLAG, offsetof(struct test_options, watch), NULL,
     "go on: test again what a changed file concerns, until Ctrl-C", 0, 0, NULL},
    {"jobs", 'j', OPTION_NUMBER, offsetof(struct test_options, jobs), "N",
     "rules tested at the same time (default: one per processor)", 1, JOBS_MAX, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct test_options, schemas), "PATH",
     "schemas, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    {"no-schema", 0, OPTION_FLAG, offsetof(struct test_options, unchecked), NULL,
     "pass events to the rules unchecked", 0, 0, NULL},
    {"sigma", 0, OPTION_TEXT, offsetof(struct test_options, sigma), "FILE",
     "log types for logsources of Sigma rules that no schema names", 0, 0, NULL},
    {"status", 0, OPTION_LIST, offsetof(struct test_options, statuses), "STATUS", LOAD_STATUS_HELP,
     0, 0, NULL},
    {"strict", 0, OPTION_FLAG, offsetof(struct test_options, strict), NULL, LOAD_STRICT_HELP, 0, 0,
     NULL},
    {"fixtures", 0, OPTION_LIST, offsetof(struct test_options, fixtures), "PATH",
     "folders of fixtures, any number of times (default: fixtures, bundled)", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_test = {
    .name = "test",
    .summary = "run the unit tests of rules",
    .arguments = "[OPTION]… [PATH]…",
    .help = "Runs the unit tests of rules: the files and folders named, or the bundled rules.\n"
            "Exits with 1 if a test fails or there is nothing to test.",
    .example = "test rules/zoom",
    .example_help =
        "every rule there\n"
        "  margay test --rule Zoom.PasscodeDisabled --name 'turned off'\n"
        "    a few tests of one rule\n"
        "  margay test --minimum-tests 2 --minimum-coverage 90 --format junit >tests.xml\n"
        "    for a CI system",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

static bool options_fit(const struct test_options *options) {
  bool is_text = rule_test_reporters[options->format] == &rule_test_reporter_text;
  if (!is_text && options->failures_only)
    options_wrong(&command_test,
                  "--failures-only goes with --format text: the other formats are whole");
  else if (!is_text && options->watch)
    options_wrong(&command_test, "--watch goes with --format text: the other formats have an end");
  return is_text || !(options->failures_only || options->watch);
}

static bool is_covered(const struct rule_test_results *results,
                       const struct test_options *options) {
  unsigned covered = rule_test_covered(results);
  if (covered >= options->minimum_coverage)
    return true;
  options_report(&command_test, "the coverage is %u %%, but --minimum-coverage is %lld %%", covered,
                 (long long)options->minimum_coverage);
  return false;
}

static int test_once(const struct test_options *options) {
  static const int statuses[] = {
      [TEST_LOAD_MISTAKES] = EXIT_FAILURES, [TEST_LOAD_USAGE] = EXIT_USAGE};
  struct problems problems = PROBLEMS_NONE;
  struct test_world world;
  enum test_load load = test_load(options, &world, &problems);
  int status = statuses[load];
  load_report(&problems);
  problems_clear(&problems);
  if (load == TEST_LOADED) {
    struct rule_test_results *results = rule_test_run(world.detection->rules, &world.test);
    test_print(options, results);
    bool covered = is_covered(results, options);
    status = rule_test_passed(results) && covered ? world.left_over : EXIT_FAILURES;
    rule_test_results_free(results);
  }
  test_world_free(&world);
  return status;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct test_options options = {.command = &command_test};
  struct operands operands;
  int status;
  if (options_parse(&command_test, argc, argv, &arena, &options, &operands, &status)) {
    struct text *paths = arena_alloc(&arena, (operands.count + 1) * sizeof *paths);
    for (size_t i = 0; i < operands.count; i++)
      paths[i] = text_from(operands.items[i]);
    options.paths = paths;
    options.path_count = operands.count;
    status = !options_fit(&options) ? EXIT_USAGE
             : options.watch        ? test_watch(&options)
                                    : test_once(&options);
  }
  arena_free(&arena);
  return status;
}
