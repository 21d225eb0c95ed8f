/* Warnings, which every file of the settings may add. */
#include "base/settings/settings.h"

#include <stdarg.h>
#include <stdio.h>

void settings_warn(const struct settings_reader *reader, const struct yaml_node *node,
                   const char *format, ...) {
  char text[sizeof((struct error *)0)->text];
  va_list arguments;
  if (!reader->warnings)
    return;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  const struct yaml_context context = {reader->context.yaml, reader->warnings};
  yaml_problem(&context, node, "warning: %s", text);
}
