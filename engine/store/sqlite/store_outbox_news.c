/*
 * The outbox as conversations: what happens to an alert after it was opened makes its rows pending
 * again. Where nothing is under way, the news joins what waits in the row; else it waits behind.
 *
 *     row                          news joins           then
 *     delivered                    nothing              pending, next revision
 *     parked                       what was parked      pending, next revision
 *     pending: the opening         the opening          as it is
 *     pending: another occasion    it                   pending, next revision
 *     claimed, between requests    what waits behind    what waits follows the result
 */
#include "alert/alert_change.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/memory.h"
#include "store/sqlite/internal.h"
#include "store/store_outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct text outbox_key(struct text alert_id, struct text destination_id, int64_t revision,
                       struct outbox_key *key) {
  struct buffer named = BUFFER_NONE;
  buffer_append_text(&named, alert_id);
  buffer_append_char(&named, '\0');
  buffer_append_text(&named, destination_id);
  if (revision > 0) {
    buffer_append_char(&named, '\0');
    buffer_printf(&named, "%" PRId64, revision);
  }
  uint8_t digest[DIGEST_SIZE];
  digest_sha256(buffer_text(&named), digest);
  hex_encode(digest, OUTBOX_KEY_SIZE / 2, key->hex);
  buffer_free(&named);
  return text_from(key->hex);
}

/* A row of OUTBOX_NEWS_COLUMNS. */
struct conversation {
  int64_t id, revision;
  struct text alert_id, destination_id;
  enum outbox_state state;
  struct outbox_news news, next;
  bool has_next;
  bool is_busy; /* claimed, or between two requests */
};

static struct conversation conversation_of(sqlite3_stmt *statement, struct arena *arena) {
  struct conversation row = {
      .id = sqlite3_column_int64(statement, 0),
      .alert_id = arena_copy(arena, column_text(statement, 1)),
      .destination_id = arena_copy(arena, column_text(statement, 2)),
      .state = (enum outbox_state)column_choice(statement, 3, OUTBOX_STATE_COUNT),
      .revision = sqlite3_column_int64(statement, 4),
      .has_next = sqlite3_column_type(statement, 8) != SQLITE_NULL,
      .is_busy = sqlite3_column_int64(statement, 11) != 0,
  };
  struct outbox_news *const both[] = {&row.news, &row.next};
  for (int i = 0; i < 2; i++) {
    int first = i ? 8 : 5;
    both[i]->occasion = (enum alert_occasion)column_choice(statement, first, ALERT_OCCASION_COUNT);
    both[i]->who = arena_copy(arena, column_text(statement, first + 1));
    both[i]->note = arena_copy(arena, column_text(statement, first + 2));
  }
  return row;
}

static const struct outbox_news *join(const struct outbox_news *earlier,
                                      const struct outbox_news *later) {
  return alert_occasion_join(earlier->occasion, later->occasion) == later->occasion ? later
                                                                                    : earlier;
}

/* The row is pending with its next revision. */
static bool revise(struct store *store, const struct conversation *row,
                   const struct outbox_news *news, time_us due, struct error *error) {
  struct outbox_key key;
  struct text hex = outbox_key(row->alert_id, row->destination_id, row->revision + 1, &key);
  return statement_run(store, STATEMENT_OUTBOX_REVISE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(row->id), AS_INTEGER(row->revision + 1),
                                           AS_INTEGER(news->occasion), AS_TEXT(news->who),
                                           AS_TEXT(news->note), AS_TEXT(hex), AS_INTEGER(due)));
}

static bool put_behind(struct store *store, const struct conversation *row,
                       const struct outbox_news *news, struct error *error) {
  const struct outbox_news *kept = row->has_next ? join(&row->next, news) : news;
  return statement_run(store, STATEMENT_OUTBOX_PUT_BEHIND, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(row->id), AS_INTEGER(kept->occasion),
                                           AS_TEXT(kept->who), AS_TEXT(kept->note)));
}

static bool queue(struct store *store, const struct conversation *row,
                  const struct outbox_news *news, int64_t *queued, struct error *error) {
  time_us now = clock_now(&store->clock);
  if (row->state == OUTBOX_PENDING && (row->is_busy || row->has_next))
    return put_behind(store, row, news, error);
  if (row->state == OUTBOX_PENDING && row->news.occasion == OCCASION_OPENED)
    return true;
  ++*queued;
  return revise(store, row, row->state == OUTBOX_DELIVERED ? news : join(&row->news, news), now,
                error);
}

/* The rows of one alert are few; they are read before the first of them is written. */
struct conversations {
  struct arena arena;
  struct conversation *items;
  size_t count, capacity;
};

static bool read_all(struct store *store, enum statement_id id, struct conversations *rows,
                     struct error *error, const struct argument *arguments, size_t count) {
  sqlite3_stmt *statement = statement_start(store, id, error, arguments, count);
  bool ok = statement, row = statement;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    rows->items =
        memory_reserve(rows->items, &rows->capacity, rows->count + 1, sizeof *rows->items);
    rows->items[rows->count++] = conversation_of(statement, &rows->arena);
  }
  statement_end(statement);
  return ok;
}

static void free_all(struct conversations *rows) {
  free(rows->items);
  arena_free(&rows->arena);
}

bool outbox_queue_news(struct store *store, struct text alert_id, const struct outbox_news *news,
                       int64_t *queued, struct error *error) {
  struct conversations rows = {.arena = ARENA_NONE};
  uint32_t wanting = ALERT_WHEN(news->occasion) | (news->over ? ALERT_WHEN_OVER : 0);
  bool ok = read_all(store, STATEMENT_OUTBOX_TO_UPDATE, &rows, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_INTEGER(wanting)));
  for (size_t i = 0; ok && i < rows.count; i++)
    ok = queue(store, &rows.items[i], news, queued, error);
  free_all(&rows);
  return ok;
}

static bool follow(struct store *store, const struct conversation *row, time_us due,
                   struct error *error) {
  if (row->state == OUTBOX_DELIVERED)
    return revise(store, row, &row->next, due, error);
  if (row->state == OUTBOX_PENDING && row->is_busy)
    return true;
  /* It may have been received, so its key stays; it shows the alert as it is. */
  if (row->state == OUTBOX_PENDING && row->news.occasion == OCCASION_OPENED)
    return statement_run(store, STATEMENT_OUTBOX_NOTHING_BEHIND, error,
                         STATEMENT_ARGUMENTS(AS_INTEGER(row->id)));
  return revise(store, row, join(&row->news, &row->next), due, error);
}

bool outbox_follow_up(struct store *store, int64_t row_id, time_us due, struct error *error) {
  struct conversations rows = {.arena = ARENA_NONE};
  bool ok = read_all(store, STATEMENT_OUTBOX_BEHIND, &rows, error,
                     STATEMENT_ARGUMENTS(AS_INTEGER(row_id)));
  if (ok && rows.count > 0)
    ok = follow(store, &rows.items[0], due, error);
  free_all(&rows);
  return ok;
}
