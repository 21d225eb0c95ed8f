/* A source, two destinations and their alarms over a real store, by a clock that the tests set. */
#ifndef TESTS_ALARMS_FIXTURE_H
#define TESTS_ALARMS_FIXTURE_H

#include "daemon/health/alarms.h"
#include "detect/detect_fixture.h"
#include "store/sqlite/internal.h"
#include "store/store_lifecycle.h"

#define NOON (INT64_C(1704110400) * US_PER_SECOND) /* 2024-01-01T12:00:00Z */
#define GIB (INT64_C(1) << 30)

extern const struct destination_type destination_console;
static const struct source_type type = {.kind = {.name = "zoom_reports"}};
static const struct destination destinations[] = {
    {.type = &destination_console, .id = TEXT_INIT("soc"), .severities = ~0u, .alert_types = ~0u},
    {.type = &destination_console,
     .id = TEXT_INIT("rules"),
     .severities = ~0u,
     .alert_types = 1u << ALERT_RULE}};

struct fixture {
  time_us now;
  struct alarms_moment moment;
  struct store *store;
  struct committer *committer;
  struct health *health;
  struct source source;
  struct health_source *held;
  struct source_run run;
  struct alarms *alarms;
  struct alarms_setup setup;
};

static inline void open_alarms(struct fixture *f) {
  struct error error = ERROR_NONE;
  const struct committer_options options = {
      .store = f->store,
      .setup = {.sources = &f->source,
                .source_count = 1,
                .routing = {.destinations = destinations, .destination_count = 2}},
      .clock = clock_fixed(&f->now)};
  f->committer = committer_new(&options);
  f->health = health_new(clock_fixed(&f->now));
  assert_true(health_load(f->health, f->store, &error));
  f->held = health_source_hold(f->health, &f->source);
  f->run =
      (struct source_run){.health = health_source_reports(f->held), .clock = clock_fixed(&f->now)};
  health_source_begins(f->held);
  f->alarms = alarms_new(
      &(struct alarms_options){.store = f->store, .committer = f->committer, .health = f->health},
      &error);
  assert_non_null(f->alarms);
  alarms_use(f->alarms, &f->setup);
}

static inline void take_saved(void *context, const struct health_view *view) {
  const struct store_daemon daemon = {.beat_at = NOON, .ended_at = TIME_NONE};
  struct error error = ERROR_NONE;
  assert_true(store_health_save(context, &daemon, &view->saved, 1, &error));
}

static inline void close_alarms(struct fixture *f) {
  health_each(f->health, take_saved, f->store);
  alarms_free(f->alarms);
  health_source_release(f->held);
  health_free(f->health);
  committer_free(f->committer);
}

static inline int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  struct error error = ERROR_NONE;
  f->now = NOON;
  f->moment = (struct alarms_moment){
      .now = NOON, .steady = US_PER_DAY, .disk_known = true, .disk = {50 * GIB, 100 * GIB}};
  f->store = store_open_scratch(&error);
  f->source = (struct source){
      .type = &type, .id = TEXT("zoom"), .label = TEXT("Springfield"), .quiet_after = US_PER_DAY};
  f->setup = (struct alarms_setup){.sources = &f->source,
                                   .source_count = 1,
                                   .destinations = destinations,
                                   .destination_count = 2,
                                   .limits = {.disk_free = GIB,
                                              .dead_letters = 100,
                                              .bad_signatures = 20,
                                              .clock_skew = US_PER_MINUTE,
                                              .source_failing = 30 * US_PER_MINUTE,
                                              .delivery_wait = 15 * US_PER_MINUTE}};
  open_alarms(f);
  *state = f;
  return 0;
}

static inline int end(void **state) {
  struct fixture *f = *state;
  close_alarms(f);
  store_close(f->store);
  free(f);
  return 0;
}

#define ALARM_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

static inline void restart(struct fixture *f) {
  close_alarms(f);
  open_alarms(f);
}

static inline void pass(struct fixture *f, int64_t us) {
  f->now += us;
  f->moment.now += us;
  f->moment.steady += us;
}

struct noted {
  struct store *store;
  struct buffer out, line;
  const struct alert *alert;
};

static inline bool note_end(void *context, const struct alert_history *history) {
  struct noted *noted = context;
  assert_int_equal(history->action, OCCASION_RESOLVED);
  assert_int_equal(history->via, ALERT_VIA_MARGAY);
  assert_int_equal(history->resolution, RESOLUTION_NONE);
  assert_true(text_is(history->who, "margay"));
  buffer_printf(&noted->line, "%.*s: E%.*s\n", TEXT_ARGS(noted->alert->rule_id),
                (int)history->note.size - 1, history->note.data + 1);
  return true;
}

/* What the alert says, and how it ended. */
static inline bool note_alert(void *context, const struct alert *alert) {
  struct noted *noted = context;
  struct error error = ERROR_NONE;
  assert_int_equal(alert->type, ALERT_SYSTEM);
  assert_int_equal(alert->severity, SEVERITY_HIGH);
  noted->alert = alert;
  buffer_reset(&noted->line);
  buffer_printf(&noted->line, "%.*s: %.*s\n", TEXT_ARGS(alert->rule_id), TEXT_ARGS(alert->title));
  assert_true(store_alert_history(noted->store, alert->id, note_end, noted, &error));
  assert_int_equal(alert->state == ALERT_RESOLVED,
                   strstr(noted->line.data, ": Ended after ") != NULL);
  buffer_append_text(&noted->line, buffer_text(&noted->out)); /* the newest comes first */
  struct buffer out = noted->out;
  noted->out = noted->line;
  noted->line = out;
  return true;
}

/* Looks once, and compares all alerts so far, the oldest first. Each went where system alerts go.
 */
static inline void assert_alerts(struct fixture *f, const char *expected) {
  struct noted noted = {.store = f->store};
  struct error error = ERROR_NONE;
  const struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE};
  struct store_counts counts;
  bool changed;
  if (!alarms_look(f->alarms, &f->moment, &changed, &error))
    fail_msg("%s", error.text);
  assert_true(store_alert_list(f->store, &filter, note_alert, &noted, &error));
  assert_string_equal(noted.out.data ? noted.out.data : "", expected);
  assert_true(store_count(f->store, &counts, &error));
  buffer_free(&noted.out);
  buffer_free(&noted.line);
}

static inline void report_fault(struct fixture *f, const char *part, enum source_fault fault,
                                const char *why) {
  struct error error = ERROR_NONE;
  error_set(&error, "%s", why);
  source_fails(&f->run, part, fault, &error);
}

static struct batch_source batches = {.id = TEXT_INIT("zoom")};

static inline void commit(struct fixture *f, uint64_t records, size_t dead_letters) {
  struct batch batch = {.source = &batches, .watermark = TIME_NONE};
  struct batch_result result = {
      .batch = &batch, .records = records, .dead_letter_count = dead_letters, .latest = f->now};
  health_committed(f->health, &result);
}

static inline size_t count_open(struct fixture *f) {
  size_t count = 0;
  for (size_t i = 0; i < alarm_kind_count; i++)
    count += alarms_count(f->alarms, &alarm_kinds[i]);
  return count;
}

/* What the alerts of two alarms say, and the end of one. */
#define QUIET                                                                                      \
  "margay.source_quiet: Source 'Springfield' is quiet: nothing has come for 1 d, since "           \
  "2024-01-01T12:00:00Z\n"
#define QUIET_END(how_long)                                                                        \
  "margay.source_quiet: Ended after 2 h: source 'Springfield' is quiet: nothing has come "         \
  "for " how_long ", since 2024-01-01T12:00:00Z\n"

#define REFUSED                                                                                    \
  "margay.source_credentials: Source 'Springfield' is refused its credentials: operation: no "     \
  "token\n"

#endif
