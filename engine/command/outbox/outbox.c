/* `margay outbox`: the deliveries that wait, were made or given up, even while `margay run` is
 * running. */
#include "alert/message/alert_json.h"
#include "api/json/outbox_json.h"
#include "command/command.h"
#include "command/outbox_output.h"
#include "command/state_file.h"
#include "command/terminal/action.h"
#include "command/terminal/format_option.h"
#include "command/terminal/terminal.h"
#include "store/store_outbox.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define STEP 10000 /* deliveries that are changed in one transaction */

enum { WAITING_AND_PARKED = OUTBOX_STATE_COUNT, ALL_STATES, NO_STATE };
static const char *const state_words[] = {"pending", "delivered", "parked", "held",
                                          "open",    "all",       NULL};

struct outbox_options {
  const char *config, *state, *destination, *severity;
  int64_t limit;
  int format, states;
  bool all;
};

static const struct option_row option_rows[] = {
    STATE_FILE_OPTIONS(struct outbox_options),
    FORMAT_OPTION(struct outbox_options, "list: " FORMAT_OPTION_LINES),
    {"destination", 'd', OPTION_TEXT, offsetof(struct outbox_options, destination), "NAME",
     "deliveries to this destination, which may be gone by now", 0, 0, NULL},
    {"state-filter", 0, OPTION_CHOICE, offsetof(struct outbox_options, states),
     "pending|delivered|parked|held|open|all",
     "in this state; open: pending, parked (default: list open, else parked)", 0, 0, state_words},
    {"severity", 0, OPTION_TEXT, offsetof(struct outbox_options, severity), "LEVEL",
     "only alerts of this severity and above (info … critical)", 0, 0, NULL},
    {"limit", 'n', OPTION_NUMBER, offsetof(struct outbox_options, limit), "N",
     "list: the oldest N deliveries (all)", 1, 1000000000, NULL},
    {"all", 0, OPTION_FLAG, offsetof(struct outbox_options, all), NULL,
     "retry, drop: those of every alert and destination", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_outbox = {
    .name = "outbox",
    .summary = "list, retry and drop the deliveries of alerts",
    .arguments = "[list | retry | drop] [ALERT_ID] [OPTION]…",
    .help = "list   deliveries that wait or are parked (the default)\n"
            "retry  makes parked deliveries pending again; margay run sends them. With\n"
            "       --state-filter held those that a storm or a digest held back, one by one\n"
            "drop   deletes parked deliveries for good; the alerts stay. With --state-filter\n"
            "       those in another state, but for what is being sent\n"
            "\n"
            "retry and drop need an alert, a destination, or --all. An ID may be shortened to its\n"
            "first characters, at least four.",
    .example = "outbox",
    .example_help = "what waits, and what was given up and why\n"
                    "  margay outbox retry --destination security\n"
                    "  margay outbox drop --destination gone\n"
                    "  margay outbox list 3f9c21 --state-filter all --format json",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct action_call {
  const struct outbox_options *options;
  struct outbox_filter filter;
  struct store *store;
  struct table *table;
  int64_t count;
  bool json, ok;
  struct error error;
};

/* ---- actions ----------------------------------------------------------------------------- */

static bool list_one(void *context, const struct outbox_row *row) {
  struct action_call *call = context;
  call->count++;
  if (!call->json) {
    outbox_table_add(call->table, row);
    return true;
  }
  json_print_and_free(stdout, outbox_row_json(row));
  return true;
}

static unsigned states_of(int word) {
  switch (word) {
  case WAITING_AND_PARKED:
    return 1u << OUTBOX_PENDING | 1u << OUTBOX_PARKED;
  case ALL_STATES:
    return 0;
  default:
    return 1u << word;
  }
}

static void list(void *context) {
  struct action_call *call = context;
  int states = call->options->states == NO_STATE ? WAITING_AND_PARKED : call->options->states;
  call->filter.states = states_of(states);
  call->filter.limit = call->options->limit;
  call->table = outbox_table_new();
  call->ok = store_outbox_find(call->store, &call->filter, list_one, call, &call->error);
  if (call->ok && call->count > 0 && !call->json) {
    struct buffer page = BUFFER_NONE;
    table_write(call->table, terminal_colours(stdout), terminal_width(stdout), &page);
    fwrite(page.data, 1, page.size, stdout);
    buffer_free(&page);
  } else if (call->ok && call->count == 0 && !call->json) {
    fprintf(stderr, "no %s deliveries\n",
            states == WAITING_AND_PARKED ? "pending or parked"
            : states == ALL_STATES       ? "such"
                                         : state_words[states]);
  }
  table_free(call->table);
}

/* In steps, so that a running daemon never waits for long. */
static void change(struct action_call *call,
                   bool (*step)(struct store *, const struct outbox_filter *, time_us, int64_t *,
                                struct error *)) {
  struct clock clock = clock_system();
  time_us now = clock_now(&clock);
  int64_t count = 0;
  call->filter.limit = STEP;
  do {
    call->ok = step(call->store, &call->filter, now, &count, &call->error);
    call->count += count;
  } while (call->ok && count > 0);
}

static void retry(void *context) {
  struct action_call *call = context;
  int state = call->options->states == NO_STATE ? OUTBOX_PARKED : call->options->states;
  call->filter.states = 1u << state;
  change(call, store_outbox_retry);
  if (call->ok)
    printf("%" PRId64 " %s deliver%s pending again%s\n", call->count, state_words[state],
           call->count == 1 ? "y is" : "ies are",
           call->count > 0 ? "; margay run sends what is pending" : "");
}

static void drop(void *context) {
  struct action_call *call = context;
  int states = call->options->states == NO_STATE ? OUTBOX_PARKED : call->options->states;
  call->filter.states = states_of(states);
  change(call, store_outbox_drop);
  if (call->ok)
    printf("%" PRId64 " deliver%s dropped\n", call->count, call->count == 1 ? "y was" : "ies were");
}

static const struct action actions[] = {
    {"list", ACTION_TAKES_ANY, false, list},
    {"retry", ACTION_TAKES_ANY, false, retry},
    {"drop", ACTION_TAKES_ANY, false, drop},
};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "the id of an alert"};

/* ---- what was asked ---------------------------------------------------------------------- */

static bool read_options(struct action_call *call, const struct action *action,
                         const struct operands *operands) {
  const struct outbox_options *options = call->options;
  bool changes = action->run != list, narrowed = operands->count > 1 || options->destination;
  if (operands->count > 2)
    options_wrong(&command_outbox, "more than one alert was given");
  else if (options->severity &&
           !severity_parse(text_from(options->severity), &call->filter.min_severity))
    options_wrong(&command_outbox,
                  "--severity: unknown value '%s' (expected info, low, medium, high or critical)",
                  options->severity);
  else if (changes && !narrowed && !options->all)
    options_wrong(&command_outbox, "%s needs the id of an alert, --destination NAME, or --all",
                  action->name);
  else if (changes && narrowed && options->all)
    options_wrong(&command_outbox,
                  "--all is every delivery: leave the alert and --destination out");
  else if (action->run == retry && options->states != NO_STATE &&
           options->states != OUTBOX_PARKED && options->states != OUTBOX_HELD)
    options_wrong(&command_outbox,
                  "retry is for parked and held deliveries: leave --state-filter out, or say held");
  else
    return true;
  return false;
}

static void take_id(void *context, const struct alert *alert) {
  buffer_append_text(context, alert->id);
}

static int run_action(struct action_call *call, const struct action *action, const char *id) {
  struct buffer alert_id = BUFFER_NONE;
  struct error_line line;
  call->filter.destination_id = text_from(call->options->destination);
  call->store = state_file_open(call->options->config, call->options->state, &call->error);
  if (call->store &&
      (!id || store_alert_show(call->store, text_from(id), take_id, &alert_id, &call->error))) {
    call->filter.alert_id = buffer_text(&alert_id);
    action->run(call);
  }
  if (call->error.set)
    fprintf(stderr, "margay outbox: %s\n", error_line(&call->error, &line));
  int status = call->ok ? EXIT_DONE : call->store ? EXIT_FAILURES : EXIT_USAGE;
  store_close(call->store);
  buffer_free(&alert_id);
  return status;
}

static int run_command(int argc, char **argv) {
  struct outbox_options options = {.states = NO_STATE};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  int status;
  if (options_parse(&command_outbox, argc, argv, &arena, &options, &operands, &status)) {
    const struct action *action = action_find(&command_outbox, &action_list, &operands, false);
    struct action_call call = {.options = &options, .json = options.format == FORMAT_JSON};
    status = action && read_options(&call, action, &operands)
                 ? run_action(&call, action, operands.count > 1 ? operands.items[1] : NULL)
                 : EXIT_USAGE;
  }
  arena_free(&arena);
  return status;
}
