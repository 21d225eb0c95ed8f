/* margay schemas infer: a schema from files of records. */
#include "command/schemas/schemas.h"

#include "base/yaml/problems.h"
#include "command/config/load.h"
#include "command/schemas/infer.h"
#include "source/file/stream.h"

#include <inttypes.h>
#include <stdio.h>

#define DEFAULT_NAME "Custom.Records"

struct infer_run {
  struct infer infer;
  struct json_reader *reader;
  uint64_t broken, no_objects; /* records that were left out */
};

static void add_record(struct infer_run *run, struct text record) {
  struct error error = ERROR_NONE;
  const struct json_node *root = json_read(run->reader, record, &error);
  if (!root)
    run->broken++;
  else if (root->type != JSON_TYPE_OBJECT)
    run->no_objects++;
  else
    infer_add(&run->infer, root);
}

static bool add_file(struct infer_run *run, const struct schemas_tool *tool, const char *path) {
  struct error error = ERROR_NONE;
  struct error_line line;
  struct stream *stream = stream_open(path, 0, &error);
  struct batch *batch;
  while (stream && (batch = stream_next(stream, false, &error)) != NULL) {
    size_t cursor = 0;
    uint64_t occurrence;
    struct text record;
    while (batch_next(batch, &cursor, &record, &occurrence))
      add_record(run, record);
    batch_free(batch);
  }
  stream_close(stream);
  if (error.set)
    options_report(tool->command, "%s", error_line(&error, &line));
  return !error.set;
}

static void report(const struct infer_run *run) {
  const struct infer *infer = &run->infer;
  fprintf(stderr, "margay schemas infer: %" PRIu64 " record%s, %zu field%s", infer->records,
          infer->records == 1 ? "" : "s", infer->fields, infer->fields == 1 ? "" : "s");
  if (run->broken)
    fprintf(stderr, ", %" PRIu64 " left out that are not JSON", run->broken);
  if (run->no_objects)
    fprintf(stderr, ", %" PRIu64 " left out that are no objects", run->no_objects);
  fprintf(stderr, "%s\n", infer->cut ? ", a limit was reached" : "");
}

/* What is written is a schema, or nothing is: the name may be none. */
static int print(const struct buffer *yaml) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *set = schema_set_load_text(buffer_text(yaml), "--name", &problems);
  int status = load_report(&problems) ? EXIT_DONE : EXIT_USAGE;
  if (status == EXIT_DONE)
    fwrite(yaml->data, 1, yaml->size, stdout);
  schema_set_free(set);
  problems_clear(&problems);
  return status;
}

static int write_schema(struct infer_run *run, const struct schemas_tool *tool) {
  struct buffer yaml = BUFFER_NONE;
  int status = EXIT_FAILURES;
  infer_finish(&run->infer);
  if (run->infer.record.count == 0)
    options_report(tool->command, "no record has a field: there is nothing to write a schema of");
  else {
    infer_write(&run->infer, tool->name ? tool->name : DEFAULT_NAME, &yaml);
    status = print(&yaml);
  }
  report(run);
  buffer_free(&yaml);
  return status;
}

int schemas_infer(const struct schemas_tool *tool) {
  struct infer_run run = {.reader = json_reader_new()};
  bool readable = true;
  if (tool->count == 0)
    options_wrong(tool->command, "'infer' needs a file of records, or '-' for standard input");
  for (size_t i = 0; i < tool->count; i++)
    readable = add_file(&run, tool, tool->operands[i]) && readable;
  int status = tool->count == 0 ? EXIT_USAGE : !readable ? EXIT_FAILURES : write_schema(&run, tool);
  json_reader_free(run.reader);
  infer_free(&run.infer);
  return status;
}
