/* Streams over files: batches, positions, blocks that are only planned. */
#include "source/file/framing_cases.h"

#include "event/batch/batch_file.h"
#include "event/json/json.h"
#include "source/file/stream.h"

#include <unistd.h>

struct fixture {
  char path[64];
  FILE *file;
};

static int make_file(void **state) {
  struct fixture *fixture = memory_alloc(sizeof(*fixture));
  snprintf(fixture->path, sizeof(fixture->path), "/tmp/margay_stream_XXXXXX");
  int file = mkstemp(fixture->path);
  assert_true(file >= 0);
  fixture->file = fdopen(file, "w");
  *state = fixture;
  return 0;
}

static int remove_file(void **state) {
  struct fixture *fixture = *state;
  fclose(fixture->file);
  unlink(fixture->path);
  free(fixture);
  return 0;
}

static void put(struct fixture *fixture, struct text text) {
  if (text.size > 0)
    assert_int_equal(fwrite(text.data, 1, text.size, fixture->file), text.size);
  fflush(fixture->file);
}

static void start_over(struct fixture *fixture) {
  rewind(fixture->file);
  assert_int_equal(ftruncate(fileno(fixture->file), 0), 0);
}

static size_t expect_batch(const struct framing_case *test, size_t block_size, size_t count,
                           const struct batch *batch) {
  size_t cursor = 0;
  struct text record;
  uint64_t position;
  while (batch_next(batch, &cursor, &record, &position))
    expect_record(test, block_size, count++, record, batch->log_type, position);
  return count;
}

static void a_file_that_grows_gives_every_record_once(void **state) {
  struct fixture *fixture = *state;
  for (size_t i = 0; i < CASE_COUNT; i++)
    for (size_t block_size = 1; block_size <= cases[i].input.size; block_size++) {
      const struct framing_case *test = &cases[i];
      start_over(fixture);
      struct error error = ERROR_NONE;
      struct stream *stream = stream_open(fixture->path, 0, &error);
      assert_non_null(stream);
      size_t count = 0;
      struct batch *batch;
      for (size_t at = 0; at < test->input.size; at += block_size) {
        size_t left = test->input.size - at;
        put(fixture, (struct text){test->input.data + at, left < block_size ? left : block_size});
        while ((batch = stream_next(stream, true, &error))) {
          count = expect_batch(test, block_size, count, batch);
          batch_free(batch);
        }
        assert_false(error.set);
      }
      while ((batch = stream_next(stream, false, &error))) {
        count = expect_batch(test, block_size, count, batch);
        batch_free(batch);
      }
      expect_count(test, block_size, count);
      assert_int_equal(error.set, test->cut_off);
      stream_close(stream);
    }
}

static void a_stream_can_be_continued_from_every_position(void **state) {
  struct fixture *fixture = *state;
  for (size_t i = 0; i < CASE_COUNT; i++)
    for (size_t block_size = 1; block_size <= cases[i].input.size; block_size++) {
      const struct framing_case *test = &cases[i];
      start_over(fixture);
      struct stream_place place = {.position = 0};
      size_t count = 0;
      bool cut_off = false;
      for (size_t at = 0; at <= test->input.size; at += block_size) {
        size_t left = test->input.size - at;
        put(fixture, (struct text){test->input.data + at, left < block_size ? left : block_size});
        bool growing = left > block_size;
        struct error error = ERROR_NONE;
        struct stream *stream = stream_resume(fixture->path, &place, &error);
        assert_non_null(stream);
        struct batch *batch;
        while ((batch = stream_next(stream, growing, &error))) {
          count = expect_batch(test, block_size, count, batch);
          batch_free(batch);
        }
        place = stream_place(stream);
        stream_close(stream);
        cut_off = error.set;
        if (!growing)
          break;
      }
      expect_count(test, block_size, count);
      assert_int_equal(cut_off, test->cut_off);
    }
}

static void many_lines_come_in_batches_without_a_gap(void **state) {
  struct fixture *fixture = *state;
  struct buffer line = BUFFER_NONE;
  enum { COUNT = 50000 };
  for (int i = 0; i < COUNT; i++) {
    buffer_reset(&line);
    buffer_printf(&line, "{\"n\":%d,\"fill\":\"%.*s\"}\n", i, i % 40,
                  "........................................");
    put(fixture, buffer_text(&line));
  }
  buffer_free(&line);
  struct error error = ERROR_NONE;
  struct stream *stream = stream_open(fixture->path, 0, &error);
  struct batch *batch;
  int next = 0;
  uint64_t position = 0;
  while ((batch = stream_next(stream, false, &error))) {
    assert_true(batch->position == position);
    position += batch->size;
    assert_true(position == stream_place(stream).position);
    size_t cursor = 0;
    struct text record;
    uint64_t occurrence;
    while (batch_next(batch, &cursor, &record, &occurrence)) {
      int n = -1;
      assert_int_equal(sscanf(record.data, "{\"n\":%d,", &n), 1);
      assert_int_equal(n, next);
      next++;
    }
    batch_free(batch);
  }
  assert_false(error.set);
  assert_int_equal(next, COUNT);
  uint64_t bytes_read, total;
  stream_progress(stream, &bytes_read, &total);
  assert_true(bytes_read == total && total == position);
  stream_close(stream);
}

static void put_long_string(struct fixture *fixture, const char *before, size_t size,
                            const char *after) {
  char *fill = memory_alloc(size);
  memset(fill, 'x', size);
  put(fixture, text_from(before));
  put(fixture, (struct text){fill, size});
  put(fixture, text_from(after));
  free(fill);
}

static void a_record_of_many_blocks_stays_whole(void **state) {
  struct fixture *fixture = *state;
  static const char *const before[] = {"{\"a\":\"", "[{\"a\":\""};
  static const char *const after[] = {"\"}\n{\"b\":2}\n", "\"},{\"b\":2}]"};
  for (int form = 0; form < 2; form++) {
    start_over(fixture);
    put_long_string(fixture, before[form], 3000000, after[form]);
    struct error error = ERROR_NONE;
    struct stream *stream = stream_open(fixture->path, 0, &error);
    size_t sizes[2] = {0, 0}, count = 0;
    struct batch *batch;
    while ((batch = stream_next(stream, false, &error))) {
      size_t cursor = 0;
      struct text record;
      uint64_t occurrence;
      while (batch_next(batch, &cursor, &record, &occurrence))
        sizes[count++] = record.size;
      batch_free(batch);
    }
    assert_int_equal(count, 2);
    assert_int_equal(sizes[0], 3000000 + 8);
    assert_int_equal(sizes[1], 7);
    stream_close(stream);
  }
}

static void a_record_that_is_too_long_is_cut_and_the_next_one_is_whole(void **state) {
  struct fixture *fixture = *state;
  static const char *const before[] = {"{\"z\":0}\n{\"a\":\"", "[{\"z\":0},{\"a\":\""};
  static const char *const after[] = {"\"}\n{\"b\":2}\n", "\"},{\"b\":2}]"};
  for (int form = 0; form < 2; form++) {
    start_over(fixture);
    put_long_string(fixture, before[form], (size_t)JSON_SIZE_MAX + 2000000, after[form]);
    struct error error = ERROR_NONE;
    struct stream *stream = stream_open(fixture->path, 0, &error);
    size_t count = 0;
    struct batch *batch;
    while ((batch = stream_next(stream, false, &error))) {
      size_t cursor = 0;
      struct text record;
      uint64_t position;
      while (batch_next(batch, &cursor, &record, &position)) {
        assert_int_equal(record.size, count == 1 ? (size_t)JSON_SIZE_MAX + 1 : 7);
        if (count == 1)
          assert_int_equal(position, 8 + form);
        count++;
      }
      batch_free(batch);
    }
    assert_false(error.set);
    assert_int_equal(count, 3);
    stream_close(stream);
  }
}

/* Fills the file up to a size: `before`, then lines. */
static void put_lines(struct fixture *fixture, const char *before, size_t size) {
  struct buffer content = BUFFER_NONE;
  buffer_append_text(&content, text_from(before));
  for (int i = 0; content.size < size; i++)
    buffer_printf(&content, "{\"n\":%d,\"fill\":\"%.*s\"}\n", i, i % 40,
                  "........................................");
  content.size = size;
  start_over(fixture);
  put(fixture, buffer_text(&content));
  buffer_free(&content);
}

typedef struct batch *take_batch(struct stream *stream, struct error *error);

static struct batch *take_read(struct stream *stream, struct error *error) {
  return stream_next(stream, false, error);
}

/* A hash of all records and their positions, and their number. */
static uint64_t hash_records(const struct fixture *fixture, take_batch *take, size_t *count,
                             bool *left_in_file) {
  struct error error = ERROR_NONE;
  struct stream *stream = stream_open(fixture->path, 0, &error);
  struct batch_memory memory = {NULL, 0};
  struct batch *batch;
  uint64_t hash = 0, position, bytes_read, total;
  *count = 0;
  *left_in_file = false;
  while ((batch = take(stream, &error))) {
    struct text record;
    *left_in_file = *left_in_file || batch->file;
    assert_int_equal(batch_load(batch, &memory, true, &error), BATCH_LOADED);
    for (size_t cursor = 0; batch_next(batch, &cursor, &record, &position); ++*count)
      hash = hash * 31 + position + text_hash(record);
    batch_unload(batch, &memory);
    batch_free(batch);
  }
  assert_false(error.set);
  stream_progress(stream, &bytes_read, &total);
  assert_true(bytes_read == total);
  free(memory.bytes);
  stream_close(stream);
  return hash;
}

static void what_is_planned_gives_the_same_records(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *before;
    size_t size;
    bool left_in_file;
  } files[] = {
      {"", 0, false},
      {"", 1000, false},
      {"", 1048576, true}, /* whole blocks, without a newline at the end */
      {"", 1048577, true},
      {"\xef\xbb\xbf", 3000000, true},
      {"\n\n", 3000000, true},
      {"no JSON\n", 3000000, true},
      {"{\n\"a\":1}", 3000000, false}, /* values over several lines */
  };
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    size_t count, planned_count;
    bool left_in_file;
    put_lines(fixture, files[i].before, files[i].size);
    uint64_t hash = hash_records(fixture, take_read, &count, &left_in_file);
    assert_false(left_in_file);
    assert_true(hash_records(fixture, stream_plan, &planned_count, &left_in_file) == hash);
    assert_int_equal(planned_count, count);
    assert_int_equal(left_in_file, files[i].left_in_file);
  }
}

static void nothing_more_is_planned_of_a_file_that_could_not_be_read(void **state) {
  struct fixture *fixture = *state;
  struct error error = ERROR_NONE;
  struct batch_memory memory = {NULL, 0};
  put_lines(fixture, "", 3000000);
  struct stream *stream = stream_open(fixture->path, 0, &error);
  struct batch *batch = stream_plan(stream, &error);
  assert_int_equal(ftruncate(fileno(fixture->file), 1000), 0);
  assert_int_equal(batch_load(batch, &memory, false, &error), BATCH_FAILED);
  assert_non_null(strstr(error.text, "became shorter while it was read"));
  assert_null(stream_plan(stream, &error));
  batch_free(batch);
  free(memory.bytes);
  stream_close(stream);
}

static void binary_bytes_are_records_too(void **state) {
  struct fixture *fixture = *state;
  static const char bytes[] = "\x00\x01\xff\xfe\n\x00{\n{\"a\":1}\n";
  put(fixture, (struct text){bytes, sizeof(bytes) - 1});
  struct error error = ERROR_NONE;
  struct stream *stream = stream_open(fixture->path, 0, &error);
  struct batch *batch = stream_next(stream, false, &error);
  size_t cursor = 0, sizes[3] = {0}, count = 0;
  struct text record;
  uint64_t occurrence;
  while (batch_next(batch, &cursor, &record, &occurrence))
    sizes[count++] = record.size;
  assert_int_equal(count, 3);
  assert_int_equal(sizes[0], 4);
  assert_int_equal(sizes[1], 2);
  assert_int_equal(sizes[2], 7);
  batch_free(batch);
  stream_close(stream);
}

static void a_position_is_where_lines_go_on(void **state) {
  struct fixture *fixture = *state;
  put(fixture, TEXT("{\"a\":1}\n[2]\n{\"c\":3}\n"));
  struct error error = ERROR_NONE;
  struct stream *stream = stream_open(fixture->path, 8, &error);
  struct batch *batch = stream_next(stream, false, &error);
  size_t cursor = 0;
  struct text record;
  uint64_t occurrence;
  assert_true(batch_next(batch, &cursor, &record, &occurrence));
  assert_true(text_is(record, "[2]"));
  assert_true(occurrence == 8);
  assert_true(batch_next(batch, &cursor, &record, &occurrence));
  assert_true(text_is(record, "{\"c\":3}"));
  assert_false(batch_next(batch, &cursor, &record, &occurrence));
  batch_free(batch);
  stream_close(stream);
}

static void what_cannot_be_read_is_an_error(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  assert_null(stream_open("/nowhere/at/all", 0, &error));
  assert_string_equal(error.text, "cannot read '/nowhere/at/all': No such file or directory");
  error = ERROR_NONE;
  assert_null(stream_open("/tmp", 0, &error));
  assert_string_equal(error.text, "cannot read '/tmp': it is a directory, not a regular file");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_file_that_grows_gives_every_record_once, make_file,
                                      remove_file),
      cmocka_unit_test_setup_teardown(a_stream_can_be_continued_from_every_position, make_file,
                                      remove_file),
      cmocka_unit_test_setup_teardown(many_lines_come_in_batches_without_a_gap, make_file,
                                      remove_file),
      cmocka_unit_test_setup_teardown(a_record_of_many_blocks_stays_whole, make_file, remove_file),
      cmocka_unit_test_setup_teardown(a_record_that_is_too_long_is_cut_and_the_next_one_is_whole,
                                      make_file, remove_file),
      cmocka_unit_test_setup_teardown(what_is_planned_gives_the_same_records, make_file,
                                      remove_file),
      cmocka_unit_test_setup_teardown(nothing_more_is_planned_of_a_file_that_could_not_be_read,
                                      make_file, remove_file),
      cmocka_unit_test_setup_teardown(binary_bytes_are_records_too, make_file, remove_file),
      cmocka_unit_test_setup_teardown(a_position_is_where_lines_go_on, make_file, remove_file),
      cmocka_unit_test(what_cannot_be_read_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
