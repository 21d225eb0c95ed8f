#include "source/zoom/zoom_poll.h"

#include <string.h>

/* Rows are forgotten two days later than their day says, because Zoom's days could be those of the
 * account's time zone. */
#define FORGET_MARGIN (2 * US_PER_DAY)
#define REFUSED_AGAIN US_PER_HOUR /* a report that a person has to allow is tried so often */
/* What one reading should cost at most when there is much to read: a page token that expires costs
 * the whole of it. A day is the least that can be asked for. */
#define WINDOW_PAGES 1000
/* A window of more days than these before today is read in parts: it would cost too much at once.
 */
#define CLOSED_DAYS 3
/* Late rows are looked for every so many overlaps: a poll that does has to read the time between,
 * too, and on a big account most polls should read no more than what is new. */
#define DEEP_EVERY 2
/* Rows this long after the start of the day `to` say that the day is included, whatever the time
 * zone of the account: the day of the zone that is the farthest behind UTC has begun 12 hours
 * before. */
#define TO_INCLUDED_AFTER (13 * US_PER_HOUR)

static size_t index_of(const struct zoom_report *report) {
  return (size_t)(report - zoom_report_table);
}

/* ---- windows ----------------------------------------------------------------------------- */

static zoom_day earlier(zoom_day a, zoom_day b) {
  return a < b ? a : b;
}

struct zoom_window zoom_poll_window(const struct zoom_poll *poll, const struct zoom_report *report,
                                    zoom_day from, zoom_day today) {
  int64_t pages = poll->pages_a_day[index_of(report)];
  int64_t days = pages > 0 ? WINDOW_PAGES / pages : 1;
  struct zoom_window window;
  if (days <= 1 && poll->checkpoint.reports[index_of(report)].to_included)
    return (struct zoom_window){from, from};
  zoom_window_next(from, zoom_day_start(today), report->span_days, &window); /* the longest */
  window.to = earlier(window.to, earlier(from + (days > 1 ? days : 1), today));
  return window;
}

zoom_day zoom_poll_next_day(const struct zoom_window *window, bool to_included) {
  return window->from == window->to && to_included ? window->to + 1 : window->to;
}

void zoom_poll_learn(struct zoom_poll *poll, const struct zoom_reading *reading,
                     struct zoom_progress *progress) {
  const struct zoom_window *window = &reading->window;
  const struct zoom_rows *rows = &reading->rows;
  if (!reading->early && window->to <= zoom_day_of(clock_now(&poll->run->clock))) {
    int64_t days = window->to > window->from ? window->to - window->from : 1;
    poll->pages_a_day[index_of(reading->report)] = ((int64_t)reading->pages + days - 1) / days;
  }
  if (rows->latest != TIME_NONE && rows->latest >= zoom_day_start(window->to) + TO_INCLUDED_AFTER &&
      rows->latest < zoom_day_start(window->to + 2))
    progress->to_included = true;
  else if (window->from == window->to && rows->fetched == 0)
    progress->to_included = false; /* a quiet day, or Zoom has changed: better ask for more */
}

/* Until when the window is complete, as far as Zoom has it: the day `to` may not be in it. */
static time_us watermark_of(const struct zoom_poll *poll, const struct zoom_window *window) {
  return window->to >= zoom_day_of(poll->now) ? poll->now : zoom_day_start(window->to);
}

/* What could not be pushed: without an error the run is to stop. */
static enum zoom_result not_pushed(const struct error *error) {
  return error->set ? ZOOM_FAILED : ZOOM_STOPPED;
}

static void add_requests(struct zoom_poll *poll, struct zoom_checkpoint *checkpoint) {
  struct zoom_budget *budget = zoom_client_budget(poll->client);
  checkpoint->requests_day = budget->day;
  checkpoint->requests = budget->count;
  checkpoint->closed_until = zoom_budget_closed_until(budget, clock_now(&poll->run->clock));
}

/* In the middle of a reading, whose rows are not touched: a restart must not ask Zoom for what it
 * has just refused for the rest of the day. */
static void keep_closed(void *context) {
  struct zoom_poll *poll = context;
  const struct source_run *run = poll->run;
  struct zoom_rows none = ZOOM_ROWS_NONE;
  struct error error = ERROR_NONE; /* there are no rows that could not be read */
  add_requests(poll, &poll->checkpoint);
  if (zoom_rows_push(&none, run, &zoom_report_table[0], zoom_checkpoint_write(&poll->checkpoint),
                     TIME_NONE, &error))
    run->output.drain(run->output.context);
  zoom_rows_free(&none);
}

enum zoom_result zoom_poll_commit(struct zoom_poll *poll, struct zoom_reading *reading,
                                  const struct zoom_checkpoint *reached, time_us watermark,
                                  struct error *error) {
  const struct source_run *run = poll->run;
  struct zoom_checkpoint checkpoint = *reached;
  add_requests(poll, &checkpoint);
  if (!zoom_rows_number(&reading->rows, run, reading->report, error))
    return ZOOM_FAILED;
  if (!zoom_rows_push(&reading->rows, run, reading->report, zoom_checkpoint_write(&checkpoint),
                      watermark, error) ||
      !run->output.drain(run->output.context))
    return not_pushed(error);
  poll->checkpoint = checkpoint;
  return ZOOM_DONE;
}

void zoom_poll_log(struct zoom_poll *poll, const struct zoom_reading *reading,
                   const char *message) {
  struct time_string from, to;
  struct batch_counts counts = source_counts(poll->run), before = poll->counted;
  poll->counted = counts;
  LOG_INFO(poll->run->log, message, LOG_TEXT("source", poll->run->source->id),
           LOG_STRING("report", reading->report->name),
           LOG_STRING("from", zoom_day_format(reading->window.from, &from)),
           LOG_STRING("to", zoom_day_format(reading->window.to, &to)),
           LOG_INT("pages", reading->pages), LOG_INT("rows", reading->rows.fetched),
           LOG_INT("new", reading->rows.count),
           LOG_INT("dead_letters", counts.dead_letters - before.dead_letters),
           LOG_INT("schema_errors", counts.schema_errors - before.schema_errors),
           LOG_INT("requests_today", zoom_budget_used(zoom_client_budget(poll->client),
                                                      clock_now(&poll->run->clock))),
           LOG_REAL("seconds", (double)(clock_monotonic() - reading->started) / US_PER_SECOND));
}

/* ---- one report -------------------------------------------------------------------------- */

static struct zoom_reach reach_of(const struct zoom_poll *poll) {
  return (struct zoom_reach){poll->options->initial_lookback, poll->options->reread,
                             poll->checkpoint.forgotten};
}

static zoom_day first_day(const struct zoom_poll *poll, const struct zoom_report *report) {
  struct zoom_reach reach = reach_of(poll);
  int64_t lost;
  zoom_day day =
      zoom_window_first(poll->checkpoint.reports[index_of(report)].day, poll->now, &reach, &lost);
  if (lost > 0)
    LOG_ERROR(poll->run->log, "margay was away for longer than Zoom keeps its reports",
              LOG_TEXT("source", poll->run->source->id), LOG_STRING("report", report->name),
              LOG_INT("days_lost", lost));
  return day;
}

/* The next window of a poll: what is left up to tomorrow, or some closed days of what is far back.
 */
static bool next_window(const struct zoom_poll *poll, const struct zoom_report *report,
                        zoom_day from, struct zoom_window *window) {
  zoom_day today = zoom_day_of(poll->now);
  if (!zoom_window_next(from, poll->now, report->span_days, window))
    return false;
  if (from < today - CLOSED_DAYS)
    *window = zoom_poll_window(poll, report, from, today);
  return true;
}

/* Pushes the rows of a whole window, and waits for their commit. */
static enum zoom_result commit_window(struct zoom_poll *poll, struct error *error) {
  struct zoom_reading *reading = &poll->reading;
  struct zoom_checkpoint reached = poll->checkpoint;
  struct zoom_progress *progress = zoom_poll_progress(&reached, reading->report);
  time_us watermark = watermark_of(poll, &reading->window);
  if (progress->first == ZOOM_DAY_NONE && progress->day == ZOOM_DAY_NONE)
    progress->first = reading->window.from;
  if (progress->reconciled == ZOOM_DAY_NONE)
    progress->reconciled = zoom_day_of(poll->now);
  zoom_poll_learn(poll, reading, progress);
  progress->day = zoom_window_checkpoint(&reading->window, poll->now);
  if (progress->until == TIME_NONE || progress->until < watermark)
    progress->until = watermark - watermark % US_PER_SECOND;
  if (reading->rows.earliest != TIME_NONE &&
      (poll->earliest == TIME_NONE || reading->rows.earliest < poll->earliest))
    poll->earliest = reading->rows.earliest;
  /* Also when there is nothing new: that it is so may be what a correlation waits for. */
  enum zoom_result result = zoom_poll_commit(poll, reading, &reached, watermark, error);
  if (result == ZOOM_DONE)
    zoom_poll_log(poll, reading, "report read");
  return result;
}

/* Whether this poll looks for late rows, too. It reaches back over the time since the last one that
 * did: else a row that came just after that one would be missed. */
static bool is_deep(const struct zoom_poll *poll, const struct zoom_report *report) {
  time_us deep = poll->deep[index_of(report)];
  return deep == TIME_NONE || poll->now < deep ||
         poll->now - deep >= DEEP_EVERY * poll->options->overlap;
}

/* Before that time, nothing new is expected. */
static time_us stop_before(const struct zoom_poll *poll, const struct zoom_report *report) {
  time_us until = poll->checkpoint.reports[index_of(report)].until;
  if (until == TIME_NONE)
    return TIME_NONE;
  return is_deep(poll, report) ? until - (DEEP_EVERY + 1) * poll->options->overlap : until;
}

static enum zoom_result poll_report(struct zoom_poll *poll, const struct zoom_report *report,
                                    struct error *error) {
  zoom_day from = first_day(poll, report), today = zoom_day_of(poll->now);
  struct zoom_window window;
  while (next_window(poll, report, from, &window)) {
    bool last = window.to > today; /* reading may shorten it */
    enum zoom_result result;
    zoom_reading_start(&poll->reading, report, &window, stop_before(poll, report), today);
    do
      result = zoom_reading_step(&poll->reading, error);
    while (result == ZOOM_MORE);
    if (result == ZOOM_DONE)
      result = commit_window(poll, error);
    if (result != ZOOM_DONE || atomic_load(poll->run->stop))
      return result == ZOOM_DONE ? ZOOM_STOPPED : result;
    if (last && is_deep(poll, report))
      poll->deep[index_of(report)] = poll->now;
    if (last)
      break;
    from = zoom_poll_next_day(&poll->reading.window,
                              poll->checkpoint.reports[index_of(report)].to_included);
  }
  return ZOOM_DONE;
}

bool zoom_poll_wants(const struct zoom_poll *poll, const struct zoom_report *report) {
  for (size_t i = 0; i < poll->options->reports.count; i++)
    if (zoom_report_find(poll->options->reports.items[i]) == report)
      return true;
  return false;
}

/* ---- forgetting -------------------------------------------------------------------------- */

/* The first day that any report may still ask for, also one that is no longer wanted but was read
 * once: it could be wanted again. */
static zoom_day first_needed(const struct zoom_poll *poll) {
  struct zoom_reach reach = reach_of(poll);
  if (reach.reread_us < poll->options->reconcile)
    reach.reread_us = poll->options->reconcile;
  zoom_day needed = zoom_day_of(poll->now);
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++) {
    zoom_day reached = poll->checkpoint.reports[i].day;
    if (reached == ZOOM_DAY_NONE && !zoom_poll_wants(poll, &zoom_report_table[i]))
      continue;
    zoom_day day = zoom_window_first(reached, poll->now, &reach, NULL);
    if (day < needed)
      needed = day;
  }
  return needed;
}

/* In small steps, so that commits need not wait: with as long a pause as each one took. What is
 * left when the run is asked to stop goes the next time. */
static void forget_before(const struct source_run *run, time_us before) {
  struct error error = ERROR_NONE;
  time_us began;
  bool more;
  do {
    began = clock_monotonic();
    if (!run->memory.rows_forget(run->memory.context, before, &more, &error)) {
      LOG_WARN(run->log, "cannot forget old rows", LOG_TEXT("source", run->source->id),
               LOG_ERROR_LINE(&error));
      return;
    }
  } while (more && source_wait(run, clock_monotonic() - began));
}

/* Pushes no rows, but a checkpoint or the end. */
static bool push_nothing(struct zoom_poll *poll, const struct zoom_checkpoint *reached,
                         time_us watermark) {
  struct error error = ERROR_NONE; /* there are no rows that could not be read */
  zoom_rows_reset(&poll->reading.rows);
  poll->reading.report = &zoom_report_table[0];
  return zoom_poll_commit(poll, &poll->reading, reached, watermark, &error) == ZOOM_DONE;
}

/* Forgets rows that can never be asked for again: first the checkpoint says so, then they go. */
static bool forget_rows(struct zoom_poll *poll) {
  zoom_day needed = first_needed(poll);
  if (needed <= poll->checkpoint.forgotten)
    return true;
  struct zoom_checkpoint reached = poll->checkpoint;
  reached.forgotten = needed;
  if (!push_nothing(poll, &reached, TIME_NONE))
    return false;
  time_us before = zoom_day_start(needed) - FORGET_MARGIN;
  if (poll->earliest != TIME_NONE && poll->earliest < before)
    before = poll->earliest; /* served, though older than asked for: it will be served again */
  forget_before(poll->run, before);
  return true;
}

/* ---- one poll ---------------------------------------------------------------------------- */

/* What a person has to change is said once, until it is something else. */
static bool is_news(struct error *said, const struct error *cause) {
  if (said->set && strcmp(said->text, cause->text) == 0)
    return false;
  *said = *cause;
  return true;
}

static void note_failure(struct zoom_poll *poll, const struct zoom_report *report,
                         enum zoom_result result, const struct error *cause) {
  const struct source_run *run = poll->run;
  struct zoom_refusal *refusal = &poll->refusals[index_of(report)];
  if (result == ZOOM_LOCKED_OUT) {
    if (is_news(&poll->locked_out, cause))
      LOG_ERROR(run->log, "no report can be read; trying again at every poll",
                LOG_TEXT("source", run->source->id), LOG_ERROR_LINE(cause));
    return;
  }
  poll->locked_out = ERROR_NONE;
  if (result != ZOOM_REFUSED) {
    LOG_ERROR(run->log, "cannot read the report; trying again at the next poll",
              LOG_TEXT("source", run->source->id), LOG_STRING("report", report->name),
              LOG_ERROR_LINE(cause));
    return;
  }
  refusal->again = ++refusal->times == 1 ? poll->now : poll->now + REFUSED_AGAIN;
  if (is_news(&refusal->error, cause))
    LOG_ERROR(run->log, "the report is refused; trying again at the next poll, then every hour",
              LOG_TEXT("source", run->source->id), LOG_STRING("report", report->name),
              LOG_ERROR_LINE(cause));
}

static void note_success(struct zoom_poll *poll, const struct zoom_report *report) {
  struct zoom_refusal *refusal = &poll->refusals[index_of(report)];
  if (refusal->error.set || poll->locked_out.set)
    LOG_INFO(poll->run->log, "the report can be read again",
             LOG_TEXT("source", poll->run->source->id), LOG_STRING("report", report->name));
  *refusal = (struct zoom_refusal){.error = ERROR_NONE};
  poll->locked_out = ERROR_NONE;
}

bool zoom_poll_all(struct zoom_poll *poll, struct error *error) {
  const struct setting_list *names = &poll->options->reports;
  poll->now = poll->run->moment ? poll->run->moment : clock_now(&poll->run->clock);
  poll->earliest = TIME_NONE;
  for (size_t i = 0; i < names->count; i++) {
    const struct zoom_report *report = zoom_report_find(names->items[i]);
    const struct zoom_refusal *refusal = &poll->refusals[index_of(report)];
    if (refusal->error.set && poll->now < refusal->again)
      continue;
    struct error cause = ERROR_NONE;
    enum zoom_result result = poll_report(poll, report, &cause);
    if (result == ZOOM_STOPPED)
      return false;
    if (result == ZOOM_DONE) {
      note_success(poll, report);
      source_works(poll->run, report->name);
      continue;
    }
    source_fails(poll->run, report->name, zoom_client_fault(poll->client), &cause);
    error_set(error, "%s", cause.text);
    note_failure(poll, report, result, &cause);
    if (result == ZOOM_LOCKED_OUT)
      break;
  }
  return forget_rows(poll);
}

bool zoom_poll_end(struct zoom_poll *poll) {
  struct zoom_checkpoint reached = poll->checkpoint;
  return push_nothing(poll, &reached, BATCH_ENDED);
}

/* ---- start and end ----------------------------------------------------------------------- */

bool zoom_poll_start(struct zoom_poll *poll, const struct source_run *run, struct error *error) {
  *poll = (struct zoom_poll){.run = run,
                             .options = run->source->options,
                             .client = zoom_client_new(run),
                             .checkpoint = zoom_checkpoint_none(),
                             .now = clock_now(&run->clock),
                             .earliest = TIME_NONE,
                             .locked_out = ERROR_NONE};
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    poll->deep[i] = TIME_NONE;
  zoom_reading_init(&poll->reading, run, poll->client);
  zoom_client_on_close(poll->client, keep_closed, poll);
  struct buffer text = BUFFER_NONE;
  bool found;
  bool ok = run->memory.checkpoint(run->memory.context, &text, &found, error);
  if (ok && found)
    ok = zoom_checkpoint_read(buffer_text(&text), &poll->checkpoint, error);
  buffer_free(&text);
  if (!ok)
    return false;
  struct zoom_budget *budget = zoom_client_budget(poll->client);
  zoom_budget_restore(budget, poll->checkpoint.requests_day, poll->checkpoint.requests, poll->now);
  zoom_budget_restore_closed(budget, poll->checkpoint.closed_until, poll->now);
  return true;
}

void zoom_poll_free(struct zoom_poll *poll) {
  zoom_reading_free(&poll->reading);
  zoom_client_free(poll->client);
}
