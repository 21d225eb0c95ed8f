/*
 * Jira Service Management, by the integration events of its operations: what Opsgenie's alert API
 * was, with the same calls. An alert is found by its alias, the id of margay's alert, so no state
 * is kept: creating one that is open counts once more, and a closed one leaves its alias to the
 * next.
 *
 * Requests are answered before they are worked on (202 and a request's id). Whether that
 * succeeded is not asked: a close or a note for an alert that people have deleted does nothing.
 *
 * From developer.atlassian.com, "Jira Service Management ops, Integration events": an API key of
 * the integration is what authenticates (GenieKey), message 130 characters, alias 512, description
 * 15,000, entity 512, source 100, user 100, note 25,000, 20 tags of 50, details 8,000 in all.
 * identifierType=alias is not in its documents, but in Atlassian's own JSDCLOUD-14179.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/incident/incident.h"
#include "alert/message/alert_json.h"
#include "alert/message/stored_json.h"

enum {
  MESSAGE_MAX = 130,
  ALIAS_MAX = 250, /* as it stands in a URL; the service takes 512 */
  DESCRIPTION_MAX = 15000,
  ENTITY_MAX = 512,
  USER_MAX = 100,
  NOTE_MAX = 10000,
  TAG_MAX = 50,
  TAGS_MAX = 20,
  DETAIL_MAX = 500,
  DETAILS_MAX = 7500,
};

struct jsm_options {
  struct text api_key, url;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "api_key",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct jsm_options, api_key),
     .required = true,
     .help = "the API key of an API integration of a team"},
    {.key = "url",
     .kind = SETTING_URL,
     .offset = offsetof(struct jsm_options, url),
     .fallback = "https://api.atlassian.com/jsm/ops/integration/v2/alerts",
     .help = "the alerts of the integration API; Opsgenie's, until it ends, is "
             "`https://api.opsgenie.com/v2/alerts`"},
    DESTINATION_TLS_SETTINGS(offsetof(struct jsm_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct jsm_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

static const char *const priorities[SEVERITY_COUNT] = {[SEVERITY_INFO] = "P5",
                                                       [SEVERITY_LOW] = "P4",
                                                       [SEVERITY_MEDIUM] = "P3",
                                                       [SEVERITY_HIGH] = "P2",
                                                       [SEVERITY_CRITICAL] = "P1"};

static json_t *tags(const struct alert *alert) {
  json_t *stored = stored_json_load(alert->tags), *list = json_array(), *tag;
  size_t i;
  json_array_foreach(stored, i, tag) {
    struct text text = {json_string_value(tag), json_string_length(tag)};
    if (text.size > 0 && json_array_size(list) < TAGS_MAX)
      json_array_append_new(list, incident_line(text, TAG_MAX));
  }
  json_decref(stored);
  return list;
}

static json_t *creation(const struct alert *alert, const struct message *message) {
  json_t *json = json_object(), *details = json_object();
  incident_set(json, "message", incident_append_headline, message, MESSAGE_MAX);
  json_object_set_new(json, "alias", incident_line(alert->id, ALIAS_MAX));
  incident_set(json, "description", incident_append_text, message, DESCRIPTION_MAX);
  incident_add_details(details, message, DETAIL_MAX, DETAILS_MAX);
  json_object_set_new(json, "details", details);
  json_object_set_new(json, "entity", incident_line(alert->actor, ENTITY_MAX));
  json_object_set_new(json, "source", json_string("margay"));
  json_object_set_new(json, "priority", json_string(priorities[alert->severity]));
  json_object_set_new(json, "tags", tags(alert));
  return json;
}

static json_t *change(const struct message *message, struct text by) {
  json_t *json = json_object();
  incident_set(json, "note", incident_append_news, message, NOTE_MAX);
  json_object_set_new(json, "source", json_string("margay"));
  if (text_trim(by).size > 0)
    json_object_set_new(json, "user", incident_line(by, USER_MAX));
  return json;
}

/* What follows the alias; NULL: an alert is created. */
static const char *const paths[] = {[INCIDENT_OPEN] = NULL,
                                    [INCIDENT_REOPEN] = NULL,
                                    [INCIDENT_UPDATE] = "/notes?identifierType=alias",
                                    [INCIDENT_ACKNOWLEDGE] = "/acknowledge?identifierType=alias",
                                    [INCIDENT_RESOLVE] = "/close?identifierType=alias"};

static void append_alias(struct buffer *url, const struct alert *alert) {
  struct buffer alias = BUFFER_NONE;
  markup_append(&alias, &markup_incident_line, alert->id, ALIAS_MAX);
  buffer_append_char(url, '/');
  destination_append_part(url, buffer_text(&alias));
  buffer_free(&alias);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct jsm_options *options = destination->options;
  enum incident_action then, action;
  action = incident_action_of(alert, attempt->occasion.occasion, &then);
  if (incident_progress_read(attempt).step > 0)
    action = then;
  request->part = then == action ? INCIDENT_PART_LAST : INCIDENT_PART_GOES_ON;
  request->tls = destination_tls_files(&options->tls);
  destination_append_url(&request->url, options->url, "");
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  if (paths[action]) {
    append_alias(&request->url, alert);
    buffer_append_string(&request->url, paths[action]);
  }
  json_append_and_free(&request->body, paths[action] ? change(&message, attempt->occasion.by)
                                                     : creation(alert, &message));
  arena_free(&arena);
  return destination_json_headers(request, error) &&
         destination_token(request, "GenieKey", options->api_key, error);
}

/* 202 and {"result":"Request will be processed","requestId"}; errors are {"message"}. */
static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  static const char *const message[] = {"message", NULL};
  static const char *const *const said[] = {message, NULL};
  answer_judge(response, said, judgement);
  if (judgement->verdict != DELIVERY_DONE)
    return;
  json_t *json = answer_load(response);
  if (!*ANSWER_STRING(json, "requestId")) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason,
              "answered %ld, but not that the request was accepted: check the URL",
              response->status);
    answer_explain(judgement, ANSWER_STRING(json, "message"));
  }
  json_decref(json);
  incident_go_on(judgement, attempt);
}

const struct destination_type destination_jira_service_management = {
    .kind = {.name = "jira_service_management",
             .help = "Jira Service Management, an alert of its operations (the successor of "
                     "Opsgenie)",
             .settings = SETTINGS(settings, struct jsm_options),
             .check = check},
    .takes_template = true,
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
