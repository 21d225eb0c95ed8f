/* `margay search`: events of the archive. */
#include "api/search/search.h"
#include "base/suggestion.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/search/search_output.h"
#include "command/search/search_schemas.h"
#include "command/state_file.h"
#include "command/terminal/moment.h"
#include "event/schema/schema_path.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS_SHOWN 100

struct search_options {
  const char *config, *state, *indicator, *ip, *actor, *since, *until, *lua, *fields;
  struct text_list_option schemas, log_types;
  int64_t limit, jobs;
  int format;
};

static const char *const formats[] = {"text", "json", "csv", NULL};

static const struct option_row option_rows[] = {
    {"indicator", 'i', OPTION_TEXT, offsetof(struct search_options, indicator), "VALUE",
     "with this e-mail or IP address, host, user name or hash, in any field", 0, 0, NULL},
    {"actor", 0, OPTION_TEXT, offsetof(struct search_options, actor), "WHO",
     "done by this person, as the log type's data model says", 0, 0, NULL},
    {"ip", 0, OPTION_TEXT, offsetof(struct search_options, ip), "ADDRESS", "with this IP address",
     0, 0, NULL},
    {"lua", 'l', OPTION_TEXT, offsetof(struct search_options, lua), "EXPRESSION",
     "for which this is true; it sees what a rule sees: event.operator", 0, 0, NULL},
    {"since", 0, OPTION_TEXT, offsetof(struct search_options, since), "TIME",
     "of then or later: 2024-03-21, 2024-03-21T07:00:00Z, or 7d", 0, 0, NULL},
    {"until", 0, OPTION_TEXT, offsetof(struct search_options, until), "TIME", "of before that time",
     0, 0, NULL},
    {"log-type", 't', OPTION_LIST, offsetof(struct search_options, log_types), "TYPE",
     "of this log type; may be repeated", 0, 0, NULL},
    {"limit", 'n', OPTION_NUMBER, offsetof(struct search_options, limit), "N",
     "the latest N events (100)", 1, 10000000, NULL},
    {"fields", 0, OPTION_TEXT, offsetof(struct search_options, fields), "PATH,…",
     "print these fields in the place of the whole event", 0, 0, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct search_options, format), "text|json|csv",
     "text for people (default), one JSON object per line, or CSV", 0, 0, formats},
    {"jobs", 'j', OPTION_NUMBER, offsetof(struct search_options, jobs), "N",
     "worker threads (default: one per processor)", 1, 64, NULL},
    {"config", 'c', OPTION_TEXT, offsetof(struct search_options, config), "FILE",
     "names the state file, schemas and lookup tables (default: margay.yml)", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct search_options, state), "PATH",
     "the state file itself; no configuration is read", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct search_options, schemas), "PATH",
     "schemas, any number of times, in place of the configuration's", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_search = {
    .name = "search",
    .summary = "find events of the archive: by conditions, a person, an address, or Lua",
    .arguments = "[OPTION]… [WHERE…]",
    .help =
        "Prints the latest kept events that are all of what is asked. WHERE is FIELD=VALUE in the\n"
        "words of a rule's where (operation_detail|contains=Passcode), or a word that any field "
        "may\n"
        "hold. The same field again gives another value that will do. Letters may have any case. "
        "A\n"
        "number is a number, unless it stands in quotes.\n"
        "\n"
        "-i, --ip and --actor with an e-mail address find events at once, by an index, those that\n"
        "came in last first; events that were kept while index_events was false, or by an earlier\n"
        "margay, are read one by one. Everything else reads the archive, from the latest event "
        "back.",
    .example = "search category_type=User action=Delete --since 7d",
    .example_help =
        "who was deleted in the last week\n"
        "  margay search -i homer@example.com --since 30d\n"
        "    everything of homer@example.com in the last month, whatever field it is in\n"
        "  margay search passcode --actor homer@example.com --fields operator,operation_detail\n"
        "  margay search --lua '#event:deep_get(\"object\", \"id\") > 9' --format csv",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct search_call {
  const struct search_options *options;
  const struct operands *operands;
  struct arena arena;
  struct search_output output;
  struct schema_set *schemas;
  struct lookup_watch *lookups;
  struct search *search;
  struct store *store;
  time_us since, until;
  size_t limit;
  struct search_counts counts;
};

/* ---- what is found ----------------------------------------------------------------------- */

static bool print_found(void *context, const struct store_event *stored,
                        const struct event *event) {
  struct search_call *call = context;
  search_output_event(&call->output, stored, event);
  return !ferror(stdout);
}

/* ---- the search -------------------------------------------------------------------------- */

static void report(const struct search_call *call) {
  const struct search_counts *counts = &call->counts;
  if (counts->found == 0 && call->output.format == SEARCH_TEXT)
    fprintf(stderr, "no events\n");
  if (counts->more)
    fprintf(stderr, "only the latest %zu are listed: -n lists more\n", call->limit);
  if (counts->unreadable > 0)
    options_report(&command_search, "%llu events do not fit today's schemas%s",
                   (unsigned long long)counts->unreadable,
                   search_has_conditions(call->search) ? ", and were left out" : "");
  if (counts->failed > 0)
    options_report(&command_search, "the question failed on %llu events, first so: %s",
                   (unsigned long long)counts->failed, counts->failure.text);
  if (counts->damaged > 0)
    fprintf(stderr,
            "the index of %lld events is damaged, and they were read one by one: the disk may be "
            "failing\n",
            (long long)counts->damaged);
}

static int run_search(struct search_call *call) {
  const struct search_options *options = call->options;
  struct error error = ERROR_NONE;
  struct error_line line;
  call->store = state_file_open(options->config, options->state, &error);
  const struct search_run run = {
      .store = call->store, .workers = (unsigned)options->jobs, .limit = call->limit};
  search_output_begin(&call->output);
  bool ok = call->store &&
            (search_has_indicators(call->search)
                 ? search_index(call->search, &run, print_found, call, &call->counts, &error)
                 : search_archive(call->search, &run, print_found, call, &call->counts, &error));
  if (!ok)
    options_report(&command_search, "%s", error_line(&error, &line));
  else
    report(call);
  return ok && call->counts.failed == 0 ? EXIT_DONE : EXIT_FAILURES;
}

/* ---- loading ----------------------------------------------------------------------------- */

/* Mistakes of the question stand in its file, those of options do not. */
static bool report_mistakes(const char *part, struct problems *problems) {
  const struct error *first = problems->count > 0 ? &problems->items[0] : NULL;
  if (!first || first->file[0])
    return load_report(problems);
  if (strcmp(part, "where") == 0)
    options_wrong(&command_search, "%s", first->text);
  else
    options_wrong(&command_search, "--%s: %s", part, first->text);
  return false;
}

static bool make_question(struct search_call *call, struct problems *problems) {
  const struct search_options *options = call->options;
  const struct search_ask ask = {.where = (const char *const *)call->operands->items,
                                 .where_count = call->operands->count,
                                 .actor = options->actor,
                                 .lua = options->lua,
                                 .indicator = options->indicator,
                                 .ip = options->ip,
                                 .log_types = options->log_types.items,
                                 .log_type_count = options->log_types.count,
                                 .since = call->since,
                                 .until = call->until};
  const char *part = "where";
  call->search = search_new(&ask, call->schemas, &part, problems);
  return report_mistakes(part, problems) && call->search;
}

/* A field that no log type has finds nothing, and is likely misspelt: the Nth one of the question.
 */
static void report_field(struct search_call *call, const struct rule *rule, unsigned field) {
  const struct field_table *fields = search_detection(call->search)->rules->fields;
  struct text path = field_table_path(fields, field);
  const char *nearest = NULL;
  struct suggestion suggestion;
  char shown[128];
  for (size_t i = 0; i < rule->log_types.count; i++) {
    struct schema_path_end end = {.nearest = NULL};
    const struct schema *schema = schema_find(call->schemas, rule->log_types.items[i]);
    if (path.size == 0 || schema_path_find(schema, path, &call->arena, &end))
      return;
    nearest = nearest ? nearest : end.nearest;
  }
  options_report(&command_search, "no log type that is asked for has a field '%s'%s",
                 text_printable(path, shown, sizeof shown), suggestion_write(nearest, &suggestion));
}

static void report_fields(struct search_call *call) {
  const struct rule *rule = &search_detection(call->search)->rules->rules[0];
  for (unsigned i = 0;
       rule->where && i < field_table_count(search_detection(call->search)->rules->fields); i++)
    report_field(call, rule, i);
}

static bool load(struct search_call *call, struct problems *problems) {
  const struct search_options *options = call->options;
  const struct search_schemas wanted = {options->config, options->state, &options->schemas};
  struct config *config;
  call->schemas = search_schemas_load(&wanted, &config, problems);
  bool ok = load_report(problems) && call->schemas &&
            load_log_types_exist(&command_search, call->schemas, &options->log_types) &&
            make_question(call, problems);
  if (ok)
    report_fields(call);
  if (ok && config && options->lua && config->lookup_count > 0) {
    call->lookups =
        lookup_watch_new(lookup_set_load(config->lookups, config->lookup_count, problems), -1);
    search_use_lookups(call->search, call->lookups);
    ok = load_report(problems);
  }
  config_free(config);
  return ok;
}

static bool read_options(struct search_call *call) {
  const struct search_options *options = call->options;
  call->limit = (size_t)(options->limit ? options->limit : EVENTS_SHOWN);
  call->output.format = (enum search_format)options->format;
  if (!search_output_fields(&call->output, text_from(options->fields))) {
    options_wrong(&command_search, "--fields: more than %d fields", SEARCH_FIELDS_MAX);
    return false;
  }
  return moment_read(&command_search, "since", options->since, &call->since) &&
         moment_read(&command_search, "until", options->until, &call->until);
}

static int run_command(int argc, char **argv) {
  struct search_options options = {.jobs = sysconf(_SC_NPROCESSORS_ONLN)};
  struct problems problems = PROBLEMS_NONE;
  struct arena arena = ARENA_NONE;
  struct operands operands;
  struct search_call call = {.options = &options, .operands = &operands};
  int status;
  if (options_parse(&command_search, argc, argv, &arena, &options, &operands, &status)) {
    options.jobs = options.jobs < 1 ? 1 : options.jobs;
    status = read_options(&call) && load(&call, &problems) ? run_search(&call) : EXIT_USAGE;
  }
  search_free(call.search);
  lookup_watch_free(call.lookups);
  schema_set_free(call.schemas);
  store_close(call.store);
  problems_clear(&problems);
  arena_free(&call.arena);
  arena_free(&arena);
  return status;
}
