#include "source/zoom/zoom_reading.h"

#define RESTARTS_A_WINDOW 4 /* expired page tokens, until the next poll */
#define PAGES_MAX 1000000   /* of a query: 300 million rows; more is a page token that circles */
#define EMPTY_PAGES_MAX 100 /* in a row, without any row, though each names a next one */

void zoom_reading_init(struct zoom_reading *reading, const struct source_run *run,
                       struct zoom_client *client) {
  *reading = (struct zoom_reading){.run = run,
                                   .client = client,
                                   .rows = ZOOM_ROWS_NONE,
                                   .page_token = BUFFER_NONE,
                                   .circle = {.page = BUFFER_NONE},
                                   .stop_before = TIME_NONE};
}

void zoom_reading_free(struct zoom_reading *reading) {
  zoom_rows_free(&reading->rows);
  buffer_free(&reading->page_token);
  buffer_free(&reading->circle.page);
}

static void start_query(struct zoom_reading *reading) {
  buffer_reset(&reading->page_token);
  reading->circle.next = 0;
  reading->query_pages = 0;
  reading->empty = 0;
  zoom_rows_start_query(&reading->rows);
}

/* The window from its first page. */
static void start_over(struct zoom_reading *reading) {
  zoom_rows_reset(&reading->rows);
  reading->query = 0;
  reading->pages = 0;
  reading->early = false;
  start_query(reading);
}

void zoom_reading_start(struct zoom_reading *reading, const struct zoom_report *report,
                        const struct zoom_window *window, time_us stop_before, zoom_day today) {
  reading->report = report;
  reading->window = *window;
  reading->stop_before = stop_before;
  reading->today = today;
  reading->restarts = 0;
  reading->started = clock_monotonic();
  zoom_client_start_window(reading->client);
  start_over(reading);
}

static bool circle_closes(struct zoom_reading *reading, struct text token, struct text body) {
  struct zoom_circle *circle = &reading->circle;
  uint8_t digest[DIGEST_SIZE];
  buffer_reset(&circle->page);
  buffer_append_text(&circle->page, token);
  buffer_append_char(&circle->page, '\n');
  buffer_append_text(&circle->page, body);
  digest_sha256(buffer_text(&circle->page), digest);
  if (circle->next && memcmp(digest, circle->kept, sizeof(digest)) == 0)
    return true;
  if (reading->query_pages >= circle->next) {
    circle->next = 2 * reading->query_pages;
    memcpy(circle->kept, digest, sizeof(digest));
  }
  return false;
}

static enum zoom_result pages_circle(struct error *error) {
  error_set(error, "Zoom's pages do not end: the next page token circles");
  return ZOOM_FAILED;
}

/* The current query is whole: the next one, if there is one. */
static enum zoom_result end_query(struct zoom_reading *reading) {
  const struct setting_list *filter =
      zoom_report_filter(reading->report, reading->run->source->options);
  if (!filter || reading->query + 1 >= filter->count)
    return ZOOM_DONE;
  reading->query++;
  start_query(reading);
  return ZOOM_MORE;
}

/* A page is there; `asked` is the token that it was asked for with. */
static enum zoom_result take_page(struct zoom_reading *reading, const struct zoom_page *page,
                                  struct text asked, struct error *error) {
  const struct zoom_report *report = reading->report;
  bool known = false;
  reading->pages++;
  reading->query_pages++;
  if (page->next_page_token.size > 0 && circle_closes(reading, asked, page->body))
    return pages_circle(error);
  if (!zoom_rows_add(&reading->rows, report, page->body, page->rows, error))
    return ZOOM_FAILED;
  if (page->next_page_token.size == 0)
    return end_query(reading);
  if (page->rows->size == 0 && text_equal(page->next_page_token, asked))
    return pages_circle(error);
  reading->empty = page->rows->size == 0 ? reading->empty + 1 : 0;
  if (reading->empty == EMPTY_PAGES_MAX) {
    error_set(error, "Zoom's pages do not end: %d in a row hold no %s, and name a next page",
              EMPTY_PAGES_MAX, report->array);
    return ZOOM_FAILED;
  }
  if (reading->query_pages >= PAGES_MAX)
    return pages_circle(error);
  if (reading->stop_before != TIME_NONE &&
      !zoom_rows_page_known(&reading->rows, reading->run, report, page->body, page->rows,
                            reading->stop_before, &known, error))
    return ZOOM_FAILED;
  if (known) {
    reading->early = true;
    return end_query(reading);
  }
  buffer_reset(&reading->page_token);
  buffer_append_text(&reading->page_token, page->next_page_token);
  return ZOOM_MORE;
}

/* What can be gone round: an expired page token, and a day that has not begun. */
static bool begin_again(struct zoom_reading *reading, enum zoom_result result,
                        const struct error *cause) {
  const struct source_run *run = reading->run;
  if (result == ZOOM_RESTART && ++reading->restarts < RESTARTS_A_WINDOW &&
      !atomic_load(run->stop)) {
    LOG_INFO(run->log, "the page token expired, beginning with the first page again",
             LOG_TEXT("source", run->source->id), LOG_STRING("report", reading->report->name));
  } else if (result == ZOOM_INVALID && reading->window.to > reading->today &&
             reading->window.from < reading->window.to) {
    /* It may be that Zoom takes no day that has not begun. */
    LOG_INFO(run->log, "asking again, only up to today", LOG_TEXT("source", run->source->id),
             LOG_STRING("report", reading->report->name), LOG_ERROR_LINE(cause));
    reading->window.to = reading->today;
  } else {
    return false;
  }
  start_over(reading);
  return true;
}

enum zoom_result zoom_reading_step(struct zoom_reading *reading, struct error *error) {
  const struct setting_list *filter =
      zoom_report_filter(reading->report, reading->run->source->options);
  const struct zoom_page_request request = {.report = reading->report,
                                            .window = reading->window,
                                            .filter =
                                                filter ? filter->items[reading->query] : TEXT(""),
                                            .page_token = buffer_text(&reading->page_token)};
  struct zoom_page page;
  struct error cause = ERROR_NONE;
  enum zoom_result result = zoom_client_page(reading->client, &request, &page, &cause);
  if (result == ZOOM_DONE)
    return take_page(reading, &page, request.page_token, error);
  if (begin_again(reading, result, &cause))
    return ZOOM_MORE;
  if (result != ZOOM_STOPPED)
    error_set(error, "%s", cause.text);
  return result;
}
