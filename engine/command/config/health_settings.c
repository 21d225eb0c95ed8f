#include "command/config/health_settings.h"

#include <stddef.h>

#define AT(member) offsetof(struct health_limits, member)
static const struct setting health_rows[] = {
    {.key = "disk_free",
     .kind = SETTING_SIZE,
     .offset = AT(disk_free),
     .fallback = "1GiB",
     .max = INT64_C(1) << 50,
     .help = "what must be free on the file system of the state file; `0`: anything will do"},
    {.key = "dead_letters",
     .kind = SETTING_INT,
     .offset = AT(dead_letters),
     .fallback = "100",
     .max = 1000000000,
     .help = "records of one source that are refused within 15 minutes; `0`: never an alarm"},
    {.key = "bad_signatures",
     .kind = SETTING_INT,
     .offset = AT(bad_signatures),
     .fallback = "20",
     .max = 1000000000,
     .help = "requests to one source with a wrong signature within 15 minutes; `0`: never an "
             "alarm"},
    {.key = "clock_skew",
     .kind = SETTING_DURATION,
     .offset = AT(clock_skew),
     .fallback = "1m",
     .help = "how far the clock may be from Zoom's, and how far it may jump; `0`: never an alarm"},
    {.key = "source_failing",
     .kind = SETTING_DURATION,
     .offset = AT(source_failing),
     .fallback = "30m",
     .help = "how long a source may fail; refused credentials and missing scopes are reported at "
             "once; `0`: never an alarm"},
    {.key = "delivery_wait",
     .kind = SETTING_DURATION,
     .offset = AT(delivery_wait),
     .fallback = "15m",
     .help =
         "how long a destination may fail to take an alert; alerts that are parked are reported "
         "within a minute; `0`: neither is"},
};
#undef AT

const struct settings_table health_table = SETTINGS(health_rows, struct health_limits);
