/*
 * An alert that is open while a history's matches are grouped: what it says is in its first match,
 * which is kept encoded, and what joins it only changes counts, times, severity and attributes.
 * Once nothing joins it any more it is written, and read again when alerts are handed out.
 *
 * A value of its owner, for one thread.
 */
#ifndef DETECT_HISTORY_OPEN_ALERT_H
#define DETECT_HISTORY_OPEN_ALERT_H

#include "detect/window/attributes.h"
#include "detect/window/window.h"
#include "rule/set/rule_set.h"

struct open_alert {
  const struct rule *rule;
  uint64_t number;   /* of the match that opened it */
  struct text match; /* encoded first match; owned */
  char id[ALERT_ID_SIZE + 1];
  time_us from, to, opened; /* event times: of its matches, and of the last one when it opened */
  int64_t count;
  enum severity severity;              /* of the most severe match from the opening on */
  struct attribute_counts *attributes; /* owned; NULL: the rule has none to sum up */
  time_us end;                         /* nothing joins later than this */
  struct open_alert *next;
};

/* With its first match, which is copied, and without any that is counted. */
struct open_alert *open_alert_new(const struct match *first);
void open_alert_free(void *value); /* a struct open_alert */

/* A match joins it, in order of event time or not. */
void open_alert_join(struct open_alert *open, const struct match *match);

/* What would have opened an alert of its own, as the decision says, joins this one, and may be what
 * it speaks of from then on (story_is_restated). What both sum up is the caller's to add. */
void open_alert_absorb(struct open_alert *open, const struct window_decision *decision,
                       time_us end);

/* An alert that was written. */
struct closed_alert {
  struct match first;
  char id[ALERT_ID_SIZE + 1];
  time_us from, to, opened;
  int64_t count;
  enum severity severity;
  struct text attributes; /* as struct alert has them */
};

/* Replaces what the buffer holds. Only this process can read it. */
void open_alert_write(const struct open_alert *open, struct buffer *out);

/* False: these are not bytes that were written. Texts are in the bytes and the arena. `rules`: as
 * they were when it was written. */
bool closed_alert_read(struct text bytes, const struct rule_set *rules, struct arena *arena,
                       struct closed_alert *closed);

/* The alert. Its texts are those of `closed`. */
struct alert closed_alert_as_alert(const struct closed_alert *closed);

#endif
