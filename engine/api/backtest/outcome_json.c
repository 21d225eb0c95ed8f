#include "api/backtest/outcome_json.h"

#include "base/json_member.h"

#include <inttypes.h>
#include <stdlib.h>

static void write_count_list(struct buffer *json, const char *list, const char *name,
                             const struct map *map, size_t most) {
  const struct outcome_count **sorted = outcome_sort(map);
  buffer_printf(json, ",\"%s\":[", list);
  for (size_t i = 0; i < map->count && i < most; i++) {
    buffer_printf(json, "%s{\"matches\":%" PRId64 ",\"alerts\":%" PRId64, i ? "," : "",
                  sorted[i]->matches, sorted[i]->alerts);
    json_member_text(json, name, sorted[i]->name);
    buffer_append_char(json, '}');
  }
  buffer_append_char(json, ']');
  free(sorted);
}

void outcome_json_alerts(struct buffer *json, const char *member,
                         const struct outcome_alerts *alerts, size_t most) {
  buffer_printf(json, ",\"%s\":[", member);
  for (size_t i = 0; i < alerts->count && i < most; i++) {
    const struct outcome_alert *alert = &alerts->items[i];
    buffer_append_string(json, i ? ",{" : "{");
    json_member_time(json, "first_event_time", alert->first_event_time);
    json_member_text(json, "alert_id", alert->id);
    json_member_text(json, "rule_id", alert->rule_id);
    json_member_text(json, "severity", text_from(severity_name(alert->severity)));
    json_member_text(json, "title", alert->title);
    json_member_text(json, "actor", alert->actor);
    buffer_printf(json, ",\"match_count\":%" PRId64 "}", alert->match_count);
  }
  buffer_append_char(json, ']');
}

static void write_days(struct buffer *json, const struct outcome *outcome,
                       const struct outcome_comparison *comparison) {
  size_t count;
  struct outcome_day *days = outcome_days(outcome, comparison, &count);
  buffer_append_string(json, ",\"days\":[");
  for (size_t i = 0, listed = 0; i < count; i++) {
    struct time_string date;
    if (days[i].alerts == 0)
      continue;
    buffer_printf(json, "%s{\"day\":\"%s\",\"alerts\":%" PRId64 "}", listed++ ? "," : "",
                  time_format_date(days[i].start, &date), days[i].alerts);
  }
  buffer_append_char(json, ']');
  free(days);
}

void outcome_json_append(struct buffer *json, const struct outcome *outcome,
                         const struct outcome_comparison *comparison, size_t most) {
  buffer_append_char(json, '{');
  json_member_time(json, "since", comparison->since);
  json_member_time(json, "until", comparison->until);
  buffer_printf(json,
                ",\"events\":%" PRIu64 ",\"unreadable\":%" PRIu64 ",\"matches\":%" PRId64
                ",\"suppressed\":%" PRId64 ",\"rule_errors\":%" PRId64 ",\"alert_count\":%zu"
                ",\"live_alerts\":%zu,\"more_count\":%zu,\"fewer_count\":%zu",
                outcome->counts.events, outcome->counts.unreadable, outcome->matches,
                outcome->suppressed, outcome->rule_errors, outcome->alerts.count,
                comparison->live.count, comparison->more.count, comparison->fewer.count);
  write_days(json, outcome, comparison);
  write_count_list(json, "rules", "rule_id", &outcome->rules, SIZE_MAX);
  write_count_list(json, "actors", "actor", &outcome->actors, most);
  outcome_json_alerts(json, "alerts", &outcome->alerts, most);
  outcome_json_alerts(json, "more", &comparison->more, most);
  outcome_json_alerts(json, "fewer", &comparison->fewer, most);
  buffer_append_char(json, '}');
}
