/* `margay search`: events of the archive, by their indicators. */
#include "alert/message/alert_json.h"
#include "alert/message/markup.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/config/bundled.h"
#include "command/config/load.h"
#include "command/state_file.h"
#include "command/terminal/moment.h"
#include "event/event.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_SHOWN 100
#define VALUE_MAX ((size_t)1 << 20)
#define KINDS_MAX 16 /* of indicators that one text can be */

struct search_options {
  const char *config, *state, *indicator, *since, *log_type;
  struct text_list_option schemas;
  int64_t limit;
  int format;
};

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {"text", "json", NULL};

static const struct option_row option_rows[] = {
    {"indicator", 'i', OPTION_TEXT, offsetof(struct search_options, indicator), "VALUE",
     "an e-mail address, IP address, host, user name, hash or trace ID", 0, 0, NULL},
    {"since", 0, OPTION_TEXT, offsetof(struct search_options, since), "TIME",
     "events of then or later: 2024-03-21, 2024-03-21T07:00:00Z, or 7d", 0, 0, NULL},
    {"log-type", 't', OPTION_TEXT, offsetof(struct search_options, log_type), "TYPE",
     "events of this log type only", 0, 0, NULL},
    {"limit", 'n', OPTION_NUMBER, offsetof(struct search_options, limit), "N",
     "the newest N events (100)", 1, 1000000000, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct search_options, format), "text|json",
     "text for people (default), or one JSON object a line", 0, 0, formats},
    {"config", 'c', OPTION_TEXT, offsetof(struct search_options, config), "FILE",
     "names the state file and the schemas (default: margay.yml)", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct search_options, state), "PATH",
     "the state file itself; no configuration is read", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct search_options, schemas), "PATH",
     "schemas, any number of times, in place of the configuration's", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_search = {
    .name = "search",
    .summary = "find the events of a person, an address or another indicator",
    .arguments = "--indicator VALUE [OPTION]…",
    .help = "Prints the kept events that have the indicator, whatever field it is in; those that\n"
            "came in last first. Letters count as in p_any_emails and its like: Homer@Example.com\n"
            "is homer@example.com. An index finds them at once; events that were kept while\n"
            "index_events was false, or by an earlier margay, are read one by one.",
    .example = "search --indicator homer@example.com --since 7d",
    .example_help = "everything of homer@example.com in the last week\n"
                    "  margay search -i 203.0.113.9 --format json",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct wanted {
  const char *name; /* p_any_emails */
  struct text value;
};

struct search_call {
  const struct search_options *options;
  struct arena arena;
  struct wanted wanted[KINDS_MAX];
  uint64_t numbers[KINDS_MAX];
  size_t count;
  struct event_reader *reader;
  struct buffer record;
  bool is_one; /* the event that is looked at has the indicator */
  int64_t limit, found, damaged;
  bool more;
};

/* ---- what is wanted ---------------------------------------------------------------------- */

static void add_wanted(void *context, const char *name, struct text value) {
  struct search_call *call = context;
  if (call->count == KINDS_MAX)
    return;
  call->numbers[call->count] = indicator_number(name, value);
  call->wanted[call->count++] = (struct wanted){name, arena_copy(&call->arena, value)};
}

static void compare(void *context, const char *name, struct text value) {
  struct search_call *call = context;
  for (size_t i = 0; i < call->count && !call->is_one; i++)
    call->is_one =
        strcmp(name, call->wanted[i].name) == 0 && text_equal(value, call->wanted[i].value);
}

/* ---- output ------------------------------------------------------------------------------ */

static void print_text(const struct store_event *stored) {
  struct buffer page = BUFFER_NONE;
  struct time_string time;
  buffer_printf(&page, "%s  %.*s  %.*s\n  ", time_format(stored->event_time, &time),
                TEXT_ARGS(stored->log_type), TEXT_ARGS(stored->row_id));
  markup_append(&page, &markup_line, stored->record, VALUE_MAX);
  buffer_append_char(&page, '\n');
  fwrite(page.data, 1, page.size, stdout);
  buffer_free(&page);
}

/* `event` is NULL when the record cannot be read by today's schemas. */
static void print_json(const struct store_event *stored, const struct event *event) {
  struct buffer text = BUFFER_NONE;
  struct time_string time;
  buffer_append_string(&text, "{\"row_id\":");
  buffer_append_json_string(&text, stored->row_id);
  buffer_append_string(&text, ",\"source_id\":");
  buffer_append_json_string(&text, stored->source_id);
  buffer_append_string(&text, ",\"log_type\":");
  buffer_append_json_string(&text, stored->log_type);
  buffer_printf(&text, ",\"event_time\":\"%s\",\"event\":", time_format(stored->event_time, &time));
  if (event)
    event_write(event, &text);
  else
    buffer_append_json_string(&text, stored->record);
  buffer_append_char(&text, '}');
  json_print(stdout, buffer_text(&text));
  buffer_free(&text);
}

/* ---- the search -------------------------------------------------------------------------- */

static const struct event *read_event(struct search_call *call, const struct store_event *stored) {
  struct error error = ERROR_NONE;
  buffer_reset(&call->record);
  buffer_append_text(&call->record, stored->record);
  memset(buffer_reserve(&call->record, JSON_PADDING), 0, JSON_PADDING);
  return event_read(call->reader, buffer_text(&call->record), stored->log_type, stored->parse_time,
                    &error);
}

/* Two indicators may have the same number, so the event itself decides; what cannot be read any
 * more is believed to be what it was when it came in. */
static bool take(void *context, const struct store_event *stored, bool indexed) {
  struct search_call *call = context;
  const struct search_options *options = call->options;
  if (options->log_type && !text_equal_folded(stored->log_type, text_from(options->log_type)))
    return true;
  const struct event *event = read_event(call, stored);
  call->is_one = indexed && !event;
  if (event)
    event_indicators(event, compare, call);
  if (!call->is_one)
    return true;
  if (call->found == call->limit) {
    call->more = true;
    return false;
  }
  call->found++;
  if (options->format == FORMAT_JSON)
    print_json(stored, event);
  else
    print_text(stored);
  return true;
}

static bool search(struct search_call *call, time_us since, struct error *error) {
  const struct store_search asked = {.numbers = call->numbers,
                                     .count = call->count,
                                     .since = since,
                                     .each = take,
                                     .context = call,
                                     .damaged = &call->damaged};
  struct store *store = state_file_open(call->options->config, call->options->state, error);
  bool ok = store && store_event_search(store, &asked, error);
  store_close(store);
  return ok;
}

static int run_search(struct search_call *call, const struct schema_set *schemas, time_us since) {
  const struct event_typing typing = {.schemas = schemas};
  struct error error = ERROR_NONE;
  struct error_line line;
  call->limit = call->options->limit ? call->options->limit : EVENTS_SHOWN;
  call->reader = event_reader_new(&typing, TEXT(""), TEXT(""));
  bool ok = search(call, since, &error);
  if (!ok)
    fprintf(stderr, "margay search: %s\n", error_line(&error, &line));
  else if (call->found == 0 && call->options->format == FORMAT_TEXT)
    fprintf(stderr, "no events\n");
  if (call->more)
    fprintf(stderr, "only the newest %lld are listed: -n lists more\n", (long long)call->limit);
  if (call->damaged > 0)
    fprintf(stderr,
            "the index of %lld events is damaged, and they were read one by one: the disk may be "
            "failing\n",
            (long long)call->damaged);
  event_reader_free(call->reader);
  buffer_free(&call->record);
  return ok ? EXIT_DONE : EXIT_FAILURES;
}

/* Those of the command line, else of the configuration, else the bundled ones. */
static struct schema_set *load(const struct search_options *options, struct problems *problems) {
  if (options->state || options->schemas.count > 0)
    return load_schemas(&options->schemas, problems);
  struct config *config =
      config_load_detection(options->config ? options->config : "margay.yml", problems);
  struct schema_set *schemas =
      config && config->schemas
          ? schema_set_load_all(config->schemas, bundled_count(config->schemas), problems)
          : NULL;
  config_free(config);
  return schemas;
}

static int run_options(const struct search_options *options) {
  struct problems problems = PROBLEMS_NONE;
  struct search_call call = {.options = options};
  struct schema_set *schemas = NULL;
  time_us since;
  int status = EXIT_USAGE;
  if (options->indicator)
    indicators_of_text(text_from(options->indicator), add_wanted, &call);
  if (!options->indicator)
    options_wrong(&command_search, "--indicator VALUE is missing");
  else if (call.count == 0)
    options_wrong(&command_search, "--indicator: '%s' is no value", options->indicator);
  else if (moment_read(&command_search, "since", options->since, &since)) {
    schemas = load(options, &problems);
    struct text log_type = text_from(options->log_type);
    const struct text_list_option log_types = {&log_type, options->log_type ? 1 : 0, 1};
    if (schemas && load_log_types_exist(&command_search, schemas, &log_types))
      status = run_search(&call, schemas, since);
    if (!load_report(&problems))
      status = EXIT_USAGE;
  }
  schema_set_free(schemas);
  problems_clear(&problems);
  arena_free(&call.arena);
  return status;
}

static int run_command(int argc, char **argv) {
  struct search_options options = {.config = NULL};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  int status;
  if (options_parse(&command_search, argc, argv, &arena, &options, &operands, &status)) {
    status = EXIT_USAGE;
    if (operands.count > 0)
      options_wrong(&command_search, "unexpected '%s': the value goes with --indicator",
                    operands.items[0]);
    else
      status = run_options(&options);
  }
  arena_free(&arena);
  return status;
}
