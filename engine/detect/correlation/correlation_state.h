/*
 * What a correlation remembers of one key: the matches of each step that may still become an
 * instance, in order of event time, and which times were reported already. rule/correlation.h says
 * what an instance is.
 *
 * A state depends on nothing but what is given to it; late matches are put at their place. It is
 * bounded: each step holds 64 matches more than it can ask for, and the oldest leave first.
 */
#ifndef DETECT_CORRELATION_CORRELATION_STATE_H
#define DETECT_CORRELATION_CORRELATION_STATE_H

#include "base/buffer.h"
#include "rule/correlation.h"

/* A match, as far as a correlation needs it. */
struct correlation_entry {
  time_us time;
  uint64_t unique; /* hash of the value that the step counts, or the bits of the double that is
                      measured; 0 when every match counts */
  uint32_t source; /* which of the step's rules */
  struct text row_id, title, actor; /* actor: who did it; may be empty */
  struct text event;                /* JSON; empty when it is larger than CORRELATION_EVENT_MAX */
};

#define CORRELATION_TITLE_MAX 200  /* bytes that are kept, of the actor too */
#define CORRELATION_EVENT_MAX 2048 /* bytes */

struct correlation_line {
  struct correlation_entry *items; /* in order of time, then row id; they own their texts */
  size_t count, capacity;
};

/* A span of time that an instance took: matches that come late into it belong to what was reported.
 */
struct correlation_reported {
  time_us first, last;
};
#define CORRELATION_REPORTED_MAX 16

struct correlation_state {
  const struct correlation *correlation;
  struct correlation_line *lines; /* one per step */
  struct correlation_reported reported[CORRELATION_REPORTED_MAX];
  size_t reported_count;
  time_us forgotten; /* nothing from before is left; INT64_MIN: nothing was forgotten */
  size_t bytes;      /* about how much memory it takes */
};

struct correlation_state *correlation_state_new(const struct correlation *correlation);
void correlation_state_free(struct correlation_state *state); /* NULL is fine */

enum correlation_added {
  CORRELATION_ADDED,
  CORRELATION_OVERFLOWED, /* added; an older match of the step had to leave */
  CORRELATION_KNOWN       /* the row is there already, or in a time that was reported */
};

/* Copies the entry. */
enum correlation_added correlation_state_add(struct correlation_state *state, size_t step,
                                             const struct correlation_entry *entry);

struct correlation_instance {
  struct correlation_line *steps; /* the matches that took part, one line a step; owned */
  size_t step_count;
  time_us first, last; /* event times: of the first match, and of the last that was needed */
  time_us reported;    /* `last`; where time had to pass after it: the end of that time */
  const struct correlation_entry *first_needed, *last_needed; /* in `steps` */
  double measured;                                            /* of a correlation with a measure */
};

/*
 * Takes the next instance out of the state. Everything that happened before `complete` is known:
 * what must be absent until then is. Ends before `from` were looked at before and are passed over
 * (INT64_MIN: none). False when there is none; then *due is the time that `complete` must be past
 * before there may be one, or TIME_NONE.
 */
bool correlation_state_take(struct correlation_state *state, time_us from, time_us complete,
                            struct correlation_instance *instance, time_us *due);
void correlation_instance_free(struct correlation_instance *instance);

/* Forgets what happened before `before`; instances that end so early that something forgotten could
 * have stood against them are passed over from then on. */
void correlation_state_expire(struct correlation_state *state, time_us before);

/* The time of its latest match or reported span; TIME_NONE when nothing is left. */
time_us correlation_state_latest(const struct correlation_state *state);

/* Saved state, and back. NULL when the bytes are damaged, or of a correlation that was
 * another in anything that decides what an instance is. */
void correlation_state_encode(const struct correlation_state *state, struct buffer *out);
struct correlation_state *correlation_state_decode(struct text bytes,
                                                   const struct correlation *correlation);

#endif
