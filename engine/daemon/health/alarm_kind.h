/*
 * The kinds of alarms: what each is about, when it is on, and what is to be done then. A kind is a
 * row of the table; daemon/health/alarms.h raises and ends them.
 *
 * A look at one subject has three answers. Between the two ends of a threshold it is ALARM_HOLD: an
 * alarm that has begun goes on, and none begins. It is the same as long as there is nothing to
 * judge by, such as after a start.
 */
#ifndef DAEMON_HEALTH_ALARM_KIND_H
#define DAEMON_HEALTH_ALARM_KIND_H

#include "alert/destination/destination.h"
#include "daemon/health/disk_space.h"
#include "daemon/health/health.h"
#include "store/store_outbox.h"

/* When alarms are on; 0: never. */
struct health_limits {
  int64_t disk_free;      /* bytes that must be free on the file system of the state file */
  int64_t dead_letters;   /* records of one source that are refused within HEALTH_RATE_US */
  int64_t bad_signatures; /* requests to one source whose signature is wrong, within the same */
  int64_t clock_skew;     /* microseconds that the clock is off, or jumps */
  int64_t source_failing; /* microseconds for which a source cannot be read */
  int64_t delivery_wait;  /* microseconds for which a destination does not take an alert */
};

enum alarm_verdict { ALARM_CLEAR, ALARM_HOLD, ALARM_ON };

/* What every look sees. Times by the clock, but for those that count from the start of the
 * machine (base/clock.h). */
struct alarm_scene {
  const struct health_limits *limits;
  time_us now;
  int64_t running_us; /* since the first look of this process */
  bool disk_known;
  struct disk_space disk;
  bool compared;    /* some source knows how far the clock is off */
  int64_t ahead_us; /* the least of what they say; negative: behind */
  int64_t jump_us;  /* the clock jumped by so much within the last minutes; 0: it did not */
};

/* What is looked at: a source, a destination, or (neither) the machine. */
struct alarm_subject {
  struct text id; /* empty for the machine */
  const struct source *source;
  const struct health_view *view; /* of the source; NULL: nothing is known */
  const struct destination *destination;
  bool backlog_known;
  const struct store_outbox_backlog *backlog; /* NULL: nothing waits */
};

enum alarm_scope { ALARM_OF_SOURCE, ALARM_OF_DESTINATION, ALARM_OF_MACHINE, ALARM_SCOPES };

struct alarm_kind {
  const char *name; /* "source_quiet"; its alerts have the rule id "margay.source_quiet" */
  enum alarm_scope scope;
  const char *display_name;
  int64_t end_after_us; /* how long it must be clear to end */
  /* ON: appends what is wrong, in one line for people. */
  enum alarm_verdict (*look)(const struct alarm_scene *scene, const struct alarm_subject *subject,
                             struct buffer *detail);
  const char *description, *runbook;
};

extern const struct alarm_kind alarm_kinds[];
extern const size_t alarm_kind_count;

/* NULL: there is none of that name. */
const struct alarm_kind *alarm_kind_find(struct text name);

#endif
