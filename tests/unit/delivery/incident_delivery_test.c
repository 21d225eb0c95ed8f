/* Incidents that go through their alerts' lives: over a real store and delivery, and receivers that
 * keep incidents as PagerDuty and ServiceNow do. */
#include "delivery/delivery_fixture.h"

#include "store/sqlite/internal.h"
#include "store/store_lifecycle.h"

extern const struct destination_type destination_pagerduty, destination_servicenow;

#define ALERT_ID "00112233445566778899aabbccddeeff"

enum { INCIDENTS_MAX = 8 };

/* ---- services ------------------------------------------------------------------------------ */

struct service {
  struct receiver receiver;
  char states[INCIDENTS_MAX][16];
  size_t count;
  int notes;
  char url[64];
  size_t lost; /* the answer to request number `lost` is not given */
};

static void set_state(struct service *service, size_t place, const char *state) {
  snprintf(service->states[place], sizeof service->states[0], "%s", state);
}

static json_t *body_of(const char *request) {
  const char *body = strstr(request, "\r\n\r\n");
  return json_loads(body ? body + 4 : "", 0, NULL);
}

static int answered(struct service *service, int status, struct buffer *body) {
  if (service->receiver.count != service->lost)
    return status;
  buffer_reset(body);
  return 0;
}

static int pagerduty(void *context, const char *request, struct buffer *body) {
  struct service *service = context;
  json_t *event = body_of(request);
  const char *action = json_string_value(json_object_get(event, "event_action"));
  size_t last = service->count > 0 ? service->count - 1 : 0;
  bool open = service->count > 0 && strcmp(service->states[last], "resolved") != 0;
  if (action && strcmp(action, "trigger") == 0 && !open)
    set_state(service, service->count++, "triggered");
  else if (action && open && strcmp(action, "trigger") != 0)
    set_state(service, last, strcmp(action, "resolve") == 0 ? "resolved" : "acknowledged");
  service->notes++;
  json_decref(event);
  buffer_append_string(body, "{\"status\":\"success\"}");
  return answered(service, 202, body);
}

/* A POST is always one more incident; sys_ids are "id0", "id1", … */
static int servicenow(void *context, const char *request, struct buffer *body) {
  struct service *service = context;
  json_t *record = body_of(request);
  const char *state = json_string_value(json_object_get(record, "state"));
  const char *id = strstr(request, "/incident/id");
  size_t place = id ? strtoul(id + strlen("/incident/id"), NULL, 10) : service->count;
  int status = 200;
  if (strncmp(request, "GET ", 4) == 0) {
    bool found = service->count > 0 && strstr(request, "correlation_id%3D" ALERT_ID);
    buffer_append_string(body, found ? "{\"result\":[{\"sys_id\":\"id0\"}]}" : "{\"result\":[]}");
  } else {
    if (!id) {
      set_state(service, service->count++, "new");
      status = 201;
    }
    if (state)
      set_state(service, place, strcmp(state, "6") == 0 ? "resolved" : "in progress");
    service->notes += json_object_get(record, "work_notes") != NULL;
    buffer_printf(body, "{\"result\":{\"sys_id\":\"id%zu\"}}", place);
  }
  json_decref(record);
  return answered(service, status, body);
}

static void start_service(struct service *service,
                          int (*answer)(void *context, const char *request, struct buffer *body)) {
  *service = (struct service){.count = 0};
  receiver_start(&service->receiver, NULL, 0);
  service->receiver.answer = answer;
  service->receiver.context = service;
}

/* "resolved triggered " */
static char *states(struct service *service) {
  struct buffer out = BUFFER_NONE;
  pthread_mutex_lock(&service->receiver.mutex);
  for (size_t i = 0; i < service->count; i++)
    buffer_printf(&out, "%s ", service->states[i]);
  pthread_mutex_unlock(&service->receiver.mutex);
  return out.data ? buffer_steal(&out) : memory_copy_string("");
}

/* ---- alerts -------------------------------------------------------------------------------- */

static void use_pagerduty(struct fixture *f, struct service *service) {
  start_service(service, pagerduty);
  add_destination(f, &destination_pagerduty, "incidents", service->receiver.url);
  option_set(&destination_pagerduty, f->destinations[0].options, "routing_key", "sesame");
}

static void use_servicenow(struct fixture *f, struct service *service) {
  static const struct {
    const char *key, *value;
  } options[] = {{"user", "margay"},          {"password", "sesame"},  {"table", "incident"},
                 {"acknowledged_state", "2"}, {"resolved_state", "6"}, {"reopened_state", "2"},
                 {"close_code", "Closed"}};
  start_service(service, servicenow);
  snprintf(service->url, sizeof service->url, "http://127.0.0.1:%u", service->receiver.port);
  add_destination(f, &destination_servicenow, "incidents", NULL);
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    option_set(&destination_servicenow, f->destinations[0].options, options[i].key,
               options[i].value);
  option_set(&destination_servicenow, f->destinations[0].options, "url", service->url);
}

static void open_alert(struct fixture *f) {
  const struct store_destination destination = {TEXT("incidents"), ALERT_WHEN_ALWAYS};
  struct alert alert = alert_sample();
  alert.match_count = 1;
  done(f, store_destinations_set(f->store, &destination, 1, &f->error));
  done(f, store_begin(f->store, &f->error));
  done(f, store_alert_add(f->store, &alert, &f->error));
  done(f, store_outbox_add(f->store, alert.id, TEXT("incidents"), SAMPLE_TIME, &f->error));
  done(f, store_commit(f->store, &f->error));
}

static void grow(struct fixture *f) {
  const struct alert_join join = {
      .alert_id = TEXT(ALERT_ID), .event_time = SAMPLE_TIME, .severity = SEVERITY_HIGH};
  struct alert_joined joined;
  done(f, store_begin(f->store, &f->error));
  for (int i = 0; i < 10; i++)
    done(f, store_alert_join(f->store, &join, &joined, &f->error));
  done(f, store_commit(f->store, &f->error));
}

static void change(struct fixture *f, enum alert_occasion action) {
  const struct alert_change wanted = {
      .alert_id = TEXT(ALERT_ID), .action = action, .who = TEXT("lisa"), .note = TEXT("ours")};
  struct alert_changed changed;
  done(f, store_alert_change(f->store, &wanted, &changed, &f->error));
  assert_true(changed.done);
}

/* Until everything is delivered. */
static void settle(struct fixture *f) {
  delivery_wake(f->delivery);
  for (int i = 0; counts(f).outbox_delivered != 1; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("the delivery does not get there");
}

static void assert_states(struct service *service, const char *expected) {
  char *found = states(service);
  assert_string_equal(found, expected);
  free(found);
}

/* ---- lives --------------------------------------------------------------------------------- */

struct life_step {
  enum alert_occasion occasion;
  const char *states;
};

static void live(struct fixture *f, struct service *service, const struct life_step *steps,
                 size_t count) {
  start_delivery(f);
  for (size_t i = 0; i < count; i++) {
    if (steps[i].occasion == OCCASION_OPENED)
      open_alert(f);
    else if (steps[i].occasion == OCCASION_GREW)
      grow(f);
    else
      change(f, steps[i].occasion);
    settle(f);
    assert_states(service, steps[i].states);
  }
}
#define LIVE(f, service, steps) live((f), (service), (steps), sizeof(steps) / sizeof *(steps))

static void end_service(struct fixture *f, struct service *service) {
  delivery_free(f->delivery);
  f->delivery = NULL;
  receiver_stop(&service->receiver);
}

static const struct life_step pagerduty_life[] = {{OCCASION_OPENED, "triggered "},
                                                  {OCCASION_GREW, "triggered "},
                                                  {OCCASION_ACKNOWLEDGED, "acknowledged "},
                                                  {OCCASION_RESOLVED, "resolved "},
                                                  {OCCASION_REOPENED, "resolved triggered "}};

static const struct life_step servicenow_life[] = {{OCCASION_OPENED, "new "},
                                                   {OCCASION_GREW, "new "},
                                                   {OCCASION_ACKNOWLEDGED, "in progress "},
                                                   {OCCASION_RESOLVED, "resolved "},
                                                   {OCCASION_REOPENED, "in progress "}};

static void pagerduty_follows_an_alert(void **state) {
  struct fixture *f = *state;
  struct service service;
  use_pagerduty(f, &service);
  LIVE(f, &service, pagerduty_life);
  assert_int_equal(service.notes, 5);
  end_service(f, &service);
}

static void servicenow_follows_an_alert(void **state) {
  struct fixture *f = *state;
  struct service service;
  use_servicenow(f, &service);
  LIVE(f, &service, servicenow_life);
  assert_int_equal(service.notes, 4);
  end_service(f, &service);
}

static void an_answer_that_is_lost_opens_no_second_incident(void **state) {
  struct fixture *f = *state;
  struct service service;
  use_servicenow(f, &service);
  service.lost = 2; /* that of the creation, after the search */
  LIVE(f, &service, servicenow_life);
  end_service(f, &service);
}

/* The result of what was sent cannot be recorded, and the next start sends it again. */
static void a_crash_before_the_result_was_kept_opens_no_second_incident(void **state) {
  struct fixture *f = *state;
  struct service service;
  use_servicenow(f, &service);
  open_alert(f);
  assert_int_equal(sqlite3_exec(f->store->db,
                                "CREATE TRIGGER full BEFORE INSERT ON destination_state"
                                " WHEN CAST(new.state AS TEXT) LIKE '% id0%'"
                                " BEGIN SELECT RAISE(ABORT, 'no room'); END",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  start_delivery(f);
  wait_log(f, "no room");
  delivery_free(f->delivery);
  assert_states(&service, "new ");
  assert_int_equal(sqlite3_exec(f->store->db, "DROP TRIGGER full", NULL, NULL, NULL), SQLITE_OK);
  start_delivery(f);
  settle(f);
  assert_states(&service, "new ");
  end_service(f, &service);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(pagerduty_follows_an_alert),
      DELIVERY_TEST(servicenow_follows_an_alert),
      DELIVERY_TEST(an_answer_that_is_lost_opens_no_second_incident),
      DELIVERY_TEST(a_crash_before_the_result_was_kept_opens_no_second_incident),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
