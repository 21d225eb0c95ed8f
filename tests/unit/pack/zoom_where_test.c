/*
 * zoom.where_weakened against the functions that it stands before. The where is made of words of
 * the table of settings, the functions use its regexes: whatever they find must pass the where, and
 * what only switches a setting to its safe side should not.
 */
#include "pack/zoom_library_fixture.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define PROBE(rule, where)                                                                         \
  "local zoom = require 'zoom' metadata { id = 'T', log_types = { 'Test.Log' }, severity = "       \
  "'low', "                                                                                        \
  "where = " where " } function rule(event) return " rule " end"

static const char *const probes[] = {
    PROBE("#zoom.weakened(event) > 0", "zoom.where_weakened()"),
    PROBE("#zoom.weakened(event) + #zoom.security_turned_off(event) > 0",
          "zoom.where_weakened(nil, nil, zoom.words_of_security_off())"),
    PROBE("#zoom.weakened(event, zoom.OTHER_SETTINGS) > 0",
          "zoom.where_weakened(zoom.OTHER_SETTINGS)"),
    PROBE("#zoom.weakened(event, 'two_factor') > 0", "zoom.where_weakened('two_factor')"),
    PROBE("#zoom.weakened(event, 'end_to_end') > 0", "zoom.where_weakened('end_to_end')"),
};

/* Of settings, at least one for each row of the table; the last ones are of none. */
static const char *const names[] = {
    "Waiting Room",
    "Customize waiting room logo",
    "Users who bypass the waiting room",
    "Consent for recording",
    "Embed passcode in invite link",
    "Sign in with Two-Factor Authentication",
    "Require (2FA) for admins",
    "Require 2FA",
    "Users exempt from SSO sign-in",
    "Only SSO for users",
    "Enforce \\\"SSO\\\"",
    "Require SAML/SSO-based sign-in",
    "Require single sign-on",
    "Automatically sign users out after a specified time",
    "Users cannot reuse passwords",
    "Password expires after",
    "Minimum password length",
    "Weak password",
    "Require that all meetings are secured with one security option",
    "Require a passcode when scheduling new meetings",
    "Require passcode to access shared cloud recordings",
    "Only authenticated users can view cloud recordings",
    "Only authenticated meeting participants can join",
    "PMI Passcode",
    "Join before host",
    "Allow removed participants to rejoin",
    "Block users in specific domains",
    "End-to-end encryption",
    "Meeting-E2E",
    "E2EE",
    "IP address access control",
    "Require Encryption for 3rd Party Endpoints (SIP/H.323)",
    "Guests can share",
    "Identify guests",
    "Remote control",
    "Who can share",
    "File transfer",
    "Live stream",
    "Watermark",
    "Contacts outside may chat",
    "AI Companion",
    "Only the host can download cloud recordings",
    "Download of recordings",
    "Local recording",
    "Share cloud recordings",
    "Recording notifications",
    "Auto delete cloud recordings",
    "Retention",
    "Data center regions",
    "Require approval of apps",
    "Sign in to see security advice",
    "Annotation",
    "Allow people to talk to all",
};

static const char *const values[] = {
    ": from On to Off",
    ": from ON to OFF",
    ": from Off to On",
    ": On to Off",
    ": set to Off",
    ": set to On",
    ": from Locked to Unlocked",
    ": from All users to Specific users",
    ": from Specific users to All users",
    ": from 8 to 12",
    ": from 12 to 8",
    ": from 1 day to Never",
    ": from Off to On - Annotation: from On to Off",
    ": from On to Off - Annotation: from Off to On",
    ": from a.com, b.com to a.com",
    " ",
};

static const char *const heads[] = {"Security  - ", "Edit Group Springfield - E2E  - ",
                                    "Unlock setting "};

struct counts {
  unsigned matches, passed, all;
};

static void try_detail(struct rule_fixture *fixture, const char *detail, struct counts *counts) {
  char json[512];
  struct error error = ERROR_NONE;
  snprintf(json, sizeof json,
           "{\"category_type\":\"Account\",\"action\":\"Update\",\"operation_detail\":\"%s\"}",
           detail);
  rule_fixture_event(fixture, json);
  const struct rule *rule = &fixture->set->rules[0];
  bool passes = rule_vm_match_where(fixture->vm, rule, &error) == RULE_MATCH;
  enum rule_verdict verdict = rule_vm_match_function(fixture->vm, rule, &error);
  if (verdict == RULE_FAILED)
    fail_msg("%s: %s", detail, error.text);
  if (verdict == RULE_MATCH && !passes)
    fail_msg("where holds back '%s'", detail);
  counts->all++;
  counts->passed += passes;
  counts->matches += verdict == RULE_MATCH;
}

static struct counts try_all(const char *probe) {
  struct counts counts = {0, 0, 0};
  char detail[256];
  void *state;
  start_probe(&state, probe);
  for (size_t n = 0; n < COUNT(names); n++)
    for (size_t v = 0; v < COUNT(values); v++)
      for (size_t h = 0; h < COUNT(heads); h++) {
        snprintf(detail, sizeof detail, "%s%s%s", heads[h], names[n], values[v]);
        try_detail(state, detail, &counts);
      }
  rule_fixture_stop(&state);
  return counts;
}

static void whatever_is_weaker_passes_the_where(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(probes); i++) {
    struct counts counts = try_all(probes[i]);
    if (counts.matches < 9 || counts.passed == counts.all)
      fail_msg("%s: %u matches, %u of %u passed", probes[i], counts.matches, counts.passed,
               counts.all);
  }
}

static void what_only_becomes_safer_does_not(void **state) {
  (void)state;
  static const char *const details[] = {
      "Security  - Sign in with Two-Factor Authentication: from Off to On",
      "Security  - Waiting Room: from OFF to ON",
      "Edit Group Springfield  - Allow people to talk to all, and join before host: from On to Off",
      "Email Notification  - When a cloud recording is available: from On to Off",
      "Meeting  - Remote control: from On to Off",
      "Meeting  - Annotation: from On to Off",
  };
  struct counts counts = {0, 0, 0};
  void *fixture;
  start_probe(&fixture, probes[0]);
  for (size_t i = 0; i < COUNT(details); i++) {
    try_detail(fixture, details[i], &counts);
    if (counts.passed > 0)
      fail_msg("'%s' passes", details[i]);
  }
  rule_fixture_stop(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whatever_is_weaker_passes_the_where),
      cmocka_unit_test(what_only_becomes_safer_does_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
