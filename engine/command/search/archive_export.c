#include "command/search/archive_export.h"

#include "command/search/search_output.h"

/* Lines are given on in pieces of this size: a compressor's call costs more than a line. */
#define PIECE ((size_t)256 * 1024)

struct writer {
  struct export_file *file;
  struct buffer lines;
  bool csv;
  int64_t count;
};

static bool flush_lines(struct writer *writer) {
  bool ok = export_file_write(writer->file, buffer_text(&writer->lines));
  buffer_reset(&writer->lines);
  return ok;
}

/* ---- NDJSON ------------------------------------------------------------------------------ */

static struct text without_space(struct text text) {
  while (text.size > 0 && strchr(" \t\r\n", text.data[0])) {
    text.data++;
    text.size--;
  }
  return text;
}

/* Where a record's line ends, white space takes its place: it cannot be within a text there. */
static void append_record(struct buffer *out, struct text record) {
  size_t at = out->size;
  buffer_append_text(out, record);
  for (; at < out->size; at++)
    if (out->data[at] == '\n' || out->data[at] == '\r')
      out->data[at] = ' ';
}

/* With its log type, by which scan and sources of files know it, unless it says one itself. */
static void append_line(struct buffer *out, const struct store_event *event) {
  struct text record = without_space(event->record);
  if (record.size > 0 && record.data[0] == '{' && !text_contains(record, TEXT("\"p_log_type\""))) {
    struct text rest = without_space((struct text){record.data + 1, record.size - 1});
    buffer_append_string(out, "{\"p_log_type\":");
    buffer_append_json_string(out, event->log_type);
    buffer_append_string(out, rest.size > 0 && rest.data[0] == '}' ? "" : ",");
    record = rest;
  }
  append_record(out, record);
  buffer_append_char(out, '\n');
}

/* ---- CSV --------------------------------------------------------------------------------- */

static void append_header(struct buffer *out) {
  static const char *const names[] = {"event_time", "log_type", "source_id", "row_id", "event"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    search_output_append_cell(out, text_from(names[i]));
  buffer_append_string(out, "\r\n");
}

static void append_row(struct buffer *out, const struct store_event *event) {
  struct time_string time;
  search_output_append_cell(out, text_from(time_format(event->event_time, &time)));
  search_output_append_cell(out, event->log_type);
  search_output_append_cell(out, event->source_id);
  search_output_append_cell(out, event->row_id);
  search_output_append_cell(out, event->record);
  buffer_append_string(out, "\r\n");
}

/* ---- the export -------------------------------------------------------------------------- */

static bool write_event(void *context, const struct store_event *event) {
  struct writer *writer = context;
  if (writer->csv)
    append_row(&writer->lines, event);
  else
    append_line(&writer->lines, event);
  writer->count++;
  return writer->lines.size < PIECE || flush_lines(writer);
}

bool archive_export_run(struct store *store, const struct archive_export *export, int64_t *count,
                        struct error *error) {
  struct writer writer = {.csv = export->csv};
  writer.file = export_file_new(export->path, export->form, error);
  if (!writer.file)
    return false;
  if (writer.csv)
    append_header(&writer.lines);
  bool ok = store_event_read(store, &export->archive, write_event, &writer, error) &&
            flush_lines(&writer);
  *count = writer.count;
  buffer_free(&writer.lines);
  struct error later = ERROR_NONE; /* the first one is the reason */
  return export_file_end(writer.file, ok, error->set ? &later : error) && ok;
}
