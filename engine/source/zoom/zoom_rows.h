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
 * While pages come, it is watched whether rows are served newest first: only then, a page that
 * holds nothing new says that the pages behind it hold nothing new either, but for what came late.
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

/* How many rows of a content there were. */
struct zoom_seen {
  uint8_t content[16]; /* half a SHA-256 of the canonical bytes */
  uint32_t count;
};

/* The rows of one query so far. */
struct zoom_order {
  bool broken;  /* they are not newest first */
  bool unsure;  /* the time of a row of the last page could not be read */
  time_us last; /* of the last row; TIME_NONE: none yet */
  /* The rows with that time: all identical rows are among them, as long as the order holds. */
  struct zoom_seen *run;
  size_t run_count, run_capacity;
  uint32_t *occurrences; /* of the last page's rows */
  size_t page_count, page_capacity;
};

struct zoom_rows {
  struct spill *served; /* every row, by content; NULL: none yet */
  struct spill *fresh;  /* the new ones, by time; NULL: not numbered yet */
  uint64_t fetched;     /* rows served, known ones included */
  uint64_t count;       /* new ones */
  time_us earliest;     /* of all rows served; TIME_NONE when no time could be read */
  time_us latest;       /* the same */
  struct zoom_order order;
  struct json_reader *reader;
  struct buffer canonical, item;
};

#define ZOOM_ROWS_NONE                                                                             \
  ((struct zoom_rows){.earliest = TIME_NONE, .latest = TIME_NONE, .order = {.last = TIME_NONE}})

/* Forgets the rows. */
void zoom_rows_reset(struct zoom_rows *rows);
void zoom_rows_free(struct zoom_rows *rows);

/* Adds the rows of a page: its bytes and the parsed array in them. False when there is no room for
 * them on the disk. */
bool zoom_rows_add(struct zoom_rows *rows, const struct zoom_report *report, struct text page,
                   const struct json_node *array, struct error *error);

/* The pages that follow answer another query of the same window. */
void zoom_rows_start_query(struct zoom_rows *rows);

/*
 * Whether the query can end with the page that was just added, which holds rows: all rows so far
 * came newest first, as far as their times can be read, the page's last one is older than `before`,
 * and the store knows all rows of the page. False in *known otherwise. Returns false when the store
 * fails.
 */
bool zoom_rows_page_known(struct zoom_rows *rows, const struct source_run *run,
                          const struct zoom_report *report, struct text page,
                          const struct json_node *array, time_us before, bool *known,
                          struct error *error);

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
