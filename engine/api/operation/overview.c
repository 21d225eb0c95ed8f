/* What a first page shows. */
#include "api/overview/overview.h"
#include "api/api.h"

#define DAYS 7 /* when nobody says since when */

static const struct api_parameter parameters[] = {
    {.name = "since",
     .place = API_QUERY,
     .type = API_TIME,
     .help = "Then or later, to the hour; 7d when not given"}};

static bool show_overview(const struct api_world *world, const struct api_request *request,
                          struct api_answer *answer) {
  struct error error = ERROR_NONE;
  time_us since = api_time(request, "since");
  if (since == TIME_NONE)
    since = request->now - DAYS * US_PER_DAY;
  if (since > request->now || since < 0)
    return api_refuse(answer, API_BAD, "since", "since: give a time from 1970 to now");
  const struct overview_ask ask = {.store = world->store,
                                   .detection = world->setup->detection,
                                   .since = since - since % US_PER_HOUR,
                                   .now = request->now};
  return overview_append(&ask, &answer->body, &error) || api_fail(answer, &error);
}

static const struct api_field day_fields[] = {
    {.name = "day", .type = API_TEXT},
    {.name = "critical", .type = API_INTEGER},
    {.name = "high", .type = API_INTEGER},
    {.name = "medium", .type = API_INTEGER},
    {.name = "low", .type = API_INTEGER},
    {.name = "info", .type = API_INTEGER},
    {.name = NULL},
};
static const struct api_field count_fields[] = {
    {.name = "day", .type = API_TEXT}, {.name = "count", .type = API_INTEGER}, {.name = NULL}};
static const struct api_field type_fields[] = {
    {.name = "log_type", .type = API_TEXT}, {.name = "count", .type = API_INTEGER}, {.name = NULL}};
static const struct api_field value_fields[] = {
    {.name = "value", .type = API_TEXT}, {.name = "count", .type = API_INTEGER}, {.name = NULL}};
static const struct api_field open_fields[] = {
    {.name = "critical", .type = API_INTEGER}, {.name = "high", .type = API_INTEGER},
    {.name = "medium", .type = API_INTEGER},   {.name = "low", .type = API_INTEGER},
    {.name = "info", .type = API_INTEGER},     {.name = NULL},
};
static const struct api_field actor_fields[] = {
    {.name = "value", .type = API_TEXT},
    {.name = "severity", .type = API_TEXT, .help = "The gravest"},
    {.name = "alerts", .type = API_INTEGER},
    {.name = "score",
     .type = API_INTEGER,
     .help = "Each alert by its severity: low 1, medium 5, high 20, critical 50"},
    {.name = NULL},
};
static const struct api_field rule_fields[] = {
    {.name = "rule", .type = API_TEXT},
    {.name = "title", .type = API_TEXT},
    {.name = "severity", .type = API_TEXT, .help = "The gravest"},
    {.name = "alerts", .type = API_INTEGER},
    {.name = "matches", .type = API_INTEGER, .help = "Of these alerts"},
    {.name = NULL},
};
static const struct api_field source_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "label", .type = API_TEXT},
    {.name = "type", .type = API_TEXT},
    {.name = "status", .type = API_TEXT},
    {.name = "last_event", .type = API_TIME, .optional = true},
    {.name = "lag_seconds", .type = API_INTEGER, .optional = true},
    {.name = "problem", .type = API_TEXT, .optional = true},
    {.name = NULL},
};

static const struct api_field fields[] = {
    {.name = "since", .type = API_TIME},
    {.name = "until", .type = API_TIME},
    {.name = "events", .type = API_INTEGER},
    {.name = "alerts_by_day",
     .type = API_LIST,
     .fields = day_fields,
     .help = "By the UTC day on which they were opened"},
    {.name = "events_by_day", .type = API_LIST, .fields = count_fields},
    {.name = "events_by_type", .type = API_LIST, .fields = type_fields},
    {.name = "open",
     .type = API_OBJECT,
     .fields = open_fields,
     .help = "All alerts that are not resolved"},
    {.name = "actors", .type = API_LIST, .fields = actor_fields},
    {.name = "rules", .type = API_LIST, .fields = rule_fields},
    {.name = "sources", .type = API_LIST, .fields = source_fields},
    {.name = "sampled",
     .type = API_INTEGER,
     .help = "Events that were looked at for the next three: up to 1000 of each log type"},
    {.name = "actions", .type = API_LIST, .fields = value_fields},
    {.name = "clients", .type = API_LIST, .fields = value_fields},
    {.name = "countries",
     .type = API_LIST,
     .fields = value_fields,
     .help = "From the events, or from the addresses by a lookup table of GeoIP"},
    {.name = NULL},
};

const struct api_operation api_overview_show = {
    .name = "overview.show",
    .method = "GET",
    .path = "/overview",
    .role = API_VIEWER,
    .summary = "Show how many alerts and events there were, what stands out, and how sources are",
    API_PARAMETERS(parameters),
    .fields = fields,
    .run = show_overview,
};
