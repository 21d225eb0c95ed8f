/* `margay token`: who may use the API. Works on the state file, also while `margay run` does. */
#include "api/access/token.h"
#include "alert/message/alert_json.h"
#include "api/api.h"
#include "base/json_member.h"
#include "command/command.h"
#include "command/state_file.h"
#include "command/terminal/action.h"
#include "command/terminal/format_option.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"
#include "store/store_access.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define AUDIT_MAX 100000 /* as the API keeps (api/face/call.c) */

struct token_options {
  const char *config, *state, *expires;
  int role, format;
};

static const char *const roles[] = {"viewer", "analyst", "admin", NULL};

static const struct option_row option_rows[] = {
    STATE_FILE_OPTIONS(struct token_options),
    {"role", 0, OPTION_CHOICE, offsetof(struct token_options, role), "viewer|analyst|admin",
     "new: what it may do (default: viewer)", 0, 0, roles},
    {"expires", 0, OPTION_TEXT, offsetof(struct token_options, expires), "DURATION",
     "new: how long it is good, such as 90d (default: for ever)", 0, 0, NULL},
    FORMAT_OPTION(struct token_options, FORMAT_OPTION_LINES),
};

static int run_command(int argc, char **argv);

const struct command command_token = {
    .name = "token",
    .summary = "make, list and revoke tokens for the API and the dashboard",
    .arguments = "[list | new NAME | revoke NAME] [OPTION]…",
    .help = "list    the tokens that there are, and when each was used last (the default)\n"
            "new     makes one and prints it, once: only a hash of it is kept\n"
            "revoke  it is good for nothing from now on, nor is a login with it\n"
            "\n"
            "A viewer reads, an analyst also works with alerts and tests rules, an admin also\n"
            "changes what margay does.",
    .example = "token new dashboard --role analyst --expires 90d",
    .example_help = "a token for somebody who works with alerts\n"
                    "  margay token list\n"
                    "  margay token revoke dashboard",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct action_call {
  const struct token_options *options;
  const struct operands *operands;
  struct store *store;
  struct table *table;
  struct error error;
  int status;
};

/* What is done here is in the audit log, too. `made` NULL: none was. */
static bool audit(struct action_call *call, const char *operation, struct text name,
                  const struct store_access_token *made) {
  const struct clock clock = clock_system();
  const char *user = getenv("USER");
  struct buffer what = BUFFER_NONE;
  buffer_append_char(&what, '{');
  json_member_text(&what, "name", name);
  if (made)
    json_member_text(&what, "role", made->role);
  if (made && made->expires_at != TIME_NONE)
    json_member_time(&what, "expires_at", made->expires_at);
  buffer_append_char(&what, '}');
  const struct store_audit row = {.at = clock_now(&clock),
                                  .who = user && *user ? text_from(user) : TEXT("cli"),
                                  .role = text_from(api_role_names[API_ADMIN]),
                                  .via = TEXT("cli"),
                                  .operation = text_from(operation),
                                  .what = buffer_text(&what),
                                  .status = 200};
  bool ok = store_audit_add(call->store, &row, AUDIT_MAX, &call->error);
  buffer_free(&what);
  return ok;
}

/* ---- list -------------------------------------------------------------------------------- */

static const char *time_or(time_us time, const char *none, struct time_string *string) {
  return time == TIME_NONE ? none : time_format(time / US_PER_SECOND * US_PER_SECOND, string);
}

static void print_text(struct table *table, const struct store_access_token *token) {
  struct time_string time;
  table_add(table, token->name, NULL);
  table_add(table, token->role, NULL);
  table_add(table, text_from(time_or(token->created_at, "-", &time)), NULL);
  table_add(table, text_from(time_or(token->expires_at, "never", &time)), NULL);
  table_add(table, text_from(time_or(token->used_at, "never", &time)), NULL);
}

static void print_json(const struct store_access_token *token) {
  struct buffer json = BUFFER_NONE;
  buffer_append_char(&json, '{');
  json_member_text(&json, "name", token->name);
  json_member_text(&json, "role", token->role);
  json_member_time(&json, "created_at", token->created_at);
  json_member_time(&json, "expires_at", token->expires_at);
  json_member_time(&json, "used_at", token->used_at);
  buffer_append_char(&json, '}');
  json_print(stdout, buffer_text(&json));
  buffer_free(&json);
}

static void list_one(void *context, const struct store_access_token *token) {
  struct action_call *call = context;
  static const char *const headings[] = {"NAME", "ROLE", "MADE", "EXPIRES", "USED"};
  if (call->options->format == FORMAT_JSON) {
    print_json(token);
    return;
  }
  if (!call->table)
    call->table = table_new(headings, sizeof headings / sizeof *headings);
  print_text(call->table, token);
}

static void list(void *context) {
  struct action_call *call = context;
  struct buffer lines = BUFFER_NONE;
  bool ok = store_access_token_list(call->store, list_one, call, &call->error);
  if (call->table)
    table_write(call->table, terminal_colours(stdout), terminal_width(stdout), &lines);
  else if (ok && call->options->format == FORMAT_TEXT)
    fprintf(stderr, "no tokens: `margay token new NAME` makes one\n");
  fwrite(lines.data ? lines.data : "", 1, lines.size, stdout);
  buffer_free(&lines);
  table_free(call->table);
  call->status = ok ? EXIT_DONE : EXIT_FAILURES;
}

/* ---- new --------------------------------------------------------------------------------- */

static bool is_name(struct text name) {
  bool is = name.size > 0 && name.size <= TOKEN_NAME_MAX && text_is_utf8(name);
  for (size_t i = 0; i < name.size && is; i++)
    is = (unsigned char)name.data[i] > ' ' && name.data[i] != 0x7f;
  return is;
}

static bool read_expiry(struct action_call *call, time_us now, time_us *at) {
  struct error error = ERROR_NONE;
  int64_t length;
  *at = TIME_NONE;
  if (!call->options->expires)
    return true;
  if (!duration_parse(text_from(call->options->expires), &length, &error) || length <= 0) {
    call->status = options_wrong(&command_token, "--expires needs a length such as 90d, not '%s'",
                                 call->options->expires);
    return false;
  }
  *at = now + length;
  return true;
}

static void make(void *context) {
  struct action_call *call = context;
  const struct clock clock = clock_system();
  struct text name = text_from(call->operands->items[1]);
  struct buffer token = BUFFER_NONE;
  struct token_hash hash;
  struct store_access_token row = {
      .name = name, .role = text_from(roles[call->options->role]), .created_at = clock_now(&clock)};
  bool added = false;
  if (!is_name(name)) {
    call->status = options_wrong(&command_token,
                                 "a name has 1 to %d bytes, without blanks and control characters",
                                 TOKEN_NAME_MAX);
    return;
  }
  if (!read_expiry(call, row.created_at, &row.expires_at))
    return;
  token_make(TOKEN_BEGIN, &token);
  row.hash = token_hash(buffer_text(&token), &hash);
  bool ok = store_access_token_add(call->store, &row, &added, &call->error) &&
            (!added || audit(call, "token.new", name, &row));
  if (ok && !added)
    error_set(&call->error, "there is a token '%.*s' already: revoke it first", TEXT_ARGS(name));
  if (ok && added)
    printf("%s\n", token.data);
  if (ok && added && terminal_width(stdout) > 0)
    fprintf(stderr, "keep it: it is not shown again\n");
  buffer_free(&token);
  call->status = ok && added ? EXIT_DONE : EXIT_FAILURES;
}

/* ---- revoke ------------------------------------------------------------------------------ */

static void revoke(void *context) {
  struct action_call *call = context;
  struct text name = text_from(call->operands->items[1]);
  char shown[TOKEN_NAME_MAX * TEXT_PRINTABLE_BYTES];
  bool known = false;
  bool ok = store_access_token_revoke(call->store, name, &known, &call->error) &&
            (!known || audit(call, "token.revoke", name, NULL));
  if (ok && !known)
    error_set(&call->error, "there is no token '%s': `margay token list` shows those that are",
              text_printable(name, shown, sizeof shown));
  call->status = ok && known ? EXIT_DONE : EXIT_FAILURES;
}

static const struct action actions[] = {
    {"list", false, false, list},
    {"new", true, false, make},
    {"revoke", true, false, revoke},
};
static const struct action_list action_list = {actions, sizeof actions / sizeof *actions,
                                               "the name of a token"};

static int run_command(int argc, char **argv) {
  struct token_options options = {.role = 0};
  struct arena arena = ARENA_NONE;
  struct operands operands;
  struct action_call call = {.options = &options, .operands = &operands, .status = EXIT_USAGE};
  if (!options_parse(&command_token, argc, argv, &arena, &options, &operands, &call.status)) {
    arena_free(&arena);
    return call.status;
  }
  call.status = EXIT_USAGE;
  const struct action *action = action_find(&command_token, &action_list, &operands, false);
  if (action) {
    call.status = EXIT_FAILURES;
    call.store = state_file_open(options.config, options.state, &call.error);
    if (call.store)
      action->run(&call);
    struct error_line line;
    if (call.error.set)
      options_report(&command_token, "%s", error_line(&call.error, &line));
  }
  store_close(call.store);
  arena_free(&arena);
  return call.status;
}
