/*
 * Splunk On-Call (VictorOps), by its REST endpoint. An incident is found by its entity_id, the
 * alert's id, so no state is kept: CRITICAL and WARNING open one or add to it, INFO adds to the
 * timeline alone, ACKNOWLEDGEMENT and RECOVERY are what they say.
 *
 * From help.splunk.com, "REST Endpoint integration for Splunk On-Call": the fields, the types, and
 * annotations (a URL of up to 1124 characters). It answers 200 with {"result":"success"} or
 * {"result":"failure"}. state_message is kept to 20,480 characters, as other clients do.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/incident/incident.h"
#include "alert/message/alert_json.h"

enum {
  ENTITY_MAX = 255,
  NAME_MAX_SHOWN = 500,
  MESSAGE_MAX = 20480,
  URL_MAX = 1124,
  AUTHOR_MAX = 100,
  ACK_MAX = 2000,
};

struct on_call_options {
  struct text url;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct on_call_options, url),
     .required = true,
     .help = "the REST endpoint's URL, with the routing key at its end"},
    DESTINATION_TLS_SETTINGS(offsetof(struct on_call_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct on_call_options *options = untyped;
  if (text_contains(options->url, TEXT("$routing_key")))
    return error_set(error, "url: put a routing key in the place of '$routing_key'");
  return destination_tls_check(&options->tls, error);
}

static const char *const types[SEVERITY_COUNT] = {[SEVERITY_INFO] = "INFO",
                                                  [SEVERITY_LOW] = "INFO",
                                                  [SEVERITY_MEDIUM] = "WARNING",
                                                  [SEVERITY_HIGH] = "CRITICAL",
                                                  [SEVERITY_CRITICAL] = "CRITICAL"};

/* Nobody is called for a note, or for more of what is resolved. */
static const char *type_of(enum incident_action action, const struct alert *alert,
                           enum alert_occasion occasion) {
  bool quiet =
      occasion == OCCASION_NOTED || occasion == OCCASION_ASSIGNED || alert->state == ALERT_RESOLVED;
  switch (action) {
  case INCIDENT_ACKNOWLEDGE:
    return "ACKNOWLEDGEMENT";
  case INCIDENT_RESOLVE:
    return "RECOVERY";
  case INCIDENT_UPDATE:
    return quiet ? "INFO" : types[alert->severity];
  case INCIDENT_OPEN:
  case INCIDENT_REOPEN:
    break;
  }
  return types[alert->severity];
}

static void set_annotations(json_t *json, const struct message *message) {
  for (size_t i = 0; i < message->link_count; i++) {
    struct buffer key = BUFFER_NONE;
    buffer_printf(&key, "vo_annotate.u.%s", message->links[i].label);
    if (message->links[i].url.size <= URL_MAX)
      json_object_set_new(json, key.data, json_from_text(message->links[i].url));
    buffer_free(&key);
  }
}

static json_t *payload(const struct alert *alert, const struct message *message, const char *type,
                       const struct message_occasion *occasion) {
  json_t *json = json_object();
  json_object_set_new(json, "message_type", json_string(type));
  json_object_set_new(json, "entity_id", incident_line(alert->id, ENTITY_MAX));
  incident_set(json, "entity_display_name", incident_append_headline, message, NAME_MAX_SHOWN);
  incident_set(json, "state_message", incident_append_text, message, MESSAGE_MAX);
  json_object_set_new(json, "monitoring_tool", json_string("margay"));
  if (alert->first_event_time != TIME_NONE)
    json_object_set_new(json, "state_start_time",
                        json_integer(alert->first_event_time / US_PER_SECOND));
  if (strcmp(type, "ACKNOWLEDGEMENT") == 0) {
    struct text by = text_trim(occasion->by);
    json_object_set_new(json, "ack_author",
                        incident_line(by.size > 0 ? by : TEXT("margay"), AUTHOR_MAX));
    incident_set(json, "ack_msg", incident_append_news, message, ACK_MAX);
  }
  set_annotations(json, message);
  return json;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct on_call_options *options = destination->options;
  const struct message_occasion *occasion = &attempt->occasion;
  enum incident_action then, action;
  action = incident_action_of(alert, occasion->occasion, &then);
  if (incident_progress_read(attempt).step > 0)
    action = then;
  request->part = then == action ? INCIDENT_PART_LAST : INCIDENT_PART_GOES_ON;
  request->tls = destination_tls_files(&options->tls);
  buffer_append_text(&request->url, options->url);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, occasion, &arena);
  json_append_and_free(
      &request->body,
      payload(alert, &message, type_of(action, alert, occasion->occasion), occasion));
  arena_free(&arena);
  return destination_json_headers(request, error);
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  static const char *const message[] = {"message", NULL};
  static const char *const *const paths[] = {message, NULL};
  answer_judge(response, paths, judgement);
  if (judgement->verdict != DELIVERY_DONE)
    return;
  json_t *json = answer_load(response);
  if (strcmp(ANSWER_STRING(json, "result"), "success") != 0) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not that the alert was accepted",
              response->status);
    answer_explain(judgement, ANSWER_STRING(json, "message"));
  }
  json_decref(json);
  incident_go_on(judgement, attempt);
}

const struct destination_type destination_splunk_on_call = {
    .kind = {.name = "splunk_on_call",
             .help = "Splunk On-Call (VictorOps): an incident that goes through its alert's life",
             .settings = SETTINGS(settings, struct on_call_options),
             .check = check},
    .takes_template = true,
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
