/*
 * The room source/zoom pulls the reports of Zoom's API.
 *
 * What the parts of the source `zoom_reports` share: its options, the reports, the checkpoint.
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
  struct setting_list reports;
  struct text category_type, activity_type;
  int64_t poll_interval, initial_lookback, reread; /* microseconds, as the next */
  int64_t retry_first, request_timeout;
  int64_t page_size;
  bool poll_once;
};

struct zoom_report {
  const char *name;           /* in settings, checkpoints and the log */
  const char *path;           /* behind api_url */
  const char *array;          /* its rows in a page: see page_kinds */
  const char *time_field;     /* of a row */
  const char *filter;         /* the query parameter that category_type or activity_type sets */
  const char *scope;          /* granular; the classic one is report:read:admin for all */
  const char *not_found_hint; /* what a 404 means; NULL: nothing special */
};

#define ZOOM_REPORT_COUNT 3
extern const struct zoom_report zoom_report_table[ZOOM_REPORT_COUNT];

const struct zoom_report *zoom_report_find(struct text name); /* or NULL */
const char *zoom_report_log_type(const struct zoom_report *report);

/* {"operation":"2026-11-21","activity":"2026-11-21","forgotten":"2026-11-20"}; days that are
 * ZOOM_DAY_NONE are left out. */
struct zoom_checkpoint {
  zoom_day days[ZOOM_REPORT_COUNT]; /* per report: see zoom_window_first */
  zoom_day forgotten;               /* see struct zoom_reach */
};

struct zoom_checkpoint zoom_checkpoint_none(void);
bool zoom_checkpoint_read(struct text json, struct zoom_checkpoint *checkpoint,
                          struct error *error);
char *zoom_checkpoint_write(const struct zoom_checkpoint *checkpoint); /* the caller frees it */

#endif
