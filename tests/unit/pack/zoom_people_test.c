/* rules/lib/zoom/people.lua and change.lua: who a record is about and whether they belong to the
 * company, what it changes, and whose. */
#include "base/memory.h"
#include "event/lookup/lookup.h"
#include "pack/zoom_library_fixture.h"

#include <unistd.h>

/* Says what the functions find in an event. */
static const char probe[] =
    "local zoom = require 'zoom' "
    "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' } "
    "local function own(event) local found = {} for i, user in ipairs(zoom.users_of(event)) do "
    "found[i] = tostring(zoom.is_own_domain(event, user)) end return table.concat(found, ' ') end "
    "local function diff(event) local found = {} for i, change in "
    "ipairs(zoom.settings_diff(event)) "
    "do found[i] = ('%s: %s, %s'):format(change.path, change.from, change.to) end "
    "return table.concat(found, '; ') end "
    "local asks = { users = function(event) return table.concat(zoom.users_of(event), ' ') end, "
    "own = own, out = function(event) return "
    "zoom.names_in_words(zoom.outsiders_in(event, zoom.users_of(event)), 1) end, "
    "removed = zoom.removed_users, diff = diff, scope = function(event) local kind, name = "
    "zoom.scope_of(event) return kind .. ' / ' .. tostring(name) .. ' / ' .. "
    "zoom.scope_in_words(event) end, "
    "service = function(event) return zoom.is_service_account(event, event.operator) end, "
    "network = function(event) return zoom.is_known_network(event, event.ip_address) end } "
    "function rule() return true end "
    "function title(event) local text = tostring(asks[event.ask](event)) "
    "return text ~= '' and text or '-' end";

static int start(void **state) {
  return start_probe(state, probe);
}

struct answer {
  const char *ask, *event, *answer;
};

static void expect(struct rule_fixture *fixture, const struct answer *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char event[1024];
    snprintf(event, sizeof event, "{\"ask\":\"%s\",%s}", rows[i].ask, rows[i].event);
    rule_fixture_event(fixture, event);
    rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
    if (fixture->problems.count) {
      problems_print(&fixture->problems, stderr);
      fail_msg("the library failed on %s", event);
    }
    assert_text_equal(fixture->outcome.title, rows[i].answer);
  }
}

#define DETAIL(text) "\"operation_detail\":\"" text "\""
#define OBJECT(fields) "\"payload\":{\"operator\":\"lisa@example.com\",\"object\":{" fields "}}"

static void everybody_in_a_record_is_found(void **state) {
  static const struct answer rows[] = {
      {"users", DETAIL("Delete Users: Bart@Example.com,lisa@example.com; <moe@x.example>"),
       "bart@example.com lisa@example.com moe@x.example"},
      {"users",
       DETAIL("Change Role  - a@x.example: from Member to Admin, A@x.example: from x to y"),
       "a@x.example"},
      {"users", DETAIL("nobody"), "-"},
      {"users", "\"operation_detail\":null", "-"},
      {"users",
       OBJECT("\"email\":\"Bart@example.com\",\"members\":[{\"email\":\"a@x.example\"},{},7]"),
       "bart@example.com a@x.example"},
      {"users", OBJECT("\"share_with_users\":[{\"user_email\":\"a@x.example\"}]"), "a@x.example"},
      {"users",
       OBJECT("\"participant\":{\"email\":\"\"},\"registrant\":{\"email\":\"b@x.example\"}"),
       "b@x.example"},
      {"users", "\"payload\":[1]", "-"},
  };
  expect(*state, rows, sizeof rows / sizeof *rows);
}

static void removed_users_are_counted_in_batches(void **state) {
  static const struct answer rows[] = {
      {"removed", DETAIL("Delete User bart@example.com"), "1"},
      {"removed", DETAIL("Delete User bart@example.com  - Transfer meetings to lisa@example.com"),
       "1"},
      {"removed", DETAIL("Delete Users: a@example.com,b@example.com,c@example.com"), "3"},
      {"removed", DETAIL("Batch Delete Users  - 1,036 users deleted"), "1036"},
      {"removed", DETAIL("Delete Users  - Count: 36"), "36"},
      {"removed", DETAIL("Transfer data of a@example.com to b@example.com"), "0"},
      {"removed", DETAIL("Delete"), "1"},
      {"removed", "\"operation_detail\":7", "1"},
  };
  expect(*state, rows, sizeof rows / sizeof *rows);
}

static void without_tables_the_operators_domain_is_the_companys(void **state) {
  static const struct answer rows[] = {
      {"own",
       OBJECT("\"members\":[{\"email\":\"a@EXAMPLE.com\"},{\"email\":\"a@shop.example.com\"},"
              "{\"email\":\"a@notexample.com\"},{\"email\":\"a@evil.example.net\"}]"),
       "true true false false"},
      {"own", "\"operator\":\"lisa@shop.example.com\"," DETAIL("a@club.example.com b@x.example"),
       "true false"},
      {"own", "\"operator\":\"lisa@example.co.uk\"," DETAIL("a@evil.co.uk"), "false"},
      {"own", "\"operator\":\"System\"," DETAIL("a@evil.example.net"), "nil"},
      {"own",
       "\"payload\":{\"object\":{\"host_email\":\"h@example.com\",\"email\":\"a@x.example\"}}",
       "false"},
      {"out",
       OBJECT("\"members\":[{\"email\":\"a@x.example\"},{\"email\":\"b@x.example\"},"
              "{\"email\":\"c@example.com\"}]"),
       "a@x.example and 1 more"},
      {"out", OBJECT("\"email\":\"c@example.com\""), "nil"},
      {"service", "\"operator\":\"scim@example.com\"", "false"},
      {"network", "\"ip_address\":\"10.1.2.3\"", "nil"},
  };
  expect(*state, rows, sizeof rows / sizeof *rows);
}

/* The three tables, from files that are gone when this returns. */
static struct lookup_set *load_tables(void) {
  static const struct {
    const char *name, *text;
    enum lookup_match match;
  } tables[] = {
      {"own_domains", "domain\nexample.org\n", LOOKUP_EXACT},
      {"service_accounts", "address\nscim@example.com\n", LOOKUP_EXACT},
      {"known_networks", "network\n10.0.0.0/8\n", LOOKUP_CIDR},
  };
  enum { COUNT = sizeof tables / sizeof *tables };
  char folder[] = "/tmp/margay-people-XXXXXX", paths[COUNT][64];
  struct lookup_options options[COUNT];
  struct problems problems = PROBLEMS_NONE;
  assert_non_null(mkdtemp(folder));
  for (size_t i = 0; i < COUNT; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/%s.csv", folder, tables[i].name);
    FILE *file = fopen(paths[i], "w");
    assert_non_null(file);
    fputs(tables[i].text, file);
    fclose(file);
    options[i] = (struct lookup_options){
        .name = text_from(tables[i].name), .path = paths[i], .match = tables[i].match};
  }
  struct lookup_set *set = lookup_set_load(options, COUNT, &problems);
  assert_int_equal(problems.count, 0);
  for (size_t i = 0; i < COUNT; i++)
    unlink(paths[i]);
  rmdir(folder);
  return set;
}

static void tables_say_what_only_the_company_knows(void **state) {
  static const struct answer rows[] = {
      {"own",
       OBJECT("\"members\":[{\"email\":\"a@Example.org\"},{\"email\":\"a@it.example.org\"},"
              "{\"email\":\"a@example.com\"},{\"email\":\"a@org\"}]"),
       "true true false false"},
      {"service", "\"operator\":\"SCIM@example.com\"", "true"},
      {"service", "\"operator\":\"lisa@example.com\"", "false"},
      {"service", "\"operator\":null", "false"},
      {"network", "\"ip_address\":\"10.1.2.3\"", "true"},
      {"network", "\"ip_address\":\"192.0.2.1\"", "false"},
      {"network", "\"ip_address\":\"\"", "nil"},
  };
  struct rule_fixture *fixture = *state;
  struct lookup_set *tables = load_tables();
  rule_vm_set_lookups(fixture->vm, tables);
  expect(fixture, rows, sizeof rows / sizeof *rows);
  rule_vm_set_lookups(fixture->vm, NULL);
  lookup_set_release(tables);
}

static void an_update_is_read_with_and_without_what_was_before(void **state) {
  static const struct answer rows[] = {
      {"diff",
       "\"payload\":{\"old_object\":{\"settings\":{\"in_meeting\":{\"a\":true,\"b\":1,\"l\":[1]}}},"
       "\"object\":{\"settings\":{\"in_meeting\":{\"a\":false,\"b\":1,\"l\":[1,2]}}}}",
       "settings.in_meeting.a: true, false; settings.in_meeting.l: 1, 1, 2"},
      {"diff", OBJECT("\"settings\":{\"z\":{\"enable\":true},\"a\":[{\"email\":\"x@y.example\"}]}"),
       "settings.a: nil, x@y.example; settings.z.enable: nil, true"},
      {"diff",
       "\"payload\":{\"old_object\":7,\"object\":{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":"
       "{\"g\":1}}}}}},\"b\":null,\"c\":\"x\"}}",
       "c: nil, x"},
      {"diff", DETAIL("Security  - Waiting Room: from On to Off"),
       "Security: Waiting Room: On, Off"},
      {"diff", "\"payload\":7", "-"},
      {"diff", "\"payload\":{\"object\":[1,2]}", "1: nil, 1; 2: nil, 2"},
  };
  expect(*state, rows, sizeof rows / sizeof *rows);
}

static void a_change_is_the_accounts_a_groups_or_a_users(void **state) {
  static const struct answer rows[] = {
      {"scope", DETAIL("Security  - Waiting Room: from On to Off"), "account / nil / the account"},
      {"scope", DETAIL("Edit Group Sector 7-G  - Waiting Room: from On to Off"),
       "group / Sector 7-G / group Sector 7-G"},
      {"scope", "\"category_type\":\"User Settings\"," DETAIL("Waiting Room: from On to Off"),
       "user / nil / a user"},
      {"scope", "\"event\":\"account.settings_updated\"," OBJECT("\"email\":\"a@x.example\""),
       "account / nil / the account"},
      {"scope", "\"event\":\"group.settings_updated\"," OBJECT("\"id\":\"g1\""),
       "group / g1 / group g1"},
      {"scope", "\"event\":\"user.settings_updated\"," OBJECT("\"email\":\"a@x.example\""),
       "user / a@x.example / user a@x.example"},
  };
  expect(*state, rows, sizeof rows / sizeof *rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(everybody_in_a_record_is_found, start, rule_fixture_stop),
      cmocka_unit_test_setup_teardown(removed_users_are_counted_in_batches, start,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(without_tables_the_operators_domain_is_the_companys, start,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(tables_say_what_only_the_company_knows, start,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(an_update_is_read_with_and_without_what_was_before, start,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(a_change_is_the_accounts_a_groups_or_a_users, start,
                                      rule_fixture_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
