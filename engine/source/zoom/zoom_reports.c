/*
 * The source `zoom_reports`: the audit reports of one Zoom account, polled for ever, and the last
 * days read again once a day. What a poll does is in zoom_poll.h.
 */
#include "source/source.h"
#include "source/zoom/zoom_grant.h"
#include "source/zoom/zoom_past.h"
#include "source/zoom/zoom_probe.h"
#include "source/zoom/zoom_reconcile.h"
#include "source/zoom/zoom_renewal.h"

/* ---- the run ----------------------------------------------------------------------------- */

/* How long it is until `at`; never longer than a poll's interval, should the clock go back. */
static int64_t time_until(const struct zoom_poll *poll, time_us at) {
  int64_t left = at - clock_now(&poll->run->clock);
  return left < poll->options->poll_interval ? left : poll->options->poll_interval;
}

/* Uses the time until the next poll for what can wait. False: stop now. */
static bool between_polls(struct zoom_poll *poll, struct zoom_reconcile *reconcile, time_us next) {
  const struct source_run *run = poll->run;
  struct zoom_budget *budget = zoom_client_budget(poll->client);
  int64_t left;
  while ((left = time_until(poll, next)) > 0 && zoom_reconcile_is_due(reconcile)) {
    int64_t wait = zoom_budget_spare(budget, clock_now(&run->clock));
    if (wait >= left)
      break;
    if ((wait > 0 && !source_wait(run, wait)) || !zoom_reconcile_step(reconcile))
      return false;
  }
  return left <= 0 || source_wait(run, left);
}

/* What is due is done at once, as far as the budget goes. */
static bool after_only_poll(struct zoom_poll *poll, struct zoom_reconcile *reconcile) {
  const struct source_run *run = poll->run;
  struct zoom_budget *budget = zoom_client_budget(poll->client);
  while (zoom_reconcile_is_due(reconcile) && zoom_budget_spare(budget, clock_now(&run->clock)) == 0)
    if (!zoom_reconcile_step(reconcile))
      return false;
  return true;
}

/* False with the error when the only poll failed. */
static bool poll_only_once(struct zoom_poll *poll, struct zoom_reconcile *reconcile,
                           struct error *error) {
  struct error failed = ERROR_NONE;
  if (!zoom_poll_all(poll, &failed))
    return true;
  if (!poll->run->moment && !after_only_poll(poll, reconcile))
    return true;
  if (failed.set)
    return error_set(error, "%s", failed.text);
  zoom_poll_end(poll);
  return true;
}

static void poll_for_ever(struct zoom_poll *poll, struct zoom_reconcile *reconcile) {
  const struct source_run *run = poll->run;
  while (zoom_login_wait(run)) {
    struct error failed = ERROR_NONE; /* it is logged */
    if (!zoom_poll_all(poll, &failed))
      return;
    if (zoom_login_missing(run))
      continue;
    time_us next = clock_now(&run->clock) + poll->options->poll_interval;
    if (!between_polls(poll, reconcile, next))
      return;
  }
}

static bool run_zoom_reports(const struct source_run *run, struct error *error) {
  struct zoom_poll poll;
  struct zoom_reconcile reconcile;
  bool ok = zoom_poll_start(&poll, run, error);
  zoom_reconcile_init(&reconcile, &poll);
  if (ok)
    zoom_login_start(run);
  if (ok && poll.options->poll_once)
    ok = poll_only_once(&poll, &reconcile, error);
  else if (ok)
    poll_for_ever(&poll, &reconcile);
  zoom_reconcile_free(&reconcile);
  zoom_poll_free(&poll);
  return ok;
}

/* ---- the type ---------------------------------------------------------------------------- */

static bool needs_login(const void *options) {
  const struct zoom_options *zoom = options;
  return zoom->grant == ZOOM_GRANT_AUTHORIZATION_CODE;
}

static bool goes_on(const void *options) {
  return !((const struct zoom_options *)options)->poll_once;
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

/* As Zoom's API has them; the first one is all of them. */
static const char *const category_types[] = {
    "all",       "user",           "user_settings", "account",     "billing", "im",
    "recording", "phone_contacts", "webinar",       "sub_account", "role",    "zoom_rooms",
    NULL};
static const char *const activity_types[] = {"All Activities", "Meeting Created", "Meeting Started",
                                             "Meeting Ended",  "User Join",       "User Left",
                                             "Remote Control", "In-Meeting Chat", NULL};

/* A value that is listed twice would be read twice; one that stands for all, too. */
static bool check_list(const char *key, const struct setting_list *list, const char *all,
                       struct error *error) {
  for (size_t i = 0; i < list->count; i++) {
    if (all && list->count > 1 && text_is(list->items[i], all))
      return error_set(error, "'%s' lists '%s' beside others, which it includes: leave one out",
                       key, all);
    for (size_t j = 0; j < i; j++)
      if (text_equal(list->items[i], list->items[j]))
        return error_set(error, "'%s' lists '%.*s' twice", key, TEXT_ARGS(list->items[i]));
  }
  return list->count > 0 || error_set(error, "'%s' lists nothing", key);
}

static bool check_zoom_reports(const void *options, struct error *error) {
  const struct zoom_options *zoom = options;
  return check_url("api_url", zoom->api_url, error) &&
         check_url("token_url", zoom->token_url, error) && zoom_grant_check(zoom, error) &&
         check_url("authorize_url", zoom_authorize_url(zoom), error) &&
         check_list("reports", &zoom->reports, NULL, error) &&
         check_list("category_type", &zoom->category_type, category_types[0], error) &&
         check_list("activity_type", &zoom->activity_type, activity_types[0], error);
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
             "any word that distinguishes two accounts with the same app"},
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
    {.key = "overlap",
     .kind = SETTING_DURATION,
     .offset = OPTION(overlap),
     .fallback = "30m",
     .max = 30 * US_PER_DAY,
     .help = "how late a row may come and still be found by a poll within the double of that time; "
             "what comes later is found by `reconcile`"},
    {.key = "reconcile",
     .kind = SETTING_DURATION,
     .offset = OPTION(reconcile),
     .fallback = "3d",
     .max = 30 * US_PER_DAY,
     .help = "how many days are read again once a day, to find rows that came later than "
             "`overlap`; 0s: none"},
    {.key = "page_size",
     .kind = SETTING_INT,
     .offset = OPTION(page_size),
     .fallback = "300",
     .min = 1,
     .max = 300,
     .help = "rows per page"},
    {.key = "category_type",
     .kind = SETTING_LIST,
     .alone = true,
     .offset = OPTION(category_type),
     .fallback = "all",
     .choices = category_types,
     .help = "the categories to read of `operation` and `video_sdk_operation`"},
    {.key = "activity_type",
     .kind = SETTING_LIST,
     .alone = true,
     .offset = OPTION(activity_type),
     .fallback = "All Activities",
     .choices = activity_types,
     .help = "the activities to read of `meeting_activity`"},
    {.key = "request_budget",
     .kind = SETTING_INT,
     .offset = OPTION(request_budget),
     .fallback = "10000",
     .min = 200, /* with fewer, page tokens would expire between two requests */
     .max = 1000000,
     .help = "requests that all sources of the account may make in a day (UTC); Zoom allows 30,000 "
             "or 60,000 to all apps of an account"},
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
    .past = &zoom_past,
    .goes_on = goes_on,
    .rereads = true,
    .brings = brings_type,
    .log_types = zoom_log_types,
};
