/*
 * The source `zoom_reports`: the audit reports of one Zoom account, one after another, polled for
 * ever. Every poll goes over the last days again (Zoom has no ids, only dates, and rows come late);
 * what the store knows already is left out.
 *
 * A crash at any moment does no harm: a window's checkpoint travels with its last rows, and the
 * rows before it are known by their ids when they are asked for again.
 */
#include "base/digest.h"
#include "source/source.h"
#include "source/zoom/zoom_client.h"
#include "source/zoom/zoom_grant.h"
#include "source/zoom/zoom_probe.h"
#include "source/zoom/zoom_renewal.h"
#include "source/zoom/zoom_rows.h"

#include <stdlib.h>

#define RESTARTS_A_WINDOW 4 /* expired page tokens, until the next poll */
#define PAGES_MAX 1000000   /* of a window: 300 million rows; more is a page token that circles */
#define EMPTY_PAGES_MAX 100 /* in a row, without any row, though each names a next one */
/* Rows are forgotten two days later than their day says, because Zoom's days could be those of the
 * account's time zone. */
#define FORGET_MARGIN (2 * US_PER_DAY)
#define REFUSED_AGAIN US_PER_HOUR /* a report that a person has to allow is tried so often */

/* What a person has to change, as it was said. */
struct refusal {
  struct error error; /* not set: nothing */
  unsigned times;     /* in a row */
  time_us again;      /* when to try again */
};

struct poll {
  const struct source_run *run;
  const struct zoom_options *options;
  struct zoom_client *client;
  struct zoom_rows rows;
  struct buffer page_token;
  struct zoom_checkpoint checkpoint;          /* committed */
  time_us now;                                /* when this poll began */
  time_us earliest;                           /* of all rows served in this poll */
  uint64_t pages;                             /* of the current window */
  struct batch_counts counted;                /* of the run, when the last window was reported */
  struct refusal refusals[ZOOM_REPORT_COUNT]; /* by report */
  struct error locked_out;                    /* why there is no access token */
};

/* ---- one window -------------------------------------------------------------------------- */

/* Whether pages come again and again. One page is remembered, and another one each time that twice
 * as many came (Brent's way): whatever the length of the circle, it comes by before long. The same
 * token alone says nothing: it may stand for a place that moves on. */
struct circle {
  uint8_t kept[DIGEST_SIZE];
  uint64_t next; /* the number of pages at which to remember anew */
  struct buffer page;
};

static bool circle_closes(struct circle *circle, uint64_t pages, struct text token,
                          struct text body) {
  uint8_t digest[DIGEST_SIZE];
  buffer_reset(&circle->page);
  buffer_append_text(&circle->page, token);
  buffer_append_char(&circle->page, '\n');
  buffer_append_text(&circle->page, body);
  digest_sha256(buffer_text(&circle->page), digest);
  if (circle->next && memcmp(digest, circle->kept, sizeof(digest)) == 0)
    return true;
  if (pages >= circle->next) {
    circle->next = 2 * pages;
    memcpy(circle->kept, digest, sizeof(digest));
  }
  return false;
}

static enum zoom_result follow_pages(struct poll *poll, const struct zoom_report *report,
                                     const struct zoom_window *window, struct circle *circle,
                                     struct error *error) {
  unsigned empty = 0;
  while (poll->pages < PAGES_MAX) {
    struct zoom_page page;
    struct zoom_page_request request = {report, *window, buffer_text(&poll->page_token)};
    enum zoom_result result = zoom_client_page(poll->client, &request, &page, error);
    if (result != ZOOM_DONE)
      return result;
    poll->pages++;
    if (page.next_page_token.size > 0 &&
        circle_closes(circle, poll->pages, request.page_token, page.body))
      break;
    if (!zoom_rows_add(&poll->rows, report, page.body, page.rows, error))
      return ZOOM_FAILED;
    if (page.next_page_token.size == 0)
      return ZOOM_DONE;
    if (page.rows->size == 0 && text_equal(page.next_page_token, request.page_token))
      break;
    empty = page.rows->size == 0 ? empty + 1 : 0;
    if (empty == EMPTY_PAGES_MAX) {
      error_set(error, "Zoom's pages do not end: %d in a row hold no %s, and name a next page",
                EMPTY_PAGES_MAX, report->array);
      return ZOOM_FAILED;
    }
    buffer_reset(&poll->page_token);
    buffer_append_text(&poll->page_token, page.next_page_token);
  }
  error_set(error, "Zoom's pages do not end: the next page token circles");
  return ZOOM_FAILED;
}

static enum zoom_result fetch_pages(struct poll *poll, const struct zoom_report *report,
                                    const struct zoom_window *window, struct error *error) {
  struct circle circle = {.page = BUFFER_NONE};
  zoom_rows_reset(&poll->rows);
  buffer_reset(&poll->page_token);
  poll->pages = 0;
  enum zoom_result result = follow_pages(poll, report, window, &circle, error);
  buffer_free(&circle.page);
  return result;
}

/* The whole window, from its first page again when the page token expires. */
static enum zoom_result fetch_window(struct poll *poll, const struct zoom_report *report,
                                     struct zoom_window *window, struct error *error) {
  zoom_client_start_window(poll->client);
  for (unsigned restarts = 0;;) {
    struct error cause = ERROR_NONE;
    enum zoom_result result = fetch_pages(poll, report, window, &cause);
    if (result == ZOOM_RESTART && ++restarts < RESTARTS_A_WINDOW && !atomic_load(poll->run->stop)) {
      LOG_INFO(poll->run->log, "the page token expired, beginning with the first page again",
               LOG_TEXT("source", poll->run->source->id), LOG_STRING("report", report->name));
      continue;
    }
    if (result == ZOOM_INVALID && window->to > zoom_day_of(poll->now) &&
        window->from < window->to) {
      /* It may be that Zoom takes no day that has not begun. */
      LOG_INFO(poll->run->log, "asking again, only up to today",
               LOG_TEXT("source", poll->run->source->id), LOG_STRING("report", report->name),
               LOG_ERROR_LINE(&cause));
      window->to = zoom_day_of(poll->now);
      continue;
    }
    if (result != ZOOM_DONE)
      error_set(error, "%s", cause.text);
    return result;
  }
}

/* After its commit, so that what became of its new rows is known. */
static void log_window(struct poll *poll, const struct zoom_report *report,
                       const struct zoom_window *window, time_us started) {
  struct time_string from, to;
  struct batch_counts counts = source_counts(poll->run), before = poll->counted;
  poll->counted = counts;
  LOG_INFO(poll->run->log, "report read", LOG_TEXT("source", poll->run->source->id),
           LOG_STRING("report", report->name),
           LOG_STRING("from", zoom_day_format(window->from, &from)),
           LOG_STRING("to", zoom_day_format(window->to, &to)), LOG_INT("pages", poll->pages),
           LOG_INT("rows", poll->rows.fetched), LOG_INT("new", poll->rows.count),
           LOG_INT("dead_letters", counts.dead_letters - before.dead_letters),
           LOG_INT("schema_errors", counts.schema_errors - before.schema_errors),
           LOG_REAL("seconds", (double)(clock_monotonic() - started) / US_PER_SECOND));
}

/* Until when the window is complete, as far as Zoom has it: the day `to` may not be in it. */
static time_us watermark(const struct poll *poll, const struct zoom_window *window) {
  return window->to >= zoom_day_of(poll->now) ? poll->now : zoom_day_start(window->to);
}

/* What could not be pushed: without an error the run is to stop. */
static enum zoom_result not_pushed(const struct error *error) {
  return error->set ? ZOOM_FAILED : ZOOM_STOPPED;
}

/* Pushes the rows and waits for their commit. */
static enum zoom_result commit_window(struct poll *poll, const struct zoom_report *report,
                                      const struct zoom_window *window, struct error *error) {
  const struct source_run *run = poll->run;
  size_t index = (size_t)(report - zoom_report_table);
  struct zoom_checkpoint reached = poll->checkpoint;
  reached.days[index] = zoom_window_checkpoint(window, poll->now);
  /* Also when there is nothing new: that it is so may be what a correlation waits for. */
  if (!zoom_rows_push(&poll->rows, run, report, zoom_checkpoint_write(&reached),
                      watermark(poll, window), error) ||
      !run->output.drain(run->output.context))
    return not_pushed(error);
  poll->checkpoint = reached;
  return ZOOM_DONE;
}

/* ---- one poll ---------------------------------------------------------------------------- */

static struct zoom_reach reach_of(const struct poll *poll) {
  return (struct zoom_reach){poll->options->initial_lookback, poll->options->reread,
                             poll->checkpoint.forgotten};
}

static zoom_day first_day(const struct poll *poll, const struct zoom_report *report) {
  struct zoom_reach reach = reach_of(poll);
  int64_t lost;
  zoom_day day = zoom_window_first(poll->checkpoint.days[report - zoom_report_table], poll->now,
                                   &reach, &lost);
  if (lost > 0)
    LOG_ERROR(poll->run->log, "margay was away for longer than Zoom keeps its reports",
              LOG_TEXT("source", poll->run->source->id), LOG_STRING("report", report->name),
              LOG_INT("days_lost", lost));
  return day;
}

static enum zoom_result poll_report(struct poll *poll, const struct zoom_report *report,
                                    struct error *error) {
  zoom_day from = first_day(poll, report);
  struct zoom_window window;
  while (zoom_window_next(from, poll->now, report->span_days, &window)) {
    time_us started = clock_monotonic();
    bool last = window.to > zoom_day_of(poll->now); /* fetching may shorten it */
    enum zoom_result result = fetch_window(poll, report, &window, error);
    if (result != ZOOM_DONE)
      return result;
    if (!zoom_rows_number(&poll->rows, poll->run, report, error))
      return ZOOM_FAILED;
    if (poll->rows.earliest != TIME_NONE &&
        (poll->earliest == TIME_NONE || poll->rows.earliest < poll->earliest))
      poll->earliest = poll->rows.earliest;
    result = commit_window(poll, report, &window, error);
    if (result == ZOOM_DONE)
      log_window(poll, report, &window, started);
    if (result != ZOOM_DONE || atomic_load(poll->run->stop))
      return result == ZOOM_DONE ? ZOOM_STOPPED : result;
    if (last)
      break;
    from = window.to;
  }
  return ZOOM_DONE;
}

static bool is_wanted(const struct poll *poll, const struct zoom_report *report) {
  for (size_t i = 0; i < poll->options->reports.count; i++)
    if (zoom_report_find(poll->options->reports.items[i]) == report)
      return true;
  return false;
}

/* The first day that any report may still ask for, also one that is no longer wanted but was read
 * once: it could be wanted again. */
static zoom_day first_needed(const struct poll *poll) {
  struct zoom_reach reach = reach_of(poll);
  zoom_day needed = zoom_day_of(poll->now);
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++) {
    if (poll->checkpoint.days[i] == ZOOM_DAY_NONE && !is_wanted(poll, &zoom_report_table[i]))
      continue;
    zoom_day day = zoom_window_first(poll->checkpoint.days[i], poll->now, &reach, NULL);
    if (day < needed)
      needed = day;
  }
  return needed;
}

/* In small steps, so that commits need not wait: with as long a pause as each one took. What is
 * left when the run is asked to stop goes the next time. */
static void forget_before(const struct source_run *run, time_us before) {
  struct error error = ERROR_NONE;
  time_us began;
  bool more;
  do {
    began = clock_monotonic();
    if (!run->memory.rows_forget(run->memory.context, before, &more, &error)) {
      LOG_WARN(run->log, "cannot forget old rows", LOG_TEXT("source", run->source->id),
               LOG_ERROR_LINE(&error));
      return;
    }
  } while (more && source_wait(run, clock_monotonic() - began));
}

/* Forgets rows that can never be asked for again: first the checkpoint says so, then they go. */
static bool forget_rows(struct poll *poll) {
  const struct source_run *run = poll->run;
  zoom_day needed = first_needed(poll);
  if (needed <= poll->checkpoint.forgotten)
    return true;
  struct zoom_checkpoint reached = poll->checkpoint;
  reached.forgotten = needed;
  struct error error = ERROR_NONE;
  zoom_rows_reset(&poll->rows);
  if (!zoom_rows_push(&poll->rows, run, &zoom_report_table[0], zoom_checkpoint_write(&reached),
                      TIME_NONE, &error) ||
      !run->output.drain(run->output.context))
    return false;
  poll->checkpoint = reached;
  time_us before = zoom_day_start(needed) - FORGET_MARGIN;
  if (poll->earliest != TIME_NONE && poll->earliest < before)
    before = poll->earliest; /* served, though older than asked for: it will be served again */
  forget_before(run, before);
  return true;
}

/* What a person has to change is said once, until it is something else. */
static bool is_news(struct error *said, const struct error *cause) {
  if (said->set && strcmp(said->text, cause->text) == 0)
    return false;
  *said = *cause;
  return true;
}

static void note_failure(struct poll *poll, const struct zoom_report *report,
                         enum zoom_result result, const struct error *cause) {
  const struct source_run *run = poll->run;
  struct refusal *refusal = &poll->refusals[report - zoom_report_table];
  if (result == ZOOM_LOCKED_OUT) {
    if (is_news(&poll->locked_out, cause))
      LOG_ERROR(run->log, "no report can be read; trying again at every poll",
                LOG_TEXT("source", run->source->id), LOG_ERROR_LINE(cause));
    return;
  }
  poll->locked_out = ERROR_NONE;
  if (result != ZOOM_REFUSED) {
    LOG_ERROR(run->log, "cannot read the report; trying again at the next poll",
              LOG_TEXT("source", run->source->id), LOG_STRING("report", report->name),
              LOG_ERROR_LINE(cause));
    return;
  }
  refusal->again = ++refusal->times == 1 ? poll->now : poll->now + REFUSED_AGAIN;
  if (is_news(&refusal->error, cause))
    LOG_ERROR(run->log, "the report is refused; trying again at the next poll, then every hour",
              LOG_TEXT("source", run->source->id), LOG_STRING("report", report->name),
              LOG_ERROR_LINE(cause));
}

static void note_success(struct poll *poll, const struct zoom_report *report) {
  struct refusal *refusal = &poll->refusals[report - zoom_report_table];
  if (refusal->error.set || poll->locked_out.set)
    LOG_INFO(poll->run->log, "the report can be read again",
             LOG_TEXT("source", poll->run->source->id), LOG_STRING("report", report->name));
  *refusal = (struct refusal){.error = ERROR_NONE};
  poll->locked_out = ERROR_NONE;
}

/* Every report once. False: stop now. A report that fails is logged (and set in `error`); the
 * others go on, unless none can. */
static bool poll_all(struct poll *poll, struct error *error) {
  const struct setting_list *names = &poll->options->reports;
  poll->now = clock_now(&poll->run->clock);
  poll->earliest = TIME_NONE;
  for (size_t i = 0; i < names->count; i++) {
    const struct zoom_report *report = zoom_report_find(names->items[i]);
    const struct refusal *refusal = &poll->refusals[report - zoom_report_table];
    if (refusal->error.set && poll->now < refusal->again)
      continue;
    struct error cause = ERROR_NONE;
    enum zoom_result result = poll_report(poll, report, &cause);
    if (result == ZOOM_STOPPED)
      return false;
    if (result == ZOOM_DONE) {
      note_success(poll, report);
      source_works(poll->run, report->name);
      continue;
    }
    source_fails(poll->run, report->name, zoom_client_fault(poll->client), &cause);
    error_set(error, "%s", cause.text);
    note_failure(poll, report, result, &cause);
    if (result == ZOOM_LOCKED_OUT)
      break;
  }
  return forget_rows(poll);
}

/* Reports that nothing more will be read. */
static bool push_end(struct poll *poll) {
  const struct source_run *run = poll->run;
  struct error error = ERROR_NONE; /* there are no rows that could not be read */
  zoom_rows_reset(&poll->rows);
  return zoom_rows_push(&poll->rows, run, &zoom_report_table[0],
                        zoom_checkpoint_write(&poll->checkpoint), BATCH_ENDED, &error) &&
         run->output.drain(run->output.context);
}

/* ---- the type ---------------------------------------------------------------------------- */

static bool read_checkpoint(struct poll *poll, struct error *error) {
  const struct source_memory *memory = &poll->run->memory;
  struct buffer text = BUFFER_NONE;
  bool found;
  bool ok = memory->checkpoint(memory->context, &text, &found, error);
  if (ok && found)
    ok = zoom_checkpoint_read(buffer_text(&text), &poll->checkpoint, error);
  buffer_free(&text);
  return ok;
}

static bool run_zoom_reports(const struct source_run *run, struct error *error) {
  struct poll poll = {.run = run,
                      .options = run->source->options,
                      .client = zoom_client_new(run),
                      .rows = ZOOM_ROWS_NONE,
                      .page_token = BUFFER_NONE,
                      .checkpoint = zoom_checkpoint_none()};
  bool ok = read_checkpoint(&poll, error);
  zoom_login_start(run);
  while (ok) {
    struct error failed = ERROR_NONE;
    if (!poll.options->poll_once && !zoom_login_wait(run))
      break;
    if (!poll_all(&poll, &failed))
      break;
    if (poll.options->poll_once) {
      if (!failed.set && !push_end(&poll))
        break;
      ok = !failed.set || error_set(error, "%s", failed.text);
      break;
    }
    if (!zoom_login_missing(run) && !source_wait(run, poll.options->poll_interval))
      break;
  }
  zoom_client_free(poll.client);
  zoom_rows_free(&poll.rows);
  buffer_free(&poll.page_token);
  return ok;
}

static bool needs_login(const void *options) {
  const struct zoom_options *zoom = options;
  return zoom->grant == ZOOM_GRANT_AUTHORIZATION_CODE;
}

static bool brings_type(const void *options, struct text log_type) {
  const struct zoom_options *zoom = options;
  for (size_t i = 0; i < zoom->reports.count; i++) {
    const struct zoom_report *report = zoom_report_find(zoom->reports.items[i]);
    if (report && text_is(log_type, report->log_type))
      return true;
  }
  return false;
}

/* Credentials go over these URLs: without TLS only to this machine. */
static bool check_url(const char *key, struct text url, struct error *error) {
  static const char *const loopback[] = {"http://127.0.0.1:", "http://127.0.0.1/",
                                         "http://localhost:", "http://localhost/", "http://[::1]"};
  if (text_starts_folded(url, TEXT("https://")))
    return true;
  /* http://127.0.0.1:80@elsewhere/ is elsewhere */
  for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++)
    if (text_starts_folded(url, text_from(loopback[i])) && !memchr(url.data, '@', url.size))
      return true;
  return error_set(error, "'%s' would send credentials in the clear: use https", key);
}

static bool check_zoom_reports(const void *options, struct error *error) {
  const struct zoom_options *zoom = options;
  if (!check_url("api_url", zoom->api_url, error) ||
      !check_url("token_url", zoom->token_url, error) || !zoom_grant_check(zoom, error) ||
      !check_url("authorize_url", zoom_authorize_url(zoom), error))
    return false;
  for (size_t i = 0; i < zoom->reports.count; i++)
    for (size_t j = 0; j < i; j++)
      if (text_equal(zoom->reports.items[i], zoom->reports.items[j]))
        return error_set(error, "the report '%.*s' is listed twice",
                         TEXT_ARGS(zoom->reports.items[i]));
  return zoom->reports.count > 0 || error_set(error, "no report is listed in 'reports'");
}

#define OPTION(name) offsetof(struct zoom_options, name)

static const char *const report_names[] = {"operation",
                                           "activity",
                                           "meeting_activity",
                                           "phone_operation",
                                           "contact_center_operation",
                                           "remote_support",
                                           "chat_channel_activity",
                                           "video_sdk_operation",
                                           NULL};

/* Zoom's limits: pages of at most 300 rows, reports of the last six months. */
static const struct setting zoom_settings[] = {
    {.key = "grant",
     .kind = SETTING_CHOICE,
     .offset = OPTION(grant),
     .fallback = "account_credentials",
     .choices = zoom_grant_names,
     .help = "`account_credentials` for a Server-to-Server OAuth app, `authorization_code` for a "
             "General app, which `margay login` lets in"},
    {.key = "account_id",
     .kind = SETTING_TEXT,
     .offset = OPTION(account_id),
     .help = "the account ID of the Server-to-Server OAuth app, which needs it; for a General app "
             "any word that tells two accounts with the same app apart"},
    {.key = "client_id",
     .kind = SETTING_TEXT,
     .offset = OPTION(client_id),
     .required = true,
     .help = "the app's client ID"},
    {.key = "client_secret",
     .kind = SETTING_SECRET,
     .offset = OPTION(client_secret),
     .help = "its client secret; a General app's public client ID has none"},
    {.key = "authorize_url",
     .kind = SETTING_URL,
     .offset = OPTION(authorize_url),
     .usual = "`" ZOOM_AUTHORIZE_URL "`",
     .help = "the page where an admin lets a General app in"},
    {.key = "redirect_url",
     .kind = SETTING_URL,
     .offset = OPTION(redirect_url),
     .usual = "`" ZOOM_REDIRECT_URL "`",
     .help =
         "where Zoom sends the admin's browser afterwards, as it is registered with the General "
         "app"},
    {.key = "reports",
     .kind = SETTING_LIST,
     .offset = OPTION(reports),
     .fallback = "operation,activity",
     .choices = report_names,
     .help = "the reports to read"},
    {.key = "poll_interval",
     .kind = SETTING_DURATION,
     .offset = OPTION(poll_interval),
     .fallback = "5m",
     .min = US_PER_SECOND,
     .max = 7 * US_PER_DAY,
     .help = "the time between two polls"},
    {.key = "initial_lookback",
     .kind = SETTING_DURATION,
     .offset = OPTION(initial_lookback),
     .fallback = "24h",
     .max = 184 * US_PER_DAY,
     .help = "how far back the first poll goes; Zoom keeps six months"},
    {.key = "reread",
     .kind = SETTING_DURATION,
     .offset = OPTION(reread),
     .fallback = "24h",
     .max = 30 * US_PER_DAY,
     .help = "how far back every poll goes to find late rows, in whole days; rows that were read "
             "before are recognised and skipped"},
    {.key = "page_size",
     .kind = SETTING_INT,
     .offset = OPTION(page_size),
     .fallback = "300",
     .min = 1,
     .max = 300,
     .help = "rows per page"},
    {.key = "category_type",
     .kind = SETTING_TEXT,
     .offset = OPTION(category_type),
     .fallback = "all",
     .help = "the category of operations to read: `all`, `user`, `user_settings`, `account`, "
             "`billing`, `im`, `recording`, `phone_contacts`, `webinar`, `sub_account`, `role` or "
             "`zoom_rooms`"},
    {.key = "activity_type",
     .kind = SETTING_TEXT,
     .offset = OPTION(activity_type),
     .fallback = "All Activities",
     .help = "the meeting activities to read, as Zoom's API names them"},
    {.key = "poll_once",
     .kind = SETTING_BOOL,
     .offset = OPTION(poll_once),
     .fallback = "false",
     .help = "end after one poll; `margay run` ends when all its sources have ended"},
    {.key = "api_url",
     .kind = SETTING_URL,
     .offset = OPTION(api_url),
     .fallback = "https://api.zoom.us/v2",
     .help = "the URL of Zoom's API"},
    {.key = "token_url",
     .kind = SETTING_URL,
     .offset = OPTION(token_url),
     .fallback = "https://zoom.us/oauth/token",
     .help = "the URL that issues access tokens"},
    {.key = "ca_file",
     .kind = SETTING_PATH,
     .offset = OPTION(ca_file),
     .help = "a PEM file of certificates to trust instead of the system's"},
    {.key = "retry_first",
     .kind = SETTING_DURATION,
     .offset = OPTION(retry_first),
     .fallback = "1s",
     .min = US_PER_MS,
     .max = US_PER_HOUR,
     .help = "the delay after the first failed request, which doubles with each further failure"},
    {.key = "request_timeout",
     .kind = SETTING_DURATION,
     .offset = OPTION(request_timeout),
     .fallback = "1m",
     .min = 100 * US_PER_MS,
     .max = US_PER_HOUR,
     .help = "how long Zoom may take to answer one request in full"},
};

static const char *const zoom_log_types[] = {"Zoom.Operation",
                                             "Zoom.Activity",
                                             "Zoom.MeetingActivity",
                                             "Zoom.PhoneOperation",
                                             "Zoom.ContactCenterOperation",
                                             "Zoom.RemoteSupport",
                                             "Zoom.ChatChannelActivity",
                                             "Zoom.VideoSdkOperation",
                                             NULL};

const struct source_type source_zoom_reports = {
    .kind = {.name = "zoom_reports",
             .help = "the audit reports of a Zoom account",
             .settings = SETTINGS(zoom_settings, struct zoom_options),
             .check = check_zoom_reports},
    .run = run_zoom_reports,
    .probe = zoom_probe,
    .probes_with_tokens = needs_login,
    .brings = brings_type,
    .log_types = zoom_log_types,
};
