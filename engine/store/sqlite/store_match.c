/* Matches, their values that an alert sums up (summary_attributes), and how many there are. */
#include "alert/attribute_summary.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "store/sqlite/internal.h"
#include "store/store_noise.h"

#include <stdlib.h>

bool store_match_add(struct store *store, const struct store_match *match, struct error *error) {
  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(
      store, STATEMENT_MATCH_ADD, error,
      STATEMENT_ARGUMENTS(AS_TEXT(match->alert_id), AS_TEXT(match->rule_id), AS_TEXT(match->dedup),
                          AS_TEXT(match->row_id), AS_INTEGER(match->event_time),
                          AS_INTEGER(clock_now(&store->clock)), AS_TEXT(match->actor),
                          AS_INTEGER(match->suppressed)));
  int64_t id = sqlite3_last_insert_rowid(store->db);
  for (size_t i = 0; ok && i < match->attribute_count; i++)
    ok = statement_run(store, STATEMENT_ATTRIBUTE_ADD, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(id), AS_TEXT(match->attributes[i].name),
                                           AS_TEXT(match->attributes[i].value)));
  return store_scope_end(store, &scope, ok, error);
}

bool store_match_claim(struct store *store, struct text alert_id, struct text rule_id,
                       struct text dedup, time_us from, time_us to, struct error *error) {
  return statement_run(store, STATEMENT_MATCH_CLAIM, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(rule_id), AS_TEXT(dedup),
                                           AS_INTEGER(from), AS_INTEGER(to)));
}

bool store_suppressed(struct store *store,
                      void (*each)(void *context, const struct store_suppressed *suppressed),
                      void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_MATCH_SUPPRESSED, error, NULL, 0);
  bool row = statement;
  bool ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, &(struct store_suppressed){.rule_id = column_text(statement, 0),
                                             .count = sqlite3_column_int64(statement, 1),
                                             .latest = sqlite3_column_int64(statement, 2)});
  statement_end(statement);
  return ok;
}

bool store_alert_attributes(struct store *store, struct alert *alert, struct buffer *json,
                            struct error *error) {
  struct attribute_summary summary = {.out = json};
  buffer_reset(json);
  alert->attributes = TEXT("");
  if (!alert->sums_up)
    return true;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_ATTRIBUTES, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(alert->id), AS_INTEGER(ATTRIBUTE_MATCHES_MAX)));
  bool row = statement;
  bool ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    attribute_summary_add(&summary, column_text(statement, 0), column_text(statement, 1),
                          sqlite3_column_int64(statement, 2));
  statement_end(statement);
  attribute_summary_end(&summary);
  alert->attributes = buffer_text(json);
  return ok;
}

/* ---- noise -------------------------------------------------------------------------------- */

/* How many pairs of a rule and an actor are counted at once, at some 200 bytes each. Where there
 * are more, the matches are read several times, each time for a part of the actors. */
#define NOISE_PAIRS_MAX ((size_t)1 << 16)

struct noise_count {
  time_us since;
  size_t part, parts;
  struct arena arena;
  struct map pairs; /* of struct store_noise */
  struct store_noise *last;
  struct buffer key;
};

static struct store_noise *find_pair(struct noise_count *count, struct text rule_id,
                                     struct text actor) {
  struct store_noise *pair = count->last;
  if (pair && text_equal(pair->actor, actor) && text_equal(pair->rule_id, rule_id))
    return pair;
  buffer_reset(&count->key);
  buffer_append(&count->key, &rule_id.size, sizeof rule_id.size);
  buffer_append_text(&count->key, rule_id);
  buffer_append_text(&count->key, actor);
  pair = map_get(&count->pairs, buffer_text(&count->key));
  if (!pair) {
    pair = arena_alloc(&count->arena, sizeof *pair);
    *pair = (struct store_noise){.rule_id = arena_copy(&count->arena, rule_id),
                                 .actor = arena_copy(&count->arena, actor),
                                 .first = TIME_END};
    map_put(&count->pairs, buffer_text(&count->key), pair);
  }
  return count->last = pair;
}

static void count_match(struct noise_count *count, sqlite3_stmt *statement) {
  struct text actor = column_text(statement, 1);
  if (count->parts > 1 && hash_text(actor) % count->parts != count->part)
    return;
  struct store_noise *pair = find_pair(count, column_text(statement, 0), actor);
  time_us time = sqlite3_column_int64(statement, 2);
  pair->matches++;
  pair->suppressed += sqlite3_column_int64(statement, 3);
  if (time < pair->first)
    pair->first = time;
}

/* *whole = false: there are too many. */
static bool count_part(struct store *store, struct noise_count *count, size_t most, bool *whole,
                       struct error *error) {
  bool row = false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_NOISE_MATCHES, error,
                                            STATEMENT_ARGUMENTS(AS_INTEGER(count->since)));
  bool ok = statement != NULL;
  while (ok && count->pairs.count <= most && (ok = statement_next(store, statement, &row, error)) &&
         row)
    count_match(count, statement);
  statement_end(statement);
  *whole = count->pairs.count <= most;
  return ok;
}

static void forget_part(struct noise_count *count) {
  map_clear(&count->pairs, NULL);
  arena_reset(&count->arena);
  count->last = NULL;
}

static int by_rule_and_actor(const void *left, const void *right) {
  const struct store_noise *a = *(const struct store_noise *const *)left,
                           *b = *(const struct store_noise *const *)right;
  int order = text_compare(a->rule_id, b->rule_id);
  return order ? order : text_compare(a->actor, b->actor);
}

static void give_part(struct noise_count *count,
                      void (*each)(void *context, const struct store_noise *noise), void *context) {
  size_t pairs = count->pairs.count;
  const struct store_noise **sorted =
      arena_alloc(&count->arena, (pairs + 1) * sizeof(struct store_noise *));
  for (size_t i = 0; i < pairs; i++)
    sorted[i] = count->pairs.entries[i].value;
  qsort(sorted, pairs, sizeof(struct store_noise *), by_rule_and_actor);
  for (size_t i = 0; i < pairs; i++)
    each(context, sorted[i]);
}

/* The first part shows how many there must be; the others are about as large. */
bool store_noise_matches(struct store *store, time_us since,
                         void (*each)(void *context, const struct store_noise *noise),
                         void *context, struct error *error) {
  struct noise_count count = {.since = since, .parts = 1};
  bool whole, ok = count_part(store, &count, NOISE_PAIRS_MAX, &whole, error);
  for (; ok && !whole; ok = count_part(store, &count, NOISE_PAIRS_MAX, &whole, error)) {
    count.parts *= 4;
    forget_part(&count);
  }
  while (ok) {
    give_part(&count, each, context);
    forget_part(&count);
    if (++count.part == count.parts)
      break;
    ok = count_part(store, &count, SIZE_MAX, &whole, error);
  }
  map_clear(&count.pairs, NULL);
  arena_free(&count.arena);
  buffer_free(&count.key);
  return ok;
}

bool store_noise_alerts(struct store *store, time_us since,
                        void (*each)(void *context, const struct store_noise_alerts *noise),
                        void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_NOISE_ALERTS, error, STATEMENT_ARGUMENTS(AS_INTEGER(since)));
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    struct store_noise_alerts noise = {.rule_id = column_text(statement, 0),
                                       .alerts = sqlite3_column_int64(statement, 1),
                                       .first = sqlite3_column_int64(statement, 2)};
    for (int i = 0; i < ALERT_RESOLUTION_COUNT; i++)
      noise.resolved[i] = sqlite3_column_int64(statement, 3 + i);
    each(context, &noise);
  }
  statement_end(statement);
  return ok;
}
