/*
 * Alerts of margay's own that stand for others: a digest sums up what waited for it, that of a
 * storm says that it goes on. They are of type `system`, go to one destination
 * and never wait themselves.
 *
 * Any thread; an arena serves one at a time.
 */
#ifndef ALERT_ROUTING_SUMMING_ALERT_H
#define ALERT_ROUTING_SUMMING_ALERT_H

#include "alert/alert.h"
#include "base/arena.h"

/* What a digest is made of. */
struct digest_entry {
  struct text alert_id, rule_id, title, actor;
  enum severity severity;
  time_us created_at;
};

/* The digest of `count` alerts (at least one), the most severe first: how many, and by rule which
 * (as steps, alert/message/alert_steps.h), each with its id. The same entries give the same id. */
struct alert digest_alert(struct text destination_id, const struct digest_entry *entries,
                          size_t count, time_us now, struct arena *arena);

struct storm {
  struct text destination_id;
  time_us began;
  int64_t limit; /* messages a minute */
  int64_t held;  /* so far */
};

/* Whether an alert is one of these. */
bool summing_alert_is(const struct alert *alert);

/* It begins. */
struct alert storm_alert(const struct storm *storm, time_us now, struct arena *arena);

/* It is over: how many were held, and how to list them. In words, as the note with which its alert
 * is resolved; and as an alert of its own, where that one does not reach the destination any more.
 */
struct text storm_over_words(const struct storm *storm, struct arena *arena);
struct alert storm_over_alert(const struct storm *storm, time_us now, struct arena *arena);

#endif
