/*
 * The reading of one window of one report, page by page, so that something else can be done between
 * two pages. A report that is asked for in several categories has one query for each, one after the
 * other; their rows come together.
 *
 * A reading serves the thread of its source.
 */
#ifndef SOURCE_ZOOM_ZOOM_READING_H
#define SOURCE_ZOOM_ZOOM_READING_H

#include "base/digest.h"
#include "source/zoom/zoom_client.h"
#include "source/zoom/zoom_rows.h"

/* Whether pages come again and again. One page is remembered, and another one each time that twice
 * as many came (Brent's way): whatever the length of the circle, it comes by before long. The same
 * token alone says nothing: it may stand for a place that moves on. */
struct zoom_circle {
  uint8_t kept[DIGEST_SIZE];
  uint64_t next; /* the number of pages at which to remember anew */
  struct buffer page;
};

struct zoom_reading {
  const struct source_run *run;
  struct zoom_client *client;
  const struct zoom_report *report;
  struct zoom_window window; /* may become shorter while it is read */
  zoom_day today;
  time_us stop_before; /* see zoom_reading_start */
  struct zoom_rows rows;

  size_t query; /* which value of the report's filter */
  struct buffer page_token;
  struct zoom_circle circle;
  uint64_t pages;       /* of all queries since the window was begun (anew) */
  uint64_t query_pages; /* of this one */
  unsigned empty, restarts;
  bool early;      /* pages were left out, because they hold nothing new */
  time_us started; /* monotonic */
};

void zoom_reading_init(struct zoom_reading *reading, const struct source_run *run,
                       struct zoom_client *client);
void zoom_reading_free(struct zoom_reading *reading);

/*
 * Begins a window. `stop_before`: every row that is older was read before, but for what came late;
 * a query ends with the first page that holds nothing new and reaches back behind that time, as
 * long as rows come newest first. TIME_NONE: everything is read. `today`: what Zoom may not know
 * about begins with the day after it.
 */
void zoom_reading_start(struct zoom_reading *reading, const struct zoom_report *report,
                        const struct zoom_window *window, time_us stop_before, zoom_day today);

/* Reads one page. ZOOM_MORE until the window is whole: then ZOOM_DONE, with its rows in `rows`.
 * With anything else, the error is set (but for ZOOM_STOPPED) and the reading is over. */
enum zoom_result zoom_reading_step(struct zoom_reading *reading, struct error *error);

#endif
