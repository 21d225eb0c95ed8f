#include "command/sim/sim_internal.h"

#include "base/settings/settings.h"
#include "command/terminal/progress.h"
#include "sim/sender/sender.h"

#include <stdio.h>
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
static bool read_retries(const struct sim_arguments *arguments, struct sender_options *options) {
  const struct text_list_option *written = &arguments->webhooks.retry_after;
  struct error error = ERROR_NONE;
  if (written->count > SENDER_RETRIES) {
    options_wrong(arguments->command,
                  "--retry-after is there more than %d times: there are %d retries", SENDER_RETRIES,
                  SENDER_RETRIES);
    return false;
  }
  for (size_t i = 0; i < written->count; i++)
    if (!duration_parse(written->items[i], &options->retry_us[i], &error)) {
      options_wrong(arguments->command, "--retry-after: %s", error.text);
      return false;
    }
  return true;
}

static int report(const struct sender_stats *stats, uint64_t count) {
  struct buffer out = BUFFER_NONE;
  sender_stats_json(stats, &out);
  printf("%s\n", out.data);
  buffer_free(&out);
  return stats->taken == count && stats->forged_taken == 0 ? EXIT_DONE : EXIT_FAILURES;
}

static bool read_sender(const struct sim_arguments *arguments, const char *bodies,
                        struct sender_options *options) {
  *options = sender_options_default();
  options->url = arguments->webhooks.url;
  options->secret_token =
      arguments->webhooks.secret_token ? arguments->webhooks.secret_token : SIM_CLIENT_SECRET;
  options->ca_file = arguments->webhooks.ca_file;
  options->connections =
      arguments->webhooks.connections ? (unsigned)arguments->webhooks.connections : 1;
  options->rate = (uint64_t)arguments->webhooks.rate;
  options->burst = arguments->webhooks.burst ? (uint64_t)arguments->webhooks.burst : 1;
  options->bodies = bodies;
  options->seed = (uint64_t)arguments->seed;
  options->count = arguments->count >= 0 ? (uint64_t)arguments->count : bodies ? 0 : COUNT_DEFAULT;
  return sim_read_share(arguments, "repeated", arguments->webhooks.repeated, &options->repeated) &&
         sim_read_share(arguments, "forged", arguments->webhooks.forged, &options->forged) &&
         read_retries(arguments, options);
}

int sim_send_webhooks(const struct sim_arguments *arguments, const struct operands *paths) {
  struct error error = ERROR_NONE;
  struct sender_options options;
  struct sender_stats stats;
  if (paths->count > 1)
    return options_wrong(arguments->command, "--webhooks takes one FILE, with one body a line");
  if (!read_sender(arguments, paths->count ? paths->items[0] : NULL, &options))
    return EXIT_USAGE;
  struct shown shown = {progress_new(stderr, options.count), 0};
  options.progress = show;
  options.context = &shown;
  sigset_t signals = sim_hold_signals();
  options.stop_fd = signalfd(-1, &signals, SFD_CLOEXEC);
  bool began = sender_run(&options, &stats, &error);
  close(options.stop_fd);
  progress_free(shown.progress);
  return began ? report(&stats, stats.planned) : sim_report(arguments, &error);
}
