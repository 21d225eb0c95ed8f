/* `margay backtest`: rules over the archive, and what they would have alerted about. */
#include "api/backtest/outcome.h"
#include "base/memory.h"
#include "command/backtest/output.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/state_file.h"
#include "command/terminal/format_option.h"
#include "command/terminal/moment.h"
#include "command/terminal/progress.h"
#include "rule/tuning/tuning.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKTEST_DAYS 90

struct backtest_command_options {
  const char *config, *state, *since, *sigma;
  struct text_list_option schemas;
  int64_t jobs;
  int format;
  bool alert;
};

static const struct option_row option_rows[] = {
    {"since", 0, OPTION_TEXT, offsetof(struct backtest_command_options, since), "TIME",
     "events of then or later: 2024-03-21, 2024-03-21T07:00:00Z, or 7d (90d)", 0, 0, NULL},
    {"alert", 0, OPTION_FLAG, offsetof(struct backtest_command_options, alert), NULL,
     "let signals alert, too: what they would cost", 0, 0, NULL},
    {"config", 'c', OPTION_TEXT, offsetof(struct backtest_command_options, config), "FILE",
     "state file, rules, schemas and lookup tables (default: margay.yml)", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct backtest_command_options, state), "PATH",
     "the state file itself; without -c no configuration is read", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct backtest_command_options, schemas), "PATH",
     "schemas, any number of times, in place of the configuration's", 0, 0, NULL},
    {"sigma", 0, OPTION_TEXT, offsetof(struct backtest_command_options, sigma), "FILE",
     "log types for logsources of Sigma rules that no schema names", 0, 0, NULL},
    FORMAT_OPTION(struct backtest_command_options, FORMAT_OPTION_OBJECT),
    {"jobs", 'j', OPTION_NUMBER, offsetof(struct backtest_command_options, jobs), "N",
     "worker threads (default: one per processor)", 1, 64, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_backtest = {
    .name = "backtest",
    .summary = "try rules on the archive: what they would have alerted about",
    .arguments = "[OPTION]… RULE…|PATH…",
    .help =
        "Runs rules of the configuration (ids, or patterns with *), or those of the files and\n"
        "folders named in their place, over the events that are kept. Windows, correlations and\n"
        "memory are the backtest's own, and nothing is written: margay run may be at work. Shows\n"
        "alerts by day, who caused most, and how that differs from the alerts that the daemon\n"
        "has opened in the same time.",
    .example = "backtest Zoom.Recording.Shared --since 30d",
    .example_help = "what this rule alerted about in the last month, or would have\n"
                    "  margay backtest rules/my/new_rule.lua\n"
                    "    a rule that is not live yet\n"
                    "  margay backtest rules --since 7d --format json",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct call {
  const struct backtest_command_options *options;
  const struct operands *operands;
  struct arena arena;
  struct detection *detection;
  bool *chosen; /* by rule->index */
  struct store *store;
  struct outcome outcome;
  struct outcome_comparison comparison;
  time_us since, until;
};

/* ---- which rules ------------------------------------------------------------------------- */

/* An id has neither a slash nor such an end. */
static bool is_path(const char *operand) {
  struct text text = text_from(operand);
  return strchr(operand, '/') || text_ends_folded(text, TEXT(".lua")) ||
         text_ends_folded(text, TEXT(".yml")) || text_ends_folded(text, TEXT(".yaml")) ||
         strcmp(operand, "bundled") == 0 || access(operand, F_OK) == 0;
}

/* All are paths, or none is. */
static bool operands_fit(const struct operands *operands, bool *paths) {
  *paths = operands->count > 0 && is_path(operands->items[0]);
  for (size_t i = 1; i < operands->count; i++)
    if (is_path(operands->items[i]) != *paths) {
      options_wrong(&command_backtest, "name either rules or paths, not both: '%s' and '%s'",
                    operands->items[0], operands->items[i]);
      return false;
    }
  if (operands->count == 0)
    options_wrong(&command_backtest, "name a rule of the configuration, or a file or folder");
  return operands->count > 0;
}

static bool choose_pattern(struct call *call, const char *pattern) {
  const struct rule_set *rules = call->detection->rules;
  const struct tuning_entry entry = {.rule = text_from(pattern)};
  bool any = false;
  for (size_t i = 0; i < rules->count; i++) {
    if (!tuning_names(&entry, rules->rules[i].id))
      continue;
    call->chosen[i] = any = true;
  }
  return any || load_report_unknown_rule(&command_backtest, rules, text_from(pattern));
}

static bool choose_rules(struct call *call, bool paths) {
  struct rule_set *rules = call->detection->rules;
  size_t count = 0, off = 0;
  call->chosen = arena_alloc(&call->arena, rules->count + 1);
  for (size_t i = 0; paths && i < rules->count; i++)
    call->chosen[i] = true;
  for (size_t i = 0; !paths && i < call->operands->count; i++)
    if (!choose_pattern(call, call->operands->items[i]))
      return false;
  struct text *ids = arena_alloc(&call->arena, (rules->count + 1) * sizeof *ids);
  for (size_t i = 0; i < rules->count; i++) {
    struct rule *rule = &rules->rules[i];
    if (!call->chosen[i])
      continue;
    ids[count++] = rule->id;
    off += !rule->enabled;
    rule->create_alert = rule->create_alert || call->options->alert;
  }
  if (off > 0)
    options_report(&command_backtest, "%zu of these rules %s off, and %s not run", off,
                   off == 1 ? "is" : "are", off == 1 ? "is" : "are");
  rule_set_select(rules, ids, count);
  return true;
}

/* ---- running ----------------------------------------------------------------------------- */

static void report_lacks(const struct call *call) {
  const struct backtest_counts *counts = &call->outcome.counts;
  if (counts->first == TIME_NONE)
    options_report(&command_backtest,
                   "the archive has no events of this time and these rules' log types: "
                   "state.retention says how long they are kept, state.keep_events whether");
  if (counts->unreadable > 0)
    options_report(&command_backtest, "%llu events do not fit today's schemas, and were left out",
                   (unsigned long long)counts->unreadable);
  if (call->outcome.rule_errors > 0)
    options_report(&command_backtest,
                   "rules failed on %lld events: `margay explain RULE --row ID` shows why",
                   (long long)call->outcome.rule_errors);
}

static bool run_rules(struct call *call, struct error *error) {
  struct progress *progress = progress_new(stderr, 0);
  const struct outcome_request request = {.detection = call->detection,
                                          .store = call->store,
                                          .chosen = call->chosen,
                                          .since = call->since,
                                          .until = call->until,
                                          .workers = (unsigned)call->options->jobs,
                                          .progress = progress_show,
                                          .context = progress};
  bool ok = outcome_run(&request, &call->outcome, error);
  progress_free(progress);
  return ok && outcome_compare(&request, &call->outcome, &call->comparison, error);
}

static int test_rules(struct call *call) {
  const struct backtest_command_options *options = call->options;
  struct error error = ERROR_NONE;
  struct error_line line;
  call->store = state_file_open(options->config, options->state, &error);
  if (!call->store || !run_rules(call, &error)) {
    options_report(&command_backtest, "%s", error_line(&error, &line));
    return EXIT_FAILURES;
  }
  const struct backtest_page page = {.outcome = &call->outcome, .comparison = &call->comparison};
  if (options->format == FORMAT_JSON)
    backtest_print_json(&page, stdout);
  else
    backtest_print_text(&page, stdout);
  report_lacks(call);
  return call->outcome.rule_errors > 0 ? EXIT_FAILURES : EXIT_DONE;
}

static struct detection *load(struct call *call, bool paths, struct problems *problems) {
  const struct backtest_command_options *options = call->options;
  const struct operands *operands = call->operands;
  struct text *named = arena_alloc(&call->arena, (operands->count + 1) * sizeof *named);
  for (size_t i = 0; i < operands->count; i++)
    named[i] = text_from(operands->items[i]);
  struct load_paths load = {.rules = named,
                            .rule_count = paths ? operands->count : 0,
                            .schemas = options->schemas,
                            .sigma = options->sigma,
                            .config = options->config || options->state ? options->config
                                                                        : CONFIG_DEFAULT_PATH};
  return load_selected(&call->arena, &load, problems);
}

static int run_operands(struct call *call) {
  struct problems problems = PROBLEMS_NONE;
  struct clock clock = clock_system();
  bool paths;
  int status = EXIT_USAGE;
  call->until = clock_now(&clock);
  if (!operands_fit(call->operands, &paths) ||
      !moment_read(&command_backtest, "since", call->options->since, &call->since))
    return EXIT_USAGE;
  if (call->since == TIME_NONE)
    call->since = call->until - BACKTEST_DAYS * US_PER_DAY;
  call->detection = load(call, paths, &problems);
  bool loaded = load_report(&problems) && call->detection;
  int left_over = loaded ? load_report_rules(call->detection->rules, false, false) : EXIT_USAGE;
  if (loaded && choose_rules(call, paths)) {
    status = test_rules(call);
    status = status == EXIT_DONE ? left_over : status;
  }
  problems_clear(&problems);
  return status;
}

static int run_command(int argc, char **argv) {
  struct backtest_command_options options = {.jobs = sysconf(_SC_NPROCESSORS_ONLN)};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  struct call call = {.options = &options, .operands = &operands};
  int status;
  if (options_parse(&command_backtest, argc, argv, &arena, &options, &operands, &status)) {
    options.jobs = options.jobs < 1 ? 1 : options.jobs;
    status = run_operands(&call);
  }
  outcome_clear(&call.outcome);
  outcome_comparison_clear(&call.comparison);
  detection_release(call.detection);
  store_close(call.store);
  arena_free(&call.arena);
  arena_free(&arena);
  return status;
}
