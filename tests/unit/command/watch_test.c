/* Waiting until files change, with inotify and without. */
#include "command/terminal/watch.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <pthread.h>

struct fixture {
  char folder[64];
  struct watch *watch;
  int stop[2];
};

/* Runs a shell command, in which $f is the file. */
static void change(const struct fixture *fixture, const char *command, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
  assert_int_equal(setenv("f", path, 1), 0);
  assert_int_equal(system(command), 0);
}

static int start(void **state, enum watch_kind kind) {
  struct fixture *fixture = memory_alloc(sizeof *fixture);
  snprintf(fixture->folder, sizeof fixture->folder, "/tmp/margay-watch-test-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  change(fixture, "mkdir -p \"$f\" && echo 1 >\"$f/a.lua\"", "rules");
  change(fixture, "echo 1 >\"$f\"", "alone.yml");
  fixture->watch = watch_new(kind);
  assert_int_equal(pipe(fixture->stop), 0);
  char rules[128], alone[128];
  snprintf(rules, sizeof rules, "%s/rules", fixture->folder);
  snprintf(alone, sizeof alone, "%s/alone.yml", fixture->folder);
  watch_set(fixture->watch, (const char *const[]){rules, alone}, 2);
  *state = fixture;
  return 0;
}

static int start_best(void **state) {
  return start(state, WATCH_BEST);
}

static int start_poll(void **state) {
  return start(state, WATCH_POLL);
}

static int stop(void **state) {
  struct fixture *fixture = *state;
  change(fixture, "rm -rf \"$f\"", "");
  watch_free(fixture->watch);
  close(fixture->stop[0]);
  close(fixture->stop[1]);
  free(fixture);
  return 0;
}

struct waiter {
  struct fixture *fixture;
  bool changed;
};

static void *wait_for_change(void *context) {
  struct waiter *waiter = context;
  waiter->changed = watch_wait(waiter->fixture->watch, waiter->fixture->stop[0]);
  return NULL;
}

/* Ways in which files change. */
static const struct change_case {
  const char *command, *name;
} changes[] = {
    {"echo 2 >>\"$f\"", "rules/a.lua"},
    {"echo 3 >\"$f.new\" && mv \"$f.new\" \"$f\"", "rules/a.lua"},
    {"echo 1 >\"$f\"", "rules/b.lua"},
    {"mv \"$f\" \"$f.lua\"", "rules/b.lua"},
    {"mkdir \"$f\" && echo 1 >\"$f/x.lua\"", "rules/deep"},
    {"echo 2 >>\"$f\"", "rules/deep/x.lua"},
    {"mkdir -p \"$f\" && mv \"$f\" \"$f.moved\"", "rules/deep"},
    {"rm \"$f\"", "rules/a.lua"},
    {"echo 2 >>\"$f\"", "alone.yml"},
    {"echo 3 >\"$f.new\" && mv \"$f.new\" \"$f\"", "alone.yml"},
    {"rm \"$f\"", "alone.yml"},
    {"echo 1 >\"$f\"", "alone.yml"},
};

static void every_way_of_changing_a_file_ends_the_wait(void **state) {
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    struct waiter waiter = {.fixture = fixture};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_change, &waiter), 0);
    change(fixture, changes[i].command, changes[i].name);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(waiter.changed);
  }
}

static void a_change_before_the_wait_counts(void **state) {
  struct fixture *fixture = *state;
  change(fixture, "echo 2 >>\"$f\"", "rules/a.lua");
  assert_true(watch_wait(fixture->watch, fixture->stop[0]));
}

static void what_stays_watched_keeps_its_changes(void **state) {
  struct fixture *fixture = *state;
  char rules[128];
  snprintf(rules, sizeof rules, "%s/rules", fixture->folder);
  change(fixture, "echo 2 >>\"$f\"", "rules/a.lua");
  watch_set(fixture->watch, (const char *const[]){rules}, 1);
  assert_true(watch_wait(fixture->watch, fixture->stop[0]));
}

/* With the end signalled already, the wait ends at once: with false when nothing has changed. */
static void other_files_do_not_count(void **state) {
  struct fixture *fixture = *state;
  change(fixture, "echo 1 >\"$f\"", "other.yml");
  change(fixture, "echo 1 >\"$f\"", "rules/.a.lua.swp");
  change(fixture, "echo 1 >\"$f\"", "rules/a.lua~");
  assert_int_equal(write(fixture->stop[1], "x", 1), 1);
  assert_false(watch_wait(fixture->watch, fixture->stop[0]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_way_of_changing_a_file_ends_the_wait, start_best, stop),
      cmocka_unit_test_setup_teardown(every_way_of_changing_a_file_ends_the_wait, start_poll, stop),
      cmocka_unit_test_setup_teardown(a_change_before_the_wait_counts, start_best, stop),
      cmocka_unit_test_setup_teardown(what_stays_watched_keeps_its_changes, start_best, stop),
      cmocka_unit_test_setup_teardown(other_files_do_not_count, start_best, stop),
      cmocka_unit_test_setup_teardown(other_files_do_not_count, start_poll, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
