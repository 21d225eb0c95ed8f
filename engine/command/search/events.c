/* `margay events`: one event of the archive, whole, and what happened around it. */
#include "alert/message/markup.h"
#include "alert/message/stored_json.h"
#include "api/search/stored_reader.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/search/search_output.h"
#include "command/search/search_schemas.h"
#include "command/state_file.h"
#include "command/terminal/action.h"
#include "command/terminal/format_option.h"

#include <stddef.h>
#include <stdlib.h>

#define EVENTS_SHOWN 100

struct events_options {
  const char *config, *state, *around;
  struct text_list_option schemas;
  int64_t limit;
  int format;
};

static const struct option_row option_rows[] = {
    {"around", 0, OPTION_TEXT, offsetof(struct events_options, around), "DURATION",
     "list the events from so long before to so long after it", 0, 0, NULL},
    {"limit", 'n', OPTION_NUMBER, offsetof(struct events_options, limit), "N",
     "of these at most N (100)", 1, 10000000, NULL},
    FORMAT_OPTION(struct events_options, FORMAT_OPTION_LINES),
    {"config", 'c', OPTION_TEXT, offsetof(struct events_options, config), "FILE",
     "names the state file and the schemas (default: margay.yml)", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct events_options, state), "PATH",
     "the state file itself; no configuration is read", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct events_options, schemas), "PATH",
     "schemas, any number of times, in place of the configuration's", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_events = {
    .name = "events",
    .summary = "show an event of the archive, and what happened around it",
    .arguments = "show ROW [OPTION]…",
    .help =
        "show  the event with its p_ fields; ROW is its row id, as search, alerts and messages\n"
        "      give it",
    .example = "events show 48eff7334878cff58a5a9b1d9c3c8d10 --around 10m",
    .example_help = "what happened in the ten minutes before and after it\n"
                    "  margay events show 48eff7334878cff58a5a9b1d9c3c8d10 --format json",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct events_call {
  const struct events_options *options;
  struct arena arena;
  struct text row_id;
  struct schema_set *schemas;
  struct store *store;
  struct stored_reader *reader;
  struct search_output output;
  time_us time; /* of the event */
  int64_t left;
  bool more, ok;
  struct error error;
};

/* ---- show --------------------------------------------------------------------------------- */

static void append_line(struct buffer *page, const char *label, struct text value) {
  buffer_printf(page, "%-10s ", label);
  markup_append(page, &markup_line, value, 1000);
  buffer_append_char(page, '\n');
}

static void print_whole(struct events_call *call, const struct store_event *stored) {
  struct buffer page = BUFFER_NONE, json = BUFFER_NONE, indented = BUFFER_NONE;
  struct time_string time;
  const struct event *event = stored_reader_read(call->reader, stored);
  append_line(&page, "row", stored->row_id);
  append_line(&page, "log type", stored->log_type);
  append_line(&page, "source", stored->source_id);
  append_line(&page, "time", text_from(time_format(stored->event_time, &time)));
  append_line(&page, "came in", text_from(time_format(stored->parse_time, &time)));
  if (event)
    event_write(event, &json);
  else
    buffer_append_text(&json, stored->record);
  stored_json_append_indented(&indented, buffer_text(&json));
  buffer_append_json_visible(&page, buffer_text(&indented));
  buffer_append_char(&page, '\n');
  fwrite(page.data, 1, page.size, stdout);
  if (!event)
    options_report(&command_events, "the event does not fit today's schemas: this is its record");
  buffer_free(&page);
  buffer_free(&json);
  buffer_free(&indented);
}

static void found_one(void *context, const struct store_event *stored) {
  struct events_call *call = context;
  call->time = stored->event_time;
  if (call->options->around)
    return;
  if (call->output.format == SEARCH_JSON)
    search_output_event(&call->output, stored, stored_reader_read(call->reader, stored));
  else
    print_whole(call, stored);
}

/* ---- what was around it ------------------------------------------------------------------- */

static bool take_around(void *context, const struct store_event *stored) {
  struct events_call *call = context;
  call->more = call->left == 0;
  if (call->more)
    return false;
  call->left--;
  if (call->output.format == SEARCH_TEXT)
    fputs(text_equal(stored->row_id, call->row_id) ? "> " : "  ", stdout);
  search_output_event(&call->output, stored, stored_reader_read(call->reader, stored));
  return !ferror(stdout);
}

static void list_around(struct events_call *call, int64_t span) {
  struct text *types = arena_alloc(&call->arena, (call->schemas->count + 1) * sizeof *types);
  for (size_t i = 0; i < call->schemas->count; i++)
    types[i] = call->schemas->schemas[i].name;
  const struct store_archive archive = {types, call->schemas->count, call->time - span,
                                        call->time + span + 1};
  call->left = call->options->limit ? call->options->limit : EVENTS_SHOWN;
  call->ok = store_event_read(call->store, &archive, take_around, call, &call->error);
  if (call->more)
    fprintf(stderr, "only the first %lld are listed: -n lists more, a shorter --around fewer\n",
            (long long)(call->options->limit ? call->options->limit : EVENTS_SHOWN));
}

static void show(void *context) {
  struct events_call *call = context;
  const char *around = call->options->around;
  int64_t span = 0;
  bool known = false;
  if (around && !duration_parse(text_from(around), &span, &call->error)) {
    error_prefix(&call->error, "--around");
    return;
  }
  if (!store_event_find(call->store, call->row_id, found_one, call, &known, &call->error))
    return;
  if (!known)
    error_set(&call->error, "no event has the row '%.*s': those past their retention are gone",
              TEXT_ARGS(call->row_id));
  else if (around)
    list_around(call, span);
  else
    call->ok = true;
}

/* ---- the command -------------------------------------------------------------------------- */

static const struct action actions[] = {{"show", true, false, show}};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "the row id of an event"};

static int run_action(struct events_call *call, const struct action *action) {
  const struct events_options *options = call->options;
  struct error_line line;
  call->store = state_file_open(options->config, options->state, &call->error);
  call->reader = stored_reader_new(call->schemas);
  call->output.format = (enum search_format)options->format;
  if (call->store)
    action->run(call);
  if (call->error.set)
    options_report(&command_events, "%s", error_line(&call->error, &line));
  return call->ok ? EXIT_DONE : EXIT_FAILURES;
}

static int run_command(int argc, char **argv) {
  struct events_options options = {.limit = 0};
  struct problems problems = PROBLEMS_NONE;
  struct arena arena = ARENA_NONE;
  struct operands operands;
  struct events_call call = {.options = &options};
  int status;
  if (options_parse(&command_events, argc, argv, &arena, &options, &operands, &status)) {
    const struct action *action = action_find(&command_events, &action_list, &operands, false);
    const struct search_schemas wanted = {options.config, options.state, &options.schemas};
    status = EXIT_USAGE;
    if (action) {
      call.row_id = text_from(operands.items[1]);
      call.schemas = search_schemas_load(&wanted, NULL, &problems);
      if (load_report(&problems) && call.schemas)
        status = run_action(&call, action);
    }
  }
  stored_reader_free(call.reader);
  store_close(call.store);
  schema_set_free(call.schemas);
  problems_clear(&problems);
  arena_free(&call.arena);
  arena_free(&arena);
  return status;
}
