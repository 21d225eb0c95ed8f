/* `margay backfill`: asks the daemon to read days of a source's past once more, and watches. */
#include "alert/message/alert_json.h"
#include "command/command.h"
#include "command/config/config.h"
#include "command/state_file.h"
#include "command/terminal/format_option.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"
#include "daemon/state_lock.h"

#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#define LOOK_MS 500

struct backfill_options {
  const char *config, *from, *to;
  int alerts, format;
  bool no_wait;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct backfill_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    {"from", 0, OPTION_TEXT, offsetof(struct backfill_options, from), "DATE",
     "the first day, in UTC: 2024-03-21", 0, 0, NULL},
    {"to", 0, OPTION_TEXT, offsetof(struct backfill_options, to), "DATE",
     "the last day, which belongs to it (default: today)", 0, 0, NULL},
    {"alerts", 'a', OPTION_CHOICE, offsetof(struct backfill_options, alerts), "summary|all|none",
     "sum up alerts in one for each rule (default), send all, or none", 0, 0, history_alerts_names},
    {"no-wait", 0, OPTION_FLAG, offsetof(struct backfill_options, no_wait), NULL,
     "ask for it, and do not wait for its end", 0, 0, NULL},
    FORMAT_OPTION(struct backfill_options, FORMAT_OPTION_LINES),
};

static int run_command(int argc, char **argv);

const struct command command_backfill = {
    .name = "backfill",
    .summary = "read days of a source's past once more",
    .arguments = "[SOURCE --from DATE [--to DATE]] [OPTION]…",
    .help = "Asks `margay run` to read these days, beside what it reads anyway, and shows how far\n"
            "it is. Events that are known are not taken again. What was interrupted goes on when\n"
            "margay is started; what failed goes on when it is asked for again.\n"
            "Without SOURCE, lists what was asked for. Zoom gives reports of the last six months,\n"
            "a month at a time.",
    .example = "backfill zoom --from 2024-01-01 --to 2024-03-20",
    .example_help = "the reports of these days; alerts are held, and summed up by rule\n"
                    "  margay backfill zoom --from 2024-03-01 --alerts all --no-wait\n"
                    "  margay backfill",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

static const char *const state_names[] = {
    [BACKFILL_OPEN] = "open", [BACKFILL_DONE] = "done", [BACKFILL_FAILED] = "failed"};

/* ---- the list ---------------------------------------------------------------------------- */

static void print_json(const struct store_backfill *row) {
  struct buffer text = BUFFER_NONE;
  struct time_string time;
  buffer_append_string(&text, "{\"source_id\":");
  buffer_append_json_string(&text, row->source_id);
  buffer_printf(&text, ",\"from\":\"%s\"", time_format_date(row->from, &time));
  buffer_printf(&text, ",\"to\":\"%s\"", time_format_date(row->to, &time));
  buffer_printf(&text,
                ",\"alerts\":\"%s\",\"state\":\"%s\",\"percent\":%d,\"records\":%" PRId64
                ",\"error\":",
                history_alerts_names[row->alerts], state_names[row->state],
                (int)(row->share / 10000), row->records);
  buffer_append_json_string(&text, row->error);
  buffer_append_char(&text, '}');
  json_print(stdout, buffer_text(&text));
  buffer_free(&text);
}

static bool list_json(void *context, const struct store_backfill *row) {
  (void)context;
  print_json(row);
  return true;
}

static bool list_one(void *context, const struct store_backfill *row) {
  struct table *table = context;
  struct time_string time;
  char share[16];
  snprintf(share, sizeof share, "%d %%", (int)(row->share / 10000));
  table_add(table, row->source_id, NULL);
  table_add(table, text_from(time_format_date(row->from, &time)), NULL);
  table_add(table, text_from(time_format_date(row->to, &time)), NULL);
  table_add(table, text_from(history_alerts_names[row->alerts]), NULL);
  table_add(table, text_from(state_names[row->state]), NULL);
  table_add(table, text_from(share), NULL);
  table_add_number(table, row->records);
  table_add(table, row->error, NULL);
  return true;
}

static int list(struct store *store, int format, struct error *error) {
  if (format == FORMAT_JSON)
    return store_backfill_list(store, list_json, NULL, error) ? EXIT_DONE : EXIT_FAILURES;
  static const char *const headings[] = {"SOURCE", "FROM", "TO",      "ALERTS",
                                         "STATE",  "DONE", "RECORDS", "ERROR"};
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  struct buffer lines = BUFFER_NONE;
  bool ok = store_backfill_list(store, list_one, table, error);
  table_write(table, terminal_colours(stdout), terminal_width(stdout), &lines);
  if (ok && lines.size > 0)
    fwrite(lines.data, 1, lines.size, stdout);
  buffer_free(&lines);
  table_free(table);
  return ok ? EXIT_DONE : EXIT_FAILURES;
}

/* ---- watching ---------------------------------------------------------------------------- */

struct watched {
  struct store_backfill row; /* its source and days name it */
  struct buffer error;
};

static bool take(void *context, const struct store_backfill *row) {
  struct watched *watched = context;
  struct store_backfill *own = &watched->row;
  if (row->from != own->from || row->to != own->to || !text_equal(row->source_id, own->source_id))
    return true;
  const struct text source_id = own->source_id;
  *own = *row;
  own->source_id = source_id;
  buffer_reset(&watched->error);
  buffer_append_text(&watched->error, row->error);
  own->error = buffer_text(&watched->error);
  return false;
}

/* "42 %, 12345 records, about 3 minutes left" */
static void show(const struct store_backfill *row, time_us now) {
  fprintf(stderr, "\r\033[K%d %%, %" PRId64 " records", (int)(row->share / 10000), row->records);
  double share = (double)row->share / 1e6;
  if (row->started_at == 0)
    fputs(", waiting for margay run", stderr);
  else if (share > 0.01 && share < 1) {
    double left = (double)(now - row->started_at) / US_PER_SECOND * (1 - share) / share;
    if (left < 90)
      fprintf(stderr, ", about %.0f seconds left", left);
    else
      fprintf(stderr, ", about %.0f minutes left", left / 60);
  }
  fflush(stderr);
}

static int watch(struct store *store, struct watched *watched, const char *state_path, int format,
                 struct error *error) {
  bool terminal = isatty(STDERR_FILENO);
  struct clock clock = clock_system();
  while (store_backfill_list(store, take, watched, error)) {
    const struct store_backfill *row = &watched->row;
    if (terminal && row->state == BACKFILL_OPEN)
      show(row, clock_now(&clock));
    bool ended = row->state == BACKFILL_OPEN && state_lock_is_free(state_path);
    if (row->state == BACKFILL_OPEN && !ended) {
      poll(NULL, 0, LOOK_MS);
      continue;
    }
    if (terminal)
      fputs("\r\033[K", stderr);
    if (ended) {
      error_set(error, "margay run has ended: the backfill goes on when it is started again");
      break;
    }
    if (format == FORMAT_JSON)
      print_json(row);
    if (row->state == BACKFILL_DONE) {
      if (format == FORMAT_TEXT)
        printf("done: %" PRId64 " new records\n", row->records);
      return EXIT_DONE;
    }
    error_set(error, "%.*s; ask again and it goes on where it was", TEXT_ARGS(row->error));
    break;
  }
  return EXIT_FAILURES;
}

/* ---- asking ------------------------------------------------------------------------------ */

static const struct source *find_source(const struct config *config, const char *id) {
  for (size_t i = 0; i < config->source_count; i++)
    if (text_is(config->sources[i].id, id))
      return &config->sources[i];
  return NULL;
}

static bool read_days(const struct backfill_options *options, time_us now, time_us *from,
                      time_us *to) {
  *to = now / US_PER_DAY * US_PER_DAY;
  if (!options->from) {
    options_wrong(&command_backfill, "--from DATE is missing: the first day to read");
    return false;
  }
  const char *const given[] = {options->from, options->to};
  time_us *const days[] = {from, to};
  for (size_t i = 0; i < 2; i++)
    if (given[i] && (strlen(given[i]) != strlen("2024-03-21") ||
                     !time_parse_strftime(text_from(given[i]), "%Y-%m-%d", days[i]))) {
      options_wrong(&command_backfill, "--%s needs a date such as 2024-03-21, not '%s'",
                    i ? "to" : "from", given[i]);
      return false;
    }
  if (*from > *to)
    options_wrong(&command_backfill, "--from is later than --to");
  return *from <= *to;
}

/* Whether a daemon works on the state file; to be asked before it is opened. */
static bool is_running(const char *state_path) {
  struct state_lock lock = STATE_LOCK_NONE;
  struct error error = ERROR_NONE;
  bool taken = state_lock_take(state_path, &lock, &error);
  if (taken)
    state_lock_release(&lock);
  return !taken;
}

static int ask(const struct backfill_options *options, const struct config *config,
               const struct source *source, struct error *error) {
  struct clock clock = clock_system();
  time_us now = clock_now(&clock);
  struct watched watched = {.row = {.source_id = source->id, .alerts = options->alerts}};
  if (!read_days(options, now, &watched.row.from, &watched.row.to))
    return EXIT_USAGE;
  const struct source_past *past = source->type->past;
  if (!past)
    return options_wrong(&command_backfill, "a source of the type '%s' cannot be read once more",
                         source->type->kind.name);
  if (!past->check(source->options, watched.row.from, watched.row.to, now, error))
    return EXIT_USAGE;
  bool running = is_running(config->state_path);
  struct store *store = state_file_open(options->config, NULL, error);
  int status = EXIT_FAILURES;
  if (store && store_backfill_ask(store, &watched.row, now, error)) {
    status = EXIT_DONE;
    if (!running)
      fprintf(options->format == FORMAT_JSON ? stderr : stdout,
              "no `margay run` works on %s: it begins as soon as one does\n", config->state_path);
    else if (!options->no_wait)
      status = watch(store, &watched, config->state_path, options->format, error);
  }
  buffer_free(&watched.error);
  store_close(store);
  return status;
}

static int run(const struct backfill_options *options, const struct operands *operands,
               struct error *error) {
  struct problems problems = PROBLEMS_NONE;
  if (operands->count > 1)
    return options_wrong(&command_backfill, "one source at a time");
  if (operands->count == 0) {
    struct store *store = state_file_open(options->config, NULL, error);
    int listed = store ? list(store, options->format, error) : EXIT_FAILURES;
    store_close(store);
    return listed;
  }
  int status = EXIT_USAGE;
  struct config *config =
      config_load(options->config ? options->config : CONFIG_DEFAULT_PATH, &problems);
  const struct source *source = config ? find_source(config, operands->items[0]) : NULL;
  if (problems.count > 0)
    problems_print(&problems, stderr);
  else if (source)
    status = ask(options, config, source, error);
  else
    options_wrong(&command_backfill, "no source is called '%s'", operands->items[0]);
  config_free(config);
  problems_clear(&problems);
  return status;
}

static int run_command(int argc, char **argv) {
  struct backfill_options options = {.alerts = HISTORY_SUMMARY};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  struct error error = ERROR_NONE;
  int status;
  if (options_parse(&command_backfill, argc, argv, &arena, &options, &operands, &status))
    status = run(&options, &operands, &error);
  if (error.set)
    options_report(&command_backfill, "%s", error.text);
  arena_free(&arena);
  return status;
}
