/*
 * The room command/terminal is the command line itself: options, help, tables, colours, progress,
 * waiting for changed files.
 *
 * Command lines by tables: one row an option, values straight into the command's struct, and
 * `--help` made from the same rows. getopt_long does the parsing.
 */
#ifndef COMMAND_TERMINAL_OPTIONS_H
#define COMMAND_TERMINAL_OPTIONS_H

#include "base/arena.h"

enum option_kind {
  OPTION_FLAG,   /* bool */
  OPTION_TEXT,   /* const char * */
  OPTION_LIST,   /* struct text_list_option: may be given many times */
  OPTION_NUMBER, /* int64_t within min..max */
  OPTION_CHOICE  /* int: index into choices */
};

struct text_list_option {
  struct text *items;
  size_t count, capacity;
};

struct option_row {
  const char *name; /* without the dashes */
  char letter;      /* 0 = none */
  enum option_kind kind;
  size_t offset;        /* offsetof(struct …, …) */
  const char *argument; /* as shown in help; NULL for flags */
  const char *help;     /* NULL: not in the help */
  int64_t min, max;
  const char *const *choices; /* ends with NULL */
};

/* A subcommand. Each is constant, in a file of its own, and one line of main.c. */
struct command {
  const char *name;      /* "scan" */
  const char *also;      /* another spelling that is taken and not shown; NULL: none */
  const char *summary;   /* what it does, in one line, for `margay --help` and the documents */
  const char *arguments; /* "[OPTION]… FILE…|-" */
  const char *help;      /* what it does, in one or a few lines */
  const char *example;   /* one command line, without "margay " in front */
  const char *example_help;
  const struct option_row *options;
  size_t option_count;
  /* argv[0] is the command's name. Returns the exit status (exit_status.h). */
  int (*run)(int argc, char **argv);
};

/* What is left after the options: the operands, or the end. */
struct operands {
  char **items;
  size_t count;
};

/*
 * Fills `values` and, for a command that takes operands, `operands` (which may stand between
 * options); for others (operands NULL) an operand is a mistake. True: the command may run. False:
 * *status is its exit status: help was printed on stdout, or the mistake was reported on stderr,
 * with the nearest known option.
 */
bool options_parse(const struct command *command, int argc, char **argv, struct arena *arena,
                   void *values, struct operands *operands, int *status);

/* Prints "margay NAME: message" on stderr, fit for a terminal: control characters become '?'. */
void options_report(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reports a usage mistake the same way, and how to get help; returns EXIT_USAGE. */
int options_wrong(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
