/* How the daemon and its sources are, and the alarms that have begun, in the store for other
 * processes. The rules of store.h hold. */
#ifndef STORE_STORE_HEALTH_H
#define STORE_STORE_HEALTH_H

#include "store/store.h"

/* The daemon that works on the store, or did last. */
struct store_daemon {
  struct text version;
  int64_t pid;
  time_us started_at, beat_at;
  time_us ended_at; /* TIME_NONE: it runs, or was killed */
  bool commits;     /* its last transaction worked */
  int64_t rules, rule_mistakes, rules_paused;
  struct text destinations; /* JSON array of the ids that are configured */
};

/* How a source was when the daemon last said so. Times are TIME_NONE where there is nothing to
 * say. */
struct store_source_health {
  struct text source_id, label, kind;
  struct text state;                 /* "starting", "working", "failing", "failed", "ended" */
  time_us known_since;               /* it was configured first */
  time_us last_event, last_event_at; /* the latest event time; when a record came last */
  time_us last_success;              /* it was read, whether or not there was something new */
  time_us watermark;                 /* everything before is here, of all its log types */
  struct text fault, error;          /* "credentials", "scope", "other"; empty: none */
  time_us error_since;
  int64_t errors; /* in a row */
  time_us day;    /* the UTC day that is counted: its first moment */
  int64_t rows_today;
};

/* Writes both; sources that are not given are forgotten. Outside a transaction it does not wait for
 * the disk: the next one is a few seconds away. */
bool store_health_save(struct store *store, const struct store_daemon *daemon,
                       const struct store_source_health *sources, size_t count,
                       struct error *error);
/* Calls `each`, unless no daemon ever said how it is. */
bool store_health_daemon(struct store *store,
                         void (*each)(void *context, const struct store_daemon *daemon),
                         void *context, struct error *error);
/* By their ids. */
bool store_health_sources(struct store *store,
                          void (*each)(void *context, const struct store_source_health *source),
                          void *context, struct error *error);

/* How a destination was when it was last sent something. Times are TIME_NONE where there is nothing
 * to say. */
struct store_destination_health {
  struct text destination_id;
  bool circuit_open; /* its alerts wait but for one, which is sent at probe_at */
  int64_t failures;  /* in a row */
  time_us failing_since, probe_at;
  time_us last_success, last_failure;
  struct text last_error; /* of last_failure */
};
bool store_destination_health_set(struct store *store,
                                  const struct store_destination_health *health,
                                  struct error *error);
/* By their ids; of destinations that are gone, too. */
bool store_destination_health_list(struct store *store,
                                   void (*each)(void *context,
                                                const struct store_destination_health *health),
                                   void *context, struct error *error);

/* An alarm that has begun and not ended. */
struct store_alarm {
  struct text kind, subject; /* subject: the id of a source or a destination, or empty */
  struct text detail;        /* what is wrong, in words */
  time_us since;
  struct text alert_id; /* that reported it */
};
bool store_alarm_begin(struct store *store, const struct store_alarm *alarm, struct error *error);
/* Replaces its detail. */
bool store_alarm_reword(struct store *store, struct text kind, struct text subject,
                        struct text detail, struct error *error);
bool store_alarm_end(struct store *store, struct text kind, struct text subject,
                     struct error *error);
/* The oldest first. */
bool store_alarm_list(struct store *store,
                      void (*each)(void *context, const struct store_alarm *alarm), void *context,
                      struct error *error);

#endif
