/* Alerts past their retention go, with everything that belongs to them. */
#include "store/store_fixture.h"

#define YEAR (365 * US_PER_DAY)

static struct store_counts count(struct store_fixture *f) {
  struct store_counts counts;
  DONE(store_count(f->store, &counts, &f->error));
  return counts;
}

static int64_t prune(struct store_fixture *f, int64_t limit) {
  int64_t deleted;
  DONE(store_alert_prune(f->store, f->now - YEAR, limit, &deleted, &f->error));
  return deleted;
}

/* An alert of the dedup string `id`, with matches. */
static void add_alert(struct store_fixture *f, const char *id, int matches) {
  struct alert alert = fixture_alert(id);
  alert.dedup = text_from(id);
  alert.created_at = f->now;
  DONE(store_alert_add(f->store, &alert, &f->error));
  for (int i = 0; i < matches; i++)
    fixture_add_match(f, alert.id, alert.rule_id, alert.dedup, TEXT("row"), NOON);
}

static void set_window(struct store_fixture *f, const char *rule_id, const char *dedup,
                       int64_t period) {
  DONE(store_window_set(f->store, text_from(rule_id), text_from(dedup), TEXT("x"), f->now + period,
                        &f->error));
}

static void an_old_alert_goes_with_its_matches_and_deliveries(void **state) {
  struct store_fixture *f = *state;
  add_alert(f, "old1", 3);
  DONE(store_outbox_add(f->store, TEXT("old1"), TEXT("slack"), NOON, &f->error));
  fixture_record(f, 1, OUTBOX_DELIVERED, NOON, "");
  f->now += YEAR;
  add_alert(f, "new1", 2);
  assert_int_equal(prune(f, 100), 0);
  f->now++;
  assert_int_equal(prune(f, 100), 3);
  assert_int_equal(prune(f, 100), 1);
  assert_int_equal(prune(f, 100), 0);
  struct store_counts counts = count(f);
  assert_int_equal(counts.alerts, 1);
  assert_int_equal(counts.matches, 2);
  assert_int_equal(counts.outbox_delivered, 0);
}

static void very_many_matches_of_an_old_alert_go_in_steps(void **state) {
  static const int64_t steps[] = {4, 4, 2, 1, 0};
  struct store_fixture *f = *state;
  add_alert(f, "old1", 6);
  add_alert(f, "old2", 3);
  f->now += YEAR + 1;
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    assert_int_equal(prune(f, 4), steps[i]);
  assert_int_equal(count(f).alerts, 0);
  assert_int_equal(count(f).matches, 0);
}

static void an_alert_that_is_still_to_be_delivered_stays(void **state) {
  struct store_fixture *f = *state;
  add_alert(f, "old1", 1);
  DONE(store_outbox_add(f->store, TEXT("old1"), TEXT("slack"), NOON, &f->error));
  f->now += YEAR + 1;
  assert_int_equal(prune(f, 100), 0);
  fixture_record(f, 1, OUTBOX_PARKED, NOON, "404");
  assert_int_equal(prune(f, 100), 1);
  assert_int_equal(prune(f, 100), 1);
}

/* A window of the same name is saved again with every match: only its period counts. */
static void an_alert_that_matches_may_join_stays_for_their_period(void **state) {
  static const char *const windows[][2] = {{"Zoom.PasscodeDisabled", "rule"},
                                           {"Zoom.PasscodeDisabled%error", "errr"}};
  struct store_fixture *f = *state;
  const int64_t period = 30 * US_PER_DAY;
  for (size_t i = 0; i < 2; i++) {
    struct alert alert = fixture_alert(windows[i][1]);
    alert.type = i ? ALERT_RULE_ERROR : ALERT_RULE;
    alert.created_at = f->now;
    alert.dedup = text_from(windows[i][1]);
    DONE(store_alert_add(f->store, &alert, &f->error));
  }
  f->now += YEAR;
  for (size_t i = 0; i < 2; i++)
    set_window(f, windows[i][0], windows[i][1], period);
  f->now += period;
  assert_int_equal(prune(f, 100), 0);
  f->now++;
  assert_int_equal(prune(f, 100), 2);
  assert_int_equal(count(f).alerts, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(an_old_alert_goes_with_its_matches_and_deliveries),
      STORE_TEST(very_many_matches_of_an_old_alert_go_in_steps),
      STORE_TEST(an_alert_that_is_still_to_be_delivered_stays),
      STORE_TEST(an_alert_that_matches_may_join_stays_for_their_period),
  };
  return cmocka_run_group_tests_name("store_retention", tests, NULL, NULL);
}
