#include "command/rules/noise_output.h"

#include "alert/message/markup.h"
#include "base/buffer.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>

/* ---- text -------------------------------------------------------------------------------- */

static void add_share(struct table *table, int64_t part, int64_t whole) {
  char shown[32];
  snprintf(shown, sizeof shown, "%.0f %%", 100 * noise_share(part, whole));
  table_add(table, text_from(shown), NULL);
}

/* "80 % svc@example.com": what a narrow terminal cuts is the end. */
static void add_top(struct table *table, const struct noise_row *row) {
  struct buffer cell = BUFFER_NONE;
  if (row->top_actor.size > 0)
    buffer_printf(&cell, "%3.0f %% ", 100 * noise_share(row->top_matches, row->matches));
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
    if (noise_is_silent(noise->rows[i]))
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
    count += noise_is_silent(noise->rows[i]);
  if (count == 0)
    return;
  buffer_printf(page, "%zu rule%s had no match%s", count, count == 1 ? "" : "s",
                listed ? ":" : " (--silent lists them)\n");
  for (size_t i = 0; listed && i < noise->count; i++) {
    if (!noise_is_silent(noise->rows[i]))
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

static void append_json(struct buffer *line, const struct noise *noise,
                        const struct noise_row *row) {
  struct buffer json = BUFFER_NONE;
  noise_json_append(&json, noise, row);
  buffer_append_json_visible(line, buffer_text(&json));
  buffer_append_char(line, '\n');
  buffer_free(&json);
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
    if (fields[i].kind == NOISE_FIELD_TEXT)
      append_csv_text(line, fields[i].text);
    else
      noise_append_number(line, &fields[i]);
  }
  buffer_append_string(line, "\r\n");
}

static void print_headings(FILE *out) {
  struct noise_field fields[NOISE_FIELDS_MAX];
  struct time_string since;
  const struct noise none = {.count = 0};
  const struct noise_row row = {.rule = NULL};
  size_t count = noise_fields(&none, &row, &since, fields);
  for (size_t i = 0; i < count; i++)
    fprintf(out, "%s%s", i ? "," : "", fields[i].name);
  fputs("\r\n", out);
}

static void print_rows(const struct noise *noise, const struct noise_choice *choice, bool csv,
                       FILE *out) {
  struct buffer line = BUFFER_NONE;
  if (csv)
    print_headings(out);
  for (size_t i = 0; i < noise->count; i++) {
    struct noise_field fields[NOISE_FIELDS_MAX];
    struct time_string since;
    if (noise_is_silent(noise->rows[i]) && !choice->silent)
      continue;
    buffer_reset(&line);
    if (csv)
      append_csv(&line, fields, noise_fields(noise, noise->rows[i], &since, fields));
    else
      append_json(&line, noise, noise->rows[i]);
    fwrite(line.data, 1, line.size, out);
  }
  buffer_free(&line);
}

void noise_print(const struct noise *noise, const struct noise_choice *choice,
                 enum noise_format format, FILE *out) {
  if (format == NOISE_TEXT)
    print_text(noise, choice, out);
  else
    print_rows(noise, choice, format == NOISE_CSV, out);
}
