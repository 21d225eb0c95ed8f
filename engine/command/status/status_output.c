/* The status on one screen. */
#include "command/status/status_output.h"

#include "alert/message/markup.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>

#define GREEN "32"
#define YELLOW "33"
#define RED "31"
#define LINE_MAX_SHOWN 2000

struct page {
  const struct status *status;
  struct buffer text;
  bool colours;
  size_t width;
};

/* ---- times ------------------------------------------------------------------------------- */

struct words {
  char text[80];
};

/* "3 min ago (14:30:02Z)"; on another day with the date. */
static const char *moment(const struct status *status, time_us time, struct words *words) {
  struct time_string ago, at;
  if (time == TIME_NONE)
    return "-";
  time_us whole = time - time % US_PER_SECOND;
  bool today = time / US_PER_DAY == status->now / US_PER_DAY;
  if (time_format(whole, &at)[0] == '\0')
    return "-";
  bool past = time <= status->now;
  duration_words(past ? status->now - time : time - status->now, &ago);
  snprintf(words->text, sizeof words->text, "%s%s %s (%.*s)", past ? "" : "in ", ago.text,
           past ? "ago" : "", today ? 9 : 10, today ? at.text + 11 : at.text);
  return words->text;
}

/* ---- lines ------------------------------------------------------------------------------- */

static void start_line(struct page *page, const char *name) {
  buffer_printf(&page->text, "%-14s", name);
}

static void coloured(struct page *page, const char *colour, const char *words) {
  if (page->colours)
    buffer_printf(&page->text, "\x1b[%sm%s\x1b[0m", colour, words);
  else
    buffer_append_string(&page->text, words);
}

static void write_daemon(struct page *page) {
  const struct status *status = page->status;
  const struct store_daemon *daemon = &status->daemon;
  struct time_string up, time;
  struct words beat;
  start_line(page, "daemon");
  coloured(page, status->state == STATUS_RUNS ? GREEN : RED, status_daemon_word(status->state));
  if (status->state == STATUS_NEVER) {
    buffer_append_char(&page->text, '\n');
    return;
  }
  buffer_append_string(&page->text, "  margay ");
  markup_append(&page->text, &markup_line, daemon->version, 60);
  if (status->state == STATUS_RUNS)
    buffer_printf(&page->text, ", up %s", duration_words(status->now - daemon->started_at, &up));
  buffer_printf(&page->text, ", started %s", time_format(daemon->started_at, &time));
  if (status->state == STATUS_ENDED)
    buffer_printf(&page->text, ", stopped %s", moment(status, daemon->ended_at, &beat));
  else
    buffer_printf(&page->text, ", pid %" PRId64 ", heartbeat %s", daemon->pid,
                  moment(status, daemon->beat_at, &beat));
  buffer_append_char(&page->text, '\n');
}

static void write_state(struct page *page) {
  const struct status *status = page->status;
  struct size_words file, free_in_it, log, disk, total;
  struct words oldest;
  start_line(page, "state");
  markup_append(&page->text, &markup_line, text_from(status->path), LINE_MAX_SHOWN);
  buffer_printf(&page->text, ": %s (%s free), log %s", size_words(status->space.file_bytes, &file),
                size_words(status->space.free_bytes, &free_in_it),
                size_words(status->space.log_bytes, &log));
  if (status->disk_known)
    buffer_printf(&page->text, "; disk: %s free of %s", size_words(status->disk.free_bytes, &disk),
                  size_words(status->disk.total_bytes, &total));
  buffer_append_char(&page->text, '\n');
  start_line(page, "archive");
  buffer_printf(&page->text, "%" PRId64 " event%s", status->events, status->events == 1 ? "" : "s");
  if (status->oldest_event != TIME_NONE)
    buffer_printf(&page->text, ", the first came %s",
                  moment(status, status->oldest_event, &oldest));
  buffer_append_char(&page->text, '\n');
}

static void write_rules(struct page *page) {
  const struct store_daemon *daemon = &page->status->daemon;
  if (page->status->state == STATUS_NEVER)
    return;
  start_line(page, "rules");
  buffer_printf(&page->text, "%" PRId64 " loaded, %" PRId64 " left out, %" PRId64 " paused\n",
                daemon->rules, daemon->rule_mistakes, daemon->rules_paused);
}

static void write_dead_letters(struct page *page) {
  const struct status *status = page->status;
  struct words last;
  start_line(page, "dead letters");
  if (status->dead_letters == 0) {
    buffer_append_string(&page->text, "none\n");
    return;
  }
  buffer_printf(&page->text,
                "%" PRId64 " by %" PRId64 " reason%s, the last %s: `margay deadletters`\n",
                status->dead_letters, status->reasons, status->reasons == 1 ? "" : "s",
                moment(status, status->last_dead_letter, &last));
}

static void write_suppressed(struct page *page) {
  const struct status *status = page->status;
  if (status->suppressed == 0)
    return;
  start_line(page, "suppressed");
  buffer_printf(&page->text,
                "%" PRId64 " match%s of %" PRId64 " rule%s by tuning: `margay rules -c FILE`\n",
                status->suppressed, status->suppressed == 1 ? "" : "es", status->suppressed_rules,
                status->suppressed_rules == 1 ? "" : "s");
}

/* ---- tables ------------------------------------------------------------------------------ */

static void write_table(struct page *page, struct table *table) {
  buffer_append_char(&page->text, '\n');
  table_write(table, page->colours, page->width, &page->text);
  table_free(table);
}

static const char *state_colour(struct text state) {
  static const struct {
    const char *state, *colour;
  } rows[] = {{"working", GREEN}, {"failing", RED}, {"failed", RED}, {"starting", YELLOW}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (text_is(state, rows[i].state))
      return rows[i].colour;
  return NULL;
}

static void write_sources(struct page *page) {
  static const char *const headings[] = {"SOURCE",         "STATE",      "LAST EVENT", "READ",
                                         "COMPLETE UNTIL", "ROWS TODAY", "ERROR"};
  const struct status *status = page->status;
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  for (size_t i = 0; i < status->source_count; i++) {
    const struct store_source_health *source = &status->sources[i];
    struct buffer error = BUFFER_NONE;
    struct words words;
    if (source->error.size > 0)
      buffer_printf(&error, "%" PRId64 " since %s: %.*s", source->errors,
                    moment(status, source->error_since, &words), TEXT_ARGS(source->error));
    table_add(table, source->source_id, NULL);
    table_add(table, source->state, state_colour(source->state));
    table_add(table, text_from(moment(status, source->last_event, &words)), NULL);
    table_add(table, text_from(moment(status, source->last_success, &words)), NULL);
    table_add(table, text_from(moment(status, source->watermark, &words)), NULL);
    table_add_number(table, status->now - source->day < US_PER_DAY ? source->rows_today : 0);
    table_add(table, error.size ? buffer_text(&error) : TEXT("-"), NULL);
    buffer_free(&error);
  }
  write_table(page, table);
}

static void write_destinations(struct page *page) {
  static const char *const headings[] = {"DESTINATION", "WAITING", "FAILING",
                                         "PARKED",      "OLDEST",  "ERROR"};
  const struct status *status = page->status;
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  for (size_t i = 0; i < status->destination_count; i++) {
    const struct store_outbox_backlog *backlog = &status->destinations[i].backlog;
    struct words words;
    struct text none = status->destinations[i].configured ? TEXT("-") : TEXT("not configured");
    table_add(table, backlog->destination_id, NULL);
    table_add_number(table, backlog->waiting);
    table_add_number(table, backlog->retried);
    table_add_number(table, backlog->parked);
    table_add(table, text_from(moment(status, backlog->oldest, &words)), NULL);
    table_add(table, backlog->last_error.size ? backlog->last_error : none, NULL);
  }
  write_table(page, table);
}

static void write_alarms(struct page *page) {
  static const char *const headings[] = {"ALARM", "SUBJECT", "SINCE", "WHAT"};
  const struct status *status = page->status;
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  for (size_t i = 0; i < status->alarm_count; i++) {
    const struct store_alarm *alarm = &status->alarms[i];
    struct words words;
    table_add(table, alarm->kind, RED);
    table_add(table, alarm->subject.size ? alarm->subject : TEXT("-"), NULL);
    table_add(table, text_from(moment(status, alarm->since, &words)), NULL);
    table_add(table, alarm->detail, NULL);
  }
  write_table(page, table);
}

static void write_problems(struct page *page) {
  const struct status *status = page->status;
  buffer_append_char(&page->text, '\n');
  if (status->problem_count == 0)
    coloured(page, GREEN, "all is well\n");
  for (size_t i = 0; i < status->problem_count; i++) {
    coloured(page, RED, "wrong: ");
    markup_append(&page->text, &markup_line, status->problems[i], LINE_MAX_SHOWN);
    buffer_append_char(&page->text, '\n');
  }
}

void status_print(const struct status *status, FILE *out) {
  struct page page = {.status = status,
                      .text = BUFFER_NONE,
                      .colours = terminal_colours(out),
                      .width = terminal_width(out)};
  write_daemon(&page);
  write_state(&page);
  write_rules(&page);
  write_dead_letters(&page);
  write_suppressed(&page);
  if (status->source_count > 0)
    write_sources(&page);
  if (status->destination_count > 0)
    write_destinations(&page);
  if (status->alarm_count > 0)
    write_alarms(&page);
  write_problems(&page);
  fwrite(page.text.data, 1, page.text.size, out);
  buffer_free(&page.text);
}
