/* Files that are followed: truncation, archives that are being written, many files, restarts at any
 * moment. Each record must come exactly once. */
#include "source/file/follower_looks.h"

#include <fcntl.h>

/* ---- truncation -------------------------------------------------------------------------- */

static void a_truncated_file_starts_anew(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log");
  write_file(files, "a.log", "w", records(files, 1, 10));
  assert_true(look(&looks));
  write_file(files, "a.log", "w", records(files, 11, 12));
  assert_true(look(&looks));
  restart(&looks);
  write_file(files, "a.log", "w", records(files, 13, 30)); /* longer than before */
  assert_true(look(&looks));
  expect_records(&looks, 1, 30);
  end_looks(&looks);
}

static void a_half_line_that_is_truncated_away_is_not_kept(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log");
  write_file(files, "a.log", "w", records(files, 1, 2));
  assert_true(look(&looks));
  off_t size = 2 * (off_t)strlen(records(files, 1, 1));
  write_file(files, "a.log", "a", "{\"half\":");
  assert_true(look(&looks));
  assert_int_equal(truncate(path_of(files, "a.log"), size), 0);
  write_file(files, "a.log", "a", "[]"); /* shorter, and then longer than what was there */
  assert_true(look(&looks));
  assert_int_equal(truncate(path_of(files, "a.log"), size), 0);
  write_file(files, "a.log", "a", records(files, 3, 3));
  assert_true(look(&looks));
  expect_records(&looks, 1, 3);
  end_looks(&looks);
}

/* ---- lines and archives that are being written ------------------------------------------- */

static void an_archive_that_is_being_written_is_waited_for(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "");
  for (int from = 0; from < 100; from += 10) {
    write_gzip(files, "a.gz", records(files, 1, 40), from, from + 10);
    assert_true(look(&looks));
    if (from % 20 == 0)
      restart(&looks);
  }
  write_gzip(files, "b.gz", records(files, 41, 42), 0, 60);
  assert_true(look(&looks));
  expect_records(&looks, 1, 40);
  assert_int_equal(count_in_log(files, "waiting for the rest"), 0);
  pass(&looks, US_PER_HOUR);
  assert_true(look(&looks));
  assert_true(look(&looks));
  assert_int_equal(count_in_log(files, "waiting for the rest"), 1);
  end_looks(&looks);
}

static void another_archive_in_the_place_of_one_is_read_from_its_start(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "*.gz");
  write_gzip(files, "a.gz", records(files, 1, 40), 0, 100);
  assert_true(look(&looks));
  follower_free(looks.follower);
  /* Longer than the first one, with less in it. */
  write_gzip(files, "a.gz", records(files, 41, 42), 0, 100);
  FILE *file = fopen(path_of(files, "a.gz"), "a");
  assert_non_null(file);
  for (int i = 0; i < 20000; i++)
    fputc(0, file); /* what tapes are filled up with */
  fclose(file);
  start_following(&looks);
  assert_true(look(&looks));
  expect_records(&looks, 1, 42);
  end_looks(&looks);
}

static void a_half_written_line_waits_for_its_end(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "*.log");
  write_file(files, "a.log", "w", "{\"n\":1}\n{\"n\":");
  write_file(files, "b.log", "w", "{\"n\":2}");
  assert_true(look(&looks));
  expect_seen(files, "{\"n\":1}\n");
  pass(&looks, 9 * US_PER_SECOND);
  assert_true(look(&looks));
  expect_none(&looks);
  pass(&looks, US_PER_SECOND);
  assert_true(look(&looks));
  expect_seen(files, "{\"n\":2}\n"); /* whole, though nobody ended it */
  assert_int_equal(count_in_log(files, "ends in the middle of a line; waiting"), 1);
  restart(&looks);
  write_file(files, "a.log", "a", "3}\n");
  write_file(files, "b.log", "a", "\n{\"n\":4}\n");
  assert_true(look(&looks));
  expect_seen(files, "{\"n\":3}\n{\"n\":4}\n");
  end_looks(&looks);
}

/* ---- many files -------------------------------------------------------------------------- */

#define MANY 2000

static size_t count_descriptors(void) {
  size_t count = 0;
  for (int i = 0; i < 4096; i++)
    count += fcntl(i, F_GETFD) >= 0;
  return count;
}

static void thousands_of_files_in_a_folder_are_read_once_with_few_open(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  char name[32], line[32];
  start_looks(&looks, "");
  for (int i = 0; i < MANY; i++) {
    snprintf(name, sizeof name, "host%d.log", i);
    snprintf(line, sizeof line, "{\"n\":%d}\n", i);
    write_file(files, name, "w", line);
  }
  files->world.fail_at = MANY / 2; /* killed in the middle */
  assert_false(look(&looks));
  files->world.fail_at = 0;
  restart(&looks);
  assert_true(look(&looks));
  assert_int_equal(files->world.records, MANY);
  assert_true(count_descriptors() < 300);
  write_file(files, "host7.log", "a", "{\"n\":7777}\n");
  buffer_reset(&files->world.seen);
  assert_true(look(&looks));
  expect_seen(files, "{\"n\":7777}\n");
  assert_int_equal(count_parts(&looks), MANY);
  end_looks(&looks);
}

static void series_take_turns_and_a_series_goes_by_age(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "*.log*");
  looks.options.turn_size = 1;
  restart(&looks);
  write_file(files, "a.log.1", "w", records(files, 1, 2000)); /* two blocks */
  write_file(files, "a.log", "w", records(files, 2001, 2001));
  write_file(files, "b.log", "w", records(files, 2002, 2002));
  struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
  assert_int_equal(utimensat(AT_FDCWD, path_of(files, "a.log.1"), old, 0), 0);
  struct error error = ERROR_NONE;
  bool more;
  assert_true(follower_look(looks.follower, &more, &error));
  assert_true(more);
  assert_non_null(strstr(files->world.seen.data, "{\"n\":2002,"));
  assert_null(strstr(files->world.seen.data, "{\"n\":2000,"));
  assert_true(look(&looks));
  assert_int_equal(files->world.records, 2002);
  const char *last = strstr(files->world.seen.data, "{\"n\":2000,");
  assert_true(last && last < strstr(files->world.seen.data, "{\"n\":2001,"));
  end_looks(&looks);
}

static void files_that_are_gone_are_forgotten_after_a_while(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  char name[32];
  start_looks(&looks, "*.log");
  for (int i = 0; i < 20; i++) {
    snprintf(name, sizeof name, "host%d.log", i);
    write_file(files, name, "w", records(files, i, i));
    assert_true(look(&looks));
    remove_file(files, name);
    pass(&looks, 10 * US_PER_MINUTE);
    assert_true(look(&looks));
  }
  assert_true(count_parts(&looks) <= 8);
  pass(&looks, US_PER_MINUTE);
  assert_true(look(&looks));
  pass(&looks, 2 * US_PER_HOUR);
  assert_true(look(&looks));
  assert_int_equal(count_parts(&looks), 0);
  end_looks(&looks);
}

static void folders_within_a_folder_are_read_and_loops_are_said(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "");
  assert_int_equal(mkdir(path_of(files, "below"), 0700), 0);
  assert_int_equal(symlink("..", path_of(files, "below/loop")), 0);
  assert_int_equal(mkfifo(path_of(files, "fifo"), 0600), 0);
  write_file(files, "below/a.log", "w", "{\"n\":1}\n");
  write_file(files, ".a.log.XyZ", "w", "{\"n\":2}\n");
  write_file(files, "a.log~", "w", "{\"n\":3}\n");
  assert_true(look(&looks));
  assert_true(look(&looks));
  expect_seen(files, "{\"n\":1}\n");
  assert_int_equal(count_in_log(files, "leads back to a folder"), 1);
  assert_int_equal(count_in_log(files, "it is a FIFO"), 1);
  end_looks(&looks);
}

/* ---- whenever it is killed --------------------------------------------------------------- */

/* What happens to the files in one night; each step is followed by a look. */
static void happen(struct file_world *files, int step) {
  switch (step) {
  case 0:
    write_file(files, "a.log", "w", records(files, 1, 10));
    break;
  case 1:
    write_file(files, "a.log", "a", records(files, 11, 12));
    rename_file(files, "a.log", "a.log.1");
    break;
  case 2:
    write_file(files, "a.log", "w", records(files, 13, 20));
    break;
  case 3:
    write_gzip(files, "a.log.1.gz", records(files, 1, 12), 0, 50);
    break;
  case 4:
    write_gzip(files, "a.log.1.gz", records(files, 1, 12), 50, 100);
    remove_file(files, "a.log.1");
    break;
  case 5:
    write_file(files, "a.log", "a", records(files, 21, 22));
    copy_file(files, "a.log", "a.log.2");
    write_file(files, "a.log", "w", "");
    break;
  case 6:
    write_file(files, "a.log", "a", records(files, 23, 24));
    break;
  default:
    break;
  }
}

#define STEPS 12

/* Killed at the n-th push. The number of pushes in all. */
static size_t check_killed_at(size_t push) {
  struct world_of_looks looks;
  start_looks(&looks, "a.log*");
  looks.files.world.fail_at = push;
  for (int step = 0; step < STEPS; step++) {
    happen(&looks.files, step);
    while (!look(&looks)) {
      looks.files.world.fail_at = 0;
      restart(&looks);
    }
    pass(&looks, 11 * US_PER_SECOND);
  }
  expect_records(&looks, 1, 24);
  size_t pushes = looks.files.world.batches;
  end_looks(&looks);
  return pushes;
}

static void killed_at_any_push_each_record_comes_once(void **state) {
  (void)state;
  size_t pushes = check_killed_at(0);
  assert_true(pushes > 8);
  for (size_t push = 1; push <= pushes; push++)
    check_killed_at(push);
}

static void the_checkpoint_of_an_earlier_version_is_taken_over(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  struct error error = ERROR_NONE;
  char checkpoint[512];
  struct stat status;
  start_looks(&looks, "*.log");
  write_file(files, "a.log", "w", "{\"n\":1}\n{\"n\":2}\n");
  assert_int_equal(stat(path_of(files, "a.log"), &status), 0);
  snprintf(checkpoint, sizeof checkpoint,
           "{\"files\":[{\"path\":\"%s\",\"inode\":%llu,\"position\":8,\"within\":\"lines\","
           "\"start\":\"%llx\",\"start_size\":8}]}",
           path_of(files, "a.log"), (unsigned long long)status.st_ino,
           (unsigned long long)text_hash(TEXT("{\"n\":1}\n")));
  assert_true(store_checkpoint_set(files->world.store, TEXT("one"), text_from(checkpoint), &error));
  restart(&looks);
  assert_true(world_checkpoint_is(&files->world, "{\"files\":[]}"));
  assert_true(look(&looks));
  expect_seen(files, "{\"n\":2}\n");
  restart(&looks);
  assert_true(look(&looks));
  expect_none(&looks);
  end_looks(&looks);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_truncated_file_starts_anew),
      cmocka_unit_test(a_half_line_that_is_truncated_away_is_not_kept),
      cmocka_unit_test(an_archive_that_is_being_written_is_waited_for),
      cmocka_unit_test(another_archive_in_the_place_of_one_is_read_from_its_start),
      cmocka_unit_test(a_half_written_line_waits_for_its_end),
      cmocka_unit_test(thousands_of_files_in_a_folder_are_read_once_with_few_open),
      cmocka_unit_test(series_take_turns_and_a_series_goes_by_age),
      cmocka_unit_test(files_that_are_gone_are_forgotten_after_a_while),
      cmocka_unit_test(folders_within_a_folder_are_read_and_loops_are_said),
      cmocka_unit_test(killed_at_any_push_each_record_comes_once),
      cmocka_unit_test(the_checkpoint_of_an_earlier_version_is_taken_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
