/* Backtests: rules tried on the archive, as jobs. */
#include "api/api.h"
#include "api/backtest/jobs.h"

#define DAYS 90 /* when nobody says since when, as `margay backtest` has it */

static const char *const languages[] = {"lua", "sigma", NULL};

static const struct api_parameter start_parameters[] = {
    {.name = "rule",
     .place = API_BODY,
     .type = API_TEXT,
     .max = 256,
     .help = "The id of a rule, or a pattern with *"},
    {.name = "text",
     .place = API_BODY,
     .type = API_TEXT,
     .max = (int64_t)JOB_TEXT_MAX,
     .help = "In the place of `rule`: the text of one that is not live"},
    {.name = "language",
     .place = API_BODY,
     .type = API_CHOICE,
     .choices = languages,
     .help = "What the text is written in; lua when not given"},
    {.name = "since",
     .place = API_BODY,
     .type = API_TIME,
     .help = "Events of then or later; 90d when not given"},
};

static const struct api_parameter id_parameters[] = {
    {.name = "id",
     .place = API_PATH,
     .type = API_TEXT,
     .max = 64,
     .help = "As the start of the backtest has given it"}};

static bool start(const struct api_world *world, const struct api_request *request,
                  struct api_answer *answer) {
  struct job_id id;
  struct job_ask ask = {.rule = api_text(request, "rule"),
                        .source = api_text(request, "text"),
                        .sigma = api_choice(request, "language") == 1,
                        .since = api_time(request, "since"),
                        .pass = pass_of(request->caller->token, request->caller->session,
                                        api_role_names[request->caller->role])};
  if (ask.since == TIME_NONE)
    ask.since = request->now - DAYS * US_PER_DAY;
  if ((ask.rule.size > 0) == (ask.source.size > 0))
    return api_refuse(answer, API_BAD, "rule", "rule: give either `rule` or `text`");
  if (!world->jobs)
    return api_refuse(answer, API_CONFLICT, NULL, "there are no backtests here");
  if (!api_jobs_start(world->jobs, &ask, &id))
    return api_refuse(answer, API_UNAVAILABLE, NULL,
                      "%d backtests wait already: cancel one, or try again later",
                      JOBS_WAITING_MAX);
  answer->status = 202;
  buffer_printf(&answer->body, "{\"id\":\"%s\"}", id.text);
  return true;
}

static bool refuse_unknown(struct api_answer *answer) {
  return api_refuse(answer, API_NOT_FOUND, "id",
                    "there is no such backtest: what one found is kept for an hour");
}

static bool show(const struct api_world *world, const struct api_request *request,
                 struct api_answer *answer) {
  buffer_append_char(&answer->body, '{');
  if (!world->jobs || !api_jobs_show(world->jobs, api_text(request, "id"), &answer->body))
    return refuse_unknown(answer);
  buffer_append_char(&answer->body, '}');
  return true;
}

static bool cancel(const struct api_world *world, const struct api_request *request,
                   struct api_answer *answer) {
  if (!world->jobs || !api_jobs_cancel(world->jobs, api_text(request, "id")))
    return refuse_unknown(answer);
  answer->status = 204;
  return true;
}

static const struct api_field id_fields[] = {{.name = "id", .type = API_TEXT}, {.name = NULL}};

static const struct api_field progress_fields[] = {
    {.name = "events", .type = API_INTEGER, .help = "That were tried"},
    {.name = "done",
     .type = API_NUMBER,
     .optional = true,
     .help = "Of the time that is looked at, 0 to 1"},
    {.name = NULL},
};
static const struct api_field count_fields[] = {
    {.name = "day", .type = API_TEXT}, {.name = "alerts", .type = API_INTEGER}, {.name = NULL}};
static const struct api_field rule_fields[] = {{.name = "matches", .type = API_INTEGER},
                                               {.name = "alerts", .type = API_INTEGER},
                                               {.name = "rule_id", .type = API_TEXT},
                                               {.name = NULL}};
static const struct api_field actor_fields[] = {{.name = "matches", .type = API_INTEGER},
                                                {.name = "alerts", .type = API_INTEGER},
                                                {.name = "actor", .type = API_TEXT},
                                                {.name = NULL}};
static const struct api_field found_fields[] = {
    {.name = "first_event_time", .type = API_TIME},
    {.name = "alert_id", .type = API_TEXT},
    {.name = "rule_id", .type = API_TEXT},
    {.name = "severity", .type = API_TEXT},
    {.name = "title", .type = API_TEXT},
    {.name = "actor", .type = API_TEXT},
    {.name = "match_count", .type = API_INTEGER},
    {.name = NULL},
};
static const struct api_field result_fields[] = {
    {.name = "since", .type = API_TIME, .help = "Not before the first event that there is"},
    {.name = "until", .type = API_TIME},
    {.name = "events", .type = API_INTEGER},
    {.name = "unreadable", .type = API_INTEGER, .help = "Events that no schema takes today"},
    {.name = "matches", .type = API_INTEGER},
    {.name = "suppressed", .type = API_INTEGER},
    {.name = "rule_errors", .type = API_INTEGER},
    {.name = "alert_count", .type = API_INTEGER},
    {.name = "live_alerts", .type = API_INTEGER, .help = "That the daemon opened in this time"},
    {.name = "more_count", .type = API_INTEGER},
    {.name = "fewer_count", .type = API_INTEGER},
    {.name = "days", .type = API_LIST, .fields = count_fields, .help = "With alerts"},
    {.name = "rules", .type = API_LIST, .fields = rule_fields},
    {.name = "actors", .type = API_LIST, .fields = actor_fields},
    {.name = "alerts", .type = API_LIST, .fields = found_fields, .help = "The first 500"},
    {.name = "more", .type = API_LIST, .fields = found_fields, .help = "That are not live"},
    {.name = "fewer", .type = API_LIST, .fields = found_fields, .help = "Live, and not found"},
    {.name = NULL},
};
static const struct api_field show_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "state", .type = API_TEXT, .help = "queued, running, done, failed or cancelled"},
    {.name = "rule", .type = API_TEXT, .optional = true},
    {.name = "since", .type = API_TIME},
    {.name = "until", .type = API_TIME},
    {.name = "progress", .type = API_OBJECT, .fields = progress_fields, .optional = true},
    {.name = "error", .type = API_TEXT, .optional = true, .help = "Why it failed"},
    {.name = "result", .type = API_OBJECT, .fields = result_fields, .optional = true},
    {.name = NULL},
};

const struct api_operation api_backtests_start = {
    .name = "backtests.start",
    .method = "POST",
    .path = "/backtests",
    .role = API_ANALYST,
    .summary = "Try a rule on the archive: what it would have alerted about",
    .help = "Answers at once; backtests.show says how far it is, and what it found. One runs at a "
            "time, and eight may wait; one of more than 100,000 alerts or actors fails. Windows, "
            "correlations and memory are its own, and nothing is written.",
    API_PARAMETERS(start_parameters),
    .fields = id_fields,
    .run = start,
};

const struct api_operation api_backtests_show = {
    .name = "backtests.show",
    .method = "GET",
    .path = "/backtests/{id}",
    .role = API_VIEWER,
    .summary = "Show how far a backtest is, and what it found",
    .help = "Its result is what `margay backtest --format json` prints.",
    API_PARAMETERS(id_parameters),
    .fields = show_fields,
    .run = show,
};

const struct api_operation api_backtests_cancel = {
    .name = "backtests.cancel",
    .method = "DELETE",
    .path = "/backtests/{id}",
    .role = API_ANALYST,
    .summary = "Cancel a backtest that waits or runs",
    API_PARAMETERS(id_parameters),
    .run = cancel,
};
