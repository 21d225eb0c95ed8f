/* What an answer of Zoom means: https://developers.zoom.us/docs/api/ (Errors, Rate limits). */
#ifndef SOURCE_ZOOM_ZOOM_ANSWER_H
#define SOURCE_ZOOM_ZOOM_ANSWER_H

#include "base/web/http_client.h"
#include "event/json/json.h"
#include "source/zoom/zoom_report.h"

enum zoom_answer {
  ZOOM_ANSWER_GOOD,
  ZOOM_ANSWER_BUSY,       /* rate limit: wait, then ask again */
  ZOOM_ANSWER_BUSY_TODAY, /* the daily limit: it clears at 00:00 UTC */
  ZOOM_ANSWER_BROKEN,     /* no answer, or none that makes sense: ask again */
  ZOOM_ANSWER_TOKEN,      /* the access token is not (or no longer) valid */
  ZOOM_ANSWER_PAGE_TOKEN, /* the page token is not: start with the first page again */
  ZOOM_ANSWER_INVALID,    /* Zoom does not like the request itself */
  ZOOM_ANSWER_REFUSED,    /* a person has to change something at Zoom or in the configuration */
  ZOOM_ANSWER_STOPPED     /* the run is to stop */
};

/* Parses a body in place (its padding is added). NULL when it is not a JSON object. */
const struct json_node *zoom_answer_parse(struct json_reader *reader, struct buffer *body,
                                          struct error *error);

/* The meaning of a report's answer by its status, headers, code and message, with the error in
 * words for everything but GOOD. `root` is the parsed body, or NULL. */
enum zoom_answer zoom_answer_of_report(const struct zoom_report *report,
                                       const struct http_response *response,
                                       const struct json_node *root, struct error *error);

/* The same for the token endpoint. `way_out` says what to check when Zoom refuses. */
enum zoom_answer zoom_answer_of_grant(long status, const struct json_node *root,
                                      const char *way_out, struct error *error);

#endif
