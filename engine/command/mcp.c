/* `margay mcp`: the API as tools of a language model, over standard input and output. */
#include "api/backtest/jobs.h"
#include "api/mcp/session.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/config/config.h"
#include "command/config/load.h"
#include "command/config/load_api.h"
#include "command/tuning/tune_mute.h"
#include "command/tuning/tune_reload.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct mcp_command_options {
  const char *config;
  bool allow_write;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct mcp_command_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    {"allow-write", 0, OPTION_FLAG, offsetof(struct mcp_command_options, allow_write), NULL,
     "also offer the tools that change something: alerts, tuning, deliveries", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_mcp = {
    .name = "mcp",
    .summary = "offer alerts, events and rules to a language model, as tools of MCP",
    .arguments = "[OPTION]…",
    .help = "Speaks the Model Context Protocol (2025-06-18) over standard input and output, one\n"
            "message a line, until the input ends. A client starts it as a subprocess. Each read\n"
            "operation of the API is a tool (alerts_list, events_search, …), so are backtests and\n"
            "the tests of rules; what changes something takes --allow-write. It reads the state\n"
            "file, which margay run may be at work on, and the configuration once, at the start.\n"
            "What tools answer is marked as data that attackers may have written.",
    .example = "mcp -c /etc/margay/margay.yml",
    .example_help = "what a client's configuration has as command and arguments",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct serving {
  const char *config_path;
  struct config *config;
  struct rules_loaded loaded;
  struct api_hooks hooks;
};

/* A daemon that runs takes the changed file; another takes it when it starts. */
static bool tune_rule(void *context, const struct api_tuning *tuning, struct error *error) {
  const struct serving *serving = context;
  struct error ignored = ERROR_NONE;
  const char *path = serving->config_path;
  bool ok = tuning->except
                ? tune_except(path, tuning->rule_id, tuning->except, tuning->reason, error)
                : tune_mute(path, tuning->rule_id, tuning->mute_until, tuning->reason, error);
  struct store *store = ok ? store_open_to_read(serving->config->state_path, &ignored) : NULL;
  if (store)
    tune_reload(&command_mcp, store, true, true);
  store_close(store);
  return ok;
}

static void print_line(void *context, struct text line) {
  (void)context;
  fwrite(line.data, 1, line.size, stdout);
  fputc('\n', stdout);
  fflush(stdout);
}

/* A line that is too long is passed on as far as it shows that it is. */
static void read_lines(struct mcp_session *session) {
  struct buffer line = BUFFER_NONE;
  char part[65536];
  ssize_t size;
  while ((size = read(STDIN_FILENO, part, sizeof part)) > 0) {
    for (const char *at = part, *end = part + size; at < end;) {
      const char *stop = memchr(at, '\n', (size_t)(end - at));
      size_t more = (size_t)((stop ? stop : end) - at);
      if (line.size <= MCP_LINE_MAX)
        buffer_append(&line, at, more);
      at += more + (stop != NULL);
      if (stop && line.size > 0)
        mcp_session_take(session, buffer_text(&line));
      if (stop)
        buffer_reset(&line);
    }
  }
  if (line.size > 0)
    mcp_session_take(session, buffer_text(&line));
  buffer_free(&line);
}

static int serve(struct serving *serving, bool allow_write) {
  const struct config *config = serving->config;
  const struct engine_setup setup = {.sources = config->sources,
                                     .source_count = config->source_count,
                                     .destinations = config->destinations,
                                     .destination_count = config->destination_count,
                                     .routes = config->routes,
                                     .route_count = config->route_count,
                                     .detection = serving->loaded.detection};
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  struct error error = ERROR_NONE;
  struct error_line line;
  struct api_jobs *jobs = api_jobs_new(config->state_path, &serving->hooks.loader,
                                       processors < 3 ? 1 : (unsigned)processors / 2);
  const struct mcp_options options = {.state_path = config->state_path,
                                      .setup = &setup,
                                      .hooks = &serving->hooks,
                                      .jobs = jobs,
                                      .allow_write = allow_write,
                                      .send = print_line};
  struct mcp_session *session = mcp_session_new(&options, &error);
  if (session)
    read_lines(session);
  else
    options_report(&command_mcp, "%s", error_line(&error, &line));
  mcp_session_end(session);
  api_jobs_free(jobs);
  return session ? EXIT_DONE : EXIT_FAILURES;
}

/* What only sending and receiving needs, such as secrets, may be missing. */
static int run_command(int argc, char **argv) {
  struct mcp_command_options options = {.config = CONFIG_DEFAULT_PATH};
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE, ignored = PROBLEMS_NONE;
  int status;
  if (options_parse(&command_mcp, argc, argv, &arena, &options, NULL, &status)) {
    const struct rule_load wanted = {.given = NULL};
    struct serving serving = {.config_path = options.config};
    signal(SIGPIPE, SIG_IGN);
    serving.hooks = (struct api_hooks){
        .context = &serving, .tune = tune_rule, .loader = load_for_api(options.config)};
    const struct rule_loader *loader = &serving.hooks.loader;
    bool ok = loader->load(loader->context, &wanted, &serving.loaded, &problems);
    serving.config = ok ? config_load(options.config, &ignored) : NULL;
    status = load_report(&problems) && serving.config ? serve(&serving, options.allow_write)
                                                      : EXIT_USAGE;
    rules_loaded_clear(&serving.loaded);
    config_free(serving.config);
  }
  problems_clear(&problems);
  problems_clear(&ignored);
  arena_free(&arena);
  return status;
}
