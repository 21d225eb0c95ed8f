#include "command/config/risk_settings.h"

#include <stddef.h>

#define POINTS_MAX 1000000 /* ours: sums of doubles stay exact */
#define WITHIN_MAX (30 * US_PER_DAY)

#define AT(severity) (offsetof(struct risk_points_settings, of) + (severity) * sizeof(int64_t))
#define POINTS(word, severity, usual)                                                              \
  {                                                                                                \
    .key = (word), .kind = SETTING_INT, .offset = AT(severity), .min = 0, .max = POINTS_MAX,       \
    .fallback = (usual), .help = "what a match of this severity adds"                              \
  }
static const struct setting points_rows[] = {
    POINTS("info", SEVERITY_INFO, "0"),          POINTS("low", SEVERITY_LOW, "1"),
    POINTS("medium", SEVERITY_MEDIUM, "5"),      POINTS("high", SEVERITY_HIGH, "20"),
    POINTS("critical", SEVERITY_CRITICAL, "50"),
};
#undef POINTS
#undef AT
static const struct settings_table points_table =
    SETTINGS(points_rows, struct risk_points_settings);

#define AT(member) offsetof(struct risk_settings, member)
static const struct setting risk_rows[] = {
    {.key = "threshold",
     .kind = SETTING_INT,
     .offset = AT(threshold),
     .required = true,
     .min = 1,
     .max = POINTS_MAX,
     .help = "how many points of one person open an alert"},
    {.key = "within",
     .kind = SETTING_DURATION,
     .offset = AT(within),
     .min = US_PER_MINUTE,
     .max = WITHIN_MAX,
     .fallback = "24h",
     .help = "in what time, of events"},
    {.key = "severity",
     .kind = SETTING_CHOICE,
     .offset = AT(severity),
     .choices = severity_words,
     .fallback = "high",
     .help = "the severity of that alert"},
    {.key = "objects",
     .kind = SETTING_BOOL,
     .offset = AT(objects),
     .fallback = "true",
     .help = "matches add points to the user whom they were done to, too"},
    {.key = "points",
     .kind = SETTING_MAPPING,
     .offset = AT(points),
     .table = &points_table,
     .help = "what matches are worth, by severity"},
};
#undef AT

static bool check_risk(const struct settings_reader *reader, const struct yaml_node *mapping,
                       const char *where, void *options) {
  struct risk_settings *settings = options;
  int64_t most = 0;
  settings->line = mapping->line;
  for (int i = 0; i < SEVERITY_COUNT; i++)
    most = settings->points.of[i] > most ? settings->points.of[i] : most;
  return most > 0 || yaml_problem(&reader->context, mapping,
                                  "%s: no severity is worth a point, so nothing is ever found: "
                                  "give one more than 0",
                                  where);
}

const struct settings_table risk_table = {
    .rows = risk_rows,
    .count = sizeof risk_rows / sizeof *risk_rows,
    .size = sizeof(struct risk_settings),
    .check = check_risk,
};

const struct risk *risk_settings_take(const struct risk_settings *settings, const char *file,
                                      struct arena *arena) {
  if (!settings)
    return NULL;
  struct risk *risk = arena_alloc(arena, sizeof *risk);
  *risk = (struct risk){.threshold = settings->threshold,
                        .within = settings->within,
                        .severity = (enum severity)settings->severity,
                        .objects = settings->objects,
                        .file = file,
                        .line = settings->line};
  for (int i = 0; i < SEVERITY_COUNT; i++)
    risk->points[i] = settings->points.of[i];
  return risk;
}
