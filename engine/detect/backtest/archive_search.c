#include "detect/backtest/archive_search.h"

#include "detect/backtest/archive_feed.h"
#include "detect/backtest/found_events.h"

/* The first span, how much longer each further one is, and when the rest is one. Most searches are
 * for what happened today. */
#define FIRST_SPAN US_PER_HOUR
#define SPAN_GROWTH 4
#define LAST_SPAN (400 * US_PER_DAY)

struct search {
  const struct archive_search_options *options;
  struct archive_search_counts *counts;
  struct found_events found;                       /* in the span that is read */
  void (*each)(void *context, time_us event_time); /* NULL: what is found is kept */
  void *context;
};

static bool is_late(struct search *search) {
  const struct archive_search_options *options = search->options;
  bool ends = options->ending && atomic_load(options->ending);
  if (ends || (options->deadline != 0 && clock_monotonic() >= options->deadline))
    search->counts->late = true;
  return search->counts->late;
}

/* ---- what is found ------------------------------------------------------------------------- */

/* Whether an earlier search gave it, or what comes before it. */
static bool was_given(const struct archive_search_options *options, const struct match *match) {
  return options->after.size > 0 && match->event_time == options->until - 1 &&
         text_compare(match->row_id, options->after) <= 0;
}

static void take_match(struct search *search, const struct match *match) {
  const struct archive_search_options *options = search->options;
  if (match->type == ALERT_RULE_ERROR) {
    if (search->counts->failed++ == 0)
      error_set(&search->counts->failure, "%.*s", TEXT_ARGS(match->outcome.dedup));
    return;
  }
  const struct store_event event = {.row_id = match->row_id,
                                    .source_id = match->source_id,
                                    .log_type = match->log_type,
                                    .record = match->record,
                                    .event_time = match->event_time,
                                    .parse_time = match->parse_time};
  if (was_given(options, match) || (options->fits && !options->fits(options->fits_context, &event)))
    return;
  search->counts->found++;
  if (search->each)
    search->each(search->context, match->event_time);
  else
    found_events_add(&search->found, &event, options->limit);
}

/* ---- a span ------------------------------------------------------------------------------- */

static void take_results(struct search *search, struct pipeline *pipeline) {
  struct batch_result *result;
  while ((result = pipeline_next(pipeline)) != NULL) {
    for (size_t i = 0; i < result->match_count; i++)
      take_match(search, &result->matches[i]);
    search->counts->unreadable += result->dead_letter_count;
    pipeline_done(pipeline, result, true);
    if (is_late(search))
      pipeline_abandon(pipeline);
  }
}

static bool read_span(struct search *search, time_us since, time_us until, struct error *error) {
  const struct archive_search_options *options = search->options;
  const struct rule *rule = &options->detection->rules->rules[0];
  const struct pipeline_options working = {.detection = options->detection,
                                           .workers = options->workers,
                                           .brief_matches = true,
                                           .stop_at = options->deadline,
                                           .stopped = options->ending};
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
  size_t given = 0;
  found_events_cut(&search->found, search->options->limit);
  for (; given < search->found.count && goes_on && *left > 0; given++, (*left)--)
    goes_on = each(context, found_events_at(&search->found, given));
  if (search->found.dropped || given < search->found.count)
    search->counts->more = true;
  return goes_on && *left > 0;
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

/* Reads one span after the other while `take` wants more; it gets each span once it was read, or
 * (search->counts->late) a part of it. */
static bool read_spans(struct search *search, bool (*take)(struct search *search, void *context),
                       void *context, struct error *error) {
  const struct archive_search_options *options = search->options;
  const struct clock clock = clock_system();
  const time_us now = clock_now(&clock);
  int64_t span = FIRST_SPAN;
  bool goes_on = true;
  search->counts->reached = options->until;
  while (goes_on && !is_late(search)) {
    time_us since = begin_of(options, search->counts->reached, span, now);
    if (!read_span(search, since, search->counts->reached, error))
      return false;
    goes_on = take(search, context) && since != options->since;
    if (!search->counts->late)
      search->counts->reached = since;
    found_events_forget(&search->found);
    span *= SPAN_GROWTH;
  }
  return true;
}

struct giving {
  bool (*each)(void *context, const struct store_event *event);
  void *context;
  size_t left;
};

/* A part of a span has gaps, which what was found before it has not: it is left for the next
 * search, unless there is nothing else to show. */
static bool give_span(struct search *search, void *context) {
  struct giving *giving = context;
  const bool is_first = search->counts->reached == search->options->until;
  bool goes_on = true;
  if (!search->counts->late || is_first)
    goes_on = give(search, &giving->left, giving->each, giving->context);
  return goes_on;
}

bool archive_search_run(const struct archive_search_options *options,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct archive_search_counts *counts, struct error *error) {
  struct search search = {.options = options, .counts = counts};
  struct giving giving = {each, context, options->limit};
  *counts = (struct archive_search_counts){.failure = ERROR_NONE};
  bool ok = read_spans(&search, give_span, &giving, error);
  if (ok && giving.left == 0 && counts->reached != options->since)
    counts->more = true;
  found_events_free(&search.found);
  return ok;
}

static bool go_on(struct search *search, void *context) {
  (void)search;
  (void)context;
  return true;
}

bool archive_search_count(const struct archive_search_options *options,
                          void (*each)(void *context, time_us event_time), void *context,
                          struct archive_search_counts *counts, struct error *error) {
  struct search search = {.options = options, .counts = counts, .each = each, .context = context};
  *counts = (struct archive_search_counts){.failure = ERROR_NONE};
  return read_spans(&search, go_on, NULL, error);
}
