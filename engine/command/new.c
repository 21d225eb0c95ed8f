#include "base/buffer.h"
#include "base/suggestion.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/new_rule.h"
#include "command/state_file.h"
#include "command/terminal/options.h"
#include "source/file/stream.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

struct new_options {
  struct text_list_option schemas;
  const char *log_type, *from, *row, *config, *state, *output;
  int severity;
};

static const char *const severities[] = {"info", "low", "medium", "high", "critical", NULL};

static const struct option_row option_rows[] = {
    {"from", 0, OPTION_TEXT, offsetof(struct new_options, from), "FILE",
     "a record that the rule should match: the first of this file", 0, 0, NULL},
    {"row", 0, OPTION_TEXT, offsetof(struct new_options, row), "ID",
     "the same of an event of the state file, by its row", 0, 0, NULL},
    {"log-type", 't', OPTION_TEXT, offsetof(struct new_options, log_type), "TYPE",
     "the log type; needed without --from and --row", 0, 0, NULL},
    {"severity", 0, OPTION_CHOICE, offsetof(struct new_options, severity),
     "info|low|medium|high|critical", "(default: info)", 0, 0, severities},
    {"schemas", 's', OPTION_LIST, offsetof(struct new_options, schemas), "PATH",
     "schemas, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    STATE_FILE_OPTIONS(struct new_options),
    {"output", 'o', OPTION_TEXT, offsetof(struct new_options, output), "FILE",
     "where to write; - is standard output (default: rules/, named after ID)", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_new = {
    .name = "new",
    .summary = "write a new rule that passes its own tests",
    .arguments = "[OPTION]… rule ID",
    .help =
        "Writes a file with a new rule that passes its own tests: from a record that it should\n"
        "match, or from the log type's schema. An existing file is left alone.",
    .example = "new rule --from fixtures/zoom/operation/user_deleted.json My.Zoom.UserDeleted",
    .example_help =
        "a rule for events like this one\n"
        "  margay new rule --row 48eff7334878cff58a5a9b1d9c3c8d10 My.Zoom.Odd -c margay.yml",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

/* "My.Zoom.UserDeleted" is rules/my_zoom_user_deleted.lua. */
static const char *default_path(struct arena *arena, struct text id) {
  struct buffer path = BUFFER_NONE;
  buffer_append_string(&path, "rules/");
  size_t start = path.size;
  for (size_t i = 0; i < id.size; i++) {
    unsigned char c = (unsigned char)id.data[i];
    bool upper = isupper(c) && i > 0 && islower((unsigned char)id.data[i - 1]);
    bool word = isalnum(c) || c >= 0x80;
    if ((upper || !word) && path.size > start && path.data[path.size - 1] != '_')
      buffer_append_char(&path, '_');
    if (word)
      buffer_append_char(&path, (char)tolower(c));
  }
  buffer_append_string(&path, ".lua");
  const char *copy = arena_printf(arena, "%.*s", TEXT_ARGS(buffer_text(&path)));
  buffer_free(&path);
  return copy;
}

static bool write_file(const char *path, struct text text, struct error *error) {
  if (strcmp(path, "-") == 0)
    return fwrite(text.data, 1, text.size, stdout) == text.size ||
           error_set(error, "cannot write to standard output: %s", strerror(errno));
  if (strncmp(path, "rules/", 6) == 0)
    mkdir("rules", 0777); /* when it cannot be made, opening the file says why */
  FILE *file = fopen(path, "wx");
  if (!file)
    return errno == EEXIST
               ? error_set(error, "%s is there already: name another file with --output", path)
               : error_set(error, "cannot write %s: %s", path, strerror(errno));
  bool ok = fwrite(text.data, 1, text.size, file) == text.size;
  if (fclose(file) != 0 || !ok) {
    error_set(error, "cannot write %s: %s", path, strerror(errno));
    remove(path);
    return false;
  }
  return true;
}

static bool read_first(const struct new_options *options, struct buffer *record,
                       struct buffer *log_type, struct error *error) {
  struct text text;
  uint64_t occurrence;
  size_t cursor = 0;
  struct stream *stream = stream_open(options->from, 0, error);
  struct batch *batch = stream ? stream_next(stream, false, error) : NULL;
  bool found = batch && batch_next(batch, &cursor, &text, &occurrence);
  if (found) {
    buffer_append_text(record, text);
    if (log_type->size == 0)
      buffer_append_text(log_type, batch->log_type);
  }
  batch_free(batch);
  stream_close(stream);
  return found || error_set(error, "%s holds no record", options->from);
}

/* The first record of the file, an event of the archive, or a made-up record of the schema; with
 * padding. */
static bool find_record(const struct new_options *options, const struct schema_set *schemas,
                        struct arena *arena, struct buffer *record, struct buffer *log_type,
                        struct error *error) {
  bool ok = true;
  if (options->row)
    return state_file_find_event(options->config, options->state, options->row, record, log_type,
                                 error);
  if (options->log_type) {
    buffer_append_string(log_type, options->log_type);
    const struct schema *schema = schema_find(schemas, buffer_text(log_type));
    const char *near = load_nearest_log_type(schemas, buffer_text(log_type), arena);
    struct suggestion suggestion;
    if (!schema)
      return error_set(error, "no schema for the log type '%s' (%s'margay schemas' lists them)",
                       options->log_type, suggestion_write_within(near, &suggestion));
    if (!options->from)
      new_rule_sample(schema, record);
  }
  if (options->from)
    ok = read_first(options, record, log_type, error);
  memset(buffer_reserve(record, JSON_PADDING), 0, JSON_PADDING);
  return ok;
}

static int write_rule(const struct new_options *options, const struct schema_set *schemas,
                      struct text id) {
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct buffer record = BUFFER_NONE, log_type = BUFFER_NONE, file = BUFFER_NONE;
  struct event_typing typing = {.schemas = schemas};
  struct event_reader *reader = event_reader_new(&typing, TEXT("new"), TEXT(""));
  const char *path = options->output ? options->output : default_path(&arena, id);
  const struct event *event = NULL;
  if (find_record(options, schemas, &arena, &record, &log_type, &error))
    event = event_read(reader, buffer_text(&record), buffer_text(&log_type), 0, &error);
  if (!event && !options->from && !options->row && record.size)
    error_prefix(&error, "a made-up record does not pass the schema, so give one with --from");
  if (event) {
    new_rule_write(&(struct new_rule){id, severities[options->severity], event}, &file);
    write_file(path, buffer_text(&file), &error);
  }
  if (error.set) {
    struct error_line line;
    options_report(&command_new, "%s", error_line(&error, &line));
  } else if (strcmp(path, "-") != 0) {
    printf("%s written: change it, and try 'margay test %s'\n", path, path);
  }
  event_reader_free(reader);
  buffer_free(&record);
  buffer_free(&log_type);
  buffer_free(&file);
  arena_free(&arena);
  return error.set ? EXIT_USAGE : EXIT_DONE;
}

/* As in Panther: no character that could be markup. */
static bool is_rule_id(struct text id) {
  for (size_t i = 0; i < id.size; i++)
    if ((unsigned char)id.data[i] < 0x20 || strchr("<>&\"%", id.data[i]))
      return false;
  return id.size > 0;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct new_options options = {0};
  struct schema_set *schemas = NULL;
  struct operands operands;
  int status;
  if (!options_parse(&command_new, argc, argv, &arena, &options, &operands, &status))
    goto done;
  if (operands.count != 2 || strcmp(operands.items[0], "rule") != 0)
    status = options_wrong(&command_new, "say 'rule' and the new rule's id");
  else if (!is_rule_id(text_from(operands.items[1])))
    status = options_wrong(&command_new, "an id has no < > & \" %% or control characters");
  else if (options.row && (options.from || options.log_type))
    status = options_wrong(&command_new, "--row names the record and its log type: leave %s out",
                           options.from ? "--from" : "--log-type");
  else if (!options.from && !options.row && !options.log_type)
    status = options_wrong(&command_new, "name a record with --from or --row, or a log type with "
                                         "--log-type");
  else {
    schemas = load_schemas(&options.schemas, &problems);
    status = load_report(&problems) ? write_rule(&options, schemas, text_from(operands.items[1]))
                                    : EXIT_USAGE;
  }
done:
  schema_set_free(schemas);
  problems_clear(&problems);
  arena_free(&arena);
  return status;
}
