/*
 * The index of events by their indicators.
 *
 * An index by value would put every event's rows in as many different places as it has indicators,
 * and write a page of the file for each. So this one is a list of segments, each of which is sorted
 * by itself: the events of one commit at first. Eight segments of a level are merged into one of
 * the next, until it is large; then it is sealed. So an entry is written a few times, always in
 * long sequences, and a search looks into a few hundred segments:
 *
 *   events  1 ──────────────────────────────────────────────────────────────────────────▶ 930,000
 *           [ sealed ][ sealed ][ sealed ][ level 2 ][ level 1 ][ level 1 ][ level 0 ][ level 0 ]
 *
 * Segments follow the ids of events, so those whose events are past their retention are deleted as
 * a whole. Events between segments are not indexed (they are older than the index, or it was off),
 * and a search reads them. It reads those of a segment with a damaged page, too: the index is made
 * from events, so nothing is lost with it, and neither a commit nor a search fails for it.
 */
#include "base/memory.h"
#include "store/sqlite/archive/archive.h"
#include "store/sqlite/archive/indicator_page.h"

#include <stdlib.h>

#define FANOUT 8
#define SEALED 99             /* the level; it stands in the SQL, too */
#define SEALED_ENTRIES 131072 /* that make a segment large: 300 to 400 KiB */
#define PRUNED_AT_ONCE 8      /* segments */

struct segment {
  int64_t first_event, last_event, level, entries;
  time_us last_time; /* of its events */
};

static struct segment segment_from_row(sqlite3_stmt *statement) {
  return (struct segment){.first_event = sqlite3_column_int64(statement, 0),
                          .last_event = sqlite3_column_int64(statement, 1),
                          .level = sqlite3_column_int64(statement, 2),
                          .entries = sqlite3_column_int64(statement, 3),
                          .last_time = sqlite3_column_int64(statement, 4)};
}

/* The first row of a statement without arguments; *found = false when it has none. */
static bool read_segment(struct store *store, enum statement_id id, struct segment *segment,
                         bool *found, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, id, error, NULL, 0);
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    *segment = segment_from_row(statement);
  statement_end(statement);
  return ok;
}

static bool delete_segments(struct store *store, int64_t first, int64_t last, struct error *error) {
  return statement_run(store, STATEMENT_PAGE_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(first), AS_INTEGER(last))) &&
         statement_run(store, STATEMENT_SEGMENT_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(first), AS_INTEGER(last)));
}

/* ---- adding ------------------------------------------------------------------------------ */

static bool write_pages(struct store *store, int64_t segment,
                        const struct indicator_entries *entries, struct error *error) {
  struct buffer page = BUFFER_NONE;
  bool ok = true;
  for (size_t at = 0; ok && at < entries->count;) {
    uint64_t first = entries->items[at];
    buffer_reset(&page);
    at = indicator_page_write(entries, at, &page);
    ok = statement_run(
        store, STATEMENT_PAGE_ADD, error,
        STATEMENT_ARGUMENTS(AS_INTEGER(segment), AS_INTEGER(first), AS_TEXT(buffer_text(&page)),
                            AS_INTEGER(indicator_page_checksum(first, buffer_text(&page)))));
  }
  buffer_free(&page);
  return ok;
}

/* A large one ends the levels: what is older cannot be merged with what comes after it. */
static bool write_segment(struct store *store, struct segment segment,
                          struct indicator_entries *entries, struct error *error) {
  indicator_entries_sort(entries);
  segment.entries = (int64_t)entries->count;
  if (segment.entries >= SEALED_ENTRIES) {
    segment.level = SEALED;
    if (!statement_run(store, STATEMENT_SEGMENT_SEAL, error, NULL, 0))
      return false;
  }
  return statement_run(store, STATEMENT_SEGMENT_ADD, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(segment.first_event),
                                           AS_INTEGER(segment.last_event),
                                           AS_INTEGER(segment.level), AS_INTEGER(segment.entries),
                                           AS_INTEGER(segment.last_time))) &&
         write_pages(store, segment.first_event, entries, error);
}

/* Adds the entries of a row. False when it is damaged. */
static bool read_page(sqlite3_stmt *statement, uint64_t shift, struct indicator_entries *entries) {
  uint64_t first = (uint64_t)sqlite3_column_int64(statement, 1);
  struct text page = column_text(statement, 2);
  bool sound = sqlite3_column_type(statement, 3) == SQLITE_NULL ||
               sqlite3_column_int64(statement, 3) == indicator_page_checksum(first, page);
  return sound && indicator_page_read(entries, first, page, shift);
}

/* The entries of all segments in this range of first events, as those of one that begins with the
 * first. *sound = false: a page is damaged. */
static bool read_pages(struct store *store, int64_t first, int64_t last,
                       struct indicator_entries *entries, bool *sound, struct error *error) {
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_PAGE_LIST, error, STATEMENT_ARGUMENTS(AS_INTEGER(first), AS_INTEGER(last)));
  bool row = statement, ok = statement;
  *sound = true;
  while (ok && row && *sound && (ok = statement_next(store, statement, &row, error)) && row)
    *sound = read_page(statement, (uint64_t)(sqlite3_column_int64(statement, 0) - first), entries);
  statement_end(statement);
  return ok;
}

/* Puts one segment in the place of those of its range, whose newest begins with the event `last`.
 * Where a page is damaged they stay, for searches to report, sealed: none is tried again. */
static bool replace_segments(struct store *store, struct segment whole, int64_t last, bool *merged,
                             struct error *error) {
  struct indicator_entries entries = {NULL, NULL, 0, 0};
  bool sound, ok = read_pages(store, whole.first_event, last, &entries, &sound, error);
  *merged = ok && sound;
  if (*merged)
    ok = delete_segments(store, whole.first_event, last, error) &&
         write_segment(store, whole, &entries, error);
  else if (ok)
    ok = statement_run(store, STATEMENT_SEGMENT_SEAL, error, NULL, 0);
  indicator_entries_free(&entries);
  return ok;
}

/* Merges the segments of a level if they are FANOUT; *merged says so. */
static bool merge_level(struct store *store, int64_t level, bool *merged, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_SEGMENT_OF_LEVEL, error,
                                            STATEMENT_ARGUMENTS(AS_INTEGER(level)));
  struct segment whole = {.level = level + 1}, last = whole;
  size_t count = 0;
  bool row = statement, ok = statement;
  *merged = false;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    last = segment_from_row(statement);
    if (count++ == 0)
      whole = (struct segment){
          .first_event = last.first_event, .level = level + 1, .last_time = last.last_time};
    whole.last_event = last.last_event;
    whole.last_time = last.last_time > whole.last_time ? last.last_time : whole.last_time;
  }
  statement_end(statement);
  if (!ok || count < FANOUT)
    return ok;
  if (whole.last_event - whole.first_event >= INDICATOR_EVENTS_MAX)
    return statement_run(store, STATEMENT_SEGMENT_SEAL, error, NULL, 0);
  return replace_segments(store, whole, last.first_event, merged, error);
}

/* Makes the index end where the new segment begins. Ids come again when the newest events were
 * deleted, so segments may be there that speak of others. */
static bool make_room(struct store *store, int64_t first_event, struct error *error) {
  struct segment newest;
  bool found;
  while (read_segment(store, STATEMENT_SEGMENT_LIST, &newest, &found, error)) {
    if (!found || newest.last_event + 1 == first_event)
      return true;
    if (newest.last_event < first_event)
      return statement_run(store, STATEMENT_SEGMENT_SEAL, error, NULL, 0);
    if (!delete_segments(store, newest.first_event, newest.first_event, error))
      return false;
  }
  return false;
}

static bool add_segment(struct store *store, const struct segment *segment,
                        struct indicator_entries *entries, struct error *error) {
  bool merged = true;
  if (!make_room(store, segment->first_event, error) ||
      !write_segment(store, *segment, entries, error))
    return false;
  for (int64_t level = 0; merged; level++)
    if (!merge_level(store, level, &merged, error))
      return false;
  return true;
}

/* What the transaction has added and no segment has yet. */
struct indicator_pending {
  struct segment segment; /* no event: nothing */
  struct indicator_entries entries;
  uint64_t rollbacks; /* the store's: another one, and what is here was taken back */
};

static struct indicator_pending *pending_of(struct store *store) {
  if (!store->pending)
    store->pending = memory_alloc(sizeof *store->pending);
  if (store->pending->rollbacks != store->rollbacks)
    store->pending->entries.count = 0, store->pending->segment = (struct segment){0};
  store->pending->rollbacks = store->rollbacks;
  return store->pending;
}

void indicator_pending_free(struct store *store) {
  if (store->pending)
    indicator_entries_free(&store->pending->entries);
  free(store->pending);
  store->pending = NULL;
}

bool store_event_index(struct store *store, struct error *error) {
  struct indicator_pending *pending = pending_of(store);
  struct segment segment = pending->segment;
  pending->segment = (struct segment){0};
  bool ok = segment.first_event == 0 || add_segment(store, &segment, &pending->entries, error);
  pending->entries.count = 0;
  return ok;
}

/* Whether events with the ids from `first` on can be in the segment. */
static bool follows(const struct segment *segment, int64_t first, int64_t last) {
  return segment->first_event == 0 ||
         (segment->last_event + 1 == first && last - segment->first_event < INDICATOR_EVENTS_MAX);
}

static void put_pending(struct indicator_pending *pending, const struct store_event *events,
                        size_t count, int64_t first, const struct store_indicators *indicators) {
  struct segment *segment = &pending->segment;
  struct indicator_entries *entries = &pending->entries;
  if (segment->first_event == 0)
    *segment = (struct segment){.first_event = first, .last_time = events[0].event_time};
  segment->last_event = first + (int64_t)count - 1;
  for (size_t i = 0; i < count; i++)
    if (events[i].event_time > segment->last_time)
      segment->last_time = events[i].event_time;
  const uint64_t place = (uint64_t)(first - segment->first_event);
  indicator_entries_reserve(entries, entries->count + indicators->count);
  for (size_t i = 0; i < indicators->count; i++)
    entries->items[entries->count++] =
        indicator_entry(indicators->items[i].number) + place + indicators->items[i].event;
}

bool store_event_add_indexed(struct store *store, const struct store_event *events, size_t count,
                             const struct store_indicators *indicators, struct error *error) {
  if (!store_event_add(store, events, count, error))
    return false;
  if (count == 0 || count > INDICATOR_EVENTS_MAX)
    return true;
  /* One statement put them in, each with the next id. */
  int64_t last = sqlite3_last_insert_rowid(store->db), first = last - (int64_t)count + 1;
  if (!follows(&pending_of(store)->segment, first, last) && !store_event_index(store, error))
    return false;
  put_pending(pending_of(store), events, count, first, indicators);
  return store->in_transaction || store_event_index(store, error);
}

bool indicator_index_prune(struct store *store, struct error *error) {
  struct segment oldest;
  bool found;
  for (int i = 0; i < PRUNED_AT_ONCE; i++) {
    if (!read_segment(store, STATEMENT_SEGMENT_PAST, &oldest, &found, error))
      return false;
    if (!found)
      return true;
    if (!delete_segments(store, oldest.first_event, oldest.first_event, error))
      return false;
  }
  return true;
}

/* ---- checking ---------------------------------------------------------------------------- */

bool indicator_index_check(struct store *store, void (*damaged)(void *context, struct text what),
                           void *context, struct error *error) {
  struct indicator_entries entries = {NULL, NULL, 0, 0};
  struct buffer line = BUFFER_NONE;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_SEGMENT_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct segment segment = segment_from_row(statement);
    bool sound;
    entries.count = 0;
    ok = read_pages(store, segment.first_event, segment.first_event, &entries, &sound, error);
    if (!ok || (sound && (int64_t)entries.count == segment.entries))
      continue;
    buffer_reset(&line);
    buffer_printf(&line,
                  "the index by indicators of %lld events is damaged: searches read these one by "
                  "one, until they are past their retention",
                  (long long)segment.last_event - segment.first_event + 1);
    damaged(context, buffer_text(&line));
  }
  statement_end(statement);
  indicator_entries_free(&entries);
  buffer_free(&line);
  return ok;
}

/* ---- searching --------------------------------------------------------------------------- */

struct search {
  struct store *store;
  const struct store_search *asked;
  struct indicator_entries found; /* in one segment */
  bool ended;                     /* `each` wants no more */
};

/* Gives the events of these ids, the latest first. */
static bool give(struct search *search, int64_t first, int64_t last, bool indexed,
                 struct error *error) {
  struct store *store = search->store;
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_EVENT_RANGE, error,
      STATEMENT_ARGUMENTS(AS_INTEGER(first), AS_INTEGER(last), AS_INTEGER(search->asked->since)));
  struct event_space space = EVENT_SPACE_NONE;
  struct store_event event;
  bool row = statement, ok = statement;
  while (ok && row && !search->ended && (ok = statement_next(store, statement, &row, error)) &&
         row && (ok = event_from_row(store, statement, &space, &event, error)))
    search->ended = !search->asked->each(search->asked->context, &event, indexed);
  statement_end(statement);
  event_space_free(&space);
  return ok;
}

/* Adds the places, within the segment, of the events that may have the indicator. *sound = false:
 * a page is damaged. */
static bool find_number(struct search *search, const struct segment *segment, uint64_t number,
                        bool *sound, struct error *error) {
  uint64_t low = indicator_entry(number), high = low + INDICATOR_EVENTS_MAX - 1;
  struct indicator_entries *found = &search->found;
  size_t kept = found->count;
  sqlite3_stmt *statement = statement_start(
      search->store, STATEMENT_PAGE_FIND, error,
      STATEMENT_ARGUMENTS(AS_INTEGER(segment->first_event), AS_INTEGER(low), AS_INTEGER(high)));
  bool row = statement, ok = statement;
  while (ok && row && *sound && (ok = statement_next(search->store, statement, &row, error)) &&
         row) {
    size_t at = found->count;
    *sound = read_page(statement, 0, found);
    for (; at < found->count; at++)
      if (found->items[at] >= low && found->items[at] <= high)
        found->items[kept++] = found->items[at] - low;
    found->count = kept;
  }
  statement_end(statement);
  return ok;
}

static int by_number(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static bool search_segment(struct search *search, const struct segment *segment,
                           struct error *error) {
  struct indicator_entries *found = &search->found;
  bool ok = true, sound = true;
  found->count = 0;
  for (size_t i = 0; ok && sound && i < search->asked->count; i++)
    ok = find_number(search, segment, search->asked->numbers[i], &sound, error);
  if (ok && !sound) {
    if (search->asked->damaged)
      *search->asked->damaged += segment->last_event - segment->first_event + 1;
    return give(search, segment->first_event, segment->last_event, false, error);
  }
  if (ok && search->asked->count > 1 && found->count > 1)
    qsort(found->items, found->count, sizeof *found->items, by_number);
  for (size_t i = found->count; ok && !search->ended && i-- > 0;) {
    int64_t event = segment->first_event + (int64_t)found->items[i];
    if (i + 1 == found->count || found->items[i] != found->items[i + 1])
      ok = give(search, event, event, true, error);
  }
  return ok;
}

/* The list of segments stays open to the end: so long SQLite shows the file as it was. */
bool store_event_search(struct store *store, const struct store_search *asked,
                        struct error *error) {
  struct search search = {.store = store, .asked = asked};
  int64_t above = INT64_MAX; /* the events from here on were looked at */
  sqlite3_stmt *statement = statement_start(store, STATEMENT_SEGMENT_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && !search.ended && (ok = statement_next(store, statement, &row, error)) &&
         row) {
    const struct segment segment = segment_from_row(statement);
    ok = segment.last_event + 1 >= above ||
         give(&search, segment.last_event + 1, above - 1, false, error);
    if (ok && !search.ended && segment.last_time >= asked->since)
      ok = search_segment(&search, &segment, error);
    above = segment.first_event;
  }
  if (ok && !search.ended)
    ok = give(&search, INT64_MIN, above - 1, false, error);
  statement_end(statement);
  indicator_entries_free(&search.found);
  return ok;
}
