/* Programs: what they get, how they end, and that nothing of them stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/program.h"
#include "base/signal_fd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int run_script(const char *script, struct text input, int stop_fd, int64_t most_us,
                      struct error *reason) {
  char shell[] = "/bin/sh", option[] = "-c", path[] = "PATH=/usr/bin:/bin";
  char *arguments[] = {shell, option, (char *)(uintptr_t)script, NULL};
  char *environment[] = {path, NULL};
  const struct program_run run = {arguments, environment, input, stop_fd,
                                  clock_monotonic() + most_us};
  return program_run(&run, reason);
}

static void it_ends_as_it_wants(void **state) {
  (void)state;
  static const struct {
    const char *script;
    int status;
    const char *words;
  } rows[] = {
      {"exit 0", 0, NULL},
      {"exit 65", 65, NULL},
      {"exit 255", 255, NULL},
      {"[ \"$(cat)\" = 'what it gets' ]", 0, NULL},
      {"[ \"$PWD\" = / ] && [ -z \"$MARGAY_TEST\" ]", 0, NULL},
      {"[ ! -e /proc/self/fd/77 ]", 0, NULL},
      {"kill -PIPE $$; exit 0", -1, "killed by signal 13"},
      {"kill -9 $$", -1, "killed by signal 9"},
      {"no-such-program", 127, NULL},
  };
  setenv("MARGAY_TEST", "secret", 1);
  assert_int_equal(dup2(STDERR_FILENO, 77), 77);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error reason = ERROR_NONE;
    int status = run_script(rows[i].script, TEXT("what it gets"), -1, 20 * US_PER_SECOND, &reason);
    if (status != rows[i].status || reason.set != !!rows[i].words ||
        !strstr(reason.text, rows[i].words ? rows[i].words : ""))
      fail_msg("%s: %d, '%s'", rows[i].script, status, reason.text);
  }
  close(77);
}

static void input_of_any_size_may_be_read_or_not(void **state) {
  (void)state;
  struct buffer input = BUFFER_NONE;
  struct error reason = ERROR_NONE;
  memset(buffer_reserve(&input, 1 << 20), 'x', 1 << 20);
  input.size = 1 << 20;
  assert_int_equal(
      run_script("[ $(wc -c) = 1048576 ]", buffer_text(&input), -1, 20 * US_PER_SECOND, &reason),
      0);
  assert_int_equal(run_script("exit 3", buffer_text(&input), -1, 20 * US_PER_SECOND, &reason), 3);
  buffer_free(&input);
}

static void what_takes_too_long_is_killed(void **state) {
  (void)state;
  struct error reason = ERROR_NONE;
  assert_int_equal(run_script("sleep 60", TEXT(""), -1, 20 * US_PER_MS, &reason), -1);
  assert_non_null(strstr(reason.text, "takes too long"));
  reason = ERROR_NONE;
  int stop = signal_fd_new();
  signal_fd_raise(stop);
  assert_int_equal(run_script("sleep 60", TEXT(""), stop, 60 * US_PER_SECOND, &reason), -1);
  assert_non_null(strstr(reason.text, "since margay ends"));
  close(stop);
}

static void what_it_leaves_behind_is_killed(void **state) {
  (void)state;
  char folder[] = "/tmp/margay-program-XXXXXX", path[64], script[160];
  struct error reason = ERROR_NONE;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/pipe", folder);
  snprintf(script, sizeof script, "exec 3>%s; sleep 60 & exit 0", path);
  assert_int_equal(mkfifo(path, 0600), 0);
  struct pollfd reader = {.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), .events = POLLIN};
  assert_int_equal(run_script(script, TEXT(""), -1, 20 * US_PER_SECOND, &reason), 0);
  assert_int_equal(poll(&reader, 1, 20000), 1); /* nobody holds the other end */
  assert_true(reader.revents & POLLHUP);
  close(reader.fd);
  unlink(path);
  rmdir(folder);
}

static void what_is_not_there_is_not_started(void **state) {
  (void)state;
  char path[] = "/nowhere/program", *arguments[] = {path, NULL}, *environment[] = {NULL};
  struct error reason = ERROR_NONE;
  const struct program_run run = {arguments, environment, TEXT(""), -1, INT64_MAX};
  assert_int_equal(program_run(&run, &reason), -1);
  assert_string_equal(reason.text, "the program cannot be started: No such file or directory");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_ends_as_it_wants),
      cmocka_unit_test(input_of_any_size_may_be_read_or_not),
      cmocka_unit_test(what_takes_too_long_is_killed),
      cmocka_unit_test(what_it_leaves_behind_is_killed),
      cmocka_unit_test(what_is_not_there_is_not_started),
  };
  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
