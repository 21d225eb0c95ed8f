#include "source/zoom/zoom_rows.h"

#include "base/digest.h"
#include "base/memory.h"
#include "source/zoom/page.h"

#include <stdlib.h>

/* What one window needed is kept for the next one up to this, so that a first poll over six months
 * does not hold its memory for ever. */
#define KEPT_BYTES ((size_t)8 * 1024 * 1024)
#define KEPT_ROWS 65536

#define BATCH_BYTES ((size_t)4 * 1024 * 1024) /* a batch of unusually large rows ends earlier */

void zoom_rows_reset(struct zoom_rows *rows) {
  if (rows->bytes.capacity > KEPT_BYTES || rows->seen_capacity > KEPT_ROWS ||
      rows->capacity > KEPT_ROWS)
    zoom_rows_free(rows);
  buffer_reset(&rows->bytes);
  rows->count = 0;
  rows->seen_count = 0;
  rows->fetched = 0;
  rows->earliest = TIME_NONE;
  if (rows->seen)
    memset(rows->seen, 0, rows->seen_capacity * sizeof(*rows->seen));
}

void zoom_rows_free(struct zoom_rows *rows) {
  buffer_free(&rows->bytes);
  buffer_free(&rows->canonical);
  free(rows->rows);
  free(rows->seen);
  *rows = ZOOM_ROWS_NONE;
}

/* ---- occurrences ------------------------------------------------------------------------- */

static struct zoom_row_seen *find_seen(struct zoom_row_seen *seen, size_t capacity,
                                       const uint8_t content[16]) {
  uint64_t hash;
  memcpy(&hash, content, sizeof(hash));
  size_t place = (size_t)hash & (capacity - 1);
  while (seen[place].count > 0 && memcmp(seen[place].content, content, 16) != 0)
    place = (place + 1) & (capacity - 1);
  return &seen[place];
}

static void grow_seen(struct zoom_rows *rows) {
  size_t capacity = rows->seen_capacity ? rows->seen_capacity * 2 : 1024;
  struct zoom_row_seen *seen = memory_alloc_array(capacity, sizeof(*seen));
  for (size_t i = 0; i < rows->seen_capacity; i++)
    if (rows->seen[i].count > 0)
      *find_seen(seen, capacity, rows->seen[i].content) = rows->seen[i];
  free(rows->seen);
  rows->seen = seen;
  rows->seen_capacity = capacity;
}

/* How many rows of this content came before. */
static uint32_t count_occurrence(struct zoom_rows *rows, struct text canonical) {
  uint8_t digest[DIGEST_SIZE];
  digest_sha256(canonical, digest);
  if (rows->seen_count * 4 >= rows->seen_capacity * 3)
    grow_seen(rows);
  struct zoom_row_seen *seen = find_seen(rows->seen, rows->seen_capacity, digest);
  if (seen->count == 0) {
    memcpy(seen->content, digest, sizeof(seen->content));
    rows->seen_count++;
  }
  return seen->count++;
}

/* ---- pages ------------------------------------------------------------------------------- */

struct page_walk {
  struct zoom_rows *rows;
  const struct source_run *run;
  const struct zoom_report *report;
  const struct json_node *node, *end; /* the element whose bytes come next */
  struct error *error;
  bool ok;
};

static time_us time_of(const struct json_node *node, const char *field) {
  time_us time;
  const struct json_node *value = json_get(node, text_from(field));
  if (!value || value->type != JSON_TYPE_STRING || !time_parse(json_text(value), &time))
    return TIME_NONE;
  return time;
}

/* An event is known by its canonical bytes, a dead letter by its raw ones. */
static bool is_known(const struct page_walk *walk, struct text bytes, uint32_t occurrence,
                     bool *known) {
  char row_id[ROW_ID_SIZE + 1];
  const struct source_memory *memory = &walk->run->memory;
  row_id_compute(walk->run->source->id, text_from(zoom_report_log_type(walk->report)), bytes,
                 occurrence, row_id);
  return memory->row_known(memory->context, text_from(row_id), known, walk->error);
}

static void add_row(void *context, struct text record) {
  struct page_walk *walk = context;
  struct zoom_rows *rows = walk->rows;
  const struct json_node *node = walk->node;
  if (!walk->ok || node == walk->end)
    return;
  walk->node = json_next(node);

  buffer_reset(&rows->canonical);
  json_write_canonical(&rows->canonical, node);
  struct text canonical = buffer_text(&rows->canonical);
  uint32_t occurrence = count_occurrence(rows, canonical);
  time_us time = time_of(node, walk->report->time_field);
  rows->fetched++;
  if (time != TIME_NONE && (rows->earliest == TIME_NONE || time < rows->earliest))
    rows->earliest = time;

  bool known = false;
  walk->ok = is_known(walk, canonical, occurrence, &known) &&
             (known || is_known(walk, record, occurrence, &known));
  if (!walk->ok || known)
    return;
  rows->rows = memory_reserve(rows->rows, &rows->capacity, rows->count + 1, sizeof(*rows->rows));
  rows->rows[rows->count++] = (struct zoom_row){.time = time,
                                                .offset = rows->bytes.size,
                                                .size = (uint32_t)record.size,
                                                .occurrence = occurrence};
  buffer_append_text(&rows->bytes, record);
}

bool zoom_rows_add(struct zoom_rows *rows, const struct source_run *run,
                   const struct zoom_report *report, struct text page,
                   const struct json_node *array, struct error *error) {
  struct page_walk walk = {.rows = rows,
                           .run = run,
                           .report = report,
                           .node = array + 1,
                           .end = array + array->skip,
                           .error = error,
                           .ok = true};
  page_records(page, text_from(report->array), add_row, &walk);
  if (walk.ok && walk.node != walk.end)
    return error_set(error, "Zoom's answer holds %s twice", report->array);
  return walk.ok;
}

/* ---- batches ----------------------------------------------------------------------------- */

static int by_time_then_place(const void *left, const void *right) {
  const struct zoom_row *a = left, *b = right;
  if (a->time != b->time)
    return a->time < b->time ? -1 : 1;
  return a->offset < b->offset ? -1 : a->offset > b->offset;
}

bool zoom_rows_push(struct zoom_rows *rows, const struct source_run *run,
                    const struct zoom_report *report, char *checkpoint, time_us watermark) {
  if (rows->count > 1)
    qsort(rows->rows, rows->count, sizeof(*rows->rows), by_time_then_place);
  size_t next = 0;
  while (next < rows->count || checkpoint) {
    struct batch *batch = batch_new_listed(0);
    while (next < rows->count && batch->count < ZOOM_BATCH_ROWS && batch->size < BATCH_BYTES) {
      const struct zoom_row *row = &rows->rows[next++];
      batch_add(batch, (struct text){rows->bytes.data + row->offset, row->size}, row->occurrence);
    }
    batch->log_type = text_from(zoom_report_log_type(report));
    batch->rereads = true;
    batch->received_at = clock_now(&run->clock);
    if (next == rows->count) {
      batch->checkpoint = checkpoint;
      batch->watermark = watermark;
      checkpoint = NULL;
    }
    if (!run->output.push(run->output.context, batch)) {
      free(checkpoint);
      return false;
    }
  }
  return true;
}
