/*
 * CSV as RFC 4180 has it: fields between commas, in double quotes where they hold commas, line ends
 * or (doubled) quotes; the first record names the columns. Lines may end in CRLF or LF, a byte
 * order mark and empty lines are passed over, and an empty field is a column that the row does not
 * have.
 */
#include "event/lookup/lookup_table.h"

#include "base/memory.h"
#include "base/suggestion.h"

#include <stdlib.h>

struct field {
  size_t start, size; /* in the record's text */
};

struct csv {
  struct lookup_builder *builder;
  const char *at, *end;
  size_t line;        /* of what comes next */
  struct buffer text; /* the record's fields, unquoted, one after the other */
  struct field *fields;
  size_t count, capacity;
  unsigned *columns; /* by place: the table's */
  size_t column_count, key;
};

static void begin_field(struct csv *csv) {
  csv->fields = memory_reserve(csv->fields, &csv->capacity, csv->count + 1, sizeof *csv->fields);
  csv->fields[csv->count++].start = csv->text.size;
}

static struct text field_text(const struct csv *csv, size_t index) {
  return (struct text){buffer_text(&csv->text).data + csv->fields[index].start,
                       csv->fields[index].size};
}

static bool at_line_end(const struct csv *csv) {
  return csv->at == csv->end || *csv->at == '\n' ||
         (*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
}

static void pass_line_end(struct csv *csv) {
  if (csv->at < csv->end && *csv->at == '\r')
    csv->at++;
  if (csv->at < csv->end && *csv->at == '\n')
    csv->at++;
  csv->line++;
}

static bool read_quoted(struct csv *csv) {
  size_t line = csv->line;
  csv->at++;
  for (;;) {
    const char *start = csv->at;
    while (csv->at < csv->end && *csv->at != '"')
      csv->line += *csv->at++ == '\n';
    buffer_append(&csv->text, start, (size_t)(csv->at - start));
    if (csv->at == csv->end)
      return lookup_builder_mistake(csv->builder, line, "a quote is opened and never closed");
    csv->at++;
    if (csv->at == csv->end || *csv->at != '"')
      break;
    buffer_append_char(&csv->text, *csv->at++);
  }
  if (csv->at == csv->end || *csv->at == ',' || at_line_end(csv))
    return true;
  return lookup_builder_mistake(csv->builder, csv->line,
                                "text after a closing quote; a quote within quotes is doubled");
}

static bool read_plain(struct csv *csv) {
  const char *start = csv->at;
  while (!at_line_end(csv) && *csv->at != ',') {
    if (*csv->at == '"')
      return lookup_builder_mistake(
          csv->builder, csv->line,
          "a quote within a field without quotes; put the whole field in quotes, and double it");
    csv->at++;
  }
  buffer_append(&csv->text, start, (size_t)(csv->at - start));
  return true;
}

/* Reads the next record that is no empty line. False at the end, and after a mistake that leaves
 * open where the next one begins. */
static bool read_record(struct csv *csv, size_t *line) {
  while (csv->at < csv->end && at_line_end(csv))
    pass_line_end(csv);
  *line = csv->line;
  csv->count = 0;
  buffer_reset(&csv->text);
  if (csv->at == csv->end)
    return false;
  for (;;) {
    begin_field(csv);
    if (!(csv->at < csv->end && *csv->at == '"' ? read_quoted(csv) : read_plain(csv)))
      return false;
    struct field *field = &csv->fields[csv->count - 1];
    field->size = csv->text.size - field->start;
    if (at_line_end(csv))
      break;
    csv->at++; /* the comma */
  }
  if (csv->at < csv->end)
    pass_line_end(csv);
  return true;
}

static bool find_key(struct csv *csv, size_t line) {
  struct text key = csv->builder->options->key;
  const char **names = memory_alloc_array(csv->count + 1, sizeof *names);
  struct arena arena = ARENA_NONE;
  bool found = key.size == 0;
  for (size_t i = 0; i < csv->count && !found; i++) {
    names[i] = arena_copy(&arena, field_text(csv, i)).data;
    found = text_equal(field_text(csv, i), key);
    csv->key = i;
  }
  struct suggestion suggestion;
  if (!found)
    lookup_builder_mistake(csv->builder, line,
                           "there is no column '%.*s', which is to be the key%s", TEXT_ARGS(key),
                           suggestion_find(key, names, csv->count, &suggestion));
  arena_free(&arena);
  free(names);
  return found;
}

/* What spreadsheets write between fields where a comma is a decimal point. */
static bool check_separator(struct csv *csv, size_t line) {
  static const struct {
    char separator;
    const char *name;
  } others[] = {{';', "';'"}, {'\t', "a tab"}, {'|', "'|'"}};
  struct text name = field_text(csv, 0);
  for (size_t i = 0; csv->count == 1 && i < sizeof others / sizeof *others; i++)
    if (name.size && memchr(name.data, others[i].separator, name.size))
      return lookup_builder_mistake(csv->builder, line,
                                    "the columns seem to be separated by %s: save the file with "
                                    "commas between them",
                                    others[i].name);
  return true;
}

static bool read_header(struct csv *csv) {
  size_t line;
  if (!read_record(csv, &line))
    return csv->builder->mistakes == 0 &&
           lookup_builder_mistake(csv->builder, 1,
                                  "the file is empty: its first line is to name "
                                  "the columns");
  if (!check_separator(csv, line))
    return false;
  csv->columns = memory_alloc_array(csv->count, sizeof *csv->columns);
  csv->column_count = csv->count;
  for (size_t i = 0; i < csv->count; i++) {
    struct text name = field_text(csv, i);
    char shown[80];
    int column = lookup_builder_column(csv->builder, name, line);
    if (column < 0)
      return false;
    if (name.size == 0)
      return lookup_builder_mistake(csv->builder, line, "column %zu has no name", i + 1);
    if ((size_t)column < i)
      return lookup_builder_mistake(csv->builder, line, "two columns are named '%s'",
                                    text_printable(name, shown, sizeof shown));
    csv->columns[i] = (unsigned)column;
  }
  return find_key(csv, line);
}

static void put_row(struct csv *csv, size_t line) {
  struct buffer *bytes = &csv->builder->bytes;
  size_t present = 0;
  if (csv->count != csv->column_count) {
    lookup_builder_mistake(csv->builder, line, "%zu fields, where the first line names %zu columns",
                           csv->count, csv->column_count);
    return;
  }
  for (size_t i = 0; i < csv->count; i++)
    present += csv->fields[i].size > 0;
  if (!lookup_builder_row(csv->builder, field_text(csv, csv->key), line))
    return;
  lookup_put_container(bytes, LOOKUP_ROW, present);
  for (size_t i = 0; i < csv->count; i++) {
    if (csv->fields[i].size == 0)
      continue;
    lookup_put_column(bytes, csv->columns[i]);
    if (i == csv->key)
      lookup_put(bytes, LOOKUP_KEY);
    else
      lookup_put_text(bytes, field_text(csv, i));
  }
}

/* The first line that is not UTF-8. */
static size_t bad_line(struct text text) {
  size_t line = 1;
  for (;; line++) {
    const char *end = memchr(text.data, '\n', text.size);
    size_t size = end ? (size_t)(end - text.data) + 1 : text.size;
    if (!end || !text_is_utf8((struct text){text.data, size}))
      return line;
    text = (struct text){text.data + size, text.size - size};
  }
}

void lookup_read_csv(struct lookup_builder *builder, struct text text) {
  struct csv csv = {.builder = builder, .at = text.data, .end = text.data + text.size, .line = 1};
  size_t line;
  if (!text_is_utf8(text))
    lookup_builder_mistake(builder, bad_line(text), "not UTF-8: save the file as UTF-8");
  else if (read_header(&csv))
    while (builder->mistakes < LOOKUP_MISTAKES_MAX && read_record(&csv, &line))
      put_row(&csv, line);
  buffer_free(&csv.text);
  free(csv.fields);
  free(csv.columns);
}
