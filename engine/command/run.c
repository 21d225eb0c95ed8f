#include "api/backtest/jobs.h"
#include "api/face/server.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/config/config.h"
#include "command/config/config_check.h"
#include "command/config/http_login.h"
#include "command/config/http_settings.h"
#include "command/config/load.h"
#include "command/config/load_api.h"
#include "command/run_change.h"
#include "command/terminal/options.h"
#include "daemon/engine.h"
#include "daemon/interaction.h"
#include "daemon/metrics.h"
#include "daemon/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* How long deliveries under way may take once the daemon was asked to stop. */
#define STOP_DELIVER_US (5 * US_PER_SECOND)
/* How long what is due may take to be delivered after every source has ended. */
#define END_DELIVER_US (60 * US_PER_SECOND)

/* How often the files of lookup tables are looked at. */
#define LOOKUP_INTERVAL_US US_PER_SECOND

/* How many threads a backtest of the API may use beside the daemon's own work. */
#define API_JOB_WORKERS 1

struct run_options {
  const char *config;
  int log_format, log_level; /* the enums of base/log/log.h; -1: what the configuration says */
  bool core_dumps, strict;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct run_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    {"log-format", 0, OPTION_CHOICE, offsetof(struct run_options, log_format), "logfmt|json",
     "the form of the log; overrides the configuration", 0, 0, log_format_names},
    {"log-level", 0, OPTION_CHOICE, offsetof(struct run_options, log_level),
     "debug|info|warn|error", "the lowest level that is logged; overrides the configuration", 0, 0,
     log_level_names},
    {"strict", 0, OPTION_FLAG, offsetof(struct run_options, strict), NULL, LOAD_STRICT_HELP, 0, 0,
     NULL},
    {"core-dumps", 0, OPTION_FLAG, offsetof(struct run_options, core_dumps), NULL,
     "allow core dumps and debuggers, which see every secret", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_run = {
    .name = "run",
    .summary = "pull records, run rules and deliver alerts, until stopped",
    .arguments = "[OPTION]…",
    .help =
        "Pulls records from the configured sources, runs the rules on them, and delivers\n"
        "the alerts. SIGTERM finishes the batches under way and ends; SIGHUP reads the\n"
        "configuration, the schemas and the rules again, or keeps the old ones when there\n"
        "is a new mistake. Rules with mistakes at the start are left out, and the status is 1.\n"
        "Ends by itself when every source has ended.",
    .example = "run -c margay.yml",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

/* What is read from disk: a configuration, and the detection that it names. */
struct loaded {
  struct config *config;
  struct detection *detection;
};

struct daemon {
  const struct run_options *options;
  struct run_change change; /* what the API and buttons may change */
  struct log *log;
  struct counters *counters;
  struct intake_hub *intake;            /* NULL: nothing is served */
  struct interaction_hub *interactions; /* the same */
  struct engine *engine;
  struct service *service;     /* NULL: nothing is served */
  struct api_server *api;      /* the same, or no API */
  struct api_jobs *jobs;       /* the same */
  const struct config *config; /* that the engine took over last */
  struct problems mistakes;    /* in files of rules, which are left out */
  int signals;                 /* signalfd */
};

static void loaded_free(struct loaded *loaded) {
  detection_release(loaded->detection);
  config_free(loaded->config);
  *loaded = (struct loaded){NULL, NULL};
}

/* `terminal`: for load_of_config. `strict`: a mistake in a rule is a problem. */
static bool load(const char *path, bool strict, FILE *terminal, struct loaded *loaded,
                 struct problems *problems) {
  struct config *config = loaded->config = config_load(path, problems);
  if (!config)
    return false;
  loaded->detection = load_of_config(config, terminal, problems);
  if (strict)
    load_add_mistakes(loaded->detection, problems);
  detection_add_breaker(loaded->detection);
  load_lookups(loaded->detection, config, LOOKUP_INTERVAL_US, problems);
  load_tune(loaded->detection, config, false, problems, &config->warnings);
  load_check_tuning(config, problems);
  load_check_destinations(loaded->detection, config, problems);
  load_check_routes(loaded->detection, config, problems, &config->warnings);
  if (problems->count == 0) /* a schema with a mistake may be the one that a source names */
    load_check_sources(loaded->detection, config, problems);
  config_check(config, problems);
  if (problems->count == 0)
    return true;
  loaded_free(loaded);
  return false;
}

static void apply_log_options(struct daemon *daemon, const struct config *config) {
  const struct run_options *options = daemon->options;
  int level = options->log_level < 0 ? config->log_level : options->log_level;
  int format = options->log_format < 0 ? config->log_format : options->log_format;
  log_set(daemon->log, (enum log_level)level, (enum log_format)format);
}

static void log_warnings(struct log *log, const struct config *config) {
  for (size_t i = 0; i < config->warnings.count; i++)
    LOG_WARN(log, "the configuration can be used, but look at this",
             LOG_ERROR_LINE(&config->warnings.items[i]));
}

/* What reading the rules left over is remembered, counted, and in the log. */
static void take_left_over(struct daemon *daemon, const struct rule_set *rules) {
  problems_clear(&daemon->mistakes);
  daemon_count_rules(daemon->counters, rules->count, rule_set_count_mistaken_files(rules),
                     rules->dependent_count, rules->refusal_count);
  for (size_t i = 0; i < rules->mistakes.count; i++) {
    problems_add_error(&daemon->mistakes, &rules->mistakes.items[i]);
    LOG_ERROR(daemon->log, "a rule with a mistake is left out",
              LOG_ERROR_LINE(&rules->mistakes.items[i]));
  }
  for (size_t i = 0; i < rules->dependent_count; i++)
    LOG_ERROR(daemon->log, "a rule is left out with one that it needs",
              LOG_TEXT("rule", rules->dependents[i].id),
              LOG_TEXT("needs", rules->dependents[i].needs),
              LOG_STRING("file", rules->dependents[i].file));
  for (size_t i = 0; i < rules->warnings.count; i++)
    LOG_WARN(daemon->log, "a rule can be used, but look at this",
             LOG_ERROR_LINE(&rules->warnings.items[i]));
  if (rules->refusal_count)
    LOG_WARN(daemon->log, "Sigma rules are not supported, and left out",
             LOG_INT("rules", rules->refusal_count));
}

/* Files of rules that had no mistake before: a reload would switch off what works. */
static void add_new_mistakes(const struct problems *old, const struct detection *detection,
                             struct problems *problems) {
  const struct problems *mistakes = &detection->rules->mistakes;
  for (size_t i = 0; i < mistakes->count; i++) {
    bool known = false;
    for (size_t k = 0; k < old->count && !known; k++)
      known = strcmp(old->items[k].file, mistakes->items[i].file) == 0;
    if (!known)
      problems_add_error(problems, &mistakes->items[i]);
  }
}

static void release_config(void *owner) {
  config_free(owner);
}

/* The engine takes the configuration over with it. */
static struct engine_setup setup_of(const struct loaded *loaded) {
  const struct config *config = loaded->config;
  return (struct engine_setup){
      .sources = config->sources,
      .source_count = config->source_count,
      .destinations = config->destinations,
      .destination_count = config->destination_count,
      .routes = config->routes,
      .route_count = config->route_count,
      .detection = loaded->detection,
      .keep_events = config->keep_events,
      .index_events = config->index_events,
      .compress_events = config->compress_events,
      .retention = config->retention,
      .alert_retention = config->alert_retention,
      .log_types = config->log_type_retentions,
      .log_type_count = config->log_type_retention_count,
      .max_size = config->max_size,
      .health = config->health,
      .release = release_config,
      .owner = loaded->config,
  };
}

/* Takes `loaded` over, whatever comes of it. */
static bool open_engine(struct daemon *daemon, struct loaded *loaded, struct error *error) {
  const struct config *config = loaded->config;
  const struct engine_options options = {
      .state_path = config->state_path,
      .state_key = config->state_key,
      .workers = (unsigned)config->workers,
      .log = daemon->log,
      .clock = clock_system(),
      .console = stdout,
      .counters = daemon->counters,
      .intake = daemon->intake,
  };
  const struct engine_setup setup = setup_of(loaded);
  daemon->engine = engine_open(&options, &setup, error);
  daemon->config = daemon->engine ? config : NULL;
  detection_release(loaded->detection);
  return daemon->engine != NULL;
}

/* Serves what `http` asks for, for as long as the daemon runs: before anything is read, so that a
 * port that is taken ends a start that has done nothing. */
static bool start_service(struct daemon *daemon, struct error *error) {
  const struct http_settings *http = daemon->config->http;
  if (!http)
    return true;
  const struct http_limit_settings *limits = &http->limits;
  const struct http_listener_options options = {
      .address = http->address,
      .port = http->port,
      .certificate_file = http->tls ? http->tls->cert.data : NULL,
      .key_file = http->tls ? http->tls->key.data : NULL,
      .limits = {.body_max = (size_t)limits->body_max,
                 .head_max = (size_t)limits->head_max,
                 .connections = (unsigned)limits->connections,
                 .per_address = (unsigned)limits->per_address,
                 .threads = (unsigned)http->threads,
                 .head_timeout_us = limits->head_timeout,
                 .body_timeout_us = limits->body_timeout,
                 .idle_timeout_us = limits->idle_timeout,
                 .answer_timeout_us = limits->answer_timeout,
                 .stream_buffer_max = (size_t)limits->stream_buffer_max},
      .proxies = http->proxies,
      .log = daemon->log,
  };
  struct http_route routes[API_SERVER_ROUTES];
  const struct service_parts parts = {.counters = daemon->counters,
                                      .intake = daemon->intake,
                                      .interactions = daemon->interactions,
                                      .routes = routes,
                                      .route_count =
                                          daemon->api ? api_server_routes(daemon->api, routes) : 0};
  daemon->service =
      service_start(&options, &parts, daemon->config->sources, daemon->config->source_count, error);
  if (!daemon->service) {
    if (strstr(error->text, strerror(EADDRINUSE)))
      error_append(error, ": end the program that has the port, or change http.listen");
    return false;
  }
  LOG_INFO(daemon->log, "listening", LOG_TEXT("address", http->listen));
  return true;
}

/* ---- what is pressed in messages ---------------------------------------------------------- */

/* Whether a message can have buttons, so that the place for what is pressed is there. */
static bool start_interactions(struct daemon *daemon, struct error *error) {
  const struct interaction_options options = {.state_path = daemon->config->state_path,
                                              .log = daemon->log,
                                              .clock = clock_system(),
                                              .mute = run_change_mute,
                                              .context = &daemon->change};
  if (!daemon->config->http)
    return true;
  daemon->interactions = interaction_hub_new(&options, error);
  interaction_hub_use(daemon->interactions, daemon->config->destinations,
                      daemon->config->destination_count);
  return daemon->interactions != NULL;
}

/* ---- the API ----------------------------------------------------------------------------- */

/* Threads that do what the API is asked for: one long search leaves the other for what is quick. */
#define API_THREADS 2

static bool start_api(struct daemon *daemon, struct error *error) {
  const struct http_settings *http = daemon->config->http;
  if (!http || !http->api)
    return true;
  const struct api_hooks hooks = {.context = &daemon->change,
                                  .tune = run_change_tune,
                                  .loader = load_for_api(daemon->options->config)};
  daemon->jobs = api_jobs_new(daemon->config->state_path, &hooks.loader, API_JOB_WORKERS);
  struct arena arena = ARENA_NONE;
  struct sign_in_options sign_in = {.role_count = 0};
  const struct api_server_options options = {.state_path = daemon->config->state_path,
                                             .threads = API_THREADS,
                                             .login = http_login_of(daemon->config),
                                             .dashboard = http->dashboard,
                                             .sign_in = http->oidc ? &sign_in : NULL,
                                             .hooks = hooks,
                                             .jobs = daemon->jobs,
                                             .log = daemon->log,
                                             .counters = daemon->counters,
                                             .clock = clock_system()};
  if (http->oidc)
    sign_in = http_sign_in_of(http->oidc, daemon->log, &arena);
  daemon->api = api_server_new(&options, error);
  arena_free(&arena);
  return daemon->api != NULL;
}

static void free_api(struct daemon *daemon) {
  api_server_free(daemon->api);
  api_jobs_free(daemon->jobs);
  daemon->api = NULL;
  daemon->jobs = NULL;
}

/* ---- reload ------------------------------------------------------------------------------ */

static void log_problems(struct daemon *daemon, const struct problems *problems) {
  for (size_t i = 0; i < problems->count; i++)
    LOG_ERROR(daemon->log, "a mistake in the configuration, schemas or rules",
              LOG_ERROR_LINE(&problems->items[i]));
}

static void log_difference(void *context, const struct settings_difference *difference) {
  static const char *const changes[] = {"changed", "added", "removed"};
  struct log *log = context;
  LOG_AT(log, difference->restart ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
         difference->restart ? "a changed setting takes effect when the daemon is started again"
                             : "a changed setting is taken over",
         LOG_STRING("setting", difference->path),
         LOG_STRING("change", changes[difference->change]));
}

/* Takes `loaded` over, whatever comes of it. */
static bool take_over(struct daemon *daemon, struct loaded *loaded, struct error *error) {
  const struct engine_setup setup = setup_of(loaded);
  size_t rules = loaded->detection->rules->count, schemas = loaded->detection->schemas->count;
  config_hide_secrets(loaded->config, daemon->log);
  log_warnings(daemon->log, loaded->config);
  take_left_over(daemon, loaded->detection->rules);
  config_compare(daemon->config, loaded->config, log_difference, daemon->log);
  interaction_hub_use(daemon->interactions, NULL, 0); /* the engine may free the old ones */
  bool ok = engine_reload(daemon->engine, &setup, error);
  if (ok)
    daemon->config = loaded->config;
  interaction_hub_use(daemon->interactions, daemon->config->destinations,
                      daemon->config->destination_count);
  detection_release(loaded->detection);
  if (!ok)
    return false;
  if (!daemon->config->http || http_login_of(daemon->config) != API_LOGIN_NONE)
    api_server_need_login(daemon->api); /* before others can come by new paths */
  if (!service_route(daemon->service, daemon->config->sources, daemon->config->source_count, error))
    LOG_ERROR(daemon->log, "the paths of sources could not be changed", LOG_ERROR_LINE(error));
  apply_log_options(daemon, daemon->config);
  LOG_INFO(daemon->log, "reloaded", LOG_INT("sources", daemon->config->source_count),
           LOG_INT("destinations", daemon->config->destination_count), LOG_INT("rules", rules),
           LOG_INT("schemas", schemas));
  return true;
}

static void count_reload(struct daemon *daemon, const char *result) {
  struct counter *counter =
      counter_open(daemon->counters, METRIC_RELOADS, METRIC_VALUES(text_from(result)), 0);
  counter_add(counter, 1);
  counter_close(counter);
}

static void reload(struct daemon *daemon) {
  struct problems problems = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  struct loaded next = {NULL, NULL};
  bool loaded = load(daemon->options->config, daemon->options->strict, NULL, &next, &problems);
  if (loaded)
    add_new_mistakes(&daemon->mistakes, next.detection, &problems);
  if (problems.count) {
    loaded_free(&next);
    log_problems(daemon, &problems);
    LOG_ERROR(daemon->log, "not reloaded: the old configuration and rules stay",
              LOG_INT("mistakes", problems.count));
    count_reload(daemon, "refused");
  } else if (!take_over(daemon, &next, &error)) {
    LOG_ERROR(daemon->log, "not reloaded: the old configuration and rules stay",
              LOG_ERROR_LINE(&error));
    count_reload(daemon, "refused");
  } else {
    count_reload(daemon, "done");
  }
  problems_clear(&problems);
}

/* ---- signals ----------------------------------------------------------------------------- */

/* Waits until one of the two is readable, or for a signal: returns its number, or 0. */
static int wait_for_signal(const struct daemon *daemon, int fd, bool *ended) {
  struct pollfd fds[] = {{.fd = daemon->signals, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  struct signalfd_siginfo signal;
  *ended = false;
  if (poll(fds, 2, -1) < 0)
    return 0;
  if ((fds[0].revents & POLLIN) &&
      read(daemon->signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
    return (int)signal.ssi_signo;
  *ended = fds[1].revents != 0;
  return 0;
}

/* Returns at a signal (false), or when every source has ended (true). */
static bool run_until_end(struct daemon *daemon) {
  bool ended = false;
  while (!ended) {
    int signal = wait_for_signal(daemon, engine_ended_fd(daemon->engine), &ended);
    if (signal == SIGHUP) {
      reload(daemon);
    } else if (signal) {
      LOG_INFO(daemon->log, "asked to stop", LOG_INT("signal", signal));
      return false;
    }
  }
  return true;
}

/* Delivers what is due. A first signal leaves it the time that a stop has, a second one none. */
static void deliver_until_end(struct daemon *daemon, bool ended_by_itself) {
  int64_t left[] = {END_DELIVER_US, STOP_DELIVER_US, 0};
  size_t step = ended_by_itself ? 0 : 1;
  bool ended = false;
  engine_deliver(daemon->engine, left[step]);
  while (!ended) {
    int signal = wait_for_signal(daemon, engine_delivered_fd(daemon->engine), &ended);
    if (signal == SIGHUP) {
      LOG_WARN(daemon->log, "not reloaded: the daemon is about to end");
    } else if (signal && step + 1 < sizeof left / sizeof *left) {
      LOG_INFO(daemon->log, "asked to stop", LOG_INT("signal", signal));
      engine_deliver(daemon->engine, left[++step]);
    }
  }
}

/* Ends everything, the dependent parts first. The HTTP service goes last: until then it says that
 * the daemon is not ready. */
static bool end_daemon(struct daemon *daemon, bool ended_by_itself, struct commit_counts *counts) {
  api_jobs_end(daemon->jobs); /* they take what halting needs: processors, and the state file */
  api_server_end(daemon->api);
  bool ok = engine_halt(daemon->engine);
  engine_count(daemon->engine, counts);
  deliver_until_end(daemon, ended_by_itself);
  service_detach(daemon->service);
  api_server_detach(daemon->api);
  interaction_hub_use(daemon->interactions, NULL, 0);
  engine_free(daemon->engine);
  service_stop(daemon->service);
  free_api(daemon);
  return ok;
}

static int run_daemon(struct daemon *daemon, struct loaded *loaded) {
  struct error error = ERROR_NONE;
  size_t rules = loaded->detection->rules->count;
  if (!open_engine(daemon, loaded, &error) || !start_interactions(daemon, &error) ||
      !start_api(daemon, &error) || !start_service(daemon, &error) ||
      !engine_begin(daemon->engine, &error)) {
    LOG_ERROR(daemon->log, "cannot start", LOG_ERROR_LINE(&error));
    interaction_hub_use(daemon->interactions, NULL, 0);
    engine_free(daemon->engine);
    service_stop(daemon->service);
    return EXIT_FAILURES;
  }
  service_attach(daemon->service, daemon->engine);
  api_server_attach(daemon->api, daemon->engine);
  LOG_INFO(daemon->log, "started", LOG_INT("sources", daemon->config->source_count),
           LOG_INT("destinations", daemon->config->destination_count), LOG_INT("rules", rules),
           LOG_STRING("state", daemon->config->state_path));
  bool ended_by_itself = run_until_end(daemon);
  struct engine_health health;
  engine_health(daemon->engine, &health);
  ended_by_itself = ended_by_itself && health.attached;
  struct commit_counts counts;
  bool ok = end_daemon(daemon, ended_by_itself, &counts);
  LOG_INFO(daemon->log, "stopped", LOG_INT("records", counts.records),
           LOG_INT("events", counts.events), LOG_INT("repeated", counts.repeated),
           LOG_INT("dead_letters", counts.dead_letters),
           LOG_INT("schema_errors", counts.schema_errors), LOG_INT("matches", counts.matches),
           LOG_INT("alerts", counts.alerts));
  return ok && daemon->mistakes.count == 0 ? EXIT_DONE : EXIT_FAILURES;
}

/* Whether there is a rule to run, or was none to begin with. */
static bool has_rules(const struct rule_set *rules) {
  return rules->count > 0 || rules->refusal_count + rules->mistakes.count == 0;
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

/* A core dump would hold the configured secrets, access tokens and events, and is kept for whoever
 * may read it there. A limit of 0 stops the kernel's own files; a program that the kernel pipes
 * dumps to (core(5)) need not heed it, so the process is made undumpable, too. With that, other
 * processes of the same user cannot read its memory through ptrace(2) or /proc. The sanitizers look
 * for leaks with ptrace: their builds have the limit alone. */
static void forbid_core_dumps(void) {
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
#endif
}

static int run(const struct run_options *options) {
  struct problems problems = PROBLEMS_NONE;
  struct daemon daemon = {
      .options = options, .change = {options->config}, .signals = block_signals()};
  struct loaded loaded = {NULL, NULL};
  struct error error = ERROR_NONE;
  int status = EXIT_USAGE;
  if (load(options->config, options->strict, stderr, &loaded, &problems) &&
      !has_rules(loaded.detection->rules)) {
    load_report_rules(loaded.detection->rules, false, false);
    loaded_free(&loaded);
    status = EXIT_FAILURES;
  } else if (problems.count == 0) {
    daemon.log = log_new(stderr, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
    apply_log_options(&daemon, loaded.config);
    config_hide_secrets(loaded.config, daemon.log);
    if (!log_detach(daemon.log, &error))
      LOG_WARN(daemon.log, "the log waits for whoever reads it", LOG_ERROR_LINE(&error));
    log_warnings(daemon.log, loaded.config);
    daemon.counters = daemon_counters_new();
    take_left_over(&daemon, loaded.detection->rules);
    /* A listener that a reload adds takes a restart: until then no source can take requests. */
    daemon.intake = loaded.config->http ? intake_hub_new(daemon.counters) : NULL;
    status = run_daemon(&daemon, &loaded);
    free_api(&daemon);
    interaction_hub_free(daemon.interactions);
    intake_hub_free(daemon.intake);
    counters_free(daemon.counters);
    log_free(daemon.log);
  } else {
    load_report(&problems);
  }
  problems_clear(&problems);
  problems_clear(&daemon.mistakes);
  close(daemon.signals);
  return status;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct run_options options = {.config = CONFIG_DEFAULT_PATH, .log_format = -1, .log_level = -1};
  int status;
  if (options_parse(&command_run, argc, argv, &arena, &options, NULL, &status)) {
    if (!options.core_dumps)
      forbid_core_dumps();
    memory_share();
    status = run(&options);
  }
  arena_free(&arena);
  return status;
}
