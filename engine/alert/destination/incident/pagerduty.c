/*
 * PagerDuty, by the Events API v2. An incident is found by its dedup_key, the alert's id, so a
 * repeated request changes nothing and no state is kept.
 *
 * What happened to the alert becomes an event_action: trigger opens an incident, or adds to the one
 * that is open; acknowledge and resolve are what they say. A resolved incident is not reopened: the
 * trigger that follows opens another one with the same key. Nobody is called for an alert that is
 * resolved before it was sent.
 *
 * Limits from developer.pagerduty.com, "Events API v2 Overview" and "Send an Alert Event": summary
 * 1024 characters, dedup_key 255, the event 512 KB; of 429 it says to wait some minutes.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/incident/incident.h"
#include "alert/message/alert_json.h"

enum {
  SUMMARY_MAX = 1024,
  KEY_MAX = 255,
  FIELD_MAX = 255,     /* source, component, group, class */
  WORDS_MAX = 8000,    /* description, runbook */
  DETAIL_MAX = 1000,   /* of one detail, */
  DETAILS_MAX = 20000, /* and of all: far below 512 KB, also where a character takes six bytes */
  LINK_MAX = 2000,
};
#define TOO_MANY_US (2 * US_PER_MINUTE)

struct pagerduty_options {
  struct text routing_key, url;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "routing_key",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct pagerduty_options, routing_key),
     .required = true,
     .help = "the integration key of a service's Events API v2 integration"},
    {.key = "url",
     .kind = SETTING_URL,
     .offset = offsetof(struct pagerduty_options, url),
     .fallback = "https://events.pagerduty.com/v2/enqueue",
     .help = "where events go; in the EU `https://events.eu.pagerduty.com/v2/enqueue`"},
    DESTINATION_TLS_SETTINGS(offsetof(struct pagerduty_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct pagerduty_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

/* Nobody is called for more of what is resolved. */
static const char *action_name(enum incident_action action, const struct alert *alert) {
  if (action == INCIDENT_RESOLVE || (action == INCIDENT_UPDATE && alert->state == ALERT_RESOLVED))
    return "resolve";
  return action == INCIDENT_ACKNOWLEDGE ? "acknowledge" : "trigger";
}

static const char *const severities[SEVERITY_COUNT] = {[SEVERITY_INFO] = "info",
                                                       [SEVERITY_LOW] = "info",
                                                       [SEVERITY_MEDIUM] = "warning",
                                                       [SEVERITY_HIGH] = "error",
                                                       [SEVERITY_CRITICAL] = "critical"};

static json_t *details(const struct message *message) {
  json_t *object = json_object();
  const struct {
    const char *label;
    struct text value;
  } words[] = {{"What is new", message->news},
               {"Description", message->why},
               {"Runbook", message->runbook},
               {"Reference", message->reference}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (words[i].value.size > 0)
      json_object_set_new(object, words[i].label, incident_line(words[i].value, WORDS_MAX));
  incident_add_details(object, message, DETAIL_MAX, DETAILS_MAX);
  return object;
}

static json_t *links(const struct message *message) {
  json_t *list = json_array();
  for (size_t i = 0; i < message->link_count; i++) {
    if (message->links[i].url.size > LINK_MAX)
      continue;
    json_t *link = json_object();
    json_object_set_new(link, "href", json_from_text(message->links[i].url));
    json_object_set_new(link, "text", json_string(message->links[i].label));
    json_array_append_new(list, link);
  }
  return list;
}

static json_t *payload(const struct alert *alert, const struct message *message) {
  json_t *json = json_object();
  struct text source = alert->source_label.size > 0 ? alert->source_label : alert->source_id;
  incident_set(json, "summary", incident_append_headline, message, SUMMARY_MAX);
  json_object_set_new(json, "source",
                      incident_line(source.size > 0 ? source : TEXT("margay"), FIELD_MAX));
  json_object_set_new(json, "severity", json_string(severities[alert->severity]));
  if (alert->first_event_time != TIME_NONE)
    json_object_set_new(json, "timestamp", json_from_time(alert->first_event_time));
  json_object_set_new(json, "component", incident_line(alert->log_type, FIELD_MAX));
  json_object_set_new(json, "group", json_string("margay"));
  json_object_set_new(json, "class", incident_line(alert->rule_id, FIELD_MAX));
  json_object_set_new(json, "custom_details", details(message));
  return json;
}

static json_t *event(const struct pagerduty_options *options, const struct alert *alert,
                     const struct message *message, const char *action) {
  json_t *json = json_object();
  json_object_set_new(json, "routing_key", json_from_text(options->routing_key));
  json_object_set_new(json, "event_action", json_string(action));
  json_object_set_new(json, "dedup_key", incident_line(alert->id, KEY_MAX));
  if (strcmp(action, "trigger") != 0)
    return json;
  json_object_set_new(json, "client", json_string("margay"));
  json_object_set_new(json, "payload", payload(alert, message));
  json_object_set_new(json, "links", links(message));
  return json;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct pagerduty_options *options = destination->options;
  enum incident_action then, action;
  action = incident_action_of(alert, attempt->occasion.occasion, &then);
  if (incident_progress_read(attempt).step > 0)
    action = then;
  request->part = then == action ? INCIDENT_PART_LAST : INCIDENT_PART_GOES_ON;
  struct arena arena = ARENA_NONE;
  struct message message;
  buffer_append_text(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  json_append_and_free(&request->body, event(options, alert, &message, action_name(action, alert)));
  arena_free(&arena);
  return destination_json_headers(request, error);
}

/* 202 and {"status":"success"}; errors are {"status","message","errors":[…]}. */
static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  static const char *const first_error[] = {"errors", "0", NULL};
  static const char *const message[] = {"message", NULL};
  static const char *const *const paths[] = {first_error, message, NULL};
  answer_judge(response, paths, judgement);
  if (response->status == 429 && response->retry_after_us <= 0)
    judgement->delay_us = TOO_MANY_US;
  if (judgement->verdict != DELIVERY_DONE)
    return;
  json_t *json = answer_load(response);
  if (!json || strcmp(ANSWER_STRING(json, "status"), "success") != 0) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not that the event was accepted",
              response->status);
    answer_explain(judgement, ANSWER_STRING(json, "message"));
  }
  json_decref(json);
  incident_go_on(judgement, attempt);
}

const struct destination_type destination_pagerduty = {
    .kind = {.name = "pagerduty",
             .help = "PagerDuty: an incident that is acknowledged and resolved as its alert is",
             .settings = SETTINGS(settings, struct pagerduty_options),
             .check = check},
    .takes_template = true,
    .occasions = ALERT_WHEN(OCCASION_GREW) | ALERT_WHEN(OCCASION_ROSE) |
                 ALERT_WHEN(OCCASION_ACKNOWLEDGED) | ALERT_WHEN(OCCASION_RESOLVED) |
                 ALERT_WHEN(OCCASION_REOPENED),
    .render = render,
    .judge = judge,
};
