#include "command/rules/noise.h"

#include "alert/message/markup.h"
#include "base/buffer.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>

static double share(int64_t part, int64_t whole) {
  return whole > 0 ? (double)part / (double)whole : 0;
}

static bool is_silent(const struct noise_row *row) {
  return row->matches == 0 && row->alerts == 0;
}

/* ---- text -------------------------------------------------------------------------------- */

static void add_share(struct table *table, int64_t part, int64_t whole) {
  char shown[32];
  snprintf(shown, sizeof shown, "%.0f %%", 100 * share(part, whole));
  table_add(table, text_from(shown), NULL);
}

/* "80 % svc@example.com": what a narrow terminal cuts is the end. */
static void add_top(struct table *table, const struct noise_row *row) {
  struct buffer cell = BUFFER_NONE;
  if (row->top_actor.size > 0)
    buffer_printf(&cell, "%3.0f %% ", 100 * share(row->top_matches, row->matches));
  else
    buffer_append_char(&cell, '-');
  buffer_append_text(&cell, row->top_actor);
  table_add(table, buffer_text(&cell), NULL);
  buffer_free(&cell);
}

static void add_row(struct table *table, const struct noise *noise, const struct noise_row *row,
                    enum noise_sort sort) {
  char a_day[32];
  snprintf(a_day, sizeof a_day, "%.1f", noise_alerts_a_day(noise, row));
  table_add_number(table, row->matches);
  if (noise->suppressed > 0)
    table_add_number(table, row->suppressed);
  table_add_number(table, row->alerts);
  for (int i = RESOLUTION_TRUE_POSITIVE; noise->judged > 0 && i < ALERT_RESOLUTION_COUNT; i++)
    table_add_number(table, row->resolved[i]);
  table_add(table, text_from(a_day), NULL);
  add_share(table, sort == NOISE_BY_ALERTS ? row->alerts : row->matches,
            sort == NOISE_BY_ALERTS ? noise->alerts : noise->matches);
  table_add_number(table, row->actors);
  add_top(table, row);
  table_add(table, row->rule_id, NULL);
}

static void write_table(const struct noise *noise, enum noise_sort sort, FILE *out,
                        struct buffer *page) {
  enum { ALWAYS, SUPPRESSED, JUDGED };
  const bool wanted[] = {
      [ALWAYS] = true, [SUPPRESSED] = noise->suppressed > 0, [JUDGED] = noise->judged > 0};
  static const struct {
    const char *heading;
    int when;
  } all[] = {{"MATCHES", ALWAYS}, {"SUPPRESSED", SUPPRESSED}, {"ALERTS", ALWAYS}, {"TRUE", JUDGED},
             {"FALSE", JUDGED},   {"BENIGN", JUDGED},         {"A DAY", ALWAYS},  {"SHARE", ALWAYS},
             {"ACTORS", ALWAYS},  {"TOP ACTOR", ALWAYS},      {"RULE", ALWAYS}};
  const char *shown[sizeof all / sizeof *all];
  size_t columns = 0;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (wanted[all[i].when])
      shown[columns++] = all[i].heading;
  struct table *table = table_new(shown, columns);
  bool any = false;
  for (size_t column = 0; column + 2 < columns; column++)
    table_align_right(table, column);
  for (size_t i = 0; i < noise->count; i++) {
    if (is_silent(noise->rows[i]))
      continue;
    add_row(table, noise, noise->rows[i], sort);
    any = true;
  }
  if (any)
    table_write(table, terminal_colours(out), terminal_width(out), page);
  table_free(table);
}

/* "3 rules had no match: My.One, My.Two, My.Three" */
static void write_silent(const struct noise *noise, bool listed, struct buffer *page) {
  size_t count = 0;
  for (size_t i = 0; i < noise->count; i++)
    count += is_silent(noise->rows[i]);
  if (count == 0)
    return;
  buffer_printf(page, "%zu rule%s had no match%s", count, count == 1 ? "" : "s",
                listed ? ":" : " (--silent lists them)\n");
  for (size_t i = 0; listed && i < noise->count; i++) {
    if (!is_silent(noise->rows[i]))
      continue;
    buffer_append_string(page, "\n  ");
    markup_append(page, &markup_line, noise->rows[i]->rule_id, noise->rows[i]->rule_id.size + 1);
  }
  if (listed)
    buffer_append_char(page, '\n');
}

static void write_unknown(const struct noise *noise, struct buffer *page) {
  size_t count = 0;
  for (size_t i = 0; i < noise->count; i++)
    count += !noise->rows[i]->rule;
  if (count > 0)
    buffer_printf(page, "%zu of these rules %s not among those that are loaded\n", count,
                  count == 1 ? "is" : "are");
}

static void print_text(const struct noise *noise, const struct noise_choice *choice, FILE *out) {
  struct buffer page = BUFFER_NONE;
  struct time_string since;
  write_table(noise, choice->sort, out, &page);
  buffer_printf(&page, "%s%" PRId64 " match%s and %" PRId64 " alert%s of all rules since %s\n",
                page.size ? "\n" : "", noise->matches, noise->matches == 1 ? "" : "es",
                noise->alerts, noise->alerts == 1 ? "" : "s",
                time_format_date(noise->since, &since));
  write_silent(noise, choice->silent, &page);
  write_unknown(noise, &page);
  fwrite(page.data, 1, page.size, out);
  buffer_free(&page);
}

/* ---- for programs ------------------------------------------------------------------------ */

/* A column of CSV, a member of JSON. */
struct noise_field {
  const char *name;
  enum { FIELD_TEXT, FIELD_COUNT, FIELD_SHARE, FIELD_RATE } kind;
  struct text text;
  int64_t count;
  double number;
};
#define FIELDS_MAX 20

static size_t list_fields(const struct noise *noise, const struct noise_row *row,
                          struct time_string *since, struct noise_field fields[FIELDS_MAX]) {
  const struct rule *rule = row->rule;
  const struct noise_field listed[] = {
      {"rule_id", FIELD_TEXT, .text = row->rule_id},
      {"display_name", FIELD_TEXT, .text = rule ? rule->display_name : TEXT("")},
      {"severity", FIELD_TEXT, .text = text_from(rule ? severity_name(rule->severity) : "")},
      {"pack", FIELD_TEXT, .text = rule ? rule->pack : TEXT("")},
      {"since", FIELD_TEXT, .text = text_from(time_format(noise->since, since))},
      {"matches", FIELD_COUNT, .count = row->matches},
      {"suppressed", FIELD_COUNT, .count = row->suppressed},
      {"alerts", FIELD_COUNT, .count = row->alerts},
      {"true_positives", FIELD_COUNT, .count = row->resolved[RESOLUTION_TRUE_POSITIVE]},
      {"false_positives", FIELD_COUNT, .count = row->resolved[RESOLUTION_FALSE_POSITIVE]},
      {"benign", FIELD_COUNT, .count = row->resolved[RESOLUTION_BENIGN]},
      {"alerts_a_day", FIELD_RATE, .number = noise_alerts_a_day(noise, row)},
      {"match_share", FIELD_SHARE, .number = share(row->matches, noise->matches)},
      {"alert_share", FIELD_SHARE, .number = share(row->alerts, noise->alerts)},
      {"actors", FIELD_COUNT, .count = row->actors},
      {"top_actor", FIELD_TEXT, .text = row->top_actor},
      {"top_actor_share", FIELD_SHARE, .number = share(row->top_matches, row->matches)},
  };
  size_t count = sizeof listed / sizeof *listed;
  for (size_t i = 0; i < count; i++)
    fields[i] = listed[i];
  return count;
}

static void append_number(struct buffer *line, const struct noise_field *field) {
  if (field->kind == FIELD_COUNT)
    buffer_printf(line, "%" PRId64, field->count);
  else
    buffer_printf(line, field->kind == FIELD_SHARE ? "%.4f" : "%.2f", field->number);
}

static void append_json(struct buffer *line, const struct noise_field *fields, size_t count) {
  for (size_t i = 0; i < count; i++) {
    buffer_printf(line, "%s\"%s\":", i ? "," : "{", fields[i].name);
    if (fields[i].kind == FIELD_TEXT)
      buffer_append_json_string(line, fields[i].text);
    else
      append_number(line, &fields[i]);
  }
  buffer_append_string(line, "}\n");
}

/* RFC 4180. What a spreadsheet would take for a formula has an apostrophe before it: actors are
 * names that somebody chose. */
static void append_csv_text(struct buffer *line, struct text text) {
  struct buffer shown = BUFFER_NONE;
  markup_append(&shown, &markup_line, text, 6 * text.size + 1);
  bool formula = shown.size > 0 && strchr("=+-@", shown.data[0]);
  buffer_append_string(line, formula ? "\"'" : "\"");
  for (size_t i = 0; i < shown.size; i++) {
    if (shown.data[i] == '"')
      buffer_append_char(line, '"');
    buffer_append_char(line, shown.data[i]);
  }
  buffer_append_char(line, '"');
  buffer_free(&shown);
}

static void append_csv(struct buffer *line, const struct noise_field *fields, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (i)
      buffer_append_char(line, ',');
    if (fields[i].kind == FIELD_TEXT)
      append_csv_text(line, fields[i].text);
    else
      append_number(line, &fields[i]);
  }
  buffer_append_string(line, "\r\n");
}

static void print_headings(FILE *out) {
  struct noise_field fields[FIELDS_MAX];
  struct time_string since;
  const struct noise none = {.count = 0};
  const struct noise_row row = {.rule = NULL};
  size_t count = list_fields(&none, &row, &since, fields);
  for (size_t i = 0; i < count; i++)
    fprintf(out, "%s%s", i ? "," : "", fields[i].name);
  fputs("\r\n", out);
}

static void print_rows(const struct noise *noise, const struct noise_choice *choice, bool csv,
                       FILE *out) {
  struct buffer line = BUFFER_NONE, visible = BUFFER_NONE;
  if (csv)
    print_headings(out);
  for (size_t i = 0; i < noise->count; i++) {
    struct noise_field fields[FIELDS_MAX];
    struct time_string since;
    if (is_silent(noise->rows[i]) && !choice->silent)
      continue;
    size_t count = list_fields(noise, noise->rows[i], &since, fields);
    buffer_reset(&line);
    buffer_reset(&visible);
    (csv ? append_csv : append_json)(&line, fields, count);
    if (!csv)
      buffer_append_json_visible(&visible, buffer_text(&line));
    fwrite(csv ? line.data : visible.data, 1, csv ? line.size : visible.size, out);
  }
  buffer_free(&line);
  buffer_free(&visible);
}

void noise_print(const struct noise *noise, const struct noise_choice *choice,
                 enum noise_format format, FILE *out) {
  if (format == NOISE_TEXT)
    print_text(noise, choice, out);
  else
    print_rows(noise, choice, format == NOISE_CSV, out);
}
