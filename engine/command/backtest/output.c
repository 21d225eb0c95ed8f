#include "command/backtest/output.h"

#include "alert/message/markup.h"
#include "alert/message/summary.h"
#include "api/backtest/outcome_json.h"
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

/* Puts so many days together. */
static size_t to_spans(struct outcome_day *days, size_t count, size_t size) {
  size_t spans = (count + size - 1) / size;
  for (size_t i = 0; i < spans; i++) {
    struct outcome_day span = {days[i * size].start, 0};
    for (size_t k = i * size; k < count && k < (i + 1) * size; k++)
      span.alerts += days[k].alerts;
    days[i] = span;
  }
  return spans;
}

/* A bar for each day, or for as many weeks as it takes. */
static void write_chart(const struct backtest_page *page, struct buffer *out) {
  size_t count, size = 1;
  struct outcome_day *days = outcome_days(page->outcome, page->comparison, &count);
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

static void write_counts(const struct map *map, size_t most, const char *heading, FILE *out,
                         struct buffer *page) {
  const char *const headings[] = {"MATCHES", "ALERTS", heading};
  const struct outcome_count **sorted = outcome_sort(map);
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
                page->comparison->live.count, page->comparison->live.count == 1 ? "" : "s",
                page->comparison->more.count, page->comparison->fewer.count);
  if (page->comparison->live.count > 0)
    backtest_write_alerts(&page->comparison->more, "  + ", ALERTS_SHOWN, out);
  backtest_write_alerts(&page->comparison->fewer, "  - ", ALERTS_SHOWN, out);
}

void backtest_print_text(const struct backtest_page *page, FILE *out) {
  const struct outcome *outcome = page->outcome;
  struct buffer text = BUFFER_NONE;
  struct time_string since, until;
  buffer_printf(&text, "%s to %s: %" PRIu64 " events, %" PRId64 " match%s",
                time_format_date(page->comparison->since, &since),
                time_format_date(page->comparison->until, &until), outcome->counts.events,
                outcome->matches, outcome->matches == 1 ? "" : "es");
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

void backtest_print_json(const struct backtest_page *page, FILE *out) {
  struct buffer json = BUFFER_NONE, visible = BUFFER_NONE;
  outcome_json_append(&json, page->outcome, page->comparison, SIZE_MAX);
  buffer_append_char(&json, '\n');
  buffer_append_json_visible(&visible, buffer_text(&json));
  fwrite(visible.data, 1, visible.size, out);
  buffer_free(&json);
  buffer_free(&visible);
}
