/* `margay alerts`: reads and changes the store, even while `margay run` is running. */
#include "command/alerts/alerts_internal.h"
#include "command/command.h"
#include "command/preview.h"
#include "command/state_file.h"
#include "command/terminal/action.h"
#include "command/terminal/format_option.h"
#include "command/terminal/moment.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define ALERTS_SHOWN 100
#define EVENTS_SHOWN 20

static const char *const resolutions[] = {"true_positive", "false_positive", "benign", NULL};

static const struct option_row option_rows[] = {
    STATE_FILE_OPTIONS(struct alerts_options),
    FORMAT_OPTION(struct alerts_options, FORMAT_OPTION_LINES),
    {"status", 0, OPTION_LIST, offsetof(struct alerts_options, statuses), "STATE",
     "list: open, acknowledged or resolved; may be given several times", 0, 0, NULL},
    {"rule", 0, OPTION_TEXT, offsetof(struct alerts_options, rule), "ID",
     "list: only alerts of this rule; * stands for any characters", 0, 0, NULL},
    {"actor", 0, OPTION_TEXT, offsetof(struct alerts_options, actor), "WHO",
     "list: only what this person did; * stands for any characters", 0, 0, NULL},
    {"source", 0, OPTION_TEXT, offsetof(struct alerts_options, source), "ID",
     "list: only alerts from this source", 0, 0, NULL},
    {"severity", 0, OPTION_TEXT, offsetof(struct alerts_options, severity), "LEVEL",
     "list: only this severity and above (info … critical)", 0, 0, NULL},
    {"since", 0, OPTION_TEXT, offsetof(struct alerts_options, since), "TIME",
     "list: opened then or later: 2024-03-21, 2024-03-21T07:00:00Z, or 24h", 0, 0, NULL},
    {"until", 0, OPTION_TEXT, offsetof(struct alerts_options, until), "TIME",
     "list: opened before that time", 0, 0, NULL},
    {"limit", 'n', OPTION_NUMBER, offsetof(struct alerts_options, limit), "N",
     "list: the newest N alerts (100); show: the first N events (20)", 1, 1000000000, NULL},
    {"follow", 0, OPTION_FLAG, offsetof(struct alerts_options, follow), NULL,
     "list: alerts as they open and change, --since from then on", 0, 0, NULL},
    {"as", 0, OPTION_CHOICE, offsetof(struct alerts_options, resolution),
     "true_positive|false_positive|benign", "resolve: what it was (needed)", 0, 0, resolutions},
    {"to", 0, OPTION_TEXT, offsetof(struct alerts_options, assignee), "WHO",
     "assign: whose it is (needed); an empty name: nobody's", 0, 0, NULL},
    {"note", 'm', OPTION_TEXT, offsetof(struct alerts_options, note), "TEXT",
     "what is said about the change, and what the action note adds", 0, 0, NULL},
    {"by", 0, OPTION_TEXT, offsetof(struct alerts_options, by), "WHO",
     "who makes the change (default: $USER)", 0, 0, NULL},
    {"destination", 'd', OPTION_TEXT, offsetof(struct alerts_options, destination), "NAME",
     "preview: the destination", 0, 0, NULL},
    {"occasion", 0, OPTION_CHOICE, offsetof(struct alerts_options, occasion), "opened|resolved|…",
     "preview: one of the occasions (default: all that the destination gets)", 0, 0,
     preview_occasions},
};

static int run_command(int argc, char **argv);
extern const struct command command_outbox;

const struct command command_alerts = {
    .name = "alerts",
    .summary = "list, show, acknowledge and resolve alerts",
    .arguments = "[list | show ID | ack|resolve|reopen|assign|note ID… | preview [ID]] [OPTION]…",
    .help = "list     the newest alerts, one per line (the default)\n"
            "show     everything about one alert: its history, events and deliveries\n"
            "ack      somebody looks at it\n"
            "resolve  it is done with: --as says what it was\n"
            "reopen   it is not, or nobody looks at it\n"
            "assign   --to says whose it is\n"
            "note     adds --note to its history\n"
            "preview  what would be sent to a destination, of an alert or of a sample\n"
            "\n"
            "Destinations are sent what happens to an alert, each what it is configured to get.\n"
            "An ID may be shortened to its first characters, at least four.",
    .example = "alerts list --severity high --status open --since 24h",
    .example_help = "what of the last day is HIGH or CRITICAL and waits for somebody\n"
                    "  margay alerts show 3f9c21\n"
                    "  margay alerts ack 3f9c21 a1b2c3\n"
                    "  margay alerts resolve 3f9c21 --as false_positive --note 'a migration'\n"
                    "  margay alerts list --follow --format json\n"
                    "  margay alerts preview --destination security",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

/* ---- what was asked ---------------------------------------------------------------------- */

static bool read_severity(const struct alerts_options *options, struct alert_filter *filter) {
  filter->by_severity = options->severity != NULL;
  if (!options->severity || severity_parse(text_from(options->severity), &filter->min_severity))
    return true;
  options_wrong(&command_alerts,
                "--severity: unknown value '%s' (expected info, low, medium, high or "
                "critical)",
                options->severity);
  return false;
}

static bool read_states(const struct alerts_options *options, struct alert_filter *filter) {
  for (size_t i = 0; i < options->statuses.count; i++) {
    enum alert_state state;
    if (!alert_state_parse(options->statuses.items[i], &state)) {
      options_wrong(&command_alerts,
                    "--status: unknown value '%s' (expected open, acknowledged or resolved)",
                    options->statuses.items[i].data);
      return false;
    }
    filter->states |= UINT32_C(1) << state;
  }
  return true;
}

static bool read_filter(const struct alerts_options *options, struct alert_filter *filter) {
  bool pattern = options->rule && strchr(options->rule, '*');
  *filter = (struct alert_filter){.rule_id = text_from(pattern ? NULL : options->rule),
                                  .rule_pattern = text_from(pattern ? options->rule : NULL),
                                  .actor = text_from(options->actor),
                                  .source_id = text_from(options->source),
                                  .limit = options->limit};
  return read_severity(options, filter) && read_states(options, filter) &&
         moment_read(&command_alerts, "since", options->since, &filter->since) &&
         moment_read(&command_alerts, "until", options->until, &filter->until);
}

/* In every command --state names the file. */
static bool check_state(const char *state) {
  enum alert_state word;
  if (!state || access(state, F_OK) == 0 || !alert_state_parse(text_from(state), &word))
    return true;
  options_wrong(&command_alerts, "--state names the state file; --status %s lists such alerts",
                state);
  return false;
}

/* ---- list and show ----------------------------------------------------------------------- */

/* One more than is listed was asked for: it is known whether there are more. */
static bool list_one(void *context, const struct alert *alert) {
  struct alerts_call *call = context;
  if (call->listed++ == call->limit)
    return false;
  call->ok = alerts_output_add(&call->output, call->store, alert, &call->error);
  return call->ok;
}

static void list_once(struct alerts_call *call) {
  call->limit = call->filter.limit ? call->filter.limit : ALERTS_SHOWN;
  call->filter.limit = call->limit + 1;
  call->ok = true;
  bool read = store_alert_list(call->store, &call->filter, list_one, call, &call->error);
  call->ok = call->ok && read;
  if (alerts_output_end(&call->output) == 0 && call->ok && !call->output.json)
    fprintf(stderr, "no alerts\n");
  if (call->listed > call->limit)
    fprintf(stderr, "only the newest %lld are listed: -n lists more, --until older ones\n",
            (long long)call->limit);
}

static void list(void *context) {
  struct alerts_call *call = context;
  struct buffer rule_id = BUFFER_NONE;
  call->ok = !call->filter.rule_id.size ||
             store_alert_rule_id(call->store, call->filter.rule_id, &rule_id, &call->error);
  call->filter.rule_id = buffer_text(&rule_id);
  if (call->ok && call->options->follow)
    alerts_follow(call);
  else if (call->ok)
    list_once(call);
  buffer_free(&rule_id);
}

static void show_one(void *context, const struct alert *alert) {
  struct alerts_call *call = context;
  int64_t limit = call->options->limit ? call->options->limit : EVENTS_SHOWN;
  call->ok = alerts_output_show(&call->output, call->store, alert, limit, &call->error);
}

static void show(void *context) {
  struct alerts_call *call = context;
  call->ok = true;
  bool found = store_alert_show(call->store, text_from(call->operands->items[1]), show_one, call,
                                &call->error);
  call->ok = call->ok && found;
}

/* It reads the configuration, and the state file only for an alert of it. */
static int preview(const struct alerts_options *options, const struct operands *operands) {
  const struct preview_options wanted = {.config = options->config,
                                         .destination = options->destination,
                                         .alert_id =
                                             operands->count > 1 ? operands->items[1] : NULL,
                                         .occasion = options->occasion};
  return operands->count > 2 ? options_wrong(&command_alerts, "more than one alert was given")
                             : preview_run(&command_alerts, &wanted);
}

static const struct action actions[] = {
    {"list", false, false, list},
    {"show", true, false, show},
    {"ack", ACTION_TAKES_ANY, false, alerts_acknowledge},
    {"resolve", ACTION_TAKES_ANY, false, alerts_resolve},
    {"reopen", ACTION_TAKES_ANY, false, alerts_reopen},
    {"assign", ACTION_TAKES_ANY, false, alerts_assign},
    {"note", ACTION_TAKES_ANY, false, alerts_note},
    {"preview", ACTION_TAKES_ANY, false, NULL},
};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "the id of an alert"};

/* What `margay outbox` does was `margay alerts outbox` and `margay alerts retry` in 0.1.0. */
static bool is_of_the_outbox(const char *action) {
  return strcmp(action, "outbox") == 0 || strcmp(action, "retry") == 0;
}

static int run_command(int argc, char **argv) {
  if (argc > 1 && is_of_the_outbox(argv[1]))
    return strcmp(argv[1], "retry") == 0 ? command_outbox.run(argc, argv)
                                         : command_outbox.run(argc - 1, argv + 1);
  struct alerts_options options = {.resolution = NO_RESOLUTION, .occasion = PREVIEW_EVERY_OCCASION};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  struct alerts_call call = {
      .command = &command_alerts, .options = &options, .operands = &operands};
  int status;
  if (!options_parse(&command_alerts, argc, argv, &arena, &options, &operands, &status))
    goto done;
  status = EXIT_USAGE;
  const struct action *action = action_find(&command_alerts, &action_list, &operands, false);
  if (!action || !check_state(options.state) || !read_filter(&options, &call.filter) ||
      (action->run && action->takes_id == ACTION_TAKES_ANY && !alerts_check_change(&call)))
    goto done;
  if (!action->run) {
    status = preview(&options, &operands);
    goto done;
  }
  call.store = state_file_open(options.config, options.state, &call.error);
  if (call.store) {
    call.output = alerts_output_of(stdout, options.format == FORMAT_JSON);
    action->run(&call);
    status = call.ok ? EXIT_DONE : EXIT_FAILURES;
  }
  struct error_line line;
  if (call.error.set)
    fprintf(stderr, "margay alerts: %s\n", error_line(&call.error, &line));
done:
  store_close(call.store);
  arena_free(&arena);
  return status;
}
