#include "api/explain/runner.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/explain/explain_group.h"
#include "command/explain/explain_output.h"
#include "command/rules/rules_routes.h"
#include "command/state_file.h"
#include "command/terminal/format_option.h"
#include "command/terminal/terminal.h"
#include "source/file/stream.h"

#include <inttypes.h>
#include <stddef.h>
#include <unistd.h>

struct explain_options {
  struct text_list_option rules, schemas, fixtures, statuses;
  const char *config, *sigma, *log_type;
  bool unchecked;
  const char *state, *row;
  int64_t record;
  int format;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct explain_options, config), "FILE",
     "rules, schemas, fixtures, lookups and tuning of this configuration", 0, 0, NULL},
    {"rules", 'r', OPTION_LIST, offsetof(struct explain_options, rules), "PATH",
     "rules, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct explain_options, schemas), "PATH",
     "schemas, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    {"sigma", 0, OPTION_TEXT, offsetof(struct explain_options, sigma), "FILE",
     "log types for logsources of Sigma rules that no schema names", 0, 0, NULL},
    {"fixtures", 0, OPTION_LIST, offsetof(struct explain_options, fixtures), "PATH",
     "folders in which EVENT may be, too (default: fixtures, bundled)", 0, 0, NULL},
    {"log-type", 't', OPTION_TEXT, offsetof(struct explain_options, log_type), "TYPE",
     "the log type of the record", 0, 0, NULL},
    {"status", 0, OPTION_LIST, offsetof(struct explain_options, statuses), "STATUS",
     LOAD_STATUS_HELP, 0, 0, NULL},
    {"no-schema", 0, OPTION_FLAG, offsetof(struct explain_options, unchecked), NULL,
     "pass the record to the rule unchecked", 0, 0, NULL},
    {"record", 0, OPTION_NUMBER, offsetof(struct explain_options, record), "N",
     "the Nth record of the file (default: 1)", 1, INT64_MAX, NULL},
    {"row", 0, OPTION_TEXT, offsetof(struct explain_options, row), "ID",
     "an event of the state file, by its row, in the place of EVENT", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct explain_options, state), "PATH",
     "that state file (default: the one of the configuration)", 0, 0, NULL},
    FORMAT_OPTION(struct explain_options, "how to print (default: text)"),
};

static int run_command(int argc, char **argv);

const struct command command_explain = {
    .name = "explain",
    .summary = "show why a rule matches a record, or why it does not",
    .arguments = "[OPTION]… RULE EVENT|-|--row ID",
    .help =
        "Runs one rule on one record and shows the result of each part of its where, what each\n"
        "function returned, and how many Lua instructions that took. EVENT is a file as scan "
        "reads\n"
        "it; '-' is standard input. A rule that remembers learns from the records before it, with\n"
        "--row from those of the archive, and it says from how many. Of a rule with a threshold, "
        "and\n"
        "of a correlation, all records of the file are looked at: which match, and which alerts "
        "they\n"
        "open. Exits with 0 if the rule matches (a correlation: opens an alert), with 1 if it does "
        "not.",
    .example = "explain Zoom.PasscodeDisabled zoom/operation/passcode_disabled.json",
    .example_help = "why it matches\n"
                    "  margay explain Zoom.PasscodeDisabled --row 48eff7334878… -c margay.yml",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

/* The file itself, or else the file of that name below a folder of fixtures. */
static const char *find_file(struct arena *arena, const char *const *folders, const char *name) {
  bool here = strcmp(name, "-") == 0 || name[0] == '/' || access(name, F_OK) == 0;
  for (; !here && *folders; folders++) {
    const char *below = arena_printf(arena, "%s/%s", *folders, name);
    if (access(below, F_OK) == 0)
      return below;
  }
  return name;
}

/* The rule at work, and how it is to be shown. */
struct runner {
  struct explain_runner at_work;
  const struct explain_options *options;
};

static void start(struct runner *runner, const struct detection *detection,
                  const struct explain_options *options, const struct rule *rule) {
  runner->options = options;
  explain_start(&runner->at_work, detection, rule,
                options->log_type ? text_from(options->log_type) : TEXT(""), options->unchecked);
}

/* The Nth record of the file, in a batch that holds it; NULL with the reason. A rule that remembers
 * learns from those before. */
static struct batch *read_record(struct runner *runner, const char *file, struct text *record,
                                 struct text *log_type, struct error *error) {
  int64_t number = runner->options->record;
  struct clock clock = clock_system();
  struct stream *stream = stream_open(file, 0, error);
  struct batch *batch = NULL;
  int64_t seen = 0;
  bool found = false;
  while (stream && !found && (batch = stream_next(stream, false, error)) != NULL) {
    size_t cursor = 0;
    uint64_t occurrence;
    while (!found && batch_next(batch, &cursor, record, &occurrence)) {
      found = ++seen == number;
      if (!found && explain_remembers(runner->at_work.rule))
        explain_learn(&runner->at_work, *record, batch->log_type, clock_now(&clock));
    }
    if (found)
      *log_type = batch->log_type;
    else
      batch_free(batch);
  }
  stream_close(stream);
  if (!found && !error->set)
    error_set(error, "%s has %" PRId64 " record%s, not %" PRId64, file, seen, seen == 1 ? "" : "s",
              number);
  return found ? batch : NULL;
}

static int print(const struct explain_options *options, const struct explain_output *output) {
  if (options->format == FORMAT_JSON)
    explain_print_json(output, stdout);
  else
    explain_print_text(output, terminal_colours(stdout), stdout);
  return output->explanation->verdict == RULE_MATCH ? EXIT_DONE : EXIT_FAILURES;
}

/* Where the alert would go that opens with this match; in the arena, empty when it is not known. */
static struct text sent_to(const struct runner *runner, const struct event *event,
                           const struct rule_explanation *explanation, struct arena *arena) {
  const struct rule *rule = runner->at_work.rule;
  const struct rule_outcome *outcome = &explanation->outcome;
  if (explanation->verdict != RULE_MATCH || explanation->suppressor || !rule->create_alert)
    return TEXT("");
  struct rules_routes *routes = rules_routes_read(runner->options->config);
  const struct alert alert = {.type = ALERT_RULE,
                              .severity = outcome->severity,
                              .rule_id = rule->id,
                              .log_type = event->log_type,
                              .tags = rule->tags_json,
                              .actor = outcome->actor,
                              .first_event_time = event->event_time};
  const struct route_subject subject = {&alert, rule->pack};
  const struct routing_names names = {outcome->destinations_given, outcome->destinations.items,
                                      outcome->destinations.count};
  struct buffer words = BUFFER_NONE;
  rules_routes_append(routes, &names, &subject, &words);
  struct text kept = arena_copy(arena, buffer_text(&words));
  buffer_free(&words);
  rules_routes_free(routes);
  return kept;
}

static int explain_event(struct runner *runner, const struct event *event) {
  struct arena arena = ARENA_NONE;
  struct rule_explanation explanation;
  explain_run(&runner->at_work, event, &arena, &explanation);
  const struct explain_output output = {
      runner->at_work.rule,
      event,
      &explanation,
      &runner->at_work.notes,
      explain_remembers(runner->at_work.rule) ? &runner->at_work.past : NULL,
      sent_to(runner, event, &explanation, &arena)};
  int status = print(runner->options, &output);
  arena_free(&arena);
  return status;
}

static int explain_read(struct runner *runner, struct text record, struct text log_type,
                        time_us parse_time, const char *place) {
  struct error error = ERROR_NONE;
  struct error_line line;
  const struct event *event =
      event_read(runner->at_work.reader, record, log_type, parse_time, &error);
  if (!event)
    options_report(&command_explain, "%s: %s", place, error_line(&error, &line));
  else if (!explain_takes(runner->at_work.rule, event->log_type))
    options_report(&command_explain, "%s does not look at events of %.*s",
                   runner->at_work.rule->id.data, TEXT_ARGS(event->log_type));
  else
    return explain_event(runner, event);
  return EXIT_USAGE;
}

struct stored_record {
  struct buffer record, log_type;
  time_us event_time, parse_time;
};

static void copy_stored(void *context, const struct store_event *event) {
  struct stored_record *stored = context;
  buffer_append_text(&stored->record, event->record);
  buffer_append_text(&stored->log_type, event->log_type);
  memset(buffer_reserve(&stored->record, JSON_PADDING), 0, JSON_PADDING);
  stored->event_time = event->event_time;
  stored->parse_time = event->parse_time;
}

static int explain_row(const struct detection *detection, const struct explain_options *options,
                       const struct rule *rule) {
  struct error error = ERROR_NONE;
  struct error_line line;
  struct stored_record stored = {BUFFER_NONE, BUFFER_NONE, TIME_NONE, TIME_NONE};
  bool known = false;
  int status = EXIT_USAGE;
  struct store *store = state_file_open(options->config, options->state, &error);
  if (store &&
      store_event_find(store, text_from(options->row), copy_stored, &stored, &known, &error) &&
      !known)
    error_set(
        &error,
        "no event has the row '%s': `margay alerts show` lists the rows of an alert's events; "
        "those past their retention are gone",
        options->row);
  struct runner runner;
  start(&runner, detection, options, rule);
  if (known &&
      (!explain_remembers(rule) || explain_learn_past(&runner.at_work, store, stored.event_time,
                                                      text_from(options->row), NULL, NULL, &error)))
    status = explain_read(&runner, buffer_text(&stored.record), buffer_text(&stored.log_type),
                          stored.parse_time, options->row);
  else
    options_report(&command_explain, "%s", error_line(&error, &line));
  explain_stop(&runner.at_work);
  buffer_free(&stored.record);
  buffer_free(&stored.log_type);
  store_close(store);
  return status;
}

static int explain_all(const struct detection *detection, const struct explain_options *options,
                       const struct rule *rule, const char *file) {
  const struct explain_group group = {.command = &command_explain,
                                      .detection = detection,
                                      .rule = rule,
                                      .file = file,
                                      .log_type = options->log_type ? text_from(options->log_type)
                                                                    : TEXT(""),
                                      .unchecked = options->unchecked,
                                      .json = options->format == FORMAT_JSON};
  return explain_group(&group, stdout);
}

static int explain_record(const struct detection *detection, const struct explain_options *options,
                          const struct rule *rule, const char *file) {
  struct error error = ERROR_NONE;
  struct error_line line;
  struct text record, log_type = TEXT("");
  struct runner runner;
  struct clock clock = clock_system();
  char place[300];
  int status = EXIT_USAGE;
  start(&runner, detection, options, rule);
  struct batch *batch = read_record(&runner, file, &record, &log_type, &error);
  snprintf(place, sizeof place, "%s: record %" PRId64, file, options->record);
  if (batch)
    status = explain_read(&runner, record, log_type, clock_now(&clock), place);
  else
    options_report(&command_explain, "%s", error_line(&error, &line));
  explain_stop(&runner.at_work);
  batch_free(batch);
  return status;
}

/* Of a rule with a threshold the record, and then what all records of the file come to. */
static int explain_file(const struct detection *detection, const struct explain_options *options,
                        const struct rule *rule, const char *file) {
  if (rule->correlation)
    return explain_all(detection, options, rule, file);
  int status = explain_record(detection, options, rule, file);
  if (rule->threshold > 1 && status != EXIT_USAGE && strcmp(file, "-") != 0)
    explain_all(detection, options, rule, file);
  return status;
}

static int explain_loaded(struct arena *arena, const struct detection *detection,
                          const struct explain_options *options, const struct load_paths *paths,
                          const struct operands *operands) {
  const struct text id = text_from(operands->items[0]);
  int status = EXIT_USAGE, left_over = load_report_rules(detection->rules, false, false);
  const struct rule *rule = rule_set_find_folded(detection->rules, id);
  if (options->log_type && !options->unchecked &&
      !schema_find(detection->schemas, text_from(options->log_type)))
    load_report_unknown_log_type(&command_explain, detection->schemas, text_from(options->log_type),
                                 "");
  else if (!rule)
    load_report_unknown_rule(&command_explain, detection->rules, id);
  else if (options->row && rule->correlation)
    options_report(&command_explain, "%s looks at several events: name a file of them",
                   rule->id.data);
  else if (options->row)
    status = explain_row(detection, options, rule);
  else
    status = explain_file(detection, options, rule,
                          find_file(arena, paths->fixture_folders, operands->items[1]));
  return status == EXIT_DONE ? left_over : status;
}

static bool operands_fit(const struct explain_options *options, const struct operands *operands) {
  if (operands->count == (options->row ? 1 : 2))
    return true;
  options_wrong(&command_explain, options->row ? "name a rule; --row names the event"
                                               : "name a rule and a file that holds an event, or "
                                                 "--row");
  return false;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct explain_options options = {.record = 1};
  struct detection *detection = NULL;
  struct operands operands;
  int status;
  if (!options_parse(&command_explain, argc, argv, &arena, &options, &operands, &status))
    goto done;
  status = EXIT_USAGE;
  unsigned statuses;
  if (!operands_fit(&options, &operands) ||
      !load_read_statuses(&command_explain, &options.statuses, &statuses))
    goto done;
  struct load_paths paths = {.statuses = statuses,
                             .rules = options.rules.items,
                             .rule_count = options.rules.count,
                             .schemas = options.schemas,
                             .sigma = options.sigma,
                             .unchecked = options.unchecked,
                             .config = options.config,
                             .fixtures = options.fixtures};
  detection = load_selected(&arena, &paths, &problems);
  if (!load_report(&problems))
    goto done;
  status = explain_loaded(&arena, detection, &options, &paths, &operands);
done:
  detection_release(detection);
  problems_clear(&problems);
  arena_free(&arena);
  return status;
}
