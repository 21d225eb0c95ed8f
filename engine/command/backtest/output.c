#include "command/backtest/output.h"

#include "alert/message/markup.h"
#include "alert/message/summary.h"
#include "base/json_member.h"
#include "base/memory.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>
#include <stdlib.h>

#define ALERTS_SHOWN 10
#define ACTORS_SHOWN 5
#define BAR_WIDTH 40
#define BARS_MAX ((size_t)31)

void backtest_write_alerts(const struct outcome_alerts *alerts, const char *indent, size_t most,
                           struct buffer *out) {
  for (size_t i = 0; i < alerts->count && i < most; i++) {
    const struct outcome_alert *alert = &alerts->items[i];
    struct time_string time;
    buffer_printf(out, "%s%s  %-8s  ", indent, alert_time(alert->first_event_time, &time),
                  severity_name(alert->severity));
    markup_append(out, &markup_line, alert->title, 200);
    buffer_printf(out, "  (%.*s)\n", TEXT_ARGS(alert->rule_id));
  }
  if (alerts->count > most)
    buffer_printf(out, "%sand %zu more\n", indent, alerts->count - most);
}

/* ---- days -------------------------------------------------------------------------------- */

struct day {
  time_us start;
  int64_t alerts;
};

static time_us day_of(time_us time) {
  return time - (time % US_PER_DAY + US_PER_DAY) % US_PER_DAY;
}

/* Alerts of each day of the time; the caller frees. */
static struct day *count_days(const struct backtest_page *page, size_t *count) {
  time_us first = day_of(page->since), last = day_of(page->until - 1);
  *count = last < first ? 0 : (size_t)((last - first) / US_PER_DAY) + 1;
  struct day *days = memory_alloc_array(*count + 1, sizeof *days);
  for (size_t i = 0; i < *count; i++)
    days[i].start = first + (int64_t)i * US_PER_DAY;
  const struct outcome_alerts *alerts = &page->outcome->alerts;
  for (size_t i = 0; i < alerts->count; i++) {
    size_t day = (size_t)((alerts->items[i].first_event_time - first) / US_PER_DAY);
    if (alerts->items[i].first_event_time >= first && day < *count)
      days[day].alerts++;
  }
  return days;
}

/* Puts so many days together. */
static size_t to_spans(struct day *days, size_t count, size_t size) {
  size_t spans = (count + size - 1) / size;
  for (size_t i = 0; i < spans; i++) {
    struct day span = {days[i * size].start, 0};
    for (size_t k = i * size; k < count && k < (i + 1) * size; k++)
      span.alerts += days[k].alerts;
    days[i] = span;
  }
  return spans;
}

/* A bar for each day, or for as many weeks as it takes. */
static void write_chart(const struct backtest_page *page, struct buffer *out) {
  size_t count, size = 1;
  struct day *days = count_days(page, &count);
  if (count > BARS_MAX)
    size = (count + 7 * BARS_MAX - 1) / (7 * BARS_MAX) * 7;
  count = to_spans(days, count, size);
  int64_t most = 1;
  for (size_t i = 0; i < count; i++)
    most = days[i].alerts > most ? days[i].alerts : most;
  buffer_printf(out, "\nAlerts %s\n", size == 1 ? "by day" : size == 7 ? "by week" : "by weeks");
  for (size_t i = 0; i < count; i++) {
    struct time_string date;
    int64_t width = (days[i].alerts * BAR_WIDTH + most - 1) / most;
    buffer_printf(out, "  %s  ", time_format_date(days[i].start, &date));
    for (int64_t k = 0; k < width; k++)
      buffer_append_string(out, "█");
    buffer_printf(out, "%s%" PRId64 "\n", width ? " " : "", days[i].alerts);
  }
  free(days);
}

/* ---- tables ------------------------------------------------------------------------------ */

static int by_number(const void *a, const void *b) {
  const struct outcome_count *one = *(const struct outcome_count *const *)a,
                             *other = *(const struct outcome_count *const *)b;
  if (one->alerts != other->alerts)
    return one->alerts > other->alerts ? -1 : 1;
  if (one->matches != other->matches)
    return one->matches > other->matches ? -1 : 1;
  return text_compare(one->name, other->name);
}

/* The counts of a map, the most alerts first; the caller frees. */
static const struct outcome_count **sort_counts(const struct map *map) {
  const struct outcome_count **sorted = memory_alloc_array(map->count + 1, sizeof *sorted);
  for (size_t i = 0; i < map->count; i++)
    sorted[i] = map->entries[i].value;
  qsort(sorted, map->count, sizeof *sorted, by_number);
  return sorted;
}

static void write_counts(const struct map *map, size_t most, const char *heading, FILE *out,
                         struct buffer *page) {
  const char *const headings[] = {"MATCHES", "ALERTS", heading};
  const struct outcome_count **sorted = sort_counts(map);
  struct table *table = table_new(headings, 3);
  table_align_right(table, 0);
  table_align_right(table, 1);
  for (size_t i = 0; i < map->count && i < most; i++) {
    table_add_number(table, sorted[i]->matches);
    table_add_number(table, sorted[i]->alerts);
    table_add(table, sorted[i]->name, NULL);
  }
  if (map->count > 0) {
    buffer_append_char(page, '\n');
    table_write(table, terminal_colours(out), terminal_width(out), page);
  }
  if (map->count > most)
    buffer_printf(page, "and %zu more\n", map->count - most);
  table_free(table);
  free(sorted);
}

static void write_comparison(const struct backtest_page *page, struct buffer *out) {
  buffer_printf(out, "\nLive in this time: %zu alert%s; here %zu more, %zu fewer\n",
                page->live->count, page->live->count == 1 ? "" : "s", page->more->count,
                page->fewer->count);
  if (page->live->count > 0)
    backtest_write_alerts(page->more, "  + ", ALERTS_SHOWN, out);
  backtest_write_alerts(page->fewer, "  - ", ALERTS_SHOWN, out);
}

void backtest_print_text(const struct backtest_page *page, FILE *out) {
  const struct outcome *outcome = page->outcome;
  struct buffer text = BUFFER_NONE;
  struct time_string since, until;
  buffer_printf(&text, "%s to %s: %" PRIu64 " events, %" PRId64 " match%s",
                time_format_date(page->since, &since), time_format_date(page->until, &until),
                outcome->counts.events, outcome->matches, outcome->matches == 1 ? "" : "es");
  if (outcome->suppressed > 0)
    buffer_printf(&text, " (%" PRId64 " suppressed)", outcome->suppressed);
  buffer_printf(&text, ", %zu alert%s\n", outcome->alerts.count,
                outcome->alerts.count == 1 ? "" : "s");
  if (outcome->alerts.count > 0)
    write_chart(page, &text);
  if (outcome->rules.count > 1)
    write_counts(&outcome->rules, SIZE_MAX, "RULE", out, &text);
  write_counts(&outcome->actors, ACTORS_SHOWN, "ACTOR", out, &text);
  write_comparison(page, &text);
  fwrite(text.data, 1, text.size, out);
  buffer_free(&text);
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void write_count_list(struct buffer *json, const char *list, const char *name,
                             const struct map *map) {
  const struct outcome_count **sorted = sort_counts(map);
  buffer_printf(json, ",\"%s\":[", list);
  for (size_t i = 0; i < map->count; i++) {
    buffer_printf(json, "%s{\"matches\":%" PRId64 ",\"alerts\":%" PRId64, i ? "," : "",
                  sorted[i]->matches, sorted[i]->alerts);
    json_member_text(json, name, sorted[i]->name);
    buffer_append_char(json, '}');
  }
  buffer_append_char(json, ']');
  free(sorted);
}

void backtest_write_json_alerts(struct buffer *json, const char *member,
                                const struct outcome_alerts *alerts) {
  buffer_printf(json, ",\"%s\":[", member);
  for (size_t i = 0; i < alerts->count; i++) {
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

static void write_days(struct buffer *json, const struct backtest_page *page) {
  size_t count;
  struct day *days = count_days(page, &count);
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

void backtest_print_json(const struct backtest_page *page, FILE *out) {
  const struct outcome *outcome = page->outcome;
  struct buffer json = BUFFER_NONE, visible = BUFFER_NONE;
  buffer_append_char(&json, '{');
  json_member_time(&json, "since", page->since);
  json_member_time(&json, "until", page->until);
  buffer_printf(&json,
                ",\"events\":%" PRIu64 ",\"unreadable\":%" PRIu64 ",\"matches\":%" PRId64
                ",\"suppressed\":%" PRId64 ",\"rule_errors\":%" PRId64 ",\"live_alerts\":%zu",
                outcome->counts.events, outcome->counts.unreadable, outcome->matches,
                outcome->suppressed, outcome->rule_errors, page->live->count);
  write_days(&json, page);
  write_count_list(&json, "rules", "rule_id", &outcome->rules);
  write_count_list(&json, "actors", "actor", &outcome->actors);
  backtest_write_json_alerts(&json, "alerts", &outcome->alerts);
  backtest_write_json_alerts(&json, "more", page->more);
  backtest_write_json_alerts(&json, "fewer", page->fewer);
  buffer_append_string(&json, "}\n");
  buffer_append_json_visible(&visible, buffer_text(&json));
  fwrite(visible.data, 1, visible.size, out);
  buffer_free(&json);
  buffer_free(&visible);
}
