#include "command/config/tuning_settings.h"

#include "base/severity.h"
#include "base/suggestion.h"

#include <stddef.h>

#define THRESHOLD_MAX INT64_C(1000000000) /* both as in a rule's metadata */
#define PERIOD_MAX (366 * US_PER_DAY)

/* ---- an entry ---------------------------------------------------------------------------- */

#define AT(member) offsetof(struct tuning_settings, member)
static const struct setting tuning_rows[] = {
    {.key = "rule",
     .kind = SETTING_TEXT,
     .offset = AT(rule),
     .required = true,
     .help =
         "the id of the rule or correlation, or a pattern with `*`, such as `Zoom.Recording.*`"},
    {.key = "except",
     .kind = SETTING_TREE,
     .offset = AT(except),
     .help = "a list of tables of fields, in the words of a rule's `where`: matches on events that "
             "fit one of them open no alert"},
    {.key = "mute_until",
     .kind = SETTING_TEXT,
     .offset = AT(mute_until),
     .help = "matches of events before that date or time open no alert; a date begins in UTC"},
    {.key = "hours",
     .kind = SETTING_MAPPINGS,
     .offset = AT(hours),
     .table = &hours_table,
     .alone = true,
     .max = 64,
     .help = "hours of the week, one span or a list: matches of events in them open no alert"},
    {.key = "severity",
     .kind = SETTING_CHOICE,
     .offset = AT(severity),
     .choices = severity_words,
     .help = "the severity of its alerts, whatever its file says"},
    {.key = "threshold",
     .kind = SETTING_INT,
     .offset = AT(threshold),
     .min = 1,
     .max = THRESHOLD_MAX,
     .help = "how many matches open an alert"},
    {.key = "dedup_period",
     .kind = SETTING_DURATION,
     .offset = AT(dedup_period),
     .min = US_PER_MINUTE,
     .max = PERIOD_MAX,
     .help = "for how long matches with the same dedup are one alert"},
    {.key = "destinations",
     .kind = SETTING_LIST,
     .offset = AT(destinations),
     .alone = true,
     .help = "where its alerts go, by ids; an empty list: nowhere"},
    {.key = "mode",
     .kind = SETTING_CHOICE,
     .offset = AT(mode),
     .choices = rule_mode_names,
     .help = "`alert`, `signal`: matches are recorded and open no alert, or `off`: it does not "
             "run"},
    {.key = "enabled",
     .kind = SETTING_BOOL,
     .offset = AT(enabled),
     .help = "`false` is the mode `off`; `true` switches on what its file or pack switches off"},
    {.key = "reason",
     .kind = SETTING_TEXT,
     .offset = AT(reason),
     .help = "why, for people; needed for `except`, `mute_until`, `hours` and what switches off"},
};
#undef AT

static bool gives(const struct tuning_settings *settings, const char *key) {
  return yaml_get(settings->node, key) != NULL;
}

static bool switches_off(const struct tuning_settings *settings) {
  return (gives(settings, "mode") && settings->mode == RULE_MODE_OFF) ||
         (gives(settings, "enabled") && !settings->enabled);
}

/* "2027-01-31", or a whole time. */
static bool read_mute(const struct settings_reader *reader, struct tuning_settings *settings) {
  struct text text = settings->mute_until;
  char shown[64];
  settings->muted_until = TIME_NONE;
  if (!gives(settings, "mute_until"))
    return true;
  return time_parse(text, &settings->muted_until) ||
         time_parse_strftime(text, "%Y-%m-%d", &settings->muted_until) ||
         yaml_problem(&reader->context, yaml_get(settings->node, "mute_until"),
                      "mute_until: '%s' is no date or time, such as 2027-01-31 or "
                      "2027-01-31T08:00:00+01:00",
                      text_printable(settings->mute_until, shown, sizeof shown));
}

static bool check_except(const struct settings_reader *reader, const struct yaml_node *entry) {
  const struct yaml_node *node = yaml_get(entry, "except");
  if (!node || (node->type != YAML_SCALAR && node->count > 0))
    return true;
  return yaml_problem(&reader->context, node,
                      "except: expected a list of tables of fields, such as [{ operator: "
                      "svc@example.com }]");
}

static bool check_reason(const struct settings_reader *reader,
                         const struct tuning_settings *settings) {
  static const char *const keys[] = {"except", "mute_until", "hours"};
  const char *needs = switches_off(settings) ? "what switches a rule off" : NULL;
  for (size_t i = 0; i < sizeof keys / sizeof *keys && !needs; i++)
    needs = gives(settings, keys[i]) ? keys[i] : NULL;
  return !needs || text_trim(settings->reason).size > 0 ||
         yaml_problem(&reader->context, settings->node,
                      "a tuning entry for '%.*s' needs 'reason', as it has %s: say why, for who "
                      "reads it in a year",
                      TEXT_ARGS(settings->rule), needs);
}

static bool check_keys(const struct settings_reader *reader,
                       const struct tuning_settings *settings) {
  size_t keys = settings->node->count - 1 - (gives(settings, "reason") ? 1 : 0);
  if (gives(settings, "mode") && gives(settings, "enabled"))
    return yaml_problem(&reader->context, yaml_get(settings->node, "enabled"),
                        "mode and enabled say the same: leave one of them out");
  return keys > 0 ||
         yaml_problem(&reader->context, settings->node,
                      "a tuning entry for '%.*s' changes nothing: give it except, mute_until, "
                      "hours, severity, threshold, dedup_period, destinations or mode",
                      TEXT_ARGS(settings->rule));
}

static bool check_entry(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const char *where, void *options) {
  struct tuning_settings *settings = options;
  (void)where;
  settings->node = mapping;
  bool ok = read_mute(reader, settings);
  ok = check_except(reader, mapping) && ok;
  ok = check_reason(reader, settings) && ok;
  return check_keys(reader, settings) && ok;
}

const struct settings_table tuning_table = {
    .rows = tuning_rows,
    .count = sizeof tuning_rows / sizeof *tuning_rows,
    .size = sizeof(struct tuning_settings),
    .what = "tuning entry",
    .check = check_entry,
};

/* ---- from what was read to what is applied ------------------------------------------------ */

static void take_hours(struct arena *arena, const struct setting_entries *hours,
                       struct tuning_entry *entry) {
  const struct hours_settings *settings = hours->items;
  struct tuning_hours *taken = arena_alloc(arena, (hours->count + 1) * sizeof *taken);
  for (size_t i = 0; i < hours->count; i++)
    taken[i] = (struct tuning_hours){settings[i].day_bits, settings[i].from_minute,
                                     settings[i].to_minute, settings[i].time_zone};
  entry->hours = taken;
  entry->hours_count = hours->count;
}

static struct tuning_entry take_entry(struct arena *arena, const struct tuning_settings *settings) {
  struct tuning_entry entry = {
      .rule = settings->rule,
      .node = settings->node,
      .mute_until = settings->muted_until,
      .has_severity = gives(settings, "severity"),
      .severity = (enum severity)settings->severity, /* severity_words has the same order */
      .threshold = settings->threshold,
      .dedup_period = settings->dedup_period,
      .has_destinations = gives(settings, "destinations"),
      .destinations = {settings->destinations.items, settings->destinations.count},
      .has_mode = gives(settings, "mode") || switches_off(settings),
      .switches_on = gives(settings, "enabled") && settings->enabled,
      .mode = gives(settings, "mode") ? (enum rule_mode)settings->mode : RULE_MODE_OFF,
      .reason = settings->reason,
  };
  take_hours(arena, &settings->hours, &entry);
  return entry;
}

static bool read_pack(const struct settings_reader *reader, const struct yaml_node *key,
                      const struct yaml_node *value, struct tuning_pack *pack) {
  struct suggestion suggestion;
  char shown[64], shown_name[80];
  *pack = (struct tuning_pack){.name = key->value, .node = key};
  text_printable(key->value, shown_name, sizeof shown_name);
  if (!yaml_expect(&reader->context, value, YAML_SCALAR,
                   arena_printf(reader->arena, "packs.%s", shown_name)))
    return false;
  for (int mode = 0; mode < RULE_MODE_COUNT; mode++)
    if (text_equal_folded(value->value, text_from(rule_mode_names[mode]))) {
      pack->mode = (enum rule_mode)mode;
      return true;
    }
  return yaml_problem(&reader->context, value, "packs.%s: '%s' is none of alert, signal, off%s",
                      shown_name, text_printable(value->value, shown, sizeof shown),
                      suggestion_find(value->value, rule_mode_names, RULE_MODE_COUNT, &suggestion));
}

static void take_packs(const struct settings_reader *reader, const struct yaml_node *node,
                       struct tuning *tuning) {
  if (!node || yaml_is_null(node) || !yaml_expect(&reader->context, node, YAML_MAPPING, "packs"))
    return;
  struct tuning_pack *packs = arena_alloc(reader->arena, (node->count + 1) * sizeof *packs);
  for (size_t i = 0; i < node->count; i++)
    tuning->pack_count +=
        read_pack(reader, node->keys[i], node->items[i], &packs[tuning->pack_count]);
  tuning->packs = packs;
}

struct tuning tuning_settings_take(const struct settings_reader *reader,
                                   const struct yaml_node *root,
                                   const struct setting_entries *entries) {
  const struct tuning_settings *settings = entries->items;
  struct tuning tuning = {.yaml = reader->context.yaml, .entry_count = entries->count};
  struct tuning_entry *taken = arena_alloc(reader->arena, (entries->count + 1) * sizeof *taken);
  for (size_t i = 0; i < entries->count; i++)
    taken[i] = take_entry(reader->arena, &settings[i]);
  tuning.entries = taken;
  take_packs(reader, yaml_get(root, "packs"), &tuning);
  return tuning;
}
