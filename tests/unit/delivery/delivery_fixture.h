/*
 * What the tests of delivery share: a store with two handles, a running delivery with destinations,
 * and waits for what it brings about. Nothing that a test does may bring the secret "sesame" into
 * the log or the store.
 */
#ifndef TESTS_DELIVERY_FIXTURE_H
#define TESTS_DELIVERY_FIXTURE_H

#include "alert/alert_fixture.h"
#include "base/http_group.h"

#include "delivery/delivery_receiver.h"

#include "delivery/delivery.h"
#include "store/store.h"
#include "store/store_outbox.h"

#include <dirent.h>
#include <poll.h>

enum { DESTINATIONS_MAX = 16, WAIT_STEPS = 20000 };

/* A store in a directory of its own, with a handle for the test and one for the delivery. */
struct fixture {
  char directory[64], path[96];
  struct store *store, *delivery_store;
  struct destination destinations[DESTINATIONS_MAX];
  size_t destination_count;
  struct delivery *delivery;
  struct delivery_options options;
  char *log_text;
  size_t log_size;
  FILE *log_file;
  struct error error;
  int64_t opened_ago, opened_apart; /* of the alerts that are added */
};

static inline void done(struct fixture *f, bool ok) {
  if (!ok)
    fail_msg("%s", f->error.text);
}

static inline int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  snprintf(f->directory, sizeof f->directory, "/tmp/margay-delivery-XXXXXX");
  assert_non_null(mkdtemp(f->directory));
  snprintf(f->path, sizeof f->path, "%s/margay.db", f->directory);
  done(f, (f->store = store_open(f->path, &f->error)));
  done(f, (f->delivery_store = store_open(f->path, &f->error)));
  f->log_file = open_memstream(&f->log_text, &f->log_size);
  f->options = (struct delivery_options){
      .setup = {.destinations = f->destinations},
      .store = f->delivery_store,
      .log = log_new(f->log_file, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system()),
      .clock = clock_system(),
      .console = tmpfile(),
      .retry_first_us = 2 * US_PER_MS,
      .retry_most_us = 20 * US_PER_MS,
  };
  *state = f;
  return 0;
}

static inline void start_delivery(struct fixture *f) {
  f->options.setup.destination_count = f->destination_count;
  f->delivery = delivery_start(&f->options, &f->error);
  done(f, f->delivery != NULL);
}

static inline void stop_delivery(struct fixture *f, int64_t time) {
  struct pollfd ended = {.fd = delivery_ended_fd(f->delivery), .events = POLLIN};
  delivery_end(f->delivery, time);
  assert_int_equal(poll(&ended, 1, 60000), 1);
  delivery_free(f->delivery);
  f->delivery = NULL;
}

static inline bool no_secret(void *context, const struct outbox_row *row) {
  (void)context;
  assert_false(text_contains(row->last_error, TEXT("sesame")));
  return true;
}

static inline int end(void **state) {
  struct fixture *f = *state;
  delivery_free(f->delivery);
  for (int i = 0; i < OUTBOX_STATE_COUNT; i++)
    done(f,
         store_outbox_list(f->store, TEXT(""), (enum outbox_state)i, no_secret, NULL, &f->error));
  log_free(f->options.log);
  fclose(f->log_file);
  assert_null(strstr(f->log_text, "sesame"));
  free(f->log_text);
  fclose(f->options.console);
  for (size_t i = 0; i < DESTINATIONS_MAX; i++)
    free(f->destinations[i].options);
  store_close(f->store);
  store_close(f->delivery_store);
  DIR *directory = opendir(f->directory);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    unlinkat(dirfd(directory), entry->d_name, 0);
  closedir(directory);
  rmdir(f->directory);
  free(f);
  return 0;
}

static inline void add_destination(struct fixture *f, const struct destination_type *type,
                                   const char *id, const char *url) {
  f->destinations[f->destination_count++] = destination_sample(type, id, url);
}

/* Alerts `first` to `first + count - 1`, each on its way to a destination. */
static inline void add_alerts_of(struct fixture *f, const char *destination, int first, int count,
                                 enum severity severity) {
  done(f, store_begin(f->store, &f->error));
  for (int i = first; i < first + count; i++) {
    char id[33];
    snprintf(id, sizeof id, "%032d", i);
    struct alert alert = alert_sample();
    alert.id = text_from(id);
    alert.severity = severity;
    alert.created_at = clock_now(&f->options.clock) - f->opened_ago + (i - first) * f->opened_apart;
    done(f, store_alert_add(f->store, &alert, &f->error));
    done(f,
         store_outbox_add(f->store, alert.id, text_from(destination), SAMPLE_TIME + i, &f->error));
  }
  done(f, store_commit(f->store, &f->error));
}

static inline void add_alerts(struct fixture *f, const char *destination, int first, int count) {
  add_alerts_of(f, destination, first, count, SEVERITY_HIGH);
}

struct seen {
  enum outbox_state state;
  int64_t attempts;
  time_us due;
  char last_error[256];
};

static inline bool see(void *context, const struct outbox_row *row) {
  struct seen *seen = context;
  seen->state = row->state;
  seen->attempts = row->attempts;
  seen->due = row->due;
  snprintf(seen->last_error, sizeof seen->last_error, "%.*s", TEXT_ARGS(row->last_error));
  return true;
}

/* The outbox row of alert `number` (which has one). */
static inline struct seen row_of(struct fixture *f, int number) {
  struct seen seen = {.attempts = -1};
  char id[33];
  snprintf(id, sizeof id, "%032d", number);
  done(f, store_outbox_list(f->store, text_from(id), OUTBOX_PENDING, see, &seen, &f->error));
  assert_true(seen.attempts >= 0);
  return seen;
}

static inline void nap(void) {
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static inline struct store_counts counts(struct fixture *f) {
  struct store_counts counts;
  done(f, store_count(f->store, &counts, &f->error));
  return counts;
}

static inline void wait_delivered(struct fixture *f, int64_t count) {
  for (int i = 0; counts(f).outbox_delivered < count; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("%d delivered, %d expected", (int)counts(f).outbox_delivered, (int)count);
}

static inline void wait_parked(struct fixture *f, int64_t count) {
  for (int i = 0; counts(f).outbox_parked < count; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("%d parked, %d expected", (int)counts(f).outbox_parked, (int)count);
}

static inline void wait_attempts(struct fixture *f, int number, int64_t attempts) {
  for (int i = 0; row_of(f, number).attempts < attempts; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("no %d attempts", (int)attempts);
}

static inline void wait_log(struct fixture *f, const char *part) {
  for (int i = 0;; i++, nap()) {
    fflush(f->log_file);
    if (strstr(f->log_text, part))
      return;
    if (i == WAIT_STEPS)
      fail_msg("'%s' is not in the log:\n%s", part, f->log_text);
  }
}

static inline size_t count_in_log(struct fixture *f, const char *part) {
  fflush(f->log_file);
  size_t count = 0;
  for (const char *at = f->log_text; (at = strstr(at, part)); at++)
    count++;
  return count;
}

#define DELIVERY_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

#endif
