#include "command/config/alert_settings.h"

#include "base/zone/time_zone.h"

#include <stddef.h>

#define AT(member) offsetof(struct alert_settings, member)
static const struct setting alert_rows[] = {
    {.key = "time_zone",
     .kind = SETTING_TEXT,
     .offset = AT(time_zone),
     .fallback = "UTC",
     .help = "local time that messages show beside UTC, by its name in tzdata, such as "
             "`Europe/Zurich`"},
    {.key = "url",
     .kind = SETTING_URL,
     .offset = AT(url),
     .help = "where people reach this margay, such as `https://margay.example.com`: messages then "
             "link to the alert"},
};
#undef AT

static bool check_alerts(const struct settings_reader *reader, const struct yaml_node *mapping,
                         const char *where, void *options) {
  const struct alert_settings *settings = options;
  const struct yaml_node *node = yaml_get(mapping, "time_zone");
  struct error error = ERROR_NONE;
  struct time_zone *zone = time_zone_open(settings->time_zone, &error);
  time_zone_free(zone);
  (void)where;
  return zone || yaml_problem(&reader->context, node ? node : mapping, "time_zone: %s", error.text);
}

const struct settings_table alert_table = {
    .rows = alert_rows,
    .count = sizeof alert_rows / sizeof *alert_rows,
    .size = sizeof(struct alert_settings),
    .check = check_alerts,
};

struct alert_display *alert_settings_take(const struct alert_settings *settings,
                                          struct arena *arena) {
  struct alert_display *display = arena_alloc(arena, sizeof *display);
  struct error error = ERROR_NONE;
  struct text url = settings->url;
  while (url.size > 0 && url.data[url.size - 1] == '/')
    url.size--;
  *display = (struct alert_display){.zone_name = settings->time_zone, .url = url};
  if (settings->time_zone.size > 0 && !text_is(settings->time_zone, "UTC"))
    display->zone = time_zone_open(settings->time_zone, &error);
  return display;
}
