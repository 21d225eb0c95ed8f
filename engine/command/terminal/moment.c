#include "command/terminal/moment.h"

static bool parse(const char *given, time_us *moment) {
  struct error error = ERROR_NONE;
  struct clock clock = clock_system();
  struct text text = text_from(given);
  int64_t ago;
  if (time_parse(text, moment) || time_parse_strftime(text, "%Y-%m-%d", moment))
    return true;
  if (!duration_parse(text, &ago, &error))
    return false;
  *moment = clock_now(&clock) - ago;
  return true;
}

bool moment_read(const struct command *command, const char *option, const char *given,
                 time_us *moment) {
  *moment = TIME_NONE;
  if (!given || parse(given, moment))
    return true;
  options_wrong(command, "--%s needs a date, a time or a duration such as 24h, not '%s'", option,
                given);
  return false;
}
