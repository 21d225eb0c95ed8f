#include "daemon/state_mode.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
  char folder[64];
  FILE *log_file;
  char *log_text;
  size_t log_size;
  struct log *log;
};

static int enter(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  snprintf(f->folder, sizeof f->folder, "/tmp/margay_state_mode_XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  assert_int_equal(chdir(f->folder), 0);
  f->log_file = open_memstream(&f->log_text, &f->log_size);
  f->log = log_new(f->log_file, LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, clock_system());
  *state = f;
  return 0;
}

static int leave(void **state) {
  struct fixture *f = *state;
  char command[128];
  assert_int_equal(chdir("/"), 0);
  snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
  assert_int_equal(system(command), 0);
  log_free(f->log);
  fclose(f->log_file);
  free(f->log_text);
  free(f);
  return 0;
}

static void make(const char *path, mode_t mode) {
  int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(file >= 0);
  assert_int_equal(fchmod(file, mode), 0);
  close(file);
}

static mode_t mode_of(const char *path) {
  struct stat status;
  assert_int_equal(stat(path, &status), 0);
  return status.st_mode & 07777;
}

static void tighten(struct fixture *f, const char *path) {
  struct error error = ERROR_NONE;
  if (!state_mode_tighten(path, f->log, &error))
    fail_msg("%s", error.text);
  fflush(f->log_file);
}

static void files_that_are_open_to_others_are_not_any_more(void **state) {
  struct fixture *f = *state;
  static const char *const paths[] = {"state.db", "state.db-wal", "state.db-shm", "state.db.lock"};
  static const mode_t modes[] = {0644, 0640, 0666, 0604};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    make(paths[i], modes[i]);
  tighten(f, "state.db");
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    assert_int_equal(mode_of(paths[i]), 0600);
    assert_non_null(strstr(f->log_text, paths[i]));
  }
}

static void nothing_is_said_of_files_that_are_private_or_missing(void **state) {
  struct fixture *f = *state;
  tighten(f, "state.db");
  make("state.db", 0600);
  make("state.db-wal", 0400);
  make("another.db", 0644);
  tighten(f, "state.db");
  assert_int_equal(mode_of("state.db-wal"), 0400);
  assert_int_equal(mode_of("another.db"), 0644);
  assert_int_equal(f->log_size, 0);
}

/* SQLite's files lie beside the file itself, the lock beside its name. */
static void a_link_to_the_state_file_is_followed(void **state) {
  struct fixture *f = *state;
  assert_int_equal(mkdir("disk", 0700), 0);
  make("disk/real.db", 0644);
  make("disk/real.db-wal", 0644);
  make("state.db.lock", 0644);
  assert_int_equal(symlink("disk/real.db", "state.db"), 0);
  tighten(f, "state.db");
  assert_int_equal(mode_of("disk/real.db"), 0600);
  assert_int_equal(mode_of("disk/real.db-wal"), 0600);
  assert_int_equal(mode_of("state.db.lock"), 0600);
}

static void a_link_that_somebody_laid_beside_it_is_not(void **state) {
  struct fixture *f = *state;
  make("state.db", 0644);
  make("victim", 0644);
  assert_int_equal(symlink("victim", "state.db-wal"), 0);
  tighten(f, "state.db");
  assert_int_equal(mode_of("state.db"), 0600);
  assert_int_equal(mode_of("victim"), 0644);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(files_that_are_open_to_others_are_not_any_more),
      TEST(nothing_is_said_of_files_that_are_private_or_missing),
      TEST(a_link_to_the_state_file_is_followed),
      TEST(a_link_that_somebody_laid_beside_it_is_not),
  };
  return cmocka_run_group_tests_name("state_mode", tests, NULL, NULL);
}
