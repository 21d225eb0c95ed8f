#include "detect/backtest/archive_search.h"

#include "base/memory.h"
#include "detect/backtest/archive_feed.h"

#include <stdlib.h>

/* The first span, how much longer each further one is, and when the rest is one. Most searches are
 * for what happened today. */
#define FIRST_SPAN US_PER_HOUR
#define SPAN_GROWTH 4
#define LAST_SPAN (400 * US_PER_DAY)

#define SLACK 1024 /* events that are kept past the limit before the earliest are dropped */

/* A found event and its texts, in one piece of memory. */
struct found {
  struct store_event event;
  char bytes[];
};

struct search {
  const struct archive_search_options *options;
  struct archive_search_counts *counts;
  struct found **items; /* of the span that is read */
  size_t count, capacity;
};

/* ---- what is kept of a span --------------------------------------------------------------- */

static struct text put(char **place, struct text text) {
  char *start = *place;
  if (text.size > 0)
    memcpy(start, text.data, text.size);
  *place += text.size;
  return (struct text){start, text.size};
}

static struct found *found_new(const struct match *match) {
  struct found *found = memory_alloc(sizeof *found + match->row_id.size + match->source_id.size +
                                     match->log_type.size + match->record.size);
  char *place = found->bytes;
  found->event = (struct store_event){.row_id = put(&place, match->row_id),
                                      .source_id = put(&place, match->source_id),
                                      .log_type = put(&place, match->log_type),
                                      .record = put(&place, match->record),
                                      .event_time = match->event_time,
                                      .parse_time = match->parse_time};
  return found;
}

static int latest_first(const void *a, const void *b) {
  const struct store_event *left = &(*(struct found *const *)a)->event;
  const struct store_event *right = &(*(struct found *const *)b)->event;
  if (left->event_time != right->event_time)
    return left->event_time > right->event_time ? -1 : 1;
  return text_compare(left->row_id, right->row_id);
}

/* Keeps the latest that are still wanted. */
static void cut(struct search *search) {
  size_t limit = search->options->limit;
  if (search->count > 1)
    qsort(search->items, search->count, sizeof *search->items, latest_first);
  while (search->count > limit) {
    free(search->items[--search->count]);
    search->counts->more = true;
  }
}

static void take_match(struct search *search, const struct match *match) {
  const struct archive_search_options *options = search->options;
  if (match->type == ALERT_RULE_ERROR) {
    if (search->counts->failed++ == 0)
      error_set(&search->counts->failure, "%.*s", TEXT_ARGS(match->outcome.dedup));
    return;
  }
  search->counts->found++;
  search->items =
      memory_reserve(search->items, &search->capacity, search->count + 1, sizeof *search->items);
  search->items[search->count++] = found_new(match);
  if (search->count >= options->limit && search->count - options->limit >= SLACK)
    cut(search);
}

/* ---- a span ------------------------------------------------------------------------------- */

static void take_results(struct search *search, struct pipeline *pipeline) {
  struct batch_result *result;
  while ((result = pipeline_next(pipeline)) != NULL) {
    for (size_t i = 0; i < result->match_count; i++)
      take_match(search, &result->matches[i]);
    search->counts->unreadable += result->dead_letter_count;
    pipeline_done(pipeline, result, true);
  }
}

static bool read_span(struct search *search, time_us since, time_us until, struct error *error) {
  const struct archive_search_options *options = search->options;
  const struct rule *rule = &options->detection->rules->rules[0];
  const struct pipeline_options working = {
      .detection = options->detection, .workers = options->workers, .brief_matches = true};
  struct archive_feed_counts read = {0, TIME_NONE};
  struct pipeline *pipeline = pipeline_new(&working, error);
  if (!pipeline)
    return false;
  const struct archive_feed_options feeding = {
      .store = options->store,
      .archive = {rule->log_types.items, rule->log_types.count, since, until},
      .pipeline = pipeline,
      .first_from = since};
  struct archive_feed *feed = archive_feed_start(&feeding, error);
  if (feed)
    take_results(search, pipeline);
  bool ok = feed && archive_feed_end(feed, &read, error);
  search->counts->read += read.events;
  pipeline_free(pipeline);
  return ok;
}

/* Gives what the span had, and says whether to go on. */
static bool give(struct search *search, size_t *left,
                 bool (*each)(void *context, const struct store_event *event), void *context) {
  bool goes_on = true;
  cut(search);
  for (size_t i = 0; i < search->count && goes_on && *left > 0; i++, (*left)--)
    goes_on = each(context, &search->items[i]->event);
  return goes_on && *left > 0;
}

static void forget(struct search *search) {
  while (search->count > 0)
    free(search->items[--search->count]);
}

/* Where the span before `until` begins. */
static time_us begin_of(const struct archive_search_options *options, time_us until, int64_t span,
                        time_us now) {
  time_us end = until == TIME_NONE ? now : until;
  bool all = span > LAST_SPAN || end < TIME_BEGIN + span;
  time_us begin = all ? TIME_NONE : end - span;
  bool before = options->since != TIME_NONE && (all || begin <= options->since);
  return before ? options->since : begin;
}

bool archive_search_run(const struct archive_search_options *options,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct archive_search_counts *counts, struct error *error) {
  struct search search = {.options = options, .counts = counts};
  const struct clock clock = clock_system();
  const time_us now = clock_now(&clock);
  time_us until = options->until;
  size_t left = options->limit;
  int64_t span = FIRST_SPAN;
  bool ok = true, goes_on = true;
  *counts = (struct archive_search_counts){.failure = ERROR_NONE};
  while (ok && goes_on) {
    time_us since = begin_of(options, until, span, now);
    ok = read_span(&search, since, until, error);
    goes_on = ok && give(&search, &left, each, context);
    bool is_last = since == options->since;
    counts->more = counts->more || (ok && left == 0 && !is_last);
    goes_on = goes_on && !is_last;
    forget(&search);
    until = since;
    span *= SPAN_GROWTH;
  }
  free(search.items);
  return ok;
}
