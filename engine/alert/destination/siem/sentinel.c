/*
 * Microsoft Sentinel, by the Logs Ingestion API: a row for every occasion of an alert in a custom
 * table, through a data collection rule (DCR).
 *
 * Rows are sent with an access token of an app registration (OAuth client credentials). Tokens are
 * secrets, so they are kept where the deliveries of this destination share them, in memory and on
 * the delivery thread only: a token is asked for when there is none or it is about to expire, and
 * the row follows at once (DELIVERY_MORE). A 401 for the row means that the token is not valid any
 * more: one more is asked for, and a second 401 parks the delivery.
 *
 * The state is "" or how far a delivery is: how many tokens it has asked for, and an 'r' when
 * one was refused, "r2".
 *
 * From learn.microsoft.com, "Logs Ingestion API in Azure Monitor" (api-version 2023-01-01; 204 is
 * success; a call has at most 1 MB, a field of a row 64 KB, and the rest of a longer one is cut)
 * and "Get a token with client credentials".
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/siem/siem.h"
#include "base/json_member.h"
#include "base/web/form.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
  ALERT_MAX = 60 * 1000, /* bytes of the column Alert */
  TITLE_MAX = 1000,
  FIELD_MAX = 2000,
  TOKEN_MAX = 8000,
  TOKENS_MAX = 9, /* that a state counts; it begins anew then */
};
#define TOKEN_EARLY_US (5 * US_PER_MINUTE) /* asked for anew so long before it expires */
#define API_VERSION "2023-01-01"

enum part { PART_TOKEN, PART_ROW };

struct sentinel_options {
  struct text tenant_id, client_id, client_secret, endpoint, rule_id, stream, login_url, audience;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "endpoint",
     .kind = SETTING_URL,
     .offset = offsetof(struct sentinel_options, endpoint),
     .required = true,
     .help = "the logs ingestion URL of the data collection rule or endpoint: "
             "`https://….ingest.monitor.azure.com`"},
    {.key = "rule_id",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct sentinel_options, rule_id),
     .required = true,
     .help = "the immutable id of the data collection rule: `dcr-…`"},
    {.key = "stream",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct sentinel_options, stream),
     .fallback = "Custom-MargayAlerts_CL",
     .help = "the rule's stream for the table"},
    {.key = "tenant_id",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct sentinel_options, tenant_id),
     .required = true,
     .help = "the directory (tenant) of the app registration"},
    {.key = "client_id",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct sentinel_options, client_id),
     .required = true,
     .help = "the application (client) id; it needs the role Monitoring Metrics Publisher on the "
             "rule"},
    {.key = "client_secret",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct sentinel_options, client_secret),
     .required = true,
     .help = "a client secret of the app registration"},
    {.key = "login_url",
     .kind = SETTING_URL,
     .offset = offsetof(struct sentinel_options, login_url),
     .fallback = "https://login.microsoftonline.com",
     .help = "where tokens come from; other clouds have their own"},
    {.key = "audience",
     .kind = SETTING_URL,
     .offset = offsetof(struct sentinel_options, audience),
     .fallback = "https://monitor.azure.com",
     .help = "what tokens are for; other clouds have their own"},
    DESTINATION_TLS_SETTINGS(offsetof(struct sentinel_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct sentinel_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

/* ---- the token: "EXPIRES TOKEN" in the memo, microseconds ---------------------------------------
 */

static struct text token_of(const struct delivery_try *attempt) {
  if (!attempt->memo || attempt->memo->size == 0)
    return TEXT("");
  char *end;
  int64_t expires = strtoll(attempt->memo->data, &end, 10);
  if (*end != ' ' || attempt->now >= expires - TOKEN_EARLY_US)
    return TEXT("");
  return (struct text){end + 1, attempt->memo->size - (size_t)(end + 1 - attempt->memo->data)};
}

/* Whether it can be a header's. */
static bool is_token(struct text token) {
  for (size_t i = 0; i < token.size; i++)
    if (!isgraph((unsigned char)token.data[i]))
      return false;
  return token.size > 0 && token.size <= TOKEN_MAX;
}

static bool render_token(const struct sentinel_options *options, struct delivery_request *request,
                         struct error *error) {
  struct buffer scope = BUFFER_NONE;
  destination_append_url(&scope, options->audience, "/.default");
  request->part = PART_TOKEN;
  destination_append_url(&request->url, options->login_url, "/");
  destination_append_part(&request->url, options->tenant_id);
  buffer_append_string(&request->url, "/oauth2/v2.0/token");
  buffer_append_string(&request->body, "grant_type=client_credentials");
  form_append(&request->body, "client_id", options->client_id);
  form_append(&request->body, "client_secret", options->client_secret);
  form_append(&request->body, "scope", buffer_text(&scope));
  buffer_free(&scope);
  return delivery_request_header(request, "Content-Type", TEXT("application/x-www-form-urlencoded"),
                                 error);
}

/* ---- the row --------------------------------------------------------------------------------- */

static void put(struct buffer *out, const char *key, struct text text) {
  json_member_text(out, key, text_cut(text, FIELD_MAX));
}

static void append_row(struct buffer *out, const struct siem_record *record) {
  const struct alert *alert = record->alert;
  const struct message_occasion *occasion = &record->attempt->occasion;
  struct buffer title = BUFFER_NONE;
  siem_append_headline(&title, record, TITLE_MAX);
  buffer_append_string(out, "[{");
  json_member_time(out, "TimeGenerated", record->time);
  json_member_text(out, "Title", buffer_text(&title));
  put(out, "AlertId", alert->id);
  put(out, "Occasion", text_from(alert_occasion_name(occasion->occasion)));
  put(out, "Severity", text_from(severity_name(alert->severity)));
  put(out, "State", text_from(alert_state_name(alert->state)));
  put(out, "Resolution", text_from(alert_resolution_name(alert->resolution)));
  put(out, "Assignee", alert->assignee);
  put(out, "ChangedBy", occasion->by);
  put(out, "Note", occasion->note);
  put(out, "RuleId", alert->rule_id);
  put(out, "Actor", alert->actor);
  put(out, "LogType", alert->log_type);
  json_member_name(out, TEXT("MatchCount"));
  buffer_printf(out, "%" PRId64, alert->match_count);
  json_member_time(out, "FirstEventTime", alert->first_event_time);
  json_member_time(out, "LastEventTime", alert->last_event_time);
  json_member_name(out, TEXT("Alert"));
  siem_append(out, record, ALERT_MAX, siem_append_alert);
  buffer_append_string(out, "}]");
  buffer_free(&title);
}

static bool render_row(const struct siem_record *record, struct text token,
                       struct delivery_request *request, struct error *error) {
  const struct sentinel_options *options = record->destination->options;
  request->part = PART_ROW;
  destination_append_url(&request->url, options->endpoint, "/dataCollectionRules/");
  destination_append_part(&request->url, options->rule_id);
  buffer_append_string(&request->url, "/streams/");
  destination_append_part(&request->url, options->stream);
  buffer_append_string(&request->url, "?api-version=" API_VERSION);
  append_row(&request->body, record);
  return destination_json_headers(request, error) &&
         (token.size == 0 || destination_token(request, "Bearer", token, error));
}

/* Of a preview, the row is what a person wants to see. */
static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct sentinel_options *options = destination->options;
  const struct siem_record record = siem_record_of(destination, alert, attempt);
  struct text token = token_of(attempt);
  request->tls = destination_tls_files(&options->tls);
  if (attempt->memo && token.size == 0)
    return render_token(options, request, error);
  return render_row(&record, token, request, error);
}

/* ---- answers ----------------------------------------------------------------------------------
 */

struct progress {
  bool refused; /* a token was */
  int tokens;   /* that were asked for */
};

static struct progress progress_of(const struct delivery_try *attempt) {
  struct text state = attempt->state;
  bool refused = state.size > 0 && state.data[0] == 'r';
  char digit = state.size > refused ? state.data[refused] : '0';
  return (struct progress){refused, isdigit((unsigned char)digit) ? digit - '0' : 0};
}

static void go_on(struct delivery_judgement *judgement, struct progress progress) {
  struct buffer state = BUFFER_NONE;
  buffer_printf(&state, "%s%d", progress.refused ? "r" : "", progress.tokens);
  delivery_judgement_keep(judgement, buffer_text(&state));
  judgement->verdict = DELIVERY_MORE;
  buffer_free(&state);
}

/* {"access_token","expires_in"}; errors are {"error","error_description"}. */
static void judge_token(const struct delivery_try *attempt, const struct http_response *response,
                        struct delivery_judgement *judgement) {
  static const char *const code[] = {"error", NULL};
  static const char *const *const paths[] = {code, NULL};
  struct progress progress = progress_of(attempt);
  answer_judge(response, paths, judgement);
  error_prefix(&judgement->reason, "no access token");
  if (judgement->verdict != DELIVERY_DONE)
    return;
  json_t *json = answer_load(response);
  struct text token = text_from(ANSWER_STRING(json, "access_token"));
  json_int_t seconds = json_integer_value(json_object_get(json, "expires_in"));
  if (!is_token(token) || seconds <= TOKEN_EARLY_US / US_PER_SECOND ||
      seconds > US_PER_DAY / US_PER_SECOND) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "no access token: answered %ld, but with none that can be used",
              response->status);
  } else if (!attempt->memo) {
    judgement->verdict = DELIVERY_RETRY;
    error_set(&judgement->reason, "its destination has gone");
  } else {
    buffer_reset(attempt->memo);
    buffer_printf(attempt->memo, "%" PRId64 " ", attempt->now + (int64_t)seconds * US_PER_SECOND);
    buffer_append_text(attempt->memo, token);
    progress.tokens = progress.tokens % TOKENS_MAX + 1;
    go_on(judgement, progress);
  }
  json_decref(json);
}

/* 204; errors are {"error":{"code","message"}}. */
static void judge_row(const struct delivery_try *attempt, const struct http_response *response,
                      struct delivery_judgement *judgement) {
  static const char *const message[] = {"error", "message", NULL};
  static const char *const code[] = {"error", "code", NULL};
  static const char *const *const paths[] = {message, code, NULL};
  struct progress progress = progress_of(attempt);
  answer_judge(response, paths, judgement);
  if (response->status == 401 && attempt->memo)
    buffer_reset(attempt->memo);
  if (response->status == 401 && !progress.refused) {
    judgement->reason = ERROR_NONE;
    progress.refused = true;
    go_on(judgement, progress);
  } else if (judgement->verdict == DELIVERY_DONE && response->status != 204) {
    judgement->verdict = DELIVERY_PARK;
    error_set(&judgement->reason, "answered %ld, but not as the Logs Ingestion API: check the URL",
              response->status);
  }
  if (judgement->verdict != DELIVERY_MORE && attempt->state.size > 0)
    delivery_judgement_keep(judgement, TEXT(""));
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  if (attempt->part == PART_TOKEN)
    judge_token(attempt, response, judgement);
  else
    judge_row(attempt, response, judgement);
}

const struct destination_type destination_sentinel = {
    .kind = {.name = "sentinel",
             .help = "Microsoft Sentinel, by the Logs Ingestion API: a row for every occasion",
             .settings = SETTINGS(settings, struct sentinel_options),
             .check = check},
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
