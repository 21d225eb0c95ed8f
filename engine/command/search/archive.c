/* `margay archive`: what is in the archive, whether it is sound, and a copy of it. */
#include "alert/message/alert_json.h"
#include "alert/message/markup.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/search/archive_export.h"
#include "command/state_file.h"
#include "command/terminal/action.h"
#include "command/terminal/moment.h"
#include "command/terminal/progress.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"
#include "store/store_archive.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

struct archive_options {
  const char *config, *state, *since, *until, *output;
  struct text_list_option log_types;
  int format, compress;
  bool delete;
};

enum { FORMAT_NONE, FORMAT_TEXT, FORMAT_JSON, FORMAT_NDJSON, FORMAT_CSV };
static const char *const formats[] = {"", "text", "json", "ndjson", "csv", NULL};
static const char *const forms[] = {"none", "gzip", "zstd", NULL};

static const struct option_row option_rows[] = {
    {"since", 0, OPTION_TEXT, offsetof(struct archive_options, since), "TIME",
     "export: events of then or later: 2024-03-21, a time of that day, or 7d", 0, 0, NULL},
    {"until", 0, OPTION_TEXT, offsetof(struct archive_options, until), "TIME",
     "export: events of before that time", 0, 0, NULL},
    {"log-type", 't', OPTION_LIST, offsetof(struct archive_options, log_types), "TYPE",
     "export: events of this log type; may be repeated", 0, 0, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct archive_options, format), "ndjson|csv|text|json",
     "export: ndjson (default) or csv; stats, check: text (default) or json", 0, 0, formats},
    {"compress", 0, OPTION_CHOICE, offsetof(struct archive_options, compress), "none|gzip|zstd",
     "export: compress what is written", 0, 0, forms},
    {"output", 'o', OPTION_TEXT, offsetof(struct archive_options, output), "FILE",
     "export: write this file, which is there once it is whole", 0, 0, NULL},
    {"delete", 0, OPTION_FLAG, offsetof(struct archive_options, delete), NULL,
     "check: delete the events that cannot be read", 0, 0, NULL},
    STATE_FILE_OPTIONS(struct archive_options),
};

static int run_command(int argc, char **argv);

const struct command command_archive = {
    .name = "archive",
    .summary = "show what the archive holds, check it, export events",
    .arguments = "[stats | check | export] [OPTION]…",
    .help =
        "stats   the events of each log type, their time, and what they take\n"
        "check   reads every event, its dictionary and the indexes; status 1 if anything is\n"
        "        damaged\n"
        "export  writes the records in order of time, which `margay scan` and sources of files\n"
        "        read\n"
        "\n"
        "A running margay is not disturbed. Each record is as it came, with its p_log_type.",
    .example = "archive export --since 30d --compress zstd -o events.ndjson.zst",
    .example_help = "the records of the last month\n"
                    "  margay archive export -t Zoom.Operation | margay scan --alerts -\n"
                    "    what the rules say of every operation that is kept\n"
                    "  margay archive check",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct archive_call {
  const struct archive_options *options;
  struct buffer path; /* of the state file */
  struct store *store;
  time_us since, until;
  struct table *table;
  struct progress *progress;
  struct arena arena;
  struct text *log_types; /* to export */
  size_t log_type_count, log_type_capacity;
  int64_t *unreadable; /* events that check is to delete */
  size_t unreadable_count, unreadable_capacity;
  int64_t faults;
  bool json, ok;
  struct error error;
};

/* ---- stats ------------------------------------------------------------------------------- */

static void print_log_type(const struct store_log_type *log_type) {
  json_t *json = json_object();
  json_object_set_new(json, "log_type", json_from_text(log_type->log_type));
  json_object_set_new(json, "events", json_integer(log_type->events));
  json_object_set_new(json, "compressed_events", json_integer(log_type->compressed));
  json_object_set_new(json, "first_event_time", json_from_time(log_type->first));
  json_object_set_new(json, "last_event_time", json_from_time(log_type->last));
  json_object_set_new(json, "record_bytes", json_integer(log_type->plain));
  json_object_set_new(json, "kept_bytes", json_integer(log_type->kept));
  json_object_set_new(json, "dictionaries", json_integer(log_type->dictionaries));
  json_print_and_free(stdout, json);
}

static void add_bytes(struct table *table, int64_t bytes) {
  struct size_words words;
  table_add(table, text_from(size_words(bytes, &words)), NULL);
}

static void add_log_type(void *context, const struct store_log_type *log_type) {
  struct archive_call *call = context;
  struct time_string time;
  struct buffer ratio = BUFFER_NONE;
  if (call->json) {
    print_log_type(log_type);
    return;
  }
  table_add(call->table, log_type->log_type, NULL);
  table_add_number(call->table, log_type->events);
  table_add(call->table, text_from(time_format(log_type->first, &time)), NULL);
  table_add(call->table, text_from(time_format(log_type->last, &time)), NULL);
  add_bytes(call->table, log_type->plain);
  add_bytes(call->table, log_type->kept);
  buffer_printf(&ratio, "%.1f",
                log_type->kept > 0 ? (double)log_type->plain / (double)log_type->kept : 1.0);
  table_add(call->table, buffer_text(&ratio), NULL);
  buffer_free(&ratio);
}

static void print_table(struct archive_call *call) {
  struct buffer page = BUFFER_NONE;
  struct store_space space;
  struct size_words file, unused;
  table_write(call->table, terminal_colours(stdout), terminal_width(stdout), &page);
  if (!store_space(call->store, &space, &call->error)) {
    call->ok = false;
    return;
  }
  buffer_printf(&page, "\nthe state file, with everything else in it, has %s, %s of it free\n",
                size_words(space.file_bytes, &file), size_words(space.free_bytes, &unused));
  fwrite(page.data, 1, page.size, stdout);
  buffer_free(&page);
}

static void stats(void *context) {
  static const char *const headings[] = {"LOG TYPE", "EVENTS", "FIRST", "LAST",
                                         "RECORDS",  "KEPT",   "RATIO"};
  struct archive_call *call = context;
  call->table = table_new(headings, sizeof headings / sizeof *headings);
  for (size_t i = 1; i < 6; i++)
    if (i == 1 || i > 3)
      table_align_right(call->table, i);
  call->ok = store_archive_stats(call->store, add_log_type, call, &call->error);
  if (call->ok && !call->json)
    print_table(call);
  table_free(call->table);
}

/* ---- check ------------------------------------------------------------------------------- */

static void print_fault(void *context, int64_t event, struct text what) {
  struct archive_call *call = context;
  struct buffer line = BUFFER_NONE;
  progress_pause(call->progress);
  call->faults++;
  if (call->json) {
    json_t *json = json_object();
    json_object_set_new(json, "fault", json_from_text(what));
    json_print_and_free(stdout, json);
  } else {
    buffer_append_text(&line, buffer_text(&call->path));
    buffer_append_string(&line, ": ");
    markup_append(&line, &markup_line, what, (size_t)1 << 16);
    printf("%.*s\n", TEXT_ARGS(buffer_text(&line)));
  }
  buffer_free(&line);
  if (event == 0)
    return;
  call->unreadable = memory_reserve(call->unreadable, &call->unreadable_capacity,
                                    call->unreadable_count + 1, sizeof *call->unreadable);
  call->unreadable[call->unreadable_count++] = event;
}

static void show_progress(void *context, int64_t done, int64_t events) {
  struct archive_call *call = context;
  progress_show(call->progress, (uint64_t)done, (uint64_t)done, (uint64_t)events);
}

static void delete_unreadable(struct archive_call *call) {
  for (size_t i = 0; call->ok && i < call->unreadable_count; i++)
    call->ok = store_archive_delete(call->store, call->unreadable[i], &call->error);
  if (call->ok)
    fprintf(stderr, "%zu event%s deleted that could not be read\n", call->unreadable_count,
            call->unreadable_count == 1 ? " was" : "s were");
}

static void check(void *context) {
  struct archive_call *call = context;
  const struct store_archive_check asked = {print_fault, show_progress, call};
  int64_t events = 0;
  call->progress = progress_new(stderr, 0);
  call->ok = store_archive_check(call->store, &asked, &events, &call->error);
  progress_free(call->progress);
  if (!call->ok)
    return;
  if (!call->json)
    fprintf(call->faults ? stderr : stdout, "%" PRId64 " events were read: %" PRId64 " fault%s\n",
            events, call->faults, call->faults == 1 ? "" : "s");
  if (call->options->delete)
    delete_unreadable(call);
  else if (call->unreadable_count > 0)
    fprintf(stderr, "what cannot be read is in a backup, if there is one; `margay archive check "
                    "--delete` deletes it, so that searches and exports go on\n");
  call->ok = call->ok && call->faults == 0;
}

/* ---- export ------------------------------------------------------------------------------ */

static void take_log_type(void *context, struct text log_type) {
  struct archive_call *call = context;
  const struct text_list_option *wanted = &call->options->log_types;
  bool is_wanted = wanted->count == 0;
  for (size_t i = 0; i < wanted->count && !is_wanted; i++)
    is_wanted = text_equal_folded(wanted->items[i], log_type);
  if (!is_wanted)
    return;
  call->log_types = memory_reserve(call->log_types, &call->log_type_capacity,
                                   call->log_type_count + 1, sizeof *call->log_types);
  call->log_types[call->log_type_count++] = arena_copy(&call->arena, log_type);
}

static void export(void *context) {
  struct archive_call *call = context;
  const struct archive_options *options = call->options;
  int64_t count = 0;
  if (!store_archive_log_types(call->store, take_log_type, call, &call->error))
    return;
  const struct archive_export wanted = {
      .path = options->output,
      .form = (enum export_form)options->compress,
      .csv = options->format == FORMAT_CSV,
      .archive = {call->log_types, call->log_type_count, call->since, call->until}};
  call->ok = archive_export_run(call->store, &wanted, &count, &call->error);
  if (call->ok && (count == 0 || options->output))
    fprintf(stderr, count == 0 ? "no events\n" : "%" PRId64 " events were written\n", count);
}

/* ---- the command ------------------------------------------------------------------------- */

static const struct action actions[] = {
    {"stats", false, false, stats},
    {"check", false, false, check},
    {"export", false, false, export},
};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions, NULL};

static bool read_options(struct archive_call *call, const struct action *action) {
  const struct archive_options *options = call->options;
  bool exports = action->run == export;
  bool is_records = options->format == FORMAT_NDJSON || options->format == FORMAT_CSV;
  if (options->format != FORMAT_NONE && is_records != exports) {
    options_wrong(&command_archive, "%s has no format %s", action->name, formats[options->format]);
    return false;
  }
  if (!exports && (options->since || options->until || options->output || options->compress ||
                   options->log_types.count > 0)) {
    options_wrong(&command_archive,
                  "--since, --until, --log-type, --compress and --output are for export");
    return false;
  }
  if (options->delete &&action->run != check) {
    options_wrong(&command_archive, "--delete is for check");
    return false;
  }
  call->json = options->format == FORMAT_JSON;
  return moment_read(&command_archive, "since", options->since, &call->since) &&
         moment_read(&command_archive, "until", options->until, &call->until);
}

static int run_action(struct archive_call *call, const struct action *action) {
  struct error_line line;
  call->store =
      state_file_open_named(call->options->config, call->options->state, &call->path, &call->error);
  if (call->store)
    action->run(call);
  if (call->error.set)
    options_report(&command_archive, "%s", error_line(&call->error, &line));
  return call->ok ? EXIT_DONE : EXIT_FAILURES;
}

static int run_command(int argc, char **argv) {
  struct archive_options options = {.format = FORMAT_NONE};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  struct archive_call call = {.options = &options};
  int status;
  if (options_parse(&command_archive, argc, argv, &arena, &options, &operands, &status)) {
    const struct action *action = action_find(&command_archive, &action_list, &operands, false);
    status = action && read_options(&call, action) ? run_action(&call, action) : EXIT_USAGE;
  }
  store_close(call.store);
  free(call.log_types);
  free(call.unreadable);
  buffer_free(&call.path);
  arena_free(&call.arena);
  arena_free(&arena);
  return status;
}
