/*
 * The room api/status says how margay is: what the state file says of the daemon, its sources,
 * destinations and alarms. A status serves one thread.
 */
#ifndef API_STATUS_STATUS_H
#define API_STATUS_STATUS_H

#include "base/arena.h"
#include "daemon/health/disk_space.h"
#include "store/store.h"
#include "store/store_health.h"
#include "store/store_outbox.h"

#include <jansson.h>

/* How long ago a daemon that runs has shown itself at most: it does so every ten seconds. */
#define STATUS_BEAT_US (30 * US_PER_SECOND)
/* How long an alert may wait after a failed attempt before that counts as wrong. */
#define STATUS_WAIT_US (15 * US_PER_MINUTE)

enum status_daemon {
  STATUS_RUNS,
  STATUS_SILENT, /* it was killed, or it hangs */
  STATUS_DIED,   /* it was killed, or it crashed: certainly */
  STATUS_ENDED,  /* it was stopped */
  STATUS_NEVER   /* none has worked on this file */
};

struct status_destination {
  struct store_outbox_backlog backlog;
  bool configured;
};

struct status {
  struct arena arena; /* owns all texts and lists */
  time_us now;
  const char *path;
  enum status_daemon state;
  struct store_daemon daemon; /* unless there was never one */
  struct store_source_health *sources;
  struct status_destination *destinations;
  struct store_alarm *alarms;
  size_t source_count, destination_count, alarm_count;
  size_t source_capacity, destination_capacity, alarm_capacity;
  int64_t reasons, dead_letters;        /* reasons: why records were refused */
  time_us last_dead_letter;             /* TIME_NONE: there is none */
  int64_t suppressed, suppressed_rules; /* matches that tuning keeps from alerts; of which rules */
  int64_t events;                       /* about */
  time_us oldest_event;                 /* when it came in; TIME_NONE: there is none */
  struct store_space space;
  bool disk_known;
  struct disk_space disk;
  struct text *problems; /* what is wrong, a line each; empty: all is well */
  size_t problem_count, problem_capacity;
};

/* Reads everything, and finds what is wrong. The path must live as long as the status. False with
 * the reason; it is to be freed in any case. */
bool status_read(struct store *store, const char *path, time_us now, struct status *status,
                 struct error *error);
void status_free(struct status *status);

/* "running", "silent", "died", "stopped", "never ran" */
const char *status_daemon_word(enum status_daemon state);

/* A new reference to one JSON object. */
json_t *status_json(const struct status *status);
/* Of one source, alike. */
json_t *status_source_json(const struct status *status, const struct store_source_health *source);

#endif
