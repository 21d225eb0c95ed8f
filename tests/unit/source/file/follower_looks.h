/* Files that are followed look by look, in a world whose time a test sets. */
#ifndef TESTS_FOLLOWER_LOOKS_H
#define TESTS_FOLLOWER_LOOKS_H

#include "source/file/file_world.h"
#include "source/file/follower.h"

#include <zlib.h>

#define LOOKS_MAX 200

struct world_of_looks {
  struct file_world files;
  struct source_run run;
  struct follower *follower;
  struct follower_options options;
};

static inline void start_following(struct world_of_looks *looks) {
  struct error error = ERROR_NONE;
  looks->run = world_run(&looks->files.world);
  looks->follower = follower_new(&looks->run, &looks->options, &error);
  if (!looks->follower)
    fail_msg("%s", error.text);
}

static inline void start_looks(struct world_of_looks *looks, const char *pattern) {
  *looks = (struct world_of_looks){.follower = NULL};
  start_files(&looks->files, pattern, "follow: true\n");
  looks->options = (struct follower_options){
      .path = path_of(&looks->files, pattern), .log_type = TEXT(""), .follow = true};
  start_following(looks);
}

static inline void end_looks(struct world_of_looks *looks) {
  follower_free(looks->follower);
  world_end(&looks->files.world);
}

/* As a process that was killed: nothing is written. */
static inline void restart(struct world_of_looks *looks) {
  follower_free(looks->follower);
  start_following(looks);
}

/* Looks until nothing is left to read. False: a push was refused. */
static inline bool look(struct world_of_looks *looks) {
  struct error error = ERROR_NONE;
  bool more = true;
  for (int i = 0; more; i++) {
    assert_true(i < LOOKS_MAX);
    if (!follower_look(looks->follower, &more, &error)) {
      assert_string_equal(error.text, "");
      return false;
    }
  }
  return true;
}

static inline void pass(struct world_of_looks *looks, int64_t time) {
  looks->files.world.now += time;
}

/* Records that are long enough to fill a mark with a few. */
static inline const char *records(struct file_world *files, int from, int to) {
  struct buffer out = BUFFER_NONE;
  for (int i = from; i <= to; i++)
    buffer_printf(&out, "{\"n\":%d,\"detail\":\"%0200d\"}\n", i, i);
  const char *text = arena_copy(&files->world.arena, buffer_text(&out)).data;
  buffer_free(&out);
  return text;
}

/* Each of them was seen once, in this order, and no others. */
static inline void expect_records(struct world_of_looks *looks, int from, int to) {
  struct buffer *seen = &looks->files.world.seen;
  if (!text_is(buffer_text(seen), records(&looks->files, from, to))) {
    for (const char *at = seen->data; at && (at = strstr(at, "{\"n\":")); at++)
      print_message("%d ", atoi(at + strlen("{\"n\":")));
    fail_msg("these were seen, not %d to %d\n%s", from, to, looks->files.world.log_text);
  }
  buffer_reset(seen);
}

static inline void expect_none(struct world_of_looks *looks) {
  expect_seen(&looks->files, "");
}

static inline void remove_file(struct file_world *files, const char *name) {
  assert_int_equal(unlink(path_of(files, name)), 0);
}

static inline void copy_file(struct file_world *files, const char *from, const char *to) {
  FILE *in = fopen(path_of(files, from), "r"), *out = fopen(path_of(files, to), "w");
  assert_non_null(in);
  assert_non_null(out);
  for (int c; (c = fgetc(in)) != EOF;)
    fputc(c, out);
  fclose(in);
  fclose(out);
}

/* Packs the text, and writes that part of the archive: percent of it. */
static inline void write_gzip(struct file_world *files, const char *name, const char *text,
                              int from, int to) {
  unsigned char packed[65536];
  z_stream stream = {.zalloc = Z_NULL};
  assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = (Bytef *)(uintptr_t)text;
  stream.avail_in = (uInt)strlen(text);
  stream.next_out = packed;
  stream.avail_out = sizeof packed;
  assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
  size_t size = stream.total_out;
  deflateEnd(&stream);
  FILE *file = fopen(path_of(files, name), from == 0 ? "w" : "a");
  assert_non_null(file);
  size_t begin = size * (size_t)from / 100, end = size * (size_t)to / 100;
  assert_int_equal(fwrite(packed + begin, 1, end - begin, file), end - begin);
  fclose(file);
}

static inline void count_part(void *context, struct text part, struct text checkpoint) {
  (void)part;
  (void)checkpoint;
  ++*(int *)context;
}

static inline int count_parts(struct world_of_looks *looks) {
  struct error error = ERROR_NONE;
  int count = 0;
  struct source_memory *memory = &looks->run.memory;
  assert_true(memory->parts(memory->context, count_part, &count, &error));
  return count;
}

#endif
