/* Alerts. */
#include "store/store_fixture.h"

#define ID_A "aaaa0000000000000000000000000001"
#define ID_B "aaaa0000000000000000000000000002"
#define ID_C "cccc0000000000000000000000000003"

static void add(struct store_fixture *f, struct alert alert) {
  DONE(store_alert_add(f->store, &alert, &f->error));
}

/* ---- showing ----------------------------------------------------------------------------- */

struct shown {
  int count;
  char id[40];
  time_us first, last;
  int64_t match_count;
};

static void show(void *context, const struct alert *alert) {
  struct shown *shown = context;
  shown->count++;
  snprintf(shown->id, sizeof shown->id, "%.*s", TEXT_ARGS(alert->id));
  shown->first = alert->first_event_time;
  shown->last = alert->last_event_time;
  shown->match_count = alert->match_count;
}

static void compare(void *context, const struct alert *alert) {
  const struct alert *given = context;
  const struct text pairs[][2] = {
      {alert->id, given->id},
      {alert->rule_id, given->rule_id},
      {alert->display_name, given->display_name},
      {alert->log_type, given->log_type},
      {alert->source_id, given->source_id},
      {alert->source_label, given->source_label},
      {alert->dedup, given->dedup},
      {alert->title, given->title},
      {alert->description, given->description},
      {alert->runbook, given->runbook},
      {alert->reference, given->reference},
      {alert->tags, given->tags},
      {alert->reports, given->reports},
      {alert->context, given->context},
      {alert->event, given->event},
      {alert->actor, given->actor},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    assert_true(text_equal(pairs[i][0], pairs[i][1]));
  assert_int_equal(alert->type, given->type);
  assert_int_equal(alert->severity, given->severity);
  assert_int_equal(alert->created_at, given->created_at);
  assert_int_equal(alert->first_event_time, given->first_event_time);
  assert_int_equal(alert->last_event_time, given->last_event_time);
  assert_int_equal(alert->match_count, given->match_count);
}

static void an_alert_comes_back_as_it_was_given(void **state) {
  struct store_fixture *f = *state;
  struct alert alert = fixture_alert(ID_A);
  alert.type = ALERT_RULE_ERROR;
  alert.severity = SEVERITY_CRITICAL;
  alert.title = TEXT("nul\0inside \xff");
  alert.actor = (struct text){NULL, 0};
  add(f, alert);
  DONE(store_alert_show(f->store, TEXT(ID_A), compare, &alert, &f->error));
}

static void an_alert_that_is_there_already_stays_as_it_is_and_counts_more(void **state) {
  struct store_fixture *f = *state;
  struct alert alert = fixture_alert(ID_A), again = alert;
  add(f, alert);
  again.title = TEXT("another title");
  again.match_count = 9;
  again.last_event_time += 5;
  add(f, again);
  alert.match_count += 9;
  alert.last_event_time += 5;
  DONE(store_alert_show(f->store, TEXT(ID_A), compare, &alert, &f->error));
}

static void an_alert_is_found_by_the_start_of_its_id_when_that_is_unique(void **state) {
  static const struct {
    const char *given, *id, *error;
  } cases[] = {
      {ID_A, ID_A, NULL},
      {"cccc", ID_C, NULL},
      {"cccc0000", ID_C, NULL},
      {"aaaa", NULL, "more than one"},
      {"aaaa000000000000000000000000000", NULL, "more than one"},
      {"bbbb", NULL, "no alert 'bbbb'"},
      {"dddd", NULL, "no alert"},
      {ID_C "0", NULL, "no alert"},
      {"ccc", NULL, "too short"},
      {"", NULL, "too short"},
      {"%___", NULL, "no alert"},
      {"\xff\xff\xff\xff", NULL, "no alert '?"},
      {"plain", "plain", NULL}, /* though "plain-more" starts with it */
  };
  struct store_fixture *f = *state;
  static const char *const ids[] = {ID_A, ID_B, ID_C, "plain-more", "plain"};
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
    add(f, fixture_alert(ids[i]));
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct shown shown = {.count = 0};
    bool ok = store_alert_show(f->store, text_from(cases[i].given), show, &shown, &f->error);
    assert_int_equal(shown.count, cases[i].id ? 1 : 0);
    if (cases[i].id) {
      assert_done(ok, &f->error);
      assert_string_equal(shown.id, cases[i].id);
    } else {
      assert_refused(f, ok, cases[i].error);
    }
  }
}

static void values_that_other_hands_wrote_into_the_file_do_no_harm(void **state) {
  struct store_fixture *f = *state;
  struct alert alert = fixture_alert(ID_A);
  add(f, alert);
  assert_int_equal(
      sqlite3_exec(f->store->db, "UPDATE alert SET type = -7, severity = 99", NULL, NULL, NULL),
      SQLITE_OK);
  alert.type = ALERT_RULE;
  alert.severity = SEVERITY_INFO;
  DONE(store_alert_show(f->store, TEXT(ID_A), compare, &alert, &f->error));
}

static void a_match_that_joins_counts_and_widens_the_times(void **state) {
  struct store_fixture *f = *state;
  add(f, fixture_alert(ID_A)); /* first and last: NOON - HOUR */
  static const time_us times[] = {NOON - HOUR + 1, NOON - 2 * HOUR, NOON, NOON - HOUR};
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
    assert_true(fixture_join(f, ID_A, times[i], SEVERITY_INFO).joined);
  struct shown shown = {.count = 0};
  DONE(store_alert_show(f->store, TEXT(ID_A), show, &shown, &f->error));
  assert_int_equal(shown.match_count, 5);
  assert_int_equal(shown.first, NOON - 2 * HOUR);
  assert_int_equal(shown.last, NOON);
}

static void joining_says_whether_the_alert_is_there(void **state) {
  struct store_fixture *f = *state;
  assert_false(fixture_join(f, ID_A, NOON, SEVERITY_INFO).joined);
  add(f, fixture_alert(ID_A));
  assert_true(fixture_join(f, ID_A, NOON, SEVERITY_INFO).joined);
}

/* ---- listing ----------------------------------------------------------------------------- */

struct listed {
  char ids[64]; /* the first letter of each id */
  size_t count, most;
};

/* ---- summing up -------------------------------------------------------------------------- */

static void keep_attributes(void *context, const struct alert *alert) {
  snprintf(context, 256, "%.*s", TEXT_ARGS(alert->attributes));
}

static void add_match(struct store_fixture *f, const char *alert_id, const char *row,
                      const char *who) {
  const struct store_attribute attributes[] = {
      {TEXT("who"), text_from(who)}, {TEXT("kind"), TEXT("x")}, {TEXT("kind"), TEXT("x")}};
  const struct store_match match = {.alert_id = text_from(alert_id),
                                    .rule_id = TEXT("R"),
                                    .dedup = TEXT("d"),
                                    .row_id = text_from(row),
                                    .event_time = 5,
                                    .attributes = attributes,
                                    .attribute_count = sizeof attributes / sizeof *attributes};
  DONE(store_match_add(f->store, &match, &f->error));
}

static void an_alert_sums_up_its_matches(void **state) {
  struct store_fixture *f = *state;
  struct alert alert = fixture_alert(ID_A), plain = fixture_alert(ID_B);
  char text[256];
  alert.sums_up = true;
  add_match(f, "", "r1", "homer"); /* before the threshold */
  add(f, alert);
  add(f, plain);
  DONE(store_match_claim(f->store, TEXT(ID_A), TEXT("R"), TEXT("d"), 0, 9, &f->error));
  add_match(f, ID_A, "r2", "lisa");
  add_match(f, ID_A, "r3", "lisa");
  add_match(f, ID_B, "r4", "moe");
  add_match(f, "", "r5", "moe");
  DONE(store_alert_show(f->store, TEXT(ID_A), keep_attributes, text, &f->error));
  assert_string_equal(text, "{\"kind\":{\"x\":3},\"who\":{\"lisa\":2,\"homer\":1}}");
  DONE(store_alert_show(f->store, TEXT(ID_B), keep_attributes, text, &f->error));
  assert_string_equal(text, "");
}

static void note_suppressed(void *context, const struct store_suppressed *suppressed) {
  char *text = context;
  size_t used = strlen(text);
  snprintf(text + used, 256 - used, "%.*s x%lld until %lld;", TEXT_ARGS(suppressed->rule_id),
           (long long)suppressed->count, (long long)suppressed->latest);
}

/* Those before the threshold become the alert's, and only those that are not suppressed. */
static void a_suppressed_match_is_counted_and_no_alert_claims_it(void **state) {
  struct store_fixture *f = *state;
  char text[256] = "";
  add(f, fixture_alert(ID_A));
  for (int i = 0; i < 4; i++) {
    char row[] = {'r', (char)('0' + i), '\0'};
    const struct store_match match = {.rule_id = i < 3 ? TEXT("R") : TEXT("Q"),
                                      .dedup = TEXT("d"),
                                      .row_id = text_from(row),
                                      .event_time = i,
                                      .suppressed = i};
    DONE(store_match_add(f->store, &match, &f->error));
  }
  DONE(store_match_claim(f->store, TEXT(ID_A), TEXT("R"), TEXT("d"), 0, 9, &f->error));
  DONE(store_suppressed(f->store, note_suppressed, text, &f->error));
  assert_string_equal(text, "Q x1 until 3;R x2 until 2;");
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(f->store->db,
                                      "SELECT count(*) FROM rule_match WHERE alert_id IS NOT NULL",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int64(statement, 0), 1);
  sqlite3_finalize(statement);
}

/* Around the ends of the span and of hours, before 1970, in hours that are far apart. */
static void an_alert_claims_the_matches_of_its_span_and_key(void **state) {
  static const struct {
    const char *rule, *dedup, *alert;
    time_us event_time;
    bool claimed;
  } matches[] = {
      {"R", "d", "", -2 * US_PER_HOUR - 1, false},
      {"R", "d", "", -2 * US_PER_HOUR, true},
      {"R", "d", "", -1, true},
      {"R", "d", "", 0, true},
      {"R", "d", "", US_PER_HOUR - 1, true},
      {"R", "d", "", US_PER_HOUR, true},
      {"R", "d", ID_B, US_PER_HOUR, false},
      {"R", "other", "", US_PER_HOUR, false},
      {"Q", "d", "", US_PER_HOUR, false},
      {"Q", "d", "", 30 * US_PER_HOUR, false}, /* the only one of its hour */
      {"R", "d", "", 900 * US_PER_HOUR, true},
      {"R", "d", "", 900 * US_PER_HOUR + 1, false},
      {"R", "d", "", 901 * US_PER_HOUR, false},
  };
  struct store_fixture *f = *state;
  sqlite3_stmt *statement;
  add(f, fixture_alert(ID_A));
  add(f, fixture_alert(ID_B));
  for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
    const struct store_match match = {.alert_id = text_from(matches[i].alert),
                                      .rule_id = text_from(matches[i].rule),
                                      .dedup = text_from(matches[i].dedup),
                                      .row_id = TEXT("r"),
                                      .event_time = matches[i].event_time};
    DONE(store_match_add(f->store, &match, &f->error));
  }
  DONE(store_match_claim(f->store, TEXT(ID_A), TEXT("R"), TEXT("d"), -2 * US_PER_HOUR,
                         900 * US_PER_HOUR, &f->error));
  assert_int_equal(sqlite3_prepare_v2(f->store->db,
                                      "SELECT ifnull(alert_id, '') FROM rule_match ORDER BY id", -1,
                                      &statement, NULL),
                   SQLITE_OK);
  for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(statement, 0),
                        matches[i].claimed ? ID_A : matches[i].alert);
  }
  sqlite3_finalize(statement);
}

static bool list(void *context, const struct alert *alert) {
  struct listed *listed = context;
  listed->ids[listed->count++] = alert->id.data[0];
  return listed->count < listed->most;
}

static void add_five(struct store_fixture *f) {
  static const struct {
    const char *id, *rule;
    enum severity severity;
    time_us created_at;
  } alerts[] = {
      {"a", "One", SEVERITY_LOW, NOON},          {"b", "Two", SEVERITY_HIGH, NOON + 1},
      {"c", "One", SEVERITY_CRITICAL, NOON + 2}, {"d", "Two", SEVERITY_INFO, NOON + 2},
      {"e", "One", SEVERITY_MEDIUM, NOON + 1},
  };
  for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++) {
    struct alert alert = fixture_alert(alerts[i].id);
    alert.rule_id = text_from(alerts[i].rule);
    alert.severity = alerts[i].severity;
    alert.created_at = alerts[i].created_at;
    add(f, alert);
  }
}

static void alerts_are_listed_newest_first_by_every_filter(void **state) {
  static const struct {
    const char *rule;
    int severity; /* -1: none */
    time_us since, until;
    int64_t limit;
    const char *ids;
  } cases[] = {
      {"", -1, TIME_NONE, TIME_NONE, 0, "dceba"},
      {"One", -1, TIME_NONE, TIME_NONE, 0, "cea"},
      {"Three", -1, TIME_NONE, TIME_NONE, 0, ""},
      {"", SEVERITY_INFO, TIME_NONE, TIME_NONE, 0, "dceba"},
      {"", SEVERITY_MEDIUM, TIME_NONE, TIME_NONE, 0, "ceb"},
      {"Two", SEVERITY_MEDIUM, TIME_NONE, TIME_NONE, 0, "b"},
      {"", -1, NOON + 1, TIME_NONE, 0, "dceb"},
      {"", -1, TIME_NONE, NOON + 1, 0, "a"},
      {"", -1, NOON + 1, NOON + 2, 0, "eb"},
      {"One", -1, NOON + 1, NOON + 2, 0, "e"},
      {"", -1, TIME_NONE, TIME_NONE, 2, "dc"},
  };
  struct store_fixture *f = *state;
  add_five(f);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct alert_filter filter = {
        .rule_id = text_from(cases[i].rule),
        .by_severity = cases[i].severity >= 0,
        .min_severity =
            cases[i].severity < 0 ? SEVERITY_CRITICAL : (enum severity)cases[i].severity,
        .since = cases[i].since,
        .until = cases[i].until,
        .limit = cases[i].limit,
    };
    struct listed listed = {.most = 64};
    DONE(store_alert_list(f->store, &filter, list, &listed, &f->error));
    assert_string_equal(listed.ids, cases[i].ids);
  }
}

static void a_callback_that_returns_false_ends_the_list(void **state) {
  struct store_fixture *f = *state;
  add_five(f);
  struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE};
  struct listed listed = {.most = 2};
  DONE(store_alert_list(f->store, &filter, list, &listed, &f->error));
  assert_string_equal(listed.ids, "dc");
}

static bool count_one(void *context, const struct alert *alert) {
  (void)alert;
  ++*(int64_t *)context;
  return true;
}

static void the_list_shows_a_hundred_unless_asked_otherwise(void **state) {
  struct store_fixture *f = *state;
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < 130; i++) {
    char id[24];
    snprintf(id, sizeof id, "alert-%d", i);
    add(f, fixture_alert(id));
  }
  DONE(store_commit(f->store, &f->error));
  struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE};
  static const int64_t cases[][2] = {{0, 100}, {120, 120}, {500, 130}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    filter.limit = cases[i][0];
    int64_t count = 0;
    DONE(store_alert_list(f->store, &filter, count_one, &count, &f->error));
    assert_int_equal(count, cases[i][1]);
  }
}

/* ---- names ------------------------------------------------------------------------------- */

static void names_read_back(void **state) {
  (void)state;
  for (int i = ALERT_RULE; i <= ALERT_RULE_ERROR; i++) {
    enum alert_type type;
    assert_true(alert_type_parse(text_from(alert_type_name((enum alert_type)i)), &type));
    assert_int_equal(type, i);
  }
  enum alert_type type;
  assert_false(alert_type_parse(TEXT("rules"), &type));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(an_alert_comes_back_as_it_was_given),
      STORE_TEST(an_alert_sums_up_its_matches),
      STORE_TEST(a_suppressed_match_is_counted_and_no_alert_claims_it),
      STORE_TEST(an_alert_claims_the_matches_of_its_span_and_key),
      STORE_TEST(an_alert_that_is_there_already_stays_as_it_is_and_counts_more),
      STORE_TEST(an_alert_is_found_by_the_start_of_its_id_when_that_is_unique),
      STORE_TEST(values_that_other_hands_wrote_into_the_file_do_no_harm),
      STORE_TEST(a_match_that_joins_counts_and_widens_the_times),
      STORE_TEST(joining_says_whether_the_alert_is_there),
      STORE_TEST(alerts_are_listed_newest_first_by_every_filter),
      STORE_TEST(a_callback_that_returns_false_ends_the_list),
      STORE_TEST(the_list_shows_a_hundred_unless_asked_otherwise),
      cmocka_unit_test(names_read_back),
  };
  return cmocka_run_group_tests_name("store_alert", tests, NULL, NULL);
}
