/*
 * ServiceNow, by the Table API: an incident whose correlation_id is the alert's id. Later
 * occasions are work notes, and change its state.
 *
 *   no sys_id is known ─▶ search by correlation_id ─┬─▶ found: its sys_id is kept
 *                                                    └─▶ none: create, and keep the sys_id
 *   a sys_id is known  ─▶ update (work_notes, state); 404: somebody deleted it, so search again
 *
 * An answer that is lost is followed by a search, so no incident is there twice; a work note may
 * be.
 *
 * From ServiceNow's documents, "Table API" and the dictionary of Incident: short_description 160
 * characters, description 4000, correlation_id 100, close_notes 4000. Journals show what is in
 * [code] as HTML, which incident.h's markup breaks.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/incident/incident.h"
#include "alert/message/alert_json.h"
#include "base/web/form.h"

#include <ctype.h>

enum {
  SHORT_MAX = 160,
  DESCRIPTION_MAX = 4000,
  CORRELATION_MAX = 100,
  NOTES_MAX = 4000,
};

enum part {
  PART_SEARCH,        /* to go on with what is found */
  PART_SEARCH_OPENED, /* what is found is what an earlier try created */
  PART_CREATE,
  PART_UPDATE
};

struct servicenow_options {
  struct text url, user, password, token, table, assignment_group, caller;
  struct text acknowledged_state, resolved_state, reopened_state, close_code;
  struct destination_tls tls;
};

#define PLACE(member) offsetof(struct servicenow_options, member)

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_URL,
     .offset = PLACE(url),
     .required = true,
     .help = "the instance: `https://example.service-now.com`"},
    {.key = "user",
     .kind = SETTING_TEXT,
     .offset = PLACE(user),
     .help = "a user that may read, create and write the table"},
    {.key = "password", .kind = SETTING_SECRET, .offset = PLACE(password), .help = "its password"},
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = PLACE(token),
     .help = "an OAuth access token that does not expire, instead of `user` and `password`"},
    {.key = "table",
     .kind = SETTING_TEXT,
     .offset = PLACE(table),
     .fallback = "incident",
     .help = "the table: `sn_si_incident` for Security Incident Response"},
    {.key = "assignment_group",
     .kind = SETTING_TEXT,
     .offset = PLACE(assignment_group),
     .help = "the name or sys_id of the group that incidents are assigned to"},
    {.key = "caller",
     .kind = SETTING_TEXT,
     .offset = PLACE(caller),
     .help = "the name or sys_id of the caller, where the instance demands one"},
    {.key = "acknowledged_state",
     .kind = SETTING_TEXT,
     .offset = PLACE(acknowledged_state),
     .fallback = "2",
     .help = "the number of the state of acknowledged incidents: In Progress"},
    {.key = "resolved_state",
     .kind = SETTING_TEXT,
     .offset = PLACE(resolved_state),
     .fallback = "6",
     .help = "the number of the state of resolved incidents: Resolved"},
    {.key = "reopened_state",
     .kind = SETTING_TEXT,
     .offset = PLACE(reopened_state),
     .fallback = "2",
     .help = "the number of the state of reopened incidents: In Progress"},
    {.key = "close_code",
     .kind = SETTING_TEXT,
     .offset = PLACE(close_code),
     .fallback = "Solution provided",
     .help = "the resolution code, one of the instance's own"},
    DESTINATION_TLS_SETTINGS(offsetof(struct servicenow_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct servicenow_options *options = untyped;
  if ((options->user.size > 0) != (options->password.size > 0))
    return error_set(error, "`user` and `password` go together");
  if ((options->user.size > 0) == (options->token.size > 0))
    return error_set(error, "it needs either `user` and `password`, or `token`");
  for (size_t i = 0; i < options->table.size; i++)
    if (!isalnum((unsigned char)options->table.data[i]) && options->table.data[i] != '_')
      return error_set(error, "table: a name of letters, digits and '_' is needed");
  return destination_tls_check(&options->tls, error);
}

/* ---- requests ---------------------------------------------------------------------------------
 */

/* ServiceNow's lookup makes of them the priorities 1 to 5. */
static const struct {
  const char *impact, *urgency;
} weights[SEVERITY_COUNT] = {[SEVERITY_INFO] = {"3", "3"},
                             [SEVERITY_LOW] = {"3", "2"},
                             [SEVERITY_MEDIUM] = {"2", "2"},
                             [SEVERITY_HIGH] = {"2", "1"},
                             [SEVERITY_CRITICAL] = {"1", "1"}};

/* The alert's id without what could end it in a query ('^'). */
static struct text correlation_of(const struct alert *alert, struct arena *arena) {
  struct buffer id = BUFFER_NONE;
  for (size_t i = 0; i < alert->id.size && id.size < CORRELATION_MAX; i++)
    if (isalnum((unsigned char)alert->id.data[i]))
      buffer_append_char(&id, alert->id.data[i]);
  struct text kept = arena_copy(arena, buffer_text(&id));
  buffer_free(&id);
  return kept;
}

static void set_weight(json_t *json, enum severity severity) {
  json_object_set_new(json, "impact", json_string(weights[severity].impact));
  json_object_set_new(json, "urgency", json_string(weights[severity].urgency));
}

static void set_text(json_t *json, const char *key, struct text text) {
  if (text.size > 0)
    json_object_set_new(json, key, json_from_text(text));
}

static void set_resolution(json_t *json, const struct servicenow_options *options,
                           const struct message *message) {
  set_text(json, "state", options->resolved_state);
  set_text(json, "close_code", options->close_code);
  incident_set(json, "close_notes", incident_append_news, message, NOTES_MAX);
}

static json_t *creation(const struct servicenow_options *options, const struct alert *alert,
                        const struct message *message, struct text correlation) {
  json_t *json = json_object();
  incident_set(json, "short_description", incident_append_headline, message, SHORT_MAX);
  incident_set(json, "description", incident_append_text, message, DESCRIPTION_MAX);
  set_text(json, "correlation_id", correlation);
  json_object_set_new(json, "correlation_display", json_string("margay"));
  set_weight(json, alert->severity);
  set_text(json, "assignment_group", options->assignment_group);
  set_text(json, "caller_id", options->caller);
  if (alert->state == ALERT_ACKNOWLEDGED)
    set_text(json, "state", options->acknowledged_state);
  if (alert->state == ALERT_RESOLVED)
    set_resolution(json, options, message);
  return json;
}

static json_t *change(const struct servicenow_options *options, const struct alert *alert,
                      const struct message *message, enum alert_occasion occasion) {
  json_t *json = json_object();
  enum incident_action then, action = incident_action_of(alert, occasion, &then);
  incident_set(json, "work_notes", incident_append_news, message, NOTES_MAX);
  if (occasion == OCCASION_ROSE)
    set_weight(json, alert->severity);
  if (action == INCIDENT_RESOLVE)
    set_resolution(json, options, message);
  else if (action == INCIDENT_ACKNOWLEDGE)
    set_text(json, "state", options->acknowledged_state);
  else if (action == INCIDENT_REOPEN)
    set_text(json, "state", options->reopened_state);
  return json;
}

static void append_table(struct buffer *url, const struct servicenow_options *options) {
  destination_append_url(url, options->url, "/api/now/table/");
  buffer_append_text(url, options->table);
}

#define FIELDS "sysparm_fields=sys_id"

static void render_search(const struct servicenow_options *options, struct text correlation,
                          enum alert_occasion occasion, struct delivery_request *request) {
  request->method = "GET";
  request->part = occasion == OCCASION_OPENED ? PART_SEARCH_OPENED : PART_SEARCH;
  append_table(&request->url, options);
  buffer_append_string(&request->url, "?" FIELDS "&sysparm_limit=1&sysparm_query=");
  form_append_escaped(&request->url, TEXT("correlation_id="));
  form_append_escaped(&request->url, correlation);
  form_append_escaped(&request->url, TEXT("^ORDERBYDESCsys_created_on"));
}

static void render_write(const struct servicenow_options *options, const struct alert *alert,
                         const struct message *message, const struct delivery_try *attempt,
                         struct text correlation, struct delivery_request *request) {
  struct text id = incident_progress_read(attempt).id;
  append_table(&request->url, options);
  if (id.size > 0) {
    request->method = "PATCH";
    request->part = PART_UPDATE;
    buffer_append_char(&request->url, '/');
    buffer_append_text(&request->url, id);
    json_append_and_free(&request->body,
                         change(options, alert, message, attempt->occasion.occasion));
  } else {
    request->part = PART_CREATE;
    request->once = true;
    json_append_and_free(&request->body, creation(options, alert, message, correlation));
  }
  buffer_append_string(&request->url, "?" FIELDS);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct servicenow_options *options = destination->options;
  struct arena arena = ARENA_NONE;
  struct text correlation = correlation_of(alert, &arena);
  request->tls = destination_tls_files(&options->tls);
  if (incident_progress_read(attempt).id.size == 0 && !incident_may_open(attempt)) {
    render_search(options, correlation, attempt->occasion.occasion, request);
  } else {
    struct message message;
    message_write(&message, alert, destination->display, &attempt->occasion, &arena);
    render_write(options, alert, &message, attempt, correlation, request);
  }
  arena_free(&arena);
  return destination_json_headers(request, error) &&
         (options->token.size > 0
              ? destination_token(request, "Bearer", options->token, error)
              : destination_basic(request, options->user, options->password, error));
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static void keep_id(struct delivery_judgement *judgement, const struct delivery_try *attempt,
                    const char *id, enum delivery_verdict verdict) {
  const struct incident_progress progress = {.id = text_from(id)};
  incident_progress_keep(judgement, attempt, &progress);
  judgement->verdict = verdict;
}

/* A request that was done: {"result":[…]} of a search, else {"result":{"sys_id"}}. */
static void judge_result(const struct delivery_try *attempt, const json_t *json,
                         struct delivery_judgement *judgement) {
  const json_t *result = json_object_get(json, "result");
  bool search = attempt->part == PART_SEARCH || attempt->part == PART_SEARCH_OPENED;
  const char *id = search ? ANSWER_STRING(json, "result", "0", "sys_id")
                          : ANSWER_STRING(json, "result", "sys_id");
  if (search && json_is_array(result) && json_array_size(result) == 0) {
    incident_found_none(judgement, attempt);
  } else if (!incident_is_id(text_from(id))) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered without an incident's sys_id: check the URL%s",
              attempt->part == PART_CREATE ? "; an incident may be there" : "");
  } else if (attempt->part != PART_UPDATE) {
    keep_id(judgement, attempt, id, attempt->part == PART_SEARCH ? DELIVERY_MORE : DELIVERY_DONE);
  }
}

/* Errors are {"error":{"message","detail"}}, also in a 200 of some proxies. */
static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  static const char *const detail[] = {"error", "detail", NULL};
  static const char *const message[] = {"error", "message", NULL};
  static const char *const *const paths[] = {detail, message, NULL};
  if (response->status == 404 && attempt->part == PART_UPDATE) {
    keep_id(judgement, attempt, "", DELIVERY_MORE);
    return;
  }
  answer_judge(response, paths, judgement);
  if (judgement->verdict != DELIVERY_DONE)
    return;
  json_t *json = answer_load(response);
  judge_result(attempt, json, judgement);
  json_decref(json);
}

const struct destination_type destination_servicenow = {
    .kind = {.name = "servicenow",
             .help = "ServiceNow: an incident with work notes, resolved as its alert is",
             .settings = SETTINGS(settings, struct servicenow_options),
             .check = check},
    .takes_template = true,
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
