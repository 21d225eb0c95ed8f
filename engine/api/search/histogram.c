#include "api/search/histogram.h"

#include "base/map.h"
#include "store/store_overview.h"

/* Widths that people can read an axis of. */
static const int64_t widths[] = {
    US_PER_SECOND,      5 * US_PER_SECOND, 10 * US_PER_SECOND, 30 * US_PER_SECOND,
    US_PER_MINUTE,      5 * US_PER_MINUTE, 10 * US_PER_MINUTE, 15 * US_PER_MINUTE,
    30 * US_PER_MINUTE, US_PER_HOUR,       2 * US_PER_HOUR,    3 * US_PER_HOUR,
    6 * US_PER_HOUR,    12 * US_PER_HOUR,  US_PER_DAY,         2 * US_PER_DAY,
    7 * US_PER_DAY,     14 * US_PER_DAY,   28 * US_PER_DAY,    56 * US_PER_DAY,
    112 * US_PER_DAY,   364 * US_PER_DAY,  3640 * US_PER_DAY,  36400 * US_PER_DAY,
    364000 * US_PER_DAY};

static time_us floor_to(time_us time, int64_t width) {
  int64_t rest = time % width;
  return time - (rest < 0 ? rest + width : rest);
}

static time_us ceil_to(time_us time, int64_t width) {
  time_us floor = floor_to(time, width);
  return floor == time ? time : floor + width;
}

static void add(struct histogram *histogram, time_us time, int64_t events) {
  if (time < histogram->since || time >= histogram->until)
    return;
  size_t at = (size_t)((time - histogram->begin) / histogram->width);
  if (at < histogram->count) {
    histogram->counts[at] += events;
    histogram->total += events;
  }
}

/* ---- what the store has counted ---------------------------------------------------------- */

struct counting {
  struct histogram *histogram;
  const struct search *search;
  struct arena arena;
  struct map types; /* the log types with events in the time; the values are their names */
  time_us first;    /* hour that has some, of the log types that are asked for */
  time_us from, to; /* whole hours that are taken from the counts */
  time_us begin;    /* of the spans that are counted now */
  int64_t width;
};

static bool is_asked_for(const struct search *search, struct text log_type) {
  size_t count;
  const struct text *types = search_log_types(search, &count);
  for (size_t i = 0; i < count; i++)
    if (text_equal(types[i], log_type))
      return true;
  return false;
}

static void take_hour(void *context, const struct store_event_hour *hour) {
  struct counting *counting = context;
  if (!is_asked_for(counting->search, hour->log_type))
    return;
  if (!map_get(&counting->types, hour->log_type)) {
    struct text *name = arena_alloc(&counting->arena, sizeof *name);
    *name = arena_copy(&counting->arena, hour->log_type);
    map_put(&counting->types, hour->log_type, name);
  }
  if (counting->first == TIME_NONE || hour->start < counting->first)
    counting->first = hour->start;
  if (counting->histogram && hour->start >= counting->from && hour->start < counting->to)
    add(counting->histogram, hour->start, hour->events);
}

static void take_span(void *context, int64_t span, int64_t events) {
  struct counting *counting = context;
  time_us start = counting->begin + span * counting->width;
  const time_us since = counting->histogram->since; /* a span that is cut begins there */
  add(counting->histogram, start < since ? since : start, events);
}

/* Counts events of [since, until) one by one, in the index. */
static bool count_range(struct counting *counting, struct store *store, time_us since,
                        time_us until, struct error *error) {
  bool ok = true;
  counting->width = counting->histogram->width;
  counting->begin = floor_to(since, counting->width);
  for (size_t i = 0; ok && since < until && i < counting->types.count; i++) {
    const struct text *type = counting->types.entries[i].value;
    const struct store_event_range range = {.log_type = *type,
                                            .since = since,
                                            .until = until,
                                            .begin = counting->begin,
                                            .width = counting->width};
    ok = store_event_spans(store, &range, take_span, counting, error);
  }
  return ok;
}

/* Whole hours come from the counts, the rest at both ends from the index. */
static bool count_all(struct counting *counting, struct store *store, struct error *error) {
  struct histogram *histogram = counting->histogram;
  counting->from = ceil_to(histogram->since, US_PER_HOUR);
  counting->to = floor_to(histogram->until, US_PER_HOUR);
  if (histogram->width < US_PER_HOUR || counting->from > counting->to)
    counting->from = counting->to = histogram->until;
  return store_event_hours(store, floor_to(histogram->since, US_PER_HOUR), histogram->until,
                           take_hour, counting, error) &&
         count_range(counting, store, histogram->since, counting->from, error) &&
         count_range(counting, store, counting->to, histogram->until, error);
}

/* ---- the time ---------------------------------------------------------------------------- */

static void lay_out(struct histogram *histogram, size_t buckets) {
  const size_t last = sizeof widths / sizeof *widths - 1;
  size_t at = 0;
  if (buckets > HISTOGRAM_BUCKETS_MAX)
    buckets = HISTOGRAM_BUCKETS_MAX;
  for (; at < last; at++) {
    int64_t spans =
        (histogram->until - floor_to(histogram->since, widths[at]) - 1) / widths[at] + 1;
    if (spans <= (int64_t)buckets)
      break;
  }
  histogram->width = widths[at];
  histogram->begin = floor_to(histogram->since, histogram->width);
  int64_t spans = (histogram->until - histogram->begin - 1) / histogram->width + 1;
  histogram->count = histogram->until <= histogram->since ? 0
                     : spans > HISTOGRAM_BUCKETS_MAX      ? HISTOGRAM_BUCKETS_MAX
                                                          : (size_t)spans;
}

static void take_time(void *context, time_us event_time) {
  add(context, event_time, 1);
}

bool histogram_count(struct search *search, const struct search_run *run, size_t buckets,
                     time_us now, struct histogram *histogram, struct error *error) {
  const struct search_ask *ask = search_asked(search);
  struct counting counting = {.search = search, .arena = ARENA_NONE, .types = MAP_NONE};
  *histogram = (struct histogram){.since = ask->since, .until = ask->until, .complete = true};
  counting.first = TIME_NONE;
  bool ok = true;
  if (ask->since == TIME_NONE) {
    ok = store_event_hours(run->store, TIME_BEGIN, TIME_END, take_hour, &counting, error);
    histogram->since = counting.first;
  }
  if (histogram->until == TIME_NONE)
    histogram->until = now;
  if (histogram->since == TIME_NONE || histogram->since > histogram->until)
    histogram->since = histogram->until;
  lay_out(histogram, buckets < 1 ? 1 : buckets);
  counting.histogram = histogram;
  if (ok && !search_has_conditions(search) && !search_has_indicators(search)) {
    ok = count_all(&counting, run->store, error);
  } else if (ok) {
    struct search_counts counts;
    ok = search_times(search, run, take_time, histogram, &counts, error);
    histogram->complete = !counts.late;
  }
  map_clear(&counting.types, NULL);
  arena_free(&counting.arena);
  return ok;
}
