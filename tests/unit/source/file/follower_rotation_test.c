/* Files that are rotated while they are followed, in every way that programs do it. Each record
 * must come exactly once. */
#include "source/file/follower_looks.h"

#include <fcntl.h>
#include <sys/stat.h>

static void a_renamed_file_and_its_successor_come_in_order(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log*");
  write_file(files, "a.log", "w", records(files, 1, 10));
  assert_true(look(&looks));
  write_file(files, "a.log", "a", records(files, 11, 12));
  rename_file(files, "a.log", "a.log.1");
  write_file(files, "a.log", "w", records(files, 13, 14));
  struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
  assert_int_equal(utimensat(AT_FDCWD, path_of(files, "a.log.1"), old, 0), 0);
  assert_true(look(&looks));
  pass(&looks, 3 * US_PER_SECOND);
  assert_true(look(&looks));
  expect_records(&looks, 1, 14);
  rename_file(files, "a.log.1", "a.log.2");
  rename_file(files, "a.log", "a.log.1");
  restart(&looks);
  assert_true(look(&looks));
  expect_none(&looks);
  end_looks(&looks);
}

static void what_is_written_to_a_file_that_was_rotated_away_still_comes(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log");
  write_file(files, "a.log", "w", records(files, 1, 2));
  assert_true(look(&looks));
  rename_file(files, "a.log", "old");
  assert_true(look(&looks));
  write_file(files, "old", "a", records(files, 3, 4));
  pass(&looks, 20 * US_PER_SECOND);
  assert_true(look(&looks));
  pass(&looks, 20 * US_PER_SECOND);
  assert_true(look(&looks));
  expect_records(&looks, 1, 4);
  assert_int_equal(count_in_log(files, "a file is gone or was replaced"), 1);
  end_looks(&looks);
}

/* `lines`: written after the last look and before the copy is made. */
static void check_copytruncate(bool copy_seen_first, bool restarted, bool rotated_with_date) {
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  const char *copy = rotated_with_date ? "a.log-20240321" : "a.log.1";
  start_looks(&looks, "a.log*");
  write_file(files, "a.log", "w", records(files, 1, 10));
  assert_true(look(&looks));
  write_file(files, "a.log", "a", records(files, 11, 15));
  copy_file(files, "a.log", copy);
  if (copy_seen_first) {
    assert_true(look(&looks));
    pass(&looks, US_PER_SECOND);
  }
  write_file(files, "a.log", "w", "");
  assert_true(look(&looks));
  if (restarted)
    restart(&looks);
  write_file(files, "a.log", "a", records(files, 16, 17));
  for (int i = 0; i < 4; i++) {
    assert_true(look(&looks));
    pass(&looks, 5 * US_PER_SECOND);
  }
  expect_records(&looks, 1, 17);
  end_looks(&looks);
}

static void a_copy_of_a_truncated_file_goes_on_where_that_was(void **state) {
  (void)state;
  for (int i = 0; i < 8; i++)
    check_copytruncate(i & 1, i & 2, i & 4);
}

static void a_copy_that_comes_after_the_truncation_goes_on_there_too(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log*");
  write_file(files, "a.log", "w", records(files, 1, 10));
  assert_true(look(&looks));
  write_file(files, "a.log", "a", records(files, 11, 15));
  copy_file(files, "a.log", "kept");
  write_file(files, "a.log", "w", "");
  assert_true(look(&looks));
  restart(&looks);
  rename_file(files, "kept", "a.log.1");
  assert_true(look(&looks));
  expect_records(&looks, 1, 15);
  end_looks(&looks);
}

static void a_file_that_was_compressed_after_it_was_read_is_not_read_twice(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log*");
  write_file(files, "a.log", "w", records(files, 1, 10));
  assert_true(look(&looks));
  /* The last lines were not read when it is compressed, in steps and with a restart. */
  write_file(files, "a.log", "a", records(files, 11, 12));
  follower_free(looks.follower);
  write_gzip(files, "a.log.1.gz", records(files, 1, 12), 0, 60);
  remove_file(files, "a.log");
  start_following(&looks);
  assert_true(look(&looks));
  expect_records(&looks, 1, 10);
  pass(&looks, US_PER_MINUTE);
  assert_true(look(&looks));
  write_gzip(files, "a.log.1.gz", records(files, 1, 12), 60, 100);
  assert_true(look(&looks));
  expect_records(&looks, 11, 12);
  rename_file(files, "a.log.1.gz", "a.log.2.gz");
  restart(&looks);
  assert_true(look(&looks));
  expect_none(&looks);
  end_looks(&looks);
}

static void a_file_that_is_compressed_while_it_is_there_is_not_read_twice(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log*");
  write_file(files, "a.log.1", "w", records(files, 1, 12));
  assert_true(look(&looks));
  for (int from = 0; from < 100; from += 25) {
    write_gzip(files, "a.log.1.gz", records(files, 1, 12), from, from + 25);
    pass(&looks, US_PER_SECOND);
    assert_true(look(&looks));
  }
  remove_file(files, "a.log.1");
  for (int i = 0; i < 5; i++) {
    pass(&looks, 10 * US_PER_SECOND);
    assert_true(look(&looks));
  }
  expect_records(&looks, 1, 12);
  assert_int_equal(count_parts(&looks), 1);
  end_looks(&looks);
}

static void a_longer_file_that_begins_as_another_is_read_behind_that(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "export-*");
  write_file(files, "export-20240321.ndjson", "w", records(files, 1, 10));
  assert_true(look(&looks));
  write_file(files, "export-20240322.ndjson", "w", records(files, 1, 14));
  for (int i = 0; i < 3; i++) {
    assert_true(look(&looks));
    pass(&looks, 10 * US_PER_SECOND);
  }
  expect_records(&looks, 1, 14);
  end_looks(&looks);
}

static void a_backup_of_a_file_that_goes_on_is_not_read(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "a.log*");
  write_file(files, "a.log", "w", records(files, 1, 10));
  assert_true(look(&looks));
  copy_file(files, "a.log", "a.log-20240321");
  for (int i = 0; i < 5; i++) {
    write_file(files, "a.log", "a", records(files, 11 + i, 11 + i));
    assert_true(look(&looks));
    pass(&looks, 5 * US_PER_SECOND);
  }
  write_file(files, "a.log", "w", "");
  assert_true(look(&looks));
  expect_records(&looks, 1, 15);
  end_looks(&looks);
}

static void records_without_a_time_are_not_taken_for_copies(void **state) {
  (void)state;
  static const char *const patterns[] = {"a.log*", "a.log"};
  for (size_t i = 0; i < 2; i++) {
    struct world_of_looks looks;
    struct file_world *files = &looks.files;
    start_looks(&looks, patterns[i]);
    for (int night = 0; night < 3; night++) {
      write_file(files, "a.log", "w", "{\"status\":\"ok\"}\n{\"status\":\"ok\"}\n");
      assert_true(look(&looks));
      rename_file(files, "a.log", "a.log.1");
      write_file(files, "a.log", "w", "{\"status\":\"ok\"}\n");
      assert_true(look(&looks));
      write_file(files, "a.log", "w", ""); /* truncated */
      assert_true(look(&looks));
    }
    assert_int_equal(files->world.records, 9);
    end_looks(&looks);
  }
}

static void a_longer_file_that_is_put_over_another_is_read_behind_that(void **state) {
  (void)state;
  struct world_of_looks looks;
  struct file_world *files = &looks.files;
  start_looks(&looks, "*.log");
  for (int i = 1; i <= 4; i++) {
    write_file(files, "new", "w", records(files, 1, 10 * i));
    rename_file(files, "new", "a.log");
    assert_true(look(&looks));
    if (i == 2)
      restart(&looks);
    pass(&looks, 11 * US_PER_SECOND);
    assert_true(look(&looks));
  }
  expect_records(&looks, 1, 40);
  end_looks(&looks);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_renamed_file_and_its_successor_come_in_order),
      cmocka_unit_test(what_is_written_to_a_file_that_was_rotated_away_still_comes),
      cmocka_unit_test(a_copy_of_a_truncated_file_goes_on_where_that_was),
      cmocka_unit_test(a_copy_that_comes_after_the_truncation_goes_on_there_too),
      cmocka_unit_test(a_file_that_was_compressed_after_it_was_read_is_not_read_twice),
      cmocka_unit_test(a_file_that_is_compressed_while_it_is_there_is_not_read_twice),
      cmocka_unit_test(a_longer_file_that_begins_as_another_is_read_behind_that),
      cmocka_unit_test(a_backup_of_a_file_that_goes_on_is_not_read),
      cmocka_unit_test(records_without_a_time_are_not_taken_for_copies),
      cmocka_unit_test(a_longer_file_that_is_put_over_another_is_read_behind_that),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
