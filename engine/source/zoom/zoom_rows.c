#include "source/zoom/zoom_rows.h"

#include "base/digest.h"
#include "base/memory.h"
#include "source/zoom/page.h"

#include <stdlib.h>

#define BATCH_BYTES ((size_t)4 * 1024 * 1024) /* a batch of unusually large rows ends earlier */

static const char sorted_name[] = "a report's rows";

void zoom_rows_reset(struct zoom_rows *rows) {
  spill_free(rows->served);
  spill_free(rows->fresh);
  rows->served = rows->fresh = NULL;
  rows->fetched = rows->count = 0;
  rows->earliest = rows->latest = TIME_NONE;
  zoom_rows_start_query(rows);
}

void zoom_rows_free(struct zoom_rows *rows) {
  zoom_rows_reset(rows);
  json_reader_free(rows->reader);
  free(rows->order.run);
  free(rows->order.occurrences);
  buffer_free(&rows->canonical);
  buffer_free(&rows->item);
  *rows = ZOOM_ROWS_NONE;
}

/* ---- pages ------------------------------------------------------------------------------- */

/* Half a SHA-256 of a row's canonical bytes. */
struct content {
  uint8_t digest[sizeof((struct zoom_seen *)0)->content];
};

/* What is sorted: this, and the row's bytes behind it. */
struct item {
  struct content content; /* until rows are numbered */
  time_us time;           /* TIME_NONE when it cannot be read */
  uint64_t place;         /* among the rows served */
  uint32_t occurrence;    /* once they are numbered */
};

static struct text item_bytes(struct buffer *buffer, const struct item *item, struct text record) {
  buffer_reset(buffer);
  buffer_append(buffer, item, sizeof *item);
  buffer_append_text(buffer, record);
  return buffer_text(buffer);
}

static struct item item_read(struct text bytes, struct text *record) {
  struct item item;
  memcpy(&item, bytes.data, sizeof item);
  *record = (struct text){bytes.data + sizeof item, bytes.size - sizeof item};
  return item;
}

static int64_t content_key(const struct content *content) {
  int64_t key;
  memcpy(&key, content->digest, sizeof key);
  return key;
}

/* A text, or milliseconds since 1970, as the reports' schemas take it. */
static time_us time_of(const struct json_node *node, const char *field) {
  time_us time;
  const struct json_node *value = json_get(node, text_from(field));
  if (value && value->type == JSON_TYPE_STRING && time_parse(json_text(value), &time))
    return time;
  if (value && value->type == JSON_TYPE_INT && value->value.integer >= 0 &&
      value->value.integer < TIME_END / US_PER_MS)
    return value->value.integer * US_PER_MS;
  return TIME_NONE;
}

static struct text canonical_of(struct zoom_rows *rows, const struct json_node *node) {
  buffer_reset(&rows->canonical);
  json_write_canonical(&rows->canonical, node);
  return buffer_text(&rows->canonical);
}

/* More rows of one time than these are not watched: each is compared with all others. */
#define RUN_MAX 1000

void zoom_rows_start_query(struct zoom_rows *rows) {
  rows->order.broken = false;
  rows->order.last = TIME_NONE;
  rows->order.run_count = rows->order.page_count = 0;
}

/* How many rows of this content came before this one. */
static uint32_t run_count(struct zoom_order *order, const struct content *content) {
  for (size_t i = 0; i < order->run_count; i++)
    if (memcmp(order->run[i].content, content->digest, sizeof content->digest) == 0)
      return order->run[i].count++;
  if (order->run_count == RUN_MAX) {
    order->broken = true;
    return 0;
  }
  order->run =
      memory_reserve(order->run, &order->run_capacity, order->run_count + 1, sizeof *order->run);
  struct zoom_seen *seen = &order->run[order->run_count++];
  memcpy(seen->content, content->digest, sizeof seen->content);
  seen->count = 1;
  return 0;
}

static void watch_order(struct zoom_order *order, const struct item *item) {
  if (item->time == TIME_NONE) {
    order->unsure = true;
    return;
  }
  if (order->last != TIME_NONE && item->time > order->last)
    order->broken = true;
  if (order->broken)
    return;
  if (item->time != order->last)
    order->run_count = 0;
  order->last = item->time;
  order->occurrences = memory_reserve(order->occurrences, &order->page_capacity,
                                      order->page_count + 1, sizeof *order->occurrences);
  order->occurrences[order->page_count++] = run_count(order, &item->content);
}

struct page_walk {
  struct zoom_rows *rows;
  const struct zoom_report *report;
  const struct json_node *node, *end; /* the element whose bytes come next */
  struct error *error;
  bool ok;
};

static void add_row(void *context, struct text record) {
  struct page_walk *walk = context;
  struct zoom_rows *rows = walk->rows;
  const struct json_node *node = walk->node;
  if (!walk->ok || node == walk->end)
    return;
  walk->node = json_next(node);

  uint8_t digest[DIGEST_SIZE];
  struct item item = {.time = time_of(node, walk->report->time_field), .place = rows->fetched++};
  digest_sha256(canonical_of(rows, node), digest);
  memcpy(item.content.digest, digest, sizeof item.content.digest);
  if (item.time != TIME_NONE && (rows->earliest == TIME_NONE || item.time < rows->earliest))
    rows->earliest = item.time;
  if (item.time != TIME_NONE && (rows->latest == TIME_NONE || item.time > rows->latest))
    rows->latest = item.time;
  watch_order(&rows->order, &item);
  walk->ok = spill_add(rows->served, content_key(&item.content), item.place,
                       item_bytes(&rows->item, &item, record), walk->error);
}

bool zoom_rows_add(struct zoom_rows *rows, const struct zoom_report *report, struct text page,
                   const struct json_node *array, struct error *error) {
  struct page_walk walk = {.rows = rows,
                           .report = report,
                           .node = array + 1,
                           .end = array + array->skip,
                           .error = error,
                           .ok = true};
  if (!rows->served)
    rows->served = spill_new(sorted_name);
  rows->order.page_count = 0;
  rows->order.unsure = false;
  bool once = page_records(page, text_from(report->array), add_row, &walk);
  if (walk.ok && (!once || walk.node != walk.end))
    return error_set(error, "Zoom's answer holds %s twice", report->array);
  return walk.ok;
}

/* ---- numbers ----------------------------------------------------------------------------- */

/* How many rows of a content have come so far. */
struct seen {
  struct content content;
  uint32_t count;
};

/* Rows come in the order of their keys, which are a part of their contents: so those of one key
 * follow each other, and are of one content, or by a rare chance of a few. */
struct numbering {
  struct zoom_rows *rows;
  const struct source_run *run;
  const struct zoom_report *report;
  int64_t key;
  struct seen *seen; /* of this key */
  size_t count, capacity;
};

static uint32_t count_occurrence(struct numbering *numbering, const struct content *content) {
  if (numbering->count == 0 || numbering->key != content_key(content)) {
    numbering->key = content_key(content);
    numbering->count = 0;
  }
  for (size_t i = 0; i < numbering->count; i++)
    if (memcmp(&numbering->seen[i].content, content, sizeof *content) == 0)
      return numbering->seen[i].count++;
  numbering->seen = memory_reserve(numbering->seen, &numbering->capacity, numbering->count + 1,
                                   sizeof *numbering->seen);
  numbering->seen[numbering->count++] = (struct seen){*content, 1};
  return 0;
}

/* An event is known by its canonical bytes, a dead letter by its raw ones. */
static bool is_known(const struct numbering *numbering, struct text bytes, uint32_t occurrence,
                     bool *known, struct error *error) {
  char row_id[ROW_ID_SIZE + 1];
  const struct source_run *run = numbering->run;
  row_id_compute(run->source->id, text_from(numbering->report->log_type), bytes, occurrence,
                 row_id);
  return run->memory.row_known(run->memory.context, text_from(row_id), known, error);
}

struct known_walk {
  struct zoom_rows *rows;
  const struct numbering *numbering;
  const struct json_node *node; /* whose bytes come next */
  size_t index;
  struct error *error;
  bool ok, known; /* so far */
};

static void check_row(void *context, struct text record) {
  struct known_walk *walk = context;
  const struct json_node *node = walk->node;
  if (!walk->ok || !walk->known)
    return;
  uint32_t occurrence = walk->rows->order.occurrences[walk->index++];
  walk->node = json_next(node);
  walk->ok =
      is_known(walk->numbering, canonical_of(walk->rows, node), occurrence, &walk->known,
               walk->error) &&
      (walk->known || is_known(walk->numbering, record, occurrence, &walk->known, walk->error));
}

bool zoom_rows_page_known(struct zoom_rows *rows, const struct source_run *run,
                          const struct zoom_report *report, struct text page,
                          const struct json_node *array, time_us before, bool *known,
                          struct error *error) {
  const struct numbering numbering = {.rows = rows, .run = run, .report = report};
  const struct zoom_order *order = &rows->order;
  *known = false;
  if (order->broken || order->unsure || order->page_count == 0 ||
      order->page_count != array->size || order->last >= before)
    return true;
  struct known_walk walk = {rows, &numbering, array + 1, 0, error, true, true};
  page_records(page, text_from(report->array), check_row, &walk);
  *known = walk.ok && walk.known;
  return walk.ok;
}

static bool number_row(void *context, struct text bytes, struct error *error) {
  struct numbering *numbering = context;
  struct zoom_rows *rows = numbering->rows;
  struct text record;
  struct item item = item_read(bytes, &record);
  item.occurrence = count_occurrence(numbering, &item.content);
  const struct json_node *node = json_read_copy(rows->reader, record, error);
  bool known = false;
  if (!node || !is_known(numbering, canonical_of(rows, node), item.occurrence, &known, error) ||
      (!known && !is_known(numbering, record, item.occurrence, &known, error)))
    return false;
  if (known)
    return true;
  rows->count++;
  return spill_add(rows->fresh, item.time, item.place, item_bytes(&rows->item, &item, record),
                   error);
}

bool zoom_rows_number(struct zoom_rows *rows, const struct source_run *run,
                      const struct zoom_report *report, struct error *error) {
  struct numbering numbering = {.rows = rows, .run = run, .report = report};
  rows->fresh = spill_new(sorted_name);
  if (!rows->reader)
    rows->reader = json_reader_new();
  bool ok = !rows->served || spill_read(rows->served, number_row, &numbering, error);
  free(numbering.seen);
  spill_free(rows->served);
  rows->served = NULL;
  return ok;
}

/* ---- batches ----------------------------------------------------------------------------- */

struct push {
  const struct source_run *run;
  const struct zoom_report *report;
  struct batch *batch; /* the one that is being filled; NULL once it is pushed */
};

static void start_batch(struct push *push) {
  push->batch = batch_new_listed(0);
  push->batch->log_type = text_from(push->report->log_type);
  push->batch->rereads = true;
}

static bool end_batch(struct push *push) {
  struct batch *batch = push->batch;
  push->batch = NULL;
  batch->received_at = clock_now(&push->run->clock);
  return push->run->output.push(push->run->output.context, batch);
}

static bool push_row(void *context, struct text bytes, struct error *error) {
  (void)error;
  struct push *push = context;
  struct text record;
  struct item item = item_read(bytes, &record);
  if (push->batch->count == ZOOM_BATCH_ROWS || push->batch->size >= BATCH_BYTES) {
    if (!end_batch(push))
      return false;
    start_batch(push);
  }
  batch_add(push->batch, record, item.occurrence);
  return true;
}

bool zoom_rows_push(struct zoom_rows *rows, const struct source_run *run,
                    const struct zoom_report *report, char *checkpoint, time_us watermark,
                    struct error *error) {
  struct push push = {.run = run, .report = report};
  start_batch(&push);
  if (rows->fresh && !spill_read(rows->fresh, push_row, &push, error)) {
    batch_free(push.batch);
    free(checkpoint);
    return false;
  }
  push.batch->checkpoint = checkpoint;
  push.batch->watermark = watermark;
  return end_batch(&push);
}
