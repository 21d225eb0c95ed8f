#include "detect/correlation/correlation_state.h"

#include "base/codec.h"
#include "base/memory.h"
#include "detect/correlation/correlation_event.h"
#include "detect/correlation/correlation_find.h"
#include "detect/correlation/correlation_measure.h"

#include <stdlib.h>

/* Matches kept of a step beyond those that it can ask for. */
#define LINE_EXTRA 64

struct correlation_state *correlation_state_new(const struct correlation *correlation) {
  struct correlation_state *state = memory_alloc(sizeof *state);
  state->correlation = correlation;
  state->forgotten = INT64_MIN;
  state->lines = memory_alloc_array(correlation->step_count, sizeof *state->lines);
  state->bytes = sizeof *state + correlation->step_count * sizeof *state->lines;
  return state;
}

static size_t line_max(const struct correlation *correlation, const struct correlation_step *step) {
  if (correlation->measure)
    return CORRELATION_MEASURED_MAX;
  int64_t most = step->max == CORRELATION_NO_MAX || step->max < step->min ? step->min : step->max;
  return (size_t)most + LINE_EXTRA;
}

/* ---- entries ---- */

/* One piece of memory holds the texts; it begins where the row id does. */
static struct correlation_entry copy_entry(const struct correlation_entry *entry) {
  struct correlation_entry copy = *entry;
  copy.title = text_cut(entry->title, CORRELATION_TITLE_MAX);
  if (copy.event.size > CORRELATION_EVENT_MAX)
    copy.event.size = 0;
  copy.actor = text_cut(entry->actor, CORRELATION_TITLE_MAX);
  struct text *const texts[] = {&copy.row_id, &copy.title, &copy.event, &copy.actor};
  size_t size = copy.row_id.size + copy.title.size + copy.event.size + copy.actor.size;
  char *bytes = memory_alloc(size + 1), *at = bytes;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (texts[i]->size)
      memcpy(at, texts[i]->data, texts[i]->size);
    texts[i]->data = at;
    at += texts[i]->size;
  }
  return copy;
}

static void free_entry(struct correlation_entry *entry) {
  free((char *)(uintptr_t)entry->row_id.data);
}

static size_t entry_bytes(const struct correlation_entry *entry) {
  return sizeof *entry + entry->row_id.size + entry->title.size + entry->event.size +
         entry->actor.size + 1;
}

static int compare_rows(const struct correlation_entry *a, const struct correlation_entry *b) {
  if (a->time != b->time)
    return a->time < b->time ? -1 : 1;
  return text_compare(a->row_id, b->row_id);
}

static bool same_row(const struct correlation_entry *a, const struct correlation_entry *b) {
  return a->time == b->time && text_equal(a->row_id, b->row_id);
}

static void line_free(struct correlation_line *line) {
  for (size_t i = 0; i < line->count; i++)
    free_entry(&line->items[i]);
  free(line->items);
}

static void lines_free(struct correlation_line *lines, size_t count) {
  for (size_t i = 0; i < count; i++)
    line_free(&lines[i]);
  free(lines);
}

void correlation_state_free(struct correlation_state *state) {
  if (!state)
    return;
  lines_free(state->lines, state->correlation->step_count);
  free(state);
}

/* Takes entries out of the line without releasing what they own. */
static void line_cut(struct correlation_line *line, size_t at, size_t count) {
  line->count -= count;
  memmove(&line->items[at], &line->items[at + count], (line->count - at) * sizeof *line->items);
}

static void drop_oldest(struct correlation_state *state, struct correlation_line *line,
                        size_t count) {
  for (size_t i = 0; i < count; i++) {
    state->bytes -= entry_bytes(&line->items[i]);
    free_entry(&line->items[i]);
  }
  if (count)
    line_cut(line, 0, count);
}

static bool was_reported(const struct correlation_state *state, time_us time) {
  for (size_t i = 0; i < state->reported_count; i++)
    if (state->reported[i].first <= time && time < state->reported[i].last)
      return true;
  return false;
}

enum correlation_added correlation_state_add(struct correlation_state *state, size_t step,
                                             const struct correlation_entry *entry) {
  const struct correlation_step *wanted = &state->correlation->steps[step];
  struct correlation_line *line = &state->lines[step];
  if (wanted->min > 0 && was_reported(state, entry->time))
    return CORRELATION_KNOWN;
  size_t at = line->count;
  for (; at > 0; at--) {
    int order = compare_rows(&line->items[at - 1], entry);
    if (order == 0)
      return CORRELATION_KNOWN;
    if (order < 0)
      break;
  }
  line->items = memory_reserve(line->items, &line->capacity, line->count + 1, sizeof *line->items);
  memmove(&line->items[at + 1], &line->items[at], (line->count - at) * sizeof *line->items);
  line->items[at] = copy_entry(entry);
  if (state->correlation->measure && line->count >= CORRELATION_EVENTS_SHOWN)
    line->items[at].event.size = 0; /* a thousand events would be too much for what is shown */
  line->count++;
  state->bytes += entry_bytes(&line->items[at]);
  if (line->count <= line_max(state->correlation, wanted))
    return CORRELATION_ADDED;
  drop_oldest(state, line, 1);
  return CORRELATION_OVERFLOWED;
}

void correlation_state_expire(struct correlation_state *state, time_us before) {
  for (size_t i = 0; i < state->correlation->step_count; i++) {
    struct correlation_line *line = &state->lines[i];
    size_t old = 0;
    while (old < line->count && line->items[old].time < before)
      old++;
    drop_oldest(state, line, old);
  }
  size_t kept = 0;
  for (size_t i = 0; i < state->reported_count; i++)
    if (state->reported[i].last >= before)
      state->reported[kept++] = state->reported[i];
  state->reported_count = kept;
  if (before > state->forgotten)
    state->forgotten = before;
}

time_us correlation_state_latest(const struct correlation_state *state) {
  time_us latest = TIME_NONE;
  for (size_t i = 0; i < state->correlation->step_count; i++) {
    const struct correlation_line *line = &state->lines[i];
    if (line->count && line->items[line->count - 1].time > latest)
      latest = line->items[line->count - 1].time;
  }
  for (size_t i = 0; i < state->reported_count; i++)
    if (state->reported[i].last > latest)
      latest = state->reported[i].last;
  return latest;
}

/* ---- taking an instance out ---- */

/* Which entries of which line leave the state, and those of them that are the instance's. */
struct taking {
  struct correlation_state *state;
  bool *takes[CORRELATION_STEPS_MAX], *leaves[CORRELATION_STEPS_MAX];
};

/* The row leaves every line: it can be part of one instance only. */
static void mark_row(struct taking *taking, const struct correlation_entry *row) {
  const struct correlation_state *state = taking->state;
  for (size_t i = 0; i < state->correlation->step_count; i++)
    for (size_t k = 0; k < state->lines[i].count; k++)
      if (same_row(&state->lines[i].items[k], row))
        taking->leaves[i][k] = true;
}

static void mark(struct taking *taking, const struct correlation_find *find) {
  const struct correlation_state *state = taking->state;
  for (size_t i = 0; i < find->needed_count; i++) {
    const struct correlation_choice *choice = &find->needed[i];
    taking->takes[choice->step][choice->index] = true;
    mark_row(taking, &state->lines[choice->step].items[choice->index]);
  }
  for (size_t i = 0; i < state->correlation->step_count; i++) {
    if (state->correlation->steps[i].max == 0)
      continue;
    for (size_t k = 0; k < state->lines[i].count; k++) {
      const struct correlation_entry *entry = &state->lines[i].items[k];
      if (taking->leaves[i][k] || entry->time < find->range[i].first ||
          entry->time > find->range[i].last)
        continue;
      taking->takes[i][k] = true;
      mark_row(taking, entry);
    }
  }
}

/* Moves what is taken to the instance, and releases what else leaves. */
static void move_marked(struct taking *taking, struct correlation_instance *instance) {
  struct correlation_state *state = taking->state;
  for (size_t i = 0; i < instance->step_count; i++) {
    struct correlation_line *line = &state->lines[i], *to = &instance->steps[i];
    const bool *leaves = taking->leaves[i], *takes = taking->takes[i];
    size_t kept = 0;
    if (!line->items || !leaves || !takes)
      continue;
    to->items = memory_alloc_array(line->count + 1, sizeof *to->items);
    for (size_t k = 0; k < line->count; k++) {
      struct correlation_entry *entry = &line->items[k];
      if (!leaves[k]) {
        line->items[kept++] = *entry;
        continue;
      }
      state->bytes -= entry_bytes(entry);
      if (takes[k])
        to->items[to->count++] = *entry;
      else
        free_entry(entry);
    }
    line->count = kept;
  }
}

static const struct correlation_entry *find_entry(const struct correlation_instance *instance,
                                                  size_t step,
                                                  const struct correlation_entry *wanted) {
  const struct correlation_line *line = &instance->steps[step];
  for (size_t i = 0; i < line->count; i++)
    if (line->items[i].row_id.data == wanted->row_id.data)
      return &line->items[i];
  return NULL;
}

/* The needed matches that come first and last; by step where times are equal. */
static void name_ends(const struct correlation_state *state, const struct correlation_find *find,
                      struct correlation_entry *first, size_t *first_step,
                      struct correlation_entry *last, size_t *last_step) {
  bool any = false;
  for (size_t i = 0; i < find->needed_count; i++) {
    const struct correlation_choice *choice = &find->needed[i];
    const struct correlation_entry *entry = &state->lines[choice->step].items[choice->index];
    int before = !any || entry->time < first->time ||
                 (entry->time == first->time && choice->step < *first_step);
    int after = !any || entry->time > last->time ||
                (entry->time == last->time && choice->step > *last_step);
    if (before) {
      *first = *entry;
      *first_step = choice->step;
    }
    if (after) {
      *last = *entry;
      *last_step = choice->step;
    }
    any = true;
  }
}

static void remember_reported(struct correlation_state *state, time_us first, time_us last) {
  if (state->reported_count == CORRELATION_REPORTED_MAX)
    memmove(&state->reported[0], &state->reported[1],
            --state->reported_count * sizeof state->reported[0]);
  state->reported[state->reported_count++] = (struct correlation_reported){first, last};
}

static void take_found(struct correlation_state *state, const struct correlation_find *find,
                       struct correlation_instance *instance) {
  size_t steps = state->correlation->step_count, first_step = 0, last_step = 0;
  struct correlation_entry first = {0}, last = {0};
  struct taking taking = {.state = state};
  *instance =
      (struct correlation_instance){.steps = memory_alloc_array(steps, sizeof *instance->steps),
                                    .step_count = steps,
                                    .last = find->last,
                                    .reported = find->reported,
                                    .measured = find->measured};
  name_ends(state, find, &first, &first_step, &last, &last_step);
  for (size_t i = 0; i < steps; i++) {
    taking.takes[i] = memory_alloc(state->lines[i].count + 1);
    taking.leaves[i] = memory_alloc(state->lines[i].count + 1);
  }
  mark(&taking, find);
  move_marked(&taking, instance);
  for (size_t i = 0; i < steps; i++) {
    free(taking.takes[i]);
    free(taking.leaves[i]);
  }
  instance->first_needed = find_entry(instance, first_step, &first);
  instance->last_needed = find_entry(instance, last_step, &last);
  instance->first = find->first;
  for (size_t i = 0; i < steps; i++)
    if (instance->steps[i].count && instance->steps[i].items[0].time < instance->first)
      instance->first = instance->steps[i].items[0].time;
  remember_reported(state, instance->first, find->reported);
}

/* The matches of a span that was looked at and is no instance. */
static void pass_over(struct correlation_state *state, const struct correlation_find *find) {
  struct correlation_line *line = &state->lines[0];
  size_t count = 0;
  while (count < line->count && line->items[count].time <= find->range[0].last)
    count++;
  remember_reported(state, find->first, find->reported);
  drop_oldest(state, line, count);
}

static enum correlation_finding find_next(struct correlation_state *state, time_us from,
                                          time_us complete, struct correlation_find *find) {
  enum correlation_finding finding;
  if (!state->correlation->measure)
    return correlation_find(state, from, complete, find);
  while ((finding = correlation_measure_find(state, from, complete, find)) == CORRELATION_PASSED)
    pass_over(state, find);
  return finding;
}

/* `needed` is long, and written before it is read: only the rest is zeroed. */
static struct correlation_find *new_find(void) {
  const size_t rest = offsetof(struct correlation_find, needed_count);
  struct correlation_find *find = memory_resize(NULL, sizeof *find);
  memset((char *)find + rest, 0, sizeof *find - rest);
  return find;
}

bool correlation_state_take(struct correlation_state *state, time_us from, time_us complete,
                            struct correlation_instance *instance, time_us *due) {
  struct correlation_find *find = new_find();
  int64_t within = state->correlation->within;
  if (correlation_is_bounded(state->correlation) && state->forgotten > INT64_MIN &&
      from < state->forgotten + within)
    from = state->forgotten + within;
  enum correlation_finding finding = find_next(state, from, complete, find);
  *due = finding == CORRELATION_PENDING ? find->decided : TIME_NONE;
  if (finding == CORRELATION_FOUND)
    take_found(state, find, instance);
  free(find);
  return finding == CORRELATION_FOUND;
}

void correlation_instance_free(struct correlation_instance *instance) {
  lines_free(instance->steps, instance->step_count);
  instance->steps = NULL;
}

/* ---- saved state ---- */

/*
 * u32 version, u32 reported spans, i64 forgotten, u64 hash of what the correlation is; of each span
 * i64 first, i64 last; for each step u64 matches, and of each match i64 time, u64 unique, u32
 * source, the u32 sizes of row id, title, event and actor, and these. Version 1 has no actor.
 */
#define STATE_VERSION 2
#define STATE_VERSION_LEAST 1
#define ENTRY_TEXTS(entry)                                                                         \
  { &(entry)->row_id, &(entry)->title, &(entry)->event, &(entry)->actor }

/* Far beyond any event's, and far enough from the ends to be calculated with. */
#define TIME_MOST (INT64_MAX / 4)

static uint64_t mix(uint64_t hash, struct text text) {
  return (hash ^ text_hash(text)) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Of the number's bytes, the lowest first, on every machine. */
static uint64_t mix_number(uint64_t hash, int64_t number) {
  char bytes[sizeof number];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (char)((uint64_t)number >> (8 * i));
  return mix(hash, (struct text){bytes, sizeof bytes});
}

static uint64_t mix_real(uint64_t hash, double number) {
  int64_t bits;
  memcpy(&bits, &number, sizeof bits);
  return mix_number(hash, bits);
}

static uint64_t measure_hash(const struct correlation_measure *measure) {
  uint64_t hash = mix_real(mix_number(2, measure->kind), measure->percentile);
  for (size_t i = 0; i < measure->bound_count; i++)
    hash = mix_real(mix_number(hash, measure->bounds[i].comparison), measure->bounds[i].value);
  for (int i = 0; measure->is_points && i < SEVERITY_COUNT; i++)
    hash = mix_real(hash, measure->points[i]);
  return hash;
}

/* Of all that decides what an instance is. */
static uint64_t steps_hash(const struct correlation *correlation) {
  const int64_t times[] = {correlation->order, correlation->within, correlation->lookback,
                           correlation->late, (int64_t)correlation->step_count};
  uint64_t hash = correlation->measure ? measure_hash(correlation->measure) : 1;
  for (size_t i = 0; i < sizeof times / sizeof *times; i++)
    hash = mix_number(hash, times[i]);
  for (size_t i = 0; i < correlation->step_count; i++) {
    const struct correlation_step *step = &correlation->steps[i];
    hash = mix(mix(hash, step->id), step->unique);
    hash = mix_number(mix_number(mix_number(hash, step->min), step->max), step->within);
    hash = step->unique_rules ? mix_number(hash, 1) : hash;
    for (size_t k = 0; k < step->source_count; k++) {
      hash = mix(hash, step->sources[k].rule_id);
      for (size_t n = 0; n < step->sources[k].on.count; n++)
        hash = mix(hash, step->sources[k].on.items[n]);
      for (size_t n = 0; n < step->sources[k].counted.count; n++)
        hash = mix(mix_number(hash, 1), step->sources[k].counted.items[n]);
    }
  }
  return hash;
}

static void encode_entry(const struct correlation_entry *entry, struct buffer *out) {
  const struct text *const texts[] = ENTRY_TEXTS(entry);
  codec_put_i64(out, entry->time);
  codec_put_u64(out, entry->unique);
  codec_put_u32(out, entry->source);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    codec_put_u32(out, (uint32_t)texts[i]->size);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    codec_put_bytes(out, texts[i]->data, texts[i]->size);
}

void correlation_state_encode(const struct correlation_state *state, struct buffer *out) {
  codec_put_u32(out, STATE_VERSION);
  codec_put_u32(out, (uint32_t)state->reported_count);
  codec_put_i64(out, state->forgotten);
  codec_put_u64(out, steps_hash(state->correlation));
  for (size_t i = 0; i < state->reported_count; i++) {
    codec_put_i64(out, state->reported[i].first);
    codec_put_i64(out, state->reported[i].last);
  }
  for (size_t i = 0; i < state->correlation->step_count; i++) {
    const struct correlation_line *line = &state->lines[i];
    codec_put_u64(out, line->count);
    for (size_t k = 0; k < line->count; k++)
      encode_entry(&line->items[k], out);
  }
}

static struct correlation_entry decode_entry(struct codec_reader *in, uint32_t version) {
  struct correlation_entry entry = {.time = codec_take_i64(in), .actor = TEXT("")};
  struct text *const texts[] = ENTRY_TEXTS(&entry);
  uint32_t sizes[sizeof texts / sizeof *texts];
  size_t count = sizeof texts / sizeof *texts - (version < 2);
  entry.unique = codec_take_u64(in);
  entry.source = codec_take_u32(in);
  for (size_t i = 0; i < count; i++)
    sizes[i] = codec_take_u32(in);
  for (size_t i = 0; i < count; i++)
    *texts[i] = codec_take_bytes(in, sizes[i]);
  return entry;
}

static void decode_line(struct correlation_state *state, size_t step, uint32_t version,
                        struct codec_reader *in) {
  uint64_t count = codec_take_u64(in);
  for (uint64_t i = 0; codec_ok(in) && i < count; i++) {
    struct correlation_entry entry = decode_entry(in, version);
    if (entry.source >= state->correlation->steps[step].source_count || entry.time <= -TIME_MOST ||
        entry.time >= TIME_MOST)
      codec_refuse(in);
    if (codec_ok(in))
      correlation_state_add(state, step, &entry);
  }
}

static bool decode(struct correlation_state *state, struct codec_reader *in) {
  struct correlation_reported reported[CORRELATION_REPORTED_MAX];
  uint32_t version = codec_take_u32(in), reported_count = codec_take_u32(in);
  time_us forgotten = codec_take_i64(in);
  uint64_t steps = codec_take_u64(in);
  if (!codec_ok(in) || version < STATE_VERSION_LEAST || version > STATE_VERSION ||
      steps != steps_hash(state->correlation) || reported_count > CORRELATION_REPORTED_MAX ||
      forgotten >= TIME_MOST)
    return false;
  for (size_t i = 0; i < reported_count; i++) {
    reported[i].first = codec_take_i64(in);
    reported[i].last = codec_take_i64(in);
  }
  for (size_t i = 0; i < state->correlation->step_count; i++)
    decode_line(state, i, version, in);
  if (!codec_end(in))
    return false;
  /* Last, because lines that hold something must take it whatever was reported. */
  memcpy(state->reported, reported, reported_count * sizeof *reported);
  state->reported_count = reported_count;
  state->forgotten = forgotten;
  return true;
}

struct correlation_state *correlation_state_decode(struct text bytes,
                                                   const struct correlation *correlation) {
  struct correlation_state *state = correlation_state_new(correlation);
  struct codec_reader in = codec_reader_of(bytes);
  if (decode(state, &in))
    return state;
  correlation_state_free(state);
  return NULL;
}
