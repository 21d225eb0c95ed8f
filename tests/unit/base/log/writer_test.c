#include "base/log/writer.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_STEPS = 20000, LARGE = 1 << 20 };

struct pipe_ends {
  int reader, writer;
};

static struct pipe_ends pipe_new(void) {
  int fds[2];
  assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
  return (struct pipe_ends){fds[0], fds[1]};
}

static struct writer *start(int fd, size_t most) {
  struct error error = ERROR_NONE;
  struct writer *writer = writer_start(fd, most, &error);
  assert_non_null(writer);
  return writer;
}

struct result {
  atomic_int count, last;
};

static void note(void *context, int code) {
  struct result *result = context;
  atomic_store(&result->last, code);
  atomic_fetch_add(&result->count, 1);
}

static void wait_results(struct result *result, int count) {
  for (int i = 0; atomic_load(&result->count) < count; i++) {
    if (i == WAIT_STEPS)
      fail_msg("%d ended, %d expected", atomic_load(&result->count), count);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

static void texts_are_written_in_their_order(void **state) {
  (void)state;
  struct pipe_ends ends = pipe_new();
  struct result result = {0};
  struct writer *writer = start(ends.writer, 100);
  assert_true(writer_put(writer, TEXT("one\n"), note, &result));
  assert_true(writer_put(writer, TEXT(""), note, &result));
  assert_true(writer_put(writer, TEXT("two\n"), note, &result));
  writer_stop(writer, 10 * US_PER_SECOND);
  char read_back[16] = "";
  assert_int_equal(read(ends.reader, read_back, sizeof read_back - 1), 8);
  assert_string_equal(read_back, "one\ntwo\n");
  assert_int_equal(result.count, 3);
  assert_int_equal(result.last, 0);
  close(ends.reader);
  close(ends.writer);
}

static void *read_all(void *context) {
  char bytes[65536];
  size_t sum = 0;
  ssize_t size;
  while ((size = read(*(int *)context, bytes, sizeof bytes)) > 0)
    sum += (size_t)size;
  return (void *)(uintptr_t)sum;
}

static void a_text_larger_than_a_pipe_is_written_whole(void **state) {
  (void)state;
  struct pipe_ends ends = pipe_new();
  struct writer *writer = start(ends.writer, 1);
  char *large = malloc(LARGE);
  memset(large, 'x', LARGE);
  pthread_t reader;
  void *sum;
  pthread_create(&reader, NULL, read_all, &ends.reader);
  assert_true(writer_put(writer, (struct text){large, LARGE}, NULL, NULL));
  writer_stop(writer, 60 * US_PER_SECOND);
  close(ends.writer);
  pthread_join(reader, &sum);
  assert_int_equal((uintptr_t)sum, LARGE);
  close(ends.reader);
  free(large);
}

static void nobody_waits_for_a_reader_that_does_not_read(void **state) {
  (void)state;
  struct pipe_ends ends = pipe_new();
  struct result result = {0};
  struct writer *writer = start(ends.writer, 100);
  char *large = malloc(LARGE);
  memset(large, 'x', LARGE);
  assert_true(writer_put(writer, (struct text){large, LARGE}, note, &result));
  assert_false(writer_put(writer, TEXT("more"), note, &result)); /* too much waits */
  int64_t begin = clock_monotonic();
  writer_stop(writer, 50 * US_PER_MS);
  assert_true(clock_monotonic() - begin < 10 * US_PER_SECOND);
  assert_int_equal(result.count, 0);
  close(ends.reader);
  close(ends.writer);
  free(large);
}

static void what_waits_is_bounded(void **state) {
  (void)state;
  struct pipe_ends ends = pipe_new();
  char *large = malloc(LARGE);
  memset(large, 'x', LARGE);
  struct writer *writer = start(ends.writer, LARGE + 10);
  assert_true(writer_put(writer, (struct text){large, LARGE}, NULL, NULL));
  assert_true(writer_put(writer, TEXT("12345"), NULL, NULL));
  assert_true(writer_put(writer, TEXT("67890"), NULL, NULL));
  assert_false(writer_put(writer, TEXT("1"), NULL, NULL));
  writer_stop(writer, 0);
  close(ends.reader);
  close(ends.writer);
  free(large);
}

static void a_text_that_cannot_be_written_says_why_and_the_next_is_tried(void **state) {
  (void)state;
  struct pipe_ends ends = pipe_new();
  struct result result = {0};
  close(ends.reader);
  struct writer *writer = start(ends.writer, 100);
  assert_true(writer_put(writer, TEXT("one"), note, &result));
  wait_results(&result, 1);
  assert_int_equal(result.last, EPIPE);
  assert_true(writer_put(writer, TEXT("two"), note, &result));
  wait_results(&result, 2);
  writer_stop(writer, US_PER_SECOND);
  close(ends.writer);

  int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  writer = start(full, 100);
  assert_true(writer_put(writer, TEXT("three"), note, &result));
  wait_results(&result, 3);
  assert_int_equal(result.last, ENOSPC);
  writer_stop(writer, US_PER_SECOND);
  close(full);
}

static int ignore_pipe(void **state) {
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_written_in_their_order),
      cmocka_unit_test(a_text_larger_than_a_pipe_is_written_whole),
      cmocka_unit_test(nobody_waits_for_a_reader_that_does_not_read),
      cmocka_unit_test(what_waits_is_bounded),
      cmocka_unit_test(a_text_that_cannot_be_written_says_why_and_the_next_is_tried),
  };
  return cmocka_run_group_tests(tests, ignore_pipe, NULL);
}
