/*
 * Retention of events by log type.
 *
 * Ids follow the times at which events came in, so the old ones are the first; but of one log type
 * they lie among those of others that are kept for longer. An index by log type and that time would
 * cost each event more than all of this. So for each log type with a retention of its own there is
 * a walk along the ids, and one for all others together:
 *
 *   ids     1 ─────────────────────────────────────────────────────────────────────▶ newest
 *   others  ░░░░░░░░░░░░░░░░ deleted ░░░░░░░░░░▲ young from here on
 *   A       ░░░░░ deleted ░░░▲ young
 *
 * A walk ends at the first event that is young enough for it, goes on from there with the next
 * sweep, and so looks at each event once. Where it stands is a row of `event_pruned`; after a crash
 * it goes on a little before that.
 *
 * Events that a clock ahead of its time has dated later than now are passed over. The walk goes
 * back to the first of them once an hour.
 */
#include "base/memory.h"
#include "store/sqlite/prune_slice.h"
#include "store/store_archive.h"

#include <stdlib.h>

#define LOOKED_AT_PER_ROW 4 /* events that a slice looks at for each that it may delete */
#define SAVED_AFTER 8192    /* events that a walk has passed, when nothing was deleted */
#define BACK_AFTER_US US_PER_HOUR

struct walk {
  struct text log_type; /* owned; empty: all others */
  bool listed;          /* has a retention of its own, or is that of all others */
  time_us before;       /* of its retention */
  int64_t at, saved;    /* events up to this one were looked at; what the row says */
  int64_t late;         /* the first event that is dated later than now; 0: there is none */
  time_us back_at;      /* by the store's clock: when the walk goes back there */
};

struct event_pruning {
  struct walk *walks;
  size_t count, capacity, turn;
};

void event_pruning_free(struct store *store) {
  struct event_pruning *pruning = store->event_pruning;
  for (size_t i = 0; pruning && i < pruning->count; i++)
    free((char *)(uintptr_t)pruning->walks[i].log_type.data);
  if (pruning)
    free(pruning->walks);
  free(pruning);
  store->event_pruning = NULL;
}

/* ---- the walks --------------------------------------------------------------------------- */

static struct walk *walk_find(const struct event_pruning *pruning, struct text log_type) {
  for (size_t i = 0; i < pruning->count; i++)
    if (text_equal(pruning->walks[i].log_type, log_type))
      return &pruning->walks[i];
  return NULL;
}

static struct walk *walk_add(struct event_pruning *pruning, struct text log_type) {
  pruning->walks = memory_reserve(pruning->walks, &pruning->capacity, pruning->count + 1,
                                  sizeof *pruning->walks);
  struct walk *walk = &pruning->walks[pruning->count++];
  *walk =
      (struct walk){.log_type = {memory_copy_bytes(log_type.data, log_type.size), log_type.size}};
  return walk;
}

static bool read_walks(struct store *store, struct error *error) {
  store->event_pruning = memory_alloc(sizeof *store->event_pruning);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_EVENT_PRUNED_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct walk *walk = walk_add(store->event_pruning, column_text(statement, 0));
    walk->at = walk->saved = sqlite3_column_int64(statement, 1);
  }
  statement_end(statement);
  return ok;
}

static int64_t place_to_save(const struct walk *walk) {
  return walk->late > 0 && walk->late <= walk->at ? walk->late - 1 : walk->at;
}

static bool save(struct store *store, struct walk *walk, bool deleted, struct error *error) {
  int64_t place = place_to_save(walk), moved = place - walk->saved;
  if (moved == 0 || (!deleted && moved > 0 && moved < SAVED_AFTER))
    return true;
  walk->saved = place;
  return statement_run(store, STATEMENT_EVENT_PRUNED_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(walk->log_type), AS_INTEGER(place)));
}

static void use(struct event_pruning *pruning, struct text log_type, time_us before) {
  struct walk *walk = walk_find(pruning, log_type);
  if (!walk)
    walk = walk_add(pruning, log_type);
  walk->listed = true;
  walk->before = before;
}

/* A log type that is listed no more is one of the others, whose walk may be past its events. */
static bool forget_unlisted(struct store *store, struct error *error) {
  struct event_pruning *pruning = store->event_pruning;
  bool ok = true;
  for (size_t i = 0; ok && i < pruning->count; i++) {
    struct walk *walk = &pruning->walks[i], *others = walk_find(pruning, TEXT(""));
    if (walk->listed)
      continue;
    others->at = others->at < walk->saved ? others->at : walk->saved;
    ok = save(store, others, false, error) &&
         statement_run(store, STATEMENT_EVENT_PRUNED_FORGET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(walk->log_type)));
    free((char *)(uintptr_t)walk->log_type.data);
    pruning->walks[i--] = pruning->walks[--pruning->count];
  }
  return ok;
}

static bool use_retention(struct store *store, const struct store_event_retention *retention,
                          struct error *error) {
  if (!store->event_pruning && !read_walks(store, error))
    return false;
  struct event_pruning *pruning = store->event_pruning;
  for (size_t i = 0; i < pruning->count; i++)
    pruning->walks[i].listed = false;
  use(pruning, TEXT(""), retention->others);
  for (size_t i = 0; i < retention->count; i++)
    use(pruning, retention->log_types[i].log_type, retention->log_types[i].before);
  return forget_unlisted(store, error);
}

/* ---- one slice --------------------------------------------------------------------------- */

/* Whether the walk is about events of this log type. */
static bool is_about(const struct event_pruning *pruning, const struct walk *walk,
                     struct text log_type) {
  if (walk->log_type.size > 0)
    return text_equal(walk->log_type, log_type);
  return log_type.size == 0 || !walk_find(pruning, log_type);
}

struct found {
  int64_t *ids; /* to delete */
  int64_t count;
  int64_t left;     /* how many more may be looked at */
  int64_t first_at; /* where the walk stood */
};

/* Reads on until there are as many as the slice may delete. *ended: at a young event, or there are
 * no more. */
static bool find_past(struct slice *slice, struct walk *walk, struct found *found, bool *ended,
                      struct error *error) {
  struct store *store = slice->store;
  time_us now = clock_now(&store->clock);
  int64_t room = slice->limit - slice->pruned.rows;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_EVENT_TYPED, error,
                      STATEMENT_ARGUMENTS(AS_INTEGER(walk->at), AS_INTEGER(found->left)));
  bool row = statement, ok = statement;
  int64_t looked = 0;
  *ended = false;
  while (ok && row && !*ended && found->count < room &&
         (ok = statement_next(store, statement, &row, error)) && row) {
    int64_t id = sqlite3_column_int64(statement, 0);
    time_us time = sqlite3_column_int64(statement, 1);
    bool own = is_about(store->event_pruning, walk, column_text(statement, 2)), late = time > now;
    *ended = !late && time >= walk->before;
    if (*ended)
      break;
    looked++;
    if (own && late && walk->late == 0) {
      walk->late = id;
      walk->back_at = now + BACK_AFTER_US;
    } else if (own && !late) {
      found->ids[found->count++] = id;
    }
    walk->at = id;
  }
  statement_end(statement);
  *ended = *ended || (ok && !row && looked < found->left);
  found->left -= looked;
  return ok;
}

/* What the slice has no time for is found again. */
static bool delete_found(struct slice *slice, struct walk *walk, const struct found *found,
                         struct error *error) {
  for (int64_t i = 0; i < found->count; i++) {
    if (slice_is_over(slice)) {
      walk->at = found->ids[i] - 1;
      return true;
    }
    if (!slice_delete(slice, STATEMENT_EVENT_DELETE, found->ids[i], error))
      return false;
  }
  return true;
}

static void go_back(struct store *store, struct walk *walk) {
  if (walk->late == 0 || clock_now(&store->clock) < walk->back_at)
    return;
  walk->at = place_to_save(walk);
  walk->late = 0;
}

static bool walk_on(struct slice *slice, struct walk *walk, int64_t *left, struct error *error) {
  struct found found = {.ids = memory_alloc_array((size_t)slice->limit, sizeof *found.ids),
                        .left = *left};
  int64_t before = slice->pruned.rows;
  bool ended = false;
  go_back(slice->store, walk);
  bool ok = find_past(slice, walk, &found, &ended, error) &&
            delete_found(slice, walk, &found, error) &&
            save(slice->store, walk, slice->pruned.rows > before, error);
  slice->pruned.more = slice->pruned.more || !ended;
  *left = found.left;
  free(found.ids);
  return ok;
}

/* Ids come again when the newest events are deleted. */
static bool bound_walks(struct store *store, struct error *error) {
  bool row;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_EVENT_LAST, error, NULL, 0);
  bool ok = statement && statement_next(store, statement, &row, error);
  int64_t last = ok ? sqlite3_column_int64(statement, 0) : 0;
  statement_end(statement);
  for (size_t i = 0; ok && i < store->event_pruning->count; i++) {
    struct walk *walk = &store->event_pruning->walks[i];
    walk->at = walk->at < last ? walk->at : last;
    walk->saved = walk->saved < last ? walk->saved : last;
  }
  return ok && statement_run(store, STATEMENT_EVENT_PRUNED_BOUND, error, NULL, 0);
}

static bool prune_by_walks(struct slice *slice, struct error *error) {
  struct event_pruning *pruning = slice->store->event_pruning;
  int64_t left = slice->limit * LOOKED_AT_PER_ROW;
  bool ok = true;
  for (size_t i = 0; ok && i < pruning->count && left > 0 && slice->pruned.rows < slice->limit;
       i++) {
    struct walk *walk = &pruning->walks[pruning->turn++ % pruning->count];
    if (walk->before != TIME_NONE)
      ok = walk_on(slice, walk, &left, error);
  }
  slice->pruned.more = slice->pruned.more || left == 0 || slice->pruned.rows == slice->limit;
  return ok && (slice->pruned.rows == 0 ||
                (bound_walks(slice->store, error) && indicator_index_prune(slice->store, error)));
}

/* Where no log type has a retention of its own, the old events are the first. */
static bool forget_walks(struct store *store, struct error *error) {
  bool ok = store->event_pruning || read_walks(store, error);
  while (ok && store->event_pruning->count > 0) {
    struct walk *walk = &store->event_pruning->walks[store->event_pruning->count - 1];
    ok = statement_run(store, STATEMENT_EVENT_PRUNED_FORGET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(walk->log_type)));
    free((char *)(uintptr_t)walk->log_type.data);
    store->event_pruning->count--;
  }
  return ok;
}

bool store_event_prune(struct store *store, const struct store_event_retention *retention,
                       const struct store_slice *limits, struct store_pruned *pruned,
                       struct error *error) {
  struct slice slice;
  *pruned = (struct store_pruned){.rows = 0};
  if (retention->count == 0)
    return forget_walks(store, error) &&
           (retention->others == TIME_NONE ||
            store_prune(store, STORE_EVENTS, retention->others, limits, pruned, error));
  if (!slice_begin(&slice, store, limits, error))
    return false;
  bool ok = use_retention(store, retention, error) && prune_by_walks(&slice, error);
  ok = slice_end(&slice, ok, pruned, error);
  if (!ok)
    event_pruning_free(store); /* what it says of deleted events is not so */
  return ok;
}
