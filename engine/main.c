/* The tables of commands, and of what people try in their place. */
#include "base/memory.h"
#include "base/suggestion.h"
#include "base/web/http_client.h"
#include "command/command.h"
#include "command/terminal/completion.h"
#include "command/version.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One line each, in the order of the help. */
#define COMMANDS(ROW)                                                                              \
  ROW(command_run)                                                                                 \
  ROW(command_scan)                                                                                \
  ROW(command_test)                                                                                \
  ROW(command_new)                                                                                 \
  ROW(command_explain)                                                                             \
  ROW(command_rules)                                                                               \
  ROW(command_schemas)                                                                             \
  ROW(command_check)                                                                               \
  ROW(command_status)                                                                              \
  ROW(command_login)                                                                               \
  ROW(command_alerts)                                                                              \
  ROW(command_outbox)                                                                              \
  ROW(command_destinations)                                                                        \
  ROW(command_tune)                                                                                \
  ROW(command_backtest)                                                                            \
  ROW(command_search)                                                                              \
  ROW(command_events)                                                                              \
  ROW(command_archive)                                                                             \
  ROW(command_deadletters)                                                                         \
  ROW(command_mcp)                                                                                 \
  ROW(command_backfill)                                                                            \
  ROW(command_token)                                                                               \
  ROW(command_audit)                                                                               \
  ROW(command_sim)                                                                                 \
  ROW(command_demo)

#define DECLARE(row) extern const struct command row;
#define LIST(row) &(row),

COMMANDS(DECLARE)
static const struct command *const commands[] = {COMMANDS(LIST)};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static int help(FILE *out) {
  fprintf(out, "margay: detection-as-code for Zoom\n\nUsage: margay COMMAND [OPTION]…\n\n");
  for (size_t i = 0; i < COMMAND_COUNT; i++)
    fprintf(out, "  %-13s %s\n", commands[i]->name, commands[i]->summary);
  fprintf(out, "\n'margay COMMAND --help' describes a command, with an example.\n"
               "'margay --version' names the versions of the libraries it runs on.\n"
               "'margay --completion' prints the completion of command lines for bash.\n");
  return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

/* What people try, and what does it here. */
static const struct {
  const char *word, *hint;
} hints[] = {
    {"ack", "margay alerts ack"},
    {"close", "margay alerts resolve"},
    {"config", "margay check"},
    {"coverage", "margay rules --coverage mitre"},
    {"daemon", "margay run"},
    {"disable", "margay tune --off"},
    {"except", "margay tune --except"},
    {"list", "margay alerts list' or 'margay rules"},
    {"logs", "margay search"},
    {"mute", "margay tune --mute-until"},
    {"query", "margay search"},
    {"replay", "margay backtest"},
    {"resolve", "margay alerts resolve"},
    {"retry", "margay outbox retry"},
    {"rule", "margay rules"},
    {"serve", "margay run"},
    {"show", "margay alerts show' or 'margay rules show"},
    {"silence", "margay tune --mute-until"},
    {"simulate", "margay sim"},
    {"snooze", "margay tune --mute-until"},
    {"start", "margay run"},
    {"suppress", "margay tune --except"},
    {"test-rule", "margay test"},
    {"validate", "margay check"},
};

static const char *hint_for(const char *given) {
  for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
    if (strcmp(hints[i].word, given) == 0)
      return hints[i].hint;
  return NULL;
}

static int unknown_command(const char *given) {
  const char *names[COMMAND_COUNT + 3] = {"--help", "--version", "--completion"};
  for (size_t i = 0; i < COMMAND_COUNT; i++)
    names[i + 3] = commands[i]->name;
  struct suggestion suggestion;
  char shown[256];
  if (hint_for(given)) {
    fprintf(stderr, "margay: unknown command '%s': try '%s'\n", given, hint_for(given));
    return EXIT_USAGE;
  }
  fprintf(stderr, "margay: unknown %s '%s'%s\nTry 'margay --help'.\n",
          given[0] == '-' ? "option" : "command",
          text_printable(text_from(given), shown, sizeof shown),
          suggestion_find(text_from(given), names, COMMAND_COUNT + 3, &suggestion));
  return EXIT_USAGE;
}

/* What was printed must have arrived; a reader that had enough (`| head`) is no failure. */
static int finish(int status) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return status;
  struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
  bool gone = poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR);
  if (gone || status != EXIT_DONE)
    return status;
  fprintf(stderr, "margay: cannot write to standard output: is the disk full?\n");
  return EXIT_FAILURES;
}

static int run_command(int argc, char **argv) {
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    if (strcmp(argv[1], commands[i]->name) != 0 &&
        !(commands[i]->also && strcmp(argv[1], commands[i]->also) == 0))
      continue;
    struct error error = ERROR_NONE;
    if (!http_global_start(&error)) {
      fprintf(stderr, "margay: %s\n", error.text);
      return EXIT_FAILURES;
    }
    int status = commands[i]->run(argc - 1, argv + 1);
    http_global_stop();
    return finish(status);
  }
  return unknown_command(argv[1]);
}

int main(int argc, char **argv) {
  memory_start();
  if (argc < 2)
    return help(stderr);
  if (strcmp(argv[1], "help") == 0 && argc > 2) {
    char option[] = "--help", *command_help[] = {argv[0], argv[2], option, NULL};
    return run_command(3, command_help);
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
    return finish(help(stdout));
  if (strcmp(argv[1], "--version") == 0) {
    version_print(stdout);
    return finish(EXIT_DONE);
  }
  if (strcmp(argv[1], "--completion") == 0) {
    completion_print(commands, COMMAND_COUNT, stdout);
    return finish(EXIT_DONE);
  }
  return run_command(argc, argv);
}
