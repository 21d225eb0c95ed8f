/* What people may do with an alert in each of its states, and what it is then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alert/alert_change.h"

#include <string.h>

#define O ALERT_OPEN
#define A ALERT_ACKNOWLEDGED
#define R ALERT_RESOLVED
#define NONE RESOLUTION_NONE
#define TRUE RESOLUTION_TRUE_POSITIVE
#define FALSE RESOLUTION_FALSE_POSITIVE
#define BENIGN RESOLUTION_BENIGN

static const struct {
  struct {
    enum alert_state state;
    enum alert_resolution resolution;
    const char *assignee, *by;
  } from;
  enum alert_occasion action;
  enum alert_resolution as;
  const char *to; /* the assignee */
  struct {
    enum alert_state state;
    enum alert_resolution resolution;
    const char *assignee, *by;
  } then;
  const char *refused;
} rows[] = {
    {{O, NONE, "", ""}, OCCASION_ACKNOWLEDGED, NONE, "", {A, NONE, "", "bart"}, NULL},
    {{O, NONE, "", "lisa"}, OCCASION_ACKNOWLEDGED, NONE, "", {A, NONE, "", "bart"}, NULL},
    {{O, NONE, "lisa", ""}, OCCASION_ACKNOWLEDGED, NONE, "", {A, NONE, "lisa", "bart"}, NULL},
    {{A, NONE, "", "lisa"},
     OCCASION_ACKNOWLEDGED,
     NONE,
     "",
     {A, NONE, "", "lisa"},
     "is acknowledged already, by lisa"},
    {{R, BENIGN, "", "lisa"},
     OCCASION_ACKNOWLEDGED,
     NONE,
     "",
     {R, BENIGN, "", "lisa"},
     "is resolved as benign, by lisa: reopen it first"},
    {{R, NONE, "", "margay"},
     OCCASION_ACKNOWLEDGED,
     NONE,
     "",
     {R, NONE, "", "margay"},
     "is resolved, by margay: reopen it first"},

    {{O, NONE, "", ""}, OCCASION_RESOLVED, FALSE, "", {R, FALSE, "", "bart"}, NULL},
    {{O, NONE, "", ""}, OCCASION_RESOLVED, NONE, "", {R, NONE, "", "bart"}, NULL},
    {{A, NONE, "lisa", "lisa"}, OCCASION_RESOLVED, TRUE, "", {R, TRUE, "lisa", "bart"}, NULL},
    {{R, TRUE, "", "lisa"}, OCCASION_RESOLVED, BENIGN, "", {R, BENIGN, "", "bart"}, NULL},
    {{R, TRUE, "", "lisa"},
     OCCASION_RESOLVED,
     TRUE,
     "",
     {R, TRUE, "", "lisa"},
     "is resolved as true_positive already, by lisa"},
    {{R, TRUE, "", "lisa"},
     OCCASION_RESOLVED,
     NONE,
     "",
     {R, TRUE, "", "lisa"},
     "is resolved as true_positive already, by lisa"},
    {{R, NONE, "", ""}, OCCASION_RESOLVED, NONE, "", {R, NONE, "", ""}, "is resolved already"},

    {{O, NONE, "", ""}, OCCASION_REOPENED, NONE, "", {O, NONE, "", ""}, "is open already"},
    {{O, NONE, "", "lisa"},
     OCCASION_REOPENED,
     NONE,
     "",
     {O, NONE, "", "lisa"},
     "is open already, by lisa"},
    {{A, NONE, "", "lisa"}, OCCASION_REOPENED, NONE, "", {O, NONE, "", "bart"}, NULL},
    {{R, FALSE, "lisa", "lisa"}, OCCASION_REOPENED, NONE, "", {O, NONE, "lisa", "bart"}, NULL},

    {{O, NONE, "", ""}, OCCASION_ASSIGNED, NONE, "lisa", {O, NONE, "lisa", ""}, NULL},
    {{A, NONE, "lisa", "lisa"}, OCCASION_ASSIGNED, NONE, "bart", {A, NONE, "bart", "lisa"}, NULL},
    {{O, NONE, "lisa", ""}, OCCASION_ASSIGNED, NONE, "", {O, NONE, "", ""}, NULL},
    {{O, NONE, "lisa", ""},
     OCCASION_ASSIGNED,
     NONE,
     "lisa",
     {O, NONE, "lisa", ""},
     "is assigned to lisa already"},
    {{O, NONE, "", ""}, OCCASION_ASSIGNED, NONE, "", {O, NONE, "", ""}, "is nobody's already"},
    {{R, TRUE, "", "lisa"},
     OCCASION_ASSIGNED,
     NONE,
     "bart",
     {R, TRUE, "", "lisa"},
     "is resolved as true_positive, by lisa: reopen it first"},

    {{O, NONE, "", ""}, OCCASION_NOTED, NONE, "", {O, NONE, "", ""}, NULL},
    {{A, NONE, "", "lisa"}, OCCASION_NOTED, NONE, "", {A, NONE, "", "lisa"}, NULL},
    {{R, TRUE, "lisa", "lisa"}, OCCASION_NOTED, NONE, "", {R, TRUE, "lisa", "lisa"}, NULL},
};

static void check_row(size_t i) {
  const struct alert_change change = {.action = rows[i].action,
                                      .resolution = rows[i].as,
                                      .assignee = text_from(rows[i].to),
                                      .note = TEXT("because"),
                                      .who = TEXT("bart")};
  struct alert_life life = {rows[i].from.state, rows[i].from.resolution,
                            text_from(rows[i].from.assignee), text_from(rows[i].from.by)};
  struct error reason = ERROR_NONE;
  bool done = alert_life_change(&life, &change, &reason);
  assert_int_equal(done, rows[i].refused == NULL);
  if (rows[i].refused)
    assert_string_equal(reason.text, rows[i].refused);
  assert_int_equal(life.state, rows[i].then.state);
  assert_int_equal(life.resolution, rows[i].then.resolution);
  assert_true(text_is(life.assignee, rows[i].then.assignee));
  assert_true(text_is(life.by, rows[i].then.by));
}

static void every_action_makes_sense_in_its_states_alone(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    check_row(i);
}

static void what_is_too_long_or_missing_is_refused(void **state) {
  (void)state;
  static const char long_text[ALERT_NOTE_MAX + 1];
  static const struct text longer = {long_text, sizeof long_text};
  const struct {
    struct alert_change change;
    const char *refused;
  } malformed[] = {
      {{.action = OCCASION_ACKNOWLEDGED, .who = TEXT(" ")}, "by nobody"},
      {{.action = OCCASION_ACKNOWLEDGED, .who = longer}, "more than 320 bytes"},
      {{.action = OCCASION_ASSIGNED, .who = TEXT("bart"), .assignee = longer}, "more than 320"},
      {{.action = OCCASION_NOTED, .who = TEXT("bart"), .note = longer}, "more than 4000 bytes"},
      {{.action = OCCASION_NOTED, .who = TEXT("bart"), .note = TEXT(" ")}, "an empty note"},
  };
  for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
    struct alert_life life = {.state = ALERT_OPEN};
    struct error reason = ERROR_NONE;
    assert_false(alert_life_change(&life, &malformed[i].change, &reason));
    assert_non_null(strstr(reason.text, malformed[i].refused));
  }
}

static void a_hostile_name_is_harmless_in_a_refusal(void **state) {
  (void)state;
  struct alert_life life = {.state = ALERT_ACKNOWLEDGED, .by = TEXT("\x1b[31mlisa\n")};
  const struct alert_change change = {.action = OCCASION_ACKNOWLEDGED, .who = TEXT("bart")};
  struct error reason = ERROR_NONE;
  assert_false(alert_life_change(&life, &change, &reason));
  assert_null(strchr(reason.text, '\x1b'));
  assert_null(strchr(reason.text, '\n'));
}

/* From the weightiest. */
static const enum alert_occasion weights[] = {
    OCCASION_OPENED,   OCCASION_RESOLVED, OCCASION_ACKNOWLEDGED, OCCASION_ROSE,
    OCCASION_ASSIGNED, OCCASION_NOTED,    OCCASION_GREW};

static void of_two_occasions_the_weightiest_is_sent(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++)
    for (size_t k = i; k < sizeof weights / sizeof weights[0]; k++) {
      assert_int_equal(alert_occasion_join(weights[i], weights[k]), weights[i]);
      assert_int_equal(alert_occasion_join(weights[k], weights[i]), weights[i]);
    }
  assert_int_equal(alert_occasion_join(OCCASION_RESOLVED, OCCASION_REOPENED), OCCASION_REOPENED);
  assert_int_equal(alert_occasion_join(OCCASION_REOPENED, OCCASION_RESOLVED), OCCASION_RESOLVED);
  assert_int_equal(alert_occasion_join(OCCASION_REOPENED, OCCASION_ACKNOWLEDGED),
                   OCCASION_REOPENED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_action_makes_sense_in_its_states_alone),
      cmocka_unit_test(what_is_too_long_or_missing_is_refused),
      cmocka_unit_test(a_hostile_name_is_harmless_in_a_refusal),
      cmocka_unit_test(of_two_occasions_the_weightiest_is_sent),
  };
  return cmocka_run_group_tests_name("alert_change", tests, NULL, NULL);
}
