/* rules/lib/zoom.lua and its parts: what it reads from the words of Zoom's operation logs and from
 * the fields of webhooks. */
#include "pack/zoom_library_fixture.h"

/* Says everything that the library finds in an event. */
static const char probe[] =
    "local zoom = require 'zoom' "
    "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' } "
    "function rule() return true end "
    "function title(event) return zoom.operator_of(event) end "
    "function alert_context(event) return { group = zoom.group_of(event), user = "
    "zoom.user_of(event), room = zoom.room_of(event), role = zoom.role_of(event), "
    "roles = zoom.role_changes(event), off = zoom.settings_in_words(zoom.turned_off(event)), "
    "on = zoom.settings_in_words(zoom.turned_on(event)), changes = zoom.setting_changes(event) } "
    "end";

static int start_with_library(void **state) {
  return start_probe(state, probe);
}

/* Says what the functions about webhooks, files, links and versions find. */
static const char webhook_probe[] =
    "local zoom = require 'zoom' "
    "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' } "
    "function rule() return true end "
    "function title(event) return zoom.operator_of(event) .. '; ' .. zoom.meeting_of(event) .. "
    "'; ' .. zoom.participant_of(event) end "
    "function alert_context(event) local before, after = zoom.updated(event, 's', 'w') "
    "local items = {} for i, item in ipairs(zoom.object_items(event, 'list')) do "
    "items[i] = zoom.item_value(item, 'k') or 'none' end "
    "return { before = before, after = after, s = zoom.object_value(event, 's', 'x'), items = "
    "items, name = zoom.object_text(event, 'list'), "
    "links = zoom.links_in(event.text), runs = zoom.is_runnable(event.text), "
    "old = zoom.is_older(event.text, '5.15'), role = zoom.is_privileged_role(event.text) } end";

/* Says which settings become weaker, and whose. */
static const char weakened_probe[] =
    "local zoom = require 'zoom' "
    "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' } "
    "function rule() return true end "
    "function title(event) local found = {} for i, change in ipairs(zoom.weakened(event)) do "
    "found[i] = change.level .. ' ' .. change.key .. ' ' .. change.severity end "
    "return table.concat(found, ', ') .. (zoom.only_safer(event) and 'safer' or '') .. '.' end";

static int start_with_weakened_probe(void **state) {
  return start_probe(state, weakened_probe);
}

static int start_with_webhook_probe(void **state) {
  return start_probe(state, webhook_probe);
}

/* The outcome for an event; the library must not throw. */
static const struct rule_outcome *describe(struct rule_fixture *fixture, const char *event) {
  struct error error = ERROR_NONE;
  rule_fixture_event(fixture, event);
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_MATCH);
  rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
  if (fixture->problems.count) {
    problems_print(&fixture->problems, stderr);
    fail_msg("the library failed on %s", event);
  }
  return &fixture->outcome;
}

/* `context` without what is empty: "changes", "off", "on" and "roles" stand at their places. */
static const struct detail_case {
  const char *detail, *context;
} detail_cases[] = {
    /* who and what it is about */
    {"Add Group Engineers",
     "{\"changes\":{},\"group\":\"Engineers\",\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {"Delete Group Sector 7-G",
     "{\"changes\":{},\"group\":\"Sector 7-G\",\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {"Edit User Group Group A",
     "{\"changes\":{},\"group\":\"Group A\",\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {"Add Members to Group Springfield: lisa@example.com,bart@example.com",
     "{\"changes\":{},\"group\":\"Springfield\",\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {"Deactivate User moe@example.com",
     "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{},\"user\":\"moe@example.com\"}"},
    {"Add User maggie@example.com  - User Type: Licensed",
     "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{},\"user\":\"maggie@example.com\"}"},
    {"Add Zoom Room Sector 7-G  - Location: Springfield",
     "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{},\"room\":\"Sector 7-G\"}"},
    {"Delete Recording  - Meeting ID: 982 - Topic: Budget - Q3 review",
     "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {"Edit Role Help Desk - Tier 2  - Users: from View to View, Edit",
     "{\"changes\":[{\"from\":\"View\",\"role\":\"Help Desk - Tier 2\",\"setting\":\"Users\","
     "\"to\":\"View, Edit\"}],\"off\":\"\",\"on\":\"\",\"role\":\"Help Desk - Tier 2\",\"roles\":{"
     "}}"},
    /* settings */
    {"Security  - Waiting Room: from On to Off",
     "{\"changes\":[{\"from\":\"On\",\"section\":\"Security\",\"setting\":\"Waiting Room\","
     "\"to\":\"Off\"}],\"off\":\"Waiting Room\",\"on\":\"\",\"roles\":{}}"},
    {"Security - Waiting Room: from OFF to ON",
     "{\"changes\":[{\"from\":\"OFF\",\"section\":\"Security\",\"setting\":\"Waiting Room\","
     "\"to\":\"ON\"}],\"off\":\"\",\"on\":\"Waiting Room\",\"roles\":{}}"},
    {"Security  - Waiting Room: from On to Off - Waiting Room: from On to Off",
     "{\"changes\":[{\"from\":\"On\",\"section\":\"Security\",\"setting\":\"Waiting Room\","
     "\"to\":\"Off\"},{\"from\":\"On\",\"section\":\"Security\",\"setting\":\"Waiting Room\","
     "\"to\":\"Off\"}],\"off\":\"Waiting Room\",\"on\":\"\",\"roles\":{}}"},
    {"Waiting Room: On to Off",
     "{\"changes\":[{\"from\":\"On\",\"setting\":\"Waiting Room\",\"to\":\"Off\"}],"
     "\"off\":\"Waiting Room\",\"on\":\"\",\"roles\":{}}"},
    {"Edit Group A-B - C  - X - Y: from On to Off - Z: from 8 to 14 - W - V: from On to Off",
     "{\"changes\":[{\"from\":\"On\",\"group\":\"A-B - C\",\"setting\":\"X - Y\",\"to\":\"Off\"},"
     "{\"from\":\"8\",\"group\":\"A-B - C\",\"setting\":\"Z\",\"to\":\"14 - W\"},"
     "{\"from\":\"On\",\"group\":\"A-B - C\",\"setting\":\"V\",\"to\":\"Off\"}],"
     "\"group\":\"A-B - C\",\"off\":\"X - Y, V\",\"on\":\"\",\"roles\":{}}"},
    {"Security  - A: from On to Off - B - C: from On to Off",
     "{\"changes\":[{\"from\":\"On\",\"section\":\"Security\",\"setting\":\"A\",\"to\":\"Off\"},"
     "{\"from\":\"On\",\"section\":\"Security\",\"setting\":\"B - C\",\"to\":\"Off\"}],"
     "\"off\":\"A, B - C\",\"on\":\"\",\"roles\":{}}"},
    {"Security  - Sharing: from On to Off-peak",
     "{\"changes\":[{\"from\":\"On\",\"section\":\"Security\",\"setting\":\"Sharing\","
     "\"to\":\"Off-peak\"}],\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    /* roles */
    {"Change Role  - bart@example.com: from Member to Room - Operator - lisa: from Owner to Member",
     "{\"changes\":[{\"from\":\"Member\",\"section\":\"Change Role\",\"setting\":\"bart@example."
     "com\",\"to\":\"Room - Operator\"},{\"from\":\"Owner\",\"section\":\"Change "
     "Role\",\"setting\":\"lisa\",\"to\":\"Member\"}],\"off\":\"\",\"on\":\"\",\"roles\":[{"
     "\"from\":\"Member\",\"to\":\"Room - Operator\",\"user\":\"bart@example.com\"},{\"from\":"
     "\"Owner\",\"to\":\"Member\",\"user\":\"lisa\"}],\"user\":\"bart@example.com\"}"},
    {"Update User Bart <bart@example.com>  - Job Title: Boss - User Role: from Member to Admin",
     "{\"changes\":[{\"from\":\"Member\",\"setting\":\"Job Title: Boss - User Role\",\"to\":"
     "\"Admin\",\"user\":\"Bart <bart@example.com>\"}],\"off\":\"\",\"on\":\"\",\"roles\":[{"
     "\"from\":\"Member\",\"to\":\"Admin\",\"user\":\"bart@example.com\"}],\"user\":\"bart@"
     "example.com\"}"},
    {"Change Role  - d'arcy-o'hara@example.com: from Member to Admin",
     "{\"changes\":[{\"from\":\"Member\",\"section\":\"Change Role\",\"setting\":\"d'arcy-o'hara@"
     "example.com\",\"to\":\"Admin\"}],\"off\":\"\",\"on\":\"\",\"roles\":[{\"from\":"
     "\"Member\",\"to\":\"Admin\",\"user\":\"d'arcy-o'hara@example.com\"}],\"user\":\"d'arcy-o'"
     "hara@example.com\"}"},
    /* nothing, and what no one writes */
    {"", "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {"  - ", "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {": from On to Off", "{\"changes\":[{\"from\":\"On\",\"setting\":\"\",\"to\":\"Off\"}],"
                         "\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {" - : from  to  -  - x: set to ",
     "{\"changes\":[{\"from\":\"\",\"setting\":\"\",\"to\":\"-\"},{\"setting\":\"x\",\"to\":\"\"}],"
     "\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
    {"Change Role", "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{}}"},
};

static void details_are_read_as_zoom_means_them(void **state) {
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof detail_cases / sizeof *detail_cases; i++) {
    char event[512];
    snprintf(event, sizeof event, "{\"operation_detail\":\"%s\"}", detail_cases[i].detail);
    assert_text_equal(describe(fixture, event)->context, detail_cases[i].context);
  }
}

static void events_without_a_readable_detail_are_no_errors(void **state) {
  static const char *const events[] = {
      "{}",
      "{\"operation_detail\":null}",
      "{\"operation_detail\":42}",
      "{\"operation_detail\":true}",
      "{\"operation_detail\":{\"a\":[1]}}",
      "{\"operation_detail\":[\"Edit Group X\"]}",
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof events / sizeof *events; i++)
    assert_text_equal(describe(fixture, events[i])->context,
                      "{\"changes\":{},\"off\":\"\",\"on\":\"\",\"roles\":{}}");
}

static void the_operator_is_never_missing_from_a_title(void **state) {
  static const struct {
    const char *event, *operator_in_title;
  } cases[] = {
      {"{\"operator\":\"homer\"}", "homer"},
      {"{\"operator\":\"\"}", "an unknown operator"},
      {"{\"operator\":7}", "an unknown operator"},
      {"{\"operator\":\"Homer\",\"operator_email\":\"homer@example.com\"}", "homer@example.com"},
      {"{\"operator\":\"Homer\",\"operator_email\":\"\"}", "Homer"},
      {"{\"payload\":{\"operator\":\"homer@example.com\"}}", "homer@example.com"},
      {"{\"payload\":[]}", "an unknown operator"},
      {"{}", "an unknown operator"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_text_equal(describe(fixture, cases[i].event)->title, cases[i].operator_in_title);
}

/* No change can hide behind others: of a hundred changes the last one counts. */
static void many_changes_are_all_seen(void **state) {
  struct rule_fixture *fixture = *state;
  struct buffer event = BUFFER_NONE;
  buffer_append_string(&event, "{\"operation_detail\":\"Security  - ");
  for (int i = 0; i < 100; i++)
    buffer_printf(&event, "Setting %d: from Off to On - ", i);
  buffer_append_string(&event, "Passcode: from On to Off\"}");
  struct text context = describe(fixture, event.data)->context;
  assert_true(text_contains(context, TEXT("\"off\":\"Passcode\"")));
  buffer_free(&event);
}

static void titles_name_what_a_webhook_is_about(void **state) {
  static const struct {
    const char *event, *title;
  } cases[] = {
      {"{\"payload\":{\"operator\":\"o@example.com\",\"object\":{\"topic\":\"Budget\",\"id\":1,"
       "\"participant\":{\"email\":\"p@example.com\",\"user_name\":\"P\"}}}}",
       "o@example.com; Budget; p@example.com"},
      {"{\"payload\":{\"object\":{\"topic\":\"\",\"id\":98213254471,\"participant\":{\"email\":"
       "\"\","
       "\"user_name\":\"P\"}}}}",
       "an unknown operator; 98213254471; P"},
      {"{\"payload\":{\"object\":{\"id\":98213254471.0,\"participant\":[]}}}",
       "an unknown operator; 98213254471; an unknown participant"},
      {"{\"payload\":{\"object\":{\"id\":\"982\",\"topic\":null,\"participant\":null}}}",
       "an unknown operator; 982; an unknown participant"},
      {"{\"payload\":{\"object\":[1,2]}}",
       "an unknown operator; (not named); an unknown participant"},
      {"{}", "an unknown operator; (not named); an unknown participant"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_text_equal(describe(fixture, cases[i].event)->title, cases[i].title);
}

static void settings_are_judged_by_their_values(void **state) {
  static const struct {
    const char *category, *detail, *found;
  } cases[] = {
      /* On and Off, in either direction */
      {"Account", "Security  - 2FA: from On to Off", "account two_factor HIGH."},
      {"Account", "Security  - 2FA: from OFF to ON", "safer."},
      {"Account", "Security  - 2FA: set to Off", "account two_factor HIGH."},
      {"Account", "Recording  - Record to computer: set to On", "account local_recording MEDIUM."},
      {"Account", "Meeting  - Annotation: from On to Off", "."},
      {"Account", "Meeting  - Remote control: from Off to On, Watermark: from On to Off",
       "account remote_control MEDIUM, account watermark LOW."},
      /* scopes */
      {"Account", "Security  - 2FA: from Everybody to Selected groups", "account two_factor HIGH."},
      {"Account", "Security  - 2FA: from Users with a role to All users", "safer."},
      {"Account", "Meeting  - Who can share: from Host only to Everyone",
       "account screen_share LOW."},
      {"Account", "Meeting  - Who can share: from Everyone to Host only", "safer."},
      {"Account", "Meeting  - Who can share: from Blue to Green", "."},
      /* numbers and durations */
      {"Account", "Security  - Session length: from 90 minutes to 2 hours",
       "account sign_out MEDIUM."},
      {"Account", "Security  - Session length: from 1 hour 30 minutes to 80 minutes", "safer."},
      {"Account", "Security  - Session length: from 8 hours to Never", "account sign_out MEDIUM."},
      {"Account", "Security  - Session length: from 8 hours to Off", "account sign_out MEDIUM."},
      {"IM", "Chat  - Retention: from 6 months to 5 weeks", "account retention MEDIUM."},
      {"IM", "Chat  - Retention: from 6 months to Forever", "safer."},
      {"Account", "Security  - Password length: from 9 to 9", "."},
      {"Account", "Security  - Set period for inactivity on the client: from 30 minutes to Never",
       "account sign_out MEDIUM."},
      /* lists */
      {"Account", "Meeting  - Select data center regions: from On to Off",
       "account data_centers MEDIUM."},
      {"Account", "Meeting  - Select data center regions: from Europe to Europe, China",
       "account data_centers MEDIUM."},
      {"Account", "Sign-in  - Exempt users: from a@b.c to a@b.c,d@e.f", "account sso_bypass HIGH."},
      {"Account", "Sign-in  - Exempt users: from a@b.c,d@e.f to a@b.c", "safer."},
      {"Account", "Security  - Blocked domains: from b.c, e.f to e.f",
       "account block_domains MEDIUM."},
      /* locks */
      {"Account", "Security  - Waiting Room: from Locked to Unlocked",
       "account waiting_room MEDIUM."},
      {"Account", "Security  - Waiting Room: from Off (Unlocked) to Off (Locked)", "safer."},
      {"Account", "Meeting  - Annotation: from Locked to Unlocked", "account unlocked LOW."},
      {"Account", "Unlock the setting Waiting Room", "account waiting_room MEDIUM."},
      /* whose */
      {"User Group", "Edit Group X  - 2FA: from On to Off", "group two_factor MEDIUM."},
      {"User Settings", "Edit User a@b.c  - Remote control: from Off to On",
       "user remote_control LOW."},
      /* what CIS recommends */
      {"Account", "Passcode Requirement  - Have at least 1 letter (a, b, c...): from On to Off",
       "account passcode MEDIUM."},
      {"Account", "Passcode Requirement  - Only allow numeric passcode: from Off to On",
       "account passcode_numeric LOW."},
      {"Account", "Security  - Add audio watermark: from On to Off", "account watermark LOW."},
      {"Account", "In Meeting (Basic)  - Prevent participants from saving chat: from On to Off",
       "account chat_saved LOW."},
      {"Account", "In Meeting (Basic)  - Disable desktop/screen share for users: from On to Off",
       "account desktop_share LOW."},
      {"Account",
       "Calendar  - Consent to Office 365 calendar integration permissions on behalf of entire "
       "account: from Off to On",
       "account calendar_consent MEDIUM."},
      {"Account", "Recording  - The host can delete cloud recordings: from Off to On",
       "account auto_delete MEDIUM."},
      {"Account",
       "Recording  - Allow recovery of deleted cloud recordings from trash: from On to Off",
       "account recording_recovery MEDIUM."},
      {"IM", "Security  - Enable advanced chat encryption: from On to Off",
       "account chat_encryption HIGH."},
      {"IM", "Visibility  - Show status to external contacts: from Off to On",
       "account external_chat MEDIUM."},
      {"Account", "Email Notification  - When attendees join meeting before host: from On to Off",
       "account notice LOW."},
      {"Account", "Sharing  - Screen capture: from On to Off", "safer."},
      /* words of security that are none */
      {"Account", "Security  - Waiting room theme: from On to Off", "."},
      {"Account", "Meeting  - Guests may chat: from On to Off", "safer."},
      {"Account", "Recording  - Consent to local recording: from Off to On", "."},
      {"Account", "", "."},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char event[256];
    snprintf(event, sizeof event, "{\"category_type\":\"%s\",\"operation_detail\":\"%s\"}",
             cases[i].category, cases[i].detail);
    assert_text_equal(describe(fixture, event)->title, cases[i].found);
  }
}

#define PLAIN "\"items\":{},\"links\":{},\"old\":false,\"role\":false,\"runs\":false"

static void updates_report_what_was_and_what_is(void **state) {
  static const struct {
    const char *event, *context;
  } cases[] = {
      {"{\"payload\":{\"object\":{\"s\":{\"w\":false,\"x\":1}},\"old_object\":{\"s\":{\"w\":true}}}"
       "}",
       "{\"after\":false,\"before\":true," PLAIN ",\"s\":1}"},
      {"{\"payload\":{\"object\":{\"s\":{\"w\":null}},\"old_object\":{\"s\":7}}}", "{" PLAIN "}"},
      {"{\"payload\":7}", "{" PLAIN "}"},
      {"{\"payload\":{\"object\":{\"list\":[{\"k\":1},7,{\"l\":2},[3],null]}}}",
       "{\"items\":[1,\"none\",\"none\",\"none\"],\"links\":{},\"old\":false,\"role\":false,"
       "\"runs\":false}"},
      {"{\"payload\":{\"object\":{\"list\":\"text\"}}}",
       "{\"items\":{},\"links\":{},\"name\":\"text\",\"old\":false,\"role\":false,\"runs\":false}"},
      {"{\"payload\":{\"object\":{\"list\":\"\"}}}", "{" PLAIN "}"},
      {"{\"payload\":{\"object\":{\"list\":{\"k\":1}}}}", "{" PLAIN "}"},
      {"{}", "{" PLAIN "}"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_text_equal(describe(fixture, cases[i].event)->context, cases[i].context);
}

static void texts_are_read_for_links_files_versions_and_roles(void **state) {
  static const struct {
    const char *text, *context;
  } cases[] = {
      {"\"see HTTPS://Example.net/A?b=1, (http://x.example/y).\"",
       "{\"items\":{},\"links\":[\"https://example.net/a?b=1\",\"http://x.example/"
       "y\"],\"old\":false,"
       "\"role\":false,\"runs\":false}"},
      {"\"ftp://x.example http:// https\"", "{" PLAIN "}"},
      {"\"invoice.pdf.EXE\"",
       "{\"items\":{},\"links\":{},\"old\":false,\"role\":false,\"runs\":true}"},
      {"\"run.bat .. \"", "{\"items\":{},\"links\":{},\"old\":false,\"role\":false,\"runs\":true}"},
      {"\"notes.exe.pdf\"", "{" PLAIN "}"},
      {"\"exe\"", "{" PLAIN "}"},
      {"\"5.13.5.12053\"",
       "{\"items\":{},\"links\":{},\"old\":true,\"role\":false,\"runs\":false}"},
      {"\"5\"", "{\"items\":{},\"links\":{},\"old\":true,\"role\":false,\"runs\":false}"},
      {"\"5.15\"", "{" PLAIN "}"},
      {"\"5.15.0.1\"", "{" PLAIN "}"},
      {"\"10.0\"", "{" PLAIN "}"},
      {"\"-\"", "{" PLAIN "}"},
      {"\"99999999999999999999\"", "{" PLAIN "}"},
      {"\"CO-OWNER\"", "{\"items\":{},\"links\":{},\"old\":false,\"role\":true,\"runs\":false}"},
      {"\"Admin Assistant\"", "{" PLAIN "}"},
      {"5", "{" PLAIN "}"},
      {"null", "{" PLAIN "}"},
      {"[\"Admin\"]", "{" PLAIN "}"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char event[256];
    snprintf(event, sizeof event, "{\"text\":%s}", cases[i].text);
    assert_text_equal(describe(fixture, event)->context, cases[i].context);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(details_are_read_as_zoom_means_them, start_with_library,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(events_without_a_readable_detail_are_no_errors,
                                      start_with_library, rule_fixture_stop),
      cmocka_unit_test_setup_teardown(the_operator_is_never_missing_from_a_title,
                                      start_with_library, rule_fixture_stop),
      cmocka_unit_test_setup_teardown(many_changes_are_all_seen, start_with_library,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(settings_are_judged_by_their_values,
                                      start_with_weakened_probe, rule_fixture_stop),
      cmocka_unit_test_setup_teardown(titles_name_what_a_webhook_is_about, start_with_webhook_probe,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(updates_report_what_was_and_what_is, start_with_webhook_probe,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(texts_are_read_for_links_files_versions_and_roles,
                                      start_with_webhook_probe, rule_fixture_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
