/*
 * The polls of a source `zoom_reports`: every report from where it was read to until now, one after
 * another. Zoom has no ids, only dates, and rows come late: so a poll goes back over some days, and
 * leaves out what the store knows. It ends early where nothing new can be but what came late; that
 * is what the days are read again for (zoom_reconcile.h).
 *
 * A crash at any moment does no harm: a window's checkpoint travels with its last rows, and the
 * rows before it are known by their ids when they are asked for again.
 *
 * All of it serves the thread of its source.
 */
#ifndef SOURCE_ZOOM_ZOOM_POLL_H
#define SOURCE_ZOOM_ZOOM_POLL_H

#include "source/zoom/zoom_checkpoint.h"
#include "source/zoom/zoom_reading.h"

/* What a person has to change, as it was said. */
struct zoom_refusal {
  struct error error; /* not set: nothing */
  unsigned times;     /* in a row */
  time_us again;      /* when to try again */
};

struct zoom_poll {
  const struct source_run *run;
  const struct zoom_options *options;
  struct zoom_client *client;
  struct zoom_reading reading;            /* the live one */
  struct zoom_checkpoint checkpoint;      /* committed */
  time_us now;                            /* when this poll began */
  time_us earliest;                       /* of all rows served in this poll */
  struct batch_counts counted;            /* of the run, when the last window was reported */
  int64_t pages_a_day[ZOOM_REPORT_COUNT]; /* of the last whole window; 0: not known */
  time_us deep[ZOOM_REPORT_COUNT]; /* when a poll last looked for late rows; TIME_NONE: never */
  struct zoom_refusal refusals[ZOOM_REPORT_COUNT]; /* by report */
  struct error locked_out;                         /* why there is no access token */
};

/* Reads the checkpoint. False when it cannot be read; free it all the same. */
bool zoom_poll_start(struct zoom_poll *poll, const struct source_run *run, struct error *error);
void zoom_poll_free(struct zoom_poll *poll);

/* Every wanted report once. False: stop now. A report that fails is logged (and set in `error`);
 * the others go on, unless none can. */
bool zoom_poll_all(struct zoom_poll *poll, struct error *error);

/* Pushes that nothing more will be read. False: stop now. */
bool zoom_poll_end(struct zoom_poll *poll);

/* What the other reader of the same source needs. */

static inline struct zoom_progress *zoom_poll_progress(struct zoom_checkpoint *checkpoint,
                                                       const struct zoom_report *report) {
  return &checkpoint->reports[report - zoom_report_table];
}

bool zoom_poll_wants(const struct zoom_poll *poll, const struct zoom_report *report);

/* The window of closed days that starts at `from`, which is before today, and is as long as one
 * reading should be. */
struct zoom_window zoom_poll_window(const struct zoom_poll *poll, const struct zoom_report *report,
                                    zoom_day from, zoom_day today);

/* Where the window behind this one starts. Only a window of one day relies on the day `to`: should
 * that be wrong, it holds nothing, and is asked for again. */
zoom_day zoom_poll_next_day(const struct zoom_window *window, bool to_included);

/* What a whole window teaches of the report, for `progress`. */
void zoom_poll_learn(struct zoom_poll *poll, const struct zoom_reading *reading,
                     struct zoom_progress *progress);

/* Numbers the reading's rows and pushes the new ones with the checkpoint `reached`, which holds
 * once they are durable; waits for that. */
enum zoom_result zoom_poll_commit(struct zoom_poll *poll, struct zoom_reading *reading,
                                  const struct zoom_checkpoint *reached, time_us watermark,
                                  struct error *error);

/* Logs what became of a window; after its commit, so that this is known. */
void zoom_poll_log(struct zoom_poll *poll, const struct zoom_reading *reading, const char *message);

#endif
