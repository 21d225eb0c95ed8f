#include "base/memory.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/scan_lua.h"
#include "command/scan_output.h"
#include "command/terminal/options.h"
#include "command/terminal/progress.h"
#include "detect/history/history.h"
#include "detect/notes.h"
#include "detect/pipeline.h"
#include "detect/stateful/stateful.h"
#include "source/file/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Dead letters, and failures of rules, reported one by one; the summary counts them all. */
#define SHOWN_MAX 10

struct scan_options {
  struct text_list_option rules, schemas, rule_ids, statuses;
  const char *config, *sigma, *log_type, *time_field, *lua;
  bool unchecked, alerts, strict;
  int format;
  int64_t jobs;
};

static const char *const formats[] = {"json", "text", NULL};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct scan_options, config), "FILE",
     "rules, schemas, lookup tables and tuning of this configuration", 0, 0, NULL},
    {"rules", 'r', OPTION_LIST, offsetof(struct scan_options, rules), "PATH",
     "rules, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct scan_options, schemas), "PATH",
     "schemas, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    {"sigma", 0, OPTION_TEXT, offsetof(struct scan_options, sigma), "FILE",
     "log types for logsources of Sigma rules that no schema names", 0, 0, NULL},
    {"rule", 0, OPTION_LIST, offsetof(struct scan_options, rule_ids), "ID",
     "run only this rule; may be given many times", 0, 0, NULL},
    {"status", 0, OPTION_LIST, offsetof(struct scan_options, statuses), "STATUS", LOAD_STATUS_HELP,
     0, 0, NULL},
    {"strict", 0, OPTION_FLAG, offsetof(struct scan_options, strict), NULL, LOAD_STRICT_HELP, 0, 0,
     NULL},
    {"log-type", 't', OPTION_TEXT, offsetof(struct scan_options, log_type), "TYPE",
     "the log type of every record", 0, 0, NULL},
    {"no-schema", 0, OPTION_FLAG, offsetof(struct scan_options, unchecked), NULL,
     "pass records to the rules unchecked", 0, 0, NULL},
    {"time-field", 0, OPTION_TEXT, offsetof(struct scan_options, time_field), "PATH",
     "with --no-schema: where the time is (default: where logs have it)", 0, 0, NULL},
    {"alerts", 'a', OPTION_FLAG, offsetof(struct scan_options, alerts), NULL,
     "print alerts, after dedup and thresholds, instead of matches", 0, 0, NULL},
    {"lua", 'l', OPTION_TEXT, offsetof(struct scan_options, lua), "EXPRESSION",
     "try an expression on every event, and print what is not nil or false", 0, 0, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct scan_options, format), "json|text",
     "how to print (default: json, one object per line)", 0, 0, formats},
    {"jobs", 'j', OPTION_NUMBER, offsetof(struct scan_options, jobs), "N",
     "worker threads (default: one per processor)", 1, 64, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_scan = {
    .name = "scan",
    .summary = "run rules on files of records, and print the matches",
    .arguments = "[OPTION]… FILE…|-",
    .help =
        "Runs the rules on files of records and prints one JSON object per match. A file holds\n"
        "NDJSON, a JSON array, or pages of Zoom's report API, also compressed with gzip or zstd;\n"
        "'-' is standard input. A record's log type is --log-type, its own p_log_type, or the\n"
        "schema that takes it.",
    .example = "scan --format text fixtures/zoom/pages/operation_*.json",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct scan {
  struct scan_options options;
  char **files;
  size_t file_count;
  struct detection *detection;
  struct batch_source *source; /* of all files */
  struct pipeline *pipeline;
  struct stateful *stateful;
  struct arena scratch;    /* of one result */
  struct history *history; /* NULL unless --alerts */
  struct progress *progress;
  struct notes *notes; /* reported already */
  uint64_t function_errors;
  struct clock clock;
  struct scan_output output;
  uint64_t records, events, dead_letters, schema_errors, faults, repeated_keys, dropped_calls,
      cut_lists, matches, suppressed, untimed, alerts, rule_errors, *file_records;
  atomic_size_t unreadable;
  bool unread;   /* the reader of standard output closed it */
  int left_over; /* what to exit with for what reading the rules left over */
};

static const char *file_name(const struct scan *scan, unsigned index) {
  return strcmp(scan->files[index], "-") == 0 ? "standard input" : scan->files[index];
}

static bool read_file(struct scan *scan, unsigned index, struct error *error) {
  struct stream *stream = stream_open(scan->files[index], 0, error);
  if (!stream)
    return false;
  struct batch *batch;
  uint64_t before = 0;
  bool pushed = true;
  while (pushed && (batch = stream_plan(stream, error)) != NULL) {
    uint64_t read, total;
    stream_progress(stream, &read, &total);
    progress_add(scan->progress, read - before);
    before = read;
    batch->tag = index;
    batch->received_at = clock_now(&scan->clock);
    pushed = pipeline_push(scan->pipeline, scan->source, batch);
  }
  stream_close(stream);
  return !error->set;
}

static void report_unreadable(struct scan *scan, const struct error *error) {
  struct error_line line;
  options_report(&command_scan, "%s", error_line(error, &line));
  atomic_fetch_add(&scan->unreadable, 1);
}

static void *read_files(void *argument) {
  struct scan *scan = argument;
  for (unsigned i = 0; i < scan->file_count; i++) {
    struct error error = ERROR_NONE;
    if (!read_file(scan, i, &error))
      report_unreadable(scan, &error);
  }
  pipeline_close(scan->pipeline);
  return NULL;
}

static void report_dead_letters(struct scan *scan, const struct batch_result *result) {
  unsigned file = result->batch->tag;
  for (size_t i = 0; i < result->dead_letter_count; i++) {
    if (scan->dead_letters + i >= SHOWN_MAX)
      break;
    const struct dead_letter *letter = &result->dead_letters[i];
    uint64_t number = scan->file_records[file] + letter->number;
    options_report(&command_scan, "%s: record %" PRIu64 ": %.*s", file_name(scan, file), number,
                   TEXT_ARGS(letter->error));
  }
  if (scan->dead_letters <= SHOWN_MAX && scan->dead_letters + result->dead_letter_count > SHOWN_MAX)
    options_report(&command_scan, "more dead letters follow; only their number is reported");
}

/* Once for each log type and path. */
static void report_schema_faults(struct scan *scan, const struct batch_result *result) {
  unsigned file = result->batch->tag;
  for (size_t i = 0; i < result->faults.count; i++) {
    const struct schema_fault *fault = &result->faults.items[i];
    struct error note = ERROR_NONE;
    error_set(&note, "%.*s: field '%.*s'", TEXT_ARGS(fault->log_type), TEXT_ARGS(fault->path));
    if (!notes_is_new(scan->notes, &note, clock_monotonic()) || ++scan->faults > SHOWN_MAX + 1)
      continue;
    if (scan->faults > SHOWN_MAX)
      options_report(&command_scan, "more schema errors follow; only their number is reported");
    else
      options_report(&command_scan,
                     "%s: record %" PRIu64 ": %s: %.*s (reported once; the events are kept)",
                     file_name(scan, file), scan->file_records[file] + fault->number, note.text,
                     TEXT_ARGS(fault->reason));
  }
}

static void report_rule_error(struct scan *scan, const struct match *match) {
  if (scan->rule_errors < SHOWN_MAX)
    options_report(&command_scan, "%.*s", TEXT_ARGS(match->outcome.title));
  else if (scan->rule_errors == SHOWN_MAX)
    options_report(&command_scan, "more rule errors follow; only their number is reported");
  scan->rule_errors++;
}

static void report_notes(struct scan *scan, const struct match_notes *notes) {
  scan->function_errors += notes->count;
  for (size_t i = 0; i < notes->kept.count; i++) {
    struct error_line line;
    if (notes_is_new(scan->notes, &notes->kept.items[i], clock_monotonic()))
      options_report(&command_scan, "%s", error_line(&notes->kept.items[i], &line));
  }
}

static bool take_match(struct scan *scan, const struct match *match, struct error *error) {
  struct match ordered = *match;
  ordered.order = scan->matches + scan->rule_errors;
  if (match->type == ALERT_RULE_ERROR) {
    report_rule_error(scan, match);
  } else {
    scan->matches++;
    scan->suppressed += match->suppressor != NULL;
  }
  if (scan->history && match->untimed) {
    scan->untimed++; /* in no window: its time would be that of this reading */
    return true;
  }
  if (scan->history)
    return history_add(scan->history, &ordered, error);
  if (match->type == ALERT_RULE)
    scan_print_match(&scan->output, match);
  return true;
}

/* A closed pipe (`| head`) is an end, not a failure. */
static bool flush(struct scan *scan, struct error *error) {
  if (scan_output_flush(&scan->output))
    return true;
  scan->unread = scan->output.failed == EPIPE;
  return error_set(error, "cannot write to standard output: %s", strerror(scan->output.failed));
}

static bool take_result(struct scan *scan, struct batch_result *result, struct error *error) {
  struct match_list matches;
  arena_reset(&scan->scratch);
  if (!stateful_run(scan->stateful, result, NULL, &scan->scratch, &result->notes, &matches, error))
    return false;
  if (matches.count + result->dead_letter_count + result->faults.count + result->notes.count +
          result->unread.count >
      0)
    progress_pause(scan->progress);
  report_dead_letters(scan, result);
  report_schema_faults(scan, result);
  for (size_t i = 0; i < matches.count; i++)
    if (!take_match(scan, &matches.items[i], error))
      return false;
  if (scan->history)
    history_advance(scan->history, result->latest);
  scan->records += result->records;
  scan->file_records[result->batch->tag] += result->records;
  scan->events += result->events_seen;
  scan->dead_letters += result->dead_letter_count;
  scan->schema_errors += result->faults.errors;
  scan->repeated_keys += result->repeated_keys;
  scan->dropped_calls += result->dropped_calls;
  scan->cut_lists += result->cut_lists;
  report_notes(scan, &result->notes);
  for (size_t i = 0; i < result->unread.count; i++)
    report_unreadable(scan, &result->unread.items[i]);
  if (!flush(scan, error))
    return false;
  progress_resume(scan->progress, scan->records);
  return true;
}

static void print_alert(void *context, const struct alert *alert) {
  struct scan *scan = context;
  scan->alerts++;
  scan_print_alert(&scan->output, alert);
}

static bool run_pipeline(struct scan *scan, struct error *error) {
  pthread_t reader;
  struct batch_result *result;
  bool ok = true;
  if (pthread_create(&reader, NULL, read_files, scan) != 0)
    return error_set(error, "cannot start reading: the system gives no more threads");
  while ((result = pipeline_next(scan->pipeline)) != NULL) {
    ok = ok && take_result(scan, result, error);
    if (!ok)
      pipeline_abandon(scan->pipeline);
    pipeline_done(scan->pipeline, result, ok);
  }
  pthread_join(reader, NULL);
  progress_pause(scan->progress);
  if (!ok || !scan->history)
    return ok;
  ok = history_finish(scan->history, print_alert, scan, error) && flush(scan, error);
  uint64_t suppressed;
  history_suppressor(scan->history, &suppressed);
  scan->suppressed += suppressed;
  report_notes(scan, history_notes(scan->history));
  return ok;
}

static void print_summary(const struct scan *scan, int64_t elapsed_us) {
  const struct {
    uint64_t count;
    const char *one, *many;
    bool reported;
  } rows[] = {
      {scan->records, "record", "records", true},
      {scan->events, "event", "events", true},
      {scan->dead_letters, "dead letter", "dead letters", true},
      {scan->dropped_calls, "call left out", "calls left out", scan->dropped_calls > 0},
      {scan->schema_errors, "schema error", "schema errors", scan->schema_errors > 0},
      {scan->repeated_keys, "repeated key", "repeated keys", scan->repeated_keys > 0},
      {scan->cut_lists, "list that was cut", "lists that were cut", scan->cut_lists > 0},
      {scan->matches, "match", "matches", true},
      {scan->suppressed, "suppressed match", "suppressed matches", scan->suppressed > 0},
      {scan->untimed, "match without a time", "matches without a time", scan->untimed > 0},
      {scan->alerts, "alert", "alerts", scan->history != NULL},
      {scan->rule_errors, "rule error", "rule errors", scan->rule_errors > 0},
      {scan->function_errors, "function error", "function errors", scan->function_errors > 0},
  };
  fprintf(stderr, "margay scan: ");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].reported)
      fprintf(stderr, "%" PRIu64 " %s, ", rows[i].count,
              rows[i].count == 1 ? rows[i].one : rows[i].many);
  fprintf(stderr, "%.2f seconds\n", (double)elapsed_us / US_PER_SECOND);
}

static int scan_files(struct scan *scan) {
  struct error error = ERROR_NONE;
  time_us start = clock_monotonic();
  const struct pipeline_options options = {
      .detection = scan->detection,
      .log_type = text_from(scan->options.log_type),
      .unchecked = scan->options.unchecked,
      .time_field = text_from(scan->options.time_field),
      .workers = (unsigned)scan->options.jobs,
      .brief_matches = scan->options.alerts,
  };
  int status = EXIT_FAILURES;
  scan->stateful = stateful_new(&(struct stateful_options){.log_type = options.log_type,
                                                           .unchecked = options.unchecked,
                                                           .time_field = options.time_field});
  scan->pipeline = pipeline_new(&options, &error);
  if (scan->pipeline && run_pipeline(scan, &error)) {
    if (scan->untimed)
      options_report(&command_scan,
                     "%" PRIu64
                     " of the matches are in no alert: windows need the time of an event, "
                     "and their records have none at %s (--time-field names another place)",
                     scan->untimed,
                     scan->options.time_field ? scan->options.time_field
                                              : "timestamp, @timestamp and the like");
    print_summary(scan, clock_monotonic() - start);
    bool failed = scan->unreadable || scan->rule_errors || scan->untimed;
    status = failed ? EXIT_FAILURES : EXIT_DONE;
  } else if (scan->unread) {
    status = EXIT_DONE;
  } else {
    struct error_line line;
    options_report(&command_scan, "%s", error_line(&error, &line));
  }
  pipeline_free(scan->pipeline);
  stateful_free(scan->stateful);
  arena_free(&scan->scratch);
  return status;
}

static bool selection_exists(const struct scan *scan) {
  const struct rule_set *rules = scan->detection->rules;
  for (size_t i = 0; i < scan->options.rule_ids.count; i++)
    if (!rule_set_find_folded(rules, scan->options.rule_ids.items[i]))
      return load_report_unknown_rule(&command_scan, rules, scan->options.rule_ids.items[i]);
  const char *log_type = scan->options.log_type;
  const struct schema_set *schemas = scan->detection->schemas;
  if (!log_type || scan->options.unchecked || schema_find(schemas, text_from(log_type)))
    return true;
  return load_report_unknown_log_type(&command_scan, schemas, text_from(log_type),
                                      "with --no-schema none is needed");
}

static uint64_t total_size(const struct scan *scan) {
  uint64_t total = 0;
  for (size_t i = 0; i < scan->file_count; i++) {
    struct stat status;
    if (stat(scan->files[i], &status) == 0 && S_ISREG(status.st_mode))
      total += (uint64_t)status.st_size;
  }
  return total;
}

static bool check_options(struct scan *scan) {
  if (scan->file_count == 0) {
    options_wrong(&command_scan, "name a file of records, or '-' for standard input");
    return false;
  }
  if (scan->options.time_field && !scan->options.unchecked) {
    options_wrong(&command_scan, "--time-field goes with --no-schema: a schema names the time");
    return false;
  }
  if (scan->options.lua && (scan->options.alerts || scan->options.rule_ids.count)) {
    options_wrong(&command_scan, "--lua runs no rules: leave out %s",
                  scan->options.alerts ? "--alerts" : "--rule");
    return false;
  }
  if (scan->options.jobs < 1)
    scan->options.jobs = 1;
  return true;
}

static bool load(struct scan *scan, struct arena *arena) {
  struct problems problems = PROBLEMS_NONE;
  struct load_paths paths = {.rules = scan->options.rules.items,
                             .rule_count = scan->options.rules.count,
                             .schemas = scan->options.schemas,
                             .sigma = scan->options.sigma,
                             .unchecked = scan->options.unchecked,
                             .config = scan->options.config};
  bool loaded = load_read_statuses(&command_scan, &scan->options.statuses, &paths.statuses);
  if (!loaded)
    return false;
  scan->detection = load_selected(arena, &paths, &problems);
  loaded = load_report(&problems);
  if (loaded && !scan->options.lua)
    scan->left_over = load_report_rules(scan->detection->rules, scan->options.strict, false);
  loaded = loaded && scan->left_over != EXIT_USAGE && selection_exists(scan);
  if (loaded && scan->options.rule_ids.count > 0)
    rule_set_select(scan->detection->rules, scan->options.rule_ids.items,
                    scan->options.rule_ids.count);
  problems_clear(&problems);
  return loaded;
}

static struct history *new_history(const struct scan *scan) {
  struct history *history = history_new(scan->detection->rules);
  const struct match_describer_options options = {
      .rules = scan->detection->rules,
      .typing = {.schemas = scan->detection->schemas,
                 .log_type = text_from(scan->options.log_type),
                 .unchecked = scan->options.unchecked,
                 .time_field = text_from(scan->options.time_field)},
      .lookups = scan->detection->lookups};
  history_add_describer(history, match_describer_new(&options));
  return history;
}

static int run_rules(struct scan *scan) {
  scan->source = batch_source_new(TEXT(""), TEXT(""));
  scan->file_records = memory_alloc_array(scan->file_count, sizeof *scan->file_records);
  scan->history = scan->options.alerts ? new_history(scan) : NULL;
  scan->output = scan_output_of(stdout, (enum scan_format)scan->options.format);
  scan->progress = progress_new(stderr, total_size(scan));
  scan->notes = notes_new();
  int status = scan_files(scan);
  progress_free(scan->progress);
  notes_free(scan->notes);
  history_free(scan->history);
  buffer_free(&scan->output.line);
  buffer_free(&scan->output.visible);
  batch_source_release(scan->source);
  free(scan->file_records);
  return status;
}

static int run_expression(const struct scan *scan) {
  return scan_lua(&(struct scan_lua){&command_scan, scan->detection, scan->options.lua,
                                     scan->options.log_type, scan->options.unchecked, scan->files,
                                     scan->file_count});
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct scan scan = {.options.jobs = sysconf(_SC_NPROCESSORS_ONLN), .clock = clock_system()};
  struct operands files;
  int status;
  if (options_parse(&command_scan, argc, argv, &arena, &scan.options, &files, &status)) {
    scan.files = files.items;
    scan.file_count = files.count;
    status = EXIT_USAGE;
    if (check_options(&scan) && load(&scan, &arena))
      status = scan.options.lua ? run_expression(&scan) : run_rules(&scan);
    status = status == EXIT_DONE ? scan.left_over : status;
  }
  detection_release(scan.detection);
  arena_free(&arena);
  return status;
}
