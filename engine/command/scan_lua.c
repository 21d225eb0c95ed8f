#include "command/scan_lua.h"

#include "command/command.h"
#include "event/lookup/lookup_watch.h"
#include "rule/vm/rule_expression.h"
#include "source/file/stream.h"

#include <inttypes.h>
#include <stdio.h>

/* Dead letters, and failures of the expression, reported one by one. */
#define SHOWN_MAX 10

struct progress {
  const struct scan_lua *scan;
  struct rule_expression *expression;
  struct event_reader *reader;
  struct buffer json, visible;
  uint64_t failures;
  bool unreadable;
};

static void report(struct progress *progress, const char *file, uint64_t number,
                   const struct error *error) {
  struct error_line line;
  if (progress->failures++ < SHOWN_MAX)
    options_report(progress->scan->command, "%s: record %" PRIu64 ": %s", file, number,
                   error_line(error, &line));
  else if (progress->failures == SHOWN_MAX + 1)
    options_report(progress->scan->command, "more records fail; only the first are reported");
}

/* False when standard output was closed. */
static bool print_value(struct progress *progress) {
  if (progress->json.size == 0)
    return true;
  buffer_append_char(&progress->json, '\n');
  buffer_reset(&progress->visible);
  buffer_append_json_visible(&progress->visible, buffer_text(&progress->json));
  return fwrite(progress->visible.data, 1, progress->visible.size, stdout) ==
         progress->visible.size;
}

static bool take_record(struct progress *progress, const struct batch *batch, struct text record,
                        const char *file, uint64_t number) {
  struct error error = ERROR_NONE;
  const struct clock clock = clock_system();
  const struct event *event =
      event_read(progress->reader, record, batch->log_type, clock_now(&clock), &error);
  buffer_reset(&progress->json);
  if (event && rule_expression_evaluate(progress->expression, event, &progress->json, &error))
    return print_value(progress);
  report(progress, file, number, &error);
  return true;
}

static bool take_file(struct progress *progress, const char *path) {
  struct error error = ERROR_NONE;
  struct stream *stream = stream_open(path, 0, &error);
  const char *file = strcmp(path, "-") == 0 ? "standard input" : path;
  struct batch *batch;
  uint64_t number = 0;
  bool read = true;
  while (read && stream && (batch = stream_next(stream, false, &error)) != NULL) {
    struct text record;
    uint64_t occurrence;
    size_t cursor = 0;
    while (read && batch_next(batch, &cursor, &record, &occurrence))
      read = take_record(progress, batch, record, file, ++number);
    batch_free(batch);
  }
  stream_close(stream);
  if (error.set) {
    struct error_line line;
    options_report(progress->scan->command, "%s", error_line(&error, &line));
    progress->unreadable = true;
  }
  return read;
}

int scan_lua(const struct scan_lua *scan) {
  struct error error = ERROR_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct lookup_watch *watch = scan->detection->lookups;
  struct lookup_set *lookups = watch ? lookup_watch_take(watch, &problems) : NULL;
  struct progress progress = {.scan = scan,
                              .expression =
                                  rule_expression_new(scan->detection->rules, lookups, "--lua",
                                                      text_from(scan->expression), &error)};
  int status = EXIT_USAGE;
  if (!progress.expression) {
    struct error_line line;
    options_report(scan->command, "%s", error_line(&error, &line));
    goto done;
  }
  struct event_typing typing = {.schemas = scan->detection->schemas,
                                .log_type = text_from(scan->log_type),
                                .unchecked = scan->unchecked};
  progress.reader = event_reader_new(&typing, TEXT("scan"), TEXT(""));
  for (size_t i = 0; i < scan->file_count; i++)
    if (!take_file(&progress, scan->files[i]))
      break;
  status = progress.unreadable || progress.failures ? EXIT_FAILURES : EXIT_DONE;
done:
  event_reader_free(progress.reader);
  rule_expression_free(progress.expression);
  lookup_set_release(lookups);
  problems_clear(&problems);
  buffer_free(&progress.json);
  buffer_free(&progress.visible);
  return status;
}
