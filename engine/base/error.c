#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool set_error(struct error *error, const char *file, unsigned line, unsigned column,
                      const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));

static bool set_error(struct error *error, const char *file, unsigned line, unsigned column,
                      const char *format, va_list arguments) {
  if (!error || error->set)
    return false;
  error->set = true;
  error->line = line;
  error->column = column;
  error->data_at = error->data_size = 0;
  snprintf(error->file, sizeof error->file, "%s", file ? file : "");
  vsnprintf(error->text, sizeof error->text, format, arguments);
  return false;
}

bool error_set(struct error *error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set_error(error, NULL, 0, 0, format, arguments);
  va_end(arguments);
  return false;
}

bool error_set_at(struct error *error, const char *file, unsigned line, unsigned column,
                  const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set_error(error, file, line, column, format, arguments);
  va_end(arguments);
  return false;
}

bool error_prefix(struct error *error, const char *format, ...) {
  if (!error || !error->set)
    return false;
  char prefix[sizeof error->text / 2];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(prefix, sizeof prefix - 2, format, arguments);
  va_end(arguments);
  size_t size = strlen(prefix), kept = strlen(error->text);
  prefix[size++] = ':';
  prefix[size++] = ' ';
  if (kept > sizeof error->text - 1 - size)
    kept = sizeof error->text - 1 - size;
  if (error->data_size > 0)
    error->data_at += (unsigned)size;
  memmove(error->text + size, error->text, kept);
  memcpy(error->text, prefix, size);
  error->text[size + kept] = '\0';
  return false;
}

bool error_mark_data(struct error *error, size_t at, size_t size) {
  if (!error || !error->set)
    return false;
  error->data_at = (unsigned)at;
  error->data_size = (unsigned)size;
  return false;
}

bool error_append(struct error *error, const char *words) {
  if (!error || !error->set)
    return false;
  size_t size = strlen(error->text);
  snprintf(error->text + size, sizeof error->text - size, "%s", words);
  return false;
}

const char *error_line(const struct error *error, struct error_line *line) {
  const char *file = error->file, *separator = *file ? ": " : "";
  char whole[sizeof line->text];
  if (*file && error->line && error->column)
    snprintf(whole, sizeof whole, "%s:%u:%u: %s", file, error->line, error->column, error->text);
  else if (*file && error->line)
    snprintf(whole, sizeof whole, "%s:%u: %s", file, error->line, error->text);
  else if (error->line && error->column)
    snprintf(whole, sizeof whole, "%u:%u: %s", error->line, error->column, error->text);
  else if (error->line)
    snprintf(whole, sizeof whole, "%u: %s", error->line, error->text);
  else
    snprintf(whole, sizeof whole, "%s%s%s", file, separator, error->text);
  /* Names of files come from anywhere, too. */
  return text_printable(text_from(whole), line->text, sizeof line->text);
}

/* "list[17].name" becomes "list[].name". */
static void drop_places(char *text) {
  char *to = text;
  for (const char *from = text; *from;) {
    size_t digits = *from == '[' ? strspn(from + 1, "0123456789") : 0;
    *to++ = *from++;
    if (digits > 0 && from[digits] == ']')
      from += digits;
  }
  *to = '\0';
}

const char *error_reason(const struct error *error, struct error_line *line) {
  struct error bare = *error;
  size_t size = strlen(error->text), end = (size_t)error->data_at + error->data_size;
  if (error->data_size > 0 && error->data_at < size)
    snprintf(bare.text + error->data_at, sizeof bare.text - error->data_at, "...%s",
             end < size ? error->text + end : "");
  error_line(&bare, line);
  drop_places(line->text);
  return line->text;
}
