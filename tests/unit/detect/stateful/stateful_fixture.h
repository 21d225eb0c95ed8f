/* A detection, a stream of lines, and a committer over a scratch store, for the tests of rules that
 * remember. */
#ifndef TESTS_DETECT_STATEFUL_FIXTURE_H
#define TESTS_DETECT_STATEFUL_FIXTURE_H

#include "daemon/commit/commit.h"
#include "detect/detect_fixture.h"
#include "detect/stateful/stateful.h"
#include "store/sqlite/internal.h"

#define START INT64_C(1704067200) /* 2024-01-01, in seconds */

static inline struct detection *detection_of(const char *const *rules, size_t count) {
  struct problems problems = PROBLEMS_NONE;
  struct rule_file files[4];
  struct schema_set *schemas =
      schema_set_load_text(text_from(FIXTURE_SCHEMA), "test.yml", &problems);
  for (size_t i = 0; i < count; i++)
    files[i] = (struct rule_file){.path = "rules/test.lua", .source = text_from(rules[i])};
  struct rule_set *set = rule_set_load_files(files, count, &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  return detection_new(schemas, set);
}

struct stream {
  struct buffer lines;
  size_t *ends; /* where each line ends */
  size_t count;
};

static inline uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

static inline void stream_free(struct stream *stream) {
  buffer_free(&stream->lines);
  free(stream->ends);
}

/* The lines [from, to) as a batch of a file. */
static inline struct batch *batch_of(const struct stream *stream, size_t from, size_t to) {
  size_t start = from ? stream->ends[from - 1] : 0, size = stream->ends[to - 1] - start;
  struct batch *batch = batch_new(size);
  memcpy(batch->bytes, stream->lines.data + start, size);
  batch->size = size;
  batch->position = start;
  batch->received_at = (START + 90000000) * US_PER_SECOND;
  return batch;
}

#define BATCHES_MAX 8 /* of one commit */

/* The next batches after line `from`, some at random and each of `most` lines at most; how many. */
static inline size_t next_batches(const struct stream *stream, size_t *from, size_t most,
                                  uint32_t *seed, struct batch **batches) {
  size_t count = 0, wanted = 1 + next_random(seed) % BATCHES_MAX;
  for (size_t to; count < wanted && *from < stream->count; *from = to) {
    to = *from + 1 + next_random(seed) % most;
    to = to < stream->count ? to : stream->count;
    batches[count++] = batch_of(stream, *from, to);
  }
  return count;
}

struct world {
  struct detection *detection;
  struct pipeline *pipeline;
  struct store *store;
  struct committer *committer;
  time_us now;
};

static inline void start_committer(struct world *world) {
  const struct committer_options options = {.store = world->store,
                                            .clock = clock_fixed(&world->now)};
  world->committer = committer_new(&options);
}

static inline void start_world(struct world *world, const char *const *rules, size_t count,
                               unsigned workers) {
  struct error error = ERROR_NONE;
  world->now = START * US_PER_SECOND;
  world->detection = detection_of(rules, count);
  const struct pipeline_options options = {
      .detection = world->detection, .workers = workers, .held = 8};
  world->pipeline = pipeline_new(&options, &error);
  world->store = store_open_scratch(&error);
  assert_string_equal(error.text, "");
  start_committer(world);
}

static inline void stop_world(struct world *world) {
  committer_free(world->committer);
  pipeline_free(world->pipeline);
  store_close(world->store);
  detection_release(world->detection);
}

static inline void sql(struct world *world, const char *text) {
  assert_int_equal(sqlite3_exec(world->store->db, text, NULL, NULL, NULL), SQLITE_OK);
}

/* The rows of a query, columns with '|'. */
static inline void dump(struct world *world, const char *query, struct buffer *out) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(world->store->db, query, -1, &statement, NULL), SQLITE_OK);
  buffer_append_string(out, "");
  while (sqlite3_step(statement) == SQLITE_ROW)
    for (int i = 0, count = sqlite3_column_count(statement); i < count; i++) {
      const char *text = (const char *)sqlite3_column_text(statement, i);
      buffer_printf(out, "%s%c", text ? text : "", i + 1 < count ? '|' : '\n');
    }
  sqlite3_finalize(statement);
}

static inline bool commit_batches(struct world *world, struct batch *const *batches, size_t count,
                                  bool fail_first) {
  struct batch_result *results[BATCHES_MAX];
  struct error error = ERROR_NONE;
  bool failed = true; /* so far */
  for (size_t i = 0; i < count; i++)
    assert_true(fixture_push(world->pipeline, batches[i]));
  for (size_t i = 0; i < count; i++)
    results[i] = pipeline_next(world->pipeline);
  if (fail_first) {
    /* After every function has run, if any does. */
    sql(world, "CREATE TEMP TRIGGER broken BEFORE INSERT ON kv_progress"
               " BEGIN SELECT RAISE(ABORT, 'no'); END");
    failed = !committer_commit(world->committer, results, count, &error);
    sql(world, "DROP TRIGGER broken");
    error = ERROR_NONE;
  }
  bool ok = !failed || committer_commit(world->committer, results, count, &error);
  assert_string_equal(error.text, "");
  for (size_t i = 0; i < count; i++)
    pipeline_done(world->pipeline, results[i], true);
  return ok;
}

static inline void commit_one(struct world *world, struct batch *batch) {
  assert_true(commit_batches(world, &batch, 1, false));
}

#endif
