#include "command/config/hold_settings.h"

#include "command/config/hours_settings.h"

/* ---- checking ------------------------------------------------------------------------------ */

static bool is_period(struct text text, int64_t *period) {
  struct error ignored = ERROR_NONE;
  return duration_parse(text, period, &ignored);
}

/* One period, or times of the day. */
static bool check_digest(const struct settings_reader *reader, const struct yaml_node *mapping,
                         const struct hold_settings *settings) {
  const struct yaml_node *node = yaml_get(mapping, "digest");
  char shown[64];
  for (size_t i = 0; i < settings->digest.count; i++) {
    struct text text = settings->digest.items[i];
    int64_t period;
    int minute;
    if (week_minute_parse(text, &minute))
      continue;
    if (!is_period(text, &period))
      return yaml_problem(&reader->context, node,
                          "digest: '%s' is neither a period, such as 1h, nor a time of the day, "
                          "such as \"08:00\"",
                          text_printable(text, shown, sizeof shown));
    if (settings->digest.count > 1)
      return yaml_problem(&reader->context, node,
                          "digest: a period stands alone: give one, or times of the day");
    if (period < DIGEST_EVERY_MIN || period > DIGEST_EVERY_MAX)
      return yaml_problem(&reader->context, node, "digest: a period is from 1m to 7d");
  }
  return true;
}

static bool check_quiet(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const struct hold_settings *settings) {
  struct arena arena = ARENA_NONE;
  struct week_hours *hours = hours_settings_take(&settings->quiet_hours, &arena);
  bool ends = week_hours_end(hours, settings->quiet_hours.count, 0) != TIME_NONE;
  for (size_t i = 0; i < settings->quiet_hours.count; i++)
    time_zone_free(hours[i].zone);
  arena_free(&arena);
  return ends || yaml_problem(&reader->context, yaml_get(mapping, "quiet_hours"),
                              "quiet_hours: they cover the whole week, so nothing but CRITICAL "
                              "would ever be sent: use 'severities' for that");
}

bool hold_settings_check(const struct settings_reader *reader, const struct yaml_node *mapping,
                         struct hold_settings *settings) {
  settings->has_storm_limit = yaml_get(mapping, "storm_limit") != NULL;
  bool ok = check_digest(reader, mapping, settings);
  return check_quiet(reader, mapping, settings) && ok;
}

/* ---- from what was read to what is used ---------------------------------------------------- */

static void take_digest(const struct hold_settings *settings, struct text zone_name,
                        struct arena *arena, struct destination_holds *holds) {
  struct error ignored = ERROR_NONE;
  int *at = arena_alloc(arena, (settings->digest.count + 1) * sizeof *at);
  for (size_t i = 0; i < settings->digest.count; i++) {
    int minute;
    if (week_minute_parse(settings->digest.items[i], &minute))
      at[holds->digest_at_count++] = minute % (24 * 60);
    else
      is_period(settings->digest.items[i], &holds->digest_every);
  }
  holds->digest_at = at;
  holds->digest_zone = time_zone_open(zone_name, &ignored);
  if (!holds->digest_zone) /* that the section `alerts` names it was reported there */
    holds->digest_zone = time_zone_open(TEXT("UTC"), &ignored);
}

void hold_settings_take(const struct hold_settings *settings, struct text zone_name,
                        struct arena *arena, struct destination *destination) {
  destination->storm_limit =
      settings->has_storm_limit ? settings->storm_limit : destination->type->storm_limit;
  if (settings->quiet_hours.count == 0 && settings->digest.count == 0)
    return;
  struct destination_holds *holds = arena_alloc(arena, sizeof *holds);
  *holds = (struct destination_holds){
      .quiet = hours_settings_take(&settings->quiet_hours, arena),
      .quiet_count = settings->quiet_hours.count,
      .quiet_below = (enum severity)settings->quiet_below,
      .digest_below = (enum severity)settings->digest_below,
  };
  take_digest(settings, zone_name, arena, holds);
  destination->holds = holds;
}

void hold_settings_release(const struct destination *destination) {
  const struct destination_holds *holds = destination->holds;
  for (size_t i = 0; holds && i < holds->quiet_count; i++)
    time_zone_free(holds->quiet[i].zone);
  if (holds)
    time_zone_free(holds->digest_zone);
}
