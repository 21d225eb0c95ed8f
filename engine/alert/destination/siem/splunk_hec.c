/*
 * Splunk, by its HTTP Event Collector: an event for every occasion of an alert. A collector that
 * answers has taken the event; margay asks for no indexer acknowledgement, so the token must not
 * demand it. After a crash an event may come again, with the same `idempotency_key`.
 *
 * From help.splunk.com, "Format events for HTTP Event Collector" and "Troubleshoot HTTP Event
 * Collector" (the codes). A collector takes 1 MB of an event in Splunk Cloud; indexing cuts lines
 * at TRUNCATE, 10,000 bytes unless the source type says otherwise.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/siem/siem.h"

enum { EVENT_MAX = 900 * 1000 };

struct splunk_hec_options {
  struct text url, token, index, source, sourcetype;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_URL,
     .offset = offsetof(struct splunk_hec_options, url),
     .required = true,
     .help = "the collector's URL without a path: `https://splunk.example.com:8088`"},
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct splunk_hec_options, token),
     .required = true,
     .help = "the collector's token, without indexer acknowledgement"},
    {.key = "index",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct splunk_hec_options, index),
     .usual = "the token's",
     .help = "the index that alerts go to"},
    {.key = "source",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct splunk_hec_options, source),
     .fallback = "margay",
     .help = "the events' `source`"},
    {.key = "sourcetype",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct splunk_hec_options, sourcetype),
     .fallback = "margay:alert",
     .help = "the events' `sourcetype`; give it `TRUNCATE = 0`, or Splunk cuts at 10,000 bytes"},
    DESTINATION_TLS_SETTINGS(offsetof(struct splunk_hec_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct splunk_hec_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

static void append_event(struct buffer *out, const struct siem_record *record) {
  const struct splunk_hec_options *options = record->destination->options;
  time_us time = record->time;
  buffer_printf(out, "{\"time\":%lld.%03d", (long long)(time / US_PER_SECOND),
                (int)(time % US_PER_SECOND / US_PER_MS));
  siem_put(out, "host", TEXT("margay"));
  siem_put(out, "source", options->source);
  siem_put(out, "sourcetype", options->sourcetype);
  siem_put(out, "index", options->index);
  buffer_append_string(out, ",\"event\":");
  siem_append_alert(out, record);
  buffer_append_char(out, '}');
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct splunk_hec_options *options = destination->options;
  const struct siem_record record = siem_record_of(destination, alert, attempt);
  destination_append_url(&request->url, options->url, "/services/collector/event");
  request->tls = destination_tls_files(&options->tls);
  siem_append(&request->body, &record, EVENT_MAX, append_event);
  return destination_json_headers(request, error) &&
         destination_token(request, "Splunk", options->token, error);
}

static const struct {
  int code;
  enum delivery_verdict verdict;
  const char *words;
} answers[] = {
    {1, DELIVERY_PARK, "the token is disabled"},
    {2, DELIVERY_PARK, "Splunk saw no token"},
    {3, DELIVERY_PARK, "Splunk did not accept the token's header"},
    {4, DELIVERY_PARK, "Splunk does not know the token"},
    {5, DELIVERY_PARK, "Splunk saw no event"},
    {6, DELIVERY_PARK, "Splunk could not read the event"},
    {7, DELIVERY_PARK, "the token may not write to this index"},
    {8, DELIVERY_RETRY, "Splunk failed"},
    {9, DELIVERY_RETRY, "Splunk is busy"},
    {10, DELIVERY_PARK, "the token demands indexer acknowledgement: switch it off for this token"},
    {11, DELIVERY_PARK, "the token demands indexer acknowledgement: switch it off for this token"},
    {12, DELIVERY_PARK, "Splunk saw no event"},
    {13, DELIVERY_PARK, "Splunk saw an empty event"},
    {14, DELIVERY_PARK, "the collector has no acknowledgement"},
    {15, DELIVERY_PARK, "Splunk could not read the event's fields"},
    {18, DELIVERY_RETRY, "Splunk's queues are full"},
    {19, DELIVERY_RETRY, "Splunk's acknowledgement is not available"},
    {20, DELIVERY_RETRY, "Splunk's queues are full"},
    {23, DELIVERY_RETRY, "Splunk is shutting down"},
    {24, DELIVERY_RETRY, "Splunk takes no events now"},
    {26, DELIVERY_RETRY, "Splunk's queues are full"},
    {27, DELIVERY_RETRY, "Splunk's queues are full"},
};

/* Sets the verdict of a code that is known. */
static bool judge_code(long status, json_int_t code, struct delivery_judgement *judgement) {
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    if (answers[i].code == code) {
      judgement->verdict = answers[i].verdict;
      error_set(&judgement->reason, "%s (%ld, code %d)", answers[i].words, status, (int)code);
      return true;
    }
  return false;
}

/* {"text":"Success","code":0} */
static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  (void)attempt;
  json_t *json = answer_load(response);
  const json_t *code = json_object_get(json, "code");
  if (!json_is_integer(code) || !judge_code(response->status, json_integer_value(code), judgement))
    delivery_judge_status(response, judgement);
  if (judgement->verdict == DELIVERY_DONE &&
      (!json_is_integer(code) || json_integer_value(code) != 0)) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not with a collector's success: check the URL",
              response->status);
  }
  json_decref(json);
}

const struct destination_type destination_splunk_hec = {
    .kind = {.name = "splunk_hec",
             .help = "Splunk, by its HTTP Event Collector: an event for every occasion",
             .settings = SETTINGS(settings, struct splunk_hec_options),
             .check = check},
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
