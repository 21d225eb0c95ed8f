#include "command/terminal/options.h"

#include "base/suggestion.h"
#include "command/terminal/exit_status.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define OPTIONS_MAX 64
#define MESSAGE_MAX 4096
#define OPTION_WIDTH 26 /* in the help */

/* "-c, --config FILE", and what it does beside it, or below it when it is long. */
static void print_option(const struct option_row *row) {
  char shown[80];
  int size = snprintf(shown, sizeof shown, "%c%c%s --%s%s%s", row->letter ? '-' : ' ',
                      row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
                      row->argument ? " " : "", row->argument ? row->argument : "");
  if (size > OPTION_WIDTH)
    printf("  %s\n  %-*s  %s\n", shown, OPTION_WIDTH, "", row->help);
  else
    printf("  %-*s  %s\n", OPTION_WIDTH, shown, row->help);
}

static void print_help(const struct command *command) {
  static const struct option_row help = {.name = "help", .letter = 'h', .help = "this help"};
  printf("Usage: margay %s%s%s\n\n%s\n\nOptions:\n", command->name, *command->arguments ? " " : "",
         command->arguments, command->help);
  for (size_t i = 0; i < command->option_count; i++)
    if (command->options[i].help)
      print_option(&command->options[i]);
  print_option(&help);
  printf("\nExample:\n  margay %s\n", command->example);
  if (command->example_help)
    printf("    %s\n", command->example_help);
}

static void report(const struct command *command, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void report(const struct command *command, const char *format, va_list arguments) {
  char message[MESSAGE_MAX], shown[MESSAGE_MAX];
  vsnprintf(message, sizeof message, format, arguments);
  fprintf(stderr, "margay %s: %s\n", command->name,
          text_printable(text_from(message), shown, sizeof shown));
}

void options_report(const struct command *command, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  report(command, format, arguments);
  va_end(arguments);
}

int options_wrong(const struct command *command, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  report(command, format, arguments);
  va_end(arguments);
  fprintf(stderr, "Try 'margay %s --help'.\n", command->name);
  return EXIT_USAGE;
}

static void unknown_option(const struct command *command, const char *given) {
  const char *names[OPTIONS_MAX + 1];
  size_t count = 0;
  for (size_t i = 0; i < command->option_count && count < OPTIONS_MAX; i++)
    if (command->options[i].help)
      names[count++] = command->options[i].name;
  names[count++] = "help";
  const char *bare = given + strspn(given, "-");
  struct text word = {bare, strcspn(bare, "=")};
  const char *near = text_nearest(word, names, count);
  char dashed[TEXT_NEAREST_MAX + sizeof "--"];
  struct suggestion suggestion;
  snprintf(dashed, sizeof dashed, "--%s", near ? near : "");
  options_wrong(command, "unknown option '%s'%s", given,
                suggestion_write(near ? dashed : NULL, &suggestion));
}

static bool take_number(const struct command *command, const struct option_row *row,
                        const char *value, int64_t *target) {
  char *end;
  errno = 0;
  long long number = strtoll(value, &end, 10);
  if (errno || *end || end == value || number < row->min || number > row->max) {
    options_wrong(command, "--%s needs a whole number between %lld and %lld, not '%s'", row->name,
                  (long long)row->min, (long long)row->max, value);
    return false;
  }
  *target = number;
  return true;
}

static bool take_choice(const struct command *command, const struct option_row *row,
                        const char *value, int *target) {
  for (int i = 0; row->choices[i]; i++)
    if (strcmp(row->choices[i], value) == 0) {
      *target = i;
      return true;
    }
  size_t count = 0;
  while (row->choices[count])
    count++;
  const char *near = text_nearest(text_from(value), row->choices, count);
  struct suggestion suggestion;
  options_wrong(command, "--%s: unknown value '%s' (%sexpected %s)", row->name, value,
                suggestion_write_within(near, &suggestion), row->argument);
  return false;
}

static void take_item(struct arena *arena, const char *value, struct text_list_option *list) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 8;
    struct text *items = arena_alloc(arena, capacity * sizeof *items);
    for (size_t i = 0; i < list->count; i++)
      items[i] = list->items[i];
    *list = (struct text_list_option){items, list->count, capacity};
  }
  list->items[list->count++] = text_from(value);
}

static bool take_value(const struct command *command, const struct option_row *row,
                       struct arena *arena, const char *value, void *target) {
  switch (row->kind) {
  case OPTION_FLAG:
    *(bool *)target = true;
    return true;
  case OPTION_TEXT:
    *(const char **)target = value;
    return true;
  case OPTION_LIST:
    take_item(arena, value, target);
    return true;
  case OPTION_NUMBER:
    return take_number(command, row, value, target);
  case OPTION_CHOICE:
  default:
    return take_choice(command, row, value, target);
  }
}

/* getopt_long wants its own table: value 256 + row, help last. */
#define LONG_BASE 256

static void make_tables(const struct command *command, struct option *longs, char *shorts) {
  *shorts++ = ':';
  for (size_t i = 0; i < command->option_count; i++) {
    const struct option_row *row = &command->options[i];
    int argument = row->kind == OPTION_FLAG ? no_argument : required_argument;
    longs[i] = (struct option){row->name, argument, NULL, LONG_BASE + (int)i};
    if (row->letter) {
      *shorts++ = row->letter;
      if (argument == required_argument)
        *shorts++ = ':';
    }
  }
  longs[command->option_count] = (struct option){"help", no_argument, NULL, 'h'};
  *shorts++ = 'h';
  *shorts = '\0';
}

static const struct option_row *row_of(const struct command *command, int code) {
  if (code >= LONG_BASE)
    return &command->options[code - LONG_BASE];
  for (size_t i = 0; i < command->option_count; i++)
    if (command->options[i].letter == code)
      return &command->options[i];
  return NULL;
}

/* getopt_long found a mistake in the option before optind. */
static void report_mistake(const struct command *command, int code, char **argv) {
  if (code == '?' && optopt < LONG_BASE) {
    unknown_option(command, argv[optind - 1]);
    return;
  }
  const struct option_row *row = row_of(command, optopt);
  if (row && row->kind == OPTION_FLAG)
    options_wrong(command, "--%s takes no value", row->name);
  else
    options_wrong(command, "--%s needs a value: %s", row ? row->name : argv[optind - 1],
                  row && row->argument ? row->argument : "TEXT");
}

bool options_parse(const struct command *command, int argc, char **argv, struct arena *arena,
                   void *values, struct operands *operands, int *status) {
  struct option longs[OPTIONS_MAX + 2] = {{0}};
  char shorts[2 * OPTIONS_MAX + 4];
  make_tables(command, longs, shorts);
  optind = 0; /* start over, GNU getopt's way: main has parsed nothing, tests call this often */
  opterr = 0;
  *status = EXIT_USAGE;
  int code;
  while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
    if (code == 'h') {
      print_help(command);
      *status = EXIT_DONE;
      return false;
    }
    if (code == ':' || code == '?') {
      report_mistake(command, code, argv);
      return false;
    }
    const struct option_row *row = row_of(command, code);
    if (!take_value(command, row, arena, optarg, (char *)values + row->offset))
      return false;
  }
  if (!operands && optind < argc) {
    options_wrong(command, "unexpected argument '%s'", argv[optind]);
    return false;
  }
  if (operands)
    *operands = (struct operands){argv + optind, (size_t)(argc - optind)};
  return true;
}
