#include "command/config/hours_settings.h"

#include "base/zone/week_hours.h"

#include <stddef.h>

#define AT(member) offsetof(struct hours_settings, member)
static const struct setting hours_rows[] = {
    {.key = "days",
     .kind = SETTING_LIST,
     .offset = AT(days),
     .alone = true,
     .fallback = "mon-sun",
     .help = "the days on which the hours begin, such as `mon-fri` or `[sat, sun]`"},
    {.key = "from",
     .kind = SETTING_TEXT,
     .offset = AT(from),
     .fallback = "00:00",
     .help = "when they begin"},
    {.key = "to",
     .kind = SETTING_TEXT,
     .offset = AT(to),
     .fallback = "24:00",
     .help = "when they end; at or before `from`: on the next day"},
    {.key = "time_zone",
     .kind = SETTING_TEXT,
     .offset = AT(time_zone),
     .fallback = "UTC",
     .help = "whose local time that is, by its name in tzdata, such as `Europe/Zurich`"},
};
#undef AT

static const struct yaml_node *key_of(const struct yaml_node *mapping, const char *key) {
  const struct yaml_node *node = yaml_get(mapping, key);
  return node ? node : mapping;
}

static bool read_days(const struct settings_reader *reader, const struct yaml_node *mapping,
                      struct hours_settings *settings) {
  const struct yaml_node *node = key_of(mapping, "days");
  char shown[64];
  for (size_t i = 0; i < settings->days.count; i++)
    if (!week_days_parse(settings->days.items[i], &settings->day_bits))
      return yaml_problem(&reader->context, node->type == YAML_SEQUENCE ? node->items[i] : node,
                          "days: '%s' is no day of the week (such as mon, mon-fri)",
                          text_printable(settings->days.items[i], shown, sizeof shown));
  return settings->days.count > 0 ||
         yaml_problem(&reader->context, node, "days: the list is empty: leave the key out for all");
}

static bool read_minute(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const char *key, struct text text, int *minute) {
  char shown[64];
  return week_minute_parse(text, minute) ||
         yaml_problem(&reader->context, key_of(mapping, key),
                      "%s: '%s' is no time of the day, from \"00:00\" to \"24:00\"", key,
                      text_printable(text, shown, sizeof shown));
}

static bool check_zone(const struct settings_reader *reader, const struct yaml_node *mapping,
                       struct text name) {
  struct error error = ERROR_NONE;
  struct time_zone *zone = time_zone_open(name, &error);
  time_zone_free(zone);
  return zone ||
         yaml_problem(&reader->context, key_of(mapping, "time_zone"), "time_zone: %s", error.text);
}

static bool check_hours(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const char *where, void *options) {
  struct hours_settings *settings = options;
  (void)where;
  bool ok = read_days(reader, mapping, settings);
  ok = read_minute(reader, mapping, "from", settings->from, &settings->from_minute) && ok;
  ok = read_minute(reader, mapping, "to", settings->to, &settings->to_minute) && ok;
  return check_zone(reader, mapping, settings->time_zone) && ok;
}

const struct settings_table hours_table = {
    .rows = hours_rows,
    .count = sizeof hours_rows / sizeof *hours_rows,
    .size = sizeof(struct hours_settings),
    .what = "span of hours",
    .check = check_hours,
};

struct week_hours *hours_settings_take(const struct setting_entries *entries, struct arena *arena) {
  const struct hours_settings *settings = entries->items;
  struct week_hours *hours = arena_alloc(arena, (entries->count + 1) * sizeof *hours);
  struct error error = ERROR_NONE;
  for (size_t i = 0; i < entries->count; i++) {
    const struct hours_settings *given = &settings[i];
    hours[i] =
        (struct week_hours){.days = given->day_bits,
                            .from = given->from_minute,
                            .to = given->to_minute,
                            .zone = time_zone_open(given->time_zone, &error),
                            .words = week_hours_words(arena, given->day_bits, given->from_minute,
                                                      given->to_minute, given->time_zone)};
    if (!hours[i].zone) /* it was there when it was checked */
      hours[i].zone = time_zone_open(TEXT("UTC"), &error);
  }
  return hours;
}
