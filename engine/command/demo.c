#include "base/memory.h"
#include "command/command.h"
#include "command/config/bundled.h"
#include "command/config/config.h"
#include "command/config/load.h"
#include "command/terminal/options.h"
#include "daemon/engine.h"
#include "sim/receiver.h"
#include "sim/sim.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OPERATIONS 2000
#define ACTIVITIES 500
#define MATCH_SHARE 0.006 /* about a dozen alerts: a screenful */

/* Without faults the demo ends within a second or two. */
#define END_AFTER_MS 60000
#define DELIVER_US (20 * US_PER_SECOND)

static int run_command(int argc, char **argv);

const struct command command_demo = {
    .name = "demo",
    .summary = "run the whole pipeline once, against the simulator",
    .arguments = "",
    .help = "Runs everything once: starts a simulated Zoom and a simulated Slack, pulls the\n"
            "reports over HTTP, runs the bundled rules, and delivers the alerts. Leaves nothing\n"
            "behind.",
    .example = "demo",
    .run = run_command,
};

struct demo {
  struct sim *zoom;
  struct receiver *slack;
  struct config *config;
  struct detection *detection;
  struct log *log;
  char folder[64];
  struct commit_counts counts;
};

static bool start_servers(struct demo *demo, struct error *error) {
  struct sim_options zoom = sim_options_default();
  zoom.count[SIM_OPERATION] = OPERATIONS;
  zoom.count[SIM_ACTIVITY] = ACTIVITIES;
  zoom.match_share = MATCH_SHARE;
  demo->zoom = sim_start(&zoom, error);
  const struct receiver_options slack = {0};
  demo->slack = demo->zoom ? receiver_start(&slack, error) : NULL;
  return demo->slack != NULL;
}

/* demo.yml takes from the environment what the demo must choose. */
static void set_environment(const struct demo *demo) {
  char value[128];
  snprintf(value, sizeof value, "http://127.0.0.1:%u/v2", sim_port(demo->zoom));
  setenv("ZOOM_API_URL", value, 1);
  snprintf(value, sizeof value, "http://127.0.0.1:%u/oauth/token", sim_port(demo->zoom));
  setenv("ZOOM_TOKEN_URL", value, 1);
  snprintf(value, sizeof value, "http://127.0.0.1:%u/services/security",
           receiver_port(demo->slack));
  setenv("SLACK_WEBHOOK_URL", value, 1);
  snprintf(value, sizeof value, "%s/margay.db", demo->folder);
  setenv("MARGAY_STATE", value, 1);
  setenv("MARGAY_POLL_ONCE", "true", 1);
  setenv("SLACK_MAX_PER_SECOND", "100", 1);
}

/* A demo.yml that somebody has edited may name a real account and real channels: the demo must not
 * read that account, nor post made-up alerts to those channels. */
static bool is_the_demos(const struct config *config) {
  static const struct text asked_for[] = {
      TEXT_INIT("api_url: ${ZOOM_API_URL:-"), TEXT_INIT("token_url: ${ZOOM_TOKEN_URL:-"),
      TEXT_INIT("url: ${SLACK_WEBHOOK_URL:-"), TEXT_INIT("path: ${MARGAY_STATE:-")};
  for (size_t i = 0; i < sizeof asked_for / sizeof *asked_for; i++)
    if (!text_contains(config->file, asked_for[i]))
      return false;
  return config->source_count == 1 && config->destination_count == 2 &&
         strcmp(config->destinations[0].type->kind.name, "console") == 0 &&
         strcmp(config->destinations[1].type->kind.name, "slack") == 0;
}

static bool load(struct demo *demo, struct arena *arena) {
  struct problems problems = PROBLEMS_NONE;
  const char *path = bundled_path(arena, "demo.yml");
  demo->config = config_load(path, &problems);
  if (demo->config && problems.count == 0 && !is_the_demos(demo->config))
    problems_add(&problems, path, 0, 0,
                 "this is not the demo's configuration any more: put the demo.yml that ships in "
                 "its place, and write your own configuration to margay.yml");
  if (demo->config)
    demo->detection = load_of_config(demo->config, stderr, &problems);
  if (demo->detection)
    load_tune(demo->detection, demo->config, false, &problems, NULL);
  load_add_mistakes(demo->detection, &problems);
  bool ok = load_report(&problems);
  problems_clear(&problems);
  return ok;
}

static bool wait_for(int fd, int timeout_ms) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  int result;
  do
    result = poll(&ready, 1, timeout_ms);
  while (result < 0 && errno == EINTR);
  return result > 0;
}

static bool run_engine(struct demo *demo, struct error *error) {
  const struct config *config = demo->config;
  const struct engine_options options = {
      .state_path = config->state_path,
      .workers = (unsigned)config->workers,
      .log = demo->log,
      .clock = clock_system(),
      .console = stdout,
  };
  const struct engine_setup setup = {
      .sources = config->sources,
      .source_count = config->source_count,
      .destinations = config->destinations,
      .destination_count = config->destination_count,
      .detection = demo->detection,
      .keep_events = config->keep_events,
      .index_events = config->index_events,
      .compress_events = config->compress_events,
  };
  struct engine *engine = engine_start(&options, &setup, error);
  if (!engine)
    return false;
  bool ended = wait_for(engine_ended_fd(engine), END_AFTER_MS);
  bool ok = engine_halt(engine) && ended;
  engine_count(engine, &demo->counts);
  engine_deliver(engine, DELIVER_US);
  wait_for(engine_delivered_fd(engine), -1);
  engine_free(engine);
  return ok || error_set(error, "the demo did not come to its end; the log above says why");
}

static void print_summary(const struct demo *demo, int64_t elapsed_us) {
  struct sim_stats zoom;
  struct receiver_stats slack;
  sim_stats(demo->zoom, &zoom);
  receiver_stats(demo->slack, &slack);
  printf("\n%llu records on %llu pages, %llu matches, %llu alerts, %llu messages at the simulated "
         "Slack, in %.1f seconds.\n",
         (unsigned long long)demo->counts.records, (unsigned long long)zoom.pages,
         (unsigned long long)demo->counts.matches, (unsigned long long)demo->counts.alerts,
         (unsigned long long)slack.accepted, (double)elapsed_us / US_PER_SECOND);
  printf("\nWhat to try next:\n"
         "  build/margay test                               the unit tests of the rules\n"
         "  build/margay scan -f text fixtures/zoom/pages/operation_*.json\n"
         "                                                  the rules on files of records\n"
         "  less rules/zoom/operation/passcode_disabled.lua what a rule looks like\n"
         "  README.md                                       how to connect your Zoom account\n");
}

static void remove_state(const struct demo *demo) {
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  char path[128];
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    snprintf(path, sizeof path, "%s/margay.db%s", demo->folder, suffixes[i]);
    unlink(path);
  }
  rmdir(demo->folder);
}

static int run_demo(void) {
  struct demo demo = {.folder = "/tmp/margay-demo-XXXXXX"};
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  int status = EXIT_FAILURES;
  signal(SIGPIPE, SIG_IGN);
  if (!mkdtemp(demo.folder)) {
    options_report(&command_demo, "cannot make a folder in /tmp: %s", strerror(errno));
    return EXIT_FAILURES;
  }
  demo.log = log_new(stderr, LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, clock_system());
  time_us start = clock_monotonic();
  if (!start_servers(&demo, &error))
    goto done;
  printf("A simulated Zoom listens on 127.0.0.1:%u, a simulated Slack on 127.0.0.1:%u.\n\n",
         sim_port(demo.zoom), receiver_port(demo.slack));
  set_environment(&demo);
  if (!load(&demo, &arena) || !run_engine(&demo, &error))
    goto done;
  print_summary(&demo, clock_monotonic() - start);
  status = EXIT_DONE;
done:
  if (error.set)
    options_report(&command_demo, "%s", error.text);
  detection_release(demo.detection);
  config_free(demo.config);
  receiver_stop(demo.slack);
  sim_stop(demo.zoom);
  log_free(demo.log);
  remove_state(&demo);
  arena_free(&arena);
  return status;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  int status;
  if (options_parse(&command_demo, argc, argv, &arena, NULL, NULL, &status))
    status = run_demo();
  arena_free(&arena);
  return status;
}
