/* Alerts that are printed: over a real store, to files and pipes. */
#include "delivery/delivery_fixture.h"

#include <fcntl.h>

enum { PIPE_SIZE = 4 * 4096, LARGE = 8 * PIPE_SIZE };

/* Prints to a pipe that nobody reads yet, and that is full but for `room` bytes. */
struct blocked {
  int reader;
  FILE *console; /* of the fixture, until the end */
};

static struct blocked block_console(struct fixture *f, size_t room) {
  int fds[2];
  char bytes[4096];
  memset(bytes, '.', sizeof bytes);
  assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
  int capacity = fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
  for (size_t filled = 0; filled + room < (size_t)capacity; filled += sizeof bytes)
    assert_int_equal(write(fds[1], bytes, sizeof bytes), sizeof bytes);
  struct blocked blocked = {.reader = fds[0], .console = f->options.console};
  f->options.console = fdopen(fds[1], "w");
  return blocked;
}

static void unblock_console(struct fixture *f, struct blocked *blocked) {
  fclose(f->options.console);
  f->options.console = blocked->console;
  if (blocked->reader >= 0)
    close(blocked->reader);
}

/* Reads until so many lines have come. */
static void read_lines(int reader, size_t lines) {
  char bytes[4096];
  while (lines > 0) {
    ssize_t size = read(reader, bytes, sizeof bytes);
    assert_true(size > 0);
    for (ssize_t i = 0; i < size && lines > 0; i++)
      lines -= bytes[i] == '\n';
  }
}

static void a_console_gets_its_lines_in_their_order(void **state) {
  struct fixture *f = *state;
  char text[4096] = "";
  add_destination(f, &destination_console, "console", NULL);
  add_alerts(f, "console", 1, 3);
  start_delivery(f);
  wait_delivered(f, 3);
  stop_delivery(f, US_PER_SECOND);
  assert_true(pread(fileno(f->options.console), text, sizeof text - 1, 0) > 0);
  size_t lines = 0;
  for (const char *at = text; (at = strchr(at, '\n')); at++)
    lines++;
  assert_int_equal(lines, 6);
  assert_null(strchr(text, '\x1b'));
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
  assert_string_equal(row_of(f, 1).last_error, "cannot print: No space left on device");
  fclose(f->options.console);
  f->options.console = console;
}

static void where_there_is_no_output_alerts_wait(void **state) {
  struct fixture *f = *state;
  FILE *console = f->options.console;
  f->options.console = NULL;
  add_destination(f, &destination_console, "console", NULL);
  add_alerts(f, "console", 1, 1);
  start_delivery(f);
  wait_attempts(f, 1, 2);
  stop_delivery(f, 0);
  assert_string_equal(row_of(f, 1).last_error, "cannot print: there is no output");
  f->options.console = console;
}

static void a_console_that_nobody_reads_holds_up_nobody_and_loses_nothing(void **state) {
  struct fixture *f = *state;
  struct blocked blocked = block_console(f, 0);
  struct receiver up;
  receiver_start(&up, NULL, 0);
  f->options.transfer_most_us = 50 * US_PER_MS;
  add_destination(f, &destination_console, "console", NULL);
  add_destination(f, &destination_webhook, "up", up.url);
  add_alerts(f, "console", 1, 20);
  add_alerts(f, "up", 100, 20);
  start_delivery(f);
  wait_delivered(f, 20);
  wait_log(f, "nobody reads standard output");
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_int_equal(row_of(f, 1).attempts, 0);
  read_lines(blocked.reader, 40);
  wait_delivered(f, 40);
  wait_log(f, "standard output is read again");
  assert_int_equal(count_in_log(f, "nobody reads standard output"), 1);
  stop_delivery(f, 0);
  receiver_stop(&up);
  unblock_console(f, &blocked);
}

static void a_console_that_nobody_reads_does_not_keep_the_end(void **state) {
  struct fixture *f = *state;
  struct blocked blocked = block_console(f, 0);
  add_destination(f, &destination_console, "console", NULL);
  add_alerts(f, "console", 1, 5);
  start_delivery(f);
  int64_t begin = clock_monotonic();
  stop_delivery(f, 100 * US_PER_MS);
  assert_true(clock_monotonic() - begin < 2 * US_PER_SECOND + 100 * US_PER_MS);
  assert_int_equal(counts(f).outbox_pending, 5);
  unblock_console(f, &blocked);

  /* What was not written is printed by the next run. */
  start_delivery(f);
  wait_delivered(f, 5);
}

static void a_text_that_was_written_in_part_stays_in_the_outbox(void **state) {
  struct fixture *f = *state;
  struct blocked blocked = block_console(f, 4096);
  struct alert alert = alert_sample();
  char *large = memory_alloc(LARGE);
  memset(large, 'a', LARGE - 1);
  alert.context = text_from(large);
  add_destination(f, &destination_console, "console", NULL);
  *(int *)option_place(&destination_console, f->destinations[0].options, "format") = 1; /* json */
  done(f, store_begin(f->store, &f->error));
  done(f, store_alert_add(f->store, &alert, &f->error));
  done(f, store_outbox_add(f->store, alert.id, TEXT("console"), SAMPLE_TIME, &f->error));
  done(f, store_commit(f->store, &f->error));
  start_delivery(f);
  char bytes[PIPE_SIZE];
  for (size_t seen = 0; seen < sizeof bytes;) { /* the dots, and the text's beginning */
    ssize_t size = read(blocked.reader, bytes, sizeof bytes - seen);
    assert_true(size > 0);
    seen += (size_t)size;
  }
  stop_delivery(f, 0);
  assert_int_equal(counts(f).outbox_delivered, 0);
  unblock_console(f, &blocked);
  free(large);
}

static void a_reader_that_has_gone_is_an_error_that_may_pass(void **state) {
  struct fixture *f = *state;
  struct blocked blocked = block_console(f, 0);
  close(blocked.reader);
  blocked.reader = -1;
  add_destination(f, &destination_console, "console", NULL);
  add_alerts(f, "console", 1, 1);
  start_delivery(f);
  wait_attempts(f, 1, 2);
  stop_delivery(f, 0);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_string_equal(row_of(f, 1).last_error,
                      "cannot print: Broken pipe (who read standard output has gone)");
  unblock_console(f, &blocked);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(a_console_gets_its_lines_in_their_order),
      DELIVERY_TEST(a_console_that_cannot_print_is_tried_again),
      DELIVERY_TEST(where_there_is_no_output_alerts_wait),
      DELIVERY_TEST(a_console_that_nobody_reads_holds_up_nobody_and_loses_nothing),
      DELIVERY_TEST(a_console_that_nobody_reads_does_not_keep_the_end),
      DELIVERY_TEST(a_text_that_was_written_in_part_stays_in_the_outbox),
      DELIVERY_TEST(a_reader_that_has_gone_is_an_error_that_may_pass),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
