/*
 * One page of a Zoom report over HTTP, asked for until it comes: tokens are renewed, rate limits
 * waited for, faults of the network tried again with growing pauses. All waiting ends at once when
 * the run is asked to stop.
 */
#ifndef SOURCE_ZOOM_ZOOM_CLIENT_H
#define SOURCE_ZOOM_ZOOM_CLIENT_H

#include "event/json/json.h"
#include "source/source.h"
#include "source/zoom/zoom_answer.h"
#include "source/zoom/zoom_budget.h"
#include "source/zoom/zoom_report.h"

enum zoom_result {
  ZOOM_DONE,
  ZOOM_MORE,       /* of a reading: there are further pages */
  ZOOM_RESTART,    /* the page token has expired: begin with the first page again */
  ZOOM_INVALID,    /* Zoom does not like the dates or another parameter */
  ZOOM_REFUSED,    /* a person has to change something for this report; the error says what */
  ZOOM_LOCKED_OUT, /* the same for all reports: there is no access token */
  ZOOM_FAILED,     /* tried often enough for now */
  ZOOM_STOPPED
};

struct zoom_client;

struct zoom_client *zoom_client_new(const struct source_run *run);
/* The scopes of the access token that it uses, as Zoom lists them. Lives until the next request. */
struct text zoom_client_scopes(const struct zoom_client *client);
void zoom_client_free(struct zoom_client *client); /* NULL is fine */

/* The budget of the requests that the client makes; lives as long as the client. */
struct zoom_budget *zoom_client_budget(struct zoom_client *client);

/* `closed` is called when an answer has closed that budget, before that is waited for. */
void zoom_client_on_close(struct zoom_client *client, void (*closed)(void *context), void *context);

/* A new window: the number of faults that it may have counts from here. */
void zoom_client_start_window(struct zoom_client *client);

struct zoom_page_request {
  const struct zoom_report *report;
  struct zoom_window window;
  struct text filter;     /* the value of the report's filter; empty: none */
  struct text page_token; /* empty: the first page */
};

/* Lives until the client's next request. */
struct zoom_page {
  struct text body;             /* as Zoom sent it */
  const struct json_node *rows; /* the report's array */
  struct text next_page_token;  /* empty: this was the last page */
};

/* The error is set for everything but ZOOM_DONE and ZOOM_STOPPED. */
enum zoom_result zoom_client_page(struct zoom_client *client,
                                  const struct zoom_page_request *request, struct zoom_page *page,
                                  struct error *error);

/* The same in one attempt, without waiting. The error is set for everything but GOOD and STOPPED.
 */
enum zoom_answer zoom_client_try(struct zoom_client *client,
                                 const struct zoom_page_request *request, struct zoom_page *page,
                                 struct error *error);
/* What stood in the way of the last request that failed. */
enum source_fault zoom_client_fault(const struct zoom_client *client);

/* Only the access token. */
enum zoom_answer zoom_client_try_token(struct zoom_client *client, struct error *error);

#endif
