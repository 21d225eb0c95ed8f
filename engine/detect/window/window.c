#include "detect/window/window.h"

#include "base/codec.h"
#include "base/hash.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Alerts of one (rule, dedup) that a late match may still join. With Panther's default period of
 * an hour this covers at least 64 hours of steady matching. */
#define ALERTS_MAX 64

/* Entries kept towards a threshold beyond the threshold itself: late matches may still complete
 * an older span. */
#define PENDING_EXTRA 64

/* Matches that one entry may stand for: more than a rule has in its life. */
#define PENDING_MOST (UINT64_C(1) << 40)

/* One match that counts towards the threshold. With `unique`, those before it are in it, too, that
 * cannot make a difference: see drop_between. */
struct pending {
  int64_t first_time, time; /* earliest and latest event time */
  uint64_t unique;          /* hash of the value; 0 when the rule has none */
  uint64_t count;           /* matches */
  struct text match;        /* the earliest, encoded, owned */
};

/* Most windows have one alert and nothing pending, and there may be very many of them. */
struct window {
  struct window_alert *alerts; /* in the order in which they opened; at most ALERTS_MAX */
  size_t alert_count, alert_capacity;
  struct pending *pending; /* by `time` */
  size_t pending_count, pending_capacity;
  size_t match_bytes; /* of the pending matches */
  time_us end;
};

struct window *window_new(void) {
  struct window *window = memory_alloc(sizeof *window);
  window->end = TIME_NONE;
  window->alert_capacity = window->pending_capacity = 1;
  return window;
}

size_t window_memory(const struct window *window) {
  return sizeof *window + window->alert_capacity * sizeof *window->alerts +
         window->pending_capacity * sizeof *window->pending + window->match_bytes;
}

static void pending_remove(struct window *window, size_t index) {
  window->match_bytes -= window->pending[index].match.size;
  free((char *)(uintptr_t)window->pending[index].match.data);
  memmove(&window->pending[index], &window->pending[index + 1],
          (--window->pending_count - index) * sizeof *window->pending);
}

void window_free(struct window *window) {
  if (!window)
    return;
  while (window->pending_count > 0)
    pending_remove(window, window->pending_count - 1);
  free(window->pending);
  free(window->alerts);
  free(window);
}

static void alerts_reserve(struct window *window, size_t count) {
  window->alerts =
      memory_reserve(window->alerts, &window->alert_capacity, count, sizeof window->alerts[0]);
}

static void alerts_add(struct window *window, const struct window_alert *alert) {
  if (window->alert_count == ALERTS_MAX)
    memmove(&window->alerts[0], &window->alerts[1],
            --window->alert_count * sizeof window->alerts[0]);
  alerts_reserve(window, window->alert_count + 1);
  window->alerts[window->alert_count++] = *alert;
}

time_us window_end(const struct window *window) {
  return window->end;
}

/* The alert whose span covers `time`; or, for a late match, the nearest that opened less than a
 * period after it. */
static const struct window_alert *covering_alert(const struct window *window, time_us time,
                                                 int64_t period) {
  const struct window_alert *nearest = NULL;
  for (size_t i = window->alert_count; i-- > 0;) {
    const struct window_alert *alert = &window->alerts[i];
    if (alert->opened <= time && time - alert->opened < period)
      return alert;
    if (alert->opened > time && alert->opened - time < period &&
        (!nearest || alert->opened < nearest->opened))
      nearest = alert;
  }
  return nearest;
}

bool window_find(const struct window *window, time_us time, int64_t period,
                 struct window_alert *alert) {
  const struct window_alert *found = covering_alert(window, time, period);
  if (found)
    *alert = *found;
  return found;
}

void window_put(struct window *window, const struct window_alert *alert, int64_t period) {
  for (size_t i = 0; i < window->alert_count; i++)
    if (memcmp(window->alerts[i].id, alert->id, sizeof alert->id) == 0)
      return;
  alerts_add(window, alert);
  if (alert->opened + period > window->end)
    window->end = alert->opened + period;
}

void window_rename(struct window *window, const char *from, const char *to) {
  for (size_t i = 0; i < window->alert_count; i++)
    if (memcmp(window->alerts[i].id, from, ALERT_ID_SIZE) == 0)
      memcpy(window->alerts[i].id, to, ALERT_ID_SIZE);
}

/* Puts an entry where its time belongs; equal times stay in order of arrival. */
static size_t pending_insert(struct window *window, struct pending entry) {
  window->pending = memory_reserve(window->pending, &window->pending_capacity,
                                   window->pending_count + 1, sizeof *window->pending);
  size_t at = window->pending_count++;
  for (; at > 0 && window->pending[at - 1].time > entry.time; at--)
    window->pending[at] = window->pending[at - 1];
  window->pending[at] = entry;
  window->match_bytes += entry.match.size;
  return at;
}

/* The match between makes no difference: its entry goes into the later one. */
static void pending_absorb(struct window *window, size_t between, size_t later) {
  struct pending *from = &window->pending[between], *into = &window->pending[later];
  into->count += from->count;
  if (from->first_time < into->first_time) {
    struct text match = into->match;
    into->first_time = from->first_time;
    into->match = from->match;
    from->match = match;
  }
  pending_remove(window, between);
}

/* Of three matches with the same value within one period, every span that holds the middle one
 * holds one of the others. So two a period are enough to know when the threshold is reached,
 * whatever comes late. Returns where the entry `added` is now. */
static size_t drop_between(struct window *window, size_t added, int64_t period) {
  uint64_t unique = window->pending[added].unique;
  size_t seen = 0, before = 0, last = 0; /* the two entries of the value before entry i */
  for (size_t i = 0; i < window->pending_count; i++) {
    if (window->pending[i].unique != unique)
      continue;
    if (seen >= 2 && window->pending[i].time - window->pending[before].time < period) {
      pending_absorb(window, last, i);
      if (added > last || added == i)
        added--;
      else if (added == last)
        added = i - 1;
      last = --i;
      continue;
    }
    before = last;
    last = i;
    seen++;
  }
  return added;
}

static size_t pending_add(struct window *window, const struct match *match, int64_t period) {
  time_us time = match->event_time;
  uint64_t unique = match->outcome.has_unique ? text_hash(match->outcome.unique) | 1 : 0;
  struct buffer encoded = BUFFER_NONE;
  match_encode(match, &encoded);
  /* A copy, because it may stay for days, and a buffer has room to grow. */
  struct pending entry = {
      time, time, unique, 1, {memory_copy_bytes(encoded.data, encoded.size), encoded.size}};
  buffer_free(&encoded);
  size_t added = pending_insert(window, entry);
  return unique ? drop_between(window, added, period) : added;
}

/* Where a `unique` value was met last. */
struct place {
  uint64_t unique;
  size_t after; /* index + 1; 0: a free place */
};

struct places {
  struct place *items; /* open addressing */
  size_t capacity;     /* a power of two */
};

static struct places places_new(const struct window *window) {
  struct places places = {NULL, 16};
  size_t values = 0;
  for (size_t i = 0; i < window->pending_count; i++)
    values += window->pending[i].unique != 0;
  while (places.capacity < values * 2)
    places.capacity *= 2;
  places.items = memory_alloc_array(places.capacity, sizeof *places.items);
  return places;
}

static struct place *places_find(const struct places *places, uint64_t unique) {
  size_t at = hash_number(unique) & (places->capacity - 1);
  while (places->items[at].after && places->items[at].unique != unique)
    at = (at + 1) & (places->capacity - 1);
  return &places->items[at];
}

/* The earliest time at which the threshold is reached by a span that ends at the entry `added`
 * or, when that one came late, at one after it. Of the entries of one value in the span the last
 * one counts. */
static bool threshold_reached(const struct window *window, size_t added, int64_t threshold,
                              int64_t period, time_us *reached) {
  const struct pending *pending = window->pending;
  struct places places = places_new(window);
  bool *is_followed = memory_alloc_array(window->pending_count, sizeof *is_followed);
  size_t start = 0;
  int64_t distinct = 0;
  bool found = false;
  for (size_t end = 0; !found && end < window->pending_count; end++) {
    time_us time = pending[end].time;
    if (end > added && time - pending[added].time >= period)
      break;
    distinct++;
    if (pending[end].unique) {
      struct place *place = places_find(&places, pending[end].unique);
      if (place->after) {
        is_followed[place->after - 1] = true;
        distinct -= place->after > start;
      }
      *place = (struct place){pending[end].unique, end + 1};
    }
    for (; time - pending[start].time >= period; start++)
      distinct -= !is_followed[start];
    if (end >= added && distinct >= threshold) {
      *reached = time;
      found = true;
    }
  }
  free(is_followed);
  free(places.items);
  return found;
}

static bool touches(const struct pending *entry, time_us from, time_us to) {
  return entry->first_time <= to && entry->time >= from;
}

/* The times that an alert which opens at `opened` takes in: all that is pending around it, and what
 * lies among the matches that are in one entry. So every match of these times is the
 * alert's, and none of any other. */
static void find_times(const struct window *window, time_us opened, int64_t period, time_us *from,
                       time_us *to) {
  *from = opened - period + 1;
  *to = opened + period - 1;
  time_us first = opened, last = opened;
  for (bool wider = true; wider;) {
    wider = false;
    for (size_t i = 0; i < window->pending_count; i++) {
      const struct pending *entry = &window->pending[i];
      bool near = entry->time >= *from && entry->time <= *to;
      if (!near && !touches(entry, first, last))
        continue;
      wider = wider || entry->first_time < first || entry->time > last;
      first = entry->first_time < first ? entry->first_time : first;
      last = entry->time > last ? entry->time : last;
    }
  }
  *from = first;
  *to = last;
}

/* An alert opens at `opened`: takes in what is pending around it, the earliest as its first. */
static void open_alert(struct window *window, const struct match *match, time_us opened,
                       int64_t period, struct arena *arena, struct window_decision *decision) {
  size_t first = window->pending_count;
  find_times(window, opened, period, &decision->from, &decision->to);
  for (size_t i = 0; i < window->pending_count; i++) {
    const struct pending *entry = &window->pending[i];
    if (!touches(entry, decision->from, decision->to))
      continue;
    decision->count += (int64_t)entry->count;
    if (first == window->pending_count || entry->first_time < window->pending[first].first_time)
      first = i;
  }
  struct text encoded = arena_copy(arena, window->pending[first].match);
  if (!match_decode(encoded, match->rule, arena, &decision->first))
    decision->first = *match;
  match_alert_id(&decision->first, decision->alert_id);
  for (size_t i = window->pending_count; i-- > 0;)
    if (touches(&window->pending[i], decision->from, decision->to))
      pending_remove(window, i);
  if (window->pending_count == 0) {
    free(window->pending);
    window->pending = NULL;
    window->pending_capacity = 1;
  }

  struct window_alert alert = {.opened = opened};
  memcpy(alert.id, decision->alert_id, sizeof alert.id);
  alerts_add(window, &alert);
}

void window_apply(struct window *window, const struct match *match, struct arena *arena,
                  struct window_decision *decision) {
  int64_t period = match->rule->dedup_period;
  int64_t threshold = match->rule->threshold;
  *decision = (struct window_decision){.outcome = WINDOW_COUNTED};
  if (match->event_time + period > window->end)
    window->end = match->event_time + period;

  const struct window_alert *alert = covering_alert(window, match->event_time, period);
  if (alert) {
    decision->outcome = WINDOW_JOINED;
    memcpy(decision->alert_id, alert->id, sizeof alert->id);
    return;
  }
  size_t added = pending_add(window, match, period);
  time_us opened;
  if (threshold_reached(window, added, threshold, period, &opened)) {
    decision->outcome = WINDOW_OPENED;
    open_alert(window, match, opened, period, arena, decision);
    if (opened + period > window->end)
      window->end = opened + period;
  }
  int64_t wanted = match->outcome.has_unique ? 2 * threshold : threshold;
  if ((int64_t)window->pending_count > wanted + PENDING_EXTRA)
    pending_remove(window, 0);
}

/*
 * A saved window: u32 version, u32 alerts, u64 pending, i64 end; of each alert i64 opened and its
 * id; of each pending match i64 first time, i64 time, u64 unique, u64 count, u64 size, and the
 * match (match_encode).
 */
#define WINDOW_VERSION 2

void window_encode(const struct window *window, struct buffer *out) {
  codec_put_u32(out, WINDOW_VERSION);
  codec_put_u32(out, (uint32_t)window->alert_count);
  codec_put_u64(out, window->pending_count);
  codec_put_i64(out, window->end);
  for (size_t i = 0; i < window->alert_count; i++) {
    codec_put_i64(out, window->alerts[i].opened);
    codec_put_bytes(out, window->alerts[i].id, sizeof window->alerts[i].id);
  }
  for (size_t i = 0; i < window->pending_count; i++) {
    const struct pending *entry = &window->pending[i];
    codec_put_i64(out, entry->first_time);
    codec_put_i64(out, entry->time);
    codec_put_u64(out, entry->unique);
    codec_put_u64(out, entry->count);
    codec_put_u64(out, entry->match.size);
    codec_put_bytes(out, entry->match.data, entry->match.size);
  }
}

/* What is computed with the entry stays within its types, and it stands where its time belongs. */
static bool pending_is_sane(const struct window *window, const struct pending *entry) {
  return match_time_is_sane(entry->first_time) && match_time_is_sane(entry->time) &&
         entry->first_time <= entry->time && entry->count > 0 && entry->count <= PENDING_MOST &&
         (window->pending_count == 0 ||
          window->pending[window->pending_count - 1].time <= entry->time);
}

static bool decode_pending(struct window *window, struct codec_reader *in,
                           const struct rule *rule) {
  struct match match;
  struct arena arena = ARENA_NONE;
  struct pending entry = {.first_time = codec_take_i64(in)};
  entry.time = codec_take_i64(in);
  entry.unique = codec_take_u64(in);
  entry.count = codec_take_u64(in);
  struct text encoded = codec_take_bytes(in, codec_take_u64(in));
  bool ok = codec_ok(in) && pending_is_sane(window, &entry) &&
            match_decode(encoded, rule, &arena, &match);
  arena_free(&arena);
  if (!ok)
    return false;
  entry.match = (struct text){memory_copy_bytes(encoded.data, encoded.size), encoded.size};
  window->pending = memory_reserve(window->pending, &window->pending_capacity,
                                   window->pending_count + 1, sizeof *window->pending);
  window->pending[window->pending_count++] = entry;
  window->match_bytes += encoded.size;
  return true;
}

static bool decode(struct window *window, struct codec_reader *in, const struct rule *rule) {
  uint32_t version = codec_take_u32(in), alerts = codec_take_u32(in);
  uint64_t pending = codec_take_u64(in);
  window->end = codec_take_i64(in);
  if (!codec_ok(in) || version != WINDOW_VERSION || alerts > ALERTS_MAX ||
      (window->end != TIME_NONE && !match_time_is_sane(window->end)))
    return false;
  if (alerts > 0)
    alerts_reserve(window, alerts);
  for (uint32_t i = 0; i < alerts; i++) {
    window->alerts[i].opened = codec_take_i64(in);
    if (!match_time_is_sane(window->alerts[i].opened))
      codec_refuse(in);
    codec_copy_bytes(in, window->alerts[i].id, sizeof window->alerts[i].id);
  }
  window->alert_count = alerts;
  bool ok = codec_ok(in);
  for (uint64_t i = 0; ok && i < pending; i++)
    ok = decode_pending(window, in, rule);
  return ok && codec_end(in);
}

struct window *window_decode(struct text bytes, const struct rule *rule) {
  struct window *window = window_new();
  struct codec_reader in = codec_reader_of(bytes);
  if (decode(window, &in, rule))
    return window;
  window_free(window);
  return NULL;
}
