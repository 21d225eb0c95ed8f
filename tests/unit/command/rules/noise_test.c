/* `margay rules noise`: what is counted, listed and printed. */
#include "store/store_fixture.h"

#include "command/rules/noise_output.h"

/* B is off, C finds nothing; D is in the state file alone. */
static struct rule rules[] = {
    {.id = TEXT_INIT("A.Rule"), .display_name = TEXT_INIT("A \"rule\""), .enabled = true},
    {.id = TEXT_INIT("B.Rule"), .enabled = false},
    {.id = TEXT_INIT("C.Rule"), .enabled = true},
};
static const struct rule_set set = {.rules = rules, .count = 3};
static const struct rule *const listed[] = {&rules[0], &rules[1], &rules[2]};

static void add_matches(struct store_fixture *f, const char *rule, const char *actor, int count) {
  for (int i = 0; i < count; i++) {
    const struct store_match match = {.rule_id = text_from(rule),
                                      .actor = text_from(actor),
                                      .dedup = TEXT("d"),
                                      .row_id = TEXT("r"),
                                      .event_time = f->now};
    DONE(store_match_add(f->store, &match, &f->error));
  }
}

static void add_alerts(struct store_fixture *f, const char *rule, int count) {
  for (int i = 0; i < count; i++) {
    char id[64];
    snprintf(id, sizeof id, "%s%d", rule, i);
    struct alert alert = fixture_alert(id);
    alert.rule_id = text_from(rule);
    alert.created_at = alert.first_event_time = f->now;
    DONE(store_alert_add(f->store, &alert, &f->error));
  }
}

/* A: 3 matches, 2 alerts, 2 actors. D: 5 matches, of one actor. Ten days ago, and a day ago. */
static void fill(struct store_fixture *f) {
  struct clock clock = clock_system();
  time_us now = clock_now(&clock);
  f->now = now - 10 * US_PER_DAY;
  add_matches(f, "D.Rule", "=cmd()\x1b", 5);
  f->now = now - US_PER_DAY;
  add_matches(f, "A.Rule", "homer", 1);
  add_matches(f, "A.Rule", "marge", 2);
  add_alerts(f, "A.Rule", 2);
}

static char *print(struct store_fixture *f, struct noise_choice choice, enum noise_format format) {
  struct noise noise = {.count = 0};
  char *text;
  size_t size;
  if (!choice.rules.items)
    choice.rules = (struct rule_list){listed, 3};
  DONE(noise_read(f->store, &set, &choice, &noise, &f->error));
  FILE *out = open_memstream(&text, &size);
  noise_print(&noise, &choice, format, out);
  fclose(out);
  noise_clear(&noise);
  char *since = strstr(text, "since 2");
  if (since)
    memcpy(since, "since DATE      ", 16);
  return text;
}

static void assert_printed(struct store_fixture *f, struct noise_choice choice,
                           enum noise_format format, const char *expected) {
  char *text = print(f, choice, format);
  assert_string_equal(text, expected);
  free(text);
}

#define EVER .since = TIME_BEGIN

static void the_noisiest_rule_is_first_by_alerts_or_by_matches(void **state) {
  struct store_fixture *f = *state;
  fill(f);
  assert_printed(f, (struct noise_choice){EVER}, NOISE_TEXT,
                 "MATCHES  ALERTS  A DAY  SHARE  ACTORS  TOP ACTOR           RULE\n"
                 "      3       2    0.2  100 %       2   67 % marge         A.Rule\n"
                 "      5       0    0.0    0 %       1  100 % =cmd()\\u{1B}  D.Rule\n"
                 "\n8 matches and 2 alerts of all rules since DATE      \n"
                 "1 rule had no match (--silent lists them)\n"
                 "1 of these rules is not among those that are loaded\n");
  assert_printed(f, (struct noise_choice){EVER, .sort = NOISE_BY_MATCHES, .silent = true},
                 NOISE_TEXT,
                 "MATCHES  ALERTS  A DAY  SHARE  ACTORS  TOP ACTOR           RULE\n"
                 "      5       0    0.0   62 %       1  100 % =cmd()\\u{1B}  D.Rule\n"
                 "      3       2    0.2   38 %       2   67 % marge         A.Rule\n"
                 "\n8 matches and 2 alerts of all rules since DATE      \n"
                 "1 rule had no match:\n  C.Rule\n"
                 "1 of these rules is not among those that are loaded\n");
}

static void a_pattern_and_a_time_choose(void **state) {
  struct store_fixture *f = *state;
  struct clock clock = clock_system();
  fill(f);
  assert_printed(f, (struct noise_choice){EVER, .pattern = "a.*"}, NOISE_TEXT,
                 "MATCHES  ALERTS  A DAY  SHARE  ACTORS  TOP ACTOR    RULE\n"
                 "      3       2    0.2  100 %       2   67 % marge  A.Rule\n"
                 "\n8 matches and 2 alerts of all rules since DATE      \n");
  const struct rule_list last = {listed + 2, 1};
  assert_printed(f, (struct noise_choice){EVER, .rules = last, .silent = true}, NOISE_TEXT,
                 "8 matches and 2 alerts of all rules since DATE      \n"
                 "1 rule had no match:\n  C.Rule\n");
  const struct noise_choice week = {.since = clock_now(&clock) - 2 * US_PER_DAY};
  assert_printed(f, week, NOISE_TEXT,
                 "MATCHES  ALERTS  A DAY  SHARE  ACTORS  TOP ACTOR    RULE\n"
                 "      3       2    1.0  100 %       2   67 % marge  A.Rule\n"
                 "\n3 matches and 2 alerts of all rules since DATE      \n"
                 "1 rule had no match (--silent lists them)\n");
}

static void nothing_is_no_mistake(void **state) {
  struct store_fixture *f = *state;
  assert_printed(f, (struct noise_choice){.since = TIME_NONE}, NOISE_TEXT,
                 "0 matches and 0 alerts of all rules since DATE      \n"
                 "2 rules had no match (--silent lists them)\n");
  assert_printed(f, (struct noise_choice){.since = TIME_NONE}, NOISE_JSON, "");
}

static void suppressed_matches_have_a_column_when_there_are_some(void **state) {
  struct store_fixture *f = *state;
  fill(f);
  const struct store_match match = {.rule_id = TEXT("A.Rule"),
                                    .actor = TEXT("marge"),
                                    .suppressed = 1,
                                    .dedup = TEXT("d"),
                                    .row_id = TEXT("r"),
                                    .event_time = f->now};
  DONE(store_match_add(f->store, &match, &f->error));
  assert_printed(f, (struct noise_choice){EVER, .pattern = "A.?ule"}, NOISE_TEXT,
                 "MATCHES  SUPPRESSED  ALERTS  A DAY  SHARE  ACTORS  TOP ACTOR    RULE\n"
                 "      4           1       2    0.2  100 %       2   75 % marge  A.Rule\n"
                 "\n9 matches and 2 alerts of all rules since DATE      \n");
}

static void what_alerts_turned_out_to_be_has_columns_when_somebody_said_so(void **state) {
  struct store_fixture *f = *state;
  fill(f);
  const struct alert_change change = {.alert_id = TEXT("A.Rule1"),
                                      .action = OCCASION_RESOLVED,
                                      .resolution = RESOLUTION_FALSE_POSITIVE,
                                      .who = TEXT("lisa")};
  struct alert_changed changed;
  DONE(store_alert_change(f->store, &change, &changed, &f->error));
  assert_printed(f, (struct noise_choice){EVER, .pattern = "A.?ule"}, NOISE_TEXT,
                 "MATCHES  ALERTS  TRUE  FALSE  BENIGN  A DAY  SHARE  ACTORS  TOP ACTOR    RULE\n"
                 "      3       2     0      1       0    0.2  100 %       2   67 % marge  A.Rule\n"
                 "\n8 matches and 2 alerts of all rules since DATE      \n");
  char *json = print(f, (struct noise_choice){EVER}, NOISE_JSON);
  assert_non_null(
      strstr(json, "\"alerts\":2,\"true_positives\":0,\"false_positives\":1,\"benign\":0,"));
  free(json);
}

/* What a spreadsheet or a terminal would act on is harmless. */
static void programs_get_csv_or_json(void **state) {
  struct store_fixture *f = *state;
  fill(f);
  char *csv = print(f, (struct noise_choice){EVER}, NOISE_CSV);
  assert_non_null(
      strstr(csv, "rule_id,display_name,severity,pack,since,matches,suppressed,alerts,"));
  assert_non_null(strstr(csv, "\"A.Rule\",\"A \"\"rule\"\"\",\"INFO\","));
  assert_non_null(strstr(csv, ",3,0,2,0,0,0,0.20,0.3750,1.0000,2,\"marge\",0.6667\r\n"));
  assert_non_null(strstr(csv, ",\"'=cmd()\\u{1B}\",1.0000\r\n"));
  free(csv);
  char *json = print(f, (struct noise_choice){EVER, .silent = true}, NOISE_JSON);
  assert_non_null(strstr(json, "\"top_actor\":\"=cmd()\\u001b\",\"top_actor_share\":1.0000}\n"));
  assert_non_null(strstr(json, "\"rule_id\":\"C.Rule\""));
  free(json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(the_noisiest_rule_is_first_by_alerts_or_by_matches),
      STORE_TEST(a_pattern_and_a_time_choose),
      STORE_TEST(nothing_is_no_mistake),
      STORE_TEST(suppressed_matches_have_a_column_when_there_are_some),
      STORE_TEST(what_alerts_turned_out_to_be_has_columns_when_somebody_said_so),
      STORE_TEST(programs_get_csv_or_json),
  };
  return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
