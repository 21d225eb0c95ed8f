/* How margay is, and its sources. */
#include "alert/message/alert_json.h"
#include "api/api.h"
#include "api/status/status.h"

/* ---- health.show --------------------------------------------------------------------------- */

static bool show_health(const struct api_world *world, const struct api_request *request,
                        struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct status status;
  bool ok = status_read(world->store, world->state_path, request->now, &status, &error);
  if (ok) {
    json_t *json = status_json(&status);
    json_object_set_new(json, "version", json_string(MARGAY_VERSION));
    json_append_and_free(&answer->body, json);
  }
  status_free(&status);
  return ok || api_fail(answer, &error);
}

/* ---- sources.list -------------------------------------------------------------------------- */

struct sources {
  struct api_answer *answer;
  struct status status; /* for the time */
};

static void add_source(void *context, const struct store_source_health *source) {
  struct sources *sources = context;
  json_append_and_free(api_list_next(sources->answer),
                       status_source_json(&sources->status, source));
}

static bool list_sources(const struct api_world *world, const struct api_request *request,
                         struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct sources sources = {.answer = answer, .status = {.now = request->now}};
  api_list_begin(answer);
  bool ok = store_health_sources(world->store, add_source, &sources, &error);
  api_list_close(answer, TEXT(""));
  return ok || api_fail(answer, &error);
}

/* ---- the operations ------------------------------------------------------------------------ */

static const struct api_field source_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "label", .type = API_TEXT},
    {.name = "kind", .type = API_TEXT},
    {.name = "state", .type = API_TEXT, .help = "starting, working, failing, failed or ended"},
    {.name = "known_since", .type = API_TIME, .optional = true},
    {.name = "last_event_time", .type = API_TIME, .optional = true},
    {.name = "last_event_received_at", .type = API_TIME, .optional = true},
    {.name = "last_success_at", .type = API_TIME, .optional = true},
    {.name = "watermark", .type = API_TIME, .optional = true, .help = "Everything before is here"},
    {.name = "lag_seconds", .type = API_INTEGER, .optional = true, .help = "Since the last event"},
    {.name = "watermark_lag_seconds", .type = API_INTEGER, .optional = true},
    {.name = "rows_today", .type = API_INTEGER},
    {.name = "fault", .type = API_TEXT, .help = "credentials, scope or other; empty: none"},
    {.name = "error", .type = API_TEXT},
    {.name = "error_since", .type = API_TIME, .optional = true},
    {.name = "errors", .type = API_INTEGER, .help = "In a row"},
    {.name = NULL},
};

static const struct api_field daemon_fields[] = {
    {.name = "state", .type = API_TEXT, .help = "running, silent, died, stopped or never ran"},
    {.name = "version", .type = API_TEXT, .optional = true},
    {.name = "pid", .type = API_INTEGER, .optional = true},
    {.name = "started_at", .type = API_TIME, .optional = true},
    {.name = "heartbeat_at", .type = API_TIME, .optional = true},
    {.name = "heartbeat_age_seconds", .type = API_INTEGER, .optional = true},
    {.name = "stopped_at", .type = API_TIME, .optional = true},
    {.name = "commits", .type = API_BOOLEAN, .optional = true, .help = "The last one worked"},
    {.name = NULL},
};
static const struct api_field rules_fields[] = {{.name = "loaded", .type = API_INTEGER},
                                                {.name = "mistakes", .type = API_INTEGER},
                                                {.name = "paused", .type = API_INTEGER},
                                                {.name = NULL}};
static const struct api_field destination_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "configured", .type = API_BOOLEAN},
    {.name = "waiting", .type = API_INTEGER},
    {.name = "failing", .type = API_INTEGER},
    {.name = "parked", .type = API_INTEGER},
    {.name = "oldest_waiting_at", .type = API_TIME, .optional = true},
    {.name = "last_error", .type = API_TEXT},
    {.name = NULL},
};
static const struct api_field alarm_fields[] = {
    {.name = "kind", .type = API_TEXT},     {.name = "subject", .type = API_TEXT},
    {.name = "detail", .type = API_TEXT},   {.name = "since", .type = API_TIME},
    {.name = "alert_id", .type = API_TEXT}, {.name = NULL},
};
static const struct api_field letters_fields[] = {
    {.name = "records", .type = API_INTEGER},
    {.name = "reasons", .type = API_INTEGER},
    {.name = "last_received_at", .type = API_TIME, .optional = true},
    {.name = NULL},
};
static const struct api_field suppressed_fields[] = {{.name = "matches", .type = API_INTEGER},
                                                     {.name = "rules", .type = API_INTEGER},
                                                     {.name = NULL}};
static const struct api_field state_fields[] = {
    {.name = "path", .type = API_TEXT},
    {.name = "file_bytes", .type = API_INTEGER},
    {.name = "free_bytes", .type = API_INTEGER},
    {.name = "log_bytes", .type = API_INTEGER},
    {.name = "events", .type = API_INTEGER, .help = "About"},
    {.name = "oldest_event_received_at", .type = API_TIME, .optional = true},
    {.name = "disk_free_bytes", .type = API_INTEGER, .optional = true},
    {.name = "disk_total_bytes", .type = API_INTEGER, .optional = true},
    {.name = NULL},
};

static const struct api_field health_fields[] = {
    {.name = "ok", .type = API_BOOLEAN},
    {.name = "at", .type = API_TIME},
    {.name = "version", .type = API_TEXT, .help = "Of the margay that answers"},
    {.name = "problems", .type = API_LIST, .help = "What is wrong, in words"},
    {.name = "daemon", .type = API_OBJECT, .fields = daemon_fields},
    {.name = "rules", .type = API_OBJECT, .fields = rules_fields},
    {.name = "sources", .type = API_LIST, .fields = source_fields},
    {.name = "destinations", .type = API_LIST, .fields = destination_fields},
    {.name = "alarms", .type = API_LIST, .fields = alarm_fields},
    {.name = "dead_letters", .type = API_OBJECT, .fields = letters_fields},
    {.name = "suppressed", .type = API_OBJECT, .fields = suppressed_fields},
    {.name = "state", .type = API_OBJECT, .fields = state_fields},
    {.name = NULL},
};

const struct api_operation api_health_show = {
    .name = "health.show",
    .method = "GET",
    .path = "/health",
    .role = API_VIEWER,
    .summary = "Show how the daemon, its sources and its destinations are, and what is wrong",
    .help = "This is what `margay status --format json` prints.",
    .fields = health_fields,
    .run = show_health,
};

const struct api_operation api_sources_list = {
    .name = "sources.list",
    .method = "GET",
    .path = "/sources",
    .role = API_VIEWER,
    .summary = "List sources and how they are",
    .fields = source_fields,
    .lists = true,
    .run = list_sources,
};
