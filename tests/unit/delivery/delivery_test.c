#include "alert/alert_fixture.h"

#include "delivery/delivery_receiver.h"

#include "delivery/delivery.h"
#include "store/sqlite/internal.h"

#include <dirent.h>
#include <poll.h>

enum { DESTINATIONS_MAX = 4, WAIT_STEPS = 20000 };

/* A store in a directory of its own, with a handle for the test and one for the delivery. */
struct fixture {
  char directory[64], path[96];
  struct store *store, *delivery_store;
  struct destination destinations[DESTINATIONS_MAX];
  size_t destination_count;
  struct delivery *delivery;
  struct delivery_options options;
  char *log_text, *console_text;
  size_t log_size, console_size;
  FILE *log_file;
  struct error error;
};

static void done(struct fixture *f, bool ok) {
  if (!ok)
    fail_msg("%s", f->error.text);
}

static int start(void **state) {
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
      .console = open_memstream(&f->console_text, &f->console_size),
      .retry_first_us = 2 * US_PER_MS,
      .retry_most_us = 20 * US_PER_MS,
  };
  *state = f;
  return 0;
}

static void start_delivery(struct fixture *f) {
  f->options.setup.destination_count = f->destination_count;
  f->delivery = delivery_start(&f->options, &f->error);
  done(f, f->delivery != NULL);
}

static void stop_delivery(struct fixture *f, int64_t time) {
  struct pollfd ended = {.fd = delivery_ended_fd(f->delivery), .events = POLLIN};
  delivery_end(f->delivery, time);
  assert_int_equal(poll(&ended, 1, 60000), 1);
  delivery_free(f->delivery);
  f->delivery = NULL;
}

/* Nothing that the tests do may bring a secret into the log or the store. */
static bool no_secret(void *context, const struct outbox_row *row) {
  (void)context;
  assert_false(text_contains(row->last_error, TEXT("sesame")));
  return true;
}

static int end(void **state) {
  struct fixture *f = *state;
  delivery_free(f->delivery);
  for (int i = 0; i <= OUTBOX_PARKED; i++)
    done(f,
         store_outbox_list(f->store, TEXT(""), (enum outbox_state)i, no_secret, NULL, &f->error));
  log_free(f->options.log);
  fclose(f->log_file);
  assert_null(strstr(f->log_text, "sesame"));
  free(f->log_text);
  fclose(f->options.console);
  free(f->console_text);
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

static void add_destination(struct fixture *f, const struct destination_type *type, const char *id,
                            const char *url) {
  f->destinations[f->destination_count++] = destination_sample(type, id, url);
}

/* Alerts `first` to `first + count - 1`, each on its way to a destination. */
static void add_alerts(struct fixture *f, const char *destination, int first, int count) {
  done(f, store_begin(f->store, &f->error));
  for (int i = first; i < first + count; i++) {
    char id[33];
    snprintf(id, sizeof id, "%032d", i);
    struct alert alert = alert_sample();
    alert.id = text_from(id);
    done(f, store_alert_add(f->store, &alert, &f->error));
    done(f,
         store_outbox_add(f->store, alert.id, text_from(destination), SAMPLE_TIME + i, &f->error));
  }
  done(f, store_commit(f->store, &f->error));
}

struct seen {
  enum outbox_state state;
  int64_t attempts;
  time_us due;
  char last_error[256];
};

static bool see(void *context, const struct outbox_row *row) {
  struct seen *seen = context;
  seen->state = row->state;
  seen->attempts = row->attempts;
  seen->due = row->due;
  snprintf(seen->last_error, sizeof seen->last_error, "%.*s", TEXT_ARGS(row->last_error));
  return true;
}

/* The outbox row of alert `number` (which has one). */
static struct seen row_of(struct fixture *f, int number) {
  struct seen seen = {.attempts = -1};
  char id[33];
  snprintf(id, sizeof id, "%032d", number);
  done(f, store_outbox_list(f->store, text_from(id), OUTBOX_PENDING, see, &seen, &f->error));
  assert_true(seen.attempts >= 0);
  return seen;
}

static void nap(void) {
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static struct store_counts counts(struct fixture *f) {
  struct store_counts counts;
  done(f, store_count(f->store, &counts, &f->error));
  return counts;
}

static void wait_delivered(struct fixture *f, int64_t count) {
  for (int i = 0; counts(f).outbox_delivered < count; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("%d delivered, %d expected", (int)counts(f).outbox_delivered, (int)count);
}

static void wait_parked(struct fixture *f, int64_t count) {
  for (int i = 0; counts(f).outbox_parked < count; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("%d parked, %d expected", (int)counts(f).outbox_parked, (int)count);
}

static void wait_attempts(struct fixture *f, int number, int64_t attempts) {
  for (int i = 0; row_of(f, number).attempts < attempts; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("no %d attempts", (int)attempts);
}

static void wait_log(struct fixture *f, const char *part) {
  for (int i = 0;; i++, nap()) {
    fflush(f->log_file);
    if (strstr(f->log_text, part))
      return;
    if (i == WAIT_STEPS)
      fail_msg("'%s' is not in the log:\n%s", part, f->log_text);
  }
}

static size_t count_in_log(struct fixture *f, const char *part) {
  fflush(f->log_file);
  size_t count = 0;
  for (const char *at = f->log_text; (at = strstr(at, part)); at++)
    count++;
  return count;
}

static void ignore_row(void *context, const struct outbox_row *row, const struct alert *alert) {
  (void)context, (void)row, (void)alert;
}

/* ---- the tests --------------------------------------------------------------------------- */

static void an_alert_is_delivered_once_and_said_to_be(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_slack, "chat", receiver.url);
  add_alerts(f, "chat", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  assert_int_equal(receiver_count(&receiver), 1);
  assert_int_equal(row_of(f, 1).attempts, 1);
  assert_string_equal(row_of(f, 1).last_error, "");
  assert_int_equal(strlen(receiver.keys[0]), 32);
  stop_delivery(f, 0);
  assert_int_equal(count_in_log(f, "alert delivered"), 1);
  receiver_stop(&receiver);
}

static void a_wake_tells_of_new_rows(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  start_delivery(f);
  for (int i = 0; i < 5; i++) {
    add_alerts(f, "web", i, 1);
    delivery_wake(f->delivery);
    wait_delivered(f, i + 1);
  }
  receiver_stop(&receiver);
}

static void count_release(void *owner) {
  atomic_fetch_add((atomic_int *)owner, 1);
}

static void destinations_are_swapped_while_a_transfer_is_under_way(void **state) {
  static const struct receiver_step slow = {.status = 200, .how = STEP_HOLD};
  struct fixture *f = *state;
  struct receiver old, new;
  receiver_start(&old, &slow, 1);
  receiver_start(&new, NULL, 0);
  add_destination(f, &destination_webhook, "web", old.url);
  add_alerts(f, "web", 0, 1);
  start_delivery(f);
  receiver_wait(&old, 1);
  struct destination swapped = destination_sample(&destination_webhook, "web", new.url);
  atomic_int released = 0;
  const struct delivery_setup setup = {.destinations = &swapped,
                                       .destination_count = 1,
                                       .release = count_release,
                                       .owner = &released};
  delivery_use(f->delivery, &setup);
  receiver_release(&old);
  wait_delivered(f, 1);
  add_alerts(f, "web", 1, 1);
  delivery_wake(f->delivery);
  wait_delivered(f, 2);
  assert_int_equal(receiver_count(&old), 1);
  assert_int_equal(receiver_count(&new), 1);
  stop_delivery(f, 0);
  assert_int_equal(atomic_load(&released), 1);
  free(swapped.options);
  receiver_stop(&old);
  receiver_stop(&new);
}

static void what_may_pass_is_tried_again_with_the_same_key(void **state) {
  static const struct {
    struct receiver_step steps[4];
    size_t attempts;
  } rows[] = {
      {{{.status = 500}, {.status = 500}, {.status = 200}}, 3},
      {{{.status = 429, .header = "Retry-After: 0\r\n"}, {.status = 200}}, 2},
      {{{.status = 429, .header = "Retry-After: 1\r\n"}, {.status = 200}}, 2},
      {{{.status = 429}, {.status = 202}}, 2},
      {{{.how = STEP_CLOSE}, {.how = STEP_CLOSE}, {.status = 204}}, 3},
      {{{.status = 503, .padding = 1 << 20}, {.status = 200}}, 2},
      {{{.status = 200, .padding = 1 << 20}}, 1},
  };
  struct fixture *f = *state;
  struct receiver receivers[sizeof rows / sizeof rows[0]];
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    receiver_start(&receivers[i], rows[i].steps, rows[i].attempts);
    f->destination_count = 0;
    free(f->destinations[0].options);
    add_destination(f, &destination_webhook, "web", receivers[i].url);
    add_alerts(f, "web", (int)i, 1);
    start_delivery(f);
    wait_delivered(f, (int64_t)i + 1);
    stop_delivery(f, US_PER_SECOND);
    assert_int_equal(receivers[i].count, rows[i].attempts);
    assert_int_equal(row_of(f, (int)i).attempts, rows[i].attempts);
    for (size_t j = 1; j < rows[i].attempts; j++)
      assert_string_equal(receivers[i].keys[0], receivers[i].keys[j]);
    receiver_stop(&receivers[i]);
  }
}

static void a_wait_that_is_asked_for_is_kept_but_not_for_ever(void **state) {
  static const struct receiver_step steps[] = {
      {.status = 503, .header = "Retry-After: 99999999\r\n"}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 1);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  start_delivery(f);
  wait_attempts(f, 1, 1);
  time_us now = clock_now(&f->options.clock);
  assert_true(row_of(f, 1).due > now + 50 * US_PER_MINUTE);
  assert_true(row_of(f, 1).due <= now + US_PER_HOUR);
  assert_non_null(strstr(row_of(f, 1).last_error, "503"));
  stop_delivery(f, 0);
  assert_int_equal(receiver_count(&receiver), 1);
  receiver_stop(&receiver);
}

static void what_can_never_work_is_parked_and_reported_once(void **state) {
  static const struct receiver_step steps[] = {{.status = 400}, {.status = 404}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 3);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  start_delivery(f);
  wait_parked(f, 2);
  wait_delivered(f, 1);
  struct delivery_counts reported;
  for (int i = 0; delivery_count(f->delivery, &reported), reported.sent < 1 && i < WAIT_STEPS; i++)
    nap();
  assert_int_equal(reported.parked, 2);
  assert_int_equal(reported.sent, 1);
  stop_delivery(f, US_PER_SECOND);
  assert_int_equal(receiver_count(&receiver), 3);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PARKED);
  assert_non_null(strstr(row_of(f, 1).last_error, "400"));
  /* The other two are on their way at the same time: either may get the 404. */
  struct seen second = row_of(f, 2), third = row_of(f, 3);
  const struct seen *parked = second.state == OUTBOX_PARKED ? &second : &third;
  assert_non_null(strstr(parked->last_error, "check the URL"));
  assert_int_equal(count_in_log(f, "level=error"), 2);
  assert_int_equal(count_in_log(f, "destination=web"), 3);
  receiver_stop(&receiver);
}

static void a_destination_that_is_down_holds_up_nobody_and_is_reported_once(void **state) {
  struct fixture *f = *state;
  struct receiver up, down;
  receiver_start(&up, NULL, 0);
  receiver_start(&down, NULL, 0);
  char gone[96];
  snprintf(gone, sizeof gone, "%s", down.url);
  receiver_stop(&down); /* its port refuses from now on */
  add_destination(f, &destination_webhook, "down", gone);
  add_destination(f, &destination_webhook, "up", up.url);
  add_alerts(f, "down", 100, 40);
  add_alerts(f, "up", 200, 40);
  start_delivery(f);
  wait_delivered(f, 40);
  wait_attempts(f, 100, 2);
  stop_delivery(f, US_PER_SECOND);
  assert_int_equal(counts(f).outbox_pending, 40);
  assert_int_equal(counts(f).outbox_parked, 0);
  assert_int_equal(count_in_log(f, "level=warn"), 1);
  assert_non_null(strstr(row_of(f, 100).last_error, "connect"));
  receiver_stop(&up);
}

static void a_destination_that_hangs_holds_up_nobody(void **state) {
  static const struct receiver_step hold[] = {{.status = 200, .how = STEP_HOLD}};
  struct fixture *f = *state;
  struct receiver up, hung;
  receiver_start(&up, NULL, 0);
  receiver_start(&hung, hold, 1);
  add_destination(f, &destination_webhook, "hung", hung.url);
  add_destination(f, &destination_webhook, "up", up.url);
  add_alerts(f, "hung", 100, 20);
  start_delivery(f);
  receiver_wait(&hung, 1);
  add_alerts(f, "up", 200, 20);
  delivery_wake(f->delivery);
  wait_delivered(f, 20);
  receiver_release(&hung);
  wait_delivered(f, 40);
  assert_int_equal(receiver_count(&hung), 20);
  receiver_stop(&up);
  receiver_stop(&hung);
}

static void the_end_of_a_failure_is_reported(void **state) {
  static const struct receiver_step steps[] = {
      {.status = 500}, {.status = 500}, {.status = 429}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 4);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  wait_log(f, "works again");
  assert_int_equal(count_in_log(f, "level=warn"), 2); /* 500, then 429 */
  receiver_stop(&receiver);
}

static void a_restart_goes_on_with_the_same_keys(void **state) {
  static const struct receiver_step failing[] = {{.status = 500}};
  struct fixture *f = *state;
  struct receiver before, after;
  receiver_start(&before, failing, 1);
  receiver_start(&after, NULL, 0);
  add_destination(f, &destination_webhook, "web", before.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  wait_attempts(f, 1, 2);
  stop_delivery(f, US_PER_SECOND);

  option_set(&destination_webhook, f->destinations[0].options, "url", after.url);
  start_delivery(f);
  wait_delivered(f, 1);
  assert_string_equal(before.keys[0], after.keys[0]);
  assert_int_equal(receiver_count(&after), 1);
  receiver_stop(&before);
  receiver_stop(&after);
}

static void *stop_from_another_thread(void *context) {
  stop_delivery(context, 15 * US_PER_SECOND);
  return NULL;
}

static void stopping_lets_transfers_finish(void **state) {
  static const struct receiver_step hold[] = {{.status = 200, .how = STEP_HOLD}};
  struct fixture *f = *state;
  struct receiver receiver;
  pthread_t stopper;
  receiver_start(&receiver, hold, 1);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  pthread_create(&stopper, NULL, stop_from_another_thread, f);
  receiver_release(&receiver);
  pthread_join(stopper, NULL);
  assert_int_equal(row_of(f, 1).state, OUTBOX_DELIVERED);
  receiver_stop(&receiver);
}

static void stopping_gives_up_in_time_and_the_same_key_comes_again(void **state) {
  static const struct receiver_step steps[] = {{.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 2);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  stop_delivery(f, 20 * US_PER_MS);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_int_equal(row_of(f, 1).attempts, 0);
  assert_int_equal(count_in_log(f, "they are sent again"), 1);
  start_delivery(f);
  wait_delivered(f, 1);
  assert_int_equal(receiver_count(&receiver), 2);
  assert_string_equal(receiver.keys[0], receiver.keys[1]);
  receiver_stop(&receiver);
}

static void draining_sends_everything_that_is_due(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_destination(f, &destination_console, "console", NULL);
  start_delivery(f);
  add_alerts(f, "web", 100, 50);
  add_alerts(f, "console", 200, 50);
  stop_delivery(f, 20 * US_PER_SECOND);
  assert_int_equal(counts(f).outbox_delivered, 100);
  assert_int_equal(receiver_count(&receiver), 50);
  receiver_stop(&receiver);
}

static void draining_does_not_wait_for_what_fails(void **state) {
  static const struct receiver_step failing[] = {{.status = 500}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, failing, 1);
  f->options.retry_first_us = f->options.retry_most_us = US_PER_HOUR;
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 5);
  start_delivery(f);
  stop_delivery(f, 20 * US_PER_MINUTE); /* jitter leaves at least half of the hour */
  assert_int_equal(counts(f).outbox_pending, 5);
  assert_int_equal(receiver_count(&receiver), 1);
  receiver_stop(&receiver);
}

static void draining_gets_over_a_hiccup(void **state) {
  static const struct receiver_step steps[] = {{.status = 500}, {.status = 503}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 3);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 5);
  start_delivery(f);
  stop_delivery(f, 20 * US_PER_SECOND);
  assert_int_equal(counts(f).outbox_delivered, 5);
  receiver_stop(&receiver);
}

static void draining_gives_up_on_what_stays_down(void **state) {
  static const struct receiver_step failing[] = {{.status = 500}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, failing, 1);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 5);
  start_delivery(f);
  stop_delivery(f, US_PER_HOUR);
  assert_int_equal(counts(f).outbox_pending, 5);
  receiver_stop(&receiver);
}

static void rows_of_a_removed_destination_are_parked(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "removed", 100, 150);
  add_alerts(f, "web", 300, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  wait_parked(f, 150);
  stop_delivery(f, US_PER_SECOND);
  assert_non_null(strstr(row_of(f, 100).last_error, "not configured any more"));
  assert_int_equal(count_in_log(f, "destination=removed"), 3); /* 64 at a time */
  receiver_stop(&receiver);
}

static void alerts_do_not_wait_for_a_clock_that_was_set_back(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  struct clock clock = clock_system();
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 2);
  /* No wait is that long: the clock was a day ahead when these were made due. */
  int64_t count = 0;
  time_us tomorrow = clock_now(&clock) + US_PER_DAY;
  done(f, store_outbox_park(f->store, TEXT("web"), 0, TEXT("no"), 2, &count, &f->error));
  done(f, store_outbox_retry(f->store, TEXT(""), tomorrow, &count, &f->error));
  assert_int_equal(count, 2);
  start_delivery(f);
  wait_delivered(f, 2);
  receiver_stop(&receiver);
}

static void a_console_gets_its_lines(void **state) {
  struct fixture *f = *state;
  add_destination(f, &destination_console, "console", NULL);
  add_alerts(f, "console", 1, 3);
  start_delivery(f);
  wait_delivered(f, 3);
  stop_delivery(f, US_PER_SECOND);
  fflush(f->options.console);
  size_t lines = 0;
  for (const char *at = f->console_text; (at = strchr(at, '\n')); at++)
    lines++;
  assert_int_equal(lines, 6);
  assert_null(strchr(f->console_text, '\x1b'));
}

static void a_console_that_cannot_print_is_tried_again(void **state) {
  struct fixture *f = *state;
  FILE *console = f->options.console;
  f->options.console = fopen("/dev/full", "w");
  assert_non_null(f->options.console);
  add_destination(f, &destination_console, "console", NULL);
  add_alerts(f, "console", 1, 1);
  start_delivery(f);
  wait_attempts(f, 1, 3);
  stop_delivery(f, US_PER_SECOND);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  fclose(f->options.console);
  f->options.console = console;
}

/* The delivery's handle cannot write from now on, or can again. */
static void set_read_only(struct fixture *f, bool read_only) {
  assert_int_equal(sqlite3_exec(f->delivery_store->db,
                                read_only ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0", NULL,
                                NULL, NULL),
                   SQLITE_OK);
}

static void a_store_that_cannot_be_written_sends_nothing(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  set_read_only(f, true);
  start_delivery(f);
  wait_log(f, "the outbox cannot be used");
  assert_int_equal(counts(f).outbox_pending, 3);
  assert_int_equal(receiver_count(&receiver), 0);
  set_read_only(f, false);
  wait_delivered(f, 3);
  wait_log(f, "the outbox can be used again");
  assert_int_equal(receiver_count(&receiver), 3);
  assert_int_equal(count_in_log(f, "the outbox cannot be used"), 1);
  receiver_stop(&receiver);
}

static void what_was_sent_while_the_store_failed_is_not_sent_again(void **state) {
  static const struct receiver_step steps[] = {{.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 2);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  set_read_only(f, true);
  receiver_release(&receiver);
  wait_log(f, "the outbox cannot be used");
  assert_int_equal(counts(f).outbox_pending, 3);
  assert_int_equal(receiver_count(&receiver), 1);
  set_read_only(f, false);
  wait_delivered(f, 3);
  assert_int_equal(receiver_count(&receiver), 3);
  receiver_stop(&receiver);
}

static void what_another_process_left_claimed_is_sent_when_its_lease_has_ended(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 2);
  struct outbox_claim claim = {.owner = TEXT("gone"),
                               .destination_id = TEXT("web"),
                               .now = clock_now(&f->options.clock),
                               .lease_us = 300 * US_PER_MS,
                               .limit = 1};
  done(f, store_outbox_claim(f->store, &claim, ignore_row, NULL, &f->error));
  start_delivery(f);
  wait_delivered(f, 2);
  assert_true(clock_now(&f->options.clock) >= claim.now + claim.lease_us);
  assert_int_equal(receiver_count(&receiver), 2);
  receiver_stop(&receiver);
}

static void a_result_that_comes_after_the_lease_counts_for_nothing(void **state) {
  static const struct receiver_step steps[] = {{.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 2);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  done(f, store_outbox_release(f->store, TEXT(""), &f->error));
  struct outbox_claim claim = {.owner = TEXT("other"),
                               .destination_id = TEXT("web"),
                               .now = clock_now(&f->options.clock),
                               .lease_us = US_PER_HOUR,
                               .limit = 1};
  done(f, store_outbox_claim(f->store, &claim, ignore_row, NULL, &f->error));
  receiver_release(&receiver);
  wait_log(f, "after its lease had ended");
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_int_equal(row_of(f, 1).attempts, 0);
  receiver_stop(&receiver);
}

#define DELIVERY_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

static int global_start(void **state) {
  struct error error = ERROR_NONE;
  (void)state;
  return http_global_start(&error) ? 0 : -1;
}

static int global_end(void **state) {
  (void)state;
  http_global_stop();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(an_alert_is_delivered_once_and_said_to_be),
      DELIVERY_TEST(a_wake_tells_of_new_rows),
      DELIVERY_TEST(destinations_are_swapped_while_a_transfer_is_under_way),
      DELIVERY_TEST(what_may_pass_is_tried_again_with_the_same_key),
      DELIVERY_TEST(a_wait_that_is_asked_for_is_kept_but_not_for_ever),
      DELIVERY_TEST(what_can_never_work_is_parked_and_reported_once),
      DELIVERY_TEST(a_destination_that_is_down_holds_up_nobody_and_is_reported_once),
      DELIVERY_TEST(a_destination_that_hangs_holds_up_nobody),
      DELIVERY_TEST(the_end_of_a_failure_is_reported),
      DELIVERY_TEST(a_restart_goes_on_with_the_same_keys),
      DELIVERY_TEST(stopping_lets_transfers_finish),
      DELIVERY_TEST(stopping_gives_up_in_time_and_the_same_key_comes_again),
      DELIVERY_TEST(draining_sends_everything_that_is_due),
      DELIVERY_TEST(draining_does_not_wait_for_what_fails),
      DELIVERY_TEST(draining_gets_over_a_hiccup),
      DELIVERY_TEST(draining_gives_up_on_what_stays_down),
      DELIVERY_TEST(rows_of_a_removed_destination_are_parked),
      DELIVERY_TEST(alerts_do_not_wait_for_a_clock_that_was_set_back),
      DELIVERY_TEST(a_console_gets_its_lines),
      DELIVERY_TEST(a_console_that_cannot_print_is_tried_again),
      DELIVERY_TEST(a_store_that_cannot_be_written_sends_nothing),
      DELIVERY_TEST(what_was_sent_while_the_store_failed_is_not_sent_again),
      DELIVERY_TEST(what_another_process_left_claimed_is_sent_when_its_lease_has_ended),
      DELIVERY_TEST(a_result_that_comes_after_the_lease_counts_for_nothing),
  };
  return cmocka_run_group_tests(tests, global_start, global_end);
}
