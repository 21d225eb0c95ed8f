/* A committer over a real store, a pipeline that feeds it, and two destinations: one for
 * everything, one for critical alerts. */
#ifndef TESTS_COMMIT_FIXTURE_H
#define TESTS_COMMIT_FIXTURE_H

#include "daemon/commit/commit.h"
#include "detect/detect_fixture.h"
#include "store/sqlite/internal.h"
#include "store/store_lifecycle.h"

extern const struct destination_type destination_console;

static const struct source sources[] = {{.id = TEXT_INIT("one")}, {.id = TEXT_INIT("two")}};
static const struct destination destinations[] = {
    {.type = &destination_console, .id = TEXT_INIT("all"), .severities = ~0u, .alert_types = ~0u},
    {.type = &destination_console,
     .id = TEXT_INIT("critical"),
     .severities = 1u << SEVERITY_CRITICAL,
     .alert_types = ~0u}};

/* Batches in a group at most. */
enum { GROUP = 8 };

struct fixture {
  struct detection *detection;
  struct pipeline *pipeline;
  struct store *store;
  struct committer *committer;
  time_us now;
};

static inline void start_committer(struct fixture *fixture) {
  const struct committer_options options = {
      .store = fixture->store,
      .setup = {.sources = sources,
                .source_count = 2,
                .routing = {.destinations = destinations, .destination_count = 2},
                .keep_events = true},
      .clock = clock_fixed(&fixture->now)};
  fixture->committer = committer_new(&options);
}

static inline void start_detection(struct fixture *fixture, struct detection *detection) {
  struct error error = ERROR_NONE;
  fixture->now = INT64_C(1704067200) * US_PER_SECOND;
  fixture->detection = detection;
  const struct pipeline_options options = {.detection = fixture->detection,
                                           .list_events = true,
                                           .workers = 1,
                                           .held = GROUP,
                                           .brief_matches = true};
  fixture->pipeline = pipeline_new(&options, &error);
  fixture->store = store_open_scratch(&error);
  assert_string_equal(error.text, "");
  start_committer(fixture);
}

static inline void start(struct fixture *fixture, const char *rule) {
  start_detection(fixture, fixture_detection(rule));
}

static inline void stop(struct fixture *fixture) {
  committer_free(fixture->committer);
  pipeline_free(fixture->pipeline);
  store_close(fixture->store);
  detection_release(fixture->detection);
}

static inline bool commit(struct fixture *fixture, struct batch *batch, struct error *error) {
  fixture_push(fixture->pipeline, batch);
  struct batch_result *result = pipeline_next(fixture->pipeline);
  bool ok = committer_commit(fixture->committer, &result, 1, error);
  pipeline_done(fixture->pipeline, result, true);
  return ok;
}

static inline void take_group(struct fixture *fixture, struct batch *const *batches, size_t count,
                              struct batch_result **results) {
  for (size_t i = 0; i < count; i++)
    fixture_push(fixture->pipeline, batches[i]);
  for (size_t i = 0; i < count; i++)
    results[i] = pipeline_next(fixture->pipeline);
}

static inline void done_group(struct fixture *fixture, struct batch_result *const *results,
                              size_t count) {
  for (size_t i = 0; i < count; i++)
    pipeline_done(fixture->pipeline, results[i], true);
}

static inline void commit_ok(struct fixture *fixture, struct batch *batch) {
  struct error error = ERROR_NONE;
  assert_true(commit(fixture, batch, &error));
  assert_string_equal(error.text, "");
}

static inline struct store_counts counts(struct fixture *fixture) {
  struct store_counts counts;
  struct error error = ERROR_NONE;
  assert_true(store_count(fixture->store, &counts, &error));
  return counts;
}

/* For store_alert_list. */
static const struct alert_filter newest_only = {.since = TIME_NONE, .until = TIME_NONE, .limit = 1};

static inline bool find_alert(void *context, const struct alert *alert) {
  struct alert *copy = context;
  copy->match_count = alert->match_count;
  copy->first_event_time = alert->first_event_time;
  copy->last_event_time = alert->last_event_time;
  return true;
}

static inline struct alert newest_alert(struct fixture *fixture) {
  struct alert found = {.match_count = -1};
  struct error error = ERROR_NONE;
  assert_true(store_alert_list(fixture->store, &newest_only, find_alert, &found, &error));
  return found;
}

static inline bool take_alert_id(void *context, const struct alert *alert) {
  buffer_append_text(context, alert->id);
  return true;
}

/* Somebody resolves the newest alert. */
static inline void resolve_newest(struct fixture *fixture) {
  struct buffer id = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct alert_changed changed;
  assert_true(store_alert_list(fixture->store, &newest_only, take_alert_id, &id, &error));
  const struct alert_change change = {.alert_id = buffer_text(&id),
                                      .action = OCCASION_RESOLVED,
                                      .who = TEXT("lisa"),
                                      .via = ALERT_VIA_CLI};
  assert_true(store_alert_change(fixture->store, &change, &changed, &error));
  assert_true(changed.done);
  buffer_free(&id);
}

#endif
