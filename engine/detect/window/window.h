/*
 * The room detect/window groups matches by dedup, threshold and time.
 *
 * Windows: how the matches of one (rule, dedup) are grouped into alerts, over event time only.
 *
 * Threshold: an alert opens when `threshold` matches (or matches with `threshold` distinct
 * `unique` values) lie within one sliding span of `period`. Matches less than a period after the
 * opening join it; the first one after that starts anew. A late match joins the alert whose span
 * covers it: also one that opened less than a period after it.
 *
 * A window is small and bounded: it remembers its latest 64 alerts and the matches still counted
 * towards the threshold. It depends on nothing but the matches given to it and their order.
 *
 * A window serves one thread at a time, as everything in this room does.
 */
#ifndef DETECT_WINDOW_WINDOW_H
#define DETECT_WINDOW_WINDOW_H

#include "detect/window/match.h"

struct window;

struct window *window_new(void);
void window_free(struct window *window); /* NULL is fine */

enum window_outcome {
  WINDOW_COUNTED, /* below the threshold */
  WINDOW_OPENED,  /* an alert opens; `first` says with which match */
  WINDOW_JOINED   /* belongs to the alert `alert_id` */
};

struct window_decision {
  enum window_outcome outcome;
  char alert_id[ALERT_ID_SIZE + 1]; /* OPENED, JOINED */
  struct match first;               /* OPENED: the earliest match of the span; lives in the arena */
  time_us from, to;                 /* OPENED: event times of the matches taken in */
  int64_t count;                    /* OPENED: how many they are */
};

void window_apply(struct window *window, const struct match *match, struct arena *arena,
                  struct window_decision *decision);

/* An alert that takes in matches. */
struct window_alert {
  time_us opened; /* event time of the match that reached the threshold */
  char id[ALERT_ID_SIZE];
};

/* The alert that a match of this time would join if spans were as long as `period`. False: none. */
bool window_find(const struct window *window, time_us time, int64_t period,
                 struct window_alert *alert);

/* The window takes matches into this alert for a period, whatever opened it. An alert that it has
 * already stays as it is. */
void window_put(struct window *window, const struct window_alert *alert, int64_t period);

/* What joined the alert `from` joins the alert `to`: ids of ALERT_ID_SIZE characters. */
void window_rename(struct window *window, const char *from, const char *to);

/* The latest event time after which a match can still join or be counted with what is here:
 * once all input is later, the window can be forgotten. */
time_us window_end(const struct window *window);

/* About how many bytes of memory it takes. */
size_t window_memory(const struct window *window);

/* Saved state, and back. NULL when the bytes are damaged. `rule` is the window's rule. */
void window_encode(const struct window *window, struct buffer *out);
struct window *window_decode(struct text bytes, const struct rule *rule);

#endif
