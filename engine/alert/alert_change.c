#include "alert/alert_change.h"

#include <assert.h>

static const char *const via_names[] = {[ALERT_VIA_MARGAY] = "margay",
                                        [ALERT_VIA_CLI] = "cli",
                                        [ALERT_VIA_BUTTON] = "button",
                                        [ALERT_VIA_API] = "api"};
static_assert(sizeof via_names / sizeof via_names[0] == ALERT_VIA_COUNT, "each has its word");

const char *alert_via_name(enum alert_via via) {
  return via_names[via];
}

/* ---- what waits for one message ----------------------------------------------------------- */

static const int weights[] = {
    [OCCASION_OPENED] = 7,       [OCCASION_RESOLVED] = 6, [OCCASION_REOPENED] = 6,
    [OCCASION_ACKNOWLEDGED] = 5, [OCCASION_ROSE] = 4,     [OCCASION_ASSIGNED] = 3,
    [OCCASION_NOTED] = 2,        [OCCASION_GREW] = 1,
};
static_assert(sizeof weights / sizeof weights[0] == ALERT_OCCASION_COUNT, "each has its weight");

enum alert_occasion alert_occasion_join(enum alert_occasion earlier, enum alert_occasion later) {
  return weights[earlier] > weights[later] ? earlier : later;
}

/* ---- what makes sense --------------------------------------------------------------------- */

enum sense {
  NONE,    /* no person does that */
  GOES_TO, /* to the state of the row */
  STAYS,   /* in its state */
  ALREADY, /* it is so already */
  REOPEN   /* it must be reopened first */
};

static const struct {
  enum sense sense;
  enum alert_state to;
} transitions[ALERT_OCCASION_COUNT][ALERT_STATE_COUNT] = {
    [OCCASION_ACKNOWLEDGED] = {[ALERT_OPEN] = {GOES_TO, ALERT_ACKNOWLEDGED},
                               [ALERT_ACKNOWLEDGED] = {ALREADY, ALERT_ACKNOWLEDGED},
                               [ALERT_RESOLVED] = {REOPEN, ALERT_RESOLVED}},
    [OCCASION_RESOLVED] = {[ALERT_OPEN] = {GOES_TO, ALERT_RESOLVED},
                           [ALERT_ACKNOWLEDGED] = {GOES_TO, ALERT_RESOLVED},
                           [ALERT_RESOLVED] = {GOES_TO, ALERT_RESOLVED}},
    [OCCASION_REOPENED] = {[ALERT_OPEN] = {ALREADY, ALERT_OPEN},
                           [ALERT_ACKNOWLEDGED] = {GOES_TO, ALERT_OPEN},
                           [ALERT_RESOLVED] = {GOES_TO, ALERT_OPEN}},
    [OCCASION_ASSIGNED] = {[ALERT_OPEN] = {STAYS, ALERT_OPEN},
                           [ALERT_ACKNOWLEDGED] = {STAYS, ALERT_ACKNOWLEDGED},
                           [ALERT_RESOLVED] = {REOPEN, ALERT_RESOLVED}},
    [OCCASION_NOTED] = {[ALERT_OPEN] = {STAYS, ALERT_OPEN},
                        [ALERT_ACKNOWLEDGED] = {STAYS, ALERT_ACKNOWLEDGED},
                        [ALERT_RESOLVED] = {STAYS, ALERT_RESOLVED}},
};

/* "is acknowledged already, by lisa", "is resolved as benign, by lisa: reopen it first" */
static bool refuse(const struct alert_life *life, enum sense sense, struct error *reason) {
  char by[ALERT_WHO_MAX];
  const char *resolution = alert_resolution_name(life->resolution);
  bool as = life->state == ALERT_RESOLVED && resolution[0];
  text_printable(life->by, by, sizeof by);
  return error_set(reason, "is %s%s%s%s%s%s%s", alert_state_name(life->state), as ? " as " : "",
                   as ? resolution : "", sense == ALREADY ? " already" : "",
                   life->by.size > 0 ? ", by " : "", life->by.size > 0 ? by : "",
                   sense == REOPEN ? ": reopen it first" : "");
}

static bool refuse_assignee(struct text assignee, struct error *reason) {
  char shown[ALERT_WHO_MAX];
  if (assignee.size == 0)
    return error_set(reason, "is nobody's already");
  return error_set(reason, "is assigned to %s already",
                   text_printable(assignee, shown, sizeof shown));
}

static bool is_well_formed(const struct alert_change *change, struct error *reason) {
  if (text_trim(change->who).size == 0)
    return error_set(reason, "cannot be changed by nobody: say who does it");
  if (change->who.size > ALERT_WHO_MAX || change->assignee.size > ALERT_WHO_MAX)
    return error_set(reason, "cannot be changed: a name has more than %d bytes", ALERT_WHO_MAX);
  if (change->note.size > ALERT_NOTE_MAX)
    return error_set(reason, "cannot be changed: the note has more than %d bytes", ALERT_NOTE_MAX);
  if (change->action == OCCASION_NOTED && text_trim(change->note).size == 0)
    return error_set(reason, "cannot get an empty note");
  return true;
}

bool alert_life_change(struct alert_life *life, const struct alert_change *change,
                       struct error *reason) {
  enum sense sense = transitions[change->action][life->state].sense;
  assert(sense != NONE);
  if (!is_well_formed(change, reason))
    return false;
  if (change->action == OCCASION_RESOLVED && life->state == ALERT_RESOLVED &&
      (change->resolution == life->resolution || change->resolution == RESOLUTION_NONE))
    sense = ALREADY;
  if (sense == ALREADY || sense == REOPEN)
    return refuse(life, sense, reason);
  if (change->action == OCCASION_ASSIGNED) {
    if (text_equal(change->assignee, life->assignee))
      return refuse_assignee(life->assignee, reason);
    life->assignee = change->assignee;
  }
  if (sense == GOES_TO) {
    life->state = transitions[change->action][life->state].to;
    life->resolution = change->action == OCCASION_RESOLVED ? change->resolution : RESOLUTION_NONE;
    life->by = change->who;
  }
  return true;
}
