/* `margay destinations`: where alerts go, how that went last, and whether it works. */
#include "base/memory.h"
#include "base/suggestion.h"
#include "command/command.h"
#include "command/config/config.h"
#include "command/config/load.h"
#include "command/outbox/destinations_output.h"
#include "command/terminal/action.h"
#include "command/terminal/format_option.h"
#include "delivery/trial.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIAL_US (20 * US_PER_SECOND) /* for one request; a person waits */

struct destinations_options {
  const char *config;
  int format;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct destinations_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    FORMAT_OPTION(struct destinations_options, "list: " FORMAT_OPTION_LINES),
};

static int run_command(int argc, char **argv);

const struct command command_destinations = {
    .name = "destinations",
    .summary = "list destinations and how they are, send a test alert to one",
    .arguments = "[list | test NAME] [OPTION]…",
    .help = "list  what each gets, whether its circuit is open, what waits for it and what is\n"
            "      parked, and when it last took an alert or did not (the default)\n"
            "test  sends it a marked test alert, straight and not by the outbox, and prints\n"
            "      what it answers; the status is 1 unless the alert was taken",
    .example = "destinations",
    .example_help = "where alerts go, and how that went last\n"
                    "  margay destinations test security",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct action_call {
  const struct destinations_options *options;
  const struct operands *operands;
  struct config *config;
  int status;
};

/* ---- list -------------------------------------------------------------------------------- */

/* A state file that is not there yet knows nothing of them. */
static void list(void *context) {
  struct action_call *call = context;
  const struct config *config = call->config;
  struct error error = ERROR_NONE;
  struct store *store =
      access(config->state_path, F_OK) == 0 ? store_open_to_read(config->state_path, &error) : NULL;
  bool ok = !error.set && destinations_print(config->destinations, config->destination_count, store,
                                             call->options->format == FORMAT_JSON, &error);
  struct error_line line;
  if (!ok)
    options_report(&command_destinations, "%s", error_line(&error, &line));
  store_close(store);
  call->status = ok ? EXIT_DONE : EXIT_FAILURES;
}

/* ---- test -------------------------------------------------------------------------------- */

static const char *const verdict_words[] = {
    [DELIVERY_DONE] = "taken",
    [DELIVERY_RETRY] = "NOT TAKEN, may work later",
    [DELIVERY_PARK] = "NOT TAKEN, and would be parked",
    [DELIVERY_MORE] = "taken, another request follows",
};

static void print_answer(void *context, const struct trial_answer *answer) {
  char shown[sizeof answer->reason->text];
  struct error_line line;
  (void)context;
  printf("%s\n  ", answer->target);
  if (answer->status)
    printf("answered %ld: ", answer->status);
  printf("%s", verdict_words[answer->verdict]);
  if (answer->reason->set)
    printf(": %s", text_printable(text_from(answer->reason->text), shown, sizeof shown));
  printf("\n");
  if (answer->template_error->set)
    printf("  its template failed, so it was sent as without it: %s\n",
           error_line(answer->template_error, &line));
  fflush(stdout);
}

static const struct destination *find(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->destination_count; i++)
    if (text_is(config->destinations[i].id, name))
      return &config->destinations[i];
  const char **names = memory_alloc_array(config->destination_count, sizeof *names);
  for (size_t i = 0; i < config->destination_count; i++)
    names[i] = config->destinations[i].id.data;
  struct suggestion suggestion;
  options_wrong(&command_destinations, "there is no destination '%s'%s", name,
                suggestion_find(text_from(name), names, config->destination_count, &suggestion));
  free(names);
  return NULL;
}

static void test(void *context) {
  struct action_call *call = context;
  const struct destination *destination = find(call->config, call->operands->items[1]);
  call->status = EXIT_USAGE;
  if (!destination)
    return;
  const struct clock clock = clock_system();
  const struct alert alert = trial_alert(clock_now(&clock));
  const struct trial trial = {.destination = destination,
                              .alert = &alert,
                              .idempotency_key = TEXT("margay-destinations-test"),
                              .now = alert.created_at,
                              .transfer_us = TRIAL_US,
                              .console = stdout,
                              .each = print_answer};
  call->status = trial_run(&trial) == DELIVERY_DONE ? EXIT_DONE : EXIT_FAILURES;
}

static const struct action actions[] = {
    {"list", false, false, list},
    {"test", true, false, test},
};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "the id of a destination"};

static int run_action(struct action_call *call, const struct action *action) {
  struct problems problems = PROBLEMS_NONE;
  const char *path = call->options->config ? call->options->config : CONFIG_DEFAULT_PATH;
  call->config = config_load(path, &problems);
  if (load_report(&problems) && call->config)
    action->run(call);
  else
    call->status = EXIT_USAGE;
  config_free(call->config);
  problems_clear(&problems);
  return call->status;
}

static int run_command(int argc, char **argv) {
  struct destinations_options options = {.config = NULL};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  int status;
  if (options_parse(&command_destinations, argc, argv, &arena, &options, &operands, &status)) {
    const struct action *action =
        action_find(&command_destinations, &action_list, &operands, false);
    struct action_call call = {.options = &options, .operands = &operands};
    status = action ? run_action(&call, action) : EXIT_USAGE;
  }
  arena_free(&arena);
  return status;
}
