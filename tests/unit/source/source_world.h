/* A source that really runs, over a real store, with a committer that commits within push. */
#ifndef SOURCE_WORLD_H
#define SOURCE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "daemon/source_store.h"
#include "source/source.h"
#include "store/store.h"

extern const struct source_type source_file, source_zoom_reports;

struct world {
  char folder[64];
  struct store *store; /* the source's and the committer's */
  struct token_seal *seal;
  struct source_store *memory;
  struct log *log;
  char *log_text;
  size_t log_size;
  FILE *log_file;
  struct arena arena; /* of the options */
  struct source source;
  struct source_locks *locks;
  atomic_bool stop;
  int stop_fd;
  time_us now;
  struct json_reader *reader;
  struct buffer canonical;

  bool dead_letters;              /* all records are: known by their raw bytes */
  size_t fail_at;                 /* the nth batch is not taken (1-based); 0: none */
  size_t batches, records, added; /* pushed; in them; of these not known before */
  size_t checkpoints;
  time_us watermark;  /* the latest that a batch reported, but for the end; 0: none did */
  size_t ends;        /* batches that say that nothing more comes */
  time_us last_time;  /* of the rows pushed since the last drain */
  bool out_of_order;  /* a row was older than the one before it */
  struct buffer seen; /* every record that was added, a line each */
};

static inline time_us world_time(const struct json_node *row) {
  static const char *const keys[] = {"time", "activity_time", "start_time", "activity_timestamp"};
  time_us time;
  const struct json_node *node = NULL;
  for (size_t i = 0; i < sizeof keys / sizeof *keys && !node; i++)
    node = json_get(row, text_from(keys[i]));
  if (node && node->type == JSON_TYPE_INT)
    return node->value.integer * US_PER_MS;
  return node && node->type == JSON_TYPE_STRING && time_parse(json_text(node), &time) ? time : 0;
}

static inline void world_commit(struct world *world, struct text record, const struct batch *batch,
                                uint64_t occurrence) {
  struct error error = ERROR_NONE;
  char row_id[ROW_ID_SIZE + 1];
  const struct json_node *row = json_read_copy(world->reader, record, &error);
  bool added = true;
  buffer_reset(&world->canonical);
  if (row && !world->dead_letters)
    json_write_canonical(&world->canonical, row);
  else
    buffer_append_text(&world->canonical, record);
  row_id_compute(world->source.id, batch->log_type, buffer_text(&world->canonical), occurrence,
                 row_id);
  if (batch->rereads) {
    time_us time = row && !world->dead_letters ? world_time(row) : batch->received_at;
    world->out_of_order = world->out_of_order || time < world->last_time;
    world->last_time = time;
    assert_true(
        store_row_add(world->store, world->source.id, text_from(row_id), time, &added, &error));
  }
  world->records++;
  world->added += added;
  if (added) {
    buffer_append_text(&world->seen, record);
    buffer_append_char(&world->seen, '\n');
  }
}

static inline bool world_push(void *context, struct batch *batch) {
  struct world *world = context;
  if (world->fail_at > 0 && world->batches + 1 == world->fail_at) {
    batch_free(batch);
    return false;
  }
  struct error error = ERROR_NONE;
  assert_true(store_begin(world->store, &error));
  struct text record;
  uint64_t occurrence;
  for (size_t cursor = 0; batch_next(batch, &cursor, &record, &occurrence);)
    world_commit(world, record, batch, occurrence);
  if (batch->checkpoint) {
    struct text checkpoint = text_from(batch->checkpoint);
    assert_true(batch->checkpoint_part
                    ? store_checkpoint_part_set(world->store, world->source.id,
                                                text_from(batch->checkpoint_part), checkpoint,
                                                &error)
                    : store_checkpoint_set(world->store, world->source.id, checkpoint, &error));
    world->checkpoints++;
  }
  assert_true(store_commit(world->store, &error));
  world->ends += batch->watermark == BATCH_ENDED;
  if (batch->watermark != BATCH_ENDED && batch->watermark > world->watermark)
    world->watermark = batch->watermark;
  world->batches++;
  batch_settle(batch, true);
  batch_free(batch);
  return true;
}

static inline bool world_drain(void *context) {
  struct world *world = context;
  world->last_time = TIME_NONE;
  return world->fail_at == 0;
}

static inline struct source_run world_run(struct world *world) {
  return (struct source_run){.source = &world->source,
                             .memory = source_store_memory(world->memory),
                             .locks = world->locks,
                             .log = world->log,
                             .clock = clock_fixed(&world->now),
                             .output = {world, world_push, world_drain},
                             .stop = &world->stop,
                             .stop_fd = world->stop_fd};
}

static inline void world_start(struct world *world, const char *now) {
  *world = (struct world){.folder = "/tmp/margay_source_XXXXXX", .last_time = TIME_NONE};
  struct error error = ERROR_NONE;
  assert_non_null(mkdtemp(world->folder));
  assert_true(time_parse(text_from(now), &world->now));
  world->store = store_open_scratch(&error);
  assert_string_equal(error.text, "");
  world->log_file = open_memstream(&world->log_text, &world->log_size);
  world->log = log_new(world->log_file, LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, clock_system());
  world->stop_fd = eventfd(0, EFD_CLOEXEC);
  world->reader = json_reader_new();
  world->source = (struct source){.id = TEXT("one")};
  world->seal = token_seal_new(TEXT(""));
  world->memory = source_store_new(world->store, TEXT("one"), world->seal, world->log);
}

/* Reads the options as the configuration does. */
static inline void world_options(struct world *world, const struct source_type *type,
                                 const char *settings) {
  struct error error = ERROR_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct yaml *yaml = yaml_load_text(text_from(settings), "test.yml", &error);
  assert_string_equal(error.text, "");
  struct settings_reader reader = {.context = {yaml, &problems}, .arena = &world->arena};
  world->source.type = type;
  world->source.options = arena_alloc(&world->arena, type->kind.settings.size);
  settings_read(&reader, yaml_root(yaml), "the source", &type->kind.settings,
                world->source.options);
  if (problems.count > 0)
    fail_msg("%s", problems.items[0].text);
  assert_true(!type->kind.check || type->kind.check(world->source.options, &error));
  yaml_free(yaml);
}

static inline void world_stop(struct world *world) {
  uint64_t one = 1;
  atomic_store(&world->stop, true);
  assert_int_equal(write(world->stop_fd, &one, sizeof(one)), sizeof(one));
}

/* Whether the checkpoint is that text, or only begins so. */
static inline bool world_checkpoint_matches(struct world *world, const char *expected, bool whole) {
  struct buffer text = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(world->store, world->source.id, &text, &found, &error));
  struct text checkpoint = found ? buffer_text(&text) : TEXT("");
  bool same =
      whole ? text_is(checkpoint, expected) : text_starts_folded(checkpoint, text_from(expected));
  if (!same)
    print_message("checkpoint: %.*s\n", TEXT_ARGS(checkpoint));
  buffer_free(&text);
  return same;
}

static inline bool world_checkpoint_is(struct world *world, const char *expected) {
  return world_checkpoint_matches(world, expected, true);
}

static inline bool world_checkpoint_starts(struct world *world, const char *expected) {
  return world_checkpoint_matches(world, expected, false);
}

static inline void world_end(struct world *world) {
  char command[160];
  source_store_free(world->memory);
  token_seal_free(world->seal);
  store_close(world->store);
  log_free(world->log);
  fclose(world->log_file);
  free(world->log_text);
  close(world->stop_fd);
  json_reader_free(world->reader);
  buffer_free(&world->canonical);
  buffer_free(&world->seen);
  arena_free(&world->arena);
  snprintf(command, sizeof(command), "rm -r '%s'", world->folder);
  assert_int_equal(system(command), 0);
}

#endif
