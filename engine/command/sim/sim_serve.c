#include "command/sim/sim_internal.h"

#include "sim/receiver.h"

#include <stdio.h>
#include <stdlib.h>

sigset_t sim_hold_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  return signals;
}

static void wait_for_end(const sigset_t *signals, uint16_t port) {
  int signal;
  printf("listening on http://127.0.0.1:%u\n", port);
  fflush(stdout);
  while (sigwait(signals, &signal) != 0)
    continue;
}

int sim_report(const struct sim_arguments *arguments, const struct error *error) {
  struct error_line line;
  options_report(arguments->command, "%s", error_line(error, &line));
  return EXIT_USAGE;
}

int sim_serve_receiver(const struct sim_arguments *arguments) {
  struct error error = ERROR_NONE;
  const char **faults = sim_list_of(&arguments->faults);
  struct receiver_options options = {.port = (uint16_t)arguments->port,
                                     .out = arguments->out,
                                     .faults = faults,
                                     .fault_count = arguments->faults.count,
                                     .seed = (uint64_t)arguments->seed};
  sigset_t signals = sim_hold_signals();
  struct receiver *receiver = receiver_start(&options, &error);
  free(faults);
  if (!receiver)
    return sim_report(arguments, &error);
  struct buffer stats = BUFFER_NONE;
  wait_for_end(&signals, receiver_port(receiver));
  receiver_stats_json(receiver, &stats);
  printf("%s\n", stats.data);
  buffer_free(&stats);
  receiver_stop(receiver);
  return EXIT_DONE;
}

int sim_serve_zoom(const struct sim_arguments *arguments, struct sim_options *options) {
  struct error error = ERROR_NONE;
  const char **faults = sim_list_of(&arguments->faults);
  options->faults = faults;
  options->fault_count = arguments->faults.count;
  sigset_t signals = sim_hold_signals();
  struct sim *sim = sim_start(options, &error);
  free(faults);
  if (!sim)
    return sim_report(arguments, &error);
  struct buffer stats = BUFFER_NONE;
  wait_for_end(&signals, sim_port(sim));
  sim_stats_json(sim, &stats);
  printf("%s\n", stats.data);
  buffer_free(&stats);
  sim_stop(sim);
  return EXIT_DONE;
}
