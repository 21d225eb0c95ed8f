/*
 * Datadog, as logs. Its events are messages on a timeline, cut at 4000 characters and without
 * attributes to search by; Cloud SIEM's detection rules, its signals and the search of an
 * investigation read logs, so that is where a security team looks.
 *
 * Limits from docs.datadoghq.com, "Send logs": a log 1 MB, of which it cuts off the rest in
 * silence, a request 5 MB; 202 is success. A log that says to be older than 18 hours is not
 * indexed, so the time of the events stands in attributes that Datadog does not take for the
 * log's own.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/siem/siem.h"

enum {
  LOG_MAX = 900 * 1000,
  MESSAGE_MAX = 1000,
};

struct datadog_options {
  struct text url, api_key, service, tags;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "api_key",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct datadog_options, api_key),
     .required = true,
     .help = "an API key of the organization (not an application key)"},
    {.key = "url",
     .kind = SETTING_URL,
     .offset = offsetof(struct datadog_options, url),
     .fallback = "https://http-intake.logs.datadoghq.com/api/v2/logs",
     .help = "the intake of your Datadog site: in the EU "
             "`https://http-intake.logs.datadoghq.eu/api/v2/logs`"},
    {.key = "service",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct datadog_options, service),
     .fallback = "margay",
     .help = "the logs' `service`"},
    {.key = "tags",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct datadog_options, tags),
     .help = "tags of every log: `env:prod,team:security`"},
    DESTINATION_TLS_SETTINGS(offsetof(struct datadog_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct datadog_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

/* The statuses of logs that Datadog knows. */
static const char *const statuses[SEVERITY_COUNT] = {[SEVERITY_INFO] = "info",
                                                     [SEVERITY_LOW] = "notice",
                                                     [SEVERITY_MEDIUM] = "warning",
                                                     [SEVERITY_HIGH] = "error",
                                                     [SEVERITY_CRITICAL] = "critical"};

static void append_log(struct buffer *out, const struct siem_record *record) {
  const struct datadog_options *options = record->destination->options;
  struct text actor = record->alert->actor;
  struct buffer message = BUFFER_NONE;
  siem_append_headline(&message, record, MESSAGE_MAX);
  buffer_append_string(out, "[{\"ddsource\":\"margay\"");
  siem_put(out, "ddtags", options->tags);
  siem_put(out, "service", options->service);
  siem_put(out, "status", text_from(statuses[record->alert->severity]));
  siem_put(out, "message", buffer_text(&message));
  if (actor.size > 0) {
    buffer_append_string(out, ",\"usr\":{\"name\":");
    buffer_append_json_string(out, actor);
    if (text_contains(actor, TEXT("@")))
      siem_put(out, "email", actor);
    buffer_append_char(out, '}');
  }
  buffer_append_string(out, ",\"margay\":");
  siem_append_alert(out, record);
  buffer_append_string(out, "}]");
  buffer_free(&message);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct datadog_options *options = destination->options;
  const struct siem_record record = siem_record_of(destination, alert, attempt);
  buffer_append_text(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  siem_append(&request->body, &record, LOG_MAX, append_log);
  return destination_json_headers(request, error) &&
         delivery_request_header(request, "DD-API-KEY", options->api_key, error);
}

/* 202 and {}; errors are {"errors":[{"status","title","detail"}]}. */
static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  static const char *const detail[] = {"errors", "0", "detail", NULL};
  static const char *const title[] = {"errors", "0", "title", NULL};
  static const char *const *const paths[] = {detail, title, NULL};
  (void)attempt;
  answer_judge(response, paths, judgement);
  if (judgement->verdict != DELIVERY_DONE)
    return;
  json_t *json = answer_load(response);
  bool refused = json_array_size(json_object_get(json, "errors")) > 0;
  if (response->status != 202 || refused) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not that the log was accepted: check the URL",
              response->status);
    answer_explain(judgement, ANSWER_STRING(json, "errors", "0", "detail"));
  }
  json_decref(json);
}

const struct destination_type destination_datadog = {
    .kind = {.name = "datadog",
             .help = "Datadog: a log for every occasion, for Cloud SIEM and searches",
             .settings = SETTINGS(settings, struct datadog_options),
             .check = check},
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
