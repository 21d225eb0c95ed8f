/*
 * The rows of one window: gathered page by page, numbered when the window is whole, and handed on
 * in order of time.
 *
 * Zoom gives no ids and serves rows in an order that it does not promise. So a row is known by its
 * content, and the nth of several identical ones in the window by n: the same rows get the same row
 * ids whenever they are asked for again. Rows that the store knows are only counted.
 *
 * Memory is flat: rows are sorted by content, which brings identical ones together, and the new
 * ones again by time. Both sorts keep what does not fit into memory in temporary files
 * (event/batch/spill.h).
 *
 * The order of calls for a window: reset, add for each page, number, push. After an error, or to
 * begin anew, reset.
 */
#ifndef SOURCE_ZOOM_ZOOM_ROWS_H
#define SOURCE_ZOOM_ZOOM_ROWS_H

#include "event/batch/spill.h"
#include "event/json/json.h"
#include "source/source.h"
#include "source/zoom/zoom_report.h"

struct zoom_rows {
  struct spill *served; /* every row, by content; NULL: none yet */
  struct spill *fresh;  /* the new ones, by time; NULL: not numbered yet */
  uint64_t fetched;     /* rows served, known ones included */
  uint64_t count;       /* new ones */
  time_us earliest;     /* of all rows served; TIME_NONE when no time could be read */
  struct json_reader *reader;
  struct buffer canonical, item;
};

#define ZOOM_ROWS_NONE ((struct zoom_rows){.earliest = TIME_NONE})

/* Forgets the rows. */
void zoom_rows_reset(struct zoom_rows *rows);
void zoom_rows_free(struct zoom_rows *rows);

/* Adds the rows of a page: its bytes and the parsed array in them. False when there is no room for
 * them on the disk. */
bool zoom_rows_add(struct zoom_rows *rows, const struct zoom_report *report, struct text page,
                   const struct json_node *array, struct error *error);

/* With the last page: numbers the rows and finds those that are new. False when the store or the
 * disk fails. */
bool zoom_rows_number(struct zoom_rows *rows, const struct source_run *run,
                      const struct zoom_report *report, struct error *error);

/*
 * Pushes the new rows, oldest first, in batches of at most ZOOM_BATCH_ROWS; the last one carries
 * the checkpoint (owned from here on), alone when nothing is new, and says how far the report is
 * complete with it (batch.watermark). False with the error when the disk fails; without: stop now.
 */
#define ZOOM_BATCH_ROWS 1000
bool zoom_rows_push(struct zoom_rows *rows, const struct source_run *run,
                    const struct zoom_report *report, char *checkpoint, time_us watermark,
                    struct error *error);

#endif
