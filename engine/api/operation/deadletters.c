/* Records that were refused, and another try with them. */
#include "alert/message/alert_json.h"
#include "api/api.h"
#include "api/json/dead_letter_json.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>

#define STEP 500 /* that are marked at once, so that a daemon never waits for long */

static const struct api_parameter show_parameters[] = {
    {.name = "id",
     .place = API_PATH,
     .type = API_INTEGER,
     .min = 1,
     .max = INT64_MAX,
     .help = "Of the reason"},
    API_LIMIT_ROW,
};

static const struct api_parameter retry_parameters[] = {
    {.name = "id",
     .place = API_BODY,
     .type = API_INTEGER,
     .min = 1,
     .max = INT64_MAX,
     .help = "Of the reason"},
    {.name = "all", .place = API_BODY, .type = API_BOOLEAN, .help = "In the place of `id`: all"},
};

/* ---- deadletters.list ---------------------------------------------------------------------- */

static void add_reason(void *context, const struct store_dead_letter_reason *reason) {
  struct api_answer *answer = context;
  json_append_and_free(api_list_next(answer), dead_letter_reason_json(reason));
}

static bool list(const struct api_world *world, const struct api_request *request,
                 struct api_answer *answer) {
  struct error error = ERROR_NONE;
  (void)request;
  api_list_begin(answer);
  bool ok = store_dead_letter_reasons(world->store, add_reason, answer, &error);
  api_list_close(answer, TEXT(""));
  return ok || api_fail(answer, &error);
}

/* ---- deadletters.show ---------------------------------------------------------------------- */

static bool add_letter(void *context, const struct store_dead_letter *letter) {
  struct api_answer *answer = context;
  json_append_and_free(api_list_next(answer), dead_letter_json(letter));
  return true;
}

static bool show(const struct api_world *world, const struct api_request *request,
                 struct api_answer *answer) {
  struct error error = ERROR_NONE;
  api_list_begin(answer);
  if (!store_dead_letter_list(world->store, api_integer(request, "id", 0),
                              api_integer(request, "limit", API_LIMIT_DEFAULT), add_letter, answer,
                              &error))
    return api_fail(answer, &error);
  if (answer->items == 0)
    return api_refuse(answer, API_NOT_FOUND, "id", "there are no dead letters of this id");
  api_list_close(answer, TEXT(""));
  return true;
}

/* ---- deadletters.retry --------------------------------------------------------------------- */

struct reasons {
  int64_t wanted; /* 0: all */
  int64_t *ids;
  size_t count, capacity;
};

static void take_reason(void *context, const struct store_dead_letter_reason *reason) {
  struct reasons *reasons = context;
  if (reasons->wanted != 0 && reason->id != reasons->wanted)
    return;
  reasons->ids =
      memory_reserve(reasons->ids, &reasons->capacity, reasons->count + 1, sizeof *reasons->ids);
  reasons->ids[reasons->count++] = reason->id;
}

static bool mark(const struct api_world *world, const struct reasons *reasons, time_us now,
                 int64_t *total, struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && i < reasons->count; i++)
    for (int64_t count = 1; ok && count > 0 && !api_is_late(world); *total += count)
      ok = store_dead_letter_mark(world->store, reasons->ids[i], now, STEP, &count, error);
  return ok;
}

static bool retry(const struct api_world *world, const struct api_request *request,
                  struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct reasons reasons = {.wanted = api_integer(request, "id", 0)};
  int64_t total = 0;
  if (api_has(request, "id") == api_boolean(request, "all", false))
    return api_refuse(answer, API_BAD, "id", "id: give either `id`, or `all` as true");
  bool ok = store_dead_letter_reasons(world->store, take_reason, &reasons, &error);
  bool found = reasons.count > 0 || reasons.wanted == 0;
  ok = ok && mark(world, &reasons, request->now, &total, &error);
  free(reasons.ids);
  if (!ok)
    return api_fail(answer, &error);
  if (!found)
    return api_refuse(answer, API_NOT_FOUND, "id", "there are no dead letters of this id");
  buffer_printf(&answer->body, "{\"count\":%" PRId64 "}", total);
  return true;
}

/* ---- the operations ------------------------------------------------------------------------ */

static const struct api_field reason_fields[] = {
    {.name = "id", .type = API_INTEGER},
    {.name = "source_id", .type = API_TEXT},
    {.name = "log_type", .type = API_TEXT},
    {.name = "reason", .type = API_TEXT},
    {.name = "records", .type = API_INTEGER},
    {.name = "to_retry", .type = API_INTEGER, .help = "Of them: that are about to be retried"},
    {.name = "first_received_at", .type = API_TIME},
    {.name = "last_received_at", .type = API_TIME},
    {.name = NULL},
};

static const struct api_field letter_fields[] = {
    {.name = "id", .type = API_INTEGER},
    {.name = "source_id", .type = API_TEXT},
    {.name = "log_type", .type = API_TEXT},
    {.name = "row_id", .type = API_TEXT},
    {.name = "received_at", .type = API_TIME},
    {.name = "error", .type = API_TEXT},
    {.name = "record", .type = API_TEXT, .help = "As it came"},
    {.name = NULL},
};

static const struct api_field count_fields[] = {
    {.name = "count", .type = API_INTEGER, .help = "Records that are to be retried"},
    {.name = NULL}};

const struct api_operation api_deadletters_list = {
    .name = "deadletters.list",
    .method = "GET",
    .path = "/deadletters",
    .role = API_VIEWER,
    .summary = "List why records were refused, by source, log type and reason",
    .fields = reason_fields,
    .lists = true,
    .run = list,
};

const struct api_operation api_deadletters_show = {
    .name = "deadletters.show",
    .method = "GET",
    .path = "/deadletters/{id}",
    .role = API_VIEWER,
    .summary = "List the newest records that were refused for a reason",
    API_PARAMETERS(show_parameters),
    .fields = letter_fields,
    .lists = true,
    .run = show,
};

const struct api_operation api_deadletters_retry = {
    .name = "deadletters.retry",
    .method = "POST",
    .path = "/deadletters/retry",
    .role = API_ANALYST,
    .summary = "Try records that were refused once more, after a schema was changed",
    .help = "A running daemon does it within a second, another when it starts.",
    API_PARAMETERS(retry_parameters),
    .fields = count_fields,
    .writes = true,
    .run = retry,
};
