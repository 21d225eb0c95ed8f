#include "source/file/file_world.h"
#include "source/source_kinds.h"

#include <pthread.h>

static void read_files(struct file_world *files) {
  struct error error = ERROR_NONE;
  struct source_run run = world_run(&files->world);
  if (!source_file.run(&run, &error))
    fail_msg("%s", error.text);
}

static void a_file_is_read_once_and_its_end_remembered(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.ndjson", "");
  write_file(&files, "a.ndjson", "w", "{\"n\":1}\n{\"n\":2}\n");
  read_files(&files);
  expect_seen(&files, "{\"n\":1}\n{\"n\":2}\n");
  read_files(&files);
  expect_seen(&files, "");
  write_file(&files, "a.ndjson", "a", "{\"n\":3}\n");
  read_files(&files);
  expect_seen(&files, "{\"n\":3}\n");
  assert_int_equal(files.world.ends, 3);
  world_end(&files.world);
}

static void all_files_of_a_pattern_are_read(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "*.json", "");
  write_file(&files, "a.json", "w", "[{\"n\":1},{\"n\":2}]");
  write_file(&files, "b.json", "w", "{\"operation_logs\":[{\"n\":3}]}");
  write_file(&files, "c.txt", "w", "{\"n\":4}\n");
  read_files(&files);
  expect_seen(&files, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  read_files(&files);
  expect_seen(&files, "");
  world_end(&files.world);
}

static void a_renamed_file_goes_on_where_it_was(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.log*", "");
  write_file(&files, "a.log", "w", "{\"n\":1}\n");
  read_files(&files);
  write_file(&files, "a.log", "a", "{\"n\":2}\n");
  rename_file(&files, "a.log", "a.log.1");
  write_file(&files, "a.log", "w", "{\"n\":3}\n");
  buffer_reset(&files.world.seen);
  read_files(&files);
  expect_seen(&files, "{\"n\":2}\n{\"n\":3}\n");
  read_files(&files);
  expect_seen(&files, "");
  world_end(&files.world);
}

static void a_file_that_became_shorter_starts_anew(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.log", "");
  write_file(&files, "a.log", "w", "{\"n\":1}\n{\"n\":2}\n");
  read_files(&files);
  buffer_reset(&files.world.seen);
  write_file(&files, "a.log", "w", "{\"n\":3}\n");
  read_files(&files);
  expect_seen(&files, "{\"n\":3}\n");
  assert_true(log_has(&files, "the file became shorter"));
  world_end(&files.world);
}

static void a_replaced_file_starts_anew(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.log", "");
  write_file(&files, "a.log", "w", "{\"n\":1}\n");
  read_files(&files);
  buffer_reset(&files.world.seen);
  write_file(&files, "new", "w", "{\"n\":2}\n{\"n\":3}\n");
  rename_file(&files, "new", "a.log");
  read_files(&files);
  expect_seen(&files, "{\"n\":2}\n{\"n\":3}\n");
  assert_true(log_has(&files, "a file is gone or was replaced"));
  world_end(&files.world);
}

/* The same inode: the file was overwritten, or another file got its inode. */
static void a_file_that_begins_otherwise_starts_anew_however_long_it_is(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.log", "");
  write_file(&files, "a.log", "w", "{\"n\":1}\n");
  read_files(&files);
  write_file(&files, "a.log", "a", "{\"n\":2}\n");
  read_files(&files);
  expect_seen(&files, "{\"n\":1}\n{\"n\":2}\n");
  write_file(&files, "a.log", "w", "{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n");
  read_files(&files);
  expect_seen(&files, "{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n");
  assert_true(log_has(&files, "the file has another start"));
  world_end(&files.world);
}

static void a_stop_between_batches_goes_on_there(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "*.json", "");
  write_file(&files, "a.json", "w",
             "[{\"operation_logs\":[{\"n\":1}]},{\"activity_logs\":[{\"n\":2}]},"
             "{\"operation_logs\":[{\"n\":3}]}]");
  write_file(&files, "b.json", "w", "{\"n\":4}\n");
  struct error error = ERROR_NONE;
  struct source_run run = world_run(&files.world);
  for (size_t fail_at = 2; fail_at <= 4; fail_at++) {
    files.world.fail_at = fail_at;
    assert_true(source_file.run(&run, &error));
  }
  assert_int_equal(files.world.ends, 0);
  files.world.fail_at = 0;
  read_files(&files);
  expect_seen(&files, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n");
  world_end(&files.world);
}

static void an_array_that_was_cut_off_is_reported(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.json", "");
  write_file(&files, "a.json", "w", "[{\"n\":1},");
  read_files(&files);
  expect_seen(&files, "{\"n\":1}\n");
  assert_true(log_has(&files, "ends within a JSON array"));
  world_end(&files.world);
}

static void a_file_that_is_not_there_is_an_error(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.json", "");
  struct error error = ERROR_NONE;
  struct source_run run = world_run(&files.world);
  assert_false(source_file.run(&run, &error));
  assert_non_null(strstr(error.text, "no file is called"));
  world_end(&files.world);
}

/* ---- following --------------------------------------------------------------------------- */

struct follow {
  struct file_world files;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
};

static bool push_and_report(void *context, struct batch *batch) {
  struct follow *follow = context;
  pthread_mutex_lock(&follow->mutex);
  bool ok = world_push(&follow->files.world, batch);
  pthread_cond_signal(&follow->changed);
  pthread_mutex_unlock(&follow->mutex);
  return ok;
}

static void *run_follow(void *argument) {
  struct follow *follow = argument;
  struct error error = ERROR_NONE;
  struct source_run run = world_run(&follow->files.world);
  run.output.context = follow;
  run.output.push = push_and_report;
  return source_file.run(&run, &error) ? follow : NULL;
}

/* Waits for as many records in all. */
static void wait_for_records(struct follow *follow, size_t records) {
  pthread_mutex_lock(&follow->mutex);
  while (follow->files.world.records < records)
    pthread_cond_wait(&follow->changed, &follow->mutex);
  pthread_mutex_unlock(&follow->mutex);
}

static void a_followed_file_gives_what_is_written_to_it(void **state) {
  (void)state;
  struct follow follow = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  struct file_world *files = &follow.files;
  start_files(files, "*.log", "follow: true\npoll_interval: 10ms\nlog_type: Zoom.Operation\n");
  assert_int_equal(pthread_create(&follow.thread, NULL, run_follow, &follow), 0);
  write_file(files, "a.log", "a", "{\"n\":1}\n{\"n\":");
  wait_for_records(&follow, 1);
  write_file(files, "a.log", "a", "2}\n{\"n\":3}\n");
  wait_for_records(&follow, 3);
  /* Rotated to a name that is not wanted: the rest of it still comes. */
  rename_file(files, "a.log", "a.old");
  write_file(files, "a.old", "a", "{\"n\":4}\n");
  wait_for_records(&follow, 4);
  write_file(files, "a.log", "a", "{\"n\":5}\n");
  wait_for_records(&follow, 5);
  world_stop(&files->world);
  void *ended_well;
  pthread_join(follow.thread, &ended_well);
  assert_non_null(ended_well);
  assert_int_equal(files->world.ends, 0);
  expect_seen(files, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n");
  world_end(&files->world);
}

static void what_is_no_regular_file_is_passed_over_and_reported_once(void **state) {
  (void)state;
  struct follow follow = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  struct file_world *files = &follow.files;
  start_files(files, "*", "follow: true\npoll_interval: 10ms\n");
  write_file(files, "a", "w", "{\"n\":1}\n");
  assert_int_equal(mkfifo(path_of(files, "fifo"), 0600), 0);
  assert_int_equal(mkdir(path_of(files, "folder"), 0700), 0);
  assert_int_equal(symlink("/dev/zero", path_of(files, "zero")), 0);
  assert_int_equal(symlink("circle", path_of(files, "circle")), 0);
  assert_int_equal(pthread_create(&follow.thread, NULL, run_follow, &follow), 0);
  wait_for_records(&follow, 1);
  write_file(files, "a", "a", "{\"n\":2}\n");
  wait_for_records(&follow, 2);
  write_file(files, "z", "w", "{\"n\":3}\n");
  wait_for_records(&follow, 3);
  world_stop(&files->world);
  pthread_join(follow.thread, NULL);
  static const char *const reported[] = {"it is a FIFO", "it is a directory", "it is a device",
                                         "its symbolic links"};
  for (size_t i = 0; i < sizeof reported / sizeof *reported; i++)
    assert_int_equal(count_in_log(files, reported[i]), 1);
  world_end(&files->world);
}

static void a_source_without_a_regular_file_ends_with_an_error(void **state) {
  (void)state;
  struct file_world files;
  struct error error = ERROR_NONE;
  start_files(&files, "fifo", "");
  assert_int_equal(mkfifo(path_of(&files, "fifo"), 0600), 0);
  struct source_run run = world_run(&files.world);
  assert_false(source_file.run(&run, &error));
  assert_non_null(strstr(error.text, "finds no regular file"));
  assert_int_equal(count_in_log(&files, "it is a FIFO, not a regular file"), 1);
  world_end(&files.world);
}

static void a_path_of_dashes_is_refused(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "a.json", "");
  struct error error = ERROR_NONE;
  struct {
    struct text path;
    char rest[256];
  } options = {.path = TEXT("-")};
  assert_false(source_file.kind.check(&options, &error));
  world_end(&files.world);
}

static void every_kind_is_found_by_its_name(void **state) {
  (void)state;
  assert_true(source_kinds.count >= 2);
  for (size_t i = 0; i < source_kinds.count; i++) {
    const struct kind *kind = source_kinds.items[i];
    assert_ptr_equal(kind_find(&source_kinds, text_from(kind->name)), kind);
    assert_non_null(source_type_of(kind)->run);
  }
  assert_ptr_equal(source_type_of(kind_find(&source_kinds, TEXT("file"))), &source_file);
  assert_null(kind_find(&source_kinds, TEXT("nonsense")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_is_read_once_and_its_end_remembered),
      cmocka_unit_test(all_files_of_a_pattern_are_read),
      cmocka_unit_test(a_renamed_file_goes_on_where_it_was),
      cmocka_unit_test(a_file_that_became_shorter_starts_anew),
      cmocka_unit_test(a_replaced_file_starts_anew),
      cmocka_unit_test(a_file_that_begins_otherwise_starts_anew_however_long_it_is),
      cmocka_unit_test(a_stop_between_batches_goes_on_there),
      cmocka_unit_test(an_array_that_was_cut_off_is_reported),
      cmocka_unit_test(a_file_that_is_not_there_is_an_error),
      cmocka_unit_test(a_followed_file_gives_what_is_written_to_it),
      cmocka_unit_test(what_is_no_regular_file_is_passed_over_and_reported_once),
      cmocka_unit_test(a_source_without_a_regular_file_ends_with_an_error),
      cmocka_unit_test(every_kind_is_found_by_its_name),
      cmocka_unit_test(a_path_of_dashes_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
