/* What the tests of the store share: a directory of its own for each test, and a store in it. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "store/sqlite/internal.h"
#include "store/store_lifecycle.h"
#include "store/store_outbox.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOON (INT64_C(1700000000) * US_PER_SECOND)
#define HOUR US_PER_HOUR

struct store_fixture {
  char directory[64];
  char path[128];
  struct store *store;
  time_us now; /* the store's clock */
  struct error error;
};

static inline void assert_done(bool ok, const struct error *error) {
  struct error_line line;
  if (!ok || error->set)
    fail_msg("%s", error_line(error, &line));
}
#define DONE(call) assert_done((call), &f->error)

static inline struct store *fixture_open(struct store_fixture *f) {
  struct store *store = store_open(f->path, &f->error);
  assert_done(store, &f->error);
  store->clock = clock_fixed(&f->now);
  return store;
}

static inline int fixture_start(void **state) {
  struct store_fixture *f = memory_alloc(sizeof *f);
  snprintf(f->directory, sizeof f->directory, "/tmp/margay-store-XXXXXX");
  assert_non_null(mkdtemp(f->directory));
  snprintf(f->path, sizeof f->path, "%s/margay.db", f->directory);
  f->now = NOON;
  f->store = fixture_open(f);
  *state = f;
  return 0;
}

static inline int fixture_end(void **state) {
  struct store_fixture *f = *state;
  store_close(f->store);
  DIR *directory = opendir(f->directory);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    unlinkat(dirfd(directory), entry->d_name, 0);
  closedir(directory);
  rmdir(f->directory);
  free(f);
  return 0;
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_end)

/* The call fails and says `part`; the fixture's error is clean again. */
static inline void assert_refused(struct store_fixture *f, bool ok, const char *part) {
  assert_false(ok);
  assert_true(f->error.set);
  if (!strstr(f->error.text, part))
    fail_msg("'%s' does not say '%s'", f->error.text, part);
  f->error = ERROR_NONE;
}

static inline struct store_event fixture_event(const char *row_id, time_us event_time) {
  return (struct store_event){
      .row_id = text_from(row_id),
      .source_id = TEXT("zoom"),
      .log_type = TEXT("Zoom.Operation"),
      .event_time = event_time,
      .parse_time = NOON,
      .record = TEXT("{\"action\":\"Update\"}"),
  };
}

static inline void fixture_add_match(struct store_fixture *f, struct text alert_id,
                                     struct text rule_id, struct text dedup, struct text row_id,
                                     time_us event_time) {
  const struct store_match match = {.alert_id = alert_id,
                                    .rule_id = rule_id,
                                    .dedup = dedup,
                                    .row_id = row_id,
                                    .event_time = event_time};
  DONE(store_match_add(f->store, &match, &f->error));
}

static inline struct alert_joined fixture_join(struct store_fixture *f, const char *alert_id,
                                               time_us event_time, enum severity severity) {
  const struct alert_join join = {
      .alert_id = text_from(alert_id), .event_time = event_time, .severity = severity};
  struct alert_joined joined;
  DONE(store_alert_join(f->store, &join, &joined, &f->error));
  return joined;
}

/* What became of a delivery that nobody claimed. */
static inline void fixture_record(struct store_fixture *f, int64_t id, enum outbox_state state,
                                  time_us due, const char *last_error) {
  const struct outbox_result result = {
      .id = id, .state = state, .due = due, .now = NOON, .last_error = text_from(last_error)};
  bool held;
  DONE(store_outbox_record(f->store, &result, &held, &f->error));
  assert_true(held);
}

/* Deletes a slice, without a limit of time. */
static inline struct store_pruned fixture_prune_slice(struct store_fixture *f, enum store_part part,
                                                      time_us before, int64_t rows) {
  const struct store_slice slice = {rows, US_PER_HOUR};
  struct store_pruned pruned;
  DONE(store_prune(f->store, part, before, &slice, &pruned, &f->error));
  return pruned;
}

static inline int64_t fixture_prune(struct store_fixture *f, enum store_part part, time_us before,
                                    int64_t rows) {
  return fixture_prune_slice(f, part, before, rows).rows;
}

static inline struct alert fixture_alert(const char *id) {
  return (struct alert){
      .id = text_from(id),
      .type = ALERT_RULE,
      .severity = SEVERITY_LOW,
      .rule_id = TEXT("Zoom.PasscodeDisabled"),
      .display_name = TEXT("Passcode disabled"),
      .log_type = TEXT("Zoom.Operation"),
      .source_id = TEXT("zoom"),
      .source_label = TEXT("Zoom of Springfield"),
      .dedup = TEXT("Springfield"),
      .title = TEXT("Passcode turned off for group Springfield"),
      .description = TEXT("description"),
      .runbook = TEXT("runbook"),
      .reference = TEXT("reference"),
      .tags = TEXT("[\"a\"]"),
      .reports = TEXT("{\"MITRE ATT&CK\":[\"TA0009:T1125\"]}"),
      .context = TEXT("{\"group\":\"Springfield\"}"),
      .event = TEXT("{\"p_log_type\":\"Zoom.Operation\"}"),
      .actor = TEXT("homer@example.com"),
      .created_at = NOON,
      .first_event_time = NOON - HOUR,
      .last_event_time = NOON - HOUR,
      .match_count = 1,
  };
}

#endif
