#include "command/test_world.h"

#include "command/terminal/exit_status.h"

#include "command/terminal/terminal.h"

#include <stdio.h>

static bool ids_exist(const struct rule_set *rules, const struct test_options *options) {
  for (size_t i = 0; i < options->rule_ids.count; i++)
    if (!rule_set_find_folded(rules, options->rule_ids.items[i]))
      return load_report_unknown_rule(options->command, rules, options->rule_ids.items[i]);
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
      options_wrong(options->command,
                    "--severity '%s' is none of info, low, medium, high, critical",
                    options->severities.items[i].data);
      return false;
    }
    selection->severities |= UINT32_C(1) << severity;
  }
  return true;
}

enum test_load test_load(const struct test_options *options, struct test_world *world,
                         struct problems *problems) {
  *world = (struct test_world){.load = {.rules = options->paths,
                                        .rule_count = options->path_count,
                                        .schemas = options->schemas,
                                        .sigma = options->sigma,
                                        .unchecked = options->unchecked,
                                        .untuned = true, /* a test says what the file says */
                                        .config = options->config,
                                        .fixtures = options->fixtures}};
  if (!load_read_statuses(options->command, &options->statuses, &world->load.statuses))
    return TEST_LOAD_USAGE;
  world->detection = load_selected(&world->arena, &world->load, problems);
  if (options->watch) /* who writes a rule wants to see its mistake, and no more */
    load_add_mistakes(world->detection, problems);
  if (problems->count)
    return TEST_LOAD_MISTAKES;
  if (!options->watch)
    world->left_over = load_report_rules(world->detection->rules, options->strict, false);
  if (world->left_over == EXIT_USAGE)
    return TEST_LOAD_USAGE;
  struct detection *detection = world->detection;
  if (!load_log_types_exist(options->command, detection->schemas, &options->log_types))
    return TEST_LOAD_USAGE;
  if (detection->lookups)
    world->lookups = lookup_watch_take(detection->lookups, &PROBLEMS_NONE);
  world->test = (struct rule_test_options){
      .fixtures = world->load.fixture_folders,
      .schemas = detection->schemas,
      .lookups = world->lookups,
      .minimum_tests = (size_t)options->minimum_tests,
      .jobs = (size_t)options->jobs,
      .coverage = options->coverage || options->minimum_coverage > 0,
  };
  return select_tests(options, &world->test.selection) && ids_exist(detection->rules, options)
             ? TEST_LOADED
             : TEST_LOAD_USAGE;
}

void test_world_free(struct test_world *world) {
  lookup_set_release(world->lookups);
  detection_release(world->detection);
  arena_free(&world->arena);
}

void test_print(const struct test_options *options, const struct rule_test_results *results) {
  const struct rule_test_report_options report = {.failures_only = options->failures_only,
                                                  .colour = terminal_colours(stdout)};
  rule_test_reporters[options->format]->write(results, &report, stdout);
}
