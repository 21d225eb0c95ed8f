/* Files that are compressed: what comes out, where they are cut or damaged, and going on in them.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "source/file/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define LINES 60000 /* 1 MB: several blocks come out */

struct archive {
  char path[64];
  struct buffer lines, packed;
};

static void pack_gzip(struct buffer *out, struct text bytes) {
  z_stream stream = {.zalloc = Z_NULL};
  assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  uLong room = deflateBound(&stream, bytes.size);
  stream.next_in = (Bytef *)(uintptr_t)bytes.data;
  stream.avail_in = (uInt)bytes.size;
  stream.next_out = (Bytef *)buffer_reserve(out, room);
  stream.avail_out = (uInt)room;
  assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out->size += stream.total_out;
  deflateEnd(&stream);
}

static void pack_zstd(struct buffer *out, struct text bytes) {
  size_t room = ZSTD_compressBound(bytes.size);
  size_t size = ZSTD_compress(buffer_reserve(out, room), room, bytes.data, bytes.size, 3);
  assert_false(ZSTD_isError(size));
  out->size += size;
}

static void (*const packers[])(struct buffer *, struct text) = {pack_gzip, pack_zstd};
#define PACKERS (sizeof packers / sizeof *packers)

static void write_file(const struct archive *archive, size_t size) {
  FILE *file = fopen(archive->path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(archive->packed.data, 1, size, file), size);
  fclose(file);
}

/* Two archives one after the other, as `cat a.gz b.gz` makes them. */
static void make(struct archive *archive, size_t packer) {
  buffer_reset(&archive->packed);
  struct text all = buffer_text(&archive->lines), first = {all.data, all.size / 2};
  packers[packer](&archive->packed, first);
  packers[packer](&archive->packed, (struct text){all.data + first.size, all.size - first.size});
}

static int start(void **state) {
  struct archive *archive = memory_alloc(sizeof *archive);
  snprintf(archive->path, sizeof archive->path, "/tmp/margay_unpack_XXXXXX");
  close(mkstemp(archive->path));
  for (int i = 0; i < LINES; i++)
    buffer_printf(&archive->lines, "{\"number\":%d}\n", i);
  *state = archive;
  return 0;
}

static int stop(void **state) {
  struct archive *archive = *state;
  unlink(archive->path);
  buffer_free(&archive->lines);
  buffer_free(&archive->packed);
  free(archive);
  return 0;
}

/* Appends what the stream gives, until its end or at most `batches`. */
static void read_on(struct stream *stream, bool growing, size_t batches, struct buffer *out,
                    struct error *error) {
  struct batch *batch;
  while (batches-- > 0 && (batch = stream_next(stream, growing, error))) {
    buffer_append(out, batch->bytes, batch->size);
    batch_free(batch);
  }
}

static struct stream *open_stream(const struct archive *archive) {
  struct error error = ERROR_NONE;
  struct stream *stream = stream_open(archive->path, 0, &error);
  assert_non_null(stream);
  return stream;
}

static void assert_lines(const struct archive *archive, const struct buffer *got, size_t size) {
  assert_int_equal(got->size, size);
  assert_memory_equal(got->data, archive->lines.data, size);
}

static void what_is_compressed_is_read_as_if_it_were_not(void **state) {
  struct archive *archive = *state;
  for (size_t i = 0; i < PACKERS; i++) {
    struct error error = ERROR_NONE;
    struct buffer got = BUFFER_NONE;
    make(archive, i);
    write_file(archive, archive->packed.size);
    struct stream *stream = open_stream(archive);
    read_on(stream, false, SIZE_MAX, &got, &error);
    assert_false(error.set);
    assert_false(stream_is_cut(stream));
    assert_int_equal(stream_packed(stream), archive->packed.size);
    assert_lines(archive, &got, archive->lines.size);
    stream_close(stream);
    buffer_free(&got);
  }
}

static void an_archive_that_was_cut_off_gives_what_came_before_and_says_so_once(void **state) {
  struct archive *archive = *state;
  for (size_t i = 0; i < PACKERS; i++) {
    struct error error = ERROR_NONE;
    struct buffer got = BUFFER_NONE;
    make(archive, i);
    write_file(archive, archive->packed.size - 20);
    struct stream *stream = open_stream(archive);
    read_on(stream, false, SIZE_MAX, &got, &error);
    assert_non_null(strstr(error.text, "ends in the middle of what is compressed in it"));
    assert_true(got.size >= archive->lines.size / 2);
    assert_lines(archive, &got, got.size);
    error = ERROR_NONE;
    assert_null(stream_next(stream, false, &error));
    assert_false(error.set);
    stream_close(stream);
    buffer_free(&got);
  }
}

static void a_damaged_archive_gives_what_came_before_and_says_why(void **state) {
  struct archive *archive = *state;
  for (size_t i = 0; i < PACKERS; i++) {
    struct error error = ERROR_NONE;
    struct buffer got = BUFFER_NONE;
    make(archive, i);
    buffer_append_string(&archive->packed, "this is no archive");
    write_file(archive, archive->packed.size);
    struct stream *stream = open_stream(archive);
    read_on(stream, false, SIZE_MAX, &got, &error);
    assert_non_null(strstr(error.text, "what is compressed in it is damaged after"));
    assert_lines(archive, &got, archive->lines.size);
    stream_close(stream);
    buffer_free(&got);
  }
}

static void reading_goes_on_at_a_place_in_what_comes_out(void **state) {
  struct archive *archive = *state;
  for (size_t i = 0; i < PACKERS; i++) {
    struct error error = ERROR_NONE;
    struct buffer got = BUFFER_NONE;
    make(archive, i);
    write_file(archive, archive->packed.size);
    struct stream *stream = open_stream(archive);
    read_on(stream, true, 1, &got, &error);
    struct stream_place place = stream_place(stream);
    assert_int_equal(place.position, got.size);
    stream_close(stream);
    stream = stream_resume(archive->path, &place, &error);
    assert_non_null(stream);
    read_on(stream, true, SIZE_MAX, &got, &error);
    assert_false(error.set);
    assert_lines(archive, &got, archive->lines.size);
    stream_close(stream);
    buffer_free(&got);
  }
}

static void an_archive_that_grows_is_read_as_it_grows(void **state) {
  struct archive *archive = *state;
  for (size_t i = 0; i < PACKERS; i++) {
    struct error error = ERROR_NONE;
    struct buffer got = BUFFER_NONE;
    make(archive, i);
    write_file(archive, 2); /* not even what shows the form */
    struct stream *stream = open_stream(archive);
    read_on(stream, true, SIZE_MAX, &got, &error);
    assert_int_equal(got.size, 0);
    write_file(archive, archive->packed.size / 2 + 100);
    read_on(stream, true, SIZE_MAX, &got, &error);
    assert_true(stream_is_cut(stream));
    write_file(archive, archive->packed.size);
    read_on(stream, true, SIZE_MAX, &got, &error);
    assert_false(error.set || stream_is_cut(stream));
    assert_lines(archive, &got, archive->lines.size);
    stream_close(stream);
    buffer_free(&got);
  }
}

static void a_short_file_that_begins_like_an_archive_is_none(void **state) {
  struct archive *archive = *state;
  struct error error = ERROR_NONE;
  struct buffer got = BUFFER_NONE;
  buffer_append(&archive->packed, "\x1f\x8b", 2);
  write_file(archive, 2);
  struct stream *stream = open_stream(archive);
  read_on(stream, false, SIZE_MAX, &got, &error);
  assert_int_equal(got.size, 2);
  assert_false(error.set);
  stream_close(stream);
  buffer_free(&got);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(what_is_compressed_is_read_as_if_it_were_not),
      TEST(an_archive_that_was_cut_off_gives_what_came_before_and_says_so_once),
      TEST(a_damaged_archive_gives_what_came_before_and_says_why),
      TEST(reading_goes_on_at_a_place_in_what_comes_out),
      TEST(an_archive_that_grows_is_read_as_it_grows),
      TEST(a_short_file_that_begins_like_an_archive_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
