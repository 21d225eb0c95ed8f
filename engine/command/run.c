#include "command/command.h"
#include "command/config/config.h"
#include "command/config/load.h"
#include "command/terminal/options.h"
#include "daemon/engine.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* How long deliveries under way may take once the daemon was told to stop. */
#define STOP_DELIVER_US (5 * US_PER_SECOND)
/* How long what is due may take to be delivered after every source has ended. */
#define END_DELIVER_US (60 * US_PER_SECOND)

/* How often the files of lookup tables are looked at. */
#define LOOKUP_INTERVAL_US US_PER_SECOND

struct run_options {
  const char *config;
  int log_format, log_level; /* the enums of base/log.h; -1: what the configuration says */
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct run_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    {"log-format", 0, OPTION_CHOICE, offsetof(struct run_options, log_format), "logfmt|json",
     "how to log, over the configuration", 0, 0, log_format_names},
    {"log-level", 0, OPTION_CHOICE, offsetof(struct run_options, log_level),
     "debug|info|warn|error", "the least level that is logged, over the configuration", 0, 0,
     log_level_names},
};

static const struct command_usage usage = {
    .name = "run",
    .arguments = "[OPTION]…",
    .summary = "Pulls records from the configured sources, runs the rules on them, and delivers\n"
               "the alerts. SIGTERM finishes the batches under way and ends; SIGHUP reads the\n"
               "configuration, the schemas and the rules again, or keeps the old ones when there\n"
               "is a mistake. Ends by itself when every source has ended.",
    .example = "run -c margay.yml",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
};

/* What one reading of the files gave. Replaced in whole, or not at all. */
struct loaded {
  struct config *config;
  struct detection *detection;
};

struct daemon {
  const struct run_options *options;
  struct log *log;
  struct loaded now;
  struct engine *engine;
  int signals; /* signalfd */
};

static void loaded_free(struct loaded *loaded) {
  detection_release(loaded->detection);
  config_free(loaded->config);
  *loaded = (struct loaded){NULL, NULL};
}

/* `terminal`: for load_detection. */
static bool load(const char *path, FILE *terminal, struct loaded *loaded,
                 struct problems *problems) {
  loaded->config = config_load(path, problems);
  if (loaded->config)
    loaded->detection =
        load_detection(loaded->config->schemas, loaded->config->rules,
                       loaded->config->rule_path_count, loaded->config->sigma, terminal, problems);
  if (loaded->config)
    load_lookups(loaded->detection, loaded->config, LOOKUP_INTERVAL_US, problems);
  if (loaded->config && loaded->config->source_count == 0 && problems->count == 0)
    problems_add(problems, path, 0, 0, "no sources: there is nothing to read");
  if (problems->count == 0)
    return true;
  loaded_free(loaded);
  return false;
}

static void apply_log_options(struct daemon *daemon) {
  const struct config *config = daemon->now.config;
  const struct run_options *options = daemon->options;
  int level = options->log_level < 0 ? config->log_level : options->log_level;
  int format = options->log_format < 0 ? config->log_format : options->log_format;
  log_set(daemon->log, (enum log_level)level, (enum log_format)format);
  config_hide_secrets(config, daemon->log);
}

static bool start_engine(struct daemon *daemon, struct error *error) {
  const struct config *config = daemon->now.config;
  const struct engine_options options = {
      .state_path = config->state_path,
      .sources = config->sources,
      .source_count = config->source_count,
      .destinations = config->destinations,
      .destination_count = config->destination_count,
      .detection = daemon->now.detection,
      .workers = (unsigned)config->workers,
      .keep_events = config->keep_events,
      .retention = config->retention,
      .alert_retention = config->alert_retention,
      .log = daemon->log,
      .clock = clock_system(),
      .console = stdout,
  };
  daemon->engine = engine_start(&options, error);
  return daemon->engine != NULL;
}

static void log_problems(struct daemon *daemon, const struct problems *problems) {
  for (size_t i = 0; i < problems->count; i++)
    LOG_ERROR(daemon->log, "a mistake in the configuration, schemas or rules",
              LOG_ERROR_LINE(&problems->items[i]));
}

/* Only rules or schemas changed: swapped while everything runs. Else the engine is stopped at a
 * batch's end and started with the new configuration; the store carries what must go on. */
static bool swap(struct daemon *daemon, struct loaded *next, struct error *error) {
  if (config_equal(next->config, daemon->now.config)) {
    engine_replace(daemon->engine, next->detection);
    detection_release(daemon->now.detection);
    daemon->now.detection = next->detection;
    config_free(next->config);
    return true;
  }
  engine_stop(daemon->engine, true, STOP_DELIVER_US, NULL);
  daemon->engine = NULL;
  struct loaded old = daemon->now;
  daemon->now = *next;
  if (start_engine(daemon, error)) {
    loaded_free(&old);
    return true;
  }
  daemon->now = old;
  struct error again = ERROR_NONE;
  if (!start_engine(daemon, &again))
    LOG_ERROR(daemon->log, "the old configuration does not start any more", LOG_ERROR_LINE(&again));
  return false;
}

static void reload(struct daemon *daemon) {
  struct problems problems = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  struct loaded next = {NULL, NULL};
  if (!load(daemon->options->config, NULL, &next, &problems)) {
    log_problems(daemon, &problems);
    LOG_ERROR(daemon->log, "not reloaded: the old configuration and rules stay",
              LOG_INT("mistakes", problems.count));
    problems_clear(&problems);
    return;
  }
  config_hide_secrets(next.config, daemon->log);
  if (!swap(daemon, &next, &error)) {
    LOG_ERROR(daemon->log, "not reloaded: the old configuration and rules stay",
              LOG_ERROR_LINE(&error));
    loaded_free(&next);
  } else {
    apply_log_options(daemon);
    LOG_INFO(daemon->log, "reloaded", LOG_INT("rules", daemon->now.detection->rules->count),
             LOG_INT("schemas", daemon->now.detection->schemas->count));
  }
  problems_clear(&problems);
}

/* Waits for a signal or for the end of every source. True: go on after it. */
static bool wait_for_event(struct daemon *daemon, bool *ended) {
  struct pollfd fds[] = {{.fd = daemon->signals, .events = POLLIN},
                         {.fd = engine_ended_fd(daemon->engine), .events = POLLIN}};
  if (poll(fds, 2, -1) < 0)
    return errno == EINTR;
  *ended = fds[1].revents != 0;
  struct signalfd_siginfo signal;
  if (!(fds[0].revents & POLLIN) ||
      read(daemon->signals, &signal, sizeof signal) != (ssize_t)sizeof signal)
    return !*ended;
  if (signal.ssi_signo != SIGHUP) {
    LOG_INFO(daemon->log, "told to stop", LOG_INT("signal", signal.ssi_signo));
    return false;
  }
  reload(daemon);
  return daemon->engine != NULL;
}

static int run_daemon(struct daemon *daemon) {
  struct error error = ERROR_NONE;
  if (!start_engine(daemon, &error)) {
    LOG_ERROR(daemon->log, "cannot start", LOG_ERROR_LINE(&error));
    return EXIT_FAILURES;
  }
  LOG_INFO(daemon->log, "started", LOG_INT("sources", daemon->now.config->source_count),
           LOG_INT("destinations", daemon->now.config->destination_count),
           LOG_INT("rules", daemon->now.detection->rules->count),
           LOG_STRING("state", daemon->now.config->state_path));
  bool ended = false;
  while (wait_for_event(daemon, &ended))
    ;
  if (!daemon->engine)
    return EXIT_FAILURES;
  struct commit_counts counts = {0};
  bool ok = engine_stop(daemon->engine, true, ended ? END_DELIVER_US : STOP_DELIVER_US, &counts);
  LOG_INFO(daemon->log, "stopped", LOG_INT("records", counts.records),
           LOG_INT("events", counts.events), LOG_INT("repeated", counts.repeated),
           LOG_INT("dead_letters", counts.dead_letters), LOG_INT("matches", counts.matches),
           LOG_INT("alerts", counts.alerts));
  return ok ? EXIT_DONE : EXIT_FAILURES;
}

/* Every thread started later inherits the mask: signals come through the descriptor only. */
static int block_signals(void) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGHUP);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGTERM);
  signal(SIGPIPE, SIG_IGN);
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  return signalfd(-1, &mask, SFD_CLOEXEC);
}

static int run(const struct run_options *options) {
  struct problems problems = PROBLEMS_NONE;
  struct daemon daemon = {.options = options, .signals = block_signals()};
  int status = EXIT_USAGE;
  if (load(options->config, stderr, &daemon.now, &problems)) {
    daemon.log = log_new(stderr, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
    apply_log_options(&daemon);
    status = run_daemon(&daemon);
    log_free(daemon.log);
  } else {
    load_report(&problems);
  }
  loaded_free(&daemon.now);
  problems_clear(&problems);
  close(daemon.signals);
  return status;
}

int command_run(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct run_options options = {.config = CONFIG_DEFAULT_PATH, .log_format = -1, .log_level = -1};
  int status;
  if (options_parse(&usage, argc, argv, &arena, &options, NULL, &status))
    status = run(&options);
  arena_free(&arena);
  return status;
}
