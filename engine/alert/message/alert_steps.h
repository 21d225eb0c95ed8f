/*
 * What happened in a correlation's alert: its steps, and of each the events that took part, as its
 * event says (detect/correlation/correlation_event.h). With them a person knows what to look at
 * without a search for the rows. All of it is hostile text still.
 *
 * Any thread; an arena serves one at a time.
 */
#ifndef ALERT_MESSAGE_ALERT_STEPS_H
#define ALERT_MESSAGE_ALERT_STEPS_H

#include "alert/alert.h"
#include "base/arena.h"
#include "base/buffer.h"

#define ALERT_STEPS_MAX 12        /* a correlation has no more */
#define ALERT_STEP_EVENTS_MAX 10  /* an alert lists no more of one step */
#define ALERT_STEP_EVENTS_SHOWN 3 /* of one step, where messages are to stay short */

struct alert_step_event {
  struct text rule_id, actor, title, row_id; /* actor may be empty */
  time_us time;
};

struct alert_step {
  struct text name;
  int64_t count;                         /* of its events; 0: it did not happen, as it should not */
  const struct alert_step_event *events; /* the first ones */
  size_t event_count;
};

/* Gives how many of the steps were written; 0 for an alert that is none of a correlation. Texts
 * live in the arena. */
size_t alert_steps(const struct alert *alert, struct arena *arena,
                   struct alert_step steps[ALERT_STEPS_MAX]);

/* Appends them as a JSON array: [{"step","count","events":[{"rule_id","time","actor","title",
 * "row_id"}]}]; [] when there are none. */
void alert_steps_append_json(struct buffer *out, const struct alert *alert);

/* "added: 12 matches", "deleted: did not happen"; the name is hostile. Ends in no line break. */
void alert_step_append_heading(struct buffer *out, const struct alert_step *step);

/* Appends lines of plain text, each with `indent` before it: a heading for each step and its first
 * `most` events below. */
void alert_steps_append_lines(struct buffer *out, const struct alert *alert, const char *indent,
                              size_t most);

#endif
