#include "api/overview/overview.h"

#include "api/overview/sample.h"
#include "base/json_member.h"
#include "base/memory.h"
#include "store/store_health.h"
#include "store/store_overview.h"

#include <inttypes.h>
#include <stdlib.h>

#define TOP 10       /* of actors, rules, actions, … */
#define DAYS_MAX 400 /* that are listed: more than a year is shown by its last days */

struct day {
  int64_t alerts[SEVERITY_COUNT], events;
};

struct overview {
  const struct overview_ask *ask;
  struct arena arena;
  struct map types; /* log type -> int64_t in the arena: its events */
  time_us first_day;
  struct day *days;
  size_t day_count;
  struct buffer *json;
  size_t listed; /* of the list that is written */
};

static time_us day_of(time_us time) {
  return time - (time % US_PER_DAY + US_PER_DAY) % US_PER_DAY;
}

static struct day *find_day(struct overview *overview, time_us time) {
  time_us since = time - overview->first_day;
  size_t at = since < 0 ? SIZE_MAX : (size_t)(since / US_PER_DAY);
  return at < overview->day_count ? &overview->days[at] : NULL;
}

static void lay_out(struct overview *overview) {
  const time_us last = day_of(overview->ask->now);
  overview->first_day = day_of(overview->ask->since);
  if (overview->first_day < last - DAYS_MAX * US_PER_DAY)
    overview->first_day = last - DAYS_MAX * US_PER_DAY;
  overview->day_count = (size_t)((last - overview->first_day) / US_PER_DAY) + 1;
  overview->days = arena_alloc(&overview->arena, overview->day_count * sizeof *overview->days);
}

/* ---- counting ------------------------------------------------------------------------------ */

static void take_hour(void *context, const struct store_event_hour *hour) {
  struct overview *overview = context;
  int64_t *count = map_get(&overview->types, hour->log_type);
  struct day *day = find_day(overview, hour->start);
  if (!count) {
    count = arena_alloc(&overview->arena, sizeof *count);
    map_put(&overview->types, hour->log_type, count);
  }
  *count += hour->events;
  if (day)
    day->events += hour->events;
}

static void take_alerts(void *context, time_us start, enum severity severity, int64_t alerts) {
  struct day *day = find_day(context, start);
  if (day)
    day->alerts[severity] += alerts;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void begin_list(struct overview *overview, const char *name) {
  buffer_printf(overview->json, ",\"%s\":[", name);
  overview->listed = 0;
}

static void begin_item(struct overview *overview) {
  buffer_append_string(overview->json, overview->listed++ ? ",{" : "{");
}

static void write_days(struct overview *overview) {
  struct time_string date;
  begin_list(overview, "alerts_by_day");
  for (size_t i = 0; i < overview->day_count; i++) {
    const struct day *day = &overview->days[i];
    const time_us start = overview->first_day + (int64_t)i * US_PER_DAY;
    begin_item(overview);
    json_member_text(overview->json, "day", text_from(time_format_date(start, &date)));
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
      buffer_printf(overview->json, ",\"%s\":%" PRId64, severity_words[severity],
                    day->alerts[severity]);
    buffer_append_char(overview->json, '}');
  }
  buffer_append_char(overview->json, ']');
  begin_list(overview, "events_by_day");
  for (size_t i = 0; i < overview->day_count; i++) {
    const time_us start = overview->first_day + (int64_t)i * US_PER_DAY;
    begin_item(overview);
    json_member_text(overview->json, "day", text_from(time_format_date(start, &date)));
    buffer_printf(overview->json, ",\"count\":%" PRId64 "}", overview->days[i].events);
  }
  buffer_append_char(overview->json, ']');
}

static int most_first(const void *a, const void *b) {
  const struct map_entry *one = *(const struct map_entry *const *)a,
                         *other = *(const struct map_entry *const *)b;
  const int64_t left = *(const int64_t *)one->value, right = *(const int64_t *)other->value;
  if (left != right)
    return left > right ? -1 : 1;
  return text_compare(one->key, other->key);
}

static void write_types(struct overview *overview) {
  const size_t count = overview->types.count;
  const struct map_entry **sorted =
      arena_alloc(&overview->arena, (count + 1) * sizeof(struct map_entry *));
  for (size_t i = 0; i < count; i++)
    sorted[i] = &overview->types.entries[i];
  if (count > 1)
    qsort(sorted, count, sizeof *sorted, most_first);
  begin_list(overview, "events_by_type");
  for (size_t i = 0; i < count; i++) {
    begin_item(overview);
    json_member_text(overview->json, "log_type", sorted[i]->key);
    buffer_printf(overview->json, ",\"count\":%" PRId64 "}", *(const int64_t *)sorted[i]->value);
  }
  buffer_append_char(overview->json, ']');
}

static void write_actor(void *context, const struct store_alert_top *top) {
  struct overview *overview = context;
  begin_item(overview);
  json_member_text(overview->json, "value", top->value);
  json_member_text(overview->json, "severity", text_from(severity_words[top->severity]));
  buffer_printf(overview->json, ",\"alerts\":%" PRId64 ",\"score\":%" PRId64 "}", top->alerts,
                top->score);
}

static void write_rule(void *context, const struct store_alert_top *top) {
  struct overview *overview = context;
  begin_item(overview);
  json_member_text(overview->json, "rule", top->value);
  json_member_text(overview->json, "title", top->title);
  json_member_text(overview->json, "severity", text_from(severity_words[top->severity]));
  buffer_printf(overview->json, ",\"alerts\":%" PRId64 ",\"matches\":%" PRId64 "}", top->alerts,
                top->matches);
}

static void write_source(void *context, const struct store_source_health *source) {
  struct overview *overview = context;
  struct buffer *json = overview->json;
  begin_item(overview);
  json_member_text(json, "id", source->source_id);
  json_member_text(json, "label", source->label);
  json_member_text(json, "type", source->kind);
  json_member_text(json, "status", source->state);
  json_member_time(json, "last_event", source->last_event);
  if (source->last_event != TIME_NONE)
    buffer_printf(json, ",\"lag_seconds\":%" PRId64,
                  (overview->ask->now - source->last_event) / US_PER_SECOND);
  if (source->error.size > 0)
    json_member_text(json, "problem", source->error);
  buffer_append_char(json, '}');
}

static bool write_open(struct overview *overview, struct error *error) {
  int64_t open[SEVERITY_COUNT];
  if (!store_alert_open(overview->ask->store, open, error))
    return false;
  buffer_append_string(overview->json, ",\"open\":{");
  for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
    buffer_printf(overview->json, "%s\"%s\":%" PRId64, severity < SEVERITY_COUNT - 1 ? "," : "",
                  severity_words[severity], open[severity]);
  buffer_append_char(overview->json, '}');
  return true;
}

static bool write_top(struct overview *overview, struct error *error) {
  struct store *store = overview->ask->store;
  const time_us since = overview->ask->since;
  begin_list(overview, "actors");
  bool ok = store_alert_actors(store, since, TOP, write_actor, overview, error);
  buffer_append_char(overview->json, ']');
  begin_list(overview, "rules");
  ok = ok && store_alert_rules(store, since, TOP, write_rule, overview, error);
  buffer_append_char(overview->json, ']');
  begin_list(overview, "sources");
  ok = ok && store_health_sources(store, write_source, overview, error);
  buffer_append_char(overview->json, ']');
  return ok;
}

static bool write_sample(struct overview *overview, struct error *error) {
  const size_t count = overview->types.count;
  struct text *types = arena_alloc(&overview->arena, (count + 1) * sizeof *types);
  struct sample sample = {.events = 0};
  for (size_t i = 0; i < count; i++)
    types[i] = overview->types.entries[i].key;
  bool ok = sample_take(overview->ask, types, count, &sample, error);
  const struct {
    const char *name;
    const struct value_counts *values;
  } lists[] = {
      {"actions", &sample.actions}, {"clients", &sample.clients}, {"countries", &sample.countries}};
  buffer_printf(overview->json, ",\"sampled\":%" PRIu64, sample.events);
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    buffer_printf(overview->json, ",\"%s\":", lists[i].name);
    value_counts_append(lists[i].values, TOP, overview->json);
  }
  sample_clear(&sample);
  return ok;
}

bool overview_append(const struct overview_ask *ask, struct buffer *json, struct error *error) {
  struct overview overview = {.ask = ask, .json = json};
  int64_t events = 0;
  lay_out(&overview);
  bool ok = store_event_hours(ask->store, ask->since, ask->now + US_PER_HOUR, take_hour, &overview,
                              error) &&
            store_alert_days(ask->store, ask->since, take_alerts, &overview, error);
  for (size_t i = 0; i < overview.types.count; i++)
    events += *(const int64_t *)overview.types.entries[i].value;
  buffer_append_char(json, '{');
  json_member_time(json, "since", ask->since);
  json_member_time(json, "until", ask->now);
  buffer_printf(json, ",\"events\":%" PRId64, events);
  write_days(&overview);
  write_types(&overview);
  ok = ok && write_open(&overview, error) && write_top(&overview, error) &&
       write_sample(&overview, error);
  buffer_append_char(json, '}');
  map_clear(&overview.types, NULL);
  arena_free(&overview.arena);
  return ok;
}
