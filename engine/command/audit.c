/* `margay audit`: who changed what by the API, and who logged in. */
#include "alert/message/alert_json.h"
#include "api/json/audit_json.h"
#include "command/command.h"
#include "command/state_file.h"
#include "command/terminal/format_option.h"
#include "command/terminal/moment.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define ROWS_SHOWN 50

struct audit_options {
  const char *config, *state, *who, *since;
  int64_t limit;
  int format;
};

static const struct option_row option_rows[] = {
    STATE_FILE_OPTIONS(struct audit_options),
    {"who", 0, OPTION_TEXT, offsetof(struct audit_options, who), "NAME", "only what this one did",
     0, 0, NULL},
    {"since", 0, OPTION_TEXT, offsetof(struct audit_options, since), "TIME",
     "then or later: 2024-03-21, 2024-03-21T07:00:00Z, or 24h", 0, 0, NULL},
    {"limit", 'n', OPTION_NUMBER, offsetof(struct audit_options, limit), "N",
     "the latest N rows (50)", 1, 1000000000, NULL},
    FORMAT_OPTION(struct audit_options, FORMAT_OPTION_LINES),
};

static int run_command(int argc, char **argv);

const struct command command_audit = {
    .name = "audit",
    .summary = "show who changed what by the API, and who logged in",
    .arguments = "[OPTION]…",
    .help = "Prints what was changed through the API and the dashboard, who logged in, what was\n"
            "refused, and which tokens were made and revoked, the latest first.",
    .example = "audit --since 7d --who dashboard",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct output {
  struct table *table; /* NULL: JSON */
  int64_t count;
};

static void add_text(struct table *table, const struct store_audit *audit) {
  struct time_string time;
  char status[24];
  snprintf(status, sizeof status, "%" PRId64, audit->status);
  table_add(table, text_from(time_format(audit->at / US_PER_SECOND * US_PER_SECOND, &time)), NULL);
  table_add(table, audit->who.size > 0 ? audit->who : TEXT("-"), NULL);
  table_add(table, audit->via, NULL);
  table_add(table, audit->client.size > 0 ? audit->client : TEXT("-"), NULL);
  table_add(table, audit->operation, NULL);
  table_add(table, text_from(status), audit->status < 400 ? NULL : "31");
  table_add(table, audit->outcome.size > 0 ? audit->outcome : audit->what, NULL);
}

static bool print_row(void *context, const struct store_audit *audit) {
  struct output *output = context;
  output->count++;
  if (output->table) {
    add_text(output->table, audit);
    return true;
  }
  struct buffer json = BUFFER_NONE;
  audit_json_append(&json, audit);
  json_print(stdout, buffer_text(&json));
  buffer_free(&json);
  return true;
}

static bool print(struct store *store, const struct audit_options *options, time_us since,
                  struct error *error) {
  static const char *const headings[] = {"AT",        "WHO",    "VIA", "CLIENT",
                                         "OPERATION", "STATUS", "WHAT"};
  bool json = options->format == FORMAT_JSON;
  struct output output = {.table = json ? NULL
                                        : table_new(headings, sizeof headings / sizeof *headings)};
  struct buffer lines = BUFFER_NONE;
  bool ok =
      store_audit_list(store, text_from(options->who), since, 0,
                       options->limit ? options->limit : ROWS_SHOWN, print_row, &output, error);
  if (output.count > 0 && output.table)
    table_write(output.table, terminal_colours(stdout), terminal_width(stdout), &lines);
  else if (ok && output.table)
    fprintf(stderr, "nothing was changed by the API\n");
  fwrite(lines.data ? lines.data : "", 1, lines.size, stdout);
  buffer_free(&lines);
  table_free(output.table);
  return ok;
}

static int run_command(int argc, char **argv) {
  struct audit_options options = {.limit = 0};
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  time_us since;
  int status;
  if (options_parse(&command_audit, argc, argv, &arena, &options, NULL, &status)) {
    status = EXIT_USAGE;
    if (moment_read(&command_audit, "since", options.since, &since)) {
      struct store *store = state_file_open(options.config, options.state, &error);
      bool ok = store && print(store, &options, since, &error);
      struct error_line line;
      if (error.set)
        options_report(&command_audit, "%s", error_line(&error, &line));
      store_close(store);
      status = ok ? EXIT_DONE : EXIT_FAILURES;
    }
  }
  arena_free(&arena);
  return status;
}
