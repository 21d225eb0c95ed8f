#include "command/terminal/format_option.h"

const char *const format_names[] = {"text", "json", NULL};
