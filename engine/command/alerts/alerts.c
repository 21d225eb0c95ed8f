/* `margay alerts`: reads the store, even while `margay run` is running. */
#include "command/alerts/alerts_output.h"
#include "command/command.h"
#include "command/preview.h"
#include "command/state_file.h"
#include "command/terminal/action.h"
#include "command/terminal/moment.h"
#include "store/store_outbox.h"

#include <stddef.h>
#include <string.h>

#define ALERTS_SHOWN 100
#define EVENTS_SHOWN 20

struct alerts_options {
  const char *config, *state, *rule, *severity, *since, *until, *destination;
  int64_t limit;
  int format, occasion;
};

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {"text", "json", NULL};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct alerts_options, config), "FILE",
     "the configuration that names the state file (default: margay.yml)", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct alerts_options, state), "PATH",
     "the state file itself; no configuration is read", 0, 0, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct alerts_options, format), "text|json",
     "text for people (default), or one JSON object per line", 0, 0, formats},
    {"rule", 0, OPTION_TEXT, offsetof(struct alerts_options, rule), "ID",
     "list: only alerts of this rule", 0, 0, NULL},
    {"severity", 0, OPTION_TEXT, offsetof(struct alerts_options, severity), "LEVEL",
     "list: only this severity and above (info … critical)", 0, 0, NULL},
    {"since", 0, OPTION_TEXT, offsetof(struct alerts_options, since), "TIME",
     "list: opened then or later: 2024-03-21, 2024-03-21T07:00:00Z, or 24h", 0, 0, NULL},
    {"until", 0, OPTION_TEXT, offsetof(struct alerts_options, until), "TIME",
     "list: opened before that time", 0, 0, NULL},
    {"limit", 'n', OPTION_NUMBER, offsetof(struct alerts_options, limit), "N",
     "list: the newest N alerts (100); show: the first N events (20)", 1, 1000000000, NULL},
    {"destination", 'd', OPTION_TEXT, offsetof(struct alerts_options, destination), "NAME",
     "preview: the destination", 0, 0, NULL},
    {"occasion", 0, OPTION_CHOICE, offsetof(struct alerts_options, occasion), "opened|resolved|…",
     "preview: one of the occasions (default: all that the destination gets)", 0, 0,
     preview_occasions},
};

static int run_command(int argc, char **argv);

const struct command command_alerts = {
    .name = "alerts",
    .summary = "list and show alerts and their deliveries",
    .arguments = "[list | show ID | preview [ID]] [OPTION]…",
    .help = "list     the newest alerts, one per line (the default)\n"
            "show     everything about one alert: its events, deliveries and their errors\n"
            "preview  what would be sent to a destination, of an alert or of a sample\n"
            "\n"
            "An ID may be shortened to its first characters, at least four.",
    .example = "alerts list --severity high --since 24h",
    .example_help = "the alerts of the last day that are HIGH or CRITICAL\n"
                    "  margay alerts show 3f9c21\n"
                    "  margay alerts preview --destination security",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

/* ---- what was asked ---------------------------------------------------------------------- */

static bool read_filter(const struct alerts_options *options, struct alert_filter *filter) {
  *filter = (struct alert_filter){.rule_id = text_from(options->rule), .limit = options->limit};
  if (options->severity) {
    filter->by_severity = true;
    if (!severity_parse(text_from(options->severity), &filter->min_severity)) {
      options_wrong(&command_alerts,
                    "--severity: unknown value '%s' (expected info, low, medium, high or "
                    "critical)",
                    options->severity);
      return false;
    }
  }
  return moment_read(&command_alerts, "since", options->since, &filter->since) &&
         moment_read(&command_alerts, "until", options->until, &filter->until);
}

/* ---- actions ----------------------------------------------------------------------------- */

struct action_call {
  const struct alerts_options *options;
  struct alert_filter filter;
  struct store *store;
  struct alerts_output output;
  struct text id;        /* empty when the action takes none */
  int64_t limit, listed; /* list: at most, and so far */
  bool ok;
  struct error error;
};

/* One more than is listed was asked for: it is known whether there are more. */
static bool list_one(void *context, const struct alert *alert) {
  struct action_call *call = context;
  if (call->listed++ == call->limit)
    return false;
  call->ok = alerts_output_add(&call->output, call->store, alert, &call->error);
  return call->ok;
}

static void list(void *context) {
  struct action_call *call = context;
  struct buffer rule_id = BUFFER_NONE;
  call->limit = call->filter.limit ? call->filter.limit : ALERTS_SHOWN;
  call->filter.limit = call->limit + 1;
  call->ok = true;
  bool read = !call->filter.rule_id.size ||
              store_alert_rule_id(call->store, call->filter.rule_id, &rule_id, &call->error);
  call->filter.rule_id = buffer_text(&rule_id);
  read = read && store_alert_list(call->store, &call->filter, list_one, call, &call->error);
  call->ok = call->ok && read;
  buffer_free(&rule_id);
  if (alerts_output_end(&call->output) == 0 && call->ok && !call->output.json)
    fprintf(stderr, "no alerts\n");
  if (call->listed > call->limit)
    fprintf(stderr, "only the newest %lld are listed: -n lists more, --until older ones\n",
            (long long)call->limit);
}

static void show_one(void *context, const struct alert *alert) {
  struct action_call *call = context;
  int64_t limit = call->options->limit ? call->options->limit : EVENTS_SHOWN;
  call->ok = alerts_output_show(&call->output, call->store, alert, limit, &call->error);
}

static void show(void *context) {
  struct action_call *call = context;
  call->ok = true;
  bool found = store_alert_show(call->store, call->id, show_one, call, &call->error);
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
    {"preview", ACTION_TAKES_ANY, false, NULL},
};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "the id of an alert"};

static int run_command(int argc, char **argv) {
  struct alerts_options options = {.occasion = PREVIEW_EVERY_OCCASION};
  struct arena arena = ARENA_NONE;
  struct action_call call = {.options = &options, .id = {"", 0}};
  struct operands operands;
  int status;
  if (!options_parse(&command_alerts, argc, argv, &arena, &options, &operands, &status))
    goto done;
  status = EXIT_USAGE;
  const struct action *action = action_find(&command_alerts, &action_list, &operands, false);
  if (!action || !read_filter(&options, &call.filter))
    goto done;
  if (!action->run) {
    status = preview(&options, &operands);
    goto done;
  }
  if (action->takes_id)
    call.id = text_from(operands.items[1]);
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
