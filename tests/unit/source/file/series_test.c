/* Names of series, marks, and what wakes a source that waits for files. */
#include "source/file/file_world.h"
#include "source/file/mark.h"
#include "source/file/notice.h"
#include "source/file/series.h"

static void rotated_names_are_of_one_series(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"/var/log/zoom.log", "zoom.log"},
      {"zoom.log.1", "zoom.log"},
      {"zoom.log.12.gz", "zoom.log"},
      {"zoom.log-20240321", "zoom.log"},
      {"zoom.log-20240321.ZST", "zoom.log"},
      {"zoom.log.2024-03-21_07-09-03", "zoom.log"},
      {"zoom-2024-03-21.ndjson", "zoom.ndjson"},
      {"zoom-2024-03-21T07.ndjson.gz", "zoom.ndjson"},
      {"zoom.ndjson", "zoom.ndjson"},
      {"host-12.log", "host-12.log"},
      {"host12.log", "host12.log"},
      {"host12.log.3", "host12.log"},
      {"20240321", "20240321"},
      {"20240321.gz", "20240321"},
      {".gz", ".gz"},
      {"a", "a"},
      {"", ""},
  };
  struct buffer name = BUFFER_NONE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    series_of(rows[i][0], &name);
    if (!text_is(buffer_text(&name), rows[i][1]))
      fail_msg("%s: %.*s", rows[i][0], TEXT_ARGS(buffer_text(&name)));
  }
  buffer_free(&name);
}

static void a_mark_fits_the_bytes_that_it_was_made_of(void **state) {
  (void)state;
  static char bytes[3 * MARK_SIZE];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (char)('a' + i * i % 26);
  static const size_t sizes[] = {1, 63, 64, 65, 1000, 1024, 1025, 3000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t piece = 1; piece < 2000; piece = piece * 3 + 1) {
      struct mark_edge start = {.size = 0}, end = {.size = 0};
      for (size_t at = 0; at < sizes[i]; at += piece) {
        struct text more = {bytes + at, sizes[i] - at < piece ? sizes[i] - at : piece};
        mark_edge_fill(&start, more);
        mark_edge_move(&end, more);
      }
      struct mark mark = mark_of(&start, &end, sizes[i]);
      assert_int_equal(mark.start_size, sizes[i] < MARK_SIZE ? sizes[i] : MARK_SIZE);
      assert_int_equal(mark.end_size, mark.start_size);
      assert_true(mark_start_fits(&mark, (struct text){bytes, sizeof bytes}));
      assert_true(mark_end_fits(&mark, (struct text){bytes, sizes[i]}));
      assert_true(mark_may_fit(&mark, (struct text){bytes, sizes[i] / 2}));
      assert_false(mark_start_fits(&mark, (struct text){bytes + 1, sizeof bytes - 1}));
      assert_false(mark_end_fits(&mark, (struct text){bytes, sizes[i] + 1}));
    }
}

static void a_change_in_a_folder_ends_the_wait(void **state) {
  (void)state;
  struct file_world files;
  start_files(&files, "*", "");
  struct source_run run = world_run(&files.world);
  struct notice *notice = notice_new();
  notice_watch(notice, files.folder);
  if (!notice_works(notice)) {
    notice_free(notice);
    world_end(&files.world);
    skip();
  }
  time_us began = clock_monotonic();
  write_file(&files, "a.log", "w", "{\"n\":1}\n");
  assert_true(notice_wait(notice, &run, US_PER_HOUR));
  write_file(&files, "a.log", "a", "{\"n\":2}\n");
  assert_true(notice_wait(notice, &run, US_PER_HOUR));
  assert_true(clock_monotonic() - began < US_PER_HOUR);
  assert_true(notice_wait(notice, &run, 0)); /* nothing has changed */
  world_stop(&files.world);
  assert_false(notice_wait(notice, &run, US_PER_HOUR));
  notice_free(notice);
  world_end(&files.world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rotated_names_are_of_one_series),
      cmocka_unit_test(a_mark_fits_the_bytes_that_it_was_made_of),
      cmocka_unit_test(a_change_in_a_folder_ends_the_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
