/*
 * Looking for an instance, by an example: A, then B twice, then C, within 60 minutes. The matches
 * of one key, with their minutes:
 *
 *   A0  C5  A10  B12  A20  B30  C40
 *
 * Forwards (find_starts): each match gets the latest start of a chain that it can end.
 *
 *   A0: 0   A10: 10   A20: 20    each A is a start
 *   B12: -  B30: 10              B30 is the second B; the latest A before both is A10
 *   C5: -   C40: 10              no two Bs come before C5; C40 continues the chain of B30
 *
 * Backwards (try_sequence), from each C, the earliest first: C5 has no start and is passed over.
 * The start of C40 is within 60 minutes, so each step takes its latest matches that fit:
 *
 *   C40 ◀── B30 B12 ◀── A10      A20 comes after B12
 *
 * That is the instance: it ends first, and begins as late as it can. A0 lies in the time of its
 * first step and is taken in, too. A20 is left for the next instance.
 *
 * The starts show what can be reached, so going back hardly ever tries twice: only where one event
 * is a match of several steps, or where something stands in between that must not. ATTEMPTS_MAX
 * bounds what such data can cost. A group has no order and no starts: its steps choose one after
 * the other from all that lies within the time (choose_any).
 */
#include "detect/correlation/correlation_find.h"

#include "base/memory.h"

#include <stdlib.h>

#define ATTEMPTS_MAX 4096 /* for one end */

struct search {
  const struct correlation_state *state;
  const struct correlation *correlation;
  size_t steps[CORRELATION_STEPS_MAX]; /* the needed ones */
  size_t count;
  time_us
      *starts[CORRELATION_STEPS_MAX]; /* sequence: the latest start of a chain through the needed
                                         steps up to this one, by its last match; TIME_NONE */
  struct correlation_reported
      chosen[CORRELATION_STEPS_MAX]; /* by needed step: times of its choices */
  time_us end, earliest;             /* of what may be chosen */
  unsigned attempts;
  struct correlation_find *find;
};

static const struct correlation_step *step_of(const struct search *search, size_t needed) {
  return &search->correlation->steps[search->steps[needed]];
}

static const struct correlation_line *line_of(const struct search *search, size_t needed) {
  return &search->state->lines[search->steps[needed]];
}

static const struct correlation_entry *entry_of(const struct search *search,
                                                const struct correlation_choice *choice) {
  return &search->state->lines[choice->step].items[choice->index];
}

/* How many of the line's entries are at or before `time`. */
static size_t count_until(const struct correlation_line *line, time_us time) {
  size_t low = 0, high = line->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (line->items[middle].time <= time)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* ---- starts ---- */

/* Whether only different values of the entries count. */
static bool counts_values(const struct correlation_step *step) {
  return step->unique.size > 0 || step->unique_rules;
}

/* Whether the value of entry `at` comes again in (at, last]. */
static bool comes_again(const struct correlation_line *line, size_t at, size_t last) {
  for (size_t i = at + 1; i <= last; i++)
    if (line->items[i].unique == line->items[at].unique)
      return true;
  return false;
}

/* For each entry the index at which the shortest run begins that ends there and holds as many
 * matches, or different values, as the step needs; SIZE_MAX: none does. */
static void find_runs(const struct correlation_line *line, const struct correlation_step *step,
                      size_t *runs) {
  size_t begin = 0;
  int64_t held = 0;
  for (size_t i = 0; i < line->count; i++) {
    bool is_new = true;
    for (size_t k = begin; counts_values(step) && is_new && k < i; k++)
      is_new = line->items[k].unique != line->items[i].unique;
    held += is_new;
    while (begin < i) {
      bool repeats = counts_values(step) && comes_again(line, begin, i);
      if (!repeats && held <= step->min)
        break;
      held -= !repeats;
      begin++;
    }
    runs[i] = held >= step->min ? begin : SIZE_MAX;
  }
}

/* The latest start of a chain that the run [begin, last] of the needed step can continue. Starts do
 * not fall along a line, so the nearest one before the run is the latest. */
static time_us start_before(const struct search *search, size_t needed, time_us begin,
                            time_us last) {
  const struct correlation_line *before = line_of(search, needed - 1);
  int64_t within = step_of(search, needed)->within;
  for (size_t i = count_until(before, begin); i-- > 0;) {
    if (within && last - before->items[i].time > within)
      break;
    if (search->starts[needed - 1][i] != TIME_NONE)
      return search->starts[needed - 1][i];
  }
  return TIME_NONE;
}

static void find_starts(struct search *search) {
  for (size_t needed = 0; needed < search->count; needed++) {
    const struct correlation_line *line = line_of(search, needed);
    size_t *runs = memory_alloc_array(line->count + 1, sizeof *runs);
    find_runs(line, step_of(search, needed), runs);
    search->starts[needed] = memory_alloc_array(line->count + 1, sizeof **search->starts);
    for (size_t i = 0; i < line->count; i++) {
      time_us begin = runs[i] == SIZE_MAX ? TIME_NONE : line->items[runs[i]].time;
      search->starts[needed][i] = needed == 0 || begin == TIME_NONE
                                      ? begin
                                      : start_before(search, needed, begin, line->items[i].time);
    }
    free(runs);
  }
}

/* ---- choosing ---- */

static bool row_is_chosen(const struct search *search, const struct correlation_entry *entry) {
  for (size_t i = search->find->needed_count; i-- > 0;) {
    const struct correlation_entry *other = entry_of(search, &search->find->needed[i]);
    if (other->time == entry->time && text_equal(other->row_id, entry->row_id))
      return true;
  }
  return false;
}

static bool value_is_chosen(const struct search *search, size_t from, uint64_t unique) {
  for (size_t i = from; i < search->find->needed_count; i++)
    if (entry_of(search, &search->find->needed[i])->unique == unique)
      return true;
  return false;
}

/* Chooses the run of a needed step that ends with the entry `last`. On failure nothing stays
 * chosen. */
static bool choose_run(struct search *search, size_t needed, size_t last) {
  const struct correlation_line *line = line_of(search, needed);
  const struct correlation_step *step = step_of(search, needed);
  struct correlation_find *find = search->find;
  size_t before = find->needed_count;
  int64_t held = 0;
  for (size_t i = last + 1; i-- > 0 && held < step->min;) {
    const struct correlation_entry *entry = &line->items[i];
    if (entry->time < search->earliest)
      break;
    bool taken = row_is_chosen(search, entry) ||
                 (counts_values(step) && value_is_chosen(search, before, entry->unique));
    if (taken && i == last)
      break;
    if (taken)
      continue;
    find->needed[find->needed_count++] =
        (struct correlation_choice){.step = search->steps[needed], .index = i};
    held++;
  }
  if (held < step->min) {
    find->needed_count = before;
    return false;
  }
  search->chosen[needed] = (struct correlation_reported){
      entry_of(search, &find->needed[find->needed_count - 1])->time, line->items[last].time};
  return true;
}

/* How much of a step happened in a span, apart from the rows that other steps need. */
static int64_t count_within(const struct search *search, size_t step,
                            struct correlation_reported span) {
  const struct correlation_line *line = &search->state->lines[step];
  bool by_value = search->correlation->steps[step].unique.size > 0;
  int64_t count = 0;
  size_t end = count_until(line, span.last), first = end;
  while (first > 0 && line->items[first - 1].time >= span.first)
    first--;
  for (size_t i = first; i < end; i++) {
    bool elsewhere = false;
    for (size_t k = 0; !elsewhere && k < search->find->needed_count; k++) {
      const struct correlation_choice *choice = &search->find->needed[k];
      const struct correlation_entry *other = entry_of(search, choice);
      elsewhere = choice->step != step && other->time == line->items[i].time &&
                  text_equal(other->row_id, line->items[i].row_id);
    }
    count += !elsewhere && !(by_value && comes_again(line, i, end - 1));
  }
  return count;
}

static bool is_exceeded(const struct search *search, size_t step,
                        struct correlation_reported span) {
  const struct correlation_step *wanted = &search->correlation->steps[step];
  return correlation_step_is_bounded(wanted) && count_within(search, step, span) > wanted->max;
}

/* ---- judging what was chosen ---- */

static time_us later(time_us a, time_us b) {
  return a > b ? a : b;
}

/* Until when a step is looked at that nothing comes after. `before`: the needed step before it, or
 * SIZE_MAX. */
static time_us end_of_last(const struct search *search, size_t step, size_t before) {
  int64_t within = search->correlation->steps[step].within;
  if (within && before != SIZE_MAX)
    return search->chosen[before].last + within;
  return search->find->first + search->correlation->within;
}

/* The span of a step of a sequence, by the needed steps that it stands between. */
static struct correlation_reported span_in_sequence(const struct search *search, size_t step) {
  size_t before = SIZE_MAX, after = SIZE_MAX;
  bool is_needed = false;
  for (size_t i = 0; i < search->count; i++) {
    is_needed = is_needed || search->steps[i] == step;
    if (search->steps[i] < step)
      before = i;
    else if (search->steps[i] > step && after == SIZE_MAX)
      after = i;
  }
  struct correlation_reported span = {.first = before == SIZE_MAX ? search->earliest
                                                                  : search->chosen[before].last};
  bool bounded = correlation_step_is_bounded(&search->correlation->steps[step]);
  if (is_needed && search->count == 1 && !bounded)
    span.first = search->find->first; /* what came before did not become an instance */
  if (after != SIZE_MAX)
    span.last = search->chosen[after].first;
  else if (bounded)
    span.last = end_of_last(search, step, before);
  else
    span.last = search->find->last;
  return span;
}

static struct correlation_reported span_in_group(const struct search *search, size_t step) {
  bool bounded = correlation_step_is_bounded(&search->correlation->steps[step]);
  return (struct correlation_reported){search->find->last - search->correlation->within,
                                       bounded ? search->find->first + search->correlation->within
                                               : search->find->last};
}

/* Works out the times of what was chosen; false when a step happened too often. */
static bool judge(struct search *search) {
  const struct correlation *correlation = search->correlation;
  struct correlation_find *find = search->find;
  bool is_sequence = correlation->order == CORRELATION_SEQUENCE;
  find->first = search->chosen[0].first;
  find->last = search->chosen[0].last;
  for (size_t i = 1; i < search->count; i++) {
    find->first = search->chosen[i].first < find->first ? search->chosen[i].first : find->first;
    find->last = later(find->last, search->chosen[i].last);
  }
  find->decided = TIME_NONE;
  find->reported = find->last;
  for (size_t i = 0; i < correlation->step_count; i++) {
    find->range[i] = is_sequence ? span_in_sequence(search, i) : span_in_group(search, i);
    if (!correlation_step_is_bounded(&correlation->steps[i]))
      continue;
    if (is_exceeded(search, i, find->range[i]))
      return false;
    find->reported = later(find->reported, find->range[i].last);
  }
  /* Not before all that it takes in is known, either: so instances are reported in order of time.
   */
  if (correlation_is_bounded(correlation))
    find->decided = find->reported;
  /* What a last step that is needed takes in goes on for as long as the instance does. */
  size_t last = search->steps[search->count - 1];
  if (is_sequence && find->range[last].last < find->reported)
    find->range[last].last = find->reported;
  return true;
}

/* Whether something stands between two needed steps of a sequence that must not. */
static bool is_interrupted(const struct search *search, size_t needed) {
  struct correlation_reported span = {search->chosen[needed].last,
                                      search->chosen[needed + 1].first};
  for (size_t i = search->steps[needed] + 1; i < search->steps[needed + 1]; i++)
    if (is_exceeded(search, i, span))
      return true;
  return false;
}

/* Chooses for the needed steps from `needed` down to the first, then judges. */
static bool choose_back(struct search *search, size_t needed) {
  const struct correlation_line *line = line_of(search, needed);
  const struct correlation_reported *next = &search->chosen[needed + 1];
  int64_t within = step_of(search, needed + 1)->within;
  for (size_t i = count_until(line, next->first); i-- > 0;) {
    time_us start = search->starts[needed][i];
    if (line->items[i].time < search->earliest ||
        (within && next->last - line->items[i].time > within) || search->attempts == 0)
      break;
    search->attempts--;
    if (start == TIME_NONE)
      continue;
    if (start < search->earliest)
      break;
    size_t before = search->find->needed_count;
    if (!choose_run(search, needed, i))
      continue;
    bool interrupted = is_interrupted(search, needed);
    if (!interrupted && (needed == 0 ? judge(search) : choose_back(search, needed - 1)))
      return true;
    search->find->needed_count = before;
    if (interrupted)
      break; /* going further back, it stays in between */
  }
  return false;
}

/* Chooses for the needed steps of a group from `needed` on, then judges. */
static bool choose_any(struct search *search, size_t needed) {
  if (needed == search->count)
    return judge(search);
  const struct correlation_line *line = line_of(search, needed);
  for (size_t i = count_until(line, search->end); i-- > 0 && search->attempts > 0;) {
    if (line->items[i].time < search->earliest)
      break;
    search->attempts--;
    size_t before = search->find->needed_count;
    if (!choose_run(search, needed, i))
      continue;
    if (choose_any(search, needed + 1))
      return true;
    search->find->needed_count = before;
  }
  return false;
}

/* ---- the ends ---- */

static enum correlation_finding finding_of(const struct search *search, time_us complete) {
  time_us decided = search->find->decided;
  return decided == TIME_NONE || decided < complete ? CORRELATION_FOUND : CORRELATION_PENDING;
}

static void begin_end(struct search *search, time_us end) {
  search->end = end;
  search->earliest = end - search->correlation->within;
  search->attempts = ATTEMPTS_MAX;
  search->find->needed_count = 0;
}

static bool try_sequence(struct search *search, size_t end) {
  size_t last = search->count - 1;
  const struct correlation_line *line = line_of(search, last);
  begin_end(search, line->items[end].time);
  time_us start = search->starts[last] ? search->starts[last][end] : TIME_NONE;
  if (start == TIME_NONE || start < search->earliest || !choose_run(search, last, end))
    return false;
  return last == 0 ? judge(search) : choose_back(search, last - 1);
}

static enum correlation_finding find_sequence(struct search *search, time_us from,
                                              time_us complete) {
  const struct correlation_line *line = line_of(search, search->count - 1);
  enum correlation_finding finding = CORRELATION_NOTHING;
  find_starts(search);
  for (size_t i = 0; finding == CORRELATION_NOTHING && i < line->count; i++)
    if (line->items[i].time >= from && try_sequence(search, i))
      finding = finding_of(search, complete);
  for (size_t i = 0; i < search->count; i++)
    free(search->starts[i]);
  return finding;
}

/* Whether every needed step has enough matches in the time that may be chosen from. */
static bool group_has_enough(const struct search *search) {
  for (size_t i = 0; i < search->count; i++) {
    const struct correlation_line *line = line_of(search, i);
    size_t held = count_until(line, search->end) - count_until(line, search->earliest - 1);
    if ((int64_t)held < step_of(search, i)->min)
      return false;
  }
  return true;
}

static int compare_times(const void *left, const void *right) {
  const time_us *a = left, *b = right;
  return (*a > *b) - (*a < *b);
}

static enum correlation_finding find_group(struct search *search, time_us from, time_us complete) {
  size_t total = 0, count = 0;
  for (size_t i = 0; i < search->count; i++)
    total += line_of(search, i)->count;
  time_us *ends = memory_alloc_array(total, sizeof *ends);
  for (size_t i = 0; i < search->count; i++)
    for (size_t k = 0; k < line_of(search, i)->count; k++)
      if (line_of(search, i)->items[k].time >= from)
        ends[count++] = line_of(search, i)->items[k].time;
  if (count)
    qsort(ends, count, sizeof *ends, compare_times);
  enum correlation_finding finding = CORRELATION_NOTHING;
  for (size_t i = 0; finding == CORRELATION_NOTHING && i < count; i++) {
    if (i > 0 && ends[i] == ends[i - 1])
      continue;
    begin_end(search, ends[i]);
    if (group_has_enough(search) && choose_any(search, 0))
      finding = finding_of(search, complete);
  }
  free(ends);
  return finding;
}

enum correlation_finding correlation_find(const struct correlation_state *state, time_us from,
                                          time_us complete, struct correlation_find *find) {
  struct search search = {.state = state, .correlation = state->correlation, .find = find};
  for (size_t i = 0; i < state->correlation->step_count; i++) {
    if (state->correlation->steps[i].min == 0)
      continue;
    if (state->lines[i].count == 0)
      return CORRELATION_NOTHING;
    search.steps[search.count++] = i;
  }
  return state->correlation->order == CORRELATION_SEQUENCE ? find_sequence(&search, from, complete)
                                                           : find_group(&search, from, complete);
}
