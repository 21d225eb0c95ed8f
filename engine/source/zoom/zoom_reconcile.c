#include "source/zoom/zoom_reconcile.h"

/* After midnight, so that the last rows of the day are there, and not at the minute at which
 * everybody's limits are new. */
#define START_OF_DAY (30 * US_PER_MINUTE)
#define FAILED_AGAIN US_PER_HOUR

void zoom_reconcile_init(struct zoom_reconcile *reconcile, struct zoom_poll *poll) {
  *reconcile = (struct zoom_reconcile){.poll = poll};
  zoom_reading_init(&reconcile->reading, poll->run, poll->client);
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    reconcile->not_before[i] = TIME_NONE;
}

void zoom_reconcile_free(struct zoom_reconcile *reconcile) {
  zoom_reading_free(&reconcile->reading);
}

static zoom_day latest(zoom_day a, zoom_day b) {
  return a > b ? a : b; /* ZOOM_DAY_NONE is the earliest */
}

/* The first of a report's days to be read again: none that was never asked for, and none whose rows
 * are no longer known. */
static zoom_day start_of(const struct zoom_poll *poll, const struct zoom_progress *progress,
                         zoom_day today) {
  int64_t days = (poll->options->reconcile + US_PER_DAY - 1) / US_PER_DAY;
  zoom_day known = latest(progress->first, poll->checkpoint.forgotten);
  return latest(today - days, known == ZOOM_DAY_NONE ? progress->day : known);
}

static bool report_is_due(const struct zoom_reconcile *reconcile, const struct zoom_report *report,
                          time_us now) {
  const struct zoom_poll *poll = reconcile->poll;
  size_t index = (size_t)(report - zoom_report_table);
  const struct zoom_progress *progress = &poll->checkpoint.reports[index];
  zoom_day today = zoom_day_of(now);
  return poll->options->reconcile > 0 && zoom_poll_wants(poll, report) &&
         progress->reconciled != ZOOM_DAY_NONE && progress->reconciled < today &&
         progress->day >= today && now >= zoom_day_start(today) + START_OF_DAY &&
         now >= reconcile->not_before[index] && !poll->refusals[index].error.set;
}

bool zoom_reconcile_is_due(struct zoom_reconcile *reconcile) {
  struct zoom_poll *poll = reconcile->poll;
  time_us now = clock_now(&poll->run->clock);
  for (size_t i = 0; i < ZOOM_REPORT_COUNT && !reconcile->report; i++) {
    const struct zoom_report *report = &zoom_report_table[i];
    if (!report_is_due(reconcile, report, now))
      continue;
    reconcile->report = report;
    reconcile->in_window = false;
    reconcile->end = zoom_day_of(now);
    reconcile->next = start_of(poll, zoom_poll_progress(&poll->checkpoint, report), reconcile->end);
  }
  return reconcile->report != NULL;
}

static bool note_failure(struct zoom_reconcile *reconcile, const struct error *error) {
  const struct source_run *run = reconcile->poll->run;
  LOG_WARN(run->log, "cannot read the last days again; trying again in an hour",
           LOG_TEXT("source", run->source->id), LOG_STRING("report", reconcile->report->name),
           LOG_ERROR_LINE(error));
  reconcile->not_before[reconcile->report - zoom_report_table] =
      clock_now(&run->clock) + FAILED_AGAIN;
  zoom_rows_reset(&reconcile->reading.rows);
  reconcile->report = NULL;
  return true;
}

/* Commits a whole window. The last one says that the day is done. */
static enum zoom_result commit(struct zoom_reconcile *reconcile, struct error *error) {
  struct zoom_poll *poll = reconcile->poll;
  struct zoom_checkpoint reached = poll->checkpoint;
  struct zoom_progress *progress = zoom_poll_progress(&reached, reconcile->report);
  zoom_poll_learn(poll, &reconcile->reading, progress);
  reconcile->next = zoom_poll_next_day(&reconcile->reading.window, progress->to_included);
  if (reconcile->next >= reconcile->end)
    progress->reconciled = reconcile->end;
  enum zoom_result result = zoom_poll_commit(poll, &reconcile->reading, &reached, TIME_NONE, error);
  if (result != ZOOM_DONE)
    return result;
  zoom_poll_log(poll, &reconcile->reading, "days read again");
  zoom_rows_reset(&reconcile->reading.rows);
  reconcile->in_window = false;
  if (reconcile->next >= reconcile->end)
    reconcile->report = NULL;
  return ZOOM_DONE;
}

bool zoom_reconcile_step(struct zoom_reconcile *reconcile) {
  struct zoom_poll *poll = reconcile->poll;
  struct error error = ERROR_NONE;
  if (!reconcile->in_window) {
    struct zoom_window window =
        zoom_poll_window(poll, reconcile->report, reconcile->next, reconcile->end);
    zoom_reading_start(&reconcile->reading, reconcile->report, &window, TIME_NONE, reconcile->end);
    reconcile->in_window = true;
  }
  enum zoom_result result = zoom_reading_step(&reconcile->reading, &error);
  if (result == ZOOM_MORE)
    return true;
  if (result == ZOOM_DONE)
    result = commit(reconcile, &error);
  if (result == ZOOM_DONE)
    return true;
  return result != ZOOM_STOPPED && note_failure(reconcile, &error);
}
