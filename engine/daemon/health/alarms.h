/*
 * Alarms: what is wrong with the daemon's own work has a beginning and an end. Each is reported by
 * a system alert when it begins, which is resolved when it ends, also across restarts: that an
 * alarm has begun is kept in the store, in one transaction with its alert.
 *
 * What an alarm says (its count, its reason) may change while it lasts: the store and `margay
 * status` follow within a minute, and the note of its end says the latest. Nothing is sent again.
 *
 * So that none flaps: a threshold has two ends (alarm_kind.h), some must be clear for a while to
 * end, and an alarm that ended less than an hour ago begins again only when it has been on for
 * fifteen minutes.
 *
 * Belongs to the committer's thread.
 */
#ifndef DAEMON_HEALTH_ALARMS_H
#define DAEMON_HEALTH_ALARMS_H

#include "daemon/commit/commit.h"
#include "daemon/health/alarm_kind.h"

/* An alarm that ended so lately … */
#define ALARM_LATELY_US US_PER_HOUR
/* … begins again only when it has been on for so long. */
#define ALARM_AGAIN_US (15 * US_PER_MINUTE)
/* What an alarm says is rewritten at most so often. */
#define ALARM_REWORD_US US_PER_MINUTE
/* A jump of the clock is reported for so long. */
#define ALARM_JUMP_US (15 * US_PER_MINUTE)

struct alarms;

struct alarms_options {
  struct store *store; /* the committer's own handle */
  struct committer *committer;
  struct health *health;
  struct log *log;
};

/* With the alarms that have begun before. NULL with the reason. */
struct alarms *alarms_new(const struct alarms_options *options, struct error *error);
void alarms_free(struct alarms *alarms); /* NULL is fine */

/* What is configured; the pointers are the caller's until the next alarms_use. Alarms of what is
 * not there any more end. */
struct alarms_setup {
  const struct source *sources;
  size_t source_count;
  const struct destination *destinations;
  size_t destination_count;
  struct health_limits limits;
};
void alarms_use(struct alarms *alarms, const struct alarms_setup *setup);

/* What a look needs from outside, so that tests may set it. */
struct alarms_moment {
  time_us now;    /* by the clock */
  time_us steady; /* since the machine started, sleep included: shows when the clock jumps */
  bool disk_known;
  struct disk_space disk;
};

/* Looks at everything, and commits what begins, ends and is said otherwise. *changed: something
 * began or ended. False with the
 * reason: nothing was written, and the next look tries again. */
bool alarms_look(struct alarms *alarms, const struct alarms_moment *moment, bool *changed,
                 struct error *error);

/* How many alarms of a kind have begun. */
size_t alarms_count(const struct alarms *alarms, const struct alarm_kind *kind);

#endif
