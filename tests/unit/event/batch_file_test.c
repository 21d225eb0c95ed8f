/* Blocks of a file of lines, read by the worker that works on them. */
#include "base/memory.h"
#include "event/batch/batch_file.h"
#include "event/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
  FILE *content;
  struct batch_file *file;
  struct batch_memory memory;
  size_t size;
};

static int open_file(void **state) {
  struct fixture *fixture = memory_alloc(sizeof *fixture);
  fixture->content = tmpfile();
  if (!fixture->content)
    return -1;
  fixture->file = batch_file_new(fileno(fixture->content), "lines.ndjson");
  *state = fixture;
  return 0;
}

static int close_file(void **state) {
  struct fixture *fixture = *state;
  fclose(fixture->content);
  batch_file_release(fixture->file);
  free(fixture->memory.bytes);
  free(fixture);
  return 0;
}

static void put(struct fixture *fixture, struct text text) {
  assert_int_equal(fwrite(text.data, 1, text.size, fixture->content), text.size);
  assert_int_equal(fflush(fixture->content), 0);
  fixture->size += text.size;
}

static void put_fill(struct fixture *fixture, char fill, size_t size) {
  char *bytes = memory_alloc(size);
  memset(bytes, fill, size);
  put(fixture, (struct text){bytes, size});
  free(bytes);
}

static void start_over(struct fixture *fixture) {
  rewind(fixture->content);
  assert_int_equal(ftruncate(fileno(fixture->content), 0), 0);
  fixture->size = 0;
}

static struct batch *plan(struct fixture *fixture, uint64_t position, size_t size) {
  return batch_file_plan(fixture->file, position, size, position > 0);
}

static struct batch *load(struct fixture *fixture, uint64_t position, size_t size) {
  struct error error = ERROR_NONE;
  struct batch *batch = plan(fixture, position, size);
  assert_int_equal(batch_load(batch, &fixture->memory, true, &error), BATCH_LOADED);
  assert_false(error.set);
  return batch;
}

static void done(struct fixture *fixture, struct batch *batch) {
  batch_unload(batch, &fixture->memory);
  batch_free(batch);
}

/* Writes the records of a batch, each behind its position. Simdjson reads into the padding. */
static void note(const struct batch *batch, struct buffer *out) {
  struct text record;
  uint64_t position;
  for (size_t cursor = 0; batch_next(batch, &cursor, &record, &position);)
    buffer_printf(out, "%llu:%.*s\n", (unsigned long long)position, TEXT_ARGS(record));
  for (size_t i = 0; i < JSON_PADDING; i++)
    assert_int_equal(batch->bytes[batch->size + i], 0);
}

static const struct text contents[] = {
    TEXT_INIT("{\"a\":1}\n{\"b\":2}\n"),
    TEXT_INIT("{\"a\":1}\n{\"b\":2}"),
    TEXT_INIT("a\nb\nc\nd\ne\n"),
    TEXT_INIT("\n\n \r\n{\"a\":1}\r\n\r\n\n{}\n\n"),
    TEXT_INIT("one line that has no end"),
    TEXT_INIT("\n"),
    TEXT_INIT("short\na line that is longer than the others are\nx\ny\n\nz"),
};

static void the_records_are_the_same_in_blocks_of_any_size(void **state) {
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
    const struct text content = contents[i];
    struct buffer whole = BUFFER_NONE, blocks = BUFFER_NONE;
    struct batch *lines = batch_new(content.size);
    memcpy(lines->bytes, content.data, content.size);
    lines->size = content.size;
    memset(lines->bytes + lines->size, 0, JSON_PADDING);
    note(lines, &whole);
    batch_free(lines);
    start_over(fixture);
    put(fixture, content);
    for (size_t size = 1; size <= content.size; size++) {
      buffer_reset(&blocks);
      for (size_t at = 0; at < content.size; at += size) {
        size_t left = content.size - at;
        struct batch *batch = load(fixture, at, left < size ? left : size);
        note(batch, &blocks);
        done(fixture, batch);
      }
      assert_true(text_equal(buffer_text(&whole), buffer_text(&blocks)));
    }
    buffer_free(&whole);
    buffer_free(&blocks);
  }
}

static void lines_of_any_size_beside_the_ends_of_pages_and_blocks_stay_whole(void **state) {
  struct fixture *fixture = *state;
  const size_t block = 8192;
  for (size_t before = 4090; before <= 4100; before++)
    for (size_t line = 4090; line <= 4100; line++) {
      start_over(fixture);
      put_fill(fixture, 'a', before - 1);
      put(fixture, TEXT("\n"));
      put_fill(fixture, 'b', line - 1);
      put(fixture, TEXT("\n"));
      put_fill(fixture, 'c',
               3 * block - fixture->size); /* the file ends with a page, and no newline */
      size_t sizes[] = {0, 0, 0}, count = 0;
      for (size_t at = 0; at < fixture->size; at += block) {
        struct batch *batch = load(fixture, at, block);
        struct text record;
        uint64_t position;
        for (size_t cursor = 0; batch_next(batch, &cursor, &record, &position);) {
          assert_in_range(count, 0, 2);
          assert_int_equal(record.data[0], "abc"[count]);
          sizes[count++] = record.size;
        }
        done(fixture, batch);
      }
      assert_int_equal(sizes[0], before - 1);
      assert_int_equal(sizes[1], line - 1);
      assert_int_equal(sizes[2], fixture->size - before - line);
    }
}

static void a_block_within_a_line_has_no_records_whatever_the_line_holds(void **state) {
  struct fixture *fixture = *state;
  put_fill(fixture, '{', 100000);
  put(fixture, TEXT("\n{}\n"));
  for (size_t at = 1; at < 100000; at += 9000) {
    struct batch *batch = load(fixture, at, 9000 < 100000 - at ? 9000 : 100000 - at);
    assert_int_equal(batch->size, 0);
    done(fixture, batch);
  }
}

static void memory_is_used_again(void **state) {
  struct fixture *fixture = *state;
  for (int i = 0; i < 1000; i++)
    put(fixture, TEXT("{\"a\":1}\n"));
  struct batch *batch = load(fixture, 0, 4000);
  const char *bytes = batch->bytes;
  assert_null(fixture->memory.bytes);
  done(fixture, batch);
  assert_ptr_equal(fixture->memory.bytes, bytes);
  batch = load(fixture, 4000, 4000);
  assert_ptr_equal(batch->bytes, bytes);
  done(fixture, batch);
}

static void a_long_line_is_read_only_when_it_is_allowed_and_its_memory_not_kept(void **state) {
  struct fixture *fixture = *state;
  struct error error = ERROR_NONE;
  put(fixture, TEXT("{}\n"));
  put_fill(fixture, 'x', 3 * BATCH_LONG_SIZE);
  put(fixture, TEXT("\n[]\n"));
  struct batch *batch = plan(fixture, 0, 1000);
  assert_int_equal(batch_load(batch, &fixture->memory, false, &error), BATCH_LONG);
  assert_int_equal(batch->size, 0);
  assert_int_equal(batch_load(batch, &fixture->memory, true, &error), BATCH_LOADED);
  assert_int_equal(batch->size, 3 + 3 * BATCH_LONG_SIZE + 1);
  done(fixture, batch);
  assert_null(fixture->memory.bytes);
  assert_false(error.set || batch_file_failed(fixture->file));
}

static void a_line_that_is_too_long_is_cut(void **state) {
  struct fixture *fixture = *state;
  put(fixture, TEXT("{}\n"));
  put_fill(fixture, 'x', (size_t)JSON_SIZE_MAX + 100000);
  put(fixture, TEXT("\n[]\n"));
  struct batch *batch = load(fixture, 0, 1000);
  assert_int_equal(batch->size, 3 + (size_t)JSON_SIZE_MAX + 1);
  done(fixture, batch);
  batch = load(fixture, fixture->size - 500, 500);
  assert_int_equal(batch->size, 3);
  assert_int_equal(batch->position, fixture->size - 3);
  done(fixture, batch);
}

static void a_file_that_became_shorter_is_reported_once(void **state) {
  struct fixture *fixture = *state;
  struct error error = ERROR_NONE;
  for (int i = 0; i < 1000; i++)
    put(fixture, TEXT("{\"a\":1}\n"));
  struct batch *first = plan(fixture, 0, 4000), *second = plan(fixture, 4000, 2000);
  struct batch *third = plan(fixture, 6000, 2000);
  assert_int_equal(ftruncate(fileno(fixture->content), 5000), 0);
  assert_int_equal(batch_load(first, &fixture->memory, false, &error), BATCH_LOADED);
  assert_int_equal(first->size, 4000);
  assert_false(error.set || batch_file_failed(fixture->file));
  done(fixture, first);
  assert_int_equal(batch_load(second, &fixture->memory, false, &error), BATCH_FAILED);
  assert_int_equal(second->size, 0);
  assert_string_equal(error.text, "'lines.ndjson' became shorter while it was read");
  assert_true(batch_file_failed(fixture->file));
  error = ERROR_NONE;
  done(fixture, second);
  assert_int_equal(batch_load(third, &fixture->memory, false, &error), BATCH_FAILED);
  assert_int_equal(third->size, 0);
  assert_false(error.set);
  done(fixture, third);
}

static void what_cannot_be_read_is_an_error(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct batch_memory memory = {NULL, 0};
  int ends[2];
  assert_null(batch_file_new(-1, "nothing"));
  assert_int_equal(pipe(ends), 0);
  struct batch_file *file = batch_file_new(ends[0], "pipe");
  struct batch *batch = batch_file_plan(file, 0, 10, false);
  assert_int_equal(batch_load(batch, &memory, false, &error), BATCH_FAILED);
  assert_string_equal(error.text, "cannot read 'pipe': Illegal seek");
  batch_free(batch);
  batch_file_release(file);
  close(ends[0]);
  close(ends[1]);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, open_file, close_file)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FILE(the_records_are_the_same_in_blocks_of_any_size),
      WITH_FILE(lines_of_any_size_beside_the_ends_of_pages_and_blocks_stay_whole),
      WITH_FILE(a_block_within_a_line_has_no_records_whatever_the_line_holds),
      WITH_FILE(memory_is_used_again),
      WITH_FILE(a_long_line_is_read_only_when_it_is_allowed_and_its_memory_not_kept),
      WITH_FILE(a_line_that_is_too_long_is_cut),
      WITH_FILE(a_file_that_became_shorter_is_reported_once),
      cmocka_unit_test(what_cannot_be_read_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
