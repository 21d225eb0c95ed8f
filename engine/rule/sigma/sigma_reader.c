#include "rule/sigma/sigma_reader.h"

#include <stdarg.h>
#include <stdio.h>

bool sigma_refuse(struct sigma_reader *reader, const struct yaml_node *node, const char *format,
                  ...) {
  char text[512], shown[512];
  va_list arguments;
  if (reader->refused)
    return false;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  reader->refused =
      arena_copy_string(&reader->set->arena, text_printable(text_from(text), shown, sizeof shown));
  reader->refused_line = node->line;
  return false;
}

void sigma_warn(struct sigma_reader *reader, const struct yaml_node *node, const char *format,
                ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  problems_add(&reader->set->warnings, yaml_name(reader->context.yaml), node->line, node->column,
               "%s", text);
}

#define TIMESPAN_MAX (366 * US_PER_DAY)

bool sigma_timespan_read(struct sigma_reader *reader, const struct yaml_node *node,
                         const char *what, int64_t *timespan) {
  if (!yaml_duration(&reader->context, node, what, timespan))
    return false;
  return (*timespan >= US_PER_SECOND && *timespan <= TIMESPAN_MAX) ||
         yaml_problem(&reader->context, node, "%s: from 1s to 366d is possible", what);
}
