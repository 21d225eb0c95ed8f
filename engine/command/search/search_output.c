#include "command/search/search_output.h"

#include "alert/message/alert_json.h"
#include "alert/message/markup.h"

#include <stdio.h>

#define VALUE_MAX ((size_t)1 << 20)

bool search_output_fields(struct search_output *output, struct text given) {
  while (given.size > 0) {
    const char *comma = memchr(given.data, ',', given.size);
    size_t size = comma ? (size_t)(comma - given.data) : given.size;
    struct text path = text_trim((struct text){given.data, size});
    size_t skip = comma ? size + 1 : size;
    given = (struct text){given.data + skip, given.size - skip};
    if (path.size == 0)
      continue;
    if (output->field_count == SEARCH_FIELDS_MAX)
      return false;
    output->fields[output->field_count++] = path;
  }
  return true;
}

/* Appends a field's value: a text as it is, anything else as JSON, nothing where there is none. */
static void append_value(struct buffer *out, const struct event *event, struct text path) {
  const struct json_node *node = event ? event_path(event, path) : NULL;
  if (!node || node->type == JSON_TYPE_NULL)
    return;
  if (node->type == JSON_TYPE_STRING)
    buffer_append_text(out, json_text(node));
  else
    json_write(out, node);
}

static void print(struct buffer *out) {
  fwrite(out->data, 1, out->size, stdout);
  buffer_free(out);
}

/* ---- text -------------------------------------------------------------------------------- */

static void print_text(const struct search_output *output, const struct store_event *stored,
                       const struct event *event) {
  struct buffer page = BUFFER_NONE, value = BUFFER_NONE;
  struct time_string time;
  buffer_printf(&page, "%s  %.*s  %.*s\n", time_format(stored->event_time, &time),
                TEXT_ARGS(stored->log_type), TEXT_ARGS(stored->row_id));
  if (output->field_count == 0 || !event) {
    buffer_append_string(&page, "  ");
    markup_append(&page, &markup_line, stored->record, VALUE_MAX);
    buffer_append_char(&page, '\n');
  }
  for (size_t i = 0; event && i < output->field_count; i++) {
    buffer_reset(&value);
    append_value(&value, event, output->fields[i]);
    if (value.size == 0)
      continue;
    buffer_append_string(&page, "  ");
    markup_append(&page, &markup_line, output->fields[i], VALUE_MAX);
    buffer_append_string(&page, ": ");
    markup_append(&page, &markup_line, buffer_text(&value), VALUE_MAX);
    buffer_append_char(&page, '\n');
  }
  buffer_free(&value);
  print(&page);
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void append_fields(struct buffer *out, const struct search_output *output,
                          const struct event *event) {
  buffer_append_char(out, '{');
  for (size_t i = 0; i < output->field_count; i++) {
    const struct json_node *node = event_path(event, output->fields[i]);
    buffer_append_string(out, i > 0 ? "," : "");
    buffer_append_json_string(out, output->fields[i]);
    buffer_append_char(out, ':');
    if (node)
      json_write(out, node);
    else
      buffer_append_string(out, "null");
  }
  buffer_append_char(out, '}');
}

static void print_json(const struct search_output *output, const struct store_event *stored,
                       const struct event *event) {
  struct buffer text = BUFFER_NONE;
  struct time_string time;
  buffer_append_string(&text, "{\"row_id\":");
  buffer_append_json_string(&text, stored->row_id);
  buffer_append_string(&text, ",\"source_id\":");
  buffer_append_json_string(&text, stored->source_id);
  buffer_append_string(&text, ",\"log_type\":");
  buffer_append_json_string(&text, stored->log_type);
  buffer_printf(&text, ",\"event_time\":\"%s\",\"event\":", time_format(stored->event_time, &time));
  if (!event)
    buffer_append_json_string(&text, stored->record);
  else if (output->field_count > 0)
    append_fields(&text, output, event);
  else
    event_write(event, &text);
  buffer_append_char(&text, '}');
  json_print(stdout, buffer_text(&text));
  buffer_free(&text);
}

/* ---- CSV --------------------------------------------------------------------------------- */

void search_output_append_cell(struct buffer *out, struct text value) {
  buffer_append_string(out, out->size > 0 && out->data[out->size - 1] != '\n' ? ",\"" : "\"");
  if (value.size > 0 && strchr("=+-@\t\r", value.data[0]))
    buffer_append_char(out, '\'');
  for (size_t i = 0; i < value.size; i++) {
    if (value.data[i] == '"')
      buffer_append_char(out, '"');
    buffer_append_char(out, value.data[i]);
  }
  buffer_append_char(out, '"');
}

static void print_csv(const struct search_output *output, const struct store_event *stored,
                      const struct event *event) {
  struct buffer line = BUFFER_NONE, value = BUFFER_NONE;
  struct time_string time;
  search_output_append_cell(&line, text_from(time_format(stored->event_time, &time)));
  search_output_append_cell(&line, stored->log_type);
  search_output_append_cell(&line, stored->source_id);
  search_output_append_cell(&line, stored->row_id);
  for (size_t i = 0; i < output->field_count; i++) {
    buffer_reset(&value);
    append_value(&value, event, output->fields[i]);
    search_output_append_cell(&line, buffer_text(&value));
  }
  if (output->field_count == 0)
    search_output_append_cell(&line, stored->record);
  buffer_append_string(&line, "\r\n");
  buffer_free(&value);
  print(&line);
}

void search_output_begin(const struct search_output *output) {
  struct buffer line = BUFFER_NONE;
  if (output->format != SEARCH_CSV)
    return;
  search_output_append_cell(&line, TEXT("event_time"));
  search_output_append_cell(&line, TEXT("log_type"));
  search_output_append_cell(&line, TEXT("source_id"));
  search_output_append_cell(&line, TEXT("row_id"));
  for (size_t i = 0; i < output->field_count; i++)
    search_output_append_cell(&line, output->fields[i]);
  if (output->field_count == 0)
    search_output_append_cell(&line, TEXT("event"));
  buffer_append_string(&line, "\r\n");
  print(&line);
}

void search_output_event(const struct search_output *output, const struct store_event *stored,
                         const struct event *event) {
  switch (output->format) {
  case SEARCH_TEXT:
    print_text(output, stored, event);
    break;
  case SEARCH_JSON:
    print_json(output, stored, event);
    break;
  case SEARCH_CSV:
    print_csv(output, stored, event);
    break;
  }
}
