#include "command/status/status_output.h"

#include "alert/message/alert_json.h"
#include "command/command.h"
#include "command/state_file.h"
#include "command/terminal/format_option.h"

#include <stddef.h>

struct status_options {
  const char *config, *state;
  int format;
};

static const struct option_row option_rows[] = {
    STATE_FILE_OPTIONS(struct status_options),
    FORMAT_OPTION(struct status_options, FORMAT_OPTION_OBJECT),
};

static int run_command(int argc, char **argv);

const struct command command_status = {
    .name = "status",
    .summary = "show how the daemon, its sources and its destinations are",
    .arguments = "[OPTION]…",
    .help =
        "Shows from the state file how the daemon is, whether it runs or not: its sources, rules\n"
        "and destinations, what is refused, what is kept, and the alarms that have begun.\n"
        "The exit status is 0 when all is well, and 1 when something is wrong.",
    .example = "status",
    .example_help = "all of it\n"
                    "  margay status --format json | jq -r '.problems[]'",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

static int show(const struct status_options *options, struct error *error) {
  struct buffer path = BUFFER_NONE;
  struct clock clock = clock_system();
  int exit_status = EXIT_FAILURES;
  struct store *store = state_file_open_named(options->config, options->state, &path, error);
  if (store) {
    struct status status;
    if (status_read(store, path.data, clock_now(&clock), &status, error)) {
      if (options->format == FORMAT_JSON)
        json_print_and_free(stdout, status_json(&status));
      else
        status_print(&status, stdout);
      exit_status = status.problem_count == 0 ? EXIT_DONE : EXIT_FAILURES;
    }
    status_free(&status);
  }
  store_close(store);
  buffer_free(&path);
  return exit_status;
}

static int run_command(int argc, char **argv) {
  struct status_options options = {.config = NULL};
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct error_line line;
  int exit_status;
  if (options_parse(&command_status, argc, argv, &arena, &options, NULL, &exit_status)) {
    exit_status = show(&options, &error);
    if (error.set)
      fprintf(stderr, "margay status: %s\n", error_line(&error, &line));
  }
  arena_free(&arena);
  return exit_status;
}
