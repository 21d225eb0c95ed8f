/* One alert: everything about it, its events, and what people do with it. */
#include "api/api.h"
#include "api/json/alert_record.h"
#include "api/operation/alert_fields.h"
#include "api/search/event_json.h"
#include "api/search/stored_reader.h"
#include "base/json_member.h"
#include "store/store_lifecycle.h"

#include <inttypes.h>
#include <stdio.h>

/* How far from an alert its actor's other alerts are looked for, and how many are shown. */
#define RELATED_US (7 * US_PER_DAY)
#define RELATED_MAX 50

#define ID_PARAMETER                                                                               \
  { .name = "id", .place = API_PATH, .type = API_TEXT, .max = 64, .help = "The alert's id" }

/* ---- everything about it ------------------------------------------------------------------- */

struct shown {
  struct store *store;
  struct buffer *json;
  struct text id;
  bool ok, more;
  int64_t count;
  struct error *error;
};

static bool append_related(void *context, const struct alert *alert) {
  struct shown *shown = context;
  struct buffer *json = shown->json;
  if (text_equal(alert->id, shown->id))
    return true;
  buffer_append_string(json, shown->count++ > 0 ? ",{" : "{");
  json_member_text(json, "alert_id", alert->id);
  json_member_text(json, "id", alert->rule_id);
  json_member_text(json, "name", alert->display_name);
  json_member_text(json, "title", alert->title);
  json_member_text(json, "severity", text_from(severity_name(alert->severity)));
  json_member_text(json, "state", text_from(alert_state_name(alert->state)));
  json_member_text(json, "resolution", text_from(alert_resolution_name(alert->resolution)));
  json_member_time(json, "created_at", alert->created_at);
  buffer_printf(json, ",\"match_count\":%" PRId64 "}", alert->match_count);
  return true;
}

/* The actor is a name and no pattern: a `*` in it finds more than it should, and no less. */
static bool append_all_related(struct shown *shown, const struct alert *alert) {
  const struct alert_filter filter = {.actor = alert->actor,
                                      .since = alert->created_at - RELATED_US,
                                      .until = alert->created_at + RELATED_US,
                                      .limit = RELATED_MAX + 1};
  buffer_append_string(shown->json, ",\"related\":[");
  bool ok = alert->actor.size == 0 ||
            store_alert_list(shown->store, &filter, append_related, shown, shown->error);
  buffer_append_char(shown->json, ']');
  return ok;
}

static void write_alert(void *context, const struct alert *alert) {
  struct shown *shown = context;
  int64_t revision = 0;
  shown->id = alert->id;
  shown->ok = alert_record_append(shown->json, shown->store, alert, shown->error) &&
              alert_record_append_history(shown->json, shown->store, alert->id, shown->error) &&
              append_all_related(shown, alert) &&
              store_alert_revision(shown->store, alert->id, &revision, shown->error);
  buffer_printf(shown->json, ",\"revision\":\"%" PRId64 "\"}", revision);
}

static bool show(struct store *store, struct text id, struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct shown shown = {.store = store, .json = &answer->body, .ok = true, .error = &error};
  bool known;
  if (!store_alert_find(store, id, write_alert, &shown, &known, &error) || !shown.ok)
    return api_fail(answer, &error);
  return known || api_refuse(answer, API_NOT_FOUND, "id",
                             "there is no such alert, or it is past its retention");
}

static bool show_alert(const struct api_world *world, const struct api_request *request,
                       struct api_answer *answer) {
  return show(world->store, api_text(request, "id"), answer);
}

static const struct api_parameter show_parameters[] = {ID_PARAMETER};

static const struct api_field history_fields[] = {
    {.name = "at", .type = API_TIME},
    {.name = "who", .type = API_TEXT},
    {.name = "via", .type = API_TEXT, .help = "api, cli or chat, for example"},
    {.name = "action", .type = API_TEXT, .help = "acknowledged, resolved, …"},
    {.name = "resolution", .type = API_TEXT, .optional = true},
    {.name = "assignee", .type = API_TEXT, .optional = true},
    {.name = "note", .type = API_TEXT, .optional = true},
    {.name = NULL},
};

static const struct api_field related_fields[] = {
    {.name = "alert_id", .type = API_TEXT},
    {.name = "id", .type = API_TEXT, .help = "The rule's id"},
    {.name = "name", .type = API_TEXT, .help = "The rule's name"},
    {.name = "title", .type = API_TEXT},
    {.name = "severity", .type = API_TEXT},
    {.name = "state", .type = API_TEXT},
    {.name = "resolution", .type = API_TEXT, .help = "Empty: none"},
    {.name = "created_at", .type = API_TIME},
    {.name = "match_count", .type = API_INTEGER},
    {.name = NULL},
};

static const struct api_field shown_fields[] = {
    ALERT_FIELDS,
    {.name = "history", .type = API_LIST, .fields = history_fields},
    {.name = "related", .type = API_LIST, .fields = related_fields},
    {.name = "revision", .type = API_TEXT, .help = "A number, for the header If-Match"},
    {.name = NULL},
};

const struct api_operation api_alerts_show = {
    .name = "alerts.show",
    .method = "GET",
    .path = "/alerts/{id}",
    .role = API_VIEWER,
    .summary = "Show everything about one alert",
    .help =
        "Beside what the list has: its history, the other alerts of its actor within seven days "
        "(`related`), and its `revision`, which a change may name in the header If-Match.",
    API_PARAMETERS(show_parameters),
    .fields = shown_fields,
    .run = show_alert,
};

/* ---- its events ---------------------------------------------------------------------------- */

struct events {
  struct api_answer *answer;
  struct stored_reader *reader;
};

static bool append_event(void *context, const struct store_event *stored) {
  struct events *events = context;
  const struct event *event = stored_reader_read(events->reader, stored);
  event_json_append(api_list_next(events->answer), stored, event);
  return true;
}

static void ignore(void *context, const struct alert *alert) {
  (void)context;
  (void)alert;
}

static bool list_events(const struct api_world *world, const struct api_request *request,
                        struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct text id = api_text(request, "id");
  bool known;
  if (!store_alert_find(world->store, id, ignore, NULL, &known, &error))
    return api_fail(answer, &error);
  if (!known)
    return api_refuse(answer, API_NOT_FOUND, "id",
                      "there is no such alert, or it is past its retention");
  struct events events = {answer, stored_reader_new(world->setup->detection->schemas)};
  api_list_begin(answer);
  bool ok = store_alert_events(world->store, id, api_integer(request, "limit", API_LIMIT_DEFAULT),
                               append_event, &events, &error);
  api_list_close(answer, TEXT(""));
  stored_reader_free(events.reader);
  return ok || api_fail(answer, &error);
}

static const struct api_field event_fields[] = {
    {.name = "row_id", .type = API_TEXT},
    {.name = "time", .type = API_TIME, .help = "Of the event"},
    {.name = "log_type", .type = API_TEXT},
    {.name = "source", .type = API_TEXT, .help = "The source's id"},
    {.name = "event",
     .type = API_ANY,
     .optional = true,
     .help = "With its p_ fields; null when no schema takes its record today"},
    {.name = "record", .type = API_TEXT, .optional = true, .help = "Then: as it came"},
    {.name = NULL},
};

static const struct api_parameter events_parameters[] = {ID_PARAMETER, API_LIMIT_ROW};

const struct api_operation api_alerts_events = {
    .name = "alerts.events",
    .method = "GET",
    .path = "/alerts/{id}/events",
    .role = API_VIEWER,
    .summary = "List an alert's events that are still kept, the oldest first",
    API_PARAMETERS(events_parameters),
    .fields = event_fields,
    .lists = true,
    .run = list_events,
};

/* ---- changes ------------------------------------------------------------------------------- */

static const char *const changes[] = {"ack", "resolve", "reopen", "assign", "note", NULL};
static const enum alert_occasion occasions[] = {
    OCCASION_ACKNOWLEDGED, OCCASION_RESOLVED, OCCASION_REOPENED, OCCASION_ASSIGNED, OCCASION_NOTED};
static const char *const resolutions[] = {"true_positive", "false_positive", "benign", NULL};

/* What one change needs and another must not have. */
static bool check_change(const struct api_request *request, enum alert_occasion action,
                         struct api_answer *answer) {
  bool resolves = action == OCCASION_RESOLVED, assigns = action == OCCASION_ASSIGNED;
  if (resolves != api_has(request, "resolution"))
    return api_refuse(answer, API_BAD, "resolution",
                      resolves ? "resolution: say what it was: true_positive, false_positive or "
                                 "benign"
                               : "resolution: only resolve takes one");
  if (assigns != api_has(request, "assignee"))
    return api_refuse(answer, API_BAD, "assignee",
                      assigns ? "assignee: say whose it is; an empty text: nobody's"
                              : "assignee: only assign takes one");
  return action != OCCASION_NOTED || api_has(request, "note") ||
         api_refuse(answer, API_BAD, "note", "note: must be given");
}

/* Whether it is the revision that whoever asks has seen. */
static bool check_revision(struct store *store, const struct api_request *request, struct text id,
                           struct api_answer *answer) {
  struct error error = ERROR_NONE;
  char tag[32];
  int64_t revision;
  if (request->if_match.size == 0 || text_is(request->if_match, "*"))
    return true;
  if (!store_alert_revision(store, id, &revision, &error))
    return api_fail(answer, &error);
  snprintf(tag, sizeof tag, "\"%" PRId64 "\"", revision);
  return text_is(request->if_match, tag) ||
         api_refuse(answer, API_CHANGED, NULL,
                    "somebody changed the alert meanwhile: look at it again");
}

static bool apply(struct store *store, const struct api_request *request,
                  struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct alert_changed changed;
  int resolution = api_choice(request, "resolution");
  const struct alert_change change = {
      .alert_id = api_text(request, "id"),
      .action = occasions[api_choice(request, "change")],
      .resolution = resolution < 0 ? RESOLUTION_NONE
                                   : (enum alert_resolution)(RESOLUTION_TRUE_POSITIVE + resolution),
      .assignee = api_text(request, "assignee"),
      .note = api_text(request, "note"),
      .who = request->caller->name,
      .via = ALERT_VIA_API};
  if (!check_change(request, change.action, answer) ||
      !check_revision(store, request, change.alert_id, answer))
    return false;
  if (!store_alert_change(store, &change, &changed, &error))
    return api_fail(answer, &error);
  if (!changed.known)
    return api_refuse(answer, API_NOT_FOUND, "id",
                      "there is no such alert, or it is past its retention");
  return changed.done ||
         api_refuse(answer, API_CONFLICT, NULL, "the alert %s", changed.reason.text);
}

/* What is looked at and what is changed is one transaction. */
static bool change_alert(const struct api_world *world, const struct api_request *request,
                         struct api_answer *answer) {
  struct error error = ERROR_NONE;
  if (!store_begin(world->store, &error))
    return api_fail(answer, &error);
  if (!apply(world->store, request, answer)) {
    store_rollback(world->store);
    return false;
  }
  if (!store_commit(world->store, &error))
    return api_fail(answer, &error);
  return show(world->store, api_text(request, "id"), answer);
}

static const struct api_parameter change_parameters[] = {
    ID_PARAMETER,
    {.name = "change",
     .place = API_BODY,
     .type = API_CHOICE,
     .required = true,
     .choices = changes,
     .help = "What is done with it"},
    {.name = "resolution",
     .place = API_BODY,
     .type = API_CHOICE,
     .choices = resolutions,
     .help = "Of resolve, which needs it: what it was"},
    {.name = "assignee",
     .place = API_BODY,
     .type = API_TEXT,
     .max = ALERT_WHO_MAX,
     .help = "Of assign, which needs it: whose it is; empty: nobody's"},
    {.name = "note",
     .place = API_BODY,
     .type = API_TEXT,
     .max = ALERT_NOTE_MAX,
     .help = "What is said about it; note needs it"},
};

const struct api_operation api_alerts_change = {
    .name = "alerts.change",
    .method = "POST",
    .path = "/alerts/{id}/changes",
    .role = API_ANALYST,
    .summary = "Acknowledge, resolve, reopen, assign or annotate an alert",
    .help =
        "Answers the alert as alerts.show does. Destinations are sent what happened, each what it "
        "is configured to get. With the header If-Match and the alert's revision in quotes it "
        "is refused with 412 when somebody was quicker.",
    API_PARAMETERS(change_parameters),
    .fields = shown_fields,
    .writes = true,
    .run = change_alert,
};
