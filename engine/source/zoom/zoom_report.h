/*
 * The room source/zoom takes what Zoom has: the reports of its API, and the webhooks that it sends.
 *
 * What the parts of the source `zoom_reports` share: its options, and the reports.
 *
 * Threads: the tables are constant. Everything else in this room belongs to one run of one source
 * and serves its thread; what several sources share (a token) goes through the store, under the
 * lock of its name (source_lock).
 */
#ifndef SOURCE_ZOOM_ZOOM_REPORT_H
#define SOURCE_ZOOM_ZOOM_REPORT_H

#include "base/settings/settings.h"
#include "source/zoom/zoom_window.h"

/* Filled by settings_read: texts are NUL-terminated. */
struct zoom_options {
  struct text account_id, client_id, client_secret;
  struct text api_url, token_url, ca_file;
  struct text authorize_url, redirect_url; /* empty: see source/zoom/zoom_grant.h */
  int grant;                               /* enum zoom_grant */
  struct setting_list reports;
  struct setting_list category_type, activity_type;
  int64_t poll_interval, initial_lookback, reread; /* microseconds, as the next */
  int64_t overlap, reconcile;
  int64_t retry_first, request_timeout;
  int64_t page_size, request_budget;
  bool poll_once;
};

/* Which setting says what part of a report is read. */
enum zoom_filter { ZOOM_FILTER_NONE, ZOOM_FILTER_CATEGORY, ZOOM_FILTER_ACTIVITY };

/*
 * One report of Zoom's API, as its documents say: https://developers.zoom.us/docs/api/ (Meetings,
 * Phone, Contact Center, Team Chat, Video SDK).
 */
struct zoom_report {
  const char *name;           /* in settings, checkpoints and the log */
  const char *path;           /* behind api_url */
  const char *array;          /* its rows in a page: see page_kinds */
  const char *log_type;       /* of its rows */
  const char *time_field;     /* of a row */
  const char *from, *to;      /* the query's parameters for the days */
  const char *filter_key;     /* the query's parameter for `filter`; NULL: it takes none */
  enum zoom_filter filter;    /* which setting's values go there */
  int span_days;              /* the longest query, both days counted; 0: a month */
  int64_t page_min, page_max; /* rows */
  bool light;                 /* for Zoom's limits: not counted by the day. All others are heavy */
  /* NULL in the next three: Zoom documents none. */
  const char *scope; /* granular */
  const char *classic_scope;
  const char *privilege;      /* what the role of the app's creator must see */
  const char *not_found_hint; /* what a 404 means; NULL: nothing special */
};

#define ZOOM_REPORT_COUNT 8
extern const struct zoom_report zoom_report_table[ZOOM_REPORT_COUNT];

const struct zoom_report *zoom_report_find(struct text name); /* or NULL */

/* The values of the report's filter, one query each; NULL when it has none. */
const struct setting_list *zoom_report_filter(const struct zoom_report *report,
                                              const struct zoom_options *options);

#endif
