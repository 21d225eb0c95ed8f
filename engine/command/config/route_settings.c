#include "command/config/route_settings.h"

#include "base/severity.h"

#include <stddef.h>

#define ALL_SEVERITIES ((UINT32_C(1) << SEVERITY_COUNT) - 1)
#define ALL_ALERT_TYPES ((UINT32_C(1) << ALERT_TYPE_COUNT) - 1)

#define AT(member) offsetof(struct route_settings, member)
#define ASK(ask) (AT(asks) + (ask) * sizeof(struct setting_list))
static const struct setting route_rows[] = {
    {.key = "name",
     .kind = SETTING_TEXT,
     .offset = AT(name),
     .usual = "`route 1`, `route 2`, …",
     .help = "what `margay alerts` and `margay rules` call it"},
    {.key = "min_severity",
     .kind = SETTING_CHOICE,
     .offset = AT(min_severity),
     .choices = severity_words,
     .fallback = "info",
     .help = "alerts of this severity and above"},
    {.key = "severities",
     .kind = SETTING_LIST,
     .offset = AT(severities),
     .choices = severity_words,
     .alone = true,
     .help = "alerts of one of these severities"},
    {.key = "alert_types",
     .kind = SETTING_LIST,
     .offset = AT(alert_types),
     .choices = alert_type_names,
     .alone = true,
     .help = "alerts of one of these types"},
    {.key = "rules",
     .kind = SETTING_LIST,
     .offset = ASK(ROUTE_RULES),
     .alone = true,
     .help = "alerts of one of these rules or correlations: ids, or patterns with `*`"},
    {.key = "log_types",
     .kind = SETTING_LIST,
     .offset = ASK(ROUTE_LOG_TYPES),
     .alone = true,
     .help = "alerts of events of one of these log types, or patterns"},
    {.key = "tags",
     .kind = SETTING_LIST,
     .offset = ASK(ROUTE_TAGS),
     .alone = true,
     .help = "alerts of rules with one of these tags, or patterns"},
    {.key = "packs",
     .kind = SETTING_LIST,
     .offset = ASK(ROUTE_PACKS),
     .alone = true,
     .help = "alerts of rules of one of these packs, or patterns"},
    {.key = "sources",
     .kind = SETTING_LIST,
     .offset = ASK(ROUTE_SOURCES),
     .alone = true,
     .help = "alerts of events of one of these sources: ids, or patterns"},
    {.key = "actors",
     .kind = SETTING_LIST,
     .offset = ASK(ROUTE_ACTORS),
     .alone = true,
     .help = "alerts of what one of these did, or patterns, such as `*@contractor.example.com`"},
    {.key = "send_to",
     .kind = SETTING_LIST,
     .offset = AT(send_to),
     .alone = true,
     .help = "the ids of the destinations that get the alert; an empty list: it is kept, and goes "
             "nowhere"},
    {.key = "mute_until",
     .kind = SETTING_TEXT,
     .offset = AT(mute_until),
     .help = "in the place of `send_to`: alerts of events before that date or time are kept, and "
             "go nowhere; a date begins in UTC"},
    {.key = "reason",
     .kind = SETTING_TEXT,
     .offset = AT(reason),
     .help = "why, for people; needed for what goes nowhere"},
    {.key = "continue",
     .kind = SETTING_BOOL,
     .offset = AT(goes_on),
     .fallback = "false",
     .help = "the routes behind it are looked at, too, and add their destinations"},
};
#undef ASK
#undef AT

static bool gives(const struct route_settings *settings, const char *key) {
  return yaml_get(settings->node, key) != NULL;
}

static bool is_muted(const struct route_settings *settings) {
  return gives(settings, "mute_until") || settings->send_to.count == 0;
}

/* "2027-01-31", or a whole time. */
static bool read_mute(const struct settings_reader *reader, struct route_settings *settings) {
  char shown[64];
  settings->until = TIME_NONE;
  if (!gives(settings, "mute_until"))
    return true;
  return time_parse(settings->mute_until, &settings->until) ||
         time_parse_strftime(settings->mute_until, "%Y-%m-%d", &settings->until) ||
         yaml_problem(&reader->context, yaml_get(settings->node, "mute_until"),
                      "mute_until: '%s' is no date or time, such as 2027-01-31 or "
                      "2027-01-31T08:00:00+01:00",
                      text_printable(settings->mute_until, shown, sizeof shown));
}

static bool check_lists(const struct settings_reader *reader,
                        const struct route_settings *settings) {
  static const char *const keys[] = {"severities", "alert_types"};
  bool ok = true;
  for (size_t i = 0; i < ROUTE_ASK_COUNT + sizeof keys / sizeof *keys; i++) {
    const char *key = i < ROUTE_ASK_COUNT ? route_ask_keys[i] : keys[i - ROUTE_ASK_COUNT];
    const struct yaml_node *node = yaml_get(settings->node, key);
    if (node && node->type == YAML_SEQUENCE && node->count == 0)
      ok = yaml_problem(&reader->context, node,
                        "%s: the list is empty, so the route takes nothing: leave the key out for "
                        "all",
                        key);
  }
  return ok;
}

static bool check_end(const struct settings_reader *reader, const struct route_settings *settings) {
  const struct yaml_context *context = &reader->context;
  const struct yaml_node *node = settings->node;
  if (gives(settings, "send_to") == gives(settings, "mute_until"))
    return yaml_problem(context, node,
                        gives(settings, "send_to")
                            ? "send_to and mute_until: a route has one of them"
                            : "this route leads nowhere: give it send_to, or mute_until with a "
                              "reason");
  if (!is_muted(settings))
    return true;
  if (settings->goes_on)
    return yaml_problem(context, yaml_get(node, "continue"),
                        "continue: what goes nowhere ends here: leave the key out");
  return text_trim(settings->reason).size > 0 ||
         yaml_problem(context, node,
                      "a route that sends alerts nowhere needs 'reason': say why, for who reads it "
                      "in a year");
}

static bool check_route(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const char *where, void *options) {
  struct route_settings *settings = options;
  (void)where;
  settings->node = mapping;
  bool ok = read_mute(reader, settings);
  ok = check_lists(reader, settings) && ok;
  if (gives(settings, "min_severity") && gives(settings, "severities"))
    ok = yaml_problem(&reader->context, yaml_get(mapping, "min_severity"),
                      "min_severity and severities: a route has one of them");
  return check_end(reader, settings) && ok;
}

const struct settings_table route_table = {
    .rows = route_rows,
    .count = sizeof route_rows / sizeof *route_rows,
    .size = sizeof(struct route_settings),
    .what = "route",
    .check = check_route,
};

/* ---- from what was read to what is used ---------------------------------------------------- */

static uint32_t severities_of(const struct route_settings *settings) {
  uint32_t bits = 0;
  enum severity severity;
  for (size_t i = 0; i < settings->severities.count; i++)
    if (severity_parse(settings->severities.items[i], &severity))
      bits |= UINT32_C(1) << severity;
  return bits ? bits : ALL_SEVERITIES & ~((UINT32_C(1) << settings->min_severity) - 1);
}

static uint32_t alert_types_of(const struct route_settings *settings) {
  uint32_t bits = 0;
  enum alert_type type;
  for (size_t i = 0; i < settings->alert_types.count; i++)
    if (alert_type_parse(settings->alert_types.items[i], &type))
      bits |= UINT32_C(1) << type;
  return bits ? bits : ALL_ALERT_TYPES;
}

struct route *route_settings_take(const struct setting_entries *entries, struct arena *arena) {
  const struct route_settings *settings = entries->items;
  struct route *routes = arena_alloc(arena, (entries->count + 1) * sizeof *routes);
  for (size_t i = 0; i < entries->count; i++) {
    const struct route_settings *given = &settings[i];
    routes[i] = (struct route){.name = given->name,
                               .line = given->node->line,
                               .severities = severities_of(given),
                               .alert_types = alert_types_of(given),
                               .send_to = {given->send_to.items, given->send_to.count},
                               .mutes = is_muted(given),
                               .until = given->until,
                               .reason = text_trim(given->reason),
                               .goes_on = given->goes_on};
    if (text_trim(given->name).size == 0)
      routes[i].name = text_from(arena_printf(arena, "route %zu", i + 1));
    for (enum route_ask ask = 0; ask < ROUTE_ASK_COUNT; ask++)
      routes[i].asks[ask] = (struct route_list){given->asks[ask].items, given->asks[ask].count};
  }
  return routes;
}
