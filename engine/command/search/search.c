/* `margay search`: events of the archive. */
#include "api/search/search_rule.h"
#include "api/search/stored_reader.h"
#include "base/suggestion.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/search/search_output.h"
#include "command/search/search_schemas.h"
#include "command/state_file.h"
#include "command/terminal/moment.h"
#include "detect/backtest/archive_search.h"
#include "event/schema/schema_path.h"
#include "rule/load/rule_set_load.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS_SHOWN 100
#define KINDS_MAX 16 /* of indicators that one text can be */
#define GROUPS_MAX 3 /* --indicator, --ip, --actor */

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
     "text for people (default), one JSON object a line, or CSV", 0, 0, formats},
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

/* What one text can be, of which any will do. */
struct wanted {
  const char *names[KINDS_MAX]; /* p_any_emails */
  struct text values[KINDS_MAX];
  uint64_t numbers[KINDS_MAX];
  size_t count;
};

struct search_call {
  const struct search_options *options;
  const struct operands *operands;
  struct arena arena;
  struct search_output output;
  struct wanted wanted[GROUPS_MAX]; /* all of them; the index is asked for the first */
  size_t wanted_count;
  bool asks;                   /* for more than indicators and time */
  struct detection *detection; /* its one rule is the question */
  struct lookup_set *lookups;
  struct store *store;
  struct stored_reader *reader;
  struct rule_vm *vm;    /* NULL: the index is not asked */
  bool seen[GROUPS_MAX]; /* the event that is looked at has one of them */
  time_us since, until;
  size_t limit, found;
  int64_t damaged;
  uint64_t failed, unreadable;
  struct error failure;
  bool more;
};

/* ---- what is wanted ---------------------------------------------------------------------- */

static void add_wanted(void *context, const char *name, struct text value) {
  struct search_call *call = context;
  struct wanted *wanted = &call->wanted[call->wanted_count];
  if (wanted->count == KINDS_MAX)
    return;
  wanted->names[wanted->count] = name;
  wanted->numbers[wanted->count] = indicator_number(name, value);
  wanted->values[wanted->count++] = arena_copy(&call->arena, value);
}

static void add_address(void *context, const char *name, struct text value) {
  if (strcmp(name, "p_any_ip_addresses") == 0)
    add_wanted(context, name, value);
}

static bool want(struct search_call *call, const char *option, const char *given,
                 void (*add)(void *context, const char *name, struct text value)) {
  if (!given)
    return true;
  indicators_of_text(text_from(given), add, call);
  if (call->wanted[call->wanted_count].count == 0) {
    options_wrong(&command_search, "--%s: '%s' is no %s", option, given,
                  strcmp(option, "ip") == 0 ? "IP address" : "value");
    return false;
  }
  call->wanted_count++;
  return true;
}

/* Who has an address is found by it. */
static bool want_all(struct search_call *call) {
  const struct search_options *options = call->options;
  bool is_address = options->actor && strchr(options->actor, '@');
  call->asks = call->operands->count > 0 || options->actor || options->lua;
  return want(call, "indicator", options->indicator, add_wanted) &&
         want(call, "ip", options->ip, add_address) &&
         want(call, "actor", is_address ? options->actor : NULL, add_wanted);
}

static void compare(void *context, const char *name, struct text value) {
  struct search_call *call = context;
  for (size_t i = 0; i < call->wanted_count; i++) {
    const struct wanted *wanted = &call->wanted[i];
    for (size_t k = 0; k < wanted->count && !call->seen[i]; k++)
      call->seen[i] = strcmp(name, wanted->names[k]) == 0 && text_equal(value, wanted->values[k]);
  }
}

static bool has_all(struct search_call *call, const struct event *event) {
  memset(call->seen, 0, sizeof call->seen);
  event_indicators(event, compare, call);
  for (size_t i = 0; i < call->wanted_count; i++)
    if (!call->seen[i])
      return false;
  return true;
}

/* ---- what is found ----------------------------------------------------------------------- */

static bool print_found(void *context, const struct store_event *stored) {
  struct search_call *call = context;
  const struct event *event = stored_reader_read(call->reader, stored);
  search_output_event(&call->output, stored, event);
  call->found++;
  return !ferror(stdout);
}

/* ---- by the index ------------------------------------------------------------------------ */

static bool is_of_log_types(const struct search_call *call, struct text log_type) {
  const struct text_list_option *types = &call->options->log_types;
  bool is_one = types->count == 0;
  for (size_t i = 0; i < types->count && !is_one; i++)
    is_one = text_equal_folded(types->items[i], log_type);
  return is_one;
}

static bool answers(struct search_call *call, const struct event *event) {
  struct error error = ERROR_NONE;
  if (!call->asks)
    return true;
  rule_vm_set_event(call->vm, event);
  enum rule_verdict verdict = rule_vm_match(call->vm, &call->detection->rules->rules[0], &error);
  if (verdict == RULE_FAILED && call->failed++ == 0)
    call->failure = error;
  return verdict == RULE_MATCH;
}

/* Two indicators may have the same number, so the event itself decides; what cannot be read any
 * more is believed to be what it was when it came in, as far as that is known. */
static bool take(void *context, const struct store_event *stored, bool indexed) {
  struct search_call *call = context;
  bool late = call->until != TIME_NONE && stored->event_time >= call->until;
  if (late || !is_of_log_types(call, stored->log_type))
    return true;
  const struct event *event = stored_reader_read(call->reader, stored);
  call->unreadable += !event;
  bool is_one = event ? has_all(call, event) && answers(call, event)
                      : indexed && call->wanted_count == 1 && !call->asks;
  if (!is_one)
    return true;
  if (call->found == call->limit) {
    call->more = true;
    return false;
  }
  search_output_event(&call->output, stored, event);
  call->found++;
  return !ferror(stdout);
}

static bool search_index(struct search_call *call, struct error *error) {
  const struct store_search asked = {.numbers = call->wanted[0].numbers,
                                     .count = call->wanted[0].count,
                                     .since = call->since,
                                     .each = take,
                                     .context = call,
                                     .damaged = &call->damaged};
  const struct rule_vm_options options = {.memory_max = 0};
  call->vm = rule_vm_new(call->detection->rules, &options);
  rule_vm_set_lookups(call->vm, call->lookups);
  bool ok = store_event_search(call->store, &asked, error);
  rule_vm_free(call->vm);
  return ok;
}

/* ---- by reading the archive -------------------------------------------------------------- */

static bool search_archive(struct search_call *call, struct error *error) {
  const struct archive_search_options options = {.detection = call->detection,
                                                 .store = call->store,
                                                 .since = call->since,
                                                 .until = call->until,
                                                 .workers = (unsigned)call->options->jobs,
                                                 .limit = call->limit};
  struct archive_search_counts counts;
  bool ok = archive_search_run(&options, print_found, call, &counts, error);
  call->more = counts.more;
  call->failed = counts.failed;
  call->failure = counts.failure;
  call->unreadable = counts.unreadable;
  return ok;
}

/* ---- the search -------------------------------------------------------------------------- */

static void report(const struct search_call *call) {
  if (call->found == 0 && call->output.format == SEARCH_TEXT)
    fprintf(stderr, "no events\n");
  if (call->more)
    fprintf(stderr, "only the latest %zu are listed: -n lists more\n", call->limit);
  if (call->unreadable > 0)
    options_report(&command_search, "%llu events do not fit today's schemas%s",
                   (unsigned long long)call->unreadable, call->asks ? ", and were left out" : "");
  if (call->failed > 0)
    options_report(&command_search, "the question failed on %llu events, first so: %s",
                   (unsigned long long)call->failed, call->failure.text);
  if (call->damaged > 0)
    fprintf(stderr,
            "the index of %lld events is damaged, and they were read one by one: the disk may be "
            "failing\n",
            (long long)call->damaged);
}

static int run_search(struct search_call *call) {
  const struct search_options *options = call->options;
  struct error error = ERROR_NONE;
  struct error_line line;
  call->store = state_file_open(options->config, options->state, &error);
  call->reader = stored_reader_new(call->detection->schemas);
  search_output_begin(&call->output);
  bool ok = call->store &&
            (call->wanted_count > 0 ? search_index(call, &error) : search_archive(call, &error));
  if (!ok)
    options_report(&command_search, "%s", error_line(&error, &line));
  else
    report(call);
  return ok && call->failed == 0 ? EXIT_DONE : EXIT_FAILURES;
}

/* ---- loading ----------------------------------------------------------------------------- */

static void list_log_types(struct search_call *call, const struct schema_set *schemas,
                           struct search_query *query) {
  struct text *types = arena_alloc(&call->arena, (schemas->count + 1) * sizeof *types);
  for (size_t i = 0; i < schemas->count; i++)
    if (is_of_log_types(call, schemas->schemas[i].name))
      types[query->log_type_count++] = schemas->schemas[i].name;
  query->log_types = types;
}

static bool make_question(struct search_call *call, struct schema_set *schemas,
                          struct problems *problems) {
  const struct search_options *options = call->options;
  struct buffer source = BUFFER_NONE;
  struct search_query query = {.where = (const char *const *)call->operands->items,
                               .where_count = call->operands->count,
                               .actor = options->actor,
                               .lua = options->lua};
  struct rule_set *rules = NULL;
  struct error error = ERROR_NONE;
  list_log_types(call, schemas, &query);
  if (!search_rule_write(&query, &source, &error)) {
    options_wrong(&command_search, "%s", error.text);
  } else {
    const struct rule_file file = {.path = SEARCH_RULE_FILE, .source = buffer_text(&source)};
    rules = rule_set_load_files(&file, 1, problems);
  }
  buffer_free(&source);
  if (rules)
    call->detection = detection_new(schemas, rules);
  else
    schema_set_free(schemas);
  return rules && rules->count == 1;
}

/* A field that no log type has finds nothing, and is likely misspelt: the Nth one of the question.
 */
static void report_field(struct search_call *call, const struct rule *rule, unsigned field) {
  const struct field_table *fields = call->detection->rules->fields;
  struct text path = field_table_path(fields, field);
  const char *nearest = NULL;
  struct suggestion suggestion;
  char shown[128];
  for (size_t i = 0; i < rule->log_types.count; i++) {
    struct schema_path_end end = {.nearest = NULL};
    const struct schema *schema = schema_find(call->detection->schemas, rule->log_types.items[i]);
    if (path.size == 0 || schema_path_find(schema, path, &call->arena, &end))
      return;
    nearest = nearest ? nearest : end.nearest;
  }
  options_report(&command_search, "no log type that is asked for has a field '%s'%s",
                 text_printable(path, shown, sizeof shown), suggestion_write(nearest, &suggestion));
}

static void report_fields(struct search_call *call) {
  const struct rule *rule = &call->detection->rules->rules[0];
  for (unsigned i = 0; rule->where && i < field_table_count(call->detection->rules->fields); i++)
    report_field(call, rule, i);
}

static bool load(struct search_call *call, struct problems *problems) {
  const struct search_options *options = call->options;
  const struct search_schemas wanted = {options->config, options->state, &options->schemas};
  struct config *config;
  struct schema_set *schemas = search_schemas_load(&wanted, &config, problems);
  bool ok = schemas && load_log_types_exist(&command_search, schemas, &options->log_types);
  if (ok)
    ok = make_question(call, schemas, problems);
  else
    schema_set_free(schemas);
  if (ok)
    report_fields(call);
  if (ok && config && options->lua) {
    load_lookups(call->detection, config, -1, problems);
    if (call->detection->lookups)
      call->lookups = lookup_watch_current(call->detection->lookups);
  }
  config_free(config);
  return load_report(problems) && ok;
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
         moment_read(&command_search, "until", options->until, &call->until) && want_all(call);
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
  stored_reader_free(call.reader);
  lookup_set_release(call.lookups);
  detection_release(call.detection);
  store_close(call.store);
  problems_clear(&problems);
  arena_free(&call.arena);
  arena_free(&arena);
  return status;
}
