#include "detect/backtest/archive_feed.h"

#include "base/map.h"
#include "base/memory.h"
#include "store/store_health.h"

#include <pthread.h>
#include <stdlib.h>

/* A batch is this large at most, as a file's. */
#define BATCH_BYTES ((size_t)256 * 1024)
#define BATCH_EVENTS 4000

/* Events of one source and log type: a batch has no others. */
struct lane {
  struct batch_source *source;
  struct text log_type;
  struct batch *batch; /* that is being filled; NULL: none */
};

struct archive_feed {
  struct archive_feed_options options;
  struct archive_feed_counts counts;
  struct arena arena; /* the lanes */
  struct map labels;  /* source -> struct text, in the arena */
  struct map lanes;   /* "source \0 log type" -> struct lane */
  struct lane *last;  /* that got the last event */
  struct error error; /* why reading failed */
  pthread_t thread;
};

/* Events say what their source is called; the daemon has said that of those that it reads. */
static void keep_label(void *context, const struct store_source_health *source) {
  struct archive_feed *feed = context;
  struct text *label = arena_alloc(&feed->arena, sizeof *label);
  *label = arena_copy(&feed->arena, source->label);
  map_put(&feed->labels, source->source_id, label);
}

static struct text label_of(const struct archive_feed *feed, struct text source_id) {
  const struct text *label = map_get(&feed->labels, source_id);
  return label ? *label : TEXT("");
}

static struct lane *lane_of(struct archive_feed *feed, const struct store_event *event) {
  struct lane *lane = feed->last;
  if (lane && text_equal(lane->log_type, event->log_type) &&
      text_equal(lane->source->id, event->source_id))
    return lane;
  struct buffer key = BUFFER_NONE;
  buffer_append_text(&key, event->source_id);
  buffer_append_char(&key, '\0');
  buffer_append_text(&key, event->log_type);
  lane = map_get(&feed->lanes, buffer_text(&key));
  if (!lane) {
    lane = arena_alloc(&feed->arena, sizeof *lane);
    lane->log_type = arena_copy(&feed->arena, event->log_type);
    lane->source = batch_source_new(event->source_id, label_of(feed, event->source_id));
    map_put(&feed->lanes, buffer_text(&key), lane);
  }
  buffer_free(&key);
  return lane;
}

static bool push(struct archive_feed *feed, struct lane *lane) {
  struct batch *batch = lane->batch;
  lane->batch = NULL;
  return !batch || pipeline_push(feed->options.pipeline, lane->source, batch);
}

static bool take_event(void *context, const struct store_event *event) {
  struct archive_feed *feed = context;
  struct lane *lane = lane_of(feed, event);
  if (feed->options.in_order && feed->last && feed->last != lane && !push(feed, feed->last))
    return false;
  feed->last = lane;
  if (!lane->batch) {
    lane->batch = batch_new_listed(event->record.size + 1);
    lane->batch->log_type = lane->log_type;
    lane->batch->received_at = event->parse_time;
  }
  batch_add_kept(lane->batch, event->record, event->row_id, event->parse_time);
  feed->counts.events++;
  if (feed->counts.first == TIME_NONE && event->event_time >= feed->options.first_from)
    feed->counts.first = event->event_time;
  return (lane->batch->size < BATCH_BYTES && lane->batch->count < BATCH_EVENTS) || push(feed, lane);
}

static void *read_archive(void *context) {
  struct archive_feed *feed = context;
  struct store *store = feed->options.store;
  bool ok = store_health_sources(store, keep_label, feed, &feed->error) &&
            store_event_read(store, &feed->options.archive, take_event, feed, &feed->error);
  for (size_t i = 0; ok && i < feed->lanes.count; i++)
    ok = push(feed, feed->lanes.entries[i].value);
  pipeline_close(feed->options.pipeline);
  return NULL;
}

struct archive_feed *archive_feed_start(const struct archive_feed_options *options,
                                        struct error *error) {
  struct archive_feed *feed = memory_alloc(sizeof *feed);
  feed->options = *options;
  feed->counts.first = TIME_NONE;
  if (pthread_create(&feed->thread, NULL, read_archive, feed) == 0)
    return feed;
  free(feed);
  error_set(error, "cannot start reading: the system gives no more threads");
  return NULL;
}

static void release_lane(void *value) {
  struct lane *lane = value;
  batch_free(lane->batch);
  batch_source_release(lane->source);
}

bool archive_feed_end(struct archive_feed *feed, struct archive_feed_counts *counts,
                      struct error *error) {
  pthread_join(feed->thread, NULL);
  bool ok = !feed->error.set;
  if (!ok)
    *error = feed->error;
  *counts = feed->counts;
  map_clear(&feed->lanes, release_lane);
  map_clear(&feed->labels, NULL);
  arena_free(&feed->arena);
  free(feed);
  return ok;
}
