/*
 * A program that gets the alert as JSON on its standard input: for what margay has no kind for. It
 * runs as margay's user, so the configuration must allow it (`allow_exec`). There is no shell, and
 * nothing of an alert is in its arguments or its environment.
 *
 * Exit statuses: 0 is done, 65 (EX_DATAERR of sysexits.h) never again, all others are tried again.
 */
#include "alert/destination/siem/siem.h"
#include "base/program.h"

#include <stdlib.h>
#include <sysexits.h>

enum { INPUT_MAX = 1 << 20 };

struct exec_options {
  struct setting_list command;
  int64_t timeout;
};

static const struct setting settings[] = {
    {.key = "command",
     .kind = SETTING_LIST,
     .offset = offsetof(struct exec_options, command),
     .required = true,
     .alone = true,
     .help = "the program's whole path, and its arguments; no shell reads them"},
    {.key = "timeout",
     .kind = SETTING_DURATION,
     .offset = offsetof(struct exec_options, timeout),
     .min = US_PER_SECOND,
     .max = 20 * US_PER_SECOND,
     .fallback = "10s",
     .help = "how long it may run until it is killed"},
};

static bool check(const void *untyped, struct error *error) {
  const struct exec_options *options = untyped;
  const struct setting_list *command = &options->command;
  if (command->count == 0 || command->items[0].size == 0 || command->items[0].data[0] != '/')
    return error_set(error, "command: begin with the program's whole path, such as "
                            "/usr/local/bin/page");
  for (size_t i = 0; i < command->count; i++)
    if (memchr(command->items[i].data, '\0', command->items[i].size))
      return error_set(error, "command: an argument cannot hold a NUL");
  return true;
}

/* The time-out, and then each argument; a NUL ends each. */
static void write_arguments(const struct exec_options *options, struct buffer *out) {
  buffer_printf(out, "%lld", (long long)options->timeout);
  buffer_append_char(out, '\0');
  for (size_t i = 0; i < options->command.count; i++) {
    buffer_append_text(out, options->command.items[i]);
    buffer_append_char(out, '\0');
  }
}

static char **read_arguments(struct text written, int64_t *timeout, struct arena *arena) {
  char *bytes = (char *)(uintptr_t)arena_copy(arena, written).data, *end = bytes + written.size;
  size_t count = 0;
  for (char *at = bytes; at < end; at += strlen(at) + 1)
    count++;
  char **arguments = arena_alloc(arena, (count + 1) * sizeof *arguments);
  *timeout = strtoll(bytes, NULL, 10);
  char **next = arguments;
  for (char *at = bytes + strlen(bytes) + 1; at < end; at += strlen(at) + 1)
    *next++ = at;
  return arguments;
}

static enum delivery_verdict run(const struct delivery_work *work, struct error *reason) {
  static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  static char language[] = "LANG=C.UTF-8";
  static char *const environment[] = {path, language, NULL};
  struct arena arena = ARENA_NONE;
  int64_t timeout = 0;
  char **arguments = read_arguments(work->arguments, &timeout, &arena);
  int64_t until = clock_monotonic() + timeout;
  const struct program_run program = {.arguments = arguments,
                                      .environment = environment,
                                      .input = work->body,
                                      .stop_fd = work->stop_fd,
                                      .until = until < work->until ? until : work->until};
  int status = program_run(&program, reason);
  arena_free(&arena);
  if (status > 0)
    error_set(reason, "the program ended with status %d%s", status,
              status == EX_DATAERR ? ": it does not take this alert" : "");
  return status == 0 ? DELIVERY_DONE : status == EX_DATAERR ? DELIVERY_PARK : DELIVERY_RETRY;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  (void)error;
  const struct exec_options *options = destination->options;
  const struct siem_record record = siem_record_of(destination, alert, attempt);
  request->transport = DELIVERY_WORK;
  request->work.run = run;
  request->work.verb = "run";
  if (options->command.count > 0)
    buffer_append_text(&request->url, options->command.items[0]);
  write_arguments(options, &request->work.arguments);
  siem_append(&request->body, &record, INPUT_MAX - 1, siem_append_alert);
  buffer_append_char(&request->body, '\n');
  return true;
}

const struct destination_type destination_exec = {
    .kind = {.name = "exec",
             .help = "a program of your own, for every occasion; needs `allow_exec: true`",
             .settings = SETTINGS(settings, struct exec_options),
             .check = check},
    .runs_programs = true,
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
};
