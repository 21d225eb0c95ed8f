/* Records whose keys are all the same: the beginning of one value shows the schema. */
#include "event/event_fixture.h"

#define BODY(event, payload)                                                                       \
  "{\"event\":\"" event "\",\"event_ts\":1711004943216,\"payload\":" payload "}"

static void the_name_of_a_webhooks_event_chooses_its_schema(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *event, *log_type;
  } table[] = {
      {"account.settings_updated", "Zoom.Account"},
      {"information_barriers.policy_deleted", "Zoom.Account"},
      {"app_deauthorized", "Zoom.App"},
      {"app.authorization_request_created", "Zoom.App"},
      {"bot_installed", "Zoom.App"},
      {"user.signed_in", "Zoom.User"},
      {"group.admin_added", "Zoom.User"},
      {"meeting.participant_joined", "Zoom.Meeting"},
      {"webinar.registration_denied", "Zoom.Webinar"},
      {"recording.batch_trashed", "Zoom.Recording"},
      {"phone.emergency_alert", "Zoom.Phone"},
      {"chat_message.sent", "Zoom.Chat"},
      {"chat_channel.member_invited", "Zoom.Chat"},
      {"team_chat.file_shared", "Zoom.Chat"},
      {"zoomroom.alert", "Zoom.Room"},
      {"room.sensor_data", "Zoom.Room"},
      {"contact_center.user_login", "Zoom.ContactCenter"},
      {"whiteboard.shared", "Zoom.Whiteboard"},
      {"calendar.event_delete", "Zoom.Calendar"},
      {"scheduler.scheduled_event_created", "Zoom.Calendar"},
      {"node.server_offline", "Zoom.Node"},
      {"session.user_joined", "Zoom.VideoSession"},
      {"workspace.created", "Zoom.Workspace"},
      {"visitor_management.checked_in", "Zoom.Workspace"},
      {"zoom_events.ticket_created", "Zoom.Events"},
      {"docs.file_created", "Zoom.Docs"},
      /* of none that is known */
      {"task.created", "Zoom.Webhook"},
      {"endpoint.url_validation", "Zoom.Webhook"},
      {"meeting", "Zoom.Webhook"},
      {"Meeting.created", "Zoom.Webhook"},
      {"", "Zoom.Webhook"},
      {"users.created", "Zoom.Webhook"},
  };
  use_bundled(fixture);
  for (int round = 0; round < 2; round++) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      char record[256];
      snprintf(record, sizeof record, BODY("%s", "{\"account_id\":\"a\",\"object\":{}}"),
               table[i].event);
      const struct event *event = read_event(fixture, record);
      assert_true(text_is(event->log_type, table[i].log_type));
      assert_true(event->event_time == INT64_C(1711004943216000));
    }
  }
}

static void the_schema_that_the_name_chooses_takes_whatever_the_body_holds(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *record, *log_type, *errors;
  } table[] = {
      {BODY("user.deleted", "{\"object\":{\"email\":5}}"), "Zoom.User",
       "[\"payload.object.email\"]"},
      {BODY("meeting.started", "[]"), "Zoom.Meeting", "[\"payload\"]"},
      {BODY("mail.x", "[]"), "Zoom.Webhook", "[\"payload\"]"},
      {"{\"event\":\"meeting.deleted\",\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\"}",
       "Zoom.Meeting", "[\"p_event_time\"]"},
      {"{\"event\":\"phone.x\"}", "Zoom.Phone", "[\"p_event_time\"]"},
      {"{\"event\":7,\"event_ts\":1711004943216,\"payload\":{}}", "Zoom.Webhook", "[\"event\"]"},
  };
  use_bundled(fixture);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char errors[100];
    const struct event *event = read_event(fixture, table[i].record);
    snprintf(errors, sizeof errors, "\"p_schema_errors\":%s", table[i].errors);
    assert_true(text_is(event->log_type, table[i].log_type));
    assert_non_null(strstr(write_event(fixture, event), errors));
  }
}

static void a_given_log_type_is_held_to_its_beginnings(void **state) {
  struct fixture *fixture = *state;
  use_bundled(fixture);
  assert_null(read_as(fixture, TEXT(BODY("user.created", "{}")), TEXT("Zoom.Meeting")));
  assert_string_equal(
      fixture->error.text,
      "Zoom.Meeting: field 'event': 'user.created' does not begin with an allowed text");
}

/* The second member says, and it may be absent. */
static void a_schema_whose_discriminator_is_absent_may_take_the_record(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, "schema: T\nfields:\n  - {name: a, type: int}\n"
                      "  - {name: kind, type: string, validate: {startswith: [x, yz]}}\n");
  assert_non_null(read_event(fixture, "{\"a\":1}"));
  assert_non_null(read_event(fixture, "{\"a\":1,\"kind\":null}"));
  assert_non_null(read_event(fixture, "{\"a\":1,\"kind\":\"yz\"}"));
  assert_null(read_as(fixture, TEXT("{\"a\":1,\"kind\":\"y\"}"), TEXT("")));
  assert_string_equal(fixture->error.text,
                      "T: field 'kind': 'y' does not begin with an allowed text");
  assert_null(read_as(fixture, TEXT("{\"a\":1,\"kind\":5}"), TEXT("")));
  assert_string_equal(fixture->error.text,
                      "T: field 'kind': expected string, found a whole number");
}

static void people_and_addresses_in_webhooks_are_indicators(void **state) {
  struct fixture *fixture = *state;
  use_bundled(fixture);
  const struct event *event =
      read_event(fixture, BODY("meeting.participant_joined",
                               "{\"account_id\":\"a\",\"object\":{\"id\":\"1\",\"join_url\":"
                               "\"https://example.zoom.us/j/1\",\"participant\":{\"email\":"
                               "\"Lisa@example.com\",\"public_ip\":\"203.0.113.9\"}}}"));
  const char *out = write_event(fixture, event);
  assert_non_null(strstr(out, "\"p_any_emails\":[\"lisa@example.com\"]"));
  assert_non_null(strstr(out, "\"p_any_ip_addresses\":[\"203.0.113.9\"]"));
  assert_non_null(strstr(out, "\"p_any_domain_names\":[\"example.zoom.us\"]"));
}

static void people_and_addresses_in_the_words_of_reports_are_indicators(void **state) {
  struct fixture *fixture = *state;
  static const char *const log_types[] = {"Zoom.Operation", "Zoom.PhoneOperation",
                                          "Zoom.ContactCenterOperation", "Zoom.VideoSdkOperation"};
  use_bundled(fixture);
  for (size_t i = 0; i < sizeof log_types / sizeof *log_types; i++) {
    const struct event *event =
        read_as(fixture,
                TEXT("{\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"homer@example.com\","
                     "\"category_type\":\"User\",\"category\":\"User\",\"action\":\"Update\","
                     "\"operation_log_id\":\"1\",\"operation_detail\":"
                     "\"Update User Lisa@example.com from 203.0.113.9\"}"),
                text_from(log_types[i]));
    if (!event)
      fail_msg("%s", fixture->error.text);
    const char *out = write_event(fixture, event);
    assert_non_null(strstr(out, "\"p_any_emails\":[\"homer@example.com\",\"lisa@example.com\"]"));
    assert_non_null(strstr(out, "\"p_any_ip_addresses\":[\"203.0.113.9\"]"));
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(the_name_of_a_webhooks_event_chooses_its_schema),
      TEST(the_schema_that_the_name_chooses_takes_whatever_the_body_holds),
      TEST(a_given_log_type_is_held_to_its_beginnings),
      TEST(a_schema_whose_discriminator_is_absent_may_take_the_record),
      TEST(people_and_addresses_in_webhooks_are_indicators),
      TEST(people_and_addresses_in_the_words_of_reports_are_indicators),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
