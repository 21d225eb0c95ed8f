/* A rule set as large as a set may be: it loads, and each event finds the one rule that wants it.
 */
#include "rule/rule_fixture.h"

#include <stdio.h>

enum { RULES = 10000, PROBES = 300 };

static const char *const categories[] = {"Account", "User", "User Group", "Role", "Zoom Rooms"};
static const char *const actions[] = {"Update", "Add", "Delete"};

/* Rule n, and the one event that it wants. */
static void write_rule(unsigned n, struct buffer *out) {
  const char *category = categories[n % 5], *action = actions[n % 3];
  static const char *const wheres[] = {
      "category_type = '%s', action = '%s', ['detail|contains'] = 'setting number %u: from On'",
      "category_type = '%s', action = '%s', ['detail|contains|all'] = { 'number %u:', 'Off' }",
      "category_type = '%s', action = '%s', ['detail|re|i'] = 'setting number %u: (?:from )?on'",
      "category_type = '%s', action = '%s', ['detail|endswith'] = 'number %u: from On to Off'",
      "category_type = '%s', action = '%s', ['deep.number'] = %u",
      "category_type = '%s', action = '%s', operator = { 'admin%u@example.com', 'nobody' }",
  };
  char where[200];
  /* The formats are the table's above, which take these three. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(where, sizeof where, wheres[n % 6], category, action, n);
#pragma GCC diagnostic pop
  buffer_reset(out);
  buffer_printf(out,
                "metadata { id = 'R.%05u', log_types = { 'Test.Log' }, severity = 'low',\n"
                "  where = { %s } }\n"
                "function rule(event) return event.number == %u end\n"
                "function title(event) return 'Rule %u of ' .. event.operator end\n",
                n, where, n, n);
}

static const struct event *write_event(struct rule_fixture *fixture, unsigned n) {
  char json[400];
  snprintf(json, sizeof json,
           "{\"category_type\":\"%s\",\"action\":\"%s\",\"operator\":\"Admin%u@example.com\","
           "\"number\":%u,\"deep\":{\"number\":%u},"
           "\"detail\":\"Setting Number %u: from On to Off\"}",
           categories[n % 5], actions[n % 3], n, n, n, n);
  return rule_fixture_event(fixture, json);
}

static void load_many(struct rule_fixture *fixture) {
  struct arena arena = ARENA_NONE;
  struct buffer text = BUFFER_NONE;
  struct rule_file *files = memory_alloc_array(RULES, sizeof *files);
  for (unsigned n = 0; n < RULES; n++) {
    write_rule(n, &text);
    files[n] = (struct rule_file){.path = arena_printf(&arena, "rules/%u.lua", n),
                                  .source = arena_copy(&arena, buffer_text(&text))};
  }
  rule_fixture_load(fixture, files, RULES);
  free(files);
  buffer_free(&text);
  arena_free(&arena);
}

static void of_ten_thousand_rules_an_event_finds_its_own(void **state) {
  struct rule_fixture *fixture = *state;
  size_t candidates = 0;
  load_many(fixture);
  assert_int_equal(fixture->set->count, RULES);
  rule_fixture_start_vm(fixture, NULL);
  for (unsigned probe = 0; probe < PROBES; probe++) {
    unsigned n = probe * (RULES / PROBES) + probe % 6;
    const struct event *event = write_event(fixture, n);
    struct rule_list list = rule_vm_candidates(fixture->vm, event);
    size_t matches = 0;
    candidates += list.count;
    for (size_t i = 0; i < list.count; i++) {
      struct error error = ERROR_NONE;
      enum rule_verdict verdict = rule_vm_match(fixture->vm, list.items[i], &error);
      assert_int_not_equal(verdict, RULE_FAILED);
      if (verdict == RULE_NO_MATCH)
        continue;
      char title[80];
      snprintf(title, sizeof title, "Rule %u of Admin%u@example.com", n, n);
      assert_int_equal(list.items[i]->index, n);
      rule_vm_describe(fixture->vm, list.items[i], &fixture->outcome, &fixture->problems);
      assert_text_equal(fixture->outcome.title, title);
      matches++;
    }
    assert_int_equal(matches, 1);
  }
  assert_true(candidates < PROBES * 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(of_ten_thousand_rules_an_event_finds_its_own,
                                      rule_fixture_start, rule_fixture_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
