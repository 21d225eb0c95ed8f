/* How the daemon and its sources are, alarms, and what waits for destinations. */
#include "store/store_fixture.h"
#include "store/store_health.h"

static const struct store_daemon daemon_row = {.version = TEXT_INIT("0.2.0"),
                                               .pid = 77,
                                               .started_at = NOON,
                                               .beat_at = NOON + HOUR,
                                               .ended_at = TIME_NONE,
                                               .commits = true,
                                               .rules = 113,
                                               .rule_mistakes = 2,
                                               .rules_paused = 1,
                                               .destinations = TEXT_INIT("[\"soc\"]")};

static struct store_source_health source_row(const char *id) {
  return (struct store_source_health){.source_id = text_from(id),
                                      .label = TEXT("Springfield"),
                                      .kind = TEXT("zoom_reports"),
                                      .state = TEXT("failing"),
                                      .known_since = NOON,
                                      .last_event = NOON + 1,
                                      .last_event_at = NOON + 2,
                                      .last_success = TIME_NONE,
                                      .watermark = NOON + 3,
                                      .fault = TEXT("scope"),
                                      .error = TEXT("the app lacks a scope"),
                                      .error_since = NOON + 4,
                                      .errors = 5,
                                      .day = NOON + 6,
                                      .rows_today = 7};
}

static void note_daemon(void *context, const struct store_daemon *daemon) {
  buffer_printf(context, "%.*s %lld %lld %lld %d %d %lld %lld %lld %.*s\n",
                TEXT_ARGS(daemon->version), (long long)daemon->pid,
                (long long)(daemon->started_at - NOON), (long long)(daemon->beat_at - NOON),
                daemon->ended_at == TIME_NONE, daemon->commits, (long long)daemon->rules,
                (long long)daemon->rule_mistakes, (long long)daemon->rules_paused,
                TEXT_ARGS(daemon->destinations));
}

static void note_source(void *context, const struct store_source_health *source) {
  buffer_printf(
      context, "%.*s %.*s %.*s %.*s %lld %lld %lld %d %lld %.*s (%.*s) %lld %lld %lld %lld\n",
      TEXT_ARGS(source->source_id), TEXT_ARGS(source->label), TEXT_ARGS(source->kind),
      TEXT_ARGS(source->state), (long long)(source->known_since - NOON),
      (long long)(source->last_event - NOON), (long long)(source->last_event_at - NOON),
      source->last_success == TIME_NONE, (long long)(source->watermark - NOON),
      TEXT_ARGS(source->fault), TEXT_ARGS(source->error), (long long)(source->error_since - NOON),
      (long long)source->errors, (long long)(source->day - NOON), (long long)source->rows_today);
}

static void note_alarm(void *context, const struct store_alarm *alarm) {
  buffer_printf(context, "%.*s %.*s (%.*s) %lld %.*s\n", TEXT_ARGS(alarm->kind),
                TEXT_ARGS(alarm->subject), TEXT_ARGS(alarm->detail),
                (long long)(alarm->since - NOON), TEXT_ARGS(alarm->alert_id));
}

static void assert_text(struct buffer *out, const char *expected) {
  assert_string_equal(out->data ? out->data : "", expected);
  buffer_free(out);
}

static void what_was_saved_last_is_found_and_other_sources_are_forgotten(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  struct store_source_health rows[] = {source_row("zoom"), source_row("file")};
  struct store_daemon later = daemon_row;
  DONE(store_health_daemon(f->store, note_daemon, &out, &f->error));
  assert_text(&out, "");
  DONE(store_health_save(f->store, &daemon_row, rows, 2, &f->error));
  later.beat_at += 1;
  rows[1].errors = 6;
  DONE(store_health_save(f->store, &later, rows + 1, 1, &f->error));
  DONE(store_health_daemon(f->store, note_daemon, &out, &f->error));
  assert_text(&out, "0.2.0 77 0 3600000001 1 1 113 2 1 [\"soc\"]\n");
  DONE(store_health_sources(f->store, note_source, &out, &f->error));
  assert_text(&out, "file Springfield zoom_reports failing 0 1 2 1 3 scope (the app lacks a scope) "
                    "4 6 6 7\n");
}

static void alarms_stay_until_they_end(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  const struct store_alarm quiet = {.kind = TEXT("quiet"),
                                    .subject = TEXT("zoom"),
                                    .detail = TEXT("no event"),
                                    .since = NOON + 2,
                                    .alert_id = TEXT("a1")};
  const struct store_alarm disk = {
      .kind = TEXT("disk"), .detail = TEXT("full"), .since = NOON + 1, .alert_id = TEXT("a2")};
  DONE(store_alarm_begin(f->store, &quiet, &f->error));
  DONE(store_alarm_begin(f->store, &disk, &f->error));
  DONE(store_alarm_list(f->store, note_alarm, &out, &f->error));
  assert_text(&out, "disk  (full) 1 a2\nquiet zoom (no event) 2 a1\n");
  DONE(store_alarm_end(f->store, TEXT("quiet"), TEXT("other"), &f->error));
  DONE(store_alarm_end(f->store, TEXT("disk"), TEXT(""), &f->error));
  DONE(store_alarm_list(f->store, note_alarm, &out, &f->error));
  assert_text(&out, "quiet zoom (no event) 2 a1\n");
}

/* ---- the backlog ------------------------------------------------------------------------- */

static void add_alert(struct store_fixture *f, const char *id, time_us created_at) {
  const struct alert alert = {.id = text_from(id),
                              .tags = TEXT("[]"),
                              .reports = TEXT("{}"),
                              .context = TEXT("{}"),
                              .event = TEXT("{}"),
                              .created_at = created_at};
  DONE(store_alert_add(f->store, &alert, &f->error));
}

/* The row of the pair becomes this. */
static void record(struct store_fixture *f, int64_t id, enum outbox_state outcome,
                   const char *why) {
  bool held;
  const struct outbox_result result = {
      .id = id, .state = outcome, .due = NOON, .now = NOON, .last_error = text_from(why)};
  DONE(store_outbox_record(f->store, &result, &held, &f->error));
  assert_true(held);
}

static void note_backlog(void *context, const struct store_outbox_backlog *backlog) {
  bool none = backlog->oldest == TIME_NONE, no_retried = backlog->oldest_retried == TIME_NONE;
  buffer_printf(context, "%.*s %lld %lld %lld %lld %lld '%.*s'\n",
                TEXT_ARGS(backlog->destination_id), (long long)backlog->waiting,
                (long long)backlog->retried, (long long)backlog->parked,
                none ? -1 : (long long)(backlog->oldest - NOON),
                no_retried ? -1 : (long long)(backlog->oldest_retried - NOON),
                TEXT_ARGS(backlog->last_error));
}

static void a_backlog_counts_what_waits_failed_and_was_parked(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  static const char *const ids[] = {"a1", "a2", "a3"};
  for (int i = 0; i < 3; i++) {
    add_alert(f, ids[i], NOON + i);
    DONE(store_outbox_add(f->store, text_from(ids[i]), TEXT("soc"), NOON, &f->error));
    DONE(store_outbox_add(f->store, text_from(ids[i]), TEXT("pager"), NOON, &f->error));
  }
  /* Their ids: soc 1 3 5, pager 2 4 6. */
  record(f, 1, OUTBOX_DELIVERED, "");
  record(f, 5, OUTBOX_PENDING, "answered 503");
  record(f, 2, OUTBOX_DELIVERED, "");
  record(f, 4, OUTBOX_PARKED, "answered 404");
  record(f, 6, OUTBOX_DELIVERED, "");
  DONE(store_outbox_backlog(f->store, note_backlog, &out, &f->error));
  assert_text(&out, "pager 0 0 1 -1 -1 'answered 404'\nsoc 2 1 0 1 2 'answered 503'\n");
}

static void an_extent_says_about_how_much_there_is_and_since_when(void **state) {
  struct store_fixture *f = *state;
  int64_t rows;
  time_us oldest;
  DONE(store_extent(f->store, STORE_EVENTS, &rows, &oldest, &f->error));
  assert_int_equal(rows, 0);
  assert_true(oldest == TIME_NONE);
  struct store_event events[] = {fixture_event("1", NOON), fixture_event("2", NOON)};
  DONE(store_event_add(f->store, events, 2, &f->error));
  DONE(store_extent(f->store, STORE_EVENTS, &rows, &oldest, &f->error));
  assert_int_equal(rows, 2);
  assert_true(oldest == NOON);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(what_was_saved_last_is_found_and_other_sources_are_forgotten),
      STORE_TEST(alarms_stay_until_they_end),
      STORE_TEST(a_backlog_counts_what_waits_failed_and_was_parked),
      STORE_TEST(an_extent_says_about_how_much_there_is_and_since_when),
  };
  return cmocka_run_group_tests_name("store_health", tests, NULL, NULL);
}
