/* `margay deadletters`: the records that were refused, by the reasons why. */
#include "alert/message/alert_json.h"
#include "alert/message/markup.h"
#include "api/json/dead_letter_json.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/state_file.h"
#include "command/terminal/action.h"
#include "command/terminal/format_option.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS_SHOWN 20
#define STEP 10000 /* letters that are marked or dropped in one transaction */
#define VALUE_MAX ((size_t)1 << 20)

struct deadletters_options {
  const char *config, *state;
  int64_t limit;
  int format;
  bool all;
};

static const struct option_row option_rows[] = {
    STATE_FILE_OPTIONS(struct deadletters_options),
    FORMAT_OPTION(struct deadletters_options, FORMAT_OPTION_LINES),
    {"limit", 'n', OPTION_NUMBER, offsetof(struct deadletters_options, limit), "N",
     "show: the newest N records (20)", 1, 1000000000, NULL},
    {"all", 0, OPTION_FLAG, offsetof(struct deadletters_options, all), NULL,
     "retry, drop: those of every reason", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_deadletters = {
    .name = "deadletters",
    .summary = "list, show, retry and drop the records that were refused",
    .arguments = "[list | show ID | retry ID | drop ID] [OPTION]…",
    .help = "list   why records were refused: a line for each source, log type and reason\n"
            "show   the newest records of one of them, whole\n"
            "retry  runs them through today's schemas and rules: margay run does that, within a\n"
            "       second, or as soon as it is started\n"
            "drop   deletes them for good\n"
            "\n"
            "An ID is the number that list shows.",
    .example = "deadletters list",
    .example_help = "why records were refused\n"
                    "  margay deadletters show 3 --format json\n"
                    "  margay deadletters retry --all",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct action_call {
  const struct deadletters_options *options;
  struct store *store;
  int64_t *ids; /* of reasons */
  size_t count, capacity;
  struct table *table;
  int64_t shown;
  bool json, ok;
  struct error error;
};

/* ---- output ------------------------------------------------------------------------------ */

static void add_reason(void *context, const struct store_dead_letter_reason *reason) {
  struct action_call *call = context;
  struct time_string time;
  call->shown++;
  if (call->json) {
    json_print_and_free(stdout, dead_letter_reason_json(reason));
    return;
  }
  table_add_number(call->table, reason->id);
  table_add(call->table, text_from(time_format(reason->last_at, &time)), NULL);
  table_add_number(call->table, reason->count);
  table_add(call->table, reason->source_id, NULL);
  table_add(call->table, reason->log_type.size ? reason->log_type : TEXT("-"), NULL);
  table_add(call->table, reason->reason, NULL);
}

static bool print_letter(void *context, const struct store_dead_letter *letter) {
  struct action_call *call = context;
  call->shown++;
  if (call->json) {
    json_print_and_free(stdout, dead_letter_json(letter));
    return true;
  }
  struct buffer page = BUFFER_NONE;
  struct time_string time;
  buffer_printf(&page, "%s%s  ", call->shown > 1 ? "\n" : "",
                time_format(letter->received_at, &time));
  markup_append(&page, &markup_line, letter->error, VALUE_MAX);
  buffer_append_string(&page, "\n  ");
  markup_append(&page, &markup_line, letter->record, VALUE_MAX);
  buffer_append_char(&page, '\n');
  fwrite(page.data, 1, page.size, stdout);
  buffer_free(&page);
  return true;
}

/* ---- actions ----------------------------------------------------------------------------- */

static void list(void *context) {
  struct action_call *call = context;
  static const char *const headings[] = {"ID", "LAST", "RECORDS", "SOURCE", "LOG TYPE", "REASON"};
  call->table = table_new(headings, sizeof headings / sizeof *headings);
  call->ok = store_dead_letter_reasons(call->store, add_reason, call, &call->error);
  if (call->ok && call->shown > 0 && !call->json) {
    struct buffer page = BUFFER_NONE;
    table_write(call->table, terminal_colours(stdout), terminal_width(stdout), &page);
    fwrite(page.data, 1, page.size, stdout);
    buffer_free(&page);
  } else if (call->ok && call->shown == 0 && !call->json) {
    fprintf(stderr, "no dead letters: every record passed its schema\n");
  }
  table_free(call->table);
}

static void show(void *context) {
  struct action_call *call = context;
  int64_t limit = call->options->limit ? call->options->limit : LETTERS_SHOWN;
  call->ok =
      store_dead_letter_list(call->store, call->ids[0], limit, print_letter, call, &call->error);
}

/* In steps, so that a running daemon never waits for long. */
static int64_t change(struct action_call *call, bool drop) {
  struct clock clock = clock_system();
  int64_t total = 0, count = 0;
  call->ok = true;
  for (size_t i = 0; call->ok && i < call->count; i++)
    do {
      call->ok = drop
                     ? store_dead_letter_drop(call->store, call->ids[i], STEP, &count, &call->error)
                     : store_dead_letter_mark(call->store, call->ids[i], clock_now(&clock), STEP,
                                              &count, &call->error);
      total += count;
    } while (call->ok && count > 0);
  return total;
}

static void retry(void *context) {
  struct action_call *call = context;
  int64_t count = change(call, false);
  if (call->ok)
    printf("%" PRId64 " record%s to be retried%s\n", count, count == 1 ? " is" : "s are",
           count > 0 ? "; a running margay run does it within a second, another when it starts"
                     : "");
}

static void drop(void *context) {
  struct action_call *call = context;
  int64_t count = change(call, true);
  if (call->ok)
    printf("%" PRId64 " record%s dropped\n", count, count == 1 ? " was" : "s were");
}

static const struct action actions[] = {
    {"list", false, false, list},
    {"show", true, false, show},
    {"retry", true, true, retry},
    {"drop", true, true, drop},
};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "an ID, which `margay deadletters list` shows"};

struct wanted {
  struct action_call *call;
  int64_t id; /* 0: all */
};

static void take_reason(void *context, const struct store_dead_letter_reason *reason) {
  const struct wanted *wanted = context;
  struct action_call *call = wanted->call;
  if (wanted->id != 0 && reason->id != wanted->id)
    return;
  call->ids = memory_reserve(call->ids, &call->capacity, call->count + 1, sizeof *call->ids);
  call->ids[call->count++] = reason->id;
}

/* The reasons that are meant: the one given, or all. */
static bool find_reasons(struct action_call *call, const char *given) {
  char *end = NULL;
  struct wanted wanted = {call, given ? strtoll(given, &end, 10) : 0};
  if (given && (*given == '\0' || *end != '\0' || wanted.id <= 0))
    return error_set(&call->error,
                     "'%s' is no ID of dead letters; `margay deadletters list` shows them", given);
  if (!store_dead_letter_reasons(call->store, take_reason, &wanted, &call->error))
    return false;
  if (given && call->count == 0)
    return error_set(&call->error,
                     "there are no dead letters with the ID %s; `margay deadletters list` shows "
                     "what there is",
                     given);
  return true;
}

static int run_action(struct action_call *call, const struct action *action, const char *id) {
  struct error_line line;
  call->store = state_file_open(call->options->config, call->options->state, &call->error);
  if (call->store && (!action->takes_id || find_reasons(call, id)))
    action->run(call);
  if (call->error.set)
    fprintf(stderr, "margay deadletters: %s\n", error_line(&call->error, &line));
  store_close(call->store);
  free(call->ids);
  return call->ok ? EXIT_DONE : EXIT_FAILURES;
}

static int run_command(int argc, char **argv) {
  struct deadletters_options options = {.config = NULL};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  int status;
  if (options_parse(&command_deadletters, argc, argv, &arena, &options, &operands, &status)) {
    const struct action *action =
        action_find(&command_deadletters, &action_list, &operands, options.all);
    struct action_call call = {.options = &options, .json = options.format == FORMAT_JSON};
    status = action ? run_action(&call, action, operands.count > 1 ? operands.items[1] : NULL)
                    : EXIT_USAGE;
  }
  arena_free(&arena);
  return status;
}
