/* Destinations, and what is still to be sent to them. */
#include "alert/message/alert_json.h"
#include "api/api.h"
#include "api/json/destination_list.h"
#include "api/json/outbox_json.h"
#include "base/json_member.h"
#include "delivery/trial.h"
#include "store/store_outbox.h"

#include <inttypes.h>

#define TRIAL_US (8 * US_PER_SECOND) /* for one request; a person waits */
#define STEP 500 /* deliveries that are changed at once, so that a daemon never waits for long */

/* ---- destinations.list --------------------------------------------------------------------- */

static bool list_destinations(const struct api_world *world, const struct api_request *request,
                              struct api_answer *answer) {
  struct destination_list list = {.arena = ARENA_NONE};
  struct error error = ERROR_NONE;
  (void)request;
  bool ok = destination_list_read(world->setup->destinations, world->setup->destination_count,
                                  world->store, &list, &error);
  api_list_begin(answer);
  for (size_t i = 0; ok && i < list.count; i++)
    json_append_and_free(api_list_next(answer), destination_json(&list.entries[i]));
  api_list_close(answer, TEXT(""));
  destination_list_clear(&list);
  return ok || api_fail(answer, &error);
}

/* ---- destinations.test --------------------------------------------------------------------- */

static const struct api_parameter id_parameters[] = {
    {.name = "id", .place = API_PATH, .type = API_TEXT, .max = 256, .help = "Of the destination"}};

static const char *const verdict_words[] = {
    [DELIVERY_DONE] = "taken",
    [DELIVERY_RETRY] = "not taken, may work later",
    [DELIVERY_PARK] = "not taken, and would be parked",
    [DELIVERY_MORE] = "taken, another request follows",
};

static void take_answer(void *context, const struct trial_answer *answer) {
  struct buffer *message = context;
  buffer_printf(message, "%s%s: ", message->size > 0 ? "\n" : "", answer->target);
  if (answer->status)
    buffer_printf(message, "answered %ld, ", answer->status);
  buffer_append_string(message, verdict_words[answer->verdict]);
  if (answer->reason->set)
    buffer_printf(message, ": %s", answer->reason->text);
}

static const struct destination *find_destination(const struct api_world *world, struct text id) {
  for (size_t i = 0; i < world->setup->destination_count; i++)
    if (text_equal(world->setup->destinations[i].id, id))
      return &world->setup->destinations[i];
  return NULL;
}

static bool test_destination(const struct api_world *world, const struct api_request *request,
                             struct api_answer *answer) {
  const struct destination *destination = find_destination(world, api_text(request, "id"));
  if (!destination)
    return api_refuse(answer, API_NOT_FOUND, "id", "there is no such destination");
  struct buffer message = BUFFER_NONE;
  const struct alert alert = trial_alert(request->now);
  const struct trial trial = {.destination = destination,
                              .alert = &alert,
                              .idempotency_key = TEXT("margay-destinations-test"),
                              .now = request->now,
                              .transfer_us = TRIAL_US,
                              .console = stdout,
                              .stop = world->ending,
                              .each = take_answer,
                              .context = &message};
  bool ok = trial_run(&trial) == DELIVERY_DONE;
  buffer_printf(&answer->body, "{\"ok\":%s", ok ? "true" : "false");
  json_member_text(&answer->body, "message", buffer_text(&message));
  buffer_append_char(&answer->body, '}');
  buffer_append_string(&answer->outcome, ok ? "taken" : "not taken");
  buffer_free(&message);
  return true;
}

/* ---- outbox.list --------------------------------------------------------------------------- */

static const char *const states[] = {"pending", "delivered", "parked", "held", NULL};

static const struct api_parameter list_parameters[] = {
    {.name = "state",
     .place = API_QUERY,
     .type = API_LIST,
     .choices = states,
     .help = "Only deliveries in this state; again for another one; pending and parked when not "
             "given"},
    {.name = "alert",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 64,
     .help = "Only of this alert"},
    {.name = "destination",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 256,
     .help = "Only to this destination"},
    API_LIMIT_ROW,
};

struct outbox {
  struct api_answer *answer;
  int64_t limit;
  bool more;
};

/* An alert has one delivery to each destination, so both together name it. */
static bool add_delivery(void *context, const struct outbox_row *row) {
  struct outbox *outbox = context;
  struct buffer id = BUFFER_NONE;
  outbox->more = outbox->answer->items == outbox->limit;
  if (outbox->more)
    return false;
  buffer_append_text(&id, row->alert_id);
  buffer_append_char(&id, '.');
  buffer_append_text(&id, row->destination_id);
  json_t *json = outbox_row_json(row);
  json_object_set_new(json, "id", json_from_text(buffer_text(&id)));
  json_append_and_free(api_list_next(outbox->answer), json);
  buffer_free(&id);
  return true;
}

static unsigned states_of(const struct api_request *request) {
  size_t count;
  const struct text *items = api_list(request, "state", &count);
  unsigned bits = 0;
  for (size_t i = 0; i < count; i++)
    for (unsigned k = 0; states[k]; k++)
      bits |= text_is(items[i], states[k]) ? 1u << k : 0;
  return bits ? bits : 1u << OUTBOX_PENDING | 1u << OUTBOX_PARKED;
}

static bool list_outbox(const struct api_world *world, const struct api_request *request,
                        struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct outbox outbox = {.answer = answer,
                          .limit = api_integer(request, "limit", API_LIMIT_DEFAULT)};
  const struct outbox_filter filter = {.alert_id = api_text(request, "alert"),
                                       .destination_id = api_text(request, "destination"),
                                       .states = states_of(request),
                                       .limit = outbox.limit + 1};
  api_list_begin(answer);
  bool ok = store_outbox_find(world->store, &filter, add_delivery, &outbox, &error);
  api_list_end(answer, TEXT(""));
  buffer_printf(&answer->body, ",\"more\":%s}", outbox.more ? "true" : "false");
  return ok || api_fail(answer, &error);
}

/* ---- outbox.retry, outbox.drop ------------------------------------------------------------- */

static const struct api_parameter change_parameters[] = {
    {.name = "id", .place = API_PATH, .type = API_TEXT, .max = 512, .help = "As the list has it"}};

static bool change(const struct api_world *world, const struct api_request *request,
                   struct api_answer *answer, unsigned in_states,
                   bool (*step)(struct store *, const struct outbox_filter *, time_us, int64_t *,
                                struct error *)) {
  struct error error = ERROR_NONE;
  struct text id = api_text(request, "id");
  const char *dot = memchr(id.data, '.', id.size);
  size_t size = dot ? (size_t)(dot - id.data) : 0;
  struct outbox_filter filter = {.states = in_states, .limit = STEP};
  int64_t count = 0;
  if (!dot || size == 0 || size + 1 == id.size)
    return api_refuse(answer, API_NOT_FOUND, "id", "there is no such delivery");
  filter.alert_id = (struct text){id.data, size};
  filter.destination_id = (struct text){dot + 1, id.size - size - 1};
  if (!step(world->store, &filter, request->now, &count, &error))
    return api_fail(answer, &error);
  if (count == 0)
    return api_refuse(answer, API_CONFLICT, "id",
                      "the delivery is gone, is being sent, or is not in a state for this");
  buffer_printf(&answer->body, "{\"count\":%" PRId64 "}", count);
  return true;
}

static bool retry(const struct api_world *world, const struct api_request *request,
                  struct api_answer *answer) {
  return change(world, request, answer, 1u << OUTBOX_PARKED | 1u << OUTBOX_HELD,
                store_outbox_retry);
}

static bool drop(const struct api_world *world, const struct api_request *request,
                 struct api_answer *answer) {
  return change(world, request, answer,
                1u << OUTBOX_PENDING | 1u << OUTBOX_PARKED | 1u << OUTBOX_HELD, store_outbox_drop);
}

/* ---- the operations ------------------------------------------------------------------------ */

static const struct api_field destination_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "configured", .type = API_BOOLEAN},
    {.name = "kind", .type = API_TEXT, .optional = true},
    {.name = "gets", .type = API_TEXT, .optional = true, .help = "Which alerts, in words"},
    {.name = "max_per_second", .type = API_INTEGER, .help = "0: there is no limit"},
    {.name = "circuit", .type = API_TEXT, .help = "closed, open or probing"},
    {.name = "waiting", .type = API_INTEGER},
    {.name = "parked", .type = API_INTEGER},
    {.name = "failures", .type = API_INTEGER, .help = "In a row"},
    {.name = "failing_since", .type = API_TIME, .optional = true},
    {.name = "last_success", .type = API_TIME, .optional = true},
    {.name = "last_failure", .type = API_TIME, .optional = true},
    {.name = "last_error", .type = API_TEXT},
    {.name = NULL},
};

static const struct api_field test_fields[] = {
    {.name = "ok", .type = API_BOOLEAN},
    {.name = "message", .type = API_TEXT, .help = "What it answered"},
    {.name = NULL},
};

static const struct api_field delivery_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "alert_id", .type = API_TEXT},
    {.name = "destination", .type = API_TEXT},
    {.name = "state", .type = API_TEXT, .help = "pending, delivered, parked or held"},
    {.name = "occasion", .type = API_TEXT, .help = "What it reports of the alert's life"},
    {.name = "severity", .type = API_TEXT},
    {.name = "attempts", .type = API_INTEGER},
    {.name = "due", .type = API_TIME},
    {.name = "updated_at", .type = API_TIME},
    {.name = "failing_since", .type = API_TIME, .optional = true},
    {.name = "idempotency_key", .type = API_TEXT},
    {.name = "last_error", .type = API_TEXT},
    {.name = NULL},
};
static const struct api_field beside_outbox[] = {
    {.name = "more", .type = API_BOOLEAN, .help = "There are more than were listed"},
    {.name = NULL}};

static const struct api_field count_fields[] = {
    {.name = "count", .type = API_INTEGER, .help = "Deliveries"}, {.name = NULL}};

const struct api_operation api_destinations_list = {
    .name = "destinations.list",
    .method = "GET",
    .path = "/destinations",
    .role = API_VIEWER,
    .summary = "List destinations and how they are",
    .help = "Each is what `margay destinations --format json` prints.",
    .fields = destination_fields,
    .lists = true,
    .run = list_destinations,
};

const struct api_operation api_destinations_test = {
    .name = "destinations.test",
    .method = "POST",
    .path = "/destinations/{id}/test",
    .role = API_ADMIN,
    .summary = "Send a destination a marked test alert, straight and not by the outbox",
    API_PARAMETERS(id_parameters),
    .fields = test_fields,
    .writes = true,
    .waits = true,
    .run = test_destination,
};

const struct api_operation api_outbox_list = {
    .name = "outbox.list",
    .method = "GET",
    .path = "/outbox",
    .role = API_VIEWER,
    .summary = "List deliveries, the oldest first",
    API_PARAMETERS(list_parameters),
    .fields = delivery_fields,
    .lists = true,
    .beside = beside_outbox,
    .run = list_outbox,
};

const struct api_operation api_outbox_retry = {
    .name = "outbox.retry",
    .method = "POST",
    .path = "/outbox/{id}/retry",
    .role = API_ADMIN,
    .summary = "Send a parked or held delivery after all",
    API_PARAMETERS(change_parameters),
    .fields = count_fields,
    .writes = true,
    .run = retry,
};

const struct api_operation api_outbox_drop = {
    .name = "outbox.drop",
    .method = "POST",
    .path = "/outbox/{id}/drop",
    .role = API_ADMIN,
    .summary = "Delete a delivery that was not made, for good",
    API_PARAMETERS(change_parameters),
    .fields = count_fields,
    .writes = true,
    .run = drop,
};
