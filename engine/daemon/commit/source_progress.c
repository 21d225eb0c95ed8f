#include "daemon/commit/source_progress.h"

#include "base/memory.h"

#include <stdlib.h>

struct progress_row {
  struct text source_id, log_type; /* owned */
  time_us latest, watermark;
  bool changed;
};

struct source_progress {
  const struct source *sources;
  size_t source_count;
  struct progress_row *rows; /* a few */
  size_t count, capacity;
  bool loaded;
};

struct source_progress *source_progress_new(const struct source *sources, size_t count) {
  struct source_progress *progress = memory_alloc(sizeof *progress);
  source_progress_use(progress, sources, count);
  return progress;
}

void source_progress_use(struct source_progress *progress, const struct source *sources,
                         size_t count) {
  progress->sources = sources;
  progress->source_count = count;
}

void source_progress_forget(struct source_progress *progress) {
  for (size_t i = 0; i < progress->count; i++) {
    free((char *)(uintptr_t)progress->rows[i].source_id.data);
    free((char *)(uintptr_t)progress->rows[i].log_type.data);
  }
  progress->count = 0;
  progress->loaded = false;
}

void source_progress_free(struct source_progress *progress) {
  if (!progress)
    return;
  source_progress_forget(progress);
  free(progress->rows);
  free(progress);
}

static struct progress_row *find(const struct source_progress *progress, struct text source_id,
                                 struct text log_type) {
  for (size_t i = 0; i < progress->count; i++)
    if (text_equal(progress->rows[i].source_id, source_id) &&
        text_equal(progress->rows[i].log_type, log_type))
      return &progress->rows[i];
  return NULL;
}

static struct text copy(struct text text) {
  return (struct text){memory_copy_bytes(text.data, text.size), text.size};
}

static struct progress_row *find_or_add(struct source_progress *progress, struct text source_id,
                                        struct text log_type) {
  struct progress_row *row = find(progress, source_id, log_type);
  if (row)
    return row;
  progress->rows = memory_reserve(progress->rows, &progress->capacity, progress->count + 1,
                                  sizeof *progress->rows);
  row = &progress->rows[progress->count++];
  *row = (struct progress_row){.source_id = copy(source_id),
                               .log_type = copy(log_type),
                               .latest = TIME_NONE,
                               .watermark = TIME_NONE};
  return row;
}

/* ---- the store ---- */

static void load_row(void *context, const struct store_progress *saved) {
  struct source_progress *progress = context;
  struct progress_row *row = find_or_add(progress, saved->source_id, saved->log_type);
  row->latest = saved->latest;
  row->watermark = saved->watermark;
}

bool source_progress_load(struct source_progress *progress, struct store *store,
                          struct error *error) {
  if (!progress->loaded)
    progress->loaded = store_progress_list(store, load_row, progress, error);
  return progress->loaded;
}

bool source_progress_save(struct source_progress *progress, struct store *store,
                          struct error *error) {
  for (size_t i = 0; i < progress->count; i++) {
    struct progress_row *row = &progress->rows[i];
    const struct store_progress saved = {.source_id = row->source_id,
                                         .log_type = row->log_type,
                                         .latest = row->latest,
                                         .watermark = row->watermark};
    if (row->changed && !store_progress_set(store, &saved, error))
      return false;
    row->changed = false;
  }
  return true;
}

/* ---- batches ---- */

/* A source that was at its end has more: none of its log types is complete any longer. */
static void begin_again(struct source_progress *progress, struct text source_id) {
  for (size_t i = 0; i < progress->count; i++)
    if (text_equal(progress->rows[i].source_id, source_id) &&
        progress->rows[i].watermark == BATCH_ENDED) {
      progress->rows[i].watermark = TIME_NONE;
      progress->rows[i].changed = true;
    }
}

bool source_progress_event(struct source_progress *progress, const struct batch *batch,
                           time_us event_time) {
  struct progress_row *row = find_or_add(progress, batch->source->id, batch->log_type);
  if (row->watermark == BATCH_ENDED)
    begin_again(progress, batch->source->id);
  if (event_time > batch->received_at || event_time <= row->latest)
    return false;
  row->latest = event_time;
  row->changed = true;
  return true;
}

void source_progress_batch(struct source_progress *progress, const struct batch_result *result) {
  const struct batch *batch = result->batch;
  if (result->events_seen > 0)
    source_progress_event(progress, batch, result->latest);
  if (batch->watermark == TIME_NONE)
    return;
  begin_again(progress, batch->source->id);
  struct progress_row *own = find_or_add(progress, batch->source->id, batch->log_type);
  for (size_t i = 0; i < progress->count; i++) {
    struct progress_row *row = &progress->rows[i];
    bool concerns = row == own || (batch->watermark == BATCH_ENDED &&
                                   text_equal(row->source_id, batch->source->id));
    if (!concerns || row->watermark >= batch->watermark)
      continue;
    row->watermark = batch->watermark;
    row->changed = true;
  }
}

/* ---- what is complete ---- */

static bool is_configured(const struct source_progress *progress, struct text source_id) {
  for (size_t i = 0; i < progress->source_count; i++)
    if (text_equal(progress->sources[i].id, source_id))
      return true;
  return false;
}

time_us source_progress_latest(const struct source_progress *progress) {
  time_us latest = TIME_NONE;
  for (size_t i = 0; i < progress->count; i++)
    if (progress->rows[i].latest > latest && is_configured(progress, progress->rows[i].source_id))
      latest = progress->rows[i].latest;
  return latest;
}

static bool brings(const struct source *source, struct text log_type) {
  return !source->type || !source->type->brings || source->type->brings(source->options, log_type);
}

struct least {
  time_us time; /* INT64_MAX: nothing holds back */
  bool any;     /* some source brings a log type */
};

/* One log type of one source. */
static void look_at(const struct source_progress *progress, const struct source *source,
                    struct text log_type, int64_t late, struct least *least) {
  if (!brings(source, log_type))
    return;
  const struct progress_row *row = find(progress, source->id, log_type);
  if (!row)
    row = find(progress, source->id, TEXT(""));
  least->any = true;
  time_us reached = TIME_NONE;
  if (row && row->watermark == BATCH_ENDED)
    return;
  if (row)
    reached = row->latest > row->watermark ? row->latest : row->watermark;
  if (reached != TIME_NONE)
    reached -= late;
  if (reached < least->time)
    least->time = reached;
}

time_us source_progress_complete(const struct source_progress *progress,
                                 const struct correlation *correlation) {
  struct least least = {.time = INT64_MAX};
  for (size_t step = 0; step < correlation->step_count; step++)
    for (size_t i = 0; i < correlation->steps[step].source_count; i++) {
      const struct text_list *types = &correlation->steps[step].sources[i].rule->log_types;
      for (size_t k = 0; k < types->count; k++)
        for (size_t source = 0; source < progress->source_count; source++)
          look_at(progress, &progress->sources[source], types->items[k], correlation->late, &least);
    }
  if (!least.any)
    return INT64_MIN;
  if (least.time != INT64_MAX)
    return least.time;
  time_us latest = source_progress_latest(progress);
  return latest == TIME_NONE ? INT64_MIN : latest + 1;
}
