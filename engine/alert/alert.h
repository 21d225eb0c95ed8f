/*
 * The room alert says what an alert is, what it shows to people, and where it goes. It knows
 * neither rules nor the store.
 *
 * An alert: what a person is notified of. Plain data that detect makes, the store keeps and
 * destinations render.
 *
 * Threads: any; an alert is a value, and its texts belong to whoever made it.
 */
#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

#include "base/clock.h"
#include "base/severity.h"
#include "base/text.h"

enum alert_type {
  ALERT_RULE,       /* a rule matched */
  ALERT_RULE_ERROR, /* a rule failed */
  ALERT_SYSTEM      /* something is wrong with margay's own work: records are refused, an
                       alarm of its health began or ended */
};
#define ALERT_TYPE_COUNT 3

extern const char *const alert_type_names[ALERT_TYPE_COUNT + 1]; /* ends with NULL */
const char *alert_type_name(enum alert_type type); /* "rule", "rule_error", "system" */
bool alert_type_parse(struct text text, enum alert_type *type);

/* How far people are with it. The words are those of the store, the CLI and the documents. */
enum alert_state { ALERT_OPEN, ALERT_ACKNOWLEDGED, ALERT_RESOLVED };
#define ALERT_STATE_COUNT 3

const char *alert_state_name(enum alert_state state); /* "open", "acknowledged", "resolved" */
bool alert_state_parse(struct text text, enum alert_state *state);

/* What a resolved alert turned out to be. */
enum alert_resolution {
  RESOLUTION_NONE, /* it is not resolved, or nobody said */
  RESOLUTION_TRUE_POSITIVE,
  RESOLUTION_FALSE_POSITIVE,
  RESOLUTION_BENIGN /* true, and no harm: a test, a migration */
};
#define ALERT_RESOLUTION_COUNT 4

/* "", "true_positive", "false_positive", "benign" */
const char *alert_resolution_name(enum alert_resolution resolution);

/* Why people hear of an alert. What they are shown is the alert as it is then, whatever else has
 * happened to it. */
enum alert_occasion {
  OCCASION_OPENED, /* the first time */
  OCCASION_GREW,   /* ten times as many matches as at the last message, or its window is over */
  OCCASION_ROSE,   /* a match was more severe, or a severe one of another rule joined */
  OCCASION_ACKNOWLEDGED,
  OCCASION_RESOLVED,
  OCCASION_REOPENED,
  OCCASION_ASSIGNED,
  OCCASION_NOTED
};
#define ALERT_OCCASION_COUNT 8
#define ALERT_WHEN(occasion) (UINT32_C(1) << (occasion))
#define ALERT_WHEN_ALWAYS ((UINT32_C(1) << ALERT_OCCASION_COUNT) - 1)
/* Beside OCCASION_RESOLVED: margay itself resolved it, because what it reported is over. */
#define ALERT_WHEN_OVER (UINT32_C(1) << ALERT_OCCASION_COUNT)

const char *alert_occasion_name(enum alert_occasion occasion); /* "opened", "grew", "rose", … */
bool alert_occasion_parse(struct text text, enum alert_occasion *occasion);

/* The log type of what a correlation reports. */
#define ALERT_CORRELATION_LOG_TYPE "Margay.Correlation"

/* How severe it is when margay may miss something: rule errors and system alerts. */
#define ALERT_HEALTH_SEVERITY SEVERITY_HIGH

/* Title to `context` come from the first event of its window. */
struct alert {
  struct text id; /* 32 hex characters, derived from rule, dedup and first row: stable */
  enum alert_type type;
  enum severity severity;
  struct text rule_id, display_name, log_type, source_id, source_label, dedup;
  struct text title, description, runbook, reference;
  struct text tags;    /* JSON array of strings */
  struct text reports; /* JSON object: framework -> array of strings */
  struct text context; /* JSON object from alert_context, or "{}" */
  struct text event;   /* JSON of the first event, with its p_ fields */
  struct text actor;   /* who did it, for people; may be empty */
  bool sums_up;        /* its rule has summary_attributes */
  int held; /* of events before margay was there: kept, and not sent; 1: to be summed up */
  /* The commonest values of those over its matches, as JSON (alert/attribute_summary.h); empty when
   * there are none. The store fills it from the matches and ignores what it is given. */
  struct text attributes;
  time_us created_at; /* when margay opened it */
  time_us first_event_time, last_event_time;
  int64_t match_count;
  enum alert_state state;
  enum alert_resolution resolution;
  struct text assignee; /* whose it is; empty: nobody's */
};

#endif
