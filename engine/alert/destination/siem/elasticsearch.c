/*
 * Elasticsearch and OpenSearch: every occasion of an alert is a document in an index or a data
 * stream, with the fields of the Elastic Common Schema.
 *
 * The document's id is the idempotency key, and the request creates it (PUT TARGET/_create/ID), so
 * that a repeated one is answered with 409: the document is there, which is what was wanted. _bulk
 * would do nothing for one document but hide its error in a 200.
 *
 * What the event and alert_context hold is written as texts of JSON (event.original): their fields
 * are the events' own, and would clash with each other's mappings or exceed the 1000 fields that an
 * index takes (index.mapping.total_fields.limit). A request may have 100 MB
 * (http.max_content_length); margay's have 1 MB at most. From elastic.co/docs, "Create or update a
 * document in an index" and the ECS field reference.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/siem/siem.h"
#include "alert/message/stored_json.h"
#include "base/json_member.h"

enum {
  DOCUMENT_MAX = 1000 * 1000,
  MESSAGE_MAX = 1000,
};
#define ECS_VERSION "8.17.0"

struct elasticsearch_options {
  struct text url, index, api_key, user, password;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_URL,
     .offset = offsetof(struct elasticsearch_options, url),
     .required = true,
     .help = "the cluster's URL: `https://elastic.example.com:9200`"},
    {.key = "index",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct elasticsearch_options, index),
     .fallback = "logs-margay.alerts-default",
     .help = "the data stream or index that alerts are written to"},
    {.key = "api_key",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct elasticsearch_options, api_key),
     .help = "the API key, encoded as Elasticsearch gives it; it needs `create_doc` on the index"},
    {.key = "user",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct elasticsearch_options, user),
     .help = "the user, instead of an API key"},
    {.key = "password",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct elasticsearch_options, password),
     .help = "the user's password"},
    DESTINATION_TLS_SETTINGS(offsetof(struct elasticsearch_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct elasticsearch_options *options = untyped;
  if (options->api_key.size > 0 && options->user.size > 0)
    return error_set(error, "give either `api_key` or `user`, not both");
  if ((options->user.size > 0) != (options->password.size > 0))
    return error_set(error, "`user` and `password` go together");
  return destination_tls_check(&options->tls, error);
}

/* Kibana's own numbers for the severities of its detections. */
static const int scores[SEVERITY_COUNT] = {[SEVERITY_INFO] = 1,
                                           [SEVERITY_LOW] = 21,
                                           [SEVERITY_MEDIUM] = 47,
                                           [SEVERITY_HIGH] = 73,
                                           [SEVERITY_CRITICAL] = 99};

static void open_object(struct buffer *out, const char *key) {
  json_member_name(out, text_from(key));
  buffer_append_char(out, '{');
}

static void put(struct buffer *out, const char *key, struct text text) {
  if (text.size > 0)
    json_member_text(out, key, text);
}

static void put_event(struct buffer *out, const struct siem_record *record) {
  const struct alert *alert = record->alert;
  open_object(out, "event");
  json_member_text(out, "kind", TEXT("alert"));
  json_member_text(out, "module", TEXT("margay"));
  json_member_text(out, "dataset", TEXT("margay.alerts"));
  put(out, "provider", alert->log_type);
  put(out, "action", text_from(alert_occasion_name(record->attempt->occasion.occasion)));
  put(out, "id", alert->id);
  json_member_name(out, TEXT("severity"));
  buffer_printf(out, "%d", scores[alert->severity]);
  json_member_time(out, "created", alert->created_at);
  json_member_time(out, "start", alert->first_event_time);
  json_member_time(out, "end", alert->last_event_time);
  struct buffer page = BUFFER_NONE;
  siem_append_page(&page, record);
  put(out, "url", buffer_text(&page));
  buffer_free(&page);
  put(out, "original", alert->event);
  buffer_append_char(out, '}');
}

static void put_rule(struct buffer *out, const struct alert *alert) {
  open_object(out, "rule");
  put(out, "id", alert->rule_id);
  put(out, "name", alert->display_name);
  put(out, "description", alert->description);
  put(out, "reference", alert->reference);
  buffer_append_char(out, '}');
}

static void put_user(struct buffer *out, struct text actor) {
  if (actor.size == 0)
    return;
  open_object(out, "user");
  json_member_text(out, "name", actor);
  if (text_contains(actor, TEXT("@")))
    json_member_text(out, "email", actor);
  buffer_append_string(out, "},\"related\":{\"user\":[");
  buffer_append_json_string(out, actor);
  buffer_append_string(out, "]}");
}

static void put_list(struct buffer *out, const char *key, const json_t *list, char part) {
  const json_t *item;
  size_t i;
  open_object(out, key);
  buffer_append_string(out, "\"id\":[");
  bool first = true;
  json_array_foreach(list, i, item) {
    struct text text = {json_string_value(item), json_string_length(item)};
    const char *colon = text.size > 0 ? memchr(text.data, ':', text.size) : NULL;
    if (!colon)
      continue;
    size_t before = (size_t)(colon - text.data);
    struct text id = part == 'a' ? (struct text){text.data, before}
                                 : (struct text){colon + 1, text.size - before - 1};
    buffer_append_string(out, first ? "" : ",");
    buffer_append_json_string(out, id);
    first = false;
  }
  buffer_append_string(out, "]}");
}

/* Of the rule's reports, "TA0009:T1125" of "MITRE ATT&CK". */
static void put_threat(struct buffer *out, const struct alert *alert) {
  json_t *reports = stored_json_load(alert->reports);
  const json_t *attack = json_object_get(reports, "MITRE ATT&CK");
  if (json_array_size(attack) > 0) {
    open_object(out, "threat");
    json_member_text(out, "framework", TEXT("MITRE ATT&CK"));
    put_list(out, "tactic", attack, 'a');
    put_list(out, "technique", attack, 'b');
    buffer_append_char(out, '}');
  }
  json_decref(reports);
}

static void put_own(struct buffer *out, const struct siem_record *record) {
  const struct alert *alert = record->alert;
  const struct message_occasion *occasion = &record->attempt->occasion;
  open_object(out, "margay");
  json_member_text(out, "type", text_from(alert_type_name(alert->type)));
  json_member_text(out, "severity", text_from(severity_name(alert->severity)));
  json_member_text(out, "title", alert->title);
  json_member_name(out, TEXT("match_count"));
  buffer_printf(out, "%lld", (long long)alert->match_count);
  json_member_text(out, "state", text_from(alert_state_name(alert->state)));
  put(out, "resolution", text_from(alert_resolution_name(alert->resolution)));
  put(out, "assignee", alert->assignee);
  put(out, "by", occasion->by);
  put(out, "note", occasion->note);
  put(out, "runbook", alert->runbook);
  put(out, "dedup", alert->dedup);
  put(out, "source_id", alert->source_id);
  put(out, "source_label", alert->source_label);
  put(out, "alert_context", alert->context);
  put(out, "summary_attributes", alert->attributes);
  put(out, "left_out", text_from(record->left_out));
  buffer_append_char(out, '}');
}

static void append_document(struct buffer *out, const struct siem_record *record) {
  struct buffer message = BUFFER_NONE;
  siem_append_headline(&message, record, MESSAGE_MAX);
  buffer_append_char(out, '{');
  json_member_time(out, "@timestamp", record->time);
  json_member_text(out, "message", buffer_text(&message));
  buffer_append_string(out, ",\"ecs\":{\"version\":\"" ECS_VERSION "\"},"
                            "\"observer\":{\"vendor\":\"margay\",\"product\":\"margay\"}");
  put_event(out, record);
  put_rule(out, record->alert);
  put_user(out, record->alert->actor);
  put_threat(out, record->alert);
  json_member_name(out, TEXT("tags"));
  if (record->alert->tags.size > 0)
    stored_json_append(out, record->alert->tags);
  else
    buffer_append_string(out, "[]");
  put_own(out, record);
  buffer_append_char(out, '}');
  buffer_free(&message);
}

static bool authorize(const struct elasticsearch_options *options, struct delivery_request *request,
                      struct error *error) {
  if (options->api_key.size > 0)
    return destination_token(request, "ApiKey", options->api_key, error);
  return options->user.size == 0 ||
         destination_basic(request, options->user, options->password, error);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct elasticsearch_options *options = destination->options;
  const struct siem_record record = siem_record_of(destination, alert, attempt);
  request->method = "PUT";
  request->tls = destination_tls_files(&options->tls);
  destination_append_url(&request->url, options->url, "/");
  destination_append_part(&request->url, options->index);
  buffer_append_string(&request->url, "/_create/");
  destination_append_part(&request->url, attempt->idempotency_key);
  siem_append(&request->body, &record, DOCUMENT_MAX, append_document);
  return destination_json_headers(request, error) && authorize(options, request, error);
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  static const char *const type[] = {"error", "type", NULL};
  static const char *const *const paths[] = {type, NULL};
  (void)attempt;
  if (response->status == 409) /* it is there already */
    return;
  answer_judge(response, paths, judgement);
  if (judgement->verdict != DELIVERY_DONE)
    return;
  json_t *json = answer_load(response);
  const char *result = ANSWER_STRING(json, "result");
  if (strcmp(result, "created") != 0) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not that a document was created",
              response->status);
    answer_explain(judgement, *result ? result : ANSWER_STRING(json, "error", "type"));
  }
  json_decref(json);
}

const struct destination_type destination_elasticsearch = {
    .kind = {.name = "elasticsearch",
             .help = "Elasticsearch or OpenSearch: a document for every occasion, with ECS fields",
             .settings = SETTINGS(settings, struct elasticsearch_options),
             .check = check},
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
