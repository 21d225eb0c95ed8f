#include "command/sim_webhooks.h"

#include "base/settings/settings.h"
#include "command/terminal/exit_status.h"
#include "command/terminal/progress.h"
#include "sim/sim.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct shown {
  struct progress *progress;
  uint64_t done;
};

static void show(void *context, uint64_t done, uint64_t of) {
  struct shown *shown = context;
  (void)of;
  progress_add(shown->progress, done - shown->done);
  progress_resume(shown->progress, done);
  shown->done = done;
}

/* The times that are given count from the first on; the others stay Zoom's. */
static bool read_retries(const struct command *command, const struct text_list_option *written,
                         struct sender_options *options) {
  struct error error = ERROR_NONE;
  if (written->count > SENDER_RETRIES) {
    options_wrong(command, "--retry-after is there more than %d times: there are %d retries",
                  SENDER_RETRIES, SENDER_RETRIES);
    return false;
  }
  for (size_t i = 0; i < written->count; i++)
    if (!duration_parse(written->items[i], &options->retry_us[i], &error)) {
      options_wrong(command, "--retry-after: %s", error.text);
      return false;
    }
  return true;
}

/* Readable at SIGTERM and SIGINT, which do nothing else from then on. */
static int open_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int report(const struct sender_stats *stats, uint64_t count) {
  struct buffer out = BUFFER_NONE;
  sender_stats_json(stats, &out);
  printf("%s\n", out.data);
  buffer_free(&out);
  return stats->taken == count && stats->forged_taken == 0 ? EXIT_DONE : EXIT_FAILURES;
}

int sim_webhooks(const struct command *command, const struct sim_webhooks_arguments *arguments,
                 struct sender_options *options) {
  struct error error = ERROR_NONE;
  struct sender_stats stats;
  struct error_line line;
  options->url = arguments->url;
  options->secret_token = arguments->secret_token ? arguments->secret_token : SIM_CLIENT_SECRET;
  options->ca_file = arguments->ca_file;
  options->connections = arguments->connections ? (unsigned)arguments->connections : 1;
  options->rate = (uint64_t)arguments->rate;
  options->burst = arguments->burst ? (uint64_t)arguments->burst : 1;
  if (!read_retries(command, &arguments->retry_after, options))
    return EXIT_USAGE;
  struct shown shown = {progress_new(stderr, options->count), 0};
  options->progress = show;
  options->context = &shown;
  options->stop_fd = open_signals();
  bool began = sender_run(options, &stats, &error);
  close(options->stop_fd);
  progress_free(shown.progress);
  if (began)
    return report(&stats, stats.planned);
  options_report(command, "%s", error_line(&error, &line));
  return EXIT_USAGE;
}
