/* `margay login`: an admin lets a General app of Zoom in, once, in a browser. */
#include "command/command.h"
#include "command/config/config.h"
#include "command/login_listener.h"
#include "daemon/source_store.h"
#include "source/zoom/zoom_grant.h"
#include "source/zoom/zoom_scope.h"

#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_USUAL "10m"
#define PASTED_MAX 8192
#define PORT_OF_URL INT64_C(-1)

struct login_options {
  const char *config, *timeout;
  int64_t port;
  bool paste, no_browser, no_pkce;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct login_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    {"paste", 0, OPTION_FLAG, offsetof(struct login_options, paste), NULL,
     "read the URL that the browser was sent to from standard input", 0, 0, NULL},
    {"port", 0, OPTION_NUMBER, offsetof(struct login_options, port), "PORT",
     "listen on this port instead of the one in redirect_url (0: any)", 0, 65535, NULL},
    {"timeout", 0, OPTION_TEXT, offsetof(struct login_options, timeout), "DURATION",
     "how long to wait for the browser (default: " WAIT_USUAL ")", 0, 0, NULL},
    {"no-browser", 0, OPTION_FLAG, offsetof(struct login_options, no_browser), NULL,
     "print the URL and open no browser", 0, 0, NULL},
    {"no-pkce", 0, OPTION_FLAG, offsetof(struct login_options, no_pkce), NULL,
     "with a client secret: do without PKCE, if Zoom refuses it", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_login = {
    .name = "login",
    .summary = "let a General app of Zoom in, in a browser, for a source that waits for it",
    .arguments = "NAME [OPTION]…",
    .help =
        "NAME is the id of a zoom_reports source with grant: authorization_code, or its\n"
        "account_id. Prints a URL, opens it in a browser if there is one, and waits until Zoom\n"
        "has sent the browser to redirect_url. Where the browser is on another machine, copy the\n"
        "URL there and give --paste. A margay run that waits for the login goes on by itself.",
    .example = "login zoom --paste -c margay.yml",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct login_call {
  const struct login_options *options;
  const struct config *config;
  const struct source *source;
  int64_t timeout;
  struct login_listener *listener; /* NULL: pasted */
  struct zoom_login login;
  struct buffer code;
  struct zoom_token_record record;
  struct error error;
};

/* ---- which source ------------------------------------------------------------------------ */

static const struct zoom_options *zoom_options_of(const struct source *source) {
  return strcmp(source->type->kind.name, "zoom_reports") == 0 ? source->options : NULL;
}

static const struct source *find_source(const struct config *config, struct text name) {
  for (size_t i = 0; i < config->source_count; i++)
    if (text_equal(config->sources[i].id, name))
      return &config->sources[i];
  for (size_t i = 0; i < config->source_count; i++) {
    const struct zoom_options *options = zoom_options_of(&config->sources[i]);
    if (options && text_equal(options->account_id, name))
      return &config->sources[i];
  }
  return NULL;
}

/* Those that a login is for. */
static void append_known(const struct config *config, struct buffer *out) {
  for (size_t i = 0; i < config->source_count; i++) {
    const struct zoom_options *options = zoom_options_of(&config->sources[i]);
    if (options && options->grant == ZOOM_GRANT_AUTHORIZATION_CODE)
      buffer_printf(out, "%s%.*s", out->size > 0 ? ", " : "", TEXT_ARGS(config->sources[i].id));
  }
}

static int unknown_source(const struct config *config, const char *name) {
  struct buffer known = BUFFER_NONE;
  append_known(config, &known);
  options_report(&command_login, "there is no source and no account '%s' in %s (%s%s)", name,
                 config->path,
                 known.size > 0 ? "a login is for: " : "no source has grant: authorization_code",
                 buffer_text(&known).data);
  buffer_free(&known);
  return EXIT_USAGE;
}

/* EXIT_DONE when a login is for it. */
static int check_source(const struct source *source, const struct login_options *given) {
  const struct zoom_options *options = zoom_options_of(source);
  uint16_t port;
  struct text path;
  if (!options || options->grant != ZOOM_GRANT_AUTHORIZATION_CODE) {
    options_report(&command_login,
                   "source '%.*s' needs no login: only those of a General app do, with grant: "
                   "authorization_code; `margay check --online` tries it",
                   TEXT_ARGS(source->id));
    return EXIT_USAGE;
  }
  if (!given->paste && !zoom_redirect_is_local(zoom_redirect_url(options), &port, &path)) {
    options_report(
        &command_login,
        "the redirect_url of source '%.*s' is not http://127.0.0.1:PORT/PATH, where this "
        "could listen: give --paste, and the URL to which the browser was sent",
        TEXT_ARGS(source->id));
    return EXIT_USAGE;
  }
  if (given->no_pkce && options->client_secret.size == 0) {
    options_report(&command_login,
                   "source '%.*s' has no client_secret, and Zoom wants PKCE then: leave --no-pkce "
                   "away",
                   TEXT_ARGS(source->id));
    return EXIT_USAGE;
  }
  return EXIT_DONE;
}

/* ---- the browser ------------------------------------------------------------------------- */

/* Where somebody sees it. What becomes of it is no matter: the URL was printed. */
static void open_browser(const char *url) {
  char program[] = "xdg-open";
  char *copy = strdup(url), *argv[] = {program, copy, NULL};
  posix_spawn_file_actions_t actions;
  pid_t child;
  if (!copy)
    return;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnp(&child, program, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  free(copy);
}

static void show_url(const struct login_call *call) {
  const char *url = buffer_text(&call->login.url).data;
  bool has_display = getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");
  printf("Open this URL in a browser in which an admin of the Zoom account is signed in:\n\n%s\n\n",
         url);
  fflush(stdout);
  if (!call->options->paste && !call->options->no_browser && has_display && isatty(STDOUT_FILENO))
    open_browser(url);
}

static bool read_pasted(struct login_call *call) {
  char line[PASTED_MAX];
  printf("Then paste the URL to which the browser was sent, or the code in it, and press Enter:\n");
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin))
    return error_set(&call->error, "nothing was pasted: run margay login again");
  enum zoom_login_reply reply =
      zoom_login_read_pasted(&call->login, text_from(line), &call->code, &call->error);
  explicit_bzero(line, sizeof line);
  return reply == ZOOM_LOGIN_CODE;
}

static bool begin(struct login_call *call) {
  const struct zoom_options *options = call->source->options;
  struct text redirect = zoom_redirect_url(options), path;
  struct buffer local = BUFFER_NONE;
  uint16_t port;
  if (!call->options->paste && zoom_redirect_is_local(redirect, &port, &path)) {
    if (call->options->port != PORT_OF_URL)
      port = (uint16_t)call->options->port;
    call->listener = login_listener_start(port, path, &call->error);
    if (!call->listener)
      return error_append(&call->error,
                          ": end the program that has the port, take another one (--port 0 takes "
                          "any; Zoom lets the port of 127.0.0.1 differ for a public client ID), or "
                          "give --paste");
    buffer_printf(&local, "http://127.0.0.1:%u%.*s", login_listener_port(call->listener),
                  TEXT_ARGS(path));
    redirect = buffer_text(&local);
  }
  zoom_login_begin(&call->login, call->source, redirect, !call->options->no_pkce);
  buffer_free(&local);
  return true;
}

/* ---- the login --------------------------------------------------------------------------- */

/* The tokens for the code go into the state file, beside a daemon that may be at work. */
static bool finish(struct login_call *call, struct store *store, struct log *log) {
  const atomic_bool stop = false;
  struct token_seal *seal = token_seal_new(call->config->state_key);
  struct source_store *kept = source_store_new(store, call->source->id, seal, log);
  source_store_share(kept, call->config->state_path);
  const struct source_run run = {.source = call->source,
                                 .memory = source_store_memory(kept),
                                 .log = log,
                                 .clock = clock_system(),
                                 .stop = &stop,
                                 .stop_fd = -1};
  bool ok =
      zoom_login_finish(&call->login, &run, buffer_text(&call->code), &call->record, &call->error);
  source_store_free(kept);
  token_seal_free(seal);
  return ok;
}

static void print_result(const struct login_call *call) {
  const struct zoom_options *options = call->source->options;
  struct text scopes = buffer_text(&call->record.scope);
  struct buffer lacking = BUFFER_NONE;
  printf("source '%.*s' is logged in (%s scopes). A margay run that waits for it goes on within "
         "seconds.\n",
         TEXT_ARGS(call->source->id), zoom_scope_kind(scopes));
  if (zoom_scope_append_missing(&lacking, scopes, &options->reports) > 0)
    printf(
        "The app lacks %s: add them to it under marketplace.zoom.us > Manage > the app > Scopes, "
        "and log in again.\n",
        lacking.data);
  if (call->config->state_key.size == 0)
    printf("The login is kept in %s as it is; state.key would seal it.\n",
           call->config->state_path);
  buffer_free(&lacking);
}

static bool log_in(struct login_call *call, struct store *store, struct log *log) {
  if (!begin(call))
    return false;
  show_url(call);
  bool came = call->listener ? login_listener_wait(call->listener, &call->login, call->timeout,
                                                   &call->code, &call->error)
                             : read_pasted(call);
  bool ok = came && finish(call, store, log);
  if (call->listener)
    login_listener_answer(call->listener, &call->error);
  if (ok)
    print_result(call);
  return ok;
}

/* What root makes in somebody else's folder, the daemon could not open. */
static bool may_make_state(const char *path, struct error *error) {
  const char *slash = strrchr(path, '/');
  struct buffer folder = BUFFER_NONE;
  struct stat status;
  buffer_append(&folder, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
  bool is_foreign = geteuid() == 0 && access(path, F_OK) != 0 && stat(folder.data, &status) == 0 &&
                    status.st_uid != 0;
  buffer_free(&folder);
  return !is_foreign ||
         error_set(error,
                   "%s is not there yet, and its folder belongs to the user with the ID %u: run "
                   "margay login as that user, or margay run first",
                   path, (unsigned)status.st_uid);
}

static int run_login(struct login_call *call) {
  struct error_line line;
  struct log *log = log_new(stderr, LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, clock_system());
  config_hide_secrets(call->config, log);
  const char *path = call->config->state_path;
  struct store *store = may_make_state(path, &call->error) ? store_open(path, &call->error) : NULL;
  bool ok = store && log_in(call, store, log);
  if (!ok)
    options_report(&command_login, "%s", error_line(&call->error, &line));
  login_listener_free(call->listener);
  store_close(store);
  zoom_login_free(&call->login);
  zoom_token_record_free(&call->record);
  buffer_free(&call->code);
  log_free(log);
  return ok ? EXIT_DONE : EXIT_FAILURES;
}

static int login(const struct login_options *options, const char *name, int64_t timeout) {
  struct problems problems = PROBLEMS_NONE;
  struct config *config = config_load(options->config, &problems);
  int status = EXIT_USAGE;
  if (!config || problems.count > 0) {
    problems_print(&problems, stderr);
    options_report(&command_login, "a login needs a configuration without mistakes");
  } else {
    struct login_call call = {.options = options,
                              .config = config,
                              .source = find_source(config, text_from(name)),
                              .timeout = timeout,
                              .login = ZOOM_LOGIN_NONE,
                              .record = ZOOM_TOKEN_RECORD_NONE,
                              .error = ERROR_NONE};
    status = call.source ? check_source(call.source, options) : unknown_source(config, name);
    if (status == EXIT_DONE)
      status = run_login(&call);
  }
  config_free(config);
  problems_clear(&problems);
  return status;
}

static int run_command(int argc, char **argv) {
  struct login_options options = {
      .config = CONFIG_DEFAULT_PATH, .timeout = WAIT_USUAL, .port = PORT_OF_URL};
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct operands operands;
  int64_t timeout;
  int status;
  if (options_parse(&command_login, argc, argv, &arena, &options, &operands, &status))
    status = operands.count != 1
                 ? options_wrong(&command_login, "give the id of one source to log in")
             : !duration_parse(text_from(options.timeout), &timeout, &error)
                 ? options_wrong(&command_login, "--timeout: %s", error.text)
                 : login(&options, operands.items[0], timeout);
  arena_free(&arena);
  return status;
}
