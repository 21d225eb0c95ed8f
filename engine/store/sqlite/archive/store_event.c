/* The rows that were taken, and the archive of events. */
#include "store/sqlite/archive/archive.h"

#include "base/arena.h"
#include "base/memory.h"
#include "store/sqlite/archive/event_block.h"

#include <stdlib.h>

bool store_row_add(struct store *store, struct text source_id, struct text row_id,
                   time_us event_time, bool *added, struct error *error) {
  *added = false;
  if (!statement_run(
          store, STATEMENT_ROW_ADD, error,
          STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(row_id), AS_INTEGER(event_time))))
    return false;
  *added = sqlite3_changes(store->db) == 1;
  return true;
}

bool store_row_known(struct store *store, struct text source_id, struct text row_id, bool *known,
                     struct error *error) {
  *known = false;
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_ROW_KNOWN, error, STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(row_id)));
  bool ok = statement && statement_next(store, statement, known, error);
  statement_end(statement);
  return ok;
}

bool store_receipt_add(struct store *store, struct text row_id, time_us event_time,
                       time_us received_at, bool *added, struct error *error) {
  *added = false;
  if (!statement_run(
          store, STATEMENT_RECEIPT_ADD, error,
          STATEMENT_ARGUMENTS(AS_INTEGER(event_time), AS_TEXT(row_id), AS_INTEGER(received_at))))
    return false;
  *added = sqlite3_changes(store->db) == 1;
  return true;
}

static bool are_of_one_kind(const struct store_event *events, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (events[i].parse_time != events[0].parse_time ||
        !text_equal(events[i].log_type, events[0].log_type))
      return false;
  return true;
}

/* A value that is fed costs SQLite several times what one of the statement's own does, and most
 * batches are of one log type and in blocks as a whole. */
static bool add_rows(struct store *store, const struct store_event *events, size_t count,
                     struct error *error) {
  if (!event_blocks_hold_all(store) || !are_of_one_kind(events, count))
    return statement_run(store, STATEMENT_EVENT_ADD, error, NULL, 0);
  return statement_run(
      store, STATEMENT_EVENT_ADD_ALIKE, error,
      STATEMENT_ARGUMENTS(AS_TEXT(events[0].log_type), AS_INTEGER(events[0].parse_time)));
}

bool store_event_add(struct store *store, const struct store_event *events, size_t count,
                     struct error *error) {
  struct store_scope scope;
  if (!packing_prepare(store, events, count, error) || !store_scope_begin(store, &scope, error))
    return false;
  store->feed = (struct event_feed){events, count};
  bool ok = event_blocks_add(store, events, count, error) && add_rows(store, events, count, error);
  store->feed = (struct event_feed){NULL, 0};
  event_blocks_added(store);
  ok = ok && event_count_add(store, events, count, error);
  if (ok)
    packing_added(store, events, count);
  return store_scope_end(store, &scope, ok, error);
}

/* ---- the archive in order of time --------------------------------------------------------- */

/* Its index holds the events of each log type in that order, so the types are read side by side, a
 * page of each at a time: no sort, no long read transaction that would keep the log from being cut,
 * and memory for a page of each type. */
#define PAGE_ROWS 500
#define PAGE_BYTES ((size_t)1 << 20) /* a page ends with the row that reaches it */

/* The events of one log type. */
struct lane {
  struct text log_type;
  struct arena arena; /* of the page */
  struct store_event *events;
  size_t count, next;
  /* The last row of the page: the next one begins behind it. */
  time_us last_time;
  struct buffer last_row_id;
  int64_t last_id;
  bool ended; /* there is no further page */
};

static bool keep_row(struct store *store, struct lane *lane, sqlite3_stmt *statement,
                     struct event_space *space, struct error *error) {
  struct store_event event;
  if (!event_from_row(store, statement, space, &event, error))
    return false;
  struct text *const texts[] = {&event.row_id, &event.source_id, &event.log_type, &event.record};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = arena_copy(&lane->arena, *texts[i]);
  lane->events[lane->count++] = event;
  lane->last_id = sqlite3_column_int64(statement, 7);
  return true;
}

static bool read_page(struct store *store, struct lane *lane, time_us until, struct error *error) {
  arena_reset(&lane->arena);
  lane->events = arena_alloc(&lane->arena, PAGE_ROWS * sizeof *lane->events);
  lane->count = lane->next = 0;
  size_t bytes = 0;
  bool row = false;
  struct event_space space = EVENT_SPACE_NONE;
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_EVENT_OF_TYPE, error,
      STATEMENT_ARGUMENTS(AS_TEXT(lane->log_type), AS_INTEGER(lane->last_time),
                          AS_TEXT(buffer_text(&lane->last_row_id)), AS_INTEGER(lane->last_id),
                          AS_INTEGER(until), AS_INTEGER(PAGE_ROWS)));
  bool ok = statement != NULL;
  while (ok && bytes < PAGE_BYTES && (ok = statement_next(store, statement, &row, error)) && row &&
         (ok = keep_row(store, lane, statement, &space, error)))
    bytes += lane->events[lane->count - 1].record.size;
  statement_end(statement);
  event_space_free(&space);
  if (!ok)
    return false;
  lane->ended = !row && lane->count < PAGE_ROWS;
  if (lane->count > 0) {
    lane->last_time = lane->events[lane->count - 1].event_time;
    buffer_reset(&lane->last_row_id);
    buffer_append_text(&lane->last_row_id, lane->events[lane->count - 1].row_id);
  }
  return true;
}

/* The next event of the lane; NULL: there is none. */
static bool lane_peek(struct store *store, struct lane *lane, time_us until,
                      const struct store_event **event, struct error *error) {
  *event = NULL;
  if (lane->next == lane->count && !lane->ended && !read_page(store, lane, until, error))
    return false;
  if (lane->next < lane->count)
    *event = &lane->events[lane->next];
  return true;
}

static bool is_before(const struct store_event *one, const struct store_event *other) {
  return one->event_time < other->event_time ||
         (one->event_time == other->event_time && text_compare(one->log_type, other->log_type) < 0);
}

/* The lane with the next event of all: there are few lanes. NULL at the end. */
static bool find_next(struct store *store, struct lane *lanes, size_t count, time_us until,
                      struct lane **next, struct error *error) {
  const struct store_event *first = NULL, *event;
  *next = NULL;
  for (size_t i = 0; i < count; i++) {
    if (!lane_peek(store, &lanes[i], until, &event, error))
      return false;
    if (!event || (first && !is_before(event, first)))
      continue;
    first = event;
    *next = &lanes[i];
  }
  return true;
}

bool store_event_read(struct store *store, const struct store_archive *archive,
                      bool (*each)(void *context, const struct store_event *event), void *context,
                      struct error *error) {
  size_t count = archive->log_type_count;
  time_us until = archive->until == TIME_NONE ? INT64_MAX : archive->until;
  struct lane *lanes = memory_alloc_array(count + 1, sizeof *lanes), *next = NULL;
  for (size_t i = 0; i < count; i++)
    lanes[i] = (struct lane){.log_type = archive->log_types[i],
                             .last_time = archive->since,
                             .last_id = INT64_MIN}; /* before the first row of `since` */
  bool ok = true, more = true;
  while (more && (ok = find_next(store, lanes, count, until, &next, error)) && next)
    more = each(context, &next->events[next->next++]);
  for (size_t i = 0; i < count; i++) {
    arena_free(&lanes[i].arena);
    buffer_free(&lanes[i].last_row_id);
  }
  free(lanes);
  return ok;
}
